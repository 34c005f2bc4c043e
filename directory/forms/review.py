"""The gate of a review: what becomes of each field that somebody would like changed, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import request

from directory.forms import Flag, Form
from directory.forms.fields import Given, Passage, one_of, tidied
from directory.forms.listings import ListingForm
from directory.models import Cost, Join, Kind, Room, Taxonomy
from directory.models.differences import CONTACTS, COSTS, FIELDS, decided
from directory.models.listings import JOIN_WORDS, ROOM_WORDS
from directory.models.records import TERM_FIELDS

Record = dict[str, Any]
Labels = Mapping[tuple[Taxonomy, str], str]
Options = Sequence[tuple[str, str]]


class Choice(StrEnum):
    ACCEPT = "accept"
    KEEP = "keep"
    MINE = "mine"


class Press(StrEnum):
    """The buttons."""

    PUBLISH = "publish"
    PUBLISH_ALL = "all"
    ASK = "ask"
    REFUSE = "refuse"
    STAY = "stay"
    BACK = "back"


class Why(StrEnum):
    UNSURE = "unsure"
    PERSON = "person"
    ADVERT = "advert"
    OTHER = "other"


WHY = {
    Why.UNSURE: "We could not make sure",
    Why.PERSON: "It names or points to a person",
    Why.ADVERT: "It reads like an advert",
    Why.OTHER: "Something else",
}
PASSAGES = {
    *("summary", "description", "eligibility_description", "fees_description"),
    *("application_process", "schedule_note", "first_visit"),
}
FLAGS = {"at_venue", "home_visits", "online", "by_phone", "confidential_location"}
CHOICES: dict[str, Options] = {
    "cost": [(each.value, COSTS[each]) for each in Cost],
    "join": [(each.value, JOIN_WORDS[each]) for each in Join],
    "room": [(each.value, ROOM_WORDS[each]) for each in Room],
}
# What of each entry of a list may be written anew here; the rest of it stays as suggested.
LEAVES: dict[str, Mapping[str, str]] = {
    "contacts": {"value": "Number or address", "note": "Note"},
    "venues": {
        "name": "Name",
        "address_1": "Street",
        "address_2": "More of the address",
        "city": "Town",
        "postal_code": "Postcode",
        "transportation": "Getting there",
    },
    "sessions": {"opens": "From", "closes": "To", "description": "In words"},
    "coverage": {"area_code": "Code of the area", "label": "Its name"},
    "access": {"note": "Note"},
    "organisation": {"name": "Name", "charity_number": "Charity number", "website": "Website"},
}
WHERE = {"address_1", "postal_code", "city"}
POINT = {"latitude": None, "longitude": None, "point_source": None}


@dataclass(frozen=True)
class Box:
    """One thing to fill in under "Change it myself"; `rows` makes it a text area, `options` a list to choose from."""

    id: str
    label: str
    value: str
    rows: int = 0
    options: Options = ()


class ReviewForm(Form):
    """Which way each field goes, and one reason. Say what it is about before asking it anything."""

    why = Given("Why", read=one_of(Why))
    words = Passage("In your own words", most=2_000)
    reached = Flag("I asked the group by a number or address we had before, and it is right")

    fields: tuple[str, ...] = ()
    together: Mapping[str, tuple[str, ...]]  # what goes the way of each field
    faults: dict[str, str]

    def about(self, fields: Iterable[str], *, now: Record, suggested: Record, start: Record, labels: Labels) -> ReviewForm:
        """`now` is what the listing says, `start` what "Change it myself" begins with, both full records."""
        self.together = decided(fields)
        self.fields = tuple(self.together)
        self.now, self.suggested, self.start, self.labels = now, suggested, start, labels
        self.overrides: Record = {}
        self.faults = {}
        return self

    # What was pressed and typed

    @property
    def press(self) -> str:
        return request.form.get("press", "")

    @property
    def wrote(self) -> list[str]:
        """What was typed in words of one's own, for a page that has no form to keep it in."""
        mine = [
            value
            for name, value in request.form.items()
            if name.startswith("mine-") and any(name.startswith(f"mine-{field}") for field in self.fields if self._is_mine(field))
        ]
        return [text for text in (self.words.data or "", *mine) if text.strip()]

    def _is_mine(self, field: str) -> bool:
        return self.choice(field) == Choice.MINE

    def choice(self, name: str) -> str:
        """Nothing is chosen until somebody chooses."""
        return request.form.get(f"choice-{name}", "")

    @property
    def reason(self) -> str:
        """What the author reads."""
        told = WHY[self.why.data] + "." if self.why.data in (Why.UNSURE, Why.PERSON, Why.ADVERT) else ""
        return " ".join(part for part in (told, self.words.data or "") if part)

    def boxes(self, name: str) -> list[Box]:
        """What "Change it myself" offers for a field, with what was typed there already."""
        value = self.start.get(name)
        if name not in LEAVES:
            return [self._box(name, value)]
        if name == "organisation":
            return [self._leaf(f"mine-{name}-{leaf}", label, (value or {}).get(leaf)) for leaf, label in LEAVES[name].items()]
        return [
            self._leaf(
                f"mine-{name}-{place}-{leaf}", f"{_named(name, entry, place)}, {label[:1].lower()}{label[1:]}", entry[leaf]
            )
            for place, entry in enumerate(value or [])
            for leaf, label in LEAVES[name].items()
        ]

    def entries(self, name: str) -> list[tuple[str, str, bool]]:
        """Entries of a list that may be left out: the name of the tick, what it says, and whether it is set."""
        if name not in LEAVES or name == "organisation":
            return []
        return [
            (f"out-{name}-{place}", f"Leave out {_named(name, entry, place)}", f"out-{name}-{place}" in request.form)
            for place, entry in enumerate(self.start.get(name) or [])
        ]

    def _box(self, name: str, value: Any) -> Box:
        id_, label = f"mine-{name}", f"{FIELDS[name]}, in your words"
        if name in FLAGS:
            return self._leaf(id_, label, "yes" if value else "no", options=(("yes", "Yes"), ("no", "No")))
        if name == "kind":
            kinds = [(each.value, self.labels.get((Taxonomy.KIND, each.value), each.value.capitalize())) for each in Kind]
            return self._leaf(id_, label, value, options=kinds)
        if name in CHOICES:
            return self._leaf(id_, label, value, options=[("", "Not known"), *CHOICES[name]])
        if name in TERM_FIELDS:
            told = "\n".join(self.labels.get((TERM_FIELDS[name], slug), slug) for slug in value or [])
            return self._leaf(id_, f"{FIELDS[name]}, one to a line", told, rows=4)
        return self._leaf(id_, label, value, rows=5 if name in PASSAGES else 0)

    def _leaf(self, id_: str, label: str, value: Any, *, rows: int = 0, options: Options = ()) -> Box:
        typed = request.form.get(id_)
        return Box(id_, label, typed if typed is not None else "" if value is None else str(value), rows, options)

    # Whether it can be done

    def check(self) -> bool:
        """Whether what was pressed can be done with what was chosen; else `faults` say why, by the id of the place."""
        self.validate()
        self.faults = dict(self.sentences)
        self.faults.pop("", None)
        if self.press not in set(Press):
            self.faults["words"] = "Press one of the buttons."
        elif self.press in (Press.PUBLISH, Press.PUBLISH_ALL):
            self._choose(everything=self.press == Press.PUBLISH_ALL)
        elif self.press == Press.ASK and not self.words.data:
            self.faults["words"] = "Write what you would like to know."
        elif self.press in (Press.REFUSE, Press.BACK):
            self._need_reason("Say why. The person who wrote reads it.")
        if "words" in self.faults:
            self.words.errors = [self.faults["words"]]
        return not self.faults

    def refuse(self, sentence: str, *, at: str) -> None:
        """What the action had against it, at `reached`, `why` or `words`."""
        place = at if at in ("reached", "why") else "words"
        self.faults = {place: sentence}
        if place == "words":
            self.words.errors = [sentence]

    def _need_reason(self, sentence: str) -> None:
        if not self.reason:
            self.faults["words" if self.why.data is Why.OTHER else "why"] = sentence

    def _choose(self, *, everything: bool) -> None:
        chosen = {name: self.choice(name) or (Choice.ACCEPT if everything else "") for name in self.fields}
        for name, choice in chosen.items():
            if choice not in set(Choice):
                self.faults[f"choice-{name}"] = f"Choose what becomes of “{FIELDS[name]}”."
            elif choice == Choice.KEEP:
                self.overrides |= {each: self.now.get(each) for each in self.together[name]}
            elif choice == Choice.MINE:
                self._write(name)
        if Choice.KEEP in chosen.values():
            self._need_reason("Say why something stays as it is. The person who wrote reads it.")
        if set(chosen.values()) == {Choice.KEEP}:
            self.faults["words"] = "You keep everything as it is now. Then press “Refuse all of it”."
        if not self.faults and self.overrides:
            self._pass_gate({name for name, choice in chosen.items() if choice == Choice.MINE})

    def _write(self, name: str) -> None:
        try:
            self.overrides[name] = self._mine(name)
            if "room_until" in self.together[name] and self.overrides.get("room", Room.FULL) != Room.FULL:
                self.overrides["room_until"] = None
        except ValueError as fault:
            self.faults[f"mine-{name}-all"] = str(fault)

    def _mine(self, name: str) -> Any:
        typed = {box.id: tidied(box.value, lines=True) for box in self.boxes(name)}
        if name == "organisation":
            held = self.start.get(name) or {}
            told = {**held, **{leaf: typed[f"mine-{name}-{leaf}"] for leaf in LEAVES[name]}}
            return told if told["name"] else None
        if name in LEAVES:
            left_out = {place for place, (_, _, out) in enumerate(self.entries(name)) if out}
            return [
                self._entry(name, place, entry, typed)
                for place, entry in enumerate(self.start.get(name) or [])
                if place not in left_out
            ]
        text = typed[f"mine-{name}"]
        if name in TERM_FIELDS:
            return self._slugs(name, text)
        return text == "yes" if name in FLAGS else text or None

    def _entry(self, name: str, place: int, entry: Mapping[str, Any], typed: Mapping[str, str]) -> Record:
        told = {leaf: typed[f"mine-{name}-{place}-{leaf}"] for leaf in LEAVES[name]}
        moved = name == "venues" and any((entry.get(leaf) or "") != told[leaf] for leaf in WHERE)
        return {**entry, **told, **(POINT if moved else {})}

    def _slugs(self, name: str, text: str) -> list[str]:
        by_label = {label.casefold(): slug for (taxonomy, slug), label in self.labels.items() if taxonomy is TERM_FIELDS[name]}
        wanted = [line.strip() for line in text.splitlines() if line.strip()]
        unknown = next((line for line in wanted if line.casefold() not in by_label), None)
        if unknown is not None:
            raise ValueError(f"“{unknown[:60]}” is not one of the words we use here.")
        return list(dict.fromkeys(by_label[line.casefold()] for line in wanted))

    def _pass_gate(self, mine: set[str]) -> None:
        """The whole record as it would be goes through the gate of a listing, for it has to fit together."""
        suggested = {name: self.suggested[name] for names in self.together.values() for name in names}
        record = {**self.now, **suggested, **self.overrides}
        keys = {venue["key"] for venue in record.get("venues") or []}
        used = {session["venue"] for session in record.get("sessions") or [] if session.get("venue")}
        if used != keys and {"sessions", "venues"} & set(self.fields):
            name = "venues" if "venues" in self.fields else "sessions"
            told = "The times and the places do not fit together any more. Accept both, or keep both as now."
            self.faults[f"choice-{name}"] = told
            return
        known = {taxonomy.value: frozenset(slug for kind, slug in self.labels if kind is taxonomy) for taxonomy in Taxonomy}
        gate = ListingForm.from_data({name: value for name, value in record.items() if name != "checks"}, known=known)
        gate.validate()
        faults = gate.sentences
        for name in self.fields:
            if name in faults and (name in mine or name in self.overrides):
                self.faults[f"mine-{name}-all" if name in mine else f"choice-{name}"] = faults[name]
        self.overrides.update({name: gate.values[name] for name in mine if name not in faults})


def blank() -> Record:
    """The record of a listing of which nothing is known."""
    return ListingForm.from_data({}).values


def _named(name: str, entry: Mapping[str, Any], place: int) -> str:
    """How an entry of a list is told apart from the others."""
    match name:
        case "contacts":
            return f"{CONTACTS.get(entry['kind'], entry['kind'])} {place + 1}"
        case "venues":
            return f"place {place + 1}"
        case "sessions":
            return f"time {place + 1}"
        case "coverage":
            return f"area {place + 1}"
    return f"{entry['feature'].replace('-', ' ')}"
