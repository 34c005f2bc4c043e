"""What people near an organisation need, for its editors, with the button that says "we could help"; and what one flagged."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory.actions import offers as actions
from directory.errors import Conflict
from directory.forms.gaps import HelpForm
from directory.htmx import render
from directory.models import Organisation
from directory.permissions import require, signed_in
from directory.queries import accounts as people
from directory.queries import gaps, offers
from directory.views import clock
from directory.views.access import open_to, this_person

bp = Blueprint("gap_help", __name__, url_prefix="/account/gaps")


@bp.get("")
@open_to(signed_in)
def index() -> str:
    person = this_person()
    return render(
        "gaps/near.html",
        organisations=[(each.organisation, offers.near(each.organisation_id)) for each in people.organisations_of(person)],
        flagged=gaps.flagged_by(person),
        is_told=request.args.get("after") == "offered",
    )


@bp.get("/<uuid:uid>/<slug>")
@open_to(signed_in)
def help_page(uid: uuid.UUID, slug: str) -> str:
    organisation = own(slug)
    near = offers.of_organisation(uid, organisation.id)
    return page(near, organisation, HelpForm(formdata=None, note=near.offer.note if near.offer else ""))


@bp.post("/<uuid:uid>/<slug>")
@open_to(signed_in)
def offer(uid: uuid.UUID, slug: str) -> ResponseReturnValue:
    organisation, form = own(slug), HelpForm()
    near = offers.of_organisation(uid, organisation.id)
    if not form.validate():
        return page(near, organisation, form), 422
    try:
        actions.offer_help(near.gap, organisation, note=form.note.data or "", by=this_person(), now=clock.now())
    except Conflict as conflict:
        return page(near, organisation, form, problem=str(conflict)), 409
    return redirect(url_for("gap_help.index", after="offered"), 303)


def page(near: Any, organisation: Organisation, form: HelpForm, *, problem: str = "") -> str:
    faults = ({"": problem} if problem else {}) | form.sentences
    return render("gaps/help.html", near=near, organisation=organisation, form=form, faults=faults)


def own(slug: str) -> Organisation:
    """An organisation that whoever is here speaks for. Raises NotFound and NotAllowed."""
    found = offers.organisation(slug)
    require(this_person().speaks_for(found.id), "Only its own editors speak for an organisation.")
    return found
