"""The real lists, when they are at hand: nearly every open row goes in, the rest says why, and a second run does nothing."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from directory import places
from directory.actions import feeds as actions
from directory.actions import vocabulary as vocabulary_actions
from directory.cli import feeds as door
from directory.exchange import presets, readers
from directory.exchange import vocabulary as shipped
from tests import make, needs
from tests.conftest import fresh

# File, and how many of its rows are open: neither closed by its own word nor, in the list of England, in a prison.
FILES = {
    "lib_libraries_england_2023.csv": ("libraries-england", 3487 - 353),
    "lib_libraries_scotland.csv": ("libraries-scotland", 483),
    "lib_libraries_wales.csv": ("libraries-wales", 263),
    "lib_libraries_northern_ireland.csv": ("libraries-northern-ireland", 98),
    "mobile_library_stops.csv": ("mobile-stops", 5482),
    "museums_wattributes-2020-02-23.tsv": ("museums", 3341),
    "trafford/gm_libraries.csv": ("generic", 141),
    "trafford/sports_clubs.csv": ("generic", 140),
    "trafford/trafford_mental_health_services.csv": ("generic", 60),
}


@pytest.fixture(scope="module")
def folder() -> Path:
    return needs.shared_data() / "listings"


@pytest.fixture
def ready(prepared, folder, places_file):
    """Empty tables, the vocabulary and all postcodes."""
    with fresh(prepared):
        places.configure(file=places_file)
        vocabulary_actions.load(shipped.shipped_terms())
        yield folder


def run(path: Path):
    table = readers.read(path)
    layout = presets.choose(table)
    refused, notes = [], Counter()
    drafts = layout.drafts(table)
    entries = list(door._entries(drafts, door._known(), refused, notes, total=table.total, told=lambda done, of: None))
    applied = actions.apply_run(publisher=actions.Publisher(name=layout.source or path.name), entries=entries, now=make.NOW)
    return layout.name, table, applied, refused


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_goes_in_and_a_second_run_does_nothing(ready, name):
    preset, open_rows = FILES[name]
    begun = time.perf_counter()
    recognised, table, applied, refused = run(ready / name)
    took = time.perf_counter() - begun
    _, _, again, refused_again = run(ready / name)
    print(f"{name}: {table.total} rows, {applied} refused={len(refused)}, {took:.1f} s")
    assert recognised == preset
    assert applied.added + len(refused) + applied.closed == table.total
    assert applied.added >= 0.95 * open_rows
    assert all(refusal.reason for refusal in refused)
    assert (again.added, again.changed, again.unchanged, again.closed) == (0, 0, applied.added, applied.closed)
    assert (again.listings, len(refused_again)) == (0, len(refused))
    assert took < 150  # all of them together have five minutes


def test_a_file_with_one_point_for_all_rows_loses_its_coordinates(ready):
    _, table, applied, refused = run(ready / "trafford/trafford_bus_stops.csv")
    assert (applied.added, len(refused)) == (0, table.total)
    assert "all 1,025 rows have the same coordinates" in refused[0].reason


def test_polygons_become_points(ready):
    _, _, applied, refused = run(ready / "trafford/trafford_greenspace_sites.geojson")
    assert (applied.added, {refusal.reason for refusal in refused}) == (113, {"it has no name"})
