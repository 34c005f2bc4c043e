"""The gates of the desk of misses: what a word means, that one is passed over, which need and area become a gap."""

from __future__ import annotations

from directory.forms import Form
from directory.forms.fields import Given, Line, one_of
from directory.forms.gaps import quiet_note
from directory.models import GapKind

NO_WORD = "This page is old. Load it again."


class WordForm(Form):
    """One word that nothing understood."""

    word = Line("Word", most=80, needed=NO_WORD)


class MeaningForm(WordForm):
    """What people mean by it: the label of a word of the vocabulary, or other words."""

    means = Line("This means", most=80, needed="Say what it means: choose from the list, or write other words.")

    def validate_means(self, field: Line) -> None:
        quiet_note(self, field)


class NewGapForm(Form):
    """A need that many looked for in an area in vain, and in which way it is not met."""

    need = Line("Need", most=60, needed=NO_WORD)
    area = Line("Area", most=9, needed=NO_WORD)
    kind = Given("In which way", read=one_of(GapKind), default=GapKind.AVAILABLE)
