"""The listing record: one plain-JSON shape of a listing with everything that hangs on it, as revisions and imports hold it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

from directory.models.curation import CRITICAL_FACTS, Check, Fact, Means, Voice
from directory.models.listings import ContactPoint, Cost, Coverage, Join, Kind, Listing, Room, Status
from directory.models.organisations import Organisation
from directory.models.sessions import Mode, Session
from directory.models.venues import AccessFact, PointSource, Venue
from directory.models.vocabulary import Taxonomy, Term

Record = dict[str, Any]

TERM_FIELDS = {
    "needs": Taxonomy.NEED,
    "activities": Taxonomy.ACTIVITY,
    "audiences": Taxonomy.AUDIENCE,
    "languages": Taxonomy.LANGUAGE,
}
COLUMNS = (
    *("name", "alternate_name", "kind", "status", "summary", "description", "website", "alert"),
    *("minimum_age", "maximum_age", "eligibility_description", "cost", "cost_amount", "fees_description", "join"),
    *("application_process", "schedule_note", "first_visit"),
    *("at_venue", "home_visits", "online", "by_phone", "confidential_location"),
    *("room", "room_note", "room_until", "room_said_on"),
)
LISTS = ("access", "contacts", "venues", "sessions", "coverage", "checks")
ENUMS: dict[str, type[Any]] = {"kind": Kind, "status": Status, "cost": Cost, "join": Join, "room": Room}
DATES = ("room_until", "room_said_on")
ORGANISATION = ("name", "kind", "charity_number", "company_number", "website", "description")
VENUE = (
    *("name", "address_1", "address_2", "city", "state_province", "postal_code"),
    *("latitude", "longitude", "point_source", "council_code", "transportation"),
)
NULLABLE = ("latitude", "longitude", "point_source")
SESSION = ("mode", "rrule", "starts_on", "ends_on", "opens", "closes", "except_on", "also_on", "description")
COVERAGE = ("area_code", "label", "latitude", "longitude", "radius_km", "approved")
CONTACT = ("kind", "value", "note", "public")
CHECK = ("fact", "means", "voice", "checked_on", "value_seen")


def document(listing: Listing) -> Record:
    """The listing as a full record. Reads everything that hangs on it: a dozen queries unless loaded.

    Venues keep their order of first use and are named by their public identifier.
    """
    venues = {session.venue.uid: session.venue for session in listing.sessions if session.venue is not None}
    told: Record = {name: plain(getattr(listing, name)) for name in COLUMNS}
    organisation = listing.organisation
    told["organisation"] = _taken(organisation, ORGANISATION) if organisation is not None else None
    for field, taxonomy in TERM_FIELDS.items():
        told[field] = [term.slug for term in listing.terms_of(taxonomy)]
    told["access"] = [_fact(fact) for fact in listing.access_facts]
    told["contacts"] = [_taken(point, CONTACT) for point in listing.contact_points]
    told["venues"] = [venue_record(venue) for venue in venues.values()]
    told["sessions"] = [
        {"venue": str(session.venue.uid) if session.venue is not None else None, **_taken(session, SESSION)}
        for session in listing.sessions
    ]
    told["coverage"] = [_taken(coverage, COVERAGE) for coverage in listing.coverages]
    told["checks"] = checks_of(listing)
    return told


def lacking(record: Mapping[str, Any]) -> dict[str, str]:
    """What a new listing needs before anybody looks at it and it does not have: sentences by field, none where it has enough."""
    told: dict[str, str] = {}
    if not (record.get("summary") or record.get("description")):
        told["summary"] = "Say in one sentence what it is."
    contacts = any(contact.get("public", True) for contact in record.get("contacts") or ())
    if not (contacts or record.get("website") or record.get("venues") or record.get("coverage")):
        told["contacts"] = "Give a phone number, an email or a web address, or say where it is."
    return told


def checks_of(listing: Listing) -> list[Record]:
    """The checks of a record, which are no part of a version: they come and go without one."""
    return [
        _taken(check, CHECK) | ({"replaced_on": plain(check.replaced_on), "seen": check.seen} if check.seen else {})
        for check in listing.checks
    ]


def built(record: Mapping[str, Any], terms: Mapping[tuple[Taxonomy, str], Term], venues: Mapping[str, Venue]) -> Listing:
    """A new listing with everything that hangs on it, not saved and without slug, organisation and moments.

    `venues` are rows by the record's keys, where the sessions take place. Raises KeyError for an unknown slug or key.
    """
    row = Listing(**columns_of(record))
    fill(row, record, terms, venues)
    return row


def fill(
    row: Listing, record: Mapping[str, Any], terms: Mapping[tuple[Taxonomy, str], Term], venues: Mapping[str, Venue]
) -> None:
    """Put the record's lists into the row; a list that the record does not have stays as it is.

    Sessions keep their row, and with it their public identifier, where day, time and venue are the same.
    """
    if "sessions" in record:
        before = {_same(session): session for session in row.sessions}
        row.sessions = [_session(entry, position, venues, before) for position, entry in enumerate(record["sessions"])]
    if "coverage" in record:
        row.coverages = [Coverage(**entry) for entry in record["coverage"]]
    if "contacts" in record:
        row.contact_points = [ContactPoint(**entry, position=position) for position, entry in enumerate(record["contacts"])]
    if "access" in record:
        row.access_facts = facts(record["access"], terms)
    if "checks" in record:
        row.checks = [Check(**check_row(entry)) for entry in record["checks"]]
        row.checked_on, row.checked_means, row.checked_voice = checked(record["checks"])
    if any(field in record for field in TERM_FIELDS):
        chosen = [
            terms[taxonomy, slug]
            for field, taxonomy in TERM_FIELDS.items()
            for slug in record.get(field, [term.slug for term in row.terms_of(taxonomy)])
        ]
        # In the order in which the database gives them, so that an unsaved listing reads like a saved one.
        row.terms = sorted(chosen, key=lambda term: (term.taxonomy.value, term.position, term.id))


def fill_venue(row: Venue, entry: Mapping[str, Any], terms: Mapping[tuple[Taxonomy, str], Term]) -> None:
    """Put a venue's record into its row, touching only what differs, so that an unchanged venue is not written again."""
    for name in VENUE:
        value = entry.get(name)
        if name == "point_source":
            value = PointSource(value) if value else None
        elif value is None and name not in NULLABLE:
            value = ""
        if getattr(row, name) != value:
            setattr(row, name, value)
    wanted = [(each["feature"], each["present"], each.get("note") or "") for each in entry.get("access") or []]
    if [(fact.term.slug, fact.present, fact.note) for fact in row.access_facts] != wanted:
        row.access_facts = facts(entry["access"], terms)


