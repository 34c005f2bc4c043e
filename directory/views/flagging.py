"""What a page of results says of flagging a gap: filled in from the search, with the outward code and never more of the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from directory.forms.gaps import KEPT_FILTERS
from directory.forms.notes import seen_in
from directory.forms.search import SearchForm
from directory.models import Gap, Shortfall, Taxonomy
from directory.queries import area_names, board
from directory.queries.listings import Answer
from directory.queries.misses import shortfall
from directory.views.filters import Labels, label_of

EARLY_MI = 3.0
MOST_LIKE = 6
LONGEST_WORD = 60
NEEDS = (Taxonomy.NEED, Taxonomy.ACTIVITY)


@dataclass(frozen=True)
class Offered:
    """The way to flag a gap under a list, or above it where the list is empty, thin, far or stale (`first`).

    With `early` one line stands above the list as well. `open_gap` is a public gap of the same need and area.
    """

    address: str
    first: bool
    heading: str
    what: str
    where: str
    must: str
    early: bool = False
    open_gap: Gap | None = None


def offered(form: SearchForm, answer: Answer, labels: Labels) -> Offered:
    """From one search: its need, its outward code and council, the filters in use; its words where they point to nobody.

    Never its postcode.
    """
    wrong = shortfall(answer.found) if answer.question.page == 1 else None
    need = need_of(form, answer)
    place = answer.question.place
    kept: dict[str, Any] = {name: list(form.chosen[name]) for name in KEPT_FILTERS if form.chosen[name]}
    asked = {
        "need": need or None,
        "place": place.outcode or None,
        "council": place.council_code or None,
        "shortfall": wrong.value if wrong else None,
        "age": form.age,
        "like": [slug for slug in suggested(answer) if slug != need] or None,
        "word": form.q if form.q and len(form.q) <= LONGEST_WORD and not seen_in(form.q) else None,
        **kept,
    }
    early = wrong is None and answer.question.page == 1 and is_far_off(answer)
    told = area_names.called(place.outcode, place.council_name)
    label = next((labels[taxonomy, need] for taxonomy in NEEDS if (taxonomy, need) in labels), "")
    return Offered(
        url_for("gaps.flag_page", **asked),
        wrong is not None,
        heading(wrong),
        label,
        told,
        musts(kept, form.age, labels),
        early,
        board.open_here(need, place.outcode) if need and place.outcode and (wrong is not None or early) else None,
    )


def is_far_off(answer: Answer) -> bool:
    """Whether the nearest is further than people walk or take a short bus ride to, or it took a wider look to find any."""
    miles = [each.distance_mi for each in answer.results if each.distance_mi is not None]
    return bool(answer.results) and (answer.found.widened or bool(miles and min(miles) > EARLY_MI))


def suggested(answer: Answer) -> list[str]:
    """The slugs of every need or activity that the words were understood as."""
    terms = [term for each in answer.found.understood for term in each.terms if term.taxonomy in NEEDS]
    return list(dict.fromkeys(term.slug for term in terms))[:MOST_LIKE]


def need_of(form: SearchForm, answer: Answer) -> str:
    """The slug of what was looked for: ticked, or the first need or activity that the words were understood as."""
    for chosen in (form.chosen["need"], form.chosen["activity"]):
        if chosen:
            return chosen[0]
    terms = [term for each in answer.found.understood for term in each.terms]
    return next((term.slug for taxonomy in NEEDS for term in terms if term.taxonomy == taxonomy), "")


def musts(kept: dict[str, Sequence[str]], age: int | None, labels: Labels) -> str:
    """What it has to be, in the words of the filters: "Evening, No steps"."""
    told = [label_of(name, value, labels) for name, values in kept.items() for value in values]
    return ", ".join([*told, *([f"Age {age}"] if age is not None else [])])


def heading(wrong: Shortfall | None) -> str:
    match wrong:
        case Shortfall.NOTHING:
            return "Is this something people need here?"
        case Shortfall.FAR:
            return "Too far to go?"
        case Shortfall.STALE:
            return "Is there nothing any more?"
    return "Does none of this fit?"
