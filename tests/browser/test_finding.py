"""From the front page to a listing in a real browser: with scripts, without them, by keyboard, on a small screen.

On both databases, each with the text index that suits it.
"""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Error

from tests.conftest import DATABASES

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("site", DATABASES, indirect=True, scope="session")]
HOLT = "NR25 6BL"


def until(page, expression: str, *, seconds: float = 10) -> None:
    """Wait until the page finds it true; `wait_for_function` would need the eval that our policy forbids."""
    end = time.monotonic() + seconds
    while not true(page, expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(30)


def true(page, expression: str) -> bool:
    try:
        return page.evaluate(f"Boolean({expression})")
    except Error:  # the page is just being replaced by the next one
        return False


def results(page, village, query: str = "") -> None:
    page.goto(f"{village.url}/search?place=NR25+6BL{query}")
    page.wait_for_load_state("networkidle")


def count(page) -> int:
    return int(re.match(r"[\d,]+", page.inner_text("#count"))[0].replace(",", ""))


def test_front_page_to_listing_with_scripts(village, page):
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.goto(village.url)
    page.fill("#place", HOLT)
    page.fill("#q", "lunch")
    page.click("button:has-text('Find')")
    page.wait_for_selector("#count")
    page.wait_for_load_state("networkidle")  # a filter ticked before the script came waits for “Find”
    everything = count(page)
    assert everything >= 20
    assert f"near {HOLT}" in page.inner_text("#count").replace("\u00a0", " ")
    page.check("input[name=cost][value=free]")
    until(page, "document.title.startsWith(document.querySelector('#count').textContent)")
    until(page, f"parseInt(document.querySelector('#count').textContent) < {everything}")
    assert page.inner_text("#said") == f"{count(page)} found"
    assert "cost=free" in page.url
    assert page.evaluate("document.activeElement.value") == "free", "focus stays on the filter"
    assert page.inner_text("#in-use") == "1 in use"
    page.click("a:text-is('Lunch Club 02')")
    page.wait_for_selector("h1:text-is('Lunch Club 02')")
    assert "away in a straight line from" in page.inner_text("main")
    page.go_back()
    page.wait_for_selector("#count")
    assert page.is_checked("input[name=cost][value=free]")
    assert count(page) < everything
    page.go_back()
    until(page, f"parseInt(document.querySelector('#count')?.textContent) == {everything}")
    assert not page.is_checked("input[name=cost][value=free]")
    assert faults == []


def test_front_page_to_listing_without_scripts(village, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(village.url)
    page.fill("#place", HOLT)
    page.fill("#q", "lunch")
    page.click("button:has-text('Find')")
    everything = count(page)
    page.check("input[name=cost][value=free]")
    page.click("text=Show these")
    assert count(page) < everything
    assert page.is_checked("input[name=cost][value=free]")
    assert page.input_value("#q") == "lunch"
    page.click("a.chip:has-text('Free only')")
    assert count(page) == everything
    page.click("text=/^Show .* more/")
    assert "page=2" in page.url
    assert ", page 2 of 2" in page.title()
    page.click("text=Previous page")
    assert "page=2" not in page.url
    page.select_option("#sort", "name")
    page.click("button:text-is('Go')")
    assert "sort=name" in page.url
    page.click("a:text-is('Lunch Club 01')")
    assert page.inner_text("h1") == "Lunch Club 01"


def test_a_chip_takes_out_its_filter_and_unticks_it(village, page):
    results(page, village, "&cost=free&time=evening")
    page.click("a.chip:has-text('Evening')")
    until(page, "!location.search.includes('time=evening')")
    until(page, "!document.querySelector('input[name=time][value=evening]').checked")
    assert page.is_checked("input[name=cost][value=free]")
    assert page.inner_text("#in-use") == "1 in use"
    until(page, "document.activeElement.id === 'count'")


def test_find_moves_focus_to_the_count_and_says_it(village, page):
    results(page, village)
    page.fill("#q", "kettle")
    page.press("#q", "Enter")
    until(page, "document.querySelector('#said').textContent.length > 0")
    until(page, "document.activeElement.id === 'count'")
    assert page.inner_text("#said") == page.inner_text("#count").split(" for ")[0]


def test_show_more_adds_rows_and_moves_focus_to_the_first_new_name(village, page):
    results(page, village)
    before = page.locator("#list .res").count()
    total = count(page)
    page.click("text=/^Show .* more/")
    until(page, f"document.querySelectorAll('#list .res').length > {before}")
    after = page.locator("#list .res").count()
    assert (before, after) == (20, total)
    assert page.inner_text("#said") == f"{after - before} more, {after} in all"
    until(page, "document.activeElement.closest('li')?.id === 'page-2'")
    assert page.locator("#more").count() == 0
    assert "page=2" not in page.url


def test_the_order_is_changed_in_place(village, page):
    results(page, village)
    page.focus("#sort")
    page.select_option("#sort", "name")
    until(page, "location.search.includes('sort=name')")
    until(page, "document.querySelector('#list h3').textContent.startsWith('Kettle')")
    until(page, "document.activeElement.id === 'sort'")


def test_the_map_comes_on_a_press_with_the_list_below(village, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    results(page, village)
    assert not [url for url in asked if "leaflet" in url or "map.js" in url]
    page.click("a:has-text('Map')")
    page.wait_for_selector("#map .spot")
    until(page, "document.activeElement.id === 'map-heading'")
    assert page.inner_text("#said") == "Map shown. The list is below"
    assert page.locator("#list .res").count() == 20
    assert {url.split("/")[2] for url in asked} == {village.url.split("/")[2]}, "nobody else is asked"
    page.locator("#map .spot").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#map .leaflet-popup a")
    box = page.locator("#map .leaflet-popup-content").bounding_box()
    assert box["width"] >= 200
    assert true(page, "document.querySelector('.leaflet-popup').getBoundingClientRect().right <= innerWidth")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('#map .leaflet-popup')")
    assert true(page, "document.activeElement.classList.contains('spot')")


def test_the_map_shows_something_without_tiles(village, page):
    results(page, village, "&view=map")
    page.wait_for_selector("#map .spot")
    rings = page.locator("#map .far").all_inner_texts()
    assert rings[0] == "1 mile"
    numbers = set(page.locator("#map .spot").all_inner_texts())
    assert "1" in {number.rstrip("+") for number in numbers}
    assert page.locator("#list .no").first.inner_text() == "1"


def test_a_filter_in_map_view_says_the_count_and_breaks_no_rule(village, page):
    faults = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    results(page, village, "&view=map")
    page.wait_for_selector("#map .spot")
    page.check("input[name=cost][value=free]")
    until(page, "location.search.includes('cost=free')")
    until(page, "document.querySelector('#said').textContent.length > 0")
    assert page.inner_text("#said") == f"{count(page)} found"
    page.wait_for_selector("#map .spot")
    assert faults == []


def test_a_count_is_what_one_gets_and_a_new_search_looks_afresh(village, page):
    results(page, village)
    told = page.locator("label.tick:has(input[value=evening]) .n").inner_text()
    page.check("input[name=time][value=evening]")
    until(page, "location.search.includes('time=evening')")
    until(page, f"parseInt(document.querySelector('#count').textContent) == {told}")
    assert "radius=3" in page.url
    assert page.is_visible("a.chip:has-text('Within 3 miles')")
    page.fill("#q", "kettle")
    page.press("#q", "Enter")
    until(page, "location.search.includes('q=kettle')")
    assert "radius" not in page.url


def test_back_from_a_listing_all_rows_are_there_again(village, page):
    results(page, village)
    total = count(page)
    page.click("text=/^Show .* more/")
    until(page, "location.hash === '#page-2'")
    page.locator("#page-2 a").first.click()
    page.wait_for_selector(".crumb")
    page.go_back()
    page.wait_for_selector("#page-2")
    assert page.locator("#list .res").count() == total


def test_the_panel_goes_with_an_unknown_place_and_comes_back(village, page):
    results(page, village)
    page.fill("#place", "Hollt on the Hill")
    page.press("#place", "Enter")
    until(page, "document.querySelector('#count').textContent.includes('do not know')")
    until(page, "!document.querySelector('.filters').checkVisibility()")
    page.fill("#place", HOLT)
    page.press("#place", "Enter")
    until(page, "document.querySelector('#count').textContent.includes('found')")
    assert page.locator("aside .panel").evaluate("node => node.parentNode.parentNode.hidden") is False


def test_what_breaks_says_so_and_loses_nothing(village, page):
    results(page, village)
    page.route("**/search**", lambda route: route.abort())
    page.fill("#q", "tea")
    page.press("#q", "Enter")
    page.wait_for_selector("#problem .note")
    assert "That did not work" in page.inner_text("#problem")
    assert page.input_value("#q") == "tea"
    assert page.locator("#list .res").count() == 20
    assert page.get_attribute("#answers", "aria-busy") is None
    page.unroute("**/search**")
    page.route("**/search**", lambda route: route.fulfill(status=500, body="broken"))
    page.press("#q", "Enter")
    page.wait_for_timeout(300)
    assert page.locator("#list .res").count() == 20
    page.unroute("**/search**")
    page.press("#q", "Enter")
    until(page, "document.querySelector('#problem').textContent === ''")


def test_an_unknown_place_is_told_in_place_and_keeps_the_words(village, page):
    results(page, village)
    page.fill("#place", "Hollt on the Hill")
    page.fill("#q", "tea")
    page.press("#q", "Enter")
    until(page, "document.querySelector('#count').textContent.includes('do not know')")
    assert page.input_value("#place") == "Hollt on the Hill"
    assert page.input_value("#q") == "tea"


def test_every_page_can_be_walked_with_the_keyboard(village, page):
    for address in ("/", "/search?place=NR25+6BL", "/listings/lunch-club-01", "/status", "/about/roles"):
        page.goto(village.url + address)
        page.keyboard.press("Tab")
        assert page.inner_text(":focus") == "Skip to the main part"
        reachable = page.evaluate(
            """[...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,summary')]
               .filter(node => node.checkVisibility()).length"""
        )
        seen = set()
        for _ in range(reachable + 20):
            told = page.evaluate(
                """(() => { const node = document.activeElement;
                    const told = node.tagName + (node.href || node.value || node.textContent);
                    return [told + node.getBoundingClientRect().top, getComputedStyle(node).outlineStyle, node.tagName] })()"""
            )
            if told[2] == "BODY":
                break
            assert told[1] != "none", f"focus cannot be seen on {told[0]} of {address}"
            seen.add(told[0])
            page.keyboard.press("Tab")
        assert len(seen) >= reachable * 0.9, address


def test_the_second_skip_link_leads_to_the_results(village, page):
    results(page, village)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Skip to the results"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "count"


def test_enter_on_the_skip_link_leads_to_the_main_part(village, page):
    results(page, village)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
