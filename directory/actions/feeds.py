"""What an import does: a whole run of records is compared first and written in one go, or not at all."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from directory import history, search
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
from directory.models import (
    AccessFact,
    Check,
    ContactPoint,
    Coverage,
    ImportRun,
    Listing,
    Organisation,
    OrganisationKind,
    Provenance,
    Revision,
    Session,
    Source,
    SourceRecord,
    Status,
    Taxonomy,
    Term,
    Venue,
    Voice,
    audit,
    groups,
    records,
)
from directory.models.batches import Batch
from directory.models.vocabulary import listing_term
from directory.queries import feeds as queries

Terms = dict[tuple[Taxonomy, str], Term]
DOOR = "feed"
# What a curator took off the pages stays off, whatever a source says.
OURS_ALONE = (Status.HIDDEN, Status.DRAFT)


@dataclass(frozen=True)
class Publisher:
    """Whose values these are, under which terms. `licence` empty: may be shown, not published onwards."""

    name: str
    preset: str = ""
    licence: str = ""
    attribution: str = ""
    url: str = ""


@dataclass(frozen=True)
class Entry:
    """One record that went through the gate, by its source's key; `rows` of the file made it.

    `parts` gives the digest of each of several rows by a key of its own. A `closed` one only ends what is there.
    """

    key: str
    values: dict[str, Any]
    rows: int = 1
    parts: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False


@dataclass
class Applied:
    """What a run did, counted in rows of the file; `listings` counts what was written. `kept` are (slug, group) that
    differ from the source and stay as a person set them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    listings: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    run_id: int | None = None


