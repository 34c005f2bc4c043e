"""Writing a listing through the pages: who may, what goes where, and that nothing typed is ever lost."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from directory.actions import curation
from directory.actions import listings as listing_actions
from directory.extensions import db, writing
from directory.models import Account, ContactPoint, Editorship, Listing, SignIn, State, Suggestion, Voice
from directory.views import clock, editing
from tests.make import NOW


class Form(HTMLParser):
    """What a browser would send of the last form of a page, nothing pressed."""

    def __init__(self, text):
        super().__init__()
        self.pairs, self.area, self.select = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "form" and given.get("method") == "post":
            self.pairs = []
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.pairs.append((name, given.get("value") or ""))
        if tag == "textarea":
            self.area = (name, [])
        if tag == "select":
            self.select = [name, None]
        if tag == "option" and self.select and ("selected" in given or self.select[1] is None):
            self.select[1] = given.get("value", "")

    def handle_data(self, text):
        if self.area:
            self.area[1].append(text)

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            self.pairs.append((self.area[0], "".join(self.area[1]).removeprefix("\n")))
            self.area = None
        if tag == "select" and self.select:
            self.pairs.append((self.select[0], self.select[1] or ""))
            self.select = None


def filled(answer, **typed):
    """The page's form with some of it typed anew; lists are boxes ticked."""
    pairs = [(name, value) for name, value in Form(answer.text).pairs if name.replace("-", "__") not in typed]
    for name, value in typed.items():
        pairs += [(name.replace("__", "-"), each) for each in (value if isinstance(value, list) else [value])]
    data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """The clock of the doors, which a test moves on."""
    now = {"now": NOW.astimezone(clock.LONDON)}
    monkeypatch.setattr(clock, "now", lambda: now["now"])
    return now


@pytest.fixture
def table(make, vocabulary):
    return make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Saxley Village Hall", postal_code="NR25 6BH"),
        session={},
        contacts=[("phone", "01632 960142")],
        summary="A hot lunch.",
        terms=["food"],
        cost="paid",
        cost_amount=4,
    )


@pytest.fixture
def signed(client, bilal, monkeypatch):
    """Bilal, who has been signed in a moment ago."""
    client.sign_in(bilal)
    with writing():
        for row in db.session.scalars(select(Account)):
            row.signed_in_at = NOW
    move_sign_ins()
    return client


def move_sign_ins():
    with writing():
        for row in db.session.scalars(select(SignIn)):
            row.made_at = row.seen_at = NOW


SOCIAL = "https://social.example/table"
EDIT = "/listings/welcome-table/edit"
SUGGEST = "/listings/welcome-table/suggest"


def test_a_visitor_is_sent_to_sign_in_and_back(client, table):
    answer = client.get(EDIT)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sign-in?after=/listings/welcome-table/edit")


def test_what_is_not_touched_is_not_sent(signed, table):
    page = signed.get(EDIT)
    assert page.status_code == 200
    assert "stays up until a second person" in page.text
    answer = signed.post(EDIT, data=filled(page, do="send"))
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert db.session.scalars(select(Suggestion)).all() == []


def test_an_edit_waits_and_the_listing_stays_up(signed, table, bilal):
    page = signed.get(EDIT)
    answer = signed.post(EDIT, data=filled(page, do="send", summary="A hot lunch and good company.", reason="I cook there."))
    assert answer.status_code == 303
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert (suggestion.fields, suggestion.state, suggestion.account_id) == (["summary"], State.WAITING, bilal.id)
    assert (suggestion.reason, table.summary) == ("I cook there.", "A hot lunch.")
    thanks = signed.get(answer.headers["Location"])
    assert "A second person looks at what you sent. That usually takes two days." in thanks.text
    assert "Welcome Table" in thanks.text


def test_a_trusted_hand_sees_that_it_is_live(client, table, ida):
    client.sign_in(ida)
    move_sign_ins()
    page = client.get(EDIT)
    assert "live at once" in page.text
    answer = client.post(EDIT, data=filled(page, do="send", summary="Better."))
    assert "It is live now." in client.get(answer.headers["Location"]).text
    assert db.session.scalar(select(Listing.summary)) == "Better."


@pytest.fixture
def reachable(table, make):
    """Two numbers, two addresses, a private number, and a page of somebody's."""
    told = [("phone", "01632 960143"), ("email", "table@example.org"), ("email", "cook@example.org"), ("social", SOCIAL)]
    with writing(table):
        table.contact_points += [ContactPoint(kind=kind, value=value) for kind, value in told]
        table.contact_points.append(ContactPoint(kind="phone", value="01632 960199", public=False))
    return table


