"""Rules against a second reading of RFC 5545 that walks day by day and shares nothing with ours."""

# ruff: noqa: DTZ001 -- local wall clock has no zone

import calendar
import csv
import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.models.recurrence import Rhythm, parsed

NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
quick = settings(max_examples=150, deadline=None)


def nth_fits(day, ordinal, first, last):
    """Whether `day` is the ordinal-th of its weekday between `first` and `last`; 0 fits always."""
    if ordinal == 0:
        return True
    same = [first + timedelta(n) for n in range((last - first).days + 1) if (first + timedelta(n)).weekday() == day.weekday()]
    return abs(ordinal) <= len(same) and same[ordinal - 1 if ordinal > 0 else ordinal] == day


def period_of(day, rule, start):
    """First day, last day and number (from the one that holds `start`) of the period that holds `day`."""
    if rule["FREQ"] == "DAILY":
        return day, day, (day - start).days
    if rule["FREQ"] == "WEEKLY":
        begins = NAMES.index(rule.get("WKST", "MO"))
        first = day - timedelta((day.weekday() - begins) % 7)
        first_of_all = start - timedelta((start.weekday() - begins) % 7)
        return first, first + timedelta(6), (first - first_of_all).days // 7
    if rule["FREQ"] == "MONTHLY":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.replace(day=1), day.replace(day=last), (day.year - start.year) * 12 + day.month - start.month
    return date(day.year, 1, 1), date(day.year, 12, 31), day.year - start.year


def fits(day, rule, start):
    """Whether the BY parts let this day through."""
    by_day = rule.get("BYDAY", "").split(",") if "BYDAY" in rule else []
    month_days = [int(n) for n in rule.get("BYMONTHDAY", "").split(",")] if "BYMONTHDAY" in rule else []
    months = [int(n) for n in rule.get("BYMONTH", "").split(",")] if "BYMONTH" in rule else []
    if not by_day and not month_days and rule["FREQ"] != "DAILY":
        if rule["FREQ"] == "WEEKLY":
            by_day = [NAMES[start.weekday()]]
        else:
            month_days = [start.day]
            if rule["FREQ"] == "YEARLY" and not months:
                months = [start.month]
    length = calendar.monthrange(day.year, day.month)[1]
    if months and day.month not in months:
        return False
    if month_days and day.day not in month_days and day.day - length - 1 not in month_days:
        return False
    if not by_day:
        return True
    for named in by_day:
        if NAMES[day.weekday()] != named[-2:]:
            continue
        ordinal = int(named[:-2] or 0) if rule["FREQ"] in ("MONTHLY", "YEARLY") else 0
        if rule["FREQ"] == "YEARLY" and not months:
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
        else:
            first, last = day.replace(day=1), day.replace(day=length)
        if nth_fits(day, ordinal, first, last):
            return True
    return False


def expanded(text, start, last):
    """Every date of the rule from `start` to `last`, found by asking each day in turn."""
    rule = dict(part.split("=") for part in text.split(";"))
    found = []
    for number in range((last - start).days + 1):
        day = start + timedelta(number)
        first_of_period, last_of_period, period = period_of(day, rule, start)
        if period % int(rule.get("INTERVAL", 1)) or not fits(day, rule, start):
            continue
        if "BYSETPOS" in rule:
            span = (last_of_period - first_of_period).days + 1
            inside = [first_of_period + timedelta(n) for n in range(span)]
            inside = [each for each in inside if fits(each, rule, start)]
            wanted = [int(n) for n in rule["BYSETPOS"].split(",")]
            if inside.index(day) + 1 not in wanted and inside.index(day) - len(inside) not in wanted:
                continue
        found.append(day)
    return found[: int(rule["COUNT"])] if "COUNT" in rule else found


@st.composite
def rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 6))}")
    if draw(st.booleans()):
        days = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        if frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
            ordinals = st.sampled_from([-5, -2, -1, 0, 1, 2, 3, 4, 5])
            days = [f"{ordinal or ''}{day}" for day, ordinal in ((day, draw(ordinals)) for day in days)]
        parts.append(f"BYDAY={','.join(days)}")
    if frequency != "WEEKLY" and draw(st.integers(0, 2)) == 0:
        numbers = st.integers(-31, 31).filter(bool)
        parts.append(f"BYMONTHDAY={','.join(map(str, draw(st.lists(numbers, min_size=1, max_size=3, unique=True))))}")
    if draw(st.integers(0, 3)) == 0:
        parts.append(f"BYMONTH={','.join(map(str, draw(st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))))}")
    if frequency in ("MONTHLY", "WEEKLY") and "BYDAY" in parts[-1] and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([-2, -1, 1, 2, 3]))}")
    if frequency == "WEEKLY" and draw(st.integers(0, 3)) == 0:
        parts.append("WKST=SU")
    if draw(st.integers(0, 4)) == 0:
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    return ";".join(parts)


