"""One organisation's page."""

from __future__ import annotations

from flask import Blueprint

from directory.htmx import render
from directory.queries import claims, listings, organisations
from directory.views import clock
from directory.views.access import anyone, open_to

bp = Blueprint("organisations", __name__)


@bp.get("/organisations/<slug>")
@open_to(anyone)
def show(slug: str) -> str:
    organisation = organisations.by_slug(slug)
    running = listings.of_organisation(slug)
    return render(
        "organisations/show.html",
        organisation=organisation,
        listings=running,
        is_claimed=claims.is_claimed(organisation.id),
        today=clock.now().date(),
    )
