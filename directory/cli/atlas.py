"""Commands of the atlas: load small areas with the people in them, work everything out, and print or save the figures."""

from __future__ import annotations

import csv
import io
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
from directory.queries import atlas as queries
from directory.queries import supply
from directory.queries.atlas import Figures

KM = ("2", "5", "10")


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
    rows = [_row(worked_out, number, found, reach_km) for number in numbers for found in queries.table(worked_out, [number])]
    if form == "json":
        click.echo(json.dumps({"areas": worked_out.areas_about.source, "day": worked_out.day, "rows": rows}, indent=1))
    elif form == "csv":
        click.echo(_csv(rows), nl=False)
    else:
        _tell(worked_out, rows, with_councils=bool(need))


def _folder() -> Path:
    return Path(current_app.config["ATLAS_FOLDER"])


def _row(worked_out: Stored, number: int, found: Figures, reach_km: float | None) -> dict[str, Any]:
    sort, _, code = found.group.partition(":")
    if reach_km is None:
        beyond = {f"beyond_{km}_km": people for km, people in zip(KM, found.beyond_km, strict=True)}
    else:
        people = worked_out.beyond(number, found.group, reach_km=reach_km)
        beyond = {f"beyond_{reach_km:g}_km": None if people is None else round(people)}
    return {
        "need": found.subject.slug,
        "what": found.subject.label,
        "by": {"all": "everybody", "rural": "village or town", "decile": "deprivation", "council": "council"}[sort],
        "code": code,
        "name": found.name,
        "people": found.people,
        "people_not_known": found.all_people - found.people,
        "median_km": None if found.median_km is None else round(found.median_km, 2),
        **beyond,
        **{f"within_{mile}_mi": _rounded(value) for mile, value in zip((1, 3, 5, 10), found.within_mi, strict=True)},
        "per_1000": _rounded(found.per_1000, 4),
        "comes": _rounded(found.comes),
        "from_home": _rounded(found.from_home),
    }


def _rounded(value: float | None, places: int = 2) -> float | None:
    return None if value is None else round(value, places)


def _csv(rows: list[dict[str, Any]]) -> str:
    page = io.StringIO()
    if rows:
        writer = csv.DictWriter(page, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        # Not known is its own word: an empty cell is too easily read as none.
        writer.writerows({name: "not known" if value is None else value for name, value in row.items()} for row in rows)
    return page.getvalue()


def _tell(worked_out: Stored, rows: list[dict[str, Any]], *, with_councils: bool) -> None:
    about = worked_out.areas_about
    if about.is_estimate:
        click.echo("Estimate: no population loaded. Postcodes are counted in place of people (“flask areas FILE” loads people).")
    click.echo(f"Straight lines, on {worked_out.day}, for {about.source}.\n")
    beyond = [name for name in rows[0] if name.startswith("beyond_")] if rows else []
    titles = [f"beyond {name.split('_')[1]} km" for name in beyond]
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
