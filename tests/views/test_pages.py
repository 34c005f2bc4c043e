"""The other pages: a listing, an organisation, the pages about the directory, what machines ask."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import pytest

from directory import places
from directory.models import AccessFact, Status
from directory.views import clock


def text_of(response) -> str:
    return response.get_data(as_text=True)


@pytest.fixture
def table(make):
    return make.listing(
        "Wednesday Welcome Table",
        organisation="Saxley Neighbours",
        venue="Saxley Village Hall",
        at=(52.91, 1.09),
        session={"rrule": "FREQ=WEEKLY;BYDAY=WE", "opens": time(12), "closes": time(14), "starts_on": date(2026, 1, 7)},
        contacts=[("phone", "01632 960142"), ("email", "joan@example.org")],
        terms=["loneliness"],
        access={"step-free": True, "hearing-loop": False},
    )


def test_a_listing_tells_its_facts(client, table, make):
    make.check(table, "times")
    page = text_of(client.get(f"/listings/{table.slug}"))
    for told in ("Wednesdays, noon to 2pm", "Saxley Village Hall", "tel:01632960142", "mailto:joan@example.org", "Day and time"):
        assert told in page
    assert re.search(r'<link rel="canonical" href="http://localhost/listings/wednesday-welcome-table">', page)


def test_what_is_not_known_is_said(client, make):
    listing = make.listing("Bare Club", checked_on=None, checked_means=None)
    page = text_of(client.get(f"/listings/{listing.slug}"))
    for told in ("Times not known", "We do not know where.", "We do not know how to reach them", "Not checked yet"):
        assert told in page


def test_a_listing_seen_from_a_place_says_how_far(client, table, planned):
    assert "away in a straight line from NR25 6BH" in text_of(client.get(f"/listings/{table.slug}?place=Holt"))
    assert "straight line" not in text_of(client.get(f"/listings/{table.slug}?place=Hollt"))
    assert "straight line" not in text_of(client.get(f"/listings/{table.slug}"))


def test_its_dates_are_a_calendar(client, table):
    response = client.get(f"/listings/{table.slug}.ics")
    assert response.mimetype == "text/calendar"
    assert response.get_data().startswith(b"BEGIN:VCALENDAR")
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("status", "code"), [(Status.DRAFT, 404), (Status.HIDDEN, 404), (Status.PAUSED, 200), (Status.ENDED, 200)]
)
def test_what_is_not_running_is_hidden_or_says_so(client, make, status, code):
    listing = make.listing("Old Club", status=status)
    response = client.get(f"/listings/{listing.slug}")
    assert response.status_code == code
    assert client.get(f"/listings/{listing.slug}.ics").status_code == code
    if code == 200:
        assert re.search("This is paused just now|This has stopped", text_of(response))


def test_nothing_at_an_address_is_a_404_with_a_way_on(client):
    for address in ("/nothing", "/listings/nothing", "/listings/nothing.ics", "/organisations/nothing"):
        response = client.get(address)
        assert response.status_code == 404
        assert "Go to the front page and search" in text_of(response)


def test_an_organisation_shows_what_it_runs(client, make, table):
    make.listing("Hidden Club", organisation=table.organisation, status=Status.HIDDEN)
    page = text_of(client.get("/organisations/saxley-neighbours"))
    assert "Wednesday Welcome Table" in page
    assert "Hidden Club" not in page


def test_an_organisation_costs_as_many_statements_for_three_as_for_one(client, make, statements):
    counts = []
    organisation = make.organisation("Saxley Neighbours")
    for rows in (1, 3):
        while len(organisation.listings) < rows:
            make.listing(
                f"Club {len(organisation.listings)}", organisation=organisation, venue="Hall", access={"step-free": True}
            )
        statements.clear()
        client.get("/organisations/saxley-neighbours")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_status_counts_what_is_true(client, make, today, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 10, tzinfo=clock.LONDON))
    make.listing("Fresh", checked_on=today)
    make.listing("Old", checked_on=date(2020, 1, 1))
    make.listing("Never", checked_on=None, checked_means=None)
    make.listing("Hidden", status=Status.HIDDEN)
    page = text_of(client.get("/status"))
    assert "<b>3</b> listings" in page
    assert "<b>33 in 100</b>" in page
    assert "1 listing has not been checked yet." in page
    assert "Open Government Licence v.3.0" in page


def test_an_empty_catalogue_has_every_page(client):
    for address in ("/", "/status", "/about/roles", "/about/accessibility", "/about/privacy", "/sitemap.xml", "/robots.txt"):
        assert client.get(address).status_code == 200


def test_healthz_is_ok_and_never_kept(client):
    response = client.get("/healthz")
    assert (response.status_code, response.get_data(), response.headers["Cache-Control"]) == (200, b"ok", "no-store")


def test_the_map_of_the_site_lists_only_what_is_published(client, make, table):
    make.listing("Hidden Club", status=Status.HIDDEN)
    page = text_of(client.get("/sitemap.xml"))
    assert "<loc>http://localhost/listings/wednesday-welcome-table</loc>" in page
    assert "hidden-club" not in page


def test_no_link_of_ours_is_dead(client, vocabulary, table):
    """Every address that a page leads to answers, so nothing stands in the navigation before its page does."""
    todo, seen = ["/", f"/listings/{table.slug}"], set()
    while todo:
        address = todo.pop()
        seen.add(address)
        response = client.get(address)
        if response.headers.get("Location", "").startswith("/account/sign-in?after="):
            continue  # a page for people who signed in
        assert response.status_code == 200, address
        if response.mimetype == "text/html":
            page = re.sub(r'action="[^"]*" method="post"', "", text_of(response))
            links = {link.replace("&amp;", "&") for link in re.findall(r'(?:href|src|action)="(/[^"#]*)', page)}
            todo += [link for link in links if link not in seen and link not in todo and "place=" not in link]
    assert {f"/listings/{table.slug}.ics", "/organisations/saxley-neighbours", "/about/roles", "/status"} <= seen


def test_every_symbol_a_page_uses_is_in_its_sprite(client, make, table, planned):
    planned.add(table)
    planned.found = {"left_out": 1}
    pages = ["/", "/search?place=Holt&time=morning&view=map", "/search?place=Hollt", "/search", "/search?page=x", "/about/roles"]
    for address in (*pages, f"/listings/{table.slug}", "/organisations/saxley-neighbours", "/gallery"):
        page = text_of(client.get(address))
        assert set(re.findall(r'<use href="#(i-\w+)"', page)) <= set(re.findall(r'<symbol id="(i-\w+)"', page)), address


def test_the_name_of_the_site_is_a_setting(app, client, monkeypatch):
    monkeypatch.setitem(app.jinja_env.globals, "site_name", "Wegweiser")
    for address in ("/", "/status", "/about/roles"):
        assert "Fingerpost" not in re.sub(r"<!--.*?-->", "", text_of(client.get(address)))


@pytest.fixture
def van(make):
    """A mobile library with two stops, the nearer of which is visited later."""
    green = make.venue("Green", at=(52.91, 1.09), city="Saxley", transportation="Bus 4 stops here.")
    lane = make.venue("", at=(52.99, 1.2), address_1="Mill Lane", city="Otterby")
    fortnight = {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "mode": "stop"}
    listing = make.listing(
        "The Yellow Van",
        session=[
            fortnight | {"venue": lane, "starts_on": date(2026, 1, 7), "opens": time(14, 25), "closes": time(15)},
            fortnight | {"venue": green, "starts_on": date(2026, 1, 14), "opens": time(10, 15), "closes": time(10, 45)},
        ],
    )
    toilet = make.term("accessible-toilet", taxonomy="access", label="Toilet for wheelchair users")
    make.saved(AccessFact, venue_id=lane.id, term_id=toilet.id, present=False)
    return listing


def stops_of(page: str) -> list[str]:
    return [" ".join(re.sub(r"<[^>]+>", " ", stop).split()) for stop in re.findall(r"<li><h3>(.*?)</li>", page, re.DOTALL)]


def test_each_place_stands_with_its_own_times_and_facts(client, van, planned, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 10, tzinfo=clock.LONDON))
    page = text_of(client.get(f"/listings/{van.slug}?place=Holt"))
    green, lane = stops_of(page)
    assert green.startswith("Green, Saxley 0.3 miles Every second Wednesday, 10:15 to 10:45. Next: ")
    assert green.endswith("Bus 4 stops here.")
    assert "No toilet" not in green
    assert lane.startswith("Mill Lane, Otterby")
    assert "14:25 to 15:00" in lane
    assert lane.endswith("No toilet for wheelchair users.")
    assert page.count("Bus 4 stops here.") == 1
    assert "At two places" in page
    assert re.search(r"Mobile stop, next visit Wed \d+ \w+ 10:15", page), "the reason is that of the results"
    assert "straight line from" not in page


def test_a_single_place_keeps_its_plain_page(client, table):
    page = text_of(client.get(f"/listings/{table.slug}"))
    assert "At each place" not in page
    assert "Without a car" in page


def test_many_places_are_folded_and_the_nearest_five_stand_open(client, make, planned):
    stops = [{"venue": make.venue(f"Stop {n:02}", at=(52.91 + n / 100, 1.09)), "mode": "stop"} for n in range(12)]
    listing = make.listing("Long Round", session=stops)
    near = text_of(client.get(f"/listings/{listing.slug}?place=Holt"))
    opened, folded = near.split("<details")
    assert [stop[:7] for stop in stops_of(opened)] == [f"Stop {n:02}" for n in range(5)]
    assert "7 more places" in folded
    assert len(stops_of(folded)) == 7
    anywhere = text_of(client.get(f"/listings/{listing.slug}"))
    assert "All 12 places" in anywhere
    assert stops_of(anywhere.split("<details")[0]) == []


def test_a_secret_listing_has_no_places_to_tell(client, make, planned):
    venues = [{"venue": make.venue("Rose House", at=(52.91, 1.09))}, {"venue": make.venue("Lily House", at=(52.92, 1.09))}]
    listing = make.listing("Refuge", session=venues, confidential_location=True, coverage=["NR25"])
    page = text_of(client.get(f"/listings/{listing.slug}?place=Holt"))
    assert "House" not in page.replace("Safe House", "")
    assert "straight line" not in page


def test_a_listing_costs_as_many_statements_for_three_places_as_for_two(client, make, planned, statements):
    counts = []
    for rows in (2, 3):
        listing = make.listing(f"Round {rows}", session=[{"venue": make.venue(f"Stop {n}")} for n in range(rows)])
        statements.clear()
        client.get(f"/listings/{listing.slug}?place=Holt")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_an_address_with_a_slash_too_many_leads_to_the_page(client, make, table):
    make.listing("Tea")
    for path, leads in (
        ("/search/?place=Holt&q=a+b", "/search?place=Holt&q=a+b"),
        ("/listings/tea/", "/listings/tea"),
        ("/about/privacy/", "/about/privacy"),
        ("/api/search/?place=Holt", "/api/search?place=Holt"),
    ):
        response = client.get(path)
        assert (response.status_code, response.headers["Location"]) == (308, leads)
    for path in ("/nothing/", "//evil.example/", "/listings/a/b/", "/%5Cevil.example/", "/search%0d%0aX: y/"):
        response = client.get(path)
        assert "evil" not in response.headers.get("Location", "")
        assert response.status_code in (400, 404), path
    assert client.post("/search/").status_code in (404, 405)


@pytest.mark.parametrize(
    ("edition", "said"),
    [
        ("ONS Postcode Directory, November 2025", "database right 2025"),
        ("Code-Point Open, newest code of May 2024", "database right 2024"),
        ("Code-Point Open", "database right"),
        ("", "database right"),
    ],
)
def test_copyright_is_of_the_year_of_the_data_not_of_today(client, monkeypatch, edition, said):
    monkeypatch.setattr(places, "edition", lambda: edition)
    page = text_of(client.get("/status"))
    assert f"Contains OS data © Crown copyright and {said}</li>" in page
    assert f"Contains Royal Mail data © Royal Mail copyright and {said}</li>" in page
