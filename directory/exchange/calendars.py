"""The sessions of one listing as an iCalendar file (RFC 5545), for people's own calendars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event, vRecur, vText

from directory.models import Listing, PointSource, Session
from directory.models.recurrence import LONDON, WEEKDAYS, Rhythm, Rule

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MIDNIGHT = time()
EXACT = (PointSource.STATED, PointSource.POSTCODE, PointSource.GEOCODER)


def calendar_of(listing: Listing, *, now: datetime, site_name: str, url: str) -> bytes:
    """A calendar with one recurring event for each session that has dates to come; UTF-8 with CRLF.

    `now` carries a zone; `url` is the listing's own page. A listing that is not published has no events, so that a
    calendar somebody subscribed to empties by itself. Where the place is private nothing tells it. Reads
    session.venue, one query each unless loaded.
    """
    today = now.astimezone(LONDON).date()
    calendar = Calendar()
    calendar.add("prodid", _line(f"-//{site_name}//Sessions//EN"))
    calendar.add("version", "2.0")
    calendar.add("name", _line(listing.name))
    calendar.add("x-wr-calname", _line(listing.name))
    calendar.add("url", url)
    calendar.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    for session in listing.sessions if listing.is_published else ():
        if not session.is_over(today):
            for event in events(session, today):
                _tell(event, session, listing, now=now, url=url)
                calendar.add_component(event)
    calendar.add_missing_timezones(first_date=date(today.year - 1, 1, 1), last_date=date(today.year + 10, 12, 31))
    return calendar.to_ical()


def events(session: Session, today: date) -> Iterator[Event]:
    """The event of one session, and one more for each extra date before the rule begins; none without dates.

    Without an hour an event lasts the whole day; without an end it has a beginning only.
    """
    rhythm = session.rhythm
    first = _first(rhythm, today)
    if first is None:
        return
    rule = rhythm.rule
    extra = [
        day
        for day in rhythm.also_on
        if day != first and day not in rhythm.except_on and (rhythm.ends_on is None or day <= rhythm.ends_on)
    ]
    event = _event(rhythm, first, uid=str(session.uid))
    if rule is not None:
        event.add("rrule", _recur(rule, rhythm, first))
    for name, days in (("exdate", rhythm.except_on), ("rdate", extra)):
        moments = [_moment(day, rhythm.opens) for day in days if day >= first]
        if moments:
            event.add(name, moments, parameters={} if rhythm.opens else {"VALUE": "DATE"})
    # A taster before the first meeting cannot be a date of the series, whose beginning is the earliest there is.
    yield event
    earliest = min(today, rhythm.starts_on or today)
    yield from (_event(rhythm, day, uid=f"{session.uid}-{day:%Y%m%d}") for day in extra if earliest <= day < first)


def _first(rhythm: Rhythm, today: date) -> date | None:
    """The first date of the rule, exceptions or not; of a rule without a first day, the first from today on."""
    if not rhythm.is_dated:
        return None
    if not rhythm.rrule.strip():
        return rhythm.starts_on or rhythm.also_on[0]
    bare = replace(rhythm, except_on=(), also_on=())
    begins = bare.after(datetime.combine(rhythm.starts_on or today, MIDNIGHT))
    return begins[0].date() if begins else None


def _event(rhythm: Rhythm, day: date, *, uid: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstart", _moment(day, rhythm.opens))
    if rhythm.opens and rhythm.closes and (rhythm.closes > rhythm.opens or rhythm.crosses_midnight):
        event.add("dtend", _moment(day + timedelta(days=rhythm.crosses_midnight), rhythm.closes))
    return event


def _moment(day: date, hour: time | None) -> date | datetime:
    return datetime.combine(day, hour, LONDON) if hour else day


def _recur(rule: Rule, rhythm: Rhythm, first: date) -> vRecur:
    """The rule in full; its end is a moment in UTC beside a timed event and a date beside an all-day one.

    COUNT and UNTIL exclude each other, so a count that is also cut short is told by its last date.
    """
    recur = vRecur(FREQ=rule.frequency)
    if rule.interval > 1:
        recur["INTERVAL"] = rule.interval
    last = rhythm.last_day
    if rule.count is not None and last is None:
        recur["COUNT"] = rule.count
    elif last is not None:
        last = max(_rule_dates(rhythm, first, last), default=first) if rule.count is not None else last
        end = datetime.combine(last, time(23, 59, 59), LONDON).astimezone(UTC)
        recur["UNTIL"] = end if rhythm.opens else last
    if rule.by_day:
        recur["BYDAY"] = [f"{ordinal or ''}{WEEKDAYS[weekday]}" for ordinal, weekday in _days_of(rule)]
    for name, numbers in (("BYMONTH", rule.by_month), ("BYMONTHDAY", rule.by_month_day), ("BYSETPOS", rule.by_position)):
        if numbers:
            recur[name] = list(numbers)
    if rule.week_start:
        recur["WKST"] = WEEKDAYS[rule.week_start]
    return recur


def _days_of(rule: Rule) -> list[tuple[int, int]]:
    # An ordinal means nothing in a daily or weekly rule, and some calendars refuse the file for it.
    ordinals = rule.frequency in ("MONTHLY", "YEARLY")
    return list(dict.fromkeys((ordinal if ordinals else 0, weekday) for ordinal, weekday in rule.by_day))


def _rule_dates(rhythm: Rhythm, first: date, last: date) -> list[date]:
    return replace(rhythm, except_on=(), also_on=()).between(first, last)


def _tell(event: Event, session: Session, listing: Listing, *, now: datetime, url: str) -> None:
    """Name, words, place and address of one event."""
    changed = listing.modified_at or now
    event.add("dtstamp", changed.astimezone(UTC))
    event.add("last-modified", changed.astimezone(UTC))
    event.add("sequence", listing.revision_number or 0)
    event.add("summary", _line(listing.name))
    event.add("url", url)
    phone = listing.phone
    told = [listing.summary or "", f"Ring {phone.value}" if phone else "", url]
    if listing.confidential_location:
        event.add("description", vText("\n".join(map(_line, filter(None, told)))))
        return
    event.add("description", vText("\n".join(map(_line, filter(None, [session.description or "", *told])))))
    venue = session.venue
    if venue is not None:
        event.add("location", _line(venue.address))
        if venue.latitude is not None and venue.longitude is not None and venue.point_source in EXACT:
            event.add("geo", (venue.latitude, venue.longitude))


def _line(text: str) -> vText:
    """Somebody's words on one line, without the control characters that the standard forbids; vText escapes the rest."""
    return vText(" ".join(CONTROL.sub(" ", text).split()))
