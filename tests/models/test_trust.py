"""How an editor comes to be trusted, and how that is lost: a table, and a walk day by day that has to agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.models.trust import Past, is_trusted
from tests.make import NOW

FIVE = (50, 49, 48, 47, 46)


def ago(*days):
    return [NOW - timedelta(days=each) for each in days]


def past(since=100, approved=FIVE, reverted=(), upheld=(), seen=(3,)):
    (began,) = ago(since)
    return Past(began, ago(*approved), ago(*reverted), ago(*upheld), ago(*approved, *seen))


@pytest.mark.parametrize(
    ("trusted", "told"),
    [
        (True, {}),
        (False, {"approved": FIVE[:4]}),
        (True, {"since": 30}),
        (False, {"since": 29}),
        # Of a new editor one change taken back is too many, for ninety days.
        (False, {"approved": (40, 30, 20, 10, 5), "reverted": (25,)}),
        (True, {"approved": (120, 119, 118, 117, 116), "reverted": (117,), "since": 200}),
        # Of a trusted one two are.
        (True, {"reverted": (10,)}),
        (False, {"reverted": (10, 9)}),
        (False, {"reverted": (10, 10)}),
        (True, {"since": 400, "approved": (300, 299, 298, 297, 296), "reverted": (150, 20), "seen": (250, 3)}),  # far apart
        (False, {"since": 400, "approved": (300, 299, 298, 297, 296), "reverted": (150, 140)}),  # lost, and not earned anew
        (True, {"since": 400, "approved": (300, 299, 298, 297, 296, 9, 8, 7, 6, 5), "reverted": (150, 140)}),
        # One report that was upheld is enough, and what was approved before it counts no more.
        (False, {"upheld": (10,)}),
        (False, {"upheld": (10,), "approved": (*FIVE, 9, 8, 7, 6)}),
        (True, {"upheld": (10,), "approved": (*FIVE, 9, 8, 7, 6, 5)}),
        # Nobody was there for a year: whoever comes back begins anew.
        (False, {"since": 900, "approved": (800, 799, 798, 797, 796), "seen": (500,)}),
        (False, {"since": 900, "approved": (800, 799, 798, 797, 796), "seen": (0,)}),
        (True, {"since": 900, "approved": (800, 799, 798, 797, 796), "seen": (500, 200, 3)}),
        (True, {"since": 900, "approved": (800, 799, 798, 797, 796, 9, 8, 7, 6, 5), "seen": (10,)}),
    ],
)
def test_what_earns_trust_and_what_loses_it(trusted, told):
    assert is_trusted(past(**told), now=NOW) is trusted


def test_nobody_is_trusted_who_never_came():
    assert not is_trusted(Past(*ago(100), ago(*FIVE)), now=NOW)


def walked(since, approved, reverted, upheld, seen):
    """The same told as a diary: `seen` and the others are days before today."""
    trusted, counted, last = False, 0, None
    for day in range(1_000, -1, -1):
        lately = sum(day <= each < day + 90 for each in reverted)
        slept = last is not None and last - day == 366
        if slept or day in upheld or (trusted and lately >= 2):
            trusted, counted = False, 0
            if slept:
                last = None
        else:
            counted += approved.count(day)
            trusted = trusted or (since - day >= 30 and counted >= 5 and not lately and last is not None)
        if day in seen:
            last = day
            if not (slept or day in upheld):
                trusted = trusted or (since - day >= 30 and counted >= 5 and not lately)
    return trusted


days = st.integers(0, 700)
few = st.lists(days, max_size=4)


@settings(max_examples=200)
@given(days, st.lists(days, max_size=14), few, few, st.lists(days, max_size=3))
def test_a_diary_says_the_same(since, approved, reverted, upheld, seen):
    seen = [*approved, *seen]  # who sends a change is there
    told = past(since, approved, reverted, upheld, seen)
    assert is_trusted(told, now=NOW) is walked(since, approved, reverted, upheld, seen)
