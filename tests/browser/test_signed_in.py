"""The pages of people who are signed in, as axe and a narrow screen find them: accounts, people, doubles, the desk, reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from directory.actions import desk, reports
from directory.actions import suggestions as actions
from directory.extensions import db, writing
from directory.models import Letter, Listing, Pair, Patch, ReportKind, records
from directory.models.letters import letter_to
from directory.views import clock
from tests.browser.test_looks import faults, sideways
from tests.browser.test_reviewing import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def addresses(server: Any) -> dict[str, str]:
    """Each page by what it is, with something on it."""
    from tests import make

    now = clock.now()
    old = now.date() - timedelta(days=430)
    first, second = (
        make.listing(name, contacts=[("phone", "01632 960142")], venue="Hall", session={}, organisation="Club", checked_on=old)
        for name in ("Lunch Club", "The Lunch Club")
    )
    pair = make.saved(Pair, first_id=first.id, second_id=second.id, score=0.8, why=[["name", 0.8]], found_at=now)
    bilal, cai = make.account("Bilal"), make.account("Cai", role="curator")
    make.saved(Patch, account_id=cai.id, area_code="NR25")
    report = reports.send(first, kind=ReportKind.WRONG, text="It begins at one.", who="one", by=None, now=now)
    details = reports.send(second, kind=ReportKind.MY_DETAILS, text="", who="two", by=None, now=now)
    record = {**records.document(first), "summary": "Soup too."}
    actions.suggest(first, record=record, base_number=first.revision_number, by=bilal, door="page", now=now)
    task = desk.start(second, by=cai, now=now)
    letter = letter_to("ida@example.org", "sign-in", now)
    with writing():
        db.session.add(letter)
    assert db.session.query(Letter).count()
    return {
        "account": "/account/",
        "password": "/account/password",
        "second step": "/account/second-step",
        "own listings": "/account/listings",
        "people": "/account/people",
        "person": f"/account/people/{bilal.uid}",
        "changes of a person": f"/desk/accounts/{bilal.uid}",
        "editors": f"/organisations/{first.organisation.slug}/editors",
        "desk": "/desk",
        "safety": "/desk/safety",
        "call of another": f"/desk/checks/{task.id}",
        "reports": "/desk/reports",
        "report": f"/desk/reports/{report.uid}",
        "details": f"/desk/reports/{details.uid}",
        "review": "/desk/review",
        "locks": "/desk/locks",
        "doubles": "/desk/duplicates",
        "pair": f"/desk/duplicates/{pair.id}",
        "edit": f"/listings/{first.slug}/edit",
        "versions": f"/listings/{first.slug}/versions",
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_no_page_has_a_fault_or_runs_off_the_side(server, addresses, new_context, scheme, width):
    context = new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    sign_in(context, server, "lead")
    page = context.new_page()
    wrong = {}
    for name, address in addresses.items():
        answer = page.goto(server.url + address)
        found = faults(page) + ([f"{sideways(page)} px too wide"] if sideways(page) > 0 else [])
        if answer.status != 200 or found:
            wrong[name] = [answer.status, *found]
    assert wrong == {}


def test_forms_that_hold_text_have_none_either(server, addresses, new_context):
    """A report that is held, an answer with a mistake, a job begun, and text that a lost sign-in left on the page."""
    context = new_context(viewport={"width": 390, "height": 900})
    sign_in(context, server)
    page = context.new_page()
    page.goto(server.url + addresses["report"])
    page.click("text=I look at this one")
    page.click("button[value=kept]")
    assert page.title().startswith("Mistakes to fix: ")
    assert faults(page) == []
    page.fill("textarea[name=words]", "We rang: it begins at noon.")
    context.clear_cookies()
    page.click("button[value=kept]")
    assert "You were away a while" in page.inner_text("h1")
    assert (faults(page), sideways(page) <= 0) == ([], True)
    assert db.session.query(Listing).count() == 2


TOP = """() => {
    const top = (chosen) => [...document.querySelectorAll(chosen)].map((each) => Math.round(each.getBoundingClientRect().top));
    return [new Set(top(".top nav li")).size, top(".door")[0] === top(".brand")[0]];
}"""


@pytest.mark.parametrize("width", [320, 390])
def test_the_links_at_the_top_stand_in_one_row(server, new_context, width):
    context = new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    for path in ("/about/roles", "/status", "/account/sign-in"):
        page.goto(server.url + path)
        assert page.evaluate(TOP) == [1, True], path
    sign_in(context, server, "lead")
    for path in ("/desk", "/account/"):
        page.goto(server.url + path)
        assert page.evaluate(TOP) == [1, True], path
        assert sideways(page) <= 0


def test_tables_of_listings_and_people_are_not_cut_on_a_telephone(server, addresses, new_context):
    context = new_context(viewport={"width": 320, "height": 800})
    sign_in(context, server, "lead")
    page = context.new_page()
    for name in ("people", "own listings"):
        page.goto(server.url + addresses[name])
        cut = "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).length"
        assert page.evaluate(cut) == 0, name
