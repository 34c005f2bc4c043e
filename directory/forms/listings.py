"""The gate of a listing, the same for the page, for JSON and for files: fields, limits, and what has to fit together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from directory import places
from directory.errors import Unavailable
from directory.forms import Flag, Form
from directory.forms.fields import (
    Entries,
    Entry,
    Given,
    Line,
    One,
    Passage,
    Slugs,
    day,
    email,
    ends_too_soon,
    has_words,
    hour,
    member,
    only,
    optional,
    phone,
    truth,
    web_address,
    whole,
    words,
)
from directory.models import Cost, Fact, Join, Kind, Means, Mode, OrganisationKind, PointSource, Room, Status, Voice
from directory.models.records import plain
from directory.models.recurrence import parsed

Known = Mapping[str, frozenset[str]]
TERM_FIELDS = {"needs": "need", "activities": "activity", "audiences": "audience", "languages": "language"}
CONTACT_KINDS = {"phone": phone, "email": email, "website": web_address, "social": web_address}
AREA_CODE = r"[A-Z]{1,2}\d[A-Z\d]?|[EWSNKJ]\d{8}"


def _organisation(entry: Entry) -> Entry:
    only(entry, "name", "kind", "charity_number", "company_number", "website", "description")
    name = words(entry, "name")
    if not has_words(name):
        raise ValueError("An organisation needs a name.")
    return {
        "name": name,
        "kind": plain(optional(entry, "kind", member(OrganisationKind))) or OrganisationKind.GROUP.value,
        "charity_number": words(entry, "charity_number", 20),
        "company_number": words(entry, "company_number", 20),
        "website": optional(entry, "website", web_address) or "",
        "description": words(entry, "description", 10_000, lines=True),
    }


def _access(entry: Entry) -> Entry:
    only(entry, "feature", "present", "note")
    feature = words(entry, "feature", 60)
    if not feature:
        raise ValueError("it does not say which feature.")
    return {"feature": feature, "present": truth(entry, "present", otherwise=True), "note": words(entry, "note")}


def _contact(entry: Entry) -> Entry:
    only(entry, "kind", "value", "note", "public")
    kind = words(entry, "kind", 16)
    if kind not in CONTACT_KINDS:
        raise ValueError(f"“{kind}” is not one of {', '.join(CONTACT_KINDS)}.")
    text = words(entry, "value", 1_000)  # read here, so that a refusal begins with what was typed
    value = CONTACT_KINDS[kind](text) if text else None
    if value is None:
        raise ValueError("it is empty.")
    return {"kind": kind, "value": value, "note": words(entry, "note"), "public": truth(entry, "public", otherwise=True)}


def _number(entry: Entry, name: str, least: float, most: float) -> float | None:
    value = entry.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number <= most:
        raise ValueError(f"{name} has to be a number from {least:g} to {most:g}.")
    return number


def _point(entry: Entry) -> tuple[float | None, float | None]:
    latitude, longitude = _number(entry, "latitude", -90, 90), _number(entry, "longitude", -180, 180)
    if (latitude is None) != (longitude is None):
        raise ValueError("latitude and longitude come together or not at all.")
    if latitude is not None and longitude is not None and not places.in_uk(latitude, longitude):
        raise ValueError(f"the point {latitude:g}, {longitude:g} is outside the United Kingdom.")
    return latitude, longitude


def _venue(entry: Entry) -> Entry:
    texts = {"name": 255, "address_1": 255, "address_2": 255, "city": 255, "state_province": 255, "postal_code": 10}
    only(entry, "key", *texts, "latitude", "longitude", "point_source", "council_code", "transportation", "access")
    key = words(entry, "key", 80)
    if not key:
        raise ValueError("a venue needs a key, so that sessions can name it.")
    latitude, longitude = _point(entry)
    source = plain(optional(entry, "point_source", member(PointSource)))
    access = entry.get("access") or []
    if not isinstance(access, list) or not all(isinstance(each, dict) for each in access):
        raise ValueError("access has to be a list of objects.")
    return _placed(
        {
            "key": key,
            **{name: words(entry, name, most) for name, most in texts.items()},
            "latitude": latitude,
            "longitude": longitude,
            "point_source": (source or PointSource.STATED.value) if latitude is not None else None,
            "council_code": words(entry, "council_code", 9),
            "transportation": words(entry, "transportation", 5_000, lines=True),
            "access": [_access(each) for each in access],
        }
    )


def _placed(venue: Entry) -> Entry:
    """The venue with the council of its postcode and, when nobody stated one, with its point.

    Without a table of postcodes both stay as they were given, which is no reason to lose an edit.
    """
    code, has_point = venue["postal_code"], venue["latitude"] is not None
    try:
        unit = places.postcode(code) if code else None
        near = places.approximate(code) if code and unit is None and not has_point else None
    except Unavailable:
        return venue
    found = unit or near
    if found is None:
        return venue
    venue["council_code"] = found.council_code
    if not has_point:
        venue["latitude"], venue["longitude"] = round(found.latitude, 6), round(found.longitude, 6)
        venue["point_source"] = near.precision if near is not None else PointSource.POSTCODE.value
    return venue


def _dates(entry: Entry, name: str) -> list[str]:
    texts = entry.get(name) or []
    if not isinstance(texts, list) or len(texts) > 400:
        raise ValueError(f"{name} has to be a list of at most 400 dates.")
    return sorted({day(str(text)).isoformat() for text in texts})


def _session(entry: Entry) -> Entry:
    only(entry, "venue", "mode", "rrule", "starts_on", "ends_on", "opens", "closes", "except_on", "also_on", "description")
    rrule = words(entry, "rrule", 200).upper().removeprefix("RRULE:")
    rule = parsed(rrule) if rrule else None
    if rrule and rule is None:
        raise ValueError(f"“{rrule[:80]}” is not a recurrence rule such as FREQ=WEEKLY;BYDAY=WE.")
    starts_on, ends_on = optional(entry, "starts_on", day), optional(entry, "ends_on", day)
    opens, closes = optional(entry, "opens", hour), optional(entry, "closes", hour)
    if rule is not None and rule.needs_anchor and starts_on is None:
        raise ValueError("a rule that does not name every date needs the day it starts on.")
    if starts_on and ends_on and ends_on < starts_on:
        raise ValueError("it ends before it starts.")
    if closes and not opens:
        raise ValueError("it closes without a time when it opens.")
    if opens and closes and ends_too_soon(plain(opens), plain(closes)):
        raise ValueError(f"it closes ({plain(closes)}) before it opens ({plain(opens)}).")
    return {
        "venue": words(entry, "venue", 80) or None,
        "mode": plain(optional(entry, "mode", member(Mode))) or Mode.VENUE.value,
        "rrule": rrule,
        "starts_on": plain(starts_on),
        "ends_on": plain(ends_on),
        "opens": plain(opens),
        "closes": plain(closes),
        "except_on": _dates(entry, "except_on"),
        "also_on": _dates(entry, "also_on"),
        "description": words(entry, "description"),
    }


def _coverage(entry: Entry) -> Entry:
    only(entry, "area_code", "label", "latitude", "longitude", "radius_km", "approved")
    code = words(entry, "area_code", 9).upper()
    latitude, longitude = _point(entry)
    radius = _number(entry, "radius_km", 0.1, 500)
    if code and (latitude is not None or radius is not None):
        raise ValueError("an area is named by its code or drawn as a circle, not both.")
    if code and not re.fullmatch(AREA_CODE, code):
        raise ValueError(f"“{code}” is neither an outward code such as NR23 nor an ONS code.")
    if 0 < len(code) < 9 and not _is_outcode(code):
        raise ValueError(f"there is no postcode area {code}.")
    if not code and (latitude is None or radius is None):
        raise ValueError("an area needs a code, or a point and a radius.")
    return {
        "area_code": code,
        "label": words(entry, "label"),
        "latitude": latitude,
        "longitude": longitude,
        "radius_km": radius,
        "approved": truth(entry, "approved", otherwise=False),
    }


def _is_outcode(code: str) -> bool:
    """Whether an outward code is in the table; those of Northern Ireland, which its licence keeps out, count, and so does
    every one before there is a table."""
    try:
        area = places.approximate(code)
    except Unavailable:
        return True
    return code.startswith("BT") or (area is not None and area.outcode == code)


def _check(entry: Entry) -> Entry:
    # Whether a check still stands is in a record of ours, and nothing that anybody says: it is let through and left behind.
    only(entry, "fact", "means", "voice", "checked_on", "value_seen", "replaced_on", "seen")
    made = {
        "fact": plain(optional(entry, "fact", member(Fact))),
        "means": plain(optional(entry, "means", member(Means))),
        "voice": plain(optional(entry, "voice", member(Voice))),
        "checked_on": plain(optional(entry, "checked_on", day)),
    }
    missing = [name for name, value in made.items() if value is None]
    if missing:
        raise ValueError(f"{missing[0]} is missing.")
    return {**made, "value_seen": words(entry, "value_seen", 1_000)}


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.removeprefix("£").strip())
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < 100_000:
        raise ValueError(f"“{text[:20]}” is not an amount in pounds such as 3.50.")
    return amount.quantize(Decimal("0.01"))


class ListingForm(Form):
    """One listing. `values` is the listing record in its full form: every key there, nothing unknown guessed."""

    name = Line("Name", needed="Give it a name.")
    alternate_name = Line("Other name")
    kind = Given("Kind", read=member(Kind), default=Kind.GROUP)
    status = Given("Status", read=member(Status), default=Status.DRAFT)
    summary = Line("Summary", most=300)
    description = Passage("Description", most=20_000)
    website = Given("Website", read=web_address)
    alert = Line("Short notice")
    organisation = One("Organisation", read=_organisation)
    minimum_age = Given("Youngest", read=whole(0, 120))
    maximum_age = Given("Oldest", read=whole(0, 120))
    eligibility_description = Passage("Who it is for", most=5_000)
    cost = Given("Cost", read=member(Cost))
    cost_amount = Given("Amount", read=_amount)
    fees_description = Passage("About the cost", most=5_000)
    join = Given("How to start", read=member(Join))
    application_process = Passage("How to join", most=5_000)
    schedule_note = Passage("About the times", most=5_000)
    first_visit = Passage("What a first visit is like", most=5_000)
    at_venue = Flag("At a place")
    home_visits = Flag("Comes to you")
    online = Flag("Online")
    by_phone = Flag("By telephone")
    confidential_location = Flag("The address is confidential")
    room = Given("Is there room", read=member(Room))
    room_note = Line("About the room")
    room_until = Given("Until", read=day)
    room_said_on = Given("Said on", read=day)
    needs = Slugs("Needs")
    activities = Slugs("Activities")
    audiences = Slugs("Who comes")
    languages = Slugs("Languages")
    access = Entries("Getting in and taking part", read=_access, one="feature", most=60)
    contacts = Entries("Contacts", read=_contact, one="contact", most=30)
    venues = Entries("Venues", read=_venue, one="venue", most=1_000)
    sessions = Entries("Sessions", read=_session, one="session", most=1_000)
    coverage = Entries("Area served", read=_coverage, one="area", most=100)
    checks = Entries("Checks", read=_check, one="check", most=60)

    known: Known | None = None
    unknown: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, record: Mapping[str, Any], *, known: Known | None = None, **kwargs: Any) -> Self:
        """The gate for a listing record. `known` holds the slugs of each taxonomy; without it any well-formed one passes."""
        fields = {name: value for name, value in record.items() if name != "source_key"}
        form = super().from_data(fields, **kwargs)
        form.unknown = tuple(str(name) for name in fields if name not in form._fields)
        return form.knowing(known)

    def knowing(self, known: Known | None) -> Self:
        """The same form with the vocabulary that its words have to be of."""
        self.known = known
        if known is not None:
            for field, taxonomy in TERM_FIELDS.items():
                self[field].known = known.get(taxonomy, frozenset())
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        for name, sentence in self._misfits():
            if not self[name].errors:
                self[name].errors = [sentence]
                sound = False
        for name in self.unknown[:1]:
            self.form_errors.append(f"“{name[:40]}” is not a field of a listing.")
            sound = False
        return sound

    @property
    def values(self) -> dict[str, Any]:
        return {**super().values, "website": self.website.data or ""}

    def _misfits(self) -> list[tuple[str, str]]:
        """What is right by itself and wrong together, with the field to show it at."""
        found: list[tuple[str, str]] = []
        least, most = self.minimum_age.data, self.maximum_age.data
        if least is not None and most is not None and most < least:
            found.append(("maximum_age", f"The oldest ({most}) is younger than the youngest ({least})."))
        if self.cost_amount.data and self.cost.data is Cost.FREE:
            found.append(("cost_amount", "It is free, yet there is an amount."))
        if self.confidential_location.data and self.venues.data:
            found.append(("venues", "A listing with a confidential address has no venue here: name the area it serves."))
        if self.venues.errors or self.sessions.errors:
            return found
        keys = [venue["key"] for venue in self.venues.data or []]
        if len(set(keys)) < len(keys):
            found.append(("venues", "Two venues have the same key."))
        for number, session in enumerate(self.sessions.data or [], 1):
            if session["venue"] is not None and session["venue"] not in keys:
                found.append(("sessions", f"Session {number} is at a venue “{session['venue']}” that is not in the list."))
                break
        used = {session["venue"] for session in self.sessions.data or []}
        stray = next((key for key in keys if key not in used), None) if used <= {None, *keys} else None
        if stray is not None:
            found.append(("venues", f"No session is at the venue “{stray}”; give it one, without times if they are not known."))
        features = self.known.get("access", frozenset()) if self.known is not None else None
        for name, facts in [("access", self.access.data or []), *(("venues", v["access"]) for v in self.venues.data or [])]:
            wrong = next((fact["feature"] for fact in facts if features is not None and fact["feature"] not in features), None)
            if wrong is not None:
                found.append((name, f"“{wrong}” is not a feature of access that we know."))
        return found


def gate(record: Mapping[str, Any], *, known: Known | None = None) -> dict[str, Any]:
    """The record in full form. Raises Refused with every fault in one sentence."""
    return ListingForm.from_data(record, known=known).accepted()
