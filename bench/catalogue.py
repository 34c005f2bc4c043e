"""A generated catalogue of any size: settlements, a rural share, Zipfian words, sessions, stops, coverage. Seeded.

The country grows with the catalogue, so that what lies around a settlement is the same at every size. A million takes
some five minutes on two cores. Run alone, it fills and indexes: python -m bench.catalogue [LISTINGS...]
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
import time as stopwatch
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Table, select
from sqlalchemy.dialects import sqlite

from directory import create_app, models, search
from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db
from directory.models.vocabulary import listing_term
from directory.search import document_from

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
LISTINGS_A_SETTLEMENT = 65
MIDDLE, SPAN = (54.3, -2.0), (8.8, 7.5)  # degrees at 100,000 listings; the country grows with them, its density does not
WORDS = 20_000
AT_ONCE = 5_000  # listings of one batch; each is drawn with its own seed, so that several can be drawn at a time
STOPS = 8
COMMON = """community support group club friends social coffee morning lunch garden walking people help advice local family centre
 church hall art craft music singing dance exercise gentle health wellbeing carers men women young older tea drop session free
 weekly everyone welcome volunteer learn computer digital money debt benefits housing food bank warm memory dementia cafe reading
 book library knit sew chair yoga swim cycle football bowls allotment nature wildlife museum history parent baby toddler school
 job work skills english language grief loss talk listen anxiety confidence sleep pain falls balance stroke sight hearing deaf
 autism disability transport bus shopping visit befriend phone online home"""
FIRST = [
    "Bramble",
    "Cawstead",
    "Saxley",
    "Thornby",
    "Wickmere",
    "Elmsett",
    "Harbury",
    "Larkfield",
    "Millbrook",
    "Nettlecombe",
    "Oakhanger",
    "Pelham",
]


class Country:
    """Where people live: settlements with a size, a point, an outward code and a council."""

    def __init__(self, listings: int, random: np.random.Generator) -> None:
        self.count = max(20, listings // LISTINGS_A_SETTLEMENT)
        side = math.sqrt(listings / 100_000)
        self.latitude = MIDDLE[0] + (random.random(self.count) - 0.5) * SPAN[0] * side
        self.longitude = MIDDLE[1] + (random.random(self.count) - 0.5) * SPAN[1] * side
        size = random.pareto(1.1, self.count) + 0.3
        self.size = np.minimum(size, 60.0)
        self.share = self.size / self.size.sum()

    def outcode(self, settlement: int) -> str:
        number, area = settlement % 90 + 10, settlement // 90
        return f"{chr(65 + area // 26 % 26)}{chr(65 + area % 26)}{number}"

    def council(self, settlement: int) -> str:
        return f"E07{settlement // 5:06}"

    def points(self, settlement: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A point near each settlement; a quarter of them far out in the country."""
        spread_km = np.where(random.random(len(settlement)) < 0.25, 9.0, 0.8 + 0.6 * np.sqrt(self.size[settlement]))
        north, east = random.normal(size=(2, len(settlement))) * spread_km
        latitude = self.latitude[settlement] + north / 111.2
        return latitude, self.longitude[settlement] + east / (111.2 * np.cos(np.radians(latitude)))


