"""The disk says no when a write has to reach it: whoever was told "saved" still finds it, and nobody is told so wrongly."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import pytest

from tests.faults.world import PATIENCE_S
from tests.needs import lacking

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")


# From the tenth call on, some fail; one edit writes some twenty times, and waits for the disk once or twice.
@pytest.mark.parametrize(("calls", "when"), [("fdatasync,fsync", "10+3"), ("pwrite64", "10+47")])
def test_f4_an_error_of_the_disk_is_never_called_saved(world_in, tmp_path, calls, when):
    world = world_in(tmp_path, editors=1)
    world.start("editor-0")
    world.wait(lambda: "" if world.lost() == [] and world.saved > 3 else "nothing saved", seconds=PATIENCE_S)
    with traced(world.pids["editor-0"], calls, when):
        before, until = world.saved, time.monotonic() + PATIENCE_S
        while (world.refused < 8 or world.saved < before + 8) and time.monotonic() < until:
            assert world.lost() == []
            time.sleep(0.05)
        assert world.refused >= 8, world.log()
        assert world.saved >= before + 8, world.log()
        world.kill("editor-0")
    assert world.lost() == []
    assert world.half_changes() == []
    # A restart reads the log again, with whatever stands in it of edits that were refused: whole ones or none.
    told = acknowledged(world)
    world.start("editor-0")
    world.wait(lambda: "" if world.lost() == [] and world.saved > told + 3 else "nothing saved", seconds=PATIENCE_S)
    world.kill("editor-0")
    assert world.half_changes() == []


def acknowledged(world):
    world.new_acknowledgements()
    return world.saved


class traced:
    """A running process whose system calls fail as told; skips where nobody may look into another process."""

    def __init__(self, pid, calls, when):
        if not shutil.which("strace"):
            lacking("strace", "no strace on the PATH")
        how = ["-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:when={when}"]
        self.command, self.pid = ["strace", *how, "-p", str(pid)], pid

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + PATIENCE_S
        while tracer_of(self.pid) != self.process.pid:
            if self.process.poll() is not None:
                lacking("strace", f"not allowed here: {self.process.stderr.read().strip()}")
            assert time.monotonic() < until
            time.sleep(0.01)

    def __exit__(self, *error):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)


def tracer_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid"))
