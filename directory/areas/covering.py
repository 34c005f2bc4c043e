"""What comes to people and what they reach from home: how many listings cover each area, by the codes and circles they state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from directory.areas.atlas import on_sphere, square_of
from directory.areas.population import Areas, Array
from directory.areas.supply import Covering

UNITED_KINGDOM = "K02000001"
COUNTRIES = {"E": "E92000001", "W": "W92000004", "S": "S92000003", "N": "N92000002"}


def covering(areas: Areas, of_areas: Array, listings: Iterable[Covering], subjects: int) -> tuple[Array, Array]:
    """How many listings come to each area, and how many are for it from home: (subjects, areas) uint16 each.

    A listing counts once in an area, however many of its codes hold it. `of_areas` is the authority of each area.
    """
    places = Places(areas, of_areas)
    alike: dict[tuple[frozenset[str], tuple[tuple[float, float, float], ...], bool], Array] = defaultdict(
        lambda: np.zeros(subjects, np.int64)
    )
    for listing in listings:
        alike[listing.codes, listing.circles, listing.from_home][list(listing.subjects)] += 1
    comes, from_home = np.zeros((2, subjects, len(areas)), np.uint16)
    for (codes, circles, is_from_home), counts in alike.items():
        held = np.zeros(len(areas), bool)
        for code in codes:
            held |= places.inside(code)
        for circle in circles:
            held |= places.round(*circle)
        which = np.flatnonzero(counts)
        (from_home if is_from_home else comes)[np.ix_(which, np.flatnonzero(held))] += counts[which].astype(np.uint16)[:, None]
    return comes, from_home


class Places:
    """Which areas lie in a code or a circle; an area counts with its middle."""

    def __init__(self, areas: Areas, of_areas: Array) -> None:
        self.areas, self.of_areas = areas, of_areas
        self.points = on_sphere(areas.latitude, areas.longitude)
        self.country = np.array([COUNTRIES.get(code[:1], "") for code in areas.council.tolist()], dtype="U9")
        self.asked: dict[str, Array] = {}

    def inside(self, code: str) -> Array:
        if code not in self.asked:
            if code == UNITED_KINGDOM:
                self.asked[code] = np.ones(len(self.areas), bool)
            else:
                columns = (self.areas.outcode,) if len(code) < 9 else (self.areas.council, self.of_areas, self.country)
                self.asked[code] = np.logical_or.reduce([column == code for column in columns])
        return self.asked[code]

    def round(self, latitude: float, longitude: float, radius_km: float) -> Array:
        apart = self.points - on_sphere(np.array([latitude]), np.array([longitude]))
        return (apart * apart).sum(axis=0) <= square_of(radius_km)
