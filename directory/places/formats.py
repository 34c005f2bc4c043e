"""Postcode files as they come: recognised by what they hold, read row by row into one shape."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from directory.errors import Refused

HEAD_BYTES = 65536
MOST_UNPACKED = 4_000_000_000  # the largest of these files is 1.4 GB; a bomb is not one of them
ONS_POSTCODE = ("pcds", "pcd8", "pcd2", "pcd7", "pcd")
NSPL_ORDER = ["pcd7", "pcd8", "pcds", "dointr", "doterm", "usrtypind", "east1m", "north1m"]
DUMMY = re.compile(r"[A-Z]99999999")
MEMBERS = (
    re.compile(r"(^|/)data/(?!multi)[^/]*n?spd?l?_[^/]*\.csv$", re.IGNORECASE),
    re.compile(r"(^|/)data/csv/[^/]+\.csv$", re.IGNORECASE),
    re.compile(r"(^|/)[^/_.][^/]*\.(csv|txt)$", re.IGNORECASE),
)
KNOWN = (
    "We read Code-Point Open, NSPL and ONSPD (also as ArcGIS exports them), FreeMapTools, GeoNames GB_full, Open Postcode Geo"
    " and doogal, as CSV or text or in their zip."
)


@dataclass(frozen=True)
class Line:
    """One row as it was read, everything still text; empty where the format has no such column."""

    number: int
    code: str
    latitude: str = ""
    longitude: str = ""
    easting: str = ""
    northing: str = ""
    country: str = ""
    council: str = ""
    introduced: str = ""
    ended: str = ""


@dataclass(frozen=True)
class Format:
    """What a file is, and how to read a row of it. `tells_ended`: says which codes are retired; `live_only`: holds no such."""

    name: str
    line: Callable[[int, list[str]], Line]
    columns: int
    delimiter: str = ","
    header: bool = False
    tells_ended: bool = False
    live_only: bool = False


@dataclass(frozen=True)
class Source:
    """A recognised file: its format and the texts that hold it (one, or one for each area in a zip)."""

    format: Format
    parts: tuple[Path | zipfile.Path, ...]
    size: int

    def lines(self) -> Iterator[Line | tuple[int, str]]:
        """Rows, or (line number, reason) for those that cannot be read. Raises Refused for what is no text table at all."""
        for part in self.parts:
            with part.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
                reader = csv.reader(file, delimiter=self.format.delimiter)
                if self.format.header:
                    next(reader, None)
                while True:
                    try:
                        cells = next(reader)
                    except StopIteration:
                        break
                    except csv.Error as error:
                        yield reader.line_num, f"cannot be read ({error})"
                        continue
                    if not cells:
                        continue
                    if len(cells) < self.format.columns:
                        yield reader.line_num, f"{len(cells)} columns where there should be {self.format.columns}"
                        continue
                    yield self.format.line(reader.line_num, cells)


def recognised(path: Path) -> Source:
    """What a file is, by what it holds. Raises Refused, naming what it looks like, when it is no table of postcodes."""
    if zipfile.is_zipfile(path):
        return recognised_zip(path)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return Source(format_of(head), (path,), path.stat().st_size)


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """A zip that is cut short, locked, or packed in some rare way is refused like any other wrong file."""
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError, EOFError, OverflowError) as error:
        raise Refused("This zip cannot be read: it is damaged, or locked with a password.") from error


def recognised_zip(path: Path) -> Source:
    with zipfile.ZipFile(path) as folder:
        members = folder.infolist()
        names = [member.filename for member in members]
        if any(name.startswith("xl/") for name in names):
            raise Refused(f"This is an Excel workbook. Save it as CSV first. {KNOWN}")
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            raise Refused("This zip unpacks to more than 4 GB, so it is no postcode file that we know.")
        for pattern in MEMBERS:
            found = sorted(name for name in names if pattern.search(name) and "/doc/" not in f"/{name.lower()}")
            if not found:
                continue
            chosen = found if pattern is MEMBERS[1] else [max(found, key=lambda name: folder.getinfo(name).file_size)]
            with folder.open(chosen[0]) as file:
                head = file.read(HEAD_BYTES)
            size = sum(folder.getinfo(name).file_size for name in chosen)
            return Source(format_of(head), tuple(zipfile.Path(path, name) for name in chosen), size)
    raise Refused(f"There is no CSV or text file in this zip. {KNOWN}")


def format_of(head: bytes) -> Format:
    """The format of a file that begins like this. Raises Refused with what it looks like instead."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        raise Refused(f"This is no plain text: a binary file, or text in UTF-16. Save it as CSV in UTF-8. {KNOWN}")
    text = head.decode("utf-8-sig", "replace")
    if not text.strip():
        raise Refused("This file is empty.")
    if text.lstrip()[0] in "{[<":
        raise Refused(f"This looks like JSON or a web page, not a table of postcodes. {KNOWN}")
    delimiter = "\t" if "\t" in text.splitlines()[0] else ","
    try:
        rows = list(itertools.islice(csv.reader(io.StringIO(text), delimiter=delimiter), 200))
    except csv.Error as error:
        raise Refused(f"This cannot be read as a table ({error}). {KNOWN}") from error
    first, header = rows[0], [cell.strip().lower() for cell in rows[0]]
    found = by_header(header, delimiter) or by_shape(first, rows, delimiter)
    if found is None:
        raise Refused(f"This is no postcode file that we know. {looks_like(first, header)} {KNOWN}")
    return found


