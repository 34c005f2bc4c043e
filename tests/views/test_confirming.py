"""The page behind the link in a letter: looking changes nothing, one press is enough, and no other secret opens it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from directory.actions import confirming
from directory.actions import freshness as actions
from directory.actions import listings as listing_actions
from directory.extensions import db, writing
from directory.models import (
    Attempt,
    Check,
    ConfirmLink,
    ContactPoint,
    Editorship,
    Fact,
    Letter,
    Means,
    NoLetters,
    Outcome,
    Report,
    Status,
    Suggestion,
    Task,
    Voice,
)
from directory.models.freshness import later
from directory.queries.accounts import digest


def now():
    return datetime.now(UTC)


@pytest.fixture
def table(make, vocabulary, amina):
    day = later(now().date(), -5)
    listing = make.listing(
        "Welcome Table",
        venue="Village Hall",
        session={},
        organisation="Lunch Club",
        contacts=[("phone", "01632 960142"), ("email", "hello@lunch.example")],
        cost="paid",
        cost_amount=3,
        room="waiting",
        room_said_on=now().date() - timedelta(days=3),
        checked_on=day,
        checks=[
            Check(fact=fact, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=day)
            for fact in (Fact.RUNNING, Fact.TIMES, Fact.CONTACT)
        ],
    )
    with writing():
        db.session.add(
            Editorship(account_id=amina.id, organisation_id=listing.organisation_id, since=now() - timedelta(days=90), leads=True)
        )
    return listing


@pytest.fixture
def address(table):
    """Where the letter of today leads."""
    for _ in range(2):
        actions.sweep(now=now())
    return address_in(db.session.scalars(select(Letter)).one())


def address_in(letter):
    _, slug, token = letter.facts["secrets"][0]
    return f"/listings/{slug}/confirm/{token}"


def fields_of(page):
    """What a browser would send of the long form, without a press."""
    form = page[page.rindex("<form", 0, page.index('name="do" value="send" tabindex')) :]
    form = form[: form.index("</form>")]
    sent = []
    for tag in re.findall(r"<input[^>]*>", form):
        given = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if given.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        sent.append((given["name"], given.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent.append((name, text))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent.append((name, chosen[1] if chosen else ""))
    return [(name, value.replace("&#39;", "'")) for name, value in sent]


def send(client, address, **answers):
    given = dict(fields_of(client.get(address).text)) | answers | {"do": "send"}
    return client.post(address, data=given)


def test_looking_changes_nothing_and_shows_each_fact(client, address, table):
    for _ in range(3):
        response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    for words in (
        "Day and time",
        "Wednesdays, noon to 2pm",
        "£3",
        "01632 960142",
        "Waiting list",
        "All still right",
        "Cannot say",
    ):
        assert words in response.text
    assert not re.search(r'name="said-[^>]*checked', response.text), "nothing is ticked beforehand"
    assert db.session.scalars(select(ConfirmLink)).one().used_at is None
    assert table.checked_on == later(now().date(), -5)


def test_one_press_and_the_listing_says_so(client, address, table):
    base = re.search(r'name="base" value="(\d+)"', client.get(address).text)[1]
    response = client.post(address, data={"do": "all", "base": base})
    assert (response.status_code, response.headers["Location"]) == (303, f"/listings/{table.slug}")
    assert "Checked today by the group" in client.get(f"/listings/{table.slug}").text
    assert table.room_said_on == now().date()
    again = client.get(address)
    assert (again.status_code, "Thank you" in again.text) == (200, True)
    count = len(table.checks)
    client.post(address, data={"do": "all", "base": base})
    assert len(table.checks) == count, "a link works once"


def test_a_token_of_another_listing_a_forged_and_an_old_one_change_nothing(client, address, table, make):
    other = make.listing("Other", checked_on=later(now().date(), -5))
    token = address.rpartition("/")[2]
    with writing():
        db.session.scalars(select(ConfirmLink)).one().ends_at = now() - timedelta(days=1)
    for wrong, status in (
        (f"/listings/{other.slug}/confirm/{token}", 404),
        (f"/listings/{table.slug}/confirm/{token[:-1]}", 404),
        (f"/listings/{table.slug}/confirm/{token.swapcase()}", 404),
        (address, 410),
    ):
        assert client.get(wrong).status_code == status
        for do in ("all", "stopped", "no-letters", "send"):
            assert client.post(wrong, data={"do": do, "base": "0", "said-times": "right"}).status_code == status
    assert (table.status, table.checked_on, other.checked_on) == (Status.PUBLISHED, *[later(now().date(), -5)] * 2)
    assert db.session.scalars(select(NoLetters)).all() == []


def test_an_old_link_says_what_it_was_for_and_mails_a_new_one(client, address, amina):
    with writing():
        db.session.scalars(select(ConfirmLink)).one().ends_at = now() - timedelta(days=1)
    page = client.get(address).text
    assert "whether Welcome Table is still right" in page
    assert "Send me a new link" in page
    assert amina.email not in page
    assert "Look in your email" in client.post(address, data={"do": "link"}).text
    newest = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert (newest.kind, newest.to_address) == ("still-right-link", amina.email)
    assert client.get(address_in(newest)).status_code == 200


def test_some_right_some_changed(client, address, table):
    response = send(
        client, address, **{"said-times": "right", "said-cost": "changed", "cost_amount": "4", "said-contact": "unsure"}
    )
    assert (response.status_code, response.headers["Location"]) == (303, address)
    assert table.cost_words == "£4"
    assert {check.fact for check in table.checks if check.checked_on == now().date()} == {Fact.RUNNING, Fact.TIMES, Fact.COST}
    assert [suggestion.state.value for suggestion in db.session.scalars(select(Suggestion))] == ["live"]
    assert len(table.sessions) == 1, "what was not touched stays"


def test_a_changed_time_goes_live(client, address, table):
    response = send(client, address, **{"said-times": "changed", "sessions-0-opens": "13:00", "sessions-0-closes": "15:00"})
    assert response.status_code == 303
    assert table.when_words(now().date()) == ["Wednesdays, 1pm to 3pm"]
    assert [venue.name for venue in table.venues] == ["Village Hall"]


def test_a_changed_number_waits_and_a_changed_place_is_a_report(client, address, table):
    send(client, address, **{"said-contact": "changed", "phone": "01632 960999", "said-place": "changed", "place": "The chapel."})
    assert table.phone.value == "01632 960142"
    (suggestion,) = db.session.scalars(select(Suggestion))
    assert (suggestion.state.value, suggestion.fields) == ("waiting", ["contacts"])
    assert [report.text for report in db.session.scalars(select(Report))] == ["Place: The chapel."]


def test_room_alone_can_be_said(client, address, table):
    send(client, address, **{"room": "full", "room_until": (now().date() + timedelta(days=40)).isoformat()})
    assert table.room_words(now().date()).startswith("Full until")


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Choose “Still right” or “Changed” for at least one thing."),
        ({"said-cost": "changed"}, "Write what it is now, or choose “Cannot say”."),
        ({"said-place": "changed"}, "Write what it is now, or choose “Cannot say”."),
        ({"said-contact": "changed", "phone": "12"}, "Give all the digits"),
        ({"more": "My patient comes, NHS number 943 476 5919."}, "This looks like an NHS number."),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_the_link(client, address, answers, sentence):
    response = send(client, address, **{"first_visit": "Somebody meets you at the door.", **answers} if answers else answers)
    assert response.status_code == 422
    assert "<title>Mistakes to fix: " in response.text
    assert sentence in response.text
    if answers:
        assert "Somebody meets you at the door." in response.text
    assert db.session.scalars(select(ConfirmLink)).one().used_at is None


def test_what_changed_meanwhile_is_shown_and_what_was_typed_is_kept(client, address, table):
    told = {"by_voice": Voice.STAFF, "door": "page", "now": now()}
    listing_actions.change(table, version=table.version, summary="A hot lunch.", **told)
    given = dict(fields_of(client.get(address).text)) | {"said-cost": "changed", "cost_amount": "5", "do": "send"}
    listing_actions.change(table, version=table.version, first_visit="A bell rings at noon.", **told)
    response = client.post(address, data=given)
    assert response.status_code == 409
    assert "A bell rings at noon." in response.text
    assert 'name="cost_amount" type="text" value="5' in response.text
    assert client.post(address, data=dict(fields_of(response.text)) | {"do": "send"}).status_code == 303
    assert (table.cost_words, table.first_visit) == ("£5", "A bell rings at noon.")


def test_we_have_stopped_and_do_not_write_again(client, address, table, make, amina):
    assert client.post(address, data={"do": "no-letters"}).status_code == 303
    assert len(db.session.scalars(select(NoLetters)).all()) == 1
    assert len(db.session.scalars(select(Task)).all()) == 1
    confirming.send_again(db.session.scalars(select(ConfirmLink)).one(), now=now())
    newest = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert client.post(address_in(newest), data={"do": "stopped"}).headers["Location"] == f"/listings/{table.slug}"
    assert "This has stopped" in client.get(f"/listings/{table.slug}").text


def test_an_editor_presses_still_right_and_nobody_else_may(client, table, amina, bilal):
    there = f"/listings/{table.slug}/still-right"
    base = {"base": str(table.revision_number)}
    client.sign_in(bilal)
    assert client.post(there, data=base).status_code == 403
    client.sign_in(amina)
    assert client.post(there, data={"base": "99"}).status_code == 409
    fragment = client.post(there, data=base, headers={"HX-Request": "true", "HX-Target": f"still_right-{table.id}"})
    assert "Checked today by the group" in fragment.text
    assert "<html" not in fragment.text
    assert client.post(there, data=base | {"base": str(table.revision_number)}).headers["Location"] == "/account/"


def test_the_page_asks_as_much_with_thirty_times_as_with_one(client, make, statements):
    counts = []
    for number in (1, 30):
        listing = make.listing(f"Group {number}", venue="Hall", session=[{} for _ in range(number)])
        with writing():
            link = ConfirmLink(
                listing_id=listing.id, address="a@b.example", token_hash="", made_at=now(), ends_at=now() + timedelta(9)
            )
            link.token_hash = digest(f"token{number}")
            listing.contact_points.append(ContactPoint(kind="email", value="a@b.example"))
            db.session.add(link)
        client.get(f"/listings/{listing.slug}/confirm/token{number}")
        statements.clear()
        assert client.get(f"/listings/{listing.slug}/confirm/token{number}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_listing_that_nobody_could_reach_says_so(client, make, stella, cai):
    listing = make.listing("Silent", checked_on=later(now().date(), -8))
    for _ in range(2):
        actions.sweep(now=now())
    task = db.session.scalars(select(Task)).one()
    with writing():
        for number, person in enumerate((stella, cai, stella, cai)):
            when = now() + timedelta(days=number, hours=number)
            attempt = Attempt(task_id=task.id, account_id=person.id, means=Means.PHONE, outcome=Outcome.NO_ANSWER, made_at=when)
            db.session.add(attempt)
    assert "could not reach them" not in client.get(f"/listings/{listing.slug}").text
    actions.sweep(now=now())
    page = client.get(f"/listings/{listing.slug}").text
    assert "Not checked for 8 months" in page
    assert "could not reach them" in page


def test_what_is_private_stays_private(client, address, table):
    with writing():
        table.confidential_location = True
        table.contact_points[0].public = False
    page = client.get(address).text
    assert "01632 960142" not in page
    assert "Village Hall" not in page
    send(client, address, **{"said-cost": "changed", "cost_amount": "4"})
    assert (table.cost_words, len(table.sessions), table.sessions[0].venue.name) == ("£4", 1, "Village Hall")
    assert [(point.value, point.public) for point in table.contact_points] == [
        ("01632 960142", False),
        ("hello@lunch.example", True),
    ]


def test_a_changed_time_of_a_private_place_keeps_the_place(client, address, table):
    with writing():
        table.confidential_location = True
    send(client, address, **{"said-times": "changed", "sessions-0-opens": "13:00", "sessions-0-closes": "15:00"})
    assert (table.sessions[0].opens.hour, table.sessions[0].venue.name) == (13, "Village Hall")


def test_a_button_of_the_times_uses_nothing_up(client, address, table):
    given = dict(fields_of(client.get(address).text)) | {"do": "add-session", "more": "We moved the piano."}
    page = client.post(address, data=given)
    assert page.status_code == 200
    assert "Time 2" in page.text
    assert "We moved the piano." in page.text
    assert client.get(address).status_code == 200
    assert len(table.sessions) == 1


def test_a_suspended_editor_cannot_use_the_link(client, address, table, amina):
    with writing():
        amina.suspended_at = now()
    assert client.get(address).status_code == 410
    assert client.post(address, data={"do": "all", "base": str(table.revision_number)}).status_code == 410
    assert client.post(address, data={"do": "link"}).status_code == 410
    assert table.checked_on == later(now().date(), -5)
