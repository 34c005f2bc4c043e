"""Whole requests a second: `wrk` on the same two cores asks varied searches of a server started as `flask serve` starts it.

python -m bench.http [LISTINGS ...]
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from bench.catalogue import Country, bench_app, words
from bench.judged_catalogues import postcode_table
from directory import search
from directory.places.table import Table

ADDRESSES = 2_000
EVERYDAY = 120
CONNECTIONS, THREADS = 16, 2
WARM_S, RUN_S = 10, 10
WARM_REQUESTS, LONGEST_WARM_S = 4 * ADDRESSES, 120  # each process has met each address about twice, or time is up
P95_MS = 40.0
PROMISED = {  # requests a second by catalogue and door; the page's promise holds for both catalogues
    20_000: {"/api/search": 600.0, "/search": 250.0},
    100_000: {"/api/search": 500.0, "/search": 250.0},
}
# What a person may tick beside a place and words; most searches have none of it.
TICKS = (
    {"day": "wed"}, {"day": ["sat", "sun"]}, {"cost": "free"}, {"time": "evening"}, {"reach": "near"}, {"join": "self"},
    {"kind": "group"}, {"need": "loneliness"}, {"access": "step-free"}, {"page": 2}, {"sort": "nearest"}, {"radius": 10},
)  # fmt: skip
SCRIPT = """
local addresses, thread = {}, 0
for line in io.lines(os.getenv("ADDRESSES")) do addresses[#addresses + 1] = line end
function setup(each) each:set("number", thread) thread = thread + 1 end
function init() place = math.floor(number * #addresses / 2) end
function request()
  place = place % #addresses + 1
  return wrk.format("GET", os.getenv("DOOR") .. "?" .. addresses[place], {["Accept-Encoding"] = "gzip"})
end
function done(summary, latency)
  local bad = summary.errors
  io.write("MEASURED " .. string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "p99": %f, "errors": %d, "bytes": %d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    bad.connect + bad.read + bad.write + bad.status + bad.timeout, summary.bytes))
end
"""


@dataclass(frozen=True)
class Run:
    """What `wrk` saw, milliseconds, and what the server's processes worked for each request."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    errors: int
    bytes: int
    cost_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def addresses(listings: int) -> Iterator[str]:
    """Query strings, the same ones every time: people ask from real postcodes where the catalogue's people live.

    Two in five give a place alone, two in five words too, one in five ticks as well.
    """
    random = np.random.default_rng(1)
    country = Country(listings, random)
    known, often = words(random)
    random = np.random.default_rng(3)
    wanted = often[:EVERYDAY] ** 0.7 / (often[:EVERYDAY] ** 0.7).sum()
    table = Table(postcode_table())
    made = 0
    while made < ADDRESSES:
        home = int(random.choice(country.count, p=country.share))
        latitude, longitude = (float(each[0]) for each in country.points(np.array([home]), random))
        nearest = table.nearest(latitude, longitude, reach_km=15)
        if nearest is None:
            continue  # in the sea
        asked: dict[str, Any] = {"place": nearest.unit.code}
        chance = random.random()
        if chance > 0.4:
            asked["q"] = " ".join(known[number] for number in random.choice(EVERYDAY, random.integers(1, 4), p=wanted))
        if chance > 0.8:
            asked |= TICKS[int(random.integers(len(TICKS)))]
        made += 1
        yield urlencode(asked, doseq=True)


@contextmanager
def served(folder: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of `flask serve` over this instance folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"INSTANCE_FOLDER": folder, "PLACES_FILE": str(postcode_table()), "SECRET_KEY": "only for measuring"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "serve", f"--port={port}"],
        env={**os.environ, **{f"DIRECTORY_{name}": value for name, value in settings.items()}},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "Fingerpost is at" in line:
                break
        else:
            raise SystemExit("the server ended before it answered")
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(each for child in listed.stdout.split() for each in family(int(child)))]


def worked_s(pids: list[int]) -> float:
    """Seconds of processor that these processes have used, as Linux counts them."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> float:
    """The most that any one of them holds in memory."""
    status = "\n".join(Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return max(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def load(port: int, pids: list[int], door: str, script: Path, asked: Path, seconds: int) -> Run:
    before = worked_s(pids)
    told = subprocess.run(
        [
            *("wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout=10s"),
            *("-s", str(script), f"http://127.0.0.1:{port}"),
        ],
        env={**os.environ, "ADDRESSES": str(asked), "DOOR": door},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    spent = worked_s(pids) - before
    measured = json.loads(told.partition("MEASURED ")[2])
    return Run(**measured, cost_ms=spent / measured["requests"] * 1000)


def warm(port: int, pids: list[int], door: str, script: Path, asked: Path) -> int:
    """Ask until the processes keep what they will keep. A fixed time would measure cold ones on a busy machine."""
    answered = 0
    for _ in range(LONGEST_WARM_S // WARM_S):
        answered += load(port, pids, door, script, asked, WARM_S).requests
        if answered >= WARM_REQUESTS:
            break
    return answered


def main(sizes: list[int]) -> int:
    kept = [measured(listings) for listings in sizes]
    print("every promise kept" if all(kept) else "MISSED")
    return 0 if all(kept) else 1


def measured(listings: int) -> bool:
    """Measures one catalogue, prints its figures beside what was promised, and says whether that was kept."""
    app = bench_app(listings)
    with app.app_context():
        search.configure(folder=app.config["INDEX_FOLDER"])
        if search.needs_rebuild():
            search.rebuild()
    promised = PROMISED.get(listings, {"/api/search": 0.0, "/search": 0.0})
    kept = True
    with tempfile.TemporaryDirectory() as folder, served(app.config["INSTANCE_FOLDER"]) as (port, pid):
        script, asked = Path(folder) / "ask.lua", Path(folder) / "addresses"
        script.write_text(SCRIPT)
        asked.write_text("\n".join(addresses(listings)) + "\n")
        time.sleep(1)
        pids = family(pid)
        print(f"{listings:,} listings, {ADDRESSES:,} addresses, {CONNECTIONS} connections; milliseconds")
        print(f"{'':14}{'a second':>10}{'promised':>10}{'p50':>8}{'p95':>8}{'p99':>8}{'errors':>8}{'cost':>8}{'bytes':>9}")
        for door, least in promised.items():
            warmed = warm(port, pids, door, script, asked)
            run = load(port, pids, door, script, asked, RUN_S)
            p95_missed = door == "/api/search" and run.p95 > P95_MS
            kept = kept and run.rate >= least and not p95_missed and not run.errors
            figures = "".join(f"{each:8.1f}" for each in (run.p50, run.p95, run.p99))
            print(
                f"{door:14}{run.rate:10.0f}{least:10.0f}{figures}{run.errors:8}{run.cost_ms:8.2f}{run.bytes / run.requests:9.0f}"
            )
            if warmed < WARM_REQUESTS:
                print(f"{door} is measured cold: only {warmed:,} requests were answered in {LONGEST_WARM_S} seconds before")
        print(f"memory of the largest process: {memory_mb(pids):.0f} MB")
    return kept


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or list(PROMISED)))
