"""The writing side, for the worker alone: the outbox into the text index, and a new index beside the old one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from directory.errors import Unavailable
from directory.extensions import db
from directory.indexes import current as now
from directory.indexes.database_index import documents
from directory.indexes.generations import Damaged, read_marker
from directory.indexes.shares import counted, documents_of, processes_for, shared_out, written_by_processes
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import SearchChange, SearchDocument

log = logging.getLogger(__name__)

AT_ONCE = 5_000  # changes in one commit of the index
Progress = Callable[[int, int], None]  # done, of all


def apply_changes() -> int:
    """Brings the text index up to the outbox and returns how many changes that were. May run any number of times.

    An index that is missing, damaged or cannot be changed is made anew. Raises OSError, of a full disk for one, and what the
    database raises: nothing is lost then, because the next run begins where the index itself says it is.
    """
    index = now.current.index
    if index is None:
        return 0
    try:
        # What is open already reads on without its files, so their loss shows to nobody until the next start.
        if index.has_lost_files or ((not index.is_ready() or index.is_distrusted) and index.needs_rebuild()):
            return rebuild()
        if index.is_ready() and index.version > _newest_change():
            return rebuild()  # the database came back from a backup
        return _caught_up()
    except Unavailable:
        return 0  # somebody else is at it: what is left is done by the next run
    except (OSError, SQLAlchemyError):
        raise
    except Exception:
        # Damage that shows only now, or a mistake of ours: it would stop every later run in the same place.
        log.exception("the text index cannot be changed; it is made anew")
        db.session.rollback()
        return rebuild()
    finally:
        db.session.rollback()


def needs_rebuild() -> bool:
    """Whether the text index is missing, damaged or made with other settings. Reads every file of it."""
    return now.current.index is not None and now.current.index.needs_rebuild()


def is_behind() -> bool:
    """Whether there are changes that the text index does not hold yet, or it lost a file, or somebody met damage in it.

    Reads its marker alone, so any thread may ask.
    """
    index = now.current.index
    if not isinstance(index, WhooshIndex):
        return False
    generation = index.generations.current()
    try:
        if generation is None or index.is_distrusted or index.has_lost_files:
            return True
        return read_marker(generation).version < _newest_change()
    except Damaged:
        return True
    finally:
        db.session.rollback()


def rebuild(progress: Progress | None = None, *, processes: int | None = None) -> int:
    """A new text index from the database, beside the old one, which answers meanwhile. Returns how many documents.

    A large catalogue is shared out among as many processes as there are processors, unless told how many. Raises Unavailable
    while another rebuild is going on, OSError and ShareLost: then the old index goes on.
    """
    index = now.current.index
    if index is None:
        return 0
    # The version comes first: what changes while this reads is applied again afterwards, which does no harm.
    version = _newest_change()
    total = db.session.scalar(select(func.count()).select_from(SearchDocument)) or 0
    count = 0

    def told(more: int) -> None:
        nonlocal count
        count += more
        if progress is not None:
            progress(count, max(total, count))

    connection = db.session.connection()
    processes = processes or processes_for(total, db.engine.url)
    if isinstance(index, WhooshIndex) and processes > 1 and total:
        shares = shared_out(connection, total, processes)
        db.session.rollback()  # no snapshot is held open while the others work
        index.make(partial(written_by_processes, url=db.engine.url, shares=shares, told=told), version=version)
    else:
        index.rebuild(counted(documents_of(connection), told), version=version)
    db.session.rollback()
    index.is_ready()
    return count


def _caught_up() -> int:
    index = now.current.index
    applied = 0
    while changes := _changes_after(index.version):
        ids = {listing_id for _, listing_id in changes}
        index.update(documents(db.session.connection(), sorted(ids)), removed=ids, version=changes[-1][0])
        db.session.rollback()  # a new snapshot for the next look
        applied += len(changes)
        if not index.is_ready() or index.version < changes[-1][0]:
            break  # written, but not to be read: the next run sees to it, rather than this one for ever
    return applied


def _newest_change() -> int:
    return db.session.scalar(select(func.max(SearchChange.id))) or 0


def _changes_after(version: int) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(SearchChange.id, SearchChange.listing_id).where(SearchChange.id > version).order_by(SearchChange.id).limit(AT_ONCE)
    )
    return [(row.id, row.listing_id) for row in rows]
