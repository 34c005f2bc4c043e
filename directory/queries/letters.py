"""Questions about letters: which are due, and which were given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select

from directory.extensions import db
from directory.models import ConfirmLink, Letter, Listing, Task, TaskKind

# Letters to whoever is to be reached about a listing; others go to people who are signed in, or to visitors.
TO_GROUPS = ("still-right", "still-right-again", "still-right-link", "contact-changed")


def due(*, now: datetime, most: int = 100) -> Sequence[Letter]:
    """Letters to be sent by now, the oldest first."""
    return db.session.scalars(
        select(Letter)
        .where(Letter.sent_at.is_(None), Letter.given_up_at.is_(None), Letter.not_before <= now)
        .order_by(Letter.not_before, Letter.id)
        .limit(most)
    ).all()


def listings_asked_by(letter: Letter) -> Sequence[Listing]:
    """The listings about which a letter went to their group, without those that have an open job about a failed letter."""
    if letter.kind not in TO_GROUPS:
        return []
    linked = select(ConfirmLink.listing_id).where(ConfirmLink.letter_id == letter.id)
    has_job = exists().where(Task.listing_id == Listing.id, Task.kind == TaskKind.FAILED_LETTER, Task.closed_at.is_(None))
    return db.session.scalars(
        select(Listing).where(or_(Listing.id == letter.listing_id, Listing.id.in_(linked)), ~has_job).order_by(Listing.id)
    ).all()
