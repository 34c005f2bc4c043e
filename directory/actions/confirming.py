"""What a group says of itself: all is still right, or what has changed, by the link in its letter or signed in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from directory import history, permissions
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    ConfirmLink,
    Fact,
    Listing,
    Means,
    NoLetters,
    Report,
    ReportKind,
    Sort,
    State,
    Status,
    Suggestion,
    Task,
    TaskKind,
    Try,
    Voice,
    audit,
    records,
)
from directory.models.cooling import warn_old_contact
from directory.models.curation import CRITICAL_FACTS
from directory.models.freshness import FACT_OF, fact_words
from directory.models.letters import letter_to
from directory.permissions import LIVE, Change, Standing
from directory.queries import accounts as people
from directory.queries import curation, duplicates
from directory.queries import freshness as queries

Record = dict[str, Any]

NEW_LINKS_A_DAY = 3
DOOR = "letter"
USED = "This link was used already, or a newer letter took its place."
MOVED_ON = "Somebody changed this listing while you were looking. This is what it says now."
DECLINED = "They asked us not to write"


@dataclass(frozen=True)
class Answered:
    """What became of an answer: record keys that are live now, and those that wait for others to agree."""

    live: tuple[str, ...]
    waiting: tuple[str, ...]


def confirm(link: ConfirmLink, *, base: int, now: datetime) -> None:
    """All that was shown is still right. `base` is the revision they looked at; raises Conflict when there is a newer one."""
    listing = link.listing
    with writing(listing):
        _use(link, base, now)
        told = fact_words(listing, now.date())
        facts = [fact for fact in told if told[fact] or fact in CRITICAL_FACTS]
        history.check(listing, facts, Means.GROUP, _hand(link), told=told, now=now)
        if told[Fact.ROOM] and listing.room_until is None:
            history.alter(listing, {"room_said_on": now.date().isoformat()}, _hand(link), now=now)


def answer(
    link: ConfirmLink,
    *,
    base: int,
    right: Collection[Fact],
    changed: Mapping[str, Any],
    note: str,
    now: datetime,
) -> Answered:
    """Some is still right, some has changed: `changed` are record keys as the gate gave them, `note` what has no field.

    What a trusted editor may change goes live and is looked at within seven days; ways to get in touch wait for two
    people. A note is a report, which has its own clock. What was not answered keeps its old date.
    """
    listing = link.listing
    with writing(listing):
        _use(link, base, now)
        current = records.document(listing)
        locked = curation.lock_on(listing, now=now) is not None
        live: list[str] = []
        waiting: list[str] = []
        for name, value in changed.items():
            if current.get(name) != value:
                verdict = permissions.verdict(
                    Change.SENSITIVE
                    if permissions.is_sensitive(current) or permissions.is_sensitive({**current, **changed})
                    else permissions.sort_of_change(current, [name]),
                    Standing.TRUSTED_EDITOR,
                )
                (live if verdict in LIVE and not locked else waiting).append(name)
        if live:
            made = _suggestion(link, {**current, **{name: changed[name] for name in live}}, live, State.LIVE, now)
            history.alter(listing, {name: changed[name] for name in live}, _hand(link, made.id), now=now)
        if waiting:
            wanted = {**records.document(listing), **{name: changed[name] for name in waiting}}
            made = _suggestion(link, wanted, waiting, State.WAITING, now)
            warn_old_contact(made, listing, now)
        if note:
            report = Report(listing_id=listing.id, kind=ReportKind.WRONG, text=note, made_at=now, who=people.digest(link.address))
            db.session.add(report)
        told = fact_words(listing, now.date())
        # Whoever writes something new says that it is so, once it is on the page.
        told_new = {FACT_OF[name] for name in live if name in FACT_OF}
        waits = {FACT_OF[name] for name in waiting if name in FACT_OF}
        known = (set(right) | told_new) - waits
        if known or changed or note:
            known.add(Fact.RUNNING)  # whoever tells of it says that it runs
        history.check(listing, [fact for fact in told if fact in known], Means.GROUP, _hand(link), told=told, now=now)
    return Answered(tuple(live), tuple(waiting))


def stop(link: ConfirmLink, *, now: datetime) -> None:
    """The group says that it is no more."""
    listing = link.listing
    with writing(listing):
        _use(link, listing.revision_number, now)
        history.turn(listing, Status.ENDED, _hand(link, reason="The group says that it has stopped."), now=now)
        history.close_tasks(listing, "it has stopped", _account(link), now=now)


def decline(link: ConfirmLink, *, now: datetime) -> None:
    """No more letters to this address. The listing is the volunteers' from now on."""
    listing = link.listing
    with writing(listing):
        _use(link, listing.revision_number, now)
        digest = people.digest(link.address)
        if digest not in queries.no_letters():
            db.session.add(NoLetters(address_hash=digest, said_at=now))
        audit.record("asked for no more letters", f"listing {listing.uid}", by="link", now=now)
        if listing.id not in queries.with_open_tasks():
            db.session.add(Task(listing_id=listing.id, kind=TaskKind.CHECK, why=DECLINED, opened_at=now, not_before=now))