def values_sent():
    (suggestion,) = db.session.scalars(select(Suggestion)).all()
    return [contact["value"] for contact in suggestion.record["contacts"]]


def test_every_public_number_and_address_has_a_place_to_change_it(signed, reachable):
    page = filled(signed.get(EDIT))
    assert (page["phone"], page["email"]) == (["01632 960142"], ["table@example.org"])
    assert (page["others-0-value"], page["others-1-value"]) == (["01632 960143"], ["cook@example.org"])
    assert "960199" not in str(page)
    assert "more numbers" not in signed.get(EDIT).text


def test_one_changed_one_taken_out_and_one_added_by_buttons(signed, reachable):
    page = signed.get(EDIT)
    fewer = signed.post(EDIT, data=filled(page, do="remove-other-1", summary="Typed meanwhile."))
    more = signed.post(EDIT, data=filled(fewer, do="add-other"))
    assert filled(more)["summary"] == ["Typed meanwhile."]
    assert 'id="other-1"' in more.text
    own = {"others__0__value": "01632 960555", "others__1__kind": "email", "others__1__value": "new@example.org"}
    answer = signed.post(EDIT, data=filled(more, do="send", **own))
    assert answer.status_code == 303
    assert values_sent() == ["01632 960142", "01632 960555", "table@example.org", SOCIAL, "01632 960199", "new@example.org"]


def test_rows_that_nobody_touched_are_no_change(signed, reachable):
    page = signed.get(EDIT)
    assert "Nothing was changed" in signed.post(EDIT, data=filled(page, do="send")).text


def test_a_mistake_in_a_row_is_told_at_the_row_and_keeps_what_was_typed(signed, reachable):
    page = signed.post(EDIT, data=filled(signed.get(EDIT), do="add-other"))
    typed = {"others__2__value": "0163", "others__1__note": "My patient called Ann"}
    answer = signed.post(EDIT, data=filled(page, do="send", **typed))
    assert answer.status_code == 422
    for told in (
        'href="#others-2-value"',
        "Give all the digits",
        'href="#others-1-note"',
        "points to one person",
        'value="0163"',
    ):
        assert told in answer.text, told


def test_who_does_not_see_the_rows_takes_none_out(client, reachable, noon):
    page = client.get(SUGGEST)
    assert "others-0-value" not in page.text
    noon["now"] += timedelta(minutes=1)
    assert client.post(SUGGEST, data=filled(page, do="send", phone="01632 960777")).status_code == 303
    assert values_sent()[:2] == ["01632 960777", "01632 960143"]


@pytest.mark.parametrize(
    ("who", "said", "not_said"),
    [
        ("ida", ("are live at once.", "waits until a second person agrees."), ("within seven days", "two people")),
        ("stella", ("are live at once.", "waits until a second person agrees."), ("two people",)),
        ("bilal", ("stays up until a second person has looked at", "waits until two people agree."), ("live at once",)),
    ],
)
def test_what_becomes_of_it_is_said_for_each_sort_of_field(client, table, request, who, said, not_said):
    client.sign_in(request.getfixturevalue(who))
    move_sign_ins()
    page = client.get(EDIT).text
    assert [words for words in said if words not in page] + [words for words in not_said if words in page] == []


def test_what_is_for_children_waits_all_of_it(client, table, ida):
    with writing(table):
        table.home_visits = True
    client.sign_in(ida)
    move_sign_ins()
    page = client.get(EDIT).text
    assert "live at once" not in page
    assert "stays up until a second person has looked at your changes" in page


def test_a_lock_is_told_before_anybody_types(client, table, ida):
    assert "<form" in client.get(SUGGEST).text
    curation.lock(listing=table, by=ida, reason="Two groups quarrel over it.", ends_at=NOW + timedelta(days=3), now=NOW)
    page = client.get(SUGGEST)
    assert page.status_code == 200
    assert "Nobody can edit this until 23 November: Two groups quarrel over it." in page.text
    assert 'name="do" value="send"' not in page.text
    assert "tell us what is wrong" in page.text


