"""What a listing says about itself, from rows that need no database."""

# ruff: noqa: DTZ001 -- local wall clock has no zone

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.models import (
    AccessFact,
    ContactPoint,
    Cost,
    Fact,
    Join,
    Listing,
    Means,
    Mode,
    Room,
    Session,
    Taxonomy,
    Term,
    Venue,
    facts,
)
from directory.models.freshness import FRESHNESS, Age, age_state, checked_words

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9)
NOON, TWO = time(12), time(14)


def weekly(days, opens=None, closes=None, **fields):
    return Session(rrule=f"FREQ=WEEKLY;BYDAY={days}", opens=opens, closes=closes, **fields)


# When


def test_a_library_with_the_same_hours_all_week_is_two_lines():
    days = [weekly(day, time(9), time(17)) for day in ("MO", "TU", "WE", "TH", "FR")]
    listing = Listing(sessions=[weekly("SA", time(9), time(13)), *days])
    assert listing.when_words(TODAY) == ["Monday to Friday, 9am to 5pm", "Saturdays, 9am to 1pm"]


def test_shutting_for_lunch_is_told_on_one_line():
    days = [weekly(day, opens, closes) for day in ("MO", "TU") for opens, closes in ((time(10), time(13)), (time(14), time(17)))]
    assert Listing(sessions=days).when_words(TODAY) == ["Mondays and Tuesdays, 10am to 1pm and 2pm to 5pm"]


def test_hours_in_words_are_gathered_as_well():
    days = [weekly(day, description="AM & PM") for day in ("MO", "TU", "WE")]
    assert Listing(sessions=days).when_words(TODAY) == ["Monday to Wednesday, AM & PM"]


def test_rhythms_stay_apart_and_in_order_of_the_week():
    listing = Listing(
        sessions=[
            Session(rrule="FREQ=MONTHLY;BYDAY=2TH", opens=TWO),
            weekly("WE", NOON, TWO),
            weekly("MO", time(10), NOON, starts_on=date(2027, 1, 11)),
            weekly("TU", time(10), NOON, ends_on=date(2026, 12, 16)),
            Session(starts_on=date(2026, 11, 19), opens=TWO),
        ]
    )
    assert listing.when_words(TODAY) == [
        "Mondays, 10am to noon, from Mon 11 Jan",
        "Tuesdays, 10am to noon, until Wed 16 Dec",
        "Wednesdays, noon to 2pm",
        "2nd Thursday of the month, 2pm",
    ]


def test_single_dates_near_by_have_no_year_and_a_helpline_is_told_apart():
    film = Session(starts_on=date(2026, 12, 5), opens=TWO)
    line = Session(rrule="FREQ=DAILY", opens=time(17), closes=time(23), mode=Mode.PHONE)
    assert Listing(sessions=[film, line]).when_words(TODAY) == ["Every day, 5pm to 11pm, by phone", "Sat 5 Dec, 2pm"]
    assert Listing(sessions=[line]).when_words(TODAY) == ["Every day, 5pm to 11pm"]


def test_many_stops_are_counted_after_the_first_lines():
    stops = [
        Session(rrule="FREQ=WEEKLY;INTERVAL=4", starts_on=date(2019, 1, 22), opens=time(9, n), mode=Mode.STOP) for n in range(12)
    ]
    lines = Listing(sessions=stops).when_words(TODAY, most=3)
    assert lines == ["Every four weeks on Tuesday, 9:00", "Every four weeks on Tuesday, 9:01", "and ten more times"]


def test_times_not_known_are_said():
    hall = Venue(name="Village Hall")
    assert Listing(sessions=[Session(venue=hall)]).when_words(TODAY) == ["Times not known"]
    assert Listing(schedule_note="You choose the day").when_words(TODAY) == ["You choose the day"]


def test_the_next_dates_come_from_all_sessions_with_their_venues():
    hall, chapel = Venue(name="Village Hall"), Venue(name="Chapel Room")
    sessions = [weekly("WE", NOON, TWO, venue=hall), weekly("FR", time(10), NOON, venue=chapel)]
    listing = Listing(sessions=sessions)
    visits = listing.next_dates(NOW, count=3)
    assert [(visit.words(TODAY), visit.venue) for visit in visits] == [
        ("Fri 20 Nov, 10am", chapel),
        ("Wed 25 Nov, noon", hall),
        ("Fri 27 Nov, 10am", chapel),
    ]
    listing.confidential_location = True
    assert [visit.venue for visit in listing.next_dates(NOW)] == [None, None, None]


