"""Place names that come with the package: own lists of a postcode for each place, turned into points by the table."""

from __future__ import annotations

import sqlite3
from functools import cache
from importlib import resources
from typing import NamedTuple

from directory.places.councils import council_code, county_name
from directory.places.grid import MICRO, distance_km
from directory.places.postcodes import compact
from directory.places.spelling import KIND_WORDS, key_of
from directory.places.table import POINT, index_of

SOURCE = "shipped"
FOLDER = "data/places"
OUTRANKED_KM = 8.0


class Shipped(NamedTuple):
    """One line of a list; `kind` in words, `postcode` a unit in the middle of the place."""

    name: str
    district: str
    kind: str
    postcode: str


@cache
def listed() -> tuple[Shipped, ...]:
    """Every place of every list, in file order."""
    folder = resources.files("directory").joinpath(FOLDER)
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".tsv")), key=lambda entry: entry.name)
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(Shipped(*line.split("\t")) for line in lines if line and not line.startswith("#"))


def write(raw: sqlite3.Connection) -> None:
    """Add the shipped places to a table whose postcodes and other names are written.

    A place is left out when its postcode is not in the table, or when a list that was loaded has the name close by.
    """
    for place in listed():
        key, point = key_of(place.name), point_of(raw, compact(place.postcode))
        if point is None:
            continue
        others = raw.execute("SELECT latitude, longitude FROM name WHERE key = ? AND source <> ?", (key, SOURCE))
        if any(distance_km(*point, *other) <= OUTRANKED_KM for other in others):
            continue
        county, kind = county_name(council_code(place.district)), KIND_WORDS[place.kind]
        row = (key, place.name, place.district, county, kind, *point, SOURCE)
        raw.execute("INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def point_of(raw: sqlite3.Connection, code: str) -> tuple[float, float] | None:
    """Latitude and longitude of a compact unit, straight from the file being written."""
    row = raw.execute("SELECT letters, points FROM sector WHERE code = ?", (code[:-2],)).fetchone()
    at = index_of(row[0], code[-2:].encode("ascii")) if row else None
    if at is None:
        return None
    latitude, longitude = POINT.unpack_from(row[1], at * 8)
    return latitude / MICRO, longitude / MICRO
