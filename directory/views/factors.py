"""The second step of signing in: setting it up, giving its codes, doing without it again."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from directory.actions import factors as actions
from directory.errors import Refused
from directory.forms.accounts import CodeForm
from directory.htmx import render
from directory.models import factors
from directory.permissions import needs_second_factor, signed_in
from directory.views import clock
from directory.views.access import TOKEN, freshly_proved, onward, open_to, this_person, this_sign_in

bp = Blueprint("factors", __name__, url_prefix="/account")
KEY = "factor_key"  # what a telephone is offered, in the cookie until a code shows that it took it


@bp.get("/second-step")
@open_to(signed_in, before_proof=True)
@freshly_proved
def show() -> str:
    session.setdefault(KEY, factors.new_key())
    return set_up_form(CodeForm(formdata=None))


@bp.post("/second-step")
@open_to(signed_in, before_proof=True)
@freshly_proved
def set_up() -> ResponseReturnValue:
    form = CodeForm()
    if KEY not in session:  # sent twice, or a page from long ago
        return redirect(url_for("factors.show"), 303)
    if not form.validate():
        return set_up_form(form), 422
    try:
        codes = actions.set_up(this_person(), session[KEY], form.code.data, token=session[TOKEN], now=clock.now())
    except Refused as refused:
        form.code.errors = [str(refused)]
        return set_up_form(form), 422
    session.pop(KEY)
    return render("accounts/recovery_codes.html", codes=codes, after=onward(request.form.get("after")))


@bp.get("/code")
@open_to(signed_in, before_proof=True)
def ask() -> ResponseReturnValue:
    if not current_user.has_second_factor:
        return redirect(url_for("factors.show"), 303)
    return code_form(CodeForm(formdata=None))


@bp.post("/code")
@open_to(signed_in, before_proof=True)
def give() -> ResponseReturnValue:
    form, here = CodeForm(), this_sign_in()
    if not form.validate() or here is None:
        return code_form(form), 422
    try:
        actions.prove(this_person(), form.code.data, sign_in=here, now=clock.now())
    except Refused as refused:
        form.code.errors = [str(refused)]
        return code_form(form), 422
    return redirect(onward(request.form.get("after")) or url_for("accounts.show"), 303)


@bp.post("/recovery-codes")
@open_to(signed_in)
@freshly_proved
def renew_codes() -> ResponseReturnValue:
    return render("accounts/recovery_codes.html", codes=actions.renew_codes(this_person(), now=clock.now()), after="")


@bp.post("/second-step/remove")
@open_to(signed_in)
@freshly_proved
def remove() -> ResponseReturnValue:
    actions.remove(this_person(), by=this_person(), now=clock.now())
    return redirect(url_for("accounts.show"), 303)


def set_up_form(form: CodeForm) -> str:
    key = session[KEY]
    address = factors.address_of(key, person=current_user.email, site=current_app.config["SITE_NAME"])
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", title="The square to scan")
    return render(
        "accounts/second_step.html",
        form=form,
        picture=Markup(picture.replace("<svg ", '<svg role="img" ', 1)),  # noqa: S704 -- drawn by us from an address that holds no markup
        key=factors.in_groups(key),
        is_needed=needs_second_factor(current_user),
        after=onward(request.values.get("after")),
    )


def code_form(form: CodeForm) -> str:
    return render("accounts/code.html", form=form, after=onward(request.values.get("after")))
