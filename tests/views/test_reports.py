"""The pages of reports: anybody sends one within a minute, loses nothing typed, and a curator answers beside the listing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import reports as actions
from directory.extensions import db, writing
from directory.models import Editorship, Report, ReportKind, Status
from directory.views import clock
from tests.make import NOW
from tests.views.test_editing import filled, move_sign_ins

REPORT = "/listings/welcome-table/report"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def hands(monkeypatch):
    """The clock of the doors, which a test moves on."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def table(make):
    return make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Saxley Village Hall", postal_code="NR25 6BH"),
        session={},
        contacts=[("phone", "01632 960142"), ("email", "table@example.org")],
        created_at=NOW - timedelta(days=90),
        modified_at=NOW - timedelta(days=90),
    )


@pytest.fixture
def curator(client, stella):
    client.sign_in(stella)
    move_sign_ins()
    return client


def sent(listing, kind="wrong", who="one", now=NOW, **told):
    return actions.send(listing, kind=ReportKind(kind), text="It begins at one.", who=who, by=None, now=now, **told)


def rows():
    db.session.rollback()
    return db.session.scalars(select(Report).order_by(Report.id)).all()


def test_the_listing_leads_to_the_form(client, table):
    page = client.get("/listings/welcome-table").text
    assert f'href="{REPORT}"' in page
    assert "say this has stopped" not in page
    form = client.get(REPORT).text
    assert "Something wrong with Welcome Table?" in form
    assert "01632 960142" in form


def test_anybody_sends_one(client, table, hands):
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=20)
    answer = client.post(REPORT, data=filled(page, kind="wrong", text="One o'clock.", reply_to="ann@example.org"))
    (report,) = rows()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{report.uid}?letter=yes")
    assert (report.kind, report.text, report.reply_to) == (ReportKind.WRONG, "One o'clock.", "ann@example.org")
    assert len(report.who) == 64
    thanks = client.get(answer.headers["Location"]).text
    assert "A volunteer looks within 48 hours" in thanks
    assert "One o&#39;clock" not in thanks
    assert "ann@example.org" not in thanks


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": []}, "Choose what is wrong."),
        ({"kind": "wrong", "text": "", "should_say": ""}, "Say in a few words what is wrong"),
        ({"reply_to": "ann at example"}, "This is not an email address"),
        ({"text": "My client is called Ann."}, "points to one person"),
        ({"should_say": "Ask for 943 476 5919"}, "This looks like an NHS number"),
        ({"trap": "x"}, "people cannot see"),
        ({"began": "forged"}, "very quick"),
    ],
)
def test_a_mistake_is_said_and_what_was_typed_is_kept(client, table, hands, typed, sentence):
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=20)
    told = {"kind": "missing", "text": "It has a garden.", "should_say": "Bring boots."} | typed
    answer = client.post(REPORT, data=filled(page, **told))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Mistakes to fix: " in answer.text
    assert str(told["should_say"]) in answer.text
    assert rows() == []


def test_who_is_quicker_than_people_are_waits_and_sends_again(client, table, hands):
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=1)
    answer = client.post(REPORT, data=filled(page, kind="stopped"))
    assert (answer.status_code, rows()) == (422, [])
    hands[0] += timedelta(seconds=5)
    assert client.post(REPORT, data=filled(answer)).status_code == 303
    assert rows()[0].kind is ReportKind.STOPPED


def test_one_too_many_within_an_hour_keeps_its_words(client, table, make, hands):
    for number in range(12):
        make.listing(f"Club {number}")
        page = client.get(f"/listings/club-{number}/report")
        hands[0] += timedelta(seconds=20)
        assert client.post(f"/listings/club-{number}/report", data=filled(page, kind="stopped")).status_code == 303
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=20)
    answer = client.post(REPORT, data=filled(page, kind="wrong", text="One o'clock."))
    assert answer.status_code == 422
    assert "12 reports within an hour" in answer.text
    assert "or sign in" in answer.text
    assert "One o&#39;clock." in answer.text


