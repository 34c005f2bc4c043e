"""What the pages of the atlas tell: bars to compare, what stands out, where to look first, and where flags and atlas disagree."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from directory import places
from directory.areas import hexagons, near, trying
from directory.areas.kept import Stored
from directory.areas.supply import Subject
from directory.errors import Unavailable
from directory.models import GapState
from directory.models import words as say
from directory.queries import public_gaps
from directory.queries.atlas import DECILES, KINDS_OF_PLACE, Figures, authority_of, figures
from directory.queries.supply import BUILDING, COMPARED, LIBRARY

MOST_FIRST = 10
MOST_DRAWN = 420
MILE_KM = 1.609344
# Nearer than one mile with three or more within three miles is plenty; further than five miles is far.
PLENTY_KM, PLENTY_WITHIN, FAR_KM = 1 * MILE_KM, 3, 5 * MILE_KM
SAME_KM = 2 * MILE_KM
NO_BREAK = "\u00a0"  # keeps "IP24 3" on one line
ENDS = (("decile:1", "Most deprived tenth"), ("decile:10", "Least deprived tenth"))
Value = Callable[[Figures], float | None]


@dataclass(frozen=True)
class Compared:
    """One subject with a figure for each group; None where nobody knows, inf where nothing is listed."""

    number: int
    subject: Subject
    figures: Sequence[Figures]


@dataclass(frozen=True)
class First:
    """One area far from a subject. `state` is that of a gap which the public may read, None where there is none."""

    name: str
    code: str
    people: int
    nearest_km: float
    council: str
    state: GapState | None


@dataclass(frozen=True)
class Council:
    """One council: its name, what the lists of its authority tell of it, and its figures by subject."""

    code: str
    name: str
    authority: str
    sources: Sequence[Mapping[str, Any]]
    rows: Sequence[Compared]


@dataclass(frozen=True)
class Patch:
    """One six-sided patch: the people in it and how far the middle one of them is; None where it is not known."""

    hexagon: str
    name: str
    people: int
    nearest_km: float | None


def chosen(atlas: Stored, *, council: str = "") -> list[int]:
    """The subjects of the overview: the headings of the needs and libraries with and without stops, that anything is known of.

    With and without are told for the same councils, because otherwise the two would not be comparable.
    """
    group = f"council:{council}" if council else "all"
    found = []
    for number, subject in enumerate(atlas.subjects):
        told = figures(atlas, number, group)
        if not subject.parent and told is not None and told.is_known and _usable(atlas, number):
            found.append(number)
    slugs = {atlas.subjects[number].slug for number in found}
    spare = BUILDING if {LIBRARY, COMPARED} <= slugs else COMPARED
    return [number for number in found if atlas.subjects[number].slug != spare]


def needs(atlas: Stored) -> list[int]:
    """As `chosen`, without what is only there to be compared with another."""
    return [number for number in chosen(atlas) if not atlas.subjects[number].known_where]


def every(atlas: Stored) -> list[int]:
    """All subjects that anything is known of, in their order; for choosing."""
    return [number for number, subject in enumerate(atlas.subjects) if _usable(atlas, number) and not subject.known_where]


def _usable(atlas: Stored, number: int) -> bool:
    count = atlas.supply[number]
    return bool(count["listings"] or count["stops"])


def compared(atlas: Stored, numbers: Sequence[int], groups: Sequence[tuple[str, str]]) -> list[Compared]:
    """Each subject in the groups that somebody lives in."""
    rows = []
    for number in numbers:
        told = [found for group, name in groups if (found := figures(atlas, number, group, name=name)) and found.all_people]
        rows.append(Compared(number, atlas.subjects[number], told))
    return rows


def has_groups(atlas: Stored, groups: Sequence[tuple[str, str]]) -> bool:
    """Whether the areas say anything of these groups."""
    return any((found := atlas.figure(0, group)) and found["all_people"] > 0 for group, _ in groups)


def councils(atlas: Stored, number: int) -> tuple[list[Figures], list[Figures]]:
    """Every council for one subject: those whose supply is known, furthest first, and apart from them the others, by name."""
    rows = [
        found
        for group in atlas.groups
        if group.startswith("council:") and (found := figures(atlas, number, group)) and found.all_people
    ]
    ranked = [row for row in rows if row.is_known]
    ranked.sort(key=lambda row: (-(math.inf if row.median_km is None else row.median_km), row.name))
    return ranked, sorted((row for row in rows if not row.is_known), key=lambda row: row.name)


def council(atlas: Stored, code: str) -> Council | None:
    """One council that has areas; None for any other."""
    if f"council:{code}" not in atlas.groups:
        return None
    authority = atlas.authorities.get(code) or authority_of(code)
    groups = ((f"council:{code}", "Everybody"),)
    rows = compared(atlas, needs(atlas), groups)
    return Council(code, places.council_name(code) or code, authority, atlas.sources.get(authority, []), rows)


def without_stops(atlas: Stored) -> tuple[int, int]:
    """How many councils have no file of mobile stops here, of how many."""
    number = atlas.number_of(LIBRARY)
    if number is None:
        return 0, 0
    ranked, unknown = councils(atlas, number)
    return len(unknown), len(ranked) + len(unknown)


# What stands out


@dataclass(frozen=True)
class Standing:
    """Three figures of the whole: how many times as far, what stops save in km, and how many live far from what."""

    times: float | None
    times_subject: Subject | None
    saved_km: float | None
    far_people: int
    far_subject: Subject | None


def standing_out(atlas: Stored, rows: Sequence[Compared]) -> Standing:
    """The largest difference between village and town, what stops save a villager, and the subject most people are far from."""
    times: float | None = None
    times_subject = far_subject = None
    far_people = 0
    for row in rows:
        pair = [figures(atlas, row.number, group) for group, _ in KINDS_OF_PLACE]
        country, town = (found.median_km if found else None for found in pair)
        if country and town and country / town >= 1.5 and (times is None or country / town > times):
            times, times_subject = country / town, row.subject
        whole = figures(atlas, row.number, "all")
        beyond = whole.beyond_mi[2] if whole else None
        if row.subject.slug not in (LIBRARY, BUILDING, COMPARED) and beyond and beyond > far_people:
            far_people, far_subject = beyond, row.subject
    numbers = atlas.number_of(LIBRARY), atlas.number_of(COMPARED)
    saved = None
    if None not in numbers:
        with_stops, without = (figures(atlas, number, "rural:1") for number in numbers if number is not None)
        known = with_stops and without and with_stops.median_km is not None and without.median_km is not None
        # What a reader sees as one and the same number saves nothing.
        if known and say.miles(without.median_km) != say.miles(with_stops.median_km):
            saved = without.median_km - with_stops.median_km
    return Standing(times, times_subject, saved, far_people, far_subject)


# Where to look first, beside what people flagged


def first(
    atlas: Stored, number: int, states: Mapping[str, GapState], *, council: str = "", most: int = MOST_FIRST
) -> list[First]:
    """The areas furthest from a subject, furthest first, each with what the public may know of its gap (`flagged`).

    Of areas within two miles of one that is told already only the furthest is told, so that ten rows are ten places.
    """
    told: list[First] = []
    points: list[tuple[float, float]] = []
    for place in atlas.furthest(number, most=most * 4, council=council):
        area = atlas.area(place)
        point = area["latitude"], area["longitude"]
        if any(places.distance_km(*point, *other) < SAME_KM for other in points):
            continue
        points.append(point)
        told.append(_first(atlas, number, place, area, states))
        if len(told) == most:
            break
    alike = Counter(row.name for row in told)
    return [replace(row, name=f"{row.name} ({row.code.replace(' ', NO_BREAK)})") if alike[row.name] > 1 else row for row in told]


def _first(atlas: Stored, number: int, place: int, area: Mapping[str, Any], states: Mapping[str, GapState]) -> First:
    name = places.council_name(area["council"])
    return First(
        name=called(area),
        code=area["code"],
        people=round(area["population"]),
        nearest_km=float(atlas.column("nearest")[number][place]),
        council=name,
        state=states.get(area["outcode"]),
    )


def called(area: Mapping[str, Any]) -> str:
    """What people call a small area; one that has only a code, as postcode sectors do, with its town or else its council."""
    spaced = str(area["name"])
    if spaced and spaced.replace(" ", "") != area["code"].replace(" ", ""):
        return spaced
    try:
        town = places.town_of(area["outcode"])
    except Unavailable:
        town = ""
    code = (spaced or area["outcode"]).replace(" ", NO_BREAK)
    return ", ".join(part for part in (code, town or places.council_name(area["council"])) if part) or area["code"]


def flagged(atlas: Stored, number: int, *, now: datetime) -> dict[str, GapState]:
    """By outward code, where a gap of this subject stands, of those that the public may read. Two statements."""
    subject = atlas.subjects[number]
    slugs = {subject.slug} | {each.slug for each in atlas.subjects if each.parent == subject.slug}
    return {each.area_code: each.state for each in public_gaps.listed(now=now) if each.term_slug in slugs}


def disagreeing(atlas: Stored, number: int, rows: Sequence[First], states: Mapping[str, GapState]) -> tuple[First | None, str]:
    """An area far off that is not on the board, and the outward code of one with plenty that is; None and "" for none."""
    quiet = next((row for row in rows if row.state is None and row.nearest_km > FAR_KM), None)
    wanted = sorted(code for code, state in states.items() if state in OPEN)
    loud = next((code for code in wanted if atlas.has_plenty(number, code, PLENTY_KM, PLENTY_WITHIN)), "")
    return quiet, loud


OPEN = (GapState.REPORTED, GapState.LOOKED_AT, GapState.BEING_STARTED, GapState.NOT_NOW)


# The map of one council


def patches(atlas: Stored, number: int, code: str) -> list[Patch]:
    """The patches that hold the middle of an area of a council, furthest first; the figure is that of the middle person."""
    held: dict[str, list[near.Reach]] = defaultdict(list)
    unknown: dict[str, float] = defaultdict(float)
    named: dict[str, set[str]] = defaultdict(set)
    for area in atlas.inside(number, code):
        cell = hexagons.cell_at(area.latitude, area.longitude)
        if math.isnan(area.nearest_km):
            unknown[cell] += area.people
            held.setdefault(cell, [])
        else:
            held[cell].append((area.nearest_km, area.people))
        code_alone = area.name if area.outcode and area.name.startswith(area.outcode) else ""
        named[cell].add(called({"code": code_alone, "name": area.name, "outcode": area.outcode, "council": code}))
    found = []
    for cell, areas in held.items():
        total, middle = sum(people for _, people in areas), near.middle_km(areas)
        names = sorted(named[cell])
        told = ("; " if any(", " in name for name in names) else ", ").join(names[:2]) + (
            f" and {len(names) - 2} more" if len(names) > 2 else ""
        )
        found.append(Patch(cell, told, round(total + unknown[cell]), middle))
    return sorted(found, key=lambda patch: (-(patch.nearest_km if patch.nearest_km is not None else -1), patch.hexagon))


def sheet(drawn: Sequence[Patch]) -> hexagons.Drawn:
    """The patches laid out for a picture; empty when they are too many to be read."""
    return hexagons.drawn([patch.hexagon for patch in drawn] if len(drawn) <= MOST_DRAWN else [])


# What if a listing opened here


@dataclass(frozen=True)
class Tried:
    """What one listing more would change, and the place it was tried at, in words."""

    where: str
    opened: trying.Opened


def tried(atlas: Stored, number: int, place: str) -> Tried:
    """One listing more of a subject at a place that somebody typed. Raises UnknownPlace, Unavailable."""
    found = places.locate(place, ask=False)
    return Tried(found.label, trying.opened(atlas, number, found.latitude, found.longitude))


def groups_by(by: str) -> Sequence[tuple[str, str]]:
    """The groups of "place" and "deprivation"."""
    return KINDS_OF_PLACE if by == "place" else ENDS


def deciles() -> Sequence[tuple[str, str]]:
    return DECILES
