"""The calendar is read back by icalendar and expanded by dateutil, which share nothing with our own dates."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rruleset, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from directory.exchange.calendars import calendar_of
from directory.models import ContactPoint, Listing, PointSource, Session, Status, Venue

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
URL = "https://directory.example/listings/welcome-table"
WEEKLY = "FREQ=WEEKLY;BYDAY=WE"


def a_listing(*sessions, **fields):
    for session in sessions:
        session.uid = session.uid or uuid.uuid4()
    plain = {"name": "Wednesday Welcome Table", "summary": "A hot lunch.", "status": Status.PUBLISHED, "modified_at": NOW}
    return Listing(sessions=list(sessions), **plain | {"uid": uuid.uuid4()} | fields)


def read(listing, now=NOW):
    return Calendar.from_ical(calendar_of(listing, now=now, site_name="Fingerpost", url=URL))


def naive(value):
    """Wall-clock moment of a date or of a moment with a zone."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time())


def every(event, name):
    given_values = event.get(name, [])
    return [each.dt for values in (given_values if isinstance(given_values, list) else [given_values]) for each in values.dts]


def occurrences(event, last):
    """Wall-clock beginnings up to `last`, by dateutil."""
    begins = naive(event["dtstart"].dt)
    dates = rruleset()
    dates.rdate(begins)
    if "rrule" in event:
        recur = event["rrule"].copy()
        until = recur.pop("UNTIL", [None])[0]
        if isinstance(until, datetime):
            until = until.astimezone(LONDON)
        rule = rrulestr(recur.to_ical().decode(), dtstart=begins)
        dates.rrule(rule.replace(until=min(naive(until), last) if until else rule._until))
    for name, add in (("rdate", dates.rdate), ("exdate", dates.exdate)):
        for value in every(event, name):
            add(naive(value))
    return list(dates.between(datetime(1990, 1, 1), last, inc=True))  # noqa: DTZ001 -- wall clock


def assert_same_dates(session, now=NOW):
    """The calendar's dates are the session's own, from the calendar's first day for two years."""
    first = session.starts_on or now.date()
    last = now.date() + timedelta(days=730)
    events = read(a_listing(session), now).walk("VEVENT")
    told = sorted({moment for event in events for moment in occurrences(event, datetime.combine(last, time(23, 59)))})
    expected = [datetime.combine(day, session.opens or time()) for day in session.rhythm.between(first, last)]
    assert [moment for moment in told if moment.date() >= first] == expected
    assert expected


@pytest.mark.parametrize(
    "fields",
    [
        {"rrule": WEEKLY},
        {"rrule": WEEKLY, "starts_on": date(2026, 1, 7)},
        {"rrule": WEEKLY, "starts_on": date(2026, 1, 5), "except_on": ["2026-12-23", "2026-12-30", "2026-01-07"]},
        {"rrule": WEEKLY, "starts_on": date(2026, 1, 7), "also_on": ["2026-12-03"], "ends_on": date(2026, 12, 16)},
        {"rrule": f"{WEEKLY};UNTIL=20261216"},
        {"rrule": f"{WEEKLY};COUNT=60", "starts_on": date(2026, 1, 7)},
        {"rrule": f"{WEEKLY};COUNT=60", "starts_on": date(2026, 1, 7), "ends_on": date(2026, 12, 31)},
        {"rrule": "FREQ=WEEKLY;INTERVAL=4", "starts_on": date(2019, 1, 23)},
        {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "starts_on": date(2026, 1, 7)},
        {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "starts_on": date(2026, 1, 7)},
        {"rrule": "FREQ=MONTHLY;BYDAY=2TU,4TU", "starts_on": date(2019, 1, 1)},
        {"rrule": "FREQ=MONTHLY;BYDAY=-1FR"},
        {"rrule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
        {"rrule": "FREQ=MONTHLY", "starts_on": date(2026, 1, 31)},
        {"rrule": "FREQ=YEARLY;BYMONTH=6;BYDAY=-1SA"},
        {"rrule": "FREQ=DAILY;INTERVAL=3", "starts_on": date(2026, 1, 1)},
        {"starts_on": date(2026, 12, 5)},
        {"starts_on": date(2026, 12, 5), "also_on": ["2026-12-12"]},
        {"also_on": ["2026-12-05", "2026-12-12"], "starts_on": None},
    ],
)
@pytest.mark.parametrize("hours", [{}, {"opens": time(12), "closes": time(14)}, {"opens": time(0, 30)}])
def test_the_calendar_has_the_dates_of_the_session(fields, hours):
    assert_same_dates(Session(**fields, **hours))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([WEEKLY, "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=1TH,3TH", "FREQ=DAILY"]),
    st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    st.lists(st.dates(date(2026, 6, 1), date(2027, 6, 1)), max_size=4),
    st.lists(st.dates(date(2026, 6, 1), date(2027, 6, 1)), max_size=4),
    st.booleans(),
)
def test_exceptions_and_extra_dates_survive_the_journey(rrule, starts_on, except_on, also_on, timed):
    days = [[day.isoformat() for day in each] for each in (except_on, also_on)]
    hours = {"opens": time(10), "closes": time(11)} if timed else {}
    assert_same_dates(Session(rrule=rrule, starts_on=starts_on, except_on=days[0], also_on=days[1], **hours))


