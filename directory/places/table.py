"""The postcode table: a SQLite file of sectors with their units packed inside, opened to read and never changed in place.

A sector row holds its units as four columns of bytes in step: two letters each, millionths of a degree (latitude,
longitude, int32), the number of the council (uint16), and 1 for a code no longer in use. Twelve thousand rows instead of
2.6 million keep the file at a third of the size and the build short.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import sqlite3
import struct
import sys
import threading
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from directory.errors import Unavailable
from directory.places.answers import Unit
from directory.places.grid import MICRO
from directory.places.postcodes import spaced

log = logging.getLogger(__name__)

LAYOUT = "1"
LOOK_AGAIN_S = 1.0
NOT_NOW = "We cannot look up postcodes just now. Try the name of a town or village, or come back in a few minutes."
POINT = struct.Struct("<ii")
NUMBER = struct.Struct("<H")

# Squares of about two kilometres that say which sectors have units in them.
CELL_LATITUDE = 0.02
CELL_LONGITUDE = 0.03
KM_A_DEGREE = 111.32

SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE council (
    number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, latitude REAL, longitude REAL, units INTEGER, radius_km REAL
);
CREATE TABLE outcode (
    code TEXT PRIMARY KEY, latitude REAL NOT NULL, longitude REAL NOT NULL, units INTEGER NOT NULL, radius_km REAL NOT NULL,
    council TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sector (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, latitude REAL NOT NULL, longitude REAL NOT NULL, units INTEGER NOT NULL,
    radius_km REAL NOT NULL, council TEXT NOT NULL, letters BLOB NOT NULL, points BLOB NOT NULL, councils BLOB NOT NULL,
    ended BLOB NOT NULL
);
CREATE TABLE cell (
    cell INTEGER NOT NULL, sector INTEGER NOT NULL, south INTEGER NOT NULL, north INTEGER NOT NULL, west INTEGER NOT NULL,
    east INTEGER NOT NULL, PRIMARY KEY (cell, sector)
) WITHOUT ROWID;
CREATE TABLE name (
    key TEXT NOT NULL, name TEXT NOT NULL, district TEXT NOT NULL, county TEXT NOT NULL, kind TEXT NOT NULL,
    latitude REAL NOT NULL, longitude REAL NOT NULL, source TEXT NOT NULL
);
CREATE TABLE alias (listed_key TEXT NOT NULL, district_key TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX ix_name_key ON name (key);
CREATE INDEX ix_name_latitude ON name (latitude);
"""


@dataclass(frozen=True)
class Area:
    """A sector, an outward code or a council: the median of its units and the distance that holds 90 % of them."""

    code: str
    latitude: float
    longitude: float
    units: int
    radius_km: float
    council: str


@dataclass(frozen=True)
class Nearest:
    """The unit nearest to a point, with what contains it."""

    unit: Unit
    outcode: str
    distance_km: float


class Connection:
    """One thread's open file; closed when the thread or the file is gone."""

    def __init__(self, path: Path, stamp: tuple[int, ...]) -> None:
        self.stamp = stamp
        # Immutable: no lock files, no checks on each read; a new table is a new file, never a change to this one.
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self.raw = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        self.councils: dict[int, str] = {}

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self.raw.close()


