"""The shared text index: PostgreSQL keeps each document's terms as a `tsvector`, written with the document itself."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select, text, update

from directory.extensions import db
from directory.indexes import documents as weighing
from directory.indexes.database_index import batches, documents
from directory.indexes.fresh import LAID_OVER, Fresh
from directory.indexes.postings import Postings, Remembered, gathered
from directory.models import SearchChange, SearchDocument

KEPT_BYTES = 24 * 2**20
MOVED_FROM = 200  # changes that are laid over what is kept before they are put into it
LOOK_EVERY = 1.0  # seconds between looks for rows that are not filled, while there are any
REST_S = 60.0  # how long a process that read nonsense asks the documents instead

# A weight is told by the classes A to D of five positions, because `ts_rank` gives those back without leaving C, where
# taking a position out of a vector costs twenty times as much. With these four figures no two of the 1,024 sequences
# rank alike: the nearest are 9e-6 apart, a hundred times what single precision loses.
CLASSES = "DCBA"
WORTH = (0.03, 0.403, 0.459, 0.943)
POSITIONS = 5

# Rows written with other figures have to be filled again, so each says with which it was written. Terms have no spaces.
SETTINGS = hashlib.blake2b(
    json.dumps(
        [
            *(1, weighing.FIELD_WEIGHTS, weighing.USUAL_LENGTHS, weighing.LENGTH_MATTERS, weighing.SATURATION),
            *(weighing.STEPS, CLASSES, WORTH, POSITIONS),
        ]
    ).encode(),
    digest_size=4,
).hexdigest()
MADE_WITH = f"' {SETTINGS}'"

LISTED = np.dtype([("id", ">i4"), ("rank", ">f4")])
# One value instead of a row for each posting: a hundred thousand rows would take longer to fetch than to find.
MATCHING = text(
    "SELECT string_agg(int4send(listing_id) || float4send(ts_rank(CAST(:worth AS real[]), vector, CAST(:term AS tsquery))),"
    " ''::bytea) FROM search_document WHERE vector @@ CAST(:term AS tsquery)"
)
UNFILLED = text(
    "SELECT EXISTS (SELECT 1 FROM search_document WHERE vector IS NULL OR NOT vector @@ CAST(:made_with AS tsquery))"
).bindparams(made_with=MADE_WITH)


@dataclass(frozen=True)
class Base:
    """Postings as they were at a change or later; whoever reads them lays whatever came after that change over them."""

    version: int
    kept: Remembered

    def moved(self, connection: Connection, version: int) -> Base:
        """The same postings with the changes up to `version` put in."""
        fresh = Fresh(connection, self.version, version)
        return Base(version, self.kept.changed(lambda term, postings: fresh.over(postings, str(term))))


@dataclass(frozen=True)
class Seen:
    """The index as one question sees it."""

    connection: Connection
    base: Base

    @property
    def version(self) -> int:
        return self.base.version

    def matches(self, term: str) -> Postings:
        return self.base.kept.get(term, lambda: read_postings(self.connection, term))


class PostgresIndex:
    """The column `vector` of the documents, and the postings that this process read from it.

    It is never behind, because whoever writes a document writes its vector. Connections have to see what others
    committed (READ COMMITTED, as PostgreSQL does unless told otherwise).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._base: Base | None = None
        self._is_filled = False
        self._looked = self._distrusted = -1e9

    def seen(self, connection: Connection, newest: int) -> Seen:
        """What to ask within one question of a catalogue that is as of the change `newest`."""
        base = self._base
        behind = newest - base.version if base is not None else 0
        if base is None or behind > LAID_OVER:
            base = self._base = Base(newest, Remembered(KEPT_BYTES))
        elif behind > MOVED_FROM and self._lock.acquire(blocking=False):
            # One thread puts the changes in; the others lay them over for as long as that takes.
            try:
                base = self._base = base.moved(connection, newest)
            finally:
                self._lock.release()
        return Seen(connection, base)

    def matches(self, term: str) -> Postings:
        return read_postings(db.session.connection(), term)

    @property
    def version(self) -> int:
        """The newest change there is: each was written with its vector."""
        return db.session.scalar(select(func.max(SearchChange.id))) or 0

    def is_ready(self) -> bool:
        """Whether every document has its vector, which stays so once it is so. Raises only the database's own trouble."""
        if not self._is_filled:
            with self._lock:
                now = time.monotonic()
                if not self._is_filled and now - self._looked >= LOOK_EVERY:
                    self._is_filled, self._looked = not self.needs_rebuild(), now
        return self._is_filled and time.monotonic() - self._distrusted >= REST_S

    def update(self, documents: Iterable[tuple[int, dict[str, float]]], *, removed: Iterable[int], version: int) -> None:
        """Nothing to do: the vector was written with the document."""

    def rebuild(self, documents: Iterable[tuple[int, dict[str, float]]], *, version: int) -> None:
        """Fills the vectors that are missing or wrong, some hundreds in each transaction, while others read and write."""
        for some in batches(id_ for id_, _ in documents):
            fill(some)
        self.close()

    def distrust(self) -> None:
        """What was read made no sense: this process forgets it and asks the documents themselves for a minute."""
        self.close()
        self._distrusted = time.monotonic()

    @property
    def is_distrusted(self) -> bool:
        return False  # no other process has to hear of it: what PostgreSQL holds is the database's own to keep

    @property
    def has_lost_files(self) -> bool:
        return False

    def needs_rebuild(self) -> bool:
        """Whether any document lacks its vector or has one made with other settings. Reads every row."""
        return bool(db.session.scalar(UNFILLED))

    def close(self) -> None:
        self._base, self._is_filled = None, False
        self._looked = self._distrusted = -1e9


