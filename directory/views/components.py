"""`ui.listing_card(...)` in any template calls the macro of that name from `templates/components/listing_card.html`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from directory.htmx import target
from directory.models import Listing
from directory.models import words as say
from directory.permissions import can_curate, can_decide
from directory.views import addresses, gap_words, rows, understanding, words
from directory.views.access import anyone, audience
from directory.views.symbols import SYMBOLS

# Components that say the same of the same few things, so made once, and how many of each are kept.
ALIKE = {"icon": 256, "sprite": 256, "arm": 2_048, "tick": 4_096}


class Components:
    """Macros by name, one to a file, so that a block rendered alone finds them too."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        if name.startswith("_"):
            raise AttributeError(name)
        macro = getattr(self._environment.get_template(f"components/{name}.html").module, name)
        if not self._environment.auto_reload:
            if name in ALIKE:
                macro = lru_cache(maxsize=ALIKE[name])(macro)
            setattr(self, name, macro)  # a page asks a hundred times
        return macro


def names(app: Flask) -> list[str]:
    """Every component there is, in order of the alphabet."""
    return sorted(path.stem for path in (Path(app.root_path) / "templates" / "components").glob("*.html"))


def who_is_here() -> dict[str, Any]:
    """`person` is whoever is signed in.

    On a page for anyone only the header tells it, so it is looked for only where a whole page goes to a browser that sent our
    cookie: everybody else gets one page that is the same for all, opens no session and is given no cookie.
    """
    rule = audience(current_app, request.endpoint) if request.endpoint is not None else None
    if rule is None:
        return {"person": None}
    if rule is not anyone:
        return {"person": current_user if current_user.is_authenticated else None}
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies or target():
        return {"person": None}
    try:
        return {"person": current_user if current_user.is_authenticated else None}
    except SQLAlchemyError:  # a header is no reason to refuse a page, and may stand on the page that says so
        return {"person": None}


def menu(person: Any) -> list[tuple[str, str]]:
    """The links at the top of every page, at most five with the one to sign in or out: (endpoint, words)."""
    if person is None:
        return [
            ("about.front", "Find"),
            ("board.show", "Gaps"),
            ("about.roles", "Who helps"),
            ("about.status", "Promises"),
        ]
    desk = [("jobs.show", "Desk")] if can_curate(person) and "jobs.show" in current_app.view_functions else []
    # Whoever has a desk has five links already, and finds the atlas at the foot of the page as everybody does.
    atlas = [] if desk else [("atlas.show", "Atlas")]
    return [("about.front", "Find"), *desk, ("board.show", "Gaps"), *atlas, ("accounts.show", "Your account")]


def tools(person: Any, listing: Listing) -> list[tuple[str, str]]:
    """What whoever curates may do with a listing from its own page: (address, words); nothing for everybody else."""
    if not can_curate(person):
        return []
    lock = [(url_for("curation.locks", which=listing.slug), "Lock it")] if can_decide(person) else []
    versions = url_for("history.versions", slug=listing.slug)
    return [
        (url_for("editing.edit_page", slug=listing.slug), "Edit it"),
        (versions, "All versions"),
        *lock,
        (f"{versions}#take-down", "Take it down"),
    ]


def init_app(app: Flask) -> None:
    app.context_processor(who_is_here)
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    ui: Any = Components(environment)
    environment.globals.update(
        ui=ui,
        menu=menu,
        tools=tools,
        words=words,
        rows=rows,
        gap_words=gap_words,
        url_for=addresses.url_for,
        search_address=addresses.of_search,
        why=understanding.why,
        say=say,
        symbols=SYMBOLS,
        site_name=app.config["SITE_NAME"],
        core_css=Markup(app.extensions["core_css"]),  # noqa: S704 -- our own style sheet, read at start
        tile_url=app.config["TILE_URL"],
        tile_attribution=app.config["TILE_ATTRIBUTION"],
    )
