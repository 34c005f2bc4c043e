"""What curators taught is understood at once, in every process, without the catalogue being read anew."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import search
from directory.actions import synonyms as actions
from directory.extensions import db, writing
from directory.indexes import catalogue, current
from directory.indexes.catalogue import Taught, VocabularyTerm
from directory.indexes.current import Current
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import SearchChange, Synonym
from directory.ranking.words import Concept, Phrasebook
from tests import make as makers
from tests.search.asking import found, named, north


def teach(said, **meaning):
    return actions.teach(said, account=None, now=makers.NOW, **meaning)


def term(slug, *phrases, taxonomy="need"):
    return VocabularyTerm(1, taxonomy, slug, slug.replace("-", " ").capitalize(), phrases, None)


VOCABULARY = [term("loneliness", "lonely", "coffee morning"), term("bingo", taxonomy="activity")]


# The phrasebook


def concepts(q, *taught):
    return Phrasebook(VOCABULARY, [Taught(*each) for each in taught]).concepts(q)


def test_a_word_taught_for_a_term_is_one_more_phrase_of_it():
    (concept,) = concepts("a natter", ("natter", "need:loneliness", ""))
    assert (concept.tokens, concept.words, concept.also) == (("need:loneliness",), ("natter",), ())


def test_other_words_are_one_more_way_of_meaning_it():
    (concept,) = concepts("natter", ("natter", "", "tea dance"))
    assert (concept.tokens, concept.words) == ((), ("natter",))
    assert [[each.words for each in way] for way in concept.also] == [[("tea",), ("danc",)]]


def test_other_words_mean_what_the_vocabulary_says_of_them():
    (concept,) = concepts("natter", ("natter", "", "coffee mornings"))
    assert (concept.tokens, concept.also) == (("need:loneliness",), ((Concept((), ("coffe", "morn")),),))


def test_a_taught_phrase_of_the_vocabulary_keeps_its_own_meaning():
    (concept,) = concepts("coffee morning", ("coffee morning", "activity:bingo", ""))
    assert concept.tokens == ("need:loneliness", "activity:bingo")


def test_one_step_only():
    (concept,) = concepts("natter", ("natter", "", "chinwag"), ("chinwag", "need:loneliness", ""))
    assert (concept.tokens, concept.also) == ((), ((Concept((), ("chinwag",)),),))


def test_the_longest_taught_phrase_wins():
    taught = ("natter", "need:loneliness", ""), ("natter and knit now", "activity:bingo", "")
    assert [concept.tokens for concept in concepts("natter and knit now", *taught)] == [("activity:bingo",)]


# Searches


def test_a_term_is_found_by_what_was_taught_and_at_once(make):
    lonely = make.term("loneliness")
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    search.apply_changes()
    assert named("natter") == []
    synonym = teach("natter", term=lonely)
    assert named("natter") == named("nattering") == ["Lunch Club"]
    actions.forget(synonym)
    assert named("natter") == []


def test_other_words_find_what_they_find_besides_and_not_instead(make):
    make.listing("Natter Club", at=north(1))
    make.listing("Tea and Dance", at=north(2))
    make.listing("Only Tea", at=north(3))
    assert named("natter") == ["Natter Club"]
    teach("natter", words="tea dance")
    assert sorted(named("natter")) == ["Natter Club", "Tea and Dance"]
    assert named("tea dance") == ["Tea and Dance", "Only Tea"]
    assert named("dance") == ["Tea and Dance"]


def test_it_is_a_way_of_meaning_it_among_other_words(make):
    make.listing("Coffee in Welsh", at=north(1))
    make.listing("Coffee", at=north(1))
    make.listing("Welsh", at=north(1))
    teach("cwtch", words="coffee")
    assert named("Welsh cwtch")[0] == "Coffee in Welsh"


def test_a_taught_word_is_never_put_right(make):
    make.listing("Gardening", at=north(1))
    make.listing("Allotment", at=north(2))
    assert (named("gardning"), found("gardning").corrected_q) == (["Gardening"], "gardening")
    teach("gardning", words="allotment")
    assert (named("gardning"), found("gardning").corrected_q) == (["Allotment"], None)


def test_a_taught_word_is_what_a_mistyped_one_may_mean(make):
    make.listing("Allotment", at=north(1))
    teach("chinwagging", words="allotment")
    assert found("chinwaging").corrected_q in (None, "chinwagging")
    assert named("chinwaggin") == ["Allotment"]


def test_quotes_ask_for_the_words_themselves(make):
    make.listing("Tea", at=north(1))
    teach("natter", words="tea")
    assert named('"natter"') == []


# In step


def test_neither_catalogue_nor_index_is_read_or_made_anew(make, monkeypatch):
    lonely = make.term("loneliness")
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    search.apply_changes()
    assert named("lunch") == ["Lunch Club"]
    for name in ("read", "_read"):
        monkeypatch.setattr(catalogue, name, lambda *args, **kwargs: pytest.fail("read the catalogue"))
    monkeypatch.setattr(WhooshIndex, "rebuild", lambda *args, **kwargs: pytest.fail("made a new index"))
    teach("natter", term=lonely)
    assert named("natter") == ["Lunch Club"]
    search.apply_changes()
    assert current.current.index.version == db.session.scalar(db.select(db.func.max(SearchChange.id)))
    assert named("natter") == ["Lunch Club"]
    assert not search.needs_rebuild()


def test_a_listing_and_a_word_may_change_together(make):
    lonely = make.term("loneliness")
    first = make.listing("Lunch Club", at=north(1), terms=[lonely])
    named()
    with writing(first):
        first.name = "Supper Club"
        search.note(first)
        search.note_words()
        db.session.add(Synonym(said="natter", term_id=lonely.id, made_at=makers.NOW))
    assert named("natter") == named("supper") == ["Supper Club"]
    assert current.current.columns.taught == (Taught("natter", "need:loneliness", ""),)


def test_a_changed_listing_leaves_what_was_taught(make):
    lonely = make.term("loneliness")
    named()
    teach("natter", term=lonely)
    named("natter")
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    assert named("natter") == ["Lunch Club"]


def test_new_terms_are_never_taken_for_new_words(make):
    named()
    with writing():
        lonely = makers.models.Term(taxonomy="need", slug="loneliness", label="Loneliness", phrases=[])
        db.session.add(lonely)
        search.note_words()
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    teach("natter", term=lonely)
    assert named("natter") == ["Lunch Club"]
    assert found(need=("loneliness",)).total == 1


def test_another_process_understands_within_a_second(make, monkeypatch):
    lonely = make.term("loneliness")
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    assert named("natter") == []
    # A state of its own, as in another process; it hears of nothing but the outbox.
    mine, theirs = current.current, Current(current.current.index)
    monkeypatch.setattr(current, "current", theirs)
    theirs.noted = lambda: None
    assert named("natter") == []
    monkeypatch.setattr(current, "current", mine)
    teach("natter", term=lonely)
    db.session.rollback()
    monkeypatch.setattr(current, "current", theirs)
    started = time.monotonic()
    while named("natter") != ["Lunch Club"]:
        assert time.monotonic() - started < 1.5
        db.session.rollback()
        time.sleep(0.02)


# What was typed for each thing understood


def heard(q, *taught):
    return [each.typed for each in Phrasebook(VOCABULARY, [Taught(*each) for each in taught]).heard(q)]


def test_each_concept_knows_what_was_typed_for_it():
    assert heard("Lonely, a Crèche’s  gardens “Tea Dance”") == ["Tea Dance", "Lonely", "Crèche’s", "gardens"]
    assert heard("having a NATTER!", ("having a natter", "need:loneliness", "")) == ["having a NATTER"]


@given(st.text(max_size=80) | st.lists(st.sampled_from(["lonely", "aged", "70", "½", "e\u0301", "’s", "not", "a"])).map(" ".join))
def test_whatever_is_typed_is_heard_without_an_error(q):
    book = Phrasebook(VOCABULARY, [Taught("natter", "", "tea dance")])
    assert tuple(each.concept for each in book.heard(q)) == book.concepts(q)