def vector_of(weights: Mapping[str, float]) -> str:
    """The text of a `tsvector` from term → weight."""
    codes = classes()
    return " ".join([MADE_WITH, *(f"{quoted(term)}:{codes[round(weight * weighing.STEPS)]}" for term, weight in weights.items())])


def quoted(term: str) -> str:
    """A term as a `tsvector` or a `tsquery` takes it, whatever is in it."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def read_postings(connection: Connection, term: str) -> Postings:
    """Listing ids, ascending, and weights of a term. Raises ValueError for a weight that was never written."""
    found = connection.scalar(MATCHING, {"worth": list(WORTH), "term": quoted(term)})
    listed = np.frombuffer(found or b"", LISTED)
    return gathered([(listed["id"].astype(np.int64), weights_of(listed["rank"].astype(np.float64)))])


def fill(ids: list[int]) -> None:
    """Writes the vectors of these documents as they are now, where they differ."""
    table = SearchDocument.__table__
    # A row that somebody is changing is passed over, because whoever changes it writes its vector; nobody waits for
    # anybody then, and the next look finds what a rollback left.
    locked = select(table.c.listing_id).where(table.c.listing_id.in_(ids)).with_for_update(skip_locked=True)
    with db.engine.execution_options(writing=True).begin() as connection:
        mine = sorted(connection.scalars(locked))
        vectors = [{"id": id_, "made": vector_of(weights)} for id_, weights in documents(connection, mine)]
        if vectors:
            made = bindparam("made", type_=table.c.vector.type)
            differing = (table.c.listing_id == bindparam("id"), table.c.vector.is_distinct_from(made))
            connection.execute(update(table).where(*differing).values(vector=made), vectors)


# Weights as classes of positions


@lru_cache(maxsize=1)
def classes() -> list[str]:
    """For each step of a weight, its positions: "1D,2D,3C,4A,5B"."""
    return [",".join(f"{place + 1}{CLASSES[each]}" for place, each in enumerate(row)) for row in sequences().tolist()]


def sequences() -> NDArray[Any]:
    """(steps + 1, positions): the step in digits of base four."""
    return np.arange(weighing.STEPS + 1)[:, None] // 4 ** np.arange(POSITIONS)[::-1] % 4


@lru_cache(maxsize=1)
def ranks() -> tuple[NDArray[Any], NDArray[Any]]:
    """What `ts_rank` makes of each sequence, ascending, and the steps in that order.

    The highest class counts in full and every other by the inverse square of its place: `calc_rank_or` in tsrank.c.
    """
    worth = np.array(WORTH)[sequences()]
    squares = np.arange(1, POSITIONS + 1) ** 2
    highest = worth.argmax(axis=1)
    rank = (worth.max(axis=1) + (worth / squares).sum(axis=1) - worth.max(axis=1) / squares[highest]) / 1.64493406685
    order = np.argsort(rank)
    return rank[order], order


def weights_of(found: NDArray[Any]) -> NDArray[Any]:
    """Weights from ranks. Raises ValueError where a rank is none of those that we write."""
    known, steps = ranks()
    nearest = np.searchsorted((known[1:] + known[:-1]) / 2, found)
    if np.any(np.abs(known[nearest] - found) > 3e-6):
        raise ValueError("a term of the text index has a weight that was never written")
    return (steps[nearest] / weighing.STEPS).astype(np.float32)
