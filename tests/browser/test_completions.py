"""Suggestions while typing, in a real browser: by keyboard alone, by pointer, with a slow or broken network, without scripts."""

from __future__ import annotations

import time

import pytest

from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from tests.browser.test_finding import true, until
from tests.browser.test_looks import faults, sideways

pytestmark = pytest.mark.browser


@pytest.fixture
def hamlet(server):
    """A few listings round Holt with the shipped vocabulary, so that needs are understood."""
    from tests import make

    vocabulary_actions.load(shipped.shipped_terms())
    make.listing("Holt Garden Club", at=(52.906, 1.088), terms=["activity:gardening"], organisation="Garden Friends of Norfolk")
    make.listing("Garden Lunch", at=(52.907, 1.09))
    make.listing("Garden Refuge", confidential_location=True)
    return server


@pytest.fixture
def asked(page):
    """The addresses of suggestions that were asked for."""
    addresses = []
    page.on("request", lambda request: "/search/" in request.url and addresses.append(request.url))
    return addresses


def at_results(page, hamlet):
    page.goto(f"{hamlet.url}/search?place=NR25+6BL")
    page.wait_for_load_state("networkidle")


def begin(page, box, text):
    """Type letter by letter and wait for the list."""
    page.focus(f"#{box}")
    until(page, f"document.querySelector('#{box}[role=combobox]')")
    page.keyboard.type(text, delay=20)
    until(page, f"document.querySelector('#{box}').getAttribute('aria-expanded') === 'true'")
    return page.locator(f"#{box}-choices [role=option]")


def chosen(page, box):
    """The words of the row that a screen reader is told of."""
    return page.evaluate(
        f"document.getElementById(document.querySelector('#{box}').getAttribute('aria-activedescendant'))?.textContent.trim()"
    )


def is_closed(page, box):
    return true(page, f"document.querySelector('#{box}').getAttribute('aria-expanded') === 'false'") and not page.is_visible(
        f"#{box}-choices"
    )


def test_from_the_front_page_to_a_need_by_keyboard_alone(hamlet, page):
    page.goto(hamlet.url)
    page.focus("#place")
    page.keyboard.type("NR25 6BL")
    page.keyboard.press("Tab")
    assert true(page, "document.activeElement.id === 'q'")
    rows = begin(page, "q", "nobody to t")
    assert rows.first.inner_text().split("\n")[0].startswith("nobody to talk to")
    assert page.inner_text("[role=status]").endswith("suggestions") or page.inner_text("[role=status]") == "1 suggestion"
    page.keyboard.press("ArrowDown")
    assert chosen(page, "q").startswith("nobody to talk to")
    page.keyboard.press("Enter")
    page.wait_for_selector("#count")
    assert "q=nobody+to+talk+to" in page.url
    assert "for “nobody to talk to”" in page.inner_text("#count")


def test_up_down_home_end_escape_and_tab_do_what_the_pattern_says(hamlet, page):
    at_results(page, hamlet)
    rows = begin(page, "q", "gar")
    count = rows.count()
    assert (page.get_attribute("#q", "aria-controls"), page.get_attribute("#q", "aria-autocomplete")) == ("q-choices", "list")
    assert chosen(page, "q") is None
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("#q", "aria-activedescendant") == f"q-{count}"
    page.keyboard.press("ArrowDown")
    assert chosen(page, "q") is None, "after the last row comes the box itself"
    page.keyboard.press("ArrowDown")
    assert page.locator("#q-choices [aria-selected=true]").count() == 1
    page.keyboard.press("Home")
    assert chosen(page, "q") is None
    assert page.evaluate("document.activeElement.selectionStart") == 0
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.selectionStart") == 3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert is_closed(page, "q")
    assert page.input_value("#q") == "gar"
    page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('#q').getAttribute('aria-activedescendant') === 'q-1'")
    page.keyboard.press("Tab")
    assert is_closed(page, "q")
    assert page.input_value("#q") == "gar", "leaving the box chooses nothing"
    assert true(page, "document.activeElement.closest('#search button')")


def test_the_name_of_a_listing_leads_to_its_page_by_keyboard_and_by_pointer(hamlet, page):
    at_results(page, hamlet)
    rows = begin(page, "q", "garden lun")
    assert "go to its page" in rows.first.inner_text().lower()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text-is('Garden Lunch')")
    at_results(page, hamlet)
    begin(page, "q", "garden fr").first.click()
    page.wait_for_selector("h1:text-is('Garden Friends of Norfolk')")


def test_a_place_fills_its_box_and_waits(hamlet, page):
    page.goto(hamlet.url)
    page.wait_for_load_state("networkidle")
    begin(page, "place", "hol").first.click()
    assert page.input_value("#place").startswith("Holt, ")
    assert page.url == f"{hamlet.url}/"
    assert is_closed(page, "place")
    assert true(page, "document.activeElement.id === 'place'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#count")
    assert "found near Holt" in page.inner_text("#count")


def test_enter_without_a_choice_sends_what_was_typed(hamlet, page):
    at_results(page, hamlet)
    begin(page, "q", "gar")
    page.keyboard.press("Enter")
    until(page, "location.search.includes('q=gar')")
    until(page, "document.activeElement.id === 'count'")
    page.wait_for_timeout(400)
    assert not page.is_visible("#q-choices")


