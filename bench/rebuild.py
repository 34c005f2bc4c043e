"""A new text index from nothing while another process searches the old one all the time.

python -m bench.rebuild [LISTINGS]
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from bench.catalogue import TODAY, bench_app
from bench.search import questions
from directory import search
from directory.cli.telling import progress
from directory.extensions import db

PROMISED_S = {20_000: 25.0, 100_000: 120.0}
USUAL = 100_000
BEFORE_S = 3.0  # of searches alone, to compare with
IN_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # Linux counts kilobytes, macOS bytes


def main(listings: int) -> int:
    app = bench_app(listings)
    folder = tempfile.mkdtemp(prefix="fingerpost-rebuild-")
    try:
        with app.app_context():
            search.configure(folder=folder)
            search.rebuild()
            db.session.remove()
            asking = subprocess.Popen(
                [sys.executable, "-m", "bench.rebuild", "--ask", str(listings), folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                asking.stdout.readline()  # its catalogue is read
                time.sleep(BEFORE_S)
                before, worked = time.monotonic(), busy()
                with progress(f"Index of {listings:,}") as told:
                    count = search.rebuild(told)
                after, worked = time.monotonic(), busy() - worked
                time.sleep(0.2)
                told_by, _ = asking.communicate(json.dumps([before, after]))
            finally:
                asking.kill()
                asking.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    answers = json.loads(told_by)
    assert count == listings
    return report(listings, after - before, worked, answers)


def report(listings: int, wall: float, worked: float, answers: dict[str, float]) -> int:
    promised = PROMISED_S.get(listings, float("inf"))
    print(f"{listings:,} listings: {wall:.1f} s, {worked:.1f} s of processor (promised {promised:.0f} s)")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / IN_MB
    print(f"memory of the largest process: {memory:.0f} MB")
    for name, label in (("alone", "before"), ("meanwhile", "meanwhile")):
        told = answers[name]
        print(f"searches {label:10} {told['asked']:7,} asked, p50 {told['p50']:6.2f} ms, p95 {told['p95']:6.2f} ms")
    print(f"errors {answers['errors']}, answers not from an index {answers['without']}")
    # On a busy machine the clock tells how busy it is; work that is done by one process would take as long as its processor.
    missed = ["time"] * (min(wall, worked) > promised) + ["errors"] * bool(answers["errors"])
    missed += ["searches meanwhile"] * (not answers["meanwhile"]["asked"])
    print(f"MISSED: {', '.join(missed)}" if missed else "every promise kept")
    return 1 if missed else 0


def busy() -> float:
    """Seconds of processor of this process and of those that it started and that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def ask(listings: int, folder: str) -> None:
    """Searches without a pause, like one busy web process, until somebody says between which moments the rebuild was."""
    app = bench_app(listings)
    times: list[tuple[float, float]] = []
    errors = without = 0
    heard: list[str] = []
    with app.app_context():
        search.configure(folder=folder)
        asked = [question for _, question in questions(listings)]
        for question in asked:
            search.search(question, today=TODAY)  # every word once, so that what is measured is not its first sight
        index = search.now.current.index
        print("ready", flush=True)
        listener = threading.Thread(target=lambda: heard.append(sys.stdin.read()))
        listener.start()
        while not heard:
            for question in asked:
                started = time.monotonic()
                try:
                    search.search(question, today=TODAY)
                    without += not index.is_ready()
                except Exception:
                    errors += 1
                times.append((started, (time.monotonic() - started) * 1000))
                db.session.rollback()  # each is a request of its own
        listener.join()
    before, after = json.loads(heard[0])
    told = {
        "alone": measures([took for started, took in times if started < before]),
        "meanwhile": measures([took for started, took in times if before <= started <= after]),
    }
    print(json.dumps({**told, "errors": errors, "without": without}), flush=True)


def measures(figures: list[float]) -> dict[str, float]:
    if not figures:
        return {"asked": 0, "p50": 0.0, "p95": 0.0}
    return {"asked": len(figures), "p50": float(np.median(figures)), "p95": float(np.percentile(figures, 95))}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        ask(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL))
