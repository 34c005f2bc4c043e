"""Questions about organisations: one by its address."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Organisation


def by_slug(slug: str) -> Organisation:
    """One organisation, ready to print. Raises NotFound."""
    organisation = db.session.scalar(
        select(Organisation).where(Organisation.slug == slug).options(selectinload(Organisation.contact_points))
    )
    if organisation is None:
        raise NotFound("We know of no organisation at this address.")
    return organisation
