"""The ways in which listings can be reached, numbered so that what is near a place, or meant for an area, stands together."""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import AT_VENUE, HOME, ONLINE, PHONE

if TYPE_CHECKING:
    from directory.indexes.columns import Columns

Array = NDArray[Any]

EARTH_KM = 6371.0088
KM_A_DEGREE = EARTH_KM * math.pi / 180.0
BANDS_A_DEGREE = 20  # points are sorted by bands of latitude of some 5.6 km, and by longitude within each
A_BAND = 1000.0  # more than any longitude
NEARLY_ALL = 89.0  # degrees of latitude from which on a circle may go all around

# What a listing may be, without a journey or for the area, in bits: what the vocabulary of `policy` calls reasons.
NATIONAL_WAY, WIRE_WAY, HOME_WAY, COVERS_WAY = 1, 2, 4, 8
SMALL, WIDE, NATIONAL = 0, 1, 2  # how much a stated coverage claims

NONE = np.empty(0, np.int64)
MOST_PLACES = 20_000  # whose areas are remembered

Block = tuple[int, int]  # ways, first and the one after the last


def key_of(latitude: Any, longitude: Any) -> Any:
    """Points in this order lie in bands of latitude, and within a band from west to east."""
    return np.floor((np.asarray(latitude) + 90.0) * BANDS_A_DEGREE) * A_BAND + (np.asarray(longitude) + 180.0)


