"""What the rows of one listing say together: when, where, for whom, getting in. Functions of rows already loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from directory.models import words
from directory.models.recurrence import parsed
from directory.models.sessions import Mode, Session

if TYPE_CHECKING:
    from directory.models.venues import AccessFact, Venue

# How a known "no" is said; any other feature is "No" and its label.
NOT_SO = {
    "step-free": "Steps to get in",
    "lift": "No lift",
    "accessible-toilet": "No toilet for wheelchair users",
    "toilets": "No toilets",
    "bsl": "No BSL",
    "wifi": "No Wi-Fi",
    "low-noise": "Can be noisy",
    "assistance-dogs": "No assistance dogs",
    "companion": "Please come on your own",
}


@dataclass(frozen=True)
class Visit:
    """One beginning of one session, in naive local time; midnight stands for an hour that is not known."""

    begins: datetime
    session: Session
    venue: Venue | None

    def words(self, today: date) -> str:
        """ "Wed 25 Nov, noon"; "Wed 2 Dec 10:15" for a mobile stop is told by the minute."""
        return words.moment_words(self.begins, today, by_the_minute=self.session.mode is Mode.STOP)


def visits(sessions: Iterable[Session], now: datetime, *, count: int, with_venues: bool) -> list[Visit]:
    """The next beginnings of all sessions together, in order; reads session.venue unless told not to."""
    coming = [
        Visit(begins, session, session.venue if with_venues else None)
        for session in sessions
        for begins in session.next_after(now, count=count)
    ]
    return sorted(coming, key=lambda visit: (visit.begins, visit.session.position or 0, visit.session.id or 0))[:count]


def times(sessions: Iterable[Session], today: date) -> list[str]:
    """The lines that tell when, sessions that share their hours or their days told as one.

    Seven opening days become "Monday to Friday, 9am to 5pm" and "Saturdays, 9am to 1pm"; a day that shuts for lunch
    becomes "10am to 1pm and 2pm to 5pm". Sessions that are over are left out; order is as people would tell it.
    """
    days_by_hours: dict[tuple[str, str], set[int]] = {}
    lines: dict[str, tuple[int, str]] = {}
    for session in sessions:
        if session.is_over(today) or not session.words:
            continue
        season = _season(session, today)
        if _is_plain(session):
            days_by_hours.setdefault((_hours(session), season), set()).update(session.days)
        else:
            lines.setdefault(session.words + season, (min(session.days, default=7), _clock_key(session)))
    hours_by_days: dict[tuple[frozenset[int], str], list[str]] = {}
    for (told, season), days in days_by_hours.items():
        hours_by_days.setdefault((frozenset(days), season), []).append(told)
    for (days, season), told in hours_by_days.items():
        told_hours = words.joined(list(dict.fromkeys(told)))
        lines.setdefault(f"{words.weekdays(days)}, {told_hours}{season}", (min(days), ""))
    return sorted(lines, key=lambda line: lines[line])


def _is_plain(session: Session) -> bool:
    """Whether it falls every week on named days and nothing else has to be told."""
    rule = parsed(session.rrule) if session.rrule else None
    return bool(
        rule
        and (rule.frequency == "WEEKLY" or (rule.frequency == "DAILY" and not rule.by_month_day))
        and rule.interval == 1
        and session.days
        and not rule.by_month
        and not rule.by_position
    )


def _hours(session: Session) -> str:
    if session.opens is not None:
        return words.hours(session.opens, session.closes, by_the_minute=session.mode is Mode.STOP)
    return session.description or "times not known"


def _clock_key(session: Session) -> str:
    return session.opens.isoformat() if session.opens else ""


def _season(session: Session, today: date) -> str:
    """When a rule has yet to begin, or an end is known: ", from Wed 6 Jan", ", until Wed 16 Dec"."""
    rhythm = session.rhythm
    if not rhythm.rrule:
        return ""
    begins = f", from {words.day_words(rhythm.starts_on, today)}" if rhythm.starts_on and rhythm.starts_on > today else ""
    return begins + (f", until {words.day_words(rhythm.last_day, today)}" if rhythm.last_day else "")


def access(facts: Iterable[AccessFact]) -> list[str]:
    """What is known of getting in, the good first: "Hearing loop", "Steps to get in". Unknown features are not told.

    The first fact about a feature counts, so hand over the listing's own before those of its venues.
    """
    first: dict[str, AccessFact] = {}
    for fact in facts:
        first.setdefault(fact.term.slug, fact)
    told = sorted(first.values(), key=lambda fact: (not fact.present, fact.term.position or 0, fact.term.slug))
    return [_access_words(fact) for fact in told]


def _access_words(fact: AccessFact) -> str:
    label = fact.term.label
    no = NOT_SO.get(fact.term.slug) or f"No {label[:1].lower()}{label[1:]}"
    return (label if fact.present else no) + (f", {fact.note}" if fact.note else "")


def ages(least: int | None, most: int | None) -> str:
    """ "Over 55", "11 to 18", "Up to 5"; empty when every age may come or nothing is known."""
    if not least and most is None:
        return ""
    if most is None:
        return f"Over {least}"
    if not least:
        return f"Up to {most}"
    return f"Age {least}" if least == most else f"{least} to {most}"


def places(venues: Sequence[Venue], *, stops: bool) -> str:
    """ "Saxley Village Hall, Church Lane, NR98 4QX", or how many: "In 3 places", "Stops in 12 places"."""
    if len(venues) == 1:
        return venues[0].address
    return f"{'Stops in' if stops else 'In'} {words.number(len(venues))} places" if venues else ""
