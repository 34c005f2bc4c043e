"""The page on which a listing is written: what is untouched stays to the letter, what is typed passes the one gate."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from directory import places
from directory.forms.editing import BLANK, EditForm, NewForm, SuggestForm, typed_of
from directory.forms.listings import ListingForm
from directory.models.schedules import Choices
from tests.models.test_schedules import chosen

KNOWN = {
    "need": frozenset({"loneliness", "food"}),
    "activity": frozenset(),
    "audience": frozenset(),
    "language": frozenset({"cy"}),
}
KNOWN["access"] = frozenset({"step-free", "toilets"})
TODAY = date(2026, 11, 20)
HALL = {"key": "hall", "name": "Village Hall", "city": "Saxley", "postal_code": "NR96 4QX", "latitude": 52.9, "longitude": 1.08}
WEEKLY = {"venue": "hall", "rrule": "FREQ=WEEKLY;BYDAY=WE", "opens": "12:00", "closes": "14:00"}
ODD = {"venue": "hall", "rrule": "FREQ=MONTHLY;BYMONTHDAY=13", "opens": "10:00", "closes": "11:00", "description": "Bring a mug."}
TABLE = {
    "name": "Welcome Table",
    "kind": "group",
    "status": "published",
    "summary": "A hot lunch.",
    "alert": "Back in May.",
    "cost": "paid",
    "cost_amount": "4.00",
    "at_venue": True,
    "needs": ["loneliness"],
    "languages": ["cy"],
    "access": [{"feature": "step-free", "present": True, "note": "by the side door"}],
    "contacts": [
        {"kind": "email", "value": "home@example.org", "public": False},
        {"kind": "phone", "value": "01632 960142", "note": "Ask for Joan"},
        {"kind": "phone", "value": "01632 960143"},
    ],
    "venues": [HALL],
    "sessions": [WEEKLY, ODD],
    "coverage": [{"area_code": "NR25"}],
}


@pytest.fixture(scope="module", autouse=True)
def app(tmp_path_factory):
    app = Flask("editing")
    app.secret_key = "only for tests"
    places.configure(file=tmp_path_factory.mktemp("none") / "places.sqlite")
    with app.app_context():
        yield app


@pytest.fixture
def table():
    return ListingForm.from_data(TABLE, known=KNOWN).accepted()


def typed(record, **changed):
    """What a browser sends of the page, with some of it typed anew."""
    sent = typed_of(record)
    for name, value in changed.items():
        name = name.replace("__", "-")
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def changes(record, kind=EditForm, **changed):
    form = kind(typed(record, **changed))
    made = form.changes(record, known=KNOWN, today=TODAY)
    return made, form.mistakes


def test_a_further_number_that_costs_extra_is_told_at_its_row(table):
    own = {"others_shown": "1", "others__0__was": "2", "others__0__kind": "phone", "others__0__value": "0871 234 5678"}
    _, mistakes = changes(table, **own)
    assert mistakes["others-0-value"].startswith("“0871 234 5678” costs extra to ring. Give one at the usual price,")


def test_nothing_typed_is_nothing_changed(table):
    assert changes(table) == ({}, {})
    assert changes(table, kind=SuggestForm) == ({}, {})


def test_words_change_and_everything_else_stays(table):
    assert changes(table, summary="A hot lunch and  good company.\r\n") == ({"summary": "A hot lunch and good company."}, {})


def test_the_first_public_number_changes_and_private_contacts_stay(table):
    made, mistakes = changes(table, phone="01632 960999")
    assert mistakes == {}
    assert [(each["value"], each["note"], each["public"]) for each in made["contacts"]] == [
        ("home@example.org", "", False),
        ("01632 960999", "Ask for Joan", True),
        ("01632 960143", "", True),
    ]
    assert "home@example.org" not in typed_of(table).values()
    made, _ = changes(table, phone="", email="table@example.org")
    assert [each["value"] for each in made["contacts"]] == ["home@example.org", "01632 960143", "table@example.org"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("phone", "01632 960 14", "Give all the digits"),
        ("email", "table.example.org", "with an @"),
        ("reason", "My patient told me", "My patient"),
        ("first_visit", "Joan, born on 3 May 1950", "date of birth"),
        ("minimum_age", "fifty", "whole number"),
        ("cost_amount", "four", "amount in pounds"),
        ("name", " ", "Give it a name."),
        ("website", "not a place", "web address"),
        ("website", "bit.ly/lunch", "Give the address of the page it opens."),
        ("phone", "0906 123 4567", "one that begins with 01, 02, 03 or 07"),
        ("summary", "long " * 100, "At most 300"),
        ("sessions__0__closes", "11:00", "The end must be after noon, when it starts."),
        ("sessions__0__opens", "noon", "Give a time of day"),
        ("sessions__0__opens", "20:00", "The end must be after 8pm, when it starts."),
        ("sessions__0__every", "2", "Give one day on which it happens"),
        ("sessions__0__how", "monthly", "Tick which one of the month"),
        ("sessions__0__except_on", "Christmas", "23 December 2026"),
        ("venues__0__postal_code", "NR96", "Give the whole postcode"),
        ("needs", ["loneliness", "made-up"], "is not one of the words"),
        ("cost", "free", "It is free, yet there is an amount."),
    ],
)
def test_a_mistake_is_told_at_its_field(table, name, text, sentence):
    _, mistakes = changes(table, **{name: text})
    assert len(mistakes) == 1
    assert sentence in next(iter(mistakes.values()))


def test_every_second_tuesday_not_in_august(table):
    made, mistakes = changes(
        table,
        **{
            "sessions__0__every": "2",
            "sessions__0__days": ["1"],
            "sessions__0__starts_on": "2026-11-24",
            "sessions__0__not_in": ["8"],
            "sessions__0__opens": "10:00",
            "sessions__0__closes": "12:00",
            "sessions__0__except_on": "20 December 2026 to 10 January 2027",
        },
    )
    assert mistakes == {}
    assert made.keys() == {"sessions"}
    first, odd = made["sessions"]
    assert first["rrule"] == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYMONTH=1,2,3,4,5,6,7,9,10,11,12"
    assert (first["starts_on"], first["except_on"]) == ("2026-11-24", ["2026-12-22", "2027-01-05"])
    assert odd == table["sessions"][1]


def test_a_rule_that_choices_cannot_say_is_kept_until_it_is_replaced(table):
    form = EditForm(typed_of(table))
    assert form.said(table)["sessions-1"] == "13th of the month, 10am to 11am"
    form.press("open-session-1", table)
    assert form.changes(table, known=KNOWN, today=TODAY) == {}
    form = EditForm(MultiDict([*form.typed.items(multi=True)]))
    form.typed.setlist("sessions-1-closes", ["11:30"])
    made = EditForm(form.typed).changes(table, known=KNOWN, today=TODAY)
    assert made["sessions"][1] == {**table["sessions"][1], "closes": "11:30"}
    form.typed.setlist("sessions-1-how", ["monthly"])
    form.typed.setlist("sessions-1-days", ["4"])
    form.typed.setlist("sessions-1-nths", ["-1"])
    made = EditForm(form.typed).changes(table, known=KNOWN, today=TODAY)
    assert made["sessions"][1]["rrule"] == "FREQ=MONTHLY;BYDAY=-1FR"


def test_rows_come_and_go_and_nothing_typed_is_lost(table):
    form = EditForm(typed(table, summary="Half written"))
    form.press("add-session", table)
    form.press("add-venue", table)
    assert (len(form.sessions), len(form.venues)) == (3, 2)
    form.typed.setlist("venues-1-name", ["Church Room"])
    form.typed.setlist("sessions-2-place", ["at-new-0"])
    form.typed.setlist("sessions-2-days", ["5"])
    form = EditForm(form.typed)
    form.press("remove-session-0", table)
    assert form.summary.data == "Half written"
    made = form.changes(table, known=KNOWN, today=TODAY)
    assert form.mistakes == {}
    assert [session["rrule"] for session in made["sessions"]] == ["FREQ=MONTHLY;BYMONTHDAY=13", "FREQ=WEEKLY;BYDAY=SA"]
    assert [venue["name"] for venue in made["venues"]] == ["Village Hall", "Church Room"]


def test_a_place_without_times_stays_a_place(table):
    form = EditForm(typed_of(table))
    for _ in range(2):
        form.press(f"remove-session-{form._numbers('sessions')[0]}", table)
    made = form.changes(table, known=KNOWN, today=TODAY)
    assert [(session["venue"], session["rrule"]) for session in made["sessions"]] == [("hall", "")]


@pytest.mark.parametrize(
    "button", ["", "add-", "add-name", "open-session-9", "open-session-x", "remove-venue--1", "burn-session-0"]
)
def test_a_button_that_is_none_does_nothing(table, button):
    form = EditForm(typed_of(table))
    form.press(button, table)
    assert form.typed == typed_of(table)


def test_another_postcode_forgets_the_point_and_another_name_does_not(table):
    made, _ = changes(table, venues__0__name="Saxley Hall")
    assert (made["venues"][0]["name"], made["venues"][0]["latitude"]) == ("Saxley Hall", 52.9)
    made, _ = changes(table, venues__0__postal_code="nr964qy")
    assert (made["venues"][0]["postal_code"], made["venues"][0]["latitude"]) == ("NR96 4QY", None)


def test_a_private_address_never_reaches_the_page(table):
    secret = {**table, "confidential_location": True}
    assert "Village Hall" not in str(typed_of(secret).values())
    assert not [name for name in typed_of(secret) if name.startswith("venues")]


def test_what_was_wrong_before_does_not_stand_in_the_way(table):
    old = {**table, "contacts": [{**table["contacts"][1], "value": "ring the vicar"}]}
    assert changes(old, summary="Better.") == ({"summary": "Better."}, {})


def test_getting_in_is_yes_no_or_not_known(table):
    made, _ = changes(table, **{"getting_in": "1", "access-step-free": "yes", "access-toilets": "no"})
    assert made["access"] == [table["access"][0], {"feature": "toilets", "present": False, "note": ""}]
    made, _ = changes(table, **{"getting_in": "1", "access-step-free": ""})
    assert made["access"] == []


def test_room_is_dated(table):
    made, _ = changes(table, room="full", room_until="2027-01-15")
    assert made == {"room": "full", "room_until": "2027-01-15", "room_note": "", "room_said_on": "2026-11-20"} or made == {
        "room": "full",
        "room_until": "2027-01-15",
        "room_said_on": "2026-11-20",
    }


def test_full_until_a_day_that_is_over_is_a_mistake_and_what_stood_there_is_not(table):
    assert changes(table, room="full", room_until="2026-11-20")[1] == {}
    assert "That day is over" in changes(table, room="full", room_until="2026-11-19")[1]["room_until"]
    before = {**table, "room": "full", "room_until": "2026-10-01"}
    assert changes(before, summary="Another one.")[1] == {}


ENOUGH = {"name": "Chair Yoga", "summary": "Gentle yoga on chairs.", "phone": "01632 960142"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"name": "Chair Yoga"}, {"summary", "phone"}),
        ({**ENOUGH, "summary": ""}, {"summary"}),
        ({**ENOUGH, "phone": ""}, {"phone"}),
        ({**ENOUGH, "phone": "", "reach": "online"}, {"phone"}),
        (ENOUGH, set()),
        ({**ENOUGH, "summary": "", "description": "Yoga."}, set()),
        ({**ENOUGH, "phone": "", "email": "us@example.org"}, set()),
        ({**ENOUGH, "phone": "", "website": "example.org"}, set()),
        ({**ENOUGH, "phone": "", "venues-0-key": "a", "venues-0-name": "Village Hall"}, set()),
    ],
)
def test_a_missing_listing_needs_its_name_what_it_is_and_where_to_turn(given, missing):
    form = NewForm(MultiDict(given))
    made = form.changes(BLANK, known=KNOWN, today=TODAY)
    assert form.mistakes == {}
    form.check_enough({**BLANK, **made})
    assert form.mistakes.keys() == missing


def test_a_missing_listing_has_a_name_and_whoever_runs_it():
    form = NewForm(MultiDict({"name": "Chair Yoga", "organisation": "Saxley Neighbours", "reply_to": "me@example.org"}))
    made = form.changes(BLANK, known=KNOWN, today=TODAY)
    assert form.mistakes == {}
    assert (made["name"], made["organisation"]["name"], "sessions" in made) == ("Chair Yoga", "Saxley Neighbours", False)


def test_a_missing_listing_needs_its_name_and_an_address_that_is_one():
    form = NewForm(MultiDict({"summary": "Something", "phone": "01632 960142", "reply_to": "me"}))
    form.changes(BLANK, known=KNOWN, today=TODAY)
    assert form.mistakes.keys() == {"name", "reply_to"}


ODD_RULES = st.sampled_from(("FREQ=MONTHLY;BYMONTHDAY=13", "FREQ=WEEKLY;BYDAY=TU;COUNT=6", "FREQ=YEARLY;BYMONTH=6;BYDAY=1SA"))
HOURS = st.sampled_from(((None, None), ("09:00", None), ("10:15", "10:45"), ("19:00", "01:00")))
TIMES = st.builds(
    lambda days, hours, place, mode, text: {
        **days,
        **dict(zip(("opens", "closes"), hours, strict=True)),
        "venue": place if mode in ("venue", "stop") else None,
        "mode": mode,
        "description": text,
    },
    chosen().map(lambda choices: choices.entry)
    | ODD_RULES.map(lambda rule: {**Choices().entry, "rrule": rule, "starts_on": "2026-01-06"}),
    HOURS,
    st.sampled_from((None, "hall")),
    st.sampled_from(("venue", "stop", "online", "phone", "home")),
    st.sampled_from(("", "Come late if you need to.", "a < b & “c”")),
)


@given(times=st.lists(TIMES, max_size=5), data=st.data())
def test_rows_opened_and_sent_back_change_nothing(times, data):
    table = ListingForm.from_data({**TABLE, "sessions": [*times, WEEKLY]}, known=KNOWN).accepted()
    form = EditForm(typed_of(table))
    for number in data.draw(st.sets(st.integers(0, len(times)))):
        form.press(f"open-session-{number}", table)
    form.press("open-venue-0", table)
    assert form.changes(table, known=KNOWN, today=TODAY) == {}
    assert form.mistakes == {}
    again = EditForm(MultiDict((name, value.replace("\n", "\r\n")) for name, value in form.typed.items(multi=True)))
    assert again.changes(table, known=KNOWN, today=TODAY) == {}


def new_at(**typed):
    form = NewForm(MultiDict({"name": "Tea", "summary": "Tea.", **typed}))
    form.changes(BLANK, known=KNOWN, today=TODAY)
    return form.mistakes


@pytest.mark.parametrize("dates", ["2020-01-01", "2020-01-01\n2020-02-01", "2026-11-19"])
def test_a_new_listing_whose_days_are_all_over_is_sent_back(dates):
    told = new_at(**{"sessions-0-how": "dates", "sessions-0-dates": dates})
    assert told == {"sessions-0-dates": "These days are over. Give at least one that is still to come."}


@pytest.mark.parametrize("dates", ["2020-01-01\n2026-12-01", "2026-11-20"])
def test_a_new_listing_needs_but_one_day_to_come(dates):
    assert new_at(**{"sessions-0-how": "dates", "sessions-0-dates": dates}) == {}


def test_a_new_listing_whose_last_day_is_over_is_sent_back():
    weekly = {"sessions-0-how": "weekly", "sessions-0-days": "2", "sessions-0-ends_on": "2026-11-01"}
    assert new_at(**weekly) == {"sessions-0-ends_on": "That day is over. Give a later one, or leave it empty."}


def test_what_is_over_on_a_listing_that_is_there_may_stay():
    past = {**BLANK, "name": "Tea", "sessions": []}
    form = EditForm(MultiDict({"sessions-0-how": "dates", "sessions-0-dates": "2020-01-01", "base": "1"}))
    form.changes(past, known=KNOWN, today=TODAY)
    assert "sessions-0-dates" not in form.mistakes


def test_a_postcode_that_is_none_is_sent_back_but_never_without_a_table(monkeypatch):
    place = {"venues-0-key": "new-0", "venues-0-name": "Hall", "venues-0-postal_code": "ZZ99 9ZZ"}
    assert new_at(**place) == {}
    monkeypatch.setattr(places, "approximate", lambda code: None)
    assert new_at(**place) == {
        "venues-0-postal_code": "We do not know this postcode. Check it, or leave it empty and give the village or town."
    }
    assert new_at(**place | {"venues-0-postal_code": "BT1 1AA"}) == {}
