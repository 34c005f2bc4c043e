"""The command that brings listings in from a file, and the way that every batch of records takes into the catalogue."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from directory import search
from directory.actions import feeds as actions
from directory.cli.telling import plainly, progress
from directory.errors import Refused
from directory.exchange import presets, readers, refusals
from directory.exchange.drafts import Draft, Refusal, Told
from directory.forms.listings import gate
from directory.models import PointSource
from directory.queries import vocabulary

MOST_TOLD = 5


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preset", default="", help="How the file is laid out; recognised by its header when left out.")
@click.option("--source", default="", help="Whose list it is; the preset's own publisher, or the file's name, when left out.")
@click.option("--licence", default="", help="The terms under which the publisher lets it be used.")
@click.option("--refused", "refused_file", type=click.Path(dir_okay=False, path_type=Path), help="Where refused rows go.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@with_appcontext
@plainly
def import_file(file: Path, preset: str, source: str, licence: str, refused_file: Path | None, dry_run: bool) -> None:
    """Listings from a CSV, TSV, GeoJSON or JSON file. Ends 0 when it was applied, 1 when nothing could be."""
    if refused_file is not None:
        _check_refused_file(refused_file, file)
    table = readers.read(file)
    layout = presets.choose(table, name=preset)
    publisher = actions.Publisher(
        name=source or layout.source or file.stem,
        preset=layout.name,
        licence=licence or layout.licence,
        attribution=layout.attribution,
        url=layout.url,
    )
    known, refused, notes = _known(), [], Counter[str]()
    with progress("Reading") as told:
        entries = list(_entries(layout.drafts(table), known, refused, notes, total=table.total, told=told))
    middles = Counter(middle for entry in entries for middle in _middles(entry.values))
    with progress("Writing") as told:
        applied = actions.apply_run(
            publisher=publisher,
            entries=entries,
            now=datetime.now(UTC),
            file_name=file.name,
            file_sha256=table.sha256,
            refused=len(refused),
            dry_run=dry_run,
            progress=told,
        )
    click.echo(f"{file.name}: {table.sort} of {table.total:,} rows, read as “{layout.name}”, for {publisher.name}.")
    for note in [*table.notes, *(f"{note} ({count:,})" for note, count in notes.items())]:
        click.echo(f"  Note: {note}.")
    _tell_middles(middles)
    _tell_kept(applied.kept)
    if refused:
        _tell_refused(refused_file, file.stem, table.header, refused, dry_run=dry_run)
    summary = f"added {applied.added}, changed {applied.changed}, unchanged {applied.unchanged}, refused {len(refused)}"
    summary += f", closed {applied.closed}" if applied.closed else ""
    click.echo(summary + (" (dry run: nothing was written)" if dry_run else ""))
    if not dry_run and applied.listings:
        _freshen_index()
    if not entries:
        raise SystemExit(1)


def apply(records: Iterable[Mapping[str, Any]], *, source: str, label: str) -> actions.Applied:
    """Bring records of our own shape into the catalogue under one source. Raises Refused for the first that is not right."""
    known, now = _known(), datetime.now(UTC)
    entries = []
    for record in records:
        try:
            entries.append(actions.Entry(key=record["source_key"], values=gate(record, known=known)))
        except Refused as refusal:
            raise Refused(f"{label}: “{record.get('name')}”: {refusal}") from refusal
    with progress(label) as told:
        return actions.apply_run(publisher=actions.Publisher(name=source), entries=entries, now=now, progress=told)


def _entries(
    drafts: Told, known: Mapping[str, frozenset[str]], refused: list[Refusal], notes: Counter[str], *, total: int, told: Any
) -> Iterator[actions.Entry]:
    """The drafts that pass the gate; the rows of the others join `refused`."""
    rows = itertools.count(1)
    for draft in drafts:
        if isinstance(draft, Refusal):
            refused.append(draft)
            told(next(rows), total)
            continue
        for _row in draft.rows:
            told(min(next(rows), total), total)
        try:
            values = draft.record if draft.closed else gate(draft.record, known=known)
        except Refused as refusal:
            refused.extend(Refusal(row, str(refusal)) for row in draft.rows)
            continue
        notes.update(draft.notes)
        yield _entry(draft, values)


def _entry(draft: Draft, values: dict[str, Any]) -> actions.Entry:
    return actions.Entry(key=draft.key, values=values, rows=len(draft.rows), parts=draft.parts, closed=draft.closed)


def _known() -> dict[str, frozenset[str]]:
    """The slugs of each taxonomy. Raises Refused before the vocabulary is loaded, because nothing would fit."""
    found: dict[str, set[str]] = {}
    for taxonomy, slug in vocabulary.labels():
        found.setdefault(str(taxonomy), set()).add(slug)
    if not found:
        raise Refused("The vocabulary is empty: run “flask --app wsgi setup” first.")
    return {taxonomy: frozenset(slugs) for taxonomy, slugs in found.items()}


def _freshen_index() -> None:
    """Bring the index up to date; the listings are in already, so that a fault here is told and ends nothing."""
    try:
        if search.needs_rebuild():
            click.echo("Making the search index …", err=True)
            search.rebuild()
        else:
            while search.apply_changes():
                pass
    # Whatever the index raises (a folder not writable, a full disk, damage of its own kind), the import was committed
    # and must not look as if it had failed: the outbox keeps what is missing.
    except Exception as error:
        click.echo(
            f"The listings are in; the index could not be brought up to date: {str(error) or type(error).__name__}. "
            "The worker or “flask --app wsgi reindex” will.",
            err=True,
        )


def _middles(values: Mapping[str, Any]) -> Iterator[str]:
    """The area in whose middle each venue stands whose postcode is not in the table: "NR25 6", "NR25"."""
    for venue in values.get("venues") or ():
        if venue["postal_code"] and venue["point_source"] in (PointSource.SECTOR, PointSource.OUTCODE):
            sector, outcode = venue["postal_code"][:-2], venue["postal_code"].split()[0]
            yield sector if venue["point_source"] == PointSource.SECTOR else outcode


def _tell_middles(middles: Counter[str]) -> None:
    if middles:
        told = ", ".join(f"{area} ({count:,})" for area, count in middles.most_common(MOST_TOLD))
        told += f" and {len(middles) - MOST_TOLD:,} more" if len(middles) > MOST_TOLD else ""
        click.echo(f"  Note: postcode not in the table, placed in the middle of {told}.")


def _tell_kept(kept: list[tuple[str, str]]) -> None:
    if kept:
        click.echo(f"  Kept as a person set it, though the source now says otherwise: {len(kept):,}.")
        for slug, group in kept[:MOST_TOLD]:
            click.echo(f"    {slug}: {group}")


def _check_refused_file(path: Path, file: Path) -> None:
    """Raises Refused when writing the refused rows there would destroy the input, or anything else that is not ours."""
    if not path.exists():
        return
    if path.samefile(file):
        raise Refused(f"{path} is the file to be imported: its refused rows need another file.", field="refused")
    try:
        ours = refusals.is_ours(path)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}.", field="refused") from error
    if not ours:
        raise Refused(f"{path} is there already and holds no refused rows: name another file for them.", field="refused")


def _tell_refused(path: Path | None, stem: str, header: tuple[str, ...], refused: list[Refusal], *, dry_run: bool) -> None:
    refused.sort(key=lambda refusal: refusal.row.line)
    for refusal in refused[:MOST_TOLD]:
        click.echo(f"  Line {refusal.row.line}: {refusal.reason}", err=True)
    if path is None and dry_run:
        click.echo("  For all refused rows of a dry run, name a file with --refused.", err=True)
        return
    path = path or refusals.free_path(stem)
    try:
        refusals.write(path, header, refused)
        click.echo(f"  Refused rows with their reasons: {path}", err=True)
    except OSError as error:
        click.echo(f"  The file of refused rows could not be written: {error.strerror or error}", err=True)
