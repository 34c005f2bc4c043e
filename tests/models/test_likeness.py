"""How alike two listings are: near names close by, contacts that both have, and what tells groups of one name apart."""

import pytest

from directory.models.likeness import A_PAIR, Listed, contact, contacts_of, likeness, names_alike, pairs

HOLT = (52.9060, 1.0880)
HALF_A_MILE_ON = (52.9130, 1.0880)
FAR = (52.95, 1.30)


def listed(number=1, name="Chair Yoga", *, at=HOLT, contacts=(), **given):
    return Listed(number, name, contacts_of(contacts), (at,) if at else (), **given)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("Men’s Shed Holt", "Mens Shed, HOLT", True),
        ("Café for Carers", "Cafe for carers", True),
        ("Welcome Table", "The Welcome Table", True),
        ("Chair yoga", "Knit and natter", False),
        ("1st Holt Brownies", "2nd Holt Brownies", False),
        ("Mobile library, route A", "Mobile library, route B", False),
        ("Over 50s walking football", "Over 60s walking football", False),
        ("", "", False),
    ],
)
def test_names_are_near_when_most_of_their_letters_follow_one_another(one, other, near):
    assert (names_alike(listed(name=one), listed(name=other)) >= 0.6) is near


@pytest.mark.parametrize(
    ("kind", "value", "same"),
    [
        ("phone", "+44 1632 960142", "01632 960142"),
        ("phone", "(01632) 960-142", "01632960142"),
        ("website", "https://www.example.org/club/", "http://example.org/club"),
        ("email", "Hello@Example.org ", "hello@example.org"),
    ],
)
def test_contacts_are_compared_however_they_are_written(kind, value, same):
    assert contact(kind, value) == contact(kind, same)


def test_one_name_close_by_is_a_pair_and_far_off_none():
    assert likeness(listed(1), listed(2, at=HALF_A_MILE_ON)).score >= A_PAIR
    assert likeness(listed(1), listed(2, at=FAR)).score == 0


def test_branches_of_one_organisation_with_one_number_are_no_pair():
    contacts = [("phone", "01632 960142"), ("website", "https://libraries.example.org")]
    one = listed(1, "Holt Library", contacts=contacts, organisation_id=7)
    other = listed(2, "Holt Library", at=FAR, contacts=contacts, organisation_id=7)
    assert pairs([one, other]) == []


def test_two_things_in_one_hall_with_its_number_and_address_are_no_pair():
    contacts = [("phone", "01632 960142"), ("email", "hall@example.org"), ("website", "example.org/hall")]
    one, other = listed(1, "Chair Yoga", contacts=contacts), listed(2, "Knit and natter", contacts=contacts)
    assert likeness(one, other).score < A_PAIR
    assert pairs([one, other]) == []


def test_vans_of_one_organisation_that_say_no_place_are_no_pair():
    given = {"at": None, "contacts": [("email", "libraries@example.org")], "organisation_id": 7}
    assert (
        pairs([listed(1, "Suffolk: Bury Mobile Library", **given), listed(2, "Suffolk: Leiston Mobile Library", **given)]) == []
    )


def test_neighbouring_branches_of_one_organisation_are_no_pair():
    given = {"contacts": [("email", "libraries@example.org")], "organisation_id": 7}
    assert pairs([listed(1, "Harold Hill Library", **given), listed(2, "Harold Wood Library", at=HALF_A_MILE_ON, **given)]) == []


def test_the_same_organisation_venue_and_hour_with_the_same_number_is_a_pair():
    hours = frozenset({(3, "FREQ=WEEKLY;BYDAY=WE", "12:00")})
    given = {"contacts": [("phone", "01632 960142")], "organisation_id": 7, "hours": hours}
    (found,) = pairs([listed(2, "Lunch", **given), listed(1, "Hot meals on Wednesday", **given)])
    assert (found.first_id, found.second_id) == (1, 2)
    assert [reason for reason, _ in found.why] == ["hour", "phone"]


def test_a_near_name_without_a_place_needs_more():
    contacts = [("phone", "01632 960142")]
    assert likeness(listed(1, "Chair Yoga Holt", at=None), listed(2, "Chair Yoga in Holt Hall")).score < A_PAIR
    one = listed(1, "Chair Yoga Holt Hall", at=None, contacts=contacts)
    assert likeness(one, listed(2, "Chair Yoga in Holt Hall", contacts=contacts)).score >= A_PAIR


@pytest.mark.parametrize("places", [(None, HOLT), (HOLT, None), (None, None)])
def test_one_name_is_a_pair_where_one_says_no_place(places):
    (found,) = pairs([listed(1, "Café for Carers", at=places[0]), listed(2, "The Cafe, for carers", at=places[1])])
    assert found.why == (("name", 0.55),)


def test_a_private_place_is_not_a_missing_one():
    assert pairs([listed(1, at=None, is_private=True), listed(2)]) == []
    assert len(pairs([listed(1, at=None, is_private=True), listed(2, at=None)])) == 1


def test_one_name_without_a_place_is_surer_with_one_runner_or_number():
    contacts = [("phone", "01632 960142")]
    alone = likeness(listed(1, at=None), listed(2)).score
    assert likeness(listed(1, at=None, organisation_id=7), listed(2, organisation_id=7)).score > alone
    assert likeness(listed(1, at=None, contacts=contacts), listed(2, contacts=contacts)).score > alone


def test_a_name_that_many_have_puts_nobody_side_by_side_without_a_place():
    many = [listed(number, "Lunch Club", at=(50 + number / 10, 1.0)) for number in range(20)]
    assert pairs([*many, listed(99, "Lunch Club", at=None)]) == []


def test_the_score_grows_with_every_reason_and_never_beyond_one():
    contacts = [("phone", "01632 960142"), ("email", "a@example.org"), ("website", "example.org"), ("register", "1234567")]
    scores = [likeness(listed(1, contacts=contacts[:count]), listed(2, contacts=contacts[:count])).score for count in range(5)]
    assert scores == sorted(scores)
    assert 0.7 <= scores[0] < scores[1] <= scores[-1] <= 1


def test_a_number_that_many_share_puts_nobody_side_by_side():
    many = [listed(number, f"Group {number}", at=None, contacts=[("phone", "01632 960142")]) for number in range(200)]
    assert pairs(many) == []


def test_pairs_across_the_edges_of_cells_are_found():
    edge = (52.92, 1.08)
    for north in (-0.004, 0.004):
        for east in (-0.006, 0.006):
            other = (edge[0] + north, edge[1] + east)
            mirrored = (edge[0] - north, edge[1] - east)
            assert len(pairs([listed(1, at=other), listed(2, at=mirrored)])) == 1
