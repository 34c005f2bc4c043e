"""Teaching search a word, letting it forget one, and what is refused with a reason."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.actions import synonyms as actions
from directory.actions.vocabulary import load
from directory.errors import NotFound, Refused
from directory.extensions import db
from directory.models import SearchChange, Synonym, Term
from directory.queries import synonyms as queries
from tests import make as makers


def teach(said, **meaning):
    return actions.teach(said, account=None, now=makers.NOW, **meaning)


def rows():
    return db.session.scalars(db.select(Synonym).order_by(Synonym.id)).all()


def test_a_synonym_keeps_its_words_folded_and_who_taught_it_when(make, stella, now):
    lonely = make.term("loneliness")
    actions.teach("  Having a  NATTÉR, ", term=lonely, account=stella, now=now)
    (row,) = rows()
    assert (row.said, row.words, row.term_id, row.account_id, row.made_at) == ("having a natter", "", lonely.id, stella.id, now)


@pytest.mark.parametrize(
    ("said", "meaning", "field", "sentence"),
    [
        ("  ", {"words": "tea"}, "said", "Write what people type."),
        ("!?", {"words": "tea"}, "said", "“!?” holds no word that search looks for."),
        ("for the", {"words": "tea"}, "said", "“for the” holds no word that search looks for."),
        ("natter", {"words": "with"}, "words", "“with” holds no word"),
        ("natter", {}, "words", "Say what it means"),
        ("natter", {"words": " "}, "words", "Say what it means"),
        ("Nattérs", {"words": "natter"}, "words", "are the same words to search already"),
        ("natter " * 20, {"words": "tea"}, "said", "Use 80 letters or fewer. You wrote 139."),
        ("natter", {"words": "x" * 81}, "words", "Use 80 letters or fewer. You wrote 81."),
        ("ﷺ" * 30, {"words": "tea"}, "said", "Use 80 letters or fewer."),
    ],
)
def test_what_cannot_be_taught_is_refused_with_the_reason(app, said, meaning, field, sentence):
    with pytest.raises(Refused, match=sentence.replace("?", r"\?")) as refused:
        teach(said, **meaning)
    assert refused.value.field == field
    assert (rows(), db.session.query(SearchChange).count()) == ([], 0)


def test_both_a_term_and_words_are_refused(make):
    with pytest.raises(Refused, match="one word of the vocabulary, or other words"):
        teach("natter", term=make.term("loneliness"), words="tea")


@pytest.mark.parametrize("taxonomy", ["access", "language"])
def test_what_has_a_filter_of_its_own_is_not_meant_by_words(make, taxonomy):
    with pytest.raises(Refused, match="is found by its filter"):
        teach("polski", term=make.term("pl", taxonomy=taxonomy))


def test_what_is_taught_already_is_refused_in_any_form_of_its_words(make):
    teach("natters", words="tea")
    with pytest.raises(Refused, match="“natters” is taught already"):
        teach("Natter", term=make.term("loneliness"))
    assert len(rows()) == 1


def test_what_the_vocabulary_says_already_is_refused(make):
    debt = make.term("debt", label="Money worries", phrases=["can't pay"])
    for said in ("cant pay", "money worry"):
        with pytest.raises(Refused, match="The vocabulary says that already"):
            teach(said, term=debt)
    assert rows() == []


def test_no_chain_and_no_loop_is_made(app):
    teach("natter", words="tea dance")
    for said, words in (("chinwag", "a good natter"), ("tea dance", "natter"), ("gossip", "natters")):
        with pytest.raises(Refused, match="“natter” is taught itself, as “tea dance”, and search goes one step only"):
            teach(said, words=words)
    assert [row.said for row in rows()] == ["natter"]


def test_a_word_that_went_from_the_vocabulary_is_refused(make):
    lonely = make.term("loneliness")
    assert lonely.label  # read by the page, and then it went
    with db.engine.execution_options(writing=True).begin() as other:
        other.execute(Term.__table__.delete())
    with pytest.raises(Refused, match="not there any more"):
        teach("natter", term=lonely)


def test_there_is_an_end_to_what_can_be_taught(app, monkeypatch):
    monkeypatch.setattr(actions, "MOST", 1)
    teach("natter", words="tea")
    with pytest.raises(Refused, match="no room for more"):
        teach("gossip", words="tea")


def test_what_is_forgotten_may_be_taught_anew(make):
    actions.forget(teach("natter", words="tea"))
    assert rows() == []
    teach("natter", words="coffee")
    assert [row.words for row in rows()] == ["coffee"]


def test_forgetting_twice_is_told(app):
    synonym = teach("natter", words="tea")
    with db.engine.execution_options(writing=True).begin() as other:
        other.execute(Synonym.__table__.delete())
    with pytest.raises(NotFound, match="forgotten already"):
        actions.forget(synonym)


def test_a_term_that_is_taught_stays_when_it_leaves_the_files(app):
    plain = {"taxonomy": "need", "label": "Company", "description": "", "phrases": [], "icon": "", "term_uri": "", "position": 0}
    load([plain | {"slug": "company"}])
    teach("natter", term=db.session.scalars(db.select(Term)).one())
    assert load([]).kept == 1
    assert queries.by_said("natter").term.slug == "company"


def test_the_list_is_by_what_people_say_and_takes_one_statement(make, statements):
    teach("natter", words="tea")
    teach("chinwag", term=make.term("loneliness"))
    db.session.rollback()
    statements.clear()
    assert [(row.said, row.term.slug if row.term else row.words) for row in queries.taught()] == [
        ("chinwag", "loneliness"),
        ("natter", "tea"),
    ]
    assert len(statements) == 1
    assert queries.by_said(" NATTER!").words == "tea"
    with pytest.raises(NotFound, match="Nothing is taught for “gossip”"):
        queries.by_said("gossip")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(max_size=100), words=st.text(max_size=100))
def test_any_text_is_taught_or_refused(app, said, words):
    with contextlib.suppress(Refused):
        actions.forget(teach(said, words=words))
    assert rows() == []
