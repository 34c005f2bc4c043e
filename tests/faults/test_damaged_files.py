"""The files of the text index damaged one by one, under a running server and before its start: the same answers all the while.

`python -m bench.damage` tries every file with every damage.
"""

from __future__ import annotations

import sys

import pytest

from bench.damage import cases, suffered
from directory import search
from directory.indexes import current
from tests.faults.world import WEB, WORKER
from tests.search.asking import named, north

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")


def test_f5_any_damage_of_the_index_is_noticed_answered_and_mended(world_in, tmp_path):
    world = world_in(tmp_path, web_processes=1)
    for name in (WEB, WORKER):
        world.start(name)
    world.wait_until_it_answers()
    tried = cases(world)
    # Every file once, and every damage at least once; all of them together are the bench's.
    chosen = [case for place, case in enumerate(tried) if place % 4 == (place // 4) % 4]
    assert {damage for _, damage in chosen} == {damage for _, damage in tried}
    for kind, damage in chosen:
        suffered(world, kind, damage)


def test_f5_a_mistake_of_ours_costs_nobody_the_index(make):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    assert named("garden") == ["Garden Club"]
    state = current.current

    def mistaken(reader):
        raise ValueError("negative shift count")

    with pytest.raises(ValueError, match="shift"):
        state.ask(state.columns, mistaken)
    assert state.index.is_ready()
    assert not search.needs_rebuild()
