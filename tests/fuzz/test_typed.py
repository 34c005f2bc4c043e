"""Whatever is typed into any box, filter or address of search is answered: found, not found, or refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import search
from directory.forms.search import LONGEST_Q
from directory.indexes import current
from tests.fuzz.hostile import BOXES, FILTERS, PAGES, address, addresses
from tests.make import HOLT
from tests.search.asking import found, north

PLACE = f"{HOLT[0]}, {HOLT[1]}"
COMMON = ("garden", "club", "tea", "company", "walking", "friends")
ANSWERED = {200, 400, 404}
# Letters, marks and signs of every script, lone surrogates and NUL among them.
anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
typed = st.one_of(anything, st.text(st.sampled_from("ab \"“”'*%_-\x00‮é́"), max_size=60), st.text("NR25 6BLO0I1", max_size=12))

QUICKLY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None, derandomize=True
)


@pytest.fixture
def catalogue(make, vocabulary, real_places):
    """A few listings in an index, a word of each of them common."""
    for number, word in enumerate(COMMON):
        make.listing(f"{word.capitalize()} club", at=north(number), summary=" ".join(COMMON))
    search.apply_changes()


def answered(client, path):
    """The status of an answer that is one; a refusal says why."""
    response = client.get(path)
    assert response.status_code in ANSWERED, f"{response.status_code}: {path[:500]}"
    if response.status_code != 200 and path.startswith("/api"):
        assert response.json["error"]
    return response


@QUICKLY
@given(page=st.sampled_from(PAGES), box=st.sampled_from(BOXES), text=typed)
def test_anything_in_a_box_is_answered(catalogue, plain_client, page, box, text):
    other = {"place": PLACE} if box == "q" else {}
    answered(plain_client, address(page, **{box: text}, **other))


@QUICKLY
@given(page=st.sampled_from(PAGES), chosen=st.lists(st.tuples(st.sampled_from(FILTERS), typed), min_size=1, max_size=8))
def test_anything_in_a_filter_is_answered(catalogue, plain_client, page, chosen):
    answered(plain_client, address(page, place=PLACE) + "".join(f"&{address('', **{name: text})[1:]}" for name, text in chosen))


@QUICKLY
@given(page=st.sampled_from(PAGES), query=st.text("abq=&%;+#placehx0123456789fFdD8\"' ", max_size=200))
def test_anything_after_the_question_mark_is_answered(catalogue, plain_client, page, query):
    answered(plain_client, f"{page}?{query}")


@pytest.mark.parametrize("seed", [1])
def test_what_nobody_means_well_with_is_answered(catalogue, plain_client, seed):
    kinds = set()
    for kind, path in addresses(seed, 250, ["gardening", "company", "walking", "friendship", *COMMON], COMMON, PLACE):
        answered(plain_client, path)
        kinds.add(kind)
    assert len(kinds) > 30


def test_too_long_a_text_is_refused_with_a_sentence(catalogue, plain_client):
    refused = answered(plain_client, address("/api/search", place=PLACE, q="a" * 10_000))
    assert refused.status_code == 400
    assert refused.json["field"] == "q"
    assert str(LONGEST_Q) in refused.json["error"]
    assert answered(plain_client, address("/api/search", place=PLACE, q="ab " * (LONGEST_Q // 3))).status_code == 200


@pytest.fixture
def plain_client(app):
    """Of a site as it is in public, where a fault is a page and no exception."""
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    yield app.test_client()
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None


def test_one_question_reads_only_so_many_texts_for_its_phrases(catalogue, monkeypatch):
    assert len(found('"tea club"').hits) == 1
    monkeypatch.setattr(current, "MOST_LOOKED_AT", 0)
    current.current.kept.clear()
    assert len(found('"tea club"').hits) == len(COMMON), "the words are there, side by side or not"
