"""SIGKILL at random moments to the web server, the worker and whoever edits; `python -m bench.kills` does it a thousand times."""

from __future__ import annotations

import sys

import pytest

from bench.kills import campaign
from directory import search
from directory.extensions import writing
from directory.indexes import whoosh_index
from directory.indexes.whoosh_segments import JOINED_FROM
from directory.models import Status
from tests.search.asking import named, north

KILLS = 15

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_f1_a_kill_loses_no_acknowledged_edit_and_search_is_soon_equal_again(engine, world_in, tmp_path, request):
    settings = {}
    if engine == "postgres":
        settings["DIRECTORY_SQLALCHEMY_DATABASE_URI"] = request.getfixturevalue("another_database")
    world = world_in(tmp_path, settings)
    world.start_all()
    run = campaign(world, KILLS, seed=1)
    assert (run.lost, run.half, run.differing) == ([], [], [])
    assert run.saved > KILLS


def test_f1_a_change_that_only_takes_away_does_not_hold_the_worker(make):
    """What the kills came upon: small segments joined by a change that adds nothing."""
    rows = [make.listing(f"Garden {number}", at=north(1)) for number in range(2)]
    for number in range(2, 1 + JOINED_FROM):
        search.apply_changes()
        rows.append(make.listing(f"Garden {number}", at=north(1)))
    search.apply_changes()
    for row in rows[:-1]:
        with writing(row):
            row.status = Status.HIDDEN
            search.note(row)
        search.apply_changes()
        assert not search.is_behind()
    assert named("garden") == [rows[-1].name]


def test_f1_an_index_that_cannot_be_changed_is_made_anew(make, monkeypatch):
    make.listing("Garden", at=north(1))
    search.apply_changes()
    make.listing("Chess", at=north(1))
    monkeypatch.setattr(whoosh_index, "changed", lambda *given: 1 << -1)
    search.apply_changes()
    assert not search.is_behind()
    assert not search.needs_rebuild()
    assert named("chess") == ["Chess"]
