"""Every file of the text index flipped, cut, emptied and deleted, under a running server and before its start.

python -m bench.damage
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.world import WEB, WORKER, Forking, World

MENDED_S = 25.0  # the promise for 20,000 listings


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


DAMAGES: dict[str, Callable[[Path], None]] = {"flip": flip, "cut": cut, "empty": empty, "delete": delete}


def files(world: World) -> dict[str, Path]:
    """The files that make the index, by what they are; a rebuild gives them other names."""
    pointer = world.index_folder / "current"
    generation = world.index_folder / pointer.read_text("ascii").strip()
    named = {path.suffix: path for path in generation.iterdir() if path.is_file() and path.suffix != ".lock"}
    return {"pointer": pointer, **named}


def cases(world: World) -> list[tuple[str, str]]:
    return [(kind, damage) for kind in sorted(files(world)) for damage in DAMAGES]


def suffered(world: World, kind: str, damage: str) -> float:
    """One damage from its beginning to its end, with web server and worker running: seconds until the index is whole again.

    Raises AssertionError for any answer that is an error or another than before, and for damage that nobody notices.
    """
    before = answers(world)
    DAMAGES[damage](files(world)[kind])
    assert not world.whole(), f"{kind}, {damage}: nothing was damaged"
    assert answers(world) == before, f"{kind}, {damage}: under a running server"
    world.kill(WEB)
    world.start(WEB)
    world.wait_until_it_answers()
    assert answers(world) == before, f"{kind}, {damage}: at the start of a server"
    world.kill(WORKER)
    begun = time.monotonic()
    world.start(WORKER)
    world.wait(lambda: "" if world.whole() else f"{kind}, {damage}: nobody made the index anew", seconds=MENDED_S)
    taken = time.monotonic() - begun
    world.wait(world.index_differs, seconds=MENDED_S)
    assert answers(world) == before, f"{kind}, {damage}: after it was mended"
    return taken


def answers(world: World) -> list[list[str] | None]:
    """What is found by each word, by one word and another, and by none; any 5xx is an AssertionError."""
    told = [world.found(word) for word in world.expected()]
    assert None not in told, "nobody answered"
    assert world.search_differs() == ""
    return told


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Forking() as forking:
        world = World(forking, Path(folder), web_processes=1)
        try:
            world.prepare()
            for name in (WEB, WORKER):
                world.start(name)
            world.wait_until_it_answers()
            missed = 0
            for kind, damage in cases(world):
                try:
                    taken = suffered(world, kind, damage)
                    print(f"{kind:10}{damage:10}same answers, whole again in {taken:5.2f} s", flush=True)
                except AssertionError as error:
                    missed += 1
                    print(f"{kind:10}{damage:10}MISSED: {str(error)[:2000]}", flush=True)
            print("every promise kept" if not missed else f"MISSED: {missed}")
            return 1 if missed else 0
        finally:
            world.stop()


if __name__ == "__main__":
    sys.exit(main())
