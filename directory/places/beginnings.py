"""Places whose name begins as somebody types: the nearest first, or the largest; each with the words that lead to it alone."""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from directory.places import catalogue, loose, names
from directory.places.councils import council_name, plain
from directory.places.grid import distance_km
from directory.places.spelling import FILLERS, Name, fold, key_of
from directory.places.table import Table

LONGEST = 60  # letters; nobody types more of a name
LEAST = 2
MISTYPED_FROM = 4  # letters
OUTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
LAST = "\U0010ffff"
# From how far a place of each kind is meant (km): a city by half the country, a village by the next one.
MEANT_FROM = {"c": 60.0, "t": 20.0, "n": 8.0, "v": 6.0, "a": 6.0, "h": 3.0, "o": 3.0}
FLOOR_KM = 2.0  # what lies closer is alike near
WHOLE_NAME = 0.25  # "Holt" is Holt before it is Holton, as if four times as near
LATER_WORD = 3.0  # "Norton" is Chipping Norton too, but as if three times as far
LOOKED_AT = 4  # candidates read for each row wanted; some turn out to be the same place
MOST_NAMESAKES = 200  # there are 90 Newtowns
TOWN_KM = 8.0
MOST_ROUND = 20  # places of which it is asked in which outward code they lie

Point = tuple[float, float]


@dataclass(frozen=True)
class Beginning:
    """One place to choose: `name`, `where` it is (county, district, or a town near an outward code), what to ask it by."""

    name: str
    where: str
    asked_by: str


class Listed:
    """The names of one table by the beginnings of their words; read once, some 5 MB for all of Great Britain."""

    def __init__(self, table: Table) -> None:
        rows = table.rows("SELECT rowid, name, kind, latitude, longitude FROM name") if table.holds_names else []
        self.row = array("I", (row[0] for row in rows))
        self.kind = "".join(row[2] if row[2] in MEANT_FROM else "o" for row in rows)
        self.latitude = array("f", (row[3] for row in rows))
        self.longitude = array("f", (row[4] for row in rows))
        begun = []
        for at, row in enumerate(rows):
            words = fold(row[1]).split()
            starts = [start for start, word in enumerate(words) if not start or word not in FILLERS]
            begun += [("".join(words[start:]), at * 2 + (start > 0)) for start in starts]
        begun.sort()
        self.keys = [key for key, _ in begun]
        self.at = array("I", (at for _, at in begun))

    def best(self, key: str, near: Point | None, most: int) -> list[int]:
        """Row ids of the names that begin so, the likeliest first."""
        latitude, longitude = near or (0.0, 0.0)
        shrink = math.cos(math.radians(latitude))
        best: dict[int, float] = {}
        for number in range(bisect_left(self.keys, key), bisect_left(self.keys, key + LAST)):
            at, is_later = divmod(self.at[number], 2)
            away = 0.0
            if near:
                up, along = self.latitude[at] - latitude, (self.longitude[at] - longitude) * shrink
                away = math.sqrt(up * up + along * along) * 111.32
            score = (away + FLOOR_KM) / MEANT_FROM[self.kind[at]]
            score *= LATER_WORD if is_later else WHOLE_NAME if len(self.keys[number]) == len(key) else 1.0
            best[at] = min(score, best.get(at, math.inf))
        return [self.row[at] for at in sorted(best, key=lambda at: (best[at], at))[:most]]


@lru_cache(maxsize=2)
def listed(table: Table, stamp: object) -> Listed:
    return Listed(table)


def begun(text: str, table: Table, *, near: Point | None, most: int) -> list[Beginning]:
    """Up to `most` places that may be meant by what is typed so far. Raises Unavailable for a damaged table."""
    typed = names.NEAR_WORDS.sub("", text.strip(names.TRIMMED))
    if not LEAST <= len(typed) <= LONGEST:
        return []
    code = typed.upper().replace(" ", "")
    if OUTCODE.fullmatch(code):
        return outcodes(code, table, most)
    name, _, around = typed.partition(",")
    key = key_of(name)
    if len(key) < LEAST or not key.isalpha():
        return []
    near = near or middle_of_catalogue()
    found = candidates(key, table, near, MOST_NAMESAKES if around.strip() else most * LOOKED_AT)
    if not found and len(key) >= MISTYPED_FROM:
        found = [name for other in loose.alike(typed, table) for name in names.named(other, table)]
        found.sort(key=lambda name: (away(name, near), name.name))
    if around.strip():
        found = [name for name in found if begins_within(around, name)]
    return told(found, table, most)


