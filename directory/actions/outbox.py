"""What is done to the outbox of search: notes that a newer one of the same listing replaces are forgotten."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from directory.extensions import db, writing
from directory.models import SearchChange

KEPT = 10_000  # the newest notes are all kept, for a reader that looks at the outbox as it was a moment ago
AT_ONCE = 2_000  # in one short write


def forget_replaced() -> int:
    """Deletes some of the notes that a newer one replaces and returns how many; 0 when there are no more.

    The newest note of each listing stays for ever. So whoever asks "which listings changed since this note?" hears the
    same as before, however old the note is, and the newest note of all, which is the catalogue's version, stays as it is.
    """
    newest = db.session.scalar(select(func.max(SearchChange.id))) or 0
    newer = aliased(SearchChange)
    replaced = select(newer.id).where(newer.listing_id == SearchChange.listing_id, newer.id > SearchChange.id).exists()
    old = select(SearchChange.id).where(SearchChange.id <= newest - KEPT, replaced).order_by(SearchChange.id).limit(AT_ONCE)
    ids = list(db.session.scalars(old))
    if not ids:
        db.session.rollback()
        return 0
    with writing():
        # Looking for them took a while, the lock did not: a note once replaced stays so.
        for start in range(0, len(ids), 500):
            db.session.execute(delete(SearchChange).where(SearchChange.id.in_(ids[start : start + 500])))
    return len(ids)
