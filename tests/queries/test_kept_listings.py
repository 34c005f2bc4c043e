"""What is kept in memory never outlives a change: not an edit, not a take-down, not a new word in the vocabulary."""

from __future__ import annotations

from directory import search
from directory.extensions import db, writing
from directory.models import Status
from directory.queries import kept_listings


def test_a_second_look_asks_only_whether_it_changed(make, statements):
    listings = [make.listing(name=f"Group {number}") for number in range(3)]
    ids = [listing.id for listing in listings]
    statements.clear()
    first = kept_listings.published(ids)
    read = len(statements)
    statements.clear()
    assert kept_listings.published(ids) == first
    assert (len(statements), read > 1) == (1, True)


def test_an_edit_is_read_again(make):
    listing = make.listing(name="Before")
    kept_listings.published([listing.id])
    with writing(listing):
        listing.name = "After"
        search.note(listing)
    assert kept_listings.published([listing.id])[listing.id].name == "After"


def test_a_change_noted_by_a_neighbour_at_the_same_venue_is_read_again(make):
    venue = make.venue(name="Old Hall")
    listing = make.listing(venue=venue)
    kept_listings.published([listing.id])
    with writing():
        venue.name = "New Hall"
        search.note(listing)
    assert kept_listings.published([listing.id])[listing.id].sessions[0].venue.name == "New Hall"


def test_what_is_taken_down_is_gone_though_it_was_kept(make):
    listing = make.listing()
    kept_listings.published([listing.id])
    with writing(listing):
        listing.status = Status.HIDDEN
    assert kept_listings.published([listing.id]) == {}


def test_a_row_can_be_printed_after_its_session_ended(make):
    listing = make.listing(name="Kept", venue=make.venue(name="Hall"))
    row = kept_listings.published([listing.id])[listing.id]
    db.session.remove()
    assert (row.name, row.sessions[0].venue.name, row.terms, row.contact_points) == ("Kept", "Hall", [], [])
