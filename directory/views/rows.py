"""The parts of a row of results that no question changes, made by their components and kept with the listing for the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from directory.models import Listing, Venue
from directory.views import words


class Row(NamedTuple):
    """Ready to print: `place` is the line under the name of what is no stop, `lasting` its facts, `phone` its number."""

    place: Markup
    lasting: Markup
    phone: Markup


def kept(listing: Listing, venue: Venue | None, today: date, stop: bool) -> Row:
    """What `Result.once` keeps, so it looks at the listing, the place and the day alone. A secret place is never told."""
    venue = None if listing.confidential_location else venue
    return Row(
        place=escape(words.beside_name(words.where(listing, venue), listing)),
        lasting=component("lasting")(listing, venue, today, stop),
        phone=component("phone")(listing),
    )


def component(name: str) -> Callable[..., Markup]:
    made: Callable[..., Markup] = getattr(current_app.jinja_env.globals["ui"], name)
    return made
