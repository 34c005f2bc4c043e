"""Kills of web server, worker and editors at random moments: what was saved stays saved, and search finds it again.

Editors change listings, import lists and approve what visitors suggest, by the actions and over HTTP on the web server.

python -m bench.kills [KILLS] [--postgres] [--seed N]

Stopped early, it tells what it came to; another seed goes on from there.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests import postgres
from tests.faults.world import WEB, WORKER, Forking, World

PROMISED_S = 5.0  # until search equals the database again
GIVEN_UP_S = 60.0  # what differs for so long stays different
TOLD_EVERY = 20
EDITORS = 3
# Who is killed, and in how many of a hundred kills.
VICTIMS = {WORKER: 40, "an editor": 30, "a web process": 20, WEB: 10}
LONGEST_WAIT_S = 0.6  # between two kills, so that they meet work, starts and idleness


STOPPED: list[int] = []  # by Ctrl-C or SIGTERM: what was done until then is told


@dataclass
class Campaign:
    """What a run of kills came to. Seconds are counted from the last start."""

    kills: Counter[str] = field(default_factory=Counter)
    saved: int = 0
    done: Counter[str] = field(default_factory=Counter)
    cut_short: Counter[str] = field(default_factory=Counter)
    lost: list[object] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    search_s: list[float] = field(default_factory=list)
    index_s: list[float] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Nothing lost, nothing half, and in the end everything found; late or not."""
        return not (self.lost or self.half or self.differing)

    @property
    def is_kept(self) -> bool:
        return self.is_sound and max((*self.search_s, *self.index_s), default=0.0) <= PROMISED_S


def campaign(world: World, kills: int, *, seed: int, tell: bool = False) -> Campaign:
    """Kills, one to three at a time, then looks whether everything agrees. The world is prepared and started."""
    draw, run, told, begun = random.Random(seed), Campaign(), 0, time.monotonic()
    world.wait_until_it_answers()
    while run.kills.total() < kills and run.is_sound and not STOPPED:
        for _ in range(min(draw.randint(1, 3), kills - run.kills.total())):
            time.sleep(draw.random() * LONGEST_WAIT_S)
            strike(world, draw, run)
        with world.paused():
            look(world, run)
        if tell and run.kills.total() >= told + TOLD_EVERY:
            told = run.kills.total()
            since, slowest = time.monotonic() - begun, max((*run.search_s, *run.index_s))
            print(f"{told:6} kills, {world.saved:7,} edits saved, slowest {slowest:5.2f} s, after {since:5.0f} s", flush=True)
    run.saved, run.done, run.cut_short = world.saved, world.done, world.cut_short
    return run


def strike(world: World, draw: random.Random, run: Campaign) -> None:
    (victim,) = draw.choices(list(VICTIMS), list(VICTIMS.values()))
    if victim == "a web process":
        run.kills[victim] += world.kill_a_web_process(draw.randrange(world.web_processes))
        return
    name = draw.choice(world.editor_names) if victim == "an editor" else victim
    world.kill(name)
    run.kills[victim] += 1
    world.start(name)


def look(world: World, run: Campaign) -> None:
    begun = time.monotonic()
    run.lost += world.lost()
    run.half += world.half_changes()
    for differs, taken in ((world.search_differs, run.search_s), (world.index_differs, run.index_s)):
        try:
            world.wait(differs, seconds=GIVEN_UP_S)
            taken.append(time.monotonic() - begun)
        except AssertionError as error:
            run.differing.append(str(error))


def report(run: Campaign) -> int:
    print(f"{run.kills.total():,} kills: " + ", ".join(f"{count} of {victim}" for victim, count in run.kills.most_common()))
    print(f"{'':44}{'seen':>10}{'promised':>10}")
    print(f"{'edits acknowledged':44}{run.saved:10,}")
    for what, count in sorted(run.done.items()):
        print(f"{'  ' + what:44}{count:10,}{'':10}{run.cut_short[what]:8} cut short by a kill")
    print(f"{'acknowledged edits lost':44}{len(run.lost):10}{0:10}")
    print(f"{'half changes':44}{len(run.half):10}{0:10}")
    print(f"{'searches or indexes that stayed different':44}{len(run.differing):10}{0:10}")
    for what, taken in (("search equal to the database", run.search_s), ("index files equal to the database", run.index_s)):
        middle, most = (float(np.percentile(taken, 50)), max(taken)) if taken else (0.0, 0.0)
        print(f"{what + ', seconds, p50':44}{middle:10.2f}")
        print(f"{what + ', seconds, worst':44}{most:10.2f}{PROMISED_S:10.2f}")
    for trouble in (*run.lost[:5], *run.half[:5], *run.differing[:2]):
        print(trouble)
    if STOPPED:
        print("stopped early")
    print("every promise kept" if run.is_kept else "MISSED")
    return 0 if run.is_kept else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=1_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: STOPPED.append(number))
    with tempfile.TemporaryDirectory() as folder, Forking() as forking:
        if not asked.postgres:
            return one(forking, Path(folder), {}, asked)
        with postgres.cluster() as address:
            return one(forking, Path(folder), {"DIRECTORY_SQLALCHEMY_DATABASE_URI": address}, asked)


def one(forking: Forking, folder: Path, settings: dict[str, str], asked: argparse.Namespace) -> int:
    world = World(forking, folder, settings, editors=EDITORS, is_varied=True)
    try:
        world.prepare()
        world.start_all()
        begun = time.monotonic()
        run = campaign(world, asked.kills, seed=asked.seed, tell=True)
        print(f"{time.monotonic() - begun:.0f} s")
        return report(run)
    finally:
        world.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