def test_the_next_visit_of_a_stop_is_told_by_the_minute():
    stop = Session(rrule="FREQ=WEEKLY;INTERVAL=2", starts_on=date(2026, 11, 18), opens=time(10, 15), mode=Mode.STOP)
    (visit,) = Listing(sessions=[stop]).next_dates(NOW, count=1)
    assert visit.words(TODAY) == "Wed 2 Dec, 10:15"


# Cost, ages, joining


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ""),
        ({"cost": Cost.FREE}, "Free"),
        ({"cost": Cost.FREE, "cost_amount": Decimal(0)}, "Free"),
        ({"cost": Cost.DONATION}, "By donation"),
        ({"cost": Cost.DONATION, "cost_amount": Decimal(2)}, "By donation, £2 suggested"),
        ({"cost": Cost.PAID, "cost_amount": Decimal("4.00")}, "£4"),
        ({"cost": Cost.PAID, "cost_amount": Decimal("0.45"), "fees_description": "45p a mile."}, "45p a mile"),
        (
            {"cost": Cost.PAID, "cost_amount": Decimal(4), "fees_description": "£4 for two courses. If money is short, say."},
            "£4 for two courses",
        ),
        ({"cost": Cost.PAID, "cost_amount": Decimal(4), "fees_description": "Pay the cook."}, "£4"),
        ({"cost": Cost.PAID, "fees_description": "Depends on the class"}, "Depends on the class"),
        ({"cost": Cost.PAID, "fees_description": "word " * 30}, "There is a charge"),
        ({"cost": Cost.PAID}, "There is a charge"),
        ({"fees_description": "£3 a week"}, "£3 a week"),
    ],
)
def test_cost(fields, told):
    assert Listing(**fields).cost_words == told


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        *((None, None, ""), (0, None, ""), (55, None, "Over 55"), (None, 5, "Up to 5"), (0, 5, "Up to 5")),
        *((11, 18, "11 to 18"), (16, 16, "Age 16"), (16, None, "16 and over")),
    ],
)
def test_ages(least, most, told):
    assert Listing(minimum_age=least, maximum_age=most).ages_words == told


def test_joining():
    assert [Listing(join=join).join_words for join in (None, Join.SELF, Join.PROFESSIONAL, Join.EITHER)] == [
        *("", "No referral needed", "Through a professional, such as your surgery", "By yourself or through a professional")
    ]


# Where, and how it reaches people


def test_where():
    hall = Venue(name="Saxley Village Hall", address_1="Church Lane", postal_code="NR25 6AB")
    sessions = [weekly("WE", NOON, venue=hall), weekly("FR", NOON, venue=hall)]
    listing = Listing(sessions=sessions)
    assert listing.venues == [hall]
    assert listing.where_words == "Saxley Village Hall, Church Lane, NR25 6AB"
    listing.sessions = [*sessions, weekly("MO", NOON, venue=Venue(name="Chapel"))]
    assert listing.where_words == "In two places"
    listing.sessions = [Session(venue=Venue(name=str(n)), mode=Mode.STOP) for n in range(12)]
    assert listing.where_words == "Stops in 12 places"


def test_a_private_address_is_never_told():
    refuge = Venue(name="Rose House", address_1="1 Hidden Lane", postal_code="NR25 6AB")
    refuge.access_facts = [AccessFact(term=Term(slug="lift", label="Lift", taxonomy=Taxonomy.ACCESS), present=True, note="Rose")]
    listing = Listing(sessions=[weekly("WE", NOON, venue=refuge)], confidential_location=True)
    assert listing.where_words == "The address is private"
    assert listing.venues == []
    assert listing.access_words() == []
    assert listing.access_words(refuge) == []


def test_reach():
    assert Listing(home_visits=True, online=True, by_phone=True).reach_words == "Comes to you, online or by phone"
    assert Listing(by_phone=True).where_words == "By phone"
    assert Listing().where_words == "Place not known"


