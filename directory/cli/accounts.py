"""Accounts from the keyboard: the first ones have nobody who could invite them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from directory.actions import accounts as actions
from directory.actions import factors, people
from directory.cli.telling import plainly
from directory.errors import NotFound, Refused
from directory.forms.accounts import area_code, email_address
from directory.models import LinkPurpose, Role
from directory.queries import accounts as queries

user = AppGroup("user", help="People who sign in.")


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What this person does here.")
@click.option("--name", default="", help="What others see.")
@click.option(
    "--area",
    "areas",
    multiple=True,
    help="An outward code, or a council by name or code, that they look after; may be given often.",
)
@plainly
def add(email: str, role: str, name: str, areas: tuple[str, ...]) -> None:
    """Add an account and print a link that signs this person in once, within a fortnight."""
    now = datetime.now(UTC)
    try:
        address, codes = email_address(email), [area_code(area) for area in areas]
    except ValueError as error:
        raise Refused(str(error)) from error
    account = actions.add(address, role=Role(role), by="command", now=now, display_name=name, areas=codes)
    secret = actions.link_for(account, LinkPurpose.INVITE, now=now)
    base = base_url()
    with current_app.test_request_context(base_url=base or None):
        address = url_for("accounts.link_page", secret=secret, _external=bool(base))
    ends = now + actions.LINKS_LAST[LinkPurpose.INVITE]
    where = "" if base else " Open it on the address where the site runs."
    click.echo(f"{account.email} is {role}. This link signs them in once, until {ends:%d %B}.{where}")
    click.echo(address)


def base_url() -> str:
    """Where the site is reached: the address that is set, else the one it is served at just now; empty where nobody knows."""
    if current_app.config["PUBLIC_URL"]:
        return str(current_app.config["PUBLIC_URL"])
    served = Path(current_app.config["SERVED_FILE"])
    if served.exists():
        return served.read_text().strip()
    return f"http://127.0.0.1:{os.environ['PORT']}" if os.environ.get("PORT") else ""


@user.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@plainly
def give_role(email: str, role: str) -> None:
    """Give somebody a role where there is no second person yet who could agree."""
    account = queries.by_email(email)
    if account is None:
        raise NotFound("There is no account with this address.")
    people.give_role_by_command(account, Role(role), now=datetime.now(UTC))
    click.echo(f"{account.email} is {role}, is signed out everywhere, and is told by mail.")


@user.command("forget-factor")
@click.argument("email")
@plainly
def forget_factor(email: str) -> None:
    """Take away the second step of somebody who lost telephone and codes; make sure first that it is them."""
    account = queries.by_email(email)
    if account is None:
        raise NotFound("There is no account with this address.")
    factors.remove(account, by="command", now=datetime.now(UTC))
    click.echo(f"{account.email} is signed out everywhere, and is told by mail. They set the second step up when they sign in.")
