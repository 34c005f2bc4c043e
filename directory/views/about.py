"""The front page, the pages about the directory itself, and what machines ask of a site."""

from __future__ import annotations

import math
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, url_for

from directory.actions import retention
from directory.htmx import render
from directory.queries import catalogue, reports
from directory.queries import retention as forgetting
from directory.views import clock, words
from directory.views.access import anyone, open_to

bp = Blueprint("about", __name__)

# Needs to start from: what people say, and where it leads.
STARTS = (
    ("cup", "Company", {"need": "loneliness"}),
    ("bus", "Getting about", {"need": "transport"}),
    ("pound", "Money worries", {"need": "money"}),
    ("step", "Gardens and outdoors", {"need": "nature"}),
    ("people", "Caring for someone", {"need": "caring"}),
    ("home", "Help at home", {"reach": "home"}),
)
# Fewer than these are counted one by one: a share of three says nothing. A middle needs some on either side.
FEW, LEAST_FOR_A_MIDDLE = 10, 3
HOURS = 96  # up to so many are told as hours


@bp.get("/")
@open_to(anyone)
def front() -> str:
    return render("about/front.html", starts=STARTS, state=catalogue.state(today=clock.now().date()))


@bp.get("/about/roles")
@open_to(anyone)
def roles() -> str:
    return render("about/roles.html")


@bp.get("/about/accessibility")
@open_to(anyone)
def accessibility() -> str:
    return render("about/accessibility.html")


@bp.get("/about/privacy")
@open_to(anyone)
def privacy() -> str:
    geocoder = urlsplit(current_app.config["GEOCODER_URL"]).hostname or ""
    return render("about/privacy.html", geocoder=geocoder, kept=retention.KEPT)


@bp.get("/status")
@open_to(anyone)
def status() -> str:
    now = clock.now()
    return render(
        "about/status.html",
        state=catalogue.state(today=now.date()),
        promises=reports.promises(now=now),
        forgot_at=forgetting.forgot_at(),
        now=now,
        few=FEW,
        least_for_a_middle=LEAST_FOR_A_MIDDLE,
        long_words=long_words,
        waited_words=waited_words,
        sources=catalogue.sources(),
        year=catalogue.postcodes_year(),
    )


def long_words(hours: float) -> str:
    """How long something took, rounded up: never better than it is."""
    return words.counted(math.ceil(hours), "hour") if hours <= HOURS else words.counted(math.ceil(hours / 24), "day")


def waited_words(hours: float) -> str:
    """How long something waits so far; in its first hour it has not waited one."""
    return long_words(hours) if hours >= 1 else "less than an hour"


@bp.get("/healthz")
@open_to(anyone)
def healthz() -> Response:
    """The process answers and can read its database."""
    said, status = ("ok", 200) if catalogue.is_reachable() else ("the database cannot be read", 503)
    return Response(said, status, mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/robots.txt")
@open_to(anyone)
def robots() -> Response:
    """Results are endless and hold places, so they are not for crawlers; the pages they lead to are."""
    lines = ("User-agent: *", "Disallow: /search", "Disallow: /api/", f"Sitemap: {url_for('about.sitemap', _external=True)}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/sitemap.xml")
@open_to(anyone)
def sitemap() -> Response:
    listings, organisations = catalogue.addresses()
    page = render_template("about/sitemap.xml", listings=listings, organisations=organisations)
    return Response(page, mimetype="application/xml")
