"""What people would pick instead, each set up as its own experts would: PostgreSQL, SQLite with FTS5 and R*Tree, tantivy.

All hold one row a point (a place where a listing can be met), text and point together, so that none has to join. All want
every word, as plain engines do. Each answers with the ids of the first twenty listings and how many there are.
docs/benches.md says why each is set up as it is.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import tantivy

KM_A_DEGREE = 6371.0088 * math.pi / 180.0
EARTH_M = 6_371_008.8
PAGE = 20
FIELDS = ("name", "terms", "summary", "description", "place")
WEIGHTS = {"name": 4.0, "terms": 3.0, "summary": 2.0, "description": 1.0, "place": 1.0}
WORD = re.compile(r"[^\W_]+")

SPOTS = """SELECT s.id, l.id, v.latitude, v.longitude, l.name,
 (SELECT group_concat(t.label, ' ') FROM listing_term lt JOIN term t ON t.id = lt.term_id
  WHERE lt.listing_id = l.id AND t.taxonomy IN ('need', 'activity', 'audience')),
 l.summary, l.description, v.name || ' ' || v.city || ' ' || v.postal_code, l.checked_on
 FROM session s JOIN listing l ON l.id = s.listing_id JOIN venue v ON v.id = s.venue_id ORDER BY l.id, s.position"""


@dataclass(frozen=True)
class Spot:
    """One point of one listing, with all the words of the listing."""

    id: int
    listing: int
    latitude: float
    longitude: float
    texts: tuple[str, ...]  # in the order of FIELDS
    checked: int  # the date as a number, 0 when never


@dataclass(frozen=True)
class Asked:
    q: str
    latitude: float
    longitude: float
    reach_km: float

    @property
    def words(self) -> list[str]:
        return WORD.findall(self.q.lower())

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, north, west, east of a box around the circle."""
        north = self.reach_km / KM_A_DEGREE
        east = north / math.cos(math.radians(min(abs(self.latitude) + north, 89.0)))
        return self.latitude - north, self.latitude + north, self.longitude - east, self.longitude + east


@dataclass(frozen=True)
class Answer:
    ids: tuple[int, ...]
    total: int


class Peer(Protocol):
    name: str

    def is_filled(self) -> bool: ...

    def fill(self, spots: Iterable[Spot]) -> None:
        """Every row, then whatever makes reading quick."""

    def page(self, asked: Asked) -> Answer:
        """The first twenty by rank, or by distance where no words are asked for, and how many there are."""

    def everything(self, asked: Asked) -> set[int]:
        """All listings that match, to compare."""

    def busy_s(self) -> float:
        """Seconds of processor that its server has used for us; 0.0 for one without a server."""

    def close(self) -> None: ...


def spots(database: Path) -> Iterator[Spot]:
    """The rows of a generated catalogue."""
    connection = sqlite3.connect(database)
    try:
        for id_, listing, latitude, longitude, *texts, checked in connection.execute(SPOTS):
            day = int(checked.replace("-", "")) if checked else 0
            yield Spot(id_, listing, latitude, longitude, tuple(text or "" for text in texts), day)
    finally:
        connection.close()


