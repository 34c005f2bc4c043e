"""Place names from files into the table: OS Open Names whole or short, other names, GeoNames, or a plain list."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from directory.errors import Refused
from directory.places import shipped
from directory.places.answers import REFUSED_SHOWN, Progress, Report
from directory.places.building import copy_postcodes, reading, replacing
from directory.places.councils import council_code, county_name
from directory.places.formats import readable
from directory.places.grid import in_uk, osgb_to_wgs84
from directory.places.spelling import KIND_WORDS, KINDS, Name, key_of

OPEN_NAMES_COLUMNS = 34
SHORT_LIST = "the short list of OS Open Names"
OPEN_NAMES = "OS Open Names"
ALIASES = "other names"
GEONAMES = "GeoNames postal places"
PLAIN_LIST = "a list of names"
UNSEEN = "the name holds characters that cannot be seen"
# Columns that only a list of what is offered has; places have no telephone.
OF_LISTINGS = frozenset(
    (
        "telephone", "telephone number", "phone", "phone number", "tel", "email", "e mail", "email address", "opening times",
        "opening hours", "eligibility", "referral", "cost",
    )
)  # fmt: skip


def shown_district(district: str) -> str:
    """A district listed in two languages, in the one most readers know: "Sir Benfro - Pembrokeshire"."""
    shown = district.rsplit(" - ", 1)[-1].strip()
    return f"T{shown[1:]}" if shown.startswith("the ") else shown


def county_of(district: str) -> str:
    """The county around a district of 2021, empty where it is its own."""
    return county_name(council_code(district))


def import_names(path: Path, table: Path, progress: Progress) -> Report:
    """Load place names from a file in place of those of the same sort; other names are added to whatever is there.

    Raises Refused, with what the file looks like, when it holds no place names.
    """
    progress(0, 100)
    names: list[Name] = []
    aliases: list[tuple[str, str, str]] = []
    refused: list[tuple[int, str]] = []
    refused_count = read = 0
    with readable():
        format_found, rows = recognised(path)
        for line, found in rows:
            read += 1
            if isinstance(found, Name):
                names.append(found)
            elif isinstance(found, tuple):
                aliases.append(found)
            else:
                refused_count += 1
                if len(refused) < REFUSED_SHOWN:
                    refused.append((line, found))
    if not names and not aliases:
        why = f" Line {refused[0][0]}: {refused[0][1]}." if refused else ""
        raise Refused(f"This was read as {format_found}, but it holds no place name.{why}")
    progress(60, 100)
    total = write(table, format_found, names, aliases)
    progress(100, 100)
    return Report(
        format=format_found, rows=read, refused_count=refused_count, refused=tuple(refused), noun="place names", total=total
    )


def write(table: Path, source: str, names: list[Name], aliases: list[tuple[str, str, str]]) -> int:
    """A new table with these names and everything else of the old one; how many names it holds."""
    with replacing(table) as raw:
        copy_postcodes(table, raw)
        with reading(table) as old:
            if old is not None:
                kept = old.execute("SELECT * FROM name WHERE source NOT IN (?, ?, ?)", (source, ALIASES, shipped.SOURCE))
                raw.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)
                raw.executemany("INSERT INTO alias VALUES (?, ?, ?)", old.execute("SELECT * FROM alias"))
        raw.executemany(
            "INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (key_of(name.name), name.name, name.district, name.county, name.kind, name.latitude, name.longitude, source)
                for name in names
                if key_of(name.name)
            ],
        )
        for alias in aliases:
            raw.execute("DELETE FROM alias WHERE listed_key = ? AND district_key = ? AND name = ?", alias)
            raw.execute("INSERT INTO alias VALUES (?, ?, ?)", alias)
        apply_aliases(raw)
        shipped.write(raw)
        return int(raw.execute("SELECT count(*) FROM name").fetchone()[0])


def apply_aliases(raw: sqlite3.Connection) -> None:
    """A row more for every listed place that has another name, best kind first where a district has two."""
    question = (
        "SELECT district, county, kind, latitude, longitude FROM name WHERE key = ? AND source <> ?"
        " ORDER BY instr('ctvnhao', kind) = 0, instr('ctvnhao', kind)"
    )
    for listed, district, name in raw.execute("SELECT listed_key, district_key, name FROM alias").fetchall():
        found = raw.execute(question, (listed, ALIASES)).fetchall()
        within = [row for row in found if not district or key_of(shown_district(row[0])) == district]
        if within or found:
            row = (within or found)[0]
            raw.execute("INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (key_of(name), name, *row, ALIASES))


# A row as it was read: a name, another name for one (listed key, district key, name), or why it cannot be used.
Found = Name | tuple[str, str, str] | str


def recognised(path: Path) -> tuple[str, Iterator[tuple[int, Found]]]:
    """The format of a file by its content, and its rows with their line numbers. Raises Refused for anything else."""
    if zipfile.is_zipfile(path):
        return recognised_zip(path)
    with path.open("rb") as file:
        head = file.read(65536)
    if b"\0" in head:
        raise Refused("This is no list of names but a binary file. Give a text file (CSV or TSV) or the OS Open Names zip.")
    lines = head.decode("utf-8-sig", "replace").splitlines()
    first = lines[0] if lines else ""
    tabs = first.split("\t")
    header = [column.strip().lower() for column in (tabs if len(tabs) > 1 else next(csv.reader([first]), []))]
    if header[:3] == ["listed_name", "district", "also_known_as"]:
        return ALIASES, alias_rows(path)
    if OF_LISTINGS & {re.sub(r"[\W_]+", " ", column).strip() for column in re.split(r"[,;\t]", first.lower())}:
        raise Refused("This looks like a list of listings: use `flask --app wsgi import`.")
    if len(tabs) == 12 and tabs[0] == "GB":
        return GEONAMES, geonames_rows(path)
    if len(tabs) == 5 and number(tabs[3]) is not None and number(tabs[4]) is not None:
        return SHORT_LIST, short_rows(path)
    if len(header) == OPEN_NAMES_COLUMNS:
        return OPEN_NAMES, open_names_rows([path])
    if {"name", "latitude", "longitude"} <= set(header):
        return PLAIN_LIST, plain_rows(path, "\t" if len(tabs) > 1 else ",")
    if "pcds" in header or "pcd" in header or "postcode" in header:
        raise Refused("This looks like a list of postcodes. Load it with `flask --app wsgi postcodes`.")
    raise Refused(
        f"This is no list of place names that we know. It begins: {first[:60]!r}. We read OS Open Names (zip or CSV), the short"
        " list in five columns (name, district, kind, latitude, longitude), lists of other names (listed_name, district,"
        " also_known_as), GeoNames postal files, and CSV with the columns name, latitude, longitude."
    )


def recognised_zip(path: Path) -> tuple[str, Iterator[tuple[int, Found]]]:
    with zipfile.ZipFile(path) as folder:
        members = [each for each in folder.namelist() if re.search(r"(^|/)data/[^/]+\.csv$", each, re.IGNORECASE)]
        for member in members[:1]:
            with folder.open(member) as file:
                row = next(csv.reader(io.TextIOWrapper(file, "utf-8-sig", "replace")), [])
            if len(row) == OPEN_NAMES_COLUMNS:
                return OPEN_NAMES, open_names_rows([zipfile.Path(path, each) for each in sorted(members)])
    raise Refused("This zip does not hold OS Open Names: there is no Data folder with CSV files of 34 columns in it.")


def table_rows(path: Path | zipfile.Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of a text table. Raises Refused for a cell or a line that no list of names would hold."""
    with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as error:
            raise Refused(f"Line {reader.line_num} cannot be read: {error}.") from error


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def unseen(text: str) -> bool:
    """Whether a text holds control characters, or those that turn its direction or have no width."""
    return any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") for sign in text)


