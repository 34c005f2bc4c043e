"""Signing in and out, and one's own account."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import accounts as actions
from directory.errors import Refused
from directory.extensions import login_manager
from directory.forms.accounts import EmailForm, PasswordForm
from directory.htmx import render
from directory.models import Account, LinkPurpose
from directory.permissions import signed_in
from directory.queries import accounts as queries
from directory.views import clock
from directory.views.access import TOKEN, anyone, onward, open_to, visitor

bp = Blueprint("accounts", __name__, url_prefix="/account")


@login_manager.user_loader
def who_is(token: str) -> Account | None:
    """The person whose sign-in the cookie names."""
    found = queries.sign_in_of(token, now=clock.now())
    return found.account if found is not None else None


@bp.get("/sign-in")
@open_to(anyone)
def sign_in_page() -> str:
    return sign_in_form(EmailForm(), PasswordForm(formdata=None))


@bp.post("/sign-in")
@open_to(anyone)
def sign_in() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return sign_in_form(EmailForm(formdata=None), form), 422
    try:
        token = actions.sign_in_by_password(
            form.email.data, form.password.data, who=visitor(), browser=browser(), now=clock.now()
        )
    except Refused as refused:
        form.password.errors = [str(refused)]
        return sign_in_form(EmailForm(formdata=None), form), 422
    return begin(token)


@bp.post("/link")
@open_to(anyone)
def send_link() -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate():
        return sign_in_form(form, PasswordForm(formdata=None)), 422
    try:
        actions.ask_for_link(form.email.data, who=visitor(), now=clock.now(), after=onward(request.form.get("after")))
    except Refused as refused:
        form.email.errors = [str(refused)]
        return sign_in_form(form, PasswordForm(formdata=None)), 422
    return render("accounts/link_sent.html", email=form.email.data)


@bp.get("/link/<secret>")
@open_to(anyone)
def link_page(secret: str) -> ResponseReturnValue:
    """Changes nothing: programs that read mail press links too."""
    now = clock.now()
    link = queries.link_of(secret, LinkPurpose.SIGN_IN, now=now) or queries.link_of(secret, LinkPurpose.INVITE, now=now)
    if link is None:
        said = "This link was for signing in. It is used or too old. Ask for a new one below."
        return sign_in_form(EmailForm(formdata=None), PasswordForm(formdata=None), note=said), 410
    return render("accounts/open_link.html", link=link, secret=secret, form=EmailForm(), after=onward(request.args.get("after")))


@bp.post("/link/<secret>")
@open_to(anyone)
def open_link(secret: str) -> ResponseReturnValue:
    try:
        token = actions.sign_in_by_link(secret, browser=browser(), now=clock.now())
    except Refused as refused:
        return sign_in_form(EmailForm(formdata=None), PasswordForm(formdata=None), note=str(refused)), 410
    return begin(token)


@bp.post("/sign-out")
@open_to(anyone)
def sign_out() -> ResponseReturnValue:
    if token := session.get(TOKEN):
        actions.sign_out(token, now=clock.now())
    session.clear()
    return redirect(url_for("about.front"), 303)


@bp.get("/")
@open_to(signed_in)
def show() -> str:
    return render("accounts/show.html", person=current_user)


def begin(token: str) -> ResponseReturnValue:
    """A cookie that holds the token and nothing from before, then on to where the person was going."""
    session.clear()
    session[TOKEN] = token
    session.permanent = True
    return redirect(onward(request.form.get("after")) or url_for("accounts.show"), 303)


def sign_in_form(form: EmailForm, password_form: PasswordForm, *, note: str = "") -> str:
    after = onward(request.values.get("after"))
    return render("accounts/sign_in.html", form=form, password_form=password_form, after=after, note=note)


def browser() -> str:
    """What the list of sign-ins calls this browser; the address is not kept."""
    agent = request.user_agent.string
    system = next((name for name in ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux") if name in agent), "")
    program = next((name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in agent), "")
    return " on ".join(part for part in (program.replace("Edg", "Edge"), system) if part) or "A browser"