@quick
@given(rules(), st.dates(date(2016, 1, 1), date(2026, 12, 31)), st.integers(0, 1_500), st.integers(0, 500))
def test_a_rule_gives_the_dates_that_asking_each_day_gives(text, start, wait, span):
    first = start + timedelta(wait)
    last = first + timedelta(span)
    expected = [day for day in expanded(text, start, last) if day >= first]
    assert Rhythm(text, start).between(first, last) == expected


@quick
@given(rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(-60, 400), st.integers(1, 4))
def test_the_next_dates_are_the_first_of_all_that_follow(text, start, wait, count):
    rhythm = Rhythm(text, start, opens=time(10), closes=time(11))
    now = datetime.combine(start + timedelta(wait), time(10, 30))
    everything = [datetime.combine(day, time(10)) for day in expanded(text, start, start + timedelta(1_300))]
    expected = [begins for begins in everything if begins + timedelta(hours=1) > now][:count]
    assert rhythm.after(now, count=count)[: len(expected)] == expected


@quick
@given(
    st.sampled_from(["FREQ=WEEKLY;BYDAY=WE", "FREQ=MONTHLY;BYDAY=2TU,4TU", "FREQ=DAILY;INTERVAL=3", ""]),
    st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 30)), max_size=8),
    st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 30)), max_size=8),
    st.dates(date(2026, 1, 1), date(2026, 6, 30)),
)
def test_exceptions_win_and_nothing_follows_the_last_day(text, except_on, also_on, ends_on):
    start = date(2026, 1, 7)
    rhythm = Rhythm(text, start, ends_on, except_on=tuple(except_on), also_on=tuple(also_on))
    own = expanded(text, start, date(2026, 6, 30)) if text else [start]
    expected = {day for day in [*own, *also_on] if day <= ends_on} - set(except_on)
    assert rhythm.between(date(2026, 1, 1), date(2026, 12, 31)) == sorted(expected)


@quick
@given(st.text(max_size=60) | st.from_regex(r"FREQ=(WEEKLY|MONTHLY|YEARLY|HOURLY);[A-Z]{2,9}=[-0-9A-Z,TZ]{0,12}", fullmatch=True))
def test_whatever_the_rule_says_nothing_breaks(text):
    rhythm = Rhythm(text, date(2026, 1, 7), opens=time(10))
    assert len(rhythm.between(date(2026, 1, 1), date(2026, 3, 1))) <= 60
    assert len(rhythm.after(datetime(2026, 1, 1), count=3)) <= 3
    assert rhythm.days <= set(range(7))


@pytest.mark.parametrize(
    "text",
    [
        *("WE", "FREQ=", "FREQ=HOURLY", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;INTERVAL=-1", "FREQ=WEEKLY;BYDAY=XX", ";"),
        *("FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=999999", "FREQ=WEEKLY;FOO=1"),
        *("FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYMONTH=13", "FREQ=MONTHLY;BYDAY=0MO"),
        *("FREQ=WEEKLY;UNTIL=soon", "FREQ=YEARLY;BYWEEKNO=20", "FREQ=WEEKLY;INTERVAL=9999999999", "FREQ=MONTHLY;BYDAY=99MO"),
    ],
)
def test_a_rule_that_cannot_be_read_has_no_dates_and_says_so(text):
    rhythm = Rhythm(text, date(2026, 1, 7), opens=time(10))
    assert not rhythm.is_readable
    assert not rhythm.is_dated
    assert rhythm.days == frozenset()
    assert rhythm.after(datetime(2026, 1, 1)) == []
    assert rhythm.between(date(2026, 1, 1), date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    "text", ["RRULE:FREQ=WEEKLY;BYDAY=WE", "freq=weekly;byday=we;", " FREQ=WEEKLY;BYDAY=WE;BYHOUR=12;BYMINUTE=0 "]
)
def test_other_spellings_of_the_same_rule_are_read(text):
    assert parsed(text) == parsed("FREQ=WEEKLY;BYDAY=WE")


# Where the first day matters


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("FREQ=WEEKLY;BYDAY=WE", True),
        ("FREQ=DAILY", True),
        ("FREQ=MONTHLY;BYDAY=2TH", True),
        ("FREQ=MONTHLY;BYMONTHDAY=15", True),
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=-1SA", True),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", False),
        ("FREQ=WEEKLY", False),
        ("FREQ=MONTHLY", False),
        ("FREQ=YEARLY;BYMONTH=6", False),
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=6", False),
    ],
)
def test_without_a_first_day_dates_are_known_only_where_the_phase_does_not_matter(text, dated):
    rhythm = Rhythm(text)
    assert rhythm.is_readable
    assert rhythm.is_dated is dated
    assert bool(rhythm.after(datetime(2026, 11, 20))) is dated