def venue_record(venue: Venue) -> Record:
    """One venue as the record has it, under its public identifier."""
    return {"key": str(venue.uid), **_taken(venue, VENUE), "access": [_fact(fact) for fact in venue.access_facts]}


def facts(entries: Iterable[Mapping[str, Any]], terms: Mapping[tuple[Taxonomy, str], Term]) -> list[AccessFact]:
    """New rows for facts of access, of a venue or of a listing."""
    return [
        AccessFact(term=terms[Taxonomy.ACCESS, each["feature"]], present=each["present"], note=each.get("note") or "")
        for each in entries
    ]


def _session(
    entry: Mapping[str, Any], position: int, venues: Mapping[str, Venue], before: dict[tuple[Any, ...], Session]
) -> Session:
    venue = venues[entry["venue"]] if entry.get("venue") else None
    columns = session_row(entry)
    same = (str(columns["mode"]), columns["rrule"], columns["starts_on"], columns["opens"], id(venue) if venue else None)
    session = before.pop(same, None) or Session()
    session.venue, session.position = venue, position
    for name, value in columns.items():
        setattr(session, name, value)
    return session


def _same(session: Session) -> tuple[Any, ...]:
    return (str(session.mode), session.rrule, session.starts_on, session.opens, id(session.venue) if session.venue else None)


def columns_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The listing's own columns as the database wants them, from the keys that the record has."""
    return {name: typed(name, record[name]) for name in COLUMNS if name in record}


