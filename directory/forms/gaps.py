"""The gates of a flag: what is missing and where, as choices with a short note; one more person; a group that could help."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

from directory import places
from directory.errors import Unavailable, UnknownPlace
from directory.forms import Form
from directory.forms.fields import Given, Line, Passage, Slugs, email, member, whole
from directory.forms.notes import seen_in
from directory.forms.reports import NO_ADDRESS
from directory.forms.search import FILTERS, SearchForm, is_slug
from directory.models import Affected, AgeBand, GapKind, Often, Shortfall, Taxonomy

KINDS: Mapping[GapKind, str] = {
    GapKind.AVAILABLE: "There is nothing",
    GapKind.ACCESSIBLE: "Too far, or no way to get there",
    GapKind.AFFORDABLE: "Costs too much",
    GapKind.APPROPRIATE: "Not right for the person",
    GapKind.ADEQUATE: "Full, too rare or too short",
    GapKind.NOT_KNOWN: "It exists but is not listed",
}
AFFECTED: Mapping[Affected, str] = {
    Affected.ONE: "One",
    Affected.FEW: "Two to five",
    Affected.MANY: "Six or more",
    Affected.UNSURE: "Not sure",
}
OFTEN: Mapping[Often, str] = {Often.ONCE: "Once", Often.MOST_WEEKS: "Most weeks"}
AGE_BANDS: Mapping[AgeBand, str] = {
    AgeBand.UNDER_18: "Under 18",
    AgeBand.WORKING: "18 to 64",
    AgeBand.OLDER: "65 to 79",
    AgeBand.OLDEST: "80 and over",
}
DISTANCES = {1: "1 mile", 3: "3 miles", 5: "5 miles", 10: "10 miles"}
# What a search that came to nothing most likely means.
KIND_OF = {Shortfall.NOTHING: GapKind.AVAILABLE, Shortfall.FAR: GapKind.ACCESSIBLE}
OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
NO_PLACE = "Say where: the first half of a postcode, a village or a town."
KEPT_FILTERS = tuple(name for name in FILTERS if name != "need")
MOST_CIRCUMSTANCES = 2


def one_of(kind: type[Any]) -> Callable[[str], Any]:
    """As `member`, in words for people: what the values are called inside is no business of theirs."""
    read = member(kind)

    def choice(text: str) -> Any:
        try:
            return read(text)
        except ValueError as fault:
            raise ValueError("Choose one of the answers.") from fault

    return choice


def quiet_note(form: Form, field: Passage | Line) -> None:
    """Words that point to nobody: what was refused is shown once more to whoever typed it, and kept nowhere."""
    if reason := seen_in(field.data or ""):
        raise ValidationError(reason)


class GapForm(Form):
    """What somebody could not find. After `validate` `place` is an outward code, whatever was typed: no more of it is kept."""

    need = Line("What is missing?", most=60)
    place = Line("Where?", most=100)
    council = Line(most=9)
    kind = Given("Why does nothing fit?", read=one_of(GapKind))
    affected = Given("For about how many people?", read=one_of(Affected))
    often = Given("How often?", read=one_of(Often))
    age_band = Given("About what age?", read=one_of(AgeBand))
    circumstances = Slugs("Anything that matters?", most=MOST_CIRCUMSTANCES)
    distance_mi = Given("How far could people go?", read=whole(1, 10))
    shortfall = Given(read=one_of(Shortfall))
    note = Passage("Note for the area lead", most=280)
    reply_to = Line("Your email, if you want to hear", most=254)

    def __init__(self, formdata: MultiDict[str, str], *, labels: Mapping[tuple[Taxonomy, str], str], **kwargs: Any) -> None:
        """`labels` is the vocabulary; `formdata` an address or what was sent."""
        super().__init__(formdata, meta={"csrf": False}, **kwargs)  # the token is checked by the door
        self.labels = labels
        search = SearchForm(formdata)
        search.validate(terms=labels)
        self.filters = {name: list(search.chosen[name]) for name in KEPT_FILTERS if search.chosen[name]}
        self.age = search.age
        self._cut_place()

    @property
    def is_known(self) -> bool:
        """Whether both what and where are told, so that only the rest is asked."""
        return bool(self.need_label and self.place.data and not self.place.errors)

    @property
    def need_label(self) -> str:
        """What the need is called; empty for one that is not ours."""
        slug = self.need.data or ""
        return self.labels.get((Taxonomy.NEED, slug)) or self.labels.get((Taxonomy.ACTIVITY, slug)) or ""

    @property
    def place_label(self) -> str:
        """“NR25, Holt”, as far as the place is known."""
        code = self.place.data or ""
        return ", ".join(part for part in (code, _town_of(code) or places.council_name(self.council.data or "")) if part)

    @property
    def kept_filters(self) -> dict[str, Any]:
        """The filters of the search as the row keeps them."""
        return {**self.filters, **({"age": self.age} if self.age is not None else {})}

    @property
    def choices(self) -> dict[str, Any]:
        """What the action takes, but for who, what and where."""
        return {
            "affected": self.affected.data or Affected.UNSURE,
            "often": self.often.data,
            "age_band": self.age_band.data,
            "circumstances": tuple(self.circumstances.data or ()),
            "distance_mi": self.distance_mi.data,
            "shortfall": self.shortfall.data,
            "filters": self.kept_filters,
            "note": self.note.data or "",
            "reply_to": self.reply_to.data or "",
        }

    def begin(self) -> None:
        """Preselect what the search says already; nothing else is chosen for anybody."""
        if self.kind.data is None:
            self.kind.data = KIND_OF.get(self.shortfall.data)

    def validate_need(self, field: Line) -> None:
        if not is_slug(field.data or "") or not self.need_label:
            raise ValidationError("Choose what is missing.")

    def validate_place(self, field: Line) -> None:
        if self._wrong_place:
            raise ValidationError(self._wrong_place)

    def validate_council(self, field: Line) -> None:
        field.data = field.data if places.council_name(field.data or "") else ""

    def validate_kind(self, field: Given) -> None:
        if field.data is None:
            raise ValidationError("Choose why nothing fits.")

    def validate_circumstances(self, field: Slugs) -> None:
        if any((Taxonomy.AUDIENCE, slug) not in self.labels for slug in field.data or ()):
            raise ValidationError("Choose one of the list.")

    def validate_distance_mi(self, field: Given) -> None:
        if field.data is not None and field.data not in DISTANCES:
            raise ValidationError("Choose one of the distances.")

    def validate_note(self, field: Passage) -> None:
        quiet_note(self, field)

    def validate_reply_to(self, field: Line) -> None:
        try:
            field.data = email(field.data) if field.data else ""
        except ValueError as fault:
            raise ValidationError(NO_ADDRESS) from fault

    def _cut_place(self) -> None:
        """Keep the outward code alone, here and on the page, before anything is looked at or stored."""
        self._wrong_place = ""
        typed = self.place.data or ""
        try:
            code = outward_of(typed) if typed else ""
            self._wrong_place = "" if typed else NO_PLACE
        except UnknownPlace as unknown:
            code, self._wrong_place = "", str(unknown)
        self.place.data = code
        if self.place.raw_data:
            self.place.raw_data = [code] if code or places.find_postcode(typed) else [typed[:100]]


def outward_of(typed: str) -> str:
    """The outward code that holds a place, however it was typed: a postcode is cut, a village looked up.

    Raises UnknownPlace with a sentence that says what to write and holds of a postcode no more than its first half; also for
    a name that several places bear, and for a postcode where not even its neighbours are in the table.
    """
    full = places.find_postcode(typed)
    code = full.split(" ")[0] if full else re.sub(r"\s+", "", typed).upper()
    try:
        if full or OUTWARD.fullmatch(code):
            near = places.approximate(full or code) if places.is_built() else None
            if not places.is_built() or (near is not None and (not full or near.precision == "sector")):
                return code
            raise _unknown_code(code)
        place = _located(typed)
    except Unavailable:
        raise UnknownPlace(NO_PLACE, field="place") from None
    if not place.outcode:
        raise UnknownPlace(NO_PLACE, field="place")
    _ask_which(typed, place.label)
    return place.outcode


def _located(typed: str) -> places.Place:
    try:
        return places.locate(typed, ask=False)
    except UnknownPlace as unknown:
        near = ", ".join(unknown.suggestions[:3])
        what = f"Did you mean {near}?" if near else NO_PLACE
        raise UnknownPlace(f"We do not know that place. {what}", field="place") from unknown


def _unknown_code(code: str) -> UnknownPlace:
    """What to say of a postcode that is not in the table; `code` is its first half."""
    try:
        places.locate(code, ask=False, loosely=False)
    except UnknownPlace as unknown:  # it says so of places whose postcodes nobody may have, too
        return unknown
    town = places.town_of(code)
    like = f", like {town}" if town else ""
    return UnknownPlace(f"There is no such postcode in {code}. Check it, or write a town{like}.", field="place")


def _ask_which(typed: str, label: str) -> None:
    """Raises UnknownPlace where places far apart bear exactly this name, with what to write for each."""
    choices = {}
    for each in places.begun(typed):
        if each.name.casefold() == typed.strip().casefold():
            found = places.locate(each.asked_by, ask=False)
            if found.outcode:
                choices[found.outcode] = f"{each.asked_by} ({found.outcode})" if not each.where else each.asked_by
    if len(choices) > 1:
        which = " or ".join(list(choices.values())[:4])
        told = tuple(choices.values())
        raise UnknownPlace(f"There is more than one {label}. Which one: {which}?", field="place", suggestions=told)


def _town_of(code: str) -> str:
    try:
        return places.town_of(code)
    except Unavailable:
        return ""


class MeTooForm(Form):
    """One more person."""

    affected = Given("For about how many people?", read=one_of(Affected))
    reply_to = Line("Your email, if you want to hear", most=254)

    def validate_reply_to(self, field: Line) -> None:
        try:
            field.data = email(field.data) if field.data else ""
        except ValueError as fault:
            raise ValidationError(NO_ADDRESS) from fault


class HelpForm(Form):
    """What an organisation could do."""

    note = Passage("What could you do?", most=500)

    def validate_note(self, field: Passage) -> None:
        quiet_note(self, field)
