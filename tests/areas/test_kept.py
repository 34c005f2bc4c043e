"""What is known of which council, how figures are summed, and that a working-out replaces the one before in one step."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from directory.areas import kept
from directory.areas.estimate import from_sectors
from directory.areas.supply import Covering, Met, Subject, Supply, Told
from tests import atlases
from tests.atlases import HIGHLAND, NORFOLK, NORTH_NORFOLK
from tests.make import HOLT

HORSEY, DURNESS = (52.7490, 1.6500), (58.5680, -4.7460)
CLUB = Subject("company", "Company")
STOPS = Subject("library", "Library, with mobile stops", needs_stops=True, from_own_list=True)
BUILDINGS = Subject("library-building", "Library, without", from_own_list=True)


def authority_of(code):
    return NORFOLK if code == NORTH_NORFOLK else code


def met(at, *subjects, listing=1, council="", is_stop=False, counts=True, weight=1.0):
    return Met(listing, *at, council, weight, is_stop, counts, subjects)


def reckon(folder, points, *, subjects=(CLUB,), covering=(), told=None, small=None):
    supply = Supply("stamp", "2026-11-20", subjects, list(points), list(covering), told or {})
    return kept.refresh(folder, small or atlases.areas(), supply, authority_of=authority_of, made_at="2026-11-20", stamp="stamp")


def test_a_council_without_a_listing_is_not_known_and_takes_no_part(tmp_path):
    found = reckon(tmp_path, [met(HOLT, 0)])
    everybody = found.figure(0, "all")
    assert (everybody["people"], everybody["all_people"]) == (12_100, 12_450)
    assert found.figure(0, f"council:{HIGHLAND}")["people"] == 0
    assert math.isnan(found.figure(0, f"council:{HIGHLAND}")["beyond_5_km"])
    assert [found.area(place)["name"] for place in found.furthest(0)] == ["Horsey", "Fakenham", "Glandford", "Holt"]


def test_a_few_listings_beyond_the_border_of_a_list_are_no_list(tmp_path):
    inside = [met(HOLT, 0, listing=number) for number in range(60)]
    found = reckon(tmp_path, [*inside, met(DURNESS, 0, listing=60)])
    assert found.figure(0, f"council:{HIGHLAND}")["people"] == 0
    assert [found.area(place)["name"] for place in found.furthest(0)] == ["Horsey", "Fakenham", "Glandford", "Holt"]
    found = reckon(tmp_path, [*inside, *(met(DURNESS, 0, listing=60 + number) for number in range(2))])
    assert found.figure(0, f"council:{HIGHLAND}")["people"] == 350


def test_where_few_are_listed_anywhere_one_listing_tells(tmp_path):
    found = reckon(tmp_path, [met(HOLT, 0), met(HOLT, 0, listing=2), met(DURNESS, 0, listing=3)])
    assert found.figure(0, f"council:{HIGHLAND}")["people"] == 350


def test_what_does_not_count_today_still_says_that_its_kind_is_listed(tmp_path):
    found = reckon(tmp_path, [met(DURNESS, 0, counts=False)])
    highland = found.figure(0, f"council:{HIGHLAND}")
    # Known, and there is nothing: everybody is beyond every reach.
    assert (highland["people"], highland["beyond_10_mi"], highland["median_km"]) == (350, 350, math.inf)
    assert found.supply[0] == {"listings": 0, "stops": 0, "seldom": 0, "left_out": 1}


def test_a_broad_directory_is_known_for_every_need_but_not_for_libraries(tmp_path):
    kinds = ("group", "service", "advice", "museum")
    told = {number: Told((), kinds[number % 4], is_checked=True) for number in range(30)}
    points = [met(DURNESS, listing=number) for number in range(30)]
    found = reckon(tmp_path, points, subjects=(CLUB, BUILDINGS), told=told)
    assert found.figure(0, f"council:{HIGHLAND}")["people"] == 350
    assert found.figure(1, f"council:{HIGHLAND}")["people"] == 0
    few = reckon(tmp_path, points[:29], subjects=(CLUB, BUILDINGS), told=told)
    assert few.figure(0, f"council:{HIGHLAND}")["people"] == 0


def test_stops_need_a_building_and_a_quarter_of_the_round(tmp_path):
    buildings = [met(HOLT, 0, 1, listing=1), met(DURNESS, 0, 1, listing=2)]
    stops = [met(HORSEY, 0, listing=3, is_stop=True) for _ in range(3)]
    over_the_border = [met(DURNESS, 0, listing=3, is_stop=True)]
    found = reckon(tmp_path, buildings + stops + over_the_border, subjects=(STOPS, BUILDINGS))
    assert [found.figure(0, f"council:{code}")["people"] for code in (NORTH_NORFOLK, HIGHLAND)] == [12_100, 350]
    found = reckon(tmp_path, buildings + stops * 2 + over_the_border, subjects=(STOPS, BUILDINGS))
    assert [found.figure(0, f"council:{code}")["people"] for code in (NORTH_NORFOLK, HIGHLAND)] == [12_100, 0]
    assert found.figure(1, f"council:{HIGHLAND}")["people"] == 350
    without = reckon(tmp_path, stops, subjects=(STOPS, BUILDINGS))
    assert without.figure(0, "all")["people"] == 0


def test_the_sources_of_a_county_are_told_with_stops_checks_and_dates(tmp_path):
    told = {1: Told(("Libraries",), "library", is_checked=True), 2: Told((), "group", is_checked=False)}
    found = reckon(tmp_path, [met(HOLT, 0), met(HORSEY, 0, is_stop=True), met(HOLT, 0, listing=2)], told=told)
    assert found.sources == {
        NORFOLK: [
            {"source": "Libraries", "listings": 1, "stops": 1, "checked": 1, "loaded_on": ""},
            {"source": "People here", "listings": 1, "stops": 0, "checked": 0, "loaded_on": ""},
        ]
    }


def test_what_comes_counts_once_an_area_and_apart_from_what_is_reached_from_home(tmp_path):
    covering = [
        Covering(frozenset({"NR25", NORFOLK}), (), from_home=False, subjects=(0,)),
        Covering(frozenset(), ((*HORSEY, 5.0),), from_home=False, subjects=(0,)),
        Covering(frozenset({"K02000001"}), (), from_home=True, subjects=(0,)),
    ]
    found = reckon(tmp_path, [met(HOLT, 0), met(DURNESS, 0)], covering=covering)
    assert found.column("comes")[0].tolist() == [1, 1, 1, 2, 0, 1]
    assert found.column("from_home")[0].tolist() == [1, 1, 1, 1, 1, 1]


def test_figures_are_weighted_by_people(tmp_path):
    found = reckon(tmp_path, [met(HOLT, 0)])
    country = found.figure(0, "rural:1")  # Glandford with 800, Horsey with 300
    assert country["median_km"] == pytest.approx(found.column("nearest")[0][1])
    assert country["beyond_10_km"] == 300
    assert country["within_3_mi"] == pytest.approx(800 / 1100)
    assert found.beyond(0, "rural:1", reach_km=4.0) == 1100
    assert found.beyond(0, f"council:{HIGHLAND}", reach_km=4.0) is None


def test_a_working_out_replaces_the_one_before(tmp_path):
    assert kept.stored(tmp_path) is None
    first = reckon(tmp_path, [met(HOLT, 0)])
    assert kept.stored(tmp_path).folder == first.folder
    second = reckon(tmp_path, [])
    assert kept.stored(tmp_path).folder == second.folder != first.folder
    # Whoever was reading the one before can read on.
    assert first.figure(0, "all")["people"] == 12_100
    (tmp_path / "current").write_text("made-nothing")
    assert kept.stored(tmp_path) is None


def test_a_working_out_that_fails_leaves_the_one_before_alone(tmp_path, monkeypatch):
    first = reckon(tmp_path, [met(HOLT, 0)])

    def full(*given, **named):
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space"):
        reckon(tmp_path, [])
    assert kept.stored(tmp_path).folder == first.folder
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["current", first.folder.name])


def test_sectors_stand_in_with_postcodes_for_people():
    sectors = [
        ("NR256", 52.9, 1.08, 300, 1.0, NORTH_NORFOLK),
        ("IV274", 58.5, -4.7, 40, 35.0, HIGHLAND),
        ("PH339", 56.8, -5.1, 2, 91.0, HIGHLAND),
    ]
    found = from_sectors(sectors)
    assert found.about.is_estimate
    assert (found.code.tolist(), found.name.tolist()) == (["NR256", "IV274"], ["NR25 6", "IV27 4"])
    assert (found.population.tolist(), found.rural.tolist(), found.outcode.tolist()) == ([300, 40], [0, 1], ["NR25", "IV27"])
    assert len(from_sectors([])) == 0


def test_nothing_listed_and_nobody_living_there_is_no_fault(tmp_path):
    empty = replace(from_sectors([]))
    found = reckon(tmp_path, [], small=empty)
    assert found.figure(0, "all")["people"] == 0
    assert found.furthest(0) == []