def looks_like(first: list[str], header: list[str]) -> str:
    if header[:3] == ["pc", "pq", "ea"] or header[:2] == ["postcode", "positional_quality_indicator"]:
        return "It looks like the column headers of Code-Point Open; give the zip or one of the files in its Data/CSV folder."
    if len(first) == 5 and first[2] in ("", "c", "t", "v", "h", "a", "o"):
        return "It looks like a list of place names; load it with `flask --app wsgi places`."
    if "listed_name" in header:
        return "It looks like other names of places; load it with `flask --app wsgi places`."
    if len(first) == 34:
        return "It looks like OS Open Names; load it with `flask --app wsgi places`."
    if {"name", "latitude"} <= set(header):
        return "It looks like a list of places or listings."
    return f"It begins with: {', '.join(cell[:20] for cell in first[:5])!r}."


def by_header(header: list[str], delimiter: str) -> Format | None:
    """Formats that name their columns; the header in lower case."""
    at = {column: place for place, column in reversed(list(enumerate(header)))}
    if "doterm" in at and any(column in at for column in ONS_POSTCODE):
        return ons(header, at, delimiter)
    if "postcode" in at and "latitude" in at and "longitude" in at:
        if {"easting", "northing", "gridref"} & at.keys():
            return doogal(header, at, delimiter)
        if "id" in at or header[0] == "" or "postcode_clean" in at:
            line = lambda number, cells: Line(number, cells[at["postcode"]], cells[at["latitude"]], cells[at["longitude"]])  # noqa: E731 -- one line
            return Format("FreeMapTools", line, len(header), delimiter, header=True, live_only=True)
    return None


def ons(header: list[str], at: dict[str, int], delimiter: str) -> Format:
    """NSPL and ONSPD of every year: codes carry their year, so columns are matched by pattern."""

    def column(*patterns: str) -> int | None:
        for pattern in patterns:
            for name, place in at.items():
                if re.fullmatch(pattern, name):
                    return place
        return None

    postcode = next(at[name] for name in ONS_POSTCODE if name in at)
    council = column(r"lad\d\dcd", "oslaua", "laua")
    easting, northing = column("oseast1m", "east1m"), column("osnrth1m", "north1m")
    latitude, longitude = column("lat"), column("long")
    if council is None or (easting is None and latitude is None):
        raise Refused(f"This looks like NSPL or ONSPD, but columns are missing: it has no council, or no coordinates. {KNOWN}")
    country, introduced, ended = column(r"ctry\d\dcd", "ctry"), column("dointr"), column("doterm")

    def line(number: int, cells: list[str]) -> Line:
        def cell(place: int | None) -> str:
            return "" if place is None else cells[place].strip()

        return Line(
            number, cell(postcode), cell(latitude), cell(longitude), cell(easting), cell(northing), cell(country),
            DUMMY.sub("", cell(council)), cell(introduced), cell(ended),
        )  # fmt: skip

    return Format(ons_name(header, at), line, len(header), delimiter, header=True, tells_ended=True)


