"""Questions about letters: which are due, and which were given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from directory.extensions import db
from directory.models import Letter


def due(*, now: datetime, most: int = 100) -> Sequence[Letter]:
    """Letters to be sent by now, the oldest first."""
    return db.session.scalars(
        select(Letter)
        .where(Letter.sent_at.is_(None), Letter.given_up_at.is_(None), Letter.not_before <= now)
        .order_by(Letter.not_before, Letter.id)
        .limit(most)
    ).all()
