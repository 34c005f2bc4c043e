"""Questions about changes: what waits for whom, what a listing said when, what has to be looked at again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Account, Listing, Lock, Opinion, Revision, Session, State, Suggestion, Venue, records

OPEN = (State.WAITING, State.ASKED)


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
    """Suggestions nobody has decided yet, the oldest first; those of one listing if it is named."""
    question = select(Suggestion).where(Suggestion.state.in_(OPEN))
    if listing is not None:
        question = question.where(Suggestion.listing_id == listing.id)
    return db.session.scalars(
        question.options(joinedload(Suggestion.listing), joinedload(Suggestion.account)).order_by(
            Suggestion.made_at, Suggestion.id
        )
    ).all()


def revisions(listing: Listing) -> Sequence[Revision]:
    """Every version of a listing, the newest first."""
    return db.session.scalars(select(Revision).where(Revision.listing_id == listing.id).order_by(Revision.number.desc())).all()


def revision(listing: Listing, number: int) -> Revision:
    """One version of a listing. Raises NotFound."""
    found = db.session.scalar(select(Revision).where(Revision.listing_id == listing.id, Revision.number == number))
    if found is None:
        raise NotFound("There is no such version of this listing.")
    return found


def revisions_by(account: Account, *, since: datetime) -> Sequence[Revision]:
    """What this account changed since then, listing by listing, in order."""
    return db.session.scalars(
        select(Revision)
        .where(Revision.account_id == account.id, Revision.made_at >= since, Revision.reverts_account_id.is_(None))
        .order_by(Revision.listing_id, Revision.number)
    ).all()


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


def open_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Suggestion).where(Suggestion.state.in_(OPEN))) or 0


def as_uid(text: uuid.UUID | str) -> uuid.UUID:
    """Raises NotFound for what is no public identifier."""
    if isinstance(text, uuid.UUID):
        return text
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound("There is nothing at this address.") from error
