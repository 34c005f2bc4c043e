"""One organisation's page."""

from __future__ import annotations

from flask import Blueprint

from directory.htmx import render
from directory.models import Status
from directory.queries import organisations as queries
from directory.views import clock
from directory.views.access import anyone, open_to

bp = Blueprint("organisations", __name__)


@bp.get("/organisations/<slug>")
@open_to(anyone)
def show(slug: str) -> str:
    organisation = queries.by_slug(slug)
    running = [listing for listing in organisation.listings if listing.status is Status.PUBLISHED]
    return render("organisations/show.html", organisation=organisation, listings=running, today=clock.now().date())
