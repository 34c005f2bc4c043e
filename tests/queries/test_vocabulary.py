"""Asking the vocabulary: in order, and in one statement each."""

from __future__ import annotations

import pytest

from directory.actions.vocabulary import load
from directory.errors import NotFound
from directory.exchange.vocabulary import shipped_terms
from directory.extensions import writing
from directory.models import Kind, Taxonomy
from directory.queries import vocabulary as queries


def need(slug, **fields):
    plain = {
        "label": slug.capitalize(),
        "description": "",
        "phrases": [],
        "icon": "",
        "term_uri": "",
        "parent": "",
        "position": 0,
    }
    return plain | {"taxonomy": Taxonomy.NEED, "slug": slug} | fields


def shipped(taxonomy):
    return [each["slug"] for each in shipped_terms() if each["taxonomy"] is taxonomy]


@pytest.mark.parametrize("taxonomy", list(Taxonomy))
def test_terms_come_in_the_order_of_the_files(vocabulary, statements, taxonomy):
    statements.clear()
    assert [each.slug for each in queries.terms(taxonomy)] == shipped(taxonomy)
    assert len(statements) == 1


def test_the_kinds_can_stand_for_the_enum(vocabulary):
    assert [Kind(each.slug) for each in queries.terms(Taxonomy.KIND)] == list(Kind)


def test_the_tree_has_every_need_once_in_one_statement(vocabulary, statements):
    statements.clear()
    headings = queries.tree()
    told = [each for heading in headings for each in (heading, *heading.children)]
    assert [each.slug for each in told] == shipped(Taxonomy.NEED)
    assert {child.parent.slug for heading in headings for child in heading.children} == {each.slug for each in headings}
    assert [grandchild for heading in headings for child in heading.children for grandchild in child.children] == []
    assert len(statements) == 1


def test_the_tree_can_be_printed_without_anything_being_written(vocabulary):
    queries.tree()
    assert load(shipped_terms()).changed == 0


def test_the_labels_of_all_taxonomies_come_at_once(vocabulary, statements):
    statements.clear()
    labels = queries.labels()
    assert len(statements) == 1
    assert labels == {(each["taxonomy"], each["slug"]): each["label"] for each in shipped_terms()}
    assert [slug for taxonomy, slug in labels if taxonomy is Taxonomy.ACCESS] == shipped(Taxonomy.ACCESS)


def test_a_term_is_found_by_its_slug_within_its_taxonomy(vocabulary):
    assert queries.by_slug(Taxonomy.NEED, "volunteering").label == "Volunteering"
    assert queries.by_slug(Taxonomy.KIND, "volunteering").label == "Volunteering role"


def test_an_unknown_slug_is_told_in_words(vocabulary):
    with pytest.raises(NotFound, match="There is no need called “gold”"):
        queries.by_slug(Taxonomy.NEED, "gold")


def test_a_phrase_leads_to_its_term(vocabulary, statements):
    statements.clear()
    phrases = queries.phrases()
    assert len(statements) == 1
    assert phrases["nobody to talk to"] == (Taxonomy.NEED, "loneliness")
    assert phrases["chair yoga"] == (Taxonomy.ACTIVITY, "chair-exercise")
    assert phrases["induction loop"] == (Taxonomy.ACCESS, "hearing-loop")
    assert phrases["join the library"] == (Taxonomy.KIND, "library")
    assert phrases["cymraeg"] == (Taxonomy.LANGUAGE, "cy")


def test_where_two_taxonomies_share_a_phrase_the_need_speaks_first(vocabulary):
    shared = {phrase for each in shipped_terms() if each["taxonomy"] is Taxonomy.ACTIVITY for phrase in each["phrases"]}
    assert "gardening" in shared
    assert queries.phrases()["gardening"] == (Taxonomy.NEED, "nature")


def test_a_phrase_is_found_with_its_apostrophe_and_without(app):
    load([need("getting-out", phrases=["Can’t get out"])])
    assert queries.phrases() == {
        "can't get out": (Taxonomy.NEED, "getting-out"),
        "cant get out": (Taxonomy.NEED, "getting-out"),
    }


def test_a_phrase_added_by_hand_counts_at_once(app):
    load([need("bereavement", phrases=["since he died"])])
    row = queries.by_slug(Taxonomy.NEED, "bereavement")
    with writing(row):
        row.phrases = [*row.phrases, "since the funeral"]
    assert queries.phrases()["since the funeral"] == (Taxonomy.NEED, "bereavement")


def test_an_empty_vocabulary_is_no_mistake(app):
    assert queries.tree() == []
    assert list(queries.terms(Taxonomy.NEED)) == []
    assert queries.labels() == {}
    assert queries.phrases() == {}


def test_equal_positions_keep_one_order(app):
    load([need("food"), need("warmth"), need("money")])
    assert [each.slug for each in queries.terms(Taxonomy.NEED)] == ["food", "warmth", "money"]
