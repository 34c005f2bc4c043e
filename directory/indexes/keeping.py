"""The writing side, for the worker alone: the outbox into the text index, and a new index beside the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import func, select

from directory.extensions import db
from directory.indexes import current as now
from directory.indexes.database_index import TEXTS, documents
from directory.indexes.documents import weigh
from directory.models import SearchChange, SearchDocument

AT_ONCE = 2_000  # changes in one commit of the index
READ_AT_ONCE = 1_000
Progress = Callable[[int, int], None]  # done, of all


def apply_changes() -> int:
    """Brings the text index up to the outbox and returns how many changes that were. May run any number of times.

    An index that is missing or damaged is made anew. Raises what the index raises, a full disk for one: nothing is lost
    then, because the next run begins where the index itself says it is.
    """
    index = now.current.index
    if index is None:
        return 0
    # What is open already reads on without its files, so their loss shows to nobody until the next start.
    if index.has_lost_files or ((not index.is_ready() or index.is_distrusted) and index.needs_rebuild()):
        return rebuild()
    applied = 0
    while changes := _changes_after(index.version):
        ids = {listing_id for _, listing_id in changes}
        if now.EVERYTHING in ids:
            return applied + rebuild()
        connection = db.session.connection()
        index.update(documents(connection, sorted(ids)), removed=ids, version=changes[-1][0])
        db.session.rollback()  # a new snapshot for the next look
        applied += len(changes)
        if not index.is_ready() or index.version < changes[-1][0]:
            break  # written, but not to be read: the next run sees to it, rather than this one for ever
    return applied


def needs_rebuild() -> bool:
    """Whether the text index is missing, damaged or made with other settings. Reads every file of it."""
    return now.current.index is not None and now.current.index.needs_rebuild()


def rebuild(progress: Progress | None = None) -> int:
    """A new text index from the database, beside the old one, which answers meanwhile. Returns how many documents."""
    index = now.current.index
    if index is None:
        return 0
    # The version comes first: what changes while this reads is applied again afterwards, which does no harm.
    version = db.session.scalar(select(func.max(SearchChange.id))) or 0
    total = db.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    count = 0

    def counted() -> Iterator[tuple[int, dict[str, float]]]:
        nonlocal count
        statement = select(SearchDocument.listing_id, *TEXTS).order_by(SearchDocument.listing_id)
        for row in db.session.execute(statement.execution_options(yield_per=READ_AT_ONCE)):
            yield row.listing_id, weigh(row._mapping)
            count += 1
            if progress is not None and (count % READ_AT_ONCE == 0 or count == total):
                progress(count, total)

    index.rebuild(counted(), version=version)
    db.session.rollback()
    index.is_ready()
    return count


def _changes_after(version: int) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(SearchChange.id, SearchChange.listing_id).where(SearchChange.id > version).order_by(SearchChange.id).limit(AT_ONCE)
    )
    return [(row.id, row.listing_id) for row in rows]
