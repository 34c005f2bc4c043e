"""Refusals and faults as pages, fragments or JSON, each with a sentence about what to do instead."""

from __future__ import annotations

import logging
from urllib.parse import quote

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, NotSupportedError, ProgrammingError
from werkzeug.exceptions import HTTPException, SecurityError

from directory import htmx
from directory.errors import Conflict, DirectoryError, Moved, NotAllowed, NotFound, Refused, Unavailable, UnknownPlace
from directory.extensions import db
from directory.permissions import signed_in
from directory.queries import accounts
from directory.views import addresses, typed
from directory.views.access import TOKEN

log = logging.getLogger(__name__)

# What we can say of each status: the heading, and what to do instead.
SAID = {
    400: ("We could not read that", "Something in the address or the form was not as we expected. Go back and try once more."),
    403: ("This page is not open to you", "You may need to sign in, or to ask somebody who looks after this page."),
    404: ("There is nothing at this address", "It may have moved, or a letter may be missing from the address."),
    405: ("That cannot be done here", "Go back to the page you came from and use its buttons."),
    409: ("Somebody else changed it first", "Look at what they wrote, then make your change again."),
    410: ("It is part of another listing now", "Whoever looked after both made them one."),
    413: ("That is too much for us to take in", "Send less at once. Nothing was saved."),
    422: ("We could not use that", "Look at what is marked, put it right and send it again."),
    500: ("Something broke on our side", "It is not your fault. Nothing you had saved is lost. Try again in a minute."),
    503: ("We cannot do that just now", "Try again in a minute. Nothing you had saved is lost."),
}
STATUS: tuple[tuple[type[DirectoryError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Moved, 410),
    (UnknownPlace, 404),
    (Refused, 422),
    (Conflict, 409),
    (Unavailable, 503),
)

# Kinds of a DatabaseError that tell of a wrong statement, not of a database in trouble.
OUR_MISTAKES = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = addresses.Number  # before the first route that takes a number
    app.register_error_handler(DirectoryError, on_refusal)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(DatabaseError, on_database)
    app.register_error_handler(Exception, on_fault)


def on_refusal(error: DirectoryError) -> Response:
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
    field = getattr(error, "field", "")
    suggestions = getattr(error, "suggestions", ())
    onward = (error.name, url_for("listings.show", slug=error.slug)) if isinstance(error, Moved) and error.slug else None
    response = answer(status, str(error), field=field, suggestions=suggestions, onward=onward)
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response


def on_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):  # a host that is not ours: no address can be built for it, so no page either
        return Response("This site does not answer under that name.\n", 400, mimetype="text/plain")
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    if error.code == 404 and (address := without_slash()):
        return make_response(redirect(address, 308))
    response = answer(error.code or 500)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def without_slash() -> str:
    """The address of the page that was asked for with a slash at its end; empty when that is no page either."""
    path = "/" + request.path.strip("/")  # one slash at the front: two would name another host
    if request.method not in ("GET", "HEAD") or not request.path.endswith("/") or request.path.startswith("//"):
        return ""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not adapter.test(path, "GET"):
        return ""
    query = request.query_string.decode("latin-1")
    return quote(path) + (f"?{query}" if query else "")


def on_database(error: DatabaseError) -> Response:
    """A database that is locked, full, damaged or away: plainly "not just now", never a fault page."""
    if isinstance(error, OUR_MISTAKES):
        return on_fault(error)
    log.error("database: %s", type(error.orig).__name__, exc_info=error.orig)
    db.session.rollback()
    response = answer(503)
    response.headers["Retry-After"] = "5"
    return response


def on_fault(error: Exception) -> Response:
    """The path is logged without its query, which may hold a postcode."""
    log.exception("fault at %s %r", request.method, request.path)
    db.session.rollback()
    return answer(500)


def answer(
    status: int,
    sentence: str = "",
    *,
    field: str = "",
    suggestions: tuple[str, ...] = (),
    onward: tuple[str, str] | None = None,
) -> Response:
    """The same refusal as JSON for `/api`, as a fragment for the page's `#problem`, or as a page of its own.

    `onward` is the name and address of the page that has taken the place of this one. Where somebody had typed something,
    the page carries it; see `typed`.
    """
    heading, advice = SAID.get(status, SAID[500] if status >= 500 else SAID[400])
    if request.path.startswith("/api/"):
        body = {"error": sentence or heading} | ({"field": field} if field else {})
        if field and status == 404:
            body["suggestions"] = list(suggestions)
        response = jsonify(body)
    elif typed.is_kept(status):
        response = keep(status, sentence, onward)
    elif htmx.target():
        response = make_response(render_template("errors/problem.html", heading=sentence or heading, advice=advice))
        response = htmx.retarget(response, "#problem")
    else:
        if status == 403 and signed_in(current_user):
            advice = "Whoever looks after this page may be able to help."
        said = {"heading": heading, "sentence": sentence, "advice": advice, "suggestions": suggestions, "onward": onward}
        response = make_response(render_template("errors/show.html", **said))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def away() -> str:
    """What to say to whoever sent a form that is not theirs any more. Without our cookie that may never end: then say so."""
    kept = "What you wrote is kept."
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return kept
    return f"{kept} This form needs one cookie. If you come back to this page, let your browser keep cookies from us."


def keep(status: int, sentence: str, onward: tuple[str, str] | None = None) -> Response:
    """The page that says what stands in the way and carries what was typed, in the place of whatever was on the screen."""
    heading, advice = SAID.get(status, SAID[500] if status >= 500 else SAID[400])
    is_out = status == 403 and not signed_in(current_user)
    is_suspended = is_out and TOKEN in session and accounts.is_of_the_suspended(session[TOKEN])
    if is_suspended:  # to whoever held that sign-in alone; no link to sign in would ever come
        is_out, heading = False, "Your account is suspended"
        sentence = "Nothing can be sent from it. Copy what you wrote. If this is a mistake, answer any letter of ours."
    elif status == 403 and not is_out and "step" in g:
        heading = "Give your code first"
    is_away = is_out or status == 400
    step = url_for("accounts.sign_in_page") if is_out else url_for(g.step) if "step" in g else ""
    # The place for what goes wrong next is inside what is replaced.
    place = '<div id="problem"></div>' if htmx.target() else ""
    response = make_response(
        place
        + typed.kept(
            heading="You were away a while" if is_away else heading,
            sentence=away() if is_away else sentence or advice,
            is_away=is_away,
            step=step,
            onward=onward,
            block="main" if htmx.target() else "",
        )
    )
    return htmx.retarget(response, "#main") if htmx.target() else response
