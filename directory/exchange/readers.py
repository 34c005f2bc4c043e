"""Reading a file for what it is, whatever its name says: CSV, TSV, GeoJSON or a JSON list, as rows of text by column.

Nothing is read twice into memory: `Table.rows()` opens the file again each time it is walked.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from directory.errors import Refused
from directory.exchange.shapes import point_inside

MAX_BYTES = 64 * 1024 * 1024
MAX_JSON_BYTES = 12 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 500
MAX_CELL = 131_072
MAX_LINE = 1_000_000
PEEK = 65_536
MEBIBYTE = 1 << 20
DELIMITERS = (",", "\t", ";", "|")
# What our own file of refused rows, and a careful spreadsheet, put before a cell that would run as a formula.
GUARDED = re.compile(r"\A'(?=[=+\-@\t\r\n])")

SIGNATURES = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet (XLSX, ODS)", "open it and save the sheet as CSV"),
    (b"PK\x05\x06", "an empty zip archive", "save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", "open it and save the sheet as CSV"),
    (b"%PDF", "a PDF", "ask its publisher for the table as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x89PNG", "a picture", "choose the table instead"),
    (b"\xff\xd8\xff", "a picture", "choose the table instead"),
    (b"GIF8", "a picture", "choose the table instead"),
    (b"\x7fELF", "a program", "choose the table instead"),
)
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Row:
    """One row: `line` is the line of the file (or the number of the feature), `fault` says why it cannot be used.

    `odd` are the columns that hold an object of JSON where text is expected, which is no fault while nobody reads them.
    """

    line: int
    cells: dict[str, str]
    fault: str = ""
    odd: frozenset[str] = frozenset()


@dataclass
class Table:
    """A file that could be read. `header` keeps the file's own names and order; `notes` are sentences for a person."""

    path: Path
    sort: str  # CSV, TSV, GeoJSON, JSON
    encoding: str
    header: tuple[str, ...]
    sha256: str
    delimiter: str = ","
    total: int = 0
    notes: list[str] = field(default_factory=list)
    objects: list[dict[str, str]] = field(default_factory=list, repr=False)
    odd: dict[int, frozenset[str]] = field(default_factory=dict, repr=False)

    def rows(self) -> Iterator[Row]:
        """Every row that is not wholly blank, in file order. Raises Refused where the file itself breaks off."""
        if self.sort in ("GeoJSON", "JSON"):
            nothing: frozenset[str] = frozenset()
            yield from (Row(number, cells, odd=self.odd.get(number, nothing)) for number, cells in enumerate(self.objects, 1))
        else:
            yield from _rows(self)


def read(path: Path) -> Table:
    """The table in this file. Raises Refused, with the reason and the line, for a file that is not one."""
    try:
        status = path.stat()
        # A device or a pipe is not even opened: it may never end, and cannot be walked twice.
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{path} is not a regular file: save the table into one.", field="file")
        size = status.st_size
        with path.open("rb") as file:
            head = file.read(PEEK)
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror or error}.", field="file") from error
    if not head.strip():
        raise Refused(f"{path.name} is empty.", field="file")
    if size > MAX_BYTES:
        raise Refused(f"{path.name} has {size / MEBIBYTE:,.1f} MB; at most {MAX_BYTES // MEBIBYTE} MB are read.", field="file")
    for mark, what, remedy in SIGNATURES:
        if head.startswith(mark):
            raise Refused(f"{path.name} is {what}, not a table in plain text: {remedy}.", field="file")
    encoding = _encoding(path, head)
    start = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    if start[:1] == "<":
        raise Refused(f"{path.name} is a web page or XML, not a table: download the CSV or GeoJSON itself.", field="file")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if start[:1] in ("{", "["):
        return _json(path, encoding, size, digest.hexdigest())
    return _csv(path, encoding, digest.hexdigest())


