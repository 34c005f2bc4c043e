"""Everything a reader could argue with: who is here and why, how far search goes, what comes first. Arrays in, a page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import AT_VENUE, HOME, NEVER, ONLINE, PHONE, ROOMS
from directory.indexes.columns import Columns
from directory.models import Room
from directory.models.words import MILE_KM
from directory.ranking.facets import facets_of
from directory.ranking.filters import NOT_SAID, WHAT, YES, Entries, Filter, days_since_epoch, filters_of, last_of_each, left_out
from directory.ranking.questions import REASONS, Found, Hit, Question
from directory.ranking.texts import Matched

Array = NDArray[Any]

NEARBY, STOP, COVERS, COMES_TO_YOU, WIRE, NATIONAL = range(len(REASONS))

# How far: widening by itself goes from one radius to the next until this many can be reached in person.
RADII_MI = (3.0, 5.0, 10.0, 20.0, 40.0)
ENOUGH_IN_PERSON = 10
WELL_STEPS = 4  # of five: with words, only what holds nearly all of them counts towards those ten
FURTHEST_MI = 100.0

# What comes first. best = text × closeness × freshness × room.
CLOSENESS_SCALE = 1 / 3  # of the radius: closeness falls as a bell of this width
DISTANCE_BESIDE_WORDS = 0.25  # its say where words were asked for: one goes a little further for the right thing
DISTANCE_OF = {COVERS: 1 / 3, COMES_TO_YOU: 1 / 3, WIRE: 2 / 3, NATIONAL: 2 / 3}  # as if so far away, as a share of the radius
FRESH_DAYS, STALE_DAYS = 91, 548  # checked this quarter counts in full; from then on it sinks evenly
STALEST, NEVER_CHECKED = 0.6, 0.6
FULL = 0.8


@dataclass(frozen=True)
class Judged:
    """Entries with what each filter says of them, and the worst of it."""

    entries: Entries
    verdicts: Mapping[str, Array]
    worst: Array

    def where(self, keep: Array) -> Judged:
        return Judged(self.entries.where(keep), {name: each[keep] for name, each in self.verdicts.items()}, self.worst[keep])


def answer(question: Question, columns: Columns, found: Matched | None, *, today: date) -> Found:
    """One page of what answers the question. `found` is what holds its words, None when there are none."""
    filters = filters_of(question, columns, today)
    radius_mi, widened, near = reach(question, columns, found, filters, today)
    judged = joined(near, judge(far_entries(question, columns, found), columns, filters))
    old = left_out(judged.entries, columns, question, today)
    shown = judged.where(~old)

    certain = best_of_each(shown.entries.where(shown.worst == YES), columns)
    perhaps = shown.where(shown.worst == NOT_SAID)
    if len(certain) and len(perhaps.entries):
        perhaps = perhaps.where(~np.isin(perhaps.entries.position, certain.position))
    perhaps = perhaps.where(last_of_each(perhaps.entries.position, columns))
    missing = {name: verdict == NOT_SAID for name, verdict in perhaps.verdicts.items()}

    order = Order(question, columns, found, radius_mi * MILE_KM, today)
    return Found(
        hits=hits(certain, order, columns),
        total=len(certain),
        less=hits(perhaps.entries, order, columns, missing),
        less_total=len(perhaps.entries),
        less_why=why(missing),
        facets=facets_of(question, columns, shown.entries, shown.verdicts, today),
        radius_mi=radius_mi,
        widened=widened,
        left_out=len(best_of_each(judged.entries.where(old & (judged.worst == YES)), columns)),
    )


# Who is here, and why


def reach(
    question: Question, columns: Columns, found: Matched | None, filters: Mapping[str, Filter], today: date
) -> tuple[float, bool, Judged]:
    """The radius used in miles, whether it widened, and what can be met within it, judged."""
    start = question.place.start_radius_mi
    radii = (start, *(radius for radius in RADII_MI if radius > start))
    if question.radius_mi is not None:
        radii = (min(question.radius_mi, FURTHEST_MI),)
    for radius in radii:
        near = judge(near_entries(question, columns, found, radius * MILE_KM), columns, filters)
        enough = ENOUGH_IN_PERSON if len(radii) > 1 else 0
        certain = near.entries.where((near.worst == YES) & ~left_out(near.entries, columns, question, today))
        if found is not None and len(certain):
            # What holds but half of the words must not keep search from going on to what holds them all.
            certain = certain.where(found.steps[place_in(certain.position, columns, found)] >= WELL_STEPS)
        count = len(certain) if len(certain) < enough else len(best_of_each(certain, columns))
        if count >= enough:
            break
    if not count and question.place.within_km and not len(near.entries):
        # The place itself may be this far off, so "nothing near" is said only after looking that much further.
        wider = radius * MILE_KM + question.place.within_km
        near = judge(near_entries(question, columns, found, wider), columns, filters)
    return radius, radius > radii[0], near


def near_entries(question: Question, columns: Columns, found: Matched | None, reach_km: float) -> Entries:
    """Every point within reach, stops and farther ones first: of several entries of a listing the last is the best."""
    points = columns.points
    near, distance = points.within(question.place.latitude, question.place.longitude, reach_km)
    if found is not None and len(near):
        among = holds(points.listing[near], columns, found)
        near, distance = near[among], distance[among]
    order = np.argsort(-(distance + 1e5 * points.is_stop[near]), kind="stable")
    near, distance = near[order], distance[order]
    return Entries(points.listing[near], np.where(points.is_stop[near], STOP, NEARBY), distance, near)


def far_entries(question: Question, columns: Columns, found: Matched | None) -> Entries:
    """What needs no journey or is meant for the area, worst reason first."""
    place = question.place
    holding = columns.areas.containing(place.area_codes, place.latitude, place.longitude)
    ways, has_point = columns.listings.ways, columns.has_point
    anyhow = np.concatenate([holding.small, holding.wide, holding.national])
    wide = np.concatenate([holding.wide, holding.national])
    wired, elsewhere = np.uint8(ONLINE | PHONE), np.uint8(HOME | ONLINE | PHONE)
    in_person = (ways[holding.small] & AT_VENUE).astype(bool) | has_point[holding.small]
    groups = (
        # A country-wide claim says little of a place one has to go to; nor does a county, unless nothing else tells where it is.
        (NATIONAL, wide[((ways[wide] & elsewhere) == 0) & ~has_point[wide]]),
        (WIRE, np.concatenate([columns.wired_everywhere, anyhow[(ways[anyhow] & wired) != 0]])),
        (COMES_TO_YOU, anyhow[(ways[anyhow] & HOME) != 0]),
        (COVERS, holding.small[in_person | ((ways[holding.small] & elsewhere) == 0)]),
    )
    parts = []
    for reason, positions in groups:
        if found is not None and len(positions):
            positions = positions[holds(positions, columns, found)]
        parts.append((positions, np.full(len(positions), reason)))
    position = np.concatenate([positions for positions, _ in parts]).astype(np.int64)
    reason = np.concatenate([reasons for _, reasons in parts])
    return Entries(position, reason, np.full(len(position), np.nan), np.full(len(position), -1))


def holds(positions: Array, columns: Columns, found: Matched) -> Array:
    """Bool: which of the positions are among those found."""
    if not len(found.positions):
        return np.zeros(len(positions), bool)
    return found.positions[place_in(positions, columns, found)] == positions


def place_in(positions: Array, columns: Columns, found: Matched) -> Array:
    """Where each position stands in `found`; for one that is not there, anywhere."""
    return np.minimum(columns.places(found.positions)[positions], len(found.positions) - 1)


def best_of_each(entries: Entries, columns: Columns) -> Entries:
    """One entry for each listing, its last."""
    return entries.where(last_of_each(entries.position, columns))


# What the filters say


def judge(entries: Entries, columns: Columns, filters: Mapping[str, Filter]) -> Judged:
    verdicts = {name: fits(entries).astype(np.uint8) for name, fits in filters.items()}
    worst = np.full(len(entries), YES)
    for verdict in verdicts.values():
        np.minimum(worst, verdict, out=worst)
    return Judged(entries, verdicts, worst)


def joined(near: Judged, far: Judged) -> Judged:
    """Far entries before near ones, so that the last entry of a listing is its best."""
    ours = Entries(
        *(
            np.concatenate([getattr(far.entries, name), getattr(near.entries, name)])
            for name in ("position", "reason", "distance", "point")
        )
    )
    verdicts = {name: np.concatenate([far.verdicts[name], near.verdicts[name]]) for name in near.verdicts}
    return Judged(ours, verdicts, np.concatenate([far.worst, near.worst]))


def why(missing: Mapping[str, Array]) -> str:
    """What the less certain ones do not say: "times or cost not known"; empty when there are none."""
    told = [what for name, what in WHAT.items() if name in missing and missing[name].any()]
    return f"{' or '.join([', '.join(told[:-1]), told[-1]] if len(told) > 1 else told)} not known" if told else ""


# What comes first


class Order:
    """The order of one answer; what is equal stands by listing id, so nothing jumps between pages."""

    def __init__(self, question: Question, columns: Columns, found: Matched | None, radius_km: float, today: date) -> None:
        self.question, self.columns, self.found = question, columns, found
        self.radius_km, self.today = max(radius_km, 0.1), days_since_epoch(today)

    def page(self, entries: Entries) -> Array:
        """The indexes of the entries on the question's page, in order."""
        first = (self.question.page - 1) * self.question.per_page
        last = min(first + self.question.per_page, len(entries))
        if first >= last:
            return np.empty(0, np.int64)
        if self.question.sort == "name":
            names = self.columns.listings.name[entries.position]
            ordered = sorted(range(len(entries)), key=lambda place: (names[place], entries.position[place]))
            return np.array(ordered[first:last])
        keys = self.keys(entries)
        # Sorting a page of a few thousand costs more than all the rest, so only those that may be on it are sorted.
        among = np.flatnonzero(keys <= np.partition(keys, last - 1)[last - 1]) if len(keys) > 200 else np.arange(len(keys))
        return among[np.lexsort((entries.position[among], keys[among]))[first:last]]

    def keys(self, entries: Entries) -> Array:
        """A number for each entry, the smallest first."""
        if self.question.sort == "nearest":
            return np.where(np.isnan(entries.distance), np.inf, entries.distance)
        if self.question.sort == "checked":
            return -self.columns.listings.checked[entries.position].astype(np.float64)
        score = self.closeness(entries) * self.freshness(entries) * self.room(entries)
        if self.found is None:
            return -score
        place = place_in(entries.position, self.columns, self.found)
        # More of what was wanted comes before better; a score never reaches what lies between two steps.
        return -(self.found.steps[place] * 1e4 + score * self.found.score[place])

    def closeness(self, entries: Entries) -> Array:
        distance = entries.distance / self.radius_km
        for reason, share in DISTANCE_OF.items():
            distance = np.where(entries.reason == reason, share, distance)
        say = 1.0 if self.found is None else DISTANCE_BESIDE_WORDS
        return np.exp(-0.5 * say * (distance / CLOSENESS_SCALE) ** 2)

    def freshness(self, entries: Entries) -> Array:
        checked = self.columns.listings.checked[entries.position]
        age = (self.today - checked.astype(np.int64)).clip(FRESH_DAYS, STALE_DAYS)
        falling = 1.0 - (1.0 - STALEST) * (age - FRESH_DAYS) / (STALE_DAYS - FRESH_DAYS)
        return np.where(checked == NEVER, NEVER_CHECKED, falling)

    def room(self, entries: Entries) -> Array:
        listings = self.columns.listings
        until = listings.room_until[entries.position]
        is_full = (listings.room[entries.position] == ROOMS.index(Room.FULL)) & (until >= self.today)
        return np.where(is_full, FULL, 1.0)


def hits(entries: Entries, order: Order, columns: Columns, missing: Mapping[str, Array] | None = None) -> tuple[Hit, ...]:
    """The page of these entries; `missing` says for each filter which of them do not state the fact."""
    told = []
    for place in order.page(entries).tolist():
        point = int(entries.point[place])
        told.append(
            Hit(
                listing_id=int(columns.ids[entries.position[place]]),
                reason=REASONS[entries.reason[place]],
                distance_km=float(entries.distance[place]) if point >= 0 else None,
                venue_id=int(columns.points.venue[point]) if point >= 0 else None,
                missing=tuple(WHAT[name] for name in WHAT if missing and name in missing and missing[name][place]),
            )
        )
    return tuple(told)