def ons_name(header: list[str], at: dict[str, int]) -> str:
    exported = header[0] in ("x", "objectid", "fid")
    columns = [name for name in header if name not in ("x", "y", "objectid", "fid")]
    if "oscty" in at or "oslaua" in at:
        name = "ONSPD, to mid 2025"
    elif "laua" in at:
        name = "NSPL, 2023 to mid 2025" if "oa21" in at else "NSPL, to 2022"
    else:
        name = "NSPL, from late 2025" if columns[: len(NSPL_ORDER)] == NSPL_ORDER else "ONSPD, from November 2025"
    return f"{name}, as ArcGIS exports it" if exported else name


def doogal(header: list[str], at: dict[str, int], delimiter: str) -> Format:
    in_use = at.get("in use?")
    country, council = at.get("country code", at.get("country")), at.get("district code")

    def line(number: int, cells: list[str]) -> Line:
        ended = "retired" if in_use is not None and cells[in_use].strip().lower() in ("no", "false", "n") else ""
        return Line(
            number, cells[at["postcode"]], cells[at["latitude"]], cells[at["longitude"]],
            country="" if country is None else cells[country], council="" if council is None else cells[council], ended=ended,
        )  # fmt: skip

    return Format("doogal", line, len(header), delimiter, header=True, tells_ended=in_use is not None)


def by_shape(first: list[str], rows: list[list[str]], delimiter: str) -> Format | None:
    """Formats without a header, by their columns."""
    if delimiter == "\t" and len(first) == 12 and first[0] == "GB":
        if not any(len(row) == 12 and re.fullmatch(r"[A-Z0-9]{2,4} ?[0-9][A-Z]{2}", row[1]) for row in rows):
            raise Refused(
                "This looks like GeoNames GB, which holds only the first halves of postcodes. Give GB_full, or load this one"
                " as place names with `flask --app wsgi places`."
            )
        line = lambda number, cells: Line(number, cells[1], cells[9], cells[10], council="")  # noqa: E731 -- one line
        return Format("GeoNames GB_full", line, 12, delimiter)
    if len(first) == 10 and looks_full(first[0]) and first[1].strip().isdigit():
        return Format("Code-Point Open", code_point, 10, delimiter, live_only=True)
    if len(first) >= 10 and looks_full(first[0]) and first[1].strip().lower() in ("live", "terminated"):
        return Format("Open Postcode Geo", open_postcode_geo, 10, delimiter, tells_ended=True)
    return None


def looks_full(text: str) -> bool:
    return re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]? *[0-9][A-Z]{2}", text.strip().upper()) is not None


def code_point(number: int, cells: list[str]) -> Line:
    code, quality, easting, northing, country, _, _, _, district, _ = cells[:10]
    if quality.strip() == "90":  # no coordinates
        easting = northing = ""
    return Line(number, code, easting=easting, northing=northing, country=country, council=district)


def open_postcode_geo(number: int, cells: list[str]) -> Line:
    code, status, _, easting, northing, _, country, latitude, longitude = (
        "" if cell == r"\N" else cell.strip() for cell in cells[:9]
    )
    # The eighth column is latitude in today's files and the spaceless code in the first ones.
    if looks_full(latitude):
        latitude = longitude = ""
    return Line(
        number, code, latitude, longitude, easting, northing, country, ended="" if status.lower() == "live" else "retired"
    )
