"""Memory and open files of a web process: after its start, after its first search, and while 50,000 searches go by.

python -m bench.memory [LISTINGS ...] [--searches N] [--http]; with `--http` the process is a real worker of gunicorn.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.catalogue import TODAY, bench_app
from bench.catalogue import main as prepare
from bench.judged_catalogues import postcode_table
from bench.measuring import alone, open_files, resident_mb
from bench.search import questions
from directory import search
from directory.extensions import db
from directory.places.table import Table

SIZES = (100_000, 1_000_000)
MOST_MB = {100_000: 250.0, 1_000_000: 1_300.0}
SEARCHES = 50_000
LOOKS = (0, 1, 100, 1_000, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000)
SETTLED = 5_000  # searches after which everything that is kept has been filled
GROWTH = 0.05
A_GROUP = 4  # questions with the same words
PATIENCE_S = 120


@dataclass(frozen=True)
class Look:
    """A process after so many searches."""

    searches: int
    memory_mb: float
    files: int


def looks(searches: int) -> list[int]:
    """After how many searches to look: as usual, but never beyond the last."""
    return sorted({each for each in LOOKS if each < searches} | {searches})


def inside(listings: int, searches: int) -> list[Look]:
    """Looks at this very process, which asks as views do: each search in an application context of its own."""
    app = bench_app(listings)
    with app.app_context():
        search.configure(folder=app.config["INDEX_FOLDER"])
    asked = questions(listings, searches // A_GROUP + 1)

    def one() -> None:
        with app.app_context():
            search.search(next(asked)[1], today=TODAY)
            db.session.rollback()

    return looked(searches, one, lambda: (resident_mb(), open_files()))


def served(listings: int, searches: int) -> list[Look]:
    """Looks at the one worker of a gunicorn that is asked for `/api/search`, from real postcodes near the questions."""
    app = bench_app(listings)
    with server(app.config["INSTANCE_FOLDER"]) as (port, worker):
        addresses = asked_over_http(listings, searches)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

        def one() -> None:
            connection.request("GET", f"/api/search?{next(addresses)}")
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise SystemExit(f"the server answered {answer.status}: {answer.read()[:300]!r}")
            answer.read()

        return looked(searches, one, lambda: (resident_mb(worker), open_files(worker)))


def looked(searches: int, one: Callable[[], None], look: Callable[[], tuple[float, int]]) -> list[Look]:
    """Asks so many times and looks in between."""
    found, done = [], 0
    for until in looks(searches):
        while done < until:
            one()
            done += 1
        found.append(Look(done, *look()))
    return found


def asked_over_http(listings: int, searches: int) -> Iterator[str]:
    table = Table(postcode_table())
    for _, question in questions(listings, searches):  # four times too many, because some lie in the sea
        nearest = table.nearest(question.place.latitude, question.place.longitude, reach_km=15)
        if nearest is not None:
            yield urlencode({"place": nearest.unit.code, "q": question.q, "radius": question.radius_mi})


@contextmanager
def server(folder: str) -> Iterator[tuple[int, int]]:
    """The port of gunicorn over an instance folder, and the process id of its one worker, which has not searched yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "INSTANCE_FOLDER": folder,
        "PLACES_FILE": str(postcode_table()),
        "SECRET_KEY": "only for measuring",
    }
    settings["TRUSTED_HOSTS"] = json.dumps(["127.0.0.1"])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--workers=1", "--threads=4", f"--bind=127.0.0.1:{port}"),
            *("--keep-alive=60", "--log-level=error", "wsgi:app"),
        ],
        env={**os.environ, **{f"DIRECTORY_{name}": value for name, value in settings.items()}},
    )
    try:
        until = time.monotonic() + PATIENCE_S
        while not (workers := children(process.pid)) or not answers(port):
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit("the server did not start")
            time.sleep(0.2)
        yield port, workers[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def answers(port: int) -> bool:
    """Whether the worker is up: it says so without having searched."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def main(sizes: list[int], searches: int, *, over_http: bool) -> int:
    if sys.platform != "linux":
        raise SystemExit("memory and open files of a process are read from /proc, which only Linux has")
    missed: list[str] = []
    for listings in sizes:
        alone(prepare, [listings])
        missed += report(listings, alone(served if over_http else inside, listings, searches), over_http=over_http)
    print("\n" + ("\n".join(f"MISSED  {sentence}" for sentence in missed) or "every promise kept"))
    return 1 if missed else 0


def report(listings: int, found: list[Look], *, over_http: bool) -> list[str]:
    """Prints the looks, and tells what was missed."""
    most_mb = MOST_MB.get(listings)
    print(f"\n{listings:,} listings, {'a worker of gunicorn' if over_http else 'a process that calls search()'}")
    print(f"{'searches':>10}{'memory, MB':>12}{'open files':>12}")
    for look in found:
        print(f"{look.searches:10,}{look.memory_mb:12.1f}{look.files:12}")
    missed = []
    highest = max(look.memory_mb for look in found)
    if most_mb:
        print(f"promised: at most {most_mb:,.0f} MB")
        if highest > most_mb:
            missed.append(f"{listings:,} listings: {highest:,.0f} MB, promised {most_mb:,.0f}")
    settled = [look for look in found if look.searches >= SETTLED]
    if len(settled) > 1:
        first = settled[0]
        growth = max(look.memory_mb for look in settled) / first.memory_mb - 1
        more = max(look.files for look in settled) - first.files
        print(f"from {first.searches:,} searches on: memory grew by {growth:.1%}, promised under {GROWTH:.0%}; files by {more}")
        if growth >= GROWTH:
            missed.append(f"{listings:,} listings: memory grew by {growth:.1%}, promised under {GROWTH:.0%}")
        if more > 0:
            missed.append(f"{listings:,} listings: {more} more files open than after {first.searches:,} searches")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("listings", nargs="*", type=int)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--http", action="store_true")
    given = parser.parse_args()
    sys.exit(main(given.listings or list(SIZES), given.searches, over_http=given.http))
