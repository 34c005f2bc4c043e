"""How poor an answer was, what is published of searches, and what curators and leads are shown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from directory import models
from directory.extensions import db, writing
from directory.models import Shortfall
from directory.queries import misses as queries
from directory.search import Found, Hit
from tests.make import NOW, TODAY


@pytest.fixture(autouse=True)
def _forget():
    queries.forget()


def miss(visits: int, *, day: date = TODAY, area: str = "NR25", need: str = "", word: str = "", wrong: str = "nothing") -> None:
    plain: dict[str, Any] = {"day": day, "area_code": area, "need": need, "word": word, "shortfall": Shortfall(wrong)}
    with writing():
        db.session.add(models.Miss(**plain, searches=2 * visits, visits=visits))


def counted(quarter: str = "2026-Q3") -> None:
    with writing():
        db.session.add(models.Quarter(quarter=quarter, counted_at=NOW))


def found(*km: float | None, total: int | None = None, reason: str = "nearby", left_out: int = 0, radius: float = 3.0) -> Found:
    hits = tuple(Hit(number, reason, distance, None) for number, distance in enumerate(km))
    return Found(hits, len(hits) if total is None else total, (), 0, "", radius_mi=radius, left_out=left_out)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (found(), Shortfall.NOTHING),
        (found(left_out=2), Shortfall.STALE),
        (found(1.0), Shortfall.LITTLE),
        (found(1.0, 2.0), Shortfall.LITTLE),
        (found(1.0, 2.0, 3.0), None),
        (found(1.0, left_out=3), Shortfall.STALE),
        (found(9.0, radius=10), Shortfall.FAR),
        (found(9.0, 12.0, 15.0, radius=10), Shortfall.FAR),
        (found(9.0, 1.0, 15.0, radius=10), None),
        (found(9.0, 9.0, 9.0, radius=10, reason="comes_to_you"), None),
        (found(None, None, None, radius=40, reason="national"), None),
        (found(1.0, total=500), None),
    ],
)
def test_an_answer_is_poor_when_it_is_none_little_far_or_stale(answer, wrong):
    assert queries.shortfall(answer) is wrong


def test_published_searches_are_rounded_and_never_fewer_than_eight(make):
    make.term("loneliness")
    for visits, area in ((7, "NR21"), (8, "NR22"), (12, "NR23"), (13, "NR24")):
        miss(visits, day=date(2026, 8, 1), area=area, need="loneliness")
    miss(4, day=date(2026, 7, 1), area="NR25", need="loneliness")
    miss(4, day=date(2026, 9, 30), area="NR25", need="loneliness")
    miss(90, day=date(2026, 10, 1), area="NR26", need="loneliness")
    miss(90, day=date(2026, 8, 1), area="NR26", need="loneliness", wrong="little")
    miss(90, day=date(2026, 8, 1), area="", need="loneliness")
    miss(90, day=date(2026, 8, 1), area="NR27", word="moth trapping")
    assert queries.published("2026-Q3").figures == {}
    counted()
    assert queries.published("2026-Q3").figures == {
        ("NR22", "loneliness"): 10,
        ("NR23", "loneliness"): 10,
        ("NR24", "loneliness"): 15,
        ("NR25", "loneliness"): 10,
    }


def test_only_the_newest_quarters_are_published(make):
    """Days are forgotten one by one after two years, and a sum that shrinks by a day would tell of that day."""
    miss(20, day=date(2025, 8, 1), need="loneliness")
    for quarter in ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"):
        counted(quarter)
    assert queries.published("2025-Q3").figures
    counted("2026-Q3")
    assert queries.published("2025-Q3").figures == {}


def test_a_word_is_shown_from_eight_visits_on_until_it_is_understood_or_passed_over(make, vocabulary):
    miss(8, word="moth trapping")
    miss(4, word="clog making")
    miss(3, word="clog making", day=TODAY - timedelta(days=3))
    miss(20, word="lonely")  # the vocabulary says it
    miss(20, word="knitbombing")
    miss(20, word="old thing", day=TODAY - queries.RECENT)
    assert [(each.word, each.visits, each.searches) for each in queries.words(today=TODAY)] == [
        ("knitbombing", 20, 40),
        ("moth trapping", 8, 16),
    ]
    miss(1, word="clog making", day=TODAY - timedelta(days=4))
    with writing():
        db.session.add(models.PassedOver(word="knitbombing", day=TODAY))
        db.session.add(models.Synonym(said="moth trapping", words="folk dance", made_at=NOW))
    assert [(each.word, each.visits) for each in queries.words(today=TODAY)] == [("clog making", 8)]


def test_needs_are_told_by_area_with_what_was_wrong(make):
    make.term("loneliness")
    make.term("singing", taxonomy="activity")
    make.term("veterans", taxonomy="audience")
    miss(5, need="loneliness")
    miss(6, need="loneliness", wrong="far", day=TODAY - timedelta(days=9))
    miss(7, need="loneliness", area="NR21")
    miss(9, need="singing", area="NR24", wrong="little")
    miss(30, need="veterans")
    miss(30, need="gone")
    told = queries.needs(today=TODAY)
    assert [(each.term.slug, each.area_code, each.total, each.most) for each in told] == [
        ("loneliness", "NR25", 11, Shortfall.FAR),
        ("singing", "NR24", 9, Shortfall.LITTLE),
    ]
    assert [each.area_code for each in queries.needs(today=TODAY, areas={"NR24"})] == ["NR24"]


def test_what_rises_is_told_to_leads(make):
    make.term("loneliness")
    miss(8, need="loneliness")
    miss(4, need="loneliness", day=TODAY - timedelta(days=40))
    miss(9, need="loneliness", area="NR21")
    miss(5, need="loneliness", area="NR21", day=TODAY - timedelta(days=40))
    miss(12, word="clog making")
    miss(7, word="pole dancing")
    rises = queries.rising(today=TODAY)
    assert [(rise.said, rise.area_code, rise.visits, rise.before) for rise in rises] == [
        ("“clog making”", "", 12, 0),
        ("Loneliness", "NR25", 8, 4),
    ]
    assert [rise.said for rise in queries.rising(today=TODAY, areas={"NR21"})] == ["“clog making”"]


def test_the_number_of_statements_does_not_grow(make, statements):
    def asked() -> list[int]:
        numbers = []
        for question in (queries.words, queries.needs, queries.rising):
            db.session.rollback()
            statements.clear()
            question(today=TODAY)
            numbers.append(len(statements))
        return numbers

    make.term("need-0")
    miss(9, need="need-0")
    miss(9, word="word a")
    few = asked()
    for number in range(1, 30):
        make.term(f"need-{number}")
        miss(9, need=f"need-{number}")
        miss(9, word=f"word {chr(97 + number % 26)}{chr(97 + number // 26)}")
    assert asked() == few == [3, 2, 3]
