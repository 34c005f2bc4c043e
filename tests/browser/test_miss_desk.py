"""The desk of misses in a real browser: no accessibility fault at any width, and a word is brought back by keyboard."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from directory.extensions import db, writing
from directory.models import Miss, PassedOver, Shortfall
from directory.views import clock
from tests.browser.test_looks import faults, sideways
from tests.browser.test_reviewing import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def asked(server):
    """A word, a long one, one passed over, and a need in two areas."""
    from tests import make

    make.term("loneliness")
    day, wrong = clock.now().date(), Shortfall.NOTHING
    rows = [("NR25", "", "knitbombing"), ("NR25", "", "llanfairpwllgwyngyllgogerychwyrndrobwll"), ("NR25", "", "zorbing")]
    rows += [("NR25", "loneliness", ""), ("NR24", "loneliness", "")]
    with writing():
        for area, need, word in rows:
            db.session.add(Miss(day=day, area_code=area, need=need, word=word, shortfall=wrong, searches=12, visits=9))
        db.session.add(PassedOver(word="zorbing", day=day))
    return server


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("light", 390), ("dark", 1280)])
def test_the_desk_has_no_fault_and_does_not_run_off_the_side(asked, new_context, scheme, width):
    context = new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    sign_in(context, asked, "lead")
    page = context.new_page()
    assert page.goto(f"{asked.url}/desk/misses").status == 200
    page.click("summary:has-text('1 word passed over')")
    assert (faults(page), max(sideways(page), 0)) == ([], 0)
    page.click("button:has-text('Teach search') >> nth=0")
    assert page.title().startswith("Mistakes to fix: ")
    assert (faults(page), max(sideways(page), 0)) == ([], 0)


def test_a_word_is_brought_back_by_keyboard(asked, new_context):
    context = new_context()
    sign_in(context, asked)
    page = context.new_page()
    page.goto(f"{asked.url}/desk/misses")
    page.focus("details.more summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/misses?after=brought-back")
    assert page.locator("label:has-text('zorbing')").count() == 1
    assert db.session.scalars(select(PassedOver)).all() == []
