"""The six-sided patches: points fall into the right one, neighbours touch, and a drawing keeps north up and shapes true."""

from __future__ import annotations

from math import dist, hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.areas import hexagons

HOLT = (52.9060, 1.0880)
latitudes = st.floats(49.8, 60.9)
longitudes = st.floats(-8.6, 1.8)


@given(latitudes, longitudes)
def test_a_patch_holds_the_points_that_name_it_and_has_six_corners(latitude, longitude):
    cell = hexagons.cell_at(latitude, longitude)
    assert hexagons.is_cell(cell)
    assert len(cell) <= 16
    assert hexagons.cell_at(*hexagons.middle_of(cell)) == cell
    assert len(hexagons.corners_of(cell)) == 6
    assert max(abs(each[0] - latitude) for each in hexagons.corners_of(cell)) < 0.1


@given(latitudes, longitudes)
def test_neighbours_are_six_and_mutual(latitude, longitude):
    cell = hexagons.cell_at(latitude, longitude)
    near = hexagons.neighbours_of(cell)
    assert len(near) == 6
    assert cell not in near
    assert all(cell in hexagons.neighbours_of(each) for each in near)
    assert hexagons.around([cell]) == sorted([cell, *near])


@pytest.mark.parametrize("point", [HOLT, (51.5, 0.0), (50.1, -5.5), (54.6, -5.9), (60.1, -1.1)])
def test_a_patch_is_about_as_large_as_we_say(point):
    sheet = hexagons.drawn([hexagons.cell_at(*point)], across=100, margin=0)
    corners = next(iter(sheet.corners.values()))
    area = abs(sum(x * v - u * y for (x, y), (u, v) in zip(corners, (*corners[1:], corners[0]), strict=True))) / 2
    cell = hexagons.corners_of(hexagons.cell_at(*point))
    km = 111.2 * (max(each[0] for each in cell) - min(each[0] for each in cell))
    assert area * (km / sheet.height) ** 2 / 2.59 == pytest.approx(hexagons.SQUARE_MILES, rel=0.13)


def test_a_drawing_fits_its_sheet_with_north_up_and_sides_alike():
    middle = hexagons.cell_at(*HOLT)
    sheet = hexagons.drawn(hexagons.around([middle], rings=3), margin=4)
    points = [point for corners in sheet.corners.values() for point in corners]
    assert (min(x for x, _ in points), max(x for x, _ in points)) == (pytest.approx(4), pytest.approx(sheet.width - 4))
    assert (min(y for _, y in points), max(y for _, y in points)) == (pytest.approx(4), pytest.approx(sheet.height - 4))
    sides = [x for x, _ in sheet.corners[middle]]
    assert max(sides) - min(sides) == pytest.approx(73, rel=0.02)
    north = hexagons.cell_at(HOLT[0] + 0.15, HOLT[1])
    assert sheet.middles[north][1] < sheet.middles[middle][1]
    corners = sheet.corners[middle]
    sides = [dist(one, other) for one, other in zip(corners, (*corners[1:], corners[0]), strict=True)]
    assert max(sides) / min(sides) < 1.2
    x, y = sheet.middles[middle]
    assert hypot(x - sum(c[0] for c in corners) / 6, y - sum(c[1] for c in corners) / 6) < 0.5


def test_nothing_drawn_is_an_empty_sheet():
    assert hexagons.drawn([], margin=4) == hexagons.Drawn(8, 8, {}, {})


@pytest.mark.parametrize("cell", ["", "x", "86195566ffffffff", "8719556f0ffffff", "<svg>"])
def test_what_is_no_patch_is_refused(cell):
    assert not hexagons.is_cell(cell)
    with pytest.raises(ValueError, match="no patch"):
        hexagons.corners_of(cell)


@pytest.mark.parametrize("point", [(91, 0), (0, 181), (float("nan"), 0)])
def test_a_point_off_the_globe_is_refused(point):
    with pytest.raises(ValueError, match="no point"):
        hexagons.cell_at(*point)
