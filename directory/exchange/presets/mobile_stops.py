"""The stops of mobile libraries: each library is one listing, each stop a session at a venue of its own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from directory.errors import Refused
from directory.exchange.cells import tidied, website, website_notes
from directory.exchange.drafts import Draft, Keys, Preset, Refusal, Told, digest
from directory.exchange.hours import DAYS, clock
from directory.exchange.presets.libraries import council_libraries, record_of
from directory.exchange.readers import Row, Table
from directory.exchange.venues import Coordinates, coordinates_of, venue

COLUMNS = frozenset(
    [
        "organisation",
        "mobile",
        "route",
        "community",
        "stop",
        "address",
        "postcode",
        "geox",
        "geoy",
        "day",
        "type",
        "arrival",
        "departure",
        "frequency",
        "start",
        "end",
        "exceptions",
        "timetable",
    ]
)
RULE = re.compile(r"FREQ=(WEEKLY|MONTHLY)(;INTERVAL=\d{1,2})?(;BYDAY=[-0-9A-Z,]+)?", re.IGNORECASE)


def drafts(table: Table) -> Told:
    """Refusals of single stops first, then one draft for each mobile library with the stops that are left."""
    points = coordinates_of(table, "geoy", "geox")
    mobiles: dict[tuple[str, str], list[tuple[Row, str, dict[str, Any], dict[str, Any]]]] = {}
    keys = Keys()
    for row in table.rows():
        if row.fault:
            yield Refusal(row, row.fault)
            continue
        try:
            part, where, session = _stop(row, keys, points)
        except Refused as refusal:
            yield Refusal(row, str(refusal))
            continue
        cells = tidied(row.cells)
        mobile = cells["organisation"], cells["mobile"] or "Mobile"
        mobiles.setdefault(mobile, []).append((row, part, where, session))
    if points.swapped:
        table.notes.append(
            f"latitude and longitude stood in each other's column in {points.swapped:,} rows and were turned round"
        )
    for (council, name), stops in mobiles.items():
        yield _draft(council, name, stops)


def _draft(council: str, name: str, stops: list[tuple[Row, str, dict[str, Any], dict[str, Any]]]) -> Draft:
    venues = {where["key"]: where for _row, _part, where, _session in stops}
    rows = tuple(row for row, *_rest in stops)
    addresses = [tidied(row.cells)["timetable"] for row in rows]
    known = next((address for text in addresses if (address := website(text))), "")
    organisation = {"name": "Libraries NI", "kind": "other"} if council == "LibrariesNI" else council_libraries(council)
    place = "Libraries NI" if council == "LibrariesNI" else council
    record = {
        **record_of(f"{place} mobile library" + ("" if name.casefold() == "mobile" else f": {name}"), organisation),
        "summary": f"A library on wheels with {len(venues)} stops. Check the timetable before you go.",
        "website": known,
        "venues": list(venues.values()),
        "sessions": [session for _row, _part, _where, session in stops],
    }
    parts = {part: digest([where, session]) for _row, part, where, session in stops}
    notes = tuple(dict.fromkeys(note for text in addresses for note in website_notes(text)))
    return Draft(f"{council}/{name}".casefold(), record, rows, parts=parts, notes=notes)


def _stop(row: Row, keys: Keys, points: Coordinates) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The row's key within its library, its venue and its session. Raises Refused."""
    cells = tidied(row.cells)
    if not cells["organisation"]:
        raise Refused("it does not say which library service it belongs to")
    if cells["type"] and cells["type"].casefold() != "public":
        raise Refused(f"stop of type “{cells['type']}”: the public cannot use it")
    if not (cells["stop"] or cells["community"]):
        raise Refused("the stop has no name and no community")
    opens, closes = clock(cells["arrival"]), clock(cells["departure"])
    if not opens or not closes:
        raise Refused(f"“{cells['arrival']}” to “{cells['departure']}” are not times of day such as 09:30")
    if opens >= closes:
        raise Refused(f"the stop ends ({closes}) before it begins ({opens}): one of the times is wrong")
    starts_on, ends_on = _day(cells["start"], "start"), _day(cells["end"], "end")
    rrule = _rule(cells, starts_on)
    name, community = cells["stop"] or cells["community"], cells["community"]
    made, _outcode = venue(
        key="",
        name=name,
        lines=[line.strip() for line in cells["address"].split(",")],
        city=community,
        postcode=cells["postcode"],
        point=points.of(row),
    )
    if made["latitude"] is None:
        raise Refused(points.refused or "the stop has neither coordinates nor a postcode that we know")
    made["key"] = digest(made)[:12]
    session = {
        "venue": made["key"],
        "mode": "stop",
        "rrule": rrule,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "opens": opens,
        "closes": closes,
        "except_on": [day for text in re.split(r"[;, ]+", cells["exceptions"]) if text and (day := _day(text, "exceptions"))],
        "description": cells["route"][:255],
    }
    part = keys.make(cells["organisation"], cells["mobile"], cells["route"], community, cells["stop"], cells["day"])
    return part, made, session


def _rule(cells: dict[str, str], starts_on: str | None) -> str:
    """The rule with its day made explicit, so that it does not hang on the weekday of the anchor."""
    rule = cells["frequency"].upper().rstrip(";")
    if not RULE.fullmatch(rule):
        raise Refused(f"the frequency “{cells['frequency']}” is not a weekly or monthly rule such as FREQ=WEEKLY;INTERVAL=2")
    rule = rule.removesuffix(";INTERVAL=1").replace(";INTERVAL=1;", ";")
    if "INTERVAL=" in rule and not starts_on:
        raise Refused("a stop that does not come every week needs the date it starts from")
    if "BYDAY=" not in rule:
        code = DAYS.get(cells["day"].casefold())
        if "MONTHLY" in rule or not code:
            raise Refused(f"“{cells['day']}” is not a day of the week")
        rule += f";BYDAY={code}"
    return rule


def _day(text: str, column: str) -> str | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Refused(f"column “{column}”: “{text}” is not a date such as 2026-01-31") from error


PRESET = Preset(
    name="mobile-stops",
    source="Mobile library stops",
    licence="",
    attribution="Council timetables, gathered by Libraries Hacked",
    columns=COLUMNS,
    drafts=drafts,
)
