"""Hostile addresses over 100,000 listings: none is answered with a fault, none takes long.

python -m bench.fuzz [LISTINGS] [ADDRESSES] [SEED]
"""

from __future__ import annotations

import logging
import sys
import time

import numpy as np

from bench.catalogue import COMMON, bench_app, words
from bench.judged_catalogues import postcode_table
from directory import places, search
from tests.fuzz.hostile import addresses

PROMISED_MS = 200.0  # of the processor, for anything typed
TELLING = 12  # slowest kinds shown
PLACE = "54.3, -2.0"


def main(listings: int, count: int, seed: int) -> int:
    app = bench_app(listings)
    app.testing = False
    logging.disable(logging.ERROR)
    known, _ = words(np.random.default_rng(1))
    with app.app_context():
        places.configure(file=postcode_table())
        search.configure(folder=app.config["INDEX_FOLDER"])
        if search.needs_rebuild():
            search.rebuild()
            search.configure(folder=app.config["INDEX_FOLDER"])
    client = app.test_client()
    first = {
        "first search": "/search?q=garden",
        "first correction": "/search?q=gardne",
        "first suggestion": "/search/words?q=gar",
    }
    first = {what: f"{address}&place={PLACE}" for what, address in first.items()}
    first["first question without a place"] = "/search?q=garden"
    for what, address in first.items():
        print(f"{what:44}{asked(client, address)[1]:8.0f} ms of the processor, once in each process")
    taken: dict[str, list[float]] = {}
    slowest: dict[str, str] = {}
    faults = []
    for kind, address in addresses(seed, count, known, COMMON.split(), PLACE):
        status, ms = asked(client, address)
        if ms > max(taken.get(kind, [0.0])):
            slowest[kind] = address
        if ms > PROMISED_MS:
            print(f"{ms:8.0f} ms, {kind}: {address[:300]}", flush=True)
        taken.setdefault(kind, []).append(ms)
        if status >= 500:
            faults.append((status, address))
    return report(listings, taken, slowest, faults)


def asked(client: object, address: str) -> tuple[int, float]:
    """Status, and milliseconds of the processor that whoever asks has to wait for."""
    begun = time.thread_time()
    response = client.get(address)
    response.get_data()
    return response.status_code, (time.thread_time() - begun) * 1000


def report(listings: int, taken: dict[str, list[float]], slowest: dict[str, str], faults: list[tuple[int, str]]) -> int:
    every = [ms for figures in taken.values() for ms in figures]
    print(f"{len(every):,} addresses of {len(taken)} kinds over {listings:,} listings; milliseconds of the processor")
    print(f"{'':44}{'p50':>8}{'worst':>8}")
    for kind in sorted(taken, key=lambda kind: -max(taken[kind]))[:TELLING]:
        print(f"{kind:44}{np.percentile(taken[kind], 50):8.1f}{max(taken[kind]):8.1f}")
    print(f"{'all':44}{np.percentile(every, 50):8.1f}{max(every):8.1f}   promised {PROMISED_MS:.0f}")
    print(f"answers of 5xx: {len(faults)} (promised 0)")
    for status, address in faults[:10]:
        print(f"  {status} {address[:300]}")
    slow = [kind for kind in taken if max(taken[kind]) > PROMISED_MS]
    for kind in sorted(slow, key=lambda kind: -max(taken[kind])):
        print(f"  {max(taken[kind]):.0f} ms, {kind}: {slowest[kind][:400]}")
    print("MISSED" if faults or slow else "every promise kept")
    return 1 if faults or slow else 0


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*given, *(100_000, 3_000, 1)[len(given) :]))
