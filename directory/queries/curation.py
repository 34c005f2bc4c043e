"""Questions about changes: what waits for whom, what a listing said when, what has to be looked at again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Check,
    ContactPoint,
    Editorship,
    Lease,
    Letter,
    Listing,
    Lock,
    Opinion,
    Organisation,
    Report,
    Revision,
    Role,
    Session,
    Sort,
    State,
    Status,
    Suggestion,
    Venue,
    Work,
    records,
)

OPEN = (State.WAITING, State.ASKED)
MOST_WAITING = 200  # rows of the list of what waits


@dataclass(frozen=True)
class Waiting:
    """A suggestion that waits, for one person: who else holds it and until when, and whether this person has spoken."""

    suggestion: Suggestion
    holder: str
    held_until: datetime | None
    has_spoken: bool

    @property
    def is_offered(self) -> bool:
        """Whether it can be the next one: nobody holds it, no question about it is open, and this person has said nothing yet."""
        return not self.holder and not self.has_spoken and self.suggestion.state is not State.ASKED


@dataclass(frozen=True)
class Version:
    """One version of a listing, by whom it was made, and the record before it; None for the first."""

    revision: Revision
    by: Account | None
    before: Mapping[str, Any] | None


@dataclass(frozen=True)
class Locked:
    """A lock with the names of what it keeps."""

    lock: Lock
    listing: Listing | None
    organisation: Organisation | None
    by: Account


def suggestion(uid: uuid.UUID | str) -> Suggestion:
    """One suggestion with its listing, author and opinions. Raises NotFound."""
    found = db.session.scalar(
        select(Suggestion)
        .where(Suggestion.uid == as_uid(uid))
        .options(
            joinedload(Suggestion.listing).joinedload(Listing.organisation),
            joinedload(Suggestion.account),
            selectinload(Suggestion.opinions).joinedload(Opinion.account),
        )
    )
    if found is None:
        raise NotFound("There is no such suggestion.")
    return found


def waiting(*, listing: Listing | None = None) -> Sequence[Suggestion]:
    """Words that somebody sent and nobody has decided yet, the oldest first; those of one listing if it is named."""
    question = select(Suggestion).where(Suggestion.state.in_(OPEN), Suggestion.sort != Sort.SPLIT)
    if listing is not None:
        question = question.where(Suggestion.listing_id == listing.id)
    return db.session.scalars(
        question.options(joinedload(Suggestion.listing), joinedload(Suggestion.account)).order_by(
            Suggestion.made_at, Suggestion.id
        )
    ).all()


def for_review(person: Account, *, now: datetime) -> Sequence[Waiting]:
    """Words that wait for a second pair of eyes, the oldest first, then what is live and to be looked at.

    Never what this person or somebody beside them wrote, or what is about an organisation they speak for, nor to be looked
    at again what they agreed to. At most `MOST_WAITING` rows, always the same number of statements.
    """
    own = [each for each in person.editorships if each.ended_at is None]
    organisations = [each.organisation_id for each in own]
    names = {each.organisation.name.casefold() for each in own}
    question = select(Suggestion).outerjoin(Suggestion.listing).where(Suggestion.state.in_((*OPEN, State.LIVE)))
    question = question.where(Suggestion.sort != Sort.SPLIT)
    question = question.where(or_(Suggestion.account_id.is_(None), Suggestion.account_id != person.id))
    agreed = select(Opinion.id).where(Opinion.suggestion_id == Suggestion.id, Opinion.account_id == person.id, Opinion.agrees)
    question = question.where(or_(Suggestion.state != State.LIVE, ~agreed.exists()))
    if organisations:
        question = question.where(or_(Listing.organisation_id.is_(None), Listing.organisation_id.not_in(organisations)))
        beside = select(Editorship.account_id).where(Editorship.organisation_id.in_(organisations), Editorship.ended_at.is_(None))
        question = question.where(or_(Suggestion.account_id.is_(None), Suggestion.account_id.not_in(beside)))
    rows = db.session.scalars(
        question.options(
            joinedload(Suggestion.listing),
            joinedload(Suggestion.account),
            selectinload(Suggestion.opinions).options(defer(Opinion.record), joinedload(Opinion.account)),
        )
        .order_by(Suggestion.state == State.LIVE, Suggestion.made_at, Suggestion.id)
        .limit(MOST_WAITING)
    ).all()
    held = _held([row.id for row in rows], now=now)
    return [_waiting(row, held, person) for row in rows if row.organisation_named not in names]


def for_one(suggestion: Suggestion, person: Account, *, now: datetime) -> Waiting:
    """The same of one suggestion, whoever wrote it."""
    return _waiting(suggestion, _held([suggestion.id], now=now), person)


def holds(suggestion: Suggestion, person: Account, *, now: datetime) -> bool:
    """Whether this person holds it just now."""
    lease = _held([suggestion.id], now=now).get(suggestion.id)
    return lease is not None and lease[0].account_id == person.id


def _held(ids: Sequence[int], *, now: datetime) -> dict[int, tuple[Lease, Account]]:
    found = db.session.execute(
        select(Lease, Account)
        .join(Account, Account.id == Lease.account_id)
        .where(Lease.work == Work.SUGGESTION, Lease.subject_id.in_(ids), Lease.ends_at > now)
    )
    return {lease.subject_id: (lease, account) for lease, account in found}


def _waiting(suggestion: Suggestion, held: Mapping[int, tuple[Lease, Account]], person: Account) -> Waiting:
    lease, account = held.get(suggestion.id, (None, None))
    is_other = lease is not None and lease.account_id != person.id
    return Waiting(
        suggestion,
        (account.display_name or "Somebody") if is_other and account is not None else "",
        lease.ends_at if is_other and lease is not None else None,
        any(opinion.account_id == person.id for opinion in suggestion.opinions),
    )


def decided_for(account: Account) -> tuple[int, int]:
    """How many of somebody's suggestions were published, and how many were not."""
    rows = db.session.execute(
        select(Suggestion.state, func.count()).where(Suggestion.account_id == account.id).group_by(Suggestion.state)
    )
    counts = {row[0]: row[1] for row in rows}
    return counts.get(State.APPROVED, 0) + counts.get(State.LIVE, 0), counts.get(State.REFUSED, 0)


