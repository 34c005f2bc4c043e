"""From what somebody typed to a place: postcodes whole and half, then names; it asks rather than guesses."""

from __future__ import annotations

import math
import re

from directory.errors import UnknownPlace
from directory.places import catalogue, geocoder, names, postcodes
from directory.places.answers import Place, Unit
from directory.places.councils import COUNTRIES, area_codes, council_code, council_name
from directory.places.gazetteer import Name, fold
from directory.places.grid import in_northern_ireland, in_uk
from directory.places.table import Area, Table, not_built

MILE_KM = 1.609344
START_MI = 3.0
CITY_START_MI = 5.0
WIDE_KM = 20.0
ON_LAND_KM = 15.0
SETTLED_KM = 5.0
ROUND_KM = 15.0
COUNCIL_AS_PLACE_KM = 12.0

COORDINATES = re.compile(
    r"[(\[\s]*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NS]?)(\s*[,;]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([EW]?)[)\]\s]*"
)
NORTHERN_IRELAND = (
    "Postcodes in Northern Ireland are not open data, so we cannot find {code} on the map. Give the name of a town or village."
)
NORTHERN_IRISH_NAME = (
    "We cannot find {name} on the map, because postcodes in Northern Ireland are not open data. A town where something is listed"
    " is found by its name."
)
OUTSIDE = "{where} is outside the United Kingdom, and nothing there is listed here. Give a postcode, a town or a village."
AREAS_APART = {"JE": "Jersey", "GY": "Guernsey", "IM": "The Isle of Man"}
NAMES_APART = {
    "jersey": "Jersey", "guernsey": "Guernsey", "alderney": "Alderney", "sark": "Sark", "channel islands": "That",
    "isle of man": "The Isle of Man", "st helier": "Jersey", "st peter port": "Guernsey",
}  # fmt: skip
FORCES = "{code} is a forces address, which has no place on the map. Give the postcode or the town where you live."
GIROBANK = "GIR 0AA was a bank's own postcode and has no place on the map. Give the postcode of the street, or the town."
NOT_THERE = "We do not know {text} as a place. Check the spelling, or give a postcode, a town or a village."


def locate(text: str, table: Table, *, near: tuple[float, float] | None = None) -> Place:
    """The place meant by anything a person may type. Raises UnknownPlace with suggestions, Unavailable without a table."""
    tidy = postcodes.tidy(printable(text))
    whole = postcodes.compact(tidy)
    if not tidy.strip():
        raise UnknownPlace("Give a postcode, a town or a village.", field="place")
    for attempt in (by_coordinates, by_whole_code, by_half_code, by_code_within):
        if place := attempt(tidy, whole, table):
            return place
    if len(whole) <= 7 and any(sign.isdigit() for sign in whole):
        ask_for_repair(tidy, table)
    if island := NAMES_APART.get(fold(tidy)):  # before names, because hamlets bear them too
        raise UnknownPlace(OUTSIDE.format(where=island), field="place")
    if place := by_name(printable(text), table, near):
        return place
    if place := by_half_code_within(tidy, table):
        return place
    ask_for_more(whole, table)
    ask_for_repair(tidy, table)
    if place := by_council(text, table) or by_geocoder(text, tidy, table):
        return place
    raise unknown(text, table)


