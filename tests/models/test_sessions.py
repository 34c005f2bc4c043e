"""What one session says of itself: its words, its slots, its exceptions, when it is over."""

# ruff: noqa: DTZ001 -- local wall clock has no zone

import time as stopwatch
from datetime import date, datetime, time

import pytest

from directory.extensions import db
from directory.models import Listing, Mode, Session

NOON, TWO = time(12), time(14)
WEEKLY = "FREQ=WEEKLY;BYDAY=WE"


@pytest.mark.parametrize(
    ("rrule", "told"),
    [
        ("FREQ=WEEKLY;BYDAY=WE", "Wednesdays"),
        ("FREQ=WEEKLY;BYDAY=TH,TU", "Tuesdays and Thursdays"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Every day"),
        ("FREQ=DAILY", "Every day"),
        ("FREQ=DAILY;INTERVAL=2", "Every second day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Every second Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "Every second Tuesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=4", "Every four weeks on Wednesday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO", "Every three weeks on Monday"),
        ("FREQ=WEEKLY", "Wednesdays"),
        ("FREQ=WEEKLY;BYDAY=WE;BYMONTH=4,5,6,7,8,9", "Wednesdays, April to September"),
        ("FREQ=WEEKLY;BYDAY=WE;BYMONTH=10,11,12,1,2,3", "Wednesdays, October to March"),
        ("FREQ=WEEKLY;BYDAY=WE;BYMONTH=6,12", "Wednesdays, June and December"),
        ("FREQ=MONTHLY;BYDAY=2TH", "2nd Thursday of the month"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Last Friday of the month"),
        ("FREQ=MONTHLY;BYDAY=2TU,4TU", "2nd and 4th Tuesdays of the month"),
        ("FREQ=MONTHLY;BYDAY=2TU,4TH", "2nd Tuesday and 4th Thursday of the month"),
        ("FREQ=MONTHLY;BYDAY=TH;BYSETPOS=2", "2nd Thursday of the month"),
        ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=1,2,3,4,5,6,7", "1st Saturday of the month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO", "1st Monday of every second month"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "1st Monday of every third month"),
        ("FREQ=MONTHLY;BYDAY=2WE;BYMONTH=1,2,3", "2nd Wednesday of the month, January to March"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "15th of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,1", "1st and last day of the month"),
        ("FREQ=MONTHLY", "7th of the month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "Last working day of the month"),
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=-1SA", "Last Saturday of June"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "25 December every year"),
        ("FREQ=YEARLY", "7 January every year"),
    ],
)
def test_the_days_as_people_say_them(rrule, told):
    session = Session(rrule=rrule, starts_on=date(2026, 1, 7), opens=NOON, closes=TWO)
    assert session.words == f"{told}, noon to 2pm"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ""),
        ({"starts_on": date(2026, 12, 5), "opens": TWO, "closes": time(16)}, "Sat 5 Dec 2026, 2pm to 4pm"),
        ({"starts_on": date(2026, 12, 5)}, "Sat 5 Dec 2026, times not known"),
        ({"also_on": ["2026-12-05", "2026-12-12"], "opens": TWO}, "Sat 5 Dec 2026 and Sat 12 Dec 2026, 2pm"),
        ({"rrule": WEEKLY}, "Wednesdays, times not known"),
        ({"rrule": WEEKLY, "description": "AM & PM"}, "Wednesdays, AM & PM"),
        ({"rrule": WEEKLY, "description": "By arrangement"}, "Wednesdays, by arrangement"),
        ({"description": "Most afternoons"}, "Most afternoons"),
        ({"rrule": WEEKLY, "opens": NOON, "description": "Lunch and carols"}, "Wednesdays, noon"),
        ({"rrule": "every so often"}, "Times not known"),
        ({"rrule": "every so often", "description": "Every so often"}, "Every so often"),
        ({"rrule": "every so often", "opens": NOON}, "Days not known, noon"),
        ({"opens": NOON, "closes": TWO}, "Days not known, noon to 2pm"),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "opens": NOON}, "Every second Tuesday, noon, dates not known"),
        (
            {"rrule": "FREQ=WEEKLY;INTERVAL=4", "starts_on": date(2019, 1, 23), "opens": time(10, 15), "mode": Mode.STOP}
            | {"closes": time(10, 45)},
            "Every four weeks on Wednesday, 10:15 to 10:45",
        ),
    ],
)
def test_what_is_known_is_said_and_no_more(fields, told):
    assert Session(**fields).words == told


@pytest.mark.parametrize(
    ("opens", "closes", "parts"),
    [
        (time(10), time(12), {"morning"}),
        (time(10), time(12, 15), {"morning"}),
        (time(10), time(12, 30), {"morning", "afternoon"}),
        (time(10), time(16), {"morning", "afternoon"}),
        (time(9), time(20), {"morning", "afternoon", "evening"}),
        (NOON, TWO, {"afternoon"}),
        (time(11, 45), time(13), {"morning", "afternoon"}),
        (time(17), time(19), {"evening"}),
        (time(16, 50), time(17, 10), {"afternoon"}),
        (time(22), time(1), {"evening"}),
        (time(14), None, {"afternoon"}),
        (time(10, 30), time(10, 15), {"morning"}),
        (None, None, set()),
    ],
)
def test_a_session_fills_the_parts_of_the_day_that_it_is_in(opens, closes, parts):
    session = Session(rrule=WEEKLY, opens=opens, closes=closes)
    assert session.slots == {(2, part) for part in parts}
    assert session.is_timed is (opens is not None)


