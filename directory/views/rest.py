"""One's own breaks, the letter that thanks, and leaving the desk for good: asked once, done at once."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import rest as actions
from directory.errors import Refused
from directory.forms.rest import BreakForm
from directory.htmx import render
from directory.models.recurrence import LONDON
from directory.permissions import can_curate, can_rest, signed_in
from directory.queries import accounts as people
from directory.queries import thanks
from directory.views import clock
from directory.views.access import freshly_proved, open_to, this_person

bp = Blueprint("rest", __name__, url_prefix="/account")


@bp.get("/break")
@open_to(can_curate)
def show() -> str:
    return rest_page(BreakForm(formdata=None))


@bp.post("/break")
@open_to(can_curate)
def take_break() -> ResponseReturnValue:
    form = BreakForm()
    if not form.validate():
        return rest_page(form), 422
    try:
        actions.take_break(form.until.data, by=this_person(), now=clock.now())
    except Refused as refused:
        form.until.errors = [str(refused)]
        return rest_page(form), 422
    return redirect(url_for("rest.show"), 303)


@bp.post("/break/end")
@open_to(can_curate)
def come_back() -> ResponseReturnValue:
    actions.come_back(by=this_person(), now=clock.now())
    return redirect(url_for("jobs.show"), 303)


@bp.post("/thanks")
@open_to(can_curate)
def choose_thanks() -> ResponseReturnValue:
    if request.form.get("letters") == "yes":
        actions.allow_thanks(by=this_person())
    else:
        actions.stop_thanks(by=this_person(), now=clock.now())
    return redirect(url_for("rest.show"), 303)


@bp.get("/leave")
@open_to(can_rest)
@freshly_proved
def leave_page() -> str:
    return render("accounts/leave.html", patch=own_patch())


@bp.post("/leave")
@open_to(signed_in)
@freshly_proved
def leave() -> ResponseReturnValue:
    actions.leave(by=this_person(), now=clock.now())
    return redirect(url_for("rest.left"), 303)


@bp.get("/left")
@open_to(signed_in)
def left() -> str:
    return render("accounts/left.html")


def rest_page(form: BreakForm) -> str:
    today = clock.now().astimezone(LONDON).date()
    return render(
        "accounts/break.html",
        form=form,
        back_on=current_user.back_on if current_user.is_away(today) else None,
        may_rest=can_rest(current_user),
        wants_thanks=thanks.wants_thanks(this_person()),
    )


def own_patch() -> list[str]:
    """The names of the areas that this person looks after."""
    return sorted(people.area_names(patch.area_code for patch in current_user.patches).values())
