"""A full disk: everything is still read, nothing that was said to be saved is lost, and room mends it without a restart."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys

import pytest
import sqlalchemy as sa

from directory.models import Listing, SearchChange
from tests.faults.world import PLACE, WORKER
from tests.needs import lacking

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")

READS = ("/", "/status", "/healthz", f"/search?place={PLACE}".replace(" ", ""), "/sitemap.xml")
MENDED_S = 20.0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB at tmp_path / "disk"; skips where nothing may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if not mounted or mounted.returncode:
        lacking("mount", "this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    """Takes all room that is left, and returns the file that holds it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def read_everything(world):
    """While nobody edits, so that the listing that is looked at stays published."""
    with world.engine.connect() as connection:
        slug = connection.scalar(sa.select(Listing.slug).where(Listing.status == "published").order_by(Listing.id))
    for path in (*READS, f"/listings/{slug}"):
        status, answer = world.get(path)
        assert status == 200, f"{path}: {status}\n{answer[-500:]!r}\n{world.log()}"


def more(world, name, least):
    """Waits until the editors were told `least` times more that something is "saved" or "refused"."""
    lost, before = world.lost(), getattr(world, name)
    assert lost == []

    def enough():
        assert world.lost() == []
        return "" if getattr(world, name) >= before + least else f"{name}: {getattr(world, name) - before}"

    world.wait(enough, seconds=MENDED_S)


def test_f3_a_full_disk_loses_nothing(world_in, tmp_path, small_disk):
    world = world_in(tmp_path, {"DIRECTORY_INSTANCE_FOLDER": str(small_disk)}, web_processes=1)
    world.start_all()
    world.wait_until_it_answers()
    more(world, "saved", 10)
    before = dict(world.pids)
    ballast = fill(small_disk)
    more(world, "refused", 10)
    for _ in range(3):
        with world.paused():
            read_everything(world)
            assert world.half_changes() == []
            world.wait(world.search_differs, seconds=MENDED_S)
    ballast.unlink()
    more(world, "saved", 10)
    with world.paused():
        assert world.lost() == []
        assert world.half_changes() == []
        world.wait(world.search_differs, seconds=MENDED_S)
        world.wait(world.index_differs, seconds=MENDED_S)
        read_everything(world)
    assert world.pids == before
    assert all(world.is_running(name) for name in before), "no restart was needed"


def test_f3_a_worker_that_may_write_nothing_catches_up_as_soon_as_it_may(world_in, tmp_path):
    """As a plain user: a limit on the size of files stops the worker alone, while edits go on."""
    world = world_in(tmp_path, web_processes=1)
    world.start_all()
    world.wait_until_it_answers()
    with world.paused():
        world.wait(world.index_differs, seconds=MENDED_S)
    soft, hard = resource.prlimit(world.pids[WORKER], resource.RLIMIT_FSIZE)
    resource.prlimit(world.pids[WORKER], resource.RLIMIT_FSIZE, (0, hard))
    more(world, "saved", 20)
    with world.paused():
        assert world.index_differs()
        world.wait(world.search_differs, seconds=MENDED_S)
        read_everything(world)
        resource.prlimit(world.pids[WORKER], resource.RLIMIT_FSIZE, (soft, hard))
        # Nobody edits now: that the index is behind is noticed without a word from outside.
        world.wait(world.index_differs, seconds=MENDED_S)
    assert world.is_running(WORKER)


def test_f3_an_index_without_room_catches_up_by_itself(world_in, tmp_path, small_disk):
    """The disk of the index alone is full: edits go on, are found at once, and nobody has to tell the worker of the room."""
    world = world_in(tmp_path, {"DIRECTORY_INDEX_FOLDER": str(small_disk / "index")}, web_processes=1)
    world.start_all()
    world.wait_until_it_answers()
    ballast = fill(small_disk)
    more(world, "saved", 20)
    with world.paused():
        assert world.index_differs()
        world.wait(world.search_differs, seconds=MENDED_S)
        world.wait(lambda: "" if "No space left" in world.log() else "the worker did not meet it", seconds=MENDED_S)
        ballast.unlink()
        world.wait(world.index_differs, seconds=MENDED_S)
        assert world.search_differs() == ""
    assert world.is_running(WORKER)


def test_f3_a_change_that_the_worker_was_not_told_of_is_taken_in(world_in, tmp_path):
    """As when whoever edits is killed between the commit and the word to the worker."""
    world = world_in(tmp_path, web_processes=1)
    world.start(WORKER)
    world.wait(world.index_differs, seconds=MENDED_S)
    with world.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.insert(SearchChange.__table__).values(listing_id=1, version=1))
    assert world.index_differs()
    assert world.wait(world.index_differs, seconds=MENDED_S) < 5.0
