"""The list of the Mapping Museums project: names, towns, postcodes, subjects, and when a museum closed."""

from __future__ import annotations

from typing import Any

from directory.errors import Refused
from directory.exchange.cells import tidied
from directory.exchange.drafts import Draft, Preset, Told, drafted
from directory.exchange.readers import Row, Table
from directory.exchange.venues import venue

OPEN = "still open"
ABROAD = {"channel islands": "the Channel Islands", "isle of man": "the Isle of Man"}
RUN_BY = {
    "Independent:National Trust": {"name": "National Trust", "kind": "charity", "charity_number": "205846"},
    "Independent:National Trust for Scotland": {"name": "National Trust for Scotland", "kind": "charity"},
    "Independent:English Heritage": {"name": "English Heritage", "kind": "charity"},
    "Independent:Historic Environment Scotland": {"name": "Historic Environment Scotland", "kind": "other"},
    "Government:Cadw": {"name": "Cadw", "kind": "other"},
}
VAGUE = ("other", "mixed", "encyclopaedic")
# What a visit can be for, where the subject leaves no doubt; every museum is for heritage.
NEEDS = {"arts": "arts", "natural world": "nature", "arts:music": "music", "personality:music": "music"}


def drafts(table: Table) -> Told:
    """A draft or refusal for each row."""
    seen: dict[str, int] = {}
    return drafted(table, lambda row: _draft(row, seen))


def _draft(row: Row, seen: dict[str, int]) -> Draft:
    cells = tidied(row.cells)
    key, name = cells["muse_id"].casefold(), cells["musname"]
    if not key or not name:
        raise Refused("it has no name or no identifier")
    if key in seen:
        raise Refused(f"the identifier {cells['muse_id']} is that of line {seen[key]} already")
    seen[key] = row.line
    if cells["closing_date"].casefold() != OPEN:
        return Draft(key, {"name": name, "kind": "museum", "status": "ended"}, (row,), closed=True)
    nation = cells["admin_area"].strip("/").split("/")[0].casefold()
    if nation in ABROAD:
        raise Refused(f"it is in {ABROAD[nation]}, outside the United Kingdom, which this directory is for")
    building, outcode = venue(key="museum", name=name, city=cells["town"], postcode=cells["postcode"])
    if building["latitude"] is None and not outcode:
        raise Refused(f"neither its postcode “{cells['postcode']}” nor its town “{cells['town']}” is one that we know")
    record: dict[str, Any] = {
        "name": name,
        "kind": "museum",
        "status": "published",
        "organisation": dict(RUN_BY[cells["governance"]]) if cells["governance"] in RUN_BY else None,
        "summary": _summary(cells),
        "join": "self",
        "at_venue": True,
        "needs": _needs(cells["subject_matter"]),
        "activities": ["exhibitions"],
        "venues": [building],
        "sessions": [{"venue": "museum", "mode": "venue"}],
        "coverage": [{"area_code": outcode, "label": outcode}] if outcode else [],
    }
    return Draft(key, record, (row,))


def _needs(subject: str) -> list[str]:
    lowered = subject.casefold()
    return list(dict.fromkeys(["heritage", *(need for start, need in NEEDS.items() if lowered.startswith(start))]))


def _summary(cells: dict[str, str]) -> str:
    """ "Museum of trains and railways": the most particular word that says something."""
    words = [word.strip() for word in cells["subject_matter"].split(":") if word.strip().casefold() not in VAGUE]
    subject = f"Museum. Subject: {', '.join(reversed(words)).lower()}." if words else "Museum."
    return f"{subject} Accredited." if cells["accreditation"].casefold() == "accredited" else subject


PRESET = Preset(
    name="museums",
    source="Mapping Museums",
    licence="CC BY",
    attribution="Mapping Museums, Birkbeck, University of London (CC BY)",
    columns=frozenset(
        {"musname", "muse_id", "town", "postcode", "accreditation", "governance", "subject_matter", "closing_date", "admin_area"}
    ),
    drafts=drafts,
)
