"""What places answers with: a place to search from, one postcode, and the report of an import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Told (done, of) as often as the work likes.
Progress = Callable[[int, int], None]

REFUSED_SHOWN = 100
AREAS_UNKNOWN = "We cannot tell which offers cover your area just now."


def untold(done: int, of: int) -> None:
    """The progress nobody watches."""


@dataclass(frozen=True)
class Place:
    """Where somebody is searching from.

    `precision` is postcode, sector, outcode, place or point. `within_km` holds 90 % of the doubt: 0 for a full
    postcode. `area_codes` are all coverage codes that contain it: outward code, council, county, country, K02000001.
    `start_radius_mi` is the smallest radius that makes sense here: 3, or 5 for a city.
    `note` is a sentence to show beside the label, empty when there is nothing to add.
    """

    label: str
    precision: str
    latitude: float
    longitude: float
    within_km: float = 0.0
    outcode: str = ""
    council_code: str = ""
    council_name: str = ""
    area_codes: tuple[str, ...] = ()
    start_radius_mi: float = 3.0
    note: str = ""


@dataclass(frozen=True)
class Unit:
    """One full postcode, written "NR21 9AB". `terminated` is known only after an import that tells."""

    code: str
    latitude: float
    longitude: float
    council_code: str = ""
    terminated: bool = False


@dataclass(frozen=True)
class Report:
    """What an import did. `refused` holds (line number, reason) of the first hundred of `refused_count` rows."""

    format: str
    edition: str = ""
    rows: int = 0
    live: int = 0
    terminated: int = 0
    without_coordinates: int = 0
    northern_irish: int = 0
    northern_irish_kept: bool = False
    refused_count: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    noun: str = "postcodes"
    total: int = 0

    def __str__(self) -> str:
        edition = f", {self.edition}" if self.edition else ""
        lines = [f"Read as {self.format}{edition}: {self.rows:,} rows."]
        if self.noun == "postcodes":
            lines.append(f"{self.live:,} live, {self.terminated:,} no longer in use.")
        if self.without_coordinates:
            lines.append(f"{self.without_coordinates:,} have no place on the map and were left out.")
        if self.northern_irish:
            kept = "were read too" if self.northern_irish_kept else "were skipped: their data are not open"
            lines.append(f"{self.northern_irish:,} in Northern Ireland {kept}.")
        if self.refused_count:
            lines.append(f"{self.refused_count:,} rows were refused:")
            lines += [f"  line {line}: {reason}" for line, reason in self.refused]
            if self.refused_count > len(self.refused):
                lines.append(f"  and {self.refused_count - len(self.refused):,} more")
        lines.append(f"The table now holds {self.total:,} {self.noun}.")
        return "\n".join(lines)
