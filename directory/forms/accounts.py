"""The gates of signing in."""

from __future__ import annotations

from wtforms import PasswordField, StringField

from directory.forms import Form
from directory.forms.fields import email, tidied


def address(text: str | None) -> str | None:
    return tidied(text or "") or None


class EmailForm(Form):
    """One e-mail address, for a link."""

    email = StringField("Your email", filters=[address])

    def validate_email(self, field: StringField) -> None:
        if not field.data:
            raise ValueError("Give your email address.")
        field.data = email(field.data)


class PasswordForm(EmailForm):
    """An address and a password; the password is never tidied."""

    password = PasswordField("Password")

    def validate_password(self, field: PasswordField) -> None:
        if not field.data:
            raise ValueError("Give your password.")
