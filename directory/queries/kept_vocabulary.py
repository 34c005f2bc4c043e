"""What each term is called, kept in memory until the vocabulary changes, because every search asks for it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType

from sqlalchemy import Engine

from directory.extensions import db
from directory.models import Taxonomy
from directory.queries import vocabulary

Labels = Mapping[tuple[Taxonomy, str], str]
State = tuple[Engine, int | None, int, int | None]

STAMP = """SELECT (SELECT max(id) FROM search_change WHERE listing_id = 0), (SELECT count(*) FROM term),
 (SELECT max(id) FROM term)"""  # 0 stands for every listing; plain text, because every search runs it
_kept: tuple[State, Labels] | None = None


def labels() -> Labels:
    """As `vocabulary.labels()`. One statement tells whether they are still so: who changes a term notes it for search."""
    global _kept
    changed, count, newest = db.session.connection().exec_driver_sql(STAMP).one()
    state: State = (db.engine, changed, count, newest)
    held = _kept
    if held is None or held[0] != state:
        held = _kept = state, MappingProxyType(vocabulary.labels())
    return held[1]


class Terms(Container[tuple[Taxonomy, str]]):
    """Which terms there are. The database is asked only when somebody names one, and most searches name none."""

    def __contains__(self, term: object) -> bool:
        return term in labels()


def forget() -> None:
    """Drop what is kept."""
    global _kept
    _kept = None