def listings_with(values: Iterable[str], *, but: Listing | None) -> Sequence[Listing]:
    """Other listings that can be reached by one of these numbers or addresses, by name."""
    question = select(Listing).where(Listing.contact_points.any(ContactPoint.value.in_(list(values))))
    if but is not None:
        question = question.where(Listing.id != but.id)
    return db.session.scalars(question.order_by(Listing.name, Listing.id).limit(10)).all()


def versions(listing: Listing, *, most: int, before: int | None = None) -> Sequence[Version]:
    """Versions of a listing with their authors, the newest first; those older than number `before` if it is given."""
    question = select(Revision, Account).outerjoin(Account, Account.id == Revision.account_id)
    question = question.where(Revision.listing_id == listing.id)
    if before is not None:
        question = question.where(Revision.number < before)
    rows = db.session.execute(question.order_by(Revision.number.desc()).limit(most + 1)).all()
    older = [row[0].document for row in rows[1:]]
    return [
        Version(revision, account, older[place] if place < len(older) else None)
        for place, (revision, account) in enumerate(rows[:most])
    ]


def accepting_roles(versions: Iterable[Version]) -> dict[int, list[Role]]:
    """The roles of those who agreed to what became a version, in the order in which they did, by the suggestion's number."""
    ids = [version.revision.suggestion_id for version in versions if version.revision.suggestion_id is not None]
    rows = db.session.execute(
        select(Opinion.suggestion_id, Account.role)
        .join(Account, Account.id == Opinion.account_id)
        .where(Opinion.suggestion_id.in_(ids), Opinion.agrees)
        .order_by(Opinion.made_at, Opinion.id)
    )
    found: dict[int, list[Role]] = {}
    for suggestion_id, role in rows:
        found.setdefault(suggestion_id, []).append(role)
    return found


