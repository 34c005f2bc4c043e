"""The arrows and the one home of each thing, read from the source with `ast`; each rule is broken once to see it bite."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "directory"

BASE = {"extensions", "errors", "beside"}
MAY_IMPORT: dict[str, set[str]] = {
    "beside": set(),
    "config": set(),
    "errors": set(),
    "extensions": set(),
    "htmx": set(),
    "mail": set(),
    "models": BASE,
    "places": BASE | {"models"},
    "indexes": BASE | {"models"},
    "areas": {"errors"},
    "permissions": {"errors", "models"},
    "ranking": BASE | {"models", "places", "indexes"},
    "search": BASE | {"models", "places", "indexes", "ranking"},
    "queries": BASE | {"models", "places", "search", "areas"},
    "history": BASE | {"models", "search"},
    "actions": BASE | {"models", "places", "search", "queries", "permissions", "history"},
    "forms": {"errors", "models", "places", "search"},
    "exchange": {"errors", "models", "places"},
    "websites": set(),
    "jobs": BASE | {"models", "actions", "queries", "forms", "exchange", "search", "websites", "mail", "areas"},
    "cli": BASE | {"models", "actions", "queries", "forms", "exchange", "search", "places", "areas", "jobs"},
    "views": BASE | {"models", "actions", "queries", "forms", "exchange", "search", "permissions", "htmx"},
    "__init__": {"config", "extensions", "htmx", "mail", "search", "places", "jobs", "cli", "views"},
}

NO_WEB = {"queries", "actions", "permissions", "errors", "search", "history", "ranking", "indexes", "places", "areas", "exchange"}
DOORS = {"views", "cli", "jobs"}
# Each library behind one of our files, so that the way out is one file long.
HOMES = {
    "geopy": ("places/", "places.py"),
    "whoosh": ("indexes/",),
    "scipy": ("indexes/", "areas/"),
    "numpy": ("indexes/", "areas/", "ranking/", "search.py"),
    "huey": ("jobs.py",),
    "h3": ("areas/",),
}
OUTSIDE = {"socket", "ssl", "urllib", "http", "smtplib", "pathlib", "shutil", "subprocess", "tempfile", "io", "os", "glob"}
KINDS = {"utils", "util", "common", "misc", "services", "service", "managers", "manager", "helpers", "helper"}
LONGEST = 400  # "about 300 lines"; beyond this it is time to split by noun
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Import = tuple[ast.stmt, str, bool]  # the statement, the dotted name, and whether it is for the type checker only


def layer_of(path: str) -> str:
    """The first part under `directory/`: `views/access.py` is in "views", `search.py` is "search"."""
    return path.split("/")[0].removesuffix(".py")


def in_home(path: str, homes: tuple[str, ...]) -> bool:
    return any(path.startswith(home) if home.endswith("/") else path == home for home in homes)


def imports(tree: ast.Module, path: str) -> Iterator[Import]:
    """Every import wherever it stands, as full dotted names; `from x import y` gives `x.y`."""
    for_types = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for child in ast.walk(statement)
    }
    package = ["directory", *path.split("/")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, id(node) in for_types
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node, f"{module}.{alias.name}", id(node) in for_types


def docstrings(tree: ast.Module) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *SCOPES)) and ast.get_docstring(node):
            found.add(id(node.body[0].value))  # type: ignore[attr-defined]
    return found


def complaints(path: str, source: str) -> list[str]:
    """What is wrong with one file of the house; `path` is relative to `directory/`."""
    tree = ast.parse(source)
    return [
        *about_the_file(path, source, tree),
        *about_imports(path, tree),
        *about_calls(path, tree),
    ]


def about_the_file(path: str, source: str, tree: ast.Module) -> Iterator[str]:
    if layer_of(path) not in MAY_IMPORT:
        yield f"{path} is in no layer: a new kind of file"
    for part in path.removesuffix(".py").split("/"):
        if part in KINDS:
            yield f"{path} is named for a kind: {part}"
    opening = (ast.get_docstring(tree) or "").split("\n\n")[0]
    if not opening.endswith((".", "!", "?")) or " " not in opening or opening[0].islower():
        yield f"{path} does not open with a sentence"
    if source.count("\n") > LONGEST:
        yield f"{path} has {source.count(chr(10))} lines: split it by noun"
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"#\s*(noqa|type: ignore)\b(?!.*( -- \S|\[))", line):
            yield f"{path}:{number} suppresses a rule and does not say why"
        if re.search(r"\bTODO\b(?!.*#\d+)|\b(FIXME|XXX)\b", line):
            yield f"{path}:{number} leaves something to do without an issue"


def about_imports(path: str, tree: ast.Module) -> Iterator[str]:
    layer = layer_of(path)
    outer = [inner for statement in tree.body for inner in (statement, *getattr(statement, "body", ()))]
    inside = {id(inner) for scope in outer if isinstance(scope, SCOPES) for inner in ast.walk(scope)}
    for node, name, for_types in imports(tree, path):
        where = f"{path}:{node.lineno}"
        library, _, rest = name.partition(".")
        if id(node) in inside:
            yield f"{where} imports {name} inside a function: imports sit at the top"
        if for_types:
            continue
        if library == "directory":
            target = rest.split(".")[0] or "__init__"
            if target == layer:
                if layer == "actions" and rest.split(".")[1:2] not in ([], [Path(path).stem]):
                    yield f"{where} imports another action: {name}"
            elif target not in MAY_IMPORT.get(layer, set()):
                yield f"{where} imports {name}: {layer} may not import {target}"
        if layer in NO_WEB and (library in {"flask", "werkzeug"} or library.startswith("flask_")):
            yield f"{where} imports {name}: {layer} knows nothing of the web"
        if library in HOMES and not in_home(path, HOMES[library]):
            yield f"{where} imports {name}: {library} lives in {' and '.join(HOMES[library])}"
        if layer == "actions" and library in OUTSIDE:
            yield f"{where} imports {name}: an action touches no file and no network"


def about_calls(path: str, tree: ast.Module) -> Iterator[str]:
    layer = layer_of(path)
    prose = docstrings(tree)
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if is_text and "HX-" in node.value and path != "htmx.py":
            yield f"{path}:{node.lineno} knows a header of htmx: HX- lives in htmx.py"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        where = f"{path}:{node.lineno}"
        last = called.rpartition(".")[2]
        # The writer of the text index has a commit of its own, which is not the database's.
        if last == "commit" and path not in ("extensions.py", "indexes/whoosh_index.py"):
            yield f"{where} commits: .commit( lives in extensions.py"
        if last == "writing" and layer != "actions":
            yield f"{where} writes: writing() lives in actions/"
        if called == "open" and layer == "actions":
            yield f"{where} opens a file: an action touches no file and no network"
        if layer not in DOORS and re.search(r"\b(date\.today|datetime\.(now|utcnow|today)|time\.time|time\.localtime)$", called):
            yield f"{where} reads the clock: {called} belongs to a door; take it as an argument"


def files() -> list[str]:
    return sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py"))


@pytest.mark.parametrize("path", files())
def test_a_file_keeps_the_rules_of_the_house(path):
    assert complaints(path, (HOUSE / path).read_text("utf-8")) == []


SENTENCE = '"""Says what it is for."""\n'
BROKEN = [
    ("queries/gaps.py", "from directory.actions import gaps", "queries may not import actions"),
    ("models/gaps.py", "import directory.queries.gaps", "models may not import queries"),
    ("views/gaps.py", "from directory import places", "views may not import places"),
    ("forms/gaps.py", "from ..queries import gaps", "forms may not import queries"),
    ("extensions.py", "from directory import errors", "extensions may not import errors"),
    ("__init__.py", "from directory.models import Listing", "__init__ may not import models"),
    ("actions/gaps.py", "from directory.actions import listings", "imports another action"),
    ("actions/gaps.py", "from directory.actions.listings import add", "imports another action"),
    ("actions/gaps.py", "from . import listings", "imports another action"),
    ("actions/gaps.py", "import smtplib", "touches no file"),
    ("actions/gaps.py", "open('letter')", "touches no file"),
    ("queries/gaps.py", "from flask import current_app", "knows nothing of the web"),
    ("search.py", "import werkzeug.exceptions", "knows nothing of the web"),
    ("exchange/csv.py", "from flask_login import current_user", "knows nothing of the web"),
    ("views/gaps.py", "db.session.commit()", "commits"),
    ("actions/gaps.py", "db.session.commit()", "commits"),
    ("views/gaps.py", "with writing(gap): pass", "writes"),
    ("jobs.py", "with extensions.writing(): pass", "writes"),
    ("views/gaps.py", "request.headers['HX-Request']", "HX- lives in htmx.py"),
    ("views/gaps.py", "f'HX-{name}'", "HX- lives in htmx.py"),
    ("queries/gaps.py", "import geopy", "geopy lives in"),
    ("search.py", "from whoosh.index import open_dir", "whoosh lives in"),
    ("places/grid.py", "import numpy as np", "numpy lives in"),
    ("ranking/policy.py", "from scipy.spatial import cKDTree", "scipy lives in"),
    ("cli/worker.py", "import huey", "huey lives in"),
    ("views/gaps.py", "def show():\n    import json", "imports sit at the top"),
    ("views/gaps.py", "class Gap:\n    import json", "imports sit at the top"),
    ("views/gaps.py", "if True:\n    def show():\n        import json", "imports sit at the top"),
    ("queries/gaps.py", "date.today()", "reads the clock"),
    ("actions/gaps.py", "datetime.datetime.now(UTC)", "reads the clock"),
    ("utils.py", "", "named for a kind"),
    ("views/helpers.py", "", "named for a kind"),
    ("signals.py", "", "a new kind of file"),
    ("views/gaps.py", "x = 1  # noqa: S311", "does not say why"),
    ("views/gaps.py", "# TODO tidy up", "without an issue"),
    ("views/gaps.py", "\n" * (LONGEST + 1), "split it by noun"),
]


@pytest.mark.parametrize(("path", "source", "complaint"), BROKEN)
def test_each_rule_bites(path, source, complaint):
    assert complaint in "; ".join(complaints(path, SENTENCE + source))


@pytest.mark.parametrize("opening", ["", '"""gaps"""', '"""Gaps in provision"""', "# Gaps in provision."])
def test_a_module_without_an_opening_sentence_is_noticed(opening):
    assert complaints("views/gaps.py", opening) == ["views/gaps.py does not open with a sentence"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("views/gaps.py", "from directory.actions import gaps as actions\nfrom flask import request"),
        ("models/gaps.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from directory.actions import gaps"),
        ("models/accounts.py", "from flask_login import UserMixin"),
        ("views/gaps.py", "from directory.views import access"),
        ("views/gaps.py", "date.today()\nx = 1  # noqa: S311 -- sample rows, not a secret"),
        ("htmx.py", "request.headers['HX-Target']"),
        ("views/gaps.py", 'def vary():\n    """Every page says HX-Target."""'),
        ("places/geocoder.py", "import geopy\ntime.monotonic()"),
    ],
)
def test_what_is_allowed_is_let_be(path, source):
    assert complaints(path, SENTENCE + source) == []


def test_the_arrows_have_no_circle():
    done: set[str] = set()
    while ready := {layer for layer in MAY_IMPORT.keys() - done if MAY_IMPORT[layer] <= done}:
        done |= ready
    assert done == MAY_IMPORT.keys()
