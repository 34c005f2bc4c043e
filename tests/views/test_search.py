"""The results page: which page, which fragment, what is kept, what is said."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import date

import pytest

from directory import places
from directory.errors import UnknownPlace
from directory.models import AccessFact, Coverage


def text_of(response) -> str:
    return response.get_data(as_text=True)


def words_of(response) -> str:
    """What a reader sees: tags out, entities read, spaces single."""
    page = re.sub(r"<(style|script)\b.*?</\1>", " ", text_of(response), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def lunch(make, planned):
    listing = make.listing("Lunch Club", at=(52.91, 1.09), contacts=[("phone", "01632 960142")], summary="A hot lunch.")
    planned.add(listing)
    return listing


def test_the_heading_counts_and_names_words_and_place(client, lunch):
    response = client.get("/search?place=Holt&q=company")
    assert response.status_code == 200
    assert '<h1 id="count" tabindex="-1">1 found for “company” near NR25 6BH</h1>' in text_of(response)
    assert "<title>1 found for “company” near NR25 6BH: Fingerpost</title>" in text_of(response)


def test_a_result_tells_its_reason_its_facts_and_its_number(client, lunch):
    words = words_of(client.get("/search?place=Holt"))
    for told in ("0.6 miles away in a straight line", "Lunch Club", "A hot lunch.", "Times not known", "Cost not known"):
        assert told in words
    assert 'href="tel:01632960142"' in text_of(client.get("/search?place=Holt"))


def test_the_reason_comes_before_the_name(client, lunch):
    page = text_of(client.get("/search?place=Holt"))
    assert page.index("0.6 miles away") < page.index("Lunch Club")


def test_a_private_number_is_not_shown(client, make, planned):
    listing = make.listing("Quiet Club", contacts=[("phone", "01632 960199")])
    with make.writing():
        listing.contact_points[0].public = False
    planned.add(listing)
    assert "960199" not in text_of(client.get("/search?place=Holt")).replace(" ", "")
    assert "960199" not in text_of(client.get(f"/listings/{listing.slug}")).replace(" ", "")


def test_a_confidential_listing_shows_no_place_whatever_search_hands_over(client, make, planned):
    listing = make.listing("Safe House", venue="Secret Hall", confidential_location=True)
    planned.add(listing, "national", "Anywhere in the country")
    for address in ("/search?place=Holt", "/search?place=Holt&view=map", f"/listings/{listing.slug}?place=Holt"):
        page = text_of(client.get(address))
        assert "Safe House" in page
        assert "Secret Hall" not in page
        assert "52.9" not in page.replace('"at": [52.906, 1.088], "name": "NR25 6BH"', "").replace(
            "&#34;at&#34;: [52.906, 1.088]", ""
        )
    row = client.get("/api/search?place=Holt").json["results"][0]
    assert (row["venue"], row["postcode"], row["lat"], row["lon"], row["distance_mi"]) == (None,) * 5


def test_the_fragment_is_the_answer_alone_and_says_the_count(fragment, lunch):
    page = text_of(fragment("/search?place=Holt&time=evening", "answers"))
    assert page.lstrip().startswith('<div id="answers"')
    assert "<html" not in page
    assert '<div data-hx-swap-oob="innerHTML:#said">1 found</div>' in page


def test_a_fragment_nobody_offered_is_the_whole_page(fragment, lunch):
    assert text_of(fragment("/search?place=Holt", "main")).startswith("<!DOCTYPE html>")
    assert text_of(fragment("/search?place=Holt", "")).startswith("<!DOCTYPE html>")


def test_show_more_hands_over_rows_and_the_next_link(client, fragment, make, planned):
    for number in range(45):
        planned.add(make.listing(f"Club {number:02}"))
    whole = text_of(client.get("/search?place=Holt"))
    assert whole.count('class="res"') == 20
    assert "Show 20 more" in whole
    rows = text_of(fragment("/search?place=Holt&page=2", "more"))
    assert rows.lstrip().startswith('<li class="res" id="page-2">')
    assert rows.count('class="res"') == 20
    assert "Show 5 more" in rows
    assert "20 more, 40 in all" in rows
    last = text_of(fragment("/search?place=Holt&page=3", "more"))
    assert last.count('class="res"') == 5
    assert 'id="more"' not in last


def test_without_scripts_the_second_page_leads_back_to_the_first(client, make, planned):
    for number in range(25):
        planned.add(make.listing(f"Club {number:02}"))
    page = text_of(client.get("/search?place=Holt&time=evening&page=2"))
    assert "Club 24" in page
    assert "Club 00" not in page
    assert 'rel="prev" href="/search?place=Holt&amp;time=evening">Previous page' in page
    assert "<title>25 found near NR25 6BH, page 2 of 2: Fingerpost</title>" in page
    assert "Page 2 of 2." in page
    first = text_of(client.get("/search?place=Holt&time=evening"))
    assert "<title>25 found near NR25 6BH: Fingerpost</title>" in first
    assert "Previous page" not in first


def test_every_filter_is_a_chip_whose_link_takes_out_only_itself(client, lunch):
    page = text_of(client.get("/search?place=Holt&q=tea&time=evening&time=morning&cost=free&age=70"))
    chips = re.findall(r'<a class="chip" href="([^"]+)".*?</span>([^<]+)</a>', page)
    assert [label for _, label in chips] == ["Evening", "Morning", "Free only", "Age 70"]
    assert html.unescape(chips[0][0]) == "/search?place=Holt&q=tea&time=morning&cost=free&age=70&radius=3"
    assert html.unescape(chips[3][0]) == "/search?place=Holt&q=tea&time=evening&time=morning&cost=free&radius=3"


def test_the_counts_of_the_panel_hold_because_it_keeps_to_the_radius_they_were_made_in(client, lunch, planned):
    planned.found = {"widened": True, "radius_mi": 10.0}
    page = text_of(client.get("/search?place=Holt&time=evening"))
    assert '<button class="btn alt" name="radius" value="10" type="submit" form="search"' in page
    assert 'data-within="10"' in page
    assert "Within 10 miles" not in re.findall(r"</span>([^<]+)</a>", page), "nobody asked for it yet"


def test_a_radius_in_use_is_a_chip_and_is_never_handed_to_a_new_search(client, lunch, planned):
    planned.found = {"radius_mi": 5.0}
    page = text_of(client.get("/search?place=Holt&radius=5&time=evening"))
    chips = [
        (html.unescape(href), label) for href, label in re.findall(r'<a class="chip" href="([^"]+)".*?</span>([^<]+)</a>', page)
    ]
    assert chips == [
        ("/search?place=Holt&radius=5", "Evening"),
        ("/search?place=Holt&time=evening", "Within 5 miles"),
    ]
    assert '<a href="/search?place=Holt&amp;time=evening">Look further</a>' in page
    find = page[page.index("<form") : page.index("</form>")]
    assert "radius" not in find
    assert '<input type="hidden" name="radius"' not in page


def test_ticks_are_part_of_the_search_form_with_their_counts(client, fragment, lunch):
    page = text_of(client.get("/search?place=Holt&time=evening"))
    assert '<input type="checkbox" name="time" value="evening" form="search" checked>Evening<span class="n">1</span>' in page
    swapped = text_of(fragment("/search?place=Holt&time=evening", "answers"))
    assert json.loads(html.unescape(re.search(r'data-counts="([^"]*)"', swapped)[1]))["time"]["evening"] == 1


def test_what_no_tick_shows_is_kept_in_hidden_fields(client, make, lunch, planned):
    make.term("gardening", taxonomy="activity")
    page = text_of(client.get("/search?place=Holt&radius=5&activity=gardening&age=70"))
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)" form="search">', page)
    assert hidden == [("activity", "gardening"), ("age", "70")]
    assert planned.asked[-1].radius_mi == 5.0


def test_widening_is_said_and_can_be_undone(client, lunch, planned):
    planned.found = {"widened": True, "radius_mi": 10.0}
    page = client.get("/search?place=Holt")
    assert "There was not much within 3 miles, so we looked out to 10. Only look within 3 miles" in words_of(page)
    assert 'href="/search?place=Holt&amp;radius=3"' in text_of(page)


def test_what_is_less_certain_stands_apart_with_the_reason(client, make, lunch, planned):
    planned.less = [planned.result(make.listing("Sewing Bee"))]
    words = words_of(client.get("/search?place=Holt&time=evening"))
    assert words.index("Lunch Club") < words.index("These might fit too Times not known. Ring first.") < words.index("Sewing Bee")


def test_a_full_page_has_one_row_of_what_is_less_certain_and_a_short_one_three(client, make, planned):
    planned.less = [planned.result(make.listing(f"Perhaps {number}")) for number in range(6)]
    for number in range(20):
        planned.add(make.listing(f"Club {number:02}", summary="A hot lunch."))
    page = text_of(client.get("/search?place=Holt&time=evening"))
    assert re.findall(r"Perhaps \d</a>", page) == ["Perhaps 0</a>"]
    assert "1 of 6 are shown." in page
    assert "A hot lunch." not in text_of(client.get("/search?place=Holt&view=map")), "a row beside the map is shorter"
    planned.results = planned.results[:4]
    assert text_of(client.get("/search?place=Holt&time=evening")).count("Perhaps ") == 3


def test_what_was_not_checked_for_long_is_one_press_away(client, lunch, planned):
    planned.found = {"left_out": 3}
    page = text_of(client.get("/search?place=Holt"))
    assert '<a href="/search?place=Holt&amp;checked=any">And 3 not checked for 18 months</a>' in page


def test_a_stale_listing_says_so_in_the_list(client, make, planned, monkeypatch):
    planned.add(make.listing("Craft and Natter", checked_on=date(2025, 9, 10)))
    page = text_of(client.get("/search?place=Holt"))
    assert 'class="stale"' in page
    assert "Ring before you go." in page


def test_nothing_found_says_how_far_and_offers_other_ways(client, planned):
    planned.found = {"radius_mi": 40.0}
    response = client.get("/search?place=Holt&q=woodwork&time=evening")
    words = words_of(response)
    assert response.status_code == 200
    assert (
        "Nothing found for “woodwork” near NR25 6BH We looked out to 40 miles with what you ticked. Nothing there fits." in words
    )
    assert "Everything near NR25 6BH" in words
    assert "The same without your ticks" in words


def test_an_unknown_place_is_a_404_with_suggestions_that_keep_the_rest(client, planned):
    response = client.get("/search?place=Hollt&q=tea&time=evening")
    page = text_of(response)
    assert response.status_code == 404
    assert "We do not know “Hollt”" in page
    assert '<a class="chip" href="/search?place=Holt&amp;q=tea&amp;time=evening">' in page
    assert 'value="Hollt"' in page
    assert words_of(response).count("We know no place called “Hollt”.") == 1
    assert "search without it" not in page
    assert '<input type="hidden" name="time" value="evening">' in page
    assert planned.asked == []


def test_a_mistake_can_be_searched_without(client, lunch):
    page = text_of(client.get("/search?place=Holt&time=evening&age=old&q=" + "x" * 201))
    assert '<a href="/search?place=Holt&amp;time=evening">search without it</a>' in page
    assert client.get("/search?place=Holt&time=evening").status_code == 200
    assert "search without it" not in text_of(client.get("/search?place=" + "x" * 101))


def test_an_unknown_place_without_a_guess_is_the_same_clear_page(client, planned, monkeypatch):
    def nowhere(text, **how):
        raise UnknownPlace("That is in the sea.", field="place")

    monkeypatch.setattr(places, "locate", nowhere)
    page = words_of(client.get("/search?place=Atlantis&time=evening"))
    assert page.count("That is in the sea.") == 1
    assert "Look at this again" not in page
    assert "Change the place above." in page


def test_no_panel_of_noughts_stands_where_nothing_is_found(client, planned):
    assert '<aside aria-label="Filters" hidden>' in text_of(client.get("/search?place=Holt&q=woodwork"))
    assert '<aside aria-label="Filters">' in text_of(client.get("/search?place=Holt&q=woodwork&time=evening"))


def test_languages_are_offered_when_something_has_one(client, make, lunch, planned):
    planned.found = {"facets": {"language": {"cy": 1}}}
    make.term("cy", taxonomy="language", label="Welsh")
    page = text_of(client.get("/search?place=Holt"))
    assert 'name="language" value="cy" form="search">Welsh<span class="n">1</span>' in page
    planned.found = {}
    assert 'name="language"' not in text_of(client.get("/search?place=Holt"))


def test_a_row_tells_only_what_is_true_of_its_own_venue(client, make, planned):
    listing, chapel = two_places(make)
    result = planned.result(listing)
    planned.results = [replace(result, venue=chapel)]
    assert "No toilet for wheelchair users" not in words_of(client.get("/search?place=Holt"))
    planned.results = [result]
    assert "No toilet for wheelchair users" in words_of(client.get("/search?place=Holt"))


def two_places(make):
    hall, chapel = make.venue("Saxley Hall", at=(52.91, 1.09)), make.venue("Chapel", at=(52.95, 1.2))
    listing = make.listing("Two Clubs", session=[{"venue": hall}, {"venue": chapel}])
    toilet = make.term("accessible-toilet", taxonomy="access", label="Toilet for wheelchair users")
    make.saved(AccessFact, venue_id=hall.id, term_id=toilet.id, present=False)
    return listing, chapel


def test_long_coverage_is_shortened_in_a_row_and_the_country_keeps_its_small_the(client, make, planned):
    areas = ["Fakenham", "Walsingham", "Holt", "Wells", "Cley"]
    planned.add(make.listing("Van Help", coverage=[Coverage(area_code=f"NR{n}", label=name) for n, name in enumerate(areas)]))
    planned.add(make.listing("Line", coverage=[Coverage(area_code="K02000001", label="The United Kingdom")]))
    page = words_of(client.get("/search?place=Holt"))
    assert "For people in Fakenham, Walsingham and three more areas" in page
    assert "For people in the United Kingdom" in page


def test_the_search_goes_along_to_a_listing_and_back(client, lunch):
    page = text_of(client.get("/search?place=Holt&q=company&time=evening&view=map"))
    address = html.unescape(re.search(r'href="(/listings/[^"]+)"', page)[1])
    assert address == "/listings/lunch-club?place=Holt&q=company&time=evening"
    assert (
        '<a href="/search?place=Holt&amp;q=company&amp;time=evening">Back to what we found for “company” near NR25 6BH</a>'
        in text_of(client.get(address))
    )
    assert "What else is near NR25 6BH" in text_of(client.get("/listings/lunch-club?place=Holt&age=old"))


def test_paper_has_the_number_and_its_day(client, lunch):
    page = text_of(client.get("/search?place=Holt"))
    assert '<span class="num">01632 960142</span>' in page
    assert re.search(r"Printed \d+ \w+ \d{4} from Fingerpost\. If it is later than \d+ \w+ \d{4}, ring first\.", page)
    assert "Printed " in text_of(client.get("/listings/lunch-club"))


def test_an_unknown_place_as_a_fragment(fragment, planned):
    response = fragment("/search?place=Hollt", "answers")
    assert response.status_code == 404
    assert text_of(response).lstrip().startswith('<div id="answers"')


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("page=x", "page"),
        ("page=0", "page"),
        ("page=1000000000", "page"),
        ("radius=wide", "radius"),
        ("radius=nan", "radius"),
        ("radius=1e9", "radius"),
        ("day=someday", "day"),
        ("time=night", "time"),
        ("cost=cheap", "cost"),
        ("join=now", "join"),
        ("kind=nonsense", "kind"),
        ("need=%27%3B--", "need"),
        ("need=zzz", "need"),
        ("access=zzz", "access"),
        ("language=xx", "language"),
        ("sort=random", "sort"),
        ("view=globe", "view"),
        ("age=-1", "age"),
        ("checked=0", "checked"),
        ("q=" + "x" * 201, "q"),
        ("access=" + "x" * 61, "access"),
    ],
)
def test_a_malformed_parameter_is_named_and_the_rest_kept(client, lunch, asked, field):
    response = client.get(f"/search?place=Holt&time=evening&{asked}")
    page = text_of(response)
    assert response.status_code == 400
    assert f'<li id="wrong-{field}">' in page
    assert 'value="Holt"' in page
    assert field == "time" or '<input type="hidden" name="time" value="evening">' in page
    assert "<title>Mistakes to fix: " in page
    answer = client.get(f"/api/search?place=Holt&time=evening&{asked}")
    if field != "view":
        assert (answer.status_code, answer.json["field"]) == (400, field)


def test_without_a_place_the_page_asks_for_one_and_keeps_the_need(client, make, planned):
    make.term("loneliness")
    response = client.get("/search?need=loneliness")
    assert response.status_code == 200
    assert "Where shall we look?" in text_of(response)
    assert '<input type="hidden" name="need" value="loneliness">' in text_of(response)


def test_a_place_among_the_words_is_understood_and_said(client, lunch, planned):
    response = client.get("/search?q=gardening+in+Holt")
    assert (planned.asked[-1].q, planned.asked[-1].place.label) == ("gardening", "NR25 6BH")
    assert "We took “Holt” as the place." in words_of(response)
    client.get("/search?q=gardening+in+spring&place=Holt")
    assert planned.asked[-1].q == "gardening in spring"


def test_the_map_has_its_points_and_stays_beside_the_list(client, fragment, lunch):
    page = text_of(client.get("/search?place=Holt&view=map"))
    points = json.loads(html.unescape(re.search(r'data-points="([^"]*)"', page)[1]))
    assert points == [[0, 52.91, 1.09]]
    assert '<span class="no">1</span> <a href="/listings/lunch-club' in page
    assert page.index('id="map"') < page.index('id="list"')
    assert ">1 found</div>" in text_of(fragment("/search?place=Holt&view=map", "answers"))
    pressed = {"HX-Request": "true", "HX-Target": "answers", "HX-Trigger": "as-map"}
    assert ">Map shown. The list is below</div>" in text_of(client.get("/search?place=Holt&view=map", headers=pressed))
    assert 'id="map"' not in text_of(client.get("/search?place=Holt"))


EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "'; DROP TABLE listing;--",
    "</title><script>x</script>",
)


@pytest.mark.parametrize("evil", EVIL)
def test_typed_words_stay_words(client, lunch, planned, evil):
    page = text_of(client.get("/search", query_string={"place": "Holt", "q": evil, "view": "map"}))
    assert evil not in page or evil.startswith("{{") or evil.startswith("';")
    assert "<img src=x" not in page
    assert "<script>" not in page
    assert "“49”" not in page
    unknown = text_of(client.get("/search", query_string={"place": evil}))
    assert "<img src=x" not in unknown
    assert "<script>" not in unknown


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_listing_says_stays_words(client, make, planned, evil):
    listing = make.listing(
        "Evil " + evil,
        summary=evil,
        description=evil,
        website="javascript:alert(1)",
        contacts=[("website", "javascript:alert(1)"), ("email", evil)],
        organisation="Org " + evil,
    )
    planned.add(listing)
    for address in ("/search?place=Holt&view=map", f"/listings/{listing.slug}", f"/organisations/{listing.organisation.slug}"):
        page = text_of(client.get(address))
        assert "<img src=x" not in page
        assert "<script>" not in page
        assert "javascript:" not in page


def test_a_mistyped_word_is_put_right_said_and_can_be_taken_back(client, make):
    make.term("arts", phrases=["gardening"])
    make.listing("Tuesday Gardening", at=make.HOLT)
    page = client.get("/search?place=52.9066,1.0871&q=gardning").text
    assert "1 found for “gardning”" in page
    assert "so this is for “gardening”" in page
    assert "q=%22gardning%22" in page
    assert client.get("/api/search?place=52.9066,1.0871&q=gardning").json["understood"]["corrected_q"] == "gardening"


@pytest.mark.parametrize(("asked", "status"), [("place=Atlantis", 404), ("place=Holt&age=old", 400), ("q=tea", 200)])
def test_a_refusal_asked_for_as_more_rows_takes_the_place_of_the_answers(fragment, planned, asked, status):
    response = fragment(f"/search?{asked}&page=2", "div#more")
    page = text_of(response)
    assert response.status_code == status
    assert page.lstrip().startswith('<div id="answers"')
    assert "<html" not in page
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == ("#answers", "outerHTML")
    assert "HX-Retarget" not in fragment(f"/search?{asked}", "answers").headers
