"""Everything a reader could argue with: who is here and why, how far search goes, what comes first. Arrays in, a page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import NEVER, ROOMS
from directory.indexes.columns import NOBODY, Columns
from directory.indexes.ways import COVERS_WAY, HOME_WAY, NATIONAL_WAY, WIRE_WAY, Around
from directory.models import Room
from directory.models.words import MILE_KM
from directory.ranking.facets import Facets
from directory.ranking.filters import NOT_SAID, WHAT, YES, Entries, Filter, days_since_epoch, filters_of, last_of_each, left_out
from directory.ranking.questions import REASONS, Found, Hit, Question
from directory.ranking.texts import Match

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
# Ways without a journey, the worst first.
FAR = ((NATIONAL, NATIONAL_WAY), (WIRE, WIRE_WAY), (COMES_TO_YOU, HOME_WAY), (COVERS, COVERS_WAY))
NO_DISTANCE, NO_POINT = np.array([np.nan]), np.array([-1])
FAR_REASONS, FAR_BITS = np.array([reason for reason, _ in FAR]), np.array([[bit] for _, bit in FAR], np.uint8)
AS_IF_AT = np.array([DISTANCE_OF.get(reason, np.nan) for reason in range(len(REASONS))])
FRESH_DAYS, STALE_DAYS = 91, 548  # checked this quarter counts in full; from then on it sinks evenly
STALEST, NEVER_CHECKED = 0.6, 0.6
FULL = 0.8


NO_ENTRIES = Entries(NOBODY, NOBODY, np.empty(0), NOBODY)


@dataclass(slots=True)
class Judged:
    """Entries with what each filter says of them, and the worst of it, where there are any filters."""

    entries: Entries
    verdicts: Mapping[str, Array]
    worst: Array

    def where(self, keep: Array) -> Judged:
        if not self.verdicts:
            return Judged(self.entries.where(keep), self.verdicts, self.worst)
        return Judged(self.entries.where(keep), {name: each[keep] for name, each in self.verdicts.items()}, self.worst[keep])

    @property
    def certain(self) -> Entries:
        """Those that fit every filter for certain."""
        return self.entries.where(self.worst == YES) if self.verdicts else self.entries


def answer(question: Question, columns: Columns, found: Match | None, *, today: date, **told: Any) -> Found:
    """One page of what answers the question. `found` is what its words come to, None when there are none; `told` is passed on."""
    filters = filters_of(question, columns, today)
    radius_mi, widened, judged = reach(question, columns, found, filters, today)
    old = left_out(judged.entries, columns, question, today)
    is_any_old = bool(old.any())
    shown = judged.where(~old) if is_any_old else judged
    certain = best_of_each(shown.certain, columns)
    perhaps, missing = unsure(shown, certain, columns)
    order = Order(question, columns, found, radius_mi * MILE_KM, today)
    return Found(
        hits=hits(certain, order, columns),
        total=len(certain),
        less=hits(perhaps, order, columns, missing),
        less_total=len(perhaps),
        less_why=why(missing),
        facets=Facets(question, columns, shown.entries, shown.verdicts, today),
        radius_mi=radius_mi,
        widened=widened,
        nearly=certain.steps is not None and len(certain) > 0 and bool(certain.steps.max() < WELL_STEPS),
        left_out=len(best_of_each(judged.where(old).certain, columns)) if is_any_old else 0,
        **told,
    )


# Who is here, and why


def reach(
    question: Question, columns: Columns, found: Match | None, filters: Mapping[str, Filter], today: date
) -> tuple[float, bool, Judged]:
    """The radius used in miles, whether it widened, and whatever is here then, judged."""
    start = question.place.start_radius_mi
    radii = (start, *(radius for radius in RADII_MI if radius > start))
    if question.radius_mi is not None:
        radii = (min(question.radius_mi, FURTHEST_MI),)
    for radius in radii:
        judged = judge(entries_within(radius * MILE_KM, question, columns, found), filters)
        if radius == radii[-1] or is_enough(judged, columns, question, today):
            break
    if question.place.within_km and not (judged.entries.point >= 0).any():
        # The place itself may be this far off, so "nothing near" is said only after looking that much further.
        judged = judge(entries_within(radius * MILE_KM + question.place.within_km, question, columns, found), filters)
    return radius, radius > radii[0], judged


def is_enough(judged: Judged, columns: Columns, question: Question, today: date) -> bool:
    """Whether so many can be reached in person that nobody has to look further."""
    certain = judged.certain
    certain = certain.where((certain.point >= 0) & ~left_out(certain, columns, question, today))
    if certain.steps is not None:
        # What holds but half of the words must not keep search from going on to what holds them all.
        certain = certain.where(certain.steps >= WELL_STEPS)
    return len(certain) >= ENOUGH_IN_PERSON and len(best_of_each(certain, columns)) >= ENOUGH_IN_PERSON


def entries_within(reach_km: float, question: Question, columns: Columns, found: Match | None) -> Entries:
    """The far ways and every point within reach; of a listing's points the best stands last, after its far ways."""
    place, ways = question.place, columns.ways
    latitude, longitude = place.latitude, place.longitude
    around = Around(ways, ways.far(place.area_codes), ways.near(latitude, longitude, reach_km))
    steps = score = None
    if found is None:
        looked_at = around.every()
    else:
        told = found.of(around)
        looked_at, steps, score = told.ways, told.steps, told.score
    is_far = int(looked_at.searchsorted(ways.first_point))  # the far ways stand first
    far, reason = far_ways(looked_at[:is_far], question, columns)
    point = looked_at[is_far:].astype(np.int64) - ways.first_point
    near, distance = columns.points.among(point, latitude, longitude, reach_km)
    point = point[near]
    is_stop = columns.points.is_stop.take(point)
    one_of_several = columns.points.is_one_of_several.take(point)
    if one_of_several.any():
        # Which way is the best matters within a listing alone, so the few that have several are sorted.
        several = one_of_several.nonzero()[0]
        order = (-(distance[several] + 1e5 * is_stop[several])).argsort(kind="stable")
        order = np.concatenate([(~one_of_several).nonzero()[0], several[order]])
        near, point, distance, is_stop = near.take(order), point.take(order), distance.take(order), is_stop.take(order)
    near = near + is_far
    if not len(far):
        among, distances, points, reasons = near, distance, point, is_stop.astype(np.int64)
    else:
        among = np.concatenate([far, near])
        distances = np.concatenate([NO_DISTANCE.repeat(len(far)), distance])
        points = np.concatenate([NO_POINT.repeat(len(far)), point])
        reasons = np.concatenate([reason, is_stop])
    return Entries(
        ways.position.take(looked_at.take(among)),
        reasons,
        distances,
        points,
        None if steps is None else steps.take(among),
        None if score is None else score.take(among),
    )


