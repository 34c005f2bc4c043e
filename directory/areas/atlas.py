"""Supply against population: how far it is to the nearest, how many are within reach, and how many share them.

Geometry is worked out once for all subjects: areas and points lie in squares of a grid, every square is compared with the
points round it as one block of distances, and products of matrices share the block out among the subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import asin, ceil, cos, pi, radians, sin

import numpy as np

from directory.areas.population import Areas, Array

EARTH_KM = 6371.0088
KM_A_DEGREE = EARTH_KM * pi / 180
KM_A_MILE = 1.609344
MILES = (1, 3, 5, 10)
REACHES_KM = tuple(miles * KM_A_MILE for miles in MILES)
# How much somebody in each ring counts: exp(-(d / 5 miles)²) at the middle of the ring, the innermost taken as one.
WEIGHTS = (1.0, 0.86, 0.53, 0.11)
# Few points are compared in larger squares: what counts then is how many squares there are, not how many distances.
SQUARE_KM, LARGE_SQUARE_KM, FEW_POINTS = 8.0, 24.0, 30_000
MOST_IN_BLOCK = 400_000  # distances: two megabytes, so that a block stays in the cache
AT_ONCE = 4_000_000  # distances when everything is compared with everything
WORKERS = 2


@dataclass(frozen=True)
class Points:
    """Where listings can be met. `weight` is 1 for a place that is there every week, less for a stop that comes seldom.

    `subjects` is (number of subjects, n) bool: what each point is a supply of. Points of one `listing` count once within reach,
    but for its stops, which count once beside its buildings.
    """

    listing: Array
    latitude: Array
    longitude: Array
    weight: Array
    is_stop: Array
    subjects: Array

    def __len__(self) -> int:
        return len(self.listing)

    def of(self, chosen: Array) -> Points:
        """The points where `chosen` (bool or positions) holds."""
        columns = (self.listing, self.latitude, self.longitude, self.weight, self.is_stop)
        return Points(*(column[chosen] for column in columns), subjects=self.subjects[:, chosen])


@dataclass(frozen=True)
class Measures:
    """By subject and area, in the order of both. `nearest` is kilometres, nan where there is no point of the subject at all;

    `within` is (number of reaches, subjects, areas); `ratio` is supply per 1,000 people, nan for an area without population.
    `demand` is by point: the people of its catchment, each counted by distance.
    """

    nearest: Array
    within: Array
    ratio: Array
    demand: Array


def provision(areas: Areas, points: Points, *, reaches_km: tuple[float, ...] = REACHES_KM) -> Measures:
    """How `points` serve `areas`, in straight lines. Raises ValueError for a point off the map.

    Enhanced two-step floating catchment: Luo and Qi 2009, Health & Place 15(4), 1100-1107. First each point's supply is shared
    among the people within the widest of four rings, nearer ones counting more; then each area gathers the shares within the
    same rings. Reaches other than the four of MILES change `within` alone.
    """
    check(points.latitude, points.longitude)
    subjects, size = len(points.subjects), len(areas)
    nearest = np.full((subjects, size), np.inf, np.float32)
    within = np.zeros((len(reaches_km), subjects, size), np.float32)
    ratio = np.zeros((subjects, size), np.float32)
    ground = Ground(areas, points, reach_km=max((*REACHES_KM, *reaches_km)))
    people = areas.people.astype(np.float32)
    demand = np.zeros(len(points), np.float64)
    blocks = list(ground.blocks())
    with ThreadPoolExecutor(WORKERS) as pool:
        # A point lies in many blocks, so its sum is made in one thread, of parts that come from several.
        for near, part in pool.map(lambda block: (block[1], weights_of(ground.squares(*block)) @ people[block[0]]), blocks):
            demand[near] += part
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(demand > 0, points.weight * 1000.0 / demand, 0.0).astype(np.float32)

        def fill(block: tuple[Array, Array]) -> None:
            here, near = block
            squares = ground.squares(here, near)
            tags = points.subjects[:, near]
            subject, place = np.nonzero(tags)
            if not len(subject):
                return
            present = np.flatnonzero(np.diff(subject, prepend=-1))
            # Rows of one subject lie together, so that their smallest is one pass over them.
            nearest[np.ix_(subject[present], here)] = np.minimum.reduceat(squares[place], present, axis=0)
            ratio[:, here] = (tags * share[near]) @ weights_of(squares)
            squares, tags = ground.once(near, squares, tags)
            tags = tags.astype(np.float32)
            for reach, reach_km in enumerate(reaches_km):
                within[reach][:, here] = tags @ (squares <= square_of(reach_km)).astype(np.float32)

        for _ in pool.map(fill, blocks):
            pass
    far = nearest > square_of(ground.reach_km)
    for subject in range(subjects):
        beyond = np.flatnonzero(far[subject])
        if len(beyond):
            nearest[subject, beyond] = ground.anywhere(beyond, np.flatnonzero(points.subjects[subject]))
    ratio[:, ~(areas.population > 0)] = np.nan
    return Measures(arcs(nearest), within, ratio, demand)


class Ground:
    """Areas and points in squares of a grid, so that whatever lies within `reach_km` is a few slices."""

    def __init__(self, areas: Areas, points: Points, *, reach_km: float) -> None:
        self.reach_km = reach_km
        self.areas, self.points = on_sphere(areas.latitude, areas.longitude), on_sphere(points.latitude, points.longitude)
        self.latitude, self.longitude = areas.latitude, areas.longitude
        self.group = points.listing * 2 + points.is_stop
        self.shared = len(np.unique(self.group)) < len(self.group)
        self.square_km = SQUARE_KM if len(points) > FEW_POINTS else LARGE_SQUARE_KM
        band = band_of(points.latitude, self.square_km)
        self.order = np.lexsort((points.longitude, band))
        self.along = points.longitude[self.order]
        self.bands = band[self.order]

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """(areas, points) in turn: all points within reach of any of these areas, and a few more. Each area comes once."""
        band = band_of(self.latitude, self.square_km)
        step = self.square_km / KM_A_DEGREE / max(0.01, cos(radians(float(np.abs(self.latitude).mean() if len(band) else 0))))
        column = np.floor(self.longitude / step).astype(np.int64)
        order = np.lexsort((column, band))
        ends = np.flatnonzero((np.diff(band[order]) != 0) | (np.diff(column[order]) != 0)) + 1
        for square in np.split(order, ends) if len(order) else ():
            near = self._near(square)
            parts = ceil(len(square) * len(near) / MOST_IN_BLOCK) if len(near) else 0
            for part in np.array_split(square, min(parts, len(square))) if parts else ():
                yield part, near

    def _near(self, square: Array) -> Array:
        reach = self.reach_km / KM_A_DEGREE + 1e-6
        south, north = self.latitude[square].min() - reach, self.latitude[square].max() + reach
        # A circle is widest a little nearer to the pole than its middle.
        reach_along = reach / max(0.01, cos(radians(min(89.0, max(abs(south), abs(north))))))
        west, east = self.longitude[square].min() - reach_along, self.longitude[square].max() + reach_along
        found = []
        for band in range(int(band_of(south, self.square_km)), int(band_of(north, self.square_km)) + 1):
            first, last = np.searchsorted(self.bands, (band, band + 1))
            begin, end = first + np.searchsorted(self.along[first:last], (west, east))
            found.append(self.order[begin:end])
        near = np.concatenate(found)
        if self.shared:
            near = near[np.argsort(self.group[near], kind="stable")]
        return near

    def squares(self, here: Array, near: Array) -> Array:
        """(points, areas) float32: the square of each distance through the earth, in km².

        Counted from one of the areas, because 32 bits hold kilometres from there to the centimetre.
        """
        middle = self.areas[:, here[:1]]
        x, y, z = (self.points[:, near] - middle).astype(np.float32)
        u, v, w = (self.areas[:, here] - middle).astype(np.float32)
        total = x[:, None] - u
        total *= total
        for ours, theirs in ((y, v), (z, w)):
            part = ours[:, None] - theirs
            part *= part
            total += part
        return total

    def once(self, near: Array, squares: Array, tags: Array) -> tuple[Array, Array]:
        """The rows with the points of one listing put together: the nearest of them, and all that they supply."""
        if not self.shared:
            return squares, tags
        starts = np.flatnonzero(np.diff(self.group[near], prepend=-1))
        if len(starts) == len(near):
            return squares, tags
        return np.minimum.reduceat(squares, starts, axis=0), np.logical_or.reduceat(tags, starts, axis=1)

    def anywhere(self, here: Array, near: Array) -> Array:
        """The square of the distance from each area to the nearest of these points, however far; inf when there are none."""
        found = np.full(len(here), np.inf, np.float32)
        for first in range(0, len(here), max(1, AT_ONCE // max(1, len(near)))) if len(near) else ():
            part = slice(first, first + max(1, AT_ONCE // len(near)))
            found[part] = self.squares(here[part], near).min(axis=0)
        return found


def weights_of(squares: Array) -> Array:
    """How much each distance counts: the weight of its ring, 0 beyond the last."""
    told = np.zeros(squares.shape, np.float32)
    for reach_km, weight, beyond in zip(REACHES_KM, WEIGHTS, (*WEIGHTS[1:], 0.0), strict=True):
        told += (squares <= square_of(reach_km)) * np.float32(weight - beyond)
    return told


def square_of(reach_km: float) -> np.float32:
    """The square of the straight line through the earth that spans `reach_km` along the ground."""
    return np.float32((2 * EARTH_KM * sin(min(reach_km / (2 * EARTH_KM), pi / 2))) ** 2)


def arcs(squares: Array) -> Array:
    """Kilometres along the ground, from squares of lines through the earth; nan where there was no point."""
    lines = np.sqrt(np.where(np.isfinite(squares), squares, np.nan).astype(np.float64)) / (2 * EARTH_KM)
    return (2 * EARTH_KM * np.arcsin(np.minimum(lines, 1.0))).astype(np.float32)


def arc_of(square: float) -> float:
    """The same for one."""
    return 2 * EARTH_KM * asin(min(1.0, square**0.5 / (2 * EARTH_KM)))


def on_sphere(latitude: Array, longitude: Array) -> Array:
    """(3, n) float64: kilometres from the middle of the earth."""
    phi, theta = np.radians(latitude), np.radians(longitude)
    return EARTH_KM * np.stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))


def band_of(latitude: Array, square_km: float) -> Array:
    return np.floor(np.asarray(latitude) * (KM_A_DEGREE / square_km)).astype(np.int64)


def check(latitude: Array, longitude: Array) -> None:
    """Raises ValueError when any point is off the map."""
    if not bool(np.all((np.abs(latitude) <= 90) & (np.abs(longitude) <= 180))):  # nan is neither
        raise ValueError("a point has no latitude and longitude on the map")
