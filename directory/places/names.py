"""Finding a place by its name: in the catalogue and in the table, told apart by district, county or nearness."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from directory.places import catalogue
from directory.places.councils import COUNTRIES, council_code, council_name, county_name, is_only_filling, plain, wide_county
from directory.places.grid import distance_km, in_northern_ireland
from directory.places.spelling import KINDS, Name, fold, key_of
from directory.places.table import Table

LONGEST = 80
SAME_PLACE_KM = 5.0
MOST_CHOICES = 6
NEAR_WORDS = re.compile(r"^(?:near|nr|in|at|around|round|by|close to|next to|from|outside)\s+(?:to\s+)?", re.IGNORECASE)
AFTER_WORDS = re.compile(r"[\s,]+(?:area|city|town|village)\.?$", re.IGNORECASE)
KINGDOM = re.compile(r"[\s,]+(?:uk|u\.k\.|gb|united kingdom|great britain)$", re.IGNORECASE)
TRIMMED = " ,.;:()[]{}\"'\n\t"
NEAREST_KM = 16.0

Point = tuple[float, float]


class Ambiguous(Exception):
    """Several places of the same kind bear this name; `names` are they."""

    def __init__(self, names: Sequence[Name]) -> None:
        super().__init__(names)
        self.names = names


@dataclass(frozen=True)
class Match:
    """A place found by name, how many others bear that name, and whether part of what was typed was left aside."""

    name: Name
    others: int
    is_loose: bool = False


def find(text: str, table: Table, *, near: Point | None = None) -> Match | None:
    """The place that `text` names; None when none does. Raises Ambiguous.

    "Holt, Norfolk" and "Holt Norfolk" choose by district, county, country or outward code; in a pasted address the
    largest place that is known wins. `near` chooses the nearest.
    """
    text = KINGDOM.sub("", text.strip(TRIMMED)).strip(TRIMMED)
    if not text or len(text) > LONGEST * 3:
        return None
    for attempt in dict.fromkeys((text, NEAR_WORDS.sub("", text), AFTER_WORDS.sub("", NEAR_WORDS.sub("", text)))):
        if found := _find(attempt, table, near):
            is_bare = near is None and key_of(attempt) == key_of(found.name.name)
            if is_bare and (longer := longer_names(found.name, table)):
                raise Ambiguous([*longer, found.name])
            return found
    return None


def longer_names(name: Name, table: Table) -> list[Name]:
    """What people call by this name for short, when the catalogue has nothing here: "Newcastle", "Wells".

    Those are places of the catalogue, and beside a village or less also every town and city.
    """
    key, short = key_of(name.name), fold(name.name)
    ours = catalogue.names(council_name)
    if any(apart(name, other) <= SAME_PLACE_KM for other in ours.get(key, [])):
        return []
    found = [other for longer, held in ours.items() if longer.startswith(key) for other in held]
    if table.holds_names and rank(name) > KINDS.index("t"):
        question = (
            "SELECT name, district, county, kind, latitude, longitude FROM name"
            " WHERE key > ? AND key < ? AND kind IN ('c', 't') ORDER BY kind, name"
        )
        listed = [Name(*row) for row in table.rows(question, (key, key + "~"))]
        found = [other for other in found if all(apart(other, town) > SAME_PLACE_KM for town in listed)] + listed
    return [other for other in found if re.match(rf"{short} (upon|under|on|and|le|in|by|next|super|the) ", fold(other.name))]


def in_catalogue(key: str) -> list[Name]:
    return catalogue.names(council_name).get(key, [])


def _find(text: str, table: Table, near: Point | None) -> Match | None:
    if candidates := named(text, table):
        return best(candidates, near)
    parts = [part for part in (piece.strip() for piece in re.split(r"[,;\n]+", text)) if part][-6:]
    if len(parts) > 1:
        # Of an address the largest place is meant, and of two the last: "High Street" is a hamlet somewhere too.
        told = [qualified(named(part, table), parts[at + 1 :], table) for at, part in enumerate(parts[:-1])]
        if within := largest(told):
            return best(within, near)
        last_words = {fold(part) for part in parts[1:]}
        known = [[name for name in named(part, table) if could_be(name, last_words)] for part in parts]
        return replace(best(found, near), is_loose=True) if (found := largest(known)) else None
    words = text.split()
    for cut in range(len(words) - 1, 0, -1)[:4]:
        candidates = named(" ".join(words[:cut]), table)
        if within := qualified(candidates, [" ".join(words[cut:])], table):
            return best(within, near)
    return None


def largest(groups: Sequence[list[Name]]) -> list[Name]:
    """The group with the largest place in it, the last of two that are alike; empty when all are."""
    return min((group for group in reversed(groups) if group), key=lambda group: min(map(rank, group)), default=[])


def could_be(name: Name, last_words: set[str]) -> bool:
    """Whether nothing that was typed puts the place across the sea: Bangor, Northern Ireland is not the one in Gwynedd."""
    across = {"northern ireland", "ireland", "jersey", "guernsey", "isle of man"} & last_words
    return not across or (across == {"northern ireland"} and in_northern_ireland(name.latitude, name.longitude))


def is_area_rather(text: str, table: Table) -> bool:
    """Whether a bare name is that of a council or county, and otherwise only of some village: "Kent", "Islington"."""
    typed = NEAR_WORDS.sub("", text.strip())
    if len(typed) > LONGEST or not (council_code(typed) or wide_county(typed)):
        return False
    return all(rank(name) > KINDS.index("t") and name.kind != "n" for name in named(typed, table))


def named(text: str, table: Table) -> list[Name]:
    """Everything of exactly this name, as it folds: of the table, then what only the catalogue knows."""
    key = key_of(text)
    if not key or len(key) > LONGEST:
        return []
    found: list[Name] = []
    if table.holds_names:
        question = "SELECT name, district, county, kind, latitude, longitude FROM name WHERE key = ? ORDER BY district, latitude"
        found = [Name(*row) for row in table.rows(question, (key,))]
    for name in in_catalogue(key):
        if all(apart(name, other) > SAME_PLACE_KM for other in found):
            found.append(name)
    return found


def apart(one: Name, other: Name) -> float:
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


def best(candidates: list[Name], near: Point | None) -> Match:
    """The one that is meant: the nearest, or the only one of the best kind, or the only one where the catalogue is."""
    others = len(candidates) - 1
    if near is not None:
        return Match(min(candidates, key=lambda name: distance_km(*near, name.latitude, name.longitude)), others)
    top = min(rank(name) for name in candidates)
    first = [name for name in candidates if rank(name) == top]
    # Two rows of one place, in two languages or two lists, are no choice.
    apart_ones = [name for at, name in enumerate(first) if all(apart(name, other) > SAME_PLACE_KM for other in first[:at])]
    if len(apart_ones) == 1:
        return Match(apart_ones[0], others)
    known = in_catalogue(key_of(first[0].name))
    ours = [name for name in apart_ones if any(apart(name, other) <= SAME_PLACE_KM for other in known)]
    if len(ours) == 1:
        return Match(ours[0], others)
    raise Ambiguous(apart_ones)


def rank(name: Name) -> int:
    return KINDS.index(name.kind) if name.kind in KINDS else len(KINDS)


def qualified(candidates: list[Name], words: Sequence[str], table: Table) -> list[Name]:
    """Those candidates that lie in what one of `words` names: a district, a county, a country's council, an outward code."""
    wanted = [f" {fold(word)} " for word in words if fold(word) and not is_only_filling(word)]
    # What the list itself says is at hand; only where that does not help is each one's nearest postcode looked up.
    for around in (listed_around, found_around):
        if within := [name for name in candidates if any(want in around(name, table) for want in wanted)]:
            return within
    return []