def test_getting_in_says_what_is_known_the_good_first():
    slugs = ("step-free", "hearing-loop", "parking", "companion")
    terms = {slug: Term(slug=slug, label=slug.replace("-", " ").capitalize(), position=n) for n, slug in enumerate(slugs)}
    hall = Venue(name="Village Hall")
    hall.access_facts = [
        AccessFact(term=terms["step-free"], present=False),
        AccessFact(term=terms["hearing-loop"], present=True, note="at the front table"),
        AccessFact(term=terms["parking"], present=True),
    ]
    listing = Listing(sessions=[weekly("WE", NOON, venue=hall)])
    listing.access_facts = [AccessFact(term=terms["parking"], present=False)]
    assert listing.access_words() == ["Hearing loop, at the front table", "Steps to get in", "No parking"]
    chapel = Venue(name="Chapel")
    listing.sessions = [*listing.sessions, weekly("MO", NOON, venue=chapel)]
    assert listing.access_words() == ["No parking"], "one venue's steps are not the other's"
    assert listing.access_words(chapel) == ["No parking"]
    assert listing.access_words(hall) == ["Hearing loop, at the front table", "Steps to get in", "No parking"]


def test_only_public_contacts_are_offered():
    contacts = [
        ContactPoint(kind="phone", value="01632 960001", public=False),
        ContactPoint(kind="email", value="hello@example.org", public=True),
        ContactPoint(kind="phone", value="01632 960142", public=True),
    ]
    listing = Listing(contact_points=contacts)
    assert listing.public_contacts == contacts[1:]
    assert listing.phone is contacts[2]
    assert Listing().phone is None


# Checked


@pytest.mark.parametrize(
    ("checked_on", "means", "told"),
    [
        (None, None, "Not checked yet"),
        (date(2026, 10, 30), Means.PHONE, "Checked 3 weeks ago by phone"),
        (date(2026, 11, 15), Means.VISIT, "Checked 5 days ago by a visit"),
        (date(2026, 11, 20), Means.GROUP, "Checked today by the group"),
        (date(2026, 9, 20), Means.MAIL, "Checked 2 months ago by email"),
        (date(2026, 9, 20), Means.WEBSITE, "Checked 2 months ago from their website"),
        (date(2026, 9, 20), Means.DIRECTORY, "Checked 2 months ago by another directory"),
        (date(2026, 9, 20), None, "Checked 2 months ago"),
        (date(2026, 5, 21), Means.PHONE, "Checked 5 months ago by phone"),
        (date(2026, 5, 20), Means.PHONE, "Not checked for 6 months"),
        (date(2025, 11, 21), Means.PHONE, "Not checked for 11 months"),
        (date(2025, 11, 20), Means.PHONE, "Not checked for 12 months. Ring before you go."),
        (date(2025, 9, 20), Means.PHONE, "Not checked for 14 months. Ring before you go."),
        (date(2025, 5, 20), Means.PHONE, "We have not been able to check this since May 2025"),
    ],
)
def test_how_lately_it_was_checked(checked_on, means, told):
    listing = Listing(checked_on=checked_on, checked_means=means)
    assert listing.checked_words(TODAY) == told
    is_warned = told.startswith(("Not checked for", "We have"))
    assert listing.stale_words(TODAY) == (told if is_warned else "")
    assert listing.is_stale(TODAY) is ("Ring" in told or "We have" in told)
    assert listing.is_left_out(TODAY) is ("We have" in told)


def test_every_fact_has_a_pace_that_only_grows_older():
    assert set(FRESHNESS) == set(Fact) - {Fact.ROOM}
    assert all(pace.asked < pace.late < pace.old for pace in FRESHNESS.values())


@pytest.mark.parametrize(
    ("fact", "checked_on", "age"),
    [
        (Fact.TIMES, None, Age.NEVER),
        (Fact.TIMES, date(2026, 6, 21), Age.FRESH),
        (Fact.TIMES, date(2026, 6, 20), Age.DUE),
        (Fact.TIMES, date(2026, 5, 20), Age.LATE),
        (Fact.TIMES, date(2025, 11, 20), Age.OLD),
        (Fact.COST, date(2026, 5, 20), Age.DUE),
        (Fact.COST, date(2026, 2, 20), Age.LATE),
        (Fact.COST, date(2025, 8, 20), Age.OLD),
        (Fact.ACCESS, date(2025, 11, 21), Age.FRESH),
        (Fact.ACCESS, date(2024, 11, 20), Age.OLD),
        (Fact.ROOM, date(2026, 10, 9), Age.FRESH),
        (Fact.ROOM, date(2026, 10, 8), Age.NEVER),
    ],
)
def test_each_fact_ages_at_its_own_pace(fact, checked_on, age):
    assert age_state(fact, checked_on, TODAY) is age


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2020, 1, 1), TODAY), st.sampled_from([fact for fact in Fact if fact is not Fact.ROOM]), st.integers(0, 60))
def test_a_fact_never_grows_younger_by_waiting(checked_on, fact, wait):
    order = [Age.FRESH, Age.DUE, Age.LATE, Age.OLD]
    later = date.fromordinal(TODAY.toordinal() + wait)
    assert order.index(age_state(fact, checked_on, TODAY)) <= order.index(age_state(fact, checked_on, later))
    assert checked_words(checked_on, Means.PHONE, later)


