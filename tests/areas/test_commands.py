"""`flask areas` and `flask atlas` over an invented county, against the same figures reckoned pair by pair from its rows."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import defaultdict

import pytest

from directory.models import Kind, Mode, Status
from tests.areas.test_atlas import haversine_km

HEADER = ("code", "name", "latitude", "longitude", "population", "rural_urban", "deprivation_decile", "council")
COUNCILS = {"North Norfolk": "E07000147", "Breckland": "E07000143", "Highland": "S12000017"}
EVERY_FOURTH = {"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "mode": Mode.STOP}


@pytest.fixture
def county(make, tmp_path):
    """Sixty areas in a file, and libraries in the database: the rows of the file, the buildings, the stops."""
    chance = random.Random(7)
    rows = []
    for number in range(60):
        council = "Highland" if number % 10 == 9 else chance.choice(("North Norfolk", "Breckland"))
        south = 57.5 if council == "Highland" else 52.6
        point = chance.uniform(south, south + 0.4), chance.uniform(0.6, 1.4)
        kind = chance.choice(("Rural", "Urban"))
        rows.append((f"X{number:03}", f"Parish {number}", *point, chance.randrange(300, 3000), kind, 1 + number % 10, council))
    file = tmp_path / "county.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([HEADER, *rows])
    buildings = [(chance.uniform(52.6, 53.0), chance.uniform(0.6, 1.4)) for _ in range(8)]
    stops = [(chance.uniform(52.6, 53.0), chance.uniform(0.6, 1.4)) for _ in range(20)]
    for number, at in enumerate(buildings):
        make.listing(f"Library {number}", venue=make.venue(at=at, council_code="E07000147"), kind=Kind.LIBRARY)
    make.listing(
        "Old Library", venue=make.venue(at=(52.8, 1.0), council_code="E07000147"), kind=Kind.LIBRARY, status=Status.ENDED
    )
    visits = [{**EVERY_FOURTH, "venue": make.venue(f"Stop {number}", at=at)} for number, at in enumerate(stops)]
    make.listing("Mobile Library", kind=Kind.LIBRARY, session=visits)
    return file, rows, buildings, stops


def run(app, *arguments):
    done = app.test_cli_runner().invoke(args=list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_figures_agree_with_a_reckoning_of_their_own(app, county):
    file, rows, buildings, stops = county
    told = run(app, "areas", str(file))
    assert f"small areas, 60 areas, {sum(row[4] for row in rows):,} people." in told
    found = json.loads(run(app, "atlas", "--need", "library", "--format", "json"))
    ours = {(row["need"], row["by"], row["code"]): row for row in found["rows"]}
    sums = defaultdict(lambda: [0, 0, 0, 0])
    for _, _, latitude, longitude, people, kind, decile, council in rows:
        if council == "Highland":
            continue
        for need, points in (("library-building", buildings), ("library", buildings + stops)):
            km = min(haversine_km((latitude, longitude), point) for point in points)
            keys = (("everybody", ""), ("village or town", str(int(kind == "Rural"))), ("deprivation", str(decile)))
            for by, code in (*keys, ("council", COUNCILS[council])):
                for place, far_km in enumerate((0, 2, 5, 10)):
                    sums[need, by, code][place] += people * (km > far_km)
    assert len(sums) == 2 * (1 + 2 + 9 + 2)
    for key, expected in sums.items():
        row = ours[key]
        assert [row["people"], *(row[f"beyond_{km}_km"] for km in (2, 5, 10))] == expected, key
    for need in ("library", "library-building"):
        assert ours[need, "council", "S12000017"]["people"] == 0
        assert ours[need, "council", "S12000017"]["beyond_5_km"] is None


def test_the_table_and_the_csv_write_not_known_in_words(app, county):
    run(app, "areas", str(county[0]))
    table = run(app, "atlas", "--need", "library")
    assert "Library, with mobile stops" in table
    assert "Library, without, in the same councils" in table
    highland = next(line for line in table.splitlines() if "Highland" in line)
    assert highland.count("not known") == 4
    rows = list(csv.DictReader(io.StringIO(run(app, "atlas", "--need", "library", "--format", "csv"))))
    assert {row["median_km"] for row in rows if row["name"] == "Highland"} == {"not known"}


def test_another_reach_takes_the_place_of_the_three(app, county):
    run(app, "areas", str(county[0]))
    five = json.loads(run(app, "atlas", "--need", "library-building", "--format", "json"))["rows"]
    same = json.loads(run(app, "atlas", "--need", "library-building", "--format", "json", "--reach-km", "5"))["rows"]
    assert [row["beyond_5_km"] for row in same] == [row["beyond_5_km"] for row in five]
    assert "beyond_2_km" not in same[0]


def test_new_areas_and_new_listings_are_seen_at_once(app, county, make):
    file = county[0]
    run(app, "areas", str(file))
    before = json.loads(run(app, "atlas", "--need", "library-building", "--format", "json"))["rows"][0]
    make.listing("New Library", at=(52.8, 1.0), kind=Kind.LIBRARY)
    after = json.loads(run(app, "atlas", "--need", "library-building", "--format", "json"))["rows"][0]
    assert after["within_10_mi"] > before["within_10_mi"]


def test_a_need_that_is_not_known_and_a_bad_file_are_told_plainly(app, county, tmp_path):
    file = county[0]
    run(app, "areas", str(file))
    done = app.test_cli_runner().invoke(args=["atlas", "--need", "unicorns"])
    assert done.exit_code == 1
    assert "knows no need called “unicorns”" in done.output
    bad = tmp_path / "bad.csv"
    bad.write_text(file.read_text().replace("Parish 0,5", "Parish 0,x"))
    done = app.test_cli_runner().invoke(args=["areas", str(bad)])
    assert done.exit_code == 1
    assert "Line 2, column “latitude”" in done.output
    # What was loaded before is still there.
    assert json.loads(run(app, "atlas", "--need", "library", "--format", "json"))["areas"] == "small areas"


def test_without_areas_and_without_postcodes_there_is_a_sentence(app):
    done = app.test_cli_runner().invoke(args=["atlas"])
    assert done.exit_code == 1
    assert "We cannot look up postcodes just now." in done.output


def test_without_a_file_postcode_sectors_stand_in(app, real_places, make):
    make.listing("Holt Library", venue=make.venue(council_code="E07000147"), kind=Kind.LIBRARY)
    table = run(app, "atlas", "--need", "library-building")
    assert "Estimate: no population loaded." in table
    norfolk = next(line for line in table.splitlines() if "North Norfolk" in line)
    assert "not known" not in norfolk
