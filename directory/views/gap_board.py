"""What everybody may read of gaps: the board, the story of one, the map with its table, and the published table as CSV."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory.errors import NotFound
from directory.exchange import gap_tables
from directory.forms.board import BoardForm
from directory.htmx import render
from directory.models import quarters
from directory.queries import board as queries
from directory.queries import cells, gap_map
from directory.queries.board import By, Lane
from directory.queries.gap_map import Layer
from directory.views import clock, gap_words
from directory.views.access import anyone, open_to

bp = Blueprint("board", __name__)

SORTS = {By.PEOPLE: "Most people first", By.NEWEST: "Newest first", By.OLDEST: "Oldest first"}
LAYERS = {Layer.FLAGGED: "Gaps flagged", Layer.SEARCHES: "Searches that found nothing"}
STEPS = ((40, "h4"), (30, "h3"), (20, "h2"), (8, "h1"))  # from so many on, the shade


@bp.get("/gaps")
@open_to(anyone)
def show() -> str:
    form, now = BoardForm(request.args), clock.now()
    lane, by = form.one_of("lane", Lane), form.one_of("sort", By) or By.PEOPLE
    newest = queries.counted_to()
    found = queries.board(area=form.area, need=form.need, by=by, lane=lane, now=now)
    return render(
        "gaps/board.html",
        fragments=("board",),
        said=", ".join(f"{found.totals[each]} {gap_words.LANES[each].lower()}" for each in found.lanes),
        board=found,
        lane=lane,
        by=by,
        form=form,
        sorts=SORTS,
        newest=newest.quarter if newest else "",
        counted_to=quarters.last_day(newest.quarter) if newest else None,
        kept={"area": form.area or None, "need": form.need or None, "sort": by.value if by is not By.PEOPLE else None},
        doors=doors(),
        today=now.date(),
    )


@bp.get("/gaps/<uuid:uid>")
@open_to(anyone)
def story(uid: uuid.UUID) -> ResponseReturnValue:
    try:
        shown = queries.story(uid, now=clock.now())
    except NotFound:
        onward = queries.moved_to(uid)
        if onward is None:
            raise
        return redirect(url_for("board.story", uid=onward), 301)
    return render("gaps/story.html", shown=shown, quarter_told=quarters.told, doors=doors())


@bp.get("/gaps/map")
@open_to(anyone)
def chart() -> str:
    form = BoardForm(request.args)
    layer = form.one_of("layer", Layer) or Layer.FLAGGED
    counted = [each.quarter for each in cells.counted()]
    quarter = form.quarter if form.quarter in counted else next(iter(counted), "")
    drawn = gap_map.drawn(layer=layer, quarter=quarter, need=form.need, council=form.council)
    return render(
        "gaps/map.html",
        fragments=("patches",),
        said=f"{len(drawn.patches)} patches with an area, the first {gap_words.people(drawn.patches[0].figure)}"
        if drawn.patches
        else "Nothing to show",
        drawn=drawn,
        form=form,
        layers=LAYERS,
        counted=counted,
        quarter_told=quarters.told,
        need_label=drawn.needs.get(form.need, ""),
        square_miles=gap_map.SQUARE_MILES,
        shade=shade,
        points=points,
    )


@bp.get("/gaps.csv")
@open_to(anyone)
def table() -> Response:
    """The stored cells of every quarter, or of what is asked for; the same rows and figures that the board and map read."""
    form = BoardForm(request.args)
    rows = cells.table(quarter=form.quarter, area=form.area, need=form.need)
    response = Response(gap_tables.as_csv(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="gaps.csv"'
    return response


def shade(figure: int) -> str:
    """The class of a patch by its figure; the palest for fewer than 8 or none."""
    return next((css for least, css in STEPS if figure >= least), "h0")


def points(corners: tuple[tuple[float, float], ...]) -> str:
    """The corners of a patch as an SVG has them, to whole units."""
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)


def doors() -> dict[str, bool]:
    """Which of the doors for saying something are there."""
    return {name: f"gaps.{name}" in current_app.view_functions for name in ("flag_page", "me_too")}
