"""Places that the catalogue names, on both databases: never those of a confidential listing."""

import pytest

from directory import places
from directory.errors import Unavailable, UnknownPlace
from directory.extensions import db, writing
from directory.models import Status
from directory.places import catalogue
from directory.places.answers import AREAS_UNKNOWN

HOLT = (52.906, 1.088)
CROMER = (52.931, 1.30)


@pytest.fixture
def hall(make):
    """A lunch club in a hall in Further Hythe, which no list knows."""
    venue = make.venue("The Hall", at=HOLT, city="Further Hythe", postal_code="NR98 7LB", council_code="E07000147")
    make.listing("Lunch club", venue=venue)
    return venue


def test_a_village_of_a_venue_is_a_place_without_any_table(app, hall):
    place = places.locate("further-hythe")
    assert (place.label, place.precision, place.note) == ("Further Hythe", "place", AREAS_UNKNOWN)
    assert (place.latitude, place.longitude) == pytest.approx(HOLT)
    assert place.area_codes == ("K02000001",)


def test_with_a_table_it_has_its_areas(real_places, hall):
    place = real_places.locate("Further Hythe")
    assert place.outcode == "NR25"
    assert place.area_codes == ("NR25", "E07000147", "E10000020", "E92000001", "K02000001")
    assert real_places.locate("Further Hythe, Norfolk").outcode == "NR25"


def test_a_town_is_the_mean_of_its_venues_and_two_of_a_name_are_asked_about(app, make):
    for at, council in (
        (HOLT, "E07000147"),
        ((52.908, 1.090), "E07000147"),
        ((52.907, 1.089), "E07000144"),
        ((51.35, -2.2), "E06000054"),
    ):
        make.listing("Tea", venue=make.venue(at=at, city="Holt", council_code=council))
    with pytest.raises(UnknownPlace) as caught:
        places.locate("Holt")
    assert caught.value.suggestions == ("Holt, North Norfolk", "Holt, Wiltshire")
    place = places.locate("Holt, North Norfolk")
    assert (place.latitude, place.longitude) == pytest.approx((52.907, 1.089))
    assert places.locate("Holt", near=(51.4, -2.0)).latitude == pytest.approx(51.35)


def test_a_new_listing_is_noticed_at_once(app, make):
    with pytest.raises(UnknownPlace):
        places.locate("Nether Hythe")
    make.listing("Tea", venue=make.venue(at=CROMER, city="Nether Hythe"))
    assert places.locate("Nether Hythe").latitude == pytest.approx(CROMER[0])


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PUBLISHED])
def test_a_listing_that_is_not_published_names_no_place(app, make, status):
    make.listing("Tea", venue=make.venue(at=HOLT, city="Further Hythe"), status=status)
    with pytest.raises(UnknownPlace):
        places.locate("Further Hythe")


def test_a_confidential_listing_names_no_place_even_beside_an_open_one(app, make, hall):
    make.listing("Refuge", venue=hall, confidential_location=True)
    for asked in ("Further Hythe", "Further Hyth"):
        with pytest.raises(UnknownPlace) as caught:
            places.locate(asked)
        assert caught.value.suggestions == ()
    assert catalogue.postcode_point("NR98 7LB") is None
    with pytest.raises(Unavailable):
        places.locate("NR98 7LB")


def test_a_venue_without_a_point_names_no_place(app, make):
    make.listing("Tea", venue=make.venue(at=None, city="Further Hythe"))
    with pytest.raises(UnknownPlace):
        places.locate("Further Hythe")


def test_a_postcode_that_no_table_holds_is_known_by_its_venue(real_places, hall):
    place = real_places.locate("nr987lb")
    assert (place.label, place.precision, place.outcode) == ("NR98 7LB", "postcode", "NR98")
    assert (place.latitude, place.longitude) == pytest.approx(HOLT)


def test_a_misspelt_village_of_the_catalogue_is_suggested(app, hall):
    with pytest.raises(UnknownPlace) as caught:
        places.locate("Furthr Hythe")
    assert caught.value.suggestions == ("Further Hythe",)


def test_the_catalogue_is_read_again_only_after_a_change(app, make, hall, statements):
    places.locate("Further Hythe")
    statements.clear()
    places.locate("Further Hythe")
    assert len(set(statements)) == 1
    assert "max(search_change.id)" in statements[0]
    with writing(hall):
        hall.city = "Elsewhere"
    make.listing("Tea", venue=make.venue(at=CROMER, city="Nether Hythe"))
    assert places.locate("Elsewhere").label == "Elsewhere"


def test_a_full_postcode_in_the_table_asks_the_database_nothing(real_places, statements):
    statements.clear()
    real_places.locate("OX7 5AA")
    assert statements == []


def test_names_are_kept_for_each_database_apart(app, hall):
    assert places.named("Further Hythe")
    assert list(catalogue._held[db.engine].names) == ["furtherhythe"]


def test_a_large_catalogue_is_read_again_while_nobody_waits(app, make, hall, monkeypatch):
    assert places.locate("Further Hythe")
    monkeypatch.setattr(catalogue, "LARGE", 1)
    monkeypatch.setattr(catalogue, "PATIENCE", 0)
    begun = []
    monkeypatch.setattr(catalogue.beside, "start", lambda what, work: begun.append(work))
    make.listing("Tea", venue=make.venue(at=CROMER, city="Nether Hythe"))
    with pytest.raises(UnknownPlace):
        places.locate("Nether Hythe")
    db.session.rollback()  # the thread has a connection of its own
    begun[0]()
    assert places.locate("Nether Hythe").latitude == pytest.approx(CROMER[0])
    monkeypatch.setattr(catalogue, "OLD_S", -1.0)
    make.listing("Tea", venue=make.venue(at=CROMER, city="Over Hythe"))
    assert places.locate("Over Hythe"), "what is too old is not answered from"