def test_a_mistake_keeps_every_character(signed, table):
    typed = {
        "summary": "  Half “written” & <b>bold</b>\nof it ",
        "phone": "01632 960 14",
        "sessions__0__closes": "11:00",
        "sessions__0__days": ["0", "2"],
    }
    answer = signed.post(EDIT, data=filled(signed.get(EDIT), do="send", **typed))
    assert answer.status_code == 422
    assert "<title>Mistakes to fix: Edit Welcome Table" in answer.text
    assert 'href="#phone"' in answer.text
    assert 'href="#sessions-0-closes"' in answer.text
    assert "The end must be after noon, when it starts." in answer.text
    again = filled(answer)
    assert again["summary"] == ["  Half “written” & <b>bold</b>\nof it "]
    assert (again["phone"], again["sessions-0-closes"], again["sessions-0-days"]) == (["01632 960 14"], ["11:00"], ["0", "2"])


def test_one_more_time_and_one_fewer_by_buttons(signed, table):
    page = signed.post(EDIT, data=filled(signed.get(EDIT), do="add-session", summary="Half written"))
    assert page.status_code == 200
    assert "Mistakes" not in page.text
    sent = filled(
        page,
        do="preview",
        sessions__1__every="2",
        sessions__1__days=["1"],
        sessions__1__starts_on="2026-11-24",
        sessions__1__opens="10:00",
        sessions__1__closes="12:00",
        sessions__1__not_in=["8"],
    )
    preview = signed.post(EDIT, data=sent)
    assert preview.status_code == 200
    assert "This is how it will look." in preview.text
    assert "Every second Tuesday, September to July, 10am to noon" in preview.text
    assert "Checked 3 weeks ago by phone" in preview.text
    assert "Not checked yet" not in preview.text
    back = signed.post(EDIT, data=filled(preview, do="again"))
    assert "Every second Tuesday, September to July, 10am to noon" in back.text
    answer = signed.post(EDIT, data=filled(preview, do="send"))
    assert answer.status_code == 303
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert suggestion.fields == ["summary", "sessions"]
    fewer = signed.post(EDIT, data=filled(back, do="remove-session-0"))
    assert len(re.findall('class="card time"', fewer.text)) == 1


def changed_meanwhile(listing, **values):
    listing_actions.change(
        listing, version=listing.version, by_voice=Voice.VOLUNTEER, door="page", now=NOW + timedelta(minutes=1), **values
    )


@pytest.fixture
def kept(table):
    """The table with a first revision, so that there is something to go back to."""
    changed_meanwhile(table, description="Cooked by neighbours.")
    return table


def test_a_conflict_shows_three_ways_and_sends_what_is_chosen(signed, kept):
    page = signed.get(EDIT)
    changed_meanwhile(kept, summary="Lunch at one.", description="Cooked and served by neighbours.")
    sent = filled(page, do="send", summary="Lunch at noon.", fees_description="Soup is free.")
    answer = signed.post(EDIT, data=sent)
    assert answer.status_code == 409
    for words in ("When you began", "A hot lunch.", "Lunch at one.", "Lunch at noon.", "Soup is free."):
        assert words in answer.text
    assert "Get in touch" not in answer.text.split("<main")[1]
    unchosen = signed.post(EDIT, data=filled(answer, do="merge"))
    assert unchosen.status_code == 409
    assert "Choose for each of these" in unchosen.text
    done = signed.post(EDIT, data=filled(unchosen, do="merge", choice__summary="yours"))
    assert done.status_code == 303
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert (suggestion.fields, suggestion.base_number) == (["summary", "fees_description"], kept.revision_number)
    assert suggestion.record["description"] == "Cooked and served by neighbours."
    assert suggestion.record["summary"] == "Lunch at noon."


def test_where_the_beginning_is_not_known_nothing_of_theirs_is_undone_unasked(signed, table):
    """A listing from before versions were kept: what differs may be theirs, so each part has to be chosen."""
    page = signed.get(EDIT)
    changed_meanwhile(table, description="Cooked by neighbours.")
    answer = signed.post(EDIT, data=filled(page, do="send", summary="Lunch at noon."))
    assert answer.status_code == 409
    assert "We do not know." in answer.text
    assert signed.post(EDIT, data=filled(answer, do="merge", choice__summary="yours")).status_code == 409
    data = filled(answer, do="merge", choice__summary="yours", choice__description="now")
    assert signed.post(EDIT, data=data).status_code == 303
    assert db.session.scalars(select(Suggestion)).one().fields == ["summary"]


