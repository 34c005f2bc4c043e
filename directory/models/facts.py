"""What the rows of one listing say together: when, where, for whom, getting in. Functions of rows already loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from directory.models import words
from directory.models.sessions import LONG_REST_DAYS, Mode, Session

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

# How a session that is not at a place is told apart from those that are.
WAYS = {Mode.ONLINE: ", online", Mode.PHONE: ", by phone", Mode.HOME: ", at your home"}
# "Over 55" is how people say it of older groups; a lower limit is told to the year.
OLDER = 40


@dataclass(frozen=True)
class Visit:
    """One beginning of one session, in naive local time; midnight stands for an hour that is not known."""

    begins: datetime
    session: Session
    venue: Venue | None

    def words(self, today: date) -> str:
        """ "Wed 25 Nov, noon"; "Wed 2 Dec 10:15" for a mobile stop is told by the minute."""
        return words.moment_words(self.begins, today, by_the_minute=self.session.mode is Mode.STOP)

    @property
    def stamp(self) -> str:
        """ISO 8601 for machines: the day alone where the hour is not known."""
        return words.stamp(self.begins)


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
    becomes "10am to 1pm and 2pm to 5pm". Sessions that are over are left out; order is that of the week, then of the day.
    """
    told = [session for session in sessions if session.words and not session.is_over(today)]
    has_ways = len({session.mode or Mode.VENUE for session in told}) > 1
    alike: dict[tuple[bool, str, str, date | None], list[Session]] = {}
    for session in told:
        way = WAYS.get(session.mode, "") if has_ways else ""
        hours = session.hours_words if session.is_weekly else session.words_on(today)
        alike.setdefault((session.is_weekly, hours, way, session.rhythm.last_day), []).append(session)
    lines: dict[tuple[str, str], list[str]] = {}
    order: dict[tuple[str, str], tuple[int, str]] = {}
    for (is_weekly, hours, way, last_day), group in alike.items():
        days = words.weekdays({day for session in group for day in session.days})
        line = (days if is_weekly else hours, way + _season(group, last_day, today))
        if hours not in lines.setdefault(line, []) and is_weekly:
            lines[line].append(hours)
        earliest = min((min(session.days, default=7), session.opens.isoformat() if session.opens else "") for session in group)
        order[line] = min(order.get(line, earliest), earliest)
    return [
        ", ".join(filter(None, (days, words.joined(lines[days, season])))) + season
        for days, season in sorted(lines, key=lambda line: order[line])
    ]


@dataclass(frozen=True)
class Stop:
    """What is to be told of one place among several: when it is open or visited, when next, and getting in."""

    venue: Venue
    sessions: tuple[Session, ...]
    times: tuple[str, ...]
    next: Visit | None
    access: tuple[str, ...]


def stops(sessions: Iterable[Session], now: datetime) -> list[Stop]:
    """Each venue once with what happens there, in the order of the sessions; reads session.venue and its facts."""
    by_venue: dict[Venue, list[Session]] = {}
    for session in sessions:
        if session.venue is not None:
            by_venue.setdefault(session.venue, []).append(session)
    return [
        Stop(
            venue,
            tuple(here),
            tuple(times(here, now.date())),
            next(iter(visits(here, now, count=1, with_venues=True)), None),
            tuple(access(venue.access_facts)),
        )
        for venue, here in by_venue.items()
    ]


def _season(group: Sequence[Session], last_day: date | None, today: date) -> str:
    """When a rule has yet to begin again, or an end is known: ", from Wed 6 Jan", ", until Wed 16 Dec"."""
    ruled = [session for session in group if session.rrule]
    if not ruled:
        return ""
    begins = [moments[0].date() for session in ruled if (moments := session.next_after(datetime.combine(today, time())))]
    is_ahead = all(session.starts_on and session.starts_on > today for session in ruled)
    is_resting = ruled[0].is_weekly and begins and (min(begins) - today).days > LONG_REST_DAYS
    season = f", from {words.day_words(min(begins), today)}" if begins and (is_ahead or is_resting) else ""
    return season + (f", until {words.day_words(last_day, today)}" if last_day else "")


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
        return f"Over {least}" if least and least >= OLDER else f"{least} and over"
    if not least:
        return f"Up to {most}"
    return f"Age {least}" if least == most else f"{least} to {most}"


def places(venues: Sequence[Venue], *, stops: bool) -> str:
    """ "Saxley Village Hall, Church Lane, NR98 4QX", or how many: "In 3 places", "Stops in 12 places"."""
    if len(venues) == 1:
        return venues[0].address
    return f"{'Stops in' if stops else 'In'} {words.number(len(venues))} places" if venues else ""
