"""SIGKILL at random moments to the web server, the worker and whoever edits; `python -m bench.kills` does it a thousand times."""

from __future__ import annotations

import sys

import pytest

from bench.kills import campaign

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
    assert run.is_kept, (run.search_s, run.index_s)
    assert run.saved > KILLS
