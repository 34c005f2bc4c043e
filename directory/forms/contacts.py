"""Further numbers and addresses on the page on which a listing is written: a row each, turned into contacts of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import StringField

from directory.forms.fields import Entry, Unwanted, email, phone
from directory.forms.identifiers import about_a_person
from directory.forms.sessions import Row
from directory.forms.typed import all_digits

PHONE = "Give all the digits, like 01632 960142."
EMAIL = "Give an address with an @ in it, like name@example.org."
KINDS = {"phone": "Phone", "email": "Email"}


class ContactRow(Row):
    """One more way to be reached. `was` is the place in the record where it began; empty for a new one."""

    was = StringField()
    kind = StringField("What is it?", default="phone")
    value = StringField("Number or address")
    note = StringField("Who answers, and when")

    def entry(self, before: Entry | None) -> Entry | None:
        """The contact; None where nothing is written. What is as it was is never a mistake."""
        kind = self.kind.data if self.kind.data in KINDS else "phone"
        value, note = self.text("value"), self.text("note")
        if not value:
            return None
        if before is None or (kind, value) != (before["kind"], before["value"]):
            check(kind, value, self)
        if note != (before or {}).get("note") and (reason := about_a_person(note)):
            self.wrong("note", reason)
        return {"public": True, **(before or {}), "kind": kind, "value": value, "note": note}


def check(kind: str, value: str, row: ContactRow) -> None:
    """Put a mistake to the row where this can be neither rung nor written to."""
    try:
        if kind == "phone":
            all_digits(phone(value))
        else:
            email(value)
    except Unwanted as fault:
        row.wrong("value", str(fault))
    except ValueError:
        row.wrong("value", PHONE if kind == "phone" else EMAIL)


def further(contacts: list[Mapping[str, Any]]) -> list[int]:
    """The places in a record of public numbers and addresses that come after the first of their kind."""
    first: set[str] = set()
    found = []
    for place, contact in enumerate(contacts):
        if contact["public"] and contact["kind"] in KINDS:
            if contact["kind"] in first:
                found.append(place)
            first.add(contact["kind"])
    return found