def revisions(listing: Listing) -> Sequence[Revision]:
    """Every version of a listing, the newest first."""
    return db.session.scalars(select(Revision).where(Revision.listing_id == listing.id).order_by(Revision.number.desc())).all()


def revision(listing: Listing, number: int) -> Revision:
    """One version of a listing. Raises NotFound."""
    found = db.session.scalar(select(Revision).where(Revision.listing_id == listing.id, Revision.number == number))
    if found is None:
        raise NotFound("There is no such version of this listing.")
    return found


def numbers_by(account: Account, *, since: datetime) -> dict[int, set[int]]:
    """The versions that this account made since then, but for those that take back somebody's changes, by listing."""
    rows = db.session.execute(
        select(Revision.listing_id, Revision.number)
        .where(Revision.account_id == account.id, Revision.made_at >= since, Revision.reverts_account_id.is_(None))
        .order_by(Revision.listing_id, Revision.number)
    )
    found: dict[int, set[int]] = {}
    for listing_id, number in rows:
        found.setdefault(listing_id, set()).add(number)
    return found


def status_before_hiding(listing: Listing) -> Status:
    """What it was when somebody took it down; published when it never was anything else."""
    rows = db.session.scalars(select(Revision.document).where(Revision.listing_id == listing.id).order_by(Revision.number.desc()))
    shown = (Status(document["status"]) for document in rows if document["status"] not in (Status.HIDDEN, Status.DRAFT))
    return next(shown, Status.PUBLISHED)


def documents_of(ids: Iterable[int]) -> dict[int, list[tuple[int, Mapping[str, Any]]]]:
    """Every version of these listings as number and record, in order, by listing."""
    rows = db.session.execute(
        select(Revision.listing_id, Revision.number, Revision.document)
        .where(Revision.listing_id.in_(list(ids)))
        .order_by(Revision.listing_id, Revision.number)
    )
    found: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
    for listing_id, number, document in rows:
        found.setdefault(listing_id, []).append((number, document))
    return found


def texts_about(listing: Listing) -> list[Revision | Suggestion | Opinion | Report | Check | Letter]:
    """Every row about a listing, apart from its own, in which somebody may have written something, sort by sort."""
    opinions = select(Opinion).join(Suggestion, Suggestion.id == Opinion.suggestion_id).where(Suggestion.listing_id == listing.id)
    found: list[Any] = list(db.session.scalars(opinions.order_by(Opinion.id)))
    for kind in (Revision, Suggestion, Report, Check, Letter):
        found += db.session.scalars(select(kind).where(kind.listing_id == listing.id).order_by(kind.id))
    return found


def changes_by(account: Account, *, most: int) -> Sequence[tuple[Revision, Listing]]:
    """What an account changed last, without the records, the newest first."""
    rows = db.session.execute(
        select(Revision, Listing)
        .join(Listing, Listing.id == Revision.listing_id)
        .where(Revision.account_id == account.id)
        .options(defer(Revision.document))
        .order_by(Revision.made_at.desc(), Revision.id.desc())
        .limit(most)
    )
    return [(revision, listing) for revision, listing in rows]


def change_count(account: Account) -> int:
    """How many versions this account made."""
    return db.session.scalar(select(func.count()).select_from(Revision).where(Revision.account_id == account.id)) or 0


def listing(slug: str) -> Listing:
    """One listing in whatever state, hidden ones too, with its organisation. Raises NotFound."""
    found = db.session.scalar(select(Listing).where(Listing.slug == slug).options(joinedload(Listing.organisation)))
    if found is None:
        raise NotFound("There is no listing at this address.")
    return found


def organisation(slug: str) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
    if found is None:
        raise NotFound("There is no organisation at this address.")
    return found


