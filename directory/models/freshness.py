"""How old a checked fact may grow before the reader is told, fact by fact. Pure: days come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from directory.models import words
from directory.models.curation import Fact, Means

# A listing whose critical facts are this old is left out unless somebody asks for it.
LEFT_OUT_MONTHS = 18
# What a group says about its room for new people is forgotten after six weeks, unless it gave a date.
ROOM_LASTS = timedelta(weeks=6)

MEANS_WORDS = {
    Means.GROUP: "by the group",
    Means.PHONE: "by phone",
    Means.VISIT: "by a visit",
    Means.MAIL: "by email",
    Means.WEBSITE: "from their website",
    Means.DIRECTORY: "by another directory",
}


@dataclass(frozen=True)
class Pace:
    """Months after a check: when the group is asked again, when the page says so, when the fact counts as old."""

    asked: int
    late: int
    old: int


CRITICAL, USUAL, LASTING = Pace(5, 6, 12), Pace(6, 9, 15), Pace(12, 15, 24)
FRESHNESS: dict[Fact, Pace] = {
    **dict.fromkeys((Fact.RUNNING, Fact.TIMES, Fact.CONTACT), CRITICAL),
    **dict.fromkeys((Fact.COST, Fact.JOINING, Fact.WHO_FOR), USUAL),
    **dict.fromkeys((Fact.PLACE, Fact.GETTING_THERE, Fact.ACCESS, Fact.FIRST_VISIT), LASTING),
}


class Age(StrEnum):
    NEVER = "never"
    FRESH = "fresh"
    DUE = "due"
    LATE = "late"
    OLD = "old"


def age_state(fact: Fact, checked_on: date | None, today: date) -> Age:
    """How old the check of one fact is. Room has no pace: it is fresh for six weeks and then not known, `never`."""
    if checked_on is None:
        return Age.NEVER
    if fact is Fact.ROOM:
        return Age.FRESH if today - checked_on <= ROOM_LASTS else Age.NEVER
    months, pace = words.months_between(checked_on, today), FRESHNESS[fact]
    if months >= pace.old:
        return Age.OLD
    if months >= pace.late:
        return Age.LATE
    return Age.DUE if months >= pace.asked else Age.FRESH


def checked_words(checked_on: date | None, means: Means | None, today: date) -> str:
    """What the reader sees for critical facts last checked on this day: "Checked 3 weeks ago by phone"."""
    if checked_on is None:
        return "Not checked yet"
    months = words.months_between(checked_on, today)
    if months >= LEFT_OUT_MONTHS:
        return f"We have not been able to check this since {words.MONTHS[checked_on.month - 1]} {checked_on.year}"
    if months >= CRITICAL.old:
        return f"Not checked for {months} months. Ring before you go."
    if months >= CRITICAL.late:
        return f"Not checked for {months} months"
    return f"Checked {words.ago(checked_on, today)}" + (f" {MEANS_WORDS[means]}" if means else "")
