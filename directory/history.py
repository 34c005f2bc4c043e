"""The one way in which a listing changes: a record goes in, the rows follow, and a numbered revision, an audit row and a word to
search are left behind. Everything here is called inside `writing()`, by actions."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from directory import search
from directory.errors import Refused
from directory.extensions import db
from directory.models import (
    Account,
    Check,
    Fact,
    Listing,
    Means,
    Organisation,
    Provenance,
    Revision,
    Session,
    Status,
    Task,
    TaskKind,
    Taxonomy,
    Term,
    Venue,
    Voice,
    audit,
    groups,
    records,
    redaction,
    standing,
)
from directory.models.freshness import asked_on

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
    _refuse_marked(values)
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


def alter(listing: Listing, values: Values, hand: Hand, *, now: datetime, weighs: bool = True) -> bool:
    """Give the listing these values; fields that are not among them stay. False, and no revision, when nothing changed.

    Venues are matched by their public identifier and, failing that, by name and postcode. A check of what is replaced
    stops speaking for it, unless the values bring their own checks or this does not `weigh` them.
    """
    _refuse_marked(values)
    before = records.document(listing)
    base = listing.revision_number
    _fill(listing, values, _terms())
    for name, value in records.columns_of(values).items():
        setattr(listing, name, value)
    if "organisation" in values:
        listing.organisation = _organisation(values["organisation"], now)
    db.session.flush()
    after = records.document(listing)
    if after == before:
        return False
    if weighs and after["checks"] == before["checks"]:
        weigh_checks(listing, before, after, now)
    changed = groups.changed_groups(before, after)
    if "place" in changed:
        for other in _neighbours([listing]):
            search.note(other)
    _keep(listing, changed, hand, verb="listing changed", before=before, base=base, now=now)
    return True


def alter_with_checks(listing: Listing, wanted: Mapping[str, Any], hand: Hand, now: datetime, *, came_from: Listing) -> None:
    """Give it the record, checks included; who made a check is not part of a record and is put back."""
    makers = makers_of(came_from, listing)
    values = {name: value for name, value in wanted.items() if name != "status"}
    if values["checks"] == records.document(listing)["checks"]:
        del values["checks"]  # rows that say the same stay
    alter(listing, values, hand, now=now, weighs=False)
    put_makers_back(makers, listing)


def weigh_checks(listing: Listing, before: Values, after: Values, now: datetime) -> None:
    """Checks of what is replaced speak for the listing no more, those of what is back do again; its age follows."""
    if standing.weigh(listing.checks, before, after, now.date()):
        listing.checked_on, listing.checked_means, listing.checked_voice = records.checked(listing.checks)


def makers_of(*listings: Listing) -> dict[tuple[object, ...], int | None]:
    return {_check(check): check.account_id for listing in listings for check in listing.checks}


def put_makers_back(makers: Mapping[tuple[object, ...], int | None], listing: Listing) -> None:
    for check in listing.checks:
        check.account_id = makers.get(_check(check), check.account_id)


def _check(check: Check) -> tuple[object, ...]:
    return check.fact, check.means, check.voice, check.checked_on, check.value_seen


def alter_many(
    changes: Iterable[tuple[Listing, Values]], hand: Hand, *, now: datetime, said: Mapping[int, Values] | None = None
) -> list[Listing]:
    """As `alter`, and `turn` where "status" is among the values, of many listings in a few statements; those that changed.

    What hangs on the listings has to be loaded: every statement saved is one saved a thousand times. `said` are the
    records of now by the number of the listing, where they are known.
    """
    known = said or {}
    terms = _terms()
    done: list[tuple[Listing, Values, Values]] = []
    with db.session.no_autoflush:
        for listing, values in changes:
            before = known.get(listing.id) or records.document(listing)
            _fill(listing, values, terms)
            for name, value in records.columns_of(values).items():
                setattr(listing, name, value)
            if "organisation" in values:
                listing.organisation = _organisation(values["organisation"], now)
            after = records.document(listing)
            if after != before:
                weigh_checks(listing, before, after, now)
                after["checks"] = records.checks_of(listing)
                listing.modified_at, listing.revision_number = now, listing.revision_number + 1
                done.append((listing, before, after))
    db.session.flush()
    _insert(Revision, [_revision(listing, after, hand, base=listing.revision_number - 1, now=now) for listing, _, after in done])
    _set_by({listing.id: groups.changed_groups(before, after) for listing, before, after in done}, hand, now)
    told = [(_verb(before, after), f"listing {listing.uid}", before, after) for listing, before, after in done]
    audit.record_many(told, by=hand.account or hand.voice.value, now=now)
    moved = [listing for listing, before, after in done if "place" in groups.changed_groups(before, after)]
    noted = {listing.id: listing for listing in (*(listing for listing, _, _ in done), *_neighbours(moved))}
    search.note_many(_note(listing) for listing in noted.values())
    return [listing for listing, _, _ in done]


def turn(listing: Listing, status: Status, hand: Hand, *, now: datetime) -> bool:
    """Change the state alone; False when it is so already."""
    if listing.status is status:
        return False
    before = records.document(listing)
    listing.status = status
    _keep(listing, [], hand, verb=f"listing {status}", before=before, base=listing.revision_number, now=now)
    return True


def check(
    listing: Listing, facts: Collection[Fact], means: Means, hand: Hand, *, told: Mapping[Fact, str], now: datetime
) -> None:
    """These facts were compared with their source and are as `told`: neither an edit nor a version.

    The listing is as old as the oldest critical fact of them all; its task to check is closed once it is fresh again.
    """
    if not facts:
        return
    today, account_id = now.date(), hand.account.id if hand.account is not None else None
    before = [listing.checked_on, listing.checked_means, listing.checked_voice]
    for fact in facts:
        row = Check(fact=fact, means=means, voice=hand.voice, checked_on=today, value_seen=told.get(fact, ""))
        row.account_id = account_id
        listing.checks.append(row)
    listing.checked_on, listing.checked_means, listing.checked_voice = records.checked(listing.checks)
    db.session.flush()
    after = [listing.checked_on, sorted(facts), means]
    audit.record("checked", f"listing {listing.uid}", by=hand.account or hand.door, now=now, before=before, after=after)
    search.note(listing)
    if asked_on(listing.checked_on, listing.created_at.date()) > today:
        close_tasks(listing, "checked", hand.account, now=now)


def close_tasks(listing: Listing, outcome: str, account: Account | None, *, now: datetime) -> None:
    """Nobody needs to check this listing any more."""
    db.session.execute(
        update(Task)
        .where(Task.listing_id == listing.id, Task.kind == TaskKind.CHECK, Task.closed_at.is_(None))
        .values(closed_at=now, outcome=outcome, account_id=account.id if account is not None else None)
    )


def words_of(record: Values) -> dict[str, Any]:
    """What a change of words carries of a full record: never the status, never the checks."""
    return {name: value for name, value in record.items() if name not in ("status", "checks")}


def _refuse_marked(values: Values) -> None:
    """What words were taken out of does not come back onto a page, whichever way it comes."""
    if redaction.is_marked({name: value for name, value in values.items() if name != "checks"}):
        raise Refused("Somebody’s own words were taken out of this, so it cannot be published as it is. Write it anew.")


def _fill(listing: Listing, values: Values, terms: dict[tuple[Taxonomy, str], Term]) -> None:
    """The lists of a record into the rows of a listing."""
    held = {session.venue.uid: session.venue for session in listing.sessions if session.venue is not None}
    try:
        venues = _venues(values, terms, before=held) if "venues" in values else {str(uid): row for uid, row in held.items()}
        records.fill(listing, values, terms, venues)
    except KeyError as missing:
        raise Refused(f"{missing.args[0]} is not in the vocabulary or not among the venues.") from missing


def _keep(
    listing: Listing, names: Iterable[str], hand: Hand, *, verb: str, before: Values | None, base: int, now: datetime
) -> None:
    """The revision, who set the groups of fields last, the audit row, and the word to search."""
    listing.modified_at = now
    listing.revision_number = base + 1
    db.session.flush()
    after = records.document(listing)
    db.session.add(Revision(**_revision(listing, after, hand, base=base, now=now)))
    _set_by({listing.id: list(names)}, hand, now)
    audit.record(verb, f"listing {listing.uid}", by=hand.account or hand.voice.value, now=now, before=before, after=after)
    search.note(listing)


def _revision(listing: Listing, document: Values, hand: Hand, *, base: int, now: datetime) -> dict[str, Any]:
    """The columns of the revision that the listing has reached."""
    return {
        "listing_id": listing.id,
        "number": listing.revision_number,
        "base_number": base,
        "document": document,
        "made_at": now,
        "account_id": hand.account.id if hand.account is not None else None,
        "voice": hand.voice,
        "door": hand.door,
        "reason": hand.reason,
        "suggestion_id": hand.suggestion_id,
        "restores_number": hand.restores_number,
        "reverts_account_id": hand.reverts_account_id,
    }


def _set_by(names: Mapping[int, Iterable[str]], hand: Hand, now: datetime) -> None:
    """Who set these groups of fields last, by the number of the listing."""
    by_group: dict[str, list[int]] = {}
    for listing_id, changed in names.items():
        for group in changed:
            by_group.setdefault(group, []).append(listing_id)
    account_id = hand.account.id if hand.account is not None else None
    for group, ids in by_group.items():
        of_group = Provenance.listing_id.in_(ids), Provenance.field_group == group
        db.session.execute(delete(Provenance).where(*of_group).execution_options(synchronize_session=False))
    told = {"source_id": None, "run_id": None, "account_id": account_id, "set_at": now}
    rows = [{"listing_id": each, "field_group": group, **told} for group, ids in by_group.items() for each in ids]
    _insert(Provenance, rows)


def _insert(model: type[Any], rows: list[dict[str, Any]]) -> None:
    """Into the table itself: the object layer would look at every row again."""
    if rows:
        db.session.execute(insert(model.__table__), rows)


def _verb(before: Values, after: Values) -> str:
    """What the audit calls it: a change, or a turn where nothing but the state is another."""
    turned = {**before, "status": None} == {**after, "status": None}
    return f"listing {after['status']}" if turned else "listing changed"


def _note(listing: Listing) -> search.Note:
    return search.Note(listing.id, listing.version, search.document_of(listing) if listing.is_published else None)


def _neighbours(listings: Iterable[Listing]) -> list[Listing]:
    """Other listings at the same venues: they are found by a place's new words too."""
    moved = list(listings)
    venue_ids = {session.venue_id for listing in moved for session in listing.sessions if session.venue_id is not None}
    if not venue_ids:
        return []
    others = select(Listing).where(Listing.sessions.any(Session.venue_id.in_(venue_ids))).order_by(Listing.id)
    ids = {listing.id for listing in moved}
    return [other for other in db.session.scalars(others) if other.id not in ids]


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
