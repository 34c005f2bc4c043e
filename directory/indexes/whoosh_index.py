"""The embedded text index: Whoosh keeps the postings, and each term's are read once per segment and then kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import IndexReader, TermNotFound
from whoosh.writing import SegmentWriter

from directory.indexes import documents
from directory.indexes.generations import Damaged, Generations, Stamp, lacks_files, mark, read_marker, verify
from directory.indexes.postings import Postings, Remembered, gathered
from directory.indexes.whoosh_codec import Codec, LeafMatcher, schema

log = logging.getLogger(__name__)

Array = NDArray[Any]

LOOK_EVERY = 1.0  # seconds between looks at the marker
KEPT_BYTES = 24 * 2**20
WRITING_MB = 128
LOCK_SECONDS = 10.0
FAILURES = 3  # looks in a row that find the index unreadable before it counts as damaged
NAME = "texts"

# Postings hold weights worked out when they were written, so other figures need another index.
SETTINGS = hashlib.blake2b(
    json.dumps([2, documents.FIELD_WEIGHTS, documents.USUAL_LENGTHS, documents.LENGTH_MATTERS, documents.SATURATION]).encode(),
    digest_size=8,
).hexdigest()


@dataclass(frozen=True)
class Segment:
    """One segment as it is now: its reader, the listing id of each document, and which of them are not deleted."""

    name: str
    reader: IndexReader
    ids: Array
    alive: Array | None  # None when nothing was deleted


@dataclass(frozen=True)
class Opened:
    """One state of the index, open for reading."""

    generation: Path
    version: int
    index: FileIndex
    reader: IndexReader
    segments: tuple[Segment, ...]

    def close(self) -> None:
        self.reader.close()
        self.index.close()


class WhooshIndex:
    """The text index in one folder. One process writes; readers notice by the marker and open again."""

    def __init__(self, folder: Path) -> None:
        self.generations = Generations(folder)
        self._lock = threading.RLock()  # Whoosh's readers bear one thread at a time
        self._opened: Opened | None = None
        self._stamp: Stamp | None = None
        self._failed = 0
        self._looked = -1e9
        self._kept = Remembered(KEPT_BYTES)

    def is_ready(self) -> bool:
        """Whether there is a whole index to read; looks for a newer one at most once a second."""
        if time.monotonic() - self._looked >= LOOK_EVERY:
            with self._lock:
                if time.monotonic() - self._looked >= LOOK_EVERY:
                    self._look()
                    self._looked = time.monotonic()
        return self._opened is not None

    @property
    def version(self) -> int:
        opened = self._opened
        return opened.version if opened else 0

    def matches(self, term: str) -> Postings:
        with self._lock:
            opened = self._opened
            if opened is None:
                raise Damaged("there is no index to read")
            parts = []
            for segment in opened.segments:
                read = self._kept.get((segment.name, term), lambda segment=segment: read_postings(segment.reader, term))
                numbers, weights = read.ids, read.weights
                if segment.alive is not None:
                    alive = segment.alive[numbers]
                    numbers, weights = numbers[alive], weights[alive]
                parts.append((segment.ids[numbers], weights))
            return gathered(parts)

    def distrust(self) -> None:
        """Something read from the index was not right: it is not read again until the worker has made a new one."""
        with self._lock:
            self._let_go()
            self.generations.distrust()

    def close(self) -> None:
        with self._lock:
            self._let_go()
            self._stamp, self._looked = None, -1e9

    @property
    def is_distrusted(self) -> bool:
        return self.generations.is_distrusted

    @property
    def has_lost_files(self) -> bool:
        generation = self.generations.current()
        return generation is not None and lacks_files(generation)

    def needs_rebuild(self) -> bool:
        """Whether the index is missing, damaged, distrusted, or made with other settings; reads every file."""
        generation = self.generations.current()
        if generation is None or self.generations.is_distrusted:
            return True
        try:
            marker = read_marker(generation)
            verify(generation, marker)
        except Damaged:
            return True
        return marker.settings != SETTINGS

    def update(self, documents: Iterable[tuple[int, dict[str, float]]], *, removed: Iterable[int], version: int) -> None:
        """Raises Damaged when there is no whole index to change, and whatever Whoosh raises; then nothing has changed."""
        with self._lock:
            self._looked = -1e9
            if not self.is_ready() or self._opened is None:
                raise Damaged("there is no index to change")
            opened = self._opened
            added = list(documents)
            gone = np.array(sorted({*removed, *(id_ for id_, _ in added)}), np.int64)
            writer = opened.index.writer(timeout=LOCK_SECONDS, limitmb=WRITING_MB, codec=Codec())
            try:
                first = 0
                for segment in opened.segments:
                    dead = np.isin(segment.ids, gone)
                    for number in np.flatnonzero(dead if segment.alive is None else dead & segment.alive).tolist():
                        writer.delete_document(first + number)
                    first += len(segment.ids)
                for id_, weights in added:
                    writer.add_document(listing=id_, words=weights)
                writer.commit()
            except BaseException:
                give_up(writer)
                raise
            mark(opened.generation, version=version, settings=SETTINGS)
            self._looked = -1e9

    def rebuild(self, documents: Iterable[tuple[int, dict[str, float]]], *, version: int) -> None:
        generation = self.generations.begin()
        storage = FileStorage(str(generation), supports_mmap=False)
        index = FileIndex.create(storage, schema(), NAME)
        try:
            writer = index.writer(limitmb=WRITING_MB, codec=Codec())
            try:
                for id_, weights in documents:
                    writer.add_document(listing=id_, words=weights)
                writer.commit()
            except BaseException:
                give_up(writer)
                raise
        finally:
            index.close()
        mark(generation, version=version, settings=SETTINGS)
        self.generations.swap(generation)
        self._looked = -1e9

    def _look(self) -> None:
        stamp = self.generations.stamp()
        if stamp == self._stamp:
            return
        try:
            generation = self.generations.current()
            opened = open_generation(generation) if generation is not None else None
        except Exception as error:
            # Between a commit and its marker the two do not agree; only what stays so is damage.
            self._failed += 1
            if self._failed >= FAILURES:
                # Said once for each state of the index; the worker mends it, and the marker then differs.
                log.warning("The text index is damaged (%s): answering from the database until it is rebuilt", error)
                self._stamp = stamp
                self.distrust()
            return
        before, self._opened, self._stamp, self._failed = self._opened, opened, stamp, 0
        if before is not None and before is not opened:
            before.close()

    def _let_go(self) -> None:
        before, self._opened = self._opened, None
        if before is not None:
            before.close()


def open_generation(generation: Path) -> Opened:
    """A generation checked against its marker and open. Raises Damaged, or whatever Whoosh makes of damage."""
    marker = read_marker(generation)
    if marker.settings != SETTINGS:
        raise Damaged("it was made with other settings")
    verify(generation, marker)
    # Never mapped into memory: a file cut short under a map kills the process, where a read only raises.
    index = FileIndex(FileStorage(str(generation), supports_mmap=False), indexname=NAME)
    reader = None
    try:
        if not any(name.endswith(f"_{index.latest_generation()}.toc") for name in marker.files):
            raise Damaged("its table of contents is newer than its marker")
        reader = index.reader()
        segments = tuple(open_segment(leaf) for leaf, _ in reader.leaf_readers()) if reader.doc_count_all() else ()
    except BaseException:
        if reader is not None:
            reader.close()
        index.close()
        raise
    return Opened(generation, marker.version, index, reader, segments)


def open_segment(reader: IndexReader) -> Segment:
    segment = reader.segment()
    count = segment.doc_count_all()
    ids = np.fromiter(iter(reader.column_reader("listing")), np.int64, count)
    alive = None
    if segment.deleted_count():
        alive = np.ones(count, bool)
        alive[list(segment.deleted_docs())] = False
    return Segment(segment.segment_id(), reader, ids, alive)


def give_up(writer: SegmentWriter) -> None:
    """Takes back what was not committed. Whatever went wrong, a full disk included, the lock must not stay held."""
    try:
        writer.cancel()
    except Exception:
        log.warning("Whoosh could not take back a write", exc_info=True)
    finally:
        if writer.writelock is not None:
            with contextlib.suppress(Exception):
                writer.writelock.release()


def read_postings(reader: IndexReader, term: str) -> Postings:
    """Document numbers within one segment, and weights."""
    try:
        matcher = reader.postings("words", term.encode())
    except TermNotFound:
        return Postings(np.empty(0, np.int32), np.empty(0, np.float32))
    # Where documents were deleted Whoosh wraps the postings, to pass over those; `Segment.alive` does that for whole arrays.
    while not isinstance(matcher, LeafMatcher):
        matcher = matcher.child
    matcher.reset()
    return matcher.everything()