def far_ways(looked_at: Array, question: Question, columns: Columns) -> tuple[Array, Array]:
    """The places, among ways that need no journey, of those that lead here, and the reasons; the worst reason first."""
    if not len(looked_at):
        return NOBODY, NOBODY
    bits = columns.ways.reasons[looked_at]
    first, last = columns.ways.circles
    if first < last:
        drawn = ((looked_at >= first) & (looked_at < last)).nonzero()[0]
        here = columns.areas.around(looked_at[drawn] - first, question.place.latitude, question.place.longitude)
        bits[drawn[~here]] = 0
    groups, places = (bits & FAR_BITS).nonzero()
    return places, FAR_REASONS[groups]


def best_of_each(entries: Entries, columns: Columns) -> Entries:
    """One entry for each listing, its last."""
    last = last_of_each(entries.position, columns)
    return entries.where(last) if len(last) < len(entries) else entries


# What the filters say


def judge(entries: Entries, filters: Mapping[str, Filter]) -> Judged:
    if not filters:
        return Judged(entries, {}, NOBODY)
    verdicts = {name: fits(entries).astype(np.uint8) for name, fits in filters.items()}
    worst = np.full(len(entries), YES)
    for verdict in verdicts.values():
        np.minimum(worst, verdict, out=worst)
    return Judged(entries, verdicts, worst)


def unsure(shown: Judged, certain: Entries, columns: Columns) -> tuple[Entries, dict[str, Array]]:
    """What may fit, one entry for each listing that does not fit for certain; and by filter, which do not state the fact."""
    if not shown.verdicts:
        return NO_ENTRIES, {}
    perhaps = shown.where(shown.worst == NOT_SAID)
    if len(certain) and len(perhaps.entries):
        perhaps = perhaps.where(~np.isin(perhaps.entries.position, certain.position))
    perhaps = perhaps.where(last_of_each(perhaps.entries.position, columns))
    return perhaps.entries, {name: verdict == NOT_SAID for name, verdict in perhaps.verdicts.items()}


