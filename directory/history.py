"""The one way in which a listing changes: a record goes in, the rows follow, and a numbered revision, an audit row and a word to
search are left behind. Everything here is called inside `writing()`, by actions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from directory import search
from directory.errors import Refused
from directory.extensions import db
from directory.models import (
    Account,
    Listing,
    Organisation,
    Provenance,
    Revision,
    Session,
    Status,
    Taxonomy,
    Term,
    Venue,
    Voice,
    audit,
    groups,
    records,
)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Hand:
    """Who changes something, through which door (page, api, command, feed), and why: what a revision keeps of it."""

    voice: Voice
    door: str
    account: Account | None = None
    reason: str = ""
    suggestion_id: int | None = None
    restores_number: int | None = None
    reverts_account_id: int | None = None


def begin(values: Values, hand: Hand, *, now: datetime) -> Listing:
    """A new listing with its first revision; an organisation of the same name is used again. Raises Refused for an odd term."""
    terms = _terms()
    try:
        listing = records.built(values, terms, _venues(values, terms, before={}))
    except KeyError as missing:
        raise Refused(f"{missing.args[0]} is not in the vocabulary.") from missing
    listing.slug = _free_slug(Listing, listing.name)
    listing.organisation = _organisation(values.get("organisation"), now)
    listing.created_at = listing.modified_at = now
    db.session.add(listing)
    _keep(listing, groups.filled_groups(values), hand, verb="listing added", before=None, base=0, now=now)
    return listing


def alter(listing: Listing, values: Values, hand: Hand, *, now: datetime) -> bool:
    """Give the listing these values; fields that are not among them stay. False, and no revision, when nothing changed.

    Venues are matched by their public identifier and, failing that, by name and postcode.
    """
    before = records.document(listing)
    base, terms = listing.revision_number, _terms()
    held = {session.venue.uid: session.venue for session in listing.sessions if session.venue is not None}
    try:
        venues = _venues(values, terms, before=held) if "venues" in values else {str(uid): row for uid, row in held.items()}
        records.fill(listing, values, terms, venues)
    except KeyError as missing:
        raise Refused(f"{missing.args[0]} is not in the vocabulary or not among the venues.") from missing
    for name, value in records.columns_of(values).items():
        setattr(listing, name, value)
    if "organisation" in values:
        listing.organisation = _organisation(values["organisation"], now)
    db.session.flush()
    after = records.document(listing)
    if after == before:
        return False
    changed = groups.changed_groups(before, after)
    if "place" in changed:
        _tell_neighbours(listing)
    _keep(listing, changed, hand, verb="listing changed", before=before, base=base, now=now)
    return True


def turn(listing: Listing, status: Status, hand: Hand, *, now: datetime) -> bool:
    """Change the state alone; False when it is so already."""
    if listing.status is status:
        return False
    before = records.document(listing)
    listing.status = status
    _keep(listing, [], hand, verb=f"listing {status}", before=before, base=listing.revision_number, now=now)
    return True


def words_of(record: Values) -> dict[str, Any]:
    """What a change of words carries of a full record: never the status, never the checks."""
    return {name: value for name, value in record.items() if name not in ("status", "checks")}


def _keep(
    listing: Listing, names: Iterable[str], hand: Hand, *, verb: str, before: Values | None, base: int, now: datetime
) -> None:
    """The revision, who set the groups of fields last, the audit row, and the word to search."""
    account = hand.account
    listing.modified_at = now
    listing.revision_number = base + 1
    db.session.flush()
    after = records.document(listing)
    db.session.add(
        Revision(
            listing_id=listing.id,
            number=listing.revision_number,
            base_number=base,
            document=after,
            made_at=now,
            account_id=account.id if account is not None else None,
            voice=hand.voice,
            door=hand.door,
            reason=hand.reason,
            suggestion_id=hand.suggestion_id,
            restores_number=hand.restores_number,
            reverts_account_id=hand.reverts_account_id,
        )
    )
    held = {row.field_group: row for row in db.session.scalars(select(Provenance).where(Provenance.listing_id == listing.id))}
    for group in names:
        row = held.get(group) or Provenance(listing_id=listing.id, field_group=group)
        row.source_id = row.run_id = None
        row.account_id, row.set_at = account.id if account is not None else None, now
        db.session.add(row)
    audit.record(verb, f"listing {listing.uid}", by=account or hand.voice.value, now=now, before=before, after=after)
    search.note(listing)


def _tell_neighbours(listing: Listing) -> None:
    """Other listings at the same venues are found by its new words too."""
    venue_ids = {session.venue_id for session in listing.sessions if session.venue_id is not None}
    others = select(Listing).where(Listing.id != listing.id, Listing.sessions.any(Session.venue_id.in_(venue_ids)))
    for other in db.session.scalars(others.order_by(Listing.id)):
        search.note(other)


def _terms() -> dict[tuple[Taxonomy, str], Term]:
    return {(term.taxonomy, term.slug): term for term in db.session.scalars(select(Term).order_by(Term.id))}


def _venues(values: Values, terms: dict[tuple[Taxonomy, str], Term], *, before: dict[uuid.UUID, Venue]) -> dict[str, Venue]:
    """A row for each venue of the record, by its key: one that the listing has already, or a new one."""
    by_key = {str(uid): row for uid, row in before.items()}
    by_place = {(row.name.casefold(), row.postal_code): row for row in before.values()}
    found: dict[str, Venue] = {}
    for entry in values.get("venues", []):
        row = (
            by_key.get(entry["key"]) or by_place.get((entry["name"].casefold(), entry["postal_code"])) or Venue(uid=uuid.uuid4())
        )
        records.fill_venue(row, entry, terms)
        found[entry["key"]] = row
    return found


def _organisation(entry: Values | None, now: datetime) -> Organisation | None:
    """The organisation of this name, made when there is none; what is known of an existing one is left alone."""
    if not entry:
        return None
    row = db.session.scalars(select(Organisation).where(Organisation.name == entry["name"]).order_by(Organisation.id)).first()
    if row is None:
        slug = _free_slug(Organisation, entry["name"])
        row = Organisation(slug=slug, created_at=now, modified_at=now, **{name: entry[name] for name in records.ORGANISATION})
        db.session.add(row)
    return row


def _free_slug(kind: type[Listing] | type[Organisation], name: str) -> str:
    base = records.slug_of(name)
    taken = set(db.session.scalars(select(kind.slug).where(kind.slug.startswith(base, autoescape=True))))
    return records.Slugs(taken).free(name)
