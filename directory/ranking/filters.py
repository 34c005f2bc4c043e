"""Does a listing fit a filter: yes, no, or it does not say. Facts of a place are asked of the place, not of the listing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import COSTS, EPOCH, JOINS, KINDS, NEVER, NO_AGE, PARTS
from directory.indexes.columns import Columns, Week
from directory.models import Join
from directory.ranking.questions import DAYS, REACH, REASONS, Question

Array = NDArray[Any]

NO, NOT_SAID, YES = np.uint8(0), np.uint8(1), np.uint8(2)
MONTH = 30.44  # days
LEFT_OUT_AFTER = 548  # days: what was last checked longer ago is left out unless asked for (18 months)

# What is said to be missing, by filter, and in this order.
WHAT = {
    "when": "times",
    "cost": "cost",
    "age": "ages",
    "join": "how to join",
    "access": "access",
    "language": "languages",
    "audience": "who it is for",
    "need": "needs",
    "activity": "activities",
    "checked": "when it was checked",
}

TO_THE_DOOR = ("step-free", "lift", "wide-doors", "parking", "blue-badge-parking", "bus-stop")
COMES_TO_YOU, WIRE = REASONS.index("comes_to_you"), REASONS.index("online")  # ways that have no door


@dataclass(slots=True)
class Entries:
    """Ways in which listings answer: (position, index of reason, kilometres or nan, point or -1), a listing perhaps often.

    Where words were asked for, how much of them each holds, in steps, and its score.
    """

    position: Array
    reason: Array
    distance: Array
    point: Array
    steps: Array | None = None
    score: Array | None = None

    def __len__(self) -> int:
        return len(self.position)

    def where(self, keep: Array) -> Entries:
        """Those that are true, or at these places."""
        at = keep.nonzero()[0] if keep.dtype == bool else keep
        steps, score = (None, None) if self.steps is None or self.score is None else (self.steps.take(at), self.score.take(at))
        return Entries(self.position.take(at), self.reason.take(at), self.distance.take(at), self.point.take(at), steps, score)


Filter = Callable[[Entries], Array]


def filters_of(question: Question, columns: Columns, today: date) -> dict[str, Filter]:
    """The filters that the question sets, by name; each gives NO, NOT_SAID or YES for each entry."""
    listings = columns.listings
    found: dict[str, Filter] = {}

    if question.kind:
        wanted_kinds = np.array([kind.value in question.kind for kind in KINDS])
        found["kind"] = lambda entries: wanted_kinds[listings.kind[entries.position]] * YES
    for taxonomy in ("need", "activity", "audience", "language"):
        if slugs := getattr(question, taxonomy):
            found[taxonomy] = tagged(columns, taxonomy, slugs)
    if question.day or question.time:
        found["when"] = lambda entries: when(entries, columns, question.day, question.time)
    if question.cost:
        costs = np.array([NOT_SAID, *(YES if cost in question.cost else NO for cost in COSTS[1:])])
        found["cost"] = lambda entries: costs[listings.cost[entries.position]]
    if question.join:
        joins = np.array([NOT_SAID, *(YES if join is Join.EITHER or join in question.join else NO for join in JOINS[1:])])
        found["join"] = lambda entries: joins[listings.join[entries.position]]
    if question.access:
        found["access"] = lambda entries: accessible(entries, columns, question.access)
    if question.age is not None:
        found["age"] = lambda entries: aged(entries, columns, question.age)
    if question.reach:
        ways = {reason for way in question.reach for reason in REACH.get(way, ())}
        wanted_ways = np.array([reason in ways for reason in REASONS])
        found["reach"] = lambda entries: wanted_ways[entries.reason] * YES
    if question.checked.isdigit():
        found["checked"] = lambda entries: checked_within(entries, columns, int(question.checked), today)
    return found


def tagged(columns: Columns, taxonomy: str, slugs: Iterable[str]) -> Filter:
    """Whether a listing has any of the terms; one without a single term of the taxonomy does not say."""
    wanted, known = columns.tags.any_of(taxonomy, slugs), columns.tags.all_of(taxonomy)

    def fits(entries: Entries) -> Array:
        masks = columns.tags.masks[entries.position]
        has, says = (masks & wanted).any(axis=1), (masks & known).any(axis=1)
        return np.where(has, YES, np.where(says, NO, NOT_SAID))

    return fits


def when(entries: Entries, columns: Columns, days: Iterable[str], times: Iterable[str]) -> Array:
    """Whether it meets on any of the days at any of the times of day: one session must do for both."""
    week = week_at(entries, columns)
    wanted = days_mask(days)
    chosen = [part for part in PARTS if part in set(times)]
    if not chosen:
        return np.where(week.days & wanted, YES, np.where(week.undated, NOT_SAID, NO))
    fits = np.bitwise_or.reduce([getattr(week, part) for part in chosen]) & wanted
    unsure = week.undated | ((week.untimed & wanted) != 0)
    return np.where(fits, YES, np.where(unsure, NOT_SAID, NO))


def days_mask(days: Iterable[str]) -> np.uint8:
    """The days as bits of the week; all of them when none is named."""
    return np.uint8(sum(1 << DAYS.index(day) for day in set(days) if day in DAYS) or 0b1111111)


def week_at(entries: Entries, columns: Columns) -> Week:
    """The week of the point by which an entry is here, or of the whole listing where there is no point."""
    here = entries.point >= 0

    def chosen(name: str) -> Array:
        values = getattr(columns.week, name)[entries.position]
        values[here] = getattr(columns.points.week, name)[entries.point[here]]
        return values

    return Week(*(chosen(name) for name in ("days", "morning", "afternoon", "evening", "untimed", "undated")))


def accessible(entries: Entries, columns: Columns, slugs: Iterable[str]) -> Array:
    """Whether any of the features is known to be there; known to be missing only when all of them are."""
    wanted = columns.access.any_of("access", slugs)
    has, lacks = access_at(entries, columns)
    return np.where((has & wanted).any(axis=1), YES, np.where(((lacks & wanted) == wanted).all(axis=1), NO, NOT_SAID))


def access_at(entries: Entries, columns: Columns) -> tuple[Array, Array]:
    """The features known to be there and known to be missing, at the entry's point or anywhere of the listing.

    What comes to the house, or is on the telephone, has no step on the way in.
    """
    here = entries.point >= 0
    has, lacks = columns.access.masks[entries.position], columns.lacking[entries.position]
    has[here], lacks[here] = columns.points.access[entries.point[here]], columns.points.lacking[entries.point[here]]
    no_door = ~here & ((entries.reason == COMES_TO_YOU) | (entries.reason == WIRE))
    to_the_door = columns.access.any_of("access", TO_THE_DOOR)
    has[no_door] |= to_the_door
    lacks[no_door] &= ~to_the_door
    return has, lacks


def aged(entries: Entries, columns: Columns, age: int | None) -> Array:
    """Whether the age lies between the limits that are stated; a listing that states neither does not say."""
    if age is None:
        return np.full(len(entries), YES)
    youngest = columns.listings.minimum_age[entries.position]
    oldest = columns.listings.maximum_age[entries.position]
    outside = ((youngest != NO_AGE) & (age < youngest)) | ((oldest != NO_AGE) & (age > oldest))
    silent = (youngest == NO_AGE) & (oldest == NO_AGE)
    return np.where(outside, NO, np.where(silent, NOT_SAID, YES))


def checked_within(entries: Entries, columns: Columns, months: int, today: date) -> Array:
    """Whether it was checked in the last months; one that never was does not say."""
    checked = columns.listings.checked[entries.position]
    recent = checked >= days_since_epoch(today) - round(months * MONTH)
    return np.where(recent, YES, np.where(checked == NEVER, NOT_SAID, NO))


def lasting(entries: Entries, columns: Columns, question: Question, today: date) -> Array:
    """Bool: was not checked too long ago to be shown unasked."""
    if question.checked:
        return np.ones(len(entries), bool)
    key = -1 - days_since_epoch(today)
    is_lasting: Array | None = columns.worked_out.get(key)
    if is_lasting is None:
        checked = columns.listings.checked
        is_lasting = (checked == NEVER) | (checked >= days_since_epoch(today) - LEFT_OUT_AFTER)
        columns.worked_out[key] = is_lasting
    return is_lasting.take(entries.position)


def last_of_each(positions: Array, columns: Columns) -> Array:
    """The places at which each position stands for the last time: of several writes to one slot the last stays."""
    slots, numbers = columns.scratch(), columns.numbers[: len(positions)]
    slots[positions] = numbers
    return (slots.take(positions) == numbers).nonzero()[0]


def days_since_epoch(today: date) -> int:
    return (today - EPOCH).days
