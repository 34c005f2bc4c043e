"""Editing in a real browser: a mistake, put right, sent; with scripts and without, by keyboard, on a small screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from directory.actions import accounts
from directory.extensions import db
from directory.models import LinkPurpose, Suggestion
from tests.browser.test_looks import faults, sideways

pytestmark = pytest.mark.browser


@pytest.fixture
def table(server: Any) -> Any:
    from tests import make

    make.term("step-free", taxonomy="access", label="Step-free way in")
    make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Village Hall", postal_code="NR25 6BH"),
        session={},
        contacts=[("phone", "01632 960142")],
        summary="A hot lunch.",
        terms=["food"],
    )
    return server


def sign_in(page: Any, site: Any) -> None:
    from tests import make

    secret = accounts.link_for(make.account("Bilal"), LinkPurpose.SIGN_IN, now=datetime.now(UTC))
    page.goto(f"{site.url}/account/link/{secret}")
    page.click("main button")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_mistake_is_put_right_and_sent(table, new_context, scripts):
    page = new_context(viewport={"width": 390, "height": 800}, java_script_enabled=scripts).new_page()
    sign_in(page, table)
    page.goto(f"{table.url}/listings/welcome-table/edit")
    assert page.evaluate("document.documentElement.scrollHeight") < 4 * 800, "every section is shut"
    page.click("summary:has-text('Get in touch')")
    page.fill("#phone", "01632 960 14")
    page.click("summary:has-text('When')")
    page.fill("#sessions-0-closes", "11:00")
    page.click("text=Send the changes")
    assert page.title().startswith("Mistakes to fix: Edit Welcome Table")
    assert page.input_value("#phone") == "01632 960 14"
    page.click("text=Give all the digits, like 01632 960142. >> nth=0")
    page.fill("#phone", "01632 960144")
    page.fill("#sessions-0-closes", "15:00")
    page.click("text=Add another time")
    assert page.input_value("#phone") == "01632 960144"
    page.check("#time-1 label:has-text('Sat') input")
    page.fill("#sessions-1-opens", "10:00")
    page.click("text=See how it will look >> visible=true >> nth=-1")
    assert "This is how it will look." in page.inner_text("main")
    assert "Saturdays, 10am" in page.inner_text("main")
    page.click("text=Send the changes")
    assert page.inner_text("h1") == "Thank you"
    assert "Two people look" in page.inner_text("main")
    db.session.rollback()
    assert db.session.scalars(select(Suggestion)).one().fields == ["contacts", "sessions"]


def test_the_pages_have_no_fault_and_nothing_off_the_side(table, new_context):
    for width, scheme in ((390, "light"), (320, "dark"), (1280, "light")):
        page = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        if width == 390:
            sign_in(page, table)
            page.goto(f"{table.url}/listings/welcome-table/edit")
            look(page, "edit")
            open_all(page)
            look(page, "edit, opened")
            page.fill("#phone", "1")
            page.fill("#sessions-0-opens", "")
            page.click("text=Send the changes")
            look(page, "edit with mistakes")
        page.goto(f"{table.url}/listings/welcome-table/suggest")
        look(page, "suggest")
        open_all(page)
        look(page, "suggest, opened")
        page.fill("#summary", "Better.")
        page.click("text=See how it will look >> visible=true >> nth=-1")
        look(page, "preview")
        page.goto(f"{table.url}/listings/new")
        open_all(page)
        look(page, "new")


def open_all(page: Any) -> None:
    for summary in page.query_selector_all("main details:not([open]) > summary"):
        if summary.is_visible():
            summary.click()


def look(page: Any, name: str) -> None:
    assert faults(page) == [], (name, page.viewport_size)
    assert sideways(page) <= 0, (name, page.viewport_size)


def test_by_keyboard_alone(table, page):
    """Tab to a field, write, Enter shows how it will look, and the first button there sends it."""
    page.goto(f"{table.url}/listings/welcome-table/suggest")
    page.focus("summary:has-text('Phone or email')")
    page.keyboard.press("Enter")
    page.wait_for_timeout(3_100)  # quicker is taken for a program
    page.focus("#phone_note")
    page.keyboard.type("Ask for Joan")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=This is how it will look.")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "send":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Thank you')")


def test_the_choices_that_do_not_matter_are_out_of_the_way(table, page):
    page.goto(f"{table.url}/listings/welcome-table/suggest")
    page.click("summary:has-text('Day or time')")
    assert not page.is_visible("text=Which one of the month?")
    page.check("input[name=sessions-0-how][value=monthly]")
    assert page.is_visible("text=Which one of the month?")
    assert not page.is_visible("#sessions-0-every")
    page.check("input[name=sessions-0-how][value=dates]")
    assert not page.is_visible("text=Which days?")
