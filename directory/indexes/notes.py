"""Telling search what changed: the analysed terms and an outbox row, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import delete, func, insert, select

from directory.extensions import db
from directory.indexes import current as now
from directory.indexes.documents import Document, Note, note_of, weigh
from directory.indexes.postgres_index import vector_of
from directory.models import Listing, SearchChange, SearchDocument

# One key for all: whoever notes a change holds it until the commit, so ids appear in the order of commits.
CHANGE_LOCK = 0x46696E67
AT_ONCE = 500


def note(listing: Listing) -> None:
    """Inside `writing()`: tell search that this listing changed; its terms and an outbox row in the same transaction.

    Flushes, and reads the listing's organisation, sessions, venues and terms: queries unless loaded.
    """
    db.session.flush()
    note_many([note_of(listing)])


def note_many(notes: Iterable[Note]) -> None:
    """Inside `writing()`: the same for many listings in a few statements, for doors that write in bulk.

    `Note(listing_id, version, document)`, the document from `document_of(listing)` or `document_from(...)` when
    there are no rows at hand, None when the listing is not published. The outbox keeps their order.
    """
    told = list(notes)
    if not told:
        return
    session = db.session
    for start in range(0, len(told), AT_ONCE):
        ids = [each.listing_id for each in told[start : start + AT_ONCE]]
        session.execute(delete(SearchDocument.__table__).where(SearchDocument.listing_id.in_(ids)))
    columns = _columns_on_postgresql if _is_on_postgresql() else asdict
    documents = [
        {"listing_id": each.listing_id, "version": each.version, **columns(each.document)} for each in told if each.document
    ]
    if documents:
        session.execute(insert(SearchDocument.__table__), documents)
    _changed([{"listing_id": each.listing_id, "version": each.version} for each in told])


def note_vocabulary() -> None:
    """Inside `writing()`: terms or their phrases changed, so every process reads the whole catalogue anew."""
    _changed([{"listing_id": now.EVERYTHING, "version": 0}])


def note_words() -> None:
    """Inside `writing()`: what curators taught changed, so every process reads the words anew, and no listing."""
    _changed([{"listing_id": now.WORDS, "version": 0}])


def _changed(changes: list[dict[str, int]]) -> None:
    session = db.session
    if _is_on_postgresql():
        session.execute(select(func.pg_advisory_xact_lock(CHANGE_LOCK)))
    session.execute(insert(SearchChange.__table__), changes)
    now.current.noted()


def _columns_on_postgresql(document: Document) -> dict[str, str]:
    """Its own text index goes with the document, whichever engine reads now, so that another may be chosen at any time."""
    columns = asdict(document)
    return {**columns, "vector": vector_of(weigh(columns))}


def _is_on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"
