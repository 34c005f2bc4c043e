"""Taking a postcode file in: every row checked, the table built again with the good ones, and a report of the rest."""

from __future__ import annotations

import math
from calendar import month_name
from dataclasses import dataclass, field
from pathlib import Path

from directory.errors import Refused
from directory.places import formats
from directory.places.answers import REFUSED_SHOWN, Progress, Report
from directory.places.building import Gathering, laid_over
from directory.places.grid import IRISH, MICRO, Lattice, in_uk
from directory.places.postcodes import compact, is_full

WHOLE_COUNTRY = 1_000_000  # with fewer rows a file is one area of many, and says nothing about codes it does not hold
NO_LATITUDE = 99.0  # 99.999999 is how several lists write "none"
NORTHERN_IRELAND = ("N92000002", "northern ireland")
ISLANDS = ("GY", "JE", "IM")
ROWS_A_TOLD = 20_000
BYTES_A_ROW = 60


@dataclass
class Tally:
    """What has been met so far."""

    rows: int = 0
    live: int = 0
    terminated: int = 0
    without_coordinates: int = 0
    northern_irish: int = 0
    refused_count: int = 0
    newest: str = ""
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.refused_count += 1
        if len(self.refused) < REFUSED_SHOWN:
            self.refused.append((line, reason))


def import_postcodes(path: Path, table: Path, progress: Progress, *, northern_ireland: bool) -> Report:
    """Lay the postcodes of a file over the table. Raises Refused, and changes nothing, when it is no postcode file."""
    with formats.readable():
        source = formats.recognised(path)
        gathering, tally = gathered(source, progress, northern_ireland=northern_ireland)
    if not gathering.sectors:
        why = f" Line {tally.refused[0][0]}: {tally.refused[0][1]}." if tally.refused else ""
        raise Refused(f"This was read as {source.format.name}, but not one postcode in it can be used.{why}")
    edition, expected = edition_of(tally.newest), expected_rows(source)
    total = laid_over(
        table,
        gathering,
        lambda done, of: progress(expected // 2 + (expected - expected // 2) * done // max(of, 1), expected),
        edition=f"{source.format.name}{', ' if edition else ''}{edition}",
        whole_and_live=source.format.live_only and tally.live >= WHOLE_COUNTRY,
        tells_ended=source.format.tells_ended,
        keep_ni=northern_ireland,
    )
    return Report(
        format=source.format.name, edition=edition, rows=tally.rows, live=tally.live, terminated=tally.terminated,
        without_coordinates=tally.without_coordinates, northern_irish=tally.northern_irish, northern_irish_kept=northern_ireland,
        refused_count=tally.refused_count, refused=tuple(tally.refused), total=total,
    )  # fmt: skip


def expected_rows(source: formats.Source) -> int:
    """About how many rows a file of this size has, for the progress bar."""
    return max(1, source.size // BYTES_A_ROW)


def gathered(source: formats.Source, progress: Progress, *, northern_ireland: bool) -> tuple[Gathering, Tally]:
    """The good rows of a file, and what was met on the way."""
    gathering, tally = Gathering(), Tally()
    national, irish = Lattice(), Lattice(IRISH)
    expected = expected_rows(source)
    for line in source.lines():
        tally.rows += 1
        if tally.rows % ROWS_A_TOLD == 0:
            progress(min(tally.rows, expected) // 2, expected)
        if isinstance(line, tuple):
            tally.refuse(*line)
            continue
        code = compact(line.code.upper())
        if not is_full(code):
            tally.refuse(line.number, f"{line.code[:20]!r} is no full postcode")
            continue
        northern_irish = code.startswith("BT") or line.country.strip().lower() in (
            NORTHERN_IRELAND[0].lower(),
            NORTHERN_IRELAND[1],
        )
        if northern_irish:
            tally.northern_irish += 1
            if not northern_ireland:
                continue
        try:
            point = position(line, irish if northern_irish else national)
        except ValueError as error:
            tally.refuse(line.number, str(error))
            continue
        if point is None or code.startswith(ISLANDS):
            tally.without_coordinates += 1
            continue
        ended = bool(line.ended)
        tally.terminated += ended
        tally.live += not ended
        tally.newest = max(tally.newest, line.introduced)
        gathering.add(code, *point, line.council.strip(), int(ended))
    return gathering, tally


def position(line: formats.Line, lattice: Lattice) -> tuple[int, int] | None:
    """(latitude, longitude) in millionths of a degree, None when the row has none. Raises ValueError with what is wrong.

    Degrees come first where a row has both; 0, 0 and 99.999999 mean "none".
    """
    if line.latitude.strip() and line.longitude.strip():
        latitude, longitude = decimal(line.latitude), decimal(line.longitude)
        if latitude > NO_LATITUDE or (latitude == 0 and longitude == 0):
            return None
        if not in_uk(latitude, longitude):
            raise ValueError(f"{latitude:g}, {longitude:g} lies outside the United Kingdom")
        return round(latitude * MICRO), round(longitude * MICRO)
    if line.easting.strip() and line.northing.strip():
        easting, northing = decimal(line.easting), decimal(line.northing)
        if easting == 0 and northing == 0:
            return None
        if not (0 < easting < 700_000 and 0 < northing < 1_300_000):
            raise ValueError(f"{easting:g}, {northing:g} lies outside the National Grid")
        return lattice.micro(int(easting), int(northing))
    return None


def decimal(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text.strip()[:20]!r} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()[:20]!r} is no number")
    return value


def edition_of(newest: str) -> str:
    """ "newest code of November 2025", from 202511."""
    if len(newest) == 6 and newest.isdigit() and 1 <= int(newest[4:]) <= 12:
        return f"newest code of {month_name[int(newest[4:])]} {newest[:4]}"
    return ""
