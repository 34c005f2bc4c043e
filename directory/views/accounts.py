"""Signing in and out, and one's own account."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, after_this_request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from directory.actions import accounts as actions
from directory.errors import Refused
from directory.extensions import login_manager
from directory.forms.accounts import EmailForm, NewPasswordForm, PasswordForm
from directory.htmx import render
from directory.models import Account, Claim, ClaimState, LinkPurpose
from directory.models.claims import Thing, kind_of
from directory.models.freshness import is_due
from directory.permissions import can_curate, can_look_after_people, needs_second_factor, signed_in
from directory.queries import accounts as queries
from directory.queries import claims, curation, editing
from directory.views import clock
from directory.views.access import TOKEN, anyone, freshly_proved, onward, open_to, sealed, this_person, this_sign_in, visitor
from directory.views.claims import standing_words

bp = Blueprint("accounts", __name__, url_prefix="/account")
log = logging.getLogger(__name__)
MOST_DUE = 5  # listings that ask on the account whether they are still right; the others are on a page of their own


@login_manager.user_loader
def who_is(token: str) -> Account | None:
    """The person whose sign-in the cookie names."""
    now = clock.now()
    g.sign_in = found = queries.sign_in_of(token, now=now)
    if found is None:
        return None
    if now - found.seen_at >= actions.SEEN_EVERY and not current_app.config["READ_ONLY"]:
        remember_later(token)
    return found.account


def remember_later(token: str) -> None:
    """Keep that this sign-in was used, once the answer has gone: looking at a page writes nothing."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    now = clock.now()

    def remember() -> None:
        with app.app_context():
            try:
                actions.seen(token, now=now)
            except SQLAlchemyError:
                log.warning("that a sign-in was used could not be kept", exc_info=True)

    @after_this_request
    def arrange(response: Response) -> Response:
        response.call_on_close(remember)
        return response


# Signing in and out


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
            form.email.data,
            form.password.data,
            who=visitor(),
            whose=sealed(form.email.data),
            browser=browser(),
            now=clock.now(),
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
    after = onward(request.form.get("after"))
    actions.ask_for_link(form.email.data, whose=sealed(form.email.data), now=clock.now(), after=after)
    return render("accounts/link_sent.html", email=form.email.data)


@bp.get("/link/<secret>")
@open_to(anyone)
def link_page(secret: str) -> ResponseReturnValue:
    """Changes nothing: programs that read mail press links too."""
    now = clock.now()
    link = queries.link_of(secret, LinkPurpose.SIGN_IN, now=now) or queries.link_of(secret, LinkPurpose.INVITE, now=now)
    if link is None:
        return sign_in_form(EmailForm(formdata=None), PasswordForm(formdata=None), note=actions.OLD_LINK), 410
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


# One's own account


@bp.get("/")
@open_to(signed_in)
def show() -> str:
    now = clock.now()
    listings = [each for each in editing.listings_of_editor(current_user) if each.status in claims.SHOWN]
    due = [each for each in listings if is_due(each.checked_on, now.date())]
    return render(
        "accounts/show.html",
        listings=listings,
        due=due[:MOST_DUE],
        more_due=len(due[MOST_DUE:]),
        sent=[each for each in editing.sent_by(current_user) if each.state in curation.OPEN],
        claims=asked_for(now),
        sign_ins=queries.sign_ins_of(current_user, now=now),
        here=this_sign_in(),
        organisations=queries.organisations_of(current_user),
        codes_left=queries.codes_left(current_user),
        curates=can_curate(current_user),
        looks_after_people=can_look_after_people(current_user),
        may_do_without=not needs_second_factor(current_user),
        today=now.date(),
    )


def asked_for(now: datetime) -> list[tuple[Claim, str, Thing, str]]:
    """What this person asked to look after and does not yet, the newest first, each once, with how it stands."""
    made = {(each.organisation_id, each.listing_id): each for each in reversed(claims.made_by(current_user, now=now))}
    waiting = [each for each in reversed(made.values()) if each.state is not ClaimState.GRANTED]
    things = [each.thing for each in waiting]
    return [(each, kind_of(thing), thing, standing_words(each, now)) for each, thing in zip(waiting, things, strict=True)]


