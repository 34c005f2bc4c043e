"""The gate of a listing: what passes, what is refused and in which words, the same for pages, JSON and files."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from directory import places
from directory.errors import Refused
from directory.forms.listings import ListingForm, gate
from directory.models import records
from directory.places import Place

KNOWN = {
    "need": frozenset({"loneliness"}),
    "activity": frozenset({"yoga"}),
    "audience": frozenset({"carers"}),
    "language": frozenset({"cy"}),
    "access": frozenset({"step-free"}),
}
HALL = {"key": "hall", "name": "Village Hall", "postal_code": "NR25 6BH", "latitude": 52.906, "longitude": 1.088}
WEDNESDAYS = {"venue": "hall", "rrule": "FREQ=WEEKLY;BYDAY=WE", "opens": "12:00", "closes": "14:00"}
YOGA = {
    "name": "  Chair  yoga ",
    "kind": "group",
    "status": "published",
    "description": "Gentle.\n\nCome as you are.",
    "website": "https://example.org/yoga",
    "organisation": {"name": "Holt Wellbeing", "kind": "charity"},
    "minimum_age": 50,
    "cost": "paid",
    "cost_amount": 3.5,
    "join": "self",
    "at_venue": True,
    "needs": ["loneliness"],
    "activities": ["yoga"],
    "access": [{"feature": "step-free", "present": True}],
    "contacts": [{"kind": "phone", "value": "01632 960142", "note": "Ask for Joan"}],
    "venues": [HALL],
    "sessions": [WEDNESDAYS],
    "coverage": [{"area_code": "nr21"}],
    "checks": [{"fact": "times", "means": "phone", "voice": "volunteer", "checked_on": "2026-10-30"}],
    "source_key": "1",
}


@pytest.fixture(scope="module")
def app():
    """A form needs an application around it, but no database."""
    app = Flask("gate")
    app.secret_key = "only for tests"
    with app.app_context():
        yield app


def sentences(app, **changes):
    """What the gate says of the yoga class with these changes."""
    form = ListingForm.from_data({**YOGA, **changes}, known=KNOWN)
    return {} if form.validate() else form.sentences


def test_a_record_comes_out_whole_and_plain(app):
    values = gate(YOGA, known=KNOWN)
    assert set(values) == {*records.COLUMNS, *records.LISTS, *records.TERM_FIELDS, "organisation"}
    assert (values["name"], values["description"]) == ("Chair yoga", "Gentle.\n\nCome as you are.")
    assert (values["minimum_age"], values["maximum_age"], values["cost_amount"]) == (50, None, "3.50")
    assert (values["kind"], values["status"], values["cost"], values["room"]) == ("group", "published", "paid", None)
    assert (values["at_venue"], values["online"], values["room_until"]) == (True, False, None)
    assert values["contacts"] == [{"kind": "phone", "value": "01632 960142", "note": "Ask for Joan", "public": True}]
    assert values["sessions"][0] == {
        "venue": "hall",
        "mode": "venue",
        "rrule": "FREQ=WEEKLY;BYDAY=WE",
        "starts_on": None,
        "ends_on": None,
        "opens": "12:00",
        "closes": "14:00",
        "except_on": [],
        "also_on": [],
        "description": "",
    }
    assert values["venues"][0]["point_source"] == "stated"
    assert values["coverage"][0] == {
        "area_code": "NR21", "label": "", "latitude": None, "longitude": None, "radius_km": None, "approved": False
    }  # fmt: skip


def test_what_comes_out_goes_in_again_unchanged(app):
    values = gate(YOGA, known=KNOWN)
    assert gate(values, known=KNOWN) == values


def test_a_bare_name_is_enough_and_nothing_is_guessed(app):
    values = gate({"name": "Lunch club"})
    assert (values["kind"], values["status"]) == ("group", "draft")
    assert values["minimum_age"] is values["cost"] is values["join"] is values["organisation"] is None
    assert values["venues"] == values["sessions"] == values["needs"] == []


def test_the_page_and_the_file_say_the_same(app):
    with app.test_request_context():
        typed = MultiDict({"name": "x", "minimum_age": "300", "website": "javascript:alert(1)", "at_venue": "y"})
        page = ListingForm(typed, meta={"csrf": False})
        assert not page.validate()
        data = ListingForm.from_data({"name": "x", "minimum_age": 300, "website": "javascript:alert(1)", "at_venue": True})
        assert not data.validate()
        assert page.sentences == data.sentences
        assert page.sentences["minimum_age"] == "“300” is not a whole number from 0 to 120."


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": " "}, "name", "Give it a name."),
        ({"name": "\u200b\u2060"}, "name", "Give it a name."),
        ({"name": "?!"}, "name", "Give it a name."),
        ({"name": {"a": 1}}, "name", "This has to be text."),
        ({"name": True}, "name", "This has to be text."),
        ({"summary": ["a"]}, "summary", "This has to be text."),
        ({"cost": {"free": 1}}, "cost", "This has to be text."),
        ({"organisation": {"name": "--"}}, "organisation", "An organisation needs a name."),
        ({"name": "x" * 256}, "name", "At most 255 characters fit here; there are 256."),
        ({"summary": "x" * 301}, "summary", "At most 300 characters"),
        ({"kind": "shop"}, "kind", "“shop” is not one of group, service"),
        ({"minimum_age": 121}, "minimum_age", "from 0 to 120"),
        ({"maximum_age": 20}, "maximum_age", "The oldest (20) is younger than the youngest (50)."),
        ({"cost": "free"}, "cost_amount", "It is free, yet there is an amount."),
        ({"cost_amount": "a lot"}, "cost_amount", "is not an amount in pounds"),
        ({"website": "javascript:alert(1)"}, "website", "begins with http:// or https://"),
        ({"website": "https://user:pw@example.org"}, "website", "is not a web address"),
        ({"website": "http://localhost"}, "website", "is not a web address"),
        ({"room_until": "31/01/2026"}, "room_until", "is not a date such as 2026-01-31"),
        ({"room_until": "0001-01-01"}, "room_until", "is not a date"),
        ({"needs": ["gold"]}, "needs", "“gold” is not one of the words we use here."),
        ({"access": [{"feature": "moat"}]}, "access", "“moat” is not a feature of access that we know."),
        ({"contacts": [{"kind": "phone", "value": "12"}]}, "contacts", "Contact 1: “12” is not a telephone number"),
        ({"contacts": [{"kind": "phone", "value": "0906 123 4567"}]}, "contacts", "1: “0906 123 4567” costs extra to ring."),
        ({"contacts": [{"kind": "phone", "value": "118 500"}]}, "contacts", "one that begins with 01, 02, 03 or 07"),
        ({"contacts": [{"kind": "social", "value": "https://t.co/x"}]}, "contacts", "“https://t.co/x” is a short link"),
        ({"website": "https://bit.ly/yoga"}, "website", "Give the address of the page it opens."),
        ({"organisation": {"name": "Club", "website": "https://goo.gl/x"}}, "organisation", "is a short link"),
        ({"contacts": [{"kind": "email", "value": "joan at home"}]}, "contacts", "is not an e-mail address"),
        ({"contacts": [{"kind": "fax", "value": "1"}]}, "contacts", "“fax” is not one of phone, email, website, social"),
        ({"contacts": "x"}, "contacts", "not well-formed JSON"),
        ({"venues": [HALL, HALL]}, "venues", "Two venues have the same key."),
        ({"venues": [HALL | {"latitude": 48.8, "longitude": 2.3}]}, "venues", "outside the United Kingdom"),
        ({"venues": [HALL | {"latitude": None}]}, "venues", "come together or not at all"),
        ({"venues": [HALL | {"latitude": float("nan")}]}, "venues", "has to be a number"),
        ({"sessions": []}, "venues", "No session is at the venue “hall”"),
        ({"sessions": [WEDNESDAYS | {"venue": "barn"}]}, "sessions", "is at a venue “barn” that is not in the list"),
        ({"sessions": [WEDNESDAYS | {"rrule": "FREQ=HOURLY"}]}, "sessions", "is not a recurrence rule"),
        ({"sessions": [WEDNESDAYS | {"rrule": "FREQ=WEEKLY;INTERVAL=2"}]}, "sessions", "needs the day it starts on"),
        ({"sessions": [WEDNESDAYS | {"opens": "9:30"}]}, "sessions", "is not a time of day such as 09:30"),
        ({"sessions": [WEDNESDAYS | {"closes": "11:00"}]}, "sessions", "it closes (11:00) before it opens (12:00)"),
        ({"sessions": [WEDNESDAYS | {"starts_on": "2026-02-01", "ends_on": "2026-01-01"}]}, "sessions", "ends before it starts"),
        ({"sessions": [WEDNESDAYS | {"until": "x"}]}, "sessions", "“until” is not one of venue, mode"),
        ({"coverage": [{"area_code": "Norfolk"}]}, "coverage", "is neither an outward code"),
        ({"coverage": [{}]}, "coverage", "an area needs a code, or a point and a radius"),
        ({"checks": [{"fact": "times"}]}, "checks", "means is missing"),
        ({"organisation": {"kind": "charity"}}, "organisation", "An organisation needs a name."),
        ({"confidential_location": True}, "venues", "has no venue here"),
        ({"nmae": "typo"}, "", "“nmae” is not a field of a listing."),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_at_its_field(app, changes, field, sentence):
    told = sentences(app, **changes)
    assert list(told) == [field]
    assert sentence in told[field]


def test_an_outward_code_that_does_not_exist_is_not_an_area(app, monkeypatch):
    codes = {"NR21": "NR21", "N11": "N1"}
    found = {code: Place(code, "outcode", 52.8, 0.8, outcode=outcode) for code, outcode in codes.items()}
    monkeypatch.setattr(places, "approximate", found.get)
    assert sentences(app, coverage=[{"area_code": each} for each in ("NR21", "BT14", "E07000147")]) == {}
    assert sentences(app, coverage=[{"area_code": "ZZ99"}]) == {"coverage": "Area 1: there is no postcode area ZZ99."}
    assert sentences(app, coverage=[{"area_code": "N11"}]) == {"coverage": "Area 1: there is no postcode area N11."}


def test_an_evening_may_run_past_midnight(app):
    assert sentences(app, sessions=[WEDNESDAYS | {"opens": "20:00", "closes": "00:30"}]) == {}
    assert sentences(app, sessions=[WEDNESDAYS | {"opens": "19:00", "closes": "08:00"}]) == {}
    assert "before it opens" in sentences(app, sessions=[WEDNESDAYS | {"opens": "20:00", "closes": "19:00"}])["sessions"]


def test_control_characters_and_direction_marks_go(app):
    assert gate({"name": "Chair\u202e yo\x07ga"})["name"] == "Chair yoga"


def test_a_refusal_names_every_field(app):
    with pytest.raises(Refused, match=r"name: Give it a name\. kind: “x” is not one of"):
        gate({"name": "", "kind": "x"})


def test_thirteen_thousand_records_pass_within_a_minute(app):
    record = {**YOGA, "sessions": [WEDNESDAYS] * 5}
    begun = time.process_time()
    for _ in range(200):
        gate(record, known=KNOWN)
    assert (time.process_time() - begun) / 200 * 13_000 < 60


def placed(**venue):
    (found,) = gate({**YOGA, "venues": [{"key": "hall", **venue}]}, known=KNOWN)["venues"]
    return found


def test_a_venue_with_only_a_postcode_gets_its_point_and_council(real_places):
    venue = placed(postal_code="NR19 2AL")
    assert (venue["latitude"], venue["longitude"]) == (pytest.approx(52.682275, abs=1e-4), pytest.approx(0.9401, abs=1e-4))
    assert (venue["point_source"], venue["council_code"]) == ("postcode", "E07000143")


def test_a_point_that_somebody_stated_stays(real_places):
    venue = placed(postal_code="NR19 2AL", latitude=52.69, longitude=0.95)
    assert (venue["latitude"], venue["longitude"], venue["point_source"]) == (52.69, 0.95, "stated")


def test_a_postcode_that_no_table_knows_gives_the_middle_of_its_sector(real_places):
    venue = placed(postal_code="NR19 2ZX")
    assert (venue["point_source"], venue["latitude"] is None) == ("sector", False)
