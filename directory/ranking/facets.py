"""How many would be left: for each value of each filter, the certain results if only that filter were changed to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.catalogue import COSTS, JOINS, KINDS, PARTS
from directory.indexes.columns import Columns
from directory.models import Join
from directory.ranking.filters import MONTH, YES, Entries, access_at, days_mask, days_since_epoch, last_of_each, week_at
from directory.ranking.questions import DAYS, REACH, REASONS, Question

Array = NDArray[Any]
Counts = dict[str, int]

CHECKED_MONTHS = (3, 6, 12)
# Row i holds the bits of i, lowest first: counts of masks times this are counts of bits.
BITS = np.array([[number >> bit & 1 for bit in range(7)] for number in range(128)])


NAMES = ("need", "kind", "day", "time", "cost", "access", "join", "reach", "checked", "activity", "audience", "language")


class Facets(Mapping[str, Counts]):
    """Counts of listings by filter and value, none of them zero; each filter is counted when somebody first looks at it."""

    def __init__(
        self, question: Question, columns: Columns, entries: Entries, verdicts: Mapping[str, Array], counted: Array, today: date
    ) -> None:
        """`verdicts` say for each filter how far each entry fits it, `counted` is true for the entries to look at."""
        self._question, self._columns, self._today = question, columns, today
        self._entries, self._verdicts, self._counts = entries, verdicts, counted
        self._fitting: dict[str, tuple[Entries, Entries]] = {}
        self._tags: dict[str, dict[str, Counts]] = {}
        self._counted: dict[str, Counts] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def __getitem__(self, name: str) -> Counts:
        if name not in self._counted:
            several = self._weekly() if name in ("day", "time") else {name: self._count(name)}
            for each, counts in several.items():
                self._counted[each] = {value: count for value, count in counts.items() if count}
        return self._counted[name]

    def _count(self, name: str) -> Counts:
        columns, listings = self._columns, self._columns.listings
        match name:
            case "kind":
                return coded(listings.kind, self._fitting_but_for("kind")[1], KINDS)
            case "cost":
                return coded(listings.cost, self._fitting_but_for("cost")[1], COSTS)
            case "access":
                return features(columns, self._fitting_but_for("access")[1])
            case "join":
                return joins(columns, self._fitting_but_for("join")[1])
            case "reach":
                return ways(columns, self._fitting_but_for("reach")[0])
            case "checked":
                return checked(columns, self._fitting_but_for("checked")[1], self._today)
            case "need" | "activity" | "audience" | "language":
                return self._tagged(name)
        raise KeyError(name)

    def _weekly(self) -> dict[str, Counts]:
        return weekly(self._question, self._columns, self._fitting_but_for("when")[0])

    def _tagged(self, taxonomy: str) -> Counts:
        key = taxonomy if taxonomy in self._verdicts else ""
        if key not in self._tags:
            self._tags[key] = tag_counts(self._columns, self._fitting_but_for(taxonomy)[1])
        return self._tags[key].get(taxonomy, {})

    def _fitting_but_for(self, name: str) -> tuple[Entries, Entries]:
        """What fits every filter, this one let go: all ways in, and one for each listing."""
        key = name if name in self._verdicts else ""
        if key not in self._fitting:
            fits = self._counts
            for other, verdict in self._verdicts.items():
                if other != key:
                    fits = fits & (verdict == YES)
            ways_in = self._entries.where(fits)
            self._fitting[key] = ways_in, ways_in.where(last_of_each(ways_in.position, self._columns))
        return self._fitting[key]


def coded(codes: Array, entries: Entries, names: Sequence[str | None]) -> Counts:
    """Counts of a column that holds one code a listing."""
    counts = np.bincount(codes[entries.position], minlength=len(names)).tolist()
    return {str(name): count for name, count in zip(names, counts, strict=True) if name is not None}


def joins(columns: Columns, entries: Entries) -> Counts:
    """Who may come by themselves, and who through a professional; "either" counts as both."""
    counts = coded(columns.listings.join, entries, JOINS)
    return {str(join): counts[join] + counts[Join.EITHER] for join in (Join.SELF, Join.PROFESSIONAL)}


def features(columns: Columns, entries: Entries) -> Counts:
    """Features of access known to be there."""
    has, _ = access_at(entries, columns)
    counts = np.unpackbits(has.view(np.uint8), axis=1, bitorder="little").sum(axis=0, dtype=np.int64).tolist()
    return {slug: counts[number] for (_, slug), number in columns.access.number.items()}


def checked(columns: Columns, entries: Entries, today: date) -> Counts:
    """How many were checked within so many months; the longer holds the shorter."""
    days = columns.listings.checked[entries.position]
    now = days_since_epoch(today)
    return {str(months): int(np.count_nonzero(days >= now - round(months * MONTH))) for months in CHECKED_MONTHS}


def ways(columns: Columns, entries: Entries) -> Counts:
    """Listings by each way of taking part that they have, not by their best alone."""
    way_of = np.array([sum(1 << bit for bit, reasons in enumerate(REACH.values()) if reason in reasons) for reason in REASONS])
    return by_bit(way_of[entries.reason].astype(np.uint8), tuple(REACH), entries, columns)


def weekly(question: Question, columns: Columns, entries: Entries) -> dict[str, Counts]:
    """Days as they would be with the times of day asked for, and times of day with the days."""
    week = week_at(entries, columns)
    chosen = [getattr(week, part) for part in PARTS if part in question.time]
    days = np.bitwise_or.reduce(chosen) if chosen else week.days
    wanted = days_mask(question.day)
    times = sum((getattr(week, part) & wanted != 0).astype(np.uint8) << bit for bit, part in enumerate(PARTS))
    return {"day": by_bit(days, DAYS, entries, columns), "time": by_bit(np.asarray(times), PARTS, entries, columns)}


def by_bit(masks: Array, names: Sequence[str], entries: Entries, columns: Columns) -> Counts:
    """How many listings have each bit in any of their entries."""
    last = last_of_each(entries.position, columns)
    slots = columns.scratch()
    slots[entries.position[last]] = np.arange(len(last))
    joint = np.zeros(len(last), np.uint8)
    np.bitwise_or.at(joint, slots[entries.position], masks.astype(np.uint8))
    return dict(zip(names, (np.bincount(joint, minlength=128)[:128] @ BITS).tolist(), strict=False))


def tag_counts(columns: Columns, entries: Entries) -> dict[str, Counts]:
    """How many of the listings have each tag, by taxonomy."""
    starts = columns.tag_starts[entries.position]
    lengths = columns.tag_starts[entries.position + 1] - starts
    before = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    counts = np.bincount(columns.tag_values[places], minlength=len(columns.tag_names))
    found: dict[str, Counts] = {}
    for number in np.flatnonzero(counts).tolist():
        taxonomy, slug = columns.tag_names[number]
        found.setdefault(taxonomy, {})[slug] = int(counts[number])
    return found