class Table:
    """Reads the file at `path`, from any thread, and opens it again when another has taken its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.local()
        self._looked = -math.inf
        self._stamp: tuple[int, ...] | None = None
        self._told = False

    def look_again(self) -> None:
        """Notice a new file at once; otherwise it is noticed within a second."""
        self._looked = -math.inf

    @property
    def stamp(self) -> tuple[int, ...] | None:
        """What tells this file from the one before; None when there is none."""
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN_S:
            before = self._stamp
            try:
                found = os.stat(self.path)
                self._stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            except OSError:
                self._stamp = None
            self._looked = now
            self._told = self._told and self._stamp == before
        return self._stamp

    def tell_operator(self) -> None:
        """What to do about a file that is not there or not whole, to the log, once for each state of the file."""
        if not self._told:
            self._told = True
            log.error("The postcode table %s is missing or cannot be read: run `flask --app wsgi setup`", self.path)

    def unavailable(self) -> Unavailable:
        """The sentence for the reader; the operator is told too."""
        self.tell_operator()
        return Unavailable(NOT_NOW)

    def _connection(self) -> Connection:
        stamp = self.stamp
        if stamp is None:
            raise self.unavailable()
        held: Connection | None = getattr(self._threads, "held", None)
        if held is None or held.stamp != stamp:
            held = self._threads.held = Connection(self.path, stamp)
            held.councils = dict(held.raw.execute("SELECT number, code FROM council"))
        return held

    def rows(self, question: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of the file. Raises Unavailable when it is absent or damaged."""
        try:
            return self._connection().raw.execute(question, given).fetchall()
        except sqlite3.Error as error:
            self._threads.held = None
            raise self.unavailable() from error

    def about(self) -> dict[str, str]:
        """What the file says of itself; empty when there is none that can be read."""
        if self.stamp is None:
            return {}
        try:
            return dict(self._connection().raw.execute("SELECT key, value FROM about"))
        except (sqlite3.Error, Unavailable):  # Unavailable when the file goes away meanwhile
            self._threads.held = None
            return {}

    @property
    def is_built(self) -> bool:
        """Whether postcodes can be looked up."""
        about = self.about()
        return about.get("layout") == LAYOUT and int(about.get("units", 0)) > 0

    @property
    def holds_names(self) -> bool:
        """Whether the file can be read at all; it may hold place names before it holds postcodes."""
        return self.stamp is not None and self.about().get("layout") == LAYOUT

    def unit(self, code: str) -> Unit | None:
        """The unit of a compact full code."""
        rows = self.rows("SELECT letters, points, councils, ended FROM sector WHERE code = ?", (code[:-2],))
        if not rows:
            return None
        letters, points, councils, ended = rows[0]
        at = index_of(letters, code[-2:].encode("ascii", "replace"))
        return None if at is None else self._unit(code, at, points, councils, ended)

    def _unit(self, code: str, at: int, points: bytes, councils: bytes, ended: bytes) -> Unit:
        latitude, longitude = POINT.unpack_from(points, at * 8)
        council = self._connection().councils.get(NUMBER.unpack_from(councils, at * 2)[0], "")
        return Unit(spaced(code), latitude / MICRO, longitude / MICRO, council, bool(ended[at]))

    def sector(self, code: str) -> Area | None:
        rows = self.rows("SELECT code, latitude, longitude, units, radius_km, council FROM sector WHERE code = ?", (code,))
        return Area(*rows[0]) if rows else None

    def outcode(self, code: str) -> Area | None:
        rows = self.rows("SELECT code, latitude, longitude, units, radius_km, council FROM outcode WHERE code = ?", (code,))
        return Area(*rows[0]) if rows else None

    def sectors(self) -> list[Area]:
        """Every sector with a unit in use, by code; `units` are those in use, as far as the table knows."""
        rows = self.rows("SELECT code, latitude, longitude, ended, radius_km, council FROM sector ORDER BY code")
        return [Area(code, lat, lon, ended.count(0), km, council) for code, lat, lon, ended, km, council in rows if 0 in ended]

    def council(self, code: str) -> Area | None:
        """The middle of a council, by its units."""
        rows = self.rows("SELECT code, latitude, longitude, units, radius_km, code FROM council WHERE code = ?", (code,))
        return Area(*rows[0]) if rows and rows[0][3] else None

    def councils_of(self, outcode: str) -> tuple[str, ...]:
        """The councils of the units of an outward code that are in use, the one with most of them first."""
        tally: Counter[int] = Counter()
        within = (f"{outcode}0", f"{outcode}9")
        for councils, ended in self.rows(
            "SELECT councils, ended FROM sector WHERE code BETWEEN ? AND ? AND length(code) = ?", (*within, len(outcode) + 1)
        ):
            numbers = (number for (number,) in NUMBER.iter_unpack(councils))
            tally.update(number for number, gone in zip(numbers, ended, strict=True) if not gone)
        codes = self._connection().councils
        found = [(-units, codes.get(number, "")) for number, units in tally.items()]
        return tuple(code for _, code in sorted(found) if code)

    def outcodes_of(self, letters: str) -> list[str]:
        """The outward codes of a postcode area, in the order of their numbers."""
        rows = self.rows("SELECT code FROM outcode WHERE code >= ? AND code < ?", (letters + "0", letters + ":"))
        return sorted((row[0] for row in rows), key=lambda code: (len(code.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), code))

    def nearest(self, latitude: float, longitude: float, *, reach_km: float = 64.0) -> Nearest | None:
        """The unit nearest to a point, of those not known to be retired; None when there is none within `reach_km`."""
        if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) < 85):
            return None
        looked = 0.5
        while True:
            found = self._nearest_in_cells(latitude, longitude, looked)
            if found and found[0] <= looked:
                break
            if looked >= reach_km:
                found = None
                break
            # Something nearer may lie in a square not yet read, so the circle of the best one is read whole.
            looked = min(reach_km, found[0] if found else looked * 4)
        if found is None:
            return None
        distance_km, sector, at = found
        rows = self.rows("SELECT code, letters, points, councils, ended FROM sector WHERE id = ?", (sector,))
        code, letters, points, councils, ended = rows[0]
        unit = self._unit(code + letters[at * 2 : at * 2 + 2].decode(), at, points, councils, ended)
        return Nearest(unit, code[:-1], distance_km)

    def _nearest_in_cells(self, latitude: float, longitude: float, reach_km: float) -> tuple[float, int, int] | None:
        """(distance, sector, position in it) of the nearest unit in the cells that a circle touches."""
        shrink = math.cos(math.radians(latitude))
        lat, lon = latitude * MICRO, longitude * MICRO
        boxes: list[tuple[float, int]] = []
        for first, last in cells_round(latitude, longitude, reach_km):
            for sector, south, north, west, east in self.rows(
                "SELECT sector, south, north, west, east FROM cell WHERE cell BETWEEN ? AND ?", (first, last)
            ):
                up = max(south - lat, 0.0, lat - north)
                along = max(west - lon, 0.0, lon - east) * shrink
                boxes.append((up * up + along * along, sector))
        boxes.sort()
        best, found, seen = math.inf, None, set()
        for least, sector in boxes:
            if least >= best:
                break
            if sector in seen:
                continue
            seen.add(sector)
            packed, ended = self.rows("SELECT points, ended FROM sector WHERE id = ?", (sector,))[0]
            points = unpacked(packed)
            squares = [
                math.inf if gone else (north - lat) ** 2 + ((east - lon) * shrink) ** 2
                for north, east, gone in zip(points[::2], points[1::2], ended, strict=True)
            ]
            nearest = min(squares)
            if nearest < best:
                best, found = nearest, (sector, squares.index(nearest))
        return None if found is None else (math.sqrt(best) / MICRO * KM_A_DEGREE, *found)


