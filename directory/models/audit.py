"""The audit chain: who did what to which thing, each row sealed with the one before, so that nothing goes missing unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, func, insert, select
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
        """What its seal has to be."""
        return sealed({name: getattr(self, name) for name in SEALED})


SEALED = ("number", "at", "actor", "verb", "object", "before", "after", "previous")


def sealed(row: Mapping[str, Any]) -> str:
    """SHA-256 over a row as canonical JSON, the seal of the row before included."""
    told = [row[name] if name != "at" else row[name].astimezone(UTC).isoformat() for name in SEALED]
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
    actor, rows = by if isinstance(by, str) else str(by.uid), []
    for verb, thing, before, after in acts:
        number += 1
        row = {"number": number, "at": now.astimezone(UTC), "actor": actor, "verb": verb, "object": thing, "previous": seal}
        row |= {"before": "" if before is None else digest(before), "after": "" if after is None else digest(after)}
        seal = sealed(row)
        rows.append({**row, "seal": seal})
    if rows:
        session.execute(insert(AuditRow.__table__), rows)


def digest(value: object) -> str:
    """SHA-256 of any plain value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