def placed(name: str, district: str, county: str, kind: str, latitude: float | None, longitude: float | None) -> Found:
    """A name with its point, or why it has none."""
    if not name.strip():
        return "there is no name"
    if unseen(name.strip() + district + county):
        return UNSEEN
    if latitude is None or longitude is None:
        return "there is no latitude or longitude"
    if not in_uk(latitude, longitude):
        return f"{latitude:g}, {longitude:g} lies outside the United Kingdom"
    return Name(name.strip(), district, county, kind, latitude, longitude)


def short_rows(path: Path) -> Iterator[tuple[int, Found]]:
    counties: dict[str, str] = {}
    for line, cells in table_rows(path, "\t"):
        if len(cells) != 5:
            yield line, f"{len(cells)} columns where there should be 5"
            continue
        name, district, kind, latitude, longitude = cells
        if not kind:  # an outward code
            continue
        district = district or name  # blank where it is the same
        if district not in counties:
            counties[district] = county_of(district)
        kind = kind if kind in KINDS else "o"
        yield line, placed(name, shown_district(district), counties[district], kind, number(latitude), number(longitude))


def alias_rows(path: Path) -> Iterator[tuple[int, Found]]:
    for line, cells in table_rows(path, "\t" if "\t" in path.read_text("utf-8-sig", "replace")[:200] else ","):
        if line == 1:
            continue
        if len(cells) != 3 or not key_of(cells[0]) or not key_of(cells[2]):
            yield line, "this needs a listed name, a district and another name"
            continue
        if unseen("".join(cells)):
            yield line, UNSEEN
            continue
        yield line, (key_of(cells[0]), key_of(shown_district(cells[1])), cells[2].strip())


