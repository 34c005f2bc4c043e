"""What is done to one listing: it is added, changed, published, paused, ended, hidden. Each leaves a numbered revision."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from directory import search
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
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
    groups,
    records,
)


def add(*, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None, **values: Any) -> Listing:
    """A new listing from a record that went through the gate, with its first revision.

    An organisation of the same name is used again. Raises Refused for a word that the vocabulary does not have.
    """
    with writing():
        terms = _terms()
        try:
            listing = records.built(values, terms, _venues(values, terms, before={}))
        except KeyError as missing:
            raise Refused(f"{missing.args[0]} is not in the vocabulary.") from missing
        listing.slug = _free_slug(Listing, listing.name)
        listing.organisation = _organisation(values.get("organisation"), now)
        listing.created_at = listing.modified_at = now
        db.session.add(listing)
        _keep(listing, groups.filled_groups(values), base=0, voice=by_voice, door=door, now=now, reason=reason, account=account)
    return listing


def change(
    listing: Listing,
    *,
    version: int,
    by_voice: Voice,
    door: str,
    now: datetime,
    reason: str = "",
    account: Account | None = None,
    **values: Any,
) -> Listing:
    """Give the listing these values; fields that are not among them stay. A change of nothing leaves no revision.

    `version` is the one that the person was looking at. Venues are matched by their public identifier and, failing
    that, by name and postcode. Raises Conflict when somebody changed the listing in the meantime.
    """
    with writing(listing):
        if listing.version != version:
            raise Conflict("Somebody else changed this listing in the meantime.")
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
            return listing
        changed = groups.changed_groups(before, after)
        if "place" in changed:
            _tell_neighbours(listing)
        _keep(listing, changed, base=base, voice=by_voice, door=door, now=now, reason=reason, account=account)
    return listing


def publish(listing: Listing, *, by_voice: Voice, door: str, now: datetime, account: Account | None = None) -> None:
    """Show it to everybody."""
    _turn(listing, Status.PUBLISHED, voice=by_voice, door=door, now=now, reason="", account=account)


def pause(
    listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None
) -> None:
    """Leave it out of searches until it is published again: closed for the time being."""
    _turn(listing, Status.PAUSED, voice=by_voice, door=door, now=now, reason=reason, account=account)


def end(listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None) -> None:
    """It is no more. Its page stays and says so."""
    _turn(listing, Status.ENDED, voice=by_voice, door=door, now=now, reason=reason, account=account)


def withdraw(
    listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None
) -> None:
    """Take it off every page at once, whatever it was; a curator can publish it again."""
    _turn(listing, Status.HIDDEN, voice=by_voice, door=door, now=now, reason=reason, account=account)


# What the verbs share


def _turn(
    listing: Listing, status: Status, *, voice: Voice, door: str, now: datetime, reason: str, account: Account | None
) -> None:
    """Change the state alone; nothing happens when it is so already."""
    with writing(listing):
        if listing.status is status:
            return
        listing.status = status
        _keep(listing, [], base=listing.revision_number, voice=voice, door=door, now=now, reason=reason, account=account)


def _keep(
    listing: Listing,
    names: list[str],
    *,
    base: int,
    voice: Voice,
    door: str,
    now: datetime,
    reason: str,
    account: Account | None,
) -> None:
    """The revision, who set the groups of fields last, and the word to search."""
    listing.modified_at = now
    listing.revision_number = base + 1
    db.session.flush()
    db.session.add(
        Revision(
            listing_id=listing.id,
            number=listing.revision_number,
            base_number=base,
            document=records.document(listing),
            made_at=now,
            account_id=account.id if account is not None else None,
            voice=voice,
            door=door,
            reason=reason,
        )
    )
    held = {row.field_group: row for row in db.session.scalars(select(Provenance).where(Provenance.listing_id == listing.id))}
    for group in names:
        row = held.get(group) or Provenance(listing_id=listing.id, field_group=group)
        row.source_id = row.run_id = None
        row.account_id, row.set_at = account.id if account is not None else None, now
        db.session.add(row)
    search.note(listing)


def _tell_neighbours(listing: Listing) -> None:
    """Other listings at the same venues are found by its new words too."""
    venue_ids = {session.venue_id for session in listing.sessions if session.venue_id is not None}
    others = select(Listing).where(Listing.id != listing.id, Listing.sessions.any(Session.venue_id.in_(venue_ids)))
    for other in db.session.scalars(others.order_by(Listing.id)):
        search.note(other)


def _terms() -> dict[tuple[Taxonomy, str], Term]:
    return {(term.taxonomy, term.slug): term for term in db.session.scalars(select(Term).order_by(Term.id))}


def _venues(
    values: dict[str, Any], terms: dict[tuple[Taxonomy, str], Term], *, before: dict[uuid.UUID, Venue]
) -> dict[str, Venue]:
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


def _organisation(entry: dict[str, Any] | None, now: datetime) -> Organisation | None:
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
