"""Rows of the page on which a listing is written: one time and one place each, as boxes to tick, turned into record entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, StringField
from wtforms import Form as Plain

from directory import places
from directory.errors import Unavailable
from directory.forms.fields import Entry, ends_too_soon, hour, tidied
from directory.forms.identifiers import about_a_person
from directory.models import Mode, Session, records
from directory.models.schedules import Choices, Pace, choices_of, read_day, read_days, rhythm_of, told_days
from directory.models.words import MONTHS, WEEKDAYS, clock

KEEP = "keep"  # the rule as it was, because the choices cannot say it
DAY_FIELDS = ("how", "every", "nths", "days", "not_in", "starts_on", "ends_on", "dates", "except_on")
ELSEWHERE = {Mode.ONLINE.value: "Online", Mode.PHONE.value: "By phone", Mode.HOME.value: "At people’s homes"}
NO_TIMES = "Times not known"
POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)
BLANK_SESSION: Entry = {
    "venue": None,
    "mode": Mode.VENUE.value,
    "rrule": "",
    "starts_on": None,
    "ends_on": None,
    "opens": None,
    "closes": None,
    "except_on": [],
    "also_on": [],
    "description": "",
}
BLANK_VENUE: Entry = {
    **dict.fromkeys(("name", "address_1", "address_2", "city", "state_province", "postal_code", "council_code"), ""),
    **dict.fromkeys(("latitude", "longitude", "point_source")),
    "transportation": "",
    "access": [],
}


class Many(Field):
    """Boxes of one name, any number of them ticked: their values as text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist

    def _value(self) -> str:
        return ""


class Row(Plain):
    """What rows share: a mistake is put to its field, and the summary names it by the field's id."""

    def wrong(self, name: str, sentence: str) -> None:
        if not self[name].errors:
            self[name].errors = [sentence]

    def text(self, name: str) -> str:
        return tidied(self[name].data or "")

    @property
    def mistakes(self) -> dict[str, str]:
        return {field.id: str(field.errors[0]) for field in self if field.errors}


class VenueRow(Row):
    """One place. `key` is how sessions name it; a shut row shows it in words and leaves it as it is."""

    key = StringField()
    shut = StringField()
    name = StringField("Name of the place")
    address_1 = StringField("Street")
    city = StringField("Village or town")
    postal_code = StringField("Postcode")
    transportation = StringField("Getting there without a car")

    TEXTS = ("name", "address_1", "city", "postal_code", "transportation")

    @property
    def is_empty(self) -> bool:
        return not any(self.text(name) for name in self.TEXTS)

    def entry(self, before: Entry | None) -> Entry:
        """The record's venue. Another postcode or street means another point, which the gate finds."""
        kept = dict(before or BLANK_VENUE)
        if self.shut.data and before is not None:
            return kept
        typed = {name: self.text(name) for name in self.TEXTS}
        typed["transportation"] = tidied(self.transportation.data or "", lines=True)
        if code := POSTCODE.fullmatch(typed["postal_code"]):
            letters = code[0].upper().replace(" ", "")
            typed["postal_code"] = f"{letters[:-3]} {letters[-3:]}"
        if typed["postal_code"] and not code and typed["postal_code"] != kept["postal_code"]:
            self.wrong("postal_code", "Give the whole postcode, like NR25 6BH, or leave it empty.")
        elif code and typed["postal_code"] != kept["postal_code"] and not is_known(typed["postal_code"]):
            self.wrong("postal_code", "We do not know this postcode. Check it, or leave it empty and give the village or town.")
        if reason := about_a_person(typed["transportation"]):
            self.wrong("transportation", reason)
        if any(typed[name] != kept[name] for name in ("address_1", "city", "postal_code")):
            kept |= {"latitude": None, "longitude": None, "point_source": None, "council_code": ""}
        return {**kept, **typed, "key": self.key.data or kept.get("key")}


