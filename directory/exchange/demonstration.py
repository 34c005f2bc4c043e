"""The invented catalogue of North Norfolk that comes with the package, read from TOML into full listing records."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from dateutil.easter import easter

from directory.models.recurrence import WEEKDAYS, Rhythm

SOURCE = "Fingerpost demonstration"
FOLDER = "data/demonstration"
EXPANDED = {"key", "organisation", "reaches", "phones", "emails", "access", "sessions", "covers", "checked"}
RELATIVE = {"room_until": "room_until_in_days", "room_said_on": "room_said_days_ago"}
CHECKED = re.compile(r"(?P<days>\d+) days ago, (?P<means>[\w-]+), (?P<voice>[\w-]+)(?:: (?P<facts>[\w -]+))?")
CRITICAL = "running times contact"


def records(*, today: date) -> list[dict[str, Any]]:
    """Every listing record of the demonstration, in file order; the same `today` gives the same records.

    Dates that have to stay fresh (checks, one-off events, "full until") are counted from `today`; the anchors of
    fortnights are fixed, so that a stop does not move when the catalogue is read again. Raises KeyError for an
    organisation or venue that no file holds, ValueError for words that the files' own shorthand does not know.
    """
    shelf = _shelf()
    return [_record(listing, shelf, today) for listing in shelf["listing"]]


@cache
def _shelf() -> dict[str, Any]:
    """All files of the folder as one document: organisations, venues and areas by key, and the list of listings."""
    shelf: dict[str, Any] = {"organisations": {}, "venues": {}, "areas": {}, "listing": []}
    folder = resources.files("directory").joinpath(FOLDER)
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            document = tomllib.loads(path.read_text(encoding="utf-8"))
            shelf["listing"] += document.pop("listing", [])
            for part, rows in document.items():
                shelf[part] |= rows
    return shelf


def _record(listing: dict[str, Any], shelf: dict[str, Any], today: date) -> dict[str, Any]:
    organisation = dict(shelf["organisations"][listing["organisation"]]) if "organisation" in listing else {}
    shared_phones, shared_emails = organisation.pop("phones", []), organisation.pop("emails", [])
    phones, emails = listing.get("phones", shared_phones), listing.get("emails", shared_emails)
    sessions = [_session(session, today) for session in listing.get("sessions", [])]
    reaches = listing.get("reaches", ["venue"])
    plain = {name: deepcopy(value) for name, value in listing.items() if name not in EXPANDED and name not in RELATIVE.values()}
    record = {
        "source_key": f"demonstration/{listing['key']}",
        "status": "published",
        "kind": "group",
        **plain,
        "organisation": organisation or None,
        "at_venue": "venue" in reaches,
        "home_visits": "home" in reaches,
        "online": "online" in reaches,
        "by_phone": "phone" in reaches,
        "access": [_access(words) for words in listing.get("access", [])],
        "contacts": [_contact("phone", words) for words in phones] + [_contact("email", words) for words in emails],
        "venues": [_venue(key, shelf["venues"][key]) for key in _venue_keys(sessions)],
        "sessions": sessions,
        "coverage": [_coverage(words, shelf) for words in listing.get("covers", [])],
        "checks": [check for words in listing.get("checked", []) for check in _checks(words, today)],
    }
    if "room_until_in_days" in listing:
        record["room_until"] = _iso(today + timedelta(days=listing["room_until_in_days"]))
    if "room" in listing:
        record["room_said_on"] = _iso(today - timedelta(days=listing.get("room_said_days_ago", 7)))
    return record


def _venue_keys(sessions: list[dict[str, Any]]) -> list[str]:
    """Each venue once, in the order in which the sessions first name it."""
    return list(dict.fromkeys(session["venue"] for session in sessions if session["venue"]))


def _venue(key: str, words: dict[str, Any]) -> dict[str, Any]:
    plain = {"state_province": "Norfolk", "point_source": "postcode"} | words
    return plain | {"key": key, "access": [_access(fact) for fact in words.get("access", [])]}


def _access(words: str) -> dict[str, Any]:
    """One access fact from "step-free", "not step-free" or "step-free: a ramp at the side"."""
    feature, _, note = words.partition(": ")
    return {"feature": feature.removeprefix("not "), "present": not feature.startswith("not "), "note": note}


def _contact(kind: str, words: str) -> dict[str, Any]:
    """One contact from "01632 960142" or "01632 960142: Ask for the cook"; a leading "private " keeps it inside."""
    value, _, note = words.partition(": ")
    return {"kind": kind, "value": value.removeprefix("private "), "note": note, "public": not value.startswith("private ")}


def _coverage(words: str, shelf: dict[str, Any]) -> dict[str, Any]:
    """An area code, "approved" in front when it is larger than a district; or "8 km around LATITUDE, LONGITUDE: label"."""
    code = words.removeprefix("approved ")
    if " km around " not in code:
        return {"area_code": code, "label": shelf["areas"].get(code, code), "approved": words.startswith("approved ")}
    radius, _, rest = code.partition(" km around ")
    point, _, label = rest.partition(": ")
    latitude, longitude = (float(part) for part in point.split(","))
    return {
        "area_code": "",
        "label": label,
        "latitude": latitude,
        "longitude": longitude,
        "radius_km": float(radius),
        "approved": words.startswith("approved "),
    }


def _checks(words: str, today: date) -> list[dict[str, Any]]:
    """One row a fact from "21 days ago, phone, volunteer: running times contact cost"."""
    told = CHECKED.fullmatch(words)
    if told is None:
        raise ValueError(f"Not a check: {words!r}")
    checked_on = _iso(today - timedelta(days=int(told["days"])))
    facts = (told["facts"] or CRITICAL).split()
    return [{"fact": fact, "means": told["means"], "voice": told["voice"], "checked_on": checked_on} for fact in facts]


def _session(words: dict[str, Any], today: date) -> dict[str, Any]:
    opens, _, closes = words.get("time", "").partition("-")
    rrule = _rrule(words)
    starts_on = date.fromisoformat(words["starts_on"]) if "starts_on" in words else None
    if "starts_in_days" in words:
        starts_on = _next_weekday(today + timedelta(days=words["starts_in_days"]), words["day"])
    ends_on = starts_on + timedelta(days=7 * (words["weeks"] - 1)) if starts_on and "weeks" in words else None
    return {
        "venue": words.get("at"),
        "mode": words.get("mode", "venue"),
        "rrule": rrule,
        "starts_on": _iso(starts_on),
        "ends_on": _iso(ends_on),
        "opens": opens or None,
        "closes": closes or None,
        "except_on": _rests(rrule, starts_on, words.get("rests", []), today),
        "also_on": [],
        "description": words.get("description", ""),
    }


def _rrule(words: dict[str, Any]) -> str:
    """An RFC 5545 rule from "WE", "TU,TH", "WE/2" (each second week), "2TH" or "-1FR" (of the month), or "daily".

    `months` keeps it to some months of the year, by their numbers.
    """
    days, _, interval = words.get("every", "").partition("/")
    if not days:
        return ""
    monthly = any(day not in WEEKDAYS for day in days.split(","))
    parts = ["FREQ=DAILY"] if days == "daily" else [f"FREQ={'MONTHLY' if monthly else 'WEEKLY'}"]
    parts += [f"INTERVAL={interval}"] if interval else []
    parts += [f"BYDAY={days}"] if days != "daily" else []
    parts += [f"BYMONTH={','.join(map(str, words['months']))}"] if "months" in words else []
    return ";".join(parts)


def _rests(rrule: str, starts_on: date | None, breaks: list[str], today: date) -> list[str]:
    """The days of the next thirteen months on which a rule rests for `breaks` (see `_is_rest`)."""
    if not breaks or not rrule:
        return []
    days = Rhythm(rrule, starts_on).between(today - timedelta(days=35), today + timedelta(days=396))
    return [day.isoformat() for day in days if any(_is_rest(day, name) for name in breaks)]


def _is_rest(day: date, name: str) -> bool:
    """Whether a day falls in one of the usual pauses; school holidays are those most of England keeps."""
    spring = easter(day.year)
    spans = {
        "christmas": (((12, 20), (12, 31)), ((1, 1), (1, 3))),
        "august": (((8, 1), (8, 31)),),
        "half-terms": (((2, 15), (2, 21)), ((5, 25), (5, 31)), ((10, 24), (10, 31))),
        "summer": (((7, 23), (9, 3)),),
    }
    if name == "easter":
        return abs((day - spring).days) <= 8
    return any(start <= (day.month, day.day) <= end for start, end in spans[name])


def _next_weekday(day: date, weekday: str) -> date:
    return day + timedelta(days=(WEEKDAYS.index(weekday) - day.weekday()) % 7)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
