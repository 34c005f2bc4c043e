"""What everybody may read of gaps: the board, the story of one, the map with its table, and the published table as CSV."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory.errors import NotFound, Unavailable
from directory.exchange import gap_tables
from directory.forms.board import BoardForm
from directory.forms.notes import seen_in
from directory.htmx import render
from directory.models import Taxonomy, quarters
from directory.models import words as say
from directory.queries import atlas as atlas_queries
from directory.queries import atlas_near, cells, gap_map, kept_vocabulary
from directory.queries import board as queries
from directory.queries.atlas import Stored
from directory.queries.board import By, Lane
from directory.queries.gap_map import Layer, Map, Patch
from directory.views import atlas as atlas_views
from directory.views import clock, gap_words, map_labels
from directory.views.access import anyone, open_to

bp = Blueprint("board", __name__)

SORTS = {By.PEOPLE: "Most people first", By.NEWEST: "Newest first", By.OLDEST: "Oldest first", By.RURAL: "Rural areas first"}
LAYERS = {Layer.FLAGGED: "Gaps flagged", Layer.SEARCHES: "Searches that found nothing", Layer.FAR: "How far it is"}
FIRST_NAMED = 3  # towns whose names stand on the map
STEPS = ((40, "h4"), (30, "h3"), (20, "h2"), (8, "h1"))  # from so many on, the shade


@bp.get("/gaps")
@open_to(anyone)
def show() -> str:
    form, now = BoardForm(request.args), clock.now()
    lane, by = form.one_of("lane", Lane), form.one_of("sort", By) or By.PEOPLE
    newest, atlas = next((each.quarter for each in cells.counted()), ""), stored()
    country = atlas_near.country_shares(atlas)
    by = by if country or by is not By.RURAL else By.PEOPLE
    form.keep_need(needs(form.need))
    found = queries.board(area=form.area, need=form.need, by=by, lane=lane, country=country, now=now)
    plain = atlas is not None and not form.area and lane is None
    return render(
        "gaps/board.html",
        fragments=("board",),
        said=", ".join(f"{found.totals[each]} {gap_words.LANES[each].lower()}" for each in found.lanes),
        board=found,
        areas=found.areas | ({form.area: found.areas.get(form.area, "")} if form.area else {}),
        needs=found.needs | needs(form.need),
        lane=lane,
        by=by,
        form=form,
        sorts={each: label for each, label in SORTS.items() if country or each is not By.RURAL},
        doubts=atlas_near.doubts(atlas, found.listed, need=form.need) if atlas is not None and plain else [],
        counted_to=quarters.last_day(newest) if newest else None,
        kept={"area": form.area or None, "need": form.need or None, "sort": by.value if by is not By.PEOPLE else None},
        doors=doors(),
    )


@bp.get("/gaps/<uuid:uid>")
@open_to(anyone)
def story(uid: uuid.UUID) -> ResponseReturnValue:
    try:
        shown = queries.story(uid, now=clock.now())
    except NotFound:
        onward, end = queries.moved_to(uid), queries.end_of(uid)
        if onward is not None:
            return redirect(url_for("board.story", uid=onward), 301)
        # Words that would not be taken today are not shown either.
        if end is None or seen_in(end[1].words) or seen_in(end[0].name):
            raise
        return render("gaps/ended.html", gap=end[0], step=end[1]), 410
    return render("gaps/story.html", shown=shown, quarter_told=quarters.told, doors=doors())


@bp.get("/gaps/map")
@open_to(anyone)
def chart() -> str:
    form = BoardForm(request.args)
    layer = form.one_of("layer", Layer) or Layer.FLAGGED
    counted = [each.quarter for each in cells.counted()]
    newest = next(iter(counted), "")
    form.keep_quarter(counted, newest)
    quarter, atlas = form.quarter or newest, stored()
    form.keep_need(needs(form.need) | subjects(atlas))
    chosen = {"quarter": quarter, "need": form.need, "council": form.council}
    drawn = atlas_near.far(atlas, **chosen) if layer is Layer.FAR else gap_map.drawn(layer=layer, **chosen)
    has_nearest = layer is Layer.FLAGGED and form.need in drawn.needs
    return render(
        "gaps/map.html",
        fragments=("patches",),
        said=f"{len(drawn.patches)} patches with an area, the first {told(drawn, drawn.patches[0])}"
        if drawn.patches
        else "Nothing to show",
        drawn=drawn,
        form=form,
        layers={each: label for each, label in LAYERS.items() if atlas is not None or each is not Layer.FAR},
        is_far=layer is Layer.FAR,
        nearest=atlas_near.nearest(atlas, form.need, drawn.patches) if has_nearest else None,
        is_estimate=atlas is not None and atlas.areas_about.is_estimate,
        labels=labels(drawn),
        figure=figure,
        miles=miles,
        counted=counted,
        quarter_told=quarters.told,
        need_label=drawn.needs.get(form.need, ""),
        need_words=words_of(atlas, form.need) if layer is Layer.FAR and form.need in drawn.needs else "",
        not_yet=atlas_queries.NOT_YET if atlas is None else "",
        square_miles=gap_map.SQUARE_MILES,
        shade=shade,
        points=atlas_views.points,
    )


def words_of(atlas: Stored | None, slug: str) -> str:
    """What a need is called after "miles to the nearest"; empty for one that the atlas lacks."""
    number = atlas.number_of(slug) if atlas is not None else None
    return atlas.subjects[number].words if atlas is not None and number is not None else ""


@bp.get("/gaps.csv")
@open_to(anyone)
def table() -> Response:
    """The stored cells of every quarter, or of what is asked for; the same rows and figures that the board and map read."""
    form = BoardForm(request.args)
    form.keep_need(needs(form.need))
    form.keep_quarter([each.quarter for each in cells.counted()] if form.quarter else [], "")
    if form.unknown:
        return Response("\n".join(form.unknown.values()) + "\n", 400, mimetype="text/plain")
    rows = cells.table(quarter=form.quarter, area=form.area, need=form.need, council=form.council)
    response = Response(gap_tables.as_csv(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="gaps.csv"'
    return response


def stored() -> Stored | None:
    """The atlas as last worked out; None before the first time."""
    try:
        return atlas_queries.stored(atlas_views.folder())
    except Unavailable:
        return None


def needs(slug: str) -> dict[str, str]:
    """A need that was asked for, with its label; empty for none and for one that is not ours."""
    labels = kept_vocabulary.labels() if slug else {}
    label = labels.get((Taxonomy.NEED, slug)) or labels.get((Taxonomy.ACTIVITY, slug))
    return {slug: label} if label else {}


def subjects(atlas: Stored | None) -> dict[str, str]:
    """What the atlas measures, by its addresses."""
    return {each.slug: each.label for each in atlas.subjects} if atlas is not None else {}


def shade(drawn: Map, patch: Patch) -> str:
    """The class of a patch by its figure; the palest for fewer than 8 or none, stripes where miles are not known."""
    if drawn.layer is Layer.FAR:
        return atlas_views.shade(patch.nearest_km)
    return next((css for least, css in STEPS if patch.figure >= least), "h0")


def figure(drawn: Map, patch: Patch) -> str:
    """What stands on a patch: people or visits, or whole miles."""
    if drawn.layer is Layer.FAR:
        return "?" if patch.nearest_km is None else f"{patch.nearest_km / say.MILE_KM:.0f}"
    return str(patch.figure or "<8")


def miles(km: float | None) -> str:
    return atlas_views.miles(km)


def told(drawn: Map, patch: Patch) -> str:
    """The figure of a patch in words."""
    if drawn.layer is Layer.FAR:
        return miles(patch.nearest_km)
    return f"about {patch.figure:,}" if patch.figure else gap_words.NO_FIGURE


def labels(drawn: Map) -> list[map_labels.Label]:
    """The names of the first towns, where there is room for them."""
    if not drawn.sheet.corners:
        return []
    first = [patch for patch in drawn.patches[:FIRST_NAMED] if patch.figure or patch.nearest_km is not None]
    names = [(patch.hexagon, town) for patch in first if (town := gap_words.town(first_name(drawn, patch)))]
    return map_labels.placed(drawn.sheet, [(patch.hexagon, figure(drawn, patch)) for patch in drawn.patches], names)


def first_name(drawn: Map, patch: Patch) -> str:
    """What the first area of a patch is called; the atlas names all of them one after the other."""
    code, name = patch.areas[0]
    if drawn.layer is not Layer.FAR:
        return gap_words.place(code, name)
    return name.split("; " if "; " in name else ", ")[0]


def doors() -> dict[str, bool]:
    """Which of the doors for saying something are there."""
    return {name: f"gaps.{name}" in current_app.view_functions for name in ("flag_page", "me_too")}
