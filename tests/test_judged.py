"""The judged questions stay what docs/relevance.md says: enough of each sort, in two halves, about listings that exist."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from bench import judging
from bench.relevance import Given, discounted
from directory.exchange import demonstration
from directory.places import Place

HOLT = Place("Holt", "place", 52.906, 1.087, area_codes=("NR25", "E07000147", "E92000001"))


def entries(name):
    return tomllib.loads((judging.JUDGED / f"{name}.toml").read_text())["query"]


def test_there_are_enough_questions_of_every_sort():
    asked = [entry["sort"] for name in ("demonstration", "open") for entry in entries(name)]
    assert len(asked) >= 160
    assert {sort for sort in judging.SORTS if asked.count(sort) >= 10} == set(judging.SORTS)
    assert len(entries("open")) >= 40


def test_no_question_is_asked_twice_of_one_place():
    asked = [(name, entry["q"], entry.get("place")) for name in ("demonstration", "open") for entry in entries(name)]
    assert len(asked) == len(set(asked))


def test_every_listing_named_is_in_the_demonstration_and_graded_once():
    known = {record["source_key"].split("/")[1] for record in demonstration.records(today=date(2026, 11, 20))}
    topics = tomllib.loads((judging.JUDGED / "topics.toml").read_text())
    for lists in [*topics.values(), *entries("demonstration")]:
        named = [key for word in judging.GRADES for key in lists.get(word, ())]
        assert set(named) <= known, set(named) - known
        assert len(named) == len(set(named)), lists
    assert {entry["topic"] for entry in entries("demonstration") if "topic" in entry} <= set(topics)


def row(**changed):
    plain = {"id": 1, "key": "a", "source": "", "kind": "group", "name": "A", "words": "A", "ways": frozenset()}
    return judging.Row(**plain | {"points": (), "coverage": ()} | changed)


@pytest.mark.parametrize(("miles", "grade"), [(1, 3), (11, 3), (13, 2), (24, 2), (26, 1), (39, 1), (41, 0)])
def test_a_journey_takes_grades_off(miles, grade):
    there = row(points=((52.906 + miles / 69.09, 1.087, False),))
    assert judging.reachable(there, HOLT, 3) == grade


def test_what_comes_to_the_door_keeps_its_grade_where_it_comes_and_is_no_answer_elsewhere():
    comes = row(ways=frozenset({"home_visits"}), coverage=(("NR25", None, None, None),))
    elsewhere = row(ways=frozenset({"home_visits"}), coverage=(("NR11", None, None, None),))
    assert (judging.reachable(comes, HOLT, 3), judging.reachable(elsewhere, HOLT, 3)) == (3, 0)


def test_the_gain_of_an_ideal_order_is_one_and_of_its_reverse_less():
    asked = judging.Asked("demonstration", "tea", "Holt", HOLT, "plain", "dev", {1: 3, 2: 2, 3: 1})
    assert Given(asked, [1, 2, 3]).ndcg == pytest.approx(1.0)
    assert Given(asked, [9, 3, 2, 1]).ndcg == pytest.approx((1 / 1.5849625 + 3 / 2 + 7 / 2.3219281) / discounted([3, 2, 1]))
    assert Given(asked, [9] * 50 + [1]).is_unanswered


def test_predicates_take_the_nearest_that_fit_and_the_highest_grade():
    near = [row(id=n, kind="library", points=((52.906 + n / 69.09, 1.087, n == 3),)) for n in (1, 2, 3)]
    wants = [
        {"grade": 3, "kind": "library", "nearest": 1},
        {"grade": 1, "kind": "library", "within_mi": 2.5},
        {"grade": 2, "stop": True},
    ]
    assert judging.by_predicates(wants, HOLT, near) == {1: 3, 2: 1, 3: 2}
