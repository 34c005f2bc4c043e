"""The rows under a search box: what is offered, what never is, and that nothing typed breaks or betrays anything."""

import re
from html import unescape

import pytest

from directory import places
from directory.queries import completions as queries
from directory.views.completions import marked


def rows(client, box, typed, **more):
    """(text, what it says after it, what it fills or where it leads) of each row."""
    response = client.get(f"/search/{'words' if box == 'q' else 'places'}", query_string={box: typed, **more})
    assert response.status_code == 200
    found = re.findall(r'<(a|div) role="option"[^>]*?(?:href|data-fills)="([^"]*)"[^>]*>(.*?)</\1>', response.text, re.DOTALL)
    parts = [[re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<span[^>]*>(.*?)</span>", inner)] for _, _, inner in found]
    return [(unescape(text), unescape(after), unescape(to)) for (text, after), (_, to, _) in zip(parts, found, strict=True)]


def test_a_need_is_offered_by_its_everyday_words_and_is_understood_as_that_need(client, vocabulary):
    (first, *_) = rows(client, "q", "nobody to t")
    assert first == ("nobody to talk to", "Loneliness", "nobody to talk to")
    assert rows(client, "q", "gardeni")[0] == ("Gardening", "Something to do", "Gardening")


def test_every_row_of_the_vocabulary_says_what_it_is_and_no_two_fill_alike(client, vocabulary):
    for typed in ("mo", "ca", "he", "de", "li", "al", "st", "wa"):
        found = rows(client, "q", typed)
        assert len({fills.lower() for _, _, fills in found}) == len(found) > 0, typed
        assert all(after for _, after, _ in found), typed
        assert len(found) <= queries.MOST_ROWS


def test_a_listing_and_an_organisation_lead_to_their_pages(client, make):
    make.listing("Holt Garden Club", organisation="Garden Friends", venue=make.venue("Hall", city="Holt"))
    assert rows(client, "q", "gard") == [
        ("Holt Garden Club", "Holt: go to its page", "/listings/holt-garden-club"),
        ("Garden Friends", "Organisation: go to its page", "/organisations/garden-friends"),
    ]
    assert client.get("/listings/holt-garden-club").status_code == 200


@pytest.mark.parametrize("state", ["draft", "paused", "ended", "hidden"])
def test_what_is_not_published_is_never_offered_nor_whose_it_is(client, make, state):
    make.listing("Garden Refuge", status=state, organisation="Garden Friends")
    assert rows(client, "q", "gard") == []


def test_what_is_secret_is_never_offered_nor_whose_it_is_alone(client, make):
    make.listing("Garden Refuge", confidential_location=True, organisation="Garden Friends")
    assert rows(client, "q", "gard") == []
    make.listing("Open Day", organisation=make.organisation("Garden Givers"))
    assert [text for text, _, _ in rows(client, "q", "gard")] == ["Garden Givers"]


def test_what_is_taken_down_is_gone_even_while_its_name_is_still_remembered(client, make, monkeypatch):
    listing = make.listing("Garden Club")
    monkeypatch.setattr("directory.search.LARGE", 1)
    monkeypatch.setattr("directory.search.PATIENCE", 1_000_000)
    assert len(rows(client, "q", "gard")) == 1
    from directory.extensions import db, writing

    with writing(listing):
        listing.status = "hidden"
    db.session.rollback()
    assert rows(client, "q", "gard") == []


def test_accents_apostrophes_and_one_slip_are_forgiven(client, make):
    make.listing("Men’s Shed")
    make.listing("Café Society")
    assert [text for text, _, _ in rows(client, "q", "mens sh")] == ["Men’s Shed"]
    assert [text for text, _, _ in rows(client, "q", "cafe")] == ["Café Society"]
    assert [text for text, _, _ in rows(client, "q", "scoi")] == ["Café Society"]
    assert [text for text, _, _ in rows(client, "q", "sohd")] == []


def test_the_part_that_was_typed_is_marked(client, make):
    make.listing("Men’s Gärden & Shed")
    text = client.get("/search/words", query_string={"q": "mens gard"}).text
    assert "<mark>Men’s</mark> <mark>Gärd</mark>en &amp; Shed" in text
    assert list(marked("Knit & natter", "nat")) == [("Knit & ", False), ("nat", True), ("ter", False)]


def test_one_letter_or_none_finds_nothing(client, vocabulary, make):
    make.listing("Garden Club")
    assert rows(client, "q", "g") == rows(client, "q", " g ") == rows(client, "q", "") == rows(client, "place", "h") == []
    assert client.get("/search/words").status_code == client.get("/search/places").status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        "\0\0garden",
        "x" * 10_000,
        "a " * 5_000,
        "\u202egarden",
        "🙂🙂",
        "'; DROP TABLE listing --",
        "%_%",
        "ga<b>",
        "\ud800ab",
        "“(([",
    ],
)
def test_nothing_typed_breaks_it(client, make, vocabulary, real_places, typed):
    make.listing("Garden Club")
    sent = typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for box in ("q", "place"):
        rows(client, box, sent)
        rows(client, "place", "ho", last=sent)


