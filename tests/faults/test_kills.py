"""SIGKILL at random moments to the web server, the worker and whoever edits; `python -m bench.kills` does it a thousand times."""

from __future__ import annotations

import json
import sys

import pytest
import sqlalchemy as sa

from bench.kills import campaign
from directory import search
from directory.extensions import writing
from directory.indexes import whoosh_index
from directory.indexes.whoosh_segments import JOINED_FROM
from directory.models import Listing, Revision, SearchChange, SearchDocument, SourceRecord, Status
from tests.faults.editor import KINDS
from tests.faults.world import WEB
from tests.search.asking import named, north

KILLS = 15

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_f1_a_kill_loses_no_acknowledged_edit_and_search_is_soon_equal_again(engine, world_in, tmp_path, request):
    settings = {}
    if engine == "postgres":
        settings["DIRECTORY_SQLALCHEMY_DATABASE_URI"] = request.getfixturevalue("another_database")
    world = world_in(tmp_path, settings, is_varied=True)
    world.start_all()
    run = campaign(world, KILLS, seed=1)
    assert (run.lost, run.half, run.differing) == ([], [], [])
    assert run.saved > KILLS


def test_f1_what_was_lost_or_is_there_in_part_would_be_seen(world_in, tmp_path):
    """The looks of the campaign themselves: each is shown what it must not overlook."""
    world = world_in(tmp_path, is_varied=True, editors=1)
    world.start(WEB)
    world.wait_until_it_answers()
    world.start("editor-0")
    world.wait(lambda: "" if world.lost() == [] and set(KINDS) <= set(world.done) else f"only {world.done}", seconds=60)
    with world.paused():
        world.kill("editor-0")
    assert (world.lost(), world.half_changes()) == ([], [])
    token = {"door": "never", "listing": 1, "number": 1, "name": "The amber circle never", "status": "published"}
    for told in (token, {"run": "never"}, {"suggestion": "never"}):
        with (world.folder / "acknowledged-0").open("a") as file:
            file.write(json.dumps(told) + "\n")
        assert world.lost() == [told]
    imported = sa.select(SourceRecord.listing_id).limit(1).scalar_subquery()
    of_approval = sa.select(sa.func.max(Revision.id)).where(Revision.suggestion_id.is_not(None)).scalar_subquery()
    halves = (
        (sa.update(Listing).where(Listing.id == imported).values(name="Another name"), "List 0"),
        (sa.update(Revision).where(Revision.id == of_approval).values(suggestion_id=None), "with 0 revisions"),
        (sa.delete(SearchChange).where(SearchChange.listing_id == 3), "the outbox says"),
        (sa.delete(SearchDocument).where(SearchDocument.listing_id == imported), "is not there"),
    )
    for statement, told in halves:
        with world.engine.execution_options(writing=True).connect() as connection:
            connection.execute(statement)
            connection.commit()
        assert any(told in each for each in world.half_changes()), told


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
