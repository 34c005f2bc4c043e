"""From what somebody typed to a point and the areas that hold it; no other package knows postcodes or the geocoder."""

from __future__ import annotations

from pathlib import Path

from directory.errors import UnknownPlace
from directory.places import beginnings, building, codes, gazetteer, geocoder, imports, locating, postcodes
from directory.places.answers import Place, Progress, Report, Unit, untold
from directory.places.beginnings import Beginning
from directory.places.councils import active_code, council_code, council_name, county_code
from directory.places.grid import distance_km, in_uk, osgb_to_wgs84
from directory.places.table import Area, Table

__all__ = [
    "NORTHERN_IRELAND_NOTICE",
    "Area",
    "Beginning",
    "Place",
    "Report",
    "Unit",
    "active_code",
    "approximate",
    "areas_of",
    "begun",
    "build",
    "configure",
    "council_code",
    "council_name",
    "councils_of",
    "county_code",
    "distance_km",
    "edition",
    "find_postcode",
    "import_names",
    "import_postcodes",
    "in_uk",
    "is_built",
    "locate",
    "named",
    "osgb_to_wgs84",
    "postcode",
    "sectors",
]

NORTHERN_IRELAND_NOTICE = (
    "Northern Ireland postcodes are read. They are not open data: business use is under an end-user licence, other commercial"
    " use by licence of Land & Property Services."
)

_table = Table(Path("instance/places.sqlite"))
_northern_ireland = False


def configure(*, file: Path | str, northern_ireland: bool = False, geocoder_url: str = "") -> None:
    """Where the table lives, whether postcodes of Northern Ireland are read into it, and the outside geocoder, if any.

    `geocoder_url` is http(s)://… of a Nominatim or photon+http(s)://… of a Photon.
    """
    global _table, _northern_ireland
    if Path(file) != _table.path:
        _table = Table(Path(file))
    _table.look_again()
    _northern_ireland = northern_ireland
    geocoder.configure(geocoder_url)


# Asking


def locate(
    text: str,
    *,
    near: tuple[float, float] | None = None,
    last: tuple[float, float] | None = None,
    loosely: bool = True,
    ask: bool = True,
) -> Place:
    """The place meant by anything a person may type: a postcode whole or half, a name, an address, "latitude, longitude".

    `near` (latitude, longitude) chooses between places of one name; `last`, where somebody was before, only puts the nearest
    of them first when they are asked which. Raises UnknownPlace with suggestions for what is not
    known or not clear, Unavailable for a postcode while there is no table. Never slow, whatever the text.
    Without `loosely` a name has to be written whole: for machines, which cannot read the note. Without `ask` nothing is sent
    to an outside geocoder: for words that were not given as a place.
    """
    return locating.locate(text, _table, near=near, last=last, loosely=loosely, ask=ask)


def named(text: str, *, near: tuple[float, float] | None = None) -> Place | None:
    """The place of exactly this name, None when there is none or when it is not clear which; codes are not looked at."""
    try:
        return locating.by_name(locating.printable(text), _table, near)
    except UnknownPlace:
        return None


def begun(text: str, *, near: tuple[float, float] | None = None, most: int = 7) -> list[Beginning]:
    """Up to `most` places whose name or outward code begins with what is typed so far, nearest to `near` or largest first.

    Each one's `asked_by` leads `locate` to that place alone. Raises Unavailable for a damaged table.
    """
    return beginnings.begun(locating.printable(text), _table, near=near, most=most)


def postcode(text: str) -> Unit | None:
    """The postcode that `text` is, in any spacing or case; None when the table has no such unit. Raises Unavailable."""
    code = postcodes.compact(postcodes.tidy(text))
    if not postcodes.is_full(code):
        return None
    if not _table.is_built:
        raise _table.unavailable()
    return _table.unit(code)


def find_postcode(text: str) -> str | None:
    """The first full postcode inside any text, written "NR21 9AB"; one in the table wins over one that only looks right."""
    codes = list(postcodes.full_codes(postcodes.tidy(text)))
    known = next((code for code in codes[:20] if _table.unit(code)), None) if _table.is_built else None
    plausible = next((code for code in codes if postcodes.is_plausible(code)), None)
    return postcodes.spaced(code) if (code := known or plausible) else None


def approximate(text: str) -> Place | None:
    """The sector or outward code of a postcode, full or half; None when neither is known. Raises Unavailable."""
    code = postcodes.compact(postcodes.tidy(text))
    if not 2 <= len(code) <= 7:
        return None
    if not _table.is_built:
        raise _table.unavailable()
    return codes.approximate(code, _table)


def councils_of(outcode: str) -> tuple[str, ...]:
    """The councils in which postcodes of an outward code lie, the one with most of them first. Raises Unavailable."""
    if not _table.is_built:
        raise _table.unavailable()
    return _table.councils_of(postcodes.compact(postcodes.tidy(outcode)))


def town_of(text: str) -> str:
    """What people call an outward code, its largest place; empty where we do not know. Raises Unavailable for a damaged table."""
    return beginnings.town_of(postcodes.compact(postcodes.tidy(text)), _table, _table.stamp) if _table.is_built else ""


def areas_of(latitude: float, longitude: float) -> tuple[str, ...]:
    """Coverage codes that contain a point: outward code, council, county, country, K02000001; empty outside the country.

    By the nearest postcode, so right but for points close to a boundary. Without a table only what the map itself says.
    """
    return locating.areas_of(latitude, longitude, _table)


def sectors() -> list[Area]:
    """Every postcode sector that has a unit in use, by code, with its middle and its council. Raises Unavailable."""
    if not _table.is_built:
        raise _table.unavailable()
    return _table.sectors()


# The table


def is_built() -> bool:
    """Whether postcodes can be looked up."""
    return _table.is_built


def edition() -> str:
    """Which edition of postcodes the table holds; empty when there is none."""
    return _table.about().get("edition", "") if _table.is_built else ""


def build(progress: Progress = untold) -> None:
    """Build the table from the installed ONS Postcode Directory, beside the old one, and swap. Place names stay."""
    building.from_package(_table.path, progress, northern_ireland=_northern_ireland)
    _table.look_again()


def import_postcodes(path: Path | str, progress: Progress = untold) -> Report:
    """Lay a file of postcodes over the table; see docs/places.md for the formats. Raises Refused for anything else."""
    report = imports.import_postcodes(Path(path), _table.path, progress, northern_ireland=_northern_ireland)
    _table.look_again()
    return report


def import_names(path: Path | str, progress: Progress = untold) -> Report:
    """Load place names, or other names for them, from a file. Raises Refused when it holds none."""
    report = gazetteer.import_names(Path(path), _table.path, progress)
    _table.look_again()
    return report