def why(missing: Mapping[str, Array]) -> str:
    """What the less certain ones do not say: "times or cost not known"; empty when there are none."""
    told = [what for name, what in WHAT.items() if name in missing and missing[name].any()]
    return f"{' or '.join([', '.join(told[:-1]), told[-1]] if len(told) > 1 else told)} not known" if told else ""


# What comes first


class Order:
    """The order of one answer; what is equal stands by listing id, so nothing jumps between pages."""

    def __init__(self, question: Question, columns: Columns, found: Match | None, radius_km: float, today: date) -> None:
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
        if len(keys) <= 200:
            return np.lexsort((entries.position, keys))[first:last]
        among = np.flatnonzero(keys <= np.partition(keys, last - 1)[last - 1])
        return among[np.lexsort((entries.position[among], keys[among]))[first:last]]

    def keys(self, entries: Entries) -> Array:
        """A number for each entry, the smallest first."""
        if self.question.sort == "nearest":
            return np.where(np.isnan(entries.distance), np.inf, entries.distance)
        if self.question.sort == "checked":
            return -self.columns.listings.checked[entries.position].astype(np.float64)
        score = self.closeness(entries) * self.standing[entries.position]
        if entries.steps is None or entries.score is None:
            return -score
        # More of what was wanted comes before better; a score never reaches what lies between two steps.
        return -(entries.steps * 1e4 + score * entries.score)

    @property
    def standing(self) -> Array:
        """What each listing of the catalogue is worth wherever somebody asks: freshness × room. Worked out once a day."""
        kept: dict[int, Array] = self.columns.worked_out
        if self.today not in kept:
            every = np.arange(len(self.columns))
            kept[self.today] = self.freshness(every) * self.room(every)
        return kept[self.today]

    def closeness(self, entries: Entries) -> Array:
        distance = entries.distance / self.radius_km
        far = np.isnan(distance)
        if far.any():
            distance = np.where(far, AS_IF_AT[entries.reason], distance)
        say = 1.0 if self.found is None else DISTANCE_BESIDE_WORDS
        return np.exp((-0.5 * say / CLOSENESS_SCALE**2) * distance**2)

    def freshness(self, positions: Array) -> Array:
        checked = self.columns.listings.checked[positions]
        age = (self.today - checked.astype(np.int64)).clip(FRESH_DAYS, STALE_DAYS)
        falling = 1.0 - (1.0 - STALEST) * (age - FRESH_DAYS) / (STALE_DAYS - FRESH_DAYS)
        return np.where(checked == NEVER, NEVER_CHECKED, falling)

    def room(self, positions: Array) -> Array:
        listings = self.columns.listings
        until = listings.room_until[positions]
        is_full = (listings.room[positions] == ROOMS.index(Room.FULL)) & (until >= self.today)
        return np.where(is_full, FULL, 1.0)


def hits(entries: Entries, order: Order, columns: Columns, missing: Mapping[str, Array] | None = None) -> tuple[Hit, ...]:
    """The page of these entries; `missing` says for each filter which of them do not state the fact."""
    if not len(entries):
        return ()
    places = order.page(entries)
    point = entries.point[places]
    ids, venues = (
        columns.ids[entries.position[places]].tolist(),
        (columns.points.venue[point] if len(columns.points.venue) else point).tolist(),
    )
    rows = zip(ids, entries.reason[places].tolist(), entries.distance[places].tolist(), point.tolist(), venues, strict=True)
    told = [
        Hit(id_, REASONS[reason], distance, venue) if point >= 0 else Hit(id_, REASONS[reason], None, None)
        for id_, reason, distance, point, venue in rows
    ]
    if missing:
        unsaid = [(what, missing[name][places].tolist()) for name, what in WHAT.items() if name in missing]
        told = [
            hit._replace(missing=tuple(what for what, is_unsaid in unsaid if is_unsaid[number]))
            for number, hit in enumerate(told)
        ]
    return tuple(told)
