"""The published catalogue as numpy arrays: one element per listing, and one per point where a listing can be met."""

from __future__ import annotations

import copy
import math
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import CONFIDENTIAL, MODES, ONLINE, PHONE, Listings, Rows, Taught, VocabularyTerm
from directory.indexes.ways import EARTH_KM, NATIONAL, SMALL, WIDE, Ways, key_of
from directory.models import Mode, Taxonomy

if TYPE_CHECKING:
    from directory.indexes.packed import Texts

Array = NDArray[Any]

TAGGED = (Taxonomy.NEED, Taxonomy.ACTIVITY, Taxonomy.AUDIENCE, Taxonomy.LANGUAGE)
STOP, VENUE = MODES.index(Mode.STOP), MODES.index(Mode.VENUE)

OUTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
DISTRICTS = ("E06", "E07", "E08", "E09", "W06", "S12", "N09")  # ONS codes: unitary, district, metropolitan, borough
COUNTRIES = ("E92", "W92", "S92", "N92", "K02", "K03", "K04")
DISTRICT_KM = 25.0  # a circle wider than this claims more than a district


@dataclass(frozen=True)
class Bits:
    """One bit per term of some taxonomies, for each element; `number` is the term's place by (taxonomy, slug)."""

    number: dict[tuple[str, str], int]
    masks: Array  # (n, words) uint64

    def any_of(self, taxonomy: str, slugs: Iterable[str]) -> Array:
        """One row of words with the bits of these terms; unknown slugs have none."""
        return mask([self.number[taxonomy, slug] for slug in slugs if (taxonomy, slug) in self.number], self.masks.shape[1])

    def all_of(self, taxonomy: str) -> Array:
        return mask([number for (each, _), number in self.number.items() if each == taxonomy], self.masks.shape[1])


@dataclass(frozen=True)
class Week:
    """Bits of the week, Monday first, for each element. `undated` is true where some session has no known day."""

    days: Array
    morning: Array
    afternoon: Array
    evening: Array
    untimed: Array
    undated: Array


@dataclass(frozen=True)
class Points:
    """Where listings can be met, sorted by bands of latitude and from west to east, so that a circle is a few slices.

    Coordinates are kilometres on the sphere; as float32 they are true to half a metre, which a cosine would not be.
    """

    listing: Array  # position in the columns
    venue: Array  # venue id
    is_stop: Array
    is_one_of_several: Array  # whether its listing has others
    key: Array  # the order
    at: Array  # (n, 3)
    week: Week
    access: Array  # (n, words) uint64: known to be there
    lacking: Array  # (n, words) uint64: known not to be there

    def among(self, those: Array, latitude: float, longitude: float, reach_km: float) -> tuple[Array, Array]:
        """Of these points, the places of those at most `reach_km` away along the ground, and how far each is."""
        apart = self.at.take(those, axis=0)
        for axis, at in enumerate(here(latitude, longitude)):
            apart[:, axis] -= at
        apart *= apart
        square = apart[:, 0] + apart[:, 1]
        square += apart[:, 2]
        chord = 2.0 * EARTH_KM * math.sin(min(reach_km / (2.0 * EARTH_KM), math.pi / 2))
        near = (square <= chord * chord).nonzero()[0]
        distance = np.sqrt(square.take(near).astype(np.float64))
        distance /= 2.0 * EARTH_KM
        return near, 2.0 * EARTH_KM * np.arcsin(distance)


@dataclass(frozen=True)
class Areas:
    """Stated coverage: which listings name an area, by its code, and which draw a circle."""

    by_code: dict[str, Array]  # code → positions, each once
    size_of: dict[str, int]  # code → SMALL, WIDE or NATIONAL
    approved: dict[str, Array]  # code → the positions among them that a curator approved
    circle: Array  # position of each circle's listing, ascending
    circle_at: Array  # (n, 3) km
    circle_km: Array
    circle_trusted: Array  # no larger than a district, or approved
    has_any: Array  # bool per listing

    def around(self, circles: Array, latitude: float, longitude: float) -> Array:
        """Which of these circles a place lies in."""
        chord = np.sqrt(((self.circle_at[circles] - np.array(on_sphere(latitude, longitude))) ** 2).sum(axis=1))
        return chord <= 2.0 * EARTH_KM * np.sin(self.circle_km[circles] / (2.0 * EARTH_KM))


