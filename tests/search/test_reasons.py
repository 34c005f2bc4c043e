"""Who is here and why: six reasons, one row a listing, and nothing dropped for want of an address."""

from datetime import date

import pytest

from directory.models import Coverage
from tests import make as makers
from tests.search.asking import HOLT, found, named, names, north, reasons

COUNTY, COUNCIL, ENGLAND, UK = "E10000020", "E07000147", "E92000001", "K02000001"


def test_each_of_the_six_reasons_and_their_order(make):
    make.listing("Near", at=north(1))
    make.listing("Stop", session={"mode": "stop", "venue": make.venue("Green", at=north(1))})
    make.listing("Covers", coverage=["NR25"])
    make.listing("Comes", home_visits=True, coverage=["NR25"])
    make.listing("Wire", by_phone=True)
    make.listing("Nation", coverage=[ENGLAND])
    assert reasons() == {
        "Near": "nearby",
        "Stop": "stop",
        "Covers": "covers",
        "Comes": "comes_to_you",
        "Wire": "online",
        "Nation": "national",
    }


def test_near_is_within_the_radius(make):
    make.listing("In", at=north(2.9))
    make.listing("Out", at=north(3.1))
    assert named(radius_mi=3.0) == ["In"]


def test_the_distance_is_that_of_the_nearest_venue_and_the_row_is_one(make):
    far, near = make.venue("Far Hall", at=north(4)), make.venue("Near Hall", at=north(2))
    make.listing("Two halls", session=[{"venue": far}, {"venue": near}])
    (hit,) = found(radius_mi=5.0).hits
    assert hit.venue_id == near.id
    assert hit.distance_km == pytest.approx(2 * 1.609344, rel=1e-3)


def test_a_venue_comes_before_a_nearer_stop(make):
    hall, green = make.venue("Hall", at=north(2)), make.venue("Green", at=north(1))
    make.listing("Library", session=[{"venue": hall}, {"venue": green, "mode": "stop"}])
    (hit,) = found(radius_mi=5.0).hits
    assert (hit.reason, hit.venue_id) == ("nearby", hall.id)


