"""The gate of a search: what is read, what is refused and named, what is kept."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from directory import places
from directory.errors import Refused, UnknownPlace
from directory.forms.search import SearchForm, tidied
from directory.places import Place

HOLT = Place(label="Holt", precision="place", latitude=52.906, longitude=1.088)


@pytest.fixture(autouse=True)
def _one_place(monkeypatch):
    def locate(text: str, **how: object) -> Place:
        if text.lower() not in {"holt", "reading", "march"}:
            raise UnknownPlace("Not known.", field="place")
        return HOLT

    monkeypatch.setattr(places, "locate", locate)
    monkeypatch.setattr(places, "named", lambda text: HOLT if text.lower() in {"holt", "reading", "march"} else None)


def form(*pairs: tuple[str, str], **settings: bool) -> SearchForm:
    return SearchForm(MultiDict(pairs), **settings)


def test_a_plain_search_becomes_a_question():
    asked = form(
        ("place", " Holt "), ("q", "  tea   and\tcake "), ("day", "mon"), ("day", "tue"), ("radius", "2.5"), ("age", "70")
    )
    assert asked.validate()
    question = asked.question()
    assert (question.place, question.q, question.day) == (HOLT, "tea and cake", ("mon", "tue"))
    assert (question.radius_mi, question.age, question.page, question.per_page, question.sort) == (2.5, 70, 1, 20, "best")


def test_empty_parameters_count_as_not_given():
    asked = form(("place", "Holt"), *[(name, "") for name in ("q", "radius", "day", "need", "sort", "page", "age", "checked")])
    assert asked.validate()
    assert asked.parameters() == {"place": "Holt"}


@pytest.mark.parametrize(
    "pair", [("radius", "0.1"), ("radius", "100"), ("page", "10000"), ("checked", "any"), ("radius", "auto")]
)
def test_the_ends_of_what_is_allowed_are_allowed(pair):
    assert form(("place", "Holt"), pair).validate()


@pytest.mark.parametrize(
    "pair",
    [
        ("radius", "0.05"),
        ("radius", "100.1"),
        ("radius", "-3"),
        ("radius", "inf"),
        ("page", "10001"),
        ("page", "１"),
        ("page", "1.0"),
        ("checked", "121"),
        ("age", "121"),
        ("need", "Loneliness"),
        ("need", "a--b"),
        ("join", "either"),
    ],
)
def test_just_beyond_is_named_and_left_out(pair):
    asked = form(("place", "Holt"), ("time", "evening"), pair)
    assert not asked.validate()
    assert list(asked.errors) == [pair[0]]
    assert asked.parameters() == {"place": "Holt", "time": ["evening"]}


def test_one_wrong_value_keeps_its_sisters():
    asked = form(("place", "Holt"), ("day", "mon"), ("day", "noday"))
    assert not asked.validate()
    assert asked.chosen["day"] == ("mon",)


def test_too_many_values_are_a_mistake():
    asked = form(("place", "Holt"), *[("need", f"need-{number}") for number in range(21)])
    assert not asked.validate()
    assert "need" in asked.errors


def test_the_number_of_rows_is_read_only_where_it_is_offered():
    assert form(("place", "Holt"), ("per_page", "5")).per_page == 20
    asked = form(("place", "Holt"), ("per_page", "5"), per_page_from_request=True)
    assert asked.validate()
    assert asked.question().per_page == 5


def test_no_place_is_refused_not_guessed():
    asked = form(("q", "tea"))
    assert asked.validate()
    with pytest.raises(Refused, match="Say where to look"):
        asked.question()
    assert not form(("q", "tea")).validate(needs_place=True)


@pytest.mark.parametrize(
    ("q", "rest", "place"),
    [
        ("gardening in Holt", "gardening", "Holt"),
        ("in Holt", "", "Holt"),
        ("help in the morning in Holt", "help in the morning", "Holt"),
        ("help near holt", "help", "holt"),
        ("tea at home", "tea at home", ""),
        ("lunch club holt", "lunch club", "holt"),
        ("Holt lunch club", "lunch club", "Holt"),
        ("opening times of Holt library", "opening times of Holt library", ""),
        ("Holt", "", "Holt"),
        ("reading group", "reading group", ""),
        ("lunch in March", "lunch in March", ""),
        ("bus nr256bh please", "bus please", "NR25 6BH"),
    ],
)
def test_a_known_place_among_the_words(q, rest, place):
    asked = form(("q", q))
    assert asked.validate()
    assert (asked.q, asked.place) == (rest, place)


def test_taking_out_one_filter_leaves_the_others():
    asked = form(("place", "Holt"), ("time", "morning"), ("time", "evening"), ("checked", "12"), ("page", "3"))
    assert asked.validate()
    assert asked.in_use() == [("time", "morning"), ("time", "evening"), ("checked", "12")]
    assert asked.without("time", "morning") == {"place": "Holt", "time": ["evening"], "checked": "12"}
    assert asked.without("checked", "12") == {"place": "Holt", "time": ["morning", "evening"]}


def test_what_cannot_be_printed_goes():
    assert tidied("te\x00a\u202e\n cake") == "te a cake"


NAMES = (
    *[
        "place",
        "q",
        "radius",
        "day",
        "time",
        "cost",
        "join",
        "reach",
        "kind",
        "need",
        "age",
        "checked",
        "sort",
        "page",
        "view",
        "x",
    ],
)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=300)), max_size=12))
def test_nothing_anybody_types_breaks_the_gate(pairs):
    def locate(text: str, **how: object) -> Place:
        raise UnknownPlace("Not known.", field="place")

    places.locate, before = locate, places.locate
    try:
        asked = form(*pairs)
        valid = asked.validate()
        assert valid == (not asked.errors)
        again = SearchForm(
            MultiDict([(k, str(v)) for k, vs in asked.parameters().items() for v in (vs if isinstance(vs, list) else [vs])])
        )
        again.validate()
        assert again.chosen == asked.chosen, "a link keeps what was chosen"
    finally:
        places.locate = before


def test_fifty_thousand_letters_take_no_time():
    begun = time.perf_counter()
    assert not form(*[(name, "x " * 25_000) for name in NAMES]).validate()
    assert time.perf_counter() - begun < 0.25
