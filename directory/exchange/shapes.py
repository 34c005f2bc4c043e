"""A point inside a GeoJSON geometry, so that a park drawn as a polygon can be found like anything else."""

from __future__ import annotations

import itertools
from typing import Any

Point = tuple[float, float]
LINES = 40


def point_inside(geometry: Any) -> Point | None:
    """Longitude and latitude of a point, of the middle of a line, or of a point inside the largest polygon.

    None for no geometry or for one that is not well formed.
    """
    try:
        return _inside(geometry)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ZeroDivisionError, RecursionError, OverflowError):
        return None


def _inside(geometry: Any) -> Point | None:
    if not geometry:
        return None
    sort = geometry["type"]
    if sort == "GeometryCollection":
        points = (_inside(member) for member in geometry["geometries"])
        return next((point for point in points if point), None)
    held = geometry["coordinates"]
    if sort == "Point":
        return float(held[0]), float(held[1])
    if sort in ("MultiPoint", "LineString"):
        return float(held[len(held) // 2][0]), float(held[len(held) // 2][1])
    if sort == "MultiLineString":
        return _inside({"type": "LineString", "coordinates": held[0]})
    polygons = [held] if sort == "Polygon" else held
    rings = max(polygons, key=lambda polygon: abs(_area(polygon[0])))
    return _inside_rings(rings)


def _area(ring: list[list[float]]) -> float:
    """Twice the signed area, by the shoelace formula, in square degrees."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _inside_rings(rings: list[list[list[float]]]) -> Point:
    """The centroid when it is inside, else the middle of the widest stretch on some horizontal line through the shape."""
    outer = rings[0]
    x, y = _centroid(outer)
    if any(left < x < right for left, right in _stretches(rings, y)):
        return x, y
    ys = sorted({float(point[1]) for point in outer})
    # The tallest gaps between corners are enough, and keep a coastline of ten thousand corners cheap.
    gaps = sorted(itertools.pairwise(ys), key=lambda gap: gap[0] - gap[1])[:LINES]
    candidates = [
        (right - left, (left + right) / 2, middle)
        for low, high in gaps
        for middle in [(low + high) / 2]
        for left, right in _stretches(rings, middle)
    ]
    if not candidates:
        return float(outer[0][0]), float(outer[0][1])
    _width, x, y = max(candidates)
    return x, y


def _centroid(ring: list[list[float]]) -> Point:
    # Relative to the first corner: products of whole degrees would lose the small differences that matter.
    x0, y0 = float(ring[0][0]), float(ring[0][1])
    area = cx = cy = 0.0
    for (ax, ay), (bx, by) in zip(
        [(p[0] - x0, p[1] - y0) for p in ring], [(p[0] - x0, p[1] - y0) for p in [*ring[1:], ring[0]]], strict=True
    ):
        cross = ax * by - bx * ay
        area += cross
        cx += (ax + bx) * cross
        cy += (ay + by) * cross
    if area == 0:
        return x0, y0
    return x0 + cx / (3 * area), y0 + cy / (3 * area)


def _stretches(rings: list[list[list[float]]], y: float) -> list[Point]:
    """Where the horizontal line at `y` is inside the polygon, as pairs of left and right; holes are left out."""
    crossings = sorted(
        a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for ring in rings
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
        if (a[1] <= y) != (b[1] <= y)
    )
    return list(zip(crossings[0::2], crossings[1::2], strict=False))
