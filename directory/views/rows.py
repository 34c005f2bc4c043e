"""The parts of a row of results that no question changes, made by their components and kept with the listing for the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from directory.queries.kept_listings import Row
from directory.views import words


class Card(NamedTuple):
    """Ready to print: `place` is the line under the name, `where` its beginning, `lasting` the facts, `phone` the number."""

    place: Markup
    where: Markup
    lasting: Markup
    phone: Markup


def card(row: Row) -> Card:
    """What `Result.once` keeps, so it looks at the row alone. A secret place is never told."""
    listing, venue = row.listing, None if row.listing.confidential_location else row.venue
    where = words.where(listing, venue)
    return Card(
        place=escape(words.beside_name(where, listing)),
        where=escape(where if row.is_stop else ""),
        lasting=component("lasting")(listing, venue, row.today, row.is_stop),
        phone=component("phone")(listing),
    )


def component(name: str) -> Callable[..., Markup]:
    made: Callable[..., Markup] = getattr(current_app.jinja_env.globals["ui"], name)
    return made