def candidates(key: str, table: Table, near: Point | None, most: int) -> list[Name]:
    """Names of the table and of the catalogue that begin so, the likeliest first, each place once."""
    found: list[Name] = []
    if table.holds_names:
        rows = listed(table, table.stamp).best(key, near, most)
        question = f"SELECT rowid, {loose.COLUMNS} FROM name WHERE rowid IN ({', '.join('?' * len(rows))})"  # noqa: S608 -- our own words
        by_row = {row[0]: Name(*row[1:]) for row in table.rows(question, rows)} if rows else {}
        found = [by_row[row] for row in rows]
    ours = [name for other, held in catalogue.names(council_name).items() if other.startswith(key) for name in held]
    if new := [name for name in ours if not any(is_same(name, other) for other in found)]:
        whole = {True: WHOLE_NAME, False: 1.0}
        found = sorted([*found, *new], key=lambda name: (away(name, near) * whole[key_of(name.name) == key], name.name))
    chosen: list[Name] = []
    for name in found:
        if not any(is_same(name, other) for other in chosen):
            chosen.append(name)
    return chosen


def is_same(one: Name, other: Name) -> bool:
    return key_of(one.name) == key_of(other.name) and names.apart(one, other) <= names.SAME_PLACE_KM


def away(name: Name, near: Point | None) -> float:
    """How far a place is, in the measure of its kind."""
    km = distance_km(*near, name.latitude, name.longitude) if near else 0.0
    return (km + FLOOR_KM) / MEANT_FROM.get(name.kind, MEANT_FROM["o"])


def middle_of_catalogue() -> Point | None:
    """The middle of the places that the catalogue names; None while it names none."""
    ours = [name for held in catalogue.names(council_name).values() for name in held]
    if not ours:
        return None
    return loose.middle([name.latitude for name in ours]), loose.middle([name.longitude for name in ours])


def begins_within(around: str, name: Name) -> bool:
    """Whether what is typed after a comma may become the district or county."""
    wanted = fold(around)
    told = f" {fold(name.district)} {fold(name.county)} "
    return f" {wanted}" in told


def told(found: Sequence[Name], table: Table, most: int) -> list[Beginning]:
    rows: dict[str, Beginning] = {}
    namesakes: dict[str, list[Name]] = {}
    for name in found:
        key = key_of(name.name)
        if key not in namesakes:
            namesakes[key] = names.named(name.name, table)
        where = whereabouts(name, namesakes[key], table)
        asked_by = f"{name.name}, {where}" if where else name.name
        rows.setdefault(asked_by, Beginning(name.name, where, asked_by))
        if len(rows) == most:
            break
    return list(rows.values())


def whereabouts(name: Name, namesakes: Sequence[Name], table: Table) -> str:
    """The county, district or outward code that tells a place from all others of its name; empty for a city."""
    if name.kind == "c":
        return ""
    for around in (name.county, name.district):
        if around and plain(around) != plain(name.name):
            within = [other for other in namesakes if f" {fold(around)} " in names.listed_around(other, table)]
            if within and all(is_same(name, other) for other in within):
                return around
    if len(loose.distinct(namesakes)) <= 1 and not (name.district or name.county):
        return ""
    nearest = table.nearest(name.latitude, name.longitude, reach_km=names.NEAREST_KM) if table.is_built else None
    return nearest.outcode if nearest else name.district


# Outward codes


def outcodes(code: str, table: Table, most: int) -> list[Beginning]:
    """Outward codes that begin so, the shorter ones first, each with the town it is round."""
    if not table.is_built:
        return []
    rows = table.rows("SELECT code FROM outcode WHERE code >= ? AND code < ?", (code, code + "~"))
    codes = sorted((row[0] for row in rows), key=lambda other: (len(other), other))[:most]
    return [Beginning(other, town_of(other, table, table.stamp), other) for other in codes]


@lru_cache(maxsize=4096)
def town_of(code: str, table: Table, stamp: object) -> str:
    """The largest place in an outward code, else the larger place nearest to its middle; empty where none is listed."""
    area = table.outcode(code)
    if area is None:
        return ""
    round_it = names.larger_round(area.latitude, area.longitude, table, reach_km=TOWN_KM)
    for name in round_it[:MOST_ROUND]:
        nearest = table.nearest(name.latitude, name.longitude, reach_km=names.NEAREST_KM)
        if nearest is not None and nearest.outcode == code:
            return name.name
    return round_it[0].name if round_it else ""
