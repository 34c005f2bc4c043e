"""Texts that point to one person are told apart from halls, telephone numbers and founding days."""

from __future__ import annotations

import pytest

from directory.forms.identifiers import about_a_person, is_nhs_number, names_in, new_contact


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("943 476 5919", "NHS number"),
        ("Ref 9434765919.", "NHS number"),
        ("943-476-5919 likes it", "NHS number"),
        ("She was born on 3 May 1950", "date of birth"),
        ("DOB 3/5/50", "date of birth"),
        ("d.o.b.: 03.05.1950", "date of birth"),
        ("Date of birth 1950-05-03", "date of birth"),
        ("Joan Smith, 12/03/1948", "date of birth"),
        ("My patient liked it", "My patient"),
        ("good for our clients' teeth, this client says", "this client"),
        ("a patient called Joan", "patient called"),
        ("NHS number: 123", "NHS number: 1"),
    ],
)
def test_what_points_to_one_person_is_told(text, sentence):
    assert sentence in about_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "St Mary's Church Hall, Mary Street",
        "Ring 01632 960142 or 01632 960 142",
        "+44 1632 960142, 0044 1632 960142, 07700 900123, 020 7946 0018",
        "(01632) 960142 ext 5",
        "+44 163 296 0142",
        "Charity 1234567, company 01234567",
        "943 476 5918",  # the check figure is another
        "Founded on 03/05/1987, since 1/4/1998",
        "Next on 12/03/2027",
        "For people born before 1960",
        "Our patient participation group meets here",
        "Ask the welcomer. She was born and bred here, 12 in all.",
        "Account 12345678901234",
        "Bring your own mat, £3.50, 10am to 12:30",
    ],
)
def test_what_does_not_is_let_be(text):
    assert about_a_person(text) == ""


def test_an_nhs_number_is_told_by_its_last_figure():
    assert [figure for figure in "0123456789" if is_nhs_number(f"943476591{figure}")] == ["9"]
    assert not is_nhs_number("94347659")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Ring Joan on 01632 960 142.", "“01632 960 142” looks like a phone number"),
        ("07700 900123", "phone number"),
        ("(01632) 960142", "phone number"),
        ("+44 1632 960142", "phone number"),
        ("0044-1632-960-142", "phone number"),
        ("0.1.6.3.2.9.6.0.1.4.2", "phone number"),
        ("Ring 7700 900 123", "phone number"),
        ("Dial 118 500", "phone number"),
        ("Write to joan@example.org", "“joan@example.org” looks like an email address"),
        ("joan (at) example.org", "email address"),
        ("See www.example.org", "web address"),
        ("bit.ly/3abc", "web address"),
        ("https://example.test/pay", "web address"),
    ],
)
def test_a_new_way_to_reach_somebody_is_told(text, sentence):
    assert sentence in new_contact(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Come at 10.30 on 12/11/2026, or 2026-11-20.",
        "Room 3, 12 to 15 people, £4.50 a time.",
        "Charity 1123456, since 1999. Bus 46.",
        "Ask for Joan, e.g. at the door. St. Mary's",
    ],
)
def test_times_prices_and_numbers_of_buses_are_no_way_to_reach_anybody(text):
    assert new_contact(text) == ""


def test_what_is_published_already_is_not_new():
    known = ["01632 960142", "joan@example.org", "Write to us at www.example.org/hall."]
    for text in ("Ring 01632 960 142", "+44 (0)1632 960142", "joan@example.org", "See www.example.org/hall."):
        assert new_contact(text, known=known) == "", text
    assert new_contact("Ring 01632 960143", known=known)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ask for Joan Smith", ["Joan Smith"]),
        ("Mornings. Ring Joan first, or speak to Mr Bal.", ["Joan", "Mr Bal"]),
        ("Mrs. Pym answers.", ["Mrs. Pym"]),
        ("Contact Jean-Paul O’Neill by email", ["Jean-Paul O’Neill"]),
        ("Ask for the cook. Ring us on Monday, or see Facebook.", []),
        ("Call The Village Hall or contact Saxley Library; St Mary's is next door.", []),
        ("Ring Monday to Friday.", []),
        ("", []),
    ],
)
def test_what_reads_like_somebodys_name_is_found(text, names):
    assert names_in(text) == names
