"""Postings by ways instead of listings: what a question needs of a common word are a few slices, and nothing is read for it.

One number holds a way and the weight there, in steps. All terms of the embedded index stand in one array, put together when
it is opened; a change moves it along. An engine that tells one term at a time has each laid out when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.columns import Columns
from directory.indexes.documents import STEPS
from directory.indexes.postings import Postings
from directory.indexes.ways import Around
from directory.indexes.whoosh_segments import Segment

Array = NDArray[Any]
Documents = Iterable[tuple[int, dict[str, float]]]  # listing id, term → weight

BITS = STEPS.bit_length()  # of a weight
MASK = (1 << BITS) - 1
AT_ONCE = 2**18  # postings that are worked on at a time: some 20 MB with all that is made of them
WEIGHT_OF = (np.arange(MASK + 1) / STEPS).astype(np.float32)


def kind_for(ways: int) -> Any:
    """The smallest numbers that hold so many ways and a weight."""
    return np.uint32 if ways << BITS <= 2**32 else np.int64


class Spread:
    """One term over all ways; its length is the number of listings that hold it."""

    __slots__ = ("_listings", "packed")

    def __init__(self, packed: Array, listings: int) -> None:
        self.packed, self._listings = packed, listings

    def __len__(self) -> int:
        return self._listings

    @property
    def nbytes(self) -> int:
        return int(self.packed.nbytes) + 200

    @property
    def ways(self) -> Array:
        """Every way that holds it, ascending."""
        return self.packed >> BITS

    @property
    def weights(self) -> Array:
        """Its weight at each of them."""
        return WEIGHT_OF[self.packed & MASK]

    def around(self, around: Around) -> tuple[Array, Array]:
        """Of the ways that a question looks at, those that hold it, packed; and how many of them are in each stretch."""
        kept: tuple[Array, Array] | None = around.kept.get(self)
        if kept is None:
            at = self.packed.searchsorted(around.keys(BITS, self.packed.dtype))
            bounds = at.tolist()
            stretches = [(first, last) for first, last in zip(bounds[::2], bounds[1::2], strict=True) if first < last]
            kept = around.kept[self] = cut(self.packed, stretches), at[1::2] - at[::2]
        return kept


def cut(values: Array, stretches: list[tuple[int, int]]) -> Array:
    """These stretches of an array, in one."""
    parts = [values[first:last] for first, last in stretches]
    return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else values[:0]


def spread(postings: Postings, columns: Columns) -> Spread:
    """Postings by listing ids as they stand in these columns."""
    positions = columns.positions(postings.ids)
    known = positions >= 0
    ways, whose = columns.ways.of(positions[known])
    packed = (ways.astype(np.int64) << BITS) | np.rint(postings.weights[known][whose] * STEPS).astype(np.int64)
    packed.sort()
    return Spread(packed.astype(kind_for(len(columns.ways))), int(np.count_nonzero(known)))


class Texts:
    """Every term of the catalogue over all ways, for one state of the columns; never changed once built."""

    def __init__(self, numbers: dict[str, int], starts: Array, packed: Array, listings: Array, version: int) -> None:
        """Term number i is spread over `packed[starts[i]:starts[i + 1]]` and held by `listings[i]` listings.

        `version` is that of the index or of the columns. One that is not whole lacks some newer changes: there were too many.
        """
        self.numbers, self.starts, self.packed, self.listings, self.version = numbers, starts, packed, listings, version
        self.is_whole = True

    @property
    def nbytes(self) -> int:
        return int(self.packed.nbytes + self.starts.nbytes + self.listings.nbytes)

    def spread(self, term: str) -> Spread:
        number = self.numbers.get(term)
        if number is None:
            return Spread(self.packed[:0], 0)
        return Spread(self.packed[self.starts.item(number) : self.starts.item(number + 1)], self.listings.item(number))

    def moved(self, before: Columns, after: Columns, ids: Array, documents: Documents, version: int) -> Texts | None:
        """The same for other columns, in which the listings `ids` are as `documents` say; None when nothing fits any more."""
        there, here = (np.flatnonzero(~np.isin(each.ids[each.ways.position], ids)) for each in (before, after))
        # What did not change stands in the same order in both.
        if len(there) != len(here) or not np.array_equal(
            before.ids[before.ways.position[there]], after.ids[after.ways.position[here]]
        ):
            return None
        kind = kind_for(max(len(before.ways), len(after.ways)))
        target = np.full(len(before.ways), np.iinfo(kind).max, kind)  # no posting, because no weight has all its bits
        target[there] = here.astype(kind) << kind(BITS)
        is_first = before.ways.is_first
        new = Added(documents, after)
        numbers = self.numbers
        if unknown := [term for term in new.terms if term not in numbers]:
            numbers = {**numbers, **{term: len(numbers) + more for more, term in enumerate(unknown)}}
        size = len(numbers)
        old_starts = np.concatenate([self.starts, np.full(size + 1 - len(self.starts), self.starts[-1])])
        added = new.by_number(numbers)
        packed = np.empty(len(self.packed) + len(added), kind)
        starts, listings = np.zeros(size + 1, np.int64), np.zeros(size, np.int64)
        listings[: len(self.listings)] = self.listings
        at = 0
        for first, last in groups(old_starts):
            begin, end = int(old_starts[first]), int(old_starts[last])
            old = self.packed[begin:end]
            lengths = np.diff(old_starts[first : last + 1])
            ways = old >> BITS
            keys = target.take(ways)
            gone = np.flatnonzero(keys == np.iinfo(kind).max)
            keys |= (old & MASK).astype(kind, copy=False)
            if len(gone):
                of_term = np.searchsorted(old_starts[first : last + 1], gone + begin, "right") - 1
                lengths -= np.bincount(of_term, minlength=last - first)
                listings[first:last] -= np.bincount(of_term[is_first[ways[gone]]], minlength=last - first)
                keys = np.delete(keys, gone)
            mine = added[slice(*np.searchsorted(added["term"], (first, last)))]
            if len(mine):
                ends = np.concatenate([[0], np.cumsum(lengths)])
                of_term = mine["term"] - first
                places = [
                    ends[term] + keys[ends[term] : ends[term + 1]].searchsorted(kind(key))
                    for term, key in zip(of_term.tolist(), mine["key"].tolist(), strict=True)
                ]
                keys = np.insert(keys, places, mine["key"].astype(kind))
                lengths += np.bincount(of_term, minlength=last - first)
                listings[first:last] += np.bincount(of_term[mine["is_first"]], minlength=last - first)
            packed[at : at + len(keys)] = keys
            starts[first + 1 : last + 1] = at + np.cumsum(lengths)
            at += len(keys)
        return Texts(numbers, starts, packed[:at], listings, version)


def texts_of(segments: Sequence[Segment], columns: Columns, but: Array, version: int) -> Texts:
    """The postings of all segments laid out over the ways, those of the listings `but` left out.

    Terms are taken some at a time, so that it needs little room beside what it makes. Raises OSError and ValueError when a
    file is cut, and IndexError when it tells nonsense.
    """
    terms = [segment.terms() for segment in segments]
    every = sorted({term for each in terms for term in each})
    numbers = {term: number for number, term in enumerate(every)}
    starts_in: list[Array] = []  # of each segment, where every known term begins, also those that it lacks
    places: list[Array] = []
    for segment, mine in zip(segments, terms, strict=True):
        lengths = np.zeros(len(every) + 1, np.int64)
        lengths[[numbers[term] + 1 for term in mine]] = np.diff(segment.file.starts())
        starts_in.append(np.cumsum(lengths))
        position = columns.positions(segment.ids)
        if segment.alive is not None:
            position[~segment.alive] = -1
        position[np.isin(segment.ids, but)] = -1
        places.append(position)
    del terms
    all_starts = np.sum(starts_in, axis=0, dtype=np.int64) if segments else np.zeros(1, np.int64)
    kind = kind_for(len(columns.ways))
    starts, listings = np.zeros(len(every) + 1, np.int64), np.zeros(len(every), np.int64)
    # Some more room than needed costs nothing: what is never written to takes no memory.
    ways_each = len(columns.ways) / max(1, len(columns))
    packed = np.empty(int(all_starts[-1] * ways_each * 1.2) + AT_ONCE, kind)
    at = 0
    order, first_of = columns.ways.by_listing()
    many = np.diff(first_of)
    for first, last in groups(all_starts):
        found: list[Array] = []
        for segment, mine, position in zip(segments, starts_in, places, strict=True):
            begin, end = int(mine[first]), int(mine[last])
            if begin == end:
                continue
            where = position[segment.file.numbers(begin, end)]
            term = np.repeat(np.arange(first, last), np.diff(mine[first : last + 1]))
            steps = segment.file.steps(begin, end).astype(np.int64)
            kept = where >= 0
            if not kept.all():
                where, term, steps = where[kept], term[kept], steps[kept]
            listings[first:last] += np.bincount(term - first, minlength=last - first)
            key = (term - first) * (len(columns.ways) << BITS) + steps
            found.append(key + (order[first_of[where]].astype(np.int64) << BITS))
            # Most have one way; the second and further ones of the others are few.
            more = np.flatnonzero(many[where] > 1)
            nth = 1
            while len(more):
                found.append(key[more] + (order[first_of[where[more]] + nth].astype(np.int64) << BITS))
                nth += 1
                more = more[many[where[more]] > nth]
        keys = np.concatenate(found) if found else np.empty(0, np.int64)
        keys.sort()
        of_term, keys = np.divmod(keys, len(columns.ways) << BITS) if len(keys) else (keys, keys)
        if at + len(keys) > len(packed):
            packed = np.concatenate([packed[:at], np.empty(at + len(keys), kind)])
        packed[at : at + len(keys)] = keys
        starts[first + 1 : last + 1] = at + np.cumsum(np.bincount(of_term, minlength=last - first))
        at += len(keys)
    return Texts(numbers, starts, packed[:at], listings, version)


def groups(starts: Array) -> Iterable[tuple[int, int]]:
    """Ranges of terms that have about so many postings together, at least one term each."""
    first, size = 0, len(starts) - 1
    while first < size:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + AT_ONCE, "right")) - 1)
        yield first, min(last, size)
        first = min(last, size)


class Added:
    """The postings of some documents, over the ways of their listings."""

    KIND = np.dtype([("term", np.int64), ("key", np.int64), ("is_first", bool)])

    def __init__(self, documents: Documents, columns: Columns) -> None:
        self.columns = columns
        self.documents = [(id_, weights) for id_, weights in documents if columns.positions(np.array([id_]))[0] >= 0]
        self.terms = list(dict.fromkeys(term for _, weights in self.documents for term in weights))

    def by_number(self, numbers: dict[str, int]) -> Array:
        """By terms and ways, ascending."""
        rows = []
        for id_, weights in self.documents:
            ways, _ = self.columns.ways.of(self.columns.positions(np.array([id_])))
            for term, weight in weights.items():
                step = round(weight * STEPS)
                rows.extend((numbers[term], way << BITS | step, not nth) for nth, way in enumerate(ways.tolist()))
        return np.sort(np.array(rows, self.KIND), order=("term", "key"))
