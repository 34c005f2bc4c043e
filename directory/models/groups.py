"""Groups of a listing's fields: who set each last, and what a listing should be when its source speaks again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def filled_groups(record: Mapping[str, Any]) -> list[str]:
    """The groups of which the record says anything."""
    return [group for group, fields in GROUPS.items() if any(record.get(field) not in (None, "", [], False) for field in fields)]


def changed_groups(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The groups in which two full records differ."""
    return [group for group, fields in GROUPS.items() if any(before.get(field) != after.get(field) for field in fields)]


def merged(
    document: Mapping[str, Any], said: Mapping[str, Any], says: Mapping[str, Any], people: set[str]
) -> tuple[dict[str, Any], list[str], list[str]]:
    """What the listing should be now, the groups taken from the source, and those that a person's hand keeps.

    Times and place hang together through the venues of the sessions: when a person set one of them, the other
    follows the source only where there is a single venue on both sides, else both stay.
    """
    wanted = {**document, "status": says["status"]}
    news = [group for group in GROUPS if any(said.get(name) != says.get(name) for name in GROUPS[group])]
    kept = [group for group in news if group in people]
    taken = [group for group in news if group not in people]
    for group in taken:
        if group not in ("times", "place"):
            wanted.update({name: says[name] for name in GROUPS[group]})
    both = {"times", "place"}
    if both & set(taken):
        single = len(document["venues"]) == 1 == len(says["venues"])
        if not both & people:
            wanted.update({name: says[name] for group in both for name in GROUPS[group]})
        elif single:
            from_source = says if "times" in taken else document
            venues = says["venues"] if "place" in taken else document["venues"]
            wanted.update({name: says[name] for group in both & set(taken) for name in GROUPS[group]})
            at = venues[0]["key"]
            wanted["sessions"] = [{**each, "venue": at if each["venue"] else None} for each in from_source["sessions"]]
        else:
            kept += sorted(both & set(taken))
            taken = [group for group in taken if group not in both]
    new_checks = [check for check in says.get("checks", []) if check not in document["checks"]]
    wanted["checks"] = [*document["checks"], *new_checks]
    return wanted, taken, kept
