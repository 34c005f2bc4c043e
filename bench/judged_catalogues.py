"""The two catalogues that the judged questions are asked of: the demonstration, and open data where this machine has it.

Each has an instance of its own, so that the figures of one do not depend on whether the other is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from flask_migrate import upgrade

from directory import create_app, places, search
from directory.actions import vocabulary as vocabulary_actions
from directory.cli.feeds import apply
from directory.exchange import demonstration
from directory.exchange import vocabulary as shipped
from directory.extensions import db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Europe/London"))
REPOSITORY = Path(__file__).parents[1]
SHARED = Path(os.environ.get("DIRECTORY_SHARED_DATA") or REPOSITORY.parent / "shared").resolve()
# The folder of real data may be named itself, or the one above it.
REAL = SHARED / "data" if (SHARED / "data").is_dir() else SHARED
FILES = (
    "lib_libraries_england_2023.csv",
    "lib_libraries_scotland.csv",
    "lib_libraries_wales.csv",
    "mobile_library_stops.csv",
    "museums_wattributes-2020-02-23.tsv",
    "trafford/sports_clubs.csv",
    "trafford/trafford_mental_health_services.csv",
    "trafford/trafford_allotments.csv",
    "trafford/trafford_childrens_centres.csv",
    "trafford/gm_green_flags.csv",
)
NAMES = "postcodes/place_names_osopennames_subset.tsv"


def has_open_data() -> bool:
    return all((REAL / "listings" / name).is_file() for name in FILES)


def catalogue(name: str, folder: Path) -> Flask:
    """The application over `demonstration` or `open`, as it is on the morning of `NOW`; filled only where it is not yet."""
    instance = folder / name
    whole = instance / "whole"
    if not whole.exists():
        shutil.rmtree(instance, ignore_errors=True)
        instance.mkdir(parents=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = create_app({"INSTANCE_FOLDER": str(instance), "SECRET_KEY": "only for measuring", "JOBS_FILE": "", "TESTING": True})
    with app.app_context():
        places.configure(file=app.config["PLACES_FILE"])
        search.configure(folder=app.config["INDEX_FOLDER"])
        if not whole.exists():
            upgrade()
            shutil.copyfile(postcode_table(), app.config["PLACES_FILE"])
            places.configure(file=app.config["PLACES_FILE"])
        vocabulary_actions.load(shipped.shipped_terms())  # a kept catalogue learns today's words as well
        if not whole.exists():
            fill(app, name)
            whole.touch()
        search.rebuild()
        search.configure(folder=app.config["INDEX_FOLDER"])
        db.session.remove()
    return app


def fill(app: Flask, name: str) -> None:
    if name == "demonstration":
        with contextlib.redirect_stderr(io.StringIO()):
            apply(demonstration.records(today=NOW.date()), source=demonstration.SOURCE, label="Demonstration catalogue")
        return
    runner = app.test_cli_runner()
    if (REAL / NAMES).is_file():
        runner.invoke(args=["places", str(REAL / NAMES)])
    for file in FILES:
        refused = str(Path(app.instance_path) / "refused.csv")
        done = runner.invoke(args=["import", str(REAL / "listings" / file), "--refused", refused])
        if done.exit_code:
            raise RuntimeError(f"{file} could not be imported: {done.output[-400:]}")


def postcode_table() -> Path:
    """The real postcode table, built once for each state of the code that builds it and kept between runs."""
    code = b"".join(path.read_bytes() for path in sorted(Path(places.__file__).parent.glob("*")) if path.is_file())
    kept = Path(tempfile.gettempdir()) / "fingerpost-bench" / f"places-{hashlib.sha256(code).hexdigest()[:12]}.sqlite"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_suffix(f".{os.getpid()}")
        places.configure(file=beside)
        places.build(lambda *told: None)
        beside.replace(kept)
    return kept
