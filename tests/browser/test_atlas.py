"""The atlas in a real browser: no accessibility fault at any width, choosing swaps the figures, and it works without scripts."""

from __future__ import annotations

import pytest

from directory.models import Kind, Mode
from tests import atlases, make
from tests.browser.test_looks import faults, sideways
from tests.make import HOLT

pytestmark = pytest.mark.browser

COUNCIL = "/atlas/councils/E07000147?need=company"
PAGES = ("/atlas", "/atlas?measure=ratio&by=deprivation", "/atlas?by=council", "/atlas/needs/company", COUNCIL, "/atlas/how")


@pytest.fixture
def county(server):
    """A running site with a club, a library, its stop, and the atlas of them."""
    make.listing("Lunch Club", at=HOLT, terms=[make.term("company")])
    make.listing("Holt Library", at=HOLT, kind=Kind.LIBRARY)
    stop = {"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "mode": Mode.STOP}
    make.listing("Mobile Library", at=(52.749, 1.65), kind=Kind.LIBRARY, session=stop)
    atlases.reckon(server.app)
    return server


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("light", 1280), ("dark", 390)])
def test_no_page_has_a_fault_or_runs_off_the_side(county, new_context, scheme, width):
    page = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    wrong = {}
    for address in PAGES:
        page.goto(county.url + address)
        page.wait_for_load_state("networkidle")
        found = faults(page) + ([f"{sideways(page)} px off the side"] if sideways(page) > 0 else [])
        if found:
            wrong[address] = found
    assert wrong == {}


def test_choosing_swaps_the_figures_and_keeps_the_address(county, new_context):
    page = new_context().new_page()
    page.goto(county.url + "/atlas")
    page.select_option("#by", "council")
    page.wait_for_selector("#figs td:text('North Norfolk'), #figs th:has-text('North Norfolk')")
    assert "by=council" in page.url
    assert page.inner_text("#said") == "Miles to the nearest, councils"
    page.reload()
    assert page.input_value("#by") == "council"


def test_it_works_without_scripts(county, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(county.url + "/atlas")
    page.select_option("#measure", "within")
    page.click("button:has-text('Go')")
    assert "measure=within" in page.url
    assert "Number within 3 miles, in a straight line" in page.inner_text("#figs")
    assert page.is_visible("td.num >> nth=0")


def test_a_table_that_goes_on_sideways_says_so(county, new_context):
    told = 'getComputedStyle(document.querySelector(".scroll:has(table.wide)"), "::before").content'
    for width, is_told in ((390, True), (1280, False)):
        page = new_context(viewport={"width": width, "height": 800}).new_page()
        for address in ("/atlas", "/atlas/needs/company", COUNCIL):
            page.goto(county.url + address)
            assert ("Slide sideways" in page.evaluate(told)) == is_told
            goes_on = page.evaluate('(box => box.scrollWidth > box.clientWidth)(document.querySelector(".scroll"))')
            assert goes_on == is_told
