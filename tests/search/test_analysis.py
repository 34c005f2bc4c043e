"""Words to terms: the same for what is written and for what is asked."""

import pytest

from directory.indexes.analysis import joined, stems, words
from directory.indexes.documents import document_from, weigh


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Crèche", "creche"),
        ("Gŵyl Tŷ", "gwyl ty"),
        ("Crèches", "creche"),
        ("libraries", "Library"),
        ("gardens, gardening", "garden garden"),
        ("Men’s", "mens"),
        ("men's shed", "MENS SHEDS"),
        ("Straße", "strasse"),
        ("ﬁtness", "fitness"),
        ("𝓖𝓪𝓻𝓭𝓮𝓷", "garden"),
        ("walk_and_talk", "walk and talk"),
    ],
)
def test_two_spellings_of_one_word_are_one_term(one, other):
    assert stems(one) == stems(other)


def test_digits_stay_and_words_with_digits_are_not_stemmed():
    assert stems("Room 101, 50s dance, NR25 6BJ") == ["room", "101", "50s", "danc", "nr25", "6bj"]


def test_stop_words_go_after_accents_are_folded():
    assert stems("the café at the end of thé lane") == ["cafe", "end", "lane"]


def test_words_keep_stop_words_for_phrases():
    assert words("Nobody to talk to!") == ["nobody", "to", "talk", "to"]


def test_a_run_of_keys_is_cut():
    assert len(words("x" * 5000)[0]) == 40


def test_no_text_gives_no_terms():
    assert stems("") == stems("... !!! 💬") == []
    assert joined([]) == ""


def test_joined_terms_have_a_space_at_both_ends():
    assert joined(["a", "b"]) == " a b "


def test_stems_of_other_alphabets_pass_unharmed():
    assert stems("Київ 日本") == stems("КИЇВ 日本") == ["киів", "日本"]


def test_a_secret_address_leaves_no_word():
    plain = {"kind": "service", "name": "Safe House", "places": ["Rose Cottage", "Elm Lane", "NR25 6BJ"]}
    assert "cottag" in document_from(**plain).place
    assert document_from(**plain, confidential=True).place == ""


def test_a_name_weighs_more_than_a_description():
    in_name = weigh(vars(document_from(kind="group", name="Garden Club")))
    in_text = weigh(vars(document_from(kind="group", name="Friday Club", description=["We sit in a garden"])))
    assert in_name["garden"] > in_text["garden"] > 0


def test_a_word_among_few_weighs_more_than_among_many():
    short = weigh(vars(document_from(kind="group", name="x", summary="garden")))
    long = weigh(vars(document_from(kind="group", name="x", summary="garden " + "with many other words " * 20)))
    assert short["garden"] > long["garden"]
