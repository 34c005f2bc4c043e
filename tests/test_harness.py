"""The harness itself: two databases, empty tables, saved rows, and a client that notices what is wrong with a page."""

from __future__ import annotations

import pytest

from directory.extensions import db
from directory.models import Listing, Term
from tests import careful
from tests.careful import Page

GOOD = (
    '<!doctype html><html lang="en-GB"><head><title>Holt – Fingerpost</title></head><body><h1>Holt</h1><label for="q">Words'
    '</label><input id="q" name="q"><a href="/x" data-hx-get="/x">more</a></body></html>'
)


def test_the_named_database_is_really_used(app, database):
    assert db.engine.dialect.name == {"sqlite": "sqlite", "postgres": "postgresql"}[database]


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_begins_with_empty_tables(make, turn):
    assert db.session.query(Listing).count() == 0
    garden = make.listing("Garden Club", venue="Holt Hall", terms=["loneliness", "audience:carers"], access={"companion": True})
    make.term("caring", parent=garden.terms[0])
    assert [listing.slug for listing in db.session.query(Listing)] == ["garden-club"]
    assert sorted(term.slug for term in db.session.query(Term)) == ["carers", "caring", "companion", "loneliness"]


def test_made_listings_have_what_was_asked(make, statements):
    made = make.listing(
        "Lunch Club",
        at=(52.9, 1.1),
        session={"rrule": "FREQ=WEEKLY;BYDAY=TU"},
        organisation="Lunch Club Trust",
        coverage=["NR25"],
        contacts=[("phone", "01632 960142")],
    )
    twin = make.listing("Lunch Club")
    assert (made.slug, twin.slug == made.slug, made.organisation.name) == ("lunch-club", False, "Lunch Club Trust")
    assert (made.sessions[0].venue.latitude, made.sessions[0].rrule, made.at_venue) == (52.9, "FREQ=WEEKLY;BYDAY=TU", True)
    assert (made.coverages[0].area_code, made.contact_points[0].value) == ("NR25", "01632 960142")
    statements.clear()
    db.session.query(Listing).all()
    assert len(statements) == 1


def test_the_cast_has_its_roles(amina, bilal, stella, cai, lena, ida, otto):
    roles = [str(account.role) for account in (amina, bilal, stella, cai, lena, ida, otto)]
    assert roles == ["editor", "editor", "curator", "curator", "link-worker", "lead", "admin"]


def test_a_good_page_has_no_faults():
    assert Page(GOOD).faults == []
    assert Page(GOOD.replace("<title>", "<title>Mistakes to fix: ")).faults == []
    assert Page('<p id="count">7</p><label>Days <input name="day"></label>').faults == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<h1>Holt</h1>", "<h2>Holt</h2>", "0 h1"),
        ("<h1>Holt</h1>", "<h1>Holt</h1><h1>Holt</h1>", "2 h1"),
        ("<title>Holt", "<title>Wells", "does not begin"),
        ("<h1>", '<h1 id="q">', 'id="q" stands twice'),
        ('<label for="q">Words</label>', "", "has no label"),
        ('for="q"', 'for="r"', "leads nowhere"),
        ('href="/x" ', "", "no href or action"),
        ('href="/x"', 'href=" JavaScript:alert(1)"', "javascript:"),
        ("<h1>", '<h1 style="color:red">', "inline style"),
        ("<h1>", '<h1 onclick="x()">', "inline onclick"),
        ("data-hx-get", "hx-get", "has hx-get"),
        (' lang="en-GB"', "", "has no lang"),
        ("<h1>", "<script>1</script><h1>", "without a nonce"),
        ("<h1>", '<img src="/x.png"><h1>', "has no alt"),
    ],
)
def test_each_fault_of_a_page_is_noticed(old, new, fault):
    assert old in GOOD
    assert fault in "; ".join(Page(GOOD.replace(old, new)).faults)


def test_the_careful_client_looks_at_what_a_view_really_answers(client, make, monkeypatch):
    """Answers come as streams from the test client; a check that passed them by would check nothing."""
    listing = make.listing()
    whole = careful.Page.__init__
    seen = []
    monkeypatch.setattr(careful.Page, "__init__", lambda page, text: (seen.append(len(text)), whole(page, text))[1])
    client.get(f"/listings/{listing.slug}")
    assert len(seen) == 1
    assert seen[0] > 1_000