def test_noon_is_noon_in_summer_and_in_winter():
    session = Session(rrule=WEEKLY, starts_on=date(2026, 1, 7), opens=time(12), closes=time(14))
    listing = a_listing(session)
    calendar = read(listing)
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/London"
    (event,) = calendar.walk("VEVENT")
    assert event["dtstart"].params["TZID"] == "Europe/London"
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=2)
    offsets = {part.name: part["tzoffsetto"].td for part in zone.walk() if part.name in ("STANDARD", "DAYLIGHT")}
    assert offsets == {"STANDARD": timedelta(), "DAYLIGHT": timedelta(hours=1)}
    assert len(calendar_of(listing, now=NOW, site_name="Fingerpost", url=URL)) < 4_000


def test_an_hour_that_is_not_known_is_a_whole_day():
    (event,) = read(a_listing(Session(rrule=WEEKLY, except_on=["2026-12-23"]))).walk("VEVENT")
    assert event["dtstart"].dt == date(2026, 11, 25)
    assert event["exdate"].params["VALUE"] == "DATE"
    assert "dtend" not in event


def test_a_late_evening_ends_the_next_day():
    (event,) = read(a_listing(Session(rrule="FREQ=WEEKLY;BYDAY=SA", opens=time(22), closes=time(1)))).walk("VEVENT")
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=3)


def test_the_same_session_keeps_its_name_from_one_day_to_the_next():
    listing = a_listing(Session(rrule=WEEKLY), Session(rrule="FREQ=WEEKLY;BYDAY=FR", opens=time(10)))
    first, later = ([event["uid"] for event in read(listing, now).walk("VEVENT")] for now in (NOW, NOW + timedelta(days=40)))
    assert first == later == [str(session.uid) for session in listing.sessions]


def test_words_place_and_telephone():
    hall = Venue(name="Saxley Village Hall", postal_code="NR25 6AB", latitude=52.9, longitude=1.1)
    hall.point_source = PointSource.STATED
    phone = ContactPoint(kind="phone", value="01632 960142", public=True)
    private = ContactPoint(kind="phone", value="01632 960001", public=False)
    session = Session(rrule=WEEKLY, venue=hall, description="Come late; bring a friend, or not")
    listing = a_listing(session, contact_points=[private, phone])
    calendar = read(listing)
    (event,) = calendar.walk("VEVENT")
    assert event["summary"] == calendar["x-wr-calname"] == "Wednesday Welcome Table"
    assert event["location"] == "Saxley Village Hall, NR25 6AB"
    assert event["geo"].to_ical() == "52.9;1.1"
    assert event["url"] == URL
    assert event["description"] == f"Come late; bring a friend, or not\nA hot lunch.\nRing 01632 960142\n{URL}"
    hall.point_source = PointSource.OUTCODE
    assert "geo" not in read(listing).walk("VEVENT")[0]


def test_a_private_place_is_nowhere_in_the_file():
    refuge = Venue(name="Rose House", address_1="Hidden Lane", postal_code="NR25 6AB", latitude=52.9, longitude=1.1)
    refuge.point_source = PointSource.STATED
    session = Session(rrule=WEEKLY, venue=refuge, opens=time(10), description="Side door of Rose House")
    text = calendar_of(a_listing(session, confidential_location=True), now=NOW, site_name="Fingerpost", url=URL).decode()
    assert "BEGIN:VEVENT" in text
    for planted in ("Rose", "Hidden", "NR25", "52.9", "GEO", "LOCATION"):
        assert planted not in text


@pytest.mark.parametrize(
    ("session", "fields"),
    [
        (Session(), {}),
        (Session(rrule="nonsense"), {}),
        (Session(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"), {}),
        (Session(rrule=WEEKLY, ends_on=date(2026, 11, 1)), {}),
        (Session(starts_on=date(2026, 11, 1)), {}),
        (Session(rrule=WEEKLY), {"status": Status.PAUSED}),
        (Session(rrule=WEEKLY), {"status": Status.ENDED}),
    ],
)
def test_without_dates_to_come_the_calendar_is_whole_and_empty(session, fields):
    calendar = read(a_listing(session, **fields))
    assert calendar["version"] == "2.0"
    assert calendar.walk("VEVENT") == []


def test_hostile_words_stay_words():
    name = "Tea\r\nEND:VCALENDAR\r\nBEGIN:VEVENT, \u202echat;\x00 \\n 🎉"
    calendar = read(a_listing(Session(rrule=WEEKLY), name=name, summary="x" * 5_000))
    assert len(calendar.walk("VEVENT")) == 1
    assert calendar.walk("VEVENT")[0]["summary"] == "Tea END:VCALENDAR BEGIN:VEVENT, \u202echat; \\n 🎉"
    assert "x" * 5_000 in calendar.walk("VEVENT")[0]["description"]