class Ways:
    """Each way belongs to one listing; a listing has as many as it has points and areas, and at least one.

    First stand the areas, code by code, then the circles drawn, what is on the wire everywhere, and what cannot be reached at
    all; from `first_point` on stand the points. The order of what did not change is the same from one state to the next.
    """

    def __init__(self, columns: Columns) -> None:
        areas, points = columns.areas, columns.points
        listings, has_point = columns.listings.ways, columns.has_point
        parts: list[Array] = []
        bits: list[Array] = []
        count = 0
        self.codes: dict[str, Block] = {}

        def block(positions: Array, size: Array | int, trusted: Array | bool) -> Block:
            nonlocal count
            parts.append(positions)
            bits.append(reasons(listings[positions], has_point[positions], size, trusted))
            count += len(positions)
            return count - len(positions), count

        for code in sorted(areas.by_code):
            positions = areas.by_code[code]
            trusted = np.isin(positions, areas.approved[code]) if areas.size_of[code] == WIDE else areas.size_of[code] == SMALL
            self.codes[code] = block(positions, areas.size_of[code], trusted)
        self.circles = block(areas.circle, np.where(areas.circle_trusted, SMALL, WIDE), areas.circle_trusted)
        self.wired = block(columns.wired_everywhere, NATIONAL, False)
        bits[-1][:] = WIRE_WAY
        reached = np.zeros(len(columns), bool)
        for positions in (*parts, points.listing):
            reached[positions] = True
        block(np.flatnonzero(~reached), NATIONAL, False)
        self.first_point = count
        self.position = np.concatenate([*parts, points.listing]).astype(np.int32)
        self.reasons = np.concatenate([*bits, np.zeros(0, np.uint8)])
        self._band(points.key)
        self._far: dict[tuple[str, ...], list[int]] = {}

    def __len__(self) -> int:
        return len(self.position)

    def _band(self, key: Array) -> None:
        """Where each band of points begins, from the southernmost on."""
        self._lowest = int(key[0] // A_BAND) if len(key) else 0
        highest = int(key[-1] // A_BAND) if len(key) else -1
        self._bands = key.searchsorted(np.arange(self._lowest, highest + 2) * A_BAND).tolist()
        # A circle takes a few dozen looks at the keys; so few take less by a view of them than by numpy's own search.
        self._key = memoryview(key)

    def near(self, latitude: float, longitude: float, reach_km: float) -> list[int]:
        """The ways that are points in a box around a circle: where each stretch of them begins and ends, in turn."""
        north = reach_km / KM_A_DEGREE + 1e-6
        first = math.floor((latitude - north + 90.0) * BANDS_A_DEGREE)
        last = math.floor((latitude + north + 90.0) * BANDS_A_DEGREE)
        furthest = abs(latitude) + north
        west, east = -180.0, 180.0
        if furthest < NEARLY_ALL:
            # How far a circle goes to the east: its edge is a little nearer to the pole than its middle.
            share = math.sin(math.radians(north)) / math.cos(math.radians(latitude))
            aside = math.degrees(math.asin(share)) + 1e-6 if share < 1.0 else 360.0
            if longitude - aside >= -180.0 and longitude + aside <= 180.0:
                west, east = longitude - aside, longitude + aside
        west, east = west + 180.0, east + 180.0 + 1e-9
        key, bands, start = self._key, self._bands, self.first_point
        found: list[int] = []
        for band in range(max(first, self._lowest), min(last, self._lowest + len(bands) - 2) + 1):
            begin, end = bands[band - self._lowest], bands[band - self._lowest + 1]
            begin = bisect_left(key, band * A_BAND + west, begin, end)
            end = bisect_left(key, band * A_BAND + east, begin, end)
            if begin < end:
                found += (begin + start, end + start)
        return found

    def far(self, codes: tuple[str, ...]) -> list[int]:
        """The other ways that may lead to a place in these areas: where each stretch of them begins and ends, in turn."""
        found = self._far.get(codes)
        if found is None:
            blocks = [*(self.codes[code] for code in dict.fromkeys(codes) if code in self.codes), self.circles, self.wired]
            found = [each for block in blocks if block[0] < block[1] for each in block]
            if len(self._far) < MOST_PLACES:
                self._far[codes] = found
        return found

    def of(self, positions: Array) -> tuple[Array, Array]:
        """All ways of these listings, and for each the place of its listing among `positions`."""
        order, starts = self.by_listing()
        first = starts[positions]
        lengths = starts[positions + 1] - first
        places = np.arange(int(lengths.sum())) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)
        return order[places], np.repeat(np.arange(len(positions)), lengths)

    def by_listing(self) -> tuple[Array, Array]:
        """Ways in the order of their listings, and where those of each listing begin."""
        kept: tuple[Array, Array] | None = getattr(self, "_sorted", None)
        if kept is None:
            order = np.argsort(self.position, kind="stable").astype(np.int32)
            size = int(self.position[order[-1]]) + 1 if len(order) else 0
            kept = self._sorted = order, np.searchsorted(self.position[order], np.arange(size + 1)).astype(np.int32)
        return kept

    @cached_property
    def is_first(self) -> Array:
        """Whether a way is the first of its listing: of these there are as many as listings."""
        order, starts = self.by_listing()
        is_first = np.zeros(len(self), bool)
        is_first[order[starts[:-1]]] = True
        return is_first


def reasons(listings: Array, has_point: Array, size: Array | int, trusted: Array | bool) -> Array:
    """What a claim on an area makes of listings, in bits. `trusted` claims are small, or were approved by a curator."""
    elsewhere = (listings & np.uint8(HOME | ONLINE | PHONE)) != 0
    in_person = (listings & np.uint8(AT_VENUE)).astype(bool) | has_point
    # A country-wide claim says little of a place one has to go to; nor does a county, unless nothing else tells where it is.
    found = ((size != SMALL) & ~elsewhere & ~has_point) * np.uint8(NATIONAL_WAY)
    found |= ((listings & np.uint8(ONLINE | PHONE)) != 0) * np.uint8(WIRE_WAY)
    found |= ((listings & np.uint8(HOME)) != 0) * np.uint8(HOME_WAY)
    found |= (trusted & (in_person | ~elsewhere)) * np.uint8(COVERS_WAY)
    return found


class Around:
    """The ways that one question looks at: some stretches of them, also numbered through from 0, as "steps along" them."""

    def __init__(self, ways: Ways, bounds: list[int]) -> None:
        """`bounds` is where each stretch begins and ends, in turn; those that need no journey come first."""
        self.ways, self.bounds = ways, bounds
        self.starts = bounds[::2]
        self.ends = list(accumulate(map(sub, bounds[1::2], self.starts)))  # in steps along
        self.count = self.ends[-1] if bounds else 0
        self.kept: dict[Any, Any] = {}  # by term, what was found of it already
        self._keys: dict[Any, Array] = {}

    def every(self) -> Array:
        """All of them, first those that need no journey."""
        parts = [np.arange(first, last) for first, last in zip(self.starts, self.bounds[1::2], strict=True)]
        return np.concatenate(parts) if parts else NONE

    @cached_property
    def shift(self) -> Array:
        """From steps along to ways, by stretch."""
        return np.array([start - along for start, along in zip(self.starts, [0, *self.ends], strict=False)], np.int64)

    def at(self, along: Array) -> Array:
        """Which ways stand so far along, of an ascending array."""
        return along + self.shift.take(np.array(self.ends).searchsorted(along, "right"))

    def keys(self, bits: int, kind: Any) -> Array:
        """The bounds as they stand in postings, which hold a way and so many bits besides in one number."""
        keys = self._keys.get((bits, kind))
        if keys is None:
            keys = self._keys[bits, kind] = np.array([bound << bits for bound in self.bounds], kind)
        return keys


def only(ways: Ways, those: Array) -> Around:
    """A question that looks at these ways and no others; they ascend."""
    return Around(ways, [bound for way in those.tolist() for bound in (way, way + 1)])
