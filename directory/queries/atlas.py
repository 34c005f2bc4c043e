"""Questions to the atlas as it was last worked out: figures by group, the areas to look at first, what is known of a council."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from directory import places
from directory.areas import kept
from directory.areas.estimate import from_sectors
from directory.areas.kept import Stored
from directory.areas.population import Areas, load
from directory.areas.supply import Subject
from directory.errors import NotFound, Unavailable

NOT_YET = "The atlas has not been worked out yet. Please look again in a few minutes."
KINDS_OF_PLACE = (("rural:1", "Village and country"), ("rural:0", "Town"))
DECILES = tuple((f"decile:{decile}", name) for decile, name in (
    (1, "Most deprived tenth"), *((number, f"Tenth {number}") for number in range(2, 10)), (10, "Least deprived tenth"),
))  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What is told of one subject in one group of areas; None where it is not known. People are whole numbers."""

    subject: Subject
    group: str
    name: str
    people: int  # of areas where the supply is known
    all_people: int
    median_km: float | None
    beyond_km: tuple[int | None, ...]  # further than 2, 5, 10 km
    beyond_mi: tuple[int | None, ...]  # further than 1, 3, 5, 10 miles
    within_mi: tuple[float | None, ...]  # how many within 1, 3, 5, 10 miles, for the average person
    per_1000: float | None
    comes: float | None
    from_home: float | None

    @property
    def is_known(self) -> bool:
        """Whether the lists here tell of this subject for anybody in the group."""
        return self.people > 0


def stored(folder: Path | str) -> Stored:
    """The atlas as last worked out. Raises Unavailable before the first time."""
    found = kept.stored(Path(folder))
    if found is None:
        raise Unavailable(NOT_YET)
    return found


def areas(folder: Path | str) -> Areas:
    """The small areas that were loaded, or the postcode sectors in their place. Raises Unavailable without a postcode table."""
    loaded = load(kept.areas_file(Path(folder)))
    if loaded is not None:
        return loaded
    return from_sectors(
        (sector.code, sector.latitude, sector.longitude, sector.units, sector.radius_km, places.active_code(sector.council))
        for sector in places.sectors()
    )


def authority_of(code: str) -> str:
    """Who provides in a council: the county above it, or itself."""
    return places.county_code(code) or code


def place_of(latitude: float, longitude: float) -> tuple[str, str]:
    """Outward code and council in force of the nearest postcode; in Northern Ireland, without its postcodes, the country."""
    codes = places.areas_of(latitude, longitude)
    outcode = next((code for code in codes if len(code) < 9), "")
    return outcode, next((places.active_code(code) for code in codes if len(code) == 9 and not code.startswith("K")), "")


def council_of(text: str) -> str:
    """The code in force of a council, from its code or its name; empty when it is neither."""
    return places.active_code(text) if places.council_name(text) else places.council_code(text)


def subject(atlas: Stored, slug: str) -> int:
    """Where a need or kind of place stands. Raises NotFound."""
    number = atlas.number_of(slug)
    if number is None:
        raise NotFound(f"The atlas knows no need called “{slug}”.")
    return number


def figures(atlas: Stored, number: int, group: str, *, name: str = "") -> Figures | None:
    """One subject in one group; None for a group in which there are no areas."""
    found = atlas.figure(number, group)
    if found is None:
        return None

    def known(name: str) -> float | None:
        return None if math.isnan(found[name]) or math.isinf(found[name]) else found[name]

    def whole(name: str) -> int | None:
        return None if (value := known(name)) is None else round(value)

    miles = (1, 3, 5, 10)
    return Figures(
        subject=atlas.subjects[number],
        group=group,
        name=name or group_name(group),
        people=round(found["people"]),
        all_people=round(found["all_people"]),
        median_km=known("median_km"),
        beyond_km=tuple(whole(f"beyond_{km}_km") for km in (2, 5, 10)),
        beyond_mi=tuple(whole(f"beyond_{mile}_mi") for mile in miles),
        within_mi=tuple(known(f"within_{mile}_mi") for mile in miles),
        per_1000=known("per_1000"),
        comes=known("comes"),
        from_home=known("from_home"),
    )


def group_name(group: str) -> str:
    """What people call a group: "Town", "Most deprived tenth", the name of a council."""
    sort, _, code = group.partition(":")
    if sort == "council":
        return places.council_name(code) or code
    return dict((*KINDS_OF_PLACE, *DECILES)).get(group, "Everybody")


def groups(atlas: Stored) -> Sequence[str]:
    """Every group that has areas, in the order of the tables: everybody, kinds of place, tenths, councils by name."""
    fixed = ["all", *(group for group, _ in (*KINDS_OF_PLACE, *DECILES))]
    inhabited = [group for group in fixed if (found := atlas.figure(0, group)) and found["all_people"] > 0]
    councils = sorted(
        (group for group in atlas.groups if group.startswith("council:")), key=lambda group: (group_name(group), group)
    )
    return [*inhabited, *councils]


def table(atlas: Stored, numbers: Sequence[int]) -> list[Figures]:
    """Every subject asked for in every group."""
    return [found for number in numbers for group in groups(atlas) if (found := figures(atlas, number, group))]
