"""The files of the text index damaged one by one, under a running server and before its start: the same answers all the while.

`python -m bench.damage` tries every file with every damage.
"""

from __future__ import annotations

import sys

import pytest

from bench.damage import cases, suffered
from tests.faults.world import WEB, WORKER

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
