"""The gates of claims: where to write to, how it is proved, what was read out on the telephone, what the second person says."""

from __future__ import annotations

import re
from enum import StrEnum

from wtforms import StringField, ValidationError

from directory.forms import Form
from directory.forms.accounts import EmailForm
from directory.forms.fields import Given, Line, Passage, one_of
from directory.forms.identifiers import about_a_person

# Charities of England and Wales (with linked ones), Scotland and Northern Ireland; companies.
REGISTERED = re.compile(r"\d{6,8}(?:-\d{1,3})?|SC\d{5,6}|NI[CP]?\d{5,6}|[A-Z]{2}\d{6}")
# It stands in letters to people who do not know the writer, so it has no room for an address or a number.
NAME = re.compile(r"[^\W\d_]+\.?(?:[ '’-]+[^\W\d_]+\.?)*")
REGISTER = "register"


class BeginForm(EmailForm):
    """Where to send the link."""


class ClaimForm(Form):
    """The way in which it is proved: the key of a contact, or `register` with a number and a few words."""

    way = StringField("How can we make sure that it is yours?", default="")
    number = Line("The number in the register", most=20)
    evidence = Passage("How can we see that you speak for it?", most=1_000)
    name = Line("What shall others here call you?", most=40)
    asks_name = False  # whether nobody can call them anything yet

    @property
    def is_register(self) -> bool:
        return self.way.data == REGISTER

    def validate_way(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Choose how we can make sure.")

    def validate_number(self, field: Line) -> None:
        field.data = re.sub(r"\s", "", field.data or "").upper()
        if not self.is_register:
            field.data = ""
        elif not REGISTERED.fullmatch(field.data):
            raise ValidationError("Give the number of the charity or company, like 1123456 or SC012345.")

    def validate_evidence(self, field: Passage) -> None:
        field.data = (field.data or "") if self.is_register else ""
        if self.is_register and not field.data:
            raise ValidationError("Say in a sentence or two how we can see that you speak for it.")
        if reason := about_a_person(field.data):
            raise ValidationError(reason)

    def validate_name(self, field: Line) -> None:
        field.data = field.data or ""
        if self.asks_name and not field.data:
            raise ValidationError("Give a name, so that the others know who asks.")
        if field.data and not NAME.fullmatch(field.data):
            raise ValidationError("Give a name with letters alone, like Amina or Amina B.")


class CodeForm(Form):
    """The code that somebody read out."""

    code = Line("The code they read out", most=40)

    def validate_code(self, field: Line) -> None:
        if len(re.sub(r"\D", "", field.data or "")) != 8:
            raise ValidationError("Give all eight figures of the code.")


class Press(StrEnum):
    """The buttons of the second person."""

    GRANT = "grant"
    LEAD = "lead"
    REFUSE = "refuse"


class DecideForm(Form):
    """What the second person says, and what whoever asked reads of it."""

    press = Given("What do you say?", read=one_of(Press))
    words = Passage("If not, why?", most=500)

    def validate_press(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Press one of the buttons.")

    def validate_words(self, field: Passage) -> None:
        field.data = field.data or ""
        if self.press.data is Press.REFUSE and not field.data:
            raise ValidationError("Say in a sentence why not. The person who asked reads it.")
        if reason := about_a_person(field.data):
            raise ValidationError(reason)
