"""What typed words are understood to mean."""

import time

import pytest

from directory.indexes.catalogue import VocabularyTerm
from directory.ranking.words import MOST_CONCEPTS, Concept, Phrasebook


def term(slug, *phrases, taxonomy="need"):
    return VocabularyTerm(1, taxonomy, slug, slug.replace("-", " ").capitalize(), phrases, None)


BOOK = Phrasebook(
    [
        term("loneliness", "lonely", "nobody to talk to", "make friends"),
        term("bereavement", "since he died", "grief"),
        term("listening", "talk"),
        term("debt", "money worries"),
        term("benefits", "money worries"),
        term("english", "english", taxonomy="language"),
    ]
)


def test_a_need_is_known_by_its_everyday_phrase():
    assert BOOK.concepts("nobody to talk to") == (Concept(("need:loneliness",), ("nobodi", "talk")),)


def test_the_longest_phrase_wins():
    assert [concept.tokens for concept in BOOK.concepts("nobody to talk to, talk")] == [
        ("need:loneliness",),
        ("need:listening",),
    ]


def test_a_phrase_is_known_in_another_form_of_its_words():
    assert BOOK.concepts("making friends")[0].tokens == ("need:loneliness",)


def test_a_phrase_of_two_needs_means_either():
    assert BOOK.concepts("money worries")[0].tokens == ("need:debt", "need:benefits")


def test_other_words_are_concepts_of_their_own_without_stop_words():
    assert BOOK.concepts("gardening for the lonely") == (
        Concept((), ("garden",)),
        Concept(("need:loneliness",), ("lone",)),
    )


def test_quotes_want_the_words_side_by_side():
    assert BOOK.concepts("“lunch club” walking") == (Concept((), ("lunch", "club"), together=True), Concept((), ("walk",)))


def test_a_quote_left_open_is_only_words():
    assert BOOK.concepts('"lunch club') == (Concept((), ("lunch",)), Concept((), ("club",)))


def test_a_word_twice_is_one_concept():
    assert len(BOOK.concepts("tea tea TEA teas")) == 1


def test_a_language_is_not_a_phrase_but_a_filter():
    assert BOOK.concepts("english") == (Concept((), ("english",)),)


def test_only_stop_words_are_no_concept():
    assert BOOK.concepts("what is on and where") == ()


@pytest.mark.parametrize("q", ["a b " * 5000, '"' * 5000, "OR AND NOT (((", "\x00\x01", "%_%", "need:loneliness", "*?~^[]"])
def test_nothing_typed_is_an_error_or_slow(q):
    started = time.perf_counter()
    assert len(BOOK.concepts(q)) <= MOST_CONCEPTS
    assert time.perf_counter() - started < 0.05


def test_nobody_can_type_a_token():
    typed = BOOK.concepts("need:grieving kind:library")
    assert typed == (Concept((), ("need",)), Concept((), ("griev",)), Concept((), ("kind",)), Concept((), ("librari",)))