def words(random: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Twenty thousand words, the everyday ones of the field first, and how often each is used (Zipf)."""
    made = COMMON.split()
    syllables = [first + vowel for first in "bcdfghjklmnprstvw" for vowel in "aeiou"]
    seen = set(made)
    while len(made) < WORDS:
        word = "".join(random.choice(syllables, random.integers(2, 5)))
        if word not in seen:
            seen.add(word)
            made.append(word)
    often = 1.0 / (np.arange(WORDS) + 8.0)
    return made, often / often.sum()


def bench_app(listings: int) -> Flask:
    """An application over a catalogue of this size, generated once for each state of this file."""
    state = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / "fingerpost-bench" / f"{listings}-{state}"
    whole = folder / "whole"
    if not whole.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    app = create_app({"INSTANCE_FOLDER": str(folder), "SECRET_KEY": "only for measuring", "JOBS_FILE": "", "TESTING": True})
    with app.app_context():
        upgrade()  # tables may have changed since it was filled
        if not whole.exists():
            vocabulary_actions.load(shipped.shipped_terms())
            fill(listings, Path(str(db.engine.url.database)))
            whole.touch()
        db.engine.dispose()
    return app


def fill(listings: int, file: Path, seed: int = 1) -> None:
    """Writes the catalogue into the empty database: drawn by one process a core, written by this one."""
    terms = db.session.execute(select(models.Term.id, models.Term.taxonomy, models.Term.slug, models.Term.label)).all()
    db.session.remove()
    db.engine.dispose()
    batches = [(start, min(start + AT_ONCE, listings)) for start in range(0, listings, AT_ONCE)]
    order = [table.name for table in db.metadata.sorted_tables]
    connection = sqlite3.connect(file, isolation_level=None)
    # Nobody else reads it yet, and what is cut short is thrown away.
    for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-200000"):
        connection.execute(f"PRAGMA {pragma}")
    told = [(term.id, str(term.taxonomy), term.slug, term.label) for term in terms]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count(), begin_drawing, (listings, seed, told)) as pool:
        for tables in pool.imap(drawn, batches):
            connection.execute("BEGIN")
            for name in sorted(tables, key=order.index):
                columns, rows = tables[name]
                named = ", ".join(f'"{column}"' for column in columns)
                connection.executemany(f"INSERT INTO {name} ({named}) VALUES ({', '.join('?' * len(columns))})", rows)
            connection.execute("COMMIT")
    connection.execute("PRAGMA optimize=0x10002")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@dataclass(frozen=True)
class Term:
    id: int
    taxonomy: str
    slug: str
    label: str


@dataclass(frozen=True)
class Drawing:
    """What every batch is drawn from; made once in each process."""

    seed: int
    country: Country
    known: list[str]
    often: np.ndarray
    terms: dict[str, list[Term]]


_drawing: Drawing | None = None
Batch = dict[str, tuple[list[str], list[tuple[Any, ...]]]]  # table → its columns, and rows of them


def begin_drawing(listings: int, seed: int, told: list[tuple[int, str, str, str]]) -> None:
    global _drawing
    random = np.random.default_rng(seed)
    country = Country(listings, random)
    by_taxonomy: dict[str, list[Term]] = {}
    for term in told:
        by_taxonomy.setdefault(term[1], []).append(Term(*term))
    _drawing = Drawing(seed, country, *words(random), by_taxonomy)


def drawn(bounds: tuple[int, int]) -> Batch:
    """The rows of one batch of listings, as the driver takes them."""
    assert _drawing is not None
    rows = Rows()
    random = np.random.default_rng((_drawing.seed, bounds[0]))
    for part in some(*bounds, _drawing.country, _drawing.known, _drawing.often, _drawing.terms, random):
        rows.add(part)
    return rows.batch()


def some(
    first: int,
    last: int,
    country: Country,
    known: list[str],
    often: np.ndarray,
    terms: dict[str, list[Term]],
    random: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """The plain values of listings `first` to `last`."""
    count = last - first
    home = random.choice(country.count, count, p=country.share)
    text = random.choice(len(known), (count, 62), p=often)
    chance = random.random((count, 8))
    days = random.integers(0, 7, count)
    hours = random.integers(9, 20, count)
    age = random.integers(0, 700, count)
    popular = {taxonomy: 1.0 / (np.arange(len(of)) + 3.0) for taxonomy, of in terms.items()}
    drawn = {
        taxonomy: random.choice(len(of), (count, 2), p=popular[taxonomy] / popular[taxonomy].sum())
        for taxonomy, of in terms.items()
    }
    for place in range(count):
        said = [known[number] for number in text[place]]
        stops = STOPS if chance[place, 0] > 0.985 else 1
        settlements = np.full(stops, home[place]) if stops == 1 else random.choice(country.count, stops, p=country.share)
        latitude, longitude = country.points(settlements, random)
        chosen = [terms["need"][drawn["need"][place, 0]], terms["activity"][drawn["activity"][place, 0]]]
        if chance[place, 1] < 0.4:
            chosen.append(terms["need"][drawn["need"][place, 1]])
        if chance[place, 2] < 0.3:
            chosen.append(terms["audience"][drawn["audience"][place, 0]])
        away = chance[place, 3]
        coverage = []
        if chance[place, 4] < 0.10:
            coverage = [country.outcode(home[place] + step) for step in range(3)]
        elif chance[place, 4] < 0.14:
            coverage = [country.council(home[place])]
        elif away > 0.9:
            coverage = [country.council(home[place])] if away < 0.997 else ["K02000001"]
        yield {
            "id": first + place + 1,
            "name": f"{FIRST[home[place] % len(FIRST)]} {said[0]} {said[1]}".title(),
            "summary": " ".join(said[2:14]).capitalize(),
            "description": " ".join(said[14:]).capitalize(),
            "settlement": int(home[place]),
            "points": list(zip(latitude.tolist(), longitude.tolist(), strict=True)) if away < 0.94 else [],
            "mode": "stop" if stops > 1 else "venue",
            "home": 0.90 < away < 0.94,
            "online": away >= 0.94,
            "terms": list({term.id: term for term in chosen}.values()),
            "access": {
                terms["access"][drawn["access"][place, step]].id: bool(chance[place, 5] < 0.8)
                for step in range(2 if chance[place, 6] < 0.4 else 0)
            },
            "coverage": coverage,
            "day": None if chance[place, 7] < 0.15 else int(days[place]),
            "hour": int(hours[place]),
            "checked": None if chance[place, 7] > 0.9 else TODAY - timedelta(days=int(age[place])),
            "cost": (None, "free", "paid", "donation")[int(chance[place, 5] * 4)],
            "join": (None, "self", "either", "professional")[int(chance[place, 6] * 4)],
            "outcode": country.outcode(int(home[place])),
        }


class Rows:
    """Rows of one batch, by table."""

    def __init__(self) -> None:
        self.tables: dict[Any, list[dict[str, Any]]] = {}

    def put(self, table: Any, **values: Any) -> None:
        self.tables.setdefault(table, []).append(values)

    def add(self, part: dict[str, Any]) -> None:
        """Everything of one listing."""
        id_ = part["id"]
        self.put(
            models.Listing.__table__,
            id=id_,
            uid=uuid.UUID(int=id_),
            slug=f"listing-{id_}",
            kind=list(models.Kind)[id_ % len(models.Kind)],
            status=models.Status.PUBLISHED,
            name=part["name"],
            summary=part["summary"],
            description=part["description"],
            cost=part["cost"] and models.Cost(part["cost"]),
            join=part["join"] and models.Join(part["join"]),
            minimum_age=18 if id_ % 3 == 0 else None,
            at_venue=bool(part["points"]),
            home_visits=part["home"],
            online=part["online"],
            by_phone=False,
            confidential_location=False,
            checked_on=part["checked"],
            created_at=NOW,
            modified_at=NOW,
            version=1,
        )
        for position, (latitude, longitude) in enumerate(part["points"]):
            venue_id = id_ * STOPS + position
            self.put(
                models.Venue.__table__,
                id=venue_id,
                uid=uuid.UUID(int=venue_id),
                name="Village Hall",
                city=f"Town {part['settlement']}",
                postal_code=f"{part['outcode']} 1AA",
                latitude=latitude,
                longitude=longitude,
            )
            timed = part["day"] is not None
            self.put(
                models.Session.__table__,
                uid=uuid.UUID(int=venue_id),
                listing_id=id_,
                venue_id=venue_id,
                mode=models.Mode(part["mode"]),
                rrule=f"FREQ=WEEKLY;BYDAY={['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'][part['day']]}" if timed else "",
                starts_on=date(2026, 1, 5) + timedelta(days=part["day"]) if timed else None,
                opens=time(part["hour"]) if timed else None,
                closes=time(part["hour"] + 2) if timed else None,
                except_on=[],
                also_on=[],
                position=position,
            )
        for term in part["terms"]:
            self.put(listing_term, listing_id=id_, term_id=term.id)
        for term_id, present in part["access"].items():
            self.put(models.AccessFact.__table__, listing_id=id_, term_id=term_id, present=present)
        for code in part["coverage"]:
            self.put(models.Coverage.__table__, listing_id=id_, area_code=code, approved=True)
        document = document_from(
            kind=list(models.Kind)[id_ % len(models.Kind)],
            name=part["name"],
            summary=part["summary"],
            description=[part["description"]],
            terms=[(term.taxonomy, term.slug, term.label) for term in part["terms"]],
            places=[f"Village Hall Town {part['settlement']} {part['outcode']}"],
        )
        self.put(models.SearchDocument.__table__, listing_id=id_, version=1, **asdict(document))
        self.put(models.SearchChange.__table__, listing_id=id_, version=1)

    def batch(self) -> Batch:
        return {table.name: as_driver_takes(table, rows) for table, rows in self.tables.items()}


def as_driver_takes(table: Table, rows: list[dict[str, Any]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows as SQLAlchemy itself would hand them to SQLite, defaults included, at a third of its price."""
    dialect = sqlite.dialect()
    usual = {each.name: each.default.arg for each in table.c if each.default is not None and each.default.is_scalar}
    columns = {}
    for name in {**usual, **rows[0]}:
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
        columns[name] = [convert(row[name]) if name in row else convert(usual[name]) for row in rows]
    return list(columns), list(zip(*columns.values(), strict=True))


def main(sizes: list[int]) -> None:
    """Fills and indexes catalogues of these sizes, so that the benches find them ready."""
    for listings in sizes:
        started = stopwatch.perf_counter()
        app = bench_app(listings)
        filled = stopwatch.perf_counter()
        with app.app_context():
            search.configure(folder=app.config["INDEX_FOLDER"])
            if search.needs_rebuild():
                search.rebuild()
        indexed = stopwatch.perf_counter()
        print(f"{listings:,} listings: filled in {filled - started:.0f} s, indexed in {indexed - filled:.0f} s", flush=True)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [100_000])
