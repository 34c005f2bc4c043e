"""Pages about doubles: a word while something is added, who sees the desk, and what each press does."""

import pytest
from sqlalchemy import select

from directory.actions import duplicates as actions
from directory.actions import listings
from directory.extensions import db, writing
from directory.models import Pair, PairState, Status, Voice

HOLT = (52.9060, 1.0880)
PHONE = ("phone", "01632 960142")


@pytest.fixture
def table(make, vocabulary):
    return make.listing(
        "Welcome Table", at=HOLT, contacts=[PHONE, ("email", "table@example.org")], website="https://example.org/table"
    )


@pytest.fixture
def pair(make, table, now):
    make.listing("The Welcome Table", at=HOLT, description="Soup.", contacts=[("phone", "01632 960777")])
    for listing in db.session.scalars(select(type(table))).all():
        listings.change(listing, version=listing.version, by_voice=Voice.STAFF, door="command", now=now, alert="New here")
    actions.find(now=now)
    return db.session.scalars(select(Pair)).one()


def likely(client, **typed):
    return client.get("/listings/new/likely", query_string=typed, headers={"HX-Target": "likely"})


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"phone": "+44 1632 960142"}, "the same phone number"),
        ({"email": "Table@example.org"}, "the same email address"),
        ({"website": "www.example.org/table/"}, "the same web address"),
        ({"name": "welcome table"}, "nearly the same name"),
        ({"name": "Welcome Table", "phone": "01632960142"}, "the same phone number"),
    ],
)
def test_a_word_while_something_is_added_says_what_it_may_be(client, table, typed, reason):
    answer = likely(client, **typed)
    assert answer.text.startswith('<div id="likely">')
    assert "Welcome Table</a>" in answer.text
    assert reason in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_near_name_has_to_be_near(client, make, real_places):
    make.listing("Welcome Table", at=HOLT)
    assert "Welcome Table</a>" in likely(client, name="Welcome Tables", postcode="NR25 6BL").text
    assert "Welcome Table</a>" not in likely(client, name="Welcome Table", postcode="M1 1AE").text


@pytest.mark.parametrize(
    "typed", [{}, {"name": "x"}, {"name": "Knit"}, {"phone": "0"}, {"postcode": "nowhere"}, {"name": "%\x00_"}]
)
def test_nothing_alike_is_said_as_nothing(client, table, typed):
    assert likely(client, **typed).text.startswith('<div id="likely"></div>')


@pytest.mark.parametrize("given", [{"status": Status.HIDDEN}, {"status": Status.DRAFT}, {"confidential_location": True}])
def test_what_is_not_for_everybody_never_leaks(client, make, given):
    make.listing("Safe House", at=HOLT, contacts=[PHONE], website="https://example.org/safe", **given)
    for typed in ({"name": "Safe House"}, {"phone": PHONE[1]}, {"website": "example.org/safe"}):
        assert "Safe" not in likely(client, **typed).text.replace("safe-area", "")


def test_a_private_number_never_leaks(client, make, table):
    with writing():
        table.contact_points[0].public = False
    assert likely(client, phone=PHONE[1]).text.startswith('<div id="likely"></div>')


def test_a_word_costs_the_same_for_one_and_for_thirty(client, make, statements, real_places):
    def count():
        likely(client, name="Chair yoga", phone=PHONE[1], postcode="NR25 6BL")
        statements.clear()
        likely(client, name="Chair yoga", phone=PHONE[1], postcode="NR25 6BL")
        return len(statements)

    make.listing("Chair yoga", at=HOLT, contacts=[PHONE])
    one = count()
    for _ in range(29):
        make.listing("Chair yoga", at=HOLT, contacts=[PHONE])
    assert count() == one


def test_without_a_script_there_is_a_page(client, table):
    page = client.get("/listings/new/likely?name=Welcome+Table")
    assert "<h1>Is it here already?</h1>" in page.text
    assert "Welcome Table</a>" in page.text


