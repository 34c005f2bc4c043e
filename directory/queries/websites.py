"""Questions about the websites of listings: which have to be looked at, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from directory.extensions import db
from directory.models import Listing, Status, Task, TaskKind, WebsiteLook

WELL, UNWELL = timedelta(days=30), timedelta(days=1)  # after so long one is looked at again


def to_look_at(*, now: datetime, most: int) -> dict[int, str]:
    """Web addresses of published listings by listing: those never looked at, then what failed, then the longest ago."""
    rows = db.session.execute(
        select(Listing.id, Listing.website)
        .outerjoin(WebsiteLook, WebsiteLook.listing_id == Listing.id)
        .where(
            Listing.status == Status.PUBLISHED,
            Listing.website.startswith("http"),
            or_(
                WebsiteLook.listing_id.is_(None),
                WebsiteLook.address != Listing.website,
                WebsiteLook.looked_at <= now - WELL,
                and_(WebsiteLook.days_failed > 0, WebsiteLook.looked_at <= now - UNWELL),
            ),
        )
        .order_by(WebsiteLook.listing_id.is_not(None), WebsiteLook.days_failed.desc(), WebsiteLook.looked_at, Listing.id)
        .limit(most)
    )
    return dict(rows.tuples().all())


def looks(ids: Sequence[int]) -> Mapping[int, WebsiteLook]:
    """What was found at the websites of these listings, by listing."""
    rows = db.session.scalars(select(WebsiteLook).where(WebsiteLook.listing_id.in_(ids)))
    return {row.listing_id: row for row in rows}


def open_tasks(ids: Sequence[int]) -> Mapping[int, Task]:
    """The open job about a broken link of each of these listings."""
    rows = db.session.scalars(
        select(Task).where(Task.kind == TaskKind.BROKEN_LINK, Task.closed_at.is_(None), Task.listing_id.in_(ids))
    )
    return {row.listing_id: row for row in rows}
