"""One segment of the text index: put together in memory, written in one go, read whole or a term at a time, joined with others.

A segment is one file of arrays: how many of each, listing ids, for each term where its postings begin, document numbers, steps
of weights, and the terms in order. Whoosh keeps the table of contents and what is deleted; its own postings are not used.
"""

from __future__ import annotations

import contextlib
import copy
import secrets
import threading
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, repeat
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, Schema
from whoosh.filedb.filestore import FileStorage

from directory.indexes.documents import STEPS
from directory.indexes.postings import NO_POSTINGS, Postings

Array = NDArray[Any]
Documents = Iterable[tuple[int, dict[str, float]]]  # listing id, term → weight

NAME = "texts"
MOST = 50_000  # documents in one segment: about 120 MB of memory while it is written
JOINED_FROM = 8  # segments of about one size, before they are written anew as one
JOINED_MOST = 20_000  # living documents of the largest that is; more would hold the worker for long

COUNTS = np.dtype("<u8")  # four of them: documents, terms, postings, bytes of the terms
IDS, STARTS, NUMBERS, WEIGHTS = np.dtype("<i8"), np.dtype("<u8"), np.dtype("<u4"), np.dtype("<u2")
WEIGHT_OF = (np.arange(STEPS + 1) / STEPS).astype(np.float32)


class SegmentFile:
    """An open file of a segment. It goes on after others have removed the file, and bears several threads."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when it is not there, and ValueError when it is cut short."""
        self.file: BinaryIO = path.open("rb")
        self._lock = threading.Lock()
        try:
            documents, self.count, self.postings, letters = self._array(0, COUNTS, 4).tolist()
            ids_at = 4 * COUNTS.itemsize
            starts_at = ids_at + documents * IDS.itemsize
            self._numbers_at = starts_at + (self.count + 1) * STARTS.itemsize
            self._weights_at = self._numbers_at + self.postings * NUMBERS.itemsize
            self._terms_at, self._letters = self._weights_at + self.postings * WEIGHTS.itemsize, letters
            self.ids = self._array(ids_at, IDS, documents).astype(np.int64)
            self._starts_at = starts_at
        except BaseException:
            self.file.close()
            raise

    def close(self) -> None:
        self.file.close()

    def starts(self) -> Array:
        """Read anew each time: term i has the postings `starts[i]` to `starts[i + 1]`."""
        return self._array(self._starts_at, STARTS, self.count + 1).astype(np.int64)

    def terms(self) -> list[str]:
        """Every term in ascending order, read anew each time."""
        found = self._read(self._terms_at, self._letters).decode().split("\n") if self.count else []
        if len(found) != self.count:
            raise ValueError("a segment does not hold as many terms as it says")
        return found

    def numbers(self, first: int, last: int) -> Array:
        """Documents of these postings, by their numbers in the segment."""
        return self._array(self._numbers_at + first * NUMBERS.itemsize, NUMBERS, last - first)

    def steps(self, first: int, last: int) -> Array:
        """Weights of these postings, in steps."""
        return self._array(self._weights_at + first * WEIGHTS.itemsize, WEIGHTS, last - first)

    def _array(self, at: int, kind: np.dtype[Any], size: int) -> Array:
        return np.frombuffer(self._read(at, size * kind.itemsize), kind)

    def _read(self, at: int, size: int) -> bytes:
        # Never mapped into memory: a file cut short under a map kills the process, where a read only tells.
        with self._lock:
            self.file.seek(at)
            found = self.file.read(size)
        if len(found) != size:
            raise ValueError("a segment is shorter than it says")
        return found


@dataclass(frozen=True)
class Segment:
    """One segment as it is now: its file, and which of its documents are not deleted."""

    entry: W3Segment  # as the table of contents has it, with the documents deleted from it
    file: SegmentFile
    alive: Array | None  # None when nothing was deleted

    @property
    def name(self) -> str:
        name: str = self.entry.segment_id()
        return name

    @property
    def ids(self) -> Array:
        """The listing id of each document."""
        return self.file.ids

    @property
    def living(self) -> int:
        return len(self.ids) if self.alive is None else int(self.alive.sum())

    def as_of(self, entry: W3Segment) -> Segment:
        """The same open file with what is deleted by now."""
        alive = None
        if entry.deleted_count():
            alive = np.ones(len(self.ids), bool)
            alive[np.fromiter(entry.deleted_docs(), np.int64)] = False
        return replace(self, entry=entry, alive=alive)

    def without(self, gone: Array) -> Segment:
        """The same with the documents of these listings deleted; itself when it has none of them."""
        dead = np.isin(self.ids, gone)
        if self.alive is not None:
            dead &= self.alive
        if not dead.any():
            return self
        entry = copy.copy(self.entry)
        entry._deleted = {*self.entry.deleted_docs(), *np.flatnonzero(dead).tolist()}
        return self.as_of(entry)

    def postings(self, term: str) -> Postings:
        """Document numbers within the segment, deleted ones too, and weights."""
        terms = self.terms()
        place = bisect_left(terms, term)
        if place == len(terms) or terms[place] != term:
            return NO_POSTINGS
        first, last = self.file.starts()[place : place + 2].tolist()
        return Postings(self.file.numbers(first, last), WEIGHT_OF[self.file.steps(first, last)])

    def terms(self) -> list[str]:
        return self.file.terms()


