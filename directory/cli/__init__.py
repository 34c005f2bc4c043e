"""The commands of the directory, a few lines each: they read arguments, call one thing, and print what it says.

`feeds.py` imports files, `places.py` loads postcodes and names, `atlas.py` small areas, `synonyms.py` teaches search words,
`catalogue.py` sets up and mends what is derived, `serving.py` runs the web server and the worker.
"""

from __future__ import annotations

import importlib
import pkgutil

import click
from flask import Flask

from directory import actions, models, queries, search
from directory.cli.accounts import user
from directory.cli.atlas import areas, atlas
from directory.cli.audit import audit
from directory.cli.catalogue import healthcheck, reindex, setup
from directory.cli.feeds import import_file
from directory.cli.places import names, postcodes
from directory.cli.serving import serve, worker
from directory.cli.synonyms import synonyms
from directory.extensions import db

COMMANDS: tuple[click.Command, ...] = (
    *(setup, serve, worker, import_file, postcodes, names, synonyms, reindex, healthcheck, user, audit, areas, atlas),
)


def init_app(app: Flask) -> None:
    """Hang the commands on `flask` and fill `flask shell`."""
    for command in COMMANDS:
        app.cli.add_command(command)
    app.shell_context_processor(shell_names)


def shell_names() -> dict[str, object]:
    """What `flask shell` knows at once: db, every model, and the modules by their layer's name."""
    for package in (actions, queries):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    rows = {name: getattr(models, name) for name in models.__all__}
    return {"db": db, "models": models, "actions": actions, "queries": queries, "search": search, **rows}
