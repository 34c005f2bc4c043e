"""The web doors: pages and JSON by noun, who may open them, and what every answer carries."""

from __future__ import annotations

from flask import Flask

from directory.views import (
    about,
    access,
    accounts,
    api,
    atlas,
    calls,
    claim_jobs,
    claims,
    completions,
    components,
    confirming,
    curation,
    desk,
    desk_jobs,
    duplicates,
    editing,
    editors,
    errors,
    factors,
    gallery,
    gap_board,
    gap_desk,
    gap_help,
    gaps,
    headers,
    history,
    letters,
    library_files,
    listings,
    miss_desk,
    misses,
    organisations,
    people,
    reports,
    rest,
    tallies,
    typed,
)


def init_app(app: Flask) -> None:
    """Everything a browser can reach. Raises RuntimeError for a route that does not say who may open it."""
    library_files.init_app(app)
    components.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    tallies.init_app(app)
    misses.init_app(app)
    for noun in (
        about,
        listings,
        completions,
        organisations,
        claims,
        claim_jobs,
        api,
        atlas,
        accounts,
        editing,
        confirming,
        desk,
        desk_jobs,
        duplicates,
        calls,
        history,
        curation,
        factors,
        people,
        editors,
        letters,
        reports,
        rest,
        gap_board,
        miss_desk,
        typed,
        gaps,
        gap_desk,
        gap_help,
    ):
        app.register_blueprint(noun.bp)
    if app.debug or app.testing:
        app.register_blueprint(gallery.bp)
    access.check_every_route(app)
    app.before_request(access.refuse_the_undeclared)
    app.before_request(access.refuse_writing_when_closed)
