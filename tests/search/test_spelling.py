"""What a mistyped word was meant to be, and that nothing right is ever put right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.ranking.spelling import MOST_COMPARED, Speller, corrected, edits, letters, letters_of
from tests.search.asking import found, names, north

KNOWN = {
    "gardening": 9,
    "library": 8,
    "museum": 4,
    "lonely": 7,
    "benefits": 3,
    "bereavement": 3,
    "gold": 1,
    "chess": 2,
    "choir": 5,
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gardning", "gardening"),
        ("libary", "library"),
        ("muesum", "museum"),
        ("lonley", "lonely"),
        ("benifits", "benefits"),
        ("berevement", "bereavement"),
        ("berevemint", "bereavement"),
        ("coir", "choir"),
        ("ches", "chess"),
    ],
)
def test_one_mistake_from_four_letters_and_two_from_eight(typed, meant):
    assert Speller(KNOWN).nearest(typed) == meant


@pytest.mark.parametrize("typed", ["", "old", "gld", "muuseam", "quidditch", "1234", "ÅÅÅÅ", "x" * 40])
def test_what_is_not_near_anything_stays(typed):
    assert Speller(KNOWN).nearest(typed) is None


def test_the_commoner_of_two_equally_near_words_is_meant():
    assert Speller({"walking": 2, "walling": 7}).nearest("walxing") == "walling"


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_edits_are_those_of_the_plain_definition(first, second):
    def plain(a, b):
        table = {(i, -1): i + 1 for i in range(-1, len(a))} | {(-1, j): j + 1 for j in range(-1, len(b))}
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (x != y))
                if i and j and x == b[j - 1] and a[i - 1] == y:
                    table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
        return table[len(a) - 1, len(b) - 1]

    assert min(edits(first, second, 2), 3) == min(plain(first, second), 3)


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_known_words_stay(text):
    assert corrected(text, is_known=lambda word: True, nearest=lambda word: "never") is None
    corrected(text, is_known=lambda word: False, nearest=Speller(KNOWN).nearest)


def test_quotes_and_stop_words_are_left_alone():
    nearest = Speller(KNOWN).nearest
    assert corrected('"gardning" the libary', is_known=lambda word: False, nearest=nearest) == '"gardning" the library'
    assert corrected('"gardning"', is_known=lambda word: False, nearest=nearest) is None


def test_a_mistyped_word_finds_what_was_meant_and_says_so(make):
    make.term("arts", phrases=["knitting circle"])
    make.listing("Tuesday Gardening", at=north(1))
    answer = found("gardning")
    assert (names(answer.hits), answer.corrected_q) == (["Tuesday Gardening"], "gardening")
    assert found("gardening").corrected_q is None
    assert found('"gardning"').total == 0


def test_a_word_that_some_listing_has_is_right(make):
    make.term("arts", phrases=["gardening"])
    make.listing("Gardning with Ned", at=north(1))
    assert found("gardning").corrected_q is None


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=40)))
def test_the_letters_of_many_words_are_those_of_each(typed):
    assert letters_of(typed).tolist() == [letters(word) for word in typed]


def test_of_a_thousand_unknown_words_a_dozen_are_compared():
    asked = []
    q = " ".join(
        f"qu{'abcdefghij'[number % 10]}z{'klmnopqrst'[number // 10 % 10]}{'uvwxyzabcd'[number // 100]}" for number in range(1000)
    )
    assert corrected(q, is_known=lambda word: False, nearest=lambda word: asked.append(word)) is None
    assert len(set(asked)) == MOST_COMPARED


def test_no_word_is_proposed_that_only_an_organisation_without_listings_bears(make):
    make.term("arts", phrases=["knitting circle"])
    make.organisation("Zebrafinch Trust")
    make.listing("Hidden Finches", at=north(1), organisation="Blackwaterfolk", status="hidden")
    make.listing("Tuesday Gardening", at=north(1), organisation="Greenshank Trust")
    assert found("zebrafinsh").corrected_q is None
    assert found("blackwaterfolc").corrected_q is None
    assert found("greenshanc").corrected_q == "greenshank"


@pytest.mark.parametrize(("typed", "meant"), [("diving", None), ("ilving", "living"), ("iving", "living"), ("lliving", "living")])
def test_another_first_letter_is_another_word_unless_it_slipped(typed, meant):
    assert Speller({"living": 5}).nearest(typed) == meant


def test_a_word_that_tells_nothing_is_never_meant():
    assert Speller({"only": 900, "lonely": 2}).nearest("lonly") == "lonely"
