"""Quarters are told apart by the clocks of London, and said as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.models import quarters

moments = st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@pytest.mark.parametrize(
    ("moment", "quarter"),
    [
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), "2026-Q2"),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), "2026-Q3"),  # summer time: midnight in London
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2026-Q4"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2027-Q1"),
    ],
)
def test_a_moment_is_in_the_quarter_of_london(moment, quarter):
    assert quarters.quarter_of(moment) == quarter


@given(moments)
def test_quarters_follow_one_another_without_a_gap(moment):
    quarter = quarters.quarter_of(moment)
    assert quarters.is_quarter(quarter)
    assert quarters.began(quarter) <= moment < quarters.ended(quarter)
    assert quarters.before(quarters.after(quarter)) == quarter
    assert quarters.ended(quarter) == quarters.began(quarters.after(quarter))


def test_a_quarter_is_said_by_its_months():
    assert quarters.told("2026-Q3") == "July to September 2026"
    assert quarters.last_day("2026-Q3") == date(2026, 9, 30)


@pytest.mark.parametrize("text", ["", "2026-Q5", "2026-q3", "26-Q3", "2026-Q3 "])
def test_what_is_no_quarter_is_refused(text):
    assert not quarters.is_quarter(text)
    with pytest.raises(ValueError, match="no quarter"):
        quarters.first_day(text)