# Room for new people


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ""),
        ({"room": Room.OPEN, "room_said_on": date(2026, 11, 9)}, "Taking people now"),
        ({"room": Room.OPEN, "room_said_on": date(2026, 10, 9)}, "Taking people now"),
        ({"room": Room.OPEN, "room_said_on": date(2026, 10, 8)}, ""),
        ({"room": Room.OPEN}, ""),
        ({"room": Room.WAITING, "room_note": "about 3 weeks", "room_said_on": TODAY}, "Waiting list, about 3 weeks"),
        (
            {"room": Room.WAITING, "room_note": "Waiting list, about 6 weeks", "room_said_on": TODAY},
            "Waiting list, about 6 weeks",
        ),
        ({"room": Room.WAITING, "room_said_on": TODAY}, "Waiting list"),
        ({"room": Room.FULL, "room_until": date(2027, 1, 1), "room_said_on": date(2026, 9, 1)}, "Full until January"),
        ({"room": Room.FULL, "room_until": date(2027, 1, 15)}, "Full until 15 January"),
        ({"room": Room.FULL, "room_until": date(2026, 11, 19), "room_said_on": TODAY}, ""),
        ({"room": Room.FULL, "room_said_on": TODAY}, "Full for now"),
    ],
)
def test_room_lapses_by_itself(fields, told):
    listing = Listing(**fields)
    assert listing.room_words(TODAY) == told
    assert listing.is_room_known(TODAY) is bool(told)


def test_room_says_when_it_was_said():
    assert Listing(room=Room.OPEN, room_said_on=date(2026, 11, 9)).room_said_words(TODAY) == "said on 9 November"
    assert Listing(room=Room.OPEN, room_said_on=date(2026, 11, 1)).room_said_words(TODAY) == "said on 1 November"
    assert Listing(room=Room.OPEN, room_said_on=date(2026, 1, 9)).room_said_words(TODAY) == ""


def test_each_place_tells_its_own_times_and_its_own_next_visit():
    green, lane = Venue(name="Green"), Venue(name="Lane")
    green.access_facts = [AccessFact(term=Term(slug="lift", label="Lift", taxonomy=Taxonomy.ACCESS), present=False)]
    van = {"mode": Mode.STOP, "rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE"}
    sessions = [
        Session(venue=green, opens=time(10, 15), closes=time(10, 45), starts_on=date(2026, 10, 28), **van),
        Session(venue=lane, opens=time(11), closes=time(11, 30), starts_on=date(2026, 11, 4), **van),
    ]
    told = [
        (stop.venue.name, stop.times, stop.next.words(TODAY), stop.next.stamp, stop.access) for stop in facts.stops(sessions, NOW)
    ]
    assert told == [
        ("Green", ("Every four weeks on Wednesday, 10:15 to 10:45",), "Wed 25 Nov, 10:15", "2026-11-25T10:15", ("No lift",)),
        ("Lane", ("Every four weeks on Wednesday, 11:00 to 11:30",), "Wed 2 Dec, 11:00", "2026-12-02T11:00", ()),
    ]


def test_a_visit_without_an_hour_is_a_day_to_machines_too():
    listing = Listing(sessions=[weekly("WE", description="AM & PM", starts_on=date(2026, 1, 7))])
    assert [visit.stamp for visit in listing.next_dates(NOW, count=1)] == ["2026-11-25"]
    assert Listing(sessions=[weekly("WE", time(0), time(23, 59))]).when_words(TODAY) == ["Wednesdays, day and night"]