def test_fortnights_keep_their_phase_from_the_first_day():
    first, other = (Rhythm("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", start) for start in (date(2026, 1, 6), date(2026, 1, 13)))
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert not set(first.between(*year)) & set(other.between(*year))
    assert first.between(date(2026, 11, 20), date(2026, 12, 31)) == [date(2026, 11, 24), date(2026, 12, 8), date(2026, 12, 22)]


def test_a_stop_every_four_weeks_is_still_in_phase_seven_years_later():
    stop = Rhythm("FREQ=WEEKLY;INTERVAL=4", date(2019, 1, 23), opens=time(10, 15), closes=time(10, 45))
    (next_visit,) = stop.after(datetime(2026, 11, 20, 9))
    assert next_visit == datetime(2026, 12, 16, 10, 15)
    assert (next_visit.date() - date(2019, 1, 23)).days % 28 == 0


def test_two_ordinals_of_a_month():
    rhythm = Rhythm("FREQ=MONTHLY;BYDAY=2TU,4TU", date(2019, 1, 8))
    assert rhythm.between(date(2026, 11, 1), date(2026, 12, 31)) == [
        *(date(2026, 11, 10), date(2026, 11, 24)),
        *(date(2026, 12, 8), date(2026, 12, 22)),
    ]


def test_the_last_friday_the_29th_of_february_and_the_last_working_day():
    assert Rhythm("FREQ=MONTHLY;BYDAY=-1FR").between(date(2026, 10, 1), date(2026, 12, 31)) == [
        *(date(2026, 10, 30), date(2026, 11, 27), date(2026, 12, 25))
    ]
    leap = Rhythm("FREQ=YEARLY", date(2024, 2, 29))
    assert leap.after(datetime(2026, 11, 20), count=2) == [datetime(2028, 2, 29), datetime(2032, 2, 29)]
    working = Rhythm("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    assert working.between(date(2026, 1, 1), date(2026, 3, 1)) == [date(2026, 1, 30), date(2026, 2, 27)]


def test_months_that_have_no_31st_are_passed_over():
    assert Rhythm("FREQ=MONTHLY", date(2026, 1, 31)).between(date(2026, 1, 1), date(2026, 6, 30)) == [
        *(date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31))
    ]


# Ends


@pytest.mark.parametrize(
    ("until", "opens", "last"),
    [
        ("20261216", time(12), date(2026, 12, 16)),
        ("20261216T120000", time(12), date(2026, 12, 16)),
        ("20261216T115959", time(12), date(2026, 12, 9)),
        ("20261216T000000Z", None, date(2026, 12, 16)),
        ("20260630T233000Z", time(0, 15), date(2026, 7, 1)),  # half past midnight on 1 July in London
    ],
)
def test_until_is_a_moment_on_the_local_clock(until, opens, last):
    weekday = NAMES[last.weekday()]
    rhythm = Rhythm(f"FREQ=WEEKLY;BYDAY={weekday};UNTIL={until}", date(2026, 1, 1), opens=opens)
    assert rhythm.between(date(2026, 1, 1), date(2027, 12, 31))[-1] == last


def test_extra_dates_alone_are_dates():
    rhythm = Rhythm(also_on=(date(2026, 12, 5), date(2026, 12, 12)), opens=time(14))
    assert rhythm.after(datetime(2026, 11, 20), count=3) == [datetime(2026, 12, 5, 14), datetime(2026, 12, 12, 14)]
    assert rhythm.days == {5}


