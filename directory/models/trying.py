"""How often to try a group, when, and by what way: pure rules about attempts. Nothing here reads a row or a clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from directory.models.curation import Means
from directory.models.desk import Attempt, Outcome
from directory.models.words import WEEKDAYS

LONDON = ZoneInfo("Europe/London")
# The parts of a day as people say them, and the hour at which somebody is rung in each.
PARTS = {"morning": time(10), "afternoon": time(14), "evening": time(18)}
# From this many failed calls on another way is taken, and so it is at once where a call cannot help.
MOST_CALLS = 4
NO_USE = (Outcome.WRONG_NUMBER, Outcome.REFUSES)
WAYS = (Means.PHONE, Means.MAIL, Means.WEBSITE, Means.VISIT)
# How long a group is left alone before it is tried another way, or again when all ways were tried.
REST = timedelta(days=7)
PRESSED_TWICE = timedelta(minutes=2)
SUNDAY = 6


def failures(attempts: Collection[Attempt]) -> list[Attempt]:
    """The tries at which nobody spoke to us; a letter is one until it is answered."""
    return [attempt for attempt in attempts if attempt.outcome is not Outcome.SPOKE]


def said_just_now(attempts: Collection[Attempt], person: int, now: datetime, outcome: Outcome | None = None) -> Attempt | None:
    """What this person said of the same job within two minutes, of this outcome where one is given: pressed twice it is one."""
    own = [each for each in attempts if each.account_id == person and each.made_at > now - PRESSED_TWICE]
    return next((each for each in reversed(own) if outcome in (None, each.outcome)), None)


def next_way(attempts: Collection[Attempt], ways: Collection[Means]) -> Means | None:
    """How to try now, of the `ways` that this group can be reached by; None when each of them has failed."""
    failed = failures(attempts)
    calls = [attempt for attempt in failed if attempt.means is Means.PHONE]
    is_over = len(calls) >= MOST_CALLS or any(attempt.outcome in NO_USE for attempt in calls)
    tried = {attempt.means for attempt in failed if attempt.means is not Means.PHONE}
    if is_over:
        tried.add(Means.PHONE)
    return next((way for way in WAYS if way in ways and way not in tried), None)


def next_try(attempts: Sequence[Attempt], now: datetime) -> datetime:
    """When to try next: at the time that the group named, else on another weekday and at another hour than before.

    `attempts` are in order and the last was just made. Never on the same day, and never on a Sunday unless asked for.
    """
    last = attempts[-1]
    day, part = read_best_time(last.best_time)
    here = now.astimezone(LONDON)
    slots = [
        (moment.weekday(), name, datetime.combine(moment.date(), hour, LONDON))
        for moment in (here + timedelta(days=days) for days in range(1, 22))
        for name, hour in PARTS.items()
    ]
    if day is not None or part:
        return next(at for weekday, name, at in slots if day in (None, weekday) and part in ("", name))
    if last.outcome in (*NO_USE, Outcome.WROTE) or len(failures(attempts)) >= MOST_CALLS:
        return now + REST
    tried = [(at.weekday(), part_of(at)) for at in (attempt.made_at.astimezone(LONDON) for attempt in attempts)]
    days, parts = {weekday for weekday, _ in tried}, {name for _, name in tried}
    open_slots = [slot for slot in slots if slot[0] != SUNDAY and (slot[0], slot[1]) not in tried]
    both = [at for weekday, name, at in open_slots if weekday not in days and name not in parts]
    other_day = [at for weekday, _, at in open_slots if weekday not in days]
    return (both or other_day or [at for _, _, at in open_slots])[0]


def part_of(moment: datetime) -> str:
    """The part of the day that a local moment falls into."""
    return "morning" if moment.hour < 12 else "afternoon" if moment.hour < 17 else "evening"


def best_time_words(day: int | None, part: str) -> str:
    """ "Tuesday mornings", "Tuesdays", "mornings"; empty when neither is known. `day` counts from Monday as 0."""
    if day is None:
        return f"{part}s" if part else ""
    return f"{WEEKDAYS[day]} {part}s" if part else f"{WEEKDAYS[day]}s"


def read_best_time(text: str) -> tuple[int | None, str]:
    """The weekday and the part of the day in what `best_time_words` wrote."""
    words = [word.rstrip("s").casefold() for word in text.split()]
    day = next((number for number, name in enumerate(WEEKDAYS) if name.casefold() in words), None)
    return day, next((part for part in PARTS if part in words), "")
