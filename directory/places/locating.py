"""From what somebody typed to a place: postcodes whole and half, then names; it asks rather than guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from directory.errors import UnknownPlace
from directory.places import codes, geocoder, loose, names, postcodes
from directory.places.answers import AREAS_UNKNOWN, Place
from directory.places.councils import COUNTRIES, area_codes, council_code, council_name, wide_county
from directory.places.grid import distance_km, in_northern_ireland, in_uk
from directory.places.spelling import Name, fold
from directory.places.table import Table

START_MI = 3.0
CITY_START_MI = 5.0
ON_LAND_KM = 15.0
SETTLED_KM = 5.0
COUNCIL_AS_PLACE_KM = 12.0

COORDINATES = re.compile(
    r"[(\[\s]*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NS]?)(\s*[,;]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([EW]?)[)\]\s]*"
)
NORTHERN_IRISH_NAME = (
    "We cannot find {name} on the map, because postcodes in Northern Ireland are not open data. A town where something is listed"
    " is found by its name."
)
NAMES_APART = {
    "jersey": "Jersey", "guernsey": "Guernsey", "alderney": "Alderney", "sark": "Sark", "channel islands": "That",
    "isle of man": "The Isle of Man", "st helier": "Jersey", "st peter port": "Guernsey",
}  # fmt: skip
NOT_THERE = "We do not know {text} as a place. Check the spelling, or give a postcode, a town or a village."


def locate(
    text: str,
    table: Table,
    *,
    near: tuple[float, float] | None = None,
    last: tuple[float, float] | None = None,
    loosely: bool = True,
    ask: bool = True,
) -> Place:
    """The place meant by anything a person may type. Raises UnknownPlace with suggestions, Unavailable without a table.

    Without `loosely` a name has to be written whole: for machines, which cannot read the note. Without `ask` nothing leaves
    this computer.
    """
    tidy = postcodes.tidy(printable(text))
    whole = postcodes.compact(tidy)
    if not tidy.strip():
        raise UnknownPlace("Give a postcode, a town or a village.", field="place")
    for attempt in (by_coordinates, codes.by_whole_code, codes.by_half_code, codes.by_code_within):
        if place := attempt(tidy, whole, table):
            return place
    if len(whole) <= 7 and any(sign.isdigit() for sign in whole):
        codes.ask_for_repair(tidy, table)
    if island := NAMES_APART.get(fold(tidy)):  # before names, because hamlets bear them too
        raise UnknownPlace(codes.OUTSIDE.format(where=island), field="place")
    if names.is_area_rather(printable(text), table) and (place := by_council(text, table)):
        return place
    if place := by_name(printable(text), table, near, last=last):
        return place
    if place := codes.by_half_code_within(tidy, table):
        return place
    codes.ask_for_more(whole, table)
    codes.ask_for_repair(tidy, table)
    if place := by_council(text, table):
        return place
    if loosely and (place := by_loose_name(printable(text), table, near, last=last)):
        return place
    if ask and (place := by_geocoder(text, tidy, table)):
        return place
    raise unknown(text, table)


def printable(text: str) -> str:
    """The text without control characters and halves of characters, on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text[: postcodes.LONGEST_TEXT])


def quoted(text: str) -> str:
    shown = " ".join(printable(text).split())
    return f"“{shown[:40]}…”" if len(shown) > 40 else f"“{shown}”"


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


def placed(
    label: str, precision: str, latitude: float, longitude: float, table: Table, *, note: str = "", **more: object
) -> Place:
    """A Place with the areas around its point, or with a note that they cannot be told without a table."""
    if not table.is_built:
        table.tell_operator()
        note = f"{note} {AREAS_UNKNOWN}".strip()
    outcode, council = outcode_and_council(latitude, longitude, table)
    known = council_name(council) if council[1:3] != "92" else ""
    return Place(
        label, precision, latitude, longitude, outcode=outcode, council_code=council if known else "", council_name=known,
        area_codes=area_codes(outcode, council), note=note, **more,  # type: ignore[arg-type]
    )  # fmt: skip


