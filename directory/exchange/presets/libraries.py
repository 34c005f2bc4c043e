"""What the library lists of the four nations share: the shape of one library's listing record."""

from __future__ import annotations

import re
from typing import Any

from directory.exchange.cells import contacts, website, website_notes
from directory.exchange.drafts import Draft
from directory.exchange.readers import Row
from directory.exchange.venues import venue

PLACE = "library"


def library(
    row: Row,
    *,
    key: str,
    name: str,
    address: tuple[str, ...],
    city: str = "",
    postcode: str,
    organisation: dict[str, Any] | None = None,
    url: str = "",
    emails: str = "",
    sessions: list[dict[str, Any]] | None = None,
    **others: Any,
) -> Draft:
    """A library in a building; without known hours it has one session that says only where it is."""
    points, notes = contacts(emails=emails, name=name)
    building, outcode = venue(key=PLACE, name=name, lines=address, city=city, postcode=postcode)
    record = {
        **record_of(name, organisation),
        "website": website(url),
        "contacts": points,
        "venues": [building],
        "sessions": sessions or [{"venue": PLACE, "mode": "venue"}],
        "coverage": [{"area_code": outcode, "label": outcode}] if outcode else [],
        **others,
    }
    return Draft(key, record, (row,), closed=record["status"] == "ended", notes=(*notes, *website_notes(url)))


def record_of(name: str, organisation: dict[str, Any] | None) -> dict[str, Any]:
    """What is true of every public library."""
    return {
        "name": name,
        "kind": "library",
        "status": "published",
        "organisation": organisation,
        "join": "self",
        "at_venue": True,
        "needs": ["reading"],
        "activities": ["book-lending"],
    }


def council_libraries(name: str) -> dict[str, Any] | None:
    """The library service of a council, under the name that people use for it."""
    short = re.sub(r", (City|County) of$", "", name)
    return {"name": f"{short} libraries", "kind": "council"} if name else None
