"""Questions about organisations: one by its address, with what it runs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Listing, Organisation, Session


def by_slug(slug: str) -> Organisation:
    """One organisation with its listings, ready to print. Raises NotFound."""
    listings = selectinload(Organisation.listings)
    organisation = db.session.scalar(
        select(Organisation)
        .where(Organisation.slug == slug)
        .options(
            selectinload(Organisation.contact_points),
            listings.selectinload(Listing.sessions).selectinload(Session.venue),
            listings.selectinload(Listing.contact_points),
        )
    )
    if organisation is None:
        raise NotFound("We know of no organisation at this address.")
    return organisation
