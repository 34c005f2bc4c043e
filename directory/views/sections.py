"""The sections of the page on which a listing is written: which of them stand open, and in one line what each holds.

A section is shut until somebody opens it, so that the page is short. One with a mistake, one of which a button was pressed,
and one in which something was changed stand open when the page comes back, so nobody has to look for what they wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from directory.forms.editing import EditForm
from directory.forms.sessions import NO_TIMES
from directory.forms.typed import same, typed_of
from directory.models.words import joined
from directory.views.words import KINDS, shortened


class Choices(NamedTuple):
    """What people choose from on this page: pairs of value and words."""

    kinds: list[tuple[str, str]]
    reaches: list[tuple[str, str]]
    joins: list[tuple[str, str]]
    rooms: list[tuple[str, str]]
    costs: list[tuple[str, str]]


UNKNOWN = ("", "We do not know")
CHOICES = Choices(
    kinds=[(kind.value, label[:1].upper() + label[1:]) for kind, label in KINDS.items()],
    reaches=[("home_visits", "Comes to people’s homes"), ("online", "Online"), ("by_phone", "By phone")],
    joins=[
        ("self", "Just come, no referral needed"),
        ("professional", "Through a professional, such as the surgery"),
        ("either", "Either way"),
        UNKNOWN,
    ],
    rooms=[("open", "Taking people now"), ("waiting", "Waiting list"), ("full", "Full. We will ask again in six weeks"), UNKNOWN],
    costs=[("free", "Free"), ("donation", "By donation"), ("paid", "There is a charge"), UNKNOWN],
)

# The beginnings of the names of the fields and mistakes of each section, up to a dash.
FIELDS = {
    "what": ("name", "kind", "organisation", "summary", "description", "needs", "activities"),
    "who": ("minimum_age", "maximum_age", "eligibility_description", "audiences"),
    "when": ("when", "sessions", "schedule_note"),
    "where": ("when", "venues", "reach"),
    "join": ("join", "application_process", "room", "room_until"),
    "cost": ("cost", "cost_amount", "fees_description"),
    "touch": ("phone", "phone_note", "email", "others", "website"),
    "access": ("access", "getting"),
    "like": ("first_visit",),
}
ROWS = {"session": "when", "venue": "where", "other": "touch"}


class Section(NamedTuple):
    """Whether it stands open, and its line."""

    is_open: bool
    says: str


def sections(
    form: EditForm,
    base: Mapping[str, object],
    *,
    told: Mapping[str, str],
    features: Sequence[tuple[str, str, str]],
    labels: Mapping[str, str],
    do: str,
    is_new: bool,
) -> dict[str, Section]:
    """Each by its name. `do` is the button that was pressed, empty at first sight; `labels` are those of needs and the like."""
    start = typed_of(base)
    pressed = ROWS.get(do.split("-")[1], "") if "-" in do else ""
    held = _held(form, told, features, labels, is_new=is_new, is_private=bool(base["confidential_location"]))
    wrong = {name.partition("-")[0] for name in form.mistakes}
    made = {}
    for name, fields in FIELDS.items():
        is_changed = bool(do) and not is_new and any(_is_changed(form, field, start) for field in fields)
        is_first = is_new and not do and name == "what"
        line = shortened("; ".join(text for text in held[name] if text))
        if not is_new:
            line = f"{'You wrote' if is_changed else 'Now'}: {line or 'not said'}"
        made[name] = Section(is_changed or is_first or name == pressed or bool(wrong & {*fields}), line or "Nothing yet")
    return made


def _is_changed(form: EditForm, field: str, start: MultiDict[str, str]) -> bool:
    """Whether a field, or a row of that name, holds something else than the page began with."""
    if field in ("sessions", "venues", "others", "access"):
        names = [name for name in form.typed if name.startswith(f"{field}-")]
        return any(same(form.typed.getlist(name)) != same(start.getlist(name)) for name in names)
    return form.has_changed(field, start)


def _held(
    form: EditForm,
    told: Mapping[str, str],
    features: Sequence[tuple[str, str, str]],
    labels: Mapping[str, str],
    *,
    is_new: bool,
    is_private: bool,
) -> dict[str, list[str]]:
    """What stands in each section, in words; an empty text says nothing."""

    def text(name: str) -> str:
        return " ".join(form.typed.get(name, "").split())

    def ticked(name: str) -> list[str]:
        return [labels[slug] for slug in form.typed.getlist(name) if slug in labels]

    def chosen(name: str, among: list[tuple[str, str]]) -> str:
        return dict(among).get(text(name), "") if text(name) else ""

    amount = f"£{text('cost_amount').removeprefix('£').removesuffix('.00')}" if text("cost_amount") else ""
    venues = [told[f"venues-{number}"] for number, row in enumerate(form.venues) if row.form.shut.data or not row.form.is_empty]
    reaches = [label for value, label in CHOICES.reaches if value in form.typed.getlist("reach")]
    yes = [label for _, label, value in features if value == "yes"]
    no = [label for _, label, value in features if value == "no"]
    return {
        "what": [text("name") if is_new else "", text("summary")],
        "who": [_ages(text("minimum_age"), text("maximum_age")), text("eligibility_description"), *ticked("audiences")],
        "when": [
            *(words for name, words in told.items() if name.startswith("sessions-") and words != NO_TIMES),
            text("schedule_note"),
        ],
        "where": ["Private" if is_private else "", *venues, *reaches],
        "join": [chosen("join", CHOICES.joins), chosen("room", CHOICES.rooms)],
        "cost": [amount or chosen("cost", CHOICES.costs), text("fees_description")],
        "touch": [text("phone"), text("email"), *(row.form.value.data or "" for row in form.others or ()), text("website")],
        "access": [joined(yes), f"Not: {joined(no)}" if no else ""],
        "like": [text("first_visit")],
    }


def _ages(youngest: str, oldest: str) -> str:
    if youngest and oldest:
        return f"{youngest} to {oldest}"
    return f"From {youngest}" if youngest else f"Up to {oldest}" if oldest else ""