def send_again(link: ConfirmLink, *, now: datetime) -> None:
    """A new link to the same address, if it still speaks for the listing. Raises Refused when asked too often, or if not."""
    with writing():
        key = people.digest(f"{link.listing_id} {link.address}")
        if not queries.is_contact(link) or link.listing.status not in queries.ASKED:
            raise Refused("This address is not one for this listing any more, so no new link goes to it.")
        if people.tries("confirm-link", key, since=now - timedelta(days=1)) >= NEW_LINKS_A_DAY:
            raise Refused("Three letters went there today. Look among the unwanted mail, or try again tomorrow.")
        db.session.add(Try(what="confirm-link", who=key, made_at=now))
        listing = link.listing
        token = secrets.token_urlsafe(32)
        made = ConfirmLink.anew(link.listing_id, link.address, people.digest(token), now)
        letter = letter_to(link.address, "still-right-link", now, listing=listing, secrets=[[listing.name, listing.slug, token]])
        db.session.add(letter)
        db.session.flush()
        made.letter_id = letter.id


# Signed in


def still_right(listing: Listing, *, by: Account, base: int, now: datetime) -> None:
    """Somebody who speaks for the group says that all is still right."""
    with writing(listing):
        permissions.require(by.speaks_for(listing.organisation_id) and not by.is_suspended and listing.status in queries.ASKED)
        if listing.revision_number != base:
            raise Conflict(MOVED_ON)
        told = fact_words(listing, now.date())
        facts = [fact for fact in told if told[fact] or fact in CRITICAL_FACTS]
        history.check(listing, facts, Means.GROUP, Hand(Voice.GROUP, "page", by), told=told, now=now)
        if told[Fact.ROOM] and listing.room_until is None:
            history.alter(listing, {"room_said_on": now.date().isoformat()}, Hand(Voice.GROUP, "page", by), now=now)


# What the verbs share


def _use(link: ConfirmLink, base: int, now: datetime) -> None:
    """The link is used up: of two who press at once one is told, and so is whoever looked at older words."""
    db.session.refresh(link)
    duplicates.refuse_merged(link.listing)
    if not queries.is_open(link, now):
        raise Refused(USED)
    if link.listing.revision_number != base:
        raise Conflict(MOVED_ON)
    used = db.session.execute(
        update(ConfirmLink)
        .where(ConfirmLink.id == link.id, ConfirmLink.used_at.is_(None), ConfirmLink.ends_at > now)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:
        raise Refused(USED)


def _account(link: ConfirmLink) -> Account | None:
    return people.by_email(link.address)


def _hand(link: ConfirmLink, suggestion_id: int | None = None, *, reason: str = "Said by the link in our letter.") -> Hand:
    return Hand(Voice.GROUP, DOOR, _account(link), reason, suggestion_id=suggestion_id)


def _suggestion(link: ConfirmLink, record: Record, fields: list[str], state: State, now: datetime) -> Suggestion:
    listing, account = link.listing, _account(link)
    row = Suggestion(
        listing_id=listing.id,
        sort=Sort.CHANGE,
        base_number=listing.revision_number,
        record=record,
        fields=fields,
        reason="Said by the link in our letter.",
        state=state,
        approvals=2 if state is State.WAITING else 1,
        made_at=now,
        account_id=account.id if account is not None else None,
        voice=Voice.GROUP,
        door=DOOR,
        decided_at=now if state is State.LIVE else None,
    )
    row.opinions = []
    db.session.add(row)
    db.session.flush()
    audit.record("suggested", f"suggestion {row.uid}", by=account or "link", now=now, after=record)
    return row
