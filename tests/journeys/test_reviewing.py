"""Somebody reviews: the list, the page, each button, what is kept on a mistake, and who is never asked."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import suggestions as actions
from directory.extensions import db, writing
from directory.models import Editorship, Lease, Letter, Opinion, Revision, State, Suggestion, records
from directory.views import clock

PHONE = {"kind": "phone", "value": "01632 960142", "note": "", "public": True}


@pytest.fixture
def table(make, vocabulary):
    return make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        contacts=[("phone", "01632 960142")],
        summary="A hot lunch for about 18 people.",
        venue="Village Hall",
        session={"rrule": "FREQ=WEEKLY;BYDAY=WE"},
    )


@pytest.fixture
def editor(bilal, table):
    with writing():
        began = clock.now() - timedelta(days=90)
        db.session.add(Editorship(account_id=bilal.id, organisation_id=table.organisation_id, since=began))
    return bilal


def send(listing, by=None, now=None, **changed):
    record = {**records.document(listing), **changed}
    now = now or clock.now()
    number = listing.revision_number
    return actions.suggest(listing, record=record, base_number=number, by=by, door="page", now=now, who=",".join(changed))


def address(suggestion, rest=""):
    return f"/desk/review/{suggestion.uid}{rest}"


def opened(client, suggestion):
    """The page as the one who holds it sees it."""
    assert client.post(address(suggestion, "/hold")).status_code == 303
    return client.get(address(suggestion)).text


def number_of(page):
    return re.search(r'name="number" value="(\d+)"', page)[1]


def test_from_the_list_to_a_decision_and_on_to_the_next(client, table, editor, stella):
    first = send(table, by=editor, summary="A hot lunch for about 18 people. Soup too.", now=clock.now() - timedelta(hours=29))
    second = send(table, by=editor, first_visit="There is a quiet corner.")
    client.sign_in(stella)
    listed = client.get("/desk/review").text
    assert listed.index(str(first.uid)) < listed.index(str(second.uid))
    assert "One change to Welcome Table" in listed
    assert "19 hours left of 48" in listed or "18 hours left of 48" in listed
    before = client.get(address(first)).text
    assert "I look at this one" in before
    assert "Publish what I accepted" not in before
    page = opened(client, first)
    assert "<ins>Soup too.</ins>" in page
    assert "checked" not in re.findall(r"<fieldset class=\"choose.*?</fieldset>", page, re.DOTALL)[0]
    data = {"press": "publish", "number": number_of(page), "choice-summary": "accept"}
    answer = client.post(address(first), data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, address(second) + "?after=published")
    assert (table.summary, first.state) == ("A hot lunch for about 18 people. Soup too.", State.APPROVED)
    assert "Published. One left." in client.get(answer.headers["Location"]).text
    opened(client, second)
    answer = client.post(address(second), data={"press": "refuse", "why": "advert", "words": "Say what is there."})
    assert answer.headers["Location"] == "/desk/review?after=refused"
    assert second.decision_reason == "It reads like an advert. Say what is there."
    assert "Nothing waits for you" in client.get("/desk/review").text
    assert "It stays as it is" in client.get(answer.headers["Location"]).text


def test_a_script_gets_the_next_one_alone_and_hears_what_was_done(client, table, editor, stella):
    first, second = send(table, by=editor, summary="One."), send(table, by=editor, first_visit="Two.")
    client.sign_in(stella)
    number = number_of(opened(client, first))
    told = {"HX-Request": "true", "HX-Target": "decision"}
    wrong = client.post(address(first), data={"press": "publish", "number": number}, headers=told)
    assert (wrong.status_code, wrong.text.lstrip().startswith('<div id="decision">')) == (422, True)
    data = {"press": "publish", "number": number, "choice-summary": "accept"}
    following = client.post(address(first), data=data, headers=told, follow_redirects=True)
    assert following.request.path == address(second)
    assert following.text.lstrip().startswith('<div id="decision">')
    assert '<div data-hx-swap-oob="innerHTML:#said">Published. One left.</div>' in following.text


def test_looking_takes_nothing_and_only_one_may_look(client, table, editor, stella, cai):
    suggestion = send(table, by=editor, summary="New.")
    client.sign_in(stella)
    client.get(address(suggestion))
    assert db.session.scalars(select(Lease)).all() == []
    opened(client, suggestion)
    client.sign_in(cai)
    page = client.get(address(suggestion)).text
    assert "Stella is looking at this until today at" in page
    assert "Publish what I accepted" not in page
    assert "Stella is looking at it until" in client.get("/desk/review").text
    assert client.post(address(suggestion, "/hold")).status_code == 409
    refused = client.post(address(suggestion), data={"press": "publish", "number": 0, "choice-summary": "accept"})
    assert (refused.status_code, table.summary) == (409, "A hot lunch for about 18 people.")
    with writing():
        db.session.scalars(select(Lease)).one().ends_at = clock.now() - timedelta(seconds=1)
    opened(client, suggestion)
    client.post(address(suggestion, "/let-go"))
    assert db.session.scalars(select(Lease)).all() == []


def test_each_field_has_to_be_chosen_and_what_was_typed_is_kept(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="New words.", first_visit="A quiet corner.")
    client.sign_in(stella)
    page = opened(client, suggestion)
    typed = {"press": "publish", "number": number_of(page), "choice-summary": "mine", "mine-summary": "My very own words."}
    wrong = client.post(address(suggestion), data={**typed, "words": "Kept too."})
    assert wrong.status_code == 422
    assert "Mistakes to fix: " in wrong.text
    assert 'href="#choice-first_visit"' in wrong.text
    assert "Choose what becomes of “What it is like”." in wrong.text
    assert "My very own words." in wrong.text
    assert "Kept too." in wrong.text
    keep = client.post(address(suggestion), data={**typed, "choice-first_visit": "keep"})
    assert (keep.status_code, "Say why something stays as it is." in keep.text) == (422, True)
    client.post(address(suggestion), data={**typed, "choice-first_visit": "keep", "why": "unsure"})
    assert (table.summary, table.first_visit) == ("My very own words.", "")
    assert db.session.scalars(select(Letter).where(Letter.kind == "suggestion-approved")).one().facts["kept"] == ["first_visit"]


@pytest.mark.parametrize("press", ["publish", "refuse", "ask", "nothing"])
def test_a_button_without_what_it_needs_is_a_mistake_not_a_fault(client, table, editor, stella, press):
    suggestion = send(table, by=editor, summary="New words.")
    client.sign_in(stella)
    opened(client, suggestion)
    assert client.post(address(suggestion), data={"press": press}).status_code == 422
    assert suggestion.state is State.WAITING


def test_keeping_everything_is_refusing_it(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="New words.")
    client.sign_in(stella)
    opened(client, suggestion)
    data = {"press": "publish", "number": 0, "choice-summary": "keep", "why": "unsure"}
    assert "Refuse all of it" in client.post(address(suggestion), data=data).text
    assert suggestion.state is State.WAITING


def test_a_question_goes_to_the_author_and_it_can_still_be_decided(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="New words.")
    client.sign_in(stella)
    opened(client, suggestion)
    answer = client.post(address(suggestion), data={"press": "ask", "words": "Is that every week?"})
    assert answer.headers["Location"] == "/desk/review?after=asked"
    assert "A question is on its way to them" in client.get("/desk/review").text
    assert "We asked: Is that every week?" in opened(client, suggestion)


def test_a_new_number_takes_two_people_and_a_call(client, table, editor, stella, cai):
    suggestion = send(table, by=editor, contacts=[{**PHONE, "value": "01632 960148"}])
    client.sign_in(stella)
    page = opened(client, suggestion)
    assert "Two people must agree" in page
    assert "The new contact is on no other listing" in page
    data = {"press": "publish", "number": number_of(page), "choice-contacts": "accept"}
    early = client.post(address(suggestion), data=data)
    assert (early.status_code, "Ring the number we had before first" in early.text) == (422, True)
    assert client.post(address(suggestion), data={**data, "reached": "yes"}).headers["Location"].endswith("after=agreed")
    assert "You have said what you think" in client.get("/desk/review").text
    client.sign_in(cai)
    assert "Two people have to agree: Stella has so far" in client.get("/desk/review").text
    opened(client, suggestion)
    client.post(address(suggestion), data={**data, "reached": "yes"})
    assert (suggestion.state, table.contact_points[0].value) == (State.APPROVED, "01632 960148")


def test_the_second_sees_what_the_first_would_write_and_begins_with_it(client, table, editor, stella, cai):
    suggestion = send(table, by=editor, contacts=[{**PHONE, "value": "01632 960148"}])
    own = {"press": "publish", "number": table.revision_number, "choice-contacts": "mine", "reached": "yes"}
    own |= {"mine-contacts-0-value": "01632 960149", "mine-contacts-0-note": "Ring twice"}
    client.sign_in(stella)
    opened(client, suggestion)
    client.post(address(suggestion), data=own)
    client.sign_in(cai)
    page = opened(client, suggestion)
    assert "Stella would write: Phone: 01632 960149 (Ring twice)" in page
    assert 'value="01632 960149"' in page
    client.post(address(suggestion), data=own)
    assert [(point.value, point.note) for point in table.contact_points] == [("01632 960149", "Ring twice")]
    assert len(db.session.scalars(select(Opinion)).all()) == 2


def test_ones_own_words_pass_the_gate_of_a_listing(client, table, editor, stella):
    suggestion = send(table, by=editor, minimum_age=50, needs=["loneliness"])
    client.sign_in(stella)
    page = opened(client, suggestion)
    data = {"press": "publish", "number": number_of(page), "choice-minimum_age": "mine", "mine-minimum_age": "very old"}
    data |= {"choice-needs": "mine", "mine-needs": "Nonsense"}
    wrong = client.post(address(suggestion), data=data)
    assert wrong.status_code == 422
    assert "“Nonsense” is not one of the words we use here." in wrong.text
    wrong = client.post(address(suggestion), data={**data, "mine-needs": ""})
    assert "is not a whole number" in wrong.text
    assert 'value="very old"' in wrong.text
    answer = client.post(address(suggestion), data={**data, "mine-needs": "", "mine-minimum_age": "55"})
    assert (answer.status_code, table.minimum_age, table.terms) == (303, 55, [])


def test_times_and_places_are_accepted_together_or_not_at_all(client, table, editor, stella):
    record = records.document(table)
    hall = {**record["venues"][0], "key": "new", "name": "Church Hall"}
    moved = [{**record["sessions"][0], "venue": "new", "opens": "11:30"}]
    suggestion = send(table, by=editor, venues=[hall], sessions=moved)
    client.sign_in(stella)
    page = opened(client, suggestion)
    assert "at <ins>Church</ins>" in page or "<ins>11:30" in page
    data = {"press": "publish", "number": number_of(page), "choice-sessions": "keep", "choice-venues": "accept", "why": "unsure"}
    wrong = client.post(address(suggestion), data={**data, "reached": "yes"})
    assert (wrong.status_code, "do not fit together" in wrong.text) == (422, True)
    own = {"choice-sessions": "mine", "mine-sessions-0-opens": "11:45", "mine-sessions-0-closes": "14:15"}
    answer = client.post(address(suggestion), data={**data, **own, "reached": "yes"})
    assert answer.status_code == 303
    assert suggestion.opinions[0].record["sessions"][0]["opens"] == "11:45"


def test_somebody_else_was_faster_and_nothing_typed_is_lost(client, table, editor, stella, ida):
    suggestion = send(table, by=editor, summary="New words.")
    client.sign_in(stella)
    page = opened(client, suggestion)
    send(table, by=ida, name="Wednesday Table")
    data = {"press": "publish", "number": number_of(page), "choice-summary": "mine", "mine-summary": "My very own words."}
    late = client.post(address(suggestion), data=data)
    assert late.status_code == 409
    assert "The listing was changed while you were looking" in late.text
    assert "My very own words." in late.text
    again = client.post(address(suggestion), data={**data, "number": number_of(late.text)})
    assert (again.status_code, table.summary, table.name) == (303, "My very own words.", "Wednesday Table")
    decided = client.post(address(suggestion), data=data)
    assert (decided.status_code, "You have decided this already" in decided.text) == (409, True)


def test_a_field_that_moved_on_says_what_it_said(client, table, editor, stella, ida):
    send(table, by=ida, summary="First.")
    suggestion = send(table, by=editor, summary="Mine.")
    send(table, by=ida, summary="Second.")
    client.sign_in(stella)
    page = client.get(address(suggestion)).text
    assert "When this was written it said: First." in page
    assert "<del>Second.</del>" in page


def test_what_a_trusted_editor_published_may_stay_or_go_back(client, table, editor, stella, ida):
    send(table, by=ida, summary="Before.")
    with writing(editor):
        editor.signed_in_at = clock.now()
        common = {"listing_id": table.id, "sort": "change", "record": {}, "fields": [], "voice": "group", "door": "page"}
        for _ in range(5):
            db.session.add(Suggestion(state=State.APPROVED, made_at=clock.now(), account_id=editor.id, **common))
    first = send(table, by=editor, summary="Soup.")
    second = send(table, by=editor, first_visit="Buy my book.")
    assert (first.state, second.state) == (State.LIVE, State.LIVE)
    client.sign_in(stella)
    assert "Live already, to be looked at" in client.get("/desk/review").text
    page = opened(client, first)
    assert "<del>Before.</del>" in page
    assert "Publish what I accepted" not in page
    assert client.post(address(first), data={"press": "stay"}).headers["Location"] == address(second) + "?after=stays"
    opened(client, second)
    assert client.post(address(second), data={"press": "back"}).status_code == 422
    client.post(address(second), data={"press": "back", "why": "advert"})
    assert (table.summary, table.first_visit) == ("Soup.", "")


def test_nobody_is_offered_their_own_words(client, table, editor, make):
    curator = make.account("Stella", role="curator")
    with writing():
        db.session.add(Editorship(account_id=curator.id, organisation_id=table.organisation_id, since=clock.now()))
    about_us = send(table, summary="By a visitor.")
    other = make.listing("Chess Club", contacts=[("phone", "01632 960143")])
    mine = send(other, by=curator, contacts=[{**PHONE, "value": "01632 960145"}])
    client.sign_in(curator)
    assert "Nothing waits for you" in client.get("/desk/review").text
    for suggestion in (about_us, mine):
        page = client.get(address(suggestion)).text
        assert "somebody else decides" in page
        assert "I look at this one" not in page
        assert client.post(address(suggestion, "/hold")).status_code == 403
        assert client.post(address(suggestion), data={"press": "refuse", "why": "unsure"}).status_code == 403


def test_a_new_listing_is_left_out_field_by_field(client, table, stella):
    record = {**records.document(table), "name": "Chair Yoga", "summary": "Gentle.", "description": "Buy."}
    record |= {"venues": [], "sessions": [], "status": "draft"}
    suggestion = actions.suggest(None, record=record, base_number=0, by=None, door="page", now=clock.now(), who="x")
    client.sign_in(stella)
    page = opened(client, suggestion)
    assert "New: Chair Yoga" in page
    assert "In one line" in page
    assert "Nobody sees it yet" in page
    data = {"press": "all", "number": 0, "choice-description": "keep", "why": "advert"}
    assert client.post(address(suggestion), data=data).status_code == 303
    assert (suggestion.listing.name, suggestion.listing.summary, suggestion.listing.description) == ("Chair Yoga", "Gentle.", "")


def test_who_may_open_the_desk(client, table, editor, amina, lena, otto, cai, ida):
    suggestion = send(table, by=editor, summary="New.")
    for person, status in ((amina, 403), (lena, 403), (otto, 403), (cai, 200), (ida, 200)):
        client.sign_in(person)
        assert client.get("/desk/review").status_code == status
        assert client.get(address(suggestion)).status_code == status
    client.sign_out()
    assert client.get("/desk/review").status_code == 303
    assert client.get(address(suggestion)).status_code == 303


def test_no_such_suggestion(client, stella):
    client.sign_in(stella)
    for uid in ("nonsense", "0b0e9c0e-6a3a-4d5e-9d6c-0a1b2c3d4e5f"):
        assert client.get(f"/desk/review/{uid}").status_code == 404


def test_the_list_takes_as_many_statements_for_thirty_as_for_one(client, make, vocabulary, stella, cai, statements):
    def fill(count):
        for number in range(count):
            listing = make.listing(f"Group {make.slug(str(number))} {count}", organisation=f"Club {number} {count}")
            suggestion = send(listing, by=make.account(f"Editor {number} {count}"), summary="New.")
            actions.hold(suggestion, by=cai, now=clock.now())
            actions.ask(suggestion, by=cai, question="When?", now=clock.now())
            actions.hold(suggestion, by=cai, now=clock.now())

    fill(1)
    client.sign_in(stella)
    counts = []
    for more in (0, 29):
        fill(more)
        client.get("/desk/review")
        statements.clear()
        client.get("/desk/review")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_secret_places_stay_secret_on_the_page(client, make, vocabulary, stella, ida):
    listing = make.listing(
        "Safe House", confidential_location=True, venue="Hidden Hall", session={"rrule": "FREQ=WEEKLY;BYDAY=WE"}
    )
    suggestion = send(listing, summary="New words.", sessions=[{**records.document(listing)["sessions"][0], "opens": "13:00"}])
    client.sign_in(stella)
    page = opened(client, suggestion)
    assert "1pm" in page
    assert "Hidden Hall" not in page


def test_a_revision_names_the_author_not_the_reviewer(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="New words.")
    client.sign_in(stella)
    page = opened(client, suggestion)
    client.post(address(suggestion), data={"press": "publish", "number": number_of(page), "choice-summary": "accept"})
    (revision,) = db.session.scalars(select(Revision))
    assert (revision.account_id, revision.suggestion_id) == (editor.id, suggestion.id)


@pytest.mark.parametrize("press", ["refuse", "ask", "publish"])
def test_an_older_window_does_not_overturn_what_the_same_person_said(client, table, editor, stella, press):
    suggestion = send(table, by=editor, contacts=[{**PHONE, "value": "01632 960999"}])
    client.sign_in(stella)
    old = {"number": number_of(opened(client, suggestion)), "choice-contacts": "accept", "reached": "yes"}
    client.post(address(suggestion), data={**old, "press": "publish"})
    assert [opinion.agrees for opinion in suggestion.opinions] == [True]
    stale = client.post(address(suggestion), data={**old, "press": press, "why": "other", "words": "Not so sure."})
    assert stale.status_code == 409
    assert "You agreed to this already" in stale.text
    assert "Not so sure." in stale.text
    assert (suggestion.state, [opinion.agrees for opinion in suggestion.opinions]) == (State.WAITING, [True])
    # Whoever has read that may still change their mind.
    assert 'name="spoken" value="1"' in stale.text
    told = {**old, "spoken": "1", "press": "refuse", "why": "other", "words": "Not so sure."}
    assert client.post(address(suggestion), data=told).status_code == 303
    assert suggestion.state is State.REFUSED


def test_a_new_listing_that_may_be_there_already_says_so(client, make, table, stella):
    other = make.listing("Chair Yoga", contacts=[("phone", "01632 960199")])
    for name, phone, said in (
        ("Welcome Table", "01632 960777", "the same name"),
        ("Welcome Tables", "01632 960142", "nearly the same name and the same phone number"),
        ("Gentle Stretches", "01632 960199", "the same phone number"),
        ("Something else", "01632 960123", ""),
    ):
        record = {**records.document(table), "name": name, "venues": [], "sessions": [], "contacts": [{**PHONE, "value": phone}]}
        given = {"base_number": 0, "by": None, "door": "page", "now": clock.now(), "who": name}
        suggestion = actions.suggest(None, record=record, **given)
        client.sign_in(stella)
        page = client.get(address(suggestion)).text
        double = other if "Stretches" in name else table
        assert (f'<a href="/listings/{double.slug}">{double.name}</a> may be the same: it has {said}.' in page) == bool(said)
        assert ("may be the same" in page) == bool(said)


ROOM = {"room": "full", "room_until": "2027-01-15", "room_said_on": "2026-11-20"}


def test_what_was_one_answer_is_one_decision(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="New.", **ROOM)
    client.sign_in(stella)
    assert "Two changes to Welcome Table" in client.get("/desk/review").text
    page = opened(client, suggestion)
    assert "Two changes to Welcome Table" in page
    assert page.count('value="accept"') == 2
    assert 'name="choice-room_until"' not in page
    for words in ("until 15 January 2027", "said on 20 November 2026"):
        assert words in re.sub("<[^>]*>", "", page)
    data = {"press": "publish", "number": number_of(page), "choice-summary": "accept", "choice-room": "keep", "why": "unsure"}
    assert client.post(address(suggestion), data=data).status_code == 303
    assert (table.summary, table.room, table.room_until, table.room_said_on) == ("New.", None, None, None)


@pytest.mark.parametrize(("mine", "until"), [("full", "2027-01-15"), ("open", "None")])
def test_room_in_ones_own_words_keeps_what_goes_with_it(client, table, editor, stella, mine, until):
    suggestion = send(table, by=editor, **ROOM)
    client.sign_in(stella)
    data = {"press": "publish", "number": number_of(opened(client, suggestion)), "choice-room": "mine", "mine-room": mine}
    assert client.post(address(suggestion), data=data).status_code == 303
    assert (table.room.value, str(table.room_until), str(table.room_said_on)) == (mine, until, "2026-11-20")


def test_only_until_when_there_is_no_room_is_one_decision_as_well(client, table, editor, stella):
    with writing():
        table.room, table.room_said_on = "full", clock.now().date()
    suggestion = send(table, by=editor, room_until="2027-01-15", room_said_on="2026-11-20")
    client.sign_in(stella)
    data = {"press": "publish", "number": number_of(opened(client, suggestion)), "choice-room_until": "accept"}
    assert client.post(address(suggestion), data=data).status_code == 303
    assert (str(table.room_until), str(table.room_said_on)) == ("2027-01-15", "2026-11-20")


def test_a_name_of_somebody_is_pointed_out(client, table, editor, stella):
    suggestion = send(table, by=editor, contacts=[{**PHONE, "note": "Ask for Joan Smith"}], first_visit="Ask for the cook.")
    client.sign_in(stella)
    assert "It may name somebody: “Joan Smith”. A role is better, such as “the cook”." in client.get(address(suggestion)).text
    with writing():
        table.application_process = "Ring Joan first."
    other = send(table, by=editor, application_process="Ring Joan first, please.")
    assert "may name somebody" not in client.get(address(other)).text


def test_whoever_decides_hears_that_the_author_is_suspended(client, table, editor, stella):
    suggestion = send(table, by=editor, summary="Wrong words.")
    client.sign_in(stella)
    assert "Their account is suspended" not in client.get(address(suggestion)).text
    with writing():
        editor.suspended_at = clock.now()
    assert "Their account is suspended" in client.get(address(suggestion)).text
