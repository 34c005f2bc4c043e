"""The gates of reports: what somebody without an account says is wrong, and what a curator answers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from wtforms import ValidationError

from directory.forms import Form
from directory.forms.fields import Given, Line, Passage, email, one_of
from directory.forms.identifiers import about_a_person
from directory.models import ReportKind

# What there is to choose from, with what happens then.
KINDS: Mapping[ReportKind, tuple[str, str]] = {
    ReportKind.WRONG: ("A fact is wrong", "A day, a time, a number, a place, a price"),
    ReportKind.STOPPED: ("It has stopped", "We ring them to make sure"),
    ReportKind.MISSING: ("Something is missing", "Something that people need to know"),
    ReportKind.UNSAFE: ("It is not safe", "Goes first. Somebody looks at it at once"),
    ReportKind.MY_DETAILS: ("Please take my details down", "Your own number, address or name"),
}
# Where the choice alone does not say what is meant.
NEED_WORDS = {
    ReportKind.WRONG: "Say in a few words what is wrong, or what it should say.",
    ReportKind.MISSING: "Say in a few words what is missing.",
    ReportKind.UNSAFE: "Say in a few words what is not safe.",
}
NO_ADDRESS = "This is not an email address, such as name@example.org. You may leave it empty."


class ReportForm(Form):
    """What is wrong, what it should say, and where to write to if somebody wants to hear. `faults` are by field name."""

    kind = Given("What is wrong?", read=one_of(ReportKind))
    text = Passage("Tell us more", most=1_000)
    should_say = Passage("What should it say?", most=1_000)
    reply_to = Line("Your email, if you want to hear", most=254)

    def validate_kind(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Choose what is wrong.")

    def validate_text(self, field: Passage) -> None:
        field.data = field.data or ""
        if not field.data and not self.should_say.data and self.kind.data in NEED_WORDS:
            raise ValidationError(NEED_WORDS[self.kind.data])
        _refuse_a_person(field)

    def validate_should_say(self, field: Passage) -> None:
        _refuse_a_person(field)

    def validate_reply_to(self, field: Line) -> None:
        try:
            field.data = email(field.data) if field.data else ""
        except ValueError as fault:
            raise ValidationError(NO_ADDRESS) from fault


class Press(StrEnum):
    """The buttons under a report."""

    CHANGED = "changed"
    KEPT = "kept"
    WAIT = "wait"


class AnswerForm(Form):
    """What a curator decided, and what whoever reported reads of it."""

    press = Given("What happened?", read=one_of(Press))
    words = Passage("What shall we tell the person who wrote?", most=500)

    def validate_press(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Press one of the buttons.")

    def validate_words(self, field: Passage) -> None:
        field.data = field.data or ""
        if self.press.data is Press.KEPT and not field.data:
            raise ValidationError("Say in a sentence why it stays as it is. The person who wrote reads it.")
        _refuse_a_person(field)


def _refuse_a_person(field: Passage) -> None:
    if reason := about_a_person(field.data or ""):
        raise ValidationError(reason)
