"""The gate of a break: the day on which somebody is back."""

from __future__ import annotations

from wtforms import ValidationError

from directory.forms import Form
from directory.forms.fields import Given, day


class BreakForm(Form):
    """Until when; why is nobody's business."""

    until = Given("When are you back?", read=day)

    def validate_until(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Give the day on which you are back, like 2026-12-18.")
