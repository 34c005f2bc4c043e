"""Commands that load postcodes and place names from files; the format is recognised by what the file holds."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from directory import places
from directory.cli.telling import plainly, progress

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("postcodes")
@click.argument("file", type=A_FILE)
@with_appcontext
@plainly
def postcodes(file: Path) -> None:
    """Lay a postcode FILE (ONSPD, NSPL, Code-Point Open and others) over the table built at set-up."""
    with progress("Postcodes") as told:
        report = places.import_postcodes(file, told)
    click.echo(str(report))
    if current_app.config["NORTHERN_IRELAND"]:
        click.echo(places.NORTHERN_IRELAND_NOTICE)


@click.command("places")
@click.argument("file", type=A_FILE)
@with_appcontext
@plainly
def names(file: Path) -> None:
    """Load place names, or other names for them, from FILE."""
    with progress("Place names") as told:
        report = places.import_names(file, told)
    click.echo(str(report))
