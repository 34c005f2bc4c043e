"""Counts that were gathered in memory, added to the database: how often listings were looked at, nothing about who."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from directory.extensions import db, writing
from directory.models import Listing, Tally

AT_ONCE = 1_000  # rows of one statement


def add(counts: Mapping[tuple[int, date], int]) -> None:
    """Add looks, by listing and day. Listings that are gone meanwhile are passed over."""
    if not counts:
        return
    with writing():
        there = set(db.session.scalars(select(Listing.id).where(Listing.id.in_({listing_id for listing_id, _ in counts}))))
        rows = [
            {"listing_id": listing_id, "day": day, "views": views}
            for (listing_id, day), views in sorted(counts.items())
            if listing_id in there and views > 0
        ]
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        for first in range(0, len(rows), AT_ONCE):
            adding = dialect.insert(Tally).values(rows[first : first + AT_ONCE])
            db.session.execute(
                adding.on_conflict_do_update(
                    index_elements=[Tally.listing_id, Tally.day], set_={"views": Tally.views + adding.excluded.views}
                )
            )
