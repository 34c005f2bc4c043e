"""Listings ready to print in a row of results, kept in memory until they change; nothing here decides who may be shown."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Reading
from sqlalchemy.orm import joinedload, selectinload

from directory.extensions import db
from directory.models import AccessFact, Listing, SearchChange, Session, Status, Venue

MOST_KEPT = 2_000  # about 20 KB each
OF_ALL = 0  # the listing id of a change that concerns every listing: the vocabulary

Stamp = tuple[int, int | None, int | None]
kept: OrderedDict[uuid.UUID, tuple[Stamp, Listing]] = OrderedDict()
lock = Lock()


def published(ids: Sequence[int]) -> dict[int, Listing]:
    """The published ones among `ids`, by id, with all that a row of results prints; read only, apart from any session.

    One statement says which are published and whether each is still as it was kept; only the others are read again.
    Every action that changes what a row prints notes the change for search, so the newest note tells a stale copy.
    """
    stamps = _stamps(ids)
    rows: dict[int, Listing] = {}
    with lock:
        for listing_id, (uid, stamp) in stamps.items():
            held = kept.get(uid)
            if held is not None and held[0] == stamp:
                kept.move_to_end(uid)
                rows[listing_id] = held[1]
    missing = [listing_id for listing_id in stamps if listing_id not in rows]
    if missing:
        read = _read(missing)
        with lock:
            for listing in read:
                uid, stamp = stamps[listing.id]
                kept[uid] = (stamp, listing)
                rows[listing.id] = listing
            while len(kept) > MOST_KEPT:
                kept.popitem(last=False)
    return rows


def forget() -> None:
    """Drop everything that is kept."""
    with lock:
        kept.clear()


def _stamps(ids: Sequence[int]) -> dict[int, tuple[uuid.UUID, Stamp]]:
    newest = select(func.max(SearchChange.id)).where(SearchChange.listing_id == Listing.id).scalar_subquery()
    of_all = select(func.max(SearchChange.id)).where(SearchChange.listing_id == OF_ALL).scalar_subquery()
    rows = db.session.execute(
        select(Listing.id, Listing.uid, Listing.version, newest, of_all).where(
            Listing.id.in_(ids), Listing.status == Status.PUBLISHED
        )
    )
    return {listing_id: (uid, (version, change, change_of_all)) for listing_id, uid, version, change, change_of_all in rows}


def _read(ids: Sequence[int]) -> list[Listing]:
    """A session of its own, so that what is kept never belongs to a request and is never read again behind its back."""
    with Reading(db.engine) as reading:
        return list(
            reading.scalars(
                select(Listing)
                .where(Listing.id.in_(ids), Listing.status == Status.PUBLISHED)
                .options(
                    joinedload(Listing.organisation),
                    selectinload(Listing.sessions)
                    .joinedload(Session.venue)
                    .selectinload(Venue.access_facts)
                    .joinedload(AccessFact.term),
                    selectinload(Listing.access_facts).joinedload(AccessFact.term),
                    selectinload(Listing.terms),
                    selectinload(Listing.coverages),
                    selectinload(Listing.contact_points),
                )
            )
        )
