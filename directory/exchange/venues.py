"""Where a row says it is: its address, postcode and coordinates brought together, and refused when they contradict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from directory import places
from directory.errors import Refused, UnknownPlace
from directory.exchange.cells import number, said
from directory.exchange.readers import Row, Table
from directory.models.words import MILE_KM

CONTRADICTION_KM = 5.0
FEW_ROWS = 10
ISLANDS = {"JE": "Jersey", "GY": "Guernsey", "IM": "the Isle of Man"}
# Their postcodes are not in the table, for its licence keeps them out; their outward codes are searched for all the same.
NORTHERN_IRELAND = "BT"
EMPTY = {
    "name": "",
    "address_1": "",
    "address_2": "",
    "city": "",
    "state_province": "",
    "postal_code": "",
    "latitude": None,
    "longitude": None,
    "point_source": None,
}


@dataclass
class Coordinates:
    """The two columns that hold coordinates in one file; `refused` when the whole columns cannot be believed."""

    latitude: str = ""
    longitude: str = ""
    refused: str = ""
    swapped: int = 0

    def of(self, row: Row) -> tuple[float, float] | None:
        """Latitude and longitude of a row, turned round when only that fits the United Kingdom.

        Raises Refused for a pair that is a number but nowhere in the United Kingdom.
        """
        if not self.latitude or self.refused:
            return None
        texts = said(row.cells.get(self.latitude)), said(row.cells.get(self.longitude))
        if not any(texts):
            return None
        latitude, longitude = number(texts[0]), number(texts[1])
        if latitude is None or longitude is None:
            raise Refused(f"the coordinates “{texts[0]}, {texts[1]}” are not two numbers")
        if latitude == 0 and longitude == 0:
            return None
        if places.in_uk(latitude, longitude):
            return latitude, longitude
        if places.in_uk(longitude, latitude):
            self.swapped += 1
            return longitude, latitude
        raise Refused(f"the coordinates {latitude:g}, {longitude:g} are outside the United Kingdom")


def coordinates_of(table: Table, latitude: str, longitude: str) -> Coordinates:
    """The columns, after one look at all rows: a whole file on one point has a broken column, not one busy address."""
    held = {name.casefold(): name for name in table.header}
    found = Coordinates(held.get(latitude.casefold(), ""), held.get(longitude.casefold(), ""))
    if not found.latitude or not found.longitude:
        return Coordinates()
    count = 0
    points: set[tuple[str, str]] = set()
    for row in table.rows():
        point = row.cells.get(found.latitude, ""), row.cells.get(found.longitude, "")
        if not row.fault and said(point[0]) and said(point[1]):
            count += 1
            points.add(point)
            if len(points) > 1:
                break
    if count >= FEW_ROWS and len(points) == 1:
        found.refused = f"all {count:,} rows have the same coordinates ({', '.join(points.pop())}), so none of them is used"
    return found


def venue(
    *,
    key: str,
    name: str = "",
    lines: Sequence[str] = (),
    city: str = "",
    postcode: str = "",
    point: tuple[float, float] | None = None,
) -> tuple[dict[str, Any], str]:
    """A venue of the listing record, and the outward code to cover when there is a postcode but no way to a point.

    `lines` are the parts of the address in order; the postcode may stand inside them. Raises Refused when the
    coordinates contradict the postcode, for a postcode of an island outside the United Kingdom, and for one of an
    area that does not exist, when nothing else says where it is.
    """
    parts = _distinct([said(line) for line in lines], but=(name, city))
    code = (
        places.find_postcode(said(postcode)) or next((hit for part in parts if (hit := places.find_postcode(part))), None) or ""
    )
    island = ISLANDS.get(code[:2]) if code[2:3].isdigit() else None
    if island:
        raise Refused(f"{code} is in {island}, outside the United Kingdom")
    parts = [part for part in (_without(part, code) for part in parts) if part]
    made: dict[str, Any] = {"key": key, **EMPTY, "name": name[:255], "city": city[:255], "postal_code": code}
    made["address_1"] = ", ".join(parts[:1])[:255]
    made["address_2"] = ", ".join(parts[1:])[:255]
    outcode = _place(made, code, point)
    return made, outcode


def _place(made: dict[str, Any], code: str, point: tuple[float, float] | None) -> str:
    """Fill the point; the answer is the outward code when only that is known."""
    unit = places.postcode(code) if code else None
    if point is not None:
        if unit is not None:
            apart = places.distance_km(point[0], point[1], unit.latitude, unit.longitude)
            if apart > CONTRADICTION_KM:
                raise Refused(
                    f"the coordinates {point[0]:.5f}, {point[1]:.5f} are {apart:.1f} km ({apart / MILE_KM:.1f} miles) from the "
                    f"postcode {code}, which is at {unit.latitude:.5f}, {unit.longitude:.5f}: "
                    f"at most {CONTRADICTION_KM:g} km apart can both be right"
                )
        made |= {"latitude": round(point[0], 6), "longitude": round(point[1], 6), "point_source": "stated"}
    elif unit is not None:
        made |= {"latitude": round(unit.latitude, 6), "longitude": round(unit.longitude, 6), "point_source": "postcode"}
    elif code and (near := places.approximate(code)) is not None:
        made |= {"latitude": round(near.latitude, 6), "longitude": round(near.longitude, 6), "point_source": near.precision}
    elif code.startswith(NORTHERN_IRELAND):
        return code.split()[0]
    elif town := _town(made["city"]):
        made |= {"latitude": round(town.latitude, 6), "longitude": round(town.longitude, 6), "point_source": "place"}
    elif code:
        raise Refused(f"there is no postcode area {code.split()[0]}; correct it or give latitude and longitude")
    return ""


def _town(name: str) -> places.Place | None:
    """The town or village that this plainly is."""
    try:
        town = places.locate(name, loosely=False) if name else None
    except UnknownPlace:
        return None
    return town if town is not None and town.precision == "place" else None


def _distinct(parts: Iterable[str], *, but: tuple[str, ...]) -> list[str]:
    """The parts that are there, each once, without those told elsewhere."""
    told = {text.casefold() for text in but}
    kept: list[str] = []
    for part in parts:
        if part and part.casefold() not in told:
            told.add(part.casefold())
            kept.append(part)
    return kept


def _without(part: str, code: str) -> str:
    """A line of the address without the postcode at its end, which has a field of its own."""
    if code and part.upper().replace(" ", "").endswith(code.replace(" ", "")):
        left, needed = part, len(code.replace(" ", ""))
        while needed:
            needed -= not left[-1].isspace()
            left = left[:-1]
        part = left
    return part.strip(" ,;")