def apply_run(
    *,
    publisher: Publisher,
    entries: Iterable[Entry],
    now: datetime,
    file_name: str = "",
    file_sha256: str = "",
    refused: int = 0,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Applied:
    """Bring the catalogue into step with one file. A second run of the same file writes nothing.

    Comparing, and everything that costs time for a new listing, happens before the lock. A group of fields that a
    person set since is left as it is. Records that the file no longer has are left alone too: absence is not an end.
    Raises Refused for a word that is not in the vocabulary, Conflict when another run of this source came between.
    """
    told = list(entries)
    terms = {(term.taxonomy, term.slug): term for term in db.session.scalars(select(Term).order_by(Term.id))}
    source = queries.source_named(publisher.name)
    before = queries.digests(source) if source is not None else {}
    applied, batch = Applied(), Batch(terms)
    fresh: list[tuple[Entry, search.Document | None]] = []
    touched: dict[str, Entry] = {}
    for number, entry in enumerate(told):
        held = before.get(entry.key)
        if entry.closed:
            applied.closed += entry.rows
            if held is not None and held[1] != _CLOSED:
                touched[entry.key] = entry
        elif held is None:
            applied.added += entry.rows
            fresh.append((entry, _document(batch, entry)))
        elif held[1] == digest(entry.values):
            applied.unchanged += entry.rows
        else:
            touched[entry.key] = entry
        if number % 200 == 0:
            progress(number, len(told))
    given = queries.given(source, touched) if source is not None and touched else {}
    for key, entry in touched.items():
        if not entry.closed:
            _count(entry, given[key], applied)
    progress(len(told), len(told))
    applied.listings = len(fresh) + len(touched)
    if dry_run or not applied.listings:
        return applied
    with writing():
        source = queries.source_named(publisher.name)
        if (queries.digests(source) if source is not None else {}) != before:
            raise Conflict("Another import of this source ran at the same time: run it again.")
        source = source or Source(uid=uuid.uuid4(), name=publisher.name)
        source.preset, source.attribution = publisher.preset or source.preset, publisher.attribution or source.attribution
        source.licence, source.url = publisher.licence or source.licence, publisher.url or source.url
        counts = {name: getattr(applied, name) for name in ("added", "changed", "unchanged", "closed")} | {"refused": refused}
        run = ImportRun(source=source, file_name=file_name[:255], file_sha256=file_sha256, ran_at=now, counts=counts)
        db.session.add(run)
        db.session.flush()
        applied.run_id = run.id
        organisations = _organisations(source, [entry.values for entry in told if not entry.closed], now)
        _write(batch, fresh, source, run, organisations, now)
        if touched:
            _follow(touched, given, before, source, run, organisations, now, applied)
        # One row for the whole file: what it says of each listing is told by the digest of the file.
        audit.record("imported", f"import {run.id}", by="feed", now=now, after=[publisher.name, file_sha256, counts])
    return applied


def digest(values: Any) -> str:
    """The same for equal plain-JSON values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


_CLOSED = "closed"


def _document(batch: Batch, entry: Entry) -> search.Document | None:
    """Take a new listing into the batch; the answer is what search has to know of it, None unless it is published."""
    try:
        row = batch.take(entry.values)
    except KeyError as missing:
        raise Refused(f"{missing.args[0]} is not in the vocabulary.") from missing
    return search.document_of(row) if row.is_published else None


def _count(entry: Entry, given: Mapping[str, Any], applied: Applied) -> None:
    """Row by row what became of a listing that changed: some of its rows may be as they were."""
    if not entry.parts:
        applied.changed += entry.rows
        return
    before = given.get("parts") or {}
    for part, now in entry.parts.items():
        if part not in before:
            applied.added += 1
        elif before[part] != now:
            applied.changed += 1
        else:
            applied.unchanged += 1


def _organisations(source: Source, told: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, int]:
    """The id of every organisation named, by name in small letters: the source's own ones and new rows."""
    found = queries.organisations_of(source)
    slugs = records.Slugs(db.session.scalars(select(Organisation.slug)))
    wanted: dict[str, dict[str, Any]] = {}
    for values in told:
        entry = values.get("organisation")
        if entry and entry["name"].casefold() not in found:
            wanted.setdefault(entry["name"].casefold(), entry)
    rows = [
        {
            **{name: entry.get(name) or "" for name in records.ORGANISATION},
            "kind": OrganisationKind(entry.get("kind") or "group"),
            "uid": uuid.uuid4(),
            "slug": slugs.free(entry["name"]),
            "created_at": now,
            "modified_at": now,
        }
        for entry in wanted.values()
    ]
    return found | dict(zip(wanted, _inserted(Organisation, rows), strict=True))


def _write(
    batch: Batch,
    fresh: list[tuple[Entry, search.Document | None]],
    source: Source,
    run: ImportRun,
    organisations: Mapping[str, int],
    now: datetime,
) -> None:
    """The new listings, one `executemany` for each table; keys come back in the order in which rows were given."""
    slugs = records.Slugs(db.session.scalars(select(Listing.slug)))
    venue_ids = _inserted(Venue, batch.venue_rows)
    ids = _inserted(Listing, batch.listing_rows(slugs, organisations, now))
    _insert(AccessFact, batch.fact_rows(ids, venue_ids))
    _insert(Session, batch.session_rows(ids, venue_ids))
    _insert(Coverage, batch.rows_of("coverage", ids))
    _insert(ContactPoint, batch.rows_of("contacts", ids))
    _insert(Check, batch.rows_of("checks", ids))
    _insert(listing_term, batch.term_rows(ids))
    numbered = list(zip(ids, batch.made, strict=True))
    _insert(Revision, [_revision(number, 1, made.record, now, "imported") for number, made in numbered])
    filled = [(number, groups.filled_groups(made.record)) for number, made in numbered]
    _insert(Provenance, [row for number, names in filled for row in _provenance(number, names, source, run, now)])
    said = [{**_said(entry), **_from(source, run), "listing_id": number} for number, (entry, _) in zip(ids, fresh, strict=True)]
    _insert(SourceRecord, said)
    search.note_many(search.Note(number, 1, document) for number, (_, document) in zip(ids, fresh, strict=True))


def _follow(
    touched: Mapping[str, Entry],
    given: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, tuple[int, str]],
    source: Source,
    run: ImportRun,
    organisations: Mapping[str, int],
    now: datetime,
    applied: Applied,
) -> None:
    """Let the listings follow their source where no person has gone before."""
    terms = {(term.taxonomy, term.slug): term for term in db.session.scalars(select(Term).order_by(Term.id))}
    by_listing = {before[key][0]: key for key in touched}
    people = queries.set_by_people(by_listing)
    notes: list[search.Note] = []
    for listing in list(queries.whole_listings(by_listing)):
        key = by_listing[listing.id]
        entry, said = touched[key], given[key].get("record") or {}
        document = records.document(listing)
        if entry.closed:
            taken: list[str] = []
            wanted = {**document, "status": Status.ENDED.value}
            told = {"record": {**said, "status": Status.ENDED.value}, "parts": {}}
        else:
            wanted, taken, kept = groups.merged(document, said, entry.values, people.get(listing.id, set()))
            applied.kept += [(listing.slug, group) for group in kept]
            told = _said(entry)["given"]
        if listing.status in OURS_ALONE or entry.values.get("status") == said.get("status"):
            wanted["status"] = document["status"]
        if wanted != document:
            _fill(listing, document, wanted, terms, organisations)
            db.session.flush()
            after = records.document(listing)
            if after != document:
                history.weigh_checks(listing, document, after, now)
                after["checks"] = records.checks_of(listing)
                listing.revision_number += 1
                listing.modified_at = now
                db.session.flush()
                reason = "closed by its source" if entry.closed else "changed by its source"
                _insert(Revision, [_revision(listing.id, listing.revision_number, after, now, reason)])
                notes.append(
                    search.Note(listing.id, listing.version, search.document_of(listing) if listing.is_published else None)
                )
        held = select(Provenance).where(Provenance.listing_id == listing.id, Provenance.field_group.in_(taken))
        for row in db.session.scalars(held):
            row.source_id, row.run_id, row.account_id, row.set_at = source.id, run.id, None, now
            taken.remove(row.field_group)
        _insert(Provenance, _provenance(listing.id, taken, source, run, now))
        mark = _CLOSED if entry.closed else digest(entry.values)
        where = (SourceRecord.source_id == source.id, SourceRecord.source_key == key)
        db.session.execute(update(SourceRecord).where(*where).values(digest=mark, given=told, run_id=run.id))
    search.note_many(notes)