def index_of(letters: bytes, wanted: bytes) -> int | None:
    """The position of a pair of letters among pairs."""
    at = letters.find(wanted)
    while at > 0 and at % 2:
        at = letters.find(wanted, at + 1)
    return None if at < 0 else at // 2


@lru_cache(maxsize=256)
def unpacked(points: bytes) -> array[int]:
    """Latitudes and longitudes in turn, in millionths of a degree."""
    numbers = array("i")
    numbers.frombytes(points)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def cell_of(latitude: float, longitude: float) -> int:
    """The number of the square that holds a point: rows from 45° north, columns from 15° west."""
    return int((latitude - 45) / CELL_LATITUDE) * 1000 + int((longitude + 15) / CELL_LONGITUDE)


def cells_round(latitude: float, longitude: float, reach_km: float) -> Iterator[tuple[int, int]]:
    """(first, last) cell of each row of squares that a circle touches."""
    up = reach_km / KM_A_DEGREE
    along = up / math.cos(math.radians(latitude))
    first, last = int((latitude - up - 45) / CELL_LATITUDE), int((latitude + up - 45) / CELL_LATITUDE)
    west, east = int((longitude - along + 15) / CELL_LONGITUDE), int((longitude + along + 15) / CELL_LONGITUDE)
    for row in range(first, last + 1):
        yield row * 1000 + max(west, 0), row * 1000 + min(max(east, 0), 999)
