"""The panel that narrows a list, and the chips of what is in use: labels, counts and the addresses without each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from directory.forms.search import DAYS, SearchForm, in_miles
from directory.models import Kind, Taxonomy
from directory.views import words

Labels = Mapping[tuple[Taxonomy, str], str]
Facets = Mapping[str, Mapping[str, int]]

FIXED = {
    ("reach", "near"): "Go there",
    ("reach", "home"): "Comes to me",
    ("reach", "stop"): "Mobile stop",
    ("reach", "wire"): "Online or by phone",
    ("time", "morning"): "Morning",
    ("time", "afternoon"): "Afternoon",
    ("time", "evening"): "Evening",
    ("cost", "free"): "Free only",
    ("cost", "donation"): "Give what you can",
    ("cost", "paid"): "There is a charge",
    ("access", "step-free"): "No steps",
    ("access", "hearing-loop"): "Hearing loop",
    ("access", "companion"): "I can bring someone",
    ("join", "self"): "Just turn up or ring",
    ("join", "professional"): "Needs a referral",
    ("checked", "12"): "Checked this year",
    ("checked", "any"): "Also what is not checked lately",
} | {("day", day): words.DAYS[day] for day in DAYS}
TAXONOMIES = {
    "need": Taxonomy.NEED,
    "activity": Taxonomy.ACTIVITY,
    "audience": Taxonomy.AUDIENCE,
    "access": Taxonomy.ACCESS,
    "language": Taxonomy.LANGUAGE,
}
# Always offered, in this order, whether or not anything was found for them.
OFFERED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("How you could join in", "reach", ("near", "home", "stop", "wire")),
    ("When", "time", ("morning", "afternoon", "evening")),
    ("Which day", "day", DAYS),
    ("Cost", "cost", ("free",)),
    ("Getting in", "access", ("step-free", "hearing-loop", "companion")),
    ("How to start", "join", ("self", "professional")),
    ("How fresh", "checked", ("12",)),
)
LONGEST_LIST = 8  # the commonest; a rarer need is found by typing it
FOLDED = {"day", "kind", "need", "language"}
SORTS = {"best": "Best fit first", "nearest": "Nearest first", "checked": "Checked lately first", "name": "By name"}


class Option(NamedTuple):
    """One tick. `leaves` is how many it would leave, None when that was not counted."""

    name: str
    value: str
    label: str
    leaves: int | None
    chosen: bool


class Group(NamedTuple):
    """One fieldset of the panel; a folded one opens when something in it is chosen."""

    legend: str
    name: str
    options: tuple[Option, ...]

    @property
    def folded(self) -> bool:
        return self.name in FOLDED

    @property
    def open(self) -> bool:
        return any(option.chosen for option in self.options)


def label_of(name: str, value: str, labels: Labels) -> str:
    if (name, value) in FIXED:
        return FIXED[name, value]
    if name == "kind" and value in set(Kind):
        told = words.KINDS[Kind(value)]
        return told[:1].upper() + told[1:]
    if name == "age":
        return f"Age {value}"
    if name == "checked":
        return f"Checked in {words.counted(int(value), 'month')}"
    return labels.get((TAXONOMIES[name], value), value) if name in TAXONOMIES else value


def panel(form: SearchForm, facets: Facets, labels: Labels) -> list[Group]:
    """Every group of the panel; kinds, needs and languages are those that were found, commonest first, and those chosen."""
    groups = [group(form, facets, labels, legend, name, offered) for legend, name, offered in OFFERED]
    for legend, name in (("Kind", "kind"), ("Need", "need"), ("Language", "language")):
        found = sorted(facets.get(name, {}).items(), key=lambda pair: (-pair[1], pair[0]))
        groups.append(group(form, facets, labels, legend, name, tuple(value for value, count in found[:LONGEST_LIST])))
    return [group for group in groups if group.options]


def group(form: SearchForm, facets: Facets, labels: Labels, legend: str, name: str, offered: tuple[str, ...]) -> Group:
    chosen = (form.checked,) if name == "checked" and form.checked in offered else form.chosen.get(name, ())
    counts = facets.get(name)
    options = tuple(
        Option(name, value, label_of(name, value, labels), None if counts is None else counts.get(value, 0), value in chosen)
        for value in dict.fromkeys((*offered, *chosen))
    )
    return Group(legend, name, options)


def counts(groups: list[Group]) -> dict[str, dict[str, int]]:
    """The figures of the panel, for the script that writes them there after a swap."""
    return {
        group.name: {option.value: option.leaves for option in group.options if option.leaves is not None} for group in groups
    }


def chips(form: SearchForm, radius_mi: float, labels: Labels) -> list[tuple[str, dict[str, Any]]]:
    """What is in use as (label, the search without it). The others keep to the radius that was counted in."""
    told = [
        (label_of(name, value, labels), form.without(name, value, radius=in_miles(radius_mi))) for name, value in form.in_use()
    ]
    if form.radius_mi:
        told.append((f"Within {words.counted(form.radius_mi, 'mile')}", form.parameters(radius=None)))
    return told


def kept_beside_the_panel(form: SearchForm, groups: list[Group]) -> list[tuple[str, str]]:
    """What the search holds that no tick of the panel shows, as hidden fields.

    The radius is not among them: only the panel's own button hands it on, for a new search looks as far as it takes.
    """
    shown = {(option.name, option.value) for group in groups for option in group.options}
    pairs = [pair for pair in form.in_use() if pair not in shown]
    if form.view != "list":
        pairs.append(("view", form.view))
    if form.explain:
        pairs.append(("explain", "1"))
    if not groups and form.sort != "best":
        pairs.append(("sort", form.sort))
    return pairs
