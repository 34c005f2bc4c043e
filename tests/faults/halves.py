"""What a kill must never leave behind: a part of a change, of an import, or of a decision."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from directory.indexes.analysis import stems
from directory.models import (
    ImportRun,
    Listing,
    Revision,
    SearchChange,
    SearchDocument,
    Source,
    SourceRecord,
    State,
    Suggestion,
)
from tests.faults.hands import LISTS, ROWS


def half_listings(connection: sa.Connection) -> list[str]:
    """Listings of which row, newest revision, search document and outbox do not tell the same."""
    wrong: list[str] = []
    listings = connection.execute(sa.select(Listing.__table__)).all()
    newest: dict[int, Any] = {}
    counted: dict[int, int] = {}
    for row in connection.execute(
        sa.select(Revision.listing_id, sa.func.max(Revision.number), sa.func.count()).group_by(Revision.listing_id)
    ):
        newest[row[0]], counted[row[0]] = row[1], row[2]
    latest = {
        row.listing_id: row
        for row in connection.execute(
            sa.select(Revision.__table__).join(
                Listing.__table__,
                sa.and_(Listing.id == Revision.listing_id, Listing.revision_number == Revision.number),
            )
        )
    }
    documents = {row.listing_id: row for row in connection.execute(sa.select(SearchDocument.__table__))}
    outbox = dict(
        connection.execute(
            sa.select(SearchChange.listing_id, sa.func.max(SearchChange.version)).group_by(SearchChange.listing_id)
        ).all()
    )
    for row in listings:
        told = latest.get(row.id)
        if told is None or newest[row.id] != row.revision_number or counted[row.id] != row.revision_number:
            wrong.append(f"{row.name}: revision {row.revision_number}, newest {newest.get(row.id)} of {counted.get(row.id)}")
        elif (told.document["name"], told.document["status"]) != (row.name, row.status.value):
            wrong.append(f"{row.name}: its revision says {told.document['name']}")
        document = documents.pop(row.id, None)
        if (document is not None) != (row.status.value == "published"):
            wrong.append(f"{row.name}: {row.status.value}, and its search document is {'there' if document else 'not there'}")
        elif document is not None and (document.version, document.name.split()) != (row.version, stems(row.name)):
            wrong.append(f"{row.name}: its search document says {document.name}")
        if outbox.get(row.id) != row.version:
            wrong.append(f"{row.name}: version {row.version}, the outbox says {outbox.get(row.id)}")
    return wrong + [f"a search document of listing {id_}, which is not there" for id_ in documents]


def half_lists(connection: sa.Connection) -> list[str]:
    """Every import of a list gives all its rows another name, so those of one list come from one run."""
    asked = sa.select(Source.name, SourceRecord.run_id, ImportRun.file_name, Listing.name.label("listing"))
    asked = asked.select_from(SourceRecord).join(Source).join(ImportRun, ImportRun.id == SourceRecord.run_id)
    asked = asked.join(Listing, Listing.id == SourceRecord.listing_id).where(Source.name.startswith(LISTS))
    found: dict[str, list[Any]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.name, []).append(row)
    runs = sa.select(Source.name, sa.func.max(ImportRun.id)).join(ImportRun).group_by(Source.name)
    newest: dict[str, int] = dict(connection.execute(runs).tuples().all())
    return [
        f"{name}: {[(row.run_id, row.listing) for row in rows]}, and its newest import is {newest.get(name)}"
        for name, rows in found.items()
        if len(rows) != ROWS or any(row.run_id != newest[name] or f" {row.file_name} " not in row.listing for row in rows)
    ]


def half_decisions(connection: sa.Connection) -> list[str]:
    """What is published of a suggestion is one revision; what is not published has none."""
    published = Suggestion.state.in_([State.APPROVED, State.LIVE])
    asked = sa.select(Suggestion.id, Suggestion.state, sa.func.count(Revision.id).label("revisions"))
    asked = asked.outerjoin(Revision, Revision.suggestion_id == Suggestion.id).group_by(Suggestion.id, Suggestion.state)
    half = asked.having(sa.func.count(Revision.id) != sa.case((published, 1), else_=0))
    return [f"suggestion {row.id}: {row.state}, with {row.revisions} revisions" for row in connection.execute(half)]