# The hour


def test_what_is_going_on_counts_until_it_closes():
    lunch = Rhythm("FREQ=WEEKLY;BYDAY=WE", opens=time(12), closes=time(14))
    assert lunch.after(datetime(2026, 11, 25, 13, 59)) == [datetime(2026, 11, 25, 12)]
    assert lunch.after(datetime(2026, 11, 25, 14)) == [datetime(2026, 12, 2, 12)]


def test_without_an_end_it_is_past_once_begun_and_without_an_hour_when_the_day_is():
    call = Rhythm("FREQ=WEEKLY;BYDAY=FR", opens=time(14))
    assert call.after(datetime(2026, 11, 20, 14, 1)) == [datetime(2026, 11, 27, 14)]
    unknown = Rhythm("FREQ=WEEKLY;BYDAY=FR")
    assert unknown.after(datetime(2026, 11, 20, 23, 59)) == [datetime(2026, 11, 20)]


def test_an_evening_past_midnight_is_still_going_on_the_next_morning():
    dance = Rhythm("FREQ=WEEKLY;BYDAY=SA", opens=time(22), closes=time(1))
    assert dance.after(datetime(2026, 11, 22, 0, 30)) == [datetime(2026, 11, 21, 22)]
    assert dance.after(datetime(2026, 11, 22, 1, 30)) == [datetime(2026, 11, 28, 22)]


def test_a_stop_that_ends_before_it_begins_is_a_slip_and_no_night():
    slip = Rhythm("FREQ=WEEKLY;BYDAY=WE", opens=time(10, 30), closes=time(10, 15))
    assert slip.after(datetime(2026, 11, 25, 10, 31)) == [datetime(2026, 12, 2, 10, 30)]


@pytest.mark.parametrize("now", [datetime(2026, 3, 28, 9), datetime(2026, 10, 24, 9)])
def test_the_hour_on_the_wall_stays_when_the_clocks_change(now):
    sunday = Rhythm("FREQ=WEEKLY;BYDAY=SU", opens=time(10), closes=time(11))
    assert [begins.time() for begins in sunday.after(now, count=3)] == [time(10)] * 3


def test_a_moment_with_a_zone_is_read_on_the_london_clock():
    lunch = Rhythm("FREQ=WEEKLY;BYDAY=WE", opens=time(12), closes=time(13))
    assert lunch.after(datetime(2026, 7, 1, 11, 59, tzinfo=UTC)) == [datetime(2026, 7, 1, 12)]
    assert lunch.after(datetime(2026, 7, 1, 12, 1, tzinfo=UTC)) == [datetime(2026, 7, 8, 12)]


# Speed and hostile dates


@pytest.mark.parametrize("start", [date.min, date.max, date(1899, 12, 30), date(3000, 1, 1)])
@pytest.mark.parametrize(
    "text", ["FREQ=WEEKLY;INTERVAL=3;WKST=SU", "FREQ=MONTHLY;INTERVAL=7", "FREQ=YEARLY", "FREQ=DAILY;COUNT=9", ""]
)
def test_absurd_first_days_cost_nothing_and_break_nothing(text, start):
    assert len(Rhythm(text, start).after(datetime(2026, 11, 20), count=2)) <= 2
    assert len(Rhythm(text, start).between(date.min, date(2026, 11, 20))) < 20_000


def test_the_30th_of_february_never_comes_and_is_told_quickly():
    began = stopwatch.perf_counter()
    assert Rhythm("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").after(datetime(2026, 11, 20)) == []
    assert Rhythm("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30").after(datetime(2026, 11, 20)) == []
    assert stopwatch.perf_counter() - began < 0.5


def test_every_real_stop_of_a_mobile_library_comes_on_the_day_that_dateutil_finds(shared):
    with (shared / "listings" / "mobile_library_stops.csv").open(encoding="utf-8-sig", newline="") as file:
        rhythms = {(row["frequency"], date.fromisoformat(row["start"])) for row in csv.DictReader(file)}
    assert len(rhythms) > 300
    now = datetime(2026, 11, 20, 9)
    for text, start in rhythms:
        rule = rrulestr(text, dtstart=datetime.combine(start, time(10)))
        assert Rhythm(text, start, opens=time(10), closes=time(10, 30)).after(now) == [rule.after(now)]
