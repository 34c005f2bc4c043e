"""Sums over areas, weighted by people: by kind of place, tenth of deprivation and council. What is not known takes no part."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from directory.areas.atlas import KM_A_MILE, MILES, Measures
from directory.areas.population import COUNTRY, TOWN, Areas, Array

FAR_KM = (2.0, 5.0, 10.0, *(miles * KM_A_MILE for miles in MILES))
# What each row of figures holds, in order. People are those of areas for which the supply is known; the rest is about them.
FIGURES = (
    *("people", "all_people", "median_km", "beyond_2_km", "beyond_5_km", "beyond_10_km"),
    *("beyond_1_mi", "beyond_3_mi", "beyond_5_mi", "beyond_10_mi"),
    *("within_1_mi", "within_3_mi", "within_5_mi", "within_10_mi"),
    *("per_1000", "comes", "from_home"),
)
EVERYBODY = "all"


def groups_of(areas: Areas) -> list[tuple[str, Array]]:
    """Every group with the positions of its areas: "all", "rural:0" and "rural:1", "decile:1" to "decile:10", "council:E…"."""
    found = [(EVERYBODY, np.arange(len(areas)))]
    found += [(f"rural:{sort}", np.flatnonzero(areas.rural == sort)) for sort in (TOWN, COUNTRY)]
    found += [(f"decile:{decile}", np.flatnonzero(areas.decile == decile)) for decile in range(1, 11)]
    order = np.argsort(areas.council, kind="stable")
    codes, starts = np.unique(areas.council[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(codes) else []
    return found + [(f"council:{code}", part) for code, part in zip(codes.tolist(), parts, strict=True) if code]


def figures(
    areas: Areas, groups: Iterable[tuple[str, Array]], measures: Measures, known: Array, comes: Array, from_home: Array
) -> Array:
    """(subjects, groups, FIGURES) float64; nan where nobody lives in an area of the group whose supply is known.

    `known` is (subjects, areas) bool: where the absence of a listing would say something. `comes` and `from_home` are
    (subjects, areas) numbers of listings.
    """
    people = areas.people
    found = []
    for subject in range(len(measures.nearest)):
        nearest, ratio = measures.nearest[subject].astype(np.float64), np.nan_to_num(measures.ratio[subject])
        # Where something is known and nothing is there, however far, everybody is beyond every reach.
        nearest = np.where(np.isnan(nearest), np.inf, nearest)
        weight = np.where(known[subject], people, 0.0)
        order = np.argsort(nearest, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        averaged = np.stack((*measures.within[:, subject], ratio, comes[subject], from_home[subject])).astype(np.float64)
        rows = []
        for _, part in groups:
            mine = weight[part]
            total = mine.sum()
            if not total:
                rows.append([0.0, people[part].sum(), *(np.nan,) * (len(FIGURES) - 2)])
                continue
            apart = part[np.argsort(rank[part])]
            middle = apart[np.searchsorted(np.cumsum(weight[apart]), total / 2)]
            beyond = [mine[nearest[part] > far_km].sum() for far_km in FAR_KM]
            means = averaged[:, part] @ mine / total
            rows.append([total, people[part].sum(), nearest[middle], *beyond, *means])
        found.append(rows)
    return np.array(found, np.float64).reshape(-1, len(list(groups)), len(FIGURES))


def furthest(areas: Areas, nearest: Array, known: Array, *, most: int) -> Array:
    """Positions of the inhabited areas that are furthest from one subject, furthest first, of those where it is known."""
    distance = np.where(known & (areas.people > 0), np.nan_to_num(nearest, nan=-1.0), -1.0)
    order = np.argsort(-distance, kind="stable")[:most]
    return order[distance[order] >= 0]


def nearest_area(areas: Areas, latitude: Array, longitude: Array) -> Array:
    """For each point the position of the area whose middle is nearest, within about ten miles; -1 where there is none."""
    found = np.full(len(latitude), -1)
    order = np.argsort(areas.latitude)
    sorted_latitude = areas.latitude[order]
    points = np.argsort(latitude)
    for part in np.array_split(points, max(1, len(points) // 64)) if len(points) else ():
        first, last = np.searchsorted(sorted_latitude, (latitude[part].min() - 0.15, latitude[part].max() + 0.15))
        near = order[first:last]
        if not len(near):
            continue
        up = areas.latitude[near] - latitude[part][:, None]
        along = (areas.longitude[near] - longitude[part][:, None]) * np.cos(np.radians(latitude[part]))[:, None]
        square = up * up + along * along
        best = square.argmin(axis=1)
        within = square[np.arange(len(part)), best] < 0.15**2
        found[part] = np.where(within, near[best], -1)
    return found
