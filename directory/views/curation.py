"""What curators do for safety and order: take a listing down, take back what an account changed, keep locks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import curation as actions
from directory.errors import NotFound, Refused
from directory.forms.curation import WHAT, LockForm, ReasonForm, TakeBackForm, What
from directory.htmx import render
from directory.models import Account
from directory.models.differences import FIELDS
from directory.permissions import can_curate, can_decide, can_lead
from directory.queries import curation as queries
from directory.views import clock
from directory.views.access import open_to
from directory.views.history import DOORS, listed

bp = Blueprint("curation", __name__)

MOST = 100


@bp.post("/listings/<slug>/hide")
@open_to(can_curate)
def hide(slug: str) -> ResponseReturnValue:
    return done_for_a_reason(actions.hide, slug)


@bp.post("/listings/<slug>/publish")
@open_to(can_lead)
def publish(slug: str) -> ResponseReturnValue:
    return done_for_a_reason(actions.publish_again, slug)


def done_for_a_reason(act: Callable[..., None], slug: str) -> ResponseReturnValue:
    """Do it with the reason that was typed, and back to the versions; without one, the page asks for it."""
    listing, form = queries.listing(slug), ReasonForm()
    if not form.validate():
        return listed(listing, form=form), 422
    act(listing, by=current_user, reason=form.reason.data, now=clock.now())
    return redirect(url_for("history.versions", slug=slug), 303)


@bp.get("/desk/accounts/<uid>")
@open_to(can_curate)
def account(uid: str) -> str:
    return account_page(queries.account(uid), TakeBackForm(formdata=None))


@bp.post("/desk/accounts/<uid>/take-back")
@open_to(can_decide)
def take_back(uid: str) -> ResponseReturnValue:
    """The outcome is the answer itself, for it is told once: asking again takes back nothing more."""
    person = queries.account(uid)
    form = TakeBackForm()
    if not form.validate():
        return account_page(person, form), 422
    done = actions.revert_all(person, since=form.moment, by=current_user, reason=form.reason.data, now=clock.now())
    return render("curation/taken_back.html", account=person, done=done, labels=FIELDS)


def account_page(person: Account, form: TakeBackForm) -> str:
    """What an account changed last, and the way to take it back for whoever decides."""
    return render(
        "curation/account.html",
        account=person,
        form=form,
        changes=queries.changes_by(person, most=MOST),
        total=queries.change_count(person),
        can_take_back=can_decide(current_user) and person.id != current_user.id,
        doors=DOORS,
        now=clock.now(),
    )


@bp.get("/desk/locks")
@open_to(can_decide)
def locks() -> str:
    form = LockForm(formdata=None)
    form.which.data = request.args.get("which", "")
    return locks_page(form)


@bp.post("/desk/locks")
@open_to(can_decide)
def lock() -> ResponseReturnValue:
    form = LockForm()
    if not form.validate():
        return locks_page(form), 422
    try:
        ends_at = form.ends_at
        actions.lock(by=current_user, reason=form.reason.data, ends_at=ends_at, now=clock.now(), **locked(form))
    except (Refused, NotFound) as refused:
        field = form.until if getattr(refused, "field", "") == "ends_at" else form.which
        field.errors = [str(refused)]
        return locks_page(form), 422
    return redirect(url_for("curation.locks"), 303)


def locked(form: LockForm) -> dict[str, Any]:
    """What the form names. Raises NotFound."""
    match form.what.data:
        case What.ORGANISATION:
            return {"organisation_id": queries.organisation(form.which.data).id}
        case What.AREA:
            return {"area_code": form.which.data}
    return {"listing": queries.listing(form.which.data)}


@bp.post("/desk/locks/<int:number>/lift")
@open_to(can_decide)
def lift(number: int) -> ResponseReturnValue:
    actions.unlock(queries.lock(number), by=current_user, now=clock.now())
    return redirect(url_for("curation.locks"), 303)


def locks_page(form: LockForm) -> str:
    now = clock.now()
    return render("curation/locks.html", form=form, locks=queries.locks(now=now), what=WHAT, now=now)
