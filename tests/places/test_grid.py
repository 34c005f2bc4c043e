"""Positions against OSTN15 and the Irish Grid; what lies in the country."""

import math
import random

import pytest

from directory.places.grid import IRISH, MICRO, Lattice, distance_km, in_northern_ireland, in_uk, osgb_to_wgs84, to_wgs84

KNOWN = [
    ("OX7 5AA", 431323, 226970, 51.940366, -1.545744),
    ("LD1 6AA", 305683, 261076, 52.239773, -3.382682),
    ("EX20 1AA", 258736, 95196, 50.739138, -4.003385),
    ("CA10 1AA", 354652, 539540, 54.748763, -2.706028),
    ("KW15 1AA", 344877, 1011082, 58.983303, -2.960726),
    ("NR19 2AL", 598835, 313451, 52.682275, 0.940100),
]


@pytest.mark.parametrize(("code", "east", "north", "latitude", "longitude"), KNOWN)
def test_the_national_grid_is_within_five_metres_of_ostn15(code, east, north, latitude, longitude):
    assert distance_km(*osgb_to_wgs84(east, north), latitude, longitude) < 0.005


def test_the_lattice_is_within_twenty_centimetres_of_the_formula():
    chance = random.Random(1)
    lattice = Lattice()
    for _ in range(500):
        east, north = chance.randrange(80_000, 655_000), chance.randrange(8_000, 1_215_000)
        latitude, longitude = lattice.micro(east, north)
        assert distance_km(latitude / MICRO, longitude / MICRO, *osgb_to_wgs84(east, north)) < 0.0002


def test_the_irish_grid_puts_belfast_city_hall_in_belfast():
    assert distance_km(*to_wgs84(IRISH, 333_840, 373_990), 54.5965, -5.9301) < 0.1
    latitude, longitude = Lattice(IRISH).micro(333_840, 373_990)
    assert distance_km(latitude / MICRO, longitude / MICRO, *to_wgs84(IRISH, 333_840, 373_990)) < 0.0002


def test_distances_are_kilometres_on_the_globe():
    assert distance_km(51.5, -0.1, 51.5, -0.1) == 0
    assert distance_km(0, 0, 0, 1) == pytest.approx(111.195, abs=0.01)
    assert distance_km(51.5074, -0.1278, 55.9533, -3.1883) == pytest.approx(534, abs=2)


@pytest.mark.parametrize(
    "point",
    [(51.94, -1.54), (49.92, -6.3), (60.8, -0.85), (57.81, -8.57), (52.48, 1.75), (51.13, 1.31), (54.6, -5.93), (55.0, -7.32),
     (54.35, -7.63), (51.88, -5.3), (50.07, -5.71), (55.68, -6.25), (57.6, -7.5)],
)  # fmt: skip
def test_points_of_the_kingdom_are_inside(point):
    assert in_uk(*point)


@pytest.mark.parametrize(
    "point",
    [(0, 0), (53.35, -6.26), (49.2, -2.1), (54.15, -4.5), (50.95, 1.85), (50.72, 1.6), (48.85, 2.35), (-1.54, 51.94),
     (52.66, -8.63), (99.999999, 0), (math.nan, 0), (51, math.nan), (math.inf, 0), (54.65, -8.1), (54.25, -7.9)],
)  # fmt: skip
def test_points_of_others_are_outside(point):
    assert not in_uk(*point)


def test_every_postcode_of_great_britain_is_in_the_kingdom_and_none_in_northern_ireland(real):
    areas = real._table.rows("SELECT latitude, longitude FROM sector")
    assert len(areas) == 12_018
    assert not [area for area in areas if not in_uk(*area) or in_northern_ireland(*area)]
