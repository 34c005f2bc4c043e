"""The text index of last resort: the analysed terms as the database keeps them. Slow at size, and always right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from sqlalchemy import Connection, Row, Select, or_, select

from directory.indexes.documents import FIELDS, weigh
from directory.indexes.postings import NO_POSTINGS, Postings
from directory.models import SearchDocument

TEXTS = [getattr(SearchDocument, field) for field in FIELDS]
MOST_NAMED = 30_000
AT_ONCE = 900  # ids in one statement; SQLite's oldest limit is 999


class DatabaseIndex:
    """Answers from `search_document` over one connection; it lives no longer than the question."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def matches(self, term: str) -> Postings:
        """Listing ids, ascending, that contain a term in any field, and its weight in each."""
        rows = self.connection.execute(_documents().where(containing(term)).order_by(SearchDocument.listing_id))
        found = [(row.listing_id, weigh(row._mapping)[term]) for row in rows]
        if not found:
            return NO_POSTINGS
        ids, weights = zip(*found, strict=True)
        return Postings(np.array(ids, np.int64), np.array(weights, np.float32))

    def with_phrase(self, terms: tuple[str, ...], ids: np.ndarray) -> np.ndarray:
        """Those of `ids` in which the terms stand side by side, in this order, in one field."""
        statement = select(SearchDocument.listing_id).where(containing(" ".join(terms)))
        found: list[int] = []
        if len(ids) > MOST_NAMED:  # reading everything is quicker than naming most of it
            found.extend(self.connection.scalars(statement))
        else:
            for some in batches(ids.tolist()):
                found.extend(self.connection.scalars(statement.where(SearchDocument.listing_id.in_(some))))
        return np.intersect1d(ids, np.array(found, np.int64))


def documents(connection: Connection, ids: Iterable[int]) -> Iterator[tuple[int, dict[str, float]]]:
    """(listing id, term → weight) of those that have a document, in the order asked."""
    for some in batches(ids):
        found = {row.listing_id: row for row in connection.execute(_documents().where(SearchDocument.listing_id.in_(some))).all()}
        for id_ in some:
            if id_ in found:
                yield id_, weigh(found[id_]._mapping)


def containing(term: str) -> or_:
    """Whether any field holds a term, or several in a row: fields keep a space on both sides of each term."""
    return or_(*(text.contains(f" {term} ", autoescape=True) for text in TEXTS))


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    several = iter(ids)
    while some := list(islice(several, AT_ONCE)):
        yield some


def _documents() -> Select[Row]:
    return select(SearchDocument.listing_id, *TEXTS)
