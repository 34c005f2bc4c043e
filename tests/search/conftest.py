"""The engine that a test is about, where that is not the one that suits the database."""

import pytest

from directory import search


@pytest.fixture
def whoosh(app):
    """The embedded text index, on PostgreSQL too."""
    search.configure(folder=app.config["INDEX_FOLDER"], engine="whoosh")
