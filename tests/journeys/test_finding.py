"""From the front page to a listing by following what the pages offer, on both databases, without a script."""

from __future__ import annotations

import html
import re
from datetime import date, time

import pytest


def text_of(response) -> str:
    assert "Set-Cookie" not in response.headers
    return response.get_data(as_text=True)


def link(page: str, words: str) -> str:
    """The address of the first link that has these words."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*{re.escape(words)}', page, flags=re.DOTALL)
    assert found, words
    return html.unescape(found[1])


@pytest.fixture
def village(make, real_places):
    lunch = {"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7), "opens": time(12), "closes": time(14)}
    make.listing(
        "Lunch Club", at=(52.907, 1.09), session=lunch, cost="free", terms=["loneliness"], organisation="Holt Neighbours"
    )
    make.listing("Supper Club", at=(52.91, 1.1), cost="paid", cost_amount=4)
    make.listing("Kettle and Call", home_visits=True, coverage=["NR25"])
    make.listing("Hidden Club", at=(52.907, 1.09), status="hidden")


def test_front_page_to_listing(client, village):
    front = text_of(client.get("/"))
    assert re.search(r'<form class="find" id="search" action="/search" ', front)
    results = text_of(client.get("/search?place=nr25+6bl&q="))
    assert '<h1 id="count" tabindex="-1">3 found near NR25 6BL</h1>' in results
    assert "Comes to you" in results
    assert "Hidden Club" not in results
    free = text_of(client.get("/search?place=nr25+6bl&cost=free"))
    assert "1 found near NR25 6BL" in free
    assert "These might fit too" in free, "one does not say what it costs"
    assert "3 found" in text_of(client.get(link(free, "Free only")))
    listing = text_of(client.get(link(free, "Lunch Club")))
    assert "away in a straight line from NR25 6BL" in listing
    assert "Wednesdays, noon to 2pm" in listing
    organisation = text_of(client.get(link(listing, "Holt Neighbours")))
    assert "Lunch Club" in organisation
    assert "1 found" in text_of(client.get(link(listing, "Back to your search near")))


def test_the_page_and_the_api_give_the_same_answer(client, village):
    for asked in ("place=NR25+6BL", "place=NR25+6BL&cost=free", "place=NR25+6BL&q=club&sort=name"):
        answer = client.get(f"/api/search?{asked}").json
        page = text_of(client.get(f"/search?{asked}"))
        rows = [*answer["results"], *answer["less_certain"]["results"]]
        assert re.findall(r'<h3><a href="/listings/([\w-]+)\?', page) == [row["slug"] for row in rows]
        assert [html.escape(row["reason"]["text"]) in page for row in rows] == [True] * len(rows)


def test_a_need_from_the_front_page_waits_for_a_place(client, village):
    page = text_of(client.get(link(text_of(client.get("/")), "Company")))
    assert "Where shall we look?" in page
    assert '<input type="hidden" name="need" value="loneliness">' in page
    assert "Lunch Club" in text_of(client.get("/search?place=NR25+6BL&need=loneliness"))


def test_an_unknown_place_never_lists_everything(client, village):
    response = client.get("/search?place=Zzyzx")
    assert response.status_code == 404
    assert "Lunch Club" not in text_of(response)
    assert client.get("/api/search?place=Zzyzx").status_code == 404


def test_results_cost_as_many_statements_for_three_rows_as_for_one(client, make, real_places, statements):
    counts = []
    for number in range(3):
        make.listing(f"Club {number}", at=(52.907, 1.09), contacts=[("phone", "01632 960142")], access={"step-free": True})
        client.get("/search?place=NR25+6BL")  # search takes note of the new row once
        statements.clear()
        client.get("/search?place=NR25+6BL")
        counts.append(len(statements))
    assert counts[0] == counts[2]
