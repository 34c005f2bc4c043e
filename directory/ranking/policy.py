"""Everything a reader could argue with: who is here and why, how far search goes, what comes first. Arrays in, a page out."""

from __future__ import annotations

from bisect import bisect_left
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
from directory.ranking.filters import NOT_SAID, WHAT, YES, Entries, Filter, days_since_epoch, filters_of, last_of_each, lasting
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
        return Judged(self.entries.where(keep), {name: each[keep] for name, each in self.verdicts.items()}, self.worst[keep])

    def certain(self, among: Array) -> Array:
        """Bool: those of `among`, which are bool as well, that fit every filter for certain."""
        return among & (self.worst == YES) if self.verdicts else among


def answer(question: Question, columns: Columns, found: Match | None, *, today: date, **told: Any) -> Found:
    """One page of what answers the question. `found` is what its words come to, None when there are none; `told` is passed on."""
    filters = filters_of(question, columns, today)
    radius_mi, widened, judged = reach(question, columns, found, filters, today)
    entries = judged.entries
    is_lasting = lasting(entries, columns, question, today)
    certain = entries.where(best_of_each(entries, judged.certain(is_lasting), columns))
    perhaps, missing = unsure(judged, is_lasting, certain, columns)
    order = Order(question, columns, found, radius_mi * MILE_KM, today)
    return Found(
        hits=hits(certain, order, columns),
        total=len(certain),
        less=hits(perhaps, order, columns, missing),
        less_total=len(perhaps),
        less_why=why(missing),
        facets=Facets(question, columns, entries, judged.verdicts, is_lasting, today),
        radius_mi=radius_mi,
        widened=widened,
        nearly=certain.steps is not None and len(certain) > 0 and not len((certain.steps >= WELL_STEPS).nonzero()[0]),
        left_out=len(best_of_each(entries, judged.certain(~is_lasting), columns)),
        **told,
    )


# Who is here, and why


def reach(
    question: Question, columns: Columns, found: Match | None, filters: Mapping[str, Filter], today: date
) -> tuple[float, bool, Judged]:
    """The radius used in miles, whether it widened, and whatever is here then, judged."""
    start = question.place.start_radius_mi
    radii: tuple[float, ...]
    if question.radius_mi is not None:
        radii = (min(question.radius_mi, FURTHEST_MI),)
    else:
        radii = (start, *(radius for radius in RADII_MI if radius > start))
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
    entries = judged.entries
    wanted = judged.certain((entries.point >= 0) & lasting(entries, columns, question, today))
    if entries.steps is not None:
        # What holds but half of the words must not keep search from going on to what holds them all.
        wanted &= entries.steps >= WELL_STEPS
    return np.count_nonzero(wanted) >= ENOUGH_IN_PERSON and len(best_of_each(entries, wanted, columns)) >= ENOUGH_IN_PERSON


def entries_within(reach_km: float, question: Question, columns: Columns, found: Match | None) -> Entries:
    """The far ways and every point within reach; of a listing's points the best stands last, after its far ways."""
    place, ways = question.place, columns.ways
    latitude, longitude = place.latitude, place.longitude
    around = Around(ways, ways.far(place.area_codes) + ways.near(latitude, longitude, reach_km))
    steps = score = None
    if found is None:
        looked_at = around.every()
    else:
        told = found.of(around)
        looked_at, steps, score = told.ways, told.steps, told.score
    is_far = bisect_left(memoryview(looked_at), ways.first_point)  # the far ways stand first
    far, reason = far_ways(looked_at[:is_far], question, columns)
    point = looked_at[is_far:] - ways.first_point
    near, distance = columns.points.among(point, latitude, longitude, reach_km)
    point = point.take(near)
    is_stop = columns.points.is_stop.take(point)
    several = columns.points.is_one_of_several.take(point).nonzero()[0]
    if len(several):
        # Which way is the best matters within a listing alone, so the few that have several are sorted, among themselves.
        furthest_first = (-(distance.take(several) + 1e5 * is_stop.take(several))).argsort(kind="stable")
        order = columns.numbers[: len(near)].copy()
        order[several] = several.take(furthest_first)
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
    bits = columns.ways.reasons.take(looked_at)
    first, last = columns.ways.circles
    if first < last:
        drawn = ((looked_at >= first) & (looked_at < last)).nonzero()[0]
        here = columns.areas.around(looked_at[drawn] - first, question.place.latitude, question.place.longitude)
        bits[drawn[~here]] = 0
    groups, places = (bits & FAR_BITS).nonzero()
    return places, FAR_REASONS.take(groups)


def best_of_each(entries: Entries, among: Array, columns: Columns) -> Array:
    """The places of one entry for each listing, its last; `among` is true for those that count."""
    places = among.nonzero()[0]
    return places.take(last_of_each(entries.position.take(places), columns))


# What the filters say


def judge(entries: Entries, filters: Mapping[str, Filter]) -> Judged:
    if not filters:
        return Judged(entries, {}, NOBODY)
    verdicts = {name: fits(entries).astype(np.uint8) for name, fits in filters.items()}
    worst = np.full(len(entries), YES)
    for verdict in verdicts.values():
        np.minimum(worst, verdict, out=worst)
    return Judged(entries, verdicts, worst)


def unsure(judged: Judged, among: Array, certain: Entries, columns: Columns) -> tuple[Entries, dict[str, Array]]:
    """What may fit `among` these, one entry for each listing that does not fit for certain; and by filter, which do not state
    the fact."""
    if not judged.verdicts:
        return NO_ENTRIES, {}
    perhaps = judged.where(among & (judged.worst == NOT_SAID))
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
        parted = keys.copy()
        parted.partition(last - 1)
        among = (keys <= parted.item(last - 1)).nonzero()[0]
        return among.take(np.lexsort((entries.position.take(among), keys.take(among)))[first:last])

    def keys(self, entries: Entries) -> Array:
        """A number for each entry, the smallest first."""
        if self.question.sort == "nearest":
            return np.where(np.isnan(entries.distance), np.inf, entries.distance)
        if self.question.sort == "checked":
            return -self.columns.listings.checked[entries.position].astype(np.float64)
        score = self.closeness(entries) * self.standing.take(entries.position)
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
        far = np.isnan(distance).nonzero()[0]
        if len(far):
            distance[far] = AS_IF_AT.take(entries.reason.take(far))
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
    point = entries.point.take(places)
    ids, venues = (
        columns.ids.take(entries.position.take(places)).tolist(),
        (columns.points.venue.take(point) if len(columns.points.venue) else point).tolist(),
    )
    reasons, distances = entries.reason.take(places).tolist(), entries.distance.take(places).tolist()
    rows = zip(ids, reasons, distances, point.tolist(), venues, strict=True)
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
