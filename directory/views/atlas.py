"""The pages of the atlas: how far it is to help, by need, kind of place, deprivation and council. They read what was stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from directory.errors import NotFound, Unavailable, UnknownPlace
from directory.exchange import atlas_tables
from directory.forms.atlas import AtlasForm, By, Measure
from directory.htmx import render
from directory.models import GapState
from directory.models import words as say
from directory.permissions import can_try_out, signed_in
from directory.queries import atlas as queries
from directory.queries import atlas_pages as pages
from directory.queries.atlas import Figures
from directory.views import clock, gap_words
from directory.views.access import anyone, open_to, this_person

bp = Blueprint("atlas", __name__)

MEASURES = {Measure.NEAREST: "Miles to the nearest", Measure.WITHIN: "Number within 3 miles", Measure.RATIO: "Per 1,000 people"}
CAPTIONS = {
    Measure.NEAREST: "Miles to the nearest, in a straight line",
    Measure.WITHIN: "Number within 3 miles, in a straight line",
    Measure.RATIO: "Listings per 1,000 people, nearer ones counting more",
}
COMPARED = {By.PLACE: "Village and town", By.DEPRIVATION: "Better off and worse off", By.COUNCIL: "Councils"}
BARS = {"rural:1": "rural", "rural:0": "urban", "decile:1": "rural", "decile:10": "urban"}
STATE_CSS = {
    GapState.REPORTED: "crab",
    GapState.LOOKED_AT: "water",
    GapState.BEING_STARTED: "damson",
    GapState.MET: "moss",
    GapState.WAS_NOT_KNOWN: "moss",
}
# Miles from which a patch is drawn in each shade.
SHADES = ((10, "h4"), (5, "h3"), (3, "h2"), (1, "h1"), (0, "h0"))
MOST_COUNCILS = 50
NOT_KNOWN = "Not known"


@bp.get("/atlas")
@open_to(anyone)
def show() -> str:
    form, now = AtlasForm(request.args), clock.now()
    try:
        atlas = queries.stored(folder())
    except Unavailable as error:
        return render("atlas/none.html", sentence=str(error))
    form.keep_need(is_measured(atlas))
    numbers = pages.chosen(atlas)
    focus = focus_of(atlas, form.need, numbers)
    by = form.by if form.by is By.COUNCIL or pages.has_groups(atlas, pages.groups_by(form.by.value)) else By.COUNCIL
    rows = [] if by is By.COUNCIL else pages.compared(atlas, numbers, pages.groups_by(by.value))
    ranked, unknown = pages.councils(atlas, focus) if by is By.COUNCIL and focus is not None else ([], [])
    states = pages.flagged(atlas, focus, now=now) if focus is not None else {}
    first = pages.first(atlas, focus, states) if focus is not None else []
    return render(
        "atlas/show.html",
        fragments=("figs",),
        said=f"{MEASURES[form.measure]}, {COMPARED[by].lower()}",
        atlas=atlas,
        form=form,
        by=by,
        rows=rows,
        ranked=ranked[:MOST_COUNCILS],
        ranked_of=len(ranked),
        unknown=unknown,
        longest=longest([found for row in rows for found in row.figures] + ranked, form.measure),
        focus=atlas.subjects[focus] if focus is not None else None,
        subjects=[atlas.subjects[number] for number in pages.every(atlas)],
        standing=pages.standing_out(atlas, pages.compared(atlas, numbers, ())),
        without_stops=pages.without_stops(atlas),
        first=first,
        disagreeing=pages.disagreeing(atlas, focus, first, states) if focus is not None else (None, ""),
        measures=MEASURES,
        captions=CAPTIONS,
        comparisons=COMPARED,
        may_try=can_try_out(this_person()),
        is_visitor=not signed_in(this_person()),
        **wording(),
    )


@bp.get("/atlas/needs/<slug>")
@open_to(anyone)
def need(slug: str) -> str:
    atlas, now = queries.stored(folder()), clock.now()
    number = queries.subject(atlas, slug)
    groups = [("all", "Everybody"), *pages.groups_by("place"), *pages.deciles()]
    row = pages.compared(atlas, [number], groups)[0]
    ranked, unknown = pages.councils(atlas, number)
    return render(
        "atlas/need.html",
        atlas=atlas,
        number=number,
        row=row,
        ranked=ranked[:MOST_COUNCILS],
        ranked_of=len(ranked),
        unknown=unknown,
        first=pages.first(atlas, number, pages.flagged(atlas, number, now=now)),
        longest=longest([*row.figures, *ranked], Measure.NEAREST),
        **wording(),
    )


@bp.get("/atlas/councils/<code>")
@open_to(anyone)
def council(code: str) -> str:
    form, now = AtlasForm(request.args), clock.now()
    atlas = queries.stored(folder())
    found = pages.council(atlas, code)
    if found is None:
        raise NotFound("The atlas has no council of this code.")
    form.keep_need(is_measured(atlas))
    focus = focus_of(atlas, form.need, pages.chosen(atlas, council=code) or pages.chosen(atlas))
    drawn = pages.patches(atlas, focus, code) if focus is not None else []
    states = pages.flagged(atlas, focus, now=now) if focus is not None else {}
    first = pages.first(atlas, focus, states, council=code) if focus is not None else []
    return render(
        "atlas/council.html",
        fragments=("figs",),
        said=f"{found.name}, {len(drawn)} patches",
        atlas=atlas,
        form=form,
        council=found,
        focus=atlas.subjects[focus] if focus is not None else None,
        subjects=[atlas.subjects[number] for number in pages.every(atlas)],
        drawn=drawn,
        sheet=pages.sheet(drawn),
        first=first,
        points=points,
        shade=shade,
        **wording(),
    )


@bp.get("/atlas/how")
@open_to(anyone)
def how() -> str:
    atlas = queries.stored(folder())
    return render("atlas/how.html", atlas=atlas, day=say.long_day(date.fromisoformat(atlas.day)))


@bp.get("/atlas.csv")
@open_to(anyone)
def table() -> Response:
    """All needs in all groups, or one need."""
    form, atlas = AtlasForm(request.args), queries.stored(folder())
    form.keep_need(is_measured(atlas))
    if form.unknown:
        return Response("\n".join(form.unknown.values()) + "\n", 400, mimetype="text/plain")
    numbers = [queries.subject(atlas, form.need)] if form.need else pages.every(atlas)
    page = atlas_tables.as_csv(atlas_tables.record(found) for found in queries.table(atlas, numbers))
    response = Response(page, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="atlas.csv"'
    return response


@bp.get("/atlas/try")
@open_to(can_try_out)
def attempt() -> ResponseReturnValue:
    """What would change if a listing opened somewhere; nothing is written."""
    form, atlas = AtlasForm(request.args), queries.stored(folder())
    form.keep_need(is_measured(atlas))
    focus = focus_of(atlas, form.need, pages.chosen(atlas))
    problem = " ".join(form.unknown.values())
    tried, status = None, 422 if problem else 200
    if form.place and focus is not None and not problem:
        try:
            tried = pages.tried(atlas, focus, form.place)
        except UnknownPlace as error:
            problem, status = str(error), 422
    page = render(
        "atlas/try.html",
        fragments=("tried",),
        said=f"Tried at {tried.where}" if tried else problem,
        atlas=atlas,
        form=form,
        tried=tried,
        problem=problem,
        focus=atlas.subjects[focus] if focus is not None else None,
        subjects=[atlas.subjects[number] for number in pages.every(atlas)],
        **wording(),
    )
    return page, status


def folder() -> str:
    return str(current_app.config["ATLAS_FOLDER"])


def is_measured(atlas: Any) -> Callable[[str], bool]:
    """Whether the atlas measures a need."""
    return lambda slug: atlas.number_of(slug) is not None


def focus_of(atlas: Any, slug: str, numbers: Sequence[int]) -> int | None:
    """The need that was asked for, else the first that anything is known of; None when the atlas holds nothing at all."""
    asked = atlas.number_of(slug) if slug else None
    return asked if asked is not None else next((each for each in numbers if not atlas.subjects[each].known_where), None)


def wording() -> dict[str, Any]:
    """The words that all pages of the atlas share."""
    return {
        "miles": miles,
        "told": told,
        "bar": bar,
        "bars": BARS,
        "states": gap_words.STATES,
        "state_css": STATE_CSS,
        "nearest": Measure.NEAREST,
        "count": count,
        "times": times,
        "rounded": rounded,
    }


def value(found: Figures, measure: Measure) -> float | None:
    if measure is Measure.NEAREST:
        return found.median_km
    return found.within_mi[1] if measure is Measure.WITHIN else found.per_1000


def told(found: Figures, measure: Measure) -> str:
    """A figure with its unit; "Not known" where no list tells, "None listed" where one does and holds nothing."""
    if not found.is_known:
        return NOT_KNOWN
    figure = value(found, measure)
    if figure is None:
        return "None listed"
    if measure is Measure.NEAREST:
        return say.miles(figure)
    return count(figure) if measure is Measure.WITHIN else f"{figure:.2f}"


def count(number: float | None) -> str:
    """How many listings, for the average person."""
    if number is None:
        return NOT_KNOWN
    told = f"{number:.1f}".removesuffix(".0")
    return f"{told} {'listing' if told == '1' else 'listings'}"


def times(ratio: float) -> str:
    """How many times as far: never more than it is."""
    whole = int(ratio + 0.05)
    if whole < 2:
        return f"{ratio:.1f} times"
    said = "twice" if whole == 2 else f"{whole} times"
    return said if ratio - whole < 0.05 else f"more than {said}"


def rounded(people: float) -> int:
    """A number of people as one says it: to two figures from a hundred on, below to the nearest five."""
    step = 5 if people < 100 else 10 ** (len(f"{people:.0f}") - 2)
    return round(people / step) * step


def longest(rows: Sequence[Figures], measure: Measure) -> float:
    """The largest figure of a table, which fills its bar."""
    return max((figure for row in rows if (figure := value(row, measure)) is not None), default=0.0)


def bar(found: Figures, measure: Measure, whole: float) -> int:
    """How much of a hundred a bar is long; at least one where there is anything."""
    figure = value(found, measure)
    return max(1, round(94 * figure / whole)) if figure and whole else 0


def miles(km: float | None) -> str:
    return NOT_KNOWN if km is None or math.isnan(km) else say.miles(km)


def shade(km: float | None) -> str:
    """The class of a patch; pale stripes where nobody knows."""
    return "hn" if km is None else next(css for least, css in SHADES if km / say.MILE_KM >= least)


def points(corners: tuple[tuple[float, float], ...]) -> str:
    """The corners of a patch as an SVG has them, to whole units."""
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
