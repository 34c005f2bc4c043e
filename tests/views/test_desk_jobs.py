"""The desk and the page of a call: who may, which part, what is kept, what is published, and what is only counted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from directory.actions import desk as actions
from directory.actions.suggestions import suggest
from directory.extensions import db, writing
from directory.models import (
    Attempt,
    Check,
    Fact,
    Lease,
    Means,
    Outcome,
    Pair,
    Patch,
    Report,
    ReportKind,
    SetAside,
    State,
    Stint,
    Suggestion,
    Tally,
    Task,
    records,
)
from directory.permissions import is_sampled
from directory.views import clock, tallies

HTMX = {"HX-Request": "true"}


@pytest.fixture
def old():
    return clock.now().date() - timedelta(days=430)


@pytest.fixture
def listing(make, vocabulary, old):
    return make.listing(
        "Craft and Natter",
        checked_on=old,
        venue=make.venue("Chapel Room", postal_code="NR25 6BL", address_1="Mill Road"),
        session={"rrule": "FREQ=WEEKLY;BYDAY=MO", "opens": None, "closes": None},
        contacts=[("phone", "01632 960126"), ("email", "craft@example.org")],
        cost="paid",
        cost_amount="1.00",
    )


@pytest.fixture
def signed_in(client, stella):
    client.sign_in(stella)
    return client


@pytest.fixture
def task(signed_in, listing):
    assert signed_in.post("/desk/start", data={"listing": listing.slug}).status_code == 303
    return only(Task)


def rows(model):
    return db.session.scalars(db.select(model)).all()


def only(model):
    (row,) = rows(model)
    return row


def at(task, rest=""):
    return f"/desk/checks/{task.id}{rest}"


@pytest.mark.parametrize(("who", "status"), [("stella", 200), ("ida", 200), ("amina", 403), ("lena", 403), ("otto", 403)])
def test_the_desk_is_for_who_curates(client, request, who, status):
    client.sign_in(request.getfixturevalue(who))
    assert client.get("/desk").status_code == status
    assert client.get("/desk/safety").status_code == status


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get("/desk").status_code == 303


def test_one_card_says_why_how_long_and_what_was_tried(signed_in, listing, stella, make):
    make.saved(Patch, account_id=stella.id, area_code="NR25")
    task = actions.start(listing, by=make.account("Zed", role="curator"), now=clock.now() - timedelta(days=9))
    zed = db.session.get(type(stella), only(Lease).account_id)
    actions.try_later(
        task,
        outcome=Outcome.NO_ANSWER,
        means=Means.PHONE,
        by=zed,
        now=clock.now() - timedelta(days=9),
        best_time="Tuesday mornings",
    )
    page = signed_in.get("/desk").text
    for words in (
        "Ring Craft and Natter",
        "about 4 minutes",
        "Not checked for 14 months",
        "Nobody looked at it lately",
        "In your patch",
        "One try so far: no answer",
        "Tuesday mornings are best.",
        "0 of 1",
    ):
        assert words in page, words


def test_a_patch_is_told_by_the_name_of_its_council(client, ida, make):
    make.saved(Patch, account_id=ida.id, area_code="E07000147")
    client.sign_in(ida)
    page = client.get("/desk").text
    assert "North Norfolk" in page
    assert "E07000147" not in page


def test_what_waits_beyond_the_list_is_counted_in_plain_words(signed_in, client, make, vocabulary):
    for number in range(7):
        listing = make.listing(f"Club {number}", summary="Tea.")
        record = {**records.document(listing), "summary": "Tea and cake."}
        suggest(
            listing, record=record, base_number=listing.revision_number, by=None, door="page", now=clock.now(), who=str(number)
        )
    assert "And 2 more</a>" in signed_in.get("/desk").text


def test_starting_leads_to_the_call_and_a_second_person_is_told(signed_in, client, listing, cai, task):
    page = signed_in.get(at(task)).text
    assert "01632 960126" in page
    assert " checked>" not in page
    client.sign_in(cai)
    assert "Somebody else is on this one" in client.get(at(task)).text
    answer = client.post("/desk/start", data={"listing": listing.slug})
    assert (answer.status_code, "Somebody else is on this one" in answer.text) == (409, True)


def test_give_me_another_is_the_card_alone(signed_in, listing, make, old):
    make.listing("Second best", checked_on=old + timedelta(days=60))
    data = {"work": "check", "listing": listing.slug, "reason": "I know them"}
    answer = signed_in.post("/desk/next", data=data, headers=HTMX | {"HX-Target": "job"})
    assert answer.text.lstrip().startswith('<div id="job">')
    assert "Find out about Second best" in answer.text
    assert only(SetAside).reason == "I know them"
    assert signed_in.post("/desk/next", data={"work": "check", "listing": "second-best"}).status_code == 303
    page = signed_in.get("/desk").text
    assert "Nothing for you just now" in page
    assert "Two you have set aside for a week." in page


def test_the_reason_has_a_button_of_its_own(signed_in, listing):
    page = signed_in.get("/desk").text
    assert page.index('id="reason"') < page.index('<button class="btn alt slim" type="submit" form="aside">')


def test_each_row_is_kept_as_it_is_ticked_and_only_its_word_comes_back(signed_in, listing, task):
    answer = signed_in.post(at(task, "/answers/times"), data={"times": "still"}, headers=HTMX | {"HX-Target": "kept-times"})
    assert answer.text.startswith("Kept.")
    assert only(Lease).answers == {"times": {"answer": "still"}}
    assert rows(Check) == []
    page = signed_in.get(at(task)).text
    assert re.search(r'id="times" name="times" value="still" checked', page)


def test_without_scripts_a_row_leads_back_to_itself(signed_in, task):
    answer = signed_in.post(at(task, "/answers/cost"), data={"cost": "not-asked"})
    assert (answer.status_code, answer.location) == (303, f"/desk/checks/{task.id}#row-cost")
    assert signed_in.post(at(task, "/answers/cost"), data={}).status_code == 422
    assert signed_in.post(at(task, "/answers/nothing"), data={}).status_code == 404


def test_one_save_checks_what_was_asked_and_leaves_the_rest(signed_in, listing, task, stella):
    answer = signed_in.post(at(task), data={"running": "still", "times": "still", "contact": "still", "cost": "not-asked"})
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert {check.fact for check in rows(Check)} == {Fact.RUNNING, Fact.TIMES, Fact.CONTACT}
    assert {(check.account_id, check.means.value) for check in rows(Check)} == {(stella.id, "phone")}
    assert only(Task).closed_at is not None
    assert listing.checked_on == clock.now().date()
    assert (rows(Lease), only(Attempt).outcome, only(Stint).minutes) == ([], Outcome.SPOKE, 1)
    page = signed_in.get("/desk").text
    assert "still running, day and time and how to get in touch" in page
    assert "That took 1 minute." in page


def test_nothing_ticked_is_a_mistake(signed_in, task):
    answer = signed_in.post(at(task), data={})
    assert answer.status_code == 422
    assert "<title>Mistakes to fix: " in answer.text
    assert rows(Stint) == []


def test_what_changed_goes_live_or_waits_as_the_table_says(signed_in, listing, task, stella):
    data = {
        "running": "still",
        "times": "changed",
        "times_day": "1",
        "times_opens": "9:30",
        "times_closes": "11:00",
        "contact": "changed",
        "contact_phone": "01632 960555",
        "room": "changed",
        "room_state": "waiting",
    }
    assert signed_in.post(at(task), data=data).status_code == 303
    live, waits = sorted(rows(Suggestion), key=lambda each: each.id)
    state = State.LIVE if is_sampled(live.id) else State.APPROVED
    assert (live.state, set(live.fields)) == (state, {"sessions", "room", "room_said_on"})
    assert (waits.state, waits.fields, waits.account_id) == (State.WAITING, ["contacts"], stella.id)
    db.session.refresh(listing)
    assert listing.when_words(clock.now().date()) == ["Tuesdays, 9:30am to 11am"]
    assert listing.phone.value == "01632 960126"
    seen = {check.fact: check.value_seen for check in rows(Check)}
    assert seen[Fact.TIMES] == "Tuesdays, 9:30am to 11am"
    assert set(seen) == {Fact.RUNNING, Fact.TIMES, Fact.ROOM}


def test_a_mistake_in_what_changed_keeps_what_was_typed_and_publishes_nothing(signed_in, listing, task):
    data = {
        "running": "still",
        "contact": "changed",
        "contact_phone": "ring me",
        "cost": "changed",
        "first_visit": "changed",
        "first_visit_words": "Ask for my patient called Joan",
    }
    answer = signed_in.post(at(task), data=data)
    assert answer.status_code == 422
    assert 'value="ring me"' in answer.text
    for sentence in ("is not a telephone number", "Choose what it costs.", "points to one person"):
        assert sentence in answer.text
    assert (rows(Suggestion), rows(Check)) == ([], [])


@pytest.mark.parametrize(
    ("data", "field", "value"),
    [
        ({"cost": "changed", "cost_kind": "free"}, "cost", "free"),
        ({"cost": "changed", "cost_kind": "paid", "cost_amount": "£2.50"}, "cost_amount", "2.50"),
        ({"joining": "changed", "joining_words": "Just turn up"}, "application_process", "Just turn up"),
        ({"first_visit": "changed", "first_visit_words": "Somebody meets you"}, "first_visit", "Somebody meets you"),
    ],
)
def test_usual_changes_are_live_at_once(signed_in, listing, task, data, field, value):
    assert signed_in.post(at(task), data=data).status_code == 303
    db.session.refresh(listing)
    assert str(getattr(listing, field)) == value


def test_another_place_waits_for_a_second_person(signed_in, task):
    data = {"place": "changed", "place_name": "Village Hall", "place_postcode": "NR25 6BL"}
    assert signed_in.post(at(task), data=data).status_code == 303
    suggestion = only(Suggestion)
    assert (suggestion.state, suggestion.record["venues"][0]["name"]) == (State.WAITING, "Village Hall")
    assert rows(Check) == []


def test_they_say_it_has_stopped_is_a_report(signed_in, listing, task):
    assert signed_in.post(at(task), data={"running": "changed", "times": "still"}).status_code == 303
    assert (only(Report).kind, rows(Check)) == (ReportKind.STOPPED, [])
    db.session.refresh(listing)
    assert listing.status.value == "published"
    page = signed_in.get("/desk").text
    assert "Nothing for you just now" in page
    assert "One you have set aside for a week." in page
    assert "One is yours or your organisation’s. Somebody else sees to it." in page


@pytest.mark.parametrize("outcome", ["no-answer", "busy", "wrong-number", "refuses"])
def test_a_try_in_vain(signed_in, task, outcome):
    data = {"outcome": outcome, "means": "phone", "best_day": "1", "best_part": "morning", "spoke_to": "a helper"}
    assert signed_in.post(at(task, "/tries"), data=data).status_code == 303
    attempt = only(Attempt)
    assert (attempt.outcome.value, attempt.best_time, attempt.spoke_to) == (outcome, "Tuesday mornings", "a helper")
    assert only(Task).not_before > clock.now()


@pytest.mark.parametrize("data", [{"outcome": "spoke"}, {"outcome": "no-answer", "spoke_to": "Joan Smith"}, {}])
def test_a_try_takes_only_what_is_in_its_lists(signed_in, task, data):
    assert signed_in.post(at(task, "/tries"), data=data).status_code == 422
    assert rows(Attempt) == []


def test_after_four_calls_the_page_says_to_write(signed_in, listing, task, stella, make):
    now = clock.now()
    for number in range(4):
        make.saved(
            Attempt,
            task_id=task.id,
            account_id=stella.id,
            made_at=now - timedelta(days=number),
            means="phone",
            outcome="no-answer",
        )
    page = signed_in.get(at(task)).text
    assert "<h1>Write to Craft and Natter</h1>" in page
    assert "Four calls reached nobody" in page
    assert 'name="means" value="mail"' in page
    assert "<h2>Say who we are</h2>" in page
    assert "Have you two minutes" not in page
    assert "<h2>When they answer</h2>" in page


@pytest.mark.parametrize(
    ("data", "contacts"),
    [
        ({"contact_email": "natter@example.org"}, [("phone", "01632 960126"), ("email", "natter@example.org")]),
        ({"contact_phone": "01632 960555"}, [("phone", "01632 960555"), ("email", "craft@example.org")]),
        (
            {"contact_phone": "01632 960555", "contact_email": "natter@example.org"},
            [("phone", "01632 960555"), ("email", "natter@example.org")],
        ),
    ],
)
def test_a_new_number_or_address_is_for_a_second_person(signed_in, task, data, contacts):
    assert signed_in.post(at(task), data={"contact": "changed", **data}).status_code == 303
    assert [(each["kind"], each["value"]) for each in only(Suggestion).record["contacts"]] == contacts


@pytest.mark.parametrize(
    ("data", "sentence"),
    [({}, "Give the right number or email address."), ({"contact_email": "natter"}, "with an @")],
)
def test_what_reaches_nobody_is_a_mistake(signed_in, task, data, sentence):
    answer = signed_in.post(at(task), data={"contact": "changed", **data})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert rows(Suggestion) == []


def test_what_somebody_else_holds_is_refused_and_what_was_typed_stays(signed_in, task, cai):
    lease = only(Lease)
    with writing(lease):
        lease.account_id = cai.id
    answer = signed_in.post(at(task), data={"cost": "changed", "cost_kind": "free", "running": "still"})
    assert answer.status_code == 409
    assert '<option value="free" selected>' in answer.text
    assert rows(Check) == []


def test_minutes_can_be_put_right(signed_in, task, client, cai):
    signed_in.post(at(task, "/tries"), data={"outcome": "no-answer"})
    stint = only(Stint)
    assert signed_in.post(f"/desk/stints/{stint.id}", data={"minutes": "12"}).status_code == 303
    assert only(Stint).minutes == 12
    assert signed_in.post(f"/desk/stints/{stint.id}", data={"minutes": "x"}).status_code == 422
    client.sign_in(cai)
    assert client.post(f"/desk/stints/{stint.id}", data={"minutes": "1"}).status_code == 403


def test_two_that_may_be_one_are_a_job(signed_in, make):
    first, second = (
        make.listing("Lunch Club", checked_on=clock.now().date()),
        make.listing("Lunch", checked_on=clock.now().date()),
    )
    pair = make.saved(Pair, first_id=first.id, second_id=second.id, score=0.8, why=[["name", 0.8]], found_at=clock.now())
    page = signed_in.get("/desk").text
    assert "Are these one? Lunch Club and Lunch" in page
    assert f'href="/desk/duplicates/{pair.id}"' in page
    assert signed_in.post("/desk/next", data={"work": "pair", "subject": str(pair.id)}).status_code == 303
    assert "Nothing for you just now" in signed_in.get("/desk").text


def test_a_desk_with_nothing_at_all_says_so(signed_in):
    assert "Nothing is left for now" in signed_in.get("/desk").text


def test_an_empty_hand_says_what_is_left_and_why(signed_in, listing, make, cai, stella, old):
    now = clock.now()
    actions.start(listing, by=cai, now=now)
    later = make.listing("Later", checked_on=now.date())
    make.saved(Task, listing_id=later.id, kind="check", opened_at=now, not_before=now + timedelta(days=4))
    page = signed_in.get("/desk").text
    assert "Nothing for you just now" in page
    assert "One is held by somebody else, for half an hour at most." in page
    assert "One waits for a better hour, from " in page


def test_what_is_next_outside_a_patch_that_is_done_says_so(signed_in, listing, make, stella, old, real_places):
    make.saved(Patch, account_id=stella.id, area_code="NR31")
    assert "Nothing in your patch is left for you just now." in signed_in.get("/desk").text
    near = make.venue("Hall", postal_code="NR31 0AA", at=(52.57, 1.70))
    make.listing("In it", venue=near, session={}, checked_on=old)
    assert "Nothing in your patch" not in signed_in.get("/desk").text


@pytest.mark.parametrize(("fact", "words"), [("joining", "joining_words"), ("first_visit", "first_visit_words")])
def test_a_number_in_words_that_go_up_at_once_is_refused(signed_in, listing, task, fact, words):
    data = {"running": "still", fact: "changed", words: "Ring Joan on 09011 223344 first."}
    answer = signed_in.post(at(task), data=data)
    assert answer.status_code == 422
    assert "“09011 223344” looks like a phone number." in answer.text
    assert (rows(Suggestion), rows(Check)) == ([], [])
    known = {**data, words: "Ring 01632 960126 first."}
    assert signed_in.post(at(task), data=known).status_code == 303


def test_nothing_is_left_and_less_than_an_hour_are_told_in_words(client, ida, make):
    now = clock.now()
    listing = make.listing("Fresh", checked_on=now.date())
    told = {"listing_id": listing.id, "sort": "change", "record": {}, "fields": [], "voice": "group", "door": "page"}
    make.saved(Suggestion, state=State.APPROVED, made_at=now - timedelta(minutes=9), decided_at=now, **told)
    client.sign_in(ida)
    page = client.get("/desk").text
    assert "within less than an hour, the slowest took less than an hour." in page
    assert "Published. Nothing is left." in client.get("/desk/review?after=published").text


# A call that answers a report


@pytest.fixture
def reported(listing, make):
    made_at = clock.now() - timedelta(hours=2)
    return make.saved(Report, listing_id=listing.id, kind=ReportKind.WRONG, made_at=made_at, text="It is free.", who="one")


def test_one_call_answers_what_people_say_as_well(signed_in, listing, reported, task):
    page = signed_in.get(at(task)).text
    assert "Answer what people say is wrong" in page
    said = {"running": "still", "times": "still", "contact": "still", "cost": "changed", "cost_kind": "free"}
    data = {**said, "report": "changed", "report_words": "It is free now."}
    assert signed_in.post(at(task), data=data).status_code == 303
    assert (only(Report).changed, only(Report).answer) == (True, "It is free now.")
    page = signed_in.get("/desk").text
    assert "Nothing is left for now" in page
    assert "saved" in page or "checked today" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"report": "kept"}, "Say in a sentence why it stays as it is."),
        ({"report": "changed"}, "Nothing here has changed."),
        ({"report": "kept", "report_words": "My client is called Ann."}, "points to one person"),
    ],
)
def test_an_answer_that_cannot_be_given_publishes_nothing(signed_in, reported, task, data, sentence):
    answer = signed_in.post(at(task), data={"running": "still", **data})
    assert (answer.status_code, sentence in answer.text, rows(Check)) == (422, True, [])
    assert only(Report).answered_at is None


def test_after_the_call_only_the_answer_is_left_to_do(signed_in, listing, reported, task):
    said = {"running": "still", "times": "still", "contact": "still"}
    assert signed_in.post(at(task), data=said).status_code == 303
    page = signed_in.get("/desk").text
    assert "Answer: A fact is wrong: Craft and Natter" in page
    assert "Ring Craft and Natter" not in page
    assert f"/desk/reports/{reported.uid}" in page
    assert signed_in.post("/desk/next", data={"work": "report", "subject": str(reported.id)}).status_code == 303
    assert "Answer: A fact is wrong" not in signed_in.get("/desk").text


def test_what_belongs_to_a_person_needs_no_call(signed_in, make):
    listing = make.listing("Fresh", checked_on=clock.now().date())
    make.saved(Report, listing_id=listing.id, kind=ReportKind.MY_DETAILS, made_at=clock.now(), who="one")
    assert "No call is needed." in signed_in.get("/desk").text


def test_everybody_sees_the_queues_and_a_lead_how_long_reviews_take(client, ida, stella, listing):
    client.sign_in(ida)
    assert "No change was decided" in client.get("/desk").text
    client.sign_in(stella)
    page = client.get("/desk").text
    assert "Listings to ring" in page
    assert "No change was decided" not in page


def test_no_job_and_no_stint_are_not_found(signed_in):
    assert signed_in.get("/desk/checks/999").status_code == 404
    assert signed_in.post("/desk/stints/999", data={"minutes": "1"}).status_code == 404
    assert signed_in.post("/desk/start", data={}).status_code == 404
    assert signed_in.post("/desk/next", data={}).status_code == 404


@pytest.mark.parametrize("number", [2**31, 10**30])
def test_a_number_too_large_is_not_found(signed_in, number):
    assert signed_in.get(f"/desk/checks/{number}").status_code == 404
    assert signed_in.post(f"/desk/stints/{number}", data={"minutes": "1"}).status_code == 404


@pytest.mark.parametrize("reason", ["x" * 201, "My patient goes there"])
def test_a_reason_is_short_and_names_nobody(signed_in, listing, reason):
    data = {"work": "check", "listing": listing.slug, "reason": reason}
    assert signed_in.post("/desk/next", data=data).status_code == 422
    assert rows(SetAside) == []


def test_saved_twice_nothing_is_sent_twice(signed_in, task, monkeypatch):
    """As when the power fails between the change that was sent and the end of the job."""
    data = {"running": "still", "contact": "changed", "contact_phone": "01632 960555", "cost": "changed", "cost_kind": "free"}
    with monkeypatch.context() as broken:
        broken.setattr(actions, "finish", lambda *given, **told: 1 / 0)
        assert signed_in.post(at(task), data=data).status_code == 500
    assert signed_in.post(at(task), data=data).status_code == 303
    assert sorted(each.fields for each in rows(Suggestion)) == [["contacts"], ["cost", "cost_amount"]]
    assert len(rows(Stint)) == 1


def test_the_same_statements_for_one_listing_and_for_thirty(signed_in, make, old, statements, stella):
    make.saved(Patch, account_id=stella.id, area_code="E07000147")

    def asked():
        db.session.expire_all()
        statements.clear()
        signed_in.get("/desk")
        return len(statements)

    def add(number):
        venue = make.venue(f"Hall {number}", postal_code="NR25 6BL", council_code="E07000147")
        return make.listing(f"Group {number}", checked_on=old, venue=venue, contacts=[("phone", f"01632 9601{number:02}")])

    add(0)
    signed_in.get("/desk")
    one = asked()
    for number in range(1, 30):
        add(number)
    assert asked() == one


# What is only counted


def counted():
    return [(row.listing_id, row.views) for row in rows(Tally)]


def test_a_look_is_counted_in_memory_and_handed_over_after_a_minute(client, app, listing, monkeypatch):
    gathered = app.extensions["tallies"] = tallies.Gathered()
    for _ in range(3):
        client.get("/listings/craft-and-natter", buffered=True)
    assert counted() == []
    monkeypatch.setattr(gathered, "_handed_over", gathered._handed_over - 61)
    client.get("/listings/craft-and-natter", buffered=True)  # closes the answer, as a server does once it has gone
    db.session.rollback()
    assert counted() == [(listing.id, 4)]


def test_what_is_fetched_ahead_of_need_or_not_there_is_no_look(client, app, listing):
    gathered = app.extensions["tallies"] = tallies.Gathered()
    client.head("/listings/craft-and-natter")
    client.get("/listings/craft-and-natter", headers={"Sec-Purpose": "prefetch;prerender"})
    client.get("/listings/nobody")
    assert gathered.taken(now=float("inf")) == {}


def test_a_database_in_trouble_loses_no_count_and_no_page(client, app, listing, monkeypatch, caplog):
    gathered = app.extensions["tallies"] = tallies.Gathered()
    monkeypatch.setattr(gathered, "_handed_over", -1e9)
    monkeypatch.setattr(tallies.actions, "add", lambda counts: 1 / 0)
    assert client.get("/listings/craft-and-natter", buffered=True).status_code == 200
    assert "could not be written" in caplog.text
    assert gathered.taken(now=float("inf")) == {(listing.id, clock.now().date()): 1}


@pytest.mark.parametrize("outcome", ["no-answer", "wrong-number"])
def test_a_try_pressed_three_times_is_one(signed_in, task, outcome):
    for _ in range(3):
        answer = signed_in.post(at(task, "/tries"), data={"outcome": outcome, "means": "phone"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    assert [len(rows(model)) for model in (Attempt, Stint, Lease)] == [1, 1, 0]


@pytest.mark.parametrize(
    "data",
    [
        {"running": "changed"},
        {"running": "still", "times": "still", "contact": "still"},
        {"running": "still", "contact": "changed", "contact_phone": "01632 960555", "cost": "changed", "cost_kind": "free"},
    ],
)
def test_save_pressed_twice_is_one(signed_in, task, data):
    told = []
    for _ in range(2):
        answer = signed_in.post(at(task), data=data)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
        told.append([len(rows(model)) for model in (Attempt, Stint, Lease, Report, Suggestion, Check)])
    assert told[0] == told[1]
    assert told[0][:3] == [1, 1, 0]


def test_whoever_gave_a_job_back_takes_it_again_only_by_beginning(signed_in, listing, task):
    assert signed_in.post(at(task, "/tries"), data={"outcome": "no-answer", "means": "phone"}).status_code == 303
    for address, data in ((at(task, "/tries"), {"outcome": "busy", "means": "phone"}), (at(task), {"times": "still"})):
        answer = signed_in.post(address, data=data)
        assert answer.status_code == 409
        assert "Begin it again" in answer.text
    assert [len(rows(model)) for model in (Attempt, Stint, Lease, Check)] == [1, 1, 0, 0]
    assert signed_in.post("/desk/start", data={"listing": listing.slug}).status_code == 303
    assert signed_in.post(at(task), data={"times": "still"}).status_code == 303
    assert [len(rows(model)) for model in (Attempt, Stint, Lease)] == [2, 2, 0]
