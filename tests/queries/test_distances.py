"""A listing seen from a place has the reason that the results give it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from directory.places import Place
from directory.queries import distances, listings
from directory.search import Question

HOLT = Place(
    label="NR25 6BH",
    precision="postcode",
    latitude=52.906,
    longitude=1.088,
    outcode="NR25",
    area_codes=("NR25", "E07000147", "E10000020", "E92000001", "K02000001"),
)


@pytest.fixture
def rows(make):
    stop = {"mode": "stop", "rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 11, 18), "opens": time(10, 15)}
    return [
        make.listing("Hall", at=(52.93, 1.088)),
        make.listing(
            "Van", session=[stop | {"venue": make.venue("Green", at=(52.93, 1.088))}, stop | {"venue": make.venue("Far")}]
        ),
        make.listing("Both", session=[stop | {"venue": make.venue("Lane", at=(52.907, 1.088))}, {"venue": make.venue("Hall")}]),
        make.listing("Covers", coverage=["NR25"]),
        make.listing("Comes", home_visits=True, coverage=["NR25"]),
        make.listing("Line", by_phone=True),
        make.listing("England", coverage=["E92000001"]),
        make.listing("Safe", confidential_location=True, at=(52.93, 1.088), coverage=["NR25"]),
    ]


def test_the_reason_is_that_of_the_results(rows, now):
    answer = listings.matching(Question(place=HOLT), now=now)
    told = {row.listing.name: (row.reason, row.reason_text, row.venue and row.venue.id) for row in answer.results}
    assert len(told) == len(rows)
    for listing in rows:
        seen = distances.seen_from(listing, HOLT, radius_mi=None, now=now)
        assert (seen.reason, seen.reason_text, seen.venue and seen.venue.id) == told[listing.name], listing.name


def test_what_is_out_of_reach_and_for_nobody_here_has_no_reason(make, now):
    far = make.listing("Far", at=(50.0, -5.0))
    assert distances.seen_from(far, HOLT, radius_mi=None, now=now) is None
    near = make.listing("Near", at=(52.93, 1.088))
    assert distances.seen_from(near, HOLT, radius_mi=1.0, now=now) is None
    assert distances.seen_from(near, HOLT, radius_mi=5.0, now=now).reason == "nearby"


def test_half_a_postcode_is_measured_from_its_middle(make, now):
    near = make.listing("Near", at=(52.93, 1.088))
    half = replace(HOLT, label="NR25", precision="outcode", within_km=6.0)
    seen = distances.seen_from(near, half, radius_mi=None, now=now)
    assert seen.reason_text == "About 1.7 miles from the middle of NR25"
    at_the_door = make.listing("Door", at=(52.906, 1.088))
    assert distances.seen_from(at_the_door, HOLT, radius_mi=None, now=now).reason_text == (
        "Less than 0.1 miles away in a straight line"
    )
