"""When something recurs: RFC 5545 rules read as plain local dates. Nothing here knows a clock or a database."""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALL_DAYS = frozenset(range(7))
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")

# Nobody's group meets outside these years; hostile dates stop here instead of in an endless count.
FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2199, 12, 31)
MOST_COUNTED = 4_000
# The next date is looked for in growing steps, so that a weekly group never pays for ten years (29 February may).
STEPS = (45, 400, 3_700)


@dataclass(frozen=True)
class Rule:
    """One recurrence rule, checked. `by_day` holds (ordinal, weekday): (0, 2) every Wednesday, (-1, 4) the last Friday."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = 0
    by_day: tuple[tuple[int, int], ...] = ()
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()

    @property
    def needs_anchor(self) -> bool:
        """Whether the dates depend on the day it began, so that without that day they are not known."""
        if self.interval > 1 or self.count is not None:
            return True
        days_named = bool(self.by_day or self.by_month_day)
        return {"DAILY": False, "YEARLY": not (days_named and (self.by_month or self.by_day))}.get(self.frequency, not days_named)

    def anchored(self, start: date) -> Rule:
        """The same rule with the parts it borrows from its first day written out (RFC 5545, 3.3.10)."""
        if self.by_day or self.by_month_day or self.frequency == "DAILY":
            return self
        if self.frequency == "WEEKLY":
            return replace(self, by_day=((0, start.weekday()),))
        month = self.by_month or ((start.month,) if self.frequency == "YEARLY" else ())
        return replace(self, by_month=month, by_month_day=(start.day,))

    def lets_through(self, day: date) -> bool:
        """Whether the BY parts name this day; INTERVAL, COUNT and BYSETPOS are for the walk."""
        if self.by_month and day.month not in self.by_month:
            return False
        weekday = day.weekday()
        ordinals = [ordinal for ordinal, named in self.by_day if named == weekday]
        if self.by_day and not ordinals:
            return False
        if not self.by_month_day and (not ordinals or 0 in ordinals):
            return True
        length = monthrange(day.year, day.month)[1]
        if self.by_month_day and day.day not in self.by_month_day and day.day - length - 1 not in self.by_month_day:
            return False
        return not ordinals or any(self._is_nth(day, ordinal, length) for ordinal in ordinals)

    def _is_nth(self, day: date, ordinal: int, length: int) -> bool:
        # Ordinals count within the month, or within the year of a yearly rule without months; days and weeks have none.
        if not ordinal or self.frequency in ("DAILY", "WEEKLY"):
            return True
        number = day.day
        if self.frequency == "YEARLY" and not self.by_month:
            number, length = day.timetuple().tm_yday, 365 + isleap(day.year)
        return ordinal in ((number - 1) // 7 + 1, -((length - number) // 7) - 1)


@lru_cache(maxsize=4_096)
def parsed(text: str) -> Rule | None:
    """The rule that `text` spells ("FREQ=WEEKLY;BYDAY=WE"), or None when it is not one that we can follow.

    Hours inside the rule are passed over: a session keeps its own. Week numbers and days of the year are not read.
    """
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").strip(";").split(";"):
        name, equals, value = part.strip().partition("=")
        if not equals or not value or name in parts:
            return None
        parts[name] = value
    for hour in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        parts.pop(hour, None)
    try:
        rule = Rule(
            frequency=parts.pop("FREQ"),
            interval=int(parts.pop("INTERVAL", "1")),
            count=int(parts.pop("COUNT")) if "COUNT" in parts else None,
            until=_until(parts.pop("UNTIL")) if "UNTIL" in parts else None,
            week_start=WEEKDAYS.index(parts.pop("WKST", "MO")),
            by_day=tuple(_weekday(day) for day in parts.pop("BYDAY").split(",")) if "BYDAY" in parts else (),
            by_month=_numbers(parts.pop("BYMONTH", ""), least=1, most=12),
            by_month_day=_numbers(parts.pop("BYMONTHDAY", ""), least=-31, most=31),
            by_position=_numbers(parts.pop("BYSETPOS", ""), least=-366, most=366),
        )
    except (KeyError, ValueError):
        return None
    sound = (
        rule.frequency in FREQUENCIES and 1 <= rule.interval <= 1_000 and (rule.count is None or 1 <= rule.count <= MOST_COUNTED)
    )
    return rule if sound and not parts else None


def _until(text: str) -> date | datetime:
    """A bare date stays a date; a moment becomes local wall clock."""
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 -- a calendar date has no zone
    moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- the zone follows
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(LONDON).replace(tzinfo=None) if text.endswith("Z") else moment


def _weekday(text: str) -> tuple[int, int]:
    text = text.strip()
    ordinal = int(text[:-2] or "0")
    if abs(ordinal) > 53 or (text[:-2] and not ordinal):
        raise ValueError(text)
    return ordinal, WEEKDAYS.index(text[-2:])


def _numbers(text: str, *, least: int, most: int) -> tuple[int, ...]:
    numbers = tuple(int(number) for number in text.split(",")) if text else ()
    if any(not number or not least <= number <= most for number in numbers):
        raise ValueError(text)
    return numbers


@dataclass(frozen=True)
class Rhythm:
    """The dates and hours of one session. Without a rule it is one date, `starts_on`, and the extra dates.

    `ends_on` is the last day on which anything happens, extra dates too. `except_on` wins over every other date.
    A rule that cannot be read, or whose phase nobody wrote down, has no dates.
    """

    rrule: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    opens: time | None = None
    closes: time | None = None
    except_on: tuple[date, ...] = ()
    also_on: tuple[date, ...] = ()

    @property
    def rule(self) -> Rule | None:
        """The rule with everything it borrows from its first day; None when there is none or it cannot be read."""
        rule = parsed(self.rrule) if self.rrule.strip() else None
        return rule.anchored(self.starts_on) if rule and self.starts_on else rule

    @property
    def is_readable(self) -> bool:
        """False only for a rule that is malformed or of a sort that we do not follow."""
        return not self.rrule.strip() or self.rule is not None

    @property
    def is_dated(self) -> bool:
        """Whether single dates can be told: not for a rule that cannot be read, nor for fortnights without a first day."""
        rule = self.rule
        if rule is not None:
            return self.starts_on is not None or not rule.needs_anchor
        return self.is_readable and bool(self.starts_on or self.also_on)

    @property
    def last_day(self) -> date | None:
        """The last day on which the rule may fall, from `ends_on` and UNTIL; None when open."""
        rule = self.rule
        until = rule.until if rule else None
        if isinstance(until, datetime):
            # UNTIL is a moment: a session that begins after it on that day is already outside.
            until = until.date() - timedelta(days=1) if self.opens and self.opens > until.time() else until.date()
        return min((day for day in (self.ends_on, until) if day is not None), default=None)

    @property
    def days(self) -> frozenset[int]:
        """Weekdays (Monday is 0) on which it falls as a habit; empty when not known or not tied to weekdays."""
        rule = self.rule
        if rule is not None:
            if rule.by_day:
                return frozenset(weekday for _, weekday in rule.by_day)
            return ALL_DAYS if rule.frequency == "DAILY" else frozenset()
        if not self.is_readable:
            return frozenset()
        dates = (self.starts_on,) if self.starts_on else self.also_on
        return frozenset(day.weekday() for day in dates)

    def between(self, first: date, last: date) -> list[date]:
        """Every date from `first` to `last`, both included, in order."""
        if not self.is_dated:
            return []
        dates = {day for day in self.also_on if first <= day <= last and (self.ends_on is None or day <= self.ends_on)}
        rule_last = min(last, self.last_day or last)
        if self.rrule.strip():
            if first <= rule_last:
                dates.update(_dates(self.rrule, self.starts_on, first, rule_last))
        elif self.starts_on and first <= self.starts_on <= rule_last:
            dates.add(self.starts_on)
        return sorted(dates.difference(self.except_on))

    def after(self, now: datetime, *, count: int = 1) -> list[datetime]:
        """The next beginnings, as naive local moments; one that is still going on counts until it closes.

        `now` may carry a zone; a naive one is local. Where the hour is not known the moment is midnight and the
        whole day counts. Looks ten years ahead.
        """
        now = now.astimezone(LONDON).replace(tzinfo=None) if now.tzinfo else now
        moments: list[datetime] = []
        first = now.date() - timedelta(days=self.crosses_midnight)
        for step in STEPS:
            last = now.date() + timedelta(days=step)
            for day in self.between(first, last):
                begins = datetime.combine(day, self.opens or time())
                if now < self.passes(begins):
                    moments.append(begins)
            if len(moments) >= count or (self.last_day is not None and self.last_day <= last):
                break
            first = last + timedelta(days=1)
        return moments[:count]

    @property
    def crosses_midnight(self) -> bool:
        """Whether it ends the next day: only an evening may, any other end before its beginning is a slip of the pen."""
        return bool(self.opens and self.closes and self.closes < self.opens and self.opens.hour >= 17)

    def passes(self, begins: datetime) -> datetime:
        """The moment from which a beginning is not ahead any more: its end, or just after it began where no end is known."""
        if self.opens is None:
            return datetime.combine(begins.date() + timedelta(days=1), time())
        if self.closes is None or (self.closes <= self.opens and not self.crosses_midnight):
            return begins + datetime.resolution
        return datetime.combine(begins.date(), self.closes) + timedelta(days=self.crosses_midnight)


@lru_cache(maxsize=16_384)
def _dates(text: str, starts_on: date | None, first: date, last: date) -> tuple[date, ...]:
    """The rule's own dates from `first` to `last`, walked from the period that holds `first`, not from the beginning."""
    rule = parsed(text)
    if rule is None:
        return ()
    first, last = max(first, FIRST_DATE), min(last, LAST_DATE)
    if starts_on is not None:
        rule = rule.anchored(starts_on)
        if rule.count is not None:
            return tuple(day for day in _counted(rule, starts_on) if first <= day <= last)
        first = max(first, starts_on)
    return tuple(day for day in _walk(rule, starts_on or first, first, last) if day >= first) if first <= last else ()


