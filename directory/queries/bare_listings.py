"""Listings with all that a row of results prints, read in few statements and without the mapper's bookkeeping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Row, bindparam, or_, select

from directory.models import (
    AccessFact,
    ContactPoint,
    Coverage,
    Listing,
    Organisation,
    Session,
    Status,
    Taxonomy,
    Term,
    Venue,
)
from directory.models.vocabulary import listing_term

T = TypeVar("T")

# Put together once, because that costs more than to run them.
IDS = bindparam("ids", expanding=True)


def _columns(model: type[Any], names: str) -> list[Column[Any]]:
    return [model.__table__.c[name] for name in names.split()]


LISTINGS = (
    select(
        *_columns(
            Listing,
            "id uid slug kind status name summary minimum_age maximum_age cost cost_amount fees_description join schedule_note"
            " at_venue home_visits online by_phone confidential_location room room_note room_until room_said_on"
            " checked_on checked_means checked_voice organisation_id",
        ),
        Organisation.name.label("organisation_name"),
    )
    .outerjoin(Organisation, Organisation.id == Listing.organisation_id)
    .where(Listing.id.in_(IDS), Listing.status == Status.PUBLISHED)
)
SESSIONS = (
    select(
        *_columns(
            Session,
            "id listing_id venue_id mode rrule starts_on ends_on opens closes except_on also_on description position",
        )
    )
    .where(Session.listing_id.in_(IDS))
    .order_by(Session.listing_id, Session.position, Session.id)
)
VENUES = select(
    *_columns(Venue, "id name address_1 address_2 city postal_code latitude longitude point_source"),
).where(Venue.id.in_(IDS))
TERM_COLUMNS = _columns(Term, "id taxonomy slug label position")
ACCESS = (
    select(*_columns(AccessFact, "listing_id venue_id present note"), *TERM_COLUMNS)
    .join(Term, Term.id == AccessFact.term_id)
    .where(or_(AccessFact.listing_id.in_(IDS), AccessFact.venue_id.in_(bindparam("venues", expanding=True))))
    .order_by(AccessFact.id)
)
TERMS = (
    select(listing_term.c.listing_id, *TERM_COLUMNS)
    .join(Term, Term.id == listing_term.c.term_id)
    .where(listing_term.c.listing_id.in_(IDS))
    .order_by(listing_term.c.listing_id, Term.taxonomy, Term.position, Term.id)
)
COVERAGES = (
    select(*_columns(Coverage, "id listing_id area_code label"))
    .where(Coverage.listing_id.in_(IDS))
    .order_by(Coverage.listing_id, Coverage.id)
)
CONTACTS = (
    select(*_columns(ContactPoint, "id listing_id kind value note public"))
    .where(ContactPoint.listing_id.in_(IDS), ContactPoint.public)
    .order_by(ContactPoint.listing_id, ContactPoint.position, ContactPoint.id)
)


def read(connection: Connection, ids: Sequence[int]) -> dict[int, Listing]:
    """By id the published ones with all that a row prints, apart from any session: the same few statements however many."""
    those = {"ids": sorted(set(ids))}
    sessions = {owner: list(rows) for owner, rows in _by_owner(connection, SESSIONS, those)}
    venue_ids = {row.venue_id for rows in sessions.values() for row in rows if row.venue_id is not None}
    of_listing: dict[int, list[AccessFact]] = {}
    of_venue: dict[int, list[AccessFact]] = {}
    for listing_id, venue_id, present, note, *term in connection.execute(ACCESS, {**those, "venues": list(venue_ids)}):
        fact = _bare(AccessFact, present=present, note=note, term=_term(*term))
        if listing_id is not None:
            of_listing.setdefault(listing_id, []).append(fact)
        if venue_id is not None:
            of_venue.setdefault(venue_id, []).append(fact)
    venues = {
        row.id: _bare(Venue, **row._mapping, access_facts=of_venue.get(row.id, []))
        for row in (connection.execute(VENUES, {"ids": list(venue_ids)}) if venue_ids else ())
    }
    terms = {owner: [_term(*row[1:]) for row in rows] for owner, rows in _by_owner(connection, TERMS, those)}
    coverages = _bares(Coverage, _by_owner(connection, COVERAGES, those))
    contacts = _bares(ContactPoint, _by_owner(connection, CONTACTS, those))
    return {
        row.id: _bare(
            Listing,
            **row._mapping,
            organisation=None if row.organisation_id is None else _bare(Organisation, name=row.organisation_name),
            sessions=[_bare(Session, **each._mapping, venue=venues.get(each.venue_id)) for each in sessions.get(row.id, ())],
            access_facts=of_listing.get(row.id, []),
            terms=terms.get(row.id, []),
            coverages=coverages.get(row.id, []),
            contact_points=contacts.get(row.id, []),
        )
        for row in connection.execute(LISTINGS, those)
    }


def _by_owner(connection: Connection, statement: Any, those: dict[str, Any]) -> Iterator[tuple[int, Iterable[Row[Any]]]]:
    """Rows by the listing they hang on, in which order they come."""
    return groupby(connection.execute(statement, those), key=lambda row: row.listing_id)


def _bares(model: type[T], rows: Iterator[tuple[int, Iterable[Row[Any]]]]) -> dict[int, list[T]]:
    return {owner: [_bare(model, **row._mapping) for row in each] for owner, each in rows}


@lru_cache(maxsize=4_096)
def _term(id_: int, taxonomy: Taxonomy, slug: str, label: str, position: int) -> Term:
    """One object for all listings that have it."""
    return _bare(Term, id=id_, taxonomy=taxonomy, slug=slug, label=label, position=position)


def _bare(model: type[T], **values: Any) -> T:
    """A row without the mapper's bookkeeping, which takes nine tenths of the time and more memory than the row.

    It has all that its model knows of a row. Changing it raises, and so does reading what was not given.
    """
    row = model.__new__(model)
    vars(row).update(values)
    return row
