"""Search results, one listing's page, and its sessions as a calendar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from directory.errors import NotFound, UnknownPlace
from directory.exchange import calendars
from directory.forms.search import SearchForm
from directory.htmx import render, target
from directory.models import Check, Listing, Status
from directory.queries import catalogue, distances, vocabulary
from directory.queries import listings as queries
from directory.views import clock, filters, words
from directory.views.access import anyone, open_to

bp = Blueprint("listings", __name__)

MOST_LESS = 6  # rows of what is less certain under the rest; how many there are is said
SHOWN = (Status.PUBLISHED, Status.PAUSED, Status.ENDED)


@bp.get("/search")
@open_to(anyone)
def search() -> ResponseReturnValue:
    form = SearchForm(request.args)
    if not form.validate():
        return refusal(form, heading="Part of the search could not be read"), 400
    if not form.place:
        return refusal(form, heading="Where shall we look?")
    try:
        answer = queries.matching(form.question(), now=clock.now())
    except UnknownPlace as unknown:
        form.errors["place"] = str(unknown)
        return refusal(form, heading=f"We do not know “{form.place}”", suggestions=unknown.suggestions), 404
    return results(form, answer)


def results(form: SearchForm, answer: queries.Answer) -> str:
    """One page of results, the part of it under the search box, or only the next rows."""
    labels = vocabulary.labels()
    found, page = answer.found, answer.question.page
    groups = filters.panel(form, found.facets, labels)
    shown = min(found.total, page * answer.question.per_page)
    rows = len(answer.results)
    more = f"{rows} more, {shown} in all" if page > 1 else heading_of(answer).split(" for “")[0].split(" near ")[0]
    return render(
        "listings/search.html",
        fragments=("answers", "more"),
        said="Map shown. The list is below" if form.view == "map" else more,
        heading=heading_of(answer),
        form=form,
        answer=answer,
        panel=groups,
        counts=filters.counts(groups) if target() else {},
        kept=filters.kept_beside_the_panel(form, groups),
        chips=[(filters.label_of(*pair, labels), form.without(*pair)) for pair in form.in_use()],
        sorts=filters.SORTS,
        left=max(0, found.total - shown),
        less=answer.less[:MOST_LESS] if page == 1 else [],
        points=points_of(form, answer) if form.view == "map" else [],
        suggestions=(),
        today=clock.now().date(),
    )


def refusal(form: SearchForm, *, heading: str, suggestions: tuple[str, ...] = ()) -> str:
    """The same page without results: what is missing or wrong, everything else kept."""
    return render(
        "listings/search.html",
        fragments=("answers",),
        said=heading,
        heading=heading,
        form=form,
        answer=None,
        panel=[],
        counts={},
        kept=filters.kept_beside_the_panel(form, []),
        chips=[],
        sorts=filters.SORTS,
        left=0,
        less=[],
        points=[],
        suggestions=suggestions,
        today=clock.now().date(),
    )


def heading_of(answer: queries.Answer) -> str:
    """“12 found for “company” near NR98 4QT”: what the reader hears first."""
    total, question = answer.found.total, answer.question
    found = f"{total:,} found" if total else "Nothing found"
    asked = f" for “{question.q}”" if question.q else ""
    return f"{found}{asked} near {question.place.label}"


def points_of(form: SearchForm, answer: queries.Answer) -> list[dict[str, Any]]:
    """What the map shows: every row of the list that has a point we may show, in the list's order."""
    return [
        {
            "name": result.listing.name,
            "reason": result.reason_text,
            "href": url_for("listings.show", slug=result.listing.slug, place=form.place),
            "at": [result.venue.latitude, result.venue.longitude],
        }
        for result in (*answer.results, *answer.less[:MOST_LESS])
        if result.venue is not None and result.venue.latitude is not None and not result.listing.confidential_location
    ]


@bp.get("/listings/<slug>")
@open_to(anyone)
def show(slug: str) -> str:
    listing = shown(slug)
    now = clock.now()
    place, distance_mi = None, None
    form = SearchForm(request.args)
    if form.place:
        try:
            place = form.found_place()
            distance_mi = distances.distance_mi(listing, place)
        except UnknownPlace:
            form.place = ""
    return render(
        "listings/show.html",
        listing=listing,
        place=place,
        typed_place=form.place,
        distance_mi=distance_mi,
        next_dates=listing.next_dates(now) if listing.is_published else [],
        facts=latest_checks(listing),
        sources=catalogue.sources_of(listing),
        today=now.date(),
    )


@bp.get("/listings/<slug>.ics")
@open_to(anyone)
def calendar(slug: str) -> Response:
    listing = shown(slug)
    content = calendars.calendar_of(
        listing,
        now=clock.now(),
        site_name=current_app.config["SITE_NAME"],
        url=url_for("listings.show", slug=listing.slug, _external=True),
    )
    response = Response(content, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{listing.slug}.ics"'
    return response


def shown(slug: str) -> Listing:
    """A listing that visitors may see: published, paused, or stopped and saying so. Raises NotFound."""
    listing = queries.by_slug(slug)
    if listing.status not in SHOWN:
        raise NotFound("There is no such listing, or not any more.")
    return listing


def latest_checks(listing: Listing) -> list[Check]:
    """The newest check of each fact, in the order of the facts."""
    newest = {check.fact: check for check in sorted(listing.checks, key=lambda check: (check.checked_on, check.id))}
    return [newest[fact] for fact in words.FACTS if fact in newest]
