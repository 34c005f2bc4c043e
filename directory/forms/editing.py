"""The page on which a listing is written: a friendly surface over its record, whose rules are those of `ListingForm`.

A field holds what somebody typed. What equals the version it began from is untouched and stays to the letter, so a
listing that came from elsewhere keeps what this page does not show or cannot say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField, StringField

from directory.forms import Form
from directory.forms.contacts import EMAIL, PHONE, ContactRow, further
from directory.forms.fields import Entry, Unwanted, day, email, phone, tidied, too_long, web_address
from directory.forms.identifiers import about_a_person
from directory.forms.listings import Known, ListingForm
from directory.forms.sessions import (
    BLANK_SESSION,
    ELSEWHERE,
    Many,
    SessionRow,
    VenueRow,
    place_of,
    typed_session,
    typed_venue,
    words_of,
)
from directory.forms.typed import BLANK, CHOSEN, FIGURES, FLAGS, MOST_ROWS, TEXTS, WORDS, all_digits, counted, same, typed_of
from directory.models import Kind, records

Record = dict[str, Any]

# At which field of the page a fault that the gate finds is shown; any other has the same name here and there.
SHOWN_AT = {"contacts": "phone", "room_until": "room", "sessions": "when", "venues": "when", "access": "getting-in"}

MOST_REASON = 2_000


class EditForm(Form):
    """A whole listing. `base` is the number of the revision that it was filled from."""

    base = StringField()
    name = StringField("Name")
    kind = StringField("What sort of thing is it?", default=Kind.GROUP.value)
    summary = StringField("In one or two lines, what is it?")
    description = StringField("What happens there?")
    needs = Many("What may it help with?")
    activities = Many("What does one do there?")
    minimum_age = StringField("Youngest")
    maximum_age = StringField("Oldest")
    eligibility_description = StringField("Who is it for?")
    audiences = Many("Who is it good for?")
    sessions = FieldList(FormField(SessionRow), max_entries=MOST_ROWS)
    venues = FieldList(FormField(VenueRow), max_entries=MOST_ROWS)
    schedule_note = StringField("Anything else about the times")
    reach = Many("How else does it reach people?")
    join = StringField("How does one start?")
    application_process = StringField("What should people do first?")
    room = StringField("Room for new people?")
    room_until = StringField("Full until")
    cost = StringField("What does it cost?")
    cost_amount = StringField("How much, in pounds?")
    fees_description = StringField("Anything else about the cost")
    phone = StringField("Phone number")
    phone_note = StringField("Who answers, and when")
    email = StringField("Email")
    others = FieldList(FormField(ContactRow), max_entries=MOST_ROWS)
    website = StringField("Web address")
    first_visit = StringField("What is a first visit like?")
    reason = StringField("How do you know?")

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        """`formdata` is what was typed; the door has looked at its token already. Rows are counted from nought without a hole."""
        typed = counted(formdata) if formdata is not None else None
        super().__init__(typed, meta={"csrf": False}, **kwargs)
        self.typed: MultiDict[str, str] = typed if typed is not None else MultiDict()
        self.mistakes: dict[str, str] = {}

    @classmethod
    def showing(cls, record: Mapping[str, Any], *, base: int) -> Self:
        """The form filled from a record."""
        return cls(MultiDict([("base", str(base)), *typed_of(record).items(multi=True)]))

    @property
    def base_number(self) -> int:
        text = self.base.data or ""
        return int(text) if text.isdecimal() and len(text) < 9 else -1

    def changes(self, base: Record, *, known: Known, today: date) -> Record:
        """The keys of the record that were changed, as the gate gives them. What is wrong stands in `mistakes` afterwards."""
        start = typed_of(base)
        changed = {**self._plain(base, start), **self._contacts(base, start), **self._access(base, known)}
        changed |= self._room(start, today)
        changed |= self._when_and_where(base)
        changed = {name: value for name, value in changed.items() if value != base.get(name)}
        self._guard(start)
        wanted = {**base, **changed}
        gate = ListingForm.from_data(wanted, known=known)
        gate.validate()
        faults = gate.sentences
        if faults and base is not BLANK:  # what was wrong before is not the fault of whoever writes now
            before = ListingForm.from_data(base, known=known)
            before.validate()
            faults = {name: told for name, told in faults.items() if name in changed or before.sentences.get(name) != told}
        for name, sentence in faults.items():
            self.wrong(SHOWN_AT.get(name, name), sentence)
        for row in (*self._rows("sessions"), *self._rows("venues"), *self._rows("others")):
            self.mistakes |= row.mistakes
        values = gate.values
        for name in ("sessions", "venues"):  # only what was written is put into the gate's shape
            if not gate[name].errors:
                values[name] = [old if old in base[name] else new for old, new in zip(wanted[name], values[name], strict=True)]
        return {name: values[name] for name in changed}

    def wrong(self, name: str, sentence: str) -> None:
        """Put a mistake to a field; the first one stays."""
        if name in self.mistakes or (SHOWN_AT.get("sessions") == name and self._row_mistakes()):
            return
        self.mistakes[name] = sentence
        if name in self and not self[name].errors:
            self[name].errors = [sentence]

    def has_changed(self, name: str, start: MultiDict[str, str]) -> bool:
        """Whether a field of this page holds something else than at the start. One that the page does not show has not."""
        if name not in self:
            return False
        return same(self.typed.getlist(name)) != same(start.getlist(name))

    # Rows: one more, one open, one fewer. What is typed stays.

    def press(self, button: str, base: Record) -> None:
        """Do what a button of the rows says: add-session, open-session-2, remove-venue-0, add-other."""
        verb, _, rest = button.partition("-")
        noun, _, number = rest.partition("-")
        name = f"{noun}s"
        if name not in ("sessions", "venues", "others") or name not in self or (verb, noun) == ("open", "other"):
            return
        typed = MultiDict(self.typed)
        if verb == "add":
            new = max([*self._numbers(name), -1]) + 1
            if new < MOST_ROWS:
                used = {row.key.data for row in self._rows("venues")}
                fresh = next(key for key in map("new-{}".format, range(MOST_ROWS + 1)) if key not in used)
                begins = {"venues": ("key", fresh), "sessions": ("how", "weekly"), "others": ("kind", "phone")}
                typed.add(f"{name}-{new}-{begins[name][0]}", begins[name][1])
                if name == "sessions" and (places := self.places(base)):
                    typed.add(f"{name}-{new}-place", places[0][0])
        elif number.isdecimal() and int(number) in self._numbers(name):
            prefix = f"{name}-{int(number)}-"
            row = self._row(name, int(number))
            for field in [field for field in typed if field.startswith(prefix)]:
                del typed[field]
            before = self._before(row, base)
            if verb == "open" and before is not None:
                opened = typed_session(before) if name == "sessions" else typed_venue(before)
                typed.update({f"{prefix}{field}": values for field, values in opened.lists()})
                if name == "sessions":
                    typed.add(f"{prefix}was", row.was.data)
            elif verb != "remove":
                return
        self.__init__(typed)  # type: ignore[misc] -- the same form with one row more or less

    def places(self, base: Record) -> list[tuple[str, str]]:
        """What a time may be at: the places of this page by their keys, and the ways that need none."""
        told = []
        for number, row in enumerate(self._rows("venues"), 1):
            entry = self._understood(row, base) if not row.is_empty or row.shut.data else None
            told.append((f"at-{row.key.data}", place_of(entry) if entry else f"Place {number}"))
        if base["confidential_location"]:  # named by its key alone, so that a time that is opened stays where it is
            told += [(f"at-{venue['key']}", "The private place") for venue in base["venues"]]
        return told + list(ELSEWHERE.items())

    def said(self, base: Record) -> dict[str, str]:
        """Each time and place in words by the name of its row, as far as they can be understood."""
        told = {}
        for name, words in (("sessions", words_of), ("venues", place_of)):
            for number, row in zip(self._numbers(name), self._rows(name), strict=True):
                entry = self._understood(row, base)
                told[f"{name}-{number}"] = words(entry) if entry else ""
        return told

    def _understood(self, row: Any, base: Record) -> Entry | None:
        """What a row says, None while it has mistakes; those that are shown already stay, and no new one is."""
        shown = {field.name: field.errors for field in row}
        entry: Entry = row.entry(self._before(row, base))
        wrong = bool(row.mistakes)
        for field in row:
            field.errors = shown[field.name]
        return None if wrong else entry

    def _numbers(self, name: str) -> list[int]:
        return list(range(len(self[name]))) if name in self else []

    def _rows(self, name: str) -> list[Any]:
        return [entry.form for entry in self[name]] if name in self else []

    def _row(self, name: str, number: int) -> Any:
        return self._rows(name)[self._numbers(name).index(number)]

    def _row_mistakes(self) -> bool:
        return any(row.mistakes for row in (*self._rows("sessions"), *self._rows("venues")))

    def _before(self, row: Any, base: Record) -> Entry | None:
        """What stood in the record where this row began; None for a new one."""
        if isinstance(row, VenueRow):
            return next((venue for venue in base["venues"] if venue["key"] == row.key.data), None)
        was = row.was.data or ""
        return base["sessions"][int(was)] if was.isdecimal() and int(was) < len(base["sessions"]) else None

    # What each part of the page says of the record

    def _plain(self, base: Record, start: MultiDict[str, str]) -> Record:
        made: Record = {}
        for name in (*TEXTS, *CHOSEN, *FIGURES):
            if self.has_changed(name, start):
                made[name] = tidied(self.typed.get(name, ""), lines=True) or ("" if name in TEXTS else None)
        if made.get("cost_amount"):
            made["cost_amount"] = made["cost_amount"].removeprefix("£").strip()
        if self.has_changed("website", start):
            made["website"] = _address(self.typed.get("website", ""))
        for name in WORDS:
            if self.has_changed(name, start):
                made[name] = list(dict.fromkeys(self.typed.getlist(name)))
        if self.has_changed("reach", start):
            made |= {name: name in self.typed.getlist("reach") for name in FLAGS}
        if "organisation" in self and (name := tidied(self.typed.get("organisation", ""))):
            made["organisation"] = {"name": name}
        return made

    def _contacts(self, base: Record, start: MultiDict[str, str]) -> Record:
        """The first public number and address, then those that have a row; all others stay as they are."""
        copies = [dict(contact) for contact in base["contacts"]]
        contacts = list(copies)
        for kind, read, told in (("phone", phone, PHONE), ("email", email, EMAIL)):
            names = [kind, f"{kind}_note"]
            if not any(self.has_changed(name, start) for name in names):
                continue
            value = tidied(self.typed.get(kind, ""))
            held = next((contact for contact in contacts if contact["kind"] == kind and contact["public"]), None)
            if value and self.has_changed(kind, start):
                try:
                    read(value)
                    if kind == "phone":
                        all_digits(value)
                except ValueError as fault:
                    self.wrong(kind, str(fault) if isinstance(fault, Unwanted) else told)
                    value = held["value"] if held else ""
            if not value:
                contacts = [contact for contact in contacts if contact is not held]
                continue
            if held is None:
                held = {"kind": kind, "value": "", "note": "", "public": True}
                contacts.insert(0 if kind == "phone" else len(contacts), held)
            held["value"] = value
            if kind == "phone":
                held["note"] = tidied(self.typed.get("phone_note", ""))
        if "others" in self and self.typed.get("others_shown"):
            contacts = self._others(copies, contacts)
        return {"contacts": contacts}

    def _others(self, copies: list[Record], contacts: list[Record]) -> list[Record]:
        """`contacts` with what the rows say; `copies` are those of the record. One whose row was taken out goes."""
        places = further(copies)  # type: ignore[arg-type]
        said: dict[int, Record | None] = dict.fromkeys(places)
        new: list[Record] = []
        for row in self._rows("others"):
            was = row.was.data or ""
            place = int(was) if was.isdecimal() and len(was) < 5 and int(was) in said else None
            entry = row.entry(copies[place] if place is not None else None)
            if place is not None:
                said[place] = entry
            elif entry is not None:
                new.append(entry)
        by_copy = {id(copies[place]): said[place] for place in places}
        told = [by_copy.get(id(contact), contact) for contact in contacts]
        return [contact for contact in (*told, *new) if contact is not None]

    def _room(self, start: MultiDict[str, str], today: date) -> Record:
        if not (self.has_changed("room", start) or self.has_changed("room_until", start)):
            return {}
        room = self.typed.get("room") or None
        until = tidied(self.typed.get("room_until", "")) if room == "full" else ""
        if self.has_changed("room_until", start) and _is_over(until, today):
            self.wrong("room_until", "That day is over. Give a later one, or leave it empty.")
        return {"room": room, "room_until": until or None, "room_note": "", "room_said_on": today.isoformat() if room else None}

    def _access(self, base: Record, known: Known) -> Record:
        """Each feature is yes, no, or not known, of the listing; what is known of a place belongs to the place."""
        if "getting_in" not in self.typed:
            return {}
        facts = {fact["feature"]: fact for fact in base["access"]}
        for feature in sorted(known.get("access", ())):
            said = self.typed.get(f"access-{feature}")
            if said == "" or said is None:
                if said == "":
                    facts.pop(feature, None)
            elif feature not in facts or facts[feature]["present"] != (said == "yes"):
                facts[feature] = {"feature": feature, "present": said == "yes", "note": ""}
        return {"access": list(facts.values())}

    def _when_and_where(self, base: Record) -> Record:
        if "sessions" not in self:
            return {}
        sessions = [row.entry(self._before(row, base)) for row in self._rows("sessions")]
        if base["confidential_location"]:
            return {"sessions": sessions}
        rows = [row for row in self._rows("venues") if row.shut.data or not row.is_empty]
        venues = [row.entry(self._before(row, base)) for row in rows]
        keys = {venue["key"] for venue in venues}
        used = {session["venue"] for session in sessions}
        for session in sessions:
            if session["venue"] is not None and session["venue"] not in keys:
                session["venue"] = None
        sessions = [session for session in sessions if session != BLANK_SESSION]
        # A place of which no time is known is still where it happens.
        sessions += [{**BLANK_SESSION, "venue": venue["key"]} for venue in venues if venue["key"] not in used]
        order = {key: number for number, key in reversed(list(enumerate(session["venue"] for session in sessions)))}
        made: Record = {"sessions": sessions, "venues": sorted(venues, key=lambda venue: order[venue["key"]])}
        if bool(venues) != bool(base["venues"]):
            made["at_venue"] = bool(venues)
        return made

    def _guard(self, start: MultiDict[str, str]) -> None:
        for name in (*TEXTS, "phone_note", "reason"):
            if self.has_changed(name, start) and (reason := about_a_person(self.typed.get(name, ""))):
                self.wrong(name, reason)
        if len(reason := self.typed.get("reason", "")) > MOST_REASON:
            self.wrong("reason", too_long(reason, MOST_REASON))


class NewForm(EditForm):
    """A listing that is missing, by anybody."""

    organisation = StringField("Who runs it?")
    reply_to = StringField("Your email, if you want to hear back")
    trap = StringField("Leave this empty")

    def changes(self, base: Record, *, known: Known, today: date) -> Record:
        made = super().changes(base, known=known, today=today)
        for row in self._rows("sessions"):
            row.check_coming(today)
            self.mistakes |= row.mistakes
        reply_to(self)
        return made

    def check_enough(self, record: Record) -> None:
        """Before it is sent: a name alone helps nobody to find or reach a thing."""
        reached = {"phone", "email", "website", "venues", "others"} & {name.partition("-")[0] for name in self.mistakes}
        for name, sentence in records.lacking(record).items():
            if not (name == "contacts" and reached):  # one was given, and has a mistake of its own
                self.wrong(SHOWN_AT.get(name, name), sentence)


class SuggestForm(NewForm):
    """What visitors may know of a listing, and nothing else."""

    name = kind = description = needs = activities = organisation = others = None  # type: ignore[assignment]
    minimum_age = maximum_age = eligibility_description = audiences = reach = None  # type: ignore[assignment]
    join = application_process = room = room_until = None  # type: ignore[assignment]


def reply_to(form: NewForm) -> str:
    """Where a visitor wants to hear back; a mistake is put to the field."""
    text = tidied(form.typed.get("reply_to", ""))
    try:
        return email(text) if text else ""
    except ValueError:
        form.wrong("reply_to", EMAIL)
        return ""


def _is_over(text: str, today: date) -> bool:
    """Whether it is a day before today; what is no day the gate tells."""
    try:
        return bool(text) and day(text) < today
    except ValueError:
        return False


def _address(text: str) -> str:
    """A web address as people type it, without its beginning."""
    typed = tidied(text)
    if not typed or "://" in typed:
        return typed
    try:
        return web_address(f"https://{typed}")
    except Unwanted:
        return f"https://{typed}"  # the gate says why not
    except ValueError:
        return typed
