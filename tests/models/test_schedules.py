"""Times in choices: what is ticked becomes a rule and comes back the same, and what cannot be said is left alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.forms.listings import _session
from directory.models.schedules import ALL_MONTHS, NTHS, Choices, Pace, choices_of, read_day, read_days, rhythm_of, told_days

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
DATES = st.lists(DAYS, max_size=5).map(lambda days: tuple(sorted(set(days))))
SOME = DATES.filter(bool)
WEEKDAYS = st.frozensets(st.integers(0, 6), min_size=1)
MONTHS_OFF = st.frozensets(st.integers(1, 12), max_size=11)
MAYBE = st.none() | DAYS


@st.composite
def chosen(draw):
    pace = draw(st.sampled_from(Pace))
    if pace is Pace.DATES:
        return Choices(pace=pace, dates=draw(SOME), except_on=draw(DATES))
    every = draw(st.integers(1, 4)) if pace is Pace.WEEKLY else 1
    return Choices(
        pace=pace,
        every=every,
        days=draw(WEEKDAYS),
        nths=draw(st.frozensets(st.sampled_from(NTHS), min_size=1)) if pace is Pace.MONTHLY else frozenset(),
        not_in=draw(MONTHS_OFF),
        starts_on=draw(DAYS if every > 1 else MAYBE),
        dates=draw(DATES),
        except_on=draw(DATES),
    )


@given(chosen())
def test_choices_become_a_rule_and_come_back_the_same(choices):
    assert choices_of(choices.entry) == choices
    _session({**choices.entry, "venue": None, "mode": "venue", "opens": "10:00", "closes": "12:00", "description": ""})


@given(chosen(), DAYS)
def test_the_rule_falls_on_what_was_ticked_and_on_nothing_else(choices, first):
    for day in rhythm_of(choices.entry).between(first, first + timedelta(days=70)):
        assert day not in choices.except_on
        if day in choices.dates:
            continue
        assert choices.pace is not Pace.DATES
        assert day.weekday() in choices.days
        assert day.month not in choices.not_in
        assert choices.starts_on is None or day >= choices.starts_on
        if choices.pace is Pace.MONTHLY:
            last = (day + timedelta(days=7)).month != day.month
            assert (day.day - 1) // 7 + 1 in choices.nths or (last and -1 in choices.nths)
        elif choices.starts_on:
            monday, begun = (each - timedelta(days=each.weekday()) for each in (day, choices.starts_on))
            assert (day - choices.starts_on).days >= 0
            assert (monday - begun).days // 7 % choices.every == 0


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE"}, "every week on Wednesday"),
        ({"rrule": "FREQ=DAILY"}, "every day"),
        (
            {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYMONTH=1,2,3,4,5,6,7,9,10,11,12", "starts_on": "2026-01-06"},
            "not in August",
        ),
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE;UNTIL=20261231"}, "until a day"),
        ({"rrule": "FREQ=WEEKLY", "starts_on": "2026-01-06"}, "the day it began"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=-1FR"}, "the last Friday"),
        ({"starts_on": "2026-12-02", "also_on": ["2026-12-09"]}, "two dates"),
        ({}, "nothing known"),
    ],
)
def test_what_choices_can_say(entry, words):
    choices = choices_of(entry)
    assert choices is not None, words
    first = date(2026, 1, 1)
    if choices.entry["rrule"] or choices.dates:
        assert rhythm_of(choices.entry).between(first, date(2027, 6, 1)) == rhythm_of(entry).between(first, date(2027, 6, 1))


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=13",
        "FREQ=WEEKLY;INTERVAL=5;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1TU",
        "FREQ=MONTHLY;BYDAY=1TU,3WE",
        "FREQ=MONTHLY;BYDAY=TH;BYSETPOS=2",
        "FREQ=YEARLY;BYMONTH=6;BYDAY=1SA",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=6",
        f"FREQ=WEEKLY;BYDAY=TU;BYMONTH={','.join(map(str, sorted(ALL_MONTHS)))}",
        "FREQ=DAILY;INTERVAL=10",
        "nonsense",
    ],
)
def test_what_choices_cannot_say_is_none(rrule):
    assert choices_of({"rrule": rrule, "starts_on": "2026-01-06"}) is None


@pytest.mark.parametrize(
    "text", ["2 December 2026", "Wed 2 Dec 2026", "2nd december, 2026", " 2/12/2026 ", "2026-12-02", "02.12.2026"]
)
def test_a_date_as_people_write_it(text):
    assert read_day(text) == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2 December", "with the year"),
        ("Christmas", "with the year"),
        ("30 February 2026", "no such day"),
        ("2 ju 2026", "with the year"),
        ("1/1/0001", "cannot be right"),
        ("2 December 2026 to 1 December 2026", "ends before it begins"),
        ("1 January 2020 to 1 January 2026", "longer than a year"),
        ("2 December 2026 to 9 December 2026", "line of its own"),
        (
            "\n".join(f"{day} {month} {year}" for year in range(2000, 2020) for month in ("May", "June") for day in range(1, 30)),
            "fit here",
        ),
    ],
)
def test_a_date_that_cannot_be_read_says_so(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_days(text)


def test_a_span_stands_for_the_dates_within_it():
    tuesdays = rhythm_of({"rrule": "FREQ=WEEKLY;BYDAY=TU"})
    assert told_days(read_days("9 June 2026\n20 July 2026 to 4 August 2026", tuesdays)) == (
        "9 June 2026\n21 July 2026\n28 July 2026\n4 August 2026"
    )


@given(DATES)
def test_dates_are_told_as_they_are_read(days):
    assert read_days(told_days(days)) == days
