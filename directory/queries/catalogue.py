"""Questions about the catalogue as a whole: how much there is, how lately it was checked, whose data it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.exc import SQLAlchemyError

from directory import places
from directory.extensions import db
from directory.models import Listing, Means, Organisation, Source, SourceRecord, Status

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class State:
    """How the published catalogue stands on one day.

    `checked` and `by_means` count listings checked in the last 12 months, commonest means first.
    """

    listings: int
    organisations: int
    checked: int
    by_means: tuple[tuple[Means, int], ...]
    never_checked: int
    middle_age_days: int | None

    @property
    def share_checked(self) -> int:
        """Listings checked in the last 12 months, of a hundred, rounded down: never better than it is."""
        return self.checked * 100 // self.listings if self.listings else 0


def state(*, today: date) -> State:
    """Two statements, and a third for the age in the middle."""
    published = Listing.status == Status.PUBLISHED
    recent = Listing.checked_on > today - YEAR
    listings, organisations, checked, dated = db.session.execute(
        select(
            func.count(),
            func.count(Listing.organisation_id.distinct()),
            func.coalesce(func.sum(case((recent, 1), else_=0)), 0),
            func.count(Listing.checked_on),
        ).where(published)
    ).one()
    by_means = db.session.execute(
        select(Listing.checked_means, func.count())
        .where(published, recent, Listing.checked_means.is_not(None))
        .group_by(Listing.checked_means)
        .order_by(func.count().desc(), Listing.checked_means)
    ).all()
    middle = db.session.scalar(
        select(Listing.checked_on)
        .where(published, Listing.checked_on.is_not(None))
        .order_by(Listing.checked_on, Listing.id)
        .offset(dated // 2)
        .limit(1)
    )
    return State(
        listings=listings,
        organisations=organisations,
        checked=int(checked),
        by_means=tuple((means, count) for means, count in by_means),
        never_checked=listings - dated,
        middle_age_days=(today - middle).days if middle else None,
    )


def sources() -> Sequence[Source]:
    """Whose data the catalogue holds, by name."""
    return db.session.scalars(select(Source).order_by(Source.name, Source.id)).all()


def addresses() -> tuple[list[str], list[str]]:
    """The slugs of every published listing and of every organisation that has one, in order, for the map of the site."""
    listings = db.session.scalars(select(Listing.slug).where(Listing.status == Status.PUBLISHED).order_by(Listing.slug)).all()
    organisations = db.session.scalars(
        select(Organisation.slug).where(Organisation.listings.any(Listing.status == Status.PUBLISHED)).order_by(Organisation.slug)
    ).all()
    return list(listings), list(organisations)


def sources_of(listing: Listing) -> Sequence[Source]:
    """Whose files this listing's facts came from, by name. One statement."""
    told = select(SourceRecord.source_id).where(SourceRecord.listing_id == listing.id)
    return db.session.scalars(select(Source).where(Source.id.in_(told)).order_by(Source.name, Source.id)).all()


def is_empty() -> bool:
    """Whether there is no listing at all, published or not."""
    return db.session.scalar(select(Listing.id).limit(1)) is None


def postcodes_year() -> str:
    """The year of the postcodes that places are found by; empty where their edition does not tell."""
    years = re.findall(r"\b20\d\d\b", places.edition())
    return years[-1] if years else ""


def is_reachable() -> bool:
    """Whether the database answers and can be read."""
    try:
        is_empty()  # SELECT 1 would not touch the file
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True
