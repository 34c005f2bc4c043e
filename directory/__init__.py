"""Fingerpost, a community directory: the application and what it is put together from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

from directory import cli, config, jobs, places, search, views
from directory.extensions import csrf, db, login_manager, migrate


def create_app(given: dict[str, Any] | None = None) -> Flask:
    """A ready application. Defaults give way to `DIRECTORY_*` of the environment, and both to the `given` settings."""
    app = Flask(__name__, static_folder=None)  # views/library_files.py serves an allow-list instead
    instance = config.instance_folder(app.instance_path, given)
    app.config.from_mapping(config.settings(instance))
    app.config.from_prefixed_env("DIRECTORY")
    app.config.from_mapping(given or {})
    config.check(app.config)
    app.config["SECRET_KEY"] = app.config.get("SECRET_KEY") or config.secret(instance)
    db.init_app(app)
    migrate.init_app(app, directory=str(Path(app.root_path).parent / "migrations"))
    csrf.init_app(app)
    app.login_manager = login_manager  # its init_app opens the session on every answer, for a cookie we never set
    places.configure(
        file=app.config["PLACES_FILE"],
        northern_ireland=app.config["NORTHERN_IRELAND"],
        geocoder_url=app.config["GEOCODER_URL"],
    )
    search.configure(folder=app.config["INDEX_FOLDER"], engine=app.config["SEARCH_ENGINE"])
    jobs.init_app(app)
    cli.init_app(app)
    views.init_app(app)
    return app
