"""When a group is tried again, and when another way is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from directory.models import Attempt, Means, Outcome
from directory.models.trying import LONDON, best_time_words, next_try, next_way, part_of, read_best_time

FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ALL = {Means.PHONE, Means.MAIL, Means.WEBSITE, Means.VISIT}


def tried(outcome=Outcome.NO_ANSWER, *, at=FRIDAY, means=Means.PHONE, best_time=""):
    return Attempt(outcome=outcome, made_at=at, means=means, best_time=best_time)


def test_the_next_try_is_on_another_weekday_and_at_another_hour():
    first = next_try([tried()], FRIDAY)
    assert (first.strftime("%A"), part_of(first)) == ("Saturday", "afternoon")
    attempts = [tried()]
    for _ in range(2):
        at = next_try(attempts, attempts[-1].made_at)
        attempts.append(tried(at=at))
    slots = [(each.made_at.astimezone(LONDON).weekday(), part_of(each.made_at.astimezone(LONDON))) for each in attempts]
    assert len({day for day, _ in slots}) == 3
    assert len({part for _, part in slots}) == 3
    assert 6 not in {day for day, _ in slots}


def test_it_goes_to_the_time_they_named():
    at = next_try([tried(Outcome.BUSY, best_time="Tuesday mornings")], FRIDAY)
    assert (at.strftime("%A"), at.hour) == ("Tuesday", 10)
    assert next_try([tried(best_time="evenings")], FRIDAY) == datetime(2026, 11, 21, 18, tzinfo=LONDON)
    assert next_try([tried(best_time="Fridays")], FRIDAY).date() == (FRIDAY + timedelta(days=7)).date()


@pytest.mark.parametrize("number", [1, 2, 3, 6])
def test_never_the_same_slot_twice_and_never_the_same_day(number):
    attempts = [tried(at=FRIDAY)]
    for _ in range(number):
        at = next_try(attempts, attempts[-1].made_at)
        assert at.date() > attempts[-1].made_at.date()
        attempts.append(tried(at=at))


def test_the_fourth_failure_changes_the_way():
    three = [tried() for _ in range(3)]
    assert next_way(three, ALL) is Means.PHONE
    four = [*three, tried(Outcome.BUSY)]
    assert next_way(four, ALL) is Means.MAIL
    assert next_way(four, {Means.PHONE, Means.WEBSITE}) is Means.WEBSITE
    assert next_way([*four, tried(means=Means.MAIL)], ALL) is Means.WEBSITE
    assert next_way([*four, *(tried(means=means) for means in ALL)], ALL) is None
    assert next_try(four, FRIDAY) == FRIDAY + timedelta(days=7)


@pytest.mark.parametrize("outcome", [Outcome.WRONG_NUMBER, Outcome.REFUSES])
def test_a_wrong_number_or_a_refusal_changes_it_at_once(outcome):
    assert next_way([tried(outcome)], ALL) is Means.MAIL


def test_having_spoken_is_no_failure():
    assert next_way([tried(Outcome.SPOKE) for _ in range(9)], ALL) is Means.PHONE


@pytest.mark.parametrize(
    ("day", "part", "words"),
    [(1, "morning", "Tuesday mornings"), (6, "", "Sundays"), (None, "evening", "evenings"), (None, "", "")],
)
def test_the_best_time_is_said_and_read_back(day, part, words):
    assert best_time_words(day, part) == words
    assert read_best_time(words) == (day, part)
