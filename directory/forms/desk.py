"""The gate of a phone check: one answer a fact, what is new where it has changed, and how the call went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from werkzeug.datastructures import MultiDict
from wtforms import StringField, ValidationError

from directory.forms import Form
from directory.forms.contacts import EMAIL
from directory.forms.fields import Line, Passage, email, ends_too_soon, hour, phone, tidied
from directory.forms.identifiers import about_a_person, new_contact
from directory.forms.listings import ListingForm
from directory.forms.sessions import VenueRow, typed_venue
from directory.models import Cost, Fact, Means, Outcome
from directory.models.listings import ROOM_WORDS
from directory.models.schedules import Choices, Pace, choices_of
from directory.models.trying import PARTS, best_time_words
from directory.models.words import WEEKDAYS

Record = dict[str, Any]

NOBODY_SAID = [("", "Choose one")]
COSTS = [(Cost.FREE.value, "Free"), (Cost.DONATION.value, "By donation"), (Cost.PAID.value, "It costs money")]
ROOMS = [(room.value, words) for room, words in ROOM_WORDS.items()]
# Whom one spoke to: a role out of this list, never a name.
ROLES = ("who runs it", "a helper", "an office", "the hall", "an answering machine", "somebody else there")
# How a try may end that told us nothing, by the way it was made: what the buttons say.
OUTCOMES: Mapping[Means, Mapping[Outcome, str]] = {
    Means.PHONE: {
        Outcome.NO_ANSWER: "No answer",
        Outcome.BUSY: "Busy, ring again",
        Outcome.WRONG_NUMBER: "Wrong number",
        Outcome.REFUSES: "They would rather not",
    },
    Means.MAIL: {Outcome.WROTE: "I have written to them", Outcome.WRONG_NUMBER: "My mail came back"},
    Means.WEBSITE: {Outcome.NO_ANSWER: "It does not say"},
    Means.VISIT: {Outcome.NO_ANSWER: "Nobody was there"},
}
WAYS = frozenset(OUTCOMES)


class Answer(StrEnum):
    STILL = "still"
    CHANGED = "changed"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Row:
    """What is asked about one fact, and the fields that open when it has changed."""

    fact: Fact
    question: str
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.fact.value.replace("-", "_")


ROWS: Sequence[Row] = (
    Row(Fact.RUNNING, "Do you still meet?"),
    Row(Fact.TIMES, "On which day and what time?", ("times_day", "times_opens", "times_closes")),
    Row(Fact.CONTACT, "Is this still the best way to reach you?", ("contact_phone", "contact_email")),
    Row(Fact.PLACE, "Where?", ("place_name", "place_street", "place_postcode")),
    Row(Fact.COST, "What does it cost?", ("cost_kind", "cost_amount")),
    Row(Fact.JOINING, "How does somebody start?", ("joining_words",)),
    Row(Fact.ROOM, "Have you room for new people?", ("room_state",)),
    Row(Fact.FIRST_VISIT, "What happens on a first visit?", ("first_visit_words",)),
)
BY_FACT = {row.fact: row for row in ROWS}
# Facts that nobody can call right while nothing is known of them.
MAY_BE_UNKNOWN = frozenset({Fact.JOINING, Fact.ROOM, Fact.FIRST_VISIT, Fact.COST, Fact.PLACE, Fact.TIMES})


def is_simple(record: Mapping[str, Any], fact: Fact) -> bool:
    """Whether what is new fits into the fields of this page: one weekly time, one place. The rest needs the whole listing."""
    if fact is Fact.TIMES:
        if len(record["sessions"]) != 1:
            return False
        choices = choices_of(record["sessions"][0])
        return choices is not None and choices.pace is Pace.WEEKLY and choices.every == 1 and len(choices.days) <= 1
    if fact is Fact.PLACE:
        return len(record["venues"]) == 1 and not record["confidential_location"]
    return fact is not Fact.RUNNING


class Chosen(StringField):
    """One out of `choices`, pairs of value and words; anything else counts as nothing chosen and is refused."""

    def __init__(self, label: str = "", *, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.choices = choices

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist and valuelist[0] in dict(self.choices) else ""

    def pre_validate(self, form: Any) -> None:
        if self.raw_data and self.raw_data[0] != self.data:
            raise ValidationError("Choose one of the list.")


class CheckForm(Form):
    """One field for the answer to each row, and those that open. Nothing is ticked beforehand."""

    running = StringField(ROWS[0].question)
    times = StringField(ROWS[1].question)
    times_day = Chosen("Day", choices=[*NOBODY_SAID, *((str(n), day) for n, day in enumerate(WEEKDAYS))], default="")
    times_opens = StringField("Starts")
    times_closes = StringField("Ends")
    contact = StringField(ROWS[2].question)
    contact_phone = StringField("The right number")
    contact_email = StringField("The right email address")
    place = StringField(ROWS[3].question)
    place_name = Line("Name of the place")
    place_street = Line("Street")
    place_postcode = Line("Postcode", most=10)
    cost = StringField(ROWS[4].question)
    cost_kind = Chosen("Cost", choices=[*NOBODY_SAID, *COSTS], default="")
    cost_amount = StringField("How much, in pounds")
    joining = StringField(ROWS[5].question)
    joining_words = Passage("What should people do first?", most=1_000)
    room = StringField(ROWS[6].question)
    room_state = Chosen("Room", choices=[*NOBODY_SAID, *ROOMS], default="")
    first_visit = StringField(ROWS[7].question)
    first_visit_words = Passage("What they say", most=2_000)
    report = Chosen(
        "What people say is wrong: what became of it?",
        choices=[("", "I leave that for later"), ("changed", "It is put right"), ("kept", "It stays as it is")],
        default="",
    )
    report_words = Passage("What shall we tell the person who wrote?", most=500)
    means = StringField(default=Means.PHONE.value)
    spoke_to = Chosen(
        "Whom did you speak to?",
        choices=[("", "I would rather not say"), *((each, each.capitalize()) for each in ROLES)],
        default="",
    )

    @classmethod
    def kept(cls, answers: Mapping[str, Mapping[str, str]]) -> Self:
        """The form as it was left: what a lease keeps."""
        typed = MultiDict[str, str]()
        for fact, answer in answers.items():
            row = BY_FACT[Fact(fact)]
            typed[row.name] = answer["answer"]
            typed.update({name: answer.get(name, "") for name in row.fields})
        return cls(typed, meta={"csrf": False})

    def answer_to(self, row: Row) -> Answer | None:
        text = self[row.name].data or ""
        return Answer(text) if text in set(Answer) else None

    def answers(self) -> dict[Fact, dict[str, str]]:
        """What a lease keeps: the rows that were answered, with what was typed where something changed."""
        found = {}
        for row in ROWS:
            if (answer := self.answer_to(row)) is not None:
                typed = {name: self[name].data or "" for name in row.fields} if answer is Answer.CHANGED else {}
                found[row.fact] = {"answer": answer.value, **typed}
        return found

    def facts(self, answer: Answer) -> list[Fact]:
        return [row.fact for row in ROWS if self.answer_to(row) is answer]

    @property
    def way(self) -> Means:
        """How they were asked; nobody speaks here as the group or for another directory."""
        return _way(self.means.data)

    @property
    def role(self) -> str:
        return self.spoke_to.data if self.spoke_to.data in ROLES else ""

    def check_report(self, *, is_changed: bool) -> None:
        """Whether the answer to a report can be given; `is_changed` says whether anything about the listing is another now."""
        words = (self.report_words.data or "").strip()
        if self.report.data == "kept" and not words:
            self.report_words.errors = ["Say in a sentence why it stays as it is. The person who wrote reads it."]
        if self.report.data == "changed" and not is_changed:
            self.report.errors = ["Nothing here has changed. Tick what has, or say why it stays as it is."]
        if self.report.data and (reason := about_a_person(words)):
            self.report_words.errors = [reason]

    # What has changed, as the record has it

    def changes(self, record: Record, *, today: Any, facts: Sequence[Fact] = tuple(BY_FACT)) -> dict[Fact, Record]:
        """The record keys that are new, by fact, through the gate of a listing. What is wrong is put to its field."""
        found: dict[Fact, Record] = {}
        for row in ROWS:
            if row.fact not in facts or self.answer_to(row) is not Answer.CHANGED or not row.fields:
                continue
            if not is_simple(record, row.fact):
                continue
            changed = self._change(row, record, today)
            if changed and not any(self[name].errors for name in row.fields):
                changed = self._gated(row, record, changed)
                found[row.fact] = {name: value for name, value in changed.items() if value != record[name]}
        return found

    @property
    def mistakes(self) -> dict[str, str]:
        """What is wrong, by the field's name."""
        return {name: str(field.errors[0]) for name, field in self._fields.items() if field.errors}

    def _change(self, row: Row, record: Record, today: Any) -> Record:
        match row.fact:
            case Fact.TIMES:
                return self._times(record)
            case Fact.CONTACT:
                return self._contact(record)
            case Fact.PLACE:
                return self._place(record)
            case Fact.COST:
                amount = tidied(self.cost_amount.data or "").removeprefix("£")
                kind = self._needed("cost_kind", "Choose what it costs.")
                is_paid = kind == Cost.PAID.value
                return {"cost": kind, "cost_amount": amount or None if is_paid else None, "fees_description": ""} if kind else {}
            case Fact.JOINING:
                return self._words("joining_words", "application_process", record)
            case Fact.ROOM:
                state = self._needed("room_state", "Choose what they said.")
                return {"room": state, "room_until": None, "room_said_on": today.isoformat()} if state else {}
            case _:
                return self._words("first_visit_words", "first_visit", record)

    def _times(self, record: Record) -> Record:
        before = record["sessions"][0]
        day = self._needed("times_day", "Choose the day.")
        opens, closes = self._hour("times_opens", needed=True), self._hour("times_closes")
        if opens and closes and ends_too_soon(opens, closes):
            self.times_closes.errors = ["The end must be after the start."]
        if not day or opens is None:
            return {}
        chosen = choices_of(before) or Choices()
        entry = Choices(**{**vars(chosen), "days": frozenset({int(day)}), "dates": (), "starts_on": None}).entry
        return {"sessions": [{**before, **entry, "opens": opens, "closes": closes}]}

    def _hour(self, name: str, *, needed: bool = False) -> str | None:
        text = tidied(self[name].data or "")
        if not text and not needed:
            return None
        try:
            return hour(text.zfill(5)).strftime("%H:%M")
        except ValueError:
            self[name].errors = ["Give a time like 09:30 or 14:00."]
            return None

    def _contact(self, record: Record) -> Record:
        """What takes the place of the first number or address that everybody sees."""
        contacts = [dict(each) for each in record["contacts"]]
        given = {kind: (self[f"contact_{kind}"].data or "").strip() for kind in ("phone", "email")}
        if not any(given.values()):
            self.contact_phone.errors = ["Give the right number or email address."]
            return {}
        for kind, read in (("phone", phone), ("email", email)):
            if not given[kind]:
                continue
            try:
                value = read(given[kind])
            except ValueError as fault:
                self[f"contact_{kind}"].errors = [EMAIL if kind == "email" else str(fault)]
                continue
            first = next((each for each in contacts if each["kind"] == kind and each["public"]), None)
            if first is None:
                contacts.append({"kind": kind, "value": value, "note": "", "public": True})
            else:
                first["value"] = value
        return {"contacts": contacts}

    def _place(self, record: Record) -> Record:
        (before,) = record["venues"]
        typed = typed_venue(before)
        for name, field in (("name", "place_name"), ("address_1", "place_street"), ("postal_code", "place_postcode")):
            if self[field].data:
                typed[name] = self[field].data
        if typed == typed_venue(before):
            self.place_name.errors = ["Write what is new: the place, its street or its postcode."]
            return {}
        row = VenueRow(typed)
        entry = row.entry(before)
        for name, field in (("name", "place_name"), ("address_1", "place_street"), ("postal_code", "place_postcode")):
            if row[name].errors:
                self[field].errors = list(row[name].errors)
        return {"venues": [entry]}

    def _words(self, name: str, key: str, record: Record) -> Record:
        text = self._needed(name, "Write what they said, in a sentence.")
        known = [contact["value"] for contact in record["contacts"] if contact["public"]]
        known += [record["website"] or "", record[key] or ""]
        if reason := about_a_person(text) or new_contact(text, known=known):
            self[name].errors = [reason]
        return {key: text} if text else {}

    def _needed(self, name: str, sentence: str) -> str:
        text = (self[name].data or "").strip()
        if not text:
            self[name].errors = [sentence]
        return text

    def _gated(self, row: Row, record: Record, changed: Record) -> Record:
        gate = ListingForm.from_data({**record, **changed})
        gate.validate()
        fault = next((sentence for name, sentence in gate.sentences.items() if name in changed), "")
        if fault:
            self[row.fields[-1] if row.fact is Fact.COST else row.fields[0]].errors = [fault]
        return {name: gate.values[name] for name in changed}


