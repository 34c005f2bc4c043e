"""Places by their postcode, whole, half or mistyped: strict by the table, and it asks rather than mends in silence."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from directory.errors import UnknownPlace
from directory.models.words import MILE_KM
from directory.places import catalogue, names, postcodes
from directory.places.answers import AREAS_UNKNOWN, Place, Unit
from directory.places.councils import COUNTRIES, area_codes, council_name
from directory.places.grid import in_northern_ireland
from directory.places.table import Area, Table

WIDE_KM = 20.0
ROUND_KM = 15.0

NORTHERN_IRELAND = (
    "Postcodes in Northern Ireland are not open data, so we cannot find {code} on the map. Give the name of a town or village."
)
OUTSIDE = "{where} is outside the United Kingdom, and nothing there is listed here. Give a postcode, a town or a village."
AREAS_APART = {"JE": "Jersey", "GY": "Guernsey", "IM": "The Isle of Man"}
FORCES = "{code} is a forces address, which has no place on the map. Give the postcode or the town where you live."
GIROBANK = "GIR 0AA was a bank's own postcode and has no place on the map. Give the postcode of the street, or the town."


def by_whole_code(tidy: str, whole: str, table: Table) -> Place | None:
    """A text that is one full postcode, however it is spaced."""
    return by_full(whole, table) if postcodes.is_full(whole) else None


def by_code_within(tidy: str, whole: str, table: Table) -> Place | None:
    """The first full postcode in a longer text; one that is in the table wins over one that only looks like it."""
    codes = list(postcodes.full_codes(tidy))[:20]
    if not codes:
        return None
    if not table.is_built:
        raise table.unavailable()
    for code in codes:
        if unit := table.unit(code):
            return from_unit(unit, table)
    for code in codes:
        if place := approximate(code, table):
            return place
    return None


def by_full(code: str, table: Table) -> Place | None:
    if not table.is_built:
        if place := from_catalogue(postcodes.spaced(code)):
            table.tell_operator()
            return replace(place, note=AREAS_UNKNOWN)
        raise table.unavailable()
    if unit := table.unit(code):
        return from_unit(unit, table)
    if place := from_catalogue(postcodes.spaced(code)):
        return place
    if not postcodes.is_plausible(code):
        ask_for_repair(code, table)
    if place := approximate(code, table):
        return place
    ask_for_repair(code, table)
    refuse_areas_apart(code)
    known = [each for each in (code[:-3], code[:-4]) if table.outcode(each)]
    raise UnknownPlace(
        f"We do not know the postcode {postcodes.spaced(code)}. Check it, or give a town or a village.",
        field="place",
        suggestions=tuple(known),
    )


def from_unit(unit: Unit, table: Table) -> Place:
    outcode = unit.code.split(" ")[0]
    return Place(
        unit.code, "postcode", unit.latitude, unit.longitude, outcode=outcode, council_code=unit.council_code,
        council_name=council_name(unit.council_code), area_codes=area_codes(outcode, unit.council_code),
        note="This postcode may be old." if unit.terminated else "",
    )  # fmt: skip


def from_catalogue(code: str) -> Place | None:
    """A full postcode that the table does not hold, by the venues that have it: a new street, or Northern Ireland."""
    point = catalogue.postcode_point(code)
    if point is None:
        return None
    outcode = code.split(" ")[0]
    country = COUNTRIES["N"] if in_northern_ireland(*point) else ""
    return Place(code, "postcode", *point, outcode=outcode, area_codes=area_codes(outcode, country))


def approximate(code: str, table: Table) -> Place | None:
    """The sector, or else the outward code, of a full or half compact code; None when neither is known."""
    full = postcodes.is_full(code)
    if full:
        said = f"We do not know {postcodes.spaced(code)} exactly: approximate, "
        if area := table.sector(code[:-2]):
            return from_area(area, "sector", said, table)
        area = table.outcode(code[:-3])
        return from_area(area, "outcode", said, table) if area else None
    if area := table.outcode(code):
        return from_area(area, "outcode", "Approximate, ", table)
    return from_area(area, "sector", "Approximate, ", table) if (area := table.sector(code)) else None


def from_area(area: Area, precision: str, said: str, table: Table) -> Place:
    is_sector = precision == "sector"
    outcode = area.code[:-1] if is_sector else area.code
    note = f"{said}{within_words(area.radius_km)}."
    if area.radius_km > WIDE_KM:
        near_by = names.names_round(area.latitude, area.longitude, table, reach_km=ROUND_KM)[:3]
        examples = f", like {' or '.join(near_by)}" if near_by else ""
        note += f" That is wide: a full postcode, a town or a village will do better{examples}."
    return Place(
        postcodes.spaced_sector(area.code) if is_sector else area.code, precision, area.latitude, area.longitude,
        within_km=area.radius_km, outcode=outcode, council_code=area.council, council_name=council_name(area.council),
        area_codes=area_codes(outcode, area.council), note=note,
    )  # fmt: skip


def within_words(radius_km: float) -> str:
    """ "within about 3 miles", never less than one mile."""
    miles = max(1, math.ceil(radius_km / MILE_KM))
    return f"within about {miles} {'mile' if miles == 1 else 'miles'}"


def by_half_code(tidy: str, whole: str, table: Table) -> Place | None:
    """A text that is an outward code or a sector: a space before the last digit makes it a sector, "OX1 1"."""
    if match := postcodes.SPACED_SECTOR.fullmatch(tidy):
        return by_sector(match[1], match[2], table)
    if not 2 <= len(whole) <= 6 or not postcodes.OUTCODE.match(whole):
        return None
    tries = [whole] if len(whole) <= 4 else []
    tries += [whole[:-1]] if whole[-1].isalpha() and len(whole) >= 4 else []  # "OX75A", cut off while typing
    tries += [whole] if len(whole) == 5 else []
    if not table.is_built and any(postcodes.OUTCODE.fullmatch(each) for each in tries):
        raise table.unavailable()
    for code in tries:
        if place := approximate(code, table):
            return place
    if postcodes.OUTCODE.fullmatch(whole):
        refuse_areas_apart(whole)
    return None


def by_sector(outcode: str, digit: str, table: Table) -> Place | None:
    if not table.is_built:
        raise table.unavailable()
    if area := table.sector(outcode + digit):
        return from_area(area, "sector", "Approximate, ", table)
    if area := table.outcode(outcode):
        return from_area(area, "outcode", f"We do not know {outcode} {digit}: approximate, ", table)
    refuse_areas_apart(outcode)
    return None


def by_half_code_within(tidy: str, table: Table) -> Place | None:
    """The first half code in a longer text, "near OX7"; when more of a postcode stood there, the note says it was not read."""
    if not table.is_built:
        return None
    for code, is_sector in postcodes.partial_codes(tidy):
        if is_sector and (area := table.sector(code)):
            return from_area(area, "sector", "Approximate, ", table)
        outcode = code[:-1] if is_sector else code
        if area := table.outcode(outcode):
            return from_area(area, "outcode", f"{half_read(outcode, tidy)}Approximate, ", table)
    if (split := postcodes.unread_whole(tidy)) and (area := table.outcode(split[0])):
        return from_area(area, "outcode", f"{half_read(split[0], ' '.join(split))}Approximate, ", table)
    return None


def half_read(outcode: str, tidy: str) -> str:
    """A sentence when what follows an outward code looks like the rest of a postcode and cannot be; else nothing."""
    typed = postcodes.unread_rest(outcode, tidy)
    return f"We could not read the rest of “{typed}”, so this is all of {outcode}. " if typed else ""


def refuse_areas_apart(code: str) -> None:
    """Raise the right sentence for a code that is well formed and has no place here; `code` full or half."""
    letters = re.match(r"[A-Z]*", code)[0]  # type: ignore[index]
    shown = postcodes.spaced(code) if postcodes.is_full(code) else code
    if letters == "BT":
        raise UnknownPlace(NORTHERN_IRELAND.format(code=shown), field="place")
    if letters in AREAS_APART:
        raise UnknownPlace(OUTSIDE.format(where=AREAS_APART[letters]), field="place")
    if letters == "BF":
        raise UnknownPlace(FORCES.format(code=shown), field="place")
    if code == "GIR0AA":
        raise UnknownPlace(GIROBANK, field="place")


def ask_for_repair(text: str, table: Table) -> None:
    """Raise UnknownPlace with the one postcode in the table that may have been meant; nothing when there is not just one."""
    if not table.is_built:
        return
    for code in postcodes.near_misses(text):
        for repaired in postcodes.repairs(code):
            known = [each for each in repaired if table.unit(each)]
            if len(known) == 1:
                meant = postcodes.spaced(known[0])
                typed = postcodes.spaced(code)
                raise UnknownPlace(f"There is no postcode {typed}. Did you mean {meant}?", field="place", suggestions=(meant,))
            if known:
                break


def ask_for_more(whole: str, table: Table) -> None:
    """Raise UnknownPlace for a postcode area alone, "OX"."""
    if not 1 <= len(whole) <= 2 or not whole.isalpha():
        return
    refuse_areas_apart(whole)
    outcodes = table.outcodes_of(whole) if table.is_built else []
    if outcodes:
        some = tuple(outcodes[:6])
        raise UnknownPlace(
            f"{whole} covers too wide an area. Add the number after it, like {some[0]}.", field="place", suggestions=some
        )
