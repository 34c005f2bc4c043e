"""What somebody typed: kept on the page whatever stands in its way, shown once more, and guarded against programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import HTTPException

from directory.errors import NotFound
from directory.extensions import csrf
from directory.htmx import render
from directory.permissions import signed_in
from directory.views import clock
from directory.views.access import anyone, audience, open_to

bp = Blueprint("typed", __name__)

QUICKEST = 3  # seconds; nobody reads and writes faster, a program does
TOO_QUICK = "That was very quick. We hold up programs that fill in forms by themselves. Wait a moment and press the button again."
TRAPPED = "Something filled in a box that people cannot see. Perhaps it was your browser. We emptied it: press the button again."
NOT_CARRIED = {"csrf_token", "do", "trap", "seen", "to"}
# A form with one of these is never put on a page again.
SECRETS = {"password", "current", "code"}
LOST = {404, 413}  # there is no page to come back to, or too much to take in


def shown_again(view: Callable[..., Any]) -> Callable[..., Any]:
    """This view shows its form with all that was typed when it is sent `do=again`. Stands under `open_to`.

    That changes nothing, so it needs no token: the one of a page that was open for long may be too old.
    """
    csrf.exempt(view)

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if current_app.config["WTF_CSRF_ENABLED"] and not is_again():
            csrf.protect()
        return view(*args, **values)

    guarded.shows_again = True  # type: ignore[attr-defined]
    return guarded


def is_again() -> bool:
    """Whether the form is only to be shown once more."""
    return request.method == "POST" and request.form.get("do") == "again"


def carried(*, but: str = "") -> list[tuple[str, str]]:
    """Everything that was typed, to be sent again, without what begins with `but`."""
    pairs = request.form.items(multi=True)
    return [(name, value) for name, value in pairs if name not in NOT_CARRIED and not (but and name.startswith(but))]


def is_kept(status: int) -> bool:
    """Whether a refusal of this status carries what was typed: on forms that are shown again, and those of people signed in."""
    if request.method != "POST" or status in LOST or request.endpoint is None or SECRETS & request.form.keys():
        return False
    rule = audience(current_app, request.endpoint)
    return bool(carried()) and (shows_again() or rule not in (None, anyone))


def shows_again() -> bool:
    return hasattr(current_app.view_functions[request.endpoint or ""], "shows_again")


def kept(*, heading: str, sentence: str, is_away: bool, step: str, block: str = "", onward: tuple[str, str] | None = None) -> str:
    """The page that says what stands in the way and carries what was typed; `step` is the page to go to first, in a new tab.

    `onward` is the name and address of the page that has taken the place of this one: nothing can be sent here any more.
    """
    here = request.form.get("to", "") if request.endpoint == "typed.again" else request.path
    return render(
        "errors/kept.html",
        fragments=("main",),
        block=block,
        heading=heading,
        sentence=sentence,
        is_away=is_away,
        step=step,
        onward=onward,
        action=here if shows_again() else url_for("typed.again"),
        to="" if shows_again() else here,
        is_ready=False,
        carried=carried(),
        words=[value for _, value in carried() if any(sign.isspace() for sign in value.strip())],
    )


@bp.post("/kept")
@open_to(signed_in)
@shown_again
def again() -> str:
    """What was typed into a form whose own page cannot show it again, with the button that sends it there."""
    to = request.form.get("to", "")
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or not is_form(to):
        raise NotFound("There is no such page any more.")
    return render(
        "errors/kept.html",
        heading="What you wrote is kept",
        sentence="Nothing is sent yet. Press the button to send it.",
        is_away=False,
        step="",
        onward=None,
        action=to,
        to="",
        is_ready=True,
        carried=carried(),
        words=[value for _, value in carried() if any(sign.isspace() for sign in value.strip())],
    )


def is_form(path: str) -> bool:
    """Whether a form of ours is sent to this path, one that only people who are signed in may send."""
    if not path.startswith("/") or path.startswith("//"):
        return False
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(path, method="POST")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return audience(current_app, endpoint) not in (None, anyone)


# The guard of forms that anybody may send: a box that people cannot see, and three seconds


def began() -> str:
    """When this form was first shown, signed; it needs no session."""
    held = request.form.get("began", "")
    return held if held and began_at(held) is not None else _signer().dumps(clock.now().timestamp())


def began_at(text: str) -> float | None:
    try:
        return float(_signer().loads(text))
    except (BadData, TypeError, ValueError):
        return None


def sent_by_a_program() -> str:
    """What to say to whoever filled in what people cannot see, or was quicker than people are; empty for people."""
    at = began_at(request.form.get("began", ""))
    if request.form.get("trap"):
        return TRAPPED
    return TOO_QUICK if at is None or clock.now().timestamp() - at < QUICKEST else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="form began")