class Postgres:
    """A weighted `tsvector` under GIN beside a PostGIS point under GiST in one table, so that the two bitmaps are joined."""

    name = "PostgreSQL"
    CLASSES = tuple(zip(FIELDS, "ABCDD", strict=True))
    # What a server of 24 GB with SSDs is commonly given; everything fits into the buffers.
    SERVER = (
        "-c shared_buffers=4GB -c effective_cache_size=12GB -c random_page_cost=1.1 -c effective_io_concurrency=200"
        " -c max_parallel_workers_per_gather=0 -c autovacuum=off -c max_wal_size=8GB"
    )
    SESSION = ("work_mem = '64MB'", "jit = off", "maintenance_work_mem = '1GB'")
    CIRCLE = """at && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
     AND ST_DistanceSphere(at, ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)) <= %(metres)s"""
    WORDS = f"""SELECT listing, max(ts_rank('{{0.25, 0.5, 0.75, 1.0}}', words, query)) AS rank, count(*) OVER ()
     FROM SPOT, plainto_tsquery('english', %(q)s) query WHERE words @@ query AND {CIRCLE}
     GROUP BY listing ORDER BY rank DESC, listing LIMIT {PAGE}"""
    ALONE = f"""SELECT listing, min(ST_DistanceSphere(at, ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326))) AS far,
     count(*) OVER () FROM SPOT WHERE {CIRCLE} GROUP BY listing ORDER BY far, listing LIMIT {PAGE}"""

    def __init__(self, address: str, table: str) -> None:
        self.table = table
        self.words, self.alone = (statement.replace("SPOT", table) for statement in (self.WORDS, self.ALONE))
        # Statements are prepared when they are first met; the planner decides by the words of each.
        self.connection = psycopg.connect(address.replace("+psycopg", ""), autocommit=True, prepare_threshold=0)
        for setting in self.SESSION:
            self.connection.execute(f"SET {setting}")

    def is_filled(self) -> bool:
        row = self.connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s LIMIT 1", (self.table,)).fetchone()
        return row is not None

    def fill(self, spots: Iterable[Spot]) -> None:
        run = self.connection.execute
        run(f"DROP TABLE IF EXISTS {self.table}")
        texts = ", ".join(f"{field} text" for field in FIELDS)
        run("CREATE EXTENSION IF NOT EXISTS postgis")
        run(f"CREATE TEMP TABLE raw (listing int, latitude float8, longitude float8, {texts})")
        with self.connection.cursor().copy(f"COPY raw (listing, latitude, longitude, {', '.join(FIELDS)}) FROM STDIN") as copy:
            for spot in spots:
                copy.write_row((spot.listing, spot.latitude, spot.longitude, *spot.texts))
        run(f"CREATE TABLE {self.table} (listing int NOT NULL, at geometry(Point, 4326) NOT NULL, words tsvector NOT NULL)")
        vector = " || ".join(f"setweight(to_tsvector('english', {field}), '{letter}')" for field, letter in self.CLASSES)
        # In the order of places (PostGIS sorts points along Hilbert's curve): what is near lies in the same blocks.
        run(
            f"INSERT INTO {self.table} SELECT listing, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) AS at, {vector}"
            " FROM raw ORDER BY at"
        )
        run("DROP TABLE raw")
        run(f"CREATE INDEX ON {self.table} USING gin (words) WITH (fastupdate = off)")
        run(f"CREATE INDEX ON {self.table} USING gist (at)")
        run(f"ALTER TABLE {self.table} ALTER words SET STATISTICS 1000")
        run(f"VACUUM ANALYZE {self.table}")

    def page(self, asked: Asked) -> Answer:
        rows = self.connection.execute(self.words if asked.q else self.alone, self._given(asked), binary=True).fetchall()
        return Answer(tuple(row[0] for row in rows), rows[0][2] if rows else 0)

    def everything(self, asked: Asked) -> set[int]:
        words = "words @@ plainto_tsquery('english', %(q)s) AND" if asked.q else ""
        rows = self.connection.execute(f"SELECT listing FROM {self.table} WHERE {words} {self.CIRCLE}", self._given(asked))
        return {row[0] for row in rows}

    def _given(self, asked: Asked) -> dict[str, Any]:
        south, north, west, east = asked.box
        given = {"south": south, "north": north, "west": west, "east": east, "q": asked.q}
        return {**given, "latitude": asked.latitude, "longitude": asked.longitude, "metres": asked.reach_km * 1000}

    def busy_s(self) -> float:
        return float(Path(f"/proc/{self.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9

    def close(self) -> None:
        self.connection.close()


class Sqlite:
    """FTS5 without positions and an R*Tree with the listing beside the box, in one file mapped into memory."""

    name = "SQLite"
    # The tree knows boxes; the distance within one is the haversine, in C.
    FAR = """:earth * 2 * asin(sqrt(pow(sin(radians(south - :latitude) / 2), 2)
     + cos(radians(:latitude)) * cos(radians(south)) * pow(sin(radians(west - :longitude) / 2), 2)))"""
    CIRCLE = f"south BETWEEN :south AND :north AND west BETWEEN :west AND :east AND {FAR} <= :metres"
    RANK = f"bm25(words, {', '.join(str(WEIGHTS[field]) for field in FIELDS)})"
    # CROSS JOIN keeps the order: the words are read once, and each is looked up among the near ones. The other way round
    # FTS5 begins anew for each point, which takes ten times as long.
    HITS = f"""WITH near AS MATERIALIZED (SELECT id, listing FROM spot WHERE {CIRCLE}), hit AS MATERIALIZED (
     SELECT near.listing, {RANK} AS rank FROM words CROSS JOIN near ON near.id = words.rowid WHERE words MATCH :match)"""
    WORDS = f"""{HITS} SELECT listing, min(rank) AS best, count(*) OVER () FROM hit
     GROUP BY listing ORDER BY best, listing LIMIT {PAGE}"""
    ALONE = f"""SELECT listing, min({FAR}) AS far, count(*) OVER () FROM spot WHERE {CIRCLE}
     GROUP BY listing ORDER BY far, listing LIMIT {PAGE}"""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "mmap_size=8000000000", "cache_size=-500000", "temp_store=MEMORY"):
            self.connection.execute(f"PRAGMA {pragma}")

    def is_filled(self) -> bool:
        return self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is not None

    def fill(self, spots: Iterable[Spot]) -> None:
        run = self.connection.execute
        marks = ", ".join("?" * len(FIELDS))
        words = f"INSERT INTO words(rowid, {', '.join(FIELDS)}) VALUES (?, {marks})"
        run("BEGIN")
        run(
            f"CREATE VIRTUAL TABLE words USING fts5({', '.join(FIELDS)}, content='', detail=column,"
            " tokenize='porter unicode61 remove_diacritics 2')"
        )
        run("CREATE VIRTUAL TABLE spot USING rtree(id, south, north, west, east, +listing INTEGER)")
        for spot in spots:
            run(words, (spot.id, *spot.texts))
            box = (spot.latitude, spot.latitude, spot.longitude, spot.longitude)
            run("INSERT INTO spot VALUES (?, ?, ?, ?, ?, ?)", (spot.id, *box, spot.listing))
        run("INSERT INTO words(words) VALUES ('optimize')")
        run("COMMIT")
        run("ANALYZE")

    def page(self, asked: Asked) -> Answer:
        rows = self.connection.execute(self.WORDS if asked.q else self.ALONE, self._given(asked)).fetchall()
        return Answer(tuple(row[0] for row in rows), rows[0][2] if rows else 0)

    def everything(self, asked: Asked) -> set[int]:
        statement = f"{self.HITS} SELECT listing FROM hit" if asked.q else f"SELECT listing FROM spot WHERE {self.CIRCLE}"
        return {row[0] for row in self.connection.execute(statement, self._given(asked))}

    def _given(self, asked: Asked) -> dict[str, Any]:
        south, north, west, east = asked.box
        given = {"south": south, "north": north, "west": west, "east": east, "match": " ".join(asked.words)}
        at = {"latitude": asked.latitude, "longitude": asked.longitude, "metres": asked.reach_km * 1000, "earth": EARTH_M}
        return {**given, **at}

    def busy_s(self) -> float:
        return 0.0

    def close(self) -> None:
        self.connection.close()


class Tantivy:
    """Stemmed fields without positions; a grid of cells as terms narrows the place, ranges of fast fields make it a box.

    The distance of the best forty is worked out here, so that the page is exact; the total counts the box.
    """

    name = "tantivy"
    CELLS_A_DEGREE = 10, 5  # of latitude, of longitude: some 11 by 13 km
    BEST = 40

    def __init__(self, folder: Path) -> None:
        schema = tantivy.SchemaBuilder()
        for field in ("listing", "checked"):
            schema.add_integer_field(field, fast=True)
        for field in ("latitude", "longitude"):
            schema.add_float_field(field, fast=True)
        schema.add_text_field("cell", tokenizer_name="raw", index_option="basic")
        for field in FIELDS:
            schema.add_text_field(field, tokenizer_name="en_stem", index_option="freq")
        self.schema = schema.build()
        (folder / "tantivy").mkdir(exist_ok=True)
        self.index = tantivy.Index(self.schema, path=str(folder / "tantivy"))
        self.searcher = self.index.searcher()

    def is_filled(self) -> bool:
        return self.searcher.num_docs > 0

    def fill(self, spots: Iterable[Spot]) -> None:
        writer = self.index.writer(1_000_000_000, 1)  # so much memory makes one segment, or few
        for spot in spots:
            at = {"latitude": spot.latitude, "longitude": spot.longitude, "cell": self._cell(spot.latitude, spot.longitude)}
            texts = dict(zip(FIELDS, spot.texts, strict=True))
            writer.add_document(tantivy.Document(listing=spot.listing, checked=spot.checked, **at, **texts))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def page(self, asked: Asked) -> Answer:
        if asked.q:
            found = self.searcher.search(self._query(asked), limit=self.BEST)
        else:  # it cannot order by distance
            found = self.searcher.search(self._query(asked), limit=self.BEST, order_by_field="checked")
        near = self._within(asked, [address for _, address in found.hits])
        return Answer(tuple(dict.fromkeys(near))[:PAGE], found.count)

    def everything(self, asked: Asked) -> set[int]:
        found = self.searcher.search(self._query(asked), limit=max(1, self.searcher.num_docs))
        return set(self._within(asked, [address for _, address in found.hits]))

    def _within(self, asked: Asked, addresses: list[Any]) -> list[int]:
        """The listings of the documents that lie within the circle, in their order."""
        listings, latitudes, longitudes = (
            self.searcher.fast_field_values(field, addresses) for field in ("listing", "latitude", "longitude")
        )
        latitude, longitude = math.radians(asked.latitude), math.radians(asked.longitude)
        most = math.sin(asked.reach_km * 1000 / EARTH_M / 2) ** 2
        kept = []
        for listing, at, across in zip(listings, latitudes, longitudes, strict=True):
            phi, theta = math.radians(at), math.radians(across)
            square = math.sin((phi - latitude) / 2) ** 2
            square += math.cos(latitude) * math.cos(phi) * math.sin((theta - longitude) / 2) ** 2
            if square <= most:
                kept.append(listing)
        return kept

    def _query(self, asked: Asked) -> tantivy.Query:
        south, north, west, east = asked.box
        down, across = self.CELLS_A_DEGREE
        cells = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self.schema, "cell", f"{row}:{column}", "basic"))
            for row in range(math.floor(south * down), math.floor(north * down) + 1)
            for column in range(math.floor(west * across), math.floor(east * across) + 1)
        ]
        places = [tantivy.Query.boolean_query(cells)]
        for field, least, most in (("latitude", south, north), ("longitude", west, east)):
            places.append(tantivy.Query.range_query(self.schema, field, tantivy.FieldType.Float, least, most))
        # Where it is must not weigh in the rank.
        wanted = [(tantivy.Occur.Must, tantivy.Query.const_score_query(place, 0.0)) for place in places]
        if asked.q:
            words = self.index.parse_query(" ".join(asked.words), list(FIELDS), field_boosts=WEIGHTS, conjunction_by_default=True)
            wanted.append((tantivy.Occur.Must, words))
        return tantivy.Query.boolean_query(wanted)

    def _cell(self, latitude: float, longitude: float) -> str:
        down, across = self.CELLS_A_DEGREE
        return f"{math.floor(latitude * down)}:{math.floor(longitude * across)}"

    def busy_s(self) -> float:
        return 0.0

    def close(self) -> None:
        pass