def test_a_conflict_may_be_left_as_it_is_now_and_may_happen_twice(signed, kept):
    page = signed.get(EDIT)
    changed_meanwhile(kept, summary="Lunch at one.")
    answer = signed.post(EDIT, data=filled(page, do="send", summary="Lunch at noon."))
    changed_meanwhile(kept, summary="Lunch at two.")
    second = signed.post(EDIT, data=filled(answer, do="merge", choice__summary="yours"))
    assert second.status_code == 409
    assert "Lunch at two." in second.text
    left = signed.post(EDIT, data=filled(second, do="merge", choice__summary="now"))
    assert left.headers["Location"] == "/listings/welcome-table"
    assert db.session.scalars(select(Suggestion)).all() == []


def test_an_expired_sign_in_keeps_the_text_and_goes_on(client, signed, table, bilal):
    page = signed.get(EDIT)
    sent = filled(page, do="send", summary="Written for an hour.")
    client.sign_out()
    answer = client.post(EDIT, data=sent)
    assert answer.status_code == 403
    assert "You were away a while" in answer.text
    assert "Written for an hour." in answer.text
    assert "Written" not in "".join(re.findall(r'href="[^"]*"', answer.text))
    client.sign_in(bilal)
    move_sign_ins()
    back = client.post(EDIT, data=filled(answer, do="again"))
    assert back.status_code == 200
    assert filled(back)["summary"] == ["Written for an hour."]
    assert client.post(EDIT, data=filled(back, do="send")).status_code == 303


