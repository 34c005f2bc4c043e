"""Every file of the text index flipped, cut, emptied and deleted, under a running server and before its start.

python -m bench.damage             each file, each damage, an index of an older version; thirty listings
python -m bench.damage 20000       a power cut with as many: the first answer, and the index whole again
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.catalogue import bench_app
from directory.indexes.generations import MARKER
from tests.faults.world import WEB, WORKER, Forking, World

FIRST_ANSWER_S, MENDED_S, PROMISED_FOR = 1.0, 25.0, 20_000
SWEPT_S = 60.0  # between two looks at every byte
UNDER_WAY = ((".seg", "flip"), (".toc", "delete"), (".json", "older"), ("pointer", "cut"))
MADE_FOR_S = 300.0  # at most, the index of any catalogue
PLACE, WORDS = "54.3, -2.0", ("garden", "coffee", "memory", "yoga")  # in the middle of the generated country
CUT = ((".seg", "cut"), (".toc", "empty"), (".json", "delete"), ("pointer", "empty"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def delete(path: Path) -> None:
    path.unlink()


def older(path: Path) -> None:
    """The marker of an index that another version of ours has made."""
    told = json.loads(path.read_text("ascii"))
    path.write_text(json.dumps({**told, "settings": "0" * 16}), "ascii")


DAMAGES: dict[str, Callable[[Path], None]] = {"flip": flip, "cut": cut, "empty": empty, "delete": delete, "older": older}


def files(world: World) -> dict[str, Path]:
    """The files that make the index, by what they are; a rebuild gives them other names."""
    pointer = world.index_folder / "current"
    generation = world.index_folder / pointer.read_text("ascii").strip()
    named = {path.suffix: path for path in generation.iterdir() if path.is_file() and path.suffix != ".lock"}
    return {"pointer": pointer, **named}


def cases(world: World) -> list[tuple[str, str]]:
    every = [(kind, damage) for kind in sorted(files(world)) for damage in DAMAGES if damage != "older"]
    return [*every, (Path(MARKER).suffix, "older")]


def suffered(world: World, kind: str, damage: str) -> float:
    """One damage from its beginning to its end, with a web server running: seconds from the start of a worker until the
    index is whole again.

    Raises AssertionError for any answer that is an error or another than before, and for damage that nobody notices.
    """
    before = answers(world)
    if WORKER in world.pids:
        world.kill(WORKER)  # nobody mends it before everybody has met it
    harm(world, kind, damage)
    assert answers(world) == before, f"{kind}, {damage}: under a running server"
    world.kill(WEB)
    world.start(WEB)
    world.wait_until_it_answers()
    assert answers(world) == before, f"{kind}, {damage}: at the start of a server"
    assert not world.whole(), f"{kind}, {damage}: who made it anew?"
    begun = time.monotonic()
    world.start(WORKER)
    world.wait(lambda: "" if world.whole() else f"{kind}, {damage}: nobody made the index anew", seconds=MENDED_S)
    taken = time.monotonic() - begun
    world.wait(world.index_differs, seconds=MENDED_S)
    assert answers(world) == before, f"{kind}, {damage}: after it was mended"
    return taken


def swept(world: World, kind: str, damage: str) -> float:
    """One damage while web server and worker go on: seconds until the worker has noticed and mended it by itself.

    Raises AssertionError as `suffered` does.
    """
    before = answers(world)
    harm(world, kind, damage)
    begun = time.monotonic()
    while not world.whole():
        assert answers(world) == before, f"{kind}, {damage}: while nothing was started again"
        assert time.monotonic() - begun < SWEPT_S + MENDED_S, f"{kind}, {damage}: the worker did not notice"
    taken = time.monotonic() - begun
    assert answers(world) == before, f"{kind}, {damage}: after it was mended"
    return taken


def harm(world: World, kind: str, damage: str) -> None:
    DAMAGES[damage](files(world)[kind])
    assert not world.whole(), f"{kind}, {damage}: nothing was damaged"


def answers(world: World) -> list[list[str] | None]:
    """What is found by each word, by one word and another, and by none; any 5xx is an AssertionError."""
    told = [world.found(word) for word in world.expected()]
    assert None not in told, "nobody answered"
    assert world.search_differs() == ""
    return told


def main(listings: int) -> int:
    with tempfile.TemporaryDirectory() as folder, Forking() as forking:
        world = World(forking, Path(folder), web_processes=1)
        try:
            missed = every_file(world) if not listings else power_cuts(world, listings)
        finally:
            world.stop()
    print("every promise kept" if not missed else f"MISSED: {missed}")
    return 1 if missed else 0


def every_file(world: World) -> int:
    """How many damages were not borne."""
    world.prepare()
    for name in (WEB, WORKER):
        world.start(name)
    world.wait_until_it_answers()
    missed = 0
    both = [(suffered, *case) for case in cases(world)] + [(swept, *case) for case in UNDER_WAY]
    for how, kind, damage in both:
        try:
            taken = how(world, kind, damage)
            since = "after the start of a worker" if how is suffered else "under the one that runs"
            print(f"{kind:10}{damage:10}same answers, whole again in {taken:5.2f} s {since}", flush=True)
        except AssertionError as error:
            missed += 1
            print(f"{kind:10}{damage:10}MISSED: {str(error)[:2000]}", flush=True)
    return missed


def power_cuts(world: World, listings: int) -> int:
    """How many power cuts were not borne; each leaves a file of the index as none should be."""
    app = bench_app(listings)
    with sqlite3.connect(Path(app.config["INSTANCE_FOLDER"]) / "directory.sqlite") as source:
        source.execute("VACUUM INTO ?", (str(world.instance / "directory.sqlite"),))
    world.make_index(seconds=MADE_FOR_S)
    world.start(WEB)
    world.wait_until_it_answers()
    before = [world.found(word, PLACE) for word in WORDS]
    assert None not in before
    assert all(before)
    world.kill(WEB)
    print(f"{listings:,} listings; seconds of the processor, which tell less of what else the machine is doing than the clock")
    print(f"{'':20}{'first answer':>14}{'by the clock':>14}{'whole again':>14}{'by the clock':>14}")
    missed = 0
    for kind, damage in CUT:
        DAMAGES[damage](files(world)[kind])
        assert not world.whole()
        world.start(WEB)
        world.wait_until_it_answers()
        worked, begun = world.worked_s(WEB), time.monotonic()
        answer = world.found(WORDS[0], PLACE)
        first, clock = world.worked_s(WEB) - worked, time.monotonic() - begun
        same = [answer, *(world.found(word, PLACE) for word in WORDS[1:])] == before
        begun = time.monotonic()
        world.start(WORKER)
        world.wait(lambda: "" if world.whole() else "nobody made the index anew", seconds=MADE_FOR_S)
        whole, took = world.worked_s(WORKER), time.monotonic() - begun
        same = same and [world.found(word, PLACE) for word in WORDS] == before
        is_borne = same and (listings != PROMISED_FOR or (first <= FIRST_ANSWER_S and whole <= MENDED_S))
        told = "" if same else "  other answers"
        print(
            f"{kind:10}{damage:10}{first:14.2f}{clock:14.2f}{whole:14.2f}{took:14.2f}{told}{'' if is_borne else '  MISSED'}",
            flush=True,
        )
        missed += not is_borne
        for name in (WEB, WORKER):
            world.kill(name)
    print(f"{'promised':20}{FIRST_ANSWER_S:14.2f}{'':14}{MENDED_S:14.2f}{'':14}  at {PROMISED_FOR:,}")
    return missed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
