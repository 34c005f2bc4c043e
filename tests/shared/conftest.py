"""The real open lists, imported once for all checks on them; where the lists are absent each check skips by name."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db
from directory.views import clock
from tests.conftest import configure_adapters, make_app

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Europe/London"))
FILES = (
    "lib_libraries_england_2023.csv",
    "lib_libraries_scotland.csv",
    "lib_libraries_wales.csv",
    "lib_libraries_northern_ireland.csv",
    "mobile_library_stops.csv",
    "museums_wattributes-2020-02-23.tsv",
    "trafford/sports_clubs.csv",
)
SUMMARY = re.compile(r"^added (\d+), changed (\d+), unchanged (\d+), refused (\d+)(?:, closed (\d+))?", re.MULTILINE)


@dataclass
class Catalogue:
    """A site that holds the real lists. `first` and `second` tell, by file, the counts of importing it once and again."""

    app: Flask
    folder: Path
    first: dict[str, tuple[int, ...]] = field(default_factory=dict)
    second: dict[str, tuple[int, ...]] = field(default_factory=dict)
    took_s: float = 0.0

    def search(self, **question: Any) -> dict[str, Any]:
        """`GET /api/search` as on the day of `NOW`."""
        with mock.patch.object(clock, "now", return_value=NOW), self.app.app_context():
            answer = self.app.test_client().get("/api/search", query_string=question)
        assert answer.status_code == 200, answer.text
        return answer.json

    def take_in(self, name: str, refused: Path) -> tuple[int, ...]:
        """Import one file through the command; its counts in the order of the summary."""
        done = self.app.test_cli_runner().invoke(args=["import", str(self.folder / name), "--refused", str(refused)])
        assert done.exit_code == 0, done.output
        return tuple(int(count or 0) for count in SUMMARY.search(done.output).groups())


@pytest.fixture(scope="session")
def real_catalogue(shared: Path, places_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("real")
    app = make_app(folder, PLACES_FILE=str(places_file))
    catalogue = Catalogue(app, shared / "listings")
    with app.app_context():
        configure_adapters(app)
        vocabulary_actions.load(shipped.shipped_terms())
        db.session.remove()
    started = time.monotonic()
    catalogue.first = {name: catalogue.take_in(name, folder / "refused.csv") for name in FILES}
    catalogue.took_s = time.monotonic() - started
    catalogue.second = {name: catalogue.take_in(name, folder / "refused.csv") for name in FILES}
    yield catalogue
    with app.app_context():
        db.engine.dispose()
