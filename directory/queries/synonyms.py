"""Questions about what curators taught search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from directory import search
from directory.errors import NotFound
from directory.extensions import db
from directory.models import Synonym

LATELY = timedelta(days=90)


def taught() -> Sequence[Synonym]:
    """All of them by what people say, each with its term. One statement."""
    return db.session.scalars(select(Synonym).options(joinedload(Synonym.term)).order_by(Synonym.said)).all()


def taught_lately(*, now: datetime) -> Sequence[Synonym]:
    """What was taught since `LATELY`, the newest first, each with its term; the newest 50. One statement."""
    return db.session.scalars(
        select(Synonym)
        .where(Synonym.made_at > now - LATELY)
        .options(joinedload(Synonym.term))
        .order_by(Synonym.made_at.desc(), Synonym.id.desc())
        .limit(50)
    ).all()


def by_said(text: str) -> Synonym:
    """The one for these words, however they are written. Raises NotFound."""
    said = search.folded_words(text)
    synonym = db.session.scalars(select(Synonym).where(Synonym.said == said)).one_or_none()
    if synonym is None:
        raise NotFound(f"Nothing is taught for “{text}”.")
    return synonym
