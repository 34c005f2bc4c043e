"""Forgetting replaced notes: nobody who asks what changed hears anything else, and what is new stays new."""

import random

import pytest
from sqlalchemy import func, select

from directory import search
from directory.actions import outbox
from directory.extensions import db
from directory.models import SearchChange
from tests.search.asking import named, north


@pytest.fixture
def notes(app):
    """Three hundred notes of a dozen listings, of the vocabulary and of what was taught, in any order."""
    chance = random.Random(1)
    with db.engine.execution_options(writing=True).begin() as connection:
        rows = [{"listing_id": chance.choice([-1, 0, *range(1, 13)]), "version": 1} for _ in range(300)]
        connection.execute(SearchChange.__table__.insert(), rows)
    db.session.rollback()


def changed_since():
    """For every note there was: the listings that changed after it."""
    rows = db.session.execute(select(SearchChange.id, SearchChange.listing_id)).all()
    newest = max(row.id for row in rows)
    return newest, {since: {row.listing_id for row in rows if row.id > since} for since in range(newest - 301, newest + 1)}


def forget_all():
    count = 0
    while some := outbox.forget_replaced():
        count += some
    return count


def test_whoever_asks_what_changed_hears_the_same(notes, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT", 0)
    monkeypatch.setattr(outbox, "AT_ONCE", 70)
    before = changed_since()
    assert forget_all() == 300 - 14
    assert changed_since() == before
    assert db.session.scalar(select(func.count()).select_from(SearchChange)) == 14
    assert forget_all() == 0


def test_the_newest_notes_are_all_kept(notes, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT", 100)
    newest = db.session.scalars(select(SearchChange.id).order_by(SearchChange.id.desc()).limit(100)).all()
    assert 0 < forget_all() <= 200
    assert set(newest) <= set(db.session.scalars(select(SearchChange.id)))


def test_the_next_note_is_newer_than_any_before(make, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT", 0)
    club = make.listing("Garden Club", at=north(1))
    version = db.session.scalar(select(func.max(SearchChange.id)))
    forget_all()
    with make.writing(club):
        search.note(club)
    assert db.session.scalar(select(func.max(SearchChange.id))) > version


def test_a_reader_and_an_index_from_long_ago_still_hear_of_everything(make, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT", 0)
    rows = [make.listing(name, at=north(1)) for name in ("Garden Club", "Chess Club")]
    search.apply_changes()
    assert named("garden") == ["Garden Club"]
    for name in ("Poetry", "Swimming", "Lunch"):
        for row in rows:
            with make.writing(row):
                row.name = f"{name} {row.id}"
                search.note(row)
    assert forget_all() > 0
    assert named("garden") == []
    assert named("lunch") == [f"Lunch {row.id}" for row in rows]
    search.apply_changes()
    assert named("lunch") == [f"Lunch {row.id}" for row in rows]
