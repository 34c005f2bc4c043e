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


def meant(q):
    """What each concept of a question may be held by: its tokens, and its words."""
    return [(concept.tokens, concept.words) for concept in BOOK.concepts(q)]


def test_a_need_is_known_by_its_everyday_phrase():
    assert meant("nobody to talk to") == [(("need:loneliness",), ("nobodi", "talk"))]


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
    assert meant("gardening for the lonely") == [((), ("garden",)), (("need:loneliness",), ("lone",))]


def test_a_phrase_is_known_with_other_small_words_in_it():
    for q in ("money is a worry", "my money really is such a worry"):
        assert [concept.tokens for concept in BOOK.concepts(q)] == [("need:debt", "need:benefits")], q
    assert [concept.tokens for concept in BOOK.concepts("a worry")] == [()]


def test_a_denial_is_known_however_it_is_put():
    book = Phrasebook([term("transport", "can't drive"), term("fuel", "no heating")])
    for q in ("cannot drive", "unable to drive", "doesn't drive any more", "not driving"):
        assert book.concepts(q)[0].tokens == ("need:transport",), q
    assert book.concepts("house without any heating")[-1].tokens == ("need:fuel",)
    assert [concept.tokens for concept in book.concepts("she can drive")] == [()]


def test_words_without_a_wish_are_light_and_no_phrase_by_themselves():
    book = Phrasebook([term("housing", "housing"), term("parents", "mums group", taxonomy="audience"), term("arts", "painting")])
    concepts = book.concepts("my mum would like to do some painting in the house")
    assert [concept.tokens for concept in concepts if not concept.light] == [("need:arts",)]
    assert book.concepts("mums group")[0].tokens == ("audience:parents",)


@pytest.mark.parametrize(
    ("q", "audience"),
    [
        ("15 year old boy", "teenagers"),
        ("my son is 7", "children"),
        ("she is 84", "older-people"),
        ("aged 22", "young-adults"),
        ("92yrs", "older-people"),
        ("3 years old", "under-fives"),
    ],
)
def test_an_age_tells_whom_it_is_for(q, audience):
    assert (f"audience:{audience}",) in [concept.tokens for concept in BOOK.concepts(q)]


@pytest.mark.parametrize("q", ["42nd street", "room 101", "hut 200", "couch to 5k", "aged 45", "9999 years old", "7 days"])
def test_a_number_is_not_always_an_age(q):
    assert not any(token.startswith("audience:") for concept in BOOK.concepts(q) for token in concept.tokens)


def test_a_term_is_named_by_its_own_label_and_not_by_an_example():
    book = Phrasebook([term("sport", "golf", "sports club", taxonomy="activity")])
    assert book.concepts("sports club")[0].named == ("activity:sport",)
    assert book.concepts("golf")[0].named == ()


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
    assert meant("need:grieving kind:library") == [((), (word,)) for word in ("need", "griev", "kind", "librari")]