class Draft:
    """Documents on their way into a segment: the terms, numbered as they come, and an element a posting in three arrays."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._terms: defaultdict[str, int] = defaultdict(count().__next__)
        self._numbers, self._documents, self._weights = array("I"), array("I"), array("H")

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, id_: int, weights: dict[str, float]) -> None:
        """A listing's document. A listing may have one only."""
        self._numbers.extend(map(self._terms.__getitem__, weights))
        self._documents.extend(repeat(len(self.ids), len(weights)))
        self._weights.extend([round(weight * STEPS) for weight in weights.values()])
        self.ids.append(id_)

    def take(self, segment: Segment) -> None:
        """The documents of a segment that are not deleted."""
        alive = np.ones(len(segment.ids), bool) if segment.alive is None else segment.alive
        # In this order, because the first document of all takes place 0, and unsigned numbers know no -1.
        places = np.cumsum(alive, dtype=np.uint32) + np.uint32(len(self.ids)) - np.uint32(1)
        known, file = segment.terms(), segment.file
        terms = np.repeat(np.fromiter(map(self._terms.__getitem__, known), np.uint32, len(known)), np.diff(file.starts()))
        numbers, steps = file.numbers(0, file.postings), file.steps(0, file.postings)
        kept = alive[numbers]
        self._numbers.frombytes(terms[kept].tobytes())
        self._documents.frombytes(places[numbers[kept]].tobytes())
        self._weights.frombytes(steps[kept].tobytes())
        self.ids.extend(segment.ids[alive].tolist())

    def write(self, folder: Path) -> W3Segment:
        """The segment in one file, not yet in any table of contents."""
        with closing_files(Storage(folder)) as storage:
            return self._written(storage)

    def _written(self, storage: Storage) -> W3Segment:
        numbers = np.frombuffer(self._numbers, np.uint32)
        used = np.bincount(numbers, minlength=len(self._terms))
        every = sorted((term, number) for term, number in self._terms.items() if used[number])
        order = np.array([number for _, number in every], np.int64)
        ranks = np.zeros(len(self._terms), np.uint32)
        ranks[order] = np.arange(len(order), dtype=np.uint32)
        # Documents came in ascending order, and a stable sort leaves them so within each term.
        by_term = np.argsort(ranks[numbers], kind="stable")
        letters = "\n".join(term for term, _ in every).encode()
        # Whoosh names files by `random`: whoever seeds that gets the same name twice, and overwrites what is read.
        known = entry_of(secrets.token_hex(8), len(self.ids))
        with storage.create_file(*files_of([known])) as file:
            for part in (
                np.array([len(self.ids), len(every), len(numbers), len(letters)], COUNTS),
                np.array(self.ids, IDS),
                np.concatenate([[0], np.cumsum(used[order])]).astype(STARTS),
                np.frombuffer(self._documents, np.uint32)[by_term].astype(NUMBERS, copy=False),
                np.frombuffer(self._weights, np.uint16)[by_term].astype(WEIGHTS, copy=False),
            ):
                file.write(part.tobytes())
            file.write(letters)
        return known


def schema() -> Schema:
    """What the table of contents says of its documents. A new object each time, because Whoosh cleans up what it writes."""
    return Schema(listing=COLUMN(NumericColumn("Q")))


def entry_of(segid: str, documents: int) -> W3Segment:
    """How a table of contents names a segment whose file is there."""
    entry = W3Segment(W3Codec(), NAME, doccount=documents, segid=segid)
    entry._fieldlengths = {}
    entry.compound = True
    return entry


def files_of(entries: Iterable[W3Segment]) -> list[str]:
    return [entry.make_filename(entry.COMPOUND_EXT) for entry in entries]


def write_segments(folder: Path, documents: Documents) -> Iterator[W3Segment]:
    """Any number of documents as segments of at most `MOST`."""
    draft = Draft()
    for id_, weights in documents:
        draft.add(id_, weights)
        if len(draft) == MOST:
            yield draft.write(folder)
            draft = Draft()
    if len(draft):
        yield draft.write(folder)


class Storage(FileStorage):
    """The files in one folder. It knows which it opened, because Whoosh forgets them when anything goes wrong."""

    def __init__(self, folder: Path) -> None:
        # Never mapped into memory: a file cut short under a map kills the process, where a read only raises.
        super().__init__(str(folder), supports_mmap=False)
        self.opened: list[Any] = []

    def create_file(self, *arguments: Any, **options: Any) -> Any:
        self.opened.append(super().create_file(*arguments, **options))
        return self.opened[-1]

    def open_file(self, *arguments: Any, **options: Any) -> Any:
        self.opened.append(super().open_file(*arguments, **options))
        return self.opened[-1]


@contextlib.contextmanager
def closing_files(storage: Storage) -> Iterator[Storage]:
    """Closes after an error whatever the storage opened."""
    try:
        yield storage
    except BaseException:
        for file in storage.opened:
            if not file.is_closed:
                with contextlib.suppress(OSError):
                    file.close()
        raise
    finally:
        storage.opened.clear()


def open_segment(folder: Path, entry: W3Segment) -> Segment:
    """Raises OSError or ValueError when the file is gone or cut."""
    (name,) = files_of([entry])
    file = SegmentFile(folder / name)
    return Segment(entry, file, None).as_of(entry)


def worth_joining(sizes: list[int]) -> list[int]:
    """Which segments to write anew as one, by their numbers of living documents: several small ones of about one size.

    So that a document is written again only when its segment at least doubles, and few segments have to be asked for a term.
    """
    chosen: list[int] = []
    total = 0
    for place in sorted(range(len(sizes)), key=lambda place: sizes[place]):
        if sizes[place] > JOINED_MOST or (len(chosen) > 1 and sizes[place] > total):
            break
        chosen.append(place)
        total += sizes[place]
    return chosen if len(chosen) >= JOINED_FROM else []