def typed(name: str, value: Any) -> Any:
    """One column's value from its plain form."""
    if value is None or (value == "" and name in (*ENUMS, *DATES, "cost_amount")):
        return None
    if name in ENUMS:
        return ENUMS[name](value)
    if name in DATES:
        return _date(value)
    return Decimal(str(value)) if name == "cost_amount" else value


def session_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of one session, without listing, venue and position."""
    return {
        "mode": Mode(entry.get("mode") or "venue"),
        "rrule": entry.get("rrule") or "",
        "starts_on": _date(entry.get("starts_on")),
        "ends_on": _date(entry.get("ends_on")),
        "opens": _time(entry.get("opens")),
        "closes": _time(entry.get("closes")),
        "except_on": list(entry.get("except_on") or []),
        "also_on": list(entry.get("also_on") or []),
        "description": entry.get("description") or "",
    }


def check_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of one check, without its listing."""
    return {
        "fact": Fact(entry["fact"]),
        "means": Means(entry["means"]),
        "voice": Voice(entry["voice"]),
        "checked_on": _date(entry["checked_on"]),
        "value_seen": entry.get("value_seen") or "",
        "replaced_on": _date(entry.get("replaced_on")),
        "seen": entry.get("seen") or "",
    }


def checked(checks: Iterable[Mapping[str, Any] | Check]) -> tuple[date | None, Means | None, Voice | None]:
    """How old a listing is: of the latest check of each critical fact, the oldest.

    A critical fact that nobody ever checked is passed over; with no check of a critical fact nothing is known. Where one
    was replaced since and not checked again there is no day either, but the means of that last check.
    """
    latest: dict[str, tuple[date, str, str]] = {}
    replaced: dict[str, tuple[date, str, str]] = {}
    for check in checks:
        read = check.get if isinstance(check, Mapping) else lambda name, row=check: getattr(row, name)
        fact, on = str(read("fact")), _date(read("checked_on"))
        of_these = latest if read("replaced_on") is None else replaced
        if on is not None and fact in CRITICAL_FACTS and (fact not in of_these or of_these[fact][0] < on):
            of_these[fact] = (on, read("means"), read("voice"))
    lost = [replaced[fact] for fact in replaced if fact not in latest]
    if lost:
        _, means, voice = min(lost, key=lambda found: found[0])
        return None, Means(means), Voice(voice)
    if not latest:
        return None, None, None
    on, means, voice = min(latest.values(), key=lambda found: found[0])
    return on, Means(means), Voice(voice)


def slug_of(text: str) -> str:
    """Small letters, figures and hyphens, at most 100 characters; "listing" when nothing is left."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:100].strip("-") or "listing"


class Slugs:
    """Addresses that are taken, and the next free one; it is taken from here on."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {"new", *taken}  # where a missing one is written
        self._last: dict[str, int] = {}

    def free(self, name: str, *, town: str = "") -> str:
        """The first free of "name", "name-town", "name-town-2", "name-town-3"."""
        for base in (slug_of(name), slug_of(f"{name} {town}")):
            if base not in self._taken:
                self._taken.add(base)
                return base
        number = self._last.get(base, 1) + 1
        while f"{base}-{number}" in self._taken:
            number += 1
        self._last[base] = number
        self._taken.add(f"{base}-{number}")
        return f"{base}-{number}"


def _taken(row: Organisation | Venue | Session | Coverage | ContactPoint | Check, names: tuple[str, ...]) -> Record:
    return {name: plain(getattr(row, name)) for name in names}


def _fact(fact: AccessFact) -> Record:
    return {"feature": fact.term.slug, "present": fact.present, "note": fact.note}


def plain(value: Any) -> Any:
    """The value as JSON holds it: enums by value, dates and times as ISO text, money as text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value) if isinstance(value, Decimal) else value


def _date(value: Any) -> date | None:
    return value if value is None or isinstance(value, date) else date.fromisoformat(value)


def _time(value: Any) -> time | None:
    return value if value is None or isinstance(value, time) else time.fromisoformat(value)
