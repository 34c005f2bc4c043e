"""What is kept of a row of results goes with the listing and the day, and holds nothing of the question."""

from __future__ import annotations

from datetime import timedelta

from directory import search
from directory.extensions import writing
from directory.models import Room
from directory.models.recurrence import LONDON
from directory.queries import kept_listings
from directory.queries.kept_listings import Row
from directory.queries.listings import kept_result
from directory.search import Hit
from directory.views import rows
from tests import make as makers
from tests.search.asking import HOLT


def row_of(app, listing, *, now=makers.NOW):
    here = now.astimezone(LONDON)
    venue = listing.venues[0].id if listing.venues else None
    with app.test_request_context():
        kept = kept_listings.rows([(listing.id, venue, False)], made=(rows.card,), now=here)
    return kept_result(Hit(listing.id, "nearby", 1.0, venue), kept[listing.id, venue, False], HOLT, here.date())


def parts(app, result, day):
    with app.test_request_context():
        return result.once(rows.card, day)


def test_the_parts_are_made_once_and_again_after_an_edit(app, make, today):
    listing = make.listing("Club", venue=make.venue("Old Hall"), contacts=[("phone", "01632 960142")], room="open")
    first = parts(app, row_of(app, listing), today)
    assert parts(app, row_of(app, listing), today) is first
    assert ("Old Hall · group" in first.place, "01632 960142" in first.phone, "Waiting list" in first.lasting) == (
        True,
        True,
        False,
    )
    with writing(listing):
        listing.room, listing.room_said_on = Room.WAITING, today
        listing.sessions[0].venue.name = "New & <b>Hall"
        search.note(listing)
    again = parts(app, row_of(app, listing), today)
    assert str(again.place) == "New &amp; &lt;b&gt;Hall · group"
    assert again.lasting != first.lasting


def test_the_parts_are_made_again_on_another_day(app, make, today):
    listing = make.listing("Club", checked_on=today - timedelta(days=1))
    tomorrow = makers.NOW + timedelta(days=1)
    assert (
        parts(app, row_of(app, listing), today).lasting != parts(app, row_of(app, listing, now=tomorrow), tomorrow.date()).lasting
    )


def test_a_secret_place_is_in_no_part(app, make, today):
    listing = make.listing("Safe House", venue=make.venue("Rose Cottage"), confidential_location=True)
    venue = listing.sessions[0].venue
    with app.test_request_context():
        told = rows.card(Row(listing, venue, today, is_stop=False, next_on=None))
        (kept,) = kept_listings.rows([(listing.id, venue.id, False)], made=(rows.card,), now=makers.NOW).values()
    assert "Rose Cottage" not in "".join((*told, *kept.made[rows.card]))
    assert (kept.venue, "The address is private" in told.place) == (None, True)