def test_a_page_that_was_open_too_long_keeps_its_words(app, client, table, hands, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client.get(REPORT)
    answer = client.post(REPORT, data={"kind": "wrong", "text": "One o'clock.", "csrf_token": "old"})
    assert answer.status_code == 400
    assert "What you wrote is kept" in answer.text
    again = client.post(REPORT, data=filled(answer, do="again"))
    assert again.status_code == 200
    assert "One o&#39;clock." in again.text
    assert 'value="wrong" checked' in again.text


def test_nothing_can_be_reported_of_what_nobody_sees(client, make):
    make.listing("Hidden Club", status=Status.HIDDEN)
    assert client.get("/listings/hidden-club/report").status_code == 404
    assert client.post("/listings/hidden-club/report", data={"kind": "stopped"}).status_code == 404


def test_two_people_put_a_note_on_the_listing(client, table):
    for who in ("one", "two"):
        sent(table, "stopped", who)
    assert "Two people say this has stopped. We are checking." in client.get("/listings/welcome-table").text


def test_a_curator_who_says_it_is_not_safe_takes_it_down(curator, table, hands, ida):
    page = curator.get(REPORT)
    hands[0] += timedelta(seconds=20)
    answer = curator.post(REPORT, data=filled(page, kind="unsafe", text="The floor gives way."))
    assert answer.headers["Location"] == "/desk/reports?after=hidden"
    db.session.refresh(table)
    assert table.status is Status.HIDDEN
    assert "It is taken down" in curator.get(answer.headers["Location"]).text


def test_an_editor_who_says_so_only_reports(client, table, hands, amina):
    client.sign_in(amina)
    move_sign_ins()
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=20)
    client.post(REPORT, data=filled(page, kind="unsafe", text="The floor gives way."))
    db.session.refresh(table)
    assert table.status is Status.PUBLISHED
    assert rows()[0].who == str(amina.uid)


def test_the_desk_lists_what_waits_by_its_clock(curator, table):
    sent(table, now=NOW - 50 * HOUR)
    sent(table, "unsafe", "two", now=NOW - HOUR)
    page = curator.get("/desk/reports").text
    assert page.index("It is not safe: Welcome Table") < page.index("A fact is wrong: Welcome Table")
    assert '<span class="tag hip">2 hours over 48</span>' in page
    assert '<span class="tag hip">Goes first</span>' in page


@pytest.mark.parametrize("address", ["/desk/reports", "/desk/reports/{uid}"])
def test_the_desk_is_for_curators(client, table, amina, address):
    address = address.format(uid=sent(table).uid)
    assert client.get(address).status_code == 303
    client.sign_in(amina)
    move_sign_ins()
    assert client.get(address).status_code == 403


def test_looking_changes_nothing_and_a_press_holds_it(curator, table, cai):
    report = sent(table)
    page = curator.get(f"/desk/reports/{report.uid}").text
    assert "I look at this one" in page
    assert "It stays as it is</button>" not in page
    assert curator.post(f"/desk/reports/{report.uid}/hold").status_code == 303
    page = curator.get(f"/desk/reports/{report.uid}").text
    assert "It stays as it is</button>" in page
    assert "Saxley Village Hall" in page
    curator.sign_out()
    curator.sign_in(cai)
    move_sign_ins()
    assert "Stella is looking at this until" in curator.get(f"/desk/reports/{report.uid}").text
    answer = curator.post(f"/desk/reports/{report.uid}/hold")
    assert answer.status_code == 409
    assert "Somebody else is looking at this" in answer.text


def test_an_answer_needs_a_reason_or_a_change(curator, table):
    report = sent(table)
    address = f"/desk/reports/{report.uid}"
    curator.post(f"{address}/hold")
    for press, sentence in (("kept", "Say in a sentence why"), ("changed", "Change it first"), ("", "Press one of the buttons")):
        answer = curator.post(address, data={"press": press, "words": ""})
        assert answer.status_code == 422
        assert sentence in answer.text
    answer = curator.post(address, data={"press": "kept", "words": "My client is called Ann."})
    assert "points to one person" in answer.text
    answer = curator.post(address, data={"press": "kept", "words": "We rang: it begins at noon."})
    assert answer.headers["Location"] == "/desk/reports?after=kept"
    assert "Whoever wrote is told why" in curator.get(answer.headers["Location"]).text
    assert "This is answered" in curator.get(address).text
    assert curator.post(address, data={"press": "kept", "words": "Again."}).status_code == 409
    assert "it stays as it was" in curator.get(f"/reports/{report.uid}").text


def test_the_clock_is_stopped_from_the_page(curator, table):
    report = sent(table)
    address = f"/desk/reports/{report.uid}"
    assert curator.post(address, data={"press": "wait"}).status_code == 303
    assert "We wait until Wed 25 Nov" in curator.get("/desk/reports").text
    assert curator.post(address, data={"press": "wait"}).status_code == 422


def test_a_person_s_details_are_ticked_and_go(curator, table):
    report = sent(table, "my-details")
    address = f"/desk/reports/{report.uid}"
    curator.post(f"{address}/hold")
    page = curator.get(address)
    assert "Which of these belong to a person?" in page.text
    assert "We rang, and wait" not in page.text
    empty = curator.post(f"{address}/details", data={"number": table.revision_number})
    assert empty.status_code == 422
    assert "Tick what is to be taken out." in empty.text
    stale = curator.post(f"{address}/details", data={"number": 99, "details": "01632 960142"})
    assert stale.status_code == 409
    answer = curator.post(f"{address}/details", data={"number": table.revision_number, "details": "01632 960142"})
    assert answer.headers["Location"] == "/desk/reports?after=taken-out"
    assert "01632 960142" not in curator.get("/listings/welcome-table").text


