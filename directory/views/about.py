"""The front page, the pages about the directory itself, and what machines ask of a site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, url_for

from directory.htmx import render
from directory.queries import catalogue
from directory.views import clock
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
    return render("about/privacy.html", geocoder=geocoder)


@bp.get("/status")
@open_to(anyone)
def status() -> str:
    state = catalogue.state(today=clock.now().date())
    return render("about/status.html", state=state, sources=catalogue.sources(), year=catalogue.postcodes_year())


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
