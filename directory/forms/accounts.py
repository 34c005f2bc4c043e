"""The gates of signing in, of one's own account, and of looking after other people's."""

from __future__ import annotations

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import PasswordField, StringField, TextAreaField, ValidationError

from directory import places
from directory.forms import Form
from directory.forms.fields import Line, Passage, tidied
from directory.forms.identifiers import about_a_person
from directory.models import Role
from directory.places.postcodes import OUTCODE, compact

MOST_AREAS = 40


def address(text: str | None) -> str | None:
    return tidied(text or "") or None


def email_address(text: str) -> str:
    """An address as mail servers know it; whether anybody is there, only a letter tells. Raises ValidationError."""
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(f"“{text[:60]}” is not an email address. It should look like name@example.org.") from error


def area_code(text: str) -> str:
    """The code of an outward code, or of a council by its name or code. Raises ValidationError when it is none of them."""
    code = compact(text.upper())
    if OUTCODE.fullmatch(code):
        return code
    if places.council_name(code):
        return places.active_code(code)
    if found := places.council_code(text):
        return found
    raise ValidationError(f"We know no outward code or council called “{text[:60]}”. Write NR25, or North Norfolk.")


class EmailForm(Form):
    """One e-mail address, for a link."""

    email = StringField("Your email", filters=[address])

    def validate_email(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Give your email address.")
        field.data = email_address(field.data)


class PasswordForm(EmailForm):
    """An address and a password; the password is never tidied."""

    password = PasswordField("Password")

    def validate_password(self, field: PasswordField) -> None:
        if not field.data:
            raise ValidationError("Give your password.")


class NewPasswordForm(Form):
    """A new password; the one of now only where it is asked for."""

    current = PasswordField("Your password of now")
    password = PasswordField("New password")

    def __init__(self, *args: Any, asks_current: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_current:
            del self.current

    def validate_current(self, field: PasswordField) -> None:
        if not field.data:
            raise ValidationError("Give your password of now.")

    def validate_password(self, field: PasswordField) -> None:
        if not field.data:
            raise ValidationError("Give a new password.")


class CodeForm(Form):
    """A code of the telephone, or a recovery code."""

    code = StringField("Code", filters=[address])

    def validate_code(self, field: StringField) -> None:
        if not field.data or len(field.data) > 40:
            raise ValidationError("Give the six figures that your telephone shows.")


class AreasForm(Form):
    """Areas that somebody looks after, one on each line; read into codes."""

    areas = TextAreaField("Areas they look after")
    codes: tuple[str, ...] = ()

    def validate_areas(self, field: TextAreaField) -> None:
        named = [tidied(part) for part in re.split(r"[\n,;]", field.data or "")]
        codes = dict.fromkeys(area_code(name) for name in named if name)
        if len(codes) > MOST_AREAS:
            raise ValidationError(f"{MOST_AREAS} areas at most. Name the council instead of each outward code.")
        self.codes = tuple(codes)


class RoleForm(Form):
    """What somebody does here."""

    role = StringField("What they do here")

    def validate_role(self, field: StringField) -> None:
        if field.data not in [role.value for role in Role]:
            raise ValidationError("Choose what they do here.")


class InviteForm(EmailForm, RoleForm, AreasForm):
    """Somebody new."""

    email = StringField("Their email", filters=[address])
    name = Line("What others see", most=80)

    def validate_email(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Give their email address.")
        field.data = email_address(field.data)


class InviteEditorForm(EmailForm):
    """Somebody who is to edit for an organisation; `asks_evidence` where a second person has to agree."""

    email = StringField("Their email", filters=[address])
    evidence = Passage("How do you know that they speak for it?", most=500)
    asks_evidence = False

    def validate_evidence(self, field: Passage) -> None:
        field.data = field.data or ""
        if self.asks_evidence and not field.data:
            raise ValidationError("Say in a sentence how you know. A second person reads it.")
        if reason := about_a_person(field.data):
            raise ValidationError(reason)


class ReasonForm(Form):
    """Why an account is suspended."""

    reason = Passage("Why", most=255, needed="Say why. The person will read it.")
