"""The promises of claims in figures: what is pressed twice at once is done once, and the time taken does not tell who is known.

python -m bench.claims [PAIRS] [TRIES] [DATABASE]; exits 1 where a promise is broken. Both databases unless one is named.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import timedelta
from statistics import median

from flask import Flask

from bench.curation import sites
from directory.actions import newcomers
from directory.extensions import db
from tests import make
from tests.actions.test_claims_at_once import ONCE, claim_often

PAIRS, TRIES, PROMISED_MS = 1_000, 200, 5.0


def pressed_twice(app: Flask, times: int) -> Counter[tuple[object, ...]]:
    """What became of so many forms, and of as many links, each pressed twice at once."""
    with app.app_context():
        return claim_often(make, app, times)


def taken(app: Flask, tries: int) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds that asking for the first link took, and those at work here, with an account and without, by turns."""
    told: dict[str, list[tuple[float, float]]] = {"known": [], "unknown": []}
    with app.app_context():
        listing = make.listing("Timed")
        for number in range(tries):
            make.account(f"Known {number}")
            for sort in ("known", "unknown") if number % 2 else ("unknown", "known"):
                whose = f"{sort}-{number}@example.org"
                now = make.NOW + timedelta(hours=number)
                db.session.remove()
                thing = db.session.merge(listing, load=True)
                began, at_work = time.perf_counter(), time.process_time()
                newcomers.begin(whose, thing, path="/", whose=whose, who=whose, now=now)
                took = time.perf_counter() - began, time.process_time() - at_work
                told[sort].append((took[0] * 1_000, took[1] * 1_000))
    return told


def main() -> None:
    pairs, tries = (int(sys.argv[at]) if len(sys.argv) > at else given for at, given in ((1, PAIRS), (2, TRIES)))
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    is_kept = True
    with sites() as made:
        for name, app in ((name, app) for name, app in made if only in ("", name)):
            outcomes = pressed_twice(app, pairs // 2)
            tried = taken(app, tries)
            times = {sort: median(wall for wall, _ in each) for sort, each in tried.items()}
            work = {sort: median(here for _, here in each) for sort, each in tried.items()}
            apart = abs(times["known"] - times["unknown"])
            doubles = sum(count for outcome, count in outcomes.items() if outcome != ONCE)
            is_kept = is_kept and not doubles and apart <= PROMISED_MS
            print(f"{name}: {2 * sum(outcomes.values())} pairs of presses, {doubles} doubles; ", end="", flush=True)
            told = f"known {times['known']:.2f} ms, unknown {times['unknown']:.2f} ms, {apart:.2f} apart; promise {PROMISED_MS:g}"
            print(f"{told}; at work here {work['known']:.2f} and {work['unknown']:.2f} ms", flush=True)
            with app.app_context():
                db.engine.dispose()
    sys.exit(not is_kept)


if __name__ == "__main__":
    main()
