"""The list of public libraries in England of Arts Council England, in its layout of 2023."""

from __future__ import annotations

from typing import Any

from directory import places
from directory.errors import Refused
from directory.exchange.cells import address_inside, contacts, tidied
from directory.exchange.drafts import Draft, Keys, Preset, Told, drafted
from directory.exchange.hours import DAYS, week
from directory.exchange.presets.libraries import PLACE, council_libraries, library, record_of
from directory.exchange.readers import Row, Table

RUNS_BY_OTHERS = ("c", "cr", "icl")
INITIALS = 5


def drafts(table: Table) -> Told:
    """A draft or refusal for each row."""
    keys = Keys()
    return drafted(table, lambda row: _draft(row, keys))


def _draft(row: Row, keys: Keys) -> Draft:
    cells = tidied(row.cells)
    key = keys.make(cells["reporting"], cells["name"])
    state, sort = cells["operation_23"].casefold(), cells["type"].casefold()
    if state == "closed":
        return Draft(key, {**record_of(cells["name"], None), "status": "ended"}, (row,), closed=True)
    if sort.startswith("prison"):
        raise Refused("prison library: the public cannot go in")
    if not cells["name"]:
        raise Refused("it has no name")
    others: dict[str, Any] = {"status": "paused", "alert": "Closed for the time being"} if state == "temporary closure" else {}
    council = cells["authority"] or cells["reporting"]
    if sort.startswith("mobile"):
        return _mobile(row, cells, key, council, others)
    sessions, uncertain = week({code: cells[day] for day, code in DAYS.items()}, venue=PLACE)
    notes = [uncertain, f"Open {cells['hours']} hours a week" if _positive(cells["hours"]) else ""]
    archive = "archive" in sort or "local history" in sort
    return library(
        row,
        key=key,
        name=cells["name"] if _says_so(cells["name"]) else f"{cells['name']} Library",
        address=(cells["address1"], cells["address2"], cells["address3"]),
        postcode=cells["postcode"],
        organisation=_organisation(cells, state, council),
        emails=cells["email"],
        url=address_inside(cells["email"]),
        sessions=sessions,
        schedule_note=". ".join(note for note in notes if note),
        activities=["local-history", "family-history"] if archive else ["book-lending"],
        needs=["heritage"] if archive else ["reading"],
        **others,
    )


def _mobile(row: Row, cells: dict[str, str], key: str, council: str, others: dict[str, Any]) -> Draft:
    """A mobile library goes to its readers: the address in the list is where it is parked, so it covers its council."""
    code = places.council_code(council)
    if not code:
        raise Refused(f"mobile library: “{council}” is no council that we know, and it has no other place")
    name = cells["name"]
    points, notes = contacts(emails=cells["email"], name=name)
    record = {
        **record_of(f"{council}: {name}" if "mobile" in name.casefold() else f"{council}: {name} (mobile library)", None),
        "organisation": council_libraries(council),
        "at_venue": False,
        "home_visits": False,
        "summary": f"A library on wheels that stops in {council}. Ask it where and when.",
        "contacts": points,
        "coverage": [{"area_code": code, "label": council}],
        **others,
    }
    return Draft(key, record, (row,), notes=tuple(notes))


def _organisation(cells: dict[str, str], state: str, council: str) -> dict[str, Any] | None:
    """Who runs it: the body that the list names for a library run by others, else the council's library service."""
    named = cells["operating_organisation"]
    if state in RUNS_BY_OTHERS and len(named) > INITIALS:
        return {"name": named, "kind": "council" if "council" in named.casefold() else "other"}
    return None if state == "icl" else council_libraries(council)


def _says_so(name: str) -> bool:
    words = ("librar", "archive", "histor", "studies", "hub", "centre", "learning", "heritage", "record", "discovery", "explore")
    return any(word in name.casefold() for word in words)


def _positive(hours: str) -> bool:
    return hours.isdigit() and 0 < int(hours) <= 168


PRESET = Preset(
    name="libraries-england",
    source="Public libraries in England (Arts Council England)",
    licence="",
    attribution="Arts Council England, basic dataset for libraries",
    columns=frozenset(
        {"reporting", "name", "authority", "postcode", "type", "operation_23", "hours", "operating_organisation", "email"}
        | set(DAYS)
    ),
    drafts=drafts,
)