def test_a_token_too_old_keeps_the_text_and_showing_it_again_needs_none(app, client, table, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    page = client.get(SUGGEST)
    stale = {**filled(page, do="send", summary="Written for long."), "csrf_token": ["stale"]}
    answer = client.post(SUGGEST, data=stale)
    assert answer.status_code == 400
    assert "Written for long." in answer.text
    back = client.post(SUGGEST, data={**filled(answer, do="again"), "csrf_token": ["stale"]})
    assert filled(back)["summary"] == ["Written for long."]
    assert db.session.scalars(select(Suggestion)).all() == []


def test_a_lock_says_why_and_until_when_and_keeps_the_text(signed, table, ida):
    page = signed.get(EDIT)
    curation.lock(listing=table, by=ida, reason="Two groups quarrel over it.", ends_at=NOW + timedelta(days=3), now=NOW)
    assert signed.get(EDIT).status_code == 403
    answer = signed.post(EDIT, data=filled(page, do="send", summary="Mine."))
    assert answer.status_code == 403
    assert "Nobody can edit this until 23 November: Two groups quarrel over it." in answer.text
    assert 'value="Mine."' in answer.text


def test_when_nothing_can_be_changed_the_text_is_kept(app, client, table, monkeypatch):
    page = client.get(SUGGEST)
    monkeypatch.setitem(app.config, "READ_ONLY", True)
    answer = client.post(SUGGEST, data=filled(page, do="send", summary="Mine."))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert 'value="Mine."' in answer.text


def test_a_fault_keeps_the_text(client, table, monkeypatch):
    page = client.get(SUGGEST)
    monkeypatch.setattr(editing.actions, "suggest", lambda *args, **kwargs: 1 / 0)
    data = filled(page, do="preview", summary="Mine.")
    monkeypatch.setattr(editing, "preview", lambda *args: 1 / 0)
    answer = client.post(SUGGEST, data=data)
    assert answer.status_code == 500
    assert 'value="Mine."' in answer.text


def test_a_visitor_corrects_without_an_account(client, table, noon):
    page = client.get(SUGGEST)
    assert 'name="name"' not in page.text
    data = filled(page, do="send", phone="01632 960999", reason="The old one is dead.", reply_to="me@example.org")
    quick = client.post(SUGGEST, data=data)
    assert quick.status_code == 422
    assert "very quick" in quick.text
    noon["now"] += timedelta(seconds=4)
    answer = client.post(SUGGEST, data=filled(quick, do="send"))
    assert answer.status_code == 303
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert (suggestion.fields, suggestion.approvals, suggestion.account_id) == (["contacts"], 2, None)
    assert suggestion.reply_to == "me@example.org"
    thanks = client.get(answer.headers["Location"]).text
    assert "Two people look" in thanks
    assert "me@example.org" not in thanks


def test_a_program_in_the_trap_is_told_kindly(client, table, noon):
    page = client.get(SUGGEST)
    noon["now"] += timedelta(seconds=4)
    answer = client.post(SUGGEST, data=filled(page, do="send", summary="Buy this", trap="http://spam.example"))
    assert answer.status_code == 422
    assert "people cannot see" in answer.text
    assert client.post(SUGGEST, data=filled(answer, do="send")).status_code == 303


def test_a_quota_used_up_keeps_the_text(client, table, noon):
    for number in range(13):
        page = client.get(SUGGEST)
        noon["now"] += timedelta(seconds=4)
        answer = client.post(SUGGEST, data=filled(page, do="send", summary=f"Try {number}"))
    assert answer.status_code == 422
    assert "within an hour" in answer.text
    assert filled(answer)["summary"] == ["Try 12"]


def test_fields_that_the_page_does_not_show_cannot_be_sent(client, table, noon):
    """A visitor's page has no name, kind or status; sending them anyway changes nothing."""
    page = client.get(SUGGEST)
    noon["now"] += timedelta(seconds=4)
    data = filled(
        page, do="send", summary="Mine.", name="Taken over", kind="advice", status="hidden", at_venue="no", getting_in="1"
    )
    client.post(SUGGEST, data=data)
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert suggestion.fields == ["summary"]


def test_a_missing_listing_waits_for_a_second_person(client, vocabulary, noon):
    page = client.get("/listings/new")
    noon["now"] += timedelta(seconds=4)
    typed = {
        "name": "Chair Yoga",
        "summary": "Gentle yoga on chairs.",
        "venues__0__name": "Church Room",
        "venues__0__postal_code": "nr256bh",
        "sessions__0__days": ["3"],
        "sessions__0__opens": "10:00",
    }
    preview = client.post("/listings/new", data=filled(page, do="preview", **typed))
    assert "Thursdays, 10am" in preview.text
    answer = client.post("/listings/new", data=filled(preview, do="send"))
    assert answer.status_code == 303
    suggestion = db.session.scalars(select(Suggestion)).one()
    assert suggestion.listing_id is None
    assert suggestion.record["venues"][0]["postal_code"] == "NR25 6BH"
    thanks = client.get(answer.headers["Location"])
    assert "Others see it once somebody has looked." in thanks.text
    assert "Chair Yoga" not in thanks.text


def test_a_name_alone_is_not_sent_and_stays_typed(client, vocabulary, noon):
    page = client.get("/listings/new")
    noon["now"] += timedelta(seconds=4)
    answer = client.post("/listings/new", data=filled(page, do="send", name="Chair Yoga"))
    assert answer.status_code == 422
    assert "Say in one sentence what it is." in answer.text
    assert "or say where it is." in answer.text
    assert "Chair Yoga" in answer.text
    assert db.session.scalars(select(Suggestion)).all() == []


def test_a_missing_listing_without_a_name(client, vocabulary):
    answer = client.post("/listings/new", data=filled(client.get("/listings/new"), do="send", summary="Something"))
    assert answer.status_code == 422
    assert "Give it a name." in answer.text


def test_private_things_stay_private_on_every_page(signed, client, make, vocabulary):
    listing = make.listing("Safe House", confidential_location=True, venue="Secret Hall", session={}, coverage=["NR25"])
    with writing():
        listing.contact_points.append(editing_contact())
    for address in ("/listings/safe-house/edit", "/listings/safe-house/suggest"):
        page = signed.get(address)
        assert page.status_code == 200
        preview = signed.post(address, data=filled(page, do="preview", summary="Safe."))
        for text in (page.text, preview.text):
            assert "Secret Hall" not in text
            assert "01632 960666" not in text


def editing_contact():
    return ContactPoint(kind="phone", value="01632 960666", public=False)


def test_hidden_and_missing_listings_have_no_page(client, make):
    make.listing("Gone", status="hidden")
    for slug in ("gone", "never-was"):
        assert client.get(f"/listings/{slug}/suggest").status_code == 404
        assert client.post(f"/listings/{slug}/suggest", data={"do": "send"}).status_code == 404
    assert client.get("/suggestions/no-such-thing").status_code == 404


def test_the_page_says_that_a_change_waits(signed, client, table, cai):
    assert "still waits" not in signed.get(EDIT).text
    signed.post(EDIT, data=filled(signed.get(EDIT), do="send", phone="01632 960555"))
    page = signed.get(EDIT).text
    assert "A change that you sent today at" in page
    assert '<a href="/account/listings">See what you sent</a>' in page
    assert 'value="01632 960142"' in page
    client.sign_in(cai)
    move_sign_ins()
    assert "still waits" not in client.get(EDIT).text


def test_what_a_script_asks_fits_into_an_address(client, vocabulary):
    page = client.get("/listings/new").text
    for box, most in (("name", 255), ("phone", 100), ("email", 254), ("website", 500), ("venues-0-postal_code", 20)):
        assert re.search(rf'<input[^>]* id="{box}"[^>]* maxlength="{most}"', page), box


def test_an_editor_sees_their_listings_and_takes_back_what_they_sent(signed, table, bilal, make, statements):
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=table.organisation_id, since=NOW))
    make.listing("Somebody else's", organisation="Garden Club")
    for number in range(3):
        signed.post(EDIT, data=filled(signed.get(EDIT), do="send", summary=f"Lunch {number}."))
    statements.clear()
    page = signed.get("/account/listings")
    one = len(statements)
    assert ("Welcome Table" in page.text, "Garden Club" in page.text) == (True, False)
    assert page.text.count("Take it back") == 3
    suggestion = db.session.scalars(select(Suggestion).order_by(Suggestion.id)).first()
    assert signed.post(f"/suggestions/{suggestion.uid}/take-back").headers["Location"] == "/account/listings"
    assert (suggestion.state, table.summary) == (State.WITHDRAWN, "A hot lunch.")
    assert signed.post(f"/suggestions/{suggestion.uid}/take-back").status_code == 409
    for number in range(30):
        make.listing(f"Lunch {number}", organisation=table.organisation, session={}, venue=f"Hall {number}")
    statements.clear()
    assert "Lunch 29" in signed.get("/account/listings").text
    assert len(statements) == one


