"""What the pages of gaps read of the atlas: its map as a layer, the nearest from an area, and where the board does not agree.

All of it is stored and about places; nothing here reads a flag, and of gaps only what `queries.public_gaps` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from directory import places
from directory.areas import hexagons, near
from directory.areas.kept import Stored
from directory.areas.supply import Subject
from directory.queries import atlas_pages as pages
from directory.queries import cells, public_gaps
from directory.queries.gap_map import Layer, Map, Patch
from directory.queries.public_gaps import Listed

MOST_LINES, MOST_SUBJECTS, MOST_TRIED = 3, 4, 12


@dataclass(frozen=True)
class Doubt:
    """Where board and atlas disagree. With `nearest_km` a place far off without a gap; without, a gap where there is plenty."""

    place: str
    code: str
    subject: Subject
    nearest_km: float | None = None
    people: int = 0


def far(atlas: Stored | None, *, need: str = "", council: str = "", quarter: str = "") -> Map:
    """How far it is in one council: for each patch the middle person's way to a need, or to the furthest of all that are known.

    Without a council it is the one with the most flagged, else the one with the furthest area. Nothing without an atlas.
    """
    empty = Map(Layer.FAR, quarter, [], [], hexagons.drawn([]), {}, "", {})
    if atlas is None:
        return empty
    names = {group[8:]: places.council_name(group[8:]) or group[8:] for group in atlas.groups if group.startswith("council:")}
    needs = {atlas.subjects[number].slug: atlas.subjects[number].label for number in pages.every(atlas)}
    number = atlas.number_of(need) if need in needs else None
    shown = council if council in names else _first_council(atlas, quarter, names, number)
    numbers = [number] if number is not None else pages.needs(atlas)
    if not numbers or not shown:
        return empty
    patches = _furthest_of(atlas, tuple(numbers), shown)
    sheet = hexagons.drawn([patch.hexagon for patch in patches] if len(patches) <= pages.MOST_DRAWN else [])
    return Map(Layer.FAR, quarter, patches, [], sheet, dict(sorted(names.items(), key=lambda pair: pair[1])), shown, needs)


def nearest(atlas: Stored | None, need: str, patches: Sequence[Patch]) -> dict[str, float | None]:
    """By patch, how far the middle person of its areas is from a need in km; None where that is not known."""
    number = atlas.number_of(need) if atlas is not None else None
    if atlas is None or number is None:
        return {patch.hexagon: None for patch in patches}
    found = near.reaches(atlas, number, {code for patch in patches for code, _ in patch.areas})
    return {patch.hexagon: near.middle_km(reach for code, _ in patch.areas for reach in found.get(code, ())) for patch in patches}


def doubts(atlas: Stored, listed: Sequence[Listed], *, need: str = "") -> list[Doubt]:
    """Where the public board and the atlas do not agree, at most three lines: first where there is plenty, then what is far.

    Only gaps with a published figure are held against plenty, those with the most people first.
    """
    number = atlas.number_of(need) if need else None
    numbers = [number] if number is not None else ([] if need else pages.needs(atlas)[:MOST_SUBJECTS])
    found: list[Doubt] = []
    loud = [gap for gap in listed if gap.people and gap.state in pages.OPEN and need in ("", gap.term_slug)]
    for gap in sorted(loud, key=lambda gap: (-gap.people, gap.area_code, gap.term_slug))[:MOST_TRIED]:
        subject = atlas.number_of(gap.term_slug)
        if subject is not None and atlas.has_plenty(subject, gap.area_code, pages.PLENTY_KM, pages.PLENTY_WITHIN):
            found.append(Doubt(gap.area_name, gap.area_code, atlas.subjects[subject], people=gap.people))
    found = found[: MOST_LINES - 1]
    for each in numbers:
        slugs = _family(atlas, each)
        on_board = {gap.area_code for gap in listed if gap.term_slug in slugs}
        quiet = next((row for row in _furthest(atlas, each) if row.outcode not in on_board), None)
        if quiet is not None and quiet.nearest_km > pages.FAR_KM and all(quiet.name != told.place for told in found):
            found.append(Doubt(quiet.name, quiet.outcode, atlas.subjects[each], nearest_km=quiet.nearest_km))
    return found[:MOST_LINES]


def country_shares(atlas: Stored | None) -> Mapping[str, float]:
    """By code of an area, the share of its people in villages and country; empty without an atlas and where nobody knows."""
    return near.country_shares(atlas) if atlas is not None else {}


@dataclass(frozen=True)
class _Far:
    name: str
    outcode: str
    nearest_km: float


@lru_cache(maxsize=64)
def _furthest(atlas: Stored, number: int) -> tuple[_Far, ...]:
    """The ten areas furthest from a subject. Kept, because each is read from many files and an atlas does not change."""
    rows = []
    for place in atlas.furthest(number, most=pages.MOST_FIRST):
        area = atlas.area(place)
        rows.append(_Far(pages.called(area), area["outcode"], float(atlas.column("nearest")[number][place])))
    return tuple(rows)


@lru_cache(maxsize=32)
def _furthest_of(atlas: Stored, numbers: tuple[int, ...], council: str) -> tuple[Patch, ...]:
    """The patches of a council, furthest first, each with the subject that is furthest from it. Kept, like `_furthest`."""
    found: dict[str, Patch] = {}
    for number in numbers:
        for row in pages.patches(atlas, number, council):
            before = found.get(row.hexagon)
            if before is None or _or_less(row.nearest_km) > _or_less(before.nearest_km):
                label = atlas.subjects[number].label if row.nearest_km is not None else ""
                found[row.hexagon] = Patch(row.hexagon, (("", row.name),), 0, nearest_km=row.nearest_km, of=label)
    return tuple(sorted(found.values(), key=lambda patch: (-_or_less(patch.nearest_km), patch.areas, patch.hexagon)))


def _family(atlas: Stored, number: int) -> set[str]:
    """A subject and those below it, by their addresses."""
    slug = atlas.subjects[number].slug
    return {slug} | {each.slug for each in atlas.subjects if each.parent == slug}


def _first_council(atlas: Stored, quarter: str, names: Mapping[str, str], number: int | None) -> str:
    """The council that the other layer is most about, so that one looks at the same place; else that of the furthest area."""
    figures = cells.by_area(quarter=quarter) if quarter else {}
    sums: dict[str, int] = {}
    for area in public_gaps.areas():
        if area.council in names:
            sums[area.council] = sums.get(area.council, 0) + sum(figures.get(area.code, {}).values())
    if sums:
        return max(sorted(sums), key=lambda code: sums[code])
    numbers = [number] if number is not None else pages.needs(atlas)
    place = next((place for each in numbers for place in atlas.furthest(each, most=1)), None)
    return str(atlas.area(place)["council"]) if place is not None else next(iter(sorted(names)), "")


def _or_less(km: float | None) -> float:
    """For sorting: what is not known comes last."""
    return -1.0 if km is None else km
