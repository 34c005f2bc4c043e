"""Questions about imports: what a source last said, and which fields a person has set since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from directory.extensions import db
from directory.models import AccessFact, ImportRun, Listing, Organisation, Provenance, Session, Source, SourceRecord, Venue

CHUNK = 400


def source_named(name: str) -> Source | None:
    """The source of this name, None before its first run."""
    return db.session.scalars(select(Source).where(Source.name == name)).one_or_none()


def digests(source: Source) -> dict[str, tuple[int, str]]:
    """Listing and digest of every record that the source has brought, by its own key. One statement."""
    statement = select(SourceRecord.source_key, SourceRecord.listing_id, SourceRecord.digest).where(
        SourceRecord.source_id == source.id
    )
    return {key: (listing_id, digest) for key, listing_id, digest in db.session.execute(statement)}


def given(source: Source, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the source last said under these keys."""
    told: dict[str, dict[str, Any]] = {}
    for some in chunks(sorted(keys)):
        statement = select(SourceRecord.source_key, SourceRecord.given).where(
            SourceRecord.source_id == source.id, SourceRecord.source_key.in_(some)
        )
        told.update((key, held) for key, held in db.session.execute(statement))
    return told


def organisations_of(source: Source) -> dict[str, int]:
    """The organisations of the source's listings, by name in small letters; of two with one name the older."""
    statement = (
        select(Organisation.name, Organisation.id)
        .join(Listing, Listing.organisation_id == Organisation.id)
        .join(SourceRecord, SourceRecord.listing_id == Listing.id)
        .where(SourceRecord.source_id == source.id)
        .distinct()
        .order_by(Organisation.id.desc())
    )
    return {name.casefold(): number for name, number in db.session.execute(statement)}


def set_by_people(listing_ids: Iterable[int]) -> dict[int, set[str]]:
    """The groups of fields of each listing that a person set last."""
    found: dict[int, set[str]] = {}
    for some in chunks(sorted(listing_ids)):
        statement = select(Provenance.listing_id, Provenance.field_group).where(
            Provenance.listing_id.in_(some), Provenance.run_id.is_(None)
        )
        for number, group in db.session.execute(statement):
            found.setdefault(number, set()).add(group)
    return found


def whole_listings(listing_ids: Iterable[int]) -> Iterator[Listing]:
    """The listings with everything that hangs on them, in order of id, a few hundred at a time."""
    for some in chunks(sorted(listing_ids)):
        statement = (
            select(Listing)
            .where(Listing.id.in_(some))
            .order_by(Listing.id)
            .options(
                joinedload(Listing.organisation),
                selectinload(Listing.sessions)
                .joinedload(Session.venue)
                .selectinload(Venue.access_facts)
                .joinedload(AccessFact.term),
                selectinload(Listing.coverages),
                selectinload(Listing.contact_points),
                selectinload(Listing.access_facts).joinedload(AccessFact.term),
                selectinload(Listing.checks),
                selectinload(Listing.terms),
            )
            .execution_options(populate_existing=True)
        )
        yield from db.session.scalars(statement).unique()


def venues_used_elsewhere(venue_ids: Iterable[int], *, but: Iterable[int]) -> set[int]:
    """Those of the venues at which listings other than `but` have sessions."""
    own = set(but)
    found: set[int] = set()
    for some in chunks(sorted(venue_ids)):
        statement = select(Session.venue_id, Session.listing_id).where(Session.venue_id.in_(some)).distinct()
        found.update(venue for venue, listing in db.session.execute(statement) if venue is not None and listing not in own)
    return found


def runs(source: Source) -> Sequence[ImportRun]:
    """The source's runs, the latest first."""
    statement = select(ImportRun).where(ImportRun.source_id == source.id).order_by(ImportRun.id.desc())
    return db.session.scalars(statement).all()


def chunks(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