def account(uid: uuid.UUID | str) -> Account:
    """Raises NotFound."""
    found = db.session.scalar(select(Account).where(Account.uid == as_uid(uid)))
    if found is None:
        raise NotFound("There is no such account.")
    return found


def locks(*, now: datetime) -> Sequence[Locked]:
    """What is locked just now, the soonest to end first."""
    rows = db.session.execute(
        select(Lock, Listing, Organisation, Account)
        .outerjoin(Listing, Listing.id == Lock.listing_id)
        .outerjoin(Organisation, Organisation.id == Lock.organisation_id)
        .join(Account, Account.id == Lock.account_id)
        .where(Lock.lifted_at.is_(None), Lock.ends_at > now)
        .order_by(Lock.ends_at, Lock.id)
    )
    return [Locked(*row) for row in rows]


def lock(number: int) -> Lock:
    """Raises NotFound."""
    found = db.session.get(Lock, number)
    if found is None:
        raise NotFound("There is no such lock.")
    return found


def listings_of(ids: Iterable[int]) -> Sequence[Listing]:
    """These listings with everything that a change of one reads, in the order of their numbers."""
    return db.session.scalars(
        select(Listing)
        .where(Listing.id.in_(list(ids)))
        .options(
            joinedload(Listing.organisation),
            selectinload(Listing.sessions).joinedload(Session.venue).selectinload(Venue.access_facts),
            selectinload(Listing.coverages),
            selectinload(Listing.contact_points),
            selectinload(Listing.access_facts),
            selectinload(Listing.checks),
            selectinload(Listing.terms),
        )
        .order_by(Listing.id)
    ).all()


def lock_on(listing: Listing, *, now: datetime) -> Lock | None:
    """The lock that keeps this listing, its organisation or its area from being edited just now."""
    codes = {
        session.venue.postal_code.split(" ")[0] for session in listing.sessions if session.venue and session.venue.postal_code
    }
    where = [Lock.listing_id == listing.id]
    if listing.organisation_id is not None:
        where.append(Lock.organisation_id == listing.organisation_id)
    if codes:
        where.append(Lock.area_code.in_(codes))
    return db.session.scalars(
        select(Lock).where(or_(*where), Lock.lifted_at.is_(None), Lock.ends_at > now).order_by(Lock.ends_at.desc(), Lock.id)
    ).first()


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The keys in which two full records differ, but for the checks, in the order of a record."""
    return [name for name in after if name != "checks" and before.get(name) != after[name]]


def document_of(listing: Listing) -> dict[str, Any]:
    """The listing as a record, as it is now."""
    return records.document(listing)


def open_count(by: Account | None = None) -> int:
    """How many suggestions nobody has decided yet; those of one account if it is given."""
    question = select(func.count()).select_from(Suggestion).where(Suggestion.state.in_(OPEN))
    return db.session.scalar(question if by is None else question.where(Suggestion.account_id == by.id)) or 0


def sent_before(listing: Listing, who: str) -> Sequence[Suggestion]:
    """Changes to this listing that the same visitor has sent and that wait, the oldest first."""
    wanted = Suggestion.listing_id == listing.id, Suggestion.who == who, Suggestion.who != "", Suggestion.account_id.is_(None)
    waits = Suggestion.state == State.WAITING, Suggestion.sort == Sort.CHANGE
    return db.session.scalars(select(Suggestion).where(*wanted, *waits).order_by(Suggestion.id)).all()


def is_unread(suggestion: Suggestion) -> bool:
    """Whether it waits and nobody has begun with it: nobody holds it or has said anything of it."""
    return suggestion.state is State.WAITING and not suggestion.opinions and Lease.of(Work.SUGGESTION, suggestion.id) is None


def as_uid(text: uuid.UUID | str) -> uuid.UUID:
    """Raises NotFound for what is no public identifier."""
    if isinstance(text, uuid.UUID):
        return text
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound("There is nothing at this address.") from error
