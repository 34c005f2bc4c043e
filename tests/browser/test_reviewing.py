"""The review in a real browser: keys that are off until switched on, nothing that axe complains of, no script needed."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from directory.actions import suggestions as actions
from directory.extensions import db, writing
from directory.models import SignIn, State, Suggestion, records
from directory.queries.accounts import digest
from directory.views import clock
from directory.views.access import TOKEN
from tests.browser.test_looks import faults, sideways


@pytest.fixture
def table(server: Any) -> Any:
    from tests import make

    listing = make.listing("Welcome Table", organisation="Lunch Club", venue="Village Hall", session={}, summary="A hot lunch.")
    for number in range(3):
        changed = {"summary": f"A hot lunch, {number}.", "first_visit": "A quiet corner.", "description": "Soup and bread."}
        record = {**records.document(listing), **changed}
        base = listing.revision_number
        actions.suggest(listing, record=record, base_number=base, by=None, door="page", now=clock.now(), who=str(number))
    return server


def sign_in(context: Any, site: Any, role: str = "curator") -> None:
    """As if password and second factor had been given: the cookie that the site would set."""
    from tests import make

    secret, now = secrets.token_urlsafe(), clock.now()
    person = make.account("Stella" if role == "curator" else "Ida", role=role, totp_secret="JBSWY3DPEHPK3PXP")
    with writing():
        kept = {"account_id": person.id, "token_hash": digest(secret), "browser": "A test"}
        db.session.add(SignIn(made_at=now, seen_at=now, proved_at=now, **kept))
    with site.app.test_request_context():
        value = site.app.session_interface.get_signing_serializer(site.app).dumps({TOKEN: secret})
    context.add_cookies([{"name": site.app.config["SESSION_COOKIE_NAME"], "value": value, "url": site.url}])


def chosen(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.choose input:checked')].map((each) => each.name + ' ' + each.value)")


def first_waiting(page: Any, site: Any) -> None:
    page.goto(f"{site.url}/desk/review")
    page.click(".queue a >> nth=0")
    page.click("text=I look at this one")


def test_keys_are_off_until_switched_on_and_never_eat_what_is_typed(table, new_context):
    context = new_context(viewport={"width": 1280, "height": 900})
    sign_in(context, table)
    page = context.new_page()
    first_waiting(page, table)
    for key in "jakr":
        page.keyboard.press(key)
    assert chosen(page) == []
    page.focus("#keys button")
    page.keyboard.press("Enter")
    for key in ("a", "r", "k", "k", "j", "j", "a"):
        page.keyboard.press(key)
    assert chosen(page) == ["choice-summary accept", "choice-description keep", "choice-first_visit accept"]
    page.focus("textarea[name=words]")
    page.keyboard.type("a jar")
    assert page.input_value("textarea[name=words]") == "a jar"
    assert chosen(page) == ["choice-summary accept", "choice-description keep", "choice-first_visit accept"]
    page.focus("button[value=publish]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Published. Two left.")
    db.session.rollback()
    assert db.session.scalars(select(Suggestion).order_by(Suggestion.id)).first().state is State.APPROVED


def test_with_scripts_the_next_one_takes_the_place_of_the_last(table, new_context):
    context = new_context(viewport={"width": 1280, "height": 900})
    sign_in(context, table)
    page = context.new_page()
    first_waiting(page, table)
    page.evaluate("window.same = true")
    page.click("button[value=publish]")
    page.wait_for_selector(".errsum")
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert page.title().startswith("Mistakes to fix: Three changes to Welcome Table")
    assert faults(page) == []
    page.check("[name=why][value=unsure]")
    page.click("button[value=refuse]")
    page.wait_for_selector("text=It stays as it is. The person who wrote is told why. Two left.")
    assert page.evaluate("[window.same, document.activeElement.tagName, document.querySelectorAll('#problem').length]") == [
        True,
        "H1",
        1,
    ]
    assert "Two left." in page.inner_text("#said")
    assert page.title().startswith("Three changes to Welcome Table")
    assert page.url.endswith("?after=refused")
    page.click("text=I look at this one")  # the keys go on where they were
    assert page.is_visible("#keys")
    page.check("[name=why][value=unsure]")
    page.context.clear_cookies()
    page.fill("textarea[name=words]", "An hour of careful words.")
    page.click("button[value=refuse]")
    page.wait_for_selector("h1:has-text('You were away a while')")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert page.input_value("input[name=words]") == "An hour of careful words."
    assert faults(page) == []


def test_ones_own_words_show_when_they_are_chosen_without_scripts_too(table, new_context):
    context = new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    sign_in(context, table)
    page = context.new_page()
    first_waiting(page, table)
    assert not page.is_visible("#mine-summary")
    assert not page.is_visible("#keys")
    page.check("[name=choice-summary][value=mine]")
    page.fill("#mine-summary", "My own words.")
    page.check("[name=choice-first_visit][value=accept]")
    page.click("text=Publish what I accepted")
    assert page.title().startswith("Mistakes to fix: ")
    assert page.input_value("#mine-summary") == "My own words."
    page.check("[name=choice-description][value=accept]")
    page.click("text=Publish what I accepted")
    assert "Published." in page.inner_text("main")


def test_the_pages_have_no_fault_and_nothing_off_the_side(table, new_context):
    db.session.rollback()
    for number, (width, scheme) in enumerate(((390, "light"), (320, "dark"), (1280, "light"))):
        context = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        if number == 0:
            sign_in(context, table, "lead")
            cookies = context.cookies()
        context.add_cookies(cookies)
        first_waiting(page, table) if number == 0 else page.goto(f"{table.url}/desk/review")
        pages = [page.url, f"{table.url}/desk/review", f"{table.url}/desk/locks"]
        pages += [f"{table.url}/listings/welcome-table/{path}" for path in ("history", "versions")]
        for address in pages:
            page.goto(address)
            assert faults(page) == [], (address, width)
            assert sideways(page) <= 0, (address, width)
            if page.locator("button[value=publish]").count():
                page.check("[name=choice-summary][value=mine]")
                page.click("button[value=publish]")
                page.wait_for_selector(".errsum")
                assert faults(page) == [], (address, width, "with mistakes")
