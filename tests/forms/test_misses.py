"""What may be kept of a search: slugs, and words in which nothing can point to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.forms.misses import LONGEST, asked_for, kept_word
from directory.places import Place
from directory.ranking.understanding import TermMeant, Understood
from directory.ranking.words import Concept
from directory.search import Found, Question

HOLT = Place("Holt", "outcode", 52.9, 1.09, outcode="NR25")


def found(*understood: Understood) -> Found:
    return Found((), 0, (), 0, "", understood=understood)


def heard(typed: str, *terms: tuple[str, str], light: bool = False, words: tuple[str, ...] = ()) -> Understood:
    meant = tuple(TermMeant(taxonomy, slug, slug) for taxonomy, slug in terms)
    return Understood(typed, meant, words, Concept((), (typed,), light=light))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Clog-making", "clog making"),
        ("Taï chi", "tai chi"),
        ("walking football", "walking football"),
        ("the", ""),
        ("ab", ""),
        ("nr25 6bw", ""),
        ("NR25", ""),
        ("943 476 5919", ""),
        ("ring 01632 960142", ""),
        ("amy@example.org", ""),
        ("Sarah", ""),
        ("sarah okonkwo", ""),
        ("mr jones", ""),
        ("my patient called", ""),
        ("born 3/4/1941", ""),
        ("1 2 3", ""),
        ("x" * (LONGEST + 1), ""),
        ("one two three four five", ""),
        ("<script>", "script"),
        ("", ""),
    ],
)
def test_a_word_is_kept_only_where_it_can_point_to_nobody(typed, kept):
    assert kept_word(typed) == kept


@given(st.text(max_size=90))
def test_whatever_is_typed_no_figure_and_nothing_long_is_kept(typed):
    word = kept_word(typed)
    assert len(word) <= LONGEST
    assert not any(letter.isdigit() for letter in word)
    assert word == kept_word(word)


def test_ticks_and_what_was_understood_count_once_and_a_need_before_an_activity():
    question = Question(HOLT, q="lonely singing carers lunch group clog making", need=("loneliness",), activity=("gardening",))
    told = found(
        heard("lonely", ("need", "loneliness")),
        heard("singing", ("need", "music"), ("activity", "singing")),
        heard("carers", ("audience", "carers")),
        heard("lunch", words=("luncheon club",)),
        heard("group", light=True),
        heard("Clog"),
        heard("making", light=True),
    )
    assert asked_for(question, told) == [("loneliness", ""), ("gardening", ""), ("music", ""), ("", "clog making")]


@pytest.mark.parametrize("q", ["clog making for Sarah Okonkwo", "clog making 1941", "clog making amy@example.org", "mr jones"])
def test_of_a_question_that_may_tell_of_somebody_no_word_is_kept(q):
    words = [heard(word) for word in q.split()]
    assert asked_for(Question(HOLT, q=q), found(heard("lonely", ("need", "loneliness")), *words)) == [("loneliness", "")]


def test_a_long_run_of_words_is_kept_word_by_word():
    words = "clog making yarn bombing moth trapping"
    told = asked_for(Question(HOLT, q=words), found(*map(heard, words.split())))
    assert told == [("", word) for word in words.split()]
