"""Which gaps everybody may read, where they stand on the board, and what their figure is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from directory import models
from directory.errors import NotFound
from directory.extensions import db, writing
from directory.queries import board as queries
from directory.queries.board import By, Lane
from tests import register
from tests.make import NOW
from tests.register import Q2, Q3


def lanes(**asked) -> dict[str, list[tuple[str, str, int]]]:
    board = queries.board(now=NOW, **asked)
    return {
        lane.value: [(shown.gap.area_code, shown.gap.title, shown.people) for shown in rows]
        for lane, rows in board.lanes.items()
        if rows
    }


def test_what_people_flagged_is_not_public_before_a_lead_steps_in_or_a_cell_is_published(make):
    gap = register.gap()
    register.flags(gap, 30)
    with writing():
        plain = {"gap_id": gap.id, "made_at": Q3, "state": models.GapState.LOOKED_AT}
        db.session.add(models.GapStep(voice=models.Voice.VOLUNTEER, words="A curator looked.", **plain))
    assert lanes() == {}
    with pytest.raises(NotFound):
        queries.story(gap.uid, now=NOW)
    register.cell(people=30)
    assert lanes() == {"reported": [("NR25", "Loneliness", 30)]}
    assert queries.story(gap.uid, now=NOW).figures == [("2026-Q3", 30)]


def test_a_gap_that_a_lead_stepped_into_is_public_without_a_figure(make):
    gap = register.gap()
    register.flags(gap, 7)
    register.step(gap, "We are asking three chapels.")
    assert lanes() == {"looked-at": [("NR25", "Loneliness", 0)]}
    shown = queries.story(gap.uid, now=NOW)
    assert (shown.people, shown.figures, shown.since) == (0, [], date(2026, 8, 21))
    assert [step.words for step in shown.steps] == ["We are asking three chapels."]


def test_a_cell_of_before_or_after_a_gap_was_open_is_not_its_own(make):
    """Or the first flag of a new gap would show it at once, which says that somebody flagged."""
    register.cell(people=20)
    later = register.gap(opened_at=NOW, area="NR25", part="")
    assert lanes() == {}
    with writing():
        later.closed_at, later.state = NOW, models.GapState.MET
    earlier = register.gap(opened_at=Q2, closed_at=Q2, state=models.GapState.MET)
    assert lanes() == {}
    now = register.gap(opened_at=Q3)
    assert queries.story(now.uid, now=NOW).people == 20
    with pytest.raises(NotFound):
        queries.story(earlier.uid, now=NOW)


def test_a_figure_is_the_sum_of_the_stored_cells_while_it_was_open(make):
    gap = register.gap(opened_at=Q2)
    register.cell(people=10, quarter="2026-Q1")
    register.cell(people=15, quarter="2026-Q2")
    register.cell(people=20, quarter="2026-Q3")
    register.cell(people=50, quarter="2026-Q3", kind="accessible")
    register.cell(people=50, quarter="2026-Q3", term="transport")
    assert lanes() == {"reported": [("NR25", "Loneliness", 35)]}
    assert queries.story(gap.uid, now=NOW).figures == [("2026-Q3", 20), ("2026-Q2", 15)]


def test_what_is_merged_mistaken_or_only_not_listed_is_on_no_board(make):
    kept = register.gap("NR21")
    register.step(kept)
    for fields in ({"state": models.GapState.MISTAKEN, "closed_at": NOW}, {"kind": "not-known"}):
        gap = register.gap(**fields)
        register.step(gap, state=gap.state.value)
        with pytest.raises(NotFound):
            queries.story(gap.uid, now=NOW)
    merged = register.gap("NR24")
    register.step(merged)
    with writing():
        merged.state, merged.merged_into_id, merged.closed_at = models.GapState.MERGED, kept.id, NOW
    assert lanes() == {"looked-at": [("NR21", "Loneliness", 0)]}
    assert queries.moved_to(merged.uid) == kept.uid
    assert queries.moved_to(kept.uid) is None


def test_a_lane_is_what_its_state_says_and_what_was_met_stays_a_year(make):
    for area, state in (("NR21", "being-started"), ("NR24", "not-now"), ("NR25", "met"), ("NR27", "was-not-known")):
        register.step(register.gap(area), state=state)
    register.step(register.gap("NR26"), state="met", made_at=NOW - timedelta(days=366))
    assert {lane: [area for area, _, _ in rows] for lane, rows in lanes().items()} == {
        "being-started": ["NR21"],
        "met": ["NR25", "NR27"],
    }
    assert [area for area, _, _ in lanes(lane=Lane.NOT_NOW)["not-now"]] == ["NR24"]
    assert queries.board(now=NOW).totals[Lane.NOT_NOW] == 1


def test_it_is_sorted_by_people_or_age_and_ties_go_by_name(make):
    for area, people in (("NR21", 0), ("NR24", 20), ("NR25", 0), ("NR27", 10)):
        gap = register.gap(area, name={"NR25": "A walk"}.get(area, ""))
        register.step(gap, made_at=Q3 + timedelta(days=int(area[2:])))
        if people:
            register.cell(area, people=people)
    by_people = [area for area, _, _ in lanes()["looked-at"]]
    assert by_people == ["NR24", "NR27", "NR25", "NR21"]
    assert [area for area, _, _ in lanes(by=By.NEWEST)["looked-at"]] == ["NR27", "NR25", "NR24", "NR21"]
    assert [area for area, _, _ in lanes(by=By.OLDEST)["looked-at"]] == ["NR21", "NR24", "NR25", "NR27"]


def test_it_is_narrowed_to_an_area_and_a_need_and_offers_those_there_are(make):
    register.step(register.gap("NR21", area_name="Fakenham"))
    register.step(register.gap("NR25", term="transport"))
    assert lanes(area="NR21") == {"looked-at": [("NR21", "Loneliness", 0)]}
    assert lanes(need="transport") == {"looked-at": [("NR25", "Transport", 0)]}
    assert lanes(area="NR21", need="transport") == {}
    board = queries.board(area="NR21", now=NOW)
    assert board.areas == {"NR21": "Fakenham", "NR25": ""}
    assert board.needs == {"loneliness": "Loneliness", "transport": "Transport"}


def test_a_long_lane_is_cut_and_says_how_long_it_is(make):
    for number in range(queries.PER_LANE + 3):
        register.step(register.gap(f"NR{number}"))
    board = queries.board(now=NOW)
    assert len(board.lanes[Lane.LOOKED_AT]) == queries.PER_LANE
    assert board.totals[Lane.LOOKED_AT] == queries.PER_LANE + 3
    assert len(queries.board(lane=Lane.LOOKED_AT, now=NOW).lanes[Lane.LOOKED_AT]) == queries.PER_LANE + 3


def test_the_number_of_statements_does_not_grow(make, statements):
    def asked() -> int:
        db.session.rollback()
        statements.clear()
        queries.board(now=NOW)
        return len(statements)

    register.step(register.gap("NR1"))
    register.cell("NR1")
    few = asked()
    for number in range(2, 31):
        register.step(register.gap(f"NR{number}", term=f"need-{number % 5}"))
        register.cell(f"NR{number}", term=f"need-{number % 5}")
    assert asked() == few <= 5


def test_a_gap_that_is_opened_again_is_not_shown_by_the_figure_of_the_one_before(make):
    """It would say that somebody flagged it again after it was met."""
    before = register.gap(opened_at=Q2)
    register.step(before, state="met", made_at=Q3)
    again = register.gap(opened_at=Q3 + timedelta(days=1))
    register.cell(people=20)
    assert lanes() == {"met": [("NR25", "Loneliness", 20)]}
    register.cell(people=10, quarter="2026-Q4")
    assert lanes() == {"reported": [("NR25", "Loneliness", 10)], "met": [("NR25", "Loneliness", 20)]}
    assert queries.story(again.uid, now=NOW).figures == [("2026-Q4", 10)]


def test_a_part_of_a_gap_is_not_shown_by_the_figure_of_the_whole(make):
    register.gap(opened_at=Q2)
    part = register.gap(opened_at=Q3, part="mornings", name="In the mornings")
    register.cell(people=20)
    assert lanes() == {"reported": [("NR25", "Loneliness", 20)]}
    register.step(part)
    assert lanes()["looked-at"] == [("NR25", "In the mornings", 0)]
