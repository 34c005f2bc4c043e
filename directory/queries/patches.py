"""Questions about patches: what somebody looks after, how far off a place is, how much of it was checked this year."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from directory import places
from directory.errors import Unavailable
from directory.extensions import db
from directory.models import Account, Coverage, LeftPatch, Listing, Patch, Session, Status, Venue
from directory.models.accounts import CURATING

SHOWN = (Status.PUBLISHED, Status.PAUSED)
# How near: 1 in one's own patch, falling evenly to this at so many miles, and no lower.
FAR_MI, FAR = 20.0, 0.3


@dataclass(frozen=True)
class Patches:
    """The areas that somebody looks after, and the middle of each that has one, as latitude and longitude."""

    codes: frozenset[str]
    middles: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PatchState:
    """How many listings of a patch were checked within a year, of how many."""

    checked: int
    listings: int


def nearness(miles: float | None) -> float:
    """1 in the patch, evenly less up to 20 miles, 0.3 from there on; 1 where nobody can tell."""
    return 1.0 if miles is None else max(FAR, 1 - (1 - FAR) * miles / FAR_MI)


def patches_of(person: Account) -> Patches:
    """The areas somebody looks after with their middles: that of an outward code, or of our venues within a council."""
    codes = frozenset(patch.area_code for patch in person.patches)
    middles = []
    for code in sorted(codes):
        try:
            place = places.approximate(code) if len(code) < 5 else None
        except Unavailable:
            place = None
        if place is not None:
            middles.append((place.latitude, place.longitude))
    if missing := [code for code in codes if len(code) >= 5]:
        middles += [
            (latitude, longitude)
            for latitude, longitude in db.session.execute(
                select(func.avg(Venue.latitude), func.avg(Venue.longitude))
                .where(Venue.council_code.in_(missing), Venue.latitude.is_not(None))
                .group_by(Venue.council_code)
                .order_by(Venue.council_code)
            )
        ]
    return Patches(codes, tuple(middles))


def inside(codes: Collection[str]) -> ColumnElement[bool]:
    """Whether a listing happens in one of these areas or is for people there."""
    happens = select(Session.listing_id).join(Venue).where(_in_area(codes))
    covers = select(Coverage.listing_id).where(Coverage.area_code.in_(codes))
    return or_(Listing.id.in_(happens), Listing.id.in_(covers))


def patch_state(patches: Patches, *, now: datetime) -> PatchState | None:
    """How much of a patch was checked this year; None for somebody without one."""
    if not patches.codes:
        return None
    year_ago = now.date() - timedelta(days=365)
    checked, total = db.session.execute(
        select(func.count().filter(Listing.checked_on >= year_ago), func.count())
        .select_from(Listing)
        .where(Listing.status.in_(SHOWN), inside(patches.codes))
    ).one()
    return PatchState(checked, total)


def without_anybody(codes: Collection[str]) -> list[str]:
    """Those of these areas that nobody who curates has for a patch, in order. One statement."""
    theirs = select(Patch.area_code).join(Account).where(Account.role.in_(CURATING), Account.suspended_at.is_(None))
    return sorted(set(codes) - set(db.session.scalars(theirs.where(Patch.area_code.in_(codes)))))


def left_empty() -> list[str]:
    """The areas whose last volunteer left and which nobody has taken on since, in order. One statement."""
    theirs = select(Patch.id).join(Account).where(Account.role.in_(CURATING), Account.suspended_at.is_(None))
    has_none = ~theirs.where(Patch.area_code == LeftPatch.area_code).exists()
    return list(db.session.scalars(select(LeftPatch.area_code).where(has_none).order_by(LeftPatch.area_code)))


def _in_area(codes: Collection[str]) -> ColumnElement[bool]:
    outward = [Venue.postal_code.startswith(f"{code} ", autoescape=True) for code in sorted(codes) if len(code) < 5]
    return or_(Venue.council_code.in_(codes), *outward)