def printable(text: str) -> str:
    """The text without control characters and halves of characters, on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text[: postcodes.LONGEST_TEXT])


def quoted(text: str) -> str:
    shown = " ".join(printable(text).split())
    return f'"{shown[:40]}…"' if len(shown) > 40 else f'"{shown}"'


# Points


def by_coordinates(tidy: str, whole: str, table: Table) -> Place | None:
    match = COORDINATES.fullmatch(tidy.replace("−", "-").strip()) if len(tidy) < 80 else None
    if match is None:
        return None
    first, south, between, second, west = match.groups()
    if not (set(between) & {",", ";"} or ("." in first and "." in second)):
        return None
    latitude, longitude = float(first), float(second)
    latitude, longitude = (-latitude if south == "S" else latitude), (-longitude if west == "W" else longitude)
    note = ""
    if not in_uk(latitude, longitude) and in_uk(longitude, latitude):
        latitude, longitude = longitude, latitude
        note = "We took the second number as the latitude, because only that lies in the United Kingdom."
    if not on_land(latitude, longitude, table):
        raise UnknownPlace("That point is not in the United Kingdom. Give a postcode, a town or a village.", field="place")
    return placed(f"{latitude:.3f}, {longitude:.3f}", "point", latitude, longitude, table, note=note)


def on_land(latitude: float, longitude: float, table: Table, *, within_km: float = ON_LAND_KM) -> bool:
    """Whether a point is in the United Kingdom and, where the table can say, somewhere people have addresses."""
    if not in_uk(latitude, longitude):
        return False
    if in_northern_ireland(latitude, longitude) or not table.is_built:
        return True
    return table.nearest(latitude, longitude, reach_km=within_km) is not None


def areas_of(latitude: float, longitude: float, table: Table) -> tuple[str, ...]:
    """Coverage codes that contain a point, by its nearest postcode: outward code, council, county, country, K02000001."""
    if not in_uk(latitude, longitude):
        return ()
    return area_codes(*outcode_and_council(latitude, longitude, table))


def outcode_and_council(latitude: float, longitude: float, table: Table) -> tuple[str, str]:
    """Of the nearest postcode; both empty where that is across the sea or there is no table."""
    northern_irish = in_northern_ireland(latitude, longitude)
    nearest = table.nearest(latitude, longitude) if table.is_built else None
    if nearest and (nearest.outcode.startswith("BT") or not northern_irish):
        return nearest.outcode, nearest.unit.council_code
    return "", COUNTRIES["N"] if northern_irish else ""


def placed(label: str, precision: str, latitude: float, longitude: float, table: Table, **more: object) -> Place:
    """A Place with the areas around its point."""
    outcode, council = outcode_and_council(latitude, longitude, table)
    known = council_name(council) if council[1:3] != "92" else ""
    return Place(
        label, precision, latitude, longitude, outcode=outcode, council_code=council if known else "", council_name=known,
        area_codes=area_codes(outcode, council), **more,  # type: ignore[arg-type]
    )  # fmt: skip


# Postcodes


def by_whole_code(tidy: str, whole: str, table: Table) -> Place | None:
    """A text that is one full postcode, however it is spaced."""
    return by_full(whole, table) if postcodes.is_full(whole) else None


def by_code_within(tidy: str, whole: str, table: Table) -> Place | None:
    """The first full postcode in a longer text; one that is in the table wins over one that only looks like it."""
    codes = list(postcodes.full_codes(tidy))[:20]
    if not codes:
        return None
    if not table.is_built:
        raise not_built()
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
            return place
        raise not_built()
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
        raise not_built()
    for code in tries:
        if place := approximate(code, table):
            return place
    if postcodes.OUTCODE.fullmatch(whole):
        refuse_areas_apart(whole)
    return None


def by_sector(outcode: str, digit: str, table: Table) -> Place | None:
    if not table.is_built:
        raise not_built()
    if area := table.sector(outcode + digit):
        return from_area(area, "sector", "Approximate, ", table)
    if area := table.outcode(outcode):
        return from_area(area, "outcode", f"We do not know {outcode} {digit}: approximate, ", table)
    refuse_areas_apart(outcode)
    return None


def by_half_code_within(tidy: str, table: Table) -> Place | None:
    """The first half code in a longer text, "near OX7"."""
    if not table.is_built:
        return None
    for code, is_sector in postcodes.partial_codes(tidy):
        if is_sector and (area := table.sector(code)):
            return from_area(area, "sector", "Approximate, ", table)
        outcode = code[:-1] if is_sector else code
        if area := table.outcode(outcode):
            return from_area(area, "outcode", "Approximate, ", table)
    return None


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


# Names


def by_name(text: str, table: Table, near: tuple[float, float] | None) -> Place | None:
    try:
        found = names.find(text, table, near=near)
    except names.Ambiguous as several:
        labels = tuple(names.labelled(several.names, table))
        count = len(several.names)
        raise UnknownPlace(
            f"There are {count} places called {several.names[-1].name}. Say which one you mean.",
            field="place",
            suggestions=labels[: names.MOST_CHOICES],
        ) from None
    return from_name(*found, table) if found else None


def from_name(name: Name, others: int, table: Table) -> Place:
    note, label = "", name.name
    if others and name.kind != "n":
        around = names.district_of(name, table)
        # A city needs no telling apart, and an outward code would tell a reader nothing.
        label = f"{name.name}, {around}" if around and name.kind != "c" and not around[-1].isdigit() else name.name
        note = f"There {'is another place' if others == 1 else 'are other places'} called {name.name}."
    start = CITY_START_MI if name.kind == "c" else START_MI
    return placed(label, "place", name.latitude, name.longitude, table, start_radius_mi=start, note=note)


def by_council(text: str, table: Table) -> Place | None:
    """A council's own name, where no place of that name is known: its middle when it is small, a question when wide."""
    code = council_code(names.NEAR_WORDS.sub("", text.strip())) if len(text) <= names.LONGEST else ""
    if not code:
        return None
    name = council_name(code)
    if code.startswith("N"):  # a geocoder may still know it
        return None
    area = table.council(code) if table.is_built else None
    if area and area.radius_km <= COUNCIL_AS_PLACE_KM:
        note = f"This is the middle of {name}: approximate, {within_words(area.radius_km)}."
        codes = area_codes("", code)
        return Place(
            name, "place", area.latitude, area.longitude, within_km=area.radius_km, council_code=code, council_name=name,
            area_codes=codes, start_radius_mi=CITY_START_MI, note=note,
        )  # fmt: skip
    if not table.is_built:
        return None
    sentence = f"{name} is a wide area. Give a postcode, a town or a village in it."
    raise UnknownPlace(sentence, field="place", suggestions=names.towns_in(name, table))


def by_geocoder(text: str, tidy: str, table: Table) -> Place | None:
    """What the outside service says, if one is set; it is never sent a postcode."""
    if any(True for _ in postcodes.full_codes(tidy)) or any(True for _ in postcodes.partial_codes(tidy)):
        return None

    def is_good(latitude: float, longitude: float) -> bool:
        return on_land(latitude, longitude, table, within_km=SETTLED_KM)

    found = geocoder.find(" ".join(printable(text).split())[: names.LONGEST], is_good)
    return placed(found.label, "place", found.latitude, found.longitude, table, note=geocoder.NOTE) if found else None


def unknown(text: str, table: Table) -> UnknownPlace:
    if len(text) <= names.LONGEST and council_code(text).startswith("N"):
        return UnknownPlace(NORTHERN_IRISH_NAME.format(name=council_name(council_code(text))), field="place")
    return UnknownPlace(NOT_THERE.format(text=quoted(text)), field="place", suggestions=names.alike(printable(text), table))