# Names


def by_name(
    text: str, table: Table, near: tuple[float, float] | None, *, last: tuple[float, float] | None = None
) -> Place | None:
    """The place of exactly this name. Raises UnknownPlace when it is not clear which: the nearest to `last` comes first."""
    try:
        found = names.find(text, table, near=near)
    except names.Ambiguous as several:
        labels = tuple(names.labelled(nearest_first(several.names, last), table))
        count = len(several.names)
        raise UnknownPlace(
            f"There are {count} places called {several.names[-1].name}. Say which one you mean.",
            field="place",
            suggestions=labels[: names.MOST_CHOICES],
        ) from None
    return from_match(found, table) if found else None


def nearest_first(several: Sequence[Name], last: tuple[float, float] | None) -> Sequence[Name]:
    return sorted(several, key=lambda name: distance_km(*last, name.latitude, name.longitude)) if last else several


def by_loose_name(
    text: str, table: Table, near: tuple[float, float] | None, *, last: tuple[float, float] | None = None
) -> Place | None:
    """A name with words left out: read when only one place can be meant, else asked about."""
    try:
        found = loose.find(text, table, near)
    except names.Ambiguous as several:
        raise UnknownPlace(
            f"There are several places that {quoted(text)} may stand for. Say which one you mean.",
            field="place",
            suggestions=loose.labels(nearest_first(several.names, last), table),
        ) from None
    if found is None:
        return None
    match, typed = found
    shown = " ".join(typed.split())[:40]
    return replace(from_match(match, table), note=f"We read “{shown}” as {match.name.name}.")


def from_match(match: names.Match, table: Table) -> Place:
    name, others = match.name, match.others
    note, label = "", name.name
    if match.is_loose:
        around = names.district_of(name, table)
        label = f"{name.name}, {around}" if around else name.name
        note = "That is not all of what you wrote: the rest we could not match."
    elif others and name.kind != "n":
        around = names.district_of(name, table)
        # A city needs no telling apart, and an outward code would tell a reader nothing.
        label = f"{name.name}, {around}" if around and name.kind != "c" and not around[-1].isdigit() else name.name
        note = f"There {'is another place' if others == 1 else 'are other places'} called {name.name}."
    start = CITY_START_MI if name.kind == "c" else START_MI
    return placed(label, "place", name.latitude, name.longitude, table, start_radius_mi=start, note=note)


def by_council(text: str, table: Table) -> Place | None:
    """A council's own name, where no place of that name is known: its middle when it is small, a question when wide."""
    if len(text) > names.LONGEST:
        return None
    typed = names.NEAR_WORDS.sub("", text.strip())
    code = council_code(typed)
    if county := wide_county(typed):
        raise wide(county, table)
    if not code:
        return None
    name = council_name(code)
    if code.startswith("N"):  # a geocoder may still know it
        return None
    area = table.council(code) if table.is_built else None
    if area and area.radius_km <= COUNCIL_AS_PLACE_KM:
        note = f"This is the middle of {name}: approximate, {codes.within_words(area.radius_km)}."
        return Place(
            name, "place", area.latitude, area.longitude, within_km=area.radius_km, council_code=code, council_name=name,
            area_codes=area_codes("", code), start_radius_mi=CITY_START_MI, note=note,
        )  # fmt: skip
    if not table.is_built:
        return None
    raise wide(name, table)


def wide(name: str, table: Table) -> UnknownPlace:
    sentence = f"{name} is a wide area. Give a postcode, a town or a village in it."
    return UnknownPlace(sentence, field="place", suggestions=names.towns_in(name, table))


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
    return UnknownPlace(NOT_THERE.format(text=quoted(text)), field="place", suggestions=loose.alike(printable(text), table))
