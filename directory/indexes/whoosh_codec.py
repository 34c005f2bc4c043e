"""Whoosh's own index format with postings packed as arrays: written and read whole, a term at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3LeafMatcher, W3PostingsWriter, W3Segment
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.formats import Existence

from directory.indexes.postings import Postings

BLOCK = 8192  # postings in one block: reading a common term is then array work
NUMBERS, WEIGHTS = np.dtype("<u4"), np.dtype("<f4")
LISTING, WORDS = "listing", "words"  # the column of listing ids, and the field of terms


class Weighed(FieldType):
    """A field given as term → weight; Whoosh stores the weight with the posting and adds nothing of its own."""

    def __init__(self) -> None:
        super().__init__(Existence(), None, scorable=False, stored=False)

    def index(self, value: dict[str, float], **options: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        for term, weight in value.items():
            yield term.encode(), 1, weight, b""


def schema() -> Schema:
    """Our own object each time, because Whoosh cleans up the one that it writes."""
    return Schema(listing=COLUMN(NumericColumn("Q")), words=Weighed())


class PostingsWriter(W3PostingsWriter):
    """Blocks of steps from one document number to the next, and of weights, as bytes."""

    def add_all(self, numbers: list[int], weights: list[float]) -> None:
        """Every posting of the term that was started; one call a posting takes ten times as long."""
        for start in range(0, len(numbers), self._blocklimit):
            if start:
                self._write_block()
            self._ids = numbers[start : start + self._blocklimit]
            self._weights = weights[start : start + self._blocklimit]
            self._maxweight = max(self._weights)

    def _mini_ids(self) -> bytes:
        return np.diff(np.array(self._ids, NUMBERS), prepend=NUMBERS.type(0)).tobytes()

    def _mini_weights(self) -> bytes:
        return np.array(self._weights, WEIGHTS).tobytes()


class FieldWriter(W3FieldWriter):
    """Takes the postings of the whole field at once."""

    def add_field(self, field: FieldType, terms: list[str], starts: NDArray[Any], numbers: Any, weights: Any) -> None:
        """`terms` ascend; number i has elements `starts[i]` to `starts[i + 1]` of the two arrays, documents ascending."""
        self.start_field(WORDS, field)
        for term, (start, end) in zip(terms, pairwise(starts.tolist()), strict=True):
            self.start_term(term.encode())
            self._postwriter.add_all(numbers[start:end].tolist(), weights[start:end].tolist())
            self.finish_term()
        self.finish_field()


class LeafMatcher(W3LeafMatcher):
    """Reads such blocks; one posting at a time as Whoosh does, whole when we read a term."""

    def _read_ids(self) -> None:
        self._ids = self.numbers().tolist()

    def _read_weights(self) -> None:
        self._weights = self.block_weights().tolist()

    def numbers(self) -> Any:
        if self._data is None:
            self._read_data()
        return np.cumsum(np.frombuffer(self._data[0], NUMBERS), dtype=np.int32)

    def block_weights(self) -> Any:
        if self._data is None:
            self._read_data()
        return np.frombuffer(self._data[1], WEIGHTS)

    def everything(self) -> Postings:
        """All postings from here on: document numbers within the segment, and weights."""
        numbers, weights = [], []
        while self.is_active():
            numbers.append(self.numbers())
            weights.append(self.block_weights())
            self._next_block()
        return Postings(np.concatenate(numbers), np.concatenate(weights).astype(np.float32))


class Codec(W3Codec):
    """The format above. Segments remember by which codec they were written, so they are read by it."""

    def __init__(self) -> None:
        # Terms of one posting are blocks too: Whoosh 2.7.4 cannot put them into its term table, though it offers to.
        super().__init__(blocklimit=BLOCK, compression=1, inlinelimit=1)

    def new_segment(self, storage: Any, indexname: str) -> W3Segment:
        # Whoosh names files by `random`: whoever seeds that gets the same name twice, and overwrites what is read.
        return W3Segment(self, indexname, segid=secrets.token_hex(8))

    def field_writer(self, storage: Any, segment: Any) -> FieldWriter:
        return FieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> PostingsWriter:
        return PostingsWriter(
            dbfile, blocklimit=self._blocklimit, byteids=byteids, compression=self._compression, inlinelimit=self._inlinelimit
        )

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> LeafMatcher:
        return LeafMatcher(dbfile, *terminfo.extent(), format_, term=term, scorer=scorer)
