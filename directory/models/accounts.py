"""Who acts: people with an account, and the feeds that act under a name of their own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base
from directory.models.columns import Moment, key, public_id, stored


class Role(StrEnum):
    EDITOR = "editor"
    LINK_WORKER = "link-worker"
    CURATOR = "curator"
    SENIOR = "senior"
    LEAD = "lead"
    ADMIN = "admin"
    IMPORTER = "importer"


class Account(UserMixin, Base):
    """One person or feed. The e-mail address is private; `display_name` is what others see."""

    __tablename__ = "account"

    id: Mapped[key]
    uid: Mapped[public_id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(80), default="")
    role: Mapped[Role] = mapped_column(stored(Role), default=Role.EDITOR)
    created_at: Mapped[datetime] = mapped_column(Moment)
