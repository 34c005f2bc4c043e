"""Questions about what curators taught search."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from directory import search
from directory.errors import NotFound
from directory.extensions import db
from directory.models import Synonym


def taught() -> Sequence[Synonym]:
    """All of them by what people say, each with its term. One statement."""
    return db.session.scalars(select(Synonym).options(joinedload(Synonym.term)).order_by(Synonym.said)).all()


def by_said(text: str) -> Synonym:
    """The one for these words, however they are written. Raises NotFound."""
    said = search.folded_words(text)
    synonym = db.session.scalars(select(Synonym).where(Synonym.said == said)).one_or_none()
    if synonym is None:
        raise NotFound(f"Nothing is taught for “{text}”.")
    return synonym
