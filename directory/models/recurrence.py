"""When something recurs: RFC 5545 rules read as plain local dates. Nothing here knows a clock or a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil import rrule

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALL_DAYS = frozenset(range(7))
FREQUENCIES = {"YEARLY": rrule.YEARLY, "MONTHLY": rrule.MONTHLY, "WEEKLY": rrule.WEEKLY, "DAILY": rrule.DAILY}

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
        first = now.date() - timedelta(days=self._crosses_midnight)
        for step in STEPS:
            last = now.date() + timedelta(days=step)
            for day in self.between(first, last):
                begins = datetime.combine(day, self.opens or time())
                if self._is_ahead(begins, now):
                    moments.append(begins)
            if len(moments) >= count or (self.last_day is not None and self.last_day <= last):
                break
            first = last + timedelta(days=1)
        return moments[:count]

    @property
    def _crosses_midnight(self) -> bool:
        # Up to noon the next day is a late evening; a longer span is a slip of the pen.
        return bool(self.opens and self.closes and self.closes < self.opens and self.opens.hour >= 17)

    def _is_ahead(self, begins: datetime, now: datetime) -> bool:
        if self.opens is None:
            return begins.date() >= now.date()
        if self.closes is None or (self.closes <= self.opens and not self._crosses_midnight):
            return begins >= now
        return datetime.combine(begins.date(), self.closes) + timedelta(days=self._crosses_midnight) > now


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
    days = (day for day in _walk(rule, starts_on, starts_on, LAST_DATE) if day >= starts_on)
    return tuple(islice(days, rule.count))


def _walk(rule: Rule, anchor: date, first: date, last: date) -> Iterator[date]:
    """The rule's dates from the start of the period (day, week, month, year) that holds `first`, in phase with `anchor`.

    Whole periods, so that BYSETPOS counts within all of the first one; the caller drops what lies too early.
    """
    if rule.frequency == "DAILY":
        begin = first.toordinal() - (first - anchor).days % rule.interval
    elif rule.frequency == "WEEKLY":
        span = 7 * rule.interval
        anchor_week = anchor.toordinal() - (anchor.weekday() - rule.week_start) % 7
        begin = anchor_week + (first.toordinal() - anchor_week) // span * span
    else:
        span = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
        anchor_month = anchor.year * 12 + (anchor.month - 1 if rule.frequency == "MONTHLY" else 0)
        month = anchor_month + (first.year * 12 + first.month - 1 - anchor_month) // span * span
        begin = date(month // 12, month % 12 + 1, 1).toordinal()
    walk = rrule.rrule(
        FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(date.fromordinal(max(begin, 1)), time()),
        interval=rule.interval,
        wkst=rule.week_start,
        until=datetime.combine(last, time()),
        bymonth=rule.by_month or None,
        bymonthday=rule.by_month_day or None,
        byweekday=_spelt(rule) or None,
        bysetpos=rule.by_position or None,
        byhour=0,
        byminute=0,
        bysecond=0,
    )
    return (moment.date() for moment in walk)


def _spelt(rule: Rule) -> tuple[rrule.weekday, ...]:
    """BYDAY for dateutil, which wants either plain weekdays or ordinals and would find nothing for "MO,2TU"."""
    ordinals = rule.frequency in ("MONTHLY", "YEARLY")
    mixed = ordinals and len({bool(ordinal) for ordinal, _ in rule.by_day}) == 2
    days: list[rrule.weekday] = []
    for ordinal, weekday in rule.by_day:
        if mixed and not ordinal:
            days.extend(rrule.weekday(weekday, n) for n in range(1, 54))
        else:
            days.append(rrule.weekday(weekday, ordinal if ordinals and ordinal else None))
    return tuple(days)
