"""How old a checked fact may grow before the reader is told, fact by fact. Pure: days come in as arguments."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from directory.models import words
from directory.models.curation import Fact, Means
from directory.models.vocabulary import Taxonomy

if TYPE_CHECKING:
    from directory.models.desk import Attempt
    from directory.models.listings import Listing

# A listing whose critical facts are this old is left out unless somebody asks for it.
LEFT_OUT_MONTHS = 18
# What a group says about its room for new people is forgotten after six weeks, unless it gave a date.
ROOM_LASTS = timedelta(weeks=6)

# The letters: how long their links work, how often one person gets one, and when the volunteers try again whom nobody reached.
LINK_LASTS = timedelta(days=60)
BETWEEN_LETTERS = timedelta(days=14)
RETRY = timedelta(weeks=6)
TRIES, TRIED_BY = 4, 2
# Months after the first letter at which the second follows, with a task for the volunteers, and the third.
SECOND, THIRD = 1, 7
# Terms begin about these days: when a group that meets in term is asked whether it starts again.
TERMS = ((1, 8), (4, 20), (9, 8))
UNREACHED = "could not be reached"

MEANS_WORDS = {
    Means.GROUP: "by the group",
    Means.PHONE: "by phone",
    Means.VISIT: "by a visit",
    Means.MAIL: "by email",
    Means.WEBSITE: "from their website",
    Means.DIRECTORY: "by another directory",
}

# Which fact a change of each key of the record is about, where it is one.
FACT_OF = {
    **dict.fromkeys(("sessions", "schedule_note"), Fact.TIMES),
    **dict.fromkeys(("contacts", "website"), Fact.CONTACT),
    **dict.fromkeys(("cost", "cost_amount", "fees_description"), Fact.COST),
    **dict.fromkeys(("join", "application_process"), Fact.JOINING),
    "eligibility_description": Fact.WHO_FOR,
    "first_visit": Fact.FIRST_VISIT,
    **dict.fromkeys(("room", "room_until", "room_note", "room_said_on"), Fact.ROOM),
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
    """What the reader sees for critical facts last checked on this day: "Checked 3 weeks ago by phone".

    With means and no day something critical was replaced after its check.
    """
    if checked_on is None:
        return "Changed since it was checked" if means else "Not checked yet"
    months = words.months_between(checked_on, today)
    if months >= LEFT_OUT_MONTHS:
        return f"We have not been able to check this since {words.MONTHS[checked_on.month - 1]} {checked_on.year}"
    if months >= CRITICAL.old:
        return f"Not checked for {months} months. Ring before you go."
    if months >= CRITICAL.late:
        return f"Not checked for {months} months"
    return f"Checked {words.ago(checked_on, today)}" + (f" {MEANS_WORDS[means]}" if means else "")


def later(day: date, months: int) -> date:
    """So many months on; the 31st is the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_term(day: date) -> date:
    """The first day after `day` on which a term may begin."""
    starts = (date(year, *begin) for year in (day.year, day.year + 1) for begin in TERMS)
    return next(start for start in starts if start > day)


def asked_on(checked_on: date | None, added_on: date, last_day: date | None = None) -> date:
    """When the group is asked: five months after the check, at once when there was none, or when the next term begins.

    `last_day` is that of the last term it told of, if it told of terms alone.
    """
    due = later(checked_on, CRITICAL.asked) if checked_on else added_on
    return min(due, next_term(last_day)) if last_day and (checked_on is None or checked_on < next_term(last_day)) else due


def is_due(checked_on: date | None, today: date) -> bool:
    """Whether it is time that the group says again that all is still right."""
    return checked_on is None or words.months_between(checked_on, today) >= CRITICAL.asked


def is_unreached(attempts: Iterable[Attempt]) -> bool:
    """Whether nobody was reached in four tries since somebody last was, by two people at two hours of the day at least."""
    failed: list[Attempt] = []
    for attempt in attempts:
        failed = [] if attempt.outcome.value == "spoke" else [*failed, attempt]
    hours: set[datetime | int] = {attempt.made_at.hour for attempt in failed}
    return len(failed) >= TRIES and len({attempt.account_id for attempt in failed}) >= TRIED_BY and len(hours) > 1


def fact_words(listing: Listing, today: date) -> dict[Fact, str]:
    """What the listing says of each fact, as somebody who checks it sees it; empty where it says nothing."""
    venues = listing.venues
    contacts = [f"{point.value} ({point.note})" if point.note else point.value for point in listing.public_contacts]
    audiences = [term.label for term in listing.terms_of(Taxonomy.AUDIENCE)]
    fees = listing.fees_description
    return {
        Fact.RUNNING: "It runs",
        Fact.TIMES: "; ".join(listing.when_words(today, most=8)),
        Fact.CONTACT: ", ".join(filter(None, (*contacts, listing.website))),
        Fact.COST: fees if fees.startswith(listing.cost_words or "\n") else _sentences(listing.cost_words, fees),
        Fact.JOINING: _sentences(listing.join_words, listing.application_process),
        Fact.WHO_FOR: _sentences(listing.ages_words, listing.eligibility_description, words.joined(audiences)),
        Fact.PLACE: listing.where_words,
        Fact.GETTING_THERE: venues[0].transportation if len(venues) == 1 else "",
        Fact.ACCESS: ", ".join(listing.access_words()),
        Fact.FIRST_VISIT: listing.first_visit,
        Fact.ROOM: listing.room_words(today),
    }


def _sentences(*parts: str) -> str:
    return ". ".join(part.strip().rstrip(".") for part in parts if part and part.strip())