def _encoding(path: Path, head: bytes) -> str:
    """The encoding by its mark, by where the zero bytes are, or by what decodes: UTF-8 first, then Windows-1252."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    if sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x00" for byte in head) > len(head) // 100:
        raise Refused(f"{path.name} is not plain text: save the table as CSV.", field="file")
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


# Delimited text


def _csv(path: Path, encoding: str, sha256: str) -> Table:
    delimiter = _delimiter(path, encoding)
    table = Table(path, "TSV" if delimiter == "\t" else "CSV", encoding, (), sha256, delimiter)
    records = _records(table)
    first = next(records, None)
    if first is None:
        raise Refused(f"{path.name} has no rows.", field="file")
    line, names = first
    while names and not names[-1].strip():
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise Refused(
            f"Line {line} of {path.name} has {len(names):,} columns; at most {MAX_COLUMNS} are read, "
            f"so “{names[MAX_COLUMNS].strip()[:40]}” is one too many. Is “{delimiter}” really what parts them?",
            field="file",
        )
    header = tuple(_unguarded(name) or f"column {number}" for number, name in enumerate(names, 1))
    seen: dict[str, int] = {}
    for number, name in enumerate(header, 1):
        if name.casefold() in seen:
            raise Refused(
                f"Line {line} of {path.name}: columns {seen[name.casefold()]} and {number} are both called “{name[:40]}”. "
                "Rename one of them.",
                field="file",
            )
        seen[name.casefold()] = number
    if any("\x00" in name for name in header):
        raise Refused(f"Line {line} of {path.name} holds zero bytes: save the table as CSV again.", field="file")
    table.header = header
    for row_line, _cells in records:
        table.total += 1
        if table.total > MAX_ROWS:
            raise Refused(f"{path.name} has more than {MAX_ROWS:,} rows (line {row_line}): split it.", field="file")
    return table


def _delimiter(path: Path, encoding: str) -> str:
    """What parts the cells of the first line, outside quotation marks; a comma when nothing does."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        line = ""
        while not line.strip("\ufeff \t\r\n"):
            line = file.readline(MAX_LINE)
            if not line:
                return ","
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for letter in line:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in counts:
            counts[letter] += 1
    best = max(DELIMITERS, key=lambda mark: counts[mark])
    return best if counts[best] else ","


