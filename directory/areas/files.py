"""Files of small areas: recognised by what their header holds, read row by row, refused with the line and the column."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from directory.areas.population import COUNTRY, NOT_KNOWN, TOWN, About, Areas
from directory.errors import Refused

Progress = Callable[[int, int], None]
# Of a point: the outward code and the council of its nearest postcode, empty where there is none.
PlaceOf = Callable[[float, float], tuple[str, str]]
# Of a code or a name as the file has it: the code in force, empty when it is not known.
CouncilOf = Callable[[str], str]

SOUTH, NORTH, WEST, EAST = 49.0, 61.5, -9.0, 2.5
NOTHING = {"", "na", "n/a", "null", "none", "-"}
RURAL = {"rural", "village", "country", "1"}
URBAN = {"urban", "town", "0"}
MOST_PEOPLE = 1_000_000


@dataclass(frozen=True)
class Layout:
    """Which column holds what; an empty name for what the file does not have. `needs` are the columns that tell it apart."""

    title: str
    needs: frozenset[str]
    code: str = "code"
    name: str = "name"
    latitude: str = "latitude"
    longitude: str = "longitude"
    population: str = "population"
    rural: str = "rural_urban"
    decile: str = "deprivation_decile"
    council: str = "council"
    around: str = ""  # a second name that says where the first one is


LAYOUTS = (
    Layout(
        "small areas of the United Kingdom, 2011",
        frozenset({"lsoa", "ukruc-2", "pop", "latitude", "longitude"}),
        code="lsoa",
        name="",
        population="pop",
        rural="ukruc-2",
        decile="uk_imd_e_pop_decile",
        council="",
    ),
    Layout(
        "small areas of England and Wales, 2021",
        frozenset({"lsoa21_code", "ltla24_code", "population", "latitude", "longitude"}),
        code="lsoa21_code",
        name="ward24_name",
        around="lsoa21_name",
        rural="ruc",
        decile="imd_decile",
        council="ltla24_code",
    ),
    Layout("small areas", frozenset({"code", "name", "latitude", "longitude", "population"})),
)


def read(
    path: Path, *, place_of: PlaceOf, council_of: CouncilOf, loaded_at: str, progress: Progress = lambda done, of: None
) -> Areas:
    """The areas of a CSV or TSV file, in its order. Raises Refused naming the line and the column of the first fault.

    Where the file names no council, that of the nearest postcode is taken.
    """
    header, rows = table(path)
    layout = recognised(path, header)
    read_rows = [_row(layout, line, row, council_of) for line, row in rows]
    if not read_rows:
        raise Refused(f"{path.name} has a header and no rows.")
    seen: dict[str, int] = {}
    for line, values in zip((line for line, _ in rows), read_rows, strict=True):
        if before := seen.get(values.code):
            raise Refused(f"Line {line}, column “{layout.code}”: “{values.code}” stands on line {before} already.")
        seen[values.code] = line
    placed = []
    for done, values in enumerate(read_rows, 1):
        outcode, council = place_of(values.latitude, values.longitude)
        placed.append((values.council or council, outcode))
        if done % 500 == 0 or done == len(read_rows):
            progress(done, len(read_rows))
    columns = list(
        zip(*((v.code, v.name, v.latitude, v.longitude, v.population, v.rural, v.decile) for v in read_rows), strict=True)
    )
    code, name, latitude, longitude, population, rural, decile = columns
    return Areas(
        code=np.array(code),
        name=np.array(name),
        latitude=np.array(latitude),
        longitude=np.array(longitude),
        population=np.array(population),
        rural=np.array(rural, np.int8),
        decile=np.array(decile, np.int8),
        council=np.array([council for council, _ in placed]),
        outcode=np.array([outcode for _, outcode in placed]),
        about=About(source=layout.title, file=path.name, loaded_at=loaded_at),
    )


@dataclass(frozen=True)
class Row:
    """One area as its file tells it."""

    code: str
    name: str
    latitude: float
    longitude: float
    population: float
    rural: int
    decile: int
    council: str


def table(path: Path) -> tuple[tuple[str, ...], list[tuple[int, Mapping[str, str]]]]:
    """The header in small letters, and the rows with the number of their line. Raises Refused for what is no such table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=first.count)
            lines = csv.reader(file, delimiter=delimiter, strict=True)
            header = tuple(cell.strip().casefold() for cell in next(lines, ()))
            rows = list(_rows(path, header, lines))
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 text: save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise Refused(f"{path.name} is no table that can be read: {error}.") from error
    return header, rows


def _rows(path: Path, header: Sequence[str], lines: Iterator[list[str]]) -> Iterator[tuple[int, Mapping[str, str]]]:
    for cells in lines:
        number = lines.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise Refused(f"Line {number} of {path.name} has {len(cells)} cells where the header has {len(header)}.")
        yield number, dict(zip(header, (cell.strip() for cell in cells), strict=True))


def recognised(path: Path, header: Sequence[str]) -> Layout:
    """The layout of a file with this header. Raises Refused naming the columns that are missing."""
    for layout in LAYOUTS:
        if layout.needs <= set(header):
            return layout
    plain = LAYOUTS[-1].needs
    missing = ", ".join(sorted(plain - set(header)))
    raise Refused(
        f"{path.name} has no column {missing}. A file of small areas needs {', '.join(sorted(plain))};"
        " rural_urban, deprivation_decile and council may be added."
    )


def _row(layout: Layout, line: int, row: Mapping[str, str], council_of: CouncilOf) -> Row:
    def cell(column: str) -> str:
        text = row.get(column, "") if column else ""
        return "" if text.casefold() in NOTHING else text

    def fault(column: str, wanted: str) -> Refused:
        return Refused(f"Line {line}, column “{column}”: “{row.get(column, '')}” {wanted}.")

    def number(column: str) -> float:
        try:
            found = float(cell(column))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise fault(column, "is no number")
        return found

    if not cell(layout.code):
        raise fault(layout.code, "is no code: every area needs one of its own")
    latitude, longitude = number(layout.latitude), number(layout.longitude)
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        swapped = SOUTH <= longitude <= NORTH and WEST <= latitude <= EAST
        why = "is not in the United Kingdom" + (": latitude and longitude look swapped" if swapped else "")
        raise fault(layout.latitude if not SOUTH <= latitude <= NORTH else layout.longitude, why)
    population = number(layout.population) if cell(layout.population) else math.nan
    if not math.isnan(population) and not 0 <= population <= MOST_PEOPLE:
        raise fault(layout.population, f"is no number of people from 0 to {MOST_PEOPLE:,}")
    decile = number(layout.decile) if cell(layout.decile) else 0
    if cell(layout.decile) and (decile != int(decile) or not 1 <= decile <= 10):
        raise fault(layout.decile, "is no decile: a whole number from 1, the most deprived, to 10")
    rural = _rural(cell(layout.rural))
    if rural is None:
        raise fault(layout.rural, "says neither rural nor urban")
    council = council_of(cell(layout.council)) if cell(layout.council) else ""
    if cell(layout.council) and not council:
        raise fault(layout.council, "is no council that we know: give its code, such as E07000146, or its name")
    name = cell(layout.name) if layout.name else ""
    if layout.around and cell(layout.around):
        name = f"{name} ({cell(layout.around)})" if name else cell(layout.around)
    return Row(cell(layout.code), name, latitude, longitude, population, rural, int(decile), council)


def _rural(text: str) -> int | None:
    first = text.casefold().replace(":", " ").split()[:1]
    if not first:
        return NOT_KNOWN
    return COUNTRY if first[0] in RURAL else TOWN if first[0] in URBAN else None
