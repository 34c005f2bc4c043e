"""A group takes its page into its own hands: by its telephone, and against somebody else. No scripts anywhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import claim_ends, retention
from directory.actions import claims as actions
from directory.extensions import db, writing
from directory.models import Account, Claim, ClaimState, Editorship, Letter, SignIn
from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled, move_sign_ins

TABLE = "/listings/welcome-table"


@pytest.fixture
def hands(monkeypatch):
    """The hands of the clock, moved on between a look and a press."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def table(make):
    return make.listing("Welcome Table", contacts=[("phone", "01632 960142"), ("email", "hello@lunch.example")], session={})


def arrived(app, kind, address):
    """The text of the newest letter of a kind to somebody."""
    found = select(Letter).where(Letter.kind == kind, Letter.to_address == address).order_by(Letter.id.desc())
    return jobs.written(app, db.session.scalars(found).first())[1]


def pressed(client, page, rest="", **typed):
    """Send the first form of a page whose address ends so; the answer, and the page after it."""
    action = next(each for each in re.findall(r'action="([^"]+)"', page.text.partition("<main")[2]) if each.endswith(rest))
    answer = client.post(action, data=filled(page, **typed))
    assert answer.status_code in (200, 303)
    return client.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def newcomer(app, client, email, name, way):
    """Somebody without an account claims the table: the link by mail, the form, and how it stands then."""
    client.sign_out()
    start = client.get(re.search(r'href="([^"]+/claim)"', client.get(TABLE).text)[1])
    assert "Look in your email" in pressed(client, start, "/claim", email=email).text
    link = client.get(re.search(r"https?://[^/]+(\S+)", arrived(app, "claim-begin", email))[1])
    form = pressed(client, link)
    return pressed(client, form, "/claim/yours", way=way, name=name)


def test_by_the_telephone_on_the_page(app, client, table, stella, hands):
    page = newcomer(app, client, "ann@example.org", "Ann", "phone 01632 960142")
    assert "A volunteer rings 01632 960142" in page.text
    code = re.search(r"(?m)^\d{4} \d{4}$", arrived(app, "claim-code", "ann@example.org"))[0]

    client.sign_in(stella)
    move_sign_ins()
    listed = client.get("/desk/claims")
    job = client.get(re.search(r'href="(/desk/claims/\d+)"', listed.text)[1])
    job = pressed(client, job, "/hold")
    assert "The code was right" in pressed(client, job, "/code", code=code).text

    ann = db.session.scalars(select(Account).where(Account.email == "ann@example.org")).one()
    assert "You lead its editors" in arrived(app, "claim-granted", ann.email)
    assert "Is this your group?" not in client.get(TABLE).text
    client.sign_in(ann)
    move_sign_ins()
    assert client.get(f"{TABLE}/edit").status_code == 200
    assert "You lead its editors" in client.get("/account/").text


def test_somebody_was_there_before(app, client, table, make, hands):
    """An impostor got hold of a register number; the group itself comes later by its own mail, and wins."""
    senior = make.account("Sena", role="senior")
    false = make.account("Mallory")
    asked = actions.claim(table, way=None, number="1123456", evidence="I am the chair.", by=false, now=hands[0])
    actions.grant(asked, leads=False, by=senior, now=hands[0])
    assert false.speaks_for(table.organisation_id)

    hands[0] += timedelta(days=30)
    client.get(TABLE)
    organisation = client.get(f"/organisations/{table.organisation.slug}")
    assert "Ask to edit with the others" in organisation.text
    start = client.get(f"/organisations/{table.organisation.slug}/claim")
    pressed(client, start, "/claim", email="ann@example.org")
    link = client.get(re.search(r"https?://[^/]+(\S+)", arrived(app, "claim-begin", "ann@example.org"))[1])
    page = pressed(client, pressed(client, link), "/claim/yours", way="mail hello@lunch.example", name="Ann")
    assert "A letter is on its way to hello@lunch.example" in page.text
    assert "asks to edit" in jobs.written(app, db.session.scalars(select(Letter).where(Letter.kind == "claim-editors")).one())[0]

    letter = client.get(re.search(r"https?://[^/]+(\S+/claim/\S+)", arrived(app, "claim-link", "hello@lunch.example"))[1])
    assert "A second person looks at it" in pressed(client, letter).text
    claim = db.session.scalars(select(Claim).where(Claim.state == ClaimState.PROVED)).one()

    client.sign_in(senior)
    with writing():
        for row in db.session.scalars(select(SignIn)):
            row.made_at = row.seen_at = row.proved_at = hands[0]
    job = pressed(client, client.get(f"/desk/claims/{claim.id}"), "/hold")
    assert "Mallory" in job.text
    assert "They lead its editors now" in pressed(client, job, f"/{claim.id}", press="lead").text
    assert {(each.account.display_name, each.leads) for each in db.session.scalars(select(Editorship))} == {
        ("Mallory", False),
        ("Ann", True),
    }

    hands[0] += timedelta(days=91)
    retention.forget(now=hands[0])
    db.session.refresh(asked)
    assert (asked.evidence, asked.state) == ("", ClaimState.GRANTED)


def test_nobody_answers(app, client, table, hands):
    newcomer(app, client, "ann@example.org", "Ann", "mail hello@lunch.example")
    hands[0] += timedelta(days=14)
    assert claim_ends.lapse(now=hands[0]) == 1
    for kind, address in (("claim-lapsed", "ann@example.org"), ("claim-over", "hello@lunch.example")):
        assert arrived(app, kind, address)
    ann = db.session.scalars(select(Account)).one()
    client.sign_in(ann)
    with writing():
        for row in db.session.scalars(select(SignIn)):
            row.made_at = row.seen_at = row.proved_at = hands[0]
    assert "Nobody answered within 14 days." in client.get("/account/").text
    page = client.get(f"{TABLE}/claim/yours")
    assert "You asked for this before." in page.text
    assert "A volunteer rings" in pressed(client, page, "/claim/yours", way="phone 01632 960142").text
