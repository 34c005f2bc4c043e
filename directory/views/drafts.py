"""A listing as it would be: made of a record and never saved, and its parts in words beside those of other versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm.attributes import set_committed_value

from directory.models import Listing, Taxonomy, Term, Venue, records
from directory.models.words import joined
from directory.views import words

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
    set_committed_value(row, "organisation", like.organisation if like is not None else None)
    return row


class Part(NamedTuple):
    """One part of a listing in three versions, in words; `is_contested` when both hands changed it."""

    name: str
    label: str
    keys: tuple[str, ...]
    then: list[str]
    now: list[str]
    yours: list[str]
    is_contested: bool
    is_yours: bool


def _when(listing: Listing, today: date) -> list[str]:
    told = []
    for session in listing.sessions:
        hidden = listing.confidential_location or session.venue is None
        told.append(", ".join(filter(None, (session.words, "" if hidden else session.venue.address))))
        told.append(session.except_words(today))
    return [*told, listing.schedule_note]


def _contact(listing: Listing, today: date) -> list[str]:
    return [*(f"{each.value} {each.note}".strip() for each in listing.public_contacts), listing.website]


def _labels(listing: Listing, *taxonomies: Taxonomy) -> list[str]:
    return [joined([term.label for term in listing.terms if term.taxonomy in taxonomies])]


# The parts in which two versions are compared: label, keys of the record, and how a version says them.
PARTS: dict[str, tuple[str, tuple[str, ...], Callable[[Listing, date], Iterable[str]]]] = {
    "name": ("Name", ("name",), lambda listing, today: [listing.name]),
    "kind": ("What sort of thing it is", ("kind",), lambda listing, today: [words.KINDS[listing.kind]]),
    "summary": ("In one or two lines", ("summary",), lambda listing, today: [listing.summary]),
    "description": ("What it is", ("description",), lambda listing, today: words.paragraphs(listing.description)),
    "helps": (
        "What it may help with",
        ("needs", "activities"),
        lambda listing, today: _labels(listing, Taxonomy.NEED, Taxonomy.ACTIVITY),
    ),
    "who": (
        "Who it is for",
        ("minimum_age", "maximum_age", "eligibility_description", "audiences"),
        lambda listing, today: [words.who_for(listing)],
    ),
    "when": ("When and where", ("sessions", "venues", "at_venue", "schedule_note"), _when),
    "reach": ("Without going anywhere", ("home_visits", "online", "by_phone"), lambda listing, today: [listing.reach_words]),
    "joining": (
        "How to join",
        ("join", "application_process"),
        lambda listing, today: [listing.join_words, listing.application_process],
    ),
    "room": (
        "Room for new people",
        ("room", "room_note", "room_until", "room_said_on"),
        lambda listing, today: [listing.room_words(today)],
    ),
    "cost": ("Cost", ("cost", "cost_amount", "fees_description"), lambda listing, today: [words.cost(listing)]),
    "contact": ("Get in touch", ("contacts", "website"), _contact),
    "access": ("Getting in", ("access",), lambda listing, today: listing.access_words()),
    "first": ("What it is like", ("first_visit",), lambda listing, today: words.paragraphs(listing.first_visit)),
}


def parts(then: Record, now: Record, changed: Record, versions: tuple[Listing, Listing, Listing], today: date) -> list[Part]:
    """Where the three versions differ. `changed` is what you wrote; `versions` are then, now and yours as listings."""
    found = []
    for name, (label, keys, say) in PARTS.items():
        yours = any(key in changed for key in keys)
        theirs = any(then[key] != now[key] for key in keys)
        if not yours and not theirs:
            continue
        told = [[line for line in say(version, today) if line] or ["Nothing"] for version in versions]
        same = all(changed.get(key, then[key]) == now[key] for key in keys)
        found.append(Part(name, label, keys, *told, is_contested=yours and theirs and not same, is_yours=yours))
    return found
