"""A listing as it would be: made of a record and never saved, and its parts in words beside those of other versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm.attributes import set_committed_value

from directory.models import Listing, Taxonomy, Term, Venue, records
from directory.models.differences import FIELDS, said, without_place

Record = Mapping[str, Any]
Labels = Mapping[tuple[Taxonomy, str], str]


def as_listing(record: Record, labels: Labels, *, like: Listing | None, now: datetime) -> Listing:
    """The record as a listing that no session knows; address, organisation and checks are those of `like`."""
    terms = {
        key: Term(id=number, taxonomy=key[0], slug=key[1], label=label, position=number)
        for number, (key, label) in enumerate(labels.items(), 1)
    }
    venues = {}
    for number, entry in enumerate(record["venues"], 1):
        venue = venues[entry["key"]] = Venue(id=number, access_facts=[])
        records.fill_venue(venue, entry, terms)
    row = records.built(record, terms, venues)
    row.slug, row.modified_at = like.slug if like is not None else "new", now
    if like is not None:  # a change is no check, and takes none away
        row.checked_on, row.checked_means, row.checked_voice = like.checked_on, like.checked_means, like.checked_voice
    set_committed_value(row, "organisation", like.organisation if like is not None else None)
    return row


class Part(NamedTuple):
    """One part of a listing in three versions, in words; `is_contested` when both hands changed it differently."""

    name: str
    label: str
    keys: tuple[str, ...]
    then: list[str]
    now: list[str]
    yours: list[str]
    is_contested: bool
    is_yours: bool


# Fields of which one makes no sense without the others; every other field is a part by itself.
TOGETHER = {
    "sessions": ("sessions", "venues", "at_venue"),
    "cost": ("cost", "cost_amount"),
    "room": ("room", "room_note", "room_until", "room_said_on"),
}
INSIDE = {key for keys in TOGETHER.values() for key in keys} - set(TOGETHER)
LABELS = {"sessions": "When and where"}


def parts(then: Record | None, now: Record, changed: Record, labels: Labels, today: date) -> list[Part]:
    """Where the versions differ, in the order of the page: when somebody began, what it says now, and what was `changed`.

    Where nobody knows what it said when they began (None), everything that differs has to be chosen.
    """
    is_known, then = then is not None, now if then is None else then
    found = []
    for name, label in FIELDS.items():
        keys = TOGETHER.get(name, (name,))
        yours, theirs = any(key in changed for key in keys), any(then[key] != now[key] for key in keys)
        if name in INSIDE or name == "status" or not (yours or theirs):
            continue
        told = [_told(record, keys, labels, today) for record in (then, now, {**then, **changed})]
        if not is_known:
            told[0] = ["We do not know."]
        same = all(changed.get(key, then[key]) == now[key] for key in keys)
        contested = yours and (theirs or not is_known) and not same
        found.append(Part(name, LABELS.get(name, label), keys, *told, is_contested=contested, is_yours=yours))
    return found


def _told(record: Record, keys: tuple[str, ...], labels: Labels, today: date) -> list[str]:
    """The lines of some fields. A private number or address is in none of them, whoever looks."""
    shown = without_place(record) if record["confidential_location"] else record
    shown = {**shown, "contacts": [contact for contact in record["contacts"] if contact["public"]]}
    venues = {venue["key"]: venue for venue in shown["venues"]}
    lines = [
        line for key in keys if key != "at_venue" for line in said(key, shown[key], labels=labels, today=today, venues=venues)
    ]
    return lines or ["Nothing"]
