"""The promises of the atlas: 42,000 areas, 100,000 listings and 40 needs in 20 seconds and 1 GB on two cores; one need in one
second; a page that reads what was stored in a tenth of a second. Ends non-zero when one is missed.

    python -m bench.atlas [--areas 42000] [--listings 100000] [--needs 40] [--seed 1]

The country is invented: a few large cities, many towns, and villages over the rest. Every seventh listing meets in more than
one place. On a shared machine user time says more than the clock; on two idle cores the clock is what was promised.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from flask_migrate import upgrade

from bench.measuring import alone, highest_mb
from directory import create_app
from directory.areas import kept
from directory.areas.atlas import Points, provision
from directory.areas.population import About, Areas
from directory.areas.supply import Met, Subject, Supply, Told

ALL_S, ONE_S, PAGE_MS, MOST_MB = 20.0, 1.0, 100.0, 1024.0
PAGES = ("/atlas", "/atlas?measure=within&by=decile", "/atlas?by=council", "/atlas/needs/need-0", "/atlas/councils/E06000001")


def country(count: int, seed: int) -> Areas:
    """Invented small areas with about 1,500 people each; four in five lie in towns."""
    random = np.random.default_rng(seed)
    towns = random.uniform((50.2, -4.8), (57.5, 1.2), (400, 2))
    size = 1 / np.arange(1, 401)
    town = random.choice(400, count, p=size / size.sum())
    spread = 0.02 + 0.12 * np.sqrt(size[town])
    inside = random.random(count) < 0.8
    near = towns[town] + random.normal(0, 1, (count, 2)) * spread[:, None] * (1, 1.6)
    point = np.where(inside[:, None], near, random.uniform((50.2, -4.8), (57.5, 1.2), (count, 2)))
    return Areas(
        code=np.array([f"X{number:08}" for number in range(count)]),
        name=np.array([f"Area {number}" for number in range(count)]),
        latitude=point[:, 0],
        longitude=point[:, 1],
        population=random.integers(800, 3000, count).astype(np.float64),
        rural=np.where(inside, 0, 1).astype(np.int8),
        decile=random.integers(1, 11, count).astype(np.int8),
        council=np.array([f"E06{number:06}" for number in 1 + town % 300]),
        outcode=np.array([f"ZZ{number}" for number in town]),
        about=About("invented areas", "", "2026-11-20"),
    )


def listings(areas: Areas, count: int, needs: int, seed: int) -> Points:
    """Points near areas drawn at random; two needs each, some needs far commoner than others."""
    random = np.random.default_rng(seed + 1)
    owner = np.concatenate((np.arange(count), random.integers(0, count, count // 7)))
    at = random.integers(0, len(areas), len(owner))
    often = 1 / np.arange(1, needs + 1)
    subjects = np.zeros((needs, len(owner)), bool)
    for _ in range(2):
        subjects[random.choice(needs, count, p=often / often.sum())[owner], np.arange(len(owner))] = True
    return Points(
        listing=owner,
        latitude=areas.latitude[at] + random.normal(0, 0.01, len(owner)),
        longitude=areas.longitude[at] + random.normal(0, 0.016, len(owner)),
        weight=np.ones(len(owner)),
        is_stop=np.zeros(len(owner), bool),
        subjects=subjects,
    )


def measured(areas: int, count: int, needs: int, seed: int) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of processor, and megabytes at most, for `needs` needs."""
    small = country(areas, seed)
    points = listings(small, count, needs, seed)
    began, worked = time.perf_counter(), time.process_time()
    provision(small, points)
    return time.perf_counter() - began, time.process_time() - worked, highest_mb()


def one_need(areas: int, count: int, seed: int) -> tuple[float, float]:
    """The same for one need of forty that is as common as the average: median of five."""
    small = country(areas, seed)
    points = listings(small, count * 2 // 40, 1, seed)
    figures = []
    for _ in range(5):
        began, worked = time.perf_counter(), time.process_time()
        provision(small, points)
        figures.append((time.perf_counter() - began, time.process_time() - worked))
    return statistics.median(each for each, _ in figures), statistics.median(each for _, each in figures)


def pages(areas: int, count: int, needs: int, seed: int) -> dict[str, float]:
    """Milliseconds of processor to make each page from what was stored, the median of nine, after one that opens the files."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"INSTANCE_FOLDER": folder, "SECRET_KEY": "only for measuring", "JOBS_FILE": "", "TESTING": True})
        with app.app_context():
            upgrade()
        small = country(areas, seed)
        points = listings(small, count, needs, seed)
        named = [tuple(np.flatnonzero(tagged).tolist()) for tagged in points.subjects.T]
        supply = Supply(
            stamp="invented",
            day="2026-11-20",
            subjects=tuple(Subject(f"need-{number}", f"Need {number}") for number in range(needs)),
            met=[
                Met(listing, latitude, longitude, "", 1.0, is_stop=False, counts=True, subjects=subjects)
                for listing, latitude, longitude, subjects in zip(
                    points.listing.tolist(), points.latitude.tolist(), points.longitude.tolist(), named, strict=True
                )
            ],
            told={listing: Told((), "group", is_checked=True) for listing in range(count)},
        )
        atlas = Path(app.config["ATLAS_FOLDER"])
        kept.refresh(atlas, small, supply, authority_of=str, made_at="2026-11-20T09:00:00+00:00", stamp="invented")
        client = app.test_client()
        found = {}
        for page in PAGES:
            client.get(page)
            took = []
            for _ in range(9):
                began = time.process_time()
                answer = client.get(page)
                took.append((time.process_time() - began) * 1000)
                assert answer.status_code == 200, f"{page}: {answer.status}"
            found[page] = statistics.median(took)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("areas", 42_000), ("listings", 100_000), ("needs", 40), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as wsgi.py does, for the processes that are started here
    missed = []

    def tell(what: str, figure: float, promised: float, unit: str, note: str = "") -> None:
        met = figure <= promised
        print(f"{what:58}{figure:10.2f} {unit:3} of {promised:g} {note}{'' if met else '   MISSED'}", flush=True)
        if not met:
            missed.append(what)

    clock, worked, megabytes = alone(measured, given.areas, given.listings, given.needs, given.seed)
    # Other work on the machine makes the clock run on; what was worked is the longest that it would show on an idle one.
    told = f"{given.areas:,} areas x {given.listings:,} listings x {given.needs} needs"
    tell(told, min(clock, worked), ALL_S, "s", f"({clock:.1f} by the clock, {worked:.1f} worked)")
    tell("memory of it at most", megabytes, MOST_MB, "MB")
    clock, worked = alone(one_need, given.areas, given.listings, given.seed)
    tell("one need", min(clock, worked), ONE_S, "s", f"({clock:.2f} by the clock, {worked:.2f} worked)")
    for page, milliseconds in alone(pages, given.areas, given.listings, given.needs, given.seed).items():
        tell(page, milliseconds, PAGE_MS, "ms")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
