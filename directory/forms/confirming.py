"""What the holder of a link answers: whether each fact is still right, has changed, or they cannot say, and what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import StringField

from directory.forms.editing import EditForm
from directory.forms.fields import tidied
from directory.forms.identifiers import about_a_person
from directory.forms.listings import Known
from directory.models import Fact
from directory.models.freshness import FACT_OF

Record = dict[str, Any]

RIGHT, CHANGED, UNSURE = "right", "changed", "unsure"
# Facts that have no field here: what has changed is told in words, and a volunteer puts it in.
IN_WORDS = {
    Fact.PLACE: "What is the place now?",
    Fact.GETTING_THERE: "What has changed about getting there?",
    Fact.ACCESS: "What has changed about getting in?",
}
FIELD_OF = {  # where a mistake about a fact is shown
    Fact.TIMES: "said-times",
    Fact.CONTACT: "phone",
    Fact.COST: "cost",
    Fact.JOINING: "join",
    Fact.WHO_FOR: "eligibility_description",
    Fact.FIRST_VISIT: "first_visit",
}
MOST_WORDS = 1_000


class ConfirmForm(EditForm):
    """Fields for what the group may change here; everything else stays as it is."""

    name = kind = summary = description = needs = activities = None  # type: ignore[assignment]
    minimum_age = maximum_age = audiences = reach = reason = others = None  # type: ignore[assignment]
    place = StringField(IN_WORDS[Fact.PLACE])
    getting_there = StringField(IN_WORDS[Fact.GETTING_THERE])
    access = StringField(IN_WORDS[Fact.ACCESS])
    more = StringField("Anything else we should know?")

    def answer_to(self, fact: Fact) -> str:
        """What was ticked for a fact: right, changed, unsure, or empty. Nothing is ticked beforehand."""
        told = self.typed.get(f"said-{fact.value}", "")
        return told if told in (RIGHT, CHANGED, UNSURE) else ""

    @property
    def right(self) -> set[Fact]:
        return {fact for fact in Fact if self.answer_to(fact) == RIGHT}

    @property
    def note(self) -> str:
        """What has no field, each after its fact, for a volunteer."""
        told = [(f"{fact.value.replace('-', ' ').capitalize()}: ", self.words_of(fact)) for fact in IN_WORDS]
        return "\n".join(before + words for before, words in (*told, ("", tidied(self.more.data or "", lines=True))) if words)

    def words_of(self, fact: Fact) -> str:
        return tidied(self[fact.value.replace("-", "_")].data or "", lines=True)

    def changes(self, base: Record, *, known: Known, today: date) -> Record:
        """As for editors, without what belongs to the place; a fact that is said to have changed needs to say how."""
        made = super().changes(base, known=known, today=today)
        made = {name: value for name, value in made.items() if name in FACT_OF}
        for name in ("place", "getting_there", "access", "more"):
            text = tidied(self[name].data or "", lines=True)
            if len(text) > MOST_WORDS:
                self.wrong(name, f"At most {MOST_WORDS:,} characters fit here; there are {len(text):,}.")
            elif reason := about_a_person(text):
                self.wrong(name, reason)
        told = {FACT_OF[name] for name in made}
        for fact in (*FIELD_OF, *IN_WORDS):
            if self.answer_to(fact) == CHANGED and fact not in told and not (fact in IN_WORDS and self.words_of(fact)):
                self.wrong(FIELD_OF.get(fact, fact.value.replace("-", "_")), "Write what it is now, or choose “Cannot say”.")
        if not self.mistakes and not made and not self.right and not self.note:
            self.wrong("said-times", "Choose “Still right” or “Changed” for at least one thing.")
        return made

    def again(self, base: Record, current: Mapping[str, Any], changed: Mapping[str, Any], *, number: int) -> ConfirmForm:
        """The same answers over what the listing says by now, with what was typed."""
        form = ConfirmForm.showing({**current, **changed}, base=number)
        typed = form.typed
        for name, values in self.typed.lists():
            if name.startswith("said-") or name in ("place", "getting_there", "access", "more"):
                typed.setlist(name, values)
        return ConfirmForm(typed)
