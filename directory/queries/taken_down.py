"""Questions about what was taken down for safety: what waits for the lead, and why."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import defer

from directory.extensions import db
from directory.models import Listing, Revision, Status

MOST = 100


def waiting() -> Sequence[tuple[Listing, Revision | None]]:
    """The listings that nobody sees until the lead decides, each with its newest version, the longest down first."""
    rows = db.session.execute(
        select(Listing, Revision)
        .outerjoin(Revision, and_(Revision.listing_id == Listing.id, Revision.number == Listing.revision_number))
        .where(Listing.status == Status.HIDDEN)
        .options(defer(Revision.document))
        .order_by(Revision.made_at, Listing.id)
        .limit(MOST)
    )
    return [(listing, revision) for listing, revision in rows]
