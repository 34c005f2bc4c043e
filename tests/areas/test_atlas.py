"""Supply against population: every figure against the same one reckoned the slow way, pair by pair in plain Python."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.areas import atlas
from directory.areas.atlas import KM_A_MILE, MILES, REACHES_KM, WEIGHTS, Points, provision
from directory.areas.population import About, Areas

HOLT = (52.9060, 1.0880)


def areas_at(points, people=None, *, council=None):
    many = len(points)
    return Areas(
        code=np.array([f"A{number}" for number in range(many)]),
        name=np.array([f"Area {number}" for number in range(many)]),
        latitude=np.array([point[0] for point in points], float),
        longitude=np.array([point[1] for point in points], float),
        population=np.array(people if people is not None else [1000.0] * many, float),
        rural=np.zeros(many, np.int8),
        decile=np.ones(many, np.int8),
        council=np.array(council or ["E07000147"] * many),
        outcode=np.array(["NR25"] * many),
        about=About("invented", "", ""),
    )


def points_at(points, *, listing=None, subjects=None, weight=None, is_stop=None):
    many = len(points)
    tags = [[True] * many] if subjects is None else subjects
    return Points(
        listing=np.array(listing if listing is not None else range(many), np.int64),
        latitude=np.array([point[0] for point in points], float),
        longitude=np.array([point[1] for point in points], float),
        weight=np.array(weight if weight is not None else [1.0] * many, float),
        is_stop=np.array(is_stop if is_stop is not None else [False] * many, bool),
        subjects=np.array(tags, bool).reshape(len(tags), many),
    )


def haversine_km(one, other):
    (south, west), (north, east) = one, other
    half = math.sin(math.radians(north - south) / 2) ** 2
    half += math.cos(math.radians(south)) * math.cos(math.radians(north)) * math.sin(math.radians(east - west) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def weight_of(km):
    return next((weight for reach, weight in zip(REACHES_KM, WEIGHTS, strict=True) if km <= reach), 0.0)


def scattered(seed, areas, listings, subjects):
    chance = random.Random(seed)
    spots = [(chance.uniform(51.0, 53.5), chance.uniform(-2.0, 1.5)) for _ in range(areas // 2)]
    spots += [(52.6 + chance.gauss(0, 0.05), 1.3 + chance.gauss(0, 0.08)) for _ in range(areas - len(spots))]
    people = [chance.choice([0, 500, 1500, 4000]) for _ in spots]
    places = [(52.6 + chance.gauss(0, 0.4), 1.0 + chance.gauss(0, 0.8)) for _ in range(listings)]
    owners = [chance.randrange(max(1, listings * 2 // 3)) for _ in places]
    # All points of one listing supply the same, as tags belong to listings.
    tagged = [[chance.random() < 0.4 for _ in range(subjects)] for _ in places]
    chosen = [[tagged[owner][subject] for owner in owners] for subject in range(subjects)]
    return spots, people, places, owners, chosen


@pytest.mark.parametrize(("seed", "few"), [(1, 30_000), (2, 0), (3, 0)], ids=["large squares", "small ones", "small again"])
def test_every_measure_agrees_with_one_reckoned_pair_by_pair(seed, few, monkeypatch):
    monkeypatch.setattr(atlas, "FEW_POINTS", few)
    spots, people, places, owners, chosen = scattered(seed, 120, 60, 3)
    found = provision(areas_at(spots, people), points_at(places, listing=owners, subjects=chosen))
    apart = [[haversine_km(spot, place) for place in places] for spot in spots]
    demand = [sum(many * weight_of(row[at]) for many, row in zip(people, apart, strict=True)) for at in range(len(places))]
    for subject, tagged in enumerate(chosen):
        for area, row in enumerate(apart):
            mine = [(km, at) for at, km in enumerate(row) if tagged[at]]
            assert found.nearest[subject, area] == pytest.approx(min(km for km, _ in mine), abs=0.002)
            for reach, reach_km in enumerate(REACHES_KM):
                assert found.within[reach, subject, area] == len({owners[at] for km, at in mine if km <= reach_km})
            share = sum(1000 / demand[at] * weight_of(km) for km, at in mine if demand[at])
            if people[area]:
                assert found.ratio[subject, area] == pytest.approx(share, rel=1e-4, abs=1e-7)
            else:
                assert math.isnan(found.ratio[subject, area])


def test_an_area_without_population_gives_nan_and_never_nought():
    found = provision(areas_at([HOLT, HOLT, HOLT], [1000, 0, math.nan]), points_at([HOLT]))
    assert found.ratio[0].tolist() == [1.0, pytest.approx(math.nan, nan_ok=True), pytest.approx(math.nan, nan_ok=True)]
    assert found.nearest[0].tolist() == [0, 0, 0]


def test_a_subject_without_a_point_has_no_nearest_and_none_within():
    found = provision(areas_at([HOLT]), points_at([HOLT], subjects=[[True], [False]]))
    assert math.isnan(found.nearest[1, 0])
    assert found.within[:, 1, 0].tolist() == [0, 0, 0, 0]
    empty = provision(areas_at([HOLT]), points_at([], subjects=np.zeros((2, 0))))
    assert np.isnan(empty.nearest).all()
    assert empty.ratio.tolist() == [[0], [0]]


def test_nobody_is_too_far_for_a_nearest():
    unst, lizard = (60.76, -0.87), (49.96, -5.21)
    found = provision(areas_at([unst]), points_at([lizard]))
    assert found.nearest[0, 0] == pytest.approx(haversine_km(unst, lizard), rel=1e-5)


def test_two_venues_of_a_listing_count_once_and_its_stop_beside_them():
    found = provision(areas_at([HOLT]), points_at([HOLT, HOLT, HOLT], listing=[7, 7, 7], is_stop=[False, False, True]))
    assert found.within[:, 0, 0].tolist() == [2, 2, 2, 2]


def test_a_stop_that_comes_every_fourth_week_is_a_quarter_of_the_supply():
    found = provision(areas_at([HOLT]), points_at([HOLT], weight=[0.25], is_stop=[True]))
    assert found.ratio[0, 0] == 0.25
    assert found.within[0, 0, 0] == 1


def test_a_club_beside_a_city_is_shared_by_all_who_live_there():
    alone = provision(areas_at([HOLT], [1000]), points_at([HOLT]))
    crowded = provision(areas_at([HOLT, HOLT], [1000, 99_000]), points_at([HOLT]))
    assert alone.ratio[0, 0] == pytest.approx(100 * crowded.ratio[0, 0])


@pytest.mark.parametrize("point", [(math.nan, 0.0), (95.0, 0.0), (52.0, 200.0)])
def test_a_point_off_the_map_is_refused(point):
    with pytest.raises(ValueError, match="on the map"):
        provision(areas_at([HOLT]), points_at([point]))


@given(
    st.lists(st.tuples(st.floats(50, 60), st.floats(-8, 2)), min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(50, 60), st.floats(-8, 2)), min_size=1, max_size=12),
)
@settings(max_examples=60)
def test_wherever_they_lie_the_nearest_and_the_counts_agree(spots, places):
    found = provision(areas_at(spots), points_at(places))
    for area, spot in enumerate(spots):
        apart = [haversine_km(spot, place) for place in places]
        assert found.nearest[0, area] == pytest.approx(min(apart), abs=0.01, rel=1e-5)
        for reach, mile in enumerate(MILES):
            least = sum(km < mile * KM_A_MILE - 0.005 for km in apart)
            most = sum(km < mile * KM_A_MILE + 0.005 for km in apart)
            assert least <= found.within[reach, 0, area] <= most
