"""How two records of a listing differ: field by field, word by word, in the words that a reader of the page sees. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from directory.models.listings import JOIN_WORDS, ROOM_WORDS, Cost, Join, Room
from directory.models.organisations import OrganisationKind
from directory.models.records import TERM_FIELDS, session_row
from directory.models.sessions import Mode, Session
from directory.models.vocabulary import Taxonomy
from directory.models.words import day_words, joined, long_day, money

Record = Mapping[str, Any]
Labels = Mapping[tuple[Taxonomy, str], str]
Word = str  # or a line feed

# Every key of a record that words can change, as the page calls it, in the order in which a page tells them.
FIELDS = {
    "name": "Name",
    "alternate_name": "Other name",
    "kind": "Kind",
    "organisation": "Run by",
    "summary": "In one line",
    "description": "What it is",
    "first_visit": "What it is like",
    "alert": "Short notice",
    "sessions": "When",
    "schedule_note": "About the times",
    "venues": "Where",
    "at_venue": "At a place",
    "home_visits": "Comes to you",
    "online": "Online",
    "by_phone": "By phone",
    "confidential_location": "Address kept private",
    "coverage": "For people in",
    "contacts": "How to get in touch",
    "website": "Website",
    "cost": "Cost",
    "cost_amount": "Amount",
    "fees_description": "About the cost",
    "join": "How to start",
    "application_process": "How to join",
    "minimum_age": "Youngest",
    "maximum_age": "Oldest",
    "eligibility_description": "Who it is for",
    "room": "Room for new people",
    "room_note": "About the room",
    "room_until": "Room until",
    "room_said_on": "When we heard about room",
    "needs": "It may help with",
    "activities": "What people do",
    "audiences": "Good for",
    "languages": "Languages",
    "access": "Getting in",
    "status": "State",
}
# What somebody answers at once, and what becomes of it is decided at once: under the first of them that is there.
ROOM = {"room": "{}", "room_note": "{}", "room_until": "until {}", "room_said_on": "said on {}"}
CONTACTS = {"phone": "Phone", "email": "Email", "website": "Website", "social": "On the web"}
COSTS = {Cost.FREE: "Free", Cost.DONATION: "By donation", Cost.PAID: "There is a charge"}
MODES = {Mode.VENUE: "", Mode.STOP: "a mobile stop", Mode.ONLINE: "online", Mode.PHONE: "by phone", Mode.HOME: "at your home"}
ORGANISATIONS = {OrganisationKind.CIC: "Community interest company"}
# Beyond this many pairs of words two texts are compared line by line, because a comparison takes their product.
MOST_PAIRS = 1_000_000


@dataclass(frozen=True)
class Run:
    """Some words in a row that are all new, all gone, or all the same."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Difference:
    """One field: its lines before and after, each a row of runs; no lines where nothing is said."""

    name: str
    label: str
    before: tuple[tuple[Run, ...], ...]
    after: tuple[tuple[Run, ...], ...]


def differences(before: Record, after: Record, *, names: Iterable[str], labels: Labels, today: date) -> list[Difference]:
    """These fields of two records in the order of the page, whether they differ or not."""
    wanted = set(names)
    return [
        difference(name, before.get(name), after.get(name), labels=labels, today=today, places=(before, after))
        for name in FIELDS
        if name in wanted
    ]


