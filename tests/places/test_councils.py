"""Names of councils by code, and codes by what people call them."""

import pytest

from directory import places


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("E07000147", "North Norfolk"),
        ("E06000023", "City of Bristol"),
        ("E06000058", "Bournemouth, Christchurch and Poole"),
        ("E06000019", "County of Herefordshire"),
        ("E06000064", "Westmorland and Furness"),
        ("S12000013", "Na h-Eileanan Siar"),
        ("N09000002", "Armagh City, Banbridge and Craigavon"),
        ("E08000038", "Barnsley"),
        ("E08000016", "Barnsley"),
        ("E07000026", "Allerdale"),
        ("E10000020", "Norfolk"),
        ("W92000004", "Wales"),
        ("K02000001", "United Kingdom"),
        ("E99999999", ""),
        ("", ""),
    ],
)
def test_a_code_has_the_name_people_use(code, name):
    assert places.council_name(code) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("North Norfolk", "E07000147"),
        ("north norfolk district council", "E07000147"),
        ("Norfolk County Council", "E10000020"),
        ("Bristol", "E06000023"),
        ("Bristol, City of", "E06000023"),
        ("Bristol City Council", "E06000023"),
        ("London Borough of Camden", "E09000007"),
        ("Royal Borough of Kensington & Chelsea", "E09000020"),
        ("Powys - Powys", "W06000023"),
        ("Sir Benfro - Pembrokeshire", "W06000009"),
        ("King's Lynn and West Norfolk", "E07000146"),
        ("Kings Lynn & West Norfolk Borough Council", "E07000146"),
        ("Edinburgh", "S12000036"),
        ("City of Edinburgh Council", "S12000036"),
        ("Barnsley Metropolitan Borough Council", "E08000038"),
        ("Allerdale", "E06000063"),
        ("Cumbria", "E10000006"),
        ("Somerset", "E06000066"),
        ("Dorset Council", "E06000059"),
        ("Scotland", "S92000003"),
        ("UK", "K02000001"),
        ("Middle Earth", ""),
        ("", ""),
        ("council", ""),
    ],
)
def test_a_name_in_any_of_its_styles_has_the_code_in_force(name, code):
    assert places.council_code(name) == code


def test_every_present_council_is_found_by_its_own_name():
    from directory.places.councils import councils

    wrong = {
        code: council.name
        for code, council in councils().items()
        if council.active == code and not places.council_code(council.name)
    }
    assert wrong == {}
    for code, council in councils().items():
        if council.active == code and not code.startswith("E10"):
            assert places.council_code(council.name) == code


def test_a_code_of_before_leads_to_the_one_in_force():
    assert places.active_code("E08000019") == "E08000039"
    assert places.active_code("E07000187") == "E06000066"
    assert places.active_code("E07000147") == "E07000147"
    assert places.active_code("NR25") == "NR25"


def test_the_county_above_a_council_present_or_former():
    assert places.county_code("E07000147") == "E10000020"
    assert places.county_code("E06000063") == "E10000006"
    assert places.county_code("E06000023") == ""
