"""A quarter is counted once, from what counts, and nothing small or exact is ever stored."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from directory import models
from directory.actions import cells as actions
from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import quarters
from directory.queries import cells as queries
from tests import register
from tests.make import NOW
from tests.register import Q2, Q3

QUARTER = "2026-Q3"


def stored() -> dict[tuple[str, str], int]:
    return {(cell.area_code, cell.term.slug): cell.people for cell in queries.table()}


@pytest.mark.parametrize(
    ("flags", "people"),
    [
        ([("1", 8)], 10),
        ([("1", 7)], None),
        ([("6+", 2)], None),  # twelve people, but two reporters
        ([("6+", 1), ("1", 2)], 10),  # eight people, three reporters
        ([("6+", 1), ("1", 1)], None),
        ([("2-5", 3), ("unsure", 1)], None),  # 2 + 2 + 2 + 1: never more than was said
        ([("2-5", 3), ("unsure", 2)], 10),
        ([("1", 12)], 10),
        ([("1", 13)], 15),
    ],
)
def test_a_cell_needs_eight_people_and_three_reporters_and_is_rounded_to_five(make, flags, people):
    gap = register.gap()
    for affected, number in flags:
        register.flags(gap, number, affected=affected)
    assert actions.count_quarter(QUARTER, now=NOW) == (0 if people is None else 1)
    assert stored() == ({} if people is None else {("NR25", "loneliness"): people})


def test_a_quarter_is_counted_once_and_never_again(make):
    gap = register.gap()
    register.flags(gap, 9)
    assert actions.count_quarter(QUARTER, now=NOW) == 1
    register.flags(gap, 20)
    assert actions.count_quarter(QUARTER, now=NOW + timedelta(days=1)) is None
    assert stored() == {("NR25", "loneliness"): 10}


def test_a_quarter_that_is_not_over_and_settled_is_refused(make):
    with pytest.raises(Refused, match="two days after"):
        actions.count_quarter("2026-Q4", now=NOW)
    with pytest.raises(Refused):
        actions.count_quarter(QUARTER, now=quarters.ended(QUARTER) + timedelta(days=1))
    assert actions.count_quarter(QUARTER, now=quarters.ended(QUARTER) + timedelta(days=2)) == 0


def test_only_flags_that_count_count_and_only_in_their_own_quarter(make):
    gap = register.gap()
    register.flags(gap, 7)
    register.flags(gap, 5, state=models.FlagState.WAITING)
    register.flags(gap, 5, state=models.FlagState.REFUSED)
    register.flags(gap, 5, state=models.FlagState.WITHDRAWN)
    register.flags(gap, 5, made_at=Q2)
    register.flags(gap, 5, made_at=NOW)
    actions.count_quarter(QUARTER, now=NOW)
    assert stored() == {}


def test_what_a_resident_said_counts_from_the_day_on_which_it_was_accepted(make):
    gap = register.gap()
    register.flags(gap, 8, made_at=Q2, decided_at=Q3, voice=models.Voice.VISITOR)
    assert actions.count_quarter("2026-Q2", now=NOW) == 0
    assert actions.count_quarter(QUARTER, now=NOW) == 1


def test_gaps_that_were_merged_count_as_one_and_each_person_once(make):
    kept = register.gap()
    other = register.gap("NR24")
    third = register.gap("NR21")
    for number in range(6):
        register.flags(kept, who=f"person {number} of both")
        register.flags(third, who=f"person {number} of both", affected="2-5")
    with writing():
        third.merged_into_id, third.state, third.closed_at = other.id, models.GapState.MERGED, NOW
        other.merged_into_id, other.state, other.closed_at = kept.id, models.GapState.MERGED, NOW
    actions.count_quarter(QUARTER, now=NOW)
    assert stored() == {("NR25", "loneliness"): 10}  # six people who each said two to five: twelve


def test_parts_of_one_gap_are_one_cell(make):
    register.flags(register.gap(part="mornings"), 4)
    register.flags(register.gap(part="evenings"), 4)
    actions.count_quarter(QUARTER, now=NOW)
    assert stored() == {("NR25", "loneliness"): 10}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "not-known"},
        {"state": models.GapState.MISTAKEN, "closed_at": NOW},
        {"state": models.GapState.WAS_NOT_KNOWN, "closed_at": NOW},
    ],
)
def test_what_is_no_gap_is_not_published(make, fields):
    register.flags(register.gap(**fields), 20)
    assert actions.count_quarter(QUARTER, now=NOW) == 0


def test_a_cell_keeps_where_it_is_and_nothing_of_who(make):
    gap = register.gap(area_name="Holt")
    register.flags(gap, 8, note="Only on Tuesdays", circumstances=["carers"])
    actions.count_quarter(QUARTER, now=NOW)
    cell = queries.table()[0]
    assert (cell.area_name, cell.council_code, cell.hexagon) == ("Holt", "E07000147", gap.hexagon)
    assert {column.name for column in models.Cell.__table__.columns} == {
        *("quarter", "area_code", "term_id", "kind", "area_name", "council_code", "hexagon", "people")
    }


def test_two_who_count_at_once_count_once(app, make):
    register.flags(register.gap(), 8)
    counted, barrier = [], threading.Barrier(2)

    def count() -> None:
        with app.app_context():
            barrier.wait()
            counted.append(actions.count_quarter(QUARTER, now=NOW))
            db.session.remove()

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted, key=str) == [1, None]
    assert stored() == {("NR25", "loneliness"): 10}


def test_the_sweep_is_told_of_every_quarter_that_was_missed(make):
    settles = actions.SETTLES
    assert queries.uncounted(now=NOW, settles=settles) == [QUARTER]
    register.flags(register.gap(), made_at=datetime(2025, 12, 1, tzinfo=NOW.tzinfo))
    assert queries.uncounted(now=NOW, settles=settles) == ["2025-Q4", "2026-Q1", "2026-Q2", QUARTER]
    assert queries.uncounted(now=quarters.ended(QUARTER) + timedelta(days=1), settles=settles)[-1] == "2026-Q2"
    for quarter in queries.uncounted(now=NOW, settles=settles):
        actions.count_quarter(quarter, now=NOW)
    assert queries.uncounted(now=NOW, settles=settles) == []
