"""Which checks still speak of what a listing says: whoever replaces what was checked leaves it unchecked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from directory.models.curation import Check, Fact

Record = Mapping[str, Any]

# What makes up a time: without its place, which is another fact, and without single days on which it is not.
TIME = ("mode", "rrule", "starts_on", "ends_on", "opens", "closes", "also_on", "description")
NOTHING = (None, "", [], False)
PLACE = ("name", "address_1", "address_2", "city", "postal_code")
# When it was said is no part of what is said, and that it runs is no words at all.
PLAIN: Mapping[Fact, tuple[str, ...]] = {
    Fact.TIMES: ("schedule_note",),
    Fact.CONTACT: ("website",),
    Fact.COST: ("cost", "cost_amount", "fees_description"),
    Fact.JOINING: ("join", "application_process"),
    Fact.WHO_FOR: ("minimum_age", "maximum_age", "eligibility_description", "audiences"),
    Fact.PLACE: ("home_visits", "online", "by_phone"),
    Fact.FIRST_VISIT: ("first_visit",),
    Fact.ROOM: ("room", "room_note", "room_until"),
}


def weigh(checks: Iterable[Check], before: Record, after: Record, today: date) -> bool:
    """Note on each check whether what it spoke of is still there; whether any of them stands otherwise than before.

    `before` and `after` are full records, `today` the day of the change. A value that comes back has its check back.
    What is but shorter, as a list of contacts without one of them, was checked with the rest.
    """
    facts: dict[Fact, tuple[set[str], set[str]]] = {}
    turned = False
    for check in checks:
        was, now = facts.setdefault(check.fact, (said(check.fact, before), said(check.fact, after)))
        if was == now:
            continue
        check.seen = check.seen or _digest(was)
        stands = _digest(now) == check.seen or (check.replaced_on is None and bool(now) and now < was)
        if stands is not (check.replaced_on is None):
            check.replaced_on = None if stands else today
            turned = True
    return turned


def said(fact: Fact, record: Record) -> set[str]:
    """What a record says of a fact, piece by piece, whatever the order; empty where it says nothing."""
    told: list[Any] = [[name, _plain(record.get(name))] for name in PLAIN.get(fact, ()) if record.get(name) not in NOTHING]
    venues = record.get("venues") or []
    if fact is Fact.TIMES:
        told += [[session.get(name) or "" for name in TIME] for session in record.get("sessions") or []]
    elif fact is Fact.CONTACT:
        public = [contact for contact in record.get("contacts") or [] if contact.get("public", True)]
        told += [[contact["kind"], contact["value"]] for contact in public]
    elif fact is Fact.PLACE:
        told += [[venue.get(name) or "" for name in PLACE] for venue in venues]
    elif fact is Fact.GETTING_THERE:
        told += [venue["transportation"] for venue in venues if venue.get("transportation")]
    elif fact is Fact.ACCESS:
        features = [*(record.get("access") or []), *(each for venue in venues for each in venue.get("access") or [])]
        told += [[each["feature"], each["present"], each.get("note") or ""] for each in features]
    return {json.dumps(each, sort_keys=True) for each in told}


def _plain(value: Any) -> Any:
    """Amounts alike whether as "4" or as "4.00"."""
    try:
        return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdecimal() else value
    except ValueError:
        return value


def _digest(pieces: set[str]) -> str:
    return hashlib.sha256("\n".join(sorted(pieces)).encode()).hexdigest()
