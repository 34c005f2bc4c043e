"""Still right? The page behind the link in a letter, which needs no sign-in, and the button on an editor's own page."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import confirming as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.forms.confirming import CHANGED, IN_WORDS, RIGHT, UNSURE, ConfirmForm
from directory.htmx import render, target
from directory.models import ConfirmLink, Fact
from directory.models.freshness import fact_words
from directory.permissions import signed_in
from directory.queries import curation, duplicates, listings
from directory.queries import freshness as queries
from directory.views import clock, typed
from directory.views.access import anyone, onward, open_to
from directory.views.editing import base_of, known
from directory.views.sections import FIELDS

bp = Blueprint("confirming", __name__)

CHOICES = ((RIGHT, "Still right"), (CHANGED, "Changed"), (UNSURE, "Cannot say"))
ASKED = tuple(fact for fact in Fact if fact not in (Fact.RUNNING, Fact.ROOM))

# The section of the long form whose fields a fact has here.
SECTIONS = {
    Fact.TIMES: "when",
    Fact.CONTACT: "touch",
    Fact.COST: "cost",
    Fact.JOINING: "join",
    Fact.WHO_FOR: "who",
    Fact.FIRST_VISIT: "like",
}


@bp.get("/listings/<slug>/confirm/<token>")
@open_to(anyone)
def show(slug: str, token: str) -> ResponseReturnValue:
    """Changes nothing: programs that read mail press links too."""
    link = queries.link_of(slug, token)
    duplicates.refuse_merged(link.listing)
    if not queries.is_open(link, clock.now()):
        return closed(link)
    base = curation.document_of(link.listing)
    return page(link, ConfirmForm.showing(base, base=link.listing.revision_number))


@bp.post("/listings/<slug>/confirm/<token>")
@open_to(anyone)
@typed.shown_again
def answer(slug: str, token: str) -> ResponseReturnValue:
    link, now, do = queries.link_of(slug, token), clock.now(), request.form.get("do", "")
    duplicates.refuse_merged(link.listing)
    try:
        if do == "link":
            actions.send_again(link, now=now)
            return private(render("confirming/link_sent.html", link=link))
        if not queries.is_open(link, now):
            return closed(link)
        if do == "all":
            actions.confirm(link, base=number_of(request.form.get("base", "")), now=now)
        elif do == "stopped":
            actions.stop(link, now=now)
        elif do == "no-letters":
            actions.decline(link, now=now)
        else:
            return written(link, ConfirmForm(request.form), do)
    except Conflict as conflict:
        base = curation.document_of(link.listing)
        return page(link, ConfirmForm.showing(base, base=link.listing.revision_number), note=str(conflict), status=409)
    except Refused as refused:
        return closed(link, str(refused))
    if do == "no-letters":
        return redirect(request.path, 303)
    return redirect(url_for("listings.show", slug=slug), 303)


@bp.post("/listings/<slug>/still-right")
@open_to(signed_in)
def still_right(slug: str) -> ResponseReturnValue:
    listing, now = listings.by_slug(slug), clock.now()
    try:
        actions.still_right(listing, by=current_user, base=number_of(request.form.get("base", "")), now=now)
    except Conflict as conflict:
        if not current_user.speaks_for(listing.organisation_id):
            raise NotAllowed("You do not speak for this group.") from conflict
        return button(slug, note=str(conflict)), 409
    if target() == "still_right":
        return button(slug, said="Thank you. Checked today")
    return redirect(onward(request.form.get("after")) or url_for("accounts.show"), 303)


def button(slug: str, *, note: str = "", said: str = "") -> str:
    """The listing with its button alone, as a page or as the fragment that takes the button's place."""
    listing = listings.by_slug(slug)
    return render(
        "confirming/still_right.html",
        fragments=("still_right",),
        said=said or note,
        listing=listing,
        note=note,
        today=clock.now().date(),
    )


def written(link: ConfirmLink, form: ConfirmForm, do: str) -> ResponseReturnValue:
    """Do what the pressed button says: a time more or less, or send the answers."""
    listing, now = link.listing, clock.now()
    base = base_of(listing, form.base_number)
    if do != "send":
        form.press(do, base)
        return page(link, form)
    changed = form.changes(base, known=known(), today=now.date())
    if form.mistakes:
        return page(link, form, status=422)
    try:
        actions.answer(link, base=form.base_number, right=form.right, changed=changed, note=form.note, now=now)
    except Conflict as conflict:
        current = curation.document_of(listing)
        newer = form.again(base, current, changed, number=listing.revision_number)
        return page(link, newer, note=str(conflict), status=409)
    return redirect(request.path, 303)


def page(link: ConfirmLink, form: ConfirmForm, *, note: str = "", status: int = 200) -> Response:
    listing, today = link.listing, clock.now().date()
    base = curation.document_of(listing)
    words = fact_words(listing, today)
    return private(
        render(
            "confirming/show.html",
            listing=listing,
            form=form,
            here=request.path,
            words_now=words,
            asked=ASKED,
            in_words=IN_WORDS,
            choices=CHOICES,
            told=form.said(base),
            places=form.places(base),
            linked=[name for name in form.mistakes if name],
            opened=opened(form),
            note=note,
            today=today,
        ),
        status,
    )


def opened(form: ConfirmForm) -> set[Fact]:
    """The facts whose fields stand open: what has changed, what is told in words, and what has a mistake."""
    wrong = {name.partition("-")[0] for name in form.mistakes}
    return {
        fact
        for fact in ASKED
        if form.answer_to(fact) == CHANGED
        or (fact in IN_WORDS and form.words_of(fact))
        or wrong & {*FIELDS.get(SECTIONS.get(fact, ""), ()), fact.value.replace("-", "_")}
    }


def closed(link: ConfirmLink, note: str = "") -> Response:
    """What a link was for that works no more, and how to get a new one."""
    can_ask = link.listing.status in queries.ASKED and queries.is_contact(link)
    made = render(
        "confirming/closed.html",
        link=link,
        listing=link.listing,
        note=note,
        can_ask=can_ask,
        here=request.path,
        today=clock.now().date(),
    )
    return private(made, 200 if link.used_at is not None and not note else 410)


def private(made: str, status: int = 200) -> Response:
    """A page behind a secret is kept by nobody and found by no search engine."""
    response = make_response(made, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def number_of(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else -1
