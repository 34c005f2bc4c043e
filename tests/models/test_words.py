"""The words for days, hours, distances, money and ages, one literal example each."""

# ruff: noqa: DTZ001 -- local wall clock has no zone

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from directory.models import words

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 11, 20), "today"),
        (date(2026, 11, 25), "today"),
        (date(2026, 11, 19), "yesterday"),
        (date(2026, 11, 15), "5 days ago"),
        (date(2026, 11, 7), "13 days ago"),
        (date(2026, 11, 6), "2 weeks ago"),
        (date(2026, 10, 30), "3 weeks ago"),
        (date(2026, 10, 9), "6 weeks ago"),
        (date(2026, 9, 21), "8 weeks ago"),
        (date(2026, 9, 20), "2 months ago"),
        (date(2025, 9, 20), "14 months ago"),
        (date(2024, 11, 21), "23 months ago"),
        (date(2024, 11, 20), "2 years ago"),
    ],
)
def test_how_long_ago(day, told):
    assert words.ago(day, TODAY) == told


@pytest.mark.parametrize(
    ("day", "today", "months"),
    [
        (date(2026, 8, 31), date(2026, 9, 30), 1),
        (date(2026, 8, 31), date(2026, 9, 29), 0),
        (date(2026, 8, 30), date(2027, 2, 28), 6),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2025, 11, 20), date(2026, 11, 19), 11),
        (date(2025, 11, 20), date(2026, 11, 20), 12),
        (date(2025, 12, 31), date(2026, 12, 31), 12),
        (date(2026, 12, 1), date(2026, 11, 20), -1),
    ],
)
def test_whole_months_reach_the_31st_on_the_last_day_of_a_shorter_month(day, today, months):
    assert words.months_between(day, today) == months


@pytest.mark.parametrize(
    ("km", "told"),
    [
        (0.0, "less than 0.1 miles"),
        (0.07, "less than 0.1 miles"),
        (0.1, "0.1 miles"),
        (0.97, "0.6 miles"),
        (1.609344, "1 mile"),
        (3.2, "2 miles"),
        (3.7, "2.3 miles"),
        (15.9, "9.9 miles"),
        (16.05, "10 miles"),
        (64.4, "40 miles"),
    ],
)
def test_miles(km, told):
    assert words.miles(km) == told


def test_a_day_has_its_year_only_when_far():
    assert words.day_words(date(2026, 12, 2), TODAY) == "Wed 2 Dec"
    assert words.day_words(date(2027, 10, 19), TODAY) == "Tue 19 Oct"
    assert words.day_words(date(2027, 10, 20), TODAY) == "Wed 20 Oct 2027"
    assert words.day_words(date(2025, 10, 1), TODAY) == "Wed 1 Oct 2025"
    assert words.day_words(date(2026, 12, 5)) == "Sat 5 Dec 2026"
    assert words.long_day(date(2026, 10, 30)) == "30 October 2026"


def test_until():
    assert words.until(date(2027, 1, 1), TODAY) == "January"
    assert words.until(date(2027, 1, 15), TODAY) == "15 January"
    assert words.until(date(2027, 11, 1), TODAY) == "November 2027"
    assert words.until(date(2026, 11, 1), TODAY) == "1 November"


def test_a_moment():
    assert words.moment_words(datetime(2026, 11, 25, 12), TODAY) == "Wed 25 Nov, noon"
    assert words.moment_words(datetime(2026, 12, 2, 10, 15), TODAY, by_the_minute=True) == "Wed 2 Dec, 10:15"
    assert words.moment_words(datetime(2026, 12, 2), TODAY) == "Wed 2 Dec"


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (time(12), "noon"),
        (time(0), "midnight"),
        (time(0, 30), "12:30am"),
        (time(9), "9am"),
        (time(10, 5), "10:05am"),
        (time(12, 30), "12:30pm"),
        (time(14), "2pm"),
        (time(23, 59), "11:59pm"),
    ],
)
def test_the_clock(hour, told):
    assert words.clock(hour) == told


@pytest.mark.parametrize(
    ("opens", "closes", "told"),
    [
        (time(12), time(14), "noon to 2pm"),
        (time(10), time(12, 30), "10am to 12:30"),
        (time(12, 30), time(14), "12:30 to 2pm"),
        (time(9), time(17, 30), "9am to 5:30pm"),
        (time(14), None, "2pm"),
        (time(12, 30), None, "12:30pm"),
        (time(14), time(14), "2pm"),
    ],
)
def test_a_span_of_hours(opens, closes, told):
    assert words.hours(opens, closes) == told


def test_a_stop_keeps_to_the_minute():
    assert words.hours(time(10, 15), time(10, 45), by_the_minute=True) == "10:15 to 10:45"
    assert words.hours(time(9), time(12), by_the_minute=True) == "9:00 to 12:00"
    assert words.hours(time(14, 25), by_the_minute=True) == "14:25"


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (Decimal(4), "£4"),
        (Decimal("4.00"), "£4"),
        (Decimal("2.50"), "£2.50"),
        (Decimal("0.45"), "45p"),
        (Decimal(0), "Free"),
        (1250, "£1,250"),
        (0.1, "10p"),
    ],
)
def test_money(amount, told):
    assert words.money(amount) == told


def test_lists_numbers_and_ordinals():
    assert words.joined([]) == ""
    assert words.joined(["bread"]) == "bread"
    assert words.joined(["bread", "soup", "cake"], last="or") == "bread, soup or cake"
    assert [words.number(count) for count in (0, 4, 10, 11, 5482)] == ["no", "four", "ten", "11", "5,482"]
    assert [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 31, -1, -2)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "31st", "last", "2nd to last")
    ]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ({2}, "Wednesdays"),
        ({1, 3}, "Tuesdays and Thursdays"),
        ({5, 6}, "Saturdays and Sundays"),
        ({0, 2, 4}, "Mondays, Wednesdays and Fridays"),
        ({0, 1, 2, 3, 4}, "Monday to Friday"),
        ({1, 2, 3}, "Tuesday to Thursday"),
        (set(range(7)), "Every day"),
    ],
)
def test_weekdays(days, told):
    assert words.weekdays(days) == told
