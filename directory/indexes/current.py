"""The catalogue and its text index as they are now: loaded when first asked for, then kept in step with the outbox."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from directory.extensions import db
from directory.indexes import catalogue
from directory.indexes.columns import Columns
from directory.indexes.database_index import DatabaseIndex, documents
from directory.indexes.fresh import Fresh
from directory.indexes.packed import Spread, Texts, spread, texts_of
from directory.indexes.postgres_index import PostgresIndex
from directory.indexes.postings import Matching, Postings, Remembered, TextIndex
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import SearchChange

T = TypeVar("T")
log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks at the outbox and at the index
RELOAD_FROM = 5_000  # changed listings from which reading everything anew is quicker
KEPT_BYTES = 16 * 2**20
KEPT_A_LISTING = 160  # bytes: whoever holds a common need is as many as a good part of the catalogue, and a dozen have to fit
MOST_LOOKED_AT = 12_000  # listings whose texts one question reads for its quoted phrases: 4 microseconds each
EVERYTHING = 0  # the listing id of a change that concerns all: the vocabulary
WORDS = -1  # the listing id of a change that concerns no listing: what curators taught search to understand


class Current:
    """One for the process. Whatever it hands out is never changed again, so a search works on one state from start to end."""

    def __init__(self, index: TextIndex | None) -> None:
        self.index = index
        self.engine: Engine | None = None
        self.columns: Columns | None = None
        self.kept = Remembered(KEPT_BYTES)
        self._fresh: tuple[tuple[int, int], Fresh] | None = None
        self._lock, self._laying_out = threading.Lock(), threading.Lock()
        self._looked = self._noted = -1e9

    def close(self) -> None:
        """Lets go of the files that are open."""
        if self.index is not None:
            self.index.close()

    def noted(self) -> None:
        """This process changes something: its own searches look for it at once until the commit is long over."""
        self._noted = time.monotonic()

    def up_to_date(self, today: date) -> Columns:
        """The columns as of at most a second ago; what this process wrote itself is always in them."""
        now, day = time.monotonic(), (today - catalogue.EPOCH).days
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
        version = connection.scalar(select(func.max(SearchChange.id))) or 0
        if self.engine is not db.engine or (self.columns is not None and version < self.columns.version):
            # Another database, or this one came back from a backup: what was read before is from another time.
            if self.engine is not None:
                self.close()
            self.columns, self.engine, self._fresh = None, db.engine, None
            self.kept.clear()
        columns = self.columns
        if columns is None:
            columns = self._load(connection, version, day)
        elif version > columns.version:
            columns = self._changed(connection, columns, version, day)
        elif day != columns.day:
            columns = Columns(columns.rows, version=version, day=day)
        self.columns, self._looked = columns, now
        self.kept.most_bytes = max(KEPT_BYTES, KEPT_A_LISTING * len(columns))
        return columns

    def _load(self, connection: Connection, version: int, day: int) -> Columns:
        return Columns(catalogue.read(connection), version=version, day=day)

    def _changed(self, connection: Connection, columns: Columns, version: int, day: int) -> Columns:
        changed = select(SearchChange.listing_id).where(SearchChange.id > columns.version, SearchChange.id <= version)
        ids = sorted(set(connection.scalars(changed.limit(RELOAD_FROM))))
        if len(ids) >= RELOAD_FROM or EVERYTHING in ids:
            return self._load(connection, version, day)
        if ids and ids[0] == WORDS:
            again = self._taught(connection, columns, version)
            if again is None or ids == [WORDS]:
                return again or self._load(connection, version, day)
            columns, ids = again, ids[1:]
        rows = columns.rows.replaced(np.array(ids), catalogue.read(connection, ids))
        if rows.vocabulary == columns.vocabulary:
            # The same object, because phrases are worked out once for each.
            rows = replace(rows, vocabulary=columns.vocabulary)
        return self._moved(connection, columns, Columns(rows, version=version, day=day), ids)

    def _moved(self, connection: Connection, before: Columns, after: Columns, ids: list[int]) -> Columns:
        """The new columns with what was laid out for the old ones: but for the changed listings nothing is read again."""
        if before.texts is not None and before.texts.is_whole and before.day == after.day:
            told = list(documents(connection, ids))
            after.texts = before.texts.moved(before, after, np.array(ids, np.int64), told, version=after.version)
        return after

    def _taught(self, connection: Connection, columns: Columns, version: int) -> Columns | None:
        """The columns with the words of the vocabulary and of curators read anew; None when the terms are not the same ones."""
        vocabulary = catalogue.vocabulary(connection)
        known, now = (
            [(term.id, term.taxonomy, term.slug, term.parent_id) for term in each] for each in (columns.vocabulary, vocabulary)
        )
        if known != now:
            return None
        if vocabulary == columns.vocabulary:
            vocabulary = columns.vocabulary  # the same object, because phrases and spelling are worked out once for each
        return columns.with_words(vocabulary, catalogue.taught(connection), version=version)

    def ask(self, columns: Columns, question: Callable[[Reader], T]) -> T:
        """What `question` makes of the text index or, when that is damaged or not there, of the database."""
        index, broken = self.index, None
        if index is not None:
            try:
                if reader := self._reader(index, columns):
                    return question(reader)
            except SQLAlchemyError:
                raise  # the database's own trouble says nothing of the index
            except Exception as error:
                # Damage shows as ten kinds of exception, so all are caught, here and nowhere above.
                broken = error
        found = question(Reader(self, columns, DatabaseIndex(db.session.connection()), columns.version))
        if index is not None and broken is not None:
            # Only now: what fails without the index too is a mistake of ours, and costs nobody a rebuild.
            log.warning("The text index cannot be read: answering from the database until it is rebuilt", exc_info=broken)
            index.distrust()
        return found

    def _reader(self, index: TextIndex, columns: Columns) -> Reader | None:
        """Who reads the index as of these columns; None while it cannot be read."""
        is_ready = index.is_ready()
        if isinstance(index, WhooshIndex):
            texts = columns.texts
            if is_ready and (texts is None or not texts.is_whole):
                texts = self._laid_out(index, columns)
            return Reader(self, columns, index, texts.version, texts) if texts is not None else None
        if not is_ready:
            return None
        seen = index.seen(db.session.connection(), columns.version) if isinstance(index, PostgresIndex) else index
        return Reader(self, columns, seen, seen.version)

    def _laid_out(self, index: WhooshIndex, columns: Columns) -> Texts | None:
        """The embedded index over the ways of these columns, with what is newer laid over it. Another thread may do it first."""
        if self._is_ahead(index, columns):
            return None
        with self._laying_out:
            texts = columns.texts
            if texts is not None and (texts.is_whole or texts.version >= index.version):
                return texts
            with index.reading() as opened:
                version = opened.version
                fresh = Fresh(db.session.connection(), version, columns.version) if version < columns.version else None
                texts = texts_of(opened.segments, columns, fresh.ids if fresh else np.empty(0, np.int64), version)
            if fresh and len(fresh.ids):
                texts = texts.moved(columns, columns, fresh.ids, fresh.documents, version) or texts
            texts.is_whole = fresh is None or fresh.is_whole
            columns.texts = texts
            return texts

    def _is_ahead(self, index: WhooshIndex, columns: Columns) -> bool:
        """Whether the index knows changes that the database has not: it came back from a backup, or lost its log."""
        if index.version <= columns.version:
            return False
        # This question's own view of the database may only be a moment older than the index: another one tells.
        with db.engine.connect() as connection:
            newest = connection.scalar(select(func.max(SearchChange.id))) or 0
        if index.version <= newest:
            return False
        log.warning("The text index is ahead of the database: answering from the database until it is rebuilt")
        index.distrust()  # now, because new changes take the numbers of those that were lost
        return True

    def over(self, found: Postings, term: str, columns: Columns, connection: Connection, version: int) -> Postings:
        """Postings of an index at `version` with whatever is newer laid over them."""
        if version >= columns.version:
            return found
        if self._fresh is None or self._fresh[0] != (version, columns.version):
            self._fresh = (version, columns.version), Fresh(connection, version, columns.version)
        return self._fresh[1].over(found, term)


class Reader:
    """One text index as seen from one state of the columns; what takes long to make is remembered for the next question."""

    def __init__(self, state: Current, columns: Columns, index: Matching, version: int, texts: Texts | None = None) -> None:
        self.state, self.columns, self.index, self.version, self.texts = state, columns, index, version, texts
        self.key = (type(index), version, columns.version, columns.day, len(columns))
        self.looks = MOST_LOOKED_AT
        self._spreads: dict[str, Spread] = {}

    @property
    def connection(self) -> Connection:
        return db.session.connection()

    def spread(self, term: str) -> Spread:
        """A term over all ways in which listings can be reached."""
        found = self._spreads.get(term)
        if found is None:
            found = self.texts.spread(term) if self.texts else self.remembered(term, lambda: self._spread(term))
            self._spreads[term] = found
        return found

    def with_phrase(self, terms: tuple[str, ...], positions: np.ndarray) -> np.ndarray:
        """Those of the positions in which the terms stand side by side in one field.

        So many are looked at in one question, phrase after phrase; in what is left the terms only stand somewhere.
        """
        looked, left = positions[: self.looks], positions[self.looks :]
        self.looks -= len(looked)
        ids = DatabaseIndex(self.connection).with_phrase(terms, self.columns.ids[looked])
        return np.concatenate([self.columns.positions(ids), left])

    def remembered(self, what: Hashable, make: Callable[[], T]) -> T:
        """The value made for this state before, if it is still there; it must know its `nbytes`."""
        found: T = self.state.kept.get((what, *self.key), make)
        return found

    def _spread(self, term: str) -> Spread:
        found = self.state.over(self.index.matches(term), term, self.columns, self.connection, self.version)
        return spread(found, self.columns)


current = Current(None)


def configure(*, folder: str | Path, engine: str = "whoosh") -> None:
    """Where the text index lives and which engine reads it: whoosh, postgres, or none. Forgets everything loaded before."""
    global current
    current.close()
    current = Current(PostgresIndex() if engine == "postgres" else WhooshIndex(Path(folder)) if engine == "whoosh" else None)


def begin_anew() -> None:
    """In a forked process: files opened before the fork share their place with the parent's, so nothing is kept."""
    global current
    index = current.index
    if isinstance(index, WhooshIndex):
        current = Current(WhooshIndex(index.generations.folder))
    else:
        current = Current(PostgresIndex() if isinstance(index, PostgresIndex) else None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_anew)
