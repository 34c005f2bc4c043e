"""The audit chain: who did what to which thing, each row sealed with the one before, so that nothing goes missing unseen."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base
from directory.models.columns import Moment

BEGINNING = "0" * 64


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
        told = [self.number, self.at.isoformat(), self.actor, self.verb, self.object, self.before, self.after, self.previous]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def digest(value: object) -> str:
    """SHA-256 of any plain value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
