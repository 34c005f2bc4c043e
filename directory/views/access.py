"""Who may open which page: every route names its audience, and one that does not is refused at start and on request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from directory.errors import NotAllowed, Unavailable
from directory.htmx import came_from, target
from directory.models import Account, SignIn
from directory.permissions import can_see_why, lacks_second_factor
from directory.views import clock

# Where Flask-Login looks; what stands there is a random token, not the number of an account.
TOKEN = "_user_id"  # noqa: S105 -- the name of a place, not a secret
SAFE = {"GET", "HEAD", "OPTIONS"}
FRESH = timedelta(minutes=15)  # so long after a code was given, dangerous steps ask for none
Rule = Callable[[Any], bool]


def anyone(person: Any) -> bool:
    """Everybody, signed in or not. A page for anyone opens no session; its header alone looks who sent our cookie."""
    return True


def asks_why() -> bool:
    """Whether a curator asks for the figures behind each row with `explain=1`; from anybody else it counts for nothing.

    Who is there is looked at for that alone, so that the page opens no session for anybody who did not ask.
    """
    return request.args.get("explain") == "1" and can_see_why(current_user) and not step_missing()


def is_here(rule: Rule) -> bool:
    """Whether somebody like that opens a page for anyone; who sends no cookie of ours is not looked for, nor gets a session."""
    is_known = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    return is_known and rule(current_user) and not step_missing()


def open_to(rule: Rule, *, before_proof: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let only people for whom `rule` is true into this view. Stands directly under the route.

    Whoever owes a second step is led to it first, except on the pages of that step itself (`before_proof`).
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if rule is not anyone and not rule(current_user):
                if not current_user.is_authenticated and request.method in SAFE and not target():
                    return redirect(url_for("accounts.sign_in_page", after=request.full_path.rstrip("?")), 303)
                raise NotAllowed("This page is not open to you.")
            if rule is not anyone and not before_proof and (step := step_missing()):
                return led_to(step)
            return view(*args, **values)

        guarded.audience = rule  # type: ignore[attr-defined]
        return guarded

    return declare


def freshly_proved(view: Callable[..., Any]) -> Callable[..., Any]:
    """Ask for the code of the telephone again when the last one is a while ago. Stands under `open_to`, above the view.

    Somebody without a second factor goes on: whoever needs one was led to set it up before.
    """

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        here = this_sign_in()
        if current_user.has_second_factor and (here is None or here.proved_at is None or clock.now() - here.proved_at > FRESH):
            return led_to("factors.ask")
        return view(*args, **values)

    return guarded


def this_person() -> Account:
    """Whoever is signed in, as the row itself, for actions that change it."""
    person: Account = current_user._get_current_object()
    return person


def this_sign_in() -> SignIn | None:
    """The row of the sign-in that this request came with; it is looked up with the person."""
    found: SignIn | None = g.get("sign_in")
    return found if found is not None and found.account_id == current_user.id else None


def step_missing() -> str:
    """The page on which the person who is here has to give or set up a second factor first; empty when nothing is owed."""
    if current_user.is_authenticated and current_user.has_second_factor:
        here = this_sign_in()
        return "" if here is not None and here.proved_at is not None else "factors.ask"
    return "factors.show" if lacks_second_factor(current_user) else ""


def led_to(endpoint: str) -> Any:
    """On to a page that asks for something first, and from there back to the page that was wanted, or to that of its form."""
    if request.method not in SAFE and len(request.form) > 1:  # more than a token: the page that refuses carries it
        g.step = endpoint
        raise NotAllowed("Your sign-in has to be confirmed first.")
    if target():
        raise NotAllowed("Your sign-in has to be confirmed first. Load the page again.")
    if request.method in SAFE:
        after = request.full_path.rstrip("?")
    else:
        before = urlsplit(came_from())
        after = before.path + (f"?{before.query}" if before.query else "")
    return redirect(url_for(endpoint, after=onward(after) or None), 303)


def audience(app: Flask, endpoint: str) -> Rule | None:
    """The rule a view was declared with; None when it was forgotten."""
    return getattr(app.view_functions[endpoint], "audience", None)


def check_every_route(app: Flask) -> None:
    """Raises RuntimeError naming the routes that say nothing of who may open them."""
    forgotten = sorted({rule.endpoint for rule in app.url_map.iter_rules() if audience(app, rule.endpoint) is None})
    if forgotten:
        raise RuntimeError(f"no audience declared for: {', '.join(forgotten)}")


def refuse_the_undeclared() -> None:
    """A route added after the start is held to the same: without an audience nobody gets in."""
    if request.endpoint is not None and audience(current_app, request.endpoint) is None:
        raise NotAllowed("This page is not open to you.")


def refuse_writing_when_closed() -> None:
    """DIRECTORY_READ_ONLY shuts every door that changes anything, with the reason; reading goes on."""
    if current_app.config["READ_ONLY"] and request.method not in SAFE:
        raise Unavailable("Nothing can be changed just now, because we are working on the directory. Reading still works.")


def visitor() -> str:
    """A digest of where a request came from, for quotas."""
    return sealed(request.remote_addr or "")


def sealed(text: str) -> str:
    """A digest that counts something without keeping it: without our key nobody finds the text by trying."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, text.strip().lower().encode(), hashlib.sha256).hexdigest()


def onward(path: str | None) -> str:
    """The path to go on to, if it is one of our own pages; empty for everything else, so that nobody is led off the site."""
    if not path or not path.startswith("/") or path.startswith("//") or not path.isprintable() or "\\" in path:
        return ""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc:
        return ""
    try:
        current_app.create_url_adapter(request).match(parts.path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return ""
    return path
