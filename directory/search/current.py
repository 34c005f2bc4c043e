"""The catalogue and its text index as they are now: loaded when first asked for, then kept in step with the outbox."""

from __future__ import annotations

import logging
import threading
import time
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, func, select

from directory.extensions import db
from directory.indexes import catalogue
from directory.indexes.columns import Columns
from directory.indexes.database_index import DatabaseIndex, documents
from directory.indexes.postings import Postings, Remembered, TextIndex, gathered
from directory.models import SearchChange
from directory.search.filters import days_since_epoch
from directory.search.texts import Matched, matched
from directory.search.words import Concept, Phrasebook

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks at the outbox and at the index
RELOAD_FROM = 5_000  # changed listings from which reading everything anew is quicker
LAID_OVER = 5_000  # changes newer than the index that are read from the database; beyond it the worker has to catch up
KEPT_BYTES = 48 * 2**20
EVERYTHING = 0  # the listing id of a change that concerns all: the vocabulary


class Fresh:
    """What changed since the text index was last written: these listings' terms, straight from the database."""

    def __init__(self, connection: Connection, since: int, until: int) -> None:
        changed = select(SearchChange.listing_id).where(SearchChange.id > since, SearchChange.id <= until)
        ids = sorted(set(connection.scalars(changed.order_by(SearchChange.id.desc()).limit(LAID_OVER))))
        self.ids = np.array(ids, np.int64)
        self.terms: dict[str, list[tuple[int, float]]] = {}
        for id_, weights in documents(connection, ids):
            for term, weight in weights.items():
                self.terms.setdefault(term, []).append((id_, weight))

    def over(self, postings: Postings, term: str) -> Postings:
        """Postings with the changed listings as they are now."""
        if not len(self.ids):
            return postings
        old = ~np.isin(postings.ids, self.ids)
        mine = self.terms.get(term, [])
        new = np.array([id_ for id_, _ in mine], np.int64), np.array([weight for _, weight in mine], np.float32)
        return gathered([(postings.ids[old], postings.weights[old]), new])


class Current:
    """One for the process. Whatever it hands out is never changed again, so a search works on one state from start to end."""

    def __init__(self, index: TextIndex | None) -> None:
        self.index = index
        self.engine: Engine | None = None
        self.columns: Columns | None = None
        self.phrasebook = Phrasebook(())
        self._kept = Remembered(KEPT_BYTES)
        self._fresh: tuple[tuple[int, int], Fresh] | None = None
        self._lock = threading.Lock()
        self._looked = self._noted = -1e9

    def noted(self) -> None:
        """This process changes something: its own searches look for it at once until the commit is long over."""
        self._noted = time.monotonic()

    def up_to_date(self, today: date) -> Columns:
        """The columns as of at most a second ago; what this process wrote itself is always in them."""
        now, day = time.monotonic(), days_since_epoch(today)
        columns = self.columns
        if columns is not None and columns.day == day and self.engine is db.engine:
            if now - self._looked < LOOK_EVERY and now - self._noted > 2 * LOOK_EVERY:
                return columns
            # One thread brings the columns up to date; the others answer from what there is.
            if not self._lock.acquire(blocking=now - self._noted <= 2 * LOOK_EVERY):
                return columns
        else:
            self._lock.acquire()
        try:
            return self._refresh(day, now)
        finally:
            self._lock.release()

    def _refresh(self, day: int, now: float) -> Columns:
        connection = db.session.connection()
        if self.engine is not db.engine:
            self.columns, self.engine, self._fresh = None, db.engine, None
            self._kept.clear()
        version = connection.scalar(select(func.max(SearchChange.id))) or 0
        columns = self.columns
        if columns is None or version < columns.version:
            columns = self._load(connection, version, day)
        elif version > columns.version:
            columns = self._changed(connection, columns, version, day)
        elif day != columns.day:
            columns = Columns(columns.rows, version=version, day=day)
        self.columns, self._looked = columns, now
        return columns

    def _load(self, connection: Connection, version: int, day: int) -> Columns:
        columns = Columns(catalogue.read(connection), version=version, day=day)
        self.phrasebook = Phrasebook(columns.vocabulary)
        return columns

    def _changed(self, connection: Connection, columns: Columns, version: int, day: int) -> Columns:
        changed = select(SearchChange.listing_id).where(SearchChange.id > columns.version, SearchChange.id <= version)
        ids = sorted(set(connection.scalars(changed.limit(RELOAD_FROM))))
        if len(ids) >= RELOAD_FROM or EVERYTHING in ids:
            return self._load(connection, version, day)
        rows = columns.rows.replaced(np.array(ids), catalogue.read(connection, ids))
        fresh = Columns(rows, version=version, day=day)
        if rows.vocabulary != columns.vocabulary:
            self.phrasebook = Phrasebook(rows.vocabulary)
        return fresh

    def matched(self, concepts: tuple[Concept, ...], columns: Columns) -> Matched:
        """What holds the concepts, from the text index or, when that is damaged or not there, from the database."""
        connection = db.session.connection()
        index = self.index
        if index is not None:
            try:
                return self._matched(concepts, columns, connection, index, index.version)
            except Exception:
                # Damage shows as ten kinds of exception, so all are caught here and nowhere above.
                log.warning("The text index cannot be read; answering from the database until it is rebuilt", exc_info=True)
                index.distrust()
        return self._matched(concepts, columns, connection, DatabaseIndex(connection), columns.version)

    def _matched(
        self, concepts: tuple[Concept, ...], columns: Columns, connection: Connection, index: TextIndex, version: int
    ) -> Matched:
        key = (columns.version, version, len(columns))

        def postings(term: str) -> Postings:
            return self._kept.get((term, *key), lambda: self._postings(term, columns, connection, index, version))

        def with_phrase(terms: tuple[str, ...], positions: np.ndarray) -> np.ndarray:
            return columns.positions(DatabaseIndex(connection).with_phrase(terms, columns.ids[positions]))

        return self._kept.get((concepts, *key), lambda: matched(concepts, columns, postings, with_phrase))

    def _postings(self, term: str, columns: Columns, connection: Connection, index: TextIndex, version: int) -> Postings:
        """Postings in positions of the columns, with what is newer than the index laid over them."""
        found = index.matches(term)
        if version < columns.version:
            if self._fresh is None or self._fresh[0] != (version, columns.version):
                self._fresh = (version, columns.version), Fresh(connection, version, columns.version)
            found = self._fresh[1].over(found, term)
        positions = columns.positions(found.ids)
        known = positions >= 0
        return Postings(positions[known], found.weights[known])


current = Current(None)


def configure(*, folder: str | Path, engine: str = "whoosh") -> None:
    """Where the text index lives and which engine reads it. Forgets everything loaded before."""
    global current
    current = Current(index_in(Path(folder), engine))


def index_in(folder: Path, engine: str) -> TextIndex | None:
    return None
