"""The listing record: one plain-JSON shape of a listing with everything that hangs on it, as revisions and imports hold it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

from directory.models.curation import CRITICAL_FACTS, Check, Means, Voice
from directory.models.listings import ContactPoint, Cost, Coverage, Join, Kind, Listing, Room, Status
from directory.models.organisations import Organisation
from directory.models.sessions import Session
from directory.models.venues import AccessFact, Venue
from directory.models.vocabulary import Taxonomy

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
    *("latitude", "longitude", "point_source", "transportation"),
)
SESSION = ("mode", "rrule", "starts_on", "ends_on", "opens", "closes", "except_on", "also_on", "description")
COVERAGE = ("area_code", "label", "latitude", "longitude", "radius_km", "approved")
CONTACT = ("kind", "value", "note", "public")
CHECK = ("fact", "means", "voice", "checked_on", "value_seen")

# Provenance is kept for each of these groups; status follows its own rule and belongs to none.
GROUPS: dict[str, tuple[str, ...]] = {
    "about": (
        "name",
        "alternate_name",
        "kind",
        "summary",
        "description",
        "website",
        "alert",
        "organisation",
        "needs",
        "activities",
    ),
    "who-for": ("minimum_age", "maximum_age", "eligibility_description", "audiences", "languages"),
    "times": ("sessions", "schedule_note"),
    "cost": ("cost", "cost_amount", "fees_description"),
    "joining": ("join", "application_process", "first_visit", "room", "room_note", "room_until", "room_said_on"),
    "place": ("venues", "coverage", "at_venue", "home_visits", "online", "by_phone", "confidential_location"),
    "contact": ("contacts",),
    "access": ("access",),
}


def document(listing: Listing) -> Record:
    """The listing as a full record. Reads everything that hangs on it: a dozen queries unless loaded.

    Venues keep their order of first use and are named by their public identifier.
    """
    venues = {session.venue.uid: session.venue for session in listing.sessions if session.venue is not None}
    told: Record = {name: _plain(getattr(listing, name)) for name in COLUMNS}
    organisation = listing.organisation
    told["organisation"] = _taken(organisation, ORGANISATION) if organisation is not None else None
    for field, taxonomy in TERM_FIELDS.items():
        told[field] = [term.slug for term in listing.terms_of(taxonomy)]
    told["access"] = [_fact(fact) for fact in listing.access_facts]
    told["contacts"] = [_taken(point, CONTACT) for point in listing.contact_points]
    told["venues"] = [
        {"key": str(uid), **_taken(venue, VENUE), "access": [_fact(fact) for fact in venue.access_facts]}
        for uid, venue in venues.items()
    ]
    told["sessions"] = [
        {"venue": str(session.venue.uid) if session.venue is not None else None, **_taken(session, SESSION)}
        for session in listing.sessions
    ]
    told["coverage"] = [_taken(coverage, COVERAGE) for coverage in listing.coverages]
    told["checks"] = [_taken(check, CHECK) for check in listing.checks]
    return told


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
        "mode": entry.get("mode") or "venue",
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
    return {**{name: entry[name] for name in CHECK if name != "value_seen"}, "value_seen": entry.get("value_seen") or ""} | {
        "checked_on": _date(entry["checked_on"])
    }


def checked(checks: Iterable[Mapping[str, Any] | Check]) -> tuple[date | None, Means | None, Voice | None]:
    """How old a listing is: of the latest check of each critical fact, the oldest.

    A critical fact that nobody ever checked is passed over; with no check of a critical fact nothing is known.
    """
    latest: dict[str, tuple[date, str, str]] = {}
    for check in checks:
        read = check.get if isinstance(check, Mapping) else lambda name, row=check: getattr(row, name)
        fact, on = str(read("fact")), _date(read("checked_on"))
        if on is not None and fact in CRITICAL_FACTS and (fact not in latest or latest[fact][0] < on):
            latest[fact] = (on, read("means"), read("voice"))
    if not latest:
        return None, None, None
    on, means, voice = min(latest.values(), key=lambda found: found[0])
    return on, Means(means), Voice(voice)


def slug_of(text: str) -> str:
    """Small letters, figures and hyphens, at most 100 characters; "listing" when nothing is left."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:100].strip("-") or "listing"


def free_slug(text: str, taken: set[str]) -> str:
    """The first of "name", "name-2", "name-3" that is not taken; it is taken from here on."""
    base = slug_of(text)
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug


def filled_groups(record: Mapping[str, Any]) -> list[str]:
    """The groups of which the record says anything."""
    return [group for group, fields in GROUPS.items() if any(record.get(field) not in (None, "", [], False) for field in fields)]


def changed_groups(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The groups in which two full records differ."""
    return [group for group, fields in GROUPS.items() if any(before.get(field) != after.get(field) for field in fields)]


def _taken(row: Organisation | Venue | Session | Coverage | ContactPoint | Check, names: tuple[str, ...]) -> Record:
    return {name: _plain(getattr(row, name)) for name in names}


def _fact(fact: AccessFact) -> Record:
    return {"feature": fact.term.slug, "present": fact.present, "note": fact.note}


def _plain(value: Any) -> Any:
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