def test_what_is_typed_is_escaped(client, make):
    make.listing("<script>alert(1)</script> Club")
    assert "<script>" not in client.get("/search/words?q=club").text


def test_no_cookie_and_nothing_kept(client, make, caplog):
    make.listing("Garden Club")
    with caplog.at_level("DEBUG", logger="directory"):
        response = client.get("/search/words?q=garden")
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Target" in response.headers["Vary"]
    assert "garden" not in caplog.text


def test_of_many_of_one_name_three_are_shown_each_with_its_town(client, make):
    for town in ("Aylsham", "Blakeney", "Cromer", "Diss"):
        make.listing("Lunch Club", venue=make.venue("Hall", city=town))
    make.listing("Lunch and Learn")
    assert [(text, after) for text, after, _ in rows(client, "q", "lunch")] == [
        ("Lunch and Learn", "Go to its page"),
        ("Lunch Club", "Aylsham: go to its page"),
        ("Lunch Club", "Blakeney: go to its page"),
        ("Lunch Club", "Cromer: go to its page"),
    ]


def test_however_many_names_begin_so_the_statements_are_as_many(client, make, vocabulary, statements):
    counts = []
    for _ in range(3):
        for _ in range(3):
            make.listing("Garden Club", organisation=make.organisation("Garden Friends"))
        rows(client, "q", "gard")
        statements.clear()
        rows(client, "q", "gard")
        counts.append(len(statements))
    assert counts[0] == counts[-1] <= 6


# Places


def test_a_place_is_offered_with_its_county_and_an_outward_code_with_its_town(client, real_places):
    found = rows(client, "place", "nr25")
    assert [(text, fills) for text, _, fills in found] == [("NR25", "NR25")]
    assert all(fills.startswith(text) for text, _, fills in rows(client, "place", "he"))


def test_the_catalogue_teaches_places(client, make, real_places):
    make.listing("Lunch", venue=make.venue("Hall", city="Little Wallop", latitude=52.9, longitude=1.08))
    assert [text for text, _, _ in rows(client, "place", "little wallo")] == ["Little Wallop"]
    assert places.locate(rows(client, "place", "little wallo")[0][2]).label.startswith("Little Wallop")


def test_a_secret_venue_teaches_no_place(client, make, real_places):
    make.listing("Refuge", confidential_location=True, venue=make.venue("Hall", city="Secretham", latitude=52.9, longitude=1.08))
    assert rows(client, "place", "secreth") == []


@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
def test_which_of_two_towns_is_asked_nearest_to_the_last_place_first(client, make, real_places, header):
    for latitude, council in ((52.9, "E07000147"), (51.0, "E07000047")):
        make.listing("Lunch", venue=make.venue("Hall", city="Wallopham", at=(latitude, -1.0), council_code=council))
    before = {"NR25 6BL": "North Norfolk", "EX20 1AA": "West Devon"}
    for place, nearer in before.items():
        page = client.get("/search?place=Wallopham", headers={header: f"http://localhost/search?place={place}&q=tea"})
        assert page.status_code == 404
        offered = [unescape(each) for each in re.findall(r'class="chip" href="[^"]*"[^>]*>(?:<svg.*?</svg>)?([^<]*)<', page.text)]
        assert len(offered) == 2
        assert nearer in offered[0]
    for nonsense in ("", "::::", "http://[", "/search?place=%00%ff", "/search?place=" + "x" * 5_000):
        assert client.get("/search?place=Wallopham", headers={header: nonsense}).status_code == 404