NOBODY = np.empty(0, np.int64)


class Columns:
    """The catalogue at one version and for one day; never changed once built, so threads may share it.

    Position i stands for listing `ids[i]`; positions follow ids, so a tie broken by position is broken by id.
    """

    def __init__(self, rows: Rows, *, version: int, day: int) -> None:
        """`day` counts from 1970: sessions that ended before it no longer count."""
        self.rows, self.version, self.day = rows, version, day
        self.listings: Listings = rows.listings
        self.ids: Array = rows.listings.listing
        self.size = len(self.ids)
        self.vocabulary, self.taught = rows.vocabulary, rows.taught
        self._scratch = threading.local()
        self.worked_out: dict[int, Array] = {}  # by day, what ranking makes of the listings alone
        self._tag()
        self._meet()
        self._cover()
        self.ways = Ways(self)
        self.texts: Texts | None = None  # the text index laid out for this state, once somebody did

    def __len__(self) -> int:
        return self.size

    def with_words(self, vocabulary: tuple[VocabularyTerm, ...], taught: tuple[Taught, ...], *, version: int) -> Columns:
        """The same catalogue with other words for the same terms, in no time: nothing is worked out again."""
        other = copy.copy(self)
        other.rows, other.version = replace(self.rows, vocabulary=vocabulary, taught=taught), version
        other.vocabulary, other.taught = vocabulary, taught
        return other

    def positions(self, ids: Array) -> Array:
        """Where listing ids stand; -1 for one that is not published."""
        ids = np.asarray(ids, np.int64)
        if self._table is not None:
            known = np.where((ids >= 0) & (ids < len(self._table)), ids, len(self._table) - 1)
            return np.where(known == ids, self._table[known], -1).astype(np.int64)
        if not self.size:
            return np.full(len(ids), -1, np.int64)
        places = np.minimum(np.searchsorted(self.ids, ids), self.size - 1)
        return np.where(self.ids[places] == ids, places, -1)

    def scratch(self) -> Array:
        """An int32 slot per listing for the calling thread; what it holds at first means nothing."""
        slots: Array | None = getattr(self._scratch, "slots", None)
        if slots is None:
            slots = self._scratch.slots = np.zeros(self.size, np.int32)
        return slots

    @cached_property
    def numbers(self) -> Array:
        """From 0 to as many as one question can ever have entries: to cut some off takes less than to count them out."""
        most = int(np.bitwise_count(self.ways.reasons).sum()) + len(self.points.listing)
        return np.arange(most, dtype=np.int32)

    @cached_property
    def _table(self) -> Array | None:
        """Listing id → position as one array, where ids lie close enough for that; the last element is always -1."""
        highest = int(self.ids[-1]) if self.size else 0
        if highest > 8 * self.size + 1_000_000:
            return None
        table = np.full(highest + 2, -1, np.int32)
        table[self.ids] = np.arange(self.size)
        return table

    def _tag(self) -> None:
        terms = {term.id: term for term in self.vocabulary}
        tagged = [term for term in self.vocabulary if term.taxonomy in TAGGED]
        number = {term.id: place for place, term in enumerate(tagged)}
        self.tag_names = [(term.taxonomy, term.slug) for term in tagged]
        # A listing about debt is one about money too, so each tag brings those above it.
        upwards: dict[int, list[int]] = {}
        for term in tagged:
            chain, step = [], term
            while step is not None and number.get(step.id) is not None and number[step.id] not in chain:
                chain.append(number[step.id])
                step = terms.get(step.parent_id) if step.parent_id else None  # type: ignore[assignment]
            upwards[term.id] = chain
        listing = self.positions(self.rows.tags.listing)
        longest = max(map(len, upwards.values()), default=1)
        ladder = np.full((max(terms, default=0) + 1, longest), -1, np.int64)
        for id_, chain in upwards.items():
            ladder[id_, : len(chain)] = chain
        climbed = ladder[self.rows.tags.term]
        held, rung = np.nonzero(climbed >= 0)
        pairs = distinct(np.sort(listing[held] * max(len(tagged), 1) + climbed[held, rung], kind="stable"))
        owner, tag = np.divmod(pairs, max(len(tagged), 1))
        # The tags of listing i are tag_values[tag_starts[i]:tag_starts[i + 1]].
        self.tag_values = tag.astype(np.int32)
        self.tag_starts = np.searchsorted(owner, np.arange(self.size + 1))
        self.tags = Bits({name: place for place, name in enumerate(self.tag_names)}, bits(owner, tag, self.size, len(tagged)))

    def _meet(self) -> None:
        sessions = self.rows.sessions
        owner = self.positions(sessions.listing)
        ongoing = sessions.last >= self.day
        # Where everything is over, the old places are still the best that anybody knows.
        lasting = np.zeros(self.size, bool)
        lasting[owner[ongoing]] = True
        counted = ongoing | ~lasting[owner]
        self.week = week_of(owner[ongoing], sessions, ongoing, self.size)
        self.week.undated[np.bincount(owner, minlength=self.size) == 0] = True
        is_secret = (self.listings.ways & CONFIDENTIAL).astype(bool)
        met = counted & np.isin(sessions.mode, (STOP, VENUE)) & np.isfinite(sessions.latitude + sessions.longitude)
        met &= ~is_secret[owner]
        key = owner[met] * (int(sessions.venue.max(initial=0)) + 1) + sessions.venue[met]
        _, first, point = np.unique(key, return_index=True, return_inverse=True)
        chosen = np.flatnonzero(met)[first]
        key = key_of(sessions.latitude[chosen], sessions.longitude[chosen])
        order = np.argsort(key, kind="stable")
        place_of = np.empty(len(order), np.int64)
        place_of[order] = np.arange(len(order))
        point = place_of[point]
        chosen = chosen[order]
        is_stop = np.ones(len(order), bool)
        is_stop[point[sessions.mode[met] == VENUE]] = False
        spots = owner[chosen]
        week = week_of(point[ongoing[met]], sessions, np.flatnonzero(met)[ongoing[met]], len(order))
        self.has_point = np.zeros(self.size, bool)
        self.has_point[spots] = True
        access, lacking = self._access(spots, sessions.venue[chosen])
        self.points = Points(
            spots,
            sessions.venue[chosen],
            is_stop,
            (np.bincount(spots, minlength=self.size) > 1)[spots],
            key[order],
            np.stack(on_sphere(sessions.latitude[chosen], sessions.longitude[chosen]), axis=1).astype(np.float32),
            week,
            access,
            lacking,
        )

    def _access(self, spots: Array, venues: Array) -> tuple[Array, Array]:
        """Sets the access of each listing, and returns what each of its points has and lacks."""
        facts = self.rows.access
        features = [term for term in self.vocabulary if term.taxonomy == Taxonomy.ACCESS]
        number = np.full(max((term.id for term in self.vocabulary), default=0) + 1, -1)
        number[[term.id for term in features]] = np.arange(len(features))
        owner, feature = self.positions(facts.listing), number[facts.term]
        names = {(Taxonomy.ACCESS.value, term.slug): place for place, term in enumerate(features)}
        kept = (feature >= 0) & (owner >= 0)
        there = kept & facts.present
        absent = kept & ~facts.present
        count = len(features)
        self.access = Bits(names, bits(owner[there], feature[there], self.size, count))
        self.lacking = bits(owner[absent], feature[absent], self.size, count)
        # A point has the facts of the listing itself and those of its own venue, not those of the listing's other venues.
        result = []
        for chosen in (there, absent):
            own = chosen & (facts.venue == 0)
            masks = bits(owner[own], feature[own], self.size, count)[spots]
            at_venue = chosen & (facts.venue != 0)
            if at_venue.any() and len(spots):
                width = int(max(venues.max(), facts.venue.max())) + 1
                keys = spots * width + venues
                order = np.argsort(keys)
                wanted = owner[at_venue] * width + facts.venue[at_venue]
                place = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
                found = keys[order[place]] == wanted
                point = order[place[found]]
                masks = masks | bits(point, feature[at_venue][found], len(spots), count)
            result.append(masks)
        return result[0], result[1]

    def _cover(self) -> None:
        rows = self.rows.coverages
        owner = self.positions(rows.listing)
        named = rows.code != ""
        codes, code_number = np.unique(rows.code[named].astype(str), return_inverse=True)
        order = np.argsort(code_number, kind="stable")
        bounds = np.searchsorted(code_number[order], np.arange(len(codes) + 1))
        by_code, approved, size_of = {}, {}, {}
        claimants, trusted = owner[named][order], rows.approved[named][order]
        for place, code in enumerate(codes.tolist()):
            part = slice(bounds[place], bounds[place + 1])
            by_code[code] = distinct(claimants[part])
            approved[code] = distinct(claimants[part][trusted[part]])
            size_of[code] = size_of_area(code)
        drawn = np.isfinite(rows.latitude + rows.longitude + rows.radius_km)
        has_any = np.zeros(self.size, bool)
        has_any[owner] = True
        self.areas = Areas(
            by_code,
            size_of,
            approved,
            owner[drawn],
            np.stack(on_sphere(rows.latitude[drawn], rows.longitude[drawn]), axis=1),
            rows.radius_km[drawn],
            (rows.radius_km[drawn] <= DISTRICT_KM) | rows.approved[drawn],
            has_any,
        )

    @cached_property
    def wired_everywhere(self) -> Array:
        """Positions of what is online or by telephone for anybody: no coverage was stated."""
        return np.flatnonzero((self.listings.ways & (ONLINE | PHONE)).astype(bool) & ~self.areas.has_any)


