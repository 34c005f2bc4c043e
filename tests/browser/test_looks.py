"""Every page at every width: no accessibility fault, nothing off the side, large enough to press, light enough to load."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "front": "/",
    "results": "/search?place=NR25+6BL&q=lunch&time=evening",
    "second page": "/search?place=NR25+6BL&page=2",
    "map": "/search?place=NR25+6BL&view=map",
    "nothing found": "/search?place=NR25+6BL&q=xylophone&time=morning",
    "unknown place": "/search?place=Hollt+on+the+Hill",
    "malformed": "/search?place=NR25+6BL&page=x&age=old",
    "no place yet": "/search?need=loneliness",
    "listing": "/listings/lunch-club-01?place=NR25+6BL",
    "secret listing": "/listings/safe-house",
    "organisation": "/organisations/holt-neighbours",
    "roles": "/about/roles",
    "accessibility": "/about/accessibility",
    "privacy": "/about/privacy",
    "status": "/status",
    "nothing here": "/nothing",
    "gallery": "/gallery",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Any) -> list[str]:
    """What axe finds, as sentences."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{fault['id']}: {fault['help']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]


def sideways(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture(
    params=[("light", 320), ("light", 1280), ("dark", 390), ("dark", 768)], ids=lambda given: f"{given[0]}-{given[1]}"
)
def sized(request: Any, new_context: Any) -> Any:
    scheme, width = request.param
    return new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()


def test_no_page_has_an_accessibility_fault_or_runs_off_the_side(village, sized):
    wrong = {}
    for name, address in PAGES.items():
        sized.goto(village.url + address)
        sized.wait_for_load_state("networkidle")
        found = faults(sized) + ([f"{sideways(sized)} px off the side"] if sideways(sized) > 0 else [])
        if found:
            wrong[name] = found
    assert wrong == {}


def test_no_swap_leaves_a_fault(village, sized):
    sized.goto(village.url + "/search?place=NR25+6BL")
    sized.wait_for_load_state("networkidle")
    narrow = sized.viewport_size["width"] < 992
    steps = [
        ("opened", lambda: sized.click(".filters > summary") if narrow else None),
        ("filter", lambda: sized.check("input[name=cost][value=free]")),
        ("chip", lambda: sized.click("a.chip")),
        ("more", lambda: sized.click("#more a")),
        ("map", lambda: sized.click("a:has-text('Map')")),
        ("nothing", lambda: (sized.fill("#q", "xylophone"), sized.press("#q", "Enter"))),
        ("unknown", lambda: (sized.fill("#place", "Hollt on the Hill"), sized.press("#place", "Enter"))),
    ]
    for name, step in steps:
        step()
        sized.wait_for_timeout(450)
        sized.wait_for_selector("#answers:not([aria-busy])")
        sized.wait_for_load_state("networkidle")
        assert faults(sized) == [], name
        assert sideways(sized) <= 0, name


def test_nothing_is_cut_with_text_spaced_out_or_letters_doubled(village, new_context):
    page = new_context(viewport={"width": 320, "height": 800}, bypass_csp=True).new_page()
    spaced = (
        "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}"
    )
    for sheet in (spaced, "html{font-size:200%!important}"):
        for name, address in PAGES.items():
            page.goto(village.url + address)
            page.add_style_tag(content=sheet)
            if name != "map":
                assert sideways(page) <= 0, (name, sheet[:30])


@pytest.mark.parametrize("width", [390, 768])
@pytest.mark.parametrize("size", [150, 200])
def test_the_search_box_holds_with_larger_letters(village, new_context, width, size):
    page = new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    for name, address in PAGES.items():
        page.goto(village.url + address)
        page.add_style_tag(content=f"html{{font-size:{size}%!important}}")
        if name != "map":
            assert sideways(page) <= 0, name
        if name == "results":
            tall = page.evaluate(
                """[...document.querySelectorAll('.find label')].map(label => {
                    const range = document.createRange();
                    range.selectNodeContents(label);
                    return range.getClientRects().length})"""
            )
            assert tall == [1, 1], "each label of the search box stands on one line"


def test_what_one_presses_is_large_enough(village, new_context):
    page = new_context(viewport={"width": 320, "height": 800}).new_page()
    for name, address in PAGES.items():
        page.goto(village.url + address)
        small = page.evaluate(
            """[...document.querySelectorAll('.btn, .chip, .nav a, .foot li a, .in, summary, .tick, .seg a, .link, .ring, h3 a')]
               .filter(node => node.checkVisibility())
               .map(node => [node.outerHTML.slice(0, 120), node.getBoundingClientRect().height,
                             parseFloat(getComputedStyle(node, '::after').height) || 0])
               .filter(([, own, area]) => Math.max(own, area) < 43.5)"""
        )
        assert small == [], name


def test_pages_print_in_black_on_white(village, new_context):
    page = new_context(color_scheme="dark").new_page()
    page.goto(village.url + "/listings/lunch-club-01")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    assert not page.is_visible(".nav")
    assert page.is_visible(".paper")
    page.goto(village.url + "/search?place=NR25+6BL")
    assert page.is_visible(".paper")
    assert page.locator("#list .num").first.is_visible()
    assert not page.is_visible("#list .btn")
    page.emulate_media(media="screen")
    assert not page.is_visible(".paper")
    assert page.locator("#list .num").first.is_visible()


def test_a_first_visit_to_the_results_is_light(village, new_context):
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(village.url + "/search?place=NR25+6BL&q=lunch", wait_until="networkidle")
    assert sum(sizes) <= 35 * 1024, sizes
    assert len(sizes) <= 4
    sizes.clear()
    page.click("#more a")
    page.wait_for_selector("#page-2")
    page.wait_for_load_state("networkidle")
    assert sum(sizes) <= 10 * 1024


def test_the_parts_keep_to_their_budgets(village, server):
    client = server.app.test_client()
    page = client.get("/search?place=NR25+6BL").get_data()
    core = page[page.index(b"<style>") : page.index(b"</style>")]
    files = server.app.extensions["library_files"]
    for address in ("", "&view=map", "&time=evening", "&time=evening&view=map&cost=free&access=step-free&q=club"):
        assert len(gzip.compress(client.get("/search?place=NR25+6BL" + address).get_data(), 6)) <= 10 * 1024, address
    assert len(gzip.compress(core, 9)) <= 6 * 1024
    assert len(gzip.compress(core, 9)) + len(files["rest.css"].gzipped) <= 14 * 1024
    assert len(files["site.js"].gzipped) <= 2 * 1024
    assert len(files["site.js"].gzipped) + len(files["htmx.min.js"].gzipped) <= 19 * 1024


def test_nothing_jumps_while_it_loads(village, page):
    page.add_init_script(
        """window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
           if (!entry.hadRecentInput) shift += entry.value }).observe({type: 'layout-shift', buffered: true})"""
    )
    for address in ("/", "/search?place=NR25+6BL", "/listings/lunch-club-01"):
        page.goto(village.url + address, wait_until="networkidle")
        assert page.evaluate("shift") <= 0.01, address
