"""A neighbour without an account says what is wrong, a volunteer answers, and the figures tell of it. No scripts anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import reports as actions
from directory.extensions import db, writing
from directory.models import Letter, Patch, Report
from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled, move_sign_ins


@pytest.fixture
def hands(monkeypatch):
    """The hands of the clock, moved on between a look and a press."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def reported(client, hands, **typed):
    """What a browser does: the form from the listing, filled in, sent, and the page that says thank you."""
    assert "/listings/welcome-table/report" in client.get("/listings/welcome-table").text
    page = client.get("/listings/welcome-table/report")
    hands[0] += timedelta(seconds=40)
    answer = client.post("/listings/welcome-table/report", data=filled(page, **typed))
    assert answer.status_code == 303
    assert "Thank you" in client.get(answer.headers["Location"]).text
    return db.session.scalars(select(Report).order_by(Report.id.desc())).first()


def test_from_a_word_of_a_neighbour_to_a_letter_with_what_happened(client, vocabulary, make, stella, ida, hands):
    make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Saxley Village Hall", postal_code="NR25 6BH"),
        session={},
        summary="A hot lunch.",
        created_at=NOW - timedelta(days=90),
        modified_at=NOW - timedelta(days=90),
    )
    with writing():
        stella.patches = [Patch(area_code="NR25")]

    report = reported(client, hands, kind="wrong", text="It begins at one.", reply_to="ann@example.org")
    hands[0] += timedelta(hours=25)
    actions.remind(now=hands[0])
    assert [letter.to_address for letter in db.session.scalars(select(Letter))] == ["stella@example.org"]

    client.sign_in(stella)
    move_sign_ins()
    assert "23 hours left of 48" in client.get("/desk/reports").text
    client.post(f"/desk/reports/{report.uid}/hold")
    page = client.get(f"/desk/reports/{report.uid}")
    early = client.post(f"/desk/reports/{report.uid}", data=filled(page, press="changed"))
    assert early.status_code == 422
    edit = client.get("/listings/welcome-table/edit")
    assert client.post("/listings/welcome-table/edit", data=filled(edit, do="send", summary="Lunch at one.")).status_code == 303
    done = client.post(f"/desk/reports/{report.uid}", data=filled(page, press="changed", words="We rang and changed it."))
    assert done.status_code == 303
    client.sign_out()

    letter = db.session.scalars(select(Letter).where(Letter.kind == "report-changed")).one()
    assert (letter.to_address, letter.facts["reason"]) == ("ann@example.org", "We rang and changed it.")
    db.session.refresh(report)
    assert (report.reply_to, report.who) == ("", "")
    assert "put it right" in client.get(f"/reports/{report.uid}").text
    assert "1 report so far this quarter, 1 of them within 48 hours" in client.get("/status").text


def test_it_has_stopped_say_two_and_we_ring(client, vocabulary, make, stella, hands):
    make.listing("Welcome Table", organisation="Lunch Club")
    for home in ("192.0.2.1", "192.0.2.2"):
        assert "Two people say this has stopped" not in client.get("/listings/welcome-table").text
        client.environ_base["REMOTE_ADDR"] = home
        report = reported(client, hands, kind="stopped")
    assert "Two people say this has stopped. We are checking." in client.get("/listings/welcome-table").text

    client.sign_in(stella)
    move_sign_ins()
    page = client.get(f"/desk/reports/{report.uid}")
    client.post(f"/desk/reports/{report.uid}/hold")
    assert client.post(f"/desk/reports/{report.uid}", data=filled(page, press="wait")).status_code == 303
    hands[0] += timedelta(days=4)
    assert "We wait until" in client.get("/desk/reports").text
    answer = {"press": "kept", "words": "They meet every week, the cook says."}
    assert client.post(f"/desk/reports/{report.uid}", data=filled(page, **answer)).status_code == 303
    assert "Two people say this has stopped" not in client.get("/listings/welcome-table").text