def decided(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The fields on which somebody decides, in the order of the page, each with all those that go its way."""
    wanted = set(names)
    room = tuple(name for name in ROOM if name in wanted)
    return {name: room if name in room else (name,) for name in FIELDS if name in wanted and name not in room[1:]}


def at_once(names: Sequence[str], before: Record, after: Record, *, labels: Labels, today: date) -> Difference:
    """The parts of one answer about room as one difference: “Full, until 15 January 2027”."""
    old, new = (
        [ROOM[name].format(line) for name in names for line in said(name, record.get(name), labels=labels, today=today)]
        for record in (before, after)
    )
    return Difference(names[0], FIELDS[names[0]], *compared(old, new))


def differing(before: Record, after: Record) -> list[str]:
    """The fields in which two records differ, in the order of the page; absent and empty are the same."""
    return [name for name in FIELDS if (before.get(name) or None) != (after.get(name) or None)]


def without_place(record: Record) -> Record:
    """The record of a listing whose address is private: nothing in it says where."""
    sessions = [{**session, "venue": None} for session in record.get("sessions") or []]
    circles = [{**each, "latitude": None, "longitude": None, "radius_km": None} for each in record.get("coverage") or []]
    return {**record, "venues": [], "sessions": sessions, "coverage": circles}


def difference(name: str, before: Any, after: Any, *, labels: Labels, today: date, places: Sequence[Record] = ()) -> Difference:
    """One field. `places` are records by whose venues the sessions say where they are."""
    venues = {venue["key"]: venue for record in places for venue in record.get("venues") or []}
    old, new = (said(name, value, labels=labels, today=today, venues=venues) for value in (before, after))
    if old == new and before != after:
        new = [*new, "Something changed that does not show in words."]
    return Difference(name, FIELDS[name], *compared(old, new))


def said(name: str, value: Any, *, labels: Labels, today: date, venues: Mapping[str, Record] | None = None) -> list[str]:
    """A field's value as lines of text; empty when nothing is known."""
    if value is None or value in ("", []):
        return []
    if name in TERM_FIELDS:
        return [labels.get((TERM_FIELDS[name], slug), slug) for slug in value]
    match name:
        case "kind":
            return [labels.get((Taxonomy.KIND, value), str(value).capitalize())]
        case "cost":
            return [COSTS[Cost(value)]]
        case "join":
            return [JOIN_WORDS[Join(value)]]
        case "room":
            return [ROOM_WORDS[Room(value)]]
        case "cost_amount":
            return [money(value)]
        case "room_until" | "room_said_on":
            return [long_day(date.fromisoformat(value))]
        case "organisation":
            return _organisation(value)
        case "contacts":
            return [_contact(each) for each in value]
        case "access":
            return [_fact(each, labels) for each in value]
        case "coverage":
            return [_area(each) for each in value]
        case "venues":
            return [line for each in value for line in _venue(each, labels)]
        case "sessions":
            return [_session(each, venues or {}, today) for each in value]
    if isinstance(value, bool):
        return ["Yes" if value else "No"]
    return [line for line in str(value).splitlines() if line.strip()]


def compared(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[tuple[Run, ...], ...], tuple[tuple[Run, ...], ...]]:
    """Both texts with the words marked that only one of them has; lines of runs, in order."""
    old, new = _tokens(before), _tokens(after)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    middle_old, middle_new = old[first : len(old) - last], new[first : len(new) - last]
    if len(middle_old) * len(middle_new) > MOST_PAIRS:
        marks_old, marks_new = [True] * len(middle_old), [True] * len(middle_new)
    else:
        marks_old, marks_new = _marks(middle_old, middle_new)
    same = [False] * first, [False] * last
    return _runs(old, [*same[0], *marks_old, *same[1]]), _runs(new, [*same[0], *marks_new, *same[1]])


def _tokens(lines: Sequence[str]) -> list[Word]:
    """Words, and a line feed after each line but the last."""
    found = [word for line in lines for word in (*re.findall(r"\S+", line), "\n")]
    return found[:-1]


def _marks(old: list[Word], new: list[Word]) -> tuple[list[bool], list[bool]]:
    marks = [True] * len(old), [True] * len(new)
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            marks[0][block.a + step] = marks[1][block.b + step] = False
    return marks


def _runs(words: list[Word], marks: list[bool]) -> tuple[tuple[Run, ...], ...]:
    lines: list[list[tuple[list[Word], bool]]] = [[]]
    for word, changed in zip(words, marks, strict=True):
        line = lines[-1]
        if word == "\n":
            lines.append([])
        elif line and line[-1][1] is changed:
            line[-1][0].append(word)
        else:
            line.append(([word], changed))
    return tuple(tuple(Run(" ".join(some), changed) for some, changed in line) for line in lines if line)


# The lines of what is more than a text


def _organisation(value: Record) -> list[str]:
    kind = value.get("kind")
    told = [
        value["name"],
        ORGANISATIONS.get(OrganisationKind(kind), kind.capitalize()) if kind else "",
        f"Charity number {value['charity_number']}" if value.get("charity_number") else "",
        f"Company number {value['company_number']}" if value.get("company_number") else "",
        value.get("website") or "",
        *(value.get("description") or "").splitlines(),
    ]
    return [line for line in told if line.strip()]


def _contact(value: Record) -> str:
    note = f" ({value['note']})" if value.get("note") else ""
    hidden = "" if value.get("public", True) else ", not shown on the page"
    return f"{CONTACTS.get(value['kind'], value['kind'])}: {value['value']}{note}{hidden}"


def _fact(value: Record, labels: Labels) -> str:
    label = labels.get((Taxonomy.ACCESS, value["feature"]), value["feature"])
    note = f", {value['note']}" if value.get("note") else ""
    return f"{label}: {'yes' if value['present'] else 'no'}{note}"


def _area(value: Record) -> str:
    code = value.get("area_code") or ""
    told = value.get("label") or ""
    if code:
        told = f"{told} ({code})" if told else code
    elif value.get("radius_km"):
        told = f"{told} within {value['radius_km']:g} km of {value['latitude']:g}, {value['longitude']:g}".strip()
    return f"{told}, approved" if value.get("approved") else told


def _place(value: Record) -> str:
    parts = (value.get(name) or "" for name in ("name", "address_1", "address_2", "city", "state_province", "postal_code"))
    return ", ".join(part for part in parts if part) or "A place we have no address for"


def _venue(value: Record, labels: Labels) -> list[str]:
    told = [_place(value), *(value.get("transportation") or "").splitlines()]
    told += [_fact(each, labels) for each in value.get("access") or []]
    if value.get("latitude") is not None:
        source = f" ({value['point_source']})" if value.get("point_source") else ""
        told.append(f"On the map at {value['latitude']:g}, {value['longitude']:g}{source}")
    return [line for line in told if line.strip()]


def _session(value: Record, venues: Mapping[str, Record], today: date) -> str:
    """Everything that a session holds, in one line."""
    row = session_row(value)
    session = Session(**row)
    told = [session.words_on(today) or "Times not known", MODES[row["mode"]]]
    if value.get("venue"):
        venue = venues.get(value["venue"])
        told.append(f"at {venue.get('name') or _place(venue)}" if venue else "at a place")
    if row["description"] and row["opens"] is not None:
        told.append(row["description"])
    if row["starts_on"] and row["rrule"]:
        told.append(f"counted from {day_words(row['starts_on'])}")
    if row["ends_on"]:
        told.append(f"until {day_words(row['ends_on'])}")
    for word, days in (("not on", row["except_on"]), ("also on", row["also_on"])):
        if days:
            told.append(f"{word} {joined([day_words(date.fromisoformat(day), today) for day in days])}")
    return ", ".join(part for part in told if part)
