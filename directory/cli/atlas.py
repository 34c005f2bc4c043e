"""Commands of the atlas: load small areas with the people in them, work everything out, and print or save the figures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from directory import jobs
from directory.areas import files, kept
from directory.areas.kept import Stored
from directory.areas.population import save
from directory.cli.telling import plainly, progress
from directory.exchange import atlas_tables
from directory.queries import atlas as queries
from directory.queries import supply


@click.command("areas")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@plainly
def areas(file: Path) -> None:
    """Load small areas with their population from a CSV or TSV FILE, for the atlas; what was loaded before is replaced."""
    with progress("Areas") as told:
        read = files.read(
            file,
            place_of=queries.place_of,
            council_of=queries.council_of,
            loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
            progress=told,
        )
    save(read, kept.areas_file(_folder()))
    people = read.people
    click.echo(f"{file.name}: {read.about.source}, {len(read):,} areas, {round(float(people.sum())):,} people.")
    for many, lack in (
        (int((people == 0).sum()), "without people: their figures are “not known”"),
        (int((read.rural < 0).sum()), "of which nobody says whether they are town or country"),
        (int((read.decile == 0).sum()), "without a tenth of deprivation"),
        (int((read.council == "").sum()), "without a council"),
    ):
        if many:
            click.echo(f"  Note: {many:,} areas {lack}.")
    click.echo("The worker reckons the atlas anew within the hour; “flask --app wsgi atlas” does it now.")


@click.command("atlas")
@click.option("--need", default="", help="One need, or a kind of place such as library.")
@click.option("--reach-km", type=click.FloatRange(0.1, 200.0), help="People beyond so many kilometres, in place of 2, 5 and 10.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@with_appcontext
@plainly
def atlas(need: str, reach_km: float | None, form: str) -> None:
    """Provision against population: how far it is to the nearest, by kind of place, deprivation and council."""
    worked_out = jobs.reckon_atlas(current_app._get_current_object(), now=datetime.now(UTC))  # type: ignore[attr-defined]
    if need:
        numbers = [queries.subject(worked_out, need)]
        if need == supply.LIBRARY:
            numbers += [queries.subject(worked_out, slug) for slug in (supply.BUILDING, supply.COMPARED)]
    else:
        numbers = [number for number, count in enumerate(worked_out.supply) if count["listings"] or count["stops"]]
    rows = []
    for number in numbers:
        for found in queries.table(worked_out, [number]):
            people = worked_out.beyond(number, found.group, reach_km=reach_km) if reach_km else None
            beyond = {reach_km: None if people is None else round(people)} if reach_km else None
            rows.append(atlas_tables.record(found, beyond))
    if form == "json":
        click.echo(json.dumps({"areas": worked_out.areas_about.source, "day": worked_out.day, "rows": rows}, indent=1))
    elif form == "csv":
        click.echo(atlas_tables.as_csv(rows), nl=False)
    else:
        _tell(worked_out, rows, with_councils=bool(need))


def _folder() -> Path:
    return Path(current_app.config["ATLAS_FOLDER"])


def _tell(worked_out: Stored, rows: list[dict[str, Any]], *, with_councils: bool) -> None:
    about = worked_out.areas_about
    if about.is_estimate:
        click.echo("Estimate: no population loaded. Postcodes are counted in place of people (“flask areas FILE” loads people).")
    click.echo(f"Straight lines, on {worked_out.day}, for {about.source}.\n")
    beyond = [name for name in rows[0] if name.startswith("beyond_") and name.endswith("_km")] if rows else []
    titles = [name.replace("_", " ") for name in beyond]
    before = ""
    for row in rows:
        if row["by"] == "council" and not with_councils:
            continue
        if row["what"] != before:
            before = row["what"]
            click.echo(
                f"{before}\n  {'':34}{'people':>12}{'not known':>12}{'half within':>13}" + "".join(f"{t:>14}" for t in titles)
            )
        half = "not known" if row["median_km"] is None else f"{row['median_km']:.2f} km"
        far = "".join(f"{'not known' if row[name] is None else format(row[name], ','):>14}" for name in beyond)
        click.echo(f"  {row['name'][:33]:34}{row['people']:>12,}{row['people_not_known']:>12,}{half:>13}{far}")
