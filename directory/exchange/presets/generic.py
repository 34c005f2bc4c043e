"""Any table with one listing to a row: columns by their usual names and synonyms, described in docs/import.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from directory import places
from directory.errors import Refused
from directory.exchange import cells as reading
from directory.exchange.columns import ACCESS, SYNONYMS, Columns
from directory.exchange.drafts import Draft, Keys, Preset, Told, digest, drafted
from directory.exchange.hours import DAYS, clock, week
from directory.exchange.readers import Row, Table
from directory.exchange.venues import Coordinates, coordinates_of, venue

PLACE = "venue"
# The first word that fits decides; names are asked only when no column says what sort of thing it is.
KINDS = (
    ("library", ("librar",)),
    ("museum", ("museum", "galler")),
    ("garden", ("garden", "park", "allotment", "green", "nature", "wood", "orchard", "recreation ground")),
    ("advice", ("advice", "citizens", "law centre", "debt")),
    ("volunteering", ("volunteering", "volunteer role")),
    ("event", ("event", "festival", "concert")),
    ("service", ("service", "pharmac", "surgery", "practice", "clinic", "counsell", "children's centre", "helpline")),
    ("group", ("group", "club", "class", "society", "choir", "circle", "association", "sport")),
)
EXACT_KINDS = frozenset(["group", "service", "library", "garden", "museum", "advice", "event", "volunteering", "other"])
CLOSED = ("closed", "ended", "inactive", "defunct", "withdrawn", "permanently closed")
PAUSED = ("paused", "temporarily closed", "temporary closure", "suspended")
OPEN_WORDS = ("open", "still open", "no", "9999", "9999:9999")
MONEY = re.compile(r"£\s*(\d{1,5}(?:\.\d{1,2})?)")
AGES = re.compile(
    r"(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})|(\d{1,3})\s*(?:\+|and over|or over|plus)|(?:over|from)\s+(\d{1,3})", re.IGNORECASE
)


def drafts(table: Table) -> Told:
    """A draft or refusal for each row. Raises Refused when no column can be the name."""
    columns = Columns(table.header)
    if "name" not in columns.held:
        raise Refused(
            f"No column of {table.path.name} is the name of a listing; its columns are {', '.join(table.header[:12])}"
            f"{' …' if len(table.header) > 12 else ''}. Rename the right one to “name”.",
            field="file",
        )
    points = coordinates_of(table, columns.held.get("latitude", ""), columns.held.get("longitude", ""))
    keys, seen = Keys(), {}  # type: tuple[Keys, dict[str, int]]
    yield from drafted(table, _teller(columns, points, keys, seen))
    if points.refused:
        table.notes.append(points.refused)
    if points.swapped:
        table.notes.append(
            f"latitude and longitude stood in each other's column in {points.swapped:,} rows and were turned round"
        )
    if columns.unused:
        table.notes.append(f"columns that were not used: {', '.join(columns.unused)}")


def _teller(columns: Columns, points: Coordinates, keys: Keys, seen: dict[str, int]) -> Callable[[Row], Draft]:
    def told(row: Row) -> Draft:
        if odd := next((name for name in columns.held.values() if name in row.odd), None):
            raise Refused(f"column “{odd}” holds an object of JSON where text is expected")
        cells = columns.of(row)
        name = reading.said(cells["name"])
        if not name:
            raise Refused("it has no name")
        if not any(map(str.isalnum, name)):
            raise Refused("its name has neither a letter nor a digit")
        same = seen.setdefault(digest(row.cells), row.line)
        if same != row.line:
            raise Refused(f"the row is the same as line {same}")
        key = keys.make(reading.said(cells["id"]) or name, "" if reading.said(cells["id"]) else _where(cells))
        if "#" in key and reading.said(cells["id"]):
            raise Refused(f"its identifier “{cells['id']}” stands in an earlier row already")
        status = _status(cells)
        if status == "ended":
            return Draft(key, {"name": name[:255], "kind": "other", "status": "ended"}, (row,), closed=True)
        if reading.said(cells["access type"]).casefold().startswith("private"):
            raise Refused("private use: the public cannot go in")
        record, notes = _record(row, cells, name, points)
        return Draft(key, {**record, "status": status}, (row,), notes=tuple(notes))

    return told


def _where(cells: dict[str, str]) -> str:
    return reading.said(cells["postcode"]) or reading.said(cells["address"]) or reading.said(cells["address 1"])


def _record(row: Row, cells: dict[str, str], name: str, points: Coordinates) -> tuple[dict[str, Any], list[str]]:
    said = {field: reading.said(cells[field]) for field in SYNONYMS}
    contacts, notes = reading.contacts(phones=said["phone"], emails=said["email"], name=name)
    website = reading.website(said["website"])
    notes += reading.website_notes(said["website"])
    category = said["kind"]
    summary = said["summary"] or (category if category.casefold() not in EXACT_KINDS else "")
    record: dict[str, Any] = {
        "name": name[:255],
        "alternate_name": said["alternate name"][:255],
        "kind": _kind(category, name),
        "summary": summary if len(summary) <= 300 else summary[:299] + "…",
        "description": reading.paragraphs(cells["description"]),
        "website": website,
        "organisation": {"name": said["organisation"][:255]} if said["organisation"] else None,
        "eligibility_description": said["who for"],
        "application_process": said["how to join"],
        "first_visit": said["first visit"],
        "contacts": contacts,
        "online": bool(reading.yes_or_no(said["online"])),
        "home_visits": bool(reading.yes_or_no(said["home visits"])),
        "by_phone": bool(reading.yes_or_no(said["by phone"])),
        **{field: _words(said[field]) for field in ("needs", "activities", "audiences", "languages")},
        **_ages(said),
        **_cost(said["cost"]),
    }
    record |= _coverage(said["area served"])
    _place(record, row, cells, said, points)
    return record, notes


def _place(record: dict[str, Any], row: Row, cells: dict[str, str], said: dict[str, str], points: Coordinates) -> None:
    """Venue, access facts and sessions; refuses a row that nobody could reach in any way."""
    lines = [said[field] for field in ("address 1", "address 2", "address 3")]
    if said["address"]:
        lines = [line.strip() for line in said["address"].split(",")] + lines
    made, outcode = venue(
        key=PLACE, name=said["venue"], lines=lines, city=said["town"], postcode=said["postcode"], point=points.of(row)
    )
    if outcode:
        record["coverage"] = [*record["coverage"], {"area_code": outcode, "label": outcode}]
    at_venue = made["latitude"] is not None or bool(outcode)
    others = record["online"] or record["home_visits"] or record["by_phone"] or record["coverage"]
    if not at_venue and not others:
        raise Refused(_nowhere(said, made, points))
    access = []
    for slug, columns in ACCESS.items():
        known = [told for column in columns if (told := reading.yes_or_no(cells[column])) is not None]
        access += [{"feature": slug, "present": known[0]}] if known else []
    if not at_venue:
        record |= {"access": access, "at_venue": False, "sessions": _sessions(said, cells, "")[0]}
        record["schedule_note"] = _note(said, "")
        return
    sessions, uncertain = _sessions(said, cells, PLACE)
    record |= {
        "at_venue": True,
        "venues": [{**made, "access": access}],
        "sessions": sessions or [{"venue": PLACE, "mode": "venue"}],
        "schedule_note": _note(said, uncertain),
    }


def _nowhere(said: dict[str, str], made: dict[str, Any], points: Coordinates) -> str:
    if points.refused:
        return f"{points.refused}; without them the row does not say where it is"
    if said["postcode"] and not made["postal_code"]:
        return f"“{said['postcode']}” is not a postcode; give one, coordinates or an area served"
    return "it does not say where it is: give a postcode, coordinates, a town that we know, or an area served"


def _sessions(said: dict[str, str], cells: dict[str, str], place: str) -> tuple[list[dict[str, Any]], str]:
    mode = {"venue": place, "mode": "venue"} if place else {"mode": "online"}
    if said["rrule"] or said["starts on"]:
        opens, closes = clock(said["opens"]), clock(said["closes"])
        return [
            {
                **mode,
                "rrule": said["rrule"].upper().removeprefix("RRULE:"),
                "starts_on": _date(said["starts on"], "starts on"),
                "ends_on": _date(said["ends on"], "ends on"),
                "opens": opens or None,
                "closes": closes or None,
                "description": "" if opens else said["opens"],
            }
        ], ""
    sessions, uncertain = week({code: cells[day] for day, code in DAYS.items()}, venue=place)
    return [{**session, **mode} for session in sessions], uncertain


def _note(said: dict[str, str], uncertain: str) -> str:
    return ". ".join(part for part in (said["times"], uncertain) if part)


def _kind(category: str, name: str) -> str:
    lowered = category.casefold()
    if lowered in EXACT_KINDS:
        return lowered
    for text in (lowered, name.casefold()):
        for kind, words in KINDS:
            if any(word in text for word in words):
                return kind
    return "other"


def _status(cells: dict[str, str]) -> str:
    closed_on = reading.said(cells["closed"])
    if closed_on and closed_on.casefold() not in OPEN_WORDS:
        day = re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{4}|yes|true|.*closed.*|\d{1,2}/\d{1,2}/\d{2,4}", closed_on.casefold())
        if day:
            return "ended"
    state = reading.said(cells["status"]).casefold()
    return "ended" if state in CLOSED else "paused" if state in PAUSED else "published"


def _words(text: str) -> list[str]:
    """Slugs parted by semicolons or commas, as typed but for case and spaces."""
    return list(
        dict.fromkeys(re.sub(r"[\s_]+", "-", word.strip().casefold()) for word in re.split(r"[;,|]", text) if word.strip())
    )


def _ages(said: dict[str, str]) -> dict[str, Any]:
    lowest, highest = reading.number(said["minimum age"]), reading.number(said["maximum age"])
    found = AGES.search(said["age"])
    if found and lowest is None and highest is None:
        lowest = next((float(found[part]) for part in (1, 3, 4) if found[part]), None)
        highest = float(found[2]) if found[2] else None
    # Feeds write 0 or -1 for "no age"; taken at its word it would keep everybody out.
    return {
        "minimum_age": int(lowest) if lowest is not None and lowest >= 0 else None,
        "maximum_age": int(highest) if highest is not None and highest > 0 else None,
    }


def _cost(text: str) -> dict[str, Any]:
    if not text:
        return {}
    lowered = text.casefold()
    if lowered == "no":
        return {}
    if lowered in ("free", "yes", "0", "£0", "£0.00", "no cost", "no charge", "free of charge"):
        return {"cost": "free"}
    amounts = MONEY.findall(text)
    if amounts:
        return {"cost": "paid", "cost_amount": amounts[0] if len(amounts) == 1 else None, "fees_description": text}
    return {"cost": "donation" if "donation" in lowered else None, "fees_description": text}


def _coverage(text: str) -> dict[str, Any]:
    codes = []
    for area in [part.strip() for part in re.split(r"[;,|]", text) if part.strip()]:
        whole = area.casefold() in ("uk", "united kingdom", "national", "nationwide")
        outward = re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?", area.upper())
        code = "K02000001" if whole else area.upper() if outward else places.council_code(area)
        if not code and re.fullmatch(r"[EWSNK]\d{8}", area.upper()):
            code = area.upper()
        if not code:
            raise Refused(f"area served: “{area}” is neither a council, an outward code such as NR21 nor “UK”")
        codes.append({"area_code": code, "label": area})
    return {"coverage": codes}


def _date(text: str, column: str) -> str | None:
    if not text:
        return None
    day = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        return (date(int(day[3]), int(day[2]), int(day[1])) if day else date.fromisoformat(text)).isoformat()
    except ValueError as error:
        raise Refused(f"column “{column}”: “{text}” is not a date such as 2026-01-31") from error


PRESET = Preset(name="generic", source="", licence="", attribution="", columns=frozenset(), drafts=drafts)
