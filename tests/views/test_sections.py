"""The sections of the page on which a listing is written: shut at first, open where somebody has something to look at."""

from __future__ import annotations

import re

import pytest

from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled

EDIT, SUGGEST, NEW = "/listings/welcome-table/edit", "/listings/welcome-table/suggest", "/listings/new"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW.astimezone(clock.LONDON))


@pytest.fixture
def table(make, vocabulary):
    return make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Saxley Village Hall", postal_code="NR25 6BH"),
        session={},
        contacts=[("phone", "01632 960142")],
        summary="A hot lunch.",
        cost="paid",
        cost_amount=4,
    )


@pytest.fixture
def signed(client, bilal):
    client.sign_in(bilal)
    return client


def sections(answer):
    """Each section by its heading: whether it is open, and its line."""
    found = re.findall(
        r'<details class="more part"[^>]*?( open)?><summary><h2>(.*?)</h2><span class="soft">(.*?)</span>', answer.text
    )
    return {title: (bool(is_open), line) for is_open, title, line in found}


def opened(answer):
    return [title for title, (is_open, _) in sections(answer).items() if is_open]


def test_at_first_all_are_shut_and_say_what_is_set(signed, table):
    told = sections(signed.get(EDIT))
    assert [title for title, (is_open, _) in told.items() if is_open] == []
    assert {title: line for title, (_, line) in told.items()} == {
        "What it is": "Now: A hot lunch.",
        "Who it is for": "Now: not said",
        "When": "Now: Wednesdays, noon to 2pm",
        "Where": "Now: Saxley Village Hall, NR25 6BH",
        "How to join": "Now: not said",
        "Cost": "Now: £4",
        "Get in touch": "Now: 01632 960142",
        "Getting in": "Now: not said",
        "What it is like": "Now: not said",
    }


def test_a_mistake_opens_its_section_and_so_does_whatever_was_changed(signed, table):
    page = signed.get(EDIT)
    answer = signed.post(EDIT, data=filled(page, do="send", phone="01632 960 14", minimum_age="18", summary="A hot lunch."))
    assert answer.status_code == 422
    assert opened(answer) == ["Who it is for", "Get in touch"]
    assert sections(answer)["Who it is for"] == (True, "You wrote: From 18")
    row = signed.post(EDIT, data=filled(page, do="send", sessions__0__closes="11:00"))
    assert opened(row) == ["When"]


@pytest.mark.parametrize(
    ("button", "title"),
    [("add-session", "When"), ("remove-session-0", "When"), ("add-venue", "Where"), ("add-other", "Get in touch")],
)
def test_a_button_leaves_its_section_open(signed, table, button, title):
    assert title in opened(signed.post(EDIT, data=filled(signed.get(EDIT), do=button)))


def test_what_somebody_goes_on_writing_stands_open(signed, table):
    preview = signed.post(
        EDIT, data=filled(signed.get(EDIT), do="preview", first_visit="Ring the bell.", access__step_free="yes")
    )
    again = signed.post(EDIT, data=filled(preview, do="again"))
    assert opened(again) == ["Getting in", "What it is like"]


def test_a_visitor_sees_the_same_of_what_they_may_change(client, table):
    page = client.get(SUGGEST)
    assert list(sections(page)) == ["What it is", "Day or time", "Place", "Cost", "Phone or email", "What it is like"]
    assert opened(page) == []
    assert opened(client.post(SUGGEST, data=filled(page, do="send", cost_amount="5"))) == ["Cost"]


def test_a_new_listing_begins_with_what_it_is_and_opens_what_lacks(client, vocabulary):
    page = client.get(NEW)
    assert opened(page) == ["What it is"]
    assert sections(page)["When"] == (False, "Nothing yet")
    answer = client.post(NEW, data=filled(page, do="send", name="Cake & Chat", sessions__0__opens="10:00"))
    assert answer.status_code == 422
    assert set(opened(answer)) >= {"What it is", "Get in touch"}
    full = {"name": "Cake & Chat", "summary": "Cake.", "phone": "01632 960150", "home__visits": "x", "reply_to": "no"}
    later = client.post(NEW, data=filled(page, do="send", **full))
    assert (later.status_code, opened(later)) == (422, [])
    assert sections(later)["Get in touch"] == (False, "01632 960150")
    assert sections(later)["What it is"] == (False, "Cake &amp; Chat; Cake.")


def test_everything_that_lacks_is_told_at_once(client, vocabulary):
    answer = client.post(NEW, data=filled(client.get(NEW), do="send"))
    told = (
        "Give it a name.",
        "Say in one sentence what it is.",
        "Give a phone number, an email or a web address, or say where it is.",
    )
    assert answer.status_code == 422
    assert [sentence for sentence in told if sentence not in answer.text] == []
    wrong = client.post(NEW, data=filled(client.get(NEW), do="send", name="Cake", summary="Cake.", email="no address"))
    assert wrong.status_code == 422
    assert "or say where it is" not in wrong.text
