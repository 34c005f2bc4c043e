"""The kept labels never outlive a change of the vocabulary, whoever made it."""

from __future__ import annotations

import sqlalchemy as sa

from directory import search
from directory.extensions import db, writing
from directory.models import SearchChange, Taxonomy, Term
from directory.queries import kept_vocabulary
from directory.queries import vocabulary as queries

LONELINESS = (Taxonomy.NEED, "loneliness")


def test_a_second_look_asks_only_whether_they_changed(vocabulary, statements):
    labels = kept_vocabulary.labels()
    assert labels == queries.labels()
    statements.clear()
    assert kept_vocabulary.labels() is labels
    assert len(statements) == 1


def test_a_term_that_is_called_otherwise_is_read_again(vocabulary):
    kept_vocabulary.labels()
    with writing():
        term = queries.by_slug(*LONELINESS)
        term.label = "Feeling alone"
        search.note_vocabulary()
    assert kept_vocabulary.labels()[LONELINESS] == "Feeling alone"


def test_a_change_by_another_process_is_read_again(vocabulary):
    kept_vocabulary.labels()
    table = Term.__table__
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.update(table).where(table.c.slug == "loneliness").values(label="Feeling alone"))
        connection.execute(sa.insert(SearchChange.__table__).values(listing_id=0, version=0))
    db.session.rollback()
    assert kept_vocabulary.labels()[LONELINESS] == "Feeling alone"


def test_a_new_term_is_there_at_once(vocabulary):
    kept_vocabulary.labels()
    with writing():
        db.session.add(Term(taxonomy=Taxonomy.NEED, slug="chess", label="Chess"))
    assert kept_vocabulary.labels()[Taxonomy.NEED, "chess"] == "Chess"


def test_an_empty_vocabulary_has_no_labels(app):
    assert kept_vocabulary.labels() == {}


def test_the_terms_are_those_of_the_labels(vocabulary):
    terms = kept_vocabulary.Terms()
    assert LONELINESS in terms
    assert (Taxonomy.NEED, "no-such-need") not in terms