def test_the_desk_is_for_curators(client, pair, amina, stella):
    assert client.get("/desk/duplicates").status_code == 303
    client.sign_in(amina)
    assert client.get("/desk/duplicates").status_code == 403
    assert client.get(f"/desk/duplicates/{pair.id}").status_code == 403
    client.sign_in(stella)
    page = client.get("/desk/duplicates")
    assert "Welcome Table and The Welcome Table" in page.text
    assert "Nearly the same name" in page.text
    assert client.get("/desk/duplicates/999").status_code == 404


def test_the_list_costs_the_same_for_one_pair_and_for_thirty(client, make, pair, stella, statements, now):
    client.sign_in(stella)

    def count():
        statements.clear()
        client.get("/desk/duplicates")
        return len(statements)

    one = count()
    for number in range(8):
        make.listing("Welcome Table", at=HOLT, organisation=f"Club {number}")
    actions.find(now=now)
    assert db.session.query(Pair).count() > 30
    assert count() == one


def test_both_stand_side_by_side_and_are_told_apart(client, pair, stella):
    client.sign_in(stella)
    page = client.get(f"/desk/duplicates/{pair.id}")
    assert "Phone: 01632 960142" in page.text
    assert "<del>" not in page.text
    assert 'name="side-contacts" value="both"' in page.text
    assert 'name="side-name" value="both"' not in page.text
    answer = client.post(f"/desk/duplicates/{pair.id}/apart", data={"differ": ""})
    assert answer.status_code == 422
    assert "Mistakes to fix: Are these two the same?" in answer.text
    answer = client.post(f"/desk/duplicates/{pair.id}/apart", data={"differ": "One is for children."})
    assert (answer.status_code, answer.location) == (303, "/desk/duplicates")
    assert db.session.get(Pair, pair.id).state is PairState.NOT_THE_SAME
    assert "These are two. One is for children." in client.get(f"/desk/duplicates/{pair.id}").text


def test_one_proposes_another_merges_and_the_old_address_leads_on(client, make, pair, table, stella, ida):
    client.sign_in(stella)
    address = f"/desk/duplicates/{pair.id}"
    assert client.post(f"{address}/propose", data={"kept": "neither"}).status_code == 422
    sent = {"kept": "first", "side-description": "second", "side-contacts": "both", "note": "I rang the cook."}
    assert client.post(f"{address}/propose", data=sent).status_code == 303
    page = client.get(address).text
    assert "You proposed to merge them." in page
    assert "Merge them as proposed" not in page
    seen = db.session.get(Pair, pair.id).record["proposed_at"]
    assert client.post(f"{address}/merge", data={"seen": seen}).status_code == 403
    client.sign_in(ida)
    page = client.get(address).text
    assert f'name="seen" value="{seen}"' in page
    assert "I rang the cook." in page
    answer = client.post(f"{address}/merge", data={"seen": seen})
    assert (answer.status_code, answer.location) == (303, "/listings/welcome-table")
    moved = client.get("/listings/the-welcome-table")
    assert (moved.status_code, moved.location) == (301, "/listings/welcome-table")
    assert "Soup." in client.get("/listings/welcome-table").text
    assert client.post(f"{address}/merge", data={"seen": seen}).status_code == 409
    assert "These were merged." in client.get(address).text
    assert "Take them apart" not in client.get(address).text
    client.sign_in(make.account("Sana", role="senior"))
    assert "Take them apart" in client.get(address).text
    assert client.post(f"{address}/part", data={"why": ""}).status_code == 422
    assert client.post(f"{address}/part", data={"why": "Two kitchens."}).status_code == 303
    assert client.get("/listings/the-welcome-table").status_code == 200


def test_a_private_address_is_not_on_the_page(client, make, stella, now):
    given = {"organisation": "Shelter", "contacts": [PHONE], "confidential_location": True}
    make.listing("Safe House", venue="Hidden Hall", **given)
    make.listing("Safe House", venue="Hidden Hall", description="A bed.", **given)
    actions.find(now=now)
    (pair,) = db.session.scalars(select(Pair)).all()
    client.sign_in(stella)
    page = client.get(f"/desk/duplicates/{pair.id}")
    assert page.status_code == 200
    assert "Hidden Hall" not in page.text