def listed_around(name: Name, table: Table) -> str:
    """The folded district, county and country of a place, each between spaces."""
    country = COUNTRIES.get(council_code(name.district)[:1], "")
    return f" {fold(name.district)} | {fold(name.county)} | {fold(council_name(country))} "


def found_around(name: Name, table: Table) -> str:
    """The folded council, county and outward code of the nearest postcode, each between spaces."""
    nearest = table.nearest(name.latitude, name.longitude, reach_km=NEAREST_KM) if table.is_built else None
    if nearest is None:
        return ""
    council = nearest.unit.council_code
    around = (council_name(council), county_name(council), council_name(COUNTRIES.get(council[:1], "")), nearest.outcode)
    return f" {' | '.join(map(fold, around))} "


def labelled(names: Sequence[Name], table: Table) -> list[str]:
    """How to ask for each of several places of one name, so that the answer is one: by district, county or outward code."""
    labels = [f"{name.name}, {district_of(name, table)}".rstrip(", ") for name in names]
    told_twice = {label for label in labels if labels.count(label) > 1}
    for at, name in enumerate(names):
        if labels[at] in told_twice and table.is_built and (nearest := table.nearest(name.latitude, name.longitude)):
            labels[at] = f"{name.name}, {nearest.outcode}"
    return list(dict.fromkeys(labels))


def district_of(name: Name, table: Table) -> str:
    """The district to tell it by, or the county where the district has the same name."""
    for around in (name.district, name.county):
        if around and plain(around) != plain(name.name):
            return around
    nearest = table.nearest(name.latitude, name.longitude, reach_km=NEAREST_KM) if table.is_built else None
    council = nearest.unit.council_code if nearest else ""
    for around in (council_name(council), county_name(council)):
        if around and plain(around) != plain(name.name):
            return around
    return nearest.outcode if nearest else ""


def larger_round(latitude: float, longitude: float, table: Table, *, reach_km: float) -> list[Name]:
    """The larger places round a point, best kind first, then nearest; of two names for one, that in the list of other names."""
    if not table.holds_names:
        return []
    up = reach_km / 111.32
    question = (
        "SELECT name, district, county, kind, latitude, longitude FROM name WHERE latitude BETWEEN ? AND ?"
        " AND longitude BETWEEN ? AND ? AND kind IN ('c', 't', 'v') ORDER BY source = 'other names' DESC"
    )
    found = [Name(*row) for row in table.rows(question, (latitude - up, latitude + up, longitude - 2 * up, longitude + 2 * up))]
    found.sort(key=lambda name: (rank(name), distance_km(latitude, longitude, name.latitude, name.longitude)))
    chosen: list[Name] = []
    for name in found:
        if all(apart(name, other) > 1 for other in chosen):
            chosen.append(name)
    return chosen


def names_round(latitude: float, longitude: float, table: Table, *, reach_km: float) -> list[str]:
    """What the larger places round a point are called."""
    return [name.name for name in larger_round(latitude, longitude, table, reach_km=reach_km)]


def towns_in(council: str, table: Table) -> tuple[str, ...]:
    """Up to six towns or cities of a council or county, as the lists tell them; by name."""
    if not table.holds_names:
        return ()
    question = (
        "SELECT DISTINCT name FROM name WHERE kind IN ('c', 't') AND (district = ? OR county = ?) ORDER BY kind, name LIMIT 6"
    )
    return tuple(name for (name,) in table.rows(question, (council, council)))