@bp.post("/sign-ins/<uuid:uid>/end")
@open_to(signed_in)
def end_sign_in(uid: uuid.UUID) -> ResponseReturnValue:
    actions.end_sign_in(this_person(), uid, now=clock.now())
    return redirect(url_for("accounts.show"), 303)


# Passwords


@bp.get("/password")
@open_to(signed_in)
@freshly_proved
def password_page() -> str:
    return password_form(NewPasswordForm(formdata=None, asks_current=asks_current()))


@bp.post("/password")
@open_to(signed_in)
@freshly_proved
def choose_password() -> ResponseReturnValue:
    form = NewPasswordForm(asks_current=asks_current())
    if not form.validate():
        return password_form(form), 422
    told: dict[str, Any] = {"keep": session[TOKEN], "now": clock.now()}
    try:
        if asks_current():
            whose = sealed(current_user.email)
            actions.change_password(this_person(), form.password.data, current=form.current.data, whose=whose, **told)
        else:
            actions.choose_password(this_person(), form.password.data, **told)
    except Refused as refused:
        form[refused.field].errors = [str(refused)]
        return password_form(form), 422
    return redirect(url_for("accounts.show"), 303)


@bp.get("/new-password")
@open_to(anyone)
def forgotten() -> str:
    return render("accounts/forgotten.html", form=EmailForm(formdata=None), note="")


@bp.post("/new-password")
@open_to(anyone)
def send_new_password() -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate():
        return render("accounts/forgotten.html", form=form, note=""), 422
    actions.ask_for_new_password(form.email.data, whose=sealed(form.email.data), now=clock.now())
    return render("accounts/link_sent.html", email=form.email.data)


@bp.get("/new-password/<secret>")
@open_to(anyone)
def new_password_page(secret: str) -> ResponseReturnValue:
    """Changes nothing, as with every link in a letter."""
    if queries.link_of(secret, LinkPurpose.NEW_PASSWORD, now=clock.now()) is None:
        return render("accounts/forgotten.html", form=EmailForm(formdata=None), note=actions.OLD_PASSWORD_LINK), 410
    return render("accounts/new_password.html", form=NewPasswordForm(formdata=None), secret=secret)


@bp.post("/new-password/<secret>")
@open_to(anyone)
def open_new_password(secret: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    if not form.validate():
        return render("accounts/new_password.html", form=form, secret=secret), 422
    try:
        token = actions.choose_password_by_link(secret, form.password.data, browser=browser(), now=clock.now())
    except Refused as refused:
        if not refused.field:
            return render("accounts/forgotten.html", form=EmailForm(formdata=None), note=actions.OLD_PASSWORD_LINK), 410
        form.password.errors = [str(refused)]
        return render("accounts/new_password.html", form=form, secret=secret), 422
    return begin(token)


# What the views share


def begin(token: str) -> ResponseReturnValue:
    """A cookie that holds the token and nothing from before, then on to where the person was going."""
    session.clear()
    session[TOKEN] = token
    session.permanent = True
    return redirect(onward(request.form.get("after")) or url_for("accounts.show"), 303)


def sign_in_form(form: EmailForm, password_form: PasswordForm, *, note: str = "") -> str:
    after = onward(request.values.get("after"))
    return render("accounts/sign_in.html", form=form, password_form=password_form, after=after, note=note)


def password_form(form: NewPasswordForm) -> str:
    return render("accounts/password.html", form=form)


def asks_current() -> bool:
    """Whether the password of now is asked for before a new one: a second factor says more, and some have none yet."""
    return bool(current_user.password_hash) and not current_user.has_second_factor


def browser() -> str:
    """What the list of sign-ins calls this browser; the address is not kept."""
    agent = request.user_agent.string
    system = next((name for name in ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux") if name in agent), "")
    program = next((name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in agent), "")
    return " on ".join(part for part in (program.replace("Edg", "Edge"), system) if part) or "A browser"
