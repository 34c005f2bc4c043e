"""Pages about doubles: a word while something is added, who sees the desk, and what each press does."""

import re

import pytest
from sqlalchemy import select

from directory.actions import duplicates as actions
from directory.actions import listings
from directory.extensions import db, writing
from directory.models import Pair, PairState, Status, Suggestion, Voice, records

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
        ({"name": "welcome table"}, "It has the same name."),
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
    near = likely(client, name="Welcome Tables", postcode="NR25 6BL").text
    assert "Welcome Table</a>" in near
    assert "nearly the same name" in near
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
    # Each has a number that the other lacks, so what comes first loses neither.
    assert re.search(r'name="side-contacts" value="both" checked>', page.text)
    assert page.text.index('name="side-contacts" value="both"') < page.text.index('name="side-contacts" value="first"')
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
    again = client.post(f"{address}/merge", data={"seen": seen})
    assert (again.status_code, again.location) == (303, "/listings/welcome-table")
    assert client.post(f"{address}/merge", data={"seen": "another"}).status_code == 409
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


# One listing that is two


@pytest.fixture
def busy(make, vocabulary, now):
    listing = make.listing(
        "Busy Hall", summary="Lunch and songs.", session={"rrule": "FREQ=WEEKLY;BYDAY=WE"}, venue="Village Hall"
    )
    record = records.document(listing)
    second = {**record["sessions"][0], "rrule": "FREQ=WEEKLY;BYDAY=FR"}
    given = {"by_voice": Voice.STAFF, "door": "command", "now": now}
    listings.change(listing, version=listing.version, sessions=[*record["sessions"], second], venues=record["venues"], **given)
    return listing


def split_form(listing, **given):
    return {"sessions": "1", "name": "Friday Songs", "reason": "Two things.", "number": listing.revision_number, **given}


def test_sessions_are_split_off_by_two_people_without_a_script(client, busy, stella, ida):
    client.sign_in(stella)
    assert f"/listings/{busy.slug}/split" in client.get(f"/listings/{busy.slug}/versions").text
    page = client.get(f"/listings/{busy.slug}/split")
    assert page.text.count('type="checkbox"') == 2
    assert "Friday" in page.text
    answer = client.post(f"/listings/{busy.slug}/split", data=split_form(busy))
    assert (answer.status_code, answer.location) == (303, f"/listings/{busy.slug}/split")
    page = client.get(answer.location).text
    assert "You proposed a listing of its own, “Friday Songs”" in page
    assert "Take it back" in page
    assert "Split it as proposed" not in page
    assert "Listings to be split" not in client.get("/desk/review").text
    client.sign_in(ida)
    assert f"/listings/{busy.slug}/split" in client.get("/desk/review").text
    assert "A split is proposed" in client.get(f"/listings/{busy.slug}/versions").text
    page = client.get(f"/listings/{busy.slug}/split").text
    assert "Stella proposed" in page
    uid = db.session.scalars(select(Suggestion.uid)).one()
    assert client.get(f"/desk/review/{uid}").location == f"/listings/{busy.slug}/split"
    answer = client.post(f"/desk/splits/{uid}/split")
    assert answer.status_code == 303
    assert "Accepted by the lead" in client.get(answer.location).text
    assert "one time only" in client.get(f"/listings/{busy.slug}/split").text
    again = client.post(f"/desk/splits/{uid}/split")
    assert (again.status_code, again.location) == (303, answer.location)


def test_what_was_typed_about_a_split_is_kept(client, busy, stella, cai):
    client.sign_in(stella)
    answer = client.post(f"/listings/{busy.slug}/split", data=split_form(busy, reason=""))
    assert (answer.status_code, 'value="Friday Songs"' in answer.text) == (422, True)
    assert 'value="1" checked' in answer.text
    assert "Mistakes to fix" in answer.text
    for odd in ({"sessions": []}, {"sessions": ["0", "1"]}, {"sessions": "x"}, {"sessions": "77777"}, {"name": "·"}):
        answer = client.post(f"/listings/{busy.slug}/split", data=split_form(busy, **odd))
        assert (answer.status_code, "Two things." in answer.text) == (422, True), odd
    for number in (busy.revision_number - 1, "x", ""):
        answer = client.post(f"/listings/{busy.slug}/split", data=split_form(busy, number=number))
        assert answer.status_code in (409, 422)
        assert 'value="Friday Songs"' in answer.text
    assert db.session.scalars(select(Suggestion)).all() == []
    client.post(f"/listings/{busy.slug}/split", data=split_form(busy))
    client.sign_in(cai)
    answer = client.post(f"/listings/{busy.slug}/split", data=split_form(busy, name="Choir"))
    assert (answer.status_code, ">Choir</p>" in answer.text) == (409, True)
    again = client.post(f"/listings/{busy.slug}/split", data=split_form(busy, name="Choir", do="again"))
    assert (again.status_code, ">Choir</p>" in again.text) == (200, True)


def test_a_split_is_refused_with_a_reason_by_those_who_decide(client, busy, stella, cai, ida):
    client.sign_in(stella)
    client.post(f"/listings/{busy.slug}/split", data=split_form(busy))
    uid = db.session.scalars(select(Suggestion.uid)).one()
    client.sign_in(cai)
    for press in ("split", "refuse"):
        assert client.post(f"/desk/splits/{uid}/{press}", data={"words": "No."}).status_code == 403
    client.sign_in(ida)
    assert client.post(f"/desk/splits/{uid}/refuse").status_code == 422
    assert client.post(f"/desk/splits/{uid}/refuse", data={"words": "It is one group."}).status_code == 303
    client.sign_in(stella)
    assert "“It is one group.”" in client.get("/account/listings").text


def test_a_split_tells_nobody_where_a_private_address_is(client, busy, stella, now):
    listings.change(busy, version=busy.version, by_voice=Voice.STAFF, door="command", now=now, confidential_location=True)
    client.sign_in(stella)
    assert "Village Hall" not in client.get(f"/listings/{busy.slug}/split").text
    client.post(f"/listings/{busy.slug}/split", data=split_form(busy))
    page = client.get(f"/listings/{busy.slug}/split").text
    assert ("Friday Songs" in page, "Village Hall" in page) == (True, False)


def test_the_desk_lists_thirty_splits_with_as_many_statements_as_one(client, make, busy, stella, ida, statements, now):
    client.sign_in(ida)

    def propose(listing):
        given = {"sort": "split", "record": {"name": "x", "sessions": []}, "fields": [], "state": "waiting"}
        make.saved(Suggestion, listing_id=listing.id, made_at=now, account_id=stella.id, voice="volunteer", door="page", **given)

    def asked():
        statements.clear()
        assert "Listings to be split" in client.get("/desk/review").text
        return len(statements)

    propose(busy)
    client.get("/desk/review")
    one = asked()
    for number in range(29):
        propose(make.listing(f"Hall {number}"))
    assert asked() == one
