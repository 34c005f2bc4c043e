"""The invented gaps stand in the vocabulary and the invented valley, and a newcomer's board and map have something on them."""

from __future__ import annotations

from directory.cli import catalogue
from directory.exchange import demonstration, demonstration_gaps
from directory.exchange.vocabulary import shipped_terms
from directory.models import GapKind
from directory.queries import board, cells, gap_map, misses
from directory.queries.board import Lane
from directory.queries.gap_map import Layer
from tests.make import NOW, TODAY

QUARTER = "2026-Q3"


def test_every_need_and_answer_that_is_named_is_there():
    needs = {term["slug"] for term in shipped_terms() if term["taxonomy"] == "need"}
    names = {record["name"] for record in demonstration.records(today=TODAY)}
    gaps = demonstration_gaps.gaps(quarter=QUARTER, now=NOW)
    assert {gap.need for gap in gaps} <= needs
    assert {gap.answer for gap in gaps} - {""} <= names
    assert {each.need for each in demonstration_gaps.misses(quarter=QUARTER, now=NOW)} - {""} <= needs
    assert all(gap.opened_at < NOW and gap.kind is not GapKind.NOT_KNOWN for gap in gaps)


def test_a_newcomer_sees_a_board_a_map_and_a_counted_quarter(vocabulary, real_places):
    misses.forget()
    catalogue.demonstrate_gaps(now=NOW)
    shown = board.board(now=NOW)
    assert min(shown.totals[lane] for lane in Lane) >= 2
    table = cells.table()
    assert {cell.quarter for cell in table} == {QUARTER}
    assert {10, 15, 20, 25, 30, 45} <= {cell.people for cell in table}
    drawn = gap_map.drawn(layer=Layer.FLAGGED, quarter=QUARTER)
    assert len(drawn.patches) >= 8
    assert 0 in {patch.figure for patch in drawn.patches}
    assert gap_map.drawn(layer=Layer.SEARCHES, quarter=QUARTER).patches[0].figure == 70
    assert [word.word for word in misses.words(today=TODAY)] == ["moth trapping", "yarn bombing", "clog making"]


def test_it_is_put_in_once(vocabulary, real_places):
    catalogue.demonstrate_gaps(now=NOW)
    before = board.board(now=NOW).totals
    catalogue.demonstrate_gaps(now=NOW)
    assert board.board(now=NOW).totals == before
