"""What everybody may read of a listing's history, what only curators may, and the ways back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import curation, listings, suggestions
from directory.extensions import db, writing
from directory.models import Editorship, Letter, Lock, Pair, Revision, Status, Voice, records
from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled

WEEKLY = {"rrule": "FREQ=WEEKLY;BYDAY=WE"}


@pytest.fixture
def table(make, vocabulary):
    return make.listing("Welcome Table", organisation="Lunch Club", venue="Village Hall", session=WEEKLY, summary="A hot lunch.")


def change(listing, account=None, voice=Voice.GROUP, reason="", now=NOW, **values):
    number = listing.version
    given = {"by_voice": voice, "door": "page", "now": now, "account": account, "reason": reason}
    listings.change(listing, version=number, **given, **values)


def contact(value, *, public):
    return {"kind": "phone", "value": value, "note": "", "public": public}


def test_everybody_sees_that_it_changed_and_no_word_of_it(client, table, amina, stella):
    change(table, amina, summary="Zebra soup.", reason="My private reason")
    change(table, stella, Voice.VOLUNTEER, contacts=[contact("01632 960777", public=False)], reason="Rang the hall")
    page = client.get("/listings/welcome-table/history")
    assert "Set-Cookie" not in page.headers
    assert "How to get in touch" in page.text
    assert "A volunteer, Stella, on this site. Rang the hall." in page.text
    assert "The group, on this site." in page.text
    for secret in ("Zebra", "960777", "Amina", "private reason"):
        assert secret not in page.text
    assert client.get("/listings/welcome-table/versions").status_code == 303


def test_each_part_is_told_by_its_own_name(client, table, amina, stella):
    change(table, amina, summary="A lunch.")
    change(table, amina, first_visit="There is a quiet corner.")
    told = client.get("/listings/welcome-table/history").text
    assert "<b>What it is like</b>" in told
    assert "How to join" not in told
    change(table, amina, first_visit="Two quiet corners.", application_process="Just come.", room="full", summary="Soup.")
    told = client.get("/listings/welcome-table/history").text
    assert "<b>What it is, how to join, what it is like, room for new people</b>" in told
    client.sign_in(stella)
    assert "Version 2: what it is like" in client.get("/listings/welcome-table/versions").text


def test_a_private_address_and_a_hidden_listing_have_no_history_for_everybody(client, make, vocabulary, table, stella):
    house = make.listing("Safe House", confidential_location=True, venue="Hidden Hall", session=WEEKLY)
    change(house, stella, Voice.VOLUNTEER, summary="New.")
    assert client.get("/listings/safe-house/history").status_code == 404
    listings.withdraw(table, by_voice=Voice.STAFF, door="page", now=NOW)
    assert client.get("/listings/welcome-table/history").status_code == 404
    client.sign_in(stella)
    assert client.get("/listings/welcome-table/versions").status_code == 200
    version = client.get(f"/listings/safe-house/versions/{house.revision_number}")
    assert "Hidden Hall" not in version.text


def test_a_curator_sees_every_word_and_brings_one_back(client, table, amina, stella):
    change(table, amina, summary="A hot lunch for 18 people.")
    change(table, amina, summary="Buy my book.")
    client.sign_in(stella)
    assert "Version 2: what it is" in client.get("/listings/welcome-table/versions").text
    page = client.get("/listings/welcome-table/versions/1").text
    assert "<del>Buy my book.</del>" in page
    wrong = client.post("/listings/welcome-table/versions/1", data={"reason": ""})
    assert (wrong.status_code, "Say why." in wrong.text) == (422, True)
    done = client.post("/listings/welcome-table/versions/1", data={"reason": "Better before"})
    assert done.headers["Location"] == "/listings/welcome-table/versions"
    assert (table.summary, table.revision_number) == ("A hot lunch for 18 people.", 3)
    assert "Brings back version 1." in client.get("/listings/welcome-table/versions").text
    assert client.post("/listings/welcome-table/versions/3", data={"reason": "Again"}).status_code == 422
    assert client.get("/listings/welcome-table/versions/9").status_code == 404
    assert "These are the words of today" in client.get("/listings/welcome-table/versions/3").text


def test_only_those_who_may_bring_words_back(client, table, amina, lena, otto, make):
    change(table, amina, summary="One.")
    own = make.account("Own", role="curator")
    with writing():
        db.session.add(Editorship(account_id=own.id, organisation_id=table.organisation_id, since=NOW))
    for person in (amina, lena, otto, own):
        client.sign_in(person)
        assert client.post("/listings/welcome-table/versions/1", data={"reason": "Mine"}).status_code == 403


def test_a_page_of_versions_takes_as_many_statements_for_thirty_as_for_one(client, table, stella, make, statements):
    counts = {}
    for path in ("history", "versions"):
        client.sign_in(stella)
        for _ in range(2):
            client.get(f"/listings/welcome-table/{path}")
    change(table, make.account("First"), summary="One.")
    for count in (1, 30):
        while table.revision_number < count:
            change(table, make.account(f"Editor {table.revision_number}"), summary=f"Words {table.revision_number}")
        for path in ("history", "versions"):
            statements.clear()
            client.get(f"/listings/welcome-table/{path}")
            counts.setdefault(path, []).append(len(statements))
    assert all(one == thirty for one, thirty in counts.values())


def test_a_long_history_goes_on_a_page_further(client, table, amina):
    for number in range(60):
        change(table, amina, summary=f"Words {number}")
    first = client.get("/listings/welcome-table/history").text
    assert (first.count("<li><span><b>"), "before=11" in first) == (50, True)
    rest = client.get("/listings/welcome-table/history?before=11").text
    assert (rest.count("<li><span><b>"), "Older ones" in rest) == (10, False)
    assert client.get("/listings/welcome-table/history?before=x").status_code == 200


def test_hiding_takes_a_reason_and_the_lead_publishes_again(client, table, stella, amina, ida):
    change(table, amina, summary="One.")
    client.sign_in(amina)
    assert client.post("/listings/welcome-table/hide", data={"reason": "I do not like it"}).status_code == 403
    client.sign_in(stella)
    assert client.post("/listings/welcome-table/hide", data={"reason": ""}).status_code == 422
    assert table.status is Status.PUBLISHED
    assert client.post("/listings/welcome-table/hide", data={"reason": "A false number"}).status_code == 303
    assert client.get("/listings/welcome-table").location == "/listings/welcome-table/versions"
    assert [letter.kind for letter in db.session.scalars(select(Letter))] == ["hidden"]
    assert client.post("/listings/welcome-table/hide", data={"reason": "A false number"}).status_code == 303  # pressed twice
    assert client.post("/listings/welcome-table/hide", data={"reason": "Again"}).status_code == 409
    assert [letter.kind for letter in db.session.scalars(select(Letter))] == ["hidden"]
    assert "The lead of the area decides" in client.get("/listings/welcome-table/versions").text
    assert client.post("/listings/welcome-table/publish", data={"reason": "It is right"}).status_code == 403
    client.sign_in(ida)
    assert client.post("/listings/welcome-table/publish", data={"reason": ""}).status_code == 422
    assert client.post("/listings/welcome-table/publish", data={"reason": "The number is right"}).status_code == 303
    history = client.get("/listings/welcome-table/history").text
    assert "A false number" not in history
    assert "The number is right" not in history
    assert "Taken down" in history
    assert client.post("/listings/welcome-table/publish", data={"reason": "Twice"}).status_code == 409


def test_everything_an_account_changed_is_taken_back_since_a_moment(client, make, table, amina, bilal, ida, stella):
    other = make.listing("Chess Club", summary="Chess.")
    for listing, words in ((table, "Good words."), (other, "Good chess.")):
        change(listing, bilal, summary=words, now=NOW - timedelta(days=2))
    change(table, amina, summary="Spam.")
    change(other, amina, summary="Spam chess.")
    change(table, bilal, summary="Better words.")
    client.sign_in(stella)
    page = client.get(f"/desk/accounts/{amina.uid}").text
    assert "What Amina changed" in page
    assert "2 changes" in page
    assert "Take it all back" not in page
    assert client.post(f"/desk/accounts/{amina.uid}/take-back", data={}).status_code == 403
    client.sign_in(ida)
    for wrong in ({"since": "yesterday"}, {"since": "2026-11-19", "hour": "25:00"}, {"since": "", "reason": "Spam"}):
        assert client.post(f"/desk/accounts/{amina.uid}/take-back", data=wrong).status_code == 422
    done = client.post(f"/desk/accounts/{amina.uid}/take-back", data={"since": "2026-11-19", "hour": "08:00", "reason": "Spam"})
    assert "Taken back: 1 listing" in done.text
    assert "Welcome Table</a>: In one line" in done.text
    assert (table.summary, other.summary) == ("Better words.", "Good chess.")
    history = client.get("/listings/chess-club/history").text
    assert "Taken back by the lead of an area." in history
    assert "Spam" not in history
    assert "Spam" in client.get("/listings/chess-club/versions").text
    assert client.get("/desk/accounts/no-such").status_code == 404


def test_the_page_of_an_account_takes_as_many_statements_for_thirty_as_for_one(
    client, make, vocabulary, amina, stella, statements
):
    counts = []
    client.sign_in(stella)
    for count in (1, 29):
        for number in range(count):
            change(make.listing(f"Group {count} {number}"), amina, summary="New.")
        client.get(f"/desk/accounts/{amina.uid}")
        statements.clear()
        client.get(f"/desk/accounts/{amina.uid}")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_locks_are_made_listed_and_lifted_by_those_who_decide(client, make, table, stella, ida, statements):
    until = (clock.now() + timedelta(days=20)).date().isoformat()
    told = {"what": "listing", "which": "welcome-table", "until": until, "reason": "A quarrel"}
    client.sign_in(stella)
    assert client.get("/desk/locks").status_code == 403
    assert client.post("/desk/locks", data=told).status_code == 403
    client.sign_in(ida)
    far = (clock.now() + timedelta(days=40)).date().isoformat()
    for wrong in ({"which": "nothing-like-it"}, {"until": far}, {"until": "soon"}, {"reason": ""}, {"what": "area"}):
        answer = client.post("/desk/locks", data={**told, **wrong})
        assert (answer.status_code, "Mistakes to fix: " in answer.text) == (422, True)
        assert db.session.scalars(select(Lock)).all() == []
    assert client.post("/desk/locks", data=told).status_code == 303
    counts = []
    for more in (0, 29):
        for number in range(more):
            make.organisation(f"Club {number}")
            assert client.post("/desk/locks", data={**told, "what": "organisation", "which": f"club-{number}"}).status_code == 303
        statements.clear()
        page = client.get("/desk/locks").text
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert "A quarrel. By Ida" in page
    assert client.post("/desk/locks", data={**told, "what": "area", "which": "nr25"}).status_code == 303
    lock = db.session.scalars(select(Lock).where(Lock.area_code == "NR25")).one()
    assert client.post(f"/desk/locks/{lock.id}/lift").status_code == 303
    assert lock.lifted_at is not None
    assert client.post("/desk/locks/9999/lift").status_code == 404


def test_the_history_grows_by_one_and_only_one(client, table, stella, amina):
    change(table, amina, summary="One.")
    client.sign_in(stella)
    client.post("/listings/welcome-table/hide", data={"reason": "False"})
    numbers = db.session.scalars(select(Revision.number).where(Revision.listing_id == table.id).order_by(Revision.number)).all()
    assert numbers == [1, 2]


def test_who_accepted_it_is_told_by_what_they_do_here(client, table, amina, stella, ida):
    record = {**records.document(table), "contacts": [contact("01632 960555", public=True)]}
    number = table.revision_number
    sent = suggestions.suggest(table, record=record, base_number=number, by=amina, door="page", now=NOW)
    for by in (stella, ida):
        suggestions.agree(sent, by=by, number=number, reached=True, now=NOW)
    change(table, amina, summary="By nobody's leave.")
    client.sign_in(stella)
    page = client.get("/listings/welcome-table/versions").text
    assert page.count("Accepted by a curator and the lead of an area.") == 1
    assert "Accepted by a curator and the lead" in client.get(f"/listings/welcome-table/versions/{number + 1}").text
    assert "Ida" not in page
    client.sign_out()
    assert "Accepted by a curator and the lead of an area." in client.get("/listings/welcome-table/history").text


def test_a_lead_takes_words_out_of_the_history(client, make, vocabulary, ida, stella):
    table = make.listing("Welcome Table", summary="Ask Mrs Pym.")
    for summary in ("Ask for Mrs Pym.", "Ask at the door."):
        given = {"by_voice": Voice.STAFF, "door": "command", "now": NOW}
        listings.change(table, version=table.version, summary=summary, **given)
    address = f"/listings/{table.slug}/versions/take-out"
    client.sign_in(stella)
    assert client.get(address).status_code == 403
    assert address not in client.get(f"/listings/{table.slug}/versions").text
    client.sign_in(ida)
    assert address in client.get(f"/listings/{table.slug}/versions").text
    wrong = client.post(address, data={"words": "Nobody at all", "reason": "She asked us to."})
    assert (wrong.status_code, "Nobody at all" in wrong.text) == (422, True)
    done = client.post(address, data={"words": "mrs pym", "reason": "She asked us to."})
    assert "Taken out in 1 place" in done.text
    page = client.get(f"/listings/{table.slug}/versions/1").text
    assert ("Pym" in page, "She asked us to." in page) == (False, True)


def test_an_administrator_finds_the_way_to_take_words_out(client, make, vocabulary, otto, stella):
    table = make.listing("Welcome Table", summary="Ask Mrs Pym.")
    address = f"/listings/{table.slug}/versions/take-out"
    client.sign_in(stella)
    assert client.get(address).status_code == 403
    client.sign_in(otto)
    assert f"/listings/{table.slug}/history" in client.get(f"/listings/{table.slug}").text
    assert address in client.get(f"/listings/{table.slug}/history").text
    assert client.get(address).status_code == 200


def test_words_are_taken_out_of_what_was_taken_down(client, make, vocabulary, ida, otto, stella, amina):
    """The lead changes what it says without showing it again; whoever runs the site is led to the history alone."""
    table = make.listing("Welcome Table", summary="Ask Mrs Pym.")
    given = {"by_voice": Voice.STAFF, "door": "command", "now": NOW}
    listings.change(table, version=table.version, summary="Ask for Mrs Pym.", **given)
    curation.hide(table, by=stella, reason="A name.", now=NOW)
    own, edit = f"/listings/{table.slug}", f"/listings/{table.slug}/edit"
    for person in (amina, stella, otto):
        client.sign_in(person)
        assert client.get(edit).status_code == 404
    assert client.get(own).headers["Location"] == f"{own}/versions/take-out"  # Otto
    assert client.get(f"{own}/versions/take-out").status_code == 200
    client.sign_in(ida)
    page = client.get(f"{own}/versions").text
    assert (edit in page, f"{own}/versions/take-out" in page) == (True, True)
    still = client.post(f"{own}/versions/take-out", data={"words": "mrs pym", "reason": "She asked us to."})
    assert (still.status_code, "The listing itself says this" in still.text) == (422, True)
    client.post(edit, data=filled(client.get(edit), summary="Ask at the door.", do="send"))
    assert (table.summary, table.status) == ("Ask at the door.", Status.HIDDEN)
    done = client.post(f"{own}/versions/take-out", data={"words": "mrs pym", "reason": "She asked us to."})
    assert "Taken out in" in done.text
    client.sign_out()
    assert client.get(own).status_code == 404


def test_a_merged_listing_leads_to_where_it_is_split_again(client, make, vocabulary, ida, stella):
    first, second = (make.listing(name) for name in ("Welcome Table", "The Welcome Table"))
    told = {"numbers": {str(first.id): 0, str(second.id): 0}, "merged": 0, "status": "published", "sides": {}}
    given = {"first_id": first.id, "second_id": second.id, "score": 0.6, "why": [], "found_at": NOW, "record": told}
    pair = make.saved(Pair, state="merged", kept_id=first.id, decided_by=stella.id, decided_at=NOW, **given)
    assert "“The Welcome Table” became part of this one on" in client.get(f"/listings/{first.slug}/history").text
    assert "became part of this" not in client.get(f"/listings/{second.slug}/history").text
    client.sign_in(stella)
    assert "“The Welcome Table” became part of this one on" in client.get(f"/listings/{first.slug}/versions").text
    assert "Split them again" not in client.get(f"/listings/{first.slug}/versions").text
    client.sign_in(ida)
    for listing in (first, second):
        page = client.get(f"/listings/{listing.slug}/versions").text
        assert f"/desk/duplicates/{pair.id}" in page
    assert "Take them apart" in client.get(f"/desk/duplicates/{pair.id}").text


def test_what_is_taken_down_waits_on_the_desk_and_its_address_leads_curators_there(client, make, table, amina, stella, ida, otto):
    client.sign_in(stella)
    client.post("/listings/welcome-table/hide", data={"reason": "A false number"})
    for person, line in ((stella, "The lead decides within 72 hours"), (ida, "Wait for you")):
        client.sign_in(person)
        desk = client.get("/desk").text
        assert "Taken down" in desk
        assert line in desk
        assert "A false number" in desk
        assert 'href="/listings/welcome-table/versions"' in desk
        answer = client.get("/listings/welcome-table")
        assert (answer.status_code, answer.location) == (303, "/listings/welcome-table/versions")
    client.sign_in(amina)
    assert client.get("/listings/welcome-table").status_code == 404
    client.sign_in(otto)  # no say over what it says, but over words that belong to a person
    assert client.get("/listings/welcome-table").location == "/listings/welcome-table/versions/take-out"
    client.sign_in(ida)
    client.post("/listings/welcome-table/publish", data={"reason": "The number is right"})
    assert "Taken down" not in client.get("/desk").text
    assert client.get("/listings/welcome-table").status_code == 200


def test_nobody_without_an_account_is_told_of_what_is_taken_down(client, make):
    make.listing("Old Club", status="hidden")
    answer = client.get("/listings/old-club")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


def test_a_listing_offers_its_tools_to_those_who_may(client, table, amina, stella, ida, otto):
    tools = ("/edit", "/versions", "/versions#take-down")
    for person in (None, amina, otto):
        if person is not None:
            client.sign_in(person)
        page = client.get("/listings/welcome-table").text
        assert "For curators" not in page
        assert "/versions" not in page
    for person in (stella, ida):
        client.sign_in(person)
        page = client.get("/listings/welcome-table").text
        assert "For curators" in page
        for tool in tools:
            assert f'href="/listings/welcome-table{tool}"' in page
        assert ("/desk/locks?which=welcome-table" in page) is (person is ida)
    assert 'id="take-down"' in client.get("/listings/welcome-table/versions").text


def test_an_import_is_named_once(client, table, stella):
    change(table, None, Voice.FEED, reason="imported", summary="From afar.")
    with writing():
        db.session.scalars(select(Revision)).one().door = "feed"
    client.sign_in(stella)
    for page in ("history", "versions", "versions/1"):
        text = client.get(f"/listings/welcome-table/{page}").text
        assert "Imported from a feed" in text
        assert "from a feed. imported" not in text
        assert "A feed, from" not in text
