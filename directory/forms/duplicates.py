"""The gates of two listings that may be one, which stays and how they differ, and of one that is two."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask import request
from wtforms import StringField, ValidationError

from directory.forms import Form
from directory.forms.fields import Given, Line, Passage, Slugs, one_of, tidied, whole
from directory.models.merging import Side

LONGEST = 300


class Which(StrEnum):
    """One of the two, or of lists everything that either says."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class ProposalForm(Form):
    """Which stays, a choice for each part (`side-name`), and a word for whoever decides."""

    kept = Given("Which one stays?", read=one_of(Which))
    note = Passage("Anything to tell whoever decides?", most=LONGEST)

    def choice(self, name: str) -> str:
        """What was pressed for a part; empty when nothing was."""
        value = request.form.get(f"side-{name}", "") if request.method == "POST" else ""
        return value if value in set(Which) else ""

    def sides(self, names: Mapping[str, bool]) -> dict[str, Side]:
        """Whose words each part takes, as seen from the one that stays. `names` are the parts and whether both can stay.

        What was not chosen stays as it is.
        """
        kept = self.kept.data
        return {
            name: Side.BOTH if choice == Which.BOTH else Side.KEPT if choice == kept else Side.OTHER
            for name, can_be_both in names.items()
            if (choice := self.choice(name)) and (can_be_both or choice != Which.BOTH)
        }

    def validate_kept(self, field: Given) -> None:
        if field.data not in (Which.FIRST, Which.SECOND):
            raise ValidationError("Choose which of the two stays.")


class ApartForm(Form):
    """How the two differ, for good."""

    differ = Line("How do they differ?", most=LONGEST, needed="Say in a sentence how they differ. It stays with the two.")


class MergeForm(Form):
    """The moment of the proposal that was read."""

    seen = StringField(default="")


class PartForm(Form):
    """Why a merge is undone."""

    why = Line("Why are they two after all?", most=255, needed="Say why they are two after all.")


class SplitForm(Form):
    """Which sessions are a listing of their own, by their places in the list of a version, and what it is called."""

    sessions = Slugs("Which of these move?", most=100)
    name = Line("What is the new listing called?", needed="Give the new listing a name.")
    reason = Line("Why are they two?", needed="Say why they are two.")
    number = Given("Version", read=whole(0, 10**9), default=-1)

    def validate_sessions(self, field: Slugs) -> None:
        if not field.data or not all(each.isdecimal() and len(each) < 5 for each in field.data):
            raise ValidationError("Tick what moves to the new listing.")

    @property
    def places(self) -> list[int]:
        return [int(each) for each in self.sessions.data]


class NotSplitForm(Form):
    """Why it stays one listing."""

    words = Line("If not, why?", needed="Say in a sentence why they stay one. The person who proposed it reads it.")


class LikelyForm(Form):
    """What is typed so far on the page of a new listing, as its boxes are called there; nothing of it is refused."""

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata, meta={"csrf": False})  # a page for anybody, which sets no cookie

    name = StringField("Name", default="")
    post = StringField("Postcode", default="", name="postcode")
    phone = StringField("Phone number", default="")
    email = StringField("Email", default="")
    website = StringField("Web address", default="")

    @property
    def typed_name(self) -> str:
        return tidied(self.name.data or "")[:255]

    @property
    def postcode(self) -> str:
        """That of the first place, where the page of a new listing asks."""
        return tidied(self.post.data or request.values.get("venues-0-postal_code", ""))[:20]

    @property
    def contacts(self) -> list[tuple[str, str]]:
        boxes = (("phone", self.phone), ("email", self.email), ("website", self.website))
        return [(kind, typed) for kind, box in boxes if (typed := tidied(box.data or "")[:200])]