@lru_cache(maxsize=1_024)
def _counted(rule: Rule, starts_on: date) -> tuple[date, ...]:
    """All dates of a rule with COUNT; there is no jumping into the middle of a count."""
    last = min(LAST_DATE, date.fromordinal(min(starts_on.toordinal() + MOST_COUNTED * 9, LAST_DATE.toordinal())))
    days = (day for day in _walk(rule, starts_on, starts_on, last) if day >= starts_on)
    return tuple(islice(days, rule.count))


def _walk(rule: Rule, anchor: date, first: date, last: date) -> Iterator[date]:
    """The rule's dates up to `last` from the start of the period that holds `first`, in phase with `anchor`.

    Whole periods (day, week, month, year), so that BYSETPOS counts within all of the first one; the caller drops what
    lies too early. Written out here because dateutil looks for a date that never comes until the year 9999, which takes
    seconds, starts from the anchor each time, and finds nothing for "MO,2TU".
    """
    begin = _aligned(rule, anchor, first)
    while begin <= last:
        end = _next_period(begin, rule.frequency, 1)
        days = [day for day in _days(rule, begin, end) if rule.lets_through(day)]
        if rule.by_position:
            size = len(days)
            places = {place - 1 if place > 0 else size + place for place in rule.by_position}
            days = [day for place, day in enumerate(days) if place in places]
        yield from (day for day in days if day <= last)
        begin = _next_period(begin, rule.frequency, rule.interval)


