"""The map of gaps: which six-sided patches are drawn and what each says, the same for the picture and its table.

Every figure is one that is published anyway, or a sum of such. Pale patches are drawn round what is public, so that being
drawn says nothing of what is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from directory import places
from directory.areas import hexagons
from directory.areas.hexagons import Drawn
from directory.models.gaps import GapKind
from directory.queries import cells, misses, public_gaps

SQUARE_MILES = hexagons.SQUARE_MILES
MOST_DRAWN = 420  # patches; more are too small to read, and one council is shown instead


class Layer(StrEnum):
    FLAGGED = "flagged"
    SEARCHES = "searches"
    FAR = "far"  # from the atlas: `queries.atlas_near.far`


@dataclass(frozen=True)
class Patch:
    """One patch with an area's middle in it. `figure` is a multiple of 5, or 0 for fewer than 8 or none.

    In the layer of the atlas the figure is `nearest_km`, None where it is not known, of the need labelled `of`.
    """

    hexagon: str
    areas: tuple[tuple[str, str], ...]
    figure: int
    main: GapKind | None = None
    nearest_km: float | None = None
    of: str = ""


@dataclass(frozen=True)
class Map:
    """What one layer shows. `patches` are in the order of the table; `around` the pale ones without an area's middle.

    `councils` holds code and name of those that can be chosen; `council` the one shown, empty for all of them.
    """

    layer: Layer
    quarter: str
    patches: Sequence[Patch]
    around: Sequence[str]
    sheet: Drawn
    councils: dict[str, str]
    council: str
    needs: dict[str, str]  # slug and label of those with a figure in this quarter


def drawn(*, layer: Layer, quarter: str, need: str = "", council: str = "") -> Map:
    """One layer of a counted quarter, of one need or all, in one council or all. The same number of statements always."""
    figures, further = of_layer(layer, quarter, need)
    known = {area.code: area for area in (*further, *public_gaps.areas()) if hexagons.is_cell(area.hexagon)}
    areas = [known[code] for code in sorted(known)]
    councils = {code: places.council_name(code) or code for code in sorted({area.council for area in areas} - {""})}
    if council not in councils and _too_many(areas):
        council = _largest(areas, figures)
    chosen = [area for area in areas if council in ("", area.council)]
    named: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for area in chosen:
        named[area.hexagon].append((area.code, area.name))
    patches = [Patch(hexagon, tuple(inside), *_sum(inside, figures)) for hexagon, inside in named.items()]
    councils = dict(sorted(councils.items(), key=lambda pair: pair[1]))
    return laid_out(layer, quarter, patches, councils=councils, council=council, needs=needs_of(layer, quarter))


def laid_out(
    layer: Layer,
    quarter: str,
    patches: Sequence[Patch],
    *,
    councils: dict[str, str] | None = None,
    council: str = "",
    needs: dict[str, str] | None = None,
) -> Map:
    """Patches put in the order of the table, with the pale ones round them, on a sheet. Reads nothing."""
    ordered = sorted(patches, key=lambda patch: (-patch.figure, patch.areas))
    there = [patch.hexagon for patch in ordered]
    around = sorted(set(hexagons.around(there)) - set(there))
    sheet = hexagons.drawn([*around, *there])
    shown = council if council in (councils or {}) else ""
    return Map(layer, quarter, ordered, around, sheet, councils or {}, shown, needs or {})


def needs_of(layer: Layer, quarter: str) -> dict[str, str]:
    """What can be chosen: the needs with a published figure, by label."""
    if not quarter:
        return {}
    terms = cells.needs(quarter) if layer is Layer.FLAGGED else misses.needs_published(quarter)
    return dict(sorted(((term.slug, term.label) for term in terms), key=lambda pair: pair[1].casefold()))


Figures = dict[str, dict[GapKind | None, int]]


def of_layer(layer: Layer, quarter: str, need: str) -> tuple[Figures, list[public_gaps.Area]]:
    """The published figures of a quarter by area and kind, None where there is no kind; and areas that only they tell of."""
    if not quarter:
        return {}, []
    if layer is Layer.FLAGGED:
        return cells.by_area(quarter=quarter, need=need), []
    published = misses.published(quarter)
    figures: Figures = {}
    for (area, slug), visits in published.figures.items():
        if need in ("", slug):
            kinds = figures.setdefault(area, {})
            kinds[None] = kinds.get(None, 0) + visits
    return figures, [public_gaps.Area(*each) for each in published.areas]


def _sum(areas: Sequence[tuple[str, str]], figures: Figures) -> tuple[int, GapKind | None]:
    """The sum of the stored figures of some areas, and the kind with the most of it."""
    kinds: dict[GapKind | None, int] = defaultdict(int)
    for code, _ in areas:
        for kind, figure in figures.get(code, {}).items():
            kinds[kind] += figure
    if not kinds:
        return 0, None
    return sum(kinds.values()), max(kinds, key=lambda kind: (kinds[kind], str(kind)))


def _too_many(areas: Sequence[public_gaps.Area]) -> bool:
    there = {area.hexagon for area in areas}
    return len(there) > MOST_DRAWN or len(hexagons.around(there)) > MOST_DRAWN


def _largest(areas: Sequence[public_gaps.Area], figures: Figures) -> str:
    """The council with the largest sum of figures; the first by code among equals."""
    sums: dict[str, int] = defaultdict(int)
    for area in areas:
        sums[area.council] += sum(figures.get(area.code, {}).values())
    return max(sorted(sums), key=lambda code: (sums[code], code != ""), default="")
