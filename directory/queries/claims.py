"""Questions about claims: what can be claimed and how that is proved, who speaks for it already, what waits for whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Claim,
    ClaimState,
    Editorship,
    Lease,
    Letter,
    Listing,
    Organisation,
    Revision,
    Status,
    Work,
)
from directory.models.accounts import PRESSED_TWICE
from directory.models.claims import MAIL, OPEN, ORGANISATIONS, PHONE, Thing
from directory.models.trying import failures, next_try
from directory.queries import listings, organisations
from directory.queries.accounts import digest
from directory.queries.freshness import no_letters

SHOWN = (Status.PUBLISHED, Status.PAUSED)
MEANS = {"email": MAIL, "phone": PHONE}
SETTLED = timedelta(days=14)  # a contact newer than that proves nothing
TOLD_FOR = timedelta(days=90)
LAST_CALL = timedelta(days=4)  # before its end, what waits for volunteers is told to leads
MOST_WAITING = 200
MOST_TRIES = 5  # after so many wrong codes whoever claims sends for a new one
MOST_OWN = 50
LARGEST = 2**31 - 1  # what a column of whole numbers holds


@dataclass(frozen=True)
class Way:
    """A contact that has stood on the page for a while: whoever answers there proves that they are the group."""

    means: str
    value: str

    @property
    def key(self) -> str:
        return f"{self.means} {self.value}"


@dataclass(frozen=True)
class Waiting:
    """An open claim for one person at the desk, how many editors there are already, and who looks at it until when.

    `tries` are the calls in vain so far, and `next_try` when to ring again; None before the first.
    """

    claim: Claim
    editors: int
    holder: str = ""
    held_until: datetime | None = None
    holds: bool = False  # this person does
    tries: int = 0
    next_try: datetime | None = None


def thing(kind: str, slug: str) -> Thing:
    """The listing or organisation at an address. Raises NotFound, also for a listing that visitors do not see."""
    if kind == ORGANISATIONS:
        return organisations.by_slug(slug)
    found = listings.by_slug(slug)
    if found.status not in SHOWN:
        raise NotFound("There is no such listing, or not any more.")
    return found


def ways(thing: Thing, *, now: datetime) -> list[Way]:
    """The contacts that can prove a claim: public, on the page for two weeks, and of the whole that is claimed.

    For an organisation those are its own, and those that every one of its listings names. An address that asked for no
    letters is not written to.
    """
    own = [] if isinstance(thing, Listing) else [point for point in thing.contact_points if point.public]
    found = [Way(MEANS[point.kind], point.value) for point in own if point.kind in MEANS]
    shown = [thing] if isinstance(thing, Listing) else _listings_of(thing)
    if shown:
        named = [{_plain(each) for each in _contacts(listing)} for listing in shown]
        common = set.intersection(*named) & _settled(shown[0], now)
        found += [way for way in _contacts(shown[0]) if _plain(way) in common]
    declined = no_letters()
    by_key = {_plain(way): way for way in reversed(found)}
    kept = [by_key[key] for key in dict.fromkeys(map(_plain, found))]
    return [way for way in kept if way.means != MAIL or digest(way.value.lower()) not in declined]


def is_own_address(way: Way | None, account: Account) -> bool:
    """Whether a contact is the very address with which somebody signs in."""
    return way is not None and way.means == MAIL and _plain(way)[1] == account.email.strip().lower()


def editors_of(organisation_id: int | None) -> Sequence[Account]:
    """Everybody who may speak for an organisation now, the longest first; nobody speaks for none."""
    if organisation_id is None:
        return []
    return db.session.scalars(
        select(Account)
        .join(Editorship, Editorship.account_id == Account.id)
        .where(Editorship.organisation_id == organisation_id, Editorship.ended_at.is_(None), Account.suspended_at.is_(None))
        .order_by(Editorship.since, Editorship.id)
        .options(selectinload(Account.editorships))
    ).all()


def others_of(claim: Claim) -> list[Account]:
    """Who speaks for it already, but for whoever claims."""
    return [each for each in editors_of(claim.organisation_id) if each.id != claim.account_id]


def is_claimed(organisation_id: int | None) -> bool:
    """Whether somebody speaks for it. No query for none."""
    if organisation_id is None:
        return False
    held = select(Editorship.id).join(Account, Account.id == Editorship.account_id)
    held = held.where(
        Editorship.organisation_id == organisation_id, Editorship.ended_at.is_(None), Account.suspended_at.is_(None)
    )
    return db.session.scalar(held.limit(1)) is not None


def claim(number: int) -> Claim:
    """One claim with what is claimed and by whom. Raises NotFound."""
    found = db.session.scalar(_with_names(select(Claim).where(Claim.id == min(number, LARGEST))))
    if found is None:
        raise NotFound("There is no such claim, or not any more.")
    return found


def open_of(thing: Thing, account: Account) -> Claim | None:
    """What this person has asked for it and nobody has answered."""
    theirs = _on(thing).where(Claim.account_id == account.id, Claim.state.in_(OPEN), Claim.proposed_by.is_(None))
    return db.session.scalar(_with_names(theirs.limit(1)))


def latest_of(thing: Thing, account: Account) -> Claim | None:
    """The last that this person asked for it, whatever became of it."""
    theirs = _on(thing).where(Claim.account_id == account.id, Claim.proposed_by.is_(None))
    theirs = theirs.order_by(Claim.made_at.desc(), Claim.id.desc())
    return db.session.scalar(_with_names(theirs.limit(1)))


def by_link(thing: Thing, token: str) -> Claim | None:
    """The claim that a mailed link is for, if it is for this and not replaced or used."""
    return db.session.scalar(
        _with_names(_on(thing).where(Claim.code_hash == digest(token), Claim.means == MAIL, Claim.state == ClaimState.CODE_SENT))
    )


def open_on(organisation_id: int) -> Sequence[Claim]:
    """What was asked for an organisation and nobody has answered, the oldest first."""
    asked = select(Claim).where(Claim.organisation_id == organisation_id, Claim.state.in_(OPEN))
    return db.session.scalars(_with_names(asked.order_by(Claim.made_at, Claim.id))).all()


def proposed_for(organisation_id: int) -> Sequence[Claim]:
    """Whom curators named as its editors and nobody has decided about, the oldest first."""
    return [each for each in open_on(organisation_id) if each.proposed_by is not None]


def is_sent_just_now(claim: Claim, *, now: datetime) -> bool:
    """Whether a link or a code for it went within ten minutes, or is on its way."""
    recent = Letter.kind.in_(("claim-link", "claim-code")), Letter.made_at > now - PRESSED_TWICE, Letter.given_up_at.is_(None)
    return any(facts.get("claim") == claim.id for facts in db.session.scalars(select(Letter.facts).where(*recent)))


def rivals(claim: Claim) -> Sequence[Claim]:
    """What others ask for the same and nobody has answered, the oldest first; also for a listing that now has an organisation."""
    same = [Claim.organisation_id == claim.organisation_id] if claim.organisation_id is not None else []
    same += [Claim.listing_id == claim.listing_id] if claim.listing_id is not None else []
    asked = select(Claim).where(or_(*same), Claim.account_id != claim.account_id, Claim.state.in_(OPEN))
    return db.session.scalars(_with_names(asked.order_by(Claim.made_at, Claim.id).limit(MOST_OWN))).all()


def made_by(account: Account, *, now: datetime) -> Sequence[Claim]:
    """What somebody asked for and what became of it lately, the newest first."""
    told = (Claim.decided_at.is_(None)) | (Claim.decided_at > now - TOLD_FOR)
    mine = (
        select(Claim)
        .where(Claim.account_id == account.id, Claim.proposed_by.is_(None), told)
        .order_by(Claim.made_at.desc(), Claim.id.desc())
    )
    return db.session.scalars(_with_names(mine.limit(MOST_OWN))).all()


# The desk


def waiting(person: Account, *, now: datetime) -> Sequence[Waiting]:
    """Claims that this person may help with: numbers to ring and claims to decide, the nearest end first.

    Those whose next call is for another hour come behind.
    """
    own = [each.organisation_id for each in person.editorships if each.ended_at is None]
    rows = db.session.scalars(
        _with_names(
            select(Claim)
            .where(is_for_the_desk(), Claim.account_id != person.id)
            .where(Claim.proposed_by.is_(None) | (Claim.proposed_by != person.id))
            .where(Claim.organisation_id.is_(None) | Claim.organisation_id.not_in(own))
            .order_by(Claim.ends_at, Claim.id)
            .limit(MOST_WAITING)
        )
    ).all()
    told = _for_desk(rows, person, now)
    return sorted(told, key=lambda row: row.next_try is not None and row.next_try > now)


def for_one(claim: Claim, person: Account, *, now: datetime) -> Waiting:
    """The same of one claim."""
    return _for_desk([claim], person, now)[0]


def is_for_the_desk() -> Any:
    """The condition that a claim waits for volunteers: a number to ring, or a second person."""
    rings = and_(Claim.state == ClaimState.CODE_SENT, Claim.means == PHONE, Claim.tries < MOST_TRIES)
    return (Claim.state == ClaimState.PROVED) | rings


# The sweep


def lapsed(*, now: datetime, most: int = 500) -> Sequence[Claim]:
    """Open claims whose time is over, the oldest first."""
    over = select(Claim).where(Claim.state.in_(OPEN), Claim.ends_at <= now).order_by(Claim.ends_at, Claim.id)
    return db.session.scalars(_with_names(over.limit(most))).all()


def ending(*, now: datetime) -> Sequence[Claim]:
    """What waits for volunteers and ends soon, the nearest end first."""
    soon = select(Claim).where(is_for_the_desk(), Claim.ends_at > now, Claim.ends_at <= now + LAST_CALL)
    return db.session.scalars(_with_names(soon.order_by(Claim.ends_at, Claim.id).limit(MOST_WAITING))).all()


def _on(thing: Thing) -> Select[tuple[Claim]]:
    if isinstance(thing, Organisation):
        return select(Claim).where(Claim.organisation_id == thing.id)
    return select(Claim).where(Claim.listing_id == thing.id, Claim.organisation_id.is_(None))


def _with_names(query: Select[tuple[Claim]]) -> Select[tuple[Claim]]:
    return query.options(
        joinedload(Claim.account),
        joinedload(Claim.proposer),
        joinedload(Claim.listing),
        joinedload(Claim.organisation),
        selectinload(Claim.attempts),
    )


def _for_desk(rows: Sequence[Claim], person: Account, now: datetime) -> list[Waiting]:
    ids = {row.organisation_id for row in rows if row.organisation_id is not None}
    editors = dict(
        db.session.execute(
            select(Editorship.organisation_id, func.count())
            .join(Account, Account.id == Editorship.account_id)
            .where(Editorship.organisation_id.in_(ids), Editorship.ended_at.is_(None), Account.suspended_at.is_(None))
            .group_by(Editorship.organisation_id)
        )
        .tuples()
        .all()
    )
    leases = db.session.execute(
        select(Lease, Account)
        .join(Account, Account.id == Lease.account_id)
        .where(Lease.work == Work.CLAIM, Lease.subject_id.in_([row.id for row in rows]), Lease.ends_at > now)
    )
    held = {lease.subject_id: (lease, account) for lease, account in leases}
    told = []
    for row in rows:
        count = editors.get(row.organisation_id or 0, 0)
        lease, holder = held.get(row.id, (None, None))
        tries, last = len(failures(row.attempts)), row.attempts[-1] if row.attempts else None
        waiting = Waiting(row, count, tries=tries, next_try=next_try(row.attempts, last.made_at) if last is not None else None)
        if lease is None or holder is None:
            told.append(waiting)
        elif holder.id == person.id:
            told.append(replace(waiting, held_until=lease.ends_at, holds=True))
        else:
            told.append(replace(waiting, holder=holder.display_name or "Somebody", held_until=lease.ends_at))
    return told


def _listings_of(organisation: Organisation) -> Sequence[Listing]:
    return db.session.scalars(
        select(Listing)
        .where(Listing.organisation_id == organisation.id, Listing.status.in_(SHOWN))
        .order_by(Listing.id)
        .options(selectinload(Listing.contact_points))
    ).all()


def _contacts(listing: Listing) -> list[Way]:
    return [Way(MEANS[point.kind], point.value) for point in listing.public_contacts if point.kind in MEANS]


def _plain(way: Way) -> tuple[str, str]:
    """One contact however it is written."""
    return way.means, re.sub(r"\D", "", way.value)[-10:] if way.means == PHONE else way.value.strip().lower()


def _settled(listing: Listing, now: datetime) -> set[tuple[str, str]]:
    """What the listing named two weeks ago; of a newer one, what it named when it came. Without versions, what it names now."""
    versions = select(Revision.document).where(Revision.listing_id == listing.id)
    old = versions.where(Revision.made_at <= now - SETTLED).order_by(Revision.number.desc())
    document = db.session.scalar(old.limit(1)) or db.session.scalar(versions.order_by(Revision.number).limit(1))
    if document is None:
        return {_plain(way) for way in _contacts(listing)}
    return {_plain(Way(MEANS[each["kind"]], each["value"])) for each in document["contacts"] if each["kind"] in MEANS}
