"""Time inside `search()`: text with 3, 10 and 25 miles, and a place alone with facets, over 200 seeded questions.

python -m bench.search [LISTINGS ...]; with two sizes it also tells how the cost grows from the first to the last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.catalogue import TODAY, Country, bench_app, words
from bench.catalogue import main as prepare
from bench.measuring import alone, highest_mb, measures, told
from directory import search
from directory.extensions import db
from directory.places import Place

QUESTIONS = 200
EVERYDAY = 120
RADII_MI = (3.0, 10.0, 25.0)
SIZES = (100_000, 1_000_000)
PROMISED = {"p50": 1.0, "p95": 4.0, "worst": 150.0}  # milliseconds, at 100,000 listings
LOAD_SECONDS = 3.0
MEMORY_MB = {100_000: 250.0, 1_000_000: 1_300.0}
PROMISED_FOR = 100_000
GROWTH = 2.0  # times the median, at ten times the listings


@dataclass(frozen=True)
class Measured:
    """One catalogue: milliseconds on the clock and of the processor, and how many were found, by kind of question."""

    listings: int
    taken: dict[str, list[float]]
    busy: dict[str, list[float]]
    totals: dict[str, list[int]]
    load_s: float
    memory_mb: float

    @property
    def every(self) -> list[float]:
        return [figure for figures in self.taken.values() for figure in figures]


def questions(listings: int, count: int = QUESTIONS) -> Iterator[tuple[str, search.Question]]:
    """(which kind, question), the same ones every time: people ask from where people live. Four of each of `count`."""
    random = np.random.default_rng(1)
    country = Country(listings, random)
    known, often = words(random)
    random = np.random.default_rng(2)
    wanted = often**0.7 / (often**0.7).sum()  # what is looked for is rarer than what is written
    for _ in range(count):
        home = int(random.choice(country.count, p=country.share))
        latitude, longitude = (float(each[0]) for each in country.points(np.array([home]), random))
        codes = (country.outcode(home), country.council(home), "E92000001", "K02000001")
        place = Place("here", "postcode", latitude, longitude, area_codes=codes)
        # Half of them everyday words of the field, held by hundreds or thousands; half what few have.
        among = EVERYDAY if random.random() < 0.5 else len(known)
        chance = wanted[:among] / wanted[:among].sum()
        q = " ".join(known[number] for number in random.choice(among, random.integers(1, 4), p=chance))
        for radius in RADII_MI:
            yield f"text, {radius:.0f} miles", search.Question(place, q=q, radius_mi=radius)
        yield "place alone", search.Question(place, radius_mi=float(random.choice(RADII_MI)))


def measured(listings: int) -> Measured:
    """Asks every question once, in this process, of a catalogue that is filled and indexed."""
    app = bench_app(listings)
    with app.app_context():
        search.configure(folder=app.config["INDEX_FOLDER"])
        asked = list(questions(listings))
        started = time.perf_counter()
        search.search(asked[0][1], today=TODAY)
        load = time.perf_counter() - started
        taken: dict[str, list[float]] = {}
        busy: dict[str, list[float]] = {}
        totals: dict[str, list[int]] = {}
        for kind, question in asked:
            started, worked = time.perf_counter(), time.thread_time()
            found = search.search(question, today=TODAY)
            if not question.q:
                dict(found.facets)  # counted when they are looked at, as a page about a place does
            taken.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
            busy.setdefault(kind, []).append((time.thread_time() - worked) * 1000)
            totals.setdefault(kind, []).append(found.total)
        db.session.rollback()
    return Measured(listings, taken, busy, totals, load, highest_mb())


def main(sizes: list[int]) -> int:
    # Filling and indexing take memory that is the worker's, so each measurement has a process like a web server's.
    alone(prepare, sizes)
    found: list[Measured] = []
    missed: list[str] = []
    for listings in sizes:
        found.append(alone(measured, listings))
        missed += report(found[-1])
        sys.stdout.flush()
    if len(found) > 1:
        missed += growth(found[0], found[-1])
    print("\n" + ("\n".join(f"MISSED  {sentence}" for sentence in missed) or "every promise kept"))
    return 1 if missed else 0


def report(one: Measured) -> list[str]:
    """Prints every figure beside its promise, and tells what was missed. The clock decides; the processor's tells whose fault."""
    print(f"\n{one.listings:,} listings, {len(one.every)} questions; milliseconds inside search()")
    print(f"{'':16}{'p50':>8}{'p95':>8}{'worst':>8}{'found':>8}   processor: p50, p95, worst")
    for kind, figures in one.taken.items():
        print(f"{kind:16}{told(figures)}{np.median(one.totals[kind]):8.0f}   {told(one.busy[kind])}")
    everything = [figure for figures in one.busy.values() for figure in figures]
    print(f"{'all':16}{told(one.every)}{'':11}{told(everything)}")
    missed = []
    if one.listings == PROMISED_FOR:
        print(f"{'promised':16}" + "".join(f"{each:8.2f}" for each in PROMISED.values()))
        overall = measures(one.every)
        missed += [
            f"{name} {overall[name]:.2f} ms, promised {most:.0f}" for name, most in PROMISED.items() if overall[name] > most
        ]
        if one.load_s > LOAD_SECONDS:
            missed.append(f"first search {one.load_s:.2f} s, promised {LOAD_SECONDS:.0f}")
    beside = f" (promised {LOAD_SECONDS:.0f} s)" if one.listings == PROMISED_FOR else ""
    print(f"first search, catalogue read: {one.load_s:.2f} s{beside}")
    most_mb = MEMORY_MB.get(one.listings)
    beside = f" (promised {most_mb:,.0f} MB)" if most_mb else ""
    print(f"memory of the process at its highest: {one.memory_mb:,.0f} MB{beside}")
    if most_mb and one.memory_mb > most_mb:
        missed.append(f"memory {one.memory_mb:,.0f} MB at {one.listings:,} listings, promised {most_mb:,.0f}")
    return missed


def growth(first: Measured, last: Measured) -> list[str]:
    """Prints how much more a question costs in the larger catalogue, and tells whether that is too much."""
    ratios = {name: figure / measures(first.every)[name] for name, figure in measures(last.every).items()}
    print(f"\nfrom {first.listings:,} to {last.listings:,} listings: p50 × {ratios['p50']:.2f}, p95 × {ratios['p95']:.2f}")
    for kind, figures in last.taken.items():
        print(f"{kind:16}p50 × {np.median(figures) / np.median(first.taken[kind]):.2f}")
    if last.listings == 10 * first.listings:
        print(f"promised for ten times the listings: p50 × {GROWTH:.0f} at most")
        if ratios["p50"] > GROWTH:
            return [f"the median grew × {ratios['p50']:.2f} for ten times the listings, promised × {GROWTH:.0f}"]
    return []


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or list(SIZES)))
