"""The gates of those who work on gaps: a public step, its words, another name, what is merged, parted, refused or taken."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress

from wtforms import ValidationError

from directory.forms import Form
from directory.forms.fields import Given, Line, Passage, Slugs, day
from directory.forms.gaps import one_of, quiet_note
from directory.models import GapState

# The address of a page of a listing, whole or only its path, or its last word.
LISTING = re.compile(r"(?:(?:https?://[^/\s]+)?/?listings/)?([a-z0-9]+(?:-[a-z0-9]+)*)/?(?:[?#].*)?")
NO_LISTING = "There is no such listing. Copy its address from the top of its page."


def public_words(form: Form, field: Passage | Line) -> None:
    """As `quiet_note`, for what everybody reads: no signs of code either."""
    quiet_note(form, field)
    if {"<", ">"} & set(field.data or ""):
        raise ValidationError("Leave out < and >. Write it in words.")


class StepForm(Form):
    """A public step: what happens, in words that everybody reads."""

    state = Given("What happens?", read=one_of(GapState))
    was = Given(read=one_of(GapState))
    seen = Given(read=int)
    words = Passage("In words that everybody reads", most=400)
    review_on = Given("Look again on", read=day)
    listing = Line("The listing that answers it", most=300)

    def validate_state(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Choose what happens.")

    def validate_words(self, field: Passage) -> None:
        public_words(self, field)

    def validate_listing(self, field: Line) -> None:
        if field.data and not self.slug:
            raise ValidationError(NO_LISTING)

    @property
    def slug(self) -> str:
        """Of the listing, out of its address or as it is; empty where none was given."""
        found = LISTING.fullmatch((self.listing.data or "").strip())
        return found[1] if found else ""


class NameForm(Form):
    name = Line("What everybody calls it", most=80)

    def validate_name(self, field: Line) -> None:
        public_words(self, field)


class SplitForm(NameForm):
    """Which of what was said goes into a gap of its own."""

    flags = Slugs("Which go there?", most=300)

    @property
    def uids(self) -> set[uuid.UUID]:
        found = set()
        for text in self.flags.data or ():
            with suppress(ValueError):
                found.add(uuid.UUID(text))
        return found


class MergeForm(Form):
    into = Line("Make it part of", most=36)
    sure = Given(read=lambda text: text == "1")


class ReopenForm(Form):
    """Why a gap that was closed is open again."""

    words = Line("Why, in words that everybody reads", most=300)

    def validate_words(self, field: Line) -> None:
        if not field.data:
            raise ValidationError("Say in a sentence why it is open again.")
        public_words(self, field)


class RefuseForm(Form):
    """Why a resident's flag is no gap."""

    reason = Line("Why not? Whoever sent it may read it", most=200)

    def validate_reason(self, field: Line) -> None:
        if not field.data:
            raise ValidationError("Say in a sentence why.")
        public_words(self, field)


class TakeForm(Form):
    words = Line("In words that everybody reads", most=300)

    def validate_words(self, field: Line) -> None:
        public_words(self, field)