def geonames_rows(path: Path) -> Iterator[tuple[int, Found]]:
    seen: set[tuple[str, str]] = set()
    for line, cells in table_rows(path, "\t"):
        if len(cells) != 12:
            yield line, f"{len(cells)} columns where there should be 12"
            continue
        place, county, district = cells[2], cells[5], cells[7] or cells[5]
        if (place, district) in seen:  # one row for each of its postcodes
            continue
        seen.add((place, district))
        yield line, placed(place, district, county, "o", number(cells[9]), number(cells[10]))


def open_names_rows(paths: list[Path] | list[zipfile.Path]) -> Iterator[tuple[int, Found]]:
    """Populated places of OS Open Names, once for each of their two languages; roads, hills and postcodes are left out."""
    for path in paths:
        for line, cells in table_rows(path, ","):
            if len(cells) != OPEN_NAMES_COLUMNS:
                yield line, f"{len(cells)} columns where there should be {OPEN_NAMES_COLUMNS}"
                continue
            if cells[6] != "populatedPlace":
                continue
            kind = KIND_WORDS.get(cells[7].lower(), "o")
            easting, northing = number(cells[8]), number(cells[9])
            if easting is None or northing is None:
                yield line, "there are no grid coordinates"
                continue
            latitude, longitude = osgb_to_wgs84(easting, northing)
            district = shown_district(cells[21] or cells[24])
            county = shown_district(cells[24])
            yield line, placed(cells[2], district, county, kind, round(latitude, 5), round(longitude, 5))
            if cells[4].strip():
                yield line, placed(cells[4], district, county, kind, round(latitude, 5), round(longitude, 5))


def plain_rows(path: Path, delimiter: str) -> Iterator[tuple[int, Found]]:
    header: list[str] = []
    for line, cells in table_rows(path, delimiter):
        if not header:
            header = [cell.strip().lower() for cell in cells]
            continue
        row = dict(zip(header, cells, strict=False))
        kind = KIND_WORDS.get(row.get("kind", "").strip().lower(), "v")
        point = number(row.get("latitude", "")), number(row.get("longitude", ""))
        yield line, placed(row.get("name", ""), row.get("district", "").strip(), row.get("county", "").strip(), kind, *point)
