"""Who edits for an organisation: seen by its editors and by curators."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory import permissions
from directory.actions import claims
from directory.actions import editors as actions
from directory.errors import NotFound, Refused
from directory.forms.accounts import InviteEditorForm
from directory.htmx import render
from directory.models import Organisation
from directory.permissions import signed_in
from directory.queries import accounts as queries
from directory.queries import claims as asked
from directory.queries import organisations
from directory.views import clock
from directory.views.access import freshly_proved, open_to, this_person

bp = Blueprint("editors", __name__, url_prefix="/organisations/<slug>/editors")


@bp.get("")
@open_to(signed_in)
def show(slug: str) -> str:
    return editors_page(seen_by_them(slug), InviteEditorForm(formdata=None))


@bp.post("")
@open_to(signed_in)
@freshly_proved
def invite(slug: str) -> ResponseReturnValue:
    organisation, form = seen_by_them(slug), InviteEditorForm()
    permissions.require(permissions.can_name_editors(current_user, organisation.id))
    form.asks_evidence = not permissions.can_invite_editors(current_user, organisation.id)
    if not form.validate():
        return editors_page(organisation, form), 422
    try:
        actions.invite(form.email.data, organisation, evidence=form.evidence.data, by=this_person(), now=clock.now())
    except Refused as refused:
        form[refused.field or "email"].errors = [str(refused)]
        return editors_page(organisation, form), 422
    return redirect(url_for("editors.show", slug=slug), 303)


@bp.post("/leave")
@open_to(signed_in)
def leave(slug: str) -> ResponseReturnValue:
    actions.leave(seen_by_them(slug), by=this_person(), now=clock.now())
    return redirect(url_for("accounts.show"), 303)


@bp.post("/<uuid:uid>/lead")
@open_to(signed_in)
@freshly_proved
def hand_over(slug: str, uid: uuid.UUID) -> ResponseReturnValue:
    actions.hand_over(seen_by_them(slug), to=queries.by_uid(uid), by=this_person(), now=clock.now())
    return redirect(url_for("editors.show", slug=slug), 303)


@bp.post("/<uuid:uid>/end")
@open_to(signed_in)
@freshly_proved
def let_go(slug: str, uid: uuid.UUID) -> ResponseReturnValue:
    actions.let_go(queries.by_uid(uid), seen_by_them(slug), by=this_person(), now=clock.now())
    return redirect(url_for("editors.show", slug=slug), 303)


@bp.post("/claims/<int:number>")
@open_to(signed_in)
@freshly_proved
def admit(slug: str, number: int) -> ResponseReturnValue:
    """Let somebody in who says that it is theirs too."""
    organisation, claim = seen_by_them(slug), asked.claim(number)
    if claim.organisation_id != organisation.id:
        raise NotFound("There is no such claim here.")
    claims.admit(claim, by=this_person(), now=clock.now())
    return redirect(url_for("editors.show", slug=slug), 303)


def seen_by_them(slug: str) -> Organisation:
    """The organisation, for whoever edits for it or curates. Raises NotAllowed for everybody else."""
    organisation = organisations.by_slug(slug)
    permissions.require(current_user.speaks_for(organisation.id) or permissions.can_curate(current_user))
    return organisation


def editors_page(organisation: Organisation, form: InviteEditorForm) -> str:
    return render(
        "accounts/editors.html",
        organisation=organisation,
        editors=queries.editors_of(organisation.id),
        invitations=queries.invitations_to(organisation.id, now=clock.now()),
        may_invite=permissions.can_invite_editors(current_user, organisation.id),
        may_name=permissions.can_name_editors(current_user, organisation.id),
        may_change=permissions.can_look_after_editors(current_user, organisation.id),
        asked=[each for each in asked.open_on(organisation.id) if each.account_id != current_user.id],
        may_admit=this_person().leads_editors_of(organisation.id),
        form=form,
    )
