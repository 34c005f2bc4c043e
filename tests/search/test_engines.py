"""The engines answer alike: the same listings and the same weights for any term of any catalogue."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import search
from directory.extensions import db, writing
from directory.indexes import current
from directory.indexes.analysis import stems
from directory.indexes.database_index import DatabaseIndex
from tests import make as makers
from tests.search.asking import found, north

WORDS = st.sampled_from(
    ["garden", "gardening", "tea", "club", "Crèche", "men's", "50s", "walk", "library", "libraries", "talk", "%_\\", "é"]
)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)
CATALOGUES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8)


def same(one, other):
    assert one.ids.tolist() == other.ids.tolist()
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-6)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=CATALOGUES, typed=TEXTS)
def test_whoosh_and_the_database_hold_the_same(app, catalogue, typed):
    random.seed()  # Whoosh names its files by chance, and hypothesis begins every example with the same
    rows = [
        makers.listing(name or "Nameless", summary=summary, description=description, at=north(1))
        for name, summary, description in catalogue
    ]
    search.apply_changes()
    index = current.current.index
    assert index.is_ready()
    for term in {*stems(typed), "garden", "tea", "kind:group", "absent"}:
        same(index.matches(term), DatabaseIndex(db.session.connection()).matches(term))
    answer = found(typed, per_page=100)
    current.current.index = None
    current.current.kept.clear()
    assert found(typed, per_page=100) == answer
    current.current.index = index
    with writing():
        for row in rows:
            row.status = makers.models.Status.HIDDEN
            search.note(row)
    search.apply_changes()
    assert index.is_ready()
    assert len(index.matches("kind:group")) == 0


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"', "a'b\"c", "garden'; drop table listing", "💬", "\x00", "x" * 300])
def test_nothing_typed_breaks_either_engine(make, q, monkeypatch):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    answer = found(q)
    monkeypatch.setattr(current.current, "index", None)
    assert found(q) == answer
