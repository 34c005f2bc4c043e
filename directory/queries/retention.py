"""When what was kept long enough was last forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from directory.extensions import db
from directory.models import AuditRow


def forgot_at() -> datetime | None:
    """The moment of the last run of `actions.retention.forget`; None before the first."""
    return db.session.scalar(select(func.max(AuditRow.at)).where(AuditRow.verb == "forgot"))
