"""The names that columns of a plain table go by, and which column of a file is which field."""

from __future__ import annotations

import re
from collections import defaultdict

from directory.exchange.hours import DAYS
from directory.exchange.readers import Row

# Field: its own name first, then synonyms, best first. Case, underscores, dots and dashes do not matter.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "source id", "identifier", "reference", "ref", "uid", "unique id", "record id", "osm id"),
    "name": (
        "name",
        "title",
        "listing",
        "listing name",
        "service name",
        "group name",
        "site name",
        "activity name",
        "service",
        "names",
    ),
    "alternate name": ("alternate name", "alternative name", "also known as", "welsh name", "gaelic name"),
    "kind": ("kind", "type", "category", "service type", "site type", "facility type", "kinds", "types", "categories"),
    "organisation": (
        "organisation",
        "organization",
        "provider",
        "run by",
        "operator",
        "managed by",
        "managed",
        "organisation name",
        "organisations",
        "providers",
    ),
    "summary": ("summary", "short description", "strapline"),
    "description": ("description", "details", "about", "notes", "information", "long description"),
    "venue": ("venue", "venue name", "location name", "building", "venues"),
    "address": ("address", "full address", "location address", "where", "addresses"),
    "address 1": ("address 1", "address1", "address line 1", "street", "street address"),
    "address 2": ("address 2", "address2", "address line 2"),
    "address 3": ("address 3", "address3", "address line 3"),
    "town": ("town", "city", "village", "town city", "locality", "towns"),
    "postcode": ("postcode", "post code", "postal code", "zip", "postcodes"),
    "latitude": ("latitude", "lat", "y", "geoy"),
    "longitude": ("longitude", "lon", "lng", "long", "x", "geox"),
    "phone": (
        "phone",
        "telephone",
        "tel",
        "phone number",
        "telephone number",
        "contact number",
        "contact telephone",
        "phones",
        "telephones",
        "phone numbers",
        "telephone numbers",
    ),
    "email": ("email", "e mail", "email address", "contact email", "emails", "email addresses"),
    "website": ("website", "url", "web", "web address", "web site", "link", "homepage", "websites", "urls", "links"),
    "times": ("times", "opening times", "opening hours", "hours", "when", "schedule"),
    "rrule": ("rrule", "frequency", "recurrence"),
    "starts on": ("starts on", "start date", "start", "date"),
    "ends on": ("ends on", "end date", "end"),
    "opens": ("opens", "start time", "opens at", "from"),
    "closes": ("closes", "end time", "closes at", "to"),
    "cost": ("cost", "price", "fee", "fees", "charge", "charges", "free", "costs", "prices"),
    "age": ("age", "ages", "age range", "age group"),
    "minimum age": ("minimum age", "min age", "age from"),
    "maximum age": ("maximum age", "max age", "age to"),
    "who for": ("who for", "eligibility", "who is it for", "target group", "suitable for"),
    "how to join": ("how to join", "how to refer", "referral", "booking", "how to access"),
    "first visit": ("first visit", "what to expect"),
    "area served": (
        "area served",
        "areas served",
        "coverage",
        "area covered",
        "areas covered",
        "councils",
        "outward codes",
        "outcodes",
        "postcode areas",
    ),
    "online": ("online", "is online"),
    "home visits": ("home visits", "home visit", "comes to you"),
    "by phone": ("by phone", "by telephone"),
    "needs": ("needs", "need"),
    "activities": ("activities", "activity"),
    "audiences": ("audiences", "audience"),
    "languages": ("languages", "language"),
    "status": ("status", "state"),
    "closed": ("closed", "year closed", "closing date", "date closed", "closed on"),
    "access type": ("access type",),
}
# Yes or no columns that state one fact of getting in; the first that says either counts.
ACCESS: dict[str, tuple[str, ...]] = {
    "step-free": (
        "step free",
        "step free access",
        "wheelchair access",
        "wheelchair accessible",
        "disability finding reaching entrance",
    ),
    "accessible-toilet": ("accessible toilet", "accessible toilets", "disabled toilet", "disabled toilets", "disability toilets"),
    "toilets": ("toilets", "toilet"),
    "changing-place": ("changing place", "changing places"),
    "baby-changing": ("baby changing",),
    "parking": ("parking", "car park", "car parking"),
    "blue-badge-parking": ("blue badge parking", "disabled parking", "disability parking"),
    "hearing-loop": ("hearing loop", "induction loop"),
    "lift": ("lift",),
    "wide-doors": ("wide doors", "disability doorways"),
    "seating": ("seating",),
    "large-print": ("large print",),
    "bsl": ("bsl", "british sign language"),
    "quiet-space": ("quiet space", "quiet room"),
    "assistance-dogs": ("assistance dogs", "guide dogs"),
    "companion": ("companion", "bring someone"),
    "refreshments": ("refreshments", "cafe"),
    "wifi": ("wifi", "wi fi"),
}
DAY_COLUMNS = {
    day: (day, day[:3], f"opening hours {day}", f"{day} hours", f"{day} opening hours", f"hours {day}") for day in DAYS
}
NOT_THE_NAME = ("area", "ward", "la", "council", "contact", "street", "file", "user", "first", "last", "known", "former")


class Columns:
    """Which column of a header is which field; `unused` are the columns that no field took."""

    def __init__(self, header: tuple[str, ...]) -> None:
        plain = {re.sub(r"[\s_.\-/]+", " ", name).strip().casefold(): name for name in reversed(header)}
        self.held: dict[str, str] = {}
        wanted = {**SYNONYMS, **DAY_COLUMNS, **{name: (name,) for names in ACCESS.values() for name in names}}
        taken: set[str] = set()
        for field, names in wanted.items():
            for name in names:
                if name in plain and plain[name] not in taken:
                    self.held[field] = plain[name]
                    taken.add(plain[name])
                    break
        if "name" not in self.held:
            others = [name for name in plain if name.endswith(" name") and name.split()[0] not in NOT_THE_NAME]
            if len(others) == 1 and plain[others[0]] not in taken:
                self.held["name"] = plain[others[0]]
                taken.add(plain[others[0]])
        self.unused = tuple(name for name in header if name not in taken)

    def of(self, row: Row) -> defaultdict[str, str]:
        """The cells of a row by field; a field without a column is empty."""
        return defaultdict(str, {field: row.cells.get(name, "") for field, name in self.held.items()})
