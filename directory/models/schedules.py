"""Times as somebody chooses them: “every second Tuesday, not in August”, to a rule and back. Pure; no row, no clock.

A rule that the choices cannot say (`choices_of` gives None) is left to whoever brought it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from directory.models.recurrence import ALL_DAYS, WEEKDAYS, Rhythm, Rule
from directory.models.words import MONTHS, long_day

ALL_MONTHS = frozenset(range(1, 13))
NTHS = (1, 2, 3, 4, -1)
MOST_WEEKS = 4
MOST_DATES = 400
MOST_TEXT = 20_000
LONGEST_SPAN = timedelta(days=400)

Entry = Mapping[str, Any]


class Pace(StrEnum):
    """How often, as one chooses it."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    DATES = "dates"


@dataclass(frozen=True)
class Choices:
    """What somebody ticked. Weekdays count from Monday as 0; `nths` are 1 to 4 and -1 for the last of a month.

    `dates` are the days of `DATES`, and extra ones of every other pace. Nothing ticked at all means: days not known.
    """

    pace: Pace = Pace.WEEKLY
    every: int = 1
    days: frozenset[int] = frozenset()
    nths: frozenset[int] = frozenset()
    not_in: frozenset[int] = frozenset()
    starts_on: date | None = None
    ends_on: date | None = None
    dates: tuple[date, ...] = ()
    except_on: tuple[date, ...] = ()

    @property
    def rrule(self) -> str:
        """The rule as it is stored; empty for dates alone and where no day is known."""
        if self.pace is Pace.DATES or not self.days:
            return ""
        if self.pace is Pace.MONTHLY:
            named = [f"{nth}{WEEKDAYS[day]}" for day in sorted(self.days) for nth in NTHS if nth in self.nths]
            parts = ["FREQ=MONTHLY", f"BYDAY={','.join(named)}"]
        else:
            named = [WEEKDAYS[day] for day in sorted(self.days)]
            parts = ["FREQ=WEEKLY", *([f"INTERVAL={self.every}"] if self.every > 1 else []), f"BYDAY={','.join(named)}"]
        if self.not_in:
            parts.append(f"BYMONTH={','.join(str(month) for month in sorted(ALL_MONTHS - self.not_in))}")
        return ";".join(parts)

    @property
    def entry(self) -> dict[str, Any]:
        """The part of a session's record that tells its days."""
        dates, starts_on = self.dates, self.starts_on
        if self.pace is Pace.DATES:  # a single date stands where a one-off has it; of several none is the first
            starts_on, dates = (dates[0], ()) if len(dates) == 1 else (None, dates)
        return {
            "rrule": self.rrule,
            "starts_on": starts_on.isoformat() if starts_on else None,
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "also_on": [day.isoformat() for day in dates],
            "except_on": [day.isoformat() for day in self.except_on],
        }


def choices_of(entry: Entry) -> Choices | None:
    """The choices that say what a session's record says; None for a rule that they cannot say."""
    rhythm = rhythm_of(entry)
    ends_on = rhythm.ends_on
    if not rhythm.rrule.strip():
        dates = tuple(sorted({*([rhythm.starts_on] if rhythm.starts_on else []), *rhythm.also_on}))
        if not dates:
            return Choices(ends_on=ends_on, except_on=rhythm.except_on)
        return Choices(pace=Pace.DATES, dates=dates, ends_on=ends_on, except_on=rhythm.except_on)
    rule = rhythm.rule
    if rule is None or rule.count is not None or rule.by_month_day or rule.by_position or set(rule.by_month) == ALL_MONTHS:
        return None
    if rule.until is not None:
        ends_on = rhythm.last_day
        if any(ends_on is None or day > ends_on for day in rhythm.also_on):
            return None
    chosen = _weekly(rule) or _monthly(rule)
    if chosen is None:
        return None
    return Choices(
        pace=chosen.pace,
        every=chosen.every,
        days=chosen.days,
        nths=chosen.nths,
        not_in=ALL_MONTHS - set(rule.by_month) if rule.by_month else frozenset(),
        starts_on=rhythm.starts_on,
        ends_on=ends_on,
        dates=rhythm.also_on,
        except_on=rhythm.except_on,
    )


