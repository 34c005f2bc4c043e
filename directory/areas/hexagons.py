"""The six-sided patches of the map: which one holds a point, its corners for a drawing, its neighbours. Only here is h3 known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians

import h3

RESOLUTION = 6  # H3's; in the United Kingdom a patch measures from 11 to 13 square miles (28 to 35 km²)
SQUARE_MILES = 12

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawn:
    """Patches laid out for a picture: x to the right and y downwards, both in its own units, from 0 to `width` and `height`.

    `corners` and `middles` are by cell, in the order in which the cells were given.
    """

    width: float
    height: float
    corners: Mapping[str, Corners]
    middles: Mapping[str, tuple[float, float]]


def cell_at(latitude: float, longitude: float) -> str:
    """The patch that holds a point (WGS84 degrees): 15 letters and figures. Raises ValueError for a point off the globe."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{latitude}, {longitude} is no point on the globe")
    return h3.latlng_to_cell(latitude, longitude, RESOLUTION)


def is_cell(text: str) -> bool:
    """Whether this names one of our patches."""
    return h3.is_valid_cell(text) and h3.get_resolution(text) == RESOLUTION


def middle_of(cell: str) -> tuple[float, float]:
    """Latitude and longitude of the middle of a patch. Raises ValueError for what is no patch."""
    latitude, longitude = h3.cell_to_latlng(_checked(cell))
    return latitude, longitude


def corners_of(cell: str) -> Corners:
    """Latitude and longitude of the corners of a patch, in order round it; six, everywhere in the United Kingdom.

    Raises ValueError for what is no patch.
    """
    return tuple(h3.cell_to_boundary(_checked(cell)))


def neighbours_of(cell: str) -> list[str]:
    """The patches that touch this one, in order of their names. Raises ValueError for what is no patch."""
    return sorted(each for each in h3.grid_disk(_checked(cell), 1) if each != cell)


def around(cells: Iterable[str], *, rings: int = 1) -> list[str]:
    """The patches given and all within so many steps of one of them, in order of their names."""
    return sorted({near for cell in cells for near in h3.grid_disk(_checked(cell), rings)})


def drawn(cells: Iterable[str], *, across: float = 73.0, margin: float = 4.0) -> Drawn:
    """The patches flat on a sheet, north upwards, a patch about `across` wide, `margin` free on each side.

    The projection is equirectangular with its true parallel through the middle of what is drawn: over a county shapes
    are right to one part in a hundred, over the whole kingdom to one in seven at its ends. Of no patches it is a sheet
    of nothing but its margins.
    """
    rounds = {cell: corners_of(cell) for cell in cells}
    points = [point for corners in rounds.values() for point in corners]
    if not points:
        return Drawn(2 * margin, 2 * margin, {}, {})
    north, south = max(point[0] for point in points), min(point[0] for point in points)
    east, west = max(point[1] for point in points), min(point[1] for point in points)
    squeeze = cos(radians((north + south) / 2))
    widths = [max(point[1] for point in corners) - min(point[1] for point in corners) for corners in rounds.values()]
    scale = across * len(widths) / (sum(widths) * squeeze)

    def on_sheet(latitude: float, longitude: float) -> tuple[float, float]:
        return margin + (longitude - west) * squeeze * scale, margin + (north - latitude) * scale

    return Drawn(
        2 * margin + (east - west) * squeeze * scale,
        2 * margin + (north - south) * scale,
        {cell: tuple(on_sheet(*point) for point in corners) for cell, corners in rounds.items()},
        {cell: on_sheet(*middle_of(cell)) for cell in rounds},
    )


def _checked(cell: str) -> str:
    """Raises ValueError unless this is one of our patches."""
    if not is_cell(cell):
        raise ValueError(f"{cell!r} is no patch of the map")
    return cell
