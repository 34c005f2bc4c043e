"""Quarters of the year by the clocks of London: their names ("2026-Q3"), when they begin and end, how they are said."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from directory.models.recurrence import LONDON
from directory.models.words import MONTHS

NAME = re.compile(r"([12]\d{3})-Q([1-4])")


def quarter_of(moment: datetime) -> str:
    """The quarter that holds an aware moment."""
    day = moment.astimezone(LONDON).date()
    return f"{day.year}-Q{(day.month + 2) // 3}"


def is_quarter(text: str) -> bool:
    return bool(NAME.fullmatch(text))


def first_day(quarter: str) -> date:
    """Raises ValueError for what is no quarter."""
    found = NAME.fullmatch(quarter)
    if found is None:
        raise ValueError(f"{quarter!r} is no quarter")
    return date(int(found[1]), 3 * int(found[2]) - 2, 1)


def last_day(quarter: str) -> date:
    return first_day(after(quarter)) - timedelta(days=1)


def began(quarter: str) -> datetime:
    """The moment in London at which it begins."""
    return datetime.combine(first_day(quarter), time(), LONDON)


def ended(quarter: str) -> datetime:
    """The first moment that is not in it any more."""
    return began(after(quarter))


def after(quarter: str) -> str:
    day = first_day(quarter)
    return f"{day.year + 1}-Q1" if day.month == 10 else f"{day.year}-Q{(day.month + 5) // 3}"


def before(quarter: str) -> str:
    return quarter_of(began(quarter) - timedelta(days=1))


def told(quarter: str) -> str:
    """“July to September 2026”."""
    day = first_day(quarter)
    return f"{MONTHS[day.month - 1]} to {MONTHS[day.month + 1]} {day.year}"