def _weekly(rule: Rule) -> Choices | None:
    daily = rule.frequency == "DAILY" and rule.interval == 1
    # Weeks that begin on another day than Monday matter only where some are left out.
    weekly = rule.frequency == "WEEKLY" and rule.interval <= MOST_WEEKS and (rule.interval == 1 or not rule.week_start)
    days = frozenset(day for _, day in rule.by_day) or (ALL_DAYS if daily else frozenset())
    if not days or not (daily or weekly) or any(nth for nth, _ in rule.by_day):
        return None
    return Choices(pace=Pace.WEEKLY, every=rule.interval, days=days)


def _monthly(rule: Rule) -> Choices | None:
    days, nths = frozenset(day for _, day in rule.by_day), frozenset(nth for nth, _ in rule.by_day)
    every_pair = {(nth, day) for nth in nths for day in days}
    if rule.frequency != "MONTHLY" or rule.interval > 1 or not days or not nths <= set(NTHS) or every_pair != set(rule.by_day):
        return None
    return Choices(pace=Pace.MONTHLY, days=days, nths=nths)


def rhythm_of(entry: Entry) -> Rhythm:
    """The days of a session's record, without its hours."""
    read = {name: date.fromisoformat(entry[name]) if entry.get(name) else None for name in ("starts_on", "ends_on")}
    listed = {
        name: tuple(sorted({date.fromisoformat(day) for day in entry.get(name) or ()})) for name in ("also_on", "except_on")
    }
    return Rhythm(rrule=entry.get("rrule") or "", **read, **listed)  # type: ignore[arg-type]


# Dates as people write them

NUMERIC = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
SPELT = re.compile(r"(?:[a-z]{3,9},? )?(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,9}),? (\d{4})")


def read_day(text: str) -> date:
    """ "2 December 2026", "Wed 2 Dec 2026", "2/12/2026" or "2026-12-02". Raises ValueError with a sentence."""
    typed = " ".join(text.split()).lower()
    if found := NUMERIC.fullmatch(typed):
        year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    elif (found := SPELT.fullmatch(typed)) and (number := _month(found[2])):
        day, month, year = found[1], str(number), found[3]
    else:
        raise ValueError(f"We could not read “{text[:40]}” as a date. Write it like 23 December 2026, with the year.")
    try:
        value = date(int(year), int(month), int(day))
    except ValueError as fault:
        raise ValueError(f"There is no such day as “{text[:40]}”.") from fault
    if not 1900 <= value.year <= 2199:
        raise ValueError(f"The year of “{text[:40]}” cannot be right.")
    return value


def _month(text: str) -> int:
    return next((number for number, name in enumerate(MONTHS, 1) if len(text) >= 3 and name.lower().startswith(text)), 0)


def read_days(text: str, rhythm: Rhythm | None = None) -> tuple[date, ...]:
    """Dates one to a line, in order, each once; "20 July 2026 to 1 September 2026" stands for the dates of `rhythm` in it.

    Raises ValueError with a sentence.
    """
    found: set[date] = set()
    for line in filter(None, (part.strip() for part in re.split(r"[\n;]", text[:MOST_TEXT]))):
        first, to, last = (
            re.split(r"(\s+(?:to|until|–)\s+)", line, maxsplit=1) if re.search(r"\s(to|until|–)\s", line) else (line, "", "")
        )
        begins = read_day(first)
        if not to:
            found.add(begins)
            continue
        ends = read_day(last)
        if ends < begins:
            raise ValueError(f"“{line[:60]}” ends before it begins.")
        if ends - begins > LONGEST_SPAN:
            raise ValueError(f"“{line[:60]}” is longer than a year.")
        if rhythm is None:
            raise ValueError(f"Write each date of “{line[:60]}” on a line of its own.")
        found.update(rhythm.between(begins, ends))
    if len(found) > MOST_DATES:
        raise ValueError(f"At most {MOST_DATES} dates fit here.")
    return tuple(sorted(found))


def told_days(days: Iterable[date | str]) -> str:
    """Dates as the box shows them, one to a line."""
    read = (date.fromisoformat(day) if isinstance(day, str) else day for day in days)
    return "\n".join(long_day(day) for day in read)