class TryForm(Form):
    """How a try ended that told us nothing."""

    outcome = Chosen("What happened?", choices=[(each.value, each.value) for each in Outcome if each is not Outcome.SPOKE])
    means = StringField(default=Means.PHONE.value)
    spoke_to = Chosen(
        "Whom did you speak to?", choices=[("", "Nobody"), *((each, each.capitalize()) for each in ROLES)], default=""
    )
    best_day = Chosen("Best day", choices=[("", "Any day"), *((str(n), day) for n, day in enumerate(WEEKDAYS))], default="")
    best_part = Chosen("Best time", choices=[("", "Any time"), *((part, part.capitalize()) for part in PARTS)], default="")

    @property
    def best_time(self) -> str:
        return best_time_words(int(self.best_day.data) if self.best_day.data else None, self.best_part.data or "")

    def validate_outcome(self, field: Chosen) -> None:
        if not field.data:
            raise ValidationError("Say what happened.")

    @property
    def way(self) -> Means:
        return _way(self.means.data)


class MinutesForm(Form):
    """How long a job took."""

    minutes = StringField("Minutes")

    @property
    def number(self) -> int:
        text = tidied(self.minutes.data or "")
        return int(text) if text.isdecimal() and len(text) < 4 else -1


class AsideForm(Form):
    """A job that somebody would rather not do; a reason helps and is not needed."""

    reason = Line("Why not, if you like to say", most=200)

    def validate_reason(self, field: Line) -> None:
        if reason := about_a_person(field.data or ""):
            raise ValidationError(reason)


def _way(text: str | None) -> Means:
    return Means(text) if text in {way.value for way in WAYS} else Means.PHONE
