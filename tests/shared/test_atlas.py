"""The atlas over the real library lists and the real small areas, against the same figures reckoned in another way: from the
rows of the files themselves, in plain Python, one distance after the other.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict

import pytest

from directory import places

# Figures of a group may differ by so much of the people in it: a handful of libraries stand in the middle of their sector.
TOLERANCE = 0.01
FAR_KM = (2, 5, 10)
CELL = 0.1  # degrees: at least 5 km in the north of Scotland, so that ten kilometres are within two cells
LAYOUTS = {
    "uk_small_areas_2011_joined.csv": ("lsoa", "pop", lambda row: int(row["ukruc-2"]), None),
    "ew_lsoa21_joined.csv": ("lsoa21_code", "population", lambda row: int(row["ruc"] == "Rural"), "ltla24_code"),
}


def haversine_km(one, other):
    (south, west), (north, east) = one, other
    half = math.sin(math.radians(north - south) / 2) ** 2
    half += math.cos(math.radians(south)) * math.cos(math.radians(north)) * math.sin(math.radians(east - west) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


class Grid:
    """Points by cell; the nearest within about ten kilometres, or infinitely far."""

    def __init__(self, points):
        self.cells = defaultdict(list)
        for point in points:
            self.cells[self.cell(point)].append(point)

    @staticmethod
    def cell(point):
        return math.floor(point[0] / CELL), math.floor(point[1] / CELL)

    def nearest(self, point):
        row, column = self.cell(point)
        near = (
            each for up in (-1, 0, 1) for along in (-2, -1, 0, 1, 2) for each in self.cells.get((row + up, column + along), ())
        )
        return min((haversine_km(point, each) for each in near), default=math.inf)


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def open_libraries(folder):
    """The postcode of every library that a reader could walk into, with its point and council."""
    found = []
    for row in rows_of(folder / "lib_libraries_england_2023.csv"):
        state, sort = row["operation_23"].strip().lower(), row["type"].strip().lower()
        if state not in ("closed", "temporary closure") and not sort.startswith(("prison", "mobile")):
            found.append(row["postcode"])
    found += [row["Postcode"] for row in rows_of(folder / "lib_libraries_scotland.csv")]
    wales = rows_of(folder / "lib_libraries_wales.csv")
    closed = next(name for name in wales[0] if "closed" in name.lower())
    postcode = next(name for name in wales[0] if "postcode" in name.lower())
    found += [row[postcode] for row in wales if not row[closed].strip()]
    return [unit for text in found if text.strip() and (unit := places.postcode(text))]


def stops(folder):
    """Every stop of a mobile library, and the councils that sent them."""
    rows = rows_of(folder / "mobile_library_stops.csv")
    points = [(float(row["geoy"]), float(row["geox"])) for row in rows]
    sent = {places.council_code(row["organisation"]) for row in rows} - {""}
    assert len(sent) == 28  # and Northern Ireland, which is no council
    return points, sent


def council_of(latitude, longitude):
    kinds = ("E06", "E07", "E08", "E09", "W06", "S12")
    codes = [code for code in places.areas_of(latitude, longitude) if len(code) == 9]  # S12 is an outward code, too
    return next((places.active_code(code) for code in codes if code.startswith(kinds)), "")


def authority_of(code):
    return places.county_code(code) or code


@pytest.fixture(scope="module", params=LAYOUTS)
def both(request, shared, real_catalogue):
    """The rows of `flask atlas`, by (need, by, code), and the same sums made here, by the same keys."""
    app, file = real_catalogue.app, shared / "areas" / request.param
    with app.app_context():
        places.configure(file=app.config["PLACES_FILE"])
        runner = app.test_cli_runner()
        loaded = runner.invoke(args=["areas", str(file)])
        assert loaded.exit_code == 0, loaded.output
        told = runner.invoke(args=["atlas", "--need", "library", "--format", "json"])
        assert told.exit_code == 0, told.output
        ours = {(row["need"], row["by"], row["code"]): row for row in json.loads(told.stdout)["rows"]}
        return ours, reckoned(file, real_catalogue.folder)


def reckoned(file, folder):
    _, population, is_rural, council = LAYOUTS[file.name]
    units = open_libraries(folder)
    libraries = [(unit.latitude, unit.longitude) for unit in units]
    listed = {authority_of(places.active_code(unit.council_code)) for unit in units}
    mobile, sent = stops(folder)
    buildings, everything = Grid(libraries), Grid(libraries + mobile)
    sums = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for row in rows_of(file):
        point = float(row["latitude"]), float(row["longitude"])
        where = places.active_code(row[council]) if council else council_of(*point)
        if authority_of(where) not in listed:
            continue  # the Isles of Scilly, of which no list tells; Northern Ireland, whose libraries have no point here
        has_stops = authority_of(where) in {authority_of(code) for code in sent}
        distance = {"library-building": buildings.nearest(point)}
        if has_stops:
            distance["library"] = everything.nearest(point)
        for need, km in distance.items():
            for key in ((need, "everybody", ""), (need, "village or town", str(is_rural(row))), (need, "council", where)):
                people = float(row[population] or 0)
                sums[key][0] += people
                for place, far_km in enumerate(FAR_KM, 1):
                    sums[key][place] += people * (km > far_km)
    return sums


def test_people_beyond_a_library_agree_with_a_reckoning_of_its_own(both):
    ours, theirs = both
    compared = 0
    for key, (people, *beyond) in theirs.items():
        row = ours[key]
        if not row["people"] and people:
            pytest.fail(f"{key}: not known here, {people:.0f} people there")
        assert row["people"] == pytest.approx(people, rel=TOLERANCE), key
        for far_km, expected in zip(FAR_KM, beyond, strict=True):
            assert abs(row[f"beyond_{far_km}_km"] - expected) <= TOLERANCE * people, (key, far_km)
            compared += 1
    assert compared > 900


def test_whoever_sent_no_stops_is_not_known_and_nobody_else(both):
    ours, theirs = both
    for (need, by, code), row in ours.items():
        if need == "library" and by == "council":
            assert (row["people"] > 0) == (("library", "council", code) in theirs), code
            assert (row["beyond_5_km"] is None) == (row["people"] == 0)


def test_stops_bring_a_library_nearer_to_villages_above_all(both):
    ours, _ = both
    rural = {need: ours[need, "village or town", "1"]["beyond_5_km"] for need in ("library", "library-building-compared")}
    assert 0 < rural["library"] < rural["library-building-compared"] / 3
    town = ours["library-building", "village or town", "0"]
    country = ours["library-building", "village or town", "1"]
    assert town["beyond_5_km"] / town["people"] < 0.01 < 0.1 < country["beyond_5_km"] / country["people"]