def size_of_area(code: str) -> int:
    """How much a coverage code claims: an outward code or a council is SMALL, a country NATIONAL, the rest WIDE."""
    if code.startswith(COUNTRIES):
        return NATIONAL
    return SMALL if OUTCODE.fullmatch(code) or code.startswith(DISTRICTS) else WIDE


def on_sphere(latitude: Any, longitude: Any) -> tuple[Any, Any, Any]:
    """Kilometres from the middle of the earth, from WGS84 degrees."""
    phi, theta = np.radians(latitude), np.radians(longitude)
    return EARTH_KM * np.cos(phi) * np.cos(theta), EARTH_KM * np.cos(phi) * np.sin(theta), EARTH_KM * np.sin(phi)


def here(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The same of one place."""
    phi, theta = math.radians(latitude), math.radians(longitude)
    across = EARTH_KM * math.cos(phi)
    return across * math.cos(theta), across * math.sin(theta), EARTH_KM * math.sin(phi)


def distinct(ordered: Array) -> Array:
    """Each value of an ordered array once; numpy's own `unique` hashes whole numbers, which takes twenty times as long."""
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def mask(numbers: Iterable[int], words: int) -> Array:
    """One row of 64-bit words with these bits set."""
    row = np.zeros(words, np.uint64)
    for number in numbers:
        row[number >> 6] |= np.uint64(1 << (number & 63))
    return row


def bits(element: Array, number: Array, size: int, count: int) -> Array:
    """(size, words) 64-bit masks with bit `number[i]` set for `element[i]`."""
    words = max(1, -(-count // 64))
    masks = np.zeros(size * words, np.uint64)
    np.bitwise_or.at(masks, element * words + (number >> 6), np.uint64(1) << (number & 63).astype(np.uint64))
    return masks.reshape(size, words)


def week_of(element: Array, sessions: Any, which: Array, size: int) -> Week:
    """The week of each of `size` elements, from the sessions `which`, where `element[i]` owns the i-th of them."""

    def gathered(column: Array) -> Array:
        week = np.zeros(size, np.uint8)
        np.bitwise_or.at(week, element, column[which])
        return week

    undated = np.zeros(size, bool)
    undated[element[sessions.days[which] == 0]] = True
    parts = (sessions.morning, sessions.afternoon, sessions.evening, sessions.untimed)
    return Week(gathered(sessions.days), *(gathered(part) for part in parts), undated)
