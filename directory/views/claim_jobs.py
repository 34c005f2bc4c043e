"""The desk's pages about claims: numbers to ring, and what waits for a second person."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import claims as actions
from directory.errors import Conflict, Refused
from directory.forms.claims import CodeForm, DecideForm, Press
from directory.forms.desk import OUTCOMES, TryForm
from directory.htmx import render
from directory.models import Claim, ClaimState, Means, Organisation, Outcome
from directory.models.claims import OPEN, PHONE, kind_of
from directory.models.trying import part_of
from directory.models.words import WEEKDAYS, long_day
from directory.permissions import can_curate, can_decide, can_decide_claim, can_help_claim
from directory.queries import claims as queries
from directory.views import clock
from directory.views.access import freshly_proved, open_to, this_person
from directory.views.calls import tried_words
from directory.views.claims import how_often

bp = Blueprint("claim_jobs", __name__, url_prefix="/desk/claims")

# What the list says of the page before.
SAID = {
    "heard": "Thank you. The code was right.",
    "tried": "Thank you. It is kept, and somebody rings again at another hour.",
    "not-them": "It stays as it was. Whoever asked is told.",
    "invited": "They are invited by letter, and edit once they open it.",
    Press.GRANT: "They edit for it now.",
    Press.LEAD: "They lead its editors now.",
    Press.REFUSE: "It stays as it was. Whoever asked is told why.",
}


@bp.get("")
@open_to(can_curate)
def index() -> str:
    now = clock.now()
    return render(
        "claims/index.html",
        rows=queries.waiting(this_person(), now=now),
        most=queries.MOST_WAITING,
        done=SAID.get(request.args.get("after", ""), ""),
        heading_of=heading_of,
        try_words=try_words,
        how_often=how_often,
        until_words=until_words,
        now=now,
    )


@bp.get("/<int:number>")
@open_to(can_curate)
def show(number: int) -> str:
    return page(queries.claim(number))


@bp.post("/<int:number>/hold")
@open_to(can_curate)
def hold(number: int) -> ResponseReturnValue:
    try:
        actions.hold(queries.claim(number), by=this_person(), now=clock.now())
    except Conflict as conflict:
        return page(queries.claim(number), problem=str(conflict)), 409
    return redirect(url_for("claim_jobs.show", number=number), 303)


@bp.post("/<int:number>/code")
@open_to(can_curate)
def hear_code(number: int) -> ResponseReturnValue:
    claim, form = queries.claim(number), CodeForm()
    if not form.validate():
        return page(claim, code=form), 422
    try:
        actions.hear_code(claim, form.code.data, by=this_person(), now=clock.now())
    except Refused as refused:
        form.code.errors = [str(refused)]
        return page(queries.claim(number), code=form), 422
    except Conflict as conflict:
        return page(queries.claim(number), problem=str(conflict)), 409
    return redirect(url_for("claim_jobs.index", after="heard"), 303)


@bp.post("/<int:number>/tries")
@open_to(can_curate)
def try_later(number: int) -> ResponseReturnValue:
    """Nobody there could be asked."""
    claim, form = queries.claim(number), TryForm()
    if not form.validate():
        return page(claim, problem="Press one of the buttons that say what happened.", tries=form), 422
    told = {"outcome": Outcome(form.outcome.data), "best_time": form.best_time}
    try:
        actions.try_later(claim, by=this_person(), now=clock.now(), **told)
    except Conflict as conflict:
        return page(queries.claim(number), problem=str(conflict)), 409
    return redirect(url_for("claim_jobs.index", after="tried"), 303)


@bp.post("/<int:number>/not-them")
@open_to(can_curate)
def hear_no(number: int) -> ResponseReturnValue:
    try:
        actions.hear_no(queries.claim(number), by=this_person(), now=clock.now())
    except Conflict as conflict:
        return page(queries.claim(number), problem=str(conflict)), 409
    return redirect(url_for("claim_jobs.index", after="not-them"), 303)


@bp.post("/<int:number>")
@open_to(can_decide)
@freshly_proved
def decide(number: int) -> ResponseReturnValue:
    claim, form = queries.claim(number), DecideForm()
    if not form.validate():
        return page(claim, decision=form), 422
    try:
        if form.press.data is Press.REFUSE:
            actions.refuse(claim, reason=form.words.data, by=this_person(), now=clock.now())
        else:
            actions.grant(claim, leads=form.press.data is Press.LEAD, by=this_person(), now=clock.now())
    except Conflict as conflict:
        return page(queries.claim(number), problem=str(conflict)), 409
    is_invited = claim.state is ClaimState.GRANTED and claim.proposed_by is not None
    return redirect(url_for("claim_jobs.index", after="invited" if is_invited else form.press.data.value), 303)


def page(
    claim: Claim,
    *,
    code: CodeForm | None = None,
    decision: DecideForm | None = None,
    tries: TryForm | None = None,
    problem: str = "",
) -> str:
    """One claim beside what it is about; `problem` says why something could not be done."""
    now = clock.now()
    row = queries.for_one(claim, current_user, now=now)
    thing = claim.thing
    code, decision = code or CodeForm(formdata=None), decision or DecideForm(formdata=None)
    is_open = claim.state in OPEN and claim.ends_at > now
    helps = is_open and can_help_claim(current_user, claim) and not row.holder
    return render(
        "claims/show.html",
        claim=claim,
        row=row,
        thing=thing,
        kind=kind_of(thing),
        known=[thing.charity_number, thing.company_number] if isinstance(thing, Organisation) else [],
        editors=queries.others_of(claim),
        rivals=queries.rivals(claim) if is_open else (),
        heading=heading_of(claim),
        code=code,
        tries=tries or TryForm(formdata=None),
        outcomes=OUTCOMES[Means.PHONE],
        tried=[tried_words(each) for each in claim.attempts],
        next_try=try_words(row.next_try),
        how_often=how_often,
        decision=decision,
        mistakes=code.sentences | decision.sentences,
        problem=problem,
        is_open=is_open,
        is_mine=not can_help_claim(current_user, claim),
        is_ringing=claim.state is ClaimState.CODE_SENT and claim.means == PHONE,
        is_dead=claim.tries >= queries.MOST_TRIES,
        can_hold=helps and not row.holds,
        can_ring=helps and row.holds,
        can_decide=helps and row.holds and can_decide_claim(current_user, claim),
        may_decide=can_decide(current_user),
        until=until_words(claim),
        now=now,
    )


# Words


def heading_of(claim: Claim) -> str:
    """“Does Amina speak for Garden Club?”"""
    return f"Does {claim.account.display_name or 'this person'} speak for {claim.thing.name}?"


def try_words(moment: datetime | None) -> str:
    """“Tuesday 24 November 2026, in the afternoon”; empty before the first try."""
    if moment is None:
        return ""
    here = moment.astimezone(clock.LONDON)
    return f"{WEEKDAYS[here.weekday()]} {long_day(here.date())}, in the {part_of(here)}"


def until_words(claim: Claim) -> str:
    return f"Until {long_day(claim.ends_at.astimezone(clock.LONDON).date())}"
