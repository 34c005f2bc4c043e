"""Addresses put together with little work: those that take nothing once, those of one page's many links once for the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import flask
from flask import current_app, has_request_context, request
from werkzeug.routing import IntegerConverter

HERE = "-here-"
SAFE = "!$&'()*+,:;=@"  # as the router leaves them
SAFE_ASKED = "!$'()*,/:;?@"  # the same behind the question mark


class Number(IntegerConverter):
    """`int` in an address: a number longer than any row has leads nowhere, instead of to a fault of the database."""

    regex = r"\d{1,9}"


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's, for templates: a page names the same dozen addresses that take nothing, each made once for a mount point."""
    if values or endpoint.startswith(".") or not has_request_context():
        return flask.url_for(endpoint, **values)
    made: dict[tuple[str, str], str] = current_app.extensions.setdefault("addresses", {})
    key = (request.script_root, endpoint)
    if key not in made:
        made[key] = flask.url_for(endpoint)
    return made[key]


def of_search(**asked: Any) -> str:
    """The address of the search with what is `asked`, values as `SearchForm.parameters` gives them."""
    path = url_for("listings.search")
    return f"{path}?{urlencode(asked, doseq=True, safe=SAFE_ASKED)}" if asked else path


def of_listings(asked: dict[str, Any] | None = None, *, whole: bool = False) -> Callable[[str], str]:
    """From a listing's slug to the address of its page, with what was `asked` behind it; `whole` with the site's name."""
    before, _, after = flask.url_for("listings.show", slug=HERE, _external=whole, **(asked or {})).partition(HERE)
    return lambda slug: f"{before}{quote(slug, safe=SAFE)}{after}"
