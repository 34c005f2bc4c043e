"""The gates of what curators do for safety and order: a reason, how far back, what to lock and until when."""

from __future__ import annotations

import re
from datetime import datetime, time
from enum import StrEnum

from wtforms import StringField, ValidationError

from directory.forms import Form
from directory.forms.fields import Given, Line, day, one_of
from directory.forms.listings import AREA_CODE
from directory.models.recurrence import LONDON


class What(StrEnum):
    LISTING = "listing"
    ORGANISATION = "organisation"
    AREA = "area"


WHAT = {
    What.LISTING: "One listing",
    What.ORGANISATION: "An organisation, with all its listings",
    What.AREA: "A small area",
}


class ReasonForm(Form):
    """Why something is done."""

    reason = Line("Why?", most=255, needed="Say why.")


class TakeOutForm(ReasonForm):
    """Words that belong to a person, as they stand there."""

    words = Line("Which words?", most=200, needed="Write the words as they stand there.")


class TakeBackForm(ReasonForm):
    """Everything since a day, and an hour of it where that is given."""

    since = Given("Since which day?", read=day)
    hour = StringField("Since what time of that day?", default="")

    def validate_since(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Give the day, like 2026-11-18.")

    def validate_hour(self, field: StringField) -> None:
        field.data = (field.data or "").strip() or "00:00"
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", field.data):
            raise ValidationError("Give the time like 14:05, or leave it empty.")

    @property
    def moment(self) -> datetime:
        """By the clocks of London."""
        hour, minute = map(int, self.hour.data.split(":"))
        return datetime.combine(self.since.data, time(hour, minute), LONDON)


class LockForm(ReasonForm):
    """What is locked, by the last part of its address or its outward code, and the last day of it."""

    what = Given("What do you lock?", read=one_of(What), default=What.LISTING)
    which = Line("Which one?", most=120, needed="Give the end of its address, such as welcome-table, or a code such as NR25.")
    until = Given("Until which day?", read=day)

    def validate_which(self, field: Line) -> None:
        if self.what.data is What.AREA:
            field.data = field.data.upper()
            if not re.fullmatch(AREA_CODE, field.data) or len(field.data) > 4:
                raise ValidationError("A small area is an outward code such as NR25.")
        field.data = field.data.rsplit("/", 1)[-1]

    def validate_until(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Give the last day, like 2026-12-18.")

    @property
    def ends_at(self) -> datetime:
        """The end of the last day by the clocks of London."""
        return datetime.combine(self.until.data, time(23, 59), LONDON)
