"""Search results, one listing's page, and its sessions as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory import htmx
from directory.errors import NotFound, Unavailable, UnknownPlace
from directory.exchange import calendars
from directory.forms.search import SearchForm, in_miles
from directory.htmx import render, target
from directory.models import Check, Listing, Status, facts
from directory.permissions import can_curate, can_redact
from directory.queries import catalogue, claims, distances, duplicates, freshness, kept_vocabulary, reports, summaries
from directory.queries import listings as queries
from directory.views import addresses, clock, filters, flagging, misses, rows, tallies, turns, understanding, words
from directory.views.access import anyone, asks_why, is_here, open_to

bp = Blueprint("listings", __name__)

MOST_LESS = 3  # rows of what is less certain under the rest; how many there are is said
FULL_PAGE = 20  # under so many rows only one of them stands, or the page would be too heavy for a weak signal
MADE = (rows.card, summaries.told_by)  # what rows of results are asked for, whatever the question
SHOWN = (Status.PUBLISHED, Status.PAUSED, Status.ENDED)


@bp.get("/search")
@open_to(anyone)
def search() -> ResponseReturnValue:
    form = SearchForm(request.args, last_place=last_place())
    labels = kept_vocabulary.labels()
    if not form.validate(terms=labels):
        return refusal(form, heading="Part of the search could not be read"), 400
    if not form.place:
        return refusal(form, heading="Where shall we look?")
    form.explain = asks_why()
    now = clock.now()
    try:
        question = form.question()
    except UnknownPlace as unknown:
        form.errors["place"] = str(unknown)
        return refusal(form, heading=f"We do not know “{form.place}”", suggestions=unknown.suggestions, lost=True), 404
    with turns.working:
        answer = queries.matching(question, now=now, made=MADE)
        page = results(form, answer, labels, today=now.date())
    misses.look(question, answer.found, now=now)
    return page


def last_place() -> str:
    """The place in the address of the page before, as typed: so two of one name can be told nearest first, without a cookie."""
    try:
        return parse_qs(urlsplit(htmx.came_from()).query).get("place", [""])[-1]
    except ValueError:  # whatever a browser sends that is no address
        return ""


def results(form: SearchForm, answer: queries.Answer, labels: filters.Labels, *, today: date) -> str:
    """One page of results, the part of it under the search box, or only the next rows."""
    found, page = answer.found, answer.question.page
    groups = filters.panel(form, found.facets, labels)
    shown = min(found.total, page * answer.question.per_page)
    pages = -(-found.total // answer.question.per_page)
    heading, less = heading_of(answer), less_of(answer)
    rows_shown = () if form.view == "map" else (*answer.results, *less)
    said = f"{len(answer.results)} more, {shown} in all" if page > 1 else heading.split(" for “")[0].split(" near ")[0]
    return render(
        "listings/search.html",
        fragments=("answers", "more"),
        said="Map shown. The list is below" if htmx.pressed() == "as-map" else said,
        heading=heading,
        paging=f"page {page:,} of {pages:,}" if page > 1 else "",
        lost=False,
        form=form,
        answer=answer,
        panel=groups,
        counts=filters.counts(groups) if target() else {},
        kept=filters.kept_beside_the_panel(form, groups),
        chips=filters.chips(form, found.radius_mi, labels),
        within=in_miles(found.radius_mi),
        address=addresses.of_listings(form.rest_of()),
        first=(page - 1) * answer.question.per_page + 1,
        narrows=bool(found.total or found.less_total or form.in_use()),
        sorts=filters.SORTS,
        left=max(0, found.total - shown),
        less=less,
        looking_for=understanding.looking_for(found),
        in_danger=understanding.is_in_danger(found, form.chosen["need"]),
        summaries=understanding.summaries(summaries.marked(answer, rows_shown, today=today)),
        points=points_of(answer) if form.view == "map" else [],
        gap=flagging.offered(form, answer, labels),
        suggestions=(),
        today=today,
    )


def refusal(form: SearchForm, *, heading: str, suggestions: tuple[str, ...] = (), lost: bool = False) -> Response:
    """The same page without results: what is missing or wrong, everything else kept. `lost` when nobody knows the place.

    Asked for as more rows of a list, it takes the place of the whole list.
    """
    wanted_more = target() == "more"
    page = render(
        "listings/search.html",
        fragments=("answers",),
        block="answers" if wanted_more else "",
        said=heading,
        heading=heading,
        paging="",
        lost=lost,
        form=form,
        answer=None,
        panel=[],
        counts={},
        kept=filters.kept_beside_the_panel(form, []),
        chips=[],
        within="",
        address=addresses.of_listings(),
        first=1,
        narrows=False,
        sorts=filters.SORTS,
        left=0,
        less=[],
        looking_for=[],
        in_danger=False,
        summaries={},
        points=[],
        gap=None,
        suggestions=suggestions,
        today=clock.now().date(),
    )
    response = make_response(page)
    return htmx.retarget(response, "#answers", swap="outerHTML") if wanted_more else response


def heading_of(answer: queries.Answer) -> str:
    """“12 found for “company” near NR98 4QT”: what the reader hears first."""
    total, question = answer.found.total, answer.question
    found = f"{total:,} found" if total else "Nothing found"
    asked = f" for “{question.q}”" if question.q else ""
    return f"{found}{asked} near {question.place.label}"


def less_of(answer: queries.Answer) -> Sequence[queries.Result]:
    """The rows of what is less certain, on the first page only."""
    if answer.question.page > 1:
        return ()
    return answer.less[: max(1, min(MOST_LESS, FULL_PAGE - len(answer.results)))]


def points_of(answer: queries.Answer) -> list[list[float]]:
    """What the map shows: [row, latitude, longitude] of every row below it that has a point we may show; the first row is 0."""
    return [
        [row, round(result.venue.latitude, 4), round(result.venue.longitude, 4)]
        for row, result in enumerate((*answer.results, *less_of(answer)))
        if result.venue is not None and result.venue.latitude is not None and not result.listing.confidential_location
    ]


@bp.get("/listings/<slug>")
@open_to(anyone)
def show(slug: str) -> ResponseReturnValue:
    try:
        listing = shown(slug)
    except NotFound:  # what was taken down is found again by those who look after it, at its own address
        here = keeper_here()
        if here and queries.by_slug(slug).status is Status.HIDDEN:
            return redirect(url_for(here, slug=slug), 303)
        raise
    if listing.status is Status.ENDED and (kept := duplicates.moved_to(slug)) is not None:
        return redirect(url_for("listings.show", slug=kept.slug), 301)
    now = clock.now()
    tallies.look(listing, now.date())
    place, seen, away = None, None, {}
    form = SearchForm(request.args)
    form.validate()
    if form.place:
        try:
            place = form.found_place()
            seen = distances.seen_from(listing, place, radius_mi=form.radius_mi, now=now)
            away = distances.to_venues(listing, place)
        except (UnknownPlace, Unavailable):  # the page itself needs no place
            form.place = ""
    return render(
        "listings/show.html",
        listing=listing,
        place=place,
        typed_place=form.place,
        seen=seen,
        away=away,
        back=form.without_mistakes(),
        back_words=back_words(form, place.label) if place else "",
        stops=stops_of(listing, away, now),
        next_dates=listing.next_dates(now) if listing.is_published else [],
        checks=latest_checks(listing),
        sources=catalogue.sources_of(listing),
        is_unreached=bool(listing.stale_words(now.date())) and freshness.is_unreached(listing),
        is_said_to_have_stopped=reports.is_said_to_have_stopped(listing),
        is_claimed=claims.is_claimed(listing.organisation_id),
        today=now.date(),
    )


def stops_of(listing: Listing, away: dict[int, float], now: datetime) -> list[facts.Stop]:
    """The places of a listing that has several, nearest first where miles are known, else by name; empty for a single one."""
    if len(listing.venues) < 2:
        return []
    stops = facts.stops(listing.sessions, now)
    return sorted(stops, key=lambda stop: (away.get(stop.venue.id, float("inf")), words.place_name(stop.venue), stop.venue.id))


def back_words(form: SearchForm, label: str) -> str:
    """What the link from a listing to the list it came from says."""
    if form.q:
        return f"Back to what we found for “{form.q}” near {label}"
    return f"Back to your search near {label}" if form.in_use() else f"What else is near {label}"


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


def keeper_here() -> str:
    """The page about what was taken down that is for whoever is here: of curators, of those who take words out, or none."""
    if is_here(can_curate):
        return "history.versions"
    return "history.words_to_take_out" if is_here(can_redact) else ""


def latest_checks(listing: Listing) -> list[Check]:
    """The newest check of each fact, in the order of the facts: of what is there now, else of what was replaced."""
    oldest_first = sorted(listing.checks, key=lambda check: (check.replaced_on is None, check.checked_on, check.id))
    newest = {check.fact: check for check in oldest_first}
    return [newest[fact] for fact in words.FACTS if fact in newest]
