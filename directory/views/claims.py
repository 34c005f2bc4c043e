"""Is this your group? Pages on which somebody asks to look after a listing or an organisation, and proves that it is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import claims as actions
from directory.actions import newcomers
from directory.errors import Conflict, NotAllowed, Refused
from directory.forms.claims import BeginForm, ClaimForm
from directory.htmx import render
from directory.models import Claim, ClaimState, Organisation
from directory.models.claims import MAIL, OPEN, PHONE, Thing, kind_of
from directory.models.trying import failures
from directory.models.words import long_day
from directory.permissions import can_claim, signed_in
from directory.queries import claims as queries
from directory.queries import repeats
from directory.queries.claims import Way
from directory.views import clock
from directory.views.access import anyone, freshly_proved, open_to, sealed, this_person, this_sign_in, visitor

READS_MAIL = timedelta(days=1)  # so long a sign-in by a mailed link speaks for whoever reads that mail

bp = Blueprint("claims", __name__, url_prefix="/<any(listings, organisations):kind>/<slug>/claim")


@bp.get("")
@open_to(anyone)
def start(kind: str, slug: str) -> ResponseReturnValue:
    """For whoever is not signed in; the others go on."""
    thing = claimable(kind, slug)
    if signed_in(current_user):
        return redirect(address_of(thing, "claims.show"), 303)
    return start_page(thing, BeginForm(formdata=None))


@bp.post("")
@open_to(anyone)
def begin(kind: str, slug: str) -> ResponseReturnValue:
    thing, form = claimable(kind, slug), BeginForm()
    if not form.validate():
        return start_page(thing, form), 422
    told = {"whose": sealed(form.email.data), "who": visitor(), "path": address_of(thing, "claims.show")}
    try:
        newcomers.begin(form.email.data, thing, now=clock.now(), **told)
    except Refused as refused:
        form.email.errors = [str(refused)]
        return start_page(thing, form), 422
    return render("claims/sent.html", thing=thing, kind=kind, email=form.email.data)


@bp.get("/yours")
@open_to(signed_in)
def show(kind: str, slug: str) -> ResponseReturnValue:
    thing = claimable(kind, slug)
    if kind_of(thing) != kind:  # editors speak for organisations, so that is what is claimed
        return redirect(address_of(thing, "claims.show"), 303)
    return own_page(thing, ClaimForm(formdata=None))


@bp.post("/yours")
@open_to(can_claim)
@freshly_proved
def claim(kind: str, slug: str) -> ResponseReturnValue:
    thing, form, now = claimable(kind, slug), ClaimForm(), clock.now()
    form.asks_name = not current_user.display_name
    ways = {way.key: way for way in queries.ways(thing, now=now)}
    if not form.validate():
        return own_page(thing, form), 422
    told = {"number": form.number.data, "evidence": form.evidence.data, "name": form.name.data}
    try:
        way = None if form.is_register else ways.get(form.way.data) or Way("", form.way.data)
        actions.claim(thing, way=way, reads_mail=came_by_link(now), by=this_person(), now=now, **told)
    except Refused as refused:
        form[refused.field or "way"].errors = [str(refused)]
        return own_page(thing, form), 422
    except Conflict:
        pass  # pressed twice: the page says how it stands
    return redirect(address_of(thing, "claims.show"), 303)


@bp.post("/again")
@open_to(can_claim)
@freshly_proved
def send_again(kind: str, slug: str) -> ResponseReturnValue:
    thing = claimable(kind, slug)
    try:
        actions.send_again(own_claim(thing), by=this_person(), now=clock.now())
    except Refused as refused:
        return own_page(thing, ClaimForm(formdata=None), problem=str(refused)), 422
    return redirect(address_of(thing, "claims.show", sent="again"), 303)


@bp.post("/take-back")
@open_to(signed_in)
def take_back(kind: str, slug: str) -> ResponseReturnValue:
    thing = claimable(kind, slug)
    actions.take_back(own_claim(thing), by=this_person(), now=clock.now())
    return redirect(address_of(thing, "claims.show"), 303)


# The link that goes to the contact on the page


@bp.get("/<token>")
@open_to(anyone)
def link(kind: str, slug: str, token: str) -> ResponseReturnValue:
    """Changes nothing: programs that read mail press links too."""
    thing, now = queries.thing(kind, slug), clock.now()
    found = queries.by_link(thing, token)
    return link_page(found, token) if found is not None and found.ends_at > now else closed(thing)


@bp.post("/<token>")
@open_to(can_claim)
@freshly_proved
def prove(kind: str, slug: str, token: str) -> ResponseReturnValue:
    thing = queries.thing(kind, slug)
    found = queries.by_link(thing, token)
    if found is None:
        return proved_or_closed(thing)
    try:
        actions.prove(found, token, by=this_person(), now=clock.now())
    except Refused as refused:
        return proved_or_closed(thing, str(refused))
    except NotAllowed as refused:
        return link_page(found, token, problem=str(refused)), 403
    return redirect(address_of(found.thing, "claims.show"), 303)


def proved_or_closed(thing: Thing, note: str = actions.OLD_LINK) -> ResponseReturnValue:
    """Whoever has just pressed it comes to the same page again; everybody else hears that the link works no more."""
    done = repeats.proved_just_now(thing, by=this_person(), now=clock.now())
    return redirect(address_of(done.thing, "claims.show"), 303) if done is not None else closed(thing, note)


@bp.post("/<token>/not-us")
@open_to(anyone)
def deny(kind: str, slug: str, token: str) -> ResponseReturnValue:
    thing = queries.thing(kind, slug)
    found = queries.by_link(thing, token)
    if found is None:
        return closed(thing)
    try:
        actions.deny(found, token, now=clock.now())
    except Refused as refused:
        return closed(thing, str(refused))
    return private(render("claims/denied.html", thing=thing, claim=found))


# Pages


def claimable(kind: str, slug: str) -> Thing:
    """What is claimed at this address: of a listing with an organisation, that organisation. Raises NotFound."""
    found = queries.thing(kind, slug)
    if isinstance(found, Organisation):
        return found
    return found.organisation or found


def own_claim(thing: Thing) -> Claim:
    """The open claim of the person who is here. Raises Conflict when there is none."""
    found = queries.open_of(thing, this_person())
    if found is None:
        raise Conflict("You have asked for nothing here, or it was decided meanwhile.")
    return found


def came_by_link(now: datetime) -> bool:
    """Whether the person who is here came by a mailed link lately, so that they can read the mail of their address."""
    here = this_sign_in()
    return here is not None and here.by_link and now - here.made_at <= READS_MAIL


def address_of(thing: Thing, endpoint: str, **more: str) -> str:
    return url_for(endpoint, kind=kind_of(thing), slug=thing.slug, **more)


def start_page(thing: Thing, form: BeginForm) -> str:
    return render(
        "claims/start.html",
        thing=thing,
        kind=kind_of(thing),
        form=form,
        is_claimed=isinstance(thing, Organisation) and queries.is_claimed(thing.id),
    )


def own_page(thing: Thing, form: ClaimForm, *, problem: str = "") -> str:
    """The form, or how it stands with what this person asked for."""
    now, person = clock.now(), this_person()
    organisation_id = thing.id if isinstance(thing, Organisation) else thing.organisation_id
    latest = queries.latest_of(thing, person)
    is_open = latest is not None and latest.state in OPEN
    speaks = person.speaks_for(organisation_id)
    return render(
        "claims/yours.html",
        thing=thing,
        kind=kind_of(thing),
        form=form,
        claim=latest,
        is_open=is_open,
        speaks=speaks,
        may_claim=can_claim(person) and not speaks and not is_open,
        ways=[] if speaks or is_open else queries.ways(thing, now=now),
        is_proved_by=lambda way: came_by_link(now) and queries.is_own_address(way, person),
        asks_name=not person.display_name,
        is_claimed=queries.is_claimed(organisation_id),
        states=latest.state.value if latest is not None else "",
        standing=standing_words(latest, now) if latest is not None else "",
        was_sent=request.args.get("sent") == "again",
        problem=problem,
    )


def link_page(claim: Claim, token: str, *, problem: str = "") -> Response:
    """What pressing the link would do; who is here is looked at, because only whoever claims can press it."""
    thing = claim.thing
    here = this_person() if signed_in(current_user) else None
    return private(
        render(
            "claims/link.html",
            thing=thing,
            kind=kind_of(thing),
            claim=claim,
            token=token,
            here=here,
            is_theirs=here is not None and here.id == claim.account_id,
            problem=problem,
            until=long_day(claim.ends_at.astimezone(clock.LONDON).date()),
            after=request.path,
        )
    )


def closed(thing: Thing, note: str = actions.OLD_LINK) -> Response:
    """What a link was for that works no more, and how to get a new one; the same for every sort of wrong one."""
    return private(render("claims/closed.html", thing=thing, kind=kind_of(thing), note=note), 410)


def private(made: str, status: int = 200) -> Response:
    """A page behind a secret is kept by nobody and found by no search engine."""
    response = make_response(made, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# Words


def how_often(number: int) -> str:
    """“once”, “twice”, “3 times”."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def standing_words(claim: Claim, now: datetime) -> str:
    """How it stands with a claim, to whoever made it: what happens next, and by when."""
    until = long_day(claim.ends_at.astimezone(clock.LONDON).date())
    match claim.state:
        case ClaimState.GRANTED:
            return "You look after it."
        case ClaimState.REFUSED:
            return claim.reason or "The answer was no."
        case ClaimState.PROVED:
            return f"A second person looks at it, until {until} at the latest. You hear from us by email."
    if claim.ends_at <= now:
        return "Nobody answered in time, so the answer is no."
    if claim.means == MAIL:
        return f"A letter is on its way to {claim.sent_to}. Open the link in it here, signed in, until {until}."
    if claim.means == PHONE and claim.tries >= queries.MOST_TRIES:
        return "The code was read out wrong too often. Send for a new one."
    rung = len(failures(claim.attempts))
    tried = f"Rung {how_often(rung)}, in vain so far. " if rung else ""
    return tried + (
        f"A volunteer rings {claim.sent_to}, until {until} at the latest. Your code is in our letter to you: "
        "tell it to whoever answers there."
    )
