"""The promise of the public pages of gaps: a tenth of a second with 5,000 gaps and 20,000 cells. Ends non-zero when missed.

    python -m bench.gaps [--gaps 5000] [--cells 20000] [--times 9]

User time of the process is what counts: on a shared machine the clock tells of the neighbours.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert

from directory import create_app
from directory.areas import hexagons
from directory.extensions import db
from directory.models import Cell, Gap, GapStep, Quarter, Taxonomy, Term, Voice, quarters
from directory.models.gaps import CLOSED, GapKind, GapState

PROMISED_MS = 100.0
NEEDS, AREAS, QUARTERS = 40, 200, ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
PAGES = ("/gaps", "/gaps?sort=oldest", "/gaps?area=ZZ7", "/gaps?lane=reported", "/gaps/map", "/gaps/map?need=need-3")


def fill(gaps: int, cells: int, seed: int = 1) -> None:
    """An invented register over two hundred areas and forty councils; half of the gaps have a step of a lead."""
    chance = random.Random(seed)
    places = {f"ZZ{number}": (chance.uniform(50.5, 54.5), chance.uniform(-3.5, 0.5)) for number in range(AREAS)}
    council = {code: f"E06{number % 40:06}" for number, code in enumerate(places)}
    kinds = [kind for kind in GapKind if kind is not GapKind.NOT_KNOWN]
    keys = [(area, term, kind) for area in places for term in range(1, NEEDS + 1) for kind in kinds]
    now = datetime(2026, 11, 20, tzinfo=UTC)
    plain = {"taxonomy": Taxonomy.NEED, "phrases": []}
    terms = [
        plain | {"id": number, "slug": f"need-{number}", "label": f"Need {number}", "position": number}
        for number in range(1, NEEDS + 1)
    ]
    rows, steps = [], []
    for number, (area, term, kind) in enumerate(chance.sample(keys, gaps), 1):
        state = chance.choice([each for each in GapState if each not in (GapState.MERGED, GapState.MISTAKEN)])
        opened = now - timedelta(days=chance.randrange(400))
        place = {"area_code": area, "council_code": council[area], "hexagon": hexagons.cell_at(*places[area])}
        closed = {"closed_at": now - timedelta(days=9) if state in CLOSED else None}
        moments = {"opened_at": opened, "changed_at": now} | closed
        rows.append({"id": number, "term_id": term, "kind": kind, "state": state} | moments | place)
        if chance.random() < 0.5:
            stepped = now - timedelta(days=chance.randrange(300))
            steps.append({"gap_id": number, "made_at": stepped, "voice": Voice.STAFF, "state": state})
    per_quarter = cells // len(QUARTERS)
    counted = [
        {"quarter": quarter, "area_code": area, "term_id": term, "kind": kind, "people": 5 * chance.randint(2, 9)}
        | {"council_code": council[area], "hexagon": hexagons.cell_at(*places[area])}
        for quarter in QUARTERS
        for area, term, kind in chance.sample(keys, per_quarter)
    ]
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(insert(Term), terms)
        connection.execute(insert(Gap), rows)
        connection.execute(insert(GapStep), [step | {"words": "We look into it."} for step in steps])
        connection.execute(insert(Quarter), [{"quarter": each, "counted_at": quarters.ended(each)} for each in QUARTERS])
        connection.execute(insert(Cell), counted)


def timed(app: Flask, address: str, times: int) -> tuple[float, float, int]:
    """Median milliseconds by the processor and by the clock, and the bytes of the page."""
    client = app.test_client()
    by_processor, by_clock, size = [], [], 0
    for number in range(times + 2):
        began, busy = time.perf_counter(), time.process_time()
        answer = client.get(address)
        if number >= 2:  # the first two read templates and compile statements
            by_processor.append(1000 * (time.process_time() - busy))
            by_clock.append(1000 * (time.perf_counter() - began))
        size = len(answer.data)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
    return statistics.median(by_processor), statistics.median(by_clock), size


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--gaps", type=int, default=5_000)
    arguments.add_argument("--cells", type=int, default=20_000)
    arguments.add_argument("--times", type=int, default=9)
    asked = arguments.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        plain = {"INSTANCE_FOLDER": folder, "SECRET_KEY": "only for a bench", "JOBS_FILE": "", "TESTING": True}
        app = create_app(plain)
        with app.app_context():
            upgrade()
            fill(asked.gaps, asked.cells)
            print(f"{asked.gaps:,} gaps, {asked.cells:,} cells, SQLite in {Path(folder).name}; promised {PROMISED_MS:.0f} ms")
            for address in PAGES:
                processor, clock, size = timed(app, address, asked.times)
                missed |= processor > PROMISED_MS
                print(f"{address:28} {processor:6.1f} ms of the processor, {clock:6.1f} by the clock, {size / 1024:5.0f} KB")
            db.session.remove()
            db.engine.dispose()
    sys.exit(missed)


if __name__ == "__main__":
    main()
