"""What people who are signed in typed is kept: a sign-in that ended, a token too old, a code that is owed, another window."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import accounts as account_actions
from directory.actions import reports as report_actions
from directory.actions import suggestions
from directory.extensions import db, writing
from directory.models import Opinion, Report, ReportKind, SignIn, State, Suggestion, Task, records
from directory.views import clock
from tests.views.test_editing import Form, filled

HTMX = {"HX-Request": "true", "HX-Target": "main"}


@pytest.fixture
def table(make, vocabulary):
    return make.listing(
        "Welcome Table",
        contacts=[("phone", "01632 960142")],
        venue="Village Hall",
        session={"rrule": "FREQ=WEEKLY;BYDAY=WE"},
        checked_on=clock.now().date() - timedelta(days=430),
        summary="A hot lunch.",
    )


@pytest.fixture
def curator(client, stella):
    client.sign_in(stella)
    return client


def suggestion_of(table):
    record = {**records.document(table), "summary": "Soup too."}
    return suggestions.suggest(
        table, record=record, base_number=table.revision_number, by=None, door="page", now=clock.now(), who="one"
    )


def report_of(table):
    return report_actions.send(table, kind=ReportKind.WRONG, text="It begins at one.", who="one", by=None, now=clock.now())


class Work:
    """One form of the desk: where it is sent, what is typed into it, and a word of that."""

    def __init__(self, address, data):
        self.address, self.data = address, data


@pytest.fixture(params=["review", "report", "details", "call", "row", "try"])
def work(request, curator, table):
    match request.param:
        case "review":
            address = f"/desk/review/{suggestion_of(table).uid}"
            curator.post(f"{address}/hold")
            data = {"press": "refuse", "why": "other", "words": "An hour of careful words.", "choice-summary": "mine"}
            return Work(address, {**data, "mine-summary": "Soup on Fridays.", "number": "0"})
        case "report":
            address = f"/desk/reports/{report_of(table).uid}"
            curator.post(f"{address}/hold")
            return Work(address, {"press": "kept", "words": "An hour of careful words."})
        case "details":
            report = report_actions.send(table, kind=ReportKind.MY_DETAILS, text="", who="one", by=None, now=clock.now())
            return Work(f"/desk/reports/{report.uid}/details", {"details": "01632 960142", "number": "0"})
    curator.post("/desk/start", data={"listing": table.slug})
    number = db.session.scalar(select(Task.id))
    call = {"first_visit": "changed", "first_visit_words": "An hour of careful words.", "means": "phone"}
    match request.param:
        case "row":
            return Work(f"/desk/checks/{number}/answers/first-visit", call)
        case "try":
            return Work(f"/desk/checks/{number}/tries", {"outcome": "no-answer", "best_day": "1", "means": "phone"})
    return Work(f"/desk/checks/{number}", call)


class EveryForm(Form):
    """All that the forms of a page hold."""

    def handle_starttag(self, tag, attrs):
        before = self.pairs
        super().handle_starttag(tag, attrs)
        if self.pairs is not before:
            self.pairs = [*before, *self.pairs]


def lost(page, data):
    """What was typed or chosen and stands in no form of the page."""
    held = EveryForm(page.text).pairs
    return [name for name, value in data.items() if name not in ("press", "outcome", "number") and (name, value) not in held]


def test_a_sign_in_that_ended_keeps_the_words_and_goes_on(curator, work, stella):
    curator.sign_out()
    answer = curator.post(work.address, data=work.data)
    assert answer.status_code == 403
    assert "You were away a while" in answer.text
    assert lost(answer, work.data) == []
    curator.sign_in(stella)
    back = curator.post(work.address, data=filled(answer, do="again"))
    assert back.status_code == 200
    assert lost(back, work.data) == []
    assert not db.session.scalars(select(Opinion)).all()
    assert curator.post(work.address, data=work.data).status_code in (
        303,
        409,
    )  # 409: the number of the version is not known here


def test_a_suspension_leaves_the_words_to_be_copied(curator, work, stella, ida):
    account_actions.suspend(stella, by=ida, reason="While we ask you something.", now=clock.now())
    answer = curator.post(work.address, data=work.data)
    assert answer.status_code == 403
    assert lost(answer, work.data) == []
    assert "Your account is suspended" in answer.text
    assert "You were away" not in answer.text
    assert "/account/sign-in" not in answer.text[answer.text.index("<main") :]


def test_a_token_too_old_keeps_the_words_and_showing_them_needs_none(app, curator, work, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    stale = {**work.data, "csrf_token": "stale"}
    answer = curator.post(work.address, data=stale)
    assert answer.status_code == 400
    assert lost(answer, work.data) == []
    back = curator.post(work.address, data={**filled(answer, do="again"), "csrf_token": ["stale"]})
    assert back.status_code == 200
    assert lost(back, work.data) == []
    assert db.session.scalars(select(Report.answered_at)).all() in ([], [None])


def test_a_code_that_is_owed_keeps_the_words(curator, work):
    with writing():
        for row in db.session.scalars(select(SignIn)):
            row.proved_at = None
    answer = curator.post(work.address, data=work.data)
    assert answer.status_code == 403
    assert 'href="/account/code"' in answer.text
    assert lost(answer, work.data) == []


def test_a_script_gets_the_page_with_the_words_in_place_of_the_old_one(curator, work):
    curator.sign_out()
    answer = curator.post(work.address, data=work.data, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#main")
    assert "<!doctype" not in answer.text.lower()
    assert lost(answer, work.data) == []


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/listings/welcome-table/hide", {"reason": "The floor gives way."}),
        ("/account/people", {"email": "new@example.org", "name": "New Person", "role": "curator"}),
        ("/desk/next", {"work": "check", "listing": "welcome-table", "reason": "I know them well."}),
    ],
)
def test_every_other_form_of_people_signed_in_is_sent_once_more_by_a_press(app, client, table, ida, address, data, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client.sign_in(ida)
    answer = client.post(address, data=data)
    assert (answer.status_code, 'action="/kept"' in answer.text) == (400, True)
    back = client.post("/kept", data={**filled(answer, do="again"), "csrf_token": ["stale"]})
    assert back.status_code == 200
    assert f'action="{address}"' in back.text
    sent = {name: value for name, value in filled(back).items() if name != "csrf_token"}
    assert {name: [value] for name, value in data.items()} == sent
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert client.post(address, data=sent).status_code == 303


def test_secrets_are_never_put_on_a_page(app, curator, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for address, data in (
        ("/account/password", {"current": "correct horse battery", "password": "staple staple staple"}),
        ("/account/code", {"code": "123456"}),
        ("/account/sign-in", {"email": "stella@example.org", "password": "correct horse battery"}),
    ):
        answer = curator.post(address, data=data)
        assert answer.status_code == 400
        assert not any(word in answer.text for word in ("horse", "staple", "123456"))


@pytest.mark.parametrize(
    "to", ["", "//evil.example", "https://evil.example/", "/nothing", "/desk", "/account/sign-in", "/kept\\x"]
)
def test_what_is_kept_goes_to_our_own_forms_alone(curator, to):
    assert curator.post("/kept", data={"do": "again", "to": to, "reason": "Words."}).status_code == 404


def test_another_site_cannot_fill_in_a_form_of_ours(curator, table):
    data = {"do": "again", "to": "/listings/welcome-table/hide", "reason": "Words."}
    assert curator.post("/kept", data=data).status_code == 200
    assert curator.post("/kept", data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404


def test_what_is_kept_is_for_people_signed_in(client):
    assert client.post("/kept", data={"do": "again", "to": "/desk/locks", "reason": "Words."}).status_code == 403


# Two windows of one person


@pytest.mark.parametrize("first", ["refuse", "publish"])
@pytest.mark.parametrize("second", ["refuse", "publish", "ask"])
def test_the_second_window_of_a_review_says_what_happened_and_keeps_the_words(curator, table, first, second):
    suggestion = suggestion_of(table)
    address = f"/desk/review/{suggestion.uid}"
    curator.post(f"{address}/hold")
    data = {"number": "0", "choice-summary": "accept", "why": "other", "words": "In the first window."}
    assert curator.post(address, data={**data, "press": first}).status_code == 303
    answer = curator.post(address, data={"press": second, "number": "0", "words": "An hour of careful words."})
    assert answer.status_code == 409
    assert "You have decided this already, perhaps in another window." in answer.text
    assert "An hour of careful words." in answer.text
    assert "What you wrote is kept here" in answer.text
    assert db.session.scalar(select(Suggestion.state)) in (State.REFUSED, State.APPROVED)


def test_what_is_looked_at_in_two_windows_keeps_the_words_too(curator, table, make):
    suggestion = suggestion_of(table)
    with writing(suggestion):
        suggestion.state = State.LIVE
    address = f"/desk/review/{suggestion.uid}"
    assert curator.post(address, data={"press": "stay"}).status_code == 303
    answer = curator.post(address, data={"press": "back", "words": "An hour of careful words."})
    assert (answer.status_code, "An hour of careful words." in answer.text) == (409, True)


@pytest.mark.parametrize("press", ["kept", "changed", "wait", ""])
def test_the_second_window_of_a_report_says_what_happened_and_keeps_the_words(curator, table, press):
    address = f"/desk/reports/{report_of(table).uid}"
    curator.post(f"{address}/hold")
    assert curator.post(address, data={"press": "kept", "words": "In the first window."}).status_code == 303
    answer = curator.post(address, data={"press": press, "words": "An hour of careful words."})
    assert answer.status_code == 409
    assert "You have answered this already, perhaps in another window." in answer.text
    assert "An hour of careful words." in answer.text


def test_what_somebody_else_took_meanwhile_keeps_the_words(curator, table, cai):
    report, suggestion = report_of(table), suggestion_of(table)
    report_actions.hold(report, by=cai, now=clock.now())
    suggestions.hold(suggestion, by=cai, now=clock.now())
    for address in (f"/desk/reports/{report.uid}", f"/desk/review/{suggestion.uid}"):
        answer = curator.post(
            address, data={"press": "refuse" if "review" in address else "kept", "words": "Careful words.", "why": "other"}
        )
        assert (answer.status_code, "Careful words." in answer.text) == (409, True)


def test_the_second_window_of_a_call_keeps_what_was_heard(curator, table):
    curator.post("/desk/start", data={"listing": table.slug})
    number = db.session.scalar(select(Task.id))
    data = {"running": "still", "times": "still", "contact": "still", "means": "phone"}
    assert curator.post(f"/desk/checks/{number}", data=data).status_code == 303
    late = {**data, "first_visit": "changed", "first_visit_words": "An hour of careful words."}
    answer = curator.post(f"/desk/checks/{number}", data=late)
    assert (answer.status_code, lost(answer, late)) == (409, [])


def test_a_reason_that_cannot_be_kept_stays_in_its_box(curator, table):
    answer = curator.post("/desk/next", data={"work": "check", "listing": table.slug, "reason": "My patient goes there"})
    assert (answer.status_code, filled(answer)["reason"]) == (422, ["My patient goes there"])


def test_a_press_without_words_is_refused_as_ever(curator):
    curator.sign_out()
    answer = curator.post("/desk/reports/0000/hold")
    assert (answer.status_code, "What you wrote" in answer.text) == (403, False)
