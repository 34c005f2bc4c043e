"""Is the audit chain whole? Walked row by row, from the first to the last."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from directory.extensions import db
from directory.models import AuditRow
from directory.models.audit import BEGINNING

AT_ONCE = 1_000


@dataclass(frozen=True)
class Chain:
    """How many rows hold, the seal of the last of them, and the first that does not (its number), if any."""

    rows: int
    seal: str
    broken_at: int | None = None


def chain() -> Chain:
    """Every row's number follows the one before, its seal is its own, and it names the seal before.

    Rows cut off at the end leave a whole chain: compare `seal` with one that was written down elsewhere.
    """
    last, rows, number = BEGINNING, 0, 0
    question = select(AuditRow).order_by(AuditRow.number).limit(AT_ONCE)
    while some := db.session.scalars(question.where(AuditRow.number > number)).all():
        for row in some:
            if row.number != rows + 1 or row.previous != last or row.seal != row.sealed():
                return Chain(rows, last, row.number)
            last, rows, number = row.seal, rows + 1, row.number
        db.session.expunge_all()  # a chain of years does not have to fit into memory
    return Chain(rows, last)


def holds(seal: str) -> bool:
    """Whether a seal that somebody wrote down is in the chain: false when rows were cut off since."""
    return seal == BEGINNING or db.session.scalar(select(AuditRow.number).where(AuditRow.seal == seal)) is not None
