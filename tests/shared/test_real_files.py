"""The real lists, when they are at hand: nearly every open row goes in, the rest says why, and a second run does nothing."""

from __future__ import annotations

import csv

import pytest

from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from tests.shared.conftest import SUMMARY

# How many rows of each file are open, by the file's own word.
OPEN = {
    "lib_libraries_england_2023.csv": 3487 - 353,
    "lib_libraries_scotland.csv": 483,
    "lib_libraries_wales.csv": 263,
    "lib_libraries_northern_ireland.csv": 98,
    "mobile_library_stops.csv": 5482,
    "museums_wattributes-2020-02-23.tsv": 3341,
    "trafford/sports_clubs.csv": 140,
}


@pytest.mark.parametrize("name", OPEN)
def test_nearly_every_open_row_goes_in_and_a_second_run_changes_nothing(real_catalogue, name):
    added, changed, unchanged, refused, closed = real_catalogue.first[name]
    assert added >= 0.95 * OPEN[name]
    assert (changed, unchanged) == (0, 0)
    assert real_catalogue.second[name] == (0, 0, added, refused, closed)


def test_all_of_them_with_their_index_take_less_than_five_minutes(real_catalogue):
    assert real_catalogue.took_s < 300


@pytest.fixture
def take_in(app, real_places, shared, tmp_path):
    """Import one real file into empty tables, on both databases: its counts, its output and its refused rows."""
    vocabulary_actions.load(shipped.shipped_terms())

    def run(name):
        refused = tmp_path / "refused.csv"
        done = app.test_cli_runner().invoke(args=["import", str(shared / "listings" / name), "--refused", str(refused)])
        counts = SUMMARY.search(done.output)
        rows = list(csv.DictReader(refused.read_text(encoding="utf-8-sig").splitlines())) if refused.exists() else []
        return tuple(int(count or 0) for count in counts.groups()), rows

    return run


@pytest.mark.parametrize(
    ("name", "added"), [("lib_libraries_wales.csv", 263), ("trafford/gm_libraries.csv", 141), ("mobile_library_stops.csv", 5475)]
)
def test_both_databases_take_a_real_file_twice(take_in, name, added):
    first, refused = take_in(name)
    assert first[0] == added
    assert all(row["reason"] for row in refused)
    assert len(refused) == first[3]
    again, _ = take_in(name)
    assert again == (0, 0, added, first[3], first[4])


def test_a_file_with_one_point_for_all_rows_loses_its_coordinates(take_in):
    counts, refused = take_in("trafford/trafford_bus_stops.csv")
    assert counts[0] == 0
    assert len(refused) == 1025
    assert "all 1,025 rows have the same coordinates" in refused[0]["reason"]


def test_polygons_become_points(take_in):
    counts, refused = take_in("trafford/trafford_greenspace_sites.geojson")
    assert counts[0] == 113
    assert {row["reason"] for row in refused} == {"it has no name"}
