"""From the letter to “Checked today by the group”, on a small screen, with scripts and without: one press."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import freshness
from directory.extensions import db
from directory.models import Check, Fact, Letter, Means, Voice
from directory.models.freshness import later
from tests import make
from tests.browser.test_looks import faults, sideways

pytestmark = pytest.mark.browser


@pytest.fixture
def letter(server):
    """The text of a letter about a listing that was checked five months ago, as it is sent."""
    now = datetime.now(UTC)
    day = later(now.date(), -5)
    critical = (Fact.RUNNING, Fact.TIMES, Fact.CONTACT)
    make.listing(
        "Welcome Table",
        venue="Village Hall",
        session={},
        summary="A hot lunch and good company.",
        contacts=[("phone", "01632 960142"), ("email", "hello@lunch.example")],
        cost="paid",
        cost_amount=3,
        first_visit="Somebody meets you at the door.",
        checked_on=day,
        checks=[Check(fact=fact, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=day) for fact in critical],
    )
    for _ in range(2):
        freshness.sweep(now=now + timedelta(minutes=1))
    return jobs.written(server.app, db.session.scalars(select(Letter)).one())[1]


@pytest.mark.parametrize("scripts", [True, False])
def test_letter_page_one_press(server, letter, new_context, scripts):
    context = new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    page = context.new_page()
    address = re.search(r"https?://\S+/confirm/\S+", letter)[0]
    page.goto(server.url + re.sub(r"^https?://[^/]+", "", address))
    button = page.locator("button", has_text="All still right")
    box = button.bounding_box()
    assert box["y"] + box["height"] < 844, "the button is on the first screen"
    assert box["height"] >= 44
    button.click()
    page.wait_for_selector("h1:text-is('Welcome Table')")
    assert "Checked today by the group" in page.inner_text("main")


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 390), ("light", 1280)])
def test_the_page_has_no_fault(server, letter, new_context, scheme, width):
    page = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    path = re.sub(r"^https?://[^/]+", "", re.search(r"https?://\S+/confirm/\S+", letter)[0])
    page.goto(server.url + path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert (faults(page), max(0, sideways(page))) == ([], 0)
    page.click("button:text-is('Send what I chose')")
    page.wait_for_selector(".errsum")
    assert (faults(page), max(0, sideways(page))) == ([], 0)