def test_days_and_slots_of_a_library_a_single_date_and_a_day_of_the_month():
    library = Session(rrule="FREQ=WEEKLY;BYDAY=MO,SA", opens=time(9), closes=time(17))
    assert library.days == {0, 5}
    assert library.slots == {(0, "morning"), (0, "afternoon"), (5, "morning"), (5, "afternoon")}
    assert Session(starts_on=date(2026, 12, 5), opens=TWO).slots == {(5, "afternoon")}
    fifteenth = Session(rrule="FREQ=MONTHLY;BYMONTHDAY=15", opens=TWO)
    assert (fifteenth.days, fifteenth.slots, fifteenth.is_timed) == (frozenset(), frozenset(), False)


def test_exceptions_are_said_for_the_coming_three_months():
    days = ["2026-12-30", "2026-12-23", "not a day", "2026-11-04", "2027-06-02"]
    session = Session(rrule=WEEKLY, opens=NOON, except_on=days)
    assert session.except_words(date(2026, 11, 20)) == "Not 23 or 30 December."
    assert session.except_words(date(2026, 12, 24)) == "Not 30 December."
    assert session.except_words(date(2027, 1, 1)) == ""
    session.except_on = ["2026-12-23", "2026-12-30", "2027-01-06"]
    assert session.except_words(date(2026, 11, 20)) == "Not 23 or 30 December, or 6 January."


def days_between(first, last):
    return [date.fromordinal(day).isoformat() for day in range(first.toordinal(), last.toordinal() + 1)]


def test_a_long_pause_is_told_by_its_ends():
    museum = Session(rrule="FREQ=WEEKLY;BYDAY=TU,WE,TH,FR,SA,SU", opens=time(10), closes=time(17))
    museum.except_on = days_between(date(2026, 12, 20), date(2027, 1, 3))
    assert museum.except_words(date(2026, 11, 20)) == "Not from 20 December to 3 January."
    assert museum.except_words(date(2026, 12, 28)) == "Not before Tue 5 Jan."
    museum.except_on += ["2026-12-01"]
    assert museum.except_words(date(2026, 11, 20)) == "Not 1 December, or from 20 December to 3 January."


def test_out_of_season_is_said_with_the_hours_and_not_twice():
    weeders = Session(rrule="FREQ=WEEKLY;BYDAY=MO", opens=time(18, 30), closes=time(20))
    weeders.except_on = days_between(date(2026, 10, 1), date(2027, 3, 31))
    assert weeders.except_words(date(2026, 11, 20)) == ""
    assert Listing(sessions=[weeders]).when_words(date(2026, 11, 20)) == ["Mondays, 6:30pm to 8pm, from Mon 5 Apr"]
    assert Listing(sessions=[weeders]).when_words(date(2026, 9, 20)) == ["Mondays, 6:30pm to 8pm"]
    assert weeders.except_words(date(2026, 9, 20)) == "Not from 5 October to 29 March."


def test_the_next_date_passes_over_an_exception_and_takes_an_extra_one():
    session = Session(rrule=WEEKLY, opens=NOON, closes=TWO, except_on=["2026-11-25"], also_on=["2026-11-26"])
    assert session.next_after(datetime(2026, 11, 20, 9), count=2) == [datetime(2026, 11, 26, 12), datetime(2026, 12, 2, 12)]


@pytest.mark.parametrize(
    ("fields", "over"),
    [
        ({"rrule": WEEKLY}, False),
        ({"rrule": WEEKLY, "ends_on": date(2026, 11, 19)}, True),
        ({"rrule": WEEKLY, "ends_on": date(2026, 11, 20)}, False),
        ({"rrule": f"{WEEKLY};UNTIL=20261119"}, True),
        ({"starts_on": date(2026, 11, 19)}, True),
        ({"starts_on": date(2026, 11, 20)}, False),
        ({"starts_on": date(2026, 11, 19), "also_on": ["2026-11-27"]}, False),
        ({}, False),
        ({"rrule": "nonsense"}, False),
    ],
)
def test_a_session_is_over_after_its_last_day(fields, over):
    assert Session(**fields).is_over(date(2026, 11, 20)) is over


def test_twenty_rows_of_results_find_their_next_date_in_under_ten_milliseconds():
    rules = ["FREQ=WEEKLY;INTERVAL=4", "FREQ=MONTHLY;BYDAY=2TU,4TU", "FREQ=WEEKLY;BYDAY=WE", "FREQ=MONTHLY;BYDAY=-1FR"]
    sessions = [Session(rrule=rules[n % 4], starts_on=date(2019, 1, 1 + n), opens=NOON, closes=TWO) for n in range(20)]
    times = []
    for day in range(1, 6):
        began = stopwatch.perf_counter()
        assert all(session.next_after(datetime(2026, 11, day, 9)) for session in sessions)
        times.append(stopwatch.perf_counter() - began)
    assert min(times) < 0.010


def test_a_saved_session_says_the_same_on_either_database(make, today):
    times = {"rrule": WEEKLY, "starts_on": date(2026, 1, 7), "opens": NOON, "closes": time(13, 30), "except_on": ["2026-11-25"]}
    listing = make.listing("Welcome Table", venue="Saxley Village Hall", session=times)
    db.session.expire_all()
    assert listing.when_words(today) == ["Wednesdays, noon to 1:30pm"]
    assert [visit.words(today) for visit in listing.next_dates(make.NOW, count=2)] == ["Wed 2 Dec, noon", "Wed 9 Dec, noon"]
    assert listing.sessions[0].except_words(today) == "Not 25 November."
    assert listing.where_words == "Saxley Village Hall"
