"""Positions: the two national grids to WGS84, distances on the globe, and what lies inside the United Kingdom."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin, sqrt, tan

EARTH_KM = 6371.0088
MICRO = 1_000_000  # postcodes are kept as whole millionths of a degree, 11 cm or less


@dataclass(frozen=True)
class Grid:
    """A transverse Mercator grid and its seven-parameter Helmert shift to WGS84 (metres, arc seconds, parts per million)."""

    major: float
    minor: float
    scale: float
    latitude0: float
    longitude0: float
    easting0: float
    northing0: float
    shift: tuple[float, float, float]
    turn: tuple[float, float, float]
    stretch: float


# Ordnance Survey, "A guide to coordinate systems in Great Britain"; EPSG:29902 and its shift to WGS84.
NATIONAL = Grid(
    6377563.396, 6356256.909, 0.9996012717, 49, -2, 400000, -100000,
    (446.448, -125.157, 542.060), (0.1502, 0.2470, 0.8421), -20.4894,
)  # fmt: skip
IRISH = Grid(
    6377340.189, 6356034.447938534, 1.000035, 53.5, -8, 200000, 250000,
    (482.530, -130.596, 564.557), (-1.042, -0.214, -0.631), 8.150,
)  # fmt: skip


def osgb_to_wgs84(easting: float, northing: float) -> tuple[float, float]:
    """National Grid metres to (latitude, longitude) in WGS84 degrees; within 5 m of OSTN15."""
    return to_wgs84(NATIONAL, easting, northing)


def to_wgs84(grid: Grid, easting: float, northing: float) -> tuple[float, float]:
    """Grid metres, within a few, to (latitude, longitude) in WGS84 degrees: the inverse projection, then the Helmert shift."""
    a, b, f0 = grid.major, grid.minor, grid.scale
    lat0, lon0, n0 = radians(grid.latitude0), radians(grid.longitude0), grid.northing0
    e2, n = 1 - (b * b) / (a * a), (a - b) / (a + b)
    lat, m = lat0, 0.0
    for _ in range(20):  # three are enough inside the grid; a wild number must not turn for ever
        lat += (northing - n0 - m) / (a * f0)
        d, s = lat - lat0, lat + lat0
        m = b * f0 * (
            (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * d
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * sin(d) * cos(s)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * sin(2 * d) * cos(2 * s)
            - 35 / 24 * n**3 * sin(3 * d) * cos(3 * s)
        )  # fmt: skip
        if abs(northing - n0 - m) < 1e-5:
            break
    nu = a * f0 / sqrt(1 - e2 * sin(lat) ** 2)
    rho = a * f0 * (1 - e2) / (1 - e2 * sin(lat) ** 2) ** 1.5
    eta2, t, sec = nu / rho - 1, tan(lat), 1 / cos(lat)
    de = easting - grid.easting0
    lat = (
        lat
        - t / (2 * rho * nu) * de**2
        + t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2) * de**4
        - t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4) * de**6
    )
    lon = (
        lon0
        + sec / nu * de
        - sec / (6 * nu**3) * (nu / rho + 2 * t**2) * de**3
        + sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4) * de**5
        - sec / (5040 * nu**7) * (61 + 662 * t**2 + 1320 * t**4 + 720 * t**6) * de**7
    )
    v = a / sqrt(1 - e2 * sin(lat) ** 2)
    x, y, z = v * cos(lat) * cos(lon), v * cos(lat) * sin(lon), (1 - e2) * v * sin(lat)
    k = 1 + grid.stretch * 1e-6
    rx, ry, rz = (radians(second / 3600) for second in grid.turn)
    tx, ty, tz = grid.shift
    x, y, z = (tx + k * x - rz * y + ry * z, ty + rz * x + k * y - rx * z, tz - ry * x + rx * y + k * z)
    a, b = 6378137.0, 6356752.314245
    e2, p = 1 - (b * b) / (a * a), sqrt(x * x + y * y)
    lat = atan2(z, p * (1 - e2))
    for _ in range(4):
        lat = atan2(z + e2 * a / sqrt(1 - e2 * sin(lat) ** 2) * sin(lat), p)
    return degrees(lat), degrees(atan2(y, x))


class Lattice:
    """Grid metres to millionths of a degree, by bilinear interpolation between the corners of one-kilometre squares.

    Six times quicker than the formula for a whole country, and within 10 cm of it. Holds one entry for each square seen.
    """

    def __init__(self, grid: Grid = NATIONAL) -> None:
        self.grid = grid
        self.squares: dict[tuple[int, int], tuple[float, ...]] = {}
        self.corners: dict[tuple[int, int], tuple[float, float]] = {}

    def micro(self, easting: int, northing: int) -> tuple[int, int]:
        """(latitude, longitude) as whole millionths of a degree."""
        column, e = divmod(easting, 1000)
        row, n = divmod(northing, 1000)
        square = self.squares.get((column, row)) or self._square(column, row)
        lat, lat_e, lat_n, lat_en, lon, lon_e, lon_n, lon_en = square
        en = e * n
        return round(lat + lat_e * e + lat_n * n + lat_en * en), round(lon + lon_e * e + lon_n * n + lon_en * en)

    def _square(self, column: int, row: int) -> tuple[float, ...]:
        (a, w), (b, x) = self._corner(column, row), self._corner(column + 1, row)
        (c, y), (d, z) = self._corner(column, row + 1), self._corner(column + 1, row + 1)
        square = (
            a, (b - a) / 1000, (c - a) / 1000, (a - b - c + d) / 1_000_000,
            w, (x - w) / 1000, (y - w) / 1000, (w - x - y + z) / 1_000_000,
        )  # fmt: skip
        self.squares[column, row] = square
        return square

    def _corner(self, column: int, row: int) -> tuple[float, float]:
        if (column, row) not in self.corners:
            latitude, longitude = to_wgs84(self.grid, column * 1000, row * 1000)
            self.corners[column, row] = (latitude * MICRO, longitude * MICRO)
        return self.corners[column, row]


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Kilometres along the globe in a straight line (haversine, mean radius)."""
    phi, psi = radians(latitude), radians(other_latitude)
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