def _fill(
    listing: Listing,
    document: Mapping[str, Any],
    wanted: Mapping[str, Any],
    terms: Terms,
    organisations: Mapping[str, int],
) -> None:
    """Write what differs. A venue of this listing alone keeps its row where name, postcode, first line and town are the same."""
    fresh = {name: value for name, value in wanted.items() if value != document[name]}
    held = {str(session.venue.uid): session.venue for session in listing.sessions if session.venue is not None}
    venues = dict(held)
    if "venues" in fresh or "sessions" in fresh:
        fresh["sessions"] = wanted["sessions"]
        shared = queries.venues_used_elsewhere([venue.id for venue in held.values()], but=[listing.id])
        own = {_place(records.venue_record(venue)): venue for venue in held.values() if venue.id not in shared}
        for entry in wanted["venues"]:
            if entry["key"] in held:
                continue
            row = own.pop(_place(entry), None) or Venue(uid=uuid.uuid4())
            records.fill_venue(row, entry, terms)
            venues[entry["key"]] = row
    for name, value in records.columns_of(fresh).items():
        setattr(listing, name, value)
    try:
        records.fill(listing, fresh, terms, venues)
    except KeyError as missing:
        raise Refused(f"{missing.args[0]} is not in the vocabulary.") from missing
    if "organisation" in fresh:
        entry = fresh["organisation"]
        listing.organisation = db.session.get(Organisation, organisations[entry["name"].casefold()]) if entry else None


def _place(entry: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return entry["name"].casefold(), entry["postal_code"], entry["address_1"].casefold(), entry["city"].casefold()


def _revision(listing_id: int, number: int, document: Mapping[str, Any], now: datetime, reason: str) -> dict[str, Any]:
    shared = {"made_at": now, "account_id": None, "voice": Voice.FEED, "door": DOOR, "reason": reason}
    return {"listing_id": listing_id, "number": number, "base_number": number - 1, "document": document, **shared}


def _provenance(listing_id: int, names: Iterable[str], source: Source, run: ImportRun, now: datetime) -> list[dict[str, Any]]:
    shared = {"account_id": None, "set_at": now, **_from(source, run)}
    return [{"listing_id": listing_id, "field_group": name, **shared} for name in names]


def _from(source: Source, run: ImportRun) -> dict[str, int]:
    return {"source_id": source.id, "run_id": run.id}


def _said(entry: Entry) -> dict[str, Any]:
    given = {"record": entry.values, "parts": dict(entry.parts)}
    return {"source_key": entry.key, "digest": digest(entry.values), "given": given}


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    """Into the table itself: the object layer would look at every row again, for half as long once more."""
    if rows:
        db.session.execute(insert(getattr(model, "__table__", model)), rows)


def _inserted(model: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    """Ids of new rows in the order of `rows`."""
    if not rows:
        return []
    return list(db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows))
