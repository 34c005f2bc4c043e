"""The audit chain from the keyboard."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from directory.cli.telling import plainly
from directory.queries import audit as queries

audit = AppGroup("audit", help="Who did what, sealed row by row.")


@audit.command("verify")
@click.option(
    "--seal", default="", help="The seal that an earlier run or the lead's letter named: it has to be in the chain still."
)
@plainly
def verify(seal: str) -> None:
    """Walk the chain of the audit log and say whether it is whole; ends 1 when it is not."""
    found = queries.chain()
    if found.broken_at is not None:
        raise click.ClickException(f"The chain holds for {found.rows:,} rows and is broken at row {found.broken_at:,}.")
    if seal and not queries.holds(seal):
        raise click.ClickException(f"The {found.rows:,} rows hold, but the seal {seal} is gone: rows were cut off at the end.")
    click.echo(f"The chain is whole: {found.rows:,} rows. Its seal is {found.seal}")