def test_a_stop_that_has_ended_is_no_stop(make):
    green, other = make.venue("Green", at=north(1)), make.venue("Other", at=north(200))
    past = {"mode": "stop", "venue": green, "rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7)}
    make.listing("Van", session=[past | {"ends_on": date(2026, 6, 1)}, {"mode": "stop", "venue": other}])
    assert named(radius_mi=3.0) == []


@pytest.mark.parametrize("code", ["NR25", COUNCIL])
def test_an_area_up_to_a_district_covers_unasked(make, code):
    make.listing("Here", coverage=[code])
    assert reasons() == {"Here": "covers"}


def test_another_area_does_not_cover(make):
    make.listing("There", coverage=["NR26", "E07000148"])
    assert reasons() == {}


def test_a_county_covers_only_when_a_curator_approved_it(make):
    make.listing("Claims", at=north(30), coverage=[COUNTY])
    make.listing("Approved", at=north(30), coverage=[Coverage(area_code=COUNTY, approved=True)])
    assert reasons(radius_mi=3.0) == {"Approved": "covers"}


def test_a_county_without_an_address_is_not_dropped_but_comes_last(make):
    make.listing("No address", coverage=[COUNTY])
    assert reasons() == {"No address": "national"}


def test_a_group_one_has_to_go_to_is_not_shown_country_wide(make):
    make.listing("Far museum", at=north(200), coverage=[ENGLAND])
    assert reasons() == {}


def test_a_circle_covers_what_lies_in_it(make):
    circle = {"latitude": north(10)[0], "longitude": north(10)[1]}
    make.listing("Wide enough", coverage=[Coverage(radius_km=17.0, **circle)])
    make.listing("Too small", coverage=[Coverage(radius_km=15.0, **circle)])
    make.listing("Huge and approved", coverage=[Coverage(radius_km=90.0, approved=True, **circle)])
    make.listing("Huge claim", at=north(60), coverage=[Coverage(radius_km=90.0, **circle)])
    assert reasons(radius_mi=3.0) == {"Wide enough": "covers", "Huge and approved": "covers"}


def test_home_visits_elsewhere_do_not_come_here(make):
    make.listing("Elsewhere", home_visits=True, coverage=["NR26"])
    make.listing("Nobody knows where", home_visits=True)
    assert reasons() == {}


def test_home_visits_in_the_whole_county_come_here(make):
    make.listing("County visits", home_visits=True, coverage=[COUNTY])
    assert reasons() == {"County visits": "comes_to_you"}


def test_online_for_another_area_is_not_for_here(make):
    make.listing("For all", online=True)
    make.listing("For us", online=True, coverage=[COUNTY])
    make.listing("For them", online=True, coverage=["E10000021"])
    assert reasons() == {"For all": "online", "For us": "online"}


def test_the_best_reason_wins(make):
    make.listing("Everything", at=north(1), home_visits=True, online=True, coverage=["NR25", UK])
    assert reasons() == {"Everything": "nearby"}
    assert reasons(reach=("home",)) == {"Everything": "comes_to_you"}
    assert reasons(reach=("wire",)) == {"Everything": "online"}


def test_a_secret_address_has_no_point_no_distance_no_words(make):
    make.listing("Safe House", at=north(1), venue="Rose Cottage", confidential_location=True, coverage=["NR25"])
    (hit,) = found().hits
    assert (hit.reason, hit.distance_km, hit.venue_id) == ("covers", None, None)
    assert named("rose cottage") == []
    assert named("safe house") == ["Safe House"]


@pytest.mark.parametrize("status", ["draft", "paused", "ended", "hidden"])
def test_only_published_listings_are_in_the_catalogue(make, status):
    make.listing("Not shown", at=north(1), status=makers.models.Status(status))
    assert named() == []


def test_a_listing_at_the_place_itself_and_an_empty_catalogue(make):
    assert found().total == 0
    make.listing("Here", at=makers.HOLT)
    assert found().hits[0].distance_km == pytest.approx(0, abs=0.01)


# How far


def test_auto_widens_until_ten_can_be_reached_in_person(make):
    for number in range(9):
        make.listing(f"Near {number}", at=north(2))
    make.listing("Tenth", at=north(8))
    make.listing("Farther", at=north(15))
    for number in range(3):
        make.listing(f"Line {number}", by_phone=True)
    answer = found()
    assert (answer.radius_mi, answer.widened) == (10.0, True)
    assert "Farther" not in names(answer.hits)


def test_auto_does_not_widen_when_ten_are_near(make):
    for number in range(10):
        make.listing(f"Near {number}", at=north(2))
    answer = found()
    assert (answer.radius_mi, answer.widened) == (3.0, False)


def test_auto_ends_at_forty_miles(make):
    make.listing("Alone", at=north(39))
    make.listing("Beyond", at=north(41))
    answer = found()
    assert (answer.radius_mi, names(answer.hits)) == (40.0, ["Alone"])


def test_auto_counts_only_what_fits_the_filters(make):
    for number in range(10):
        make.listing(f"Paid {number}", at=north(1), cost=makers.models.Cost.PAID)
    make.listing("Free", at=north(12), cost=makers.models.Cost.FREE)
    assert named(cost=("free",)) == ["Free"]


def test_auto_starts_where_the_place_says(make):
    for number in range(10):
        make.listing(f"Near {number}", at=north(4))
    city = makers_place(start_radius_mi=5.0)
    answer = found(place=city)
    assert (answer.radius_mi, answer.widened) == (5.0, False)


def test_a_radius_asked_for_is_kept(make):
    make.listing("Far", at=north(8))
    answer = found(radius_mi=5.0)
    assert (answer.radius_mi, answer.widened, answer.total) == (5.0, False, 0)


def test_an_approximate_place_looks_further_before_it_says_nothing(make):
    make.listing("Just beyond", at=north(4))
    assert found(radius_mi=3.0).total == 0
    assert found(radius_mi=3.0, place=makers_place(within_km=3.2)).total == 1


def makers_place(**fields):
    return type(HOLT)(**vars(HOLT) | fields)
