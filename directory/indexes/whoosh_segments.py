"""One segment of the text index: put together in memory, written in one go, read a term at a time, joined with others."""

from __future__ import annotations

import contextlib
import copy
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import SegmentReader, TermNotFound

from directory.indexes.postings import NO_POSTINGS, Postings
from directory.indexes.whoosh_codec import LISTING, WORDS, Codec, LeafMatcher, schema

Array = NDArray[Any]
Documents = Iterable[tuple[int, dict[str, float]]]  # listing id, term → weight

NAME = "texts"
MOST = 50_000  # documents in one segment: about 120 MB of memory while it is written
JOINED_FROM = 8  # segments of about one size, before they are written anew as one
JOINED_MOST = 20_000  # living documents of the largest that is; more would hold the worker for long


@dataclass(frozen=True)
class Segment:
    """One segment as it is now: its reader, the listing id of each document, and which of them are not deleted."""

    entry: W3Segment  # as the table of contents has it, with the documents deleted from it
    reader: SegmentReader
    ids: Array
    alive: Array | None  # None when nothing was deleted

    @property
    def name(self) -> str:
        name: str = self.entry.segment_id()
        return name

    @property
    def living(self) -> int:
        return len(self.ids) if self.alive is None else int(self.alive.sum())

    def as_of(self, entry: W3Segment) -> Segment:
        """The same open files with what is deleted by now."""
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
        try:
            matcher = self.reader.postings(WORDS, term.encode())
        except TermNotFound:
            return NO_POSTINGS
        # Where documents were deleted Whoosh wraps the postings, to pass over those; `alive` does that for whole arrays.
        while not isinstance(matcher, LeafMatcher):
            matcher = matcher.child
        matcher.reset()
        return matcher.everything()

    def terms(self) -> Iterator[str]:
        return (text.decode() for _, text in self.reader.all_terms())


class Draft:
    """Documents on their way into a segment: the terms, numbered as they come, and an element a posting in three arrays."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._terms: defaultdict[str, int] = defaultdict(count().__next__)
        self._numbers, self._documents, self._weights = array("I"), array("I"), array("f")

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, id_: int, weights: dict[str, float]) -> None:
        """A listing's document. A listing may have one only."""
        self._numbers.extend(map(self._terms.__getitem__, weights))
        self._documents.extend(repeat(len(self.ids), len(weights)))
        self._weights.extend(weights.values())
        self.ids.append(id_)

    def take(self, segment: Segment) -> None:
        """The documents of a segment that are not deleted."""
        alive = np.ones(len(segment.ids), bool) if segment.alive is None else segment.alive
        # In this order, because the first document of all takes place 0, and unsigned numbers know no -1.
        places = np.cumsum(alive, dtype=np.uint32) + np.uint32(len(self.ids)) - np.uint32(1)
        for term in segment.terms():
            found = segment.postings(term)
            kept = alive[found.ids]
            if not kept.any():
                continue  # a term of deleted documents alone: Whoosh cannot write one without postings
            self._numbers.extend(repeat(self._terms[term], int(kept.sum())))
            self._documents.frombytes(places[found.ids[kept]].tobytes())
            self._weights.frombytes(found.weights[kept].tobytes())
        self.ids.extend(segment.ids[alive].tolist())

    def write(self, folder: Path) -> W3Segment:
        """The segment in one file, not yet in any table of contents."""
        with closing_files(Storage(folder)) as storage:
            return self._written(storage)

    def _written(self, storage: Storage) -> W3Segment:
        codec = Codec()
        segment = codec.new_segment(storage, NAME)
        numbers = np.frombuffer(self._numbers, np.uint32)
        terms = sorted(self._terms)
        order = np.fromiter(map(self._terms.__getitem__, terms), np.int64, len(terms))
        ranks = np.empty(len(terms), np.uint32)
        ranks[order] = np.arange(len(terms), dtype=np.uint32)
        starts = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=len(terms))[order])])
        # Documents came in ascending order, and a stable sort leaves them so within each term.
        by_term = np.argsort(ranks[numbers], kind="stable")
        documents = np.frombuffer(self._documents, np.uint32)[by_term]
        weights = np.frombuffer(self._weights, np.float32)[by_term]
        writer = codec.field_writer(storage, segment)
        writer.add_field(schema()[WORDS], terms, starts, documents, weights)
        writer.close()
        with storage.create_file(Codec.column_filename(segment, LISTING)) as file:
            file.write(np.array(self.ids, ">u8").tobytes())
        known = entry_of(segment.segid, len(self.ids))
        known.create_compound_file(storage)
        return known


def entry_of(segid: str, documents: int) -> W3Segment:
    """How a table of contents names a segment whose file is there."""
    entry = W3Segment(Codec(), NAME, doccount=documents, segid=segid)
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
    """Raises whatever Whoosh makes of damage."""
    with closing_files(Storage(folder)) as storage:
        reader = SegmentReader(storage, schema(), entry)
        with reader.storage().open_file(Codec.column_filename(entry, LISTING)) as file:
            ids = np.frombuffer(file.read(8 * entry.doc_count_all()), ">u8").astype(np.int64)
        return Segment(entry, reader, ids, None).as_of(entry)


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
