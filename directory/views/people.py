"""Other people's accounts, for leads and administrators: who is here, what they do, where, and whether they still may."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory import permissions
from directory.actions import accounts, people
from directory.errors import Conflict, Refused
from directory.forms.accounts import AreasForm, InviteForm, ReasonForm, RoleForm
from directory.htmx import render
from directory.models import Account, Role, RoleChange
from directory.permissions import can_look_after_people
from directory.queries import accounts as queries
from directory.queries import hours, patches
from directory.views import clock, words
from directory.views.access import freshly_proved, open_to, this_person

bp = Blueprint("people", __name__, url_prefix="/account/people")
PER_PAGE = 50


@bp.get("")
@open_to(can_look_after_people)
def show_all() -> str:
    return list_page(InviteForm(formdata=None))


@bp.post("")
@open_to(can_look_after_people)
@freshly_proved
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate():
        return list_page(form), 422
    told: dict[str, Any] = {"display_name": form.name.data, "areas": form.codes, "now": clock.now()}
    try:
        account = people.invite(form.email.data, role=Role(form.role.data), by=this_person(), **told)
    except Refused as refused:
        form[refused.field].errors = [str(refused)]
        return list_page(form), 422
    return redirect(url_for("people.show", uid=account.uid), 303)


@bp.get("/<uuid:uid>")
@open_to(can_look_after_people)
@freshly_proved
def show(uid: uuid.UUID) -> str:
    return person_page(queries.by_uid(uid))


@bp.post("/<uuid:uid>/role")
@open_to(can_look_after_people)
@freshly_proved
def give_role(uid: uuid.UUID) -> ResponseReturnValue:
    account, form = queries.by_uid(uid), RoleForm()
    permissions.require(permissions.can_change_role(current_user, account))
    if not form.validate():
        return person_page(account, role_form=form), 422
    try:
        people.give_role(account, Role(form.role.data), by=this_person(), now=clock.now())
    except Refused as refused:
        form.role.errors = [str(refused)]
        return person_page(account, role_form=form), 422
    return redirect(url_for("people.show", uid=uid), 303)


@bp.post("/<uuid:uid>/role/agree")
@open_to(can_look_after_people)
@freshly_proved
def agree_to_role(uid: uuid.UUID) -> ResponseReturnValue:
    return done(people.agree_to_role, waiting_role(queries.by_uid(uid)), uid)


@bp.post("/<uuid:uid>/role/refuse")
@open_to(can_look_after_people)
@freshly_proved
def refuse_role(uid: uuid.UUID) -> ResponseReturnValue:
    return done(people.refuse_role, waiting_role(queries.by_uid(uid)), uid)


@bp.post("/<uuid:uid>/areas")
@open_to(can_look_after_people)
@freshly_proved
def give_patches(uid: uuid.UUID) -> ResponseReturnValue:
    account, form = queries.by_uid(uid), AreasForm()
    permissions.require(permissions.can_change_role(current_user, account))
    if not form.validate():
        return person_page(account, areas_form=form), 422
    people.give_patches(account, form.codes, by=this_person(), now=clock.now())
    return redirect(url_for("people.show", uid=uid), 303)


@bp.post("/<uuid:uid>/suspend")
@open_to(can_look_after_people)
@freshly_proved
def suspend(uid: uuid.UUID) -> ResponseReturnValue:
    account, form = queries.by_uid(uid), ReasonForm()
    permissions.require(permissions.can_suspend(current_user, account))
    if not form.validate():
        return person_page(account, reason_form=form), 422
    accounts.suspend(account, by=this_person(), reason=form.reason.data, now=clock.now())
    return redirect(url_for("people.show", uid=uid), 303)


@bp.post("/<uuid:uid>/reinstate")
@open_to(can_look_after_people)
@freshly_proved
def reinstate(uid: uuid.UUID) -> ResponseReturnValue:
    return done(accounts.reinstate, queries.by_uid(uid), uid)


@bp.post("/<uuid:uid>/invite")
@open_to(can_look_after_people)
@freshly_proved
def invite_again(uid: uuid.UUID) -> ResponseReturnValue:
    return done(people.invite_again, queries.by_uid(uid), uid)


def done(act: Callable[..., None], row: Account | RoleChange, uid: uuid.UUID) -> ResponseReturnValue:
    """One press about a person, and back to their page."""
    act(row, by=this_person(), now=clock.now())
    return redirect(url_for("people.show", uid=uid), 303)


def list_page(form: InviteForm) -> str:
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= 10_000:
        abort(404)
    found = queries.people(page=page, per_page=PER_PAGE)
    return render(
        "accounts/people.html",
        form=form,
        rows=found.rows,
        total=found.total,
        page=page,
        pages=max(1, -(-found.total // PER_PAGE)),
        areas={row.id: areas_of(row) for row in found.rows},
        waiting=waiting_words(found.rows),
        roles=roles_to_give(),
        empty=sorted(queries.area_names(patches.left_empty()).values()),
    )


def waiting_words(rows: Sequence[Account]) -> dict[int, str]:
    """What is said of those who would become something that a second person has to agree to, by account."""
    told = {}
    for number, waits in queries.roles_waiting([row.id for row in rows]).items():
        is_mine = number == current_user.id or waits.proposed_by == current_user.id
        may_decide = permissions.can_give(current_user, waits.role) and not is_mine
        whom = "your yes" if may_decide else "another person"
        told[number] = f"May become {words.ROLES[waits.role]}: waits for {whom}"
    return told


def person_page(
    account: Account,
    *,
    role_form: RoleForm | None = None,
    areas_form: AreasForm | None = None,
    reason_form: ReasonForm | None = None,
) -> str:
    errors: dict[str, str] = {}
    waits = queries.role_change_of(account)
    for form in (role_form, areas_form, reason_form):
        errors |= form.sentences if form is not None else {}
    return render(
        "accounts/person.html",
        account=account,
        areas=areas_of(account),
        back_on=account.back_on if account.is_away(clock.now().date()) else None,
        errors=errors,
        role_form=role_form or RoleForm(formdata=None, role=account.role.value),
        areas_form=areas_form or AreasForm(formdata=None, areas=areas_of(account, between="\n")),
        reason_form=reason_form or ReasonForm(formdata=None),
        waits=waits,
        proposer="" if waits is None else waits.proposer.display_name or waits.proposer.email,
        may_decide=waits is not None and permissions.can_give(current_user, waits.role) and current_user.id != account.id,
        is_mine=waits is not None and waits.proposed_by == current_user.id,
        may_change=permissions.can_change_role(current_user, account),
        may_suspend=permissions.can_suspend(current_user, account),
        roles=roles_to_give(),
        may_take_back=permissions.can_decide(current_user),
        given=hours.given_by(account, now=clock.now()) if permissions.can_lead(current_user) and account.curates else None,
    )


def waiting_role(account: Account) -> RoleChange:
    """The role that waits for a second person. Raises Conflict when it is decided."""
    found = queries.role_change_of(account)
    if found is None:
        raise Conflict("Somebody else decided about this role a moment ago.")
    return found


def areas_of(account: Account, *, between: str = ", ") -> str:
    """The areas somebody looks after, in words."""
    return between.join(sorted(queries.area_names(patch.area_code for patch in account.patches).values()))


def roles_to_give() -> list[tuple[str, str]]:
    """The roles that the person who is here may give, each with what it does."""
    return [(role.value, words.ROLE_TOLD[role]) for role in Role if permissions.can_give(current_user, role)]
