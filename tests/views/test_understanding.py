"""What the results page and the API say of the words: what they were taken to mean, which matched, and why, for curators."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from directory import places, search
from directory.actions import synonyms
from directory.ranking.words import Phrasebook
from directory.views import understanding
from tests import make as makers
from tests.search.asking import north
from tests.views.conftest import HOLT, known_place
from tests.views.test_search import text_of, words_of


@pytest.fixture(autouse=True)
def holt(monkeypatch):
    monkeypatch.setattr(places, "locate", known_place)


@pytest.fixture
def lunch(make):
    lonely = make.term("loneliness", label="Loneliness", phrases=["nobody to talk to", "lonely"])
    make.term("gardening", taxonomy="activity", label="Gardening")
    return make.listing("Lunch Club", at=north(1), terms=[lonely], summary="A hot lunch in the garden.")


def asked(client, q, **more):
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return client.get(f"/search?place=Holt&q={q}{extra}")


def line(response):
    """The line of what was looked for, as one reads it."""
    found = re.search(r"Looking for .*?</p>", text_of(response), re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[0])).split()) if found else ""


# What was understood


def test_the_page_says_what_a_phrase_was_taken_to_mean(client, lunch):
    page = asked(client, "Nobody to talk to garden")
    assert line(page) == "Looking for loneliness (from “Nobody to talk to”), garden."
    assert "<b>loneliness</b> (from “Nobody to talk to”), garden.</p>" in text_of(page)


@pytest.mark.parametrize("q", ["gardening", "Loneliness", "lonely", "lunch", "", "lunch club for gardeners", '"hot lunch"'])
def test_it_says_nothing_that_the_reader_typed_herself(client, lunch, q):
    assert line(asked(client, q)) == ""


def test_it_says_what_a_curator_taught(client, lunch):
    synonyms.teach("grub", words="hot lunch", account=None, now=makers.NOW)
    assert line(asked(client, "grub")) == "Looking for hot lunch (from “grub”)."
    assert "1 found for “grub”" in words_of(asked(client, "grub"))


def test_the_corrected_words_are_what_was_understood_and_the_way_back_is_there(client, lunch):
    page = asked(client, "lunhc")
    assert "Nothing here says “lunhc”, so this is for “lunch”. Look for what I typed" in words_of(page)
    assert 'q=%22lunhc%22">Look for what I typed' in text_of(page)
    told = client.get("/api/search?place=Holt&q=lunhc").json["understood"]
    assert (told["corrected_q"], told["concepts"][0]["typed"]) == ("lunch", "lunch")


def test_it_is_no_more_than_a_line(client, lunch):
    told = line(
        asked(client, "nobody to talk to " + "marmalade trumpets violins orchestras symphonies concertos sonatas cantatas")
    )
    assert told.startswith("Looking for loneliness (from “nobody to talk to”), marmalade, ")
    assert len(told) <= understanding.LONGEST_LINE + 30


def test_what_is_typed_is_text_on_the_page(client, lunch):
    page = text_of(asked(client, "nobody <b>to</b> talk to <script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert "<b>to</b>" not in page


def test_the_api_tells_every_concept(client, lunch):
    synonyms.teach("grub", words="hot lunch", account=None, now=makers.NOW)
    told = client.get("/api/search?place=Holt&q=nobody to talk to, grub or a lunhc").json["understood"]
    assert told["corrected_q"] is not None
    assert told["concepts"][0] == {
        "typed": "nobody to talk to",
        "terms": [{"taxonomy": "need", "slug": "loneliness", "label": "Loneliness"}],
        "words": [],
    }
    assert told["concepts"][1] == {"typed": "grub", "terms": [], "words": ["hot lunch"]}
    assert client.get("/api/search?place=Holt").json["understood"]["concepts"] == []


def test_the_api_tells_a_place_that_was_in_the_words(client, lunch):
    told = client.get("/api/search?q=lunch in Holt").json["understood"]
    assert (told["q"], told["place"]["label"], told["place"]["from_words"]) == ("lunch", HOLT.label, True)
    assert client.get("/api/search?q=lunch&place=Holt").json["understood"]["place"]["from_words"] is False


# Which words matched


def test_the_words_of_the_summary_that_matched_are_marked(client, lunch):
    page = text_of(asked(client, "lunches gardening"))
    assert "<p>A hot <mark>lunch</mark> in the <mark>garden</mark>.</p>" in page
    assert "<mark>" not in text_of(asked(client, ""))
    assert "<mark>" not in text_of(asked(client, "lunch", view="map")), "a row beside the map has no summary"


def test_a_row_found_by_its_need_keeps_its_summary_as_it_is(client, lunch):
    assert "<p>A hot lunch in the garden.</p>" in text_of(asked(client, "lonely"))


@pytest.fixture
def pottery(make):
    text = "We meet in the hall. " * 20 + "Then we make pots & <i>pottery</i>. " + "Tea is at four. " * 20
    return make.listing("Tuesday Makers", at=north(2), summary="Come and paint with us.", description=text)


def test_the_part_of_the_description_that_matched_stands_in_for_the_summary(client, pottery):
    page = text_of(asked(client, "pottery"))
    assert "<p>…Then we make pots &amp; &lt;i&gt;<mark>pottery</mark>&lt;/i&gt;. Tea is at four." in page
    assert "Come and paint" not in page


def test_a_summary_or_a_name_that_holds_a_word_stays(client, pottery):
    assert "<p>Come and <mark>paint</mark> with us.</p>" in text_of(asked(client, "paint pottery"))
    assert "<p>Come and paint with us.</p>" in text_of(asked(client, "tuesday pottery"))


def test_the_api_and_the_next_search_have_the_summary_itself(client, pottery):
    asked(client, "pottery")
    assert client.get("/api/search?place=Holt&q=pottery").json["results"][0]["summary"] == "Come and paint with us."
    assert "<p>Come and paint with us.</p>" in text_of(asked(client, ""))


def test_snippets_take_one_statement_however_many_rows(client, make, pottery, statements):
    def counted():
        search.apply_changes()
        asked(client, "pottery")
        statements.clear()
        asked(client, "pottery")
        return len([each for each in statements if "description" in each])

    one = counted()
    for number in range(3):
        make.listing(f"Club {number}", at=north(1), summary="Nothing.", description="All the pottery one wants.")
    assert (one, counted()) == (1, 1)


HTML = st.lists(
    st.sampled_from(["<", ">", "&", '"', "'", "<script>", "</p>", "tea", "<tea>", "&lt;", "é", "<mark>", "{{ tea }}", "\x00"]),
    max_size=12,
).map("".join)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HTML | st.text(max_size=60), q=HTML)
def test_no_text_makes_markup_of_its_own(text, q):
    highlighter = search.Highlighter(Phrasebook(()).concepts(q + " tea"))
    made = understanding.summaries({1: highlighter.marked(text), 2: highlighter.snippet(text * 20, length=100)})
    assert html.unescape(re.sub(r"</?mark>", "", made[1])) == html.unescape(str(Markup.escape(text)))
    for each in made.values():
        assert set(re.findall(r"<[^>]*>?", each)) <= {"<mark>", "</mark>"}


# Why a row stands where it stands


@pytest.mark.parametrize("role", ["curator", "senior", "lead", "admin"])
def test_a_curator_is_told_the_figures_of_every_row(client, make, lunch, role):
    client.sign_in(make.account("Cai", role=role))
    page = asked(client, "lunch lonely", explain=1)
    told = words_of(page)
    assert re.search(r"Step 5\. text \d+\.\d\d × closeness \d\.\d\d × freshness \d\.\d\d × room 1\.00 = \d+\.\d{3}\.", told)
    assert re.search(r"Holds “lunch” \d\.\d\d, “lonely” \d\.\d\d\.", told)
    row = client.get("/api/search?place=Holt&q=lunch lonely&explain=1").json["results"][0]["explain"]
    assert row["score"] == pytest.approx(row["text"] * row["closeness"] * row["freshness"] * row["room"], rel=1e-2)
    assert [each["typed"] for each in row["held"]] == ["lunch", "lonely"]
    assert page.headers["Cache-Control"] == "no-store"


def test_without_words_the_figures_are_those_of_the_listing(client, make, lunch, stella):
    client.sign_in(stella)
    told = words_of(asked(client, "", explain=1))
    assert re.search(r"closeness \d\.\d\d × freshness \d\.\d\d × room 1\.00 = \d\.\d{3}\.", told)
    assert "Step" not in told
    assert "text 1" not in told


@pytest.mark.parametrize("who", ["nobody", "forged", "editor", "link-worker", "importer", "suspended", "no second factor"])
def test_from_anybody_else_it_counts_for_nothing(client, make, lunch, stella, now, who):
    plain = text_of(asked(client, "lunch"))
    if who == "forged":
        client.set_cookie("session", "forged")
    elif who in ("suspended", "no second factor"):
        client.sign_in(stella)
        with make.writing():
            stella.suspended_at = now if who == "suspended" else None
            stella.totp_secret = ""
    elif who != "nobody":
        client.sign_in(make.account("Amina", role=who))
    page = asked(client, "lunch", explain=1)
    assert page.status_code == 200
    assert results_of(text_of(page)) == results_of(plain)
    assert "explain" not in client.get("/api/search?place=Holt&q=lunch&explain=1").json["results"][0]


def results_of(page):
    """The part of the page that search answers for, whoever is signed in."""
    return page[page.index('<div id="answers"') : page.index('role="status" id="said"')]


def test_a_curator_who_does_not_ask_is_told_nothing_and_rows_keep_no_figures(client, lunch, stella):
    client.sign_in(stella)
    assert "closeness" in text_of(asked(client, "lunch", explain=1))
    for explain in ("0", "yes", ""):
        assert "closeness" not in text_of(asked(client, "lunch", explain=explain))
    client.sign_out()
    assert "closeness" not in text_of(asked(client, "lunch", explain=1))


def test_the_next_page_and_a_new_search_are_explained_too_and_a_listing_is_not(client, make, stella):
    for number in range(22):
        make.listing(f"Lunch {number:02}", at=north(1))
    client.sign_in(stella)
    page = text_of(asked(client, "lunch", explain=1))
    assert 'data-hx-get="/search?place=Holt&amp;q=lunch&amp;explain=1&amp;page=2"' in page
    assert '<input type="hidden" name="explain" value="1" form="search">' in page
    assert all("explain" not in address for address in re.findall(r'href="(/listings/[^"]+)"', page))


def test_the_figures_are_those_by_which_the_rows_stand(client, make, stella):
    for number in range(12):
        make.listing(
            f"{'Garden' if number % 3 else 'Chess'} Club {number}",
            at=north(0.5 + number % 5),
            summary="Tea and a garden." if number % 2 else "A garden, and men with tea, and many more words than that.",
            room="full" if number % 4 == 1 else None,
            checked_on=makers.TODAY if number % 5 else None,
        )
    client.sign_in(stella)
    for q in ("garden tea", "garden", "", "tea for men in a garden"):
        rows = client.get(f"/api/search?place=Holt&q={q}&explain=1&radius=10").json["results"]
        figures = [(row["explain"]["step"] or 0, row["explain"]["score"]) for row in rows]
        assert len(figures) >= 6
        assert figures == sorted(figures, reverse=True), q


# How it looks


def luminance(colour):
    """Relative luminance of `#rrggbb` or `#rgb` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else [digits[at : at + 2] for at in (0, 2, 4)]
    parts = [int(pair, 16) / 255 for pair in pairs]
    return sum(
        share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
        for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def test_what_is_marked_can_be_read_on_light_and_on_dark(app):
    sheet = app.extensions["core_css"]
    assert "mark{background:var(--damson-tint);color:inherit" in sheet.replace(";}", "}")
    light, dark = sheet.split("@media (prefers-color-scheme:dark)", 1)
    for part in (light, dark):
        tints = {name: re.search(rf"--{name}:(#[0-9a-f]+)", part)[1] for name in ("ink", "damson-tint", "paper")}
        ink, tint = luminance(tints["ink"]), luminance(tints["damson-tint"])
        assert (max(ink, tint) + 0.05) / (min(ink, tint) + 0.05) >= 7


@pytest.mark.parametrize("asked", ["q=I+want+to+kill+myself", "q=suicidal", "need=crisis"])
def test_whoever_may_be_in_danger_reads_the_numbers_before_any_answer(client, vocabulary, make, real_places, asked):
    make.listing("Chess Club", at=makers.HOLT)
    page = client.get(f"/search?place=NR25+6BH&{asked}").get_data(as_text=True)
    main = page[page.index("<main") :]
    assert 'href="tel:116123"' in main
    assert 'href="tel:999"' in main
    assert "116123" not in client.get("/search?place=NR25+6BH&q=chess").get_data(as_text=True)
