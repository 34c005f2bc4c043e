"""Commands that set the directory up, mend what is derived, and say whether all is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from directory import jobs, places, search
from directory.actions import cells
from directory.actions import demonstration as demonstration_actions
from directory.actions import vocabulary as vocabulary_actions
from directory.cli.feeds import apply
from directory.cli.telling import plainly, progress
from directory.exchange import demonstration, demonstration_gaps, vocabulary
from directory.extensions import db
from directory.models import quarters
from directory.queries import catalogue as queries
from directory.queries import feeds, gaps, listings


@click.command("setup")
@click.option("--demonstration/--no-demonstration", "with_demonstration", default=True, show_default=True)
@with_appcontext
@plainly
def setup(with_demonstration: bool) -> None:
    """Everything before the first start: database, words, postcodes, demonstration catalogue, index. Safe to repeat."""
    upgrade()
    vocabulary_actions.load(vocabulary.shipped_terms())
    if not places.is_built():
        with progress("Postcodes") as told:
            places.build(told)
    today = datetime.now(ZoneInfo("Europe/London")).date()
    if with_demonstration and queries.is_empty() and feeds.source_named(demonstration.SOURCE) is None:
        apply(demonstration.records(today=today), source=demonstration.SOURCE, label="Demonstration catalogue")
        demonstrate_gaps(now=datetime.now(UTC))
    if search.needs_rebuild():
        with progress("Search index") as told:
            search.rebuild(told)
    db.session.remove()
    db.engine.dispose()  # so that the database is one whole file before anybody copies it


def demonstrate_gaps(*, now: datetime) -> None:
    """Invented gaps of the valley, and the last quarter that can be counted, counted from them."""
    quarter = quarters.before(quarters.quarter_of(now - cells.SETTLES))
    invented = [
        demonstration_actions.Invented(
            **{name: value for name, value in vars(gap).items() if name not in ("area", "area_name")},
            area=replace(gaps.area_of(gap.area), name=gap.area_name),
        )
        for gap in demonstration_gaps.gaps(quarter=quarter, now=now)
    ]
    searches = demonstration_gaps.misses(quarter=quarter, now=now)
    misses = [(each.day, each.area, each.need, each.word, each.visits) for each in searches]
    if demonstration_actions.fill(invented, misses):
        cells.count_quarter(quarter, now=now)


@click.command("reindex")
@with_appcontext
@plainly
def reindex() -> None:
    """Build a new search index beside the old one and swap."""
    with progress("Search index") as told:
        search.rebuild(told)
    click.echo(f"{listings.published_count():,} listings can be found.")


@click.command("healthcheck")
@with_appcontext
def healthcheck() -> None:
    """Exit 0 when database, postcodes, index and worker are well; one line for each."""
    lines = {
        "database": queries.is_reachable(),
        "postcodes": places.is_built(),
        "index": not search.needs_rebuild(),
        "worker": jobs.is_alive(current_app),
    }
    for name, well in lines.items():
        click.echo(f"{name}: {'well' if well else 'NOT WELL'}")
    if not all(lines.values()):
        raise SystemExit(1)
