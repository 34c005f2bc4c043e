"""What each term is called, kept in memory until the vocabulary changes, because every search asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Engine, func, select

from directory.extensions import db
from directory.models import SearchChange, Taxonomy, Term
from directory.queries import vocabulary
from directory.queries.kept_listings import OF_ALL

Labels = Mapping[tuple[Taxonomy, str], str]
State = tuple[Engine, int | None, int, int | None]

STAMP = select(
    select(func.max(SearchChange.id)).where(SearchChange.listing_id == OF_ALL).scalar_subquery(),
    func.count(Term.id),
    func.max(Term.id),
)
_kept: tuple[State, Labels] | None = None


def labels() -> Labels:
    """As `vocabulary.labels()`. One statement tells whether they are still so: who changes a term notes it for search."""
    global _kept
    changed, count, newest = db.session.connection().execute(STAMP).one()
    state: State = (db.engine, changed, count, newest)
    held = _kept
    if held is None or held[0] != state:
        held = _kept = state, MappingProxyType(vocabulary.labels())
    return held[1]


def forget() -> None:
    """Drop what is kept."""
    global _kept
    _kept = None