# South, north, west, east. The whole box, then the parts of it that belong to others or to the open sea; drawn a little
# generously to the sea side, because a coast is no place to be exact with six numbers.
UK_BOX = (49.8, 60.9, -8.7, 1.8)
NORTHERN_IRELAND = ((54.0, 55.25, -8.2, -5.4), (55.25, 55.33, -8.2, -6.0))
ELSEWHERE = (
    (49.8, 50.75, 0.45, 1.8),  # the coast of France
    (50.75, 51.05, 1.1, 1.8),
    (54.0, 54.45, -4.9, -4.25),  # Isle of Man
    (51.3, 54.02, -8.7, -5.95),  # Republic of Ireland
    (49.8, 51.3, -8.7, -6.45),
    (54.02, 54.12, -8.7, -7.0),
    (54.12, 54.3, -8.7, -7.75),
    (54.3, 55.33, -8.7, -8.18),
    (54.6, 55.33, -8.2, -7.9),
    (54.76, 55.33, -8.0, -7.55),
    (55.08, 55.4, -8.0, -7.1),
    (54.13, 54.4, -7.15, -6.95),
    (55.4, 56.3, -8.7, -7.0),  # the ocean off Donegal
)


def _inside(box: tuple[float, float, float, float], latitude: float, longitude: float) -> bool:
    south, north, west, east = box
    return south <= latitude <= north and west <= longitude <= east


def in_uk(latitude: float, longitude: float) -> bool:
    """Whether a point may be in the United Kingdom: a box without its neighbours. Quick and coarse; no for 0, 0 and for nan."""
    return _inside(UK_BOX, latitude, longitude) and not any(_inside(box, latitude, longitude) for box in ELSEWHERE)


def in_northern_ireland(latitude: float, longitude: float) -> bool:
    """Whether a point of the United Kingdom lies in Northern Ireland, by two boxes that hold no part of Scotland."""
    return any(_inside(box, latitude, longitude) for box in NORTHERN_IRELAND) and in_uk(latitude, longitude)