def _aligned(rule: Rule, anchor: date, first: date) -> date:
    """The first day of the latest period in phase with `anchor` that begins by `first`."""
    if rule.frequency == "DAILY":
        return first - timedelta(days=(first - anchor).days % rule.interval)
    if rule.frequency == "WEEKLY":
        span = 7 * rule.interval
        anchor_week = anchor.toordinal() - (anchor.weekday() - rule.week_start) % 7
        return date.fromordinal(max(1, anchor_week + (first.toordinal() - anchor_week) // span * span))
    if rule.frequency == "YEARLY":
        return date(anchor.year + (first.year - anchor.year) // rule.interval * rule.interval, 1, 1)
    anchor_month = anchor.year * 12 + anchor.month - 1
    month = anchor_month + (first.year * 12 + first.month - 1 - anchor_month) // rule.interval * rule.interval
    return date(month // 12, month % 12 + 1, 1)


def _next_period(begin: date, frequency: str, interval: int) -> date:
    if frequency in ("DAILY", "WEEKLY"):
        return begin + timedelta(days=interval * (7 if frequency == "WEEKLY" else 1))
    month = begin.year * 12 + begin.month - 1 + interval * (12 if frequency == "YEARLY" else 1)
    return date(month // 12, month % 12 + 1, 1)


def _days(rule: Rule, begin: date, end: date) -> Iterator[date]:
    """The days of one period that are worth asking: of a year only the months that the rule names, of a week only its days."""
    if rule.frequency == "YEARLY" and rule.by_month:
        for month in sorted(set(rule.by_month)):
            for number in range(1, monthrange(begin.year, month)[1] + 1):
                yield date(begin.year, month, number)
    elif rule.frequency == "WEEKLY" and rule.by_day:
        weekdays = {(weekday - rule.week_start) % 7 for _, weekday in rule.by_day}
        yield from (begin + timedelta(days=number) for number in sorted(weekdays))
    else:
        yield from map(date.fromordinal, range(begin.toordinal(), end.toordinal()))