class SessionRow(Row):
    """One time. `was` is its number in the record it began from; a shut row shows it in words and leaves it as it is."""

    was = StringField()
    shut = StringField()
    how = StringField("How often?", default=Pace.WEEKLY.value)
    every = StringField("Which weeks?", default="1")
    nths = Many("Which one of the month?")
    days = Many("Which days?")
    opens = StringField("Starts")
    closes = StringField("Ends")
    place = StringField("Where?")
    starts_on = StringField("A day on which it happens")
    ends_on = StringField("Last day, if there is one")
    not_in = Many("Not in these months")
    dates = StringField("On these dates")
    except_on = StringField("Not on these dates")
    description = StringField("Anything else about this time")

    def entry(self, before: Entry | None) -> Entry:
        """The record's session; what nobody touched stays to the letter. Mistakes are put to the fields."""
        if self.shut.data and before is not None:
            return dict(before)
        made = dict(before or BLANK_SESSION)
        start = typed_session(before or BLANK_SESSION)
        if any(self.typed(name) != start.getlist(name) for name in DAY_FIELDS):
            made |= self.chosen().entry
        if self.typed("place") != start.getlist("place"):
            made |= self.placed(made)
        for name in ("opens", "closes"):
            if self.typed(name) != start.getlist(name):
                made[name] = self.time_of(name)
        opens, closes = made["opens"], made["closes"]
        if closes and not opens and not self.opens.errors:
            self.wrong("opens", "Say when it starts as well.")
        elif opens and closes and ends_too_soon(opens, closes):
            self.wrong("closes", f"The end must be after {clock(time.fromisoformat(opens))}, when it starts.")
        made["description"] = self.text("description")
        if reason := about_a_person(made["description"]):
            self.wrong("description", reason)
        return made

    def check_coming(self, today: date) -> None:
        """Whoever adds something new means days that are still to come."""
        if self.mistakes or self.how.data == KEEP or not Session(**records.session_row(self.entry(None))).is_over(today):
            return
        if self.how.data == Pace.DATES:
            self.wrong("dates", "These days are over. Give at least one that is still to come.")
        else:
            self.wrong("ends_on", "That day is over. Give a later one, or leave it empty.")

    def typed(self, name: str) -> list[str]:
        """What a field holds, as the values that a browser would send."""
        field = self[name]
        if isinstance(field, Many):
            return sorted(field.data or [])
        text = (field.data or "").replace("\r\n", "\n").strip()
        return [text] if text else []

    def placed(self, made: Entry) -> Entry:
        place = self.text("place")
        if place in ELSEWHERE:
            return {"venue": None, "mode": place}
        at_place = made["mode"] if made["mode"] in (Mode.VENUE.value, Mode.STOP.value) else Mode.VENUE.value
        return {"venue": place.removeprefix("at-") or None, "mode": at_place}

    def time_of(self, name: str) -> str | None:
        text = self.text(name)
        try:
            return hour(text.zfill(5)).strftime("%H:%M") if text else None
        except ValueError:
            self.wrong(name, "Give a time of day like 09:30 or 14:00.")
            return None

    def chosen(self) -> Choices:
        """What is ticked, as choices; what does not fit together is put to its field."""
        days = frozenset(int(day) for day in self.days.data or () if day in "0123456" and day)
        pace = Pace(self.how.data) if self.how.data in set(Pace) else Pace.WEEKLY
        starts_on, ends_on = self.day_of("starts_on"), self.day_of("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.wrong("ends_on", "The last day is before the first.")
        dates = self.days_of("dates")
        if pace is Pace.DATES:
            if not dates and not self.dates.errors:
                self.wrong("dates", "Write at least one date.")
            return Choices(pace, dates=dates, ends_on=ends_on, except_on=self.days_of("except_on"))
        every = int(self.every.data) if self.every.data in ("2", "3", "4") and pace is Pace.WEEKLY else 1
        if not days and starts_on and pace is Pace.WEEKLY:
            days = frozenset({starts_on.weekday()})
        nths = frozenset(int(nth) for nth in self.nths.data or () if nth in ("1", "2", "3", "4", "-1"))
        if pace is Pace.MONTHLY:
            if not days:
                self.wrong("days", "Tick the day of the week.")
            if not nths:
                self.wrong("nths", "Tick which one of the month, such as the first.")
        if every > 1:
            self.check_first(starts_on, days)
        not_in = frozenset(int(month) for month in self.not_in.data or () if month.isdigit() and 1 <= int(month) <= 12)
        if len(not_in) == 12:
            self.wrong("not_in", "It has to happen in some month.")
            not_in = frozenset()
        choices = Choices(
            pace, every, days, nths if pace is Pace.MONTHLY else frozenset(), not_in, starts_on, ends_on, dates, except_on=()
        )
        return Choices(**{**vars(choices), "except_on": self.days_of("except_on", choices)})

    def check_first(self, starts_on: date | None, days: frozenset[int]) -> None:
        if starts_on is None and not self.starts_on.errors:
            self.wrong("starts_on", "Give one day on which it happens, so that the weeks can be counted.")
        elif starts_on is not None and days and starts_on.weekday() not in days:
            self.wrong("starts_on", f"That is a {WEEKDAYS[starts_on.weekday()]}. Give a day that is ticked.")

    def day_of(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return read_day(text) if text else None
        except ValueError as fault:
            self.wrong(name, str(fault))
            return None

    def days_of(self, name: str, choices: Choices | None = None) -> tuple[date, ...]:
        try:
            return read_days(self[name].data or "", rhythm_of(choices.entry) if choices else None)
        except ValueError as fault:
            self.wrong(name, str(fault))
            return ()


def is_known(code: str) -> bool:
    """Whether the outward code of a full postcode is in the table: a new street is not, for a while.

    Those of Northern Ireland, which its licence keeps out, count, and so does every one where there is no table.
    """
    try:
        return code.startswith("BT") or places.approximate(code) is not None
    except Unavailable:
        return True


def typed_session(entry: Mapping[str, Any]) -> MultiDict[str, str]:
    """What the open row of a session holds, as a browser would send it; without what is empty."""
    choices = choices_of(entry)
    at = entry["mode"] if entry["mode"] in ELSEWHERE else f"at-{entry['venue']}" if entry["venue"] else ""
    typed = {"opens": entry["opens"], "closes": entry["closes"], "place": at, "description": entry["description"]}
    if choices is None:
        typed |= {"how": KEEP, "every": "1"}
        return MultiDict((name, text) for name, text in typed.items() if text)
    typed |= {
        "how": choices.pace.value,
        "every": str(choices.every),
        "starts_on": choices.starts_on.isoformat() if choices.starts_on else "",
        "ends_on": choices.ends_on.isoformat() if choices.ends_on else "",
        "dates": told_days(choices.dates),
        "except_on": told_days(choices.except_on),
    }
    several = {"days": choices.days, "nths": choices.nths, "not_in": choices.not_in}
    pairs = [(name, text) for name, text in typed.items() if text]
    return MultiDict([*pairs, *((name, value) for name, group in several.items() for value in sorted(map(str, group)))])


def typed_venue(entry: Mapping[str, Any]) -> MultiDict[str, str]:
    return MultiDict((name, entry[name]) for name in ("key", *VenueRow.TEXTS) if entry.get(name))


def words_of(entry: Mapping[str, Any]) -> str:
    """When a session of a record is, as people say it."""
    return Session(**records.session_row(entry)).words or NO_TIMES


def place_of(entry: Mapping[str, Any]) -> str:
    """Where a venue of a record is, on one line."""
    parts = (entry.get(name) for name in ("name", "address_1", "city", "postal_code"))
    return ", ".join(dict.fromkeys(part for part in parts if part)) or "A place we have no address for"


def months() -> Iterable[tuple[str, str]]:
    return [(str(number), name) for number, name in enumerate(MONTHS, 1)]