def test_typing_on_and_sending_at_once_is_not_overtaken_by_a_list(hamlet, page):
    at_results(page, hamlet)
    page.focus("#q")
    until(page, "document.querySelector('#q[role=combobox]')")
    page.keyboard.type("garden")
    page.keyboard.press("Enter")
    until(page, "location.search.includes('q=garden')")
    page.wait_for_timeout(400)
    assert not page.is_visible("#q-choices")


def test_nothing_is_asked_before_two_letters_and_little_while_typing_fast(hamlet, page, asked):
    at_results(page, hamlet)
    page.focus("#q")
    until(page, "document.querySelector('#q[role=combobox]')")
    page.keyboard.type("g")
    page.wait_for_timeout(300)
    assert asked == []
    page.keyboard.type("ardening", delay=10)
    until(page, "!document.querySelector('#q-choices').hidden")
    assert len(asked) <= 2
    page.fill("#q", "")
    until(page, "document.querySelector('#q-choices').hidden")


def test_an_older_answer_never_takes_the_place_of_a_newer_one(hamlet, page):
    at_results(page, hamlet)

    def slowly(route):
        if "q=lo&" in route.request.url:
            time.sleep(0.8)
        route.continue_()

    page.route("**/search/words**", slowly)
    page.focus("#q")
    until(page, "document.querySelector('#q[role=combobox]')")
    page.keyboard.type("lo")
    page.wait_for_timeout(250)
    page.fill("#q", "garden")
    until(page, "document.querySelector('#q-choices').textContent.includes('Gardening')")
    page.wait_for_timeout(1_000)
    assert "oneli" not in page.inner_text("#q-choices")


def test_a_failing_or_silent_network_leaves_the_boxes_as_they_were(hamlet, page):
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    at_results(page, hamlet)
    for answer in (lambda route: route.abort(), lambda route: route.fulfill(status=500, body="broken"), lambda route: None):
        page.route("**/search/words**", answer)
        page.fill("#q", "")
        page.focus("#q")
        until(page, "document.querySelector('#q[role=combobox]')")
        page.keyboard.type("garden")
        page.wait_for_timeout(400)
        assert not page.is_visible("#q-choices")
        assert page.inner_text("#problem") == ""
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('#count').textContent.includes('garden')")
        page.unroute("**/search/words**")
    assert wrong == []


def test_without_its_script_the_boxes_work(hamlet, page):
    page.route("**/choices.js", lambda route: route.abort())
    at_results(page, hamlet)
    page.fill("#q", "garden")
    page.press("#q", "Enter")
    until(page, "location.search.includes('q=garden')")
    assert page.get_attribute("#q", "role") is None


def test_without_scripts_nothing_is_different(hamlet, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(hamlet.url)
    assert page.locator("[role=combobox], [role=listbox]").count() == 0
    page.fill("#place", "NR25 6BL")
    page.fill("#q", "garden")
    page.press("#q", "Enter")
    assert "for “garden”" in page.inner_text("#count")


@pytest.mark.parametrize(
    ("width", "how"),
    [
        (320, {}),
        (390, {"color_scheme": "dark"}),
        (1280, {}),
        (1280, {"color_scheme": "dark"}),
        (390, {"forced_colors": "active"}),
    ],
)
def test_open_and_closed_it_has_no_fault_and_is_large_enough_to_press(hamlet, new_context, width, how):
    page = new_context(viewport={"width": width, "height": 800}, **how).new_page()

    def found(page):
        # With forced colours axe weighs ours against the browser's, and no reader sees that pair.
        return [fault for fault in faults(page) if not (how.get("forced_colors") and fault.startswith("color-contrast"))]

    for address in ("/", "/search?place=NR25+6BL"):
        page.goto(hamlet.url + address)
        page.wait_for_load_state("networkidle")
        for box, text in (("q", "gar"), ("place", "ho")):
            page.fill(f"#{box}", "")
            begin(page, box, text)
            page.keyboard.press("ArrowDown")
            assert found(page) == []
            assert sideways(page) <= 0
            sizes = page.evaluate(f"[...document.querySelector('#{box}-choices').children].map(row => row.offsetHeight)")
            assert min(sizes) >= 44, sizes
            left, right = page.evaluate(
                f"(({{left, right}}) => [left, right])(document.querySelector('#{box}-choices').getBoundingClientRect())"
            )
            assert (left, right) >= (0, 0)
            assert right <= width
            if how.get("forced_colors"):
                active = page.locator(f"#{box}-choices [aria-selected]")
                assert active.evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
            page.keyboard.press("Escape")
            assert found(page) == []


def test_a_finger_chooses_too(hamlet, new_context):
    page = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).new_page()
    at_results(page, hamlet)
    page.tap("#q")
    begin(page, "q", "gardeni").first.tap()
    until(page, "location.search.includes('q=Gardening')")
    assert page.input_value("#q") == "Gardening"


def test_its_script_is_light_and_comes_only_when_somebody_is_in_a_box(hamlet, page):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    at_results(page, hamlet)
    assert "choices.js" not in fetched
    page.focus("#q")
    until(page, "document.querySelector('#q[role=combobox]')")
    assert fetched.count("choices.js") == 1
    assert len(hamlet.app.extensions["library_files"]["choices.js"].gzipped) <= 2 * 1024
