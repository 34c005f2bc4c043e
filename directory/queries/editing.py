"""Questions of whoever writes listings: which ones are theirs, and what became of what they sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from directory.extensions import db
from directory.models import Account, Editorship, Listing, Session, Suggestion
from directory.queries.curation import OPEN

MOST_SENT = 50


def listings_of_editor(account: Account) -> Sequence[Listing]:
    """The listings of every organisation that somebody edits for now, by name, with what one line about each prints."""
    theirs = select(Editorship.organisation_id).where(Editorship.account_id == account.id, Editorship.ended_at.is_(None))
    return db.session.scalars(
        select(Listing)
        .where(Listing.organisation_id.in_(theirs))
        .options(
            joinedload(Listing.organisation),
            selectinload(Listing.sessions).joinedload(Session.venue),
            selectinload(Listing.contact_points),
        )
        .order_by(Listing.name, Listing.id)
    ).all()


def sent_by(account: Account) -> Sequence[Suggestion]:
    """What somebody sent, the newest first."""
    return db.session.scalars(
        select(Suggestion)
        .where(Suggestion.account_id == account.id)
        .options(joinedload(Suggestion.listing))
        .order_by(Suggestion.made_at.desc(), Suggestion.id.desc())
        .limit(MOST_SENT)
    ).all()


def waiting_from(account: Account, listing: Listing) -> Suggestion | None:
    """What somebody sent last about a listing and nobody has decided yet."""
    mine = Suggestion.account_id == account.id, Suggestion.listing_id == listing.id
    newest = Suggestion.made_at.desc(), Suggestion.id.desc()
    return db.session.scalar(select(Suggestion).where(*mine, Suggestion.state.in_(OPEN)).order_by(*newest).limit(1))
