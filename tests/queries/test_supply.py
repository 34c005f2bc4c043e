"""What counts for the atlas on one day: each doubtful case, one listing at a time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from directory.models import Kind, Mode, Room, Status
from directory.queries import supply as queries
from directory.queries.supply import BUILDING, COMPARED, LIBRARY
from tests.make import HOLT, TODAY


@pytest.fixture
def counted(app):
    """The supply of `TODAY`: for each point its listing, whether it counts, its weight and the slugs it counts for."""

    def now():
        found = queries.supply(today=TODAY)
        slugs = [subject.slug for subject in found.subjects]
        return [(met.counts, met.weight, {slugs[subject] for subject in met.subjects}) for met in found.met]

    return now


def only(counted):
    [(counts, _, _)] = counted()
    return counts


def test_a_listing_counts_for_its_needs_and_those_above(make, counted):
    above = make.term("money-and-home")
    make.listing(at=HOLT, terms=[make.term("debt", parent=above)])
    assert counted() == [(True, 1.0, {"debt", "money-and-home"})]


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"checked_on": TODAY - timedelta(days=30)}, True),
        ({"checked_on": None}, True),  # as in a search: not checked yet, and it says so
        ({"checked_on": date(2025, 6, 1)}, True),  # 17 months
        ({"checked_on": date(2025, 5, 20)}, False),  # 18 months
        ({"room": Room.FULL, "room_said_on": TODAY}, False),
        ({"room": Room.FULL, "room_said_on": TODAY - timedelta(weeks=7)}, True),  # nobody knows any more
        ({"room": Room.FULL, "room_until": TODAY + timedelta(days=90), "room_said_on": TODAY - timedelta(weeks=9)}, False),
        ({"room": Room.FULL, "room_until": TODAY - timedelta(days=1)}, True),
        ({"room": Room.WAITING, "room_said_on": TODAY}, True),
    ],
)
def test_what_is_old_or_full_does_not_count(make, counted, fields, counts):
    make.listing(at=HOLT, **fields)
    assert only(counted) is counts


@pytest.mark.parametrize("status", [Status.PAUSED, Status.ENDED, Status.HIDDEN, Status.DRAFT])
def test_what_is_not_published_is_not_there(make, counted, status):
    make.listing(at=HOLT, status=status)
    assert counted() == []


def test_a_private_address_is_no_point(make, counted):
    make.listing(at=HOLT, confidential_location=True)
    assert counted() == []


def test_a_place_that_nobody_found_is_no_point(make, counted):
    make.listing(venue=make.venue(at=None))
    assert counted() == []


@pytest.mark.parametrize(
    ("session", "counts", "weight"),
    [
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7)}, True, 1.0),
        ({"rrule": "FREQ=WEEKLY;BYDAY=MO,WE,FR", "starts_on": date(2026, 1, 7)}, True, 1.0),  # no more than one
        ({"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "starts_on": date(2026, 1, 7)}, True, 0.25),
        ({"rrule": "FREQ=MONTHLY;BYDAY=2TU,4TU", "starts_on": date(2026, 1, 13)}, True, 2 * 12 * 7 / 365.25),
        ({"rrule": "", "starts_on": date(2027, 1, 7)}, True, 7 / 365.25),
        ({"rrule": "", "starts_on": date(2026, 1, 7)}, False, 0.0),
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7), "ends_on": date(2026, 7, 1)}, False, 0.0),
        ({"rrule": "", "description": "Ring for times"}, True, 1.0),
    ],
)
def test_a_session_counts_by_how_often_it_is_and_not_when_it_is_over(make, counted, session, counts, weight):
    make.listing(at=HOLT, session=session)
    [(found, how_much, _)] = counted()
    assert (found, how_much) == (counts, pytest.approx(weight))


def test_a_stop_is_a_library_only_with_stops(make, counted):
    every_month = {"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "starts_on": date(2026, 1, 7), "mode": Mode.STOP}
    make.listing("Mobile library", at=HOLT, kind=Kind.LIBRARY, session=every_month)
    make.listing("Holt Library", at=HOLT, kind=Kind.LIBRARY)
    assert counted() == [(True, 0.25, {LIBRARY}), (True, 1.0, {LIBRARY, BUILDING, COMPARED})]


def test_one_library_told_by_two_lists_counts_once(make, counted):
    for name, postcode in (
        ("Holt Library", "NR25 6BH"),
        ("Holt", "NR25 6BH"),
        ("Holt Library", "NR25 6BH"),
        ("Holt Library", "NR1 1AA"),
    ):
        make.listing(name, venue=make.venue(postal_code=postcode), kind=Kind.LIBRARY)
    assert [counts for counts, _, _ in counted()] == [True, False, False, True]


def test_what_covers_an_area_counts_there(make):
    make.listing("Visits", home_visits=True, coverage=["NR25", "E10000020"], terms=["caring"])
    make.listing("Calls everybody", by_phone=True, terms=["caring"])
    make.listing("Calls Norfolk", by_phone=True, coverage=["E07000147"], terms=["caring"])
    make.listing("Says only where", coverage=["E07000147"], terms=["caring"])
    make.listing("Says nothing", terms=["caring"])
    found = queries.supply(today=TODAY).covering
    # A county is more than a district, so it counts only when a curator approved it.
    told = [(set(each.codes), each.from_home) for each in found]
    assert told == [({"NR25"}, False), ({"K02000001"}, True), ({"E07000147"}, True), ({"E07000147"}, False)]


def test_nine_statements_however_many_listings(make, statements):
    for number in (1, 30):
        for each in range(number):
            make.listing(f"Club {number} {each}", at=HOLT, terms=["loneliness"], coverage=["NR25"])
        queries.visits_a_week.cache_clear()
        statements.clear()
        queries.supply(today=TODAY)
        assert len(statements) == 9


def test_the_stamp_changes_with_listings_and_with_the_day(make):
    before = queries.stamp(today=TODAY)
    assert queries.stamp(today=TODAY) == before
    assert queries.stamp(today=TODAY + timedelta(days=1)) != before
    make.listing()
    assert queries.stamp(today=TODAY) != before
