"""Questions about what may answer a gap: listings that fit and reach it, and the open gaps near an organisation."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from directory import places
from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Coverage,
    Gap,
    Listing,
    Offer,
    OfferState,
    Organisation,
    Role,
    Session,
    Status,
    Venue,
)
from directory.models.vocabulary import listing_term
from directory.queries import gaps
from directory.search import MILE_KM

REACH_MI = 10.0
EACH, MOST_EACH = 5, 20  # listings offered for one gap that were there before it, and in all
BOX = 0.15, 0.30  # degrees of latitude and longitude that hold ten miles anywhere in the United Kingdom
MOST_NEAR = 12
AT_ONCE = 20_000  # pairs of gap and listing looked at in one sweep


@dataclass(frozen=True)
class Near:
    """An open gap that an organisation may be able to help with. `miles` is None where a distance has no meaning."""

    gap: Gap
    miles: float | None
    fits: bool  # it has a listing for the same need
    offer: Offer | None


def offer(number: int) -> Offer:
    """One offer with its gap, listing and organisation. Raises NotFound."""
    found = db.session.scalar(
        select(Offer)
        .where(Offer.id == min(number, 2**31 - 1))
        .options(joinedload(Offer.gap).joinedload(Gap.term), joinedload(Offer.listing), joinedload(Offer.organisation))
    )
    if found is None:
        raise NotFound("There is no such offer, or not any more.")
    return found


def fitting(*, since: datetime | None = None) -> list[tuple[int, int]]:
    """Open gaps and published listings for the same need that reach them and were not offered yet, by their numbers.

    With `since` only what was changed or opened from then on. Of listings that were there before the gap at most five, the
    nearest, are ever offered; of those that changed after it at most twenty. Five statements.
    """
    query = (
        select(Gap.id, Listing.id, Listing.modified_at)
        .join(listing_term, listing_term.c.term_id == Gap.term_id)
        .join(Listing, Listing.id == listing_term.c.listing_id)
        .where(
            Gap.closed_at.is_(None),
            Listing.status == Status.PUBLISHED,
            ~exists().where(Offer.gap_id == Gap.id, Offer.listing_id == Listing.id),
            _may_reach(),
        )
        .order_by(Gap.id, Listing.id)
        .limit(AT_ONCE)
    )
    if since is not None:
        query = query.where(or_(Listing.modified_at >= since, Gap.opened_at >= since))
    pairs = db.session.execute(query).tuples().all()
    if not pairs:
        return []
    listings = {listing_id for _, listing_id, _ in pairs}
    areas = {each.id: each for each in db.session.scalars(select(Gap).where(Gap.id.in_({gap_id for gap_id, *_ in pairs})))}
    points, coverages, codes = _points(listings), _coverages(listings), {each.id: _codes(each) for each in areas.values()}
    newer: dict[int, list[tuple[float, int]]] = defaultdict(list)
    older: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for gap_id, listing_id, modified_at in pairs:
        miles = _reaches(areas[gap_id], codes[gap_id], points.get(listing_id, ()), coverages.get(listing_id, ()))
        if miles is not None:
            (newer if modified_at > areas[gap_id].opened_at else older)[gap_id].append((miles, listing_id))
    there = _offered_so_far(areas)
    found = []
    for gap_id in areas:
        room = max(0, MOST_EACH - there.get(gap_id, 0))
        chosen = sorted(newer[gap_id])[:room]
        chosen += sorted(older[gap_id])[: max(0, EACH - there.get(gap_id, 0) - len(chosen))]
        found += [(gap_id, listing_id) for _, listing_id in chosen]
    return found


def away(gap: Gap, listing_ids: Collection[int]) -> dict[int, float]:
    """How far off the nearest place of each listing is in miles; without those that only cover the area. One statement."""
    points = _points(listing_ids) if listing_ids else {}
    return {number: miles for number, held in points.items() if (miles := _nearest(gap, held)) is not None}


def _may_reach() -> ColumnElement[bool]:
    """What the database can tell of reach: a venue in a box about the gap, or a coverage that may hold it."""
    in_box = exists().where(
        Session.listing_id == Listing.id,
        Venue.id == Session.venue_id,
        Venue.latitude.between(Gap.latitude - BOX[0], Gap.latitude + BOX[0]),
        Venue.longitude.between(Gap.longitude - BOX[1], Gap.longitude + BOX[1]),
    )
    covers = exists().where(
        Coverage.listing_id == Listing.id,
        or_(
            Coverage.area_code == Gap.area_code,
            Coverage.area_code == Gap.council_code,
            Coverage.area_code.startswith("E10"),  # a county; which, the table of councils tells
            Coverage.radius_km.is_not(None),
        ),
    )
    return or_(in_box, covers)


def _offered_so_far(gap_ids: Collection[int]) -> dict[int, int]:
    rows = select(Offer.gap_id, func.count()).where(Offer.gap_id.in_(gap_ids), Offer.listing_id.is_not(None))
    return dict(db.session.execute(rows.group_by(Offer.gap_id)).tuples().all())


def near(organisation_id: int) -> list[Near]:
    """Open gaps that everybody may know of, within ten miles of where an organisation works or in what it covers.

    Those for a need that it has a listing for come first, then the nearest.
    """
    own = select(Listing.id).where(Listing.organisation_id == organisation_id, Listing.status == Status.PUBLISHED)
    ids = set(db.session.scalars(own))
    if not ids:
        return []
    points = [point for each in _points(ids).values() for point in each]
    covered = [each for held in _coverages(ids).values() for each in held]
    needs = set(db.session.scalars(select(listing_term.c.term_id).where(listing_term.c.listing_id.in_(ids))))
    offers = {each.gap_id: each for each in db.session.scalars(select(Offer).where(Offer.organisation_id == organisation_id))}
    found = []
    for row in db.session.scalars(
        select(Gap)
        .where(Gap.closed_at.is_(None), gaps.is_public())
        .options(joinedload(Gap.term))
        .order_by(Gap.opened_at, Gap.id)
        .limit(1_000)
    ):
        miles = _nearest(row, points)
        is_covered = _is_covered(row, _codes(row), covered)
        if is_covered or (miles is not None and miles <= REACH_MI):
            found.append(Near(row, miles, row.term_id in needs, offers.get(row.id)))
    # Ties go by what everybody can see, never by which was opened first.
    found.sort(
        key=lambda each: (
            not each.fits,
            each.miles if each.miles is not None else REACH_MI,
            each.gap.title.casefold(),
            each.gap.area_code,
            each.gap.kind,
            each.gap.part,
        )
    )
    return found[:MOST_NEAR]


def of_organisation(uid: uuid.UUID, organisation_id: int) -> Near:
    """One gap near an organisation. Raises NotFound for one that it is not shown."""
    for each in near(organisation_id):
        if each.gap.uid == uid:
            return each
    raise NotFound("There is no such gap near you, or not any more.")


def organisation(slug: str) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
    if found is None:
        raise NotFound("There is no such organisation.")
    return found


def made_between(start: datetime, end: datetime) -> Sequence[Offer]:
    """Offers made then that nobody decided yet, with gaps, listings and organisations, the oldest first."""
    return db.session.scalars(
        select(Offer)
        .join(Offer.gap)
        .where(Offer.made_at >= start, Offer.made_at < end, Offer.state == OfferState.OPEN, Gap.closed_at.is_(None))
        .order_by(Offer.id)
        .options(joinedload(Offer.gap).joinedload(Gap.term), joinedload(Offer.listing), joinedload(Offer.organisation))
        .limit(500)
    ).all()


def leads() -> Sequence[Account]:
    """Leads who may sign in, with their areas."""
    return db.session.scalars(
        select(Account)
        .where(Account.role == Role.LEAD, Account.suspended_at.is_(None))
        .order_by(Account.id)
        .options(selectinload(Account.patches))
    ).all()


# Reach

Point = tuple[float, float]


def _points(listing_ids: Collection[int]) -> dict[int, list[Point]]:
    """Where listings happen; never of a place that is kept secret."""
    rows = db.session.execute(
        select(Session.listing_id, Venue.latitude, Venue.longitude)
        .join(Venue)
        .join(Listing, Listing.id == Session.listing_id)
        .where(Session.listing_id.in_(listing_ids), Venue.latitude.is_not(None), Listing.confidential_location.is_(False))
        .distinct()
        .order_by(Session.listing_id)
    )
    found: dict[int, list[Point]] = defaultdict(list)
    for listing_id, latitude, longitude in rows:
        found[listing_id].append((latitude, longitude))
    return found


def _coverages(listing_ids: Collection[int]) -> dict[int, list[Coverage]]:
    found: dict[int, list[Coverage]] = defaultdict(list)
    for row in db.session.scalars(select(Coverage).where(Coverage.listing_id.in_(listing_ids)).order_by(Coverage.id)):
        found[row.listing_id].append(row)
    return found


def _codes(row: Gap) -> frozenset[str]:
    """The outward code, the council and the county that hold a gap; a whole country answers no gap of one place."""
    return frozenset({row.area_code, row.council_code, places.county_code(row.council_code)} - {""})


def _nearest(row: Gap, points: Collection[Point]) -> float | None:
    if row.latitude is None or row.longitude is None or not points:
        return None
    return min(places.distance_km(row.latitude, row.longitude, *point) for point in points) / MILE_KM


def _is_covered(row: Gap, codes: frozenset[str], coverages: Collection[Coverage]) -> bool:
    """Whether one of these coverages holds the area. What is wider than a district counts once a curator approved it."""
    county = places.county_code(row.council_code)
    for each in coverages:
        if each.area_code in codes and (each.area_code != county or each.approved):
            return True
        if None in (each.radius_km, each.latitude, each.longitude, row.latitude, row.longitude):
            continue
        if places.distance_km(row.latitude, row.longitude, each.latitude, each.longitude) <= each.radius_km:  # type: ignore[arg-type,operator]
            return True
    return False


def _reaches(row: Gap, codes: frozenset[str], points: Collection[Point], coverages: Collection[Coverage]) -> float | None:
    """How far off in miles, 0 for what covers the area; None when it does not reach it."""
    if _is_covered(row, codes, coverages):
        return 0.0
    miles = _nearest(row, points)
    return miles if miles is not None and miles <= REACH_MI else None
