"""The board, a story and the map of gaps in a real browser: at every width, without a mouse, without scripts, in any colours."""

from __future__ import annotations

from typing import Any

import pytest

from directory.extensions import db
from directory.models import Gap
from tests import atlases, register
from tests.browser.test_looks import faults, sideways
from tests.conftest import Served

MILES = [
    "/gaps/map?layer=far&need=company&council=E07000147",
    "/gaps/map?layer=far&council=S12000017",
    "/gaps/map?need=transport",
]
pytestmark = pytest.mark.browser


@pytest.fixture
def valley(server: Served) -> Served:
    """A few gaps in every lane, and a counted quarter."""
    for area, state, people in (
        ("NR25", "looked-at", 25),
        ("NR24", "being-started", 0),
        ("NR21", "not-now", 40),
        ("NR27", "met", 10),
    ):
        register.step(register.gap(area, name=f"Company in {area}", area_name=f"{area}, {TOWNS.get(area, 'Holt')}"), state=state)
        if people:
            register.cell(area, people=people, area_name=f"{area}, Holt")
    register.gap(term="transport", kind="accessible")
    register.cell(term="transport", kind="accessible", people=15)
    register.make.listing("Lunch Club", at=register.make.HOLT, terms=[register.make.term("company", label="Company")])
    atlases.reckon(server.app)
    return server


TOWNS = {"NR25": "Holt", "NR24": "Melton Constable", "NR21": "Fakenham"}


def names_and_figures(page) -> list[dict[str, float]]:
    """What every name on the map covers, and how many figures and other names it lies over."""
    return page.evaluate("""() => {
        const box = text => text.getBoundingClientRect(), all = [...document.querySelectorAll(".hexmap text")];
        const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4;
        const names = all.filter(text => text.classList.contains("town"));
        return names.map(name => ({
            name: name.textContent,
            over: all.filter(other => other !== name && meet(box(name), box(other))).map(other => other.textContent),
        }));
    }""")


def pages(site: Served) -> list[str]:
    story = f"/gaps/{db.session.query(Gap).order_by(Gap.id).first().uid}"
    return ["/gaps", "/gaps?lane=not-now", story, "/gaps/map", "/gaps/map?layer=searches", *MILES]


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("light", 1280), ("dark", 390), ("dark", 1280)])
def test_no_page_of_gaps_has_an_accessibility_fault_or_runs_off_the_side(valley, new_context, scheme, width):
    page = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    wrong: dict[str, Any] = {}
    for address in pages(valley):
        page.goto(valley.url + address)
        page.wait_for_load_state("networkidle")
        if found := faults(page) + ([f"{sideways(page)} px off the side"] if sideways(page) > 0 else []):
            wrong[address] = found
        assert not page.locator("#problem").inner_text()
    assert wrong == {}


def test_the_board_and_the_map_are_narrowed_by_keyboard(valley, page):
    page.goto(f"{valley.url}/gaps")
    assert page.locator("article.gap").count() == 4
    page.focus("#need")
    page.keyboard.type("T")
    page.wait_for_url("**/gaps?*need=transport*")
    page.wait_for_function("document.querySelectorAll('article.gap').length === 1")
    assert "1 reported" in page.locator("#said").inner_text()
    page.goto(f"{valley.url}/gaps/map")
    assert page.locator("svg.hexmap text.on1").all_inner_texts()
    page.focus("#need")
    page.keyboard.type("T")
    page.wait_for_url("**/gaps/map?*need=transport*")
    page.wait_for_function("document.querySelector('caption').textContent.includes('transport')")
    assert faults(page) == []


def test_everything_works_without_scripts(valley, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{valley.url}/gaps")
    page.select_option("#need", "transport")
    page.click("noscript button, form[role=search] button")
    assert page.locator("article.gap").count() == 1
    page.click("a:has-text('Map')")
    assert page.locator("svg.hexmap polygon").count() > 7
    assert "15" in page.locator("tbody").inner_text()


def test_no_name_on_the_map_lies_over_a_figure_or_another_name(valley, new_context):
    for area, town, people in (("NR25", "Holt", 60), ("NR24", "Melton Constable", 55), ("NR21", "Fakenham", 50)):
        register.cell(area, term="company", people=people, area_name=f"{area}, {town}")
    for width in (390, 1280):
        page = new_context(viewport={"width": width, "height": 900}).new_page()
        for address in ("/gaps/map?need=company", "/gaps/map", MILES[0]):
            page.goto(valley.url + address)
            written = names_and_figures(page)
            assert written, (address, width)
            assert [name["over"] for name in written] == [[]] * len(written)


def test_the_map_can_be_read_with_forced_colours(valley, new_context):
    page = new_context(forced_colors="active").new_page()
    page.goto(f"{valley.url}/gaps/map")
    fills = page.evaluate("[...document.querySelectorAll('.hexmap polygon')].map(patch => getComputedStyle(patch).fill)")
    assert len(set(fills)) == 1
    strokes = page.evaluate("[...document.querySelectorAll('.hexmap polygon')].map(patch => getComputedStyle(patch).stroke)")
    assert set(strokes) != set(fills)