def _records(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every record that is not blank, the header included."""
    pending: list[str] = []

    def lines(file: TextIOWrapper) -> Iterator[str]:
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            if len(line) >= MAX_LINE:
                name = _column_reached(line, table)
                raise Refused(f"Line {number}{name} of {table.path.name} is longer than {MAX_LINE:,} characters.", field="file")
            pending.append(line)
            yield line

    # cp1252 has five holes; a file that is neither UTF-8 nor wholly Windows-1252 keeps its other letters.
    with table.path.open(encoding=table.encoding, errors="replace", newline="") as file:
        reader = csv.reader(lines(file), delimiter=table.delimiter)
        while True:
            pending.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                column = _column_reached("".join(pending), table)
                raise Refused(
                    f"Line {reader.line_num}{column} of {table.path.name}: a cell of more than {MAX_CELL:,} characters. "
                    "Is a quotation mark left open?",
                    field="file",
                ) from error
            except UnicodeError as error:
                raise Refused(
                    f"{table.path.name} breaks off after line {reader.line_num}: it is not whole {table.encoding} text.",
                    field="file",
                ) from error
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells


def _column_reached(text: str, table: Table) -> str:
    """ ", column “notes”" for the first cell of this record that is too long, or else the one that its end stands in."""
    quoted, column, begun = False, 0, 0
    for at, letter in enumerate(text[: 2 * MAX_LINE]):
        if at - begun > MAX_CELL:
            break
        if letter == '"':
            quoted = not quoted
        elif letter == table.delimiter and not quoted:
            column, begun = column + 1, at + 1
    name = table.header[column] if column < len(table.header) else str(column + 1)
    return f", column “{name}”,"


def _rows(table: Table) -> Iterator[Row]:
    header, width = table.header, len(table.header)
    records = _records(table)
    next(records)
    for line, cells in records:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
        fault = ""
        if len(cells) > width:
            fault = f"the row has {len(cells)} cells where the header has {width}: is a cell with a comma not in quotation marks?"
        elif len(cells) < width:
            fault = f"the row has {len(cells)} cells where the header has {width}: is it broken by a line end?"
        cells = [_unguarded(cell) for cell in cells]
        if not fault and tuple(cells) == header:
            fault = "the row repeats the header"
        named = dict(zip(header, cells, strict=False))
        if not fault:
            for name, cell in named.items():
                if "\x00" in cell or "\ufffd" in cell:
                    fault = f"column “{name}” holds bytes that are not text"
                    break
        yield Row(line, {name: cell.replace("\x00", "") for name, cell in named.items()}, fault)


def _unguarded(cell: str) -> str:
    """The cell without spaces round it and without the apostrophe before what would otherwise be a formula."""
    return GUARDED.sub("", cell.strip()).strip()


# JSON


def _json(path: Path, encoding: str, size: int, sha256: str) -> Table:
    """GeoJSON features or a plain list of objects; numbers and words become text, lists are parted by semicolons."""
    if size > MAX_JSON_BYTES:
        raise Refused(
            f"{path.name} has {size / MEBIBYTE:,.1f} MB of JSON; at most {MAX_JSON_BYTES // MEBIBYTE} MB are read. "
            "Save it as CSV.",
            field="file",
        )
    try:
        document = json.loads(path.read_bytes().decode(encoding))
    except json.JSONDecodeError as error:
        raise Refused(
            f"{path.name} begins like JSON but breaks at line {error.lineno}, character {error.colno}: {error.msg}.", field="file"
        ) from error
    except (UnicodeError, RecursionError, ValueError) as error:
        raise Refused(f"{path.name} begins like JSON but is nested too deeply or is not whole text.", field="file") from error
    geojson = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    entries = document.get("features") if geojson else document
    if isinstance(entries, dict):
        lists = [value for value in entries.values() if isinstance(value, list)]
        entries = lists[0] if len(lists) == 1 else entries
    if not isinstance(entries, list):
        raise Refused(f"{path.name} is JSON, but neither GeoJSON features nor a list of listings.", field="file")
    if len(entries) > MAX_ROWS:
        raise Refused(f"{path.name} has more than {MAX_ROWS:,} rows: split it.", field="file")
    objects: list[dict[str, str]] = []
    header: dict[str, None] = {}
    odd: dict[int, frozenset[str]] = {}
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or (geojson and not isinstance(entry.get("properties") or {}, dict)):
            raise Refused(f"Entry {number} of {path.name} is not an object with named values.", field="file")
        cells = _feature(entry) if geojson else {str(name): _text(value) for name, value in entry.items()}
        values = (entry.get("properties") or {}) if geojson else entry
        if names_of_objects := frozenset(str(name).strip() for name, value in values.items() if _holds_object(value)):
            odd[number] = names_of_objects
        cells = {name.strip(): cell.replace("\x00", "").strip() for name, cell in cells.items()}
        header.update(dict.fromkeys(cells))
        if len(header) > MAX_COLUMNS:
            raise Refused(f"Entry {number} of {path.name}: more than {MAX_COLUMNS} different names of values.", field="file")
        objects.append(cells)
    if not objects:
        raise Refused(f"{path.name} holds no listings.", field="file")
    names = tuple(header)
    objects = [{name: cells.get(name, "") for name in names} for cells in objects]
    return Table(path, "GeoJSON" if geojson else "JSON", encoding, names, sha256, total=len(objects), objects=objects, odd=odd)


def _feature(feature: dict[str, Any]) -> dict[str, str]:
    cells = {str(name): _text(value) for name, value in (feature.get("properties") or {}).items()}
    point = point_inside(feature.get("geometry"))
    if point is not None:
        held = {name.casefold() for name in cells}
        if not held & {"lat", "latitude", "lon", "lng", "longitude"}:
            cells["lon"], cells["lat"] = repr(round(point[0], 7)), repr(round(point[1], 7))
    return cells


def _holds_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_object, value)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_text(entry) for entry in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
