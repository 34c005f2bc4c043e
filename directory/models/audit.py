"""The audit chain: who did what to which thing, each row sealed with the one before, so that nothing goes missing unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base, db
from directory.models.accounts import Account
from directory.models.columns import Moment

BEGINNING = "0" * 64
# One key for all on PostgreSQL: whoever adds a row holds it until the commit, so that no two follow the same row.
CHAIN_LOCK = 0x61756469


class AuditRow(Base):
    """One act. `actor` is an account's public identifier, or a word for who has none; `before` and `after` are digests.

    Words live in revisions, so taking them out there breaks nothing here.
    """

    __tablename__ = "audit_row"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    verb: Mapped[str] = mapped_column(String(32), index=True)
    object: Mapped[str] = mapped_column(String(80), index=True)
    before: Mapped[str] = mapped_column(String(64), default="")
    after: Mapped[str] = mapped_column(String(64), default="")
    previous: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))

    def sealed(self) -> str:
        """SHA-256 over the row as canonical JSON, the seal of the row before included."""
        told = [
            self.number,
            self.at.astimezone(UTC).isoformat(),
            self.actor,
            self.verb,
            self.object,
            self.before,
            self.after,
            self.previous,
        ]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


Act = tuple[str, str, object, object]  # verb, thing, before, after


def record(verb: str, thing: str, *, by: Account | str, now: datetime, before: object = None, after: object = None) -> None:
    """Inside `writing()`: the next row of the chain. `thing` is a kind and a public identifier, "listing 4f0c…".

    `by` is an account, or a word for who has none: "visitor", "worker", "command". `before` and `after` are plain values;
    only their digests are kept.
    """
    record_many([(verb, thing, before, after)], by=by, now=now)


def record_many(acts: Sequence[Act], *, by: Account | str, now: datetime) -> None:
    """The same for many acts of one hand, in a few statements."""
    session = db.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    session.flush()
    last = session.execute(select(AuditRow.number, AuditRow.seal).order_by(AuditRow.number.desc()).limit(1)).first()
    number, seal = (last.number, last.seal) if last else (0, BEGINNING)
    for verb, thing, before, after in acts:
        row = AuditRow(
            number=number + 1,
            at=now.astimezone(UTC),
            actor=by if isinstance(by, str) else str(by.uid),
            verb=verb,
            object=thing,
            before="" if before is None else digest(before),
            after="" if after is None else digest(after),
            previous=seal,
        )
        row.seal = row.sealed()
        number, seal = row.number, row.seal
        session.add(row)
    session.flush()


def digest(value: object) -> str:
    """SHA-256 of any plain value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
