"""The embedded text index: segments of postings in one folder, a table of contents as Whoosh writes it, and a marker."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from whoosh.codec.whoosh3 import W3Segment
from whoosh.index import TOC

from directory.indexes import documents as weighing
from directory.indexes.generations import (
    Damaged,
    Generations,
    Marker,
    Stamp,
    alone,
    lacks_files,
    mark,
    read_marker,
    swept,
    verify,
)
from directory.indexes.postings import Postings, gathered
from directory.indexes.whoosh_segments import (
    NAME,
    Documents,
    Draft,
    Segment,
    Storage,
    closing_files,
    files_of,
    open_segment,
    schema,
    worth_joining,
    write_segments,
)

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks at the marker
LOCK_S = 10.0
FAILURES = 3  # looks in a row that find the index unreadable before it counts as damaged

# Postings hold weights worked out when they were written, so other figures need another index.
SETTINGS = hashlib.blake2b(
    json.dumps(
        [5, weighing.FIELD_WEIGHTS, weighing.USUAL_LENGTHS, weighing.LENGTH_MATTERS, weighing.SATURATION, weighing.STEPS]
    ).encode(),
    digest_size=8,
).hexdigest()


@dataclass(frozen=True)
class Opened:
    """One state of the index, open for reading."""

    generation: Path
    version: int
    number: int  # of its table of contents
    segments: tuple[Segment, ...]

    def close(self, but: Opened | None = None) -> None:
        """Lets go of the files that the other state does not read as well."""
        kept = {segment.file for segment in but.segments} if but else set()
        for segment in self.segments:
            if segment.file not in kept:
                segment.file.close()


class WhooshIndex:
    """The text index in one folder. One process writes; readers notice by the marker and open again."""

    def __init__(self, folder: Path) -> None:
        self.generations = Generations(folder)
        self._lock = threading.RLock()
        self._opened: Opened | None = None
        self._stamp: Stamp | None = None
        self._failed = 0
        self._looked = -1e9

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

    @contextlib.contextmanager
    def reading(self) -> Iterator[Opened]:
        """What is open, and stays so for as long as it is read. Raises Damaged when there is no whole index."""
        with self._lock:
            if self._opened is None:
                raise Damaged("there is no index to read")
            yield self._opened

    def matches(self, term: str) -> Postings:
        with self.reading() as opened:
            parts = []
            for segment in opened.segments:
                read = segment.postings(term)
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

    def update(self, documents: Documents, *, removed: Iterable[int], version: int) -> None:
        """Does nothing when it holds that version already. Raises Damaged when there is no whole index to change,
        Unavailable while another process changes it, and OSError; then what readers see is as it was.
        """
        with self._lock:
            self._looked = -1e9
            if not self.is_ready() or self._opened is None:
                raise Damaged("there is no index to change")
            generation = self._opened.generation
            with alone(generation / "writing.lock", patience_s=LOCK_S):
                self._look()  # somebody may have written while this waited
                opened = self._opened
                if opened is None or opened.generation != generation:
                    raise Damaged("the index went away")
                if opened.version >= version:
                    return
                with swept(generation):
                    entries = changed(opened, documents, removed)
                    commit(generation, entries, number=opened.number + 1, version=version)
            self._looked = -1e9

    def rebuild(self, documents: Documents, *, version: int) -> None:
        self.make(lambda folder: list(write_segments(folder, documents)), version=version)

    def make(self, write: Callable[[Path], list[W3Segment]], *, version: int) -> None:
        """A new index from the segments that `write` puts into a folder, beside the old one, which answers meanwhile.

        Raises Unavailable while another process makes one, and what `write` raises; nothing is left of the new one then.
        """
        with self.generations.begun() as generation:
            commit(generation, write(generation), number=1, version=version)
            self.generations.swap(generation)
        self._looked = -1e9

    def _look(self) -> None:
        stamp = self.generations.stamp()
        if stamp == self._stamp:
            return
        try:
            generation = self.generations.current()
            opened = open_generation(generation, self._opened) if generation is not None else None
        except Exception as error:
            # Files may go away between a look at the marker and their opening; only what stays so is damage.
            self._failed += 1
            if self._failed >= FAILURES:
                # Said once for each state of the index; the worker mends it, and the marker then differs.
                log.warning("The text index is damaged (%s): answering from the database until it is rebuilt", error)
                self._stamp = stamp
                self.distrust()
            return
        before, self._opened, self._stamp, self._failed = self._opened, opened, stamp, 0
        if before is not None:
            before.close(but=opened)

    def _let_go(self) -> None:
        before, self._opened = self._opened, None
        if before is not None:
            before.close()


def open_generation(generation: Path, before: Opened | None = None) -> Opened:
    """A generation checked against its marker and open; segments that are open already stay so, because they never change.

    Raises Damaged, or whatever Whoosh makes of damage.
    """
    marker = read_marker(generation)
    if marker.settings != SETTINGS:
        raise Damaged("it was made with other settings")
    known = {each.name: each for each in before.segments} if before is not None and before.generation == generation else {}
    verify(generation, marker, but=set(files_of(each.entry for each in known.values())))
    number = contents_number(marker)
    segments: list[Segment] = []
    try:
        with closing_files(Storage(generation)) as storage:
            entries = TOC.read(storage, NAME, gen=number, schema=schema()).segments
        for entry in entries:
            open_already = known.get(entry.segment_id())
            segments.append(open_already.as_of(entry) if open_already else open_segment(generation, entry))
    except BaseException:
        Opened(generation, marker.version, number, tuple(segments)).close(but=before)
        raise
    return Opened(generation, marker.version, number, tuple(segments))


def contents_number(marker: Marker) -> int:
    """The number of the table of contents that the marker names. Others that lie about belong to no commit."""
    for name in marker.files:
        if found := re.fullmatch(rf"_{NAME}_([0-9]+)\.toc", name):
            return int(found[1])
    raise Damaged("its marker names no table of contents")


def changed(opened: Opened, documents: Documents, removed: Iterable[int]) -> list[W3Segment]:
    """The segments after a change: new documents in the place of older ones, and small segments joined."""
    draft = Draft()
    for id_, weights in documents:
        draft.add(id_, weights)
    gone = np.array(sorted({*removed, *draft.ids}), np.int64)
    segments = [segment for segment in (each.without(gone) for each in opened.segments) if segment.living]
    joined = worth_joining([segment.living for segment in segments])
    for place in joined:
        draft.take(segments[place])
    left = [segment.entry for place, segment in enumerate(segments) if place not in joined]
    return [*left, draft.write(opened.generation)] if len(draft) else left


def commit(generation: Path, entries: list[W3Segment], *, number: int, version: int) -> None:
    """Makes these segments the index: the table of contents, and then the marker, before which nobody believes it."""
    with closing_files(Storage(generation)) as storage:
        TOC(schema(), entries, number).write(storage, NAME)
    mark(generation, [TOC._filename(NAME, number), *files_of(entries)], version=version, settings=SETTINGS)
