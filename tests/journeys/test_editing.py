"""A group comes into the directory and is kept right: a neighbour adds it, a volunteer looks, its editor changes the times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import suggestions
from directory.extensions import db, writing
from directory.models import Editorship, Listing, Suggestion
from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled, move_sign_ins


@pytest.fixture
def hands(monkeypatch):
    """The hands of the clock, moved on between a look and a press."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def waiting():
    db.session.rollback()
    return db.session.scalars(select(Suggestion).order_by(Suggestion.id.desc())).first()


def test_from_a_neighbours_word_to_new_times(client, vocabulary, make, amina, stella, cai, hands):
    page = client.get("/listings/new")
    page = client.post("/listings/new", data=filled(page, do="add-session", name="Cake & Chat <3"))
    hands[0] += timedelta(seconds=30)
    typed = {
        "organisation": "Saxley Neighbours",
        "summary": "Cake, and somebody to talk to.",
        "venues__0__name": "Church Room",
        "sessions__0__how": "monthly",
        "sessions__0__nths": ["1", "3"],
        "sessions__0__days": ["1"],
        "sessions__0__opens": "14:00",
        "sessions__0__closes": "15:30",
        "sessions__0__not_in": ["8"],
        "phone": "01632 960150",
        "first_visit": "Somebody meets you at the door.",
    }
    assert client.post("/listings/new", data=filled(page, do="send", **typed)).status_code == 303
    assert client.get("/listings/cake-chat-3").status_code == 404
    suggestions.agree(waiting(), by=stella, number=0, now=NOW)
    shown = client.get("/listings/cake-chat-3").text
    assert "1st and 3rd Tuesdays of the month, September to July, 2pm to 3:30pm" in shown
    assert "Cake &amp; Chat &lt;3" in shown

    listing = db.session.scalars(select(Listing)).one()
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=listing.organisation_id, since=NOW))
    client.sign_in(amina)
    move_sign_ins()
    address = "/listings/cake-chat-3/edit"
    assert address in client.get("/account/listings").text
    changed = filled(client.get(address), do="send", sessions__0__closes="16:00", sessions__0__except_on="1 December 2026")
    assert client.post(address, data=changed).status_code == 303
    assert waiting().fields == ["sessions"]
    assert "2pm to 3:30pm" in client.get("/listings/cake-chat-3").text
    suggestions.agree(waiting(), by=stella, number=listing.revision_number, now=NOW)
    shown = client.get("/listings/cake-chat-3").text
    assert "2pm to 4pm" in shown
    assert "Not 1 December." in shown

    hands[0] += timedelta(days=1)
    address = "/listings/cake-chat-3/suggest"
    page = client.get(address)
    hands[0] += timedelta(seconds=30)
    client.post(address, data=filled(page, do="send", phone="01632 960151", reason="They moved."))
    for person in (stella, cai):
        assert "01632 960151" not in client.get("/listings/cake-chat-3").text
        suggestions.agree(waiting(), by=person, number=listing.revision_number, now=NOW + timedelta(days=5))
    assert "01632 960151" in client.get("/listings/cake-chat-3").text