def test_nobody_answers_for_their_own_organisation(curator, table, stella):
    with writing():
        db.session.add(Editorship(account_id=stella.id, organisation_id=table.organisation_id, since=NOW))
    report = sent(table)
    assert "Nobody says that anything is wrong" in curator.get("/desk/reports").text
    assert "Somebody else answers it" in curator.get(f"/desk/reports/{report.uid}").text
    assert curator.post(f"/desk/reports/{report.uid}", data={"press": "kept", "words": "No."}).status_code == 403


def test_what_is_not_safe_is_taken_down_from_its_page_and_then_answered(curator, table, ida):
    address = f"/desk/reports/{sent(table, 'unsafe').uid}"
    assert 'action="/listings/welcome-table/hide"' in curator.get(address).text
    assert curator.post("/listings/welcome-table/hide", data={"reason": "The floor gives way."}).status_code == 303
    page = curator.get(address).text
    assert "Nobody sees this listing just now." in page
    assert "Take it down now" not in page


def test_it_is_left_to_somebody_else(curator, table):
    report = sent(table)
    curator.post(f"/desk/reports/{report.uid}/hold")
    assert curator.post(f"/desk/reports/{report.uid}/let-go").status_code == 303
    assert "I look at this one" in curator.get(f"/desk/reports/{report.uid}").text


def test_an_address_that_is_none_is_not_found(curator):
    assert curator.get("/reports/nonsense").status_code == 404
    assert curator.get("/desk/reports/nonsense").status_code == 404


def test_the_list_costs_as_many_statements_for_thirty_as_for_one(curator, table, make, statements):
    counts = []
    for number in (1, 29):
        for each in range(number):
            sent(table, who=f"{number} {each}")
        statements.clear()
        assert curator.get("/desk/reports").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_promises_are_counted_as_you_look(client, table, stella, statements):
    assert "Nobody has reported a mistake yet" in client.get("/status").text
    counts = []
    for number in (1, 29):
        for each in range(number):
            sent(table, who=f"{number} {each}", now=NOW - 60 * HOUR)
        statements.clear()
        client.get("/status")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_few_reports_are_counted_and_many_are_told_as_a_share(client, table, stella):
    for number in range(3):
        actions.keep(
            sent(table, who=str(number), now=NOW - 5 * HOUR), by=stella, reason="It is right.", now=NOW - (4 - number) * HOUR
        )
    page = client.get("/status").text
    assert "3 reports so far this quarter" in page
    assert "3 of them within 48 hours" in page
    assert "in 100</b> reports" not in page
    for number in range(9):
        report = sent(table, who=f"more {number}", now=NOW - 60 * HOUR)
        actions.keep(report, by=stella, reason="It is right.", now=NOW - HOUR)
    sent(table, who="open", now=NOW - 50 * HOUR)
    page = client.get("/status").text
    assert "23 in 100</b> reports" in page  # 3 of 13: the open one that is late counts as well
    assert "The slowest open one has waited 50 hours." in page


def test_a_report_of_two_minutes_has_waited_less_than_an_hour(client, table):
    sent(table, who="new", now=NOW - HOUR / 30)
    assert "The slowest open one has waited less than an hour." in client.get("/status").text


def test_only_whoever_left_an_address_is_told_of_a_letter(client, table, hands):
    form = client.get(REPORT)
    hands[0] += timedelta(seconds=10)
    told = "We write to you once"
    for address, hears in (("p1@example.org", True), ("p2@example.org", True), ("", False)):
        answer = client.post(REPORT, data=filled(form, kind="stopped", reply_to=address), follow_redirects=True)
        assert (told in answer.text) is hears
    assert [row.addresses for row in rows()] == [["p1@example.org", "p2@example.org"]]


def test_what_is_not_safe_is_shown_as_first_until_it_is_late(curator, table, hands):
    report = sent(table, "unsafe", "two", now=NOW - HOUR)
    for address in ("/desk/reports", f"/desk/reports/{report.uid}"):
        assert '<span class="tag hip">Goes first</span>' in curator.get(address).text
    hands[0] += 48 * HOUR
    assert "1 hour over 48" in curator.get("/desk/reports").text


@pytest.mark.parametrize("kind", ["wrong", "stopped", "my-details", "unsafe"])
def test_whatever_was_reported_a_curator_takes_it_down_from_there(curator, table, kind):
    page = curator.get(f"/desk/reports/{sent(table, kind).uid}").text
    assert "Take it down now" in page
    assert 'action="/listings/welcome-table/hide"' in page


def test_a_forged_choice_is_answered_in_words(client, table, hands):
    page = client.get(REPORT)
    hands[0] += timedelta(seconds=10)
    answer = client.post(REPORT, data=filled(page, kind="evil"))
    assert answer.status_code == 422
    assert "Choose one of the list." in answer.text
    assert "my-details, " not in answer.text