def test_nobody_takes_back_what_another_sent(signed, client, table, amina):
    signed.post(EDIT, data=filled(signed.get(EDIT), do="send", summary="Mine."))
    suggestion = db.session.scalars(select(Suggestion)).one()
    client.sign_out()
    assert client.post(f"/suggestions/{suggestion.uid}/take-back").status_code == 403
    client.sign_in(amina)
    move_sign_ins()
    assert client.post(f"/suggestions/{suggestion.uid}/take-back").status_code == 403
    assert suggestion.state is State.WAITING


def test_the_statements_do_not_grow_with_the_times(client, make, vocabulary, statements):
    def sessions(count):
        return [{"rrule": "FREQ=WEEKLY;BYDAY=WE", "venue": make.venue(f"Hall {number}")} for number in range(count)]

    make.listing("One", session=sessions(1))
    make.listing("Thirty", session=sessions(30))
    counts = []
    for slug in ("one", "one", "thirty"):
        statements.clear()
        page = client.get(f"/listings/{slug}/suggest")
        got = len(statements)
        statements.clear()
        client.post(f"/listings/{slug}/suggest", data=filled(page, do="preview", summary="Mine."))
        counts.append((got, len(statements)))
    assert counts[1] == counts[2]


@pytest.mark.parametrize(
    "junk",
    [
        {"sessions-²-how": "weekly"},
        {"sessions-999999-how": "weekly", "sessions-x-how": "x"},
        {"base": "-1"},
        {"base": "99999999"},
        {"sessions-0-was": "17"},
        {"sessions-0-place": "at-nowhere"},
        {"sessions-0-days": ["9", "x", "²"]},
        {"kind": "made-up"},
        {"do": "open-session-²"},
        {"sessions": "x", "venues": "y"},
        {"began": "\x00"},
        {"reason": "\x00 \u202e", "summary": "Mine \x00.", "venues-0-name": "\x00"},
        {"reason": "long " * 1_000},
        {"venues-0-key": "", "sessions-0-place": "at-"},
        {"venues-1-key": "new-0", "venues-1-name": "One", "venues-2-key": "new-0", "venues-2-name": "Two"},
    ],
)
def test_junk_is_never_a_fault(client, table, junk):
    page = client.get(SUGGEST)
    for do in ("add-session", "preview", "send", "merge"):
        assert client.post(SUGGEST, data={**filled(page, do=do, summary="Mine."), **junk}).status_code in (200, 303, 409, 422)


def test_one_s_listings_are_confirmed_where_they_are_listed(client, table, bilal):
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=table.organisation_id, since=NOW))
        table.checked_on = None
    client.sign_in(bilal)
    page = client.get("/account/listings").text
    assert f'action="/listings/{table.slug}/still-right"' in page
    assert 'name="after" value="/account/listings"' in page
    sent = {"base": str(table.revision_number), "after": "/account/listings"}
    assert client.post(f"/listings/{table.slug}/still-right", data=sent).location == "/account/listings"
    assert "Yes, still right" not in client.get("/account/listings").text
