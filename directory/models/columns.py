"""Column shapes that several rows share: enums stored by value, UTC moments, public identifiers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, Enum, String, TypeDecorator
from sqlalchemy.orm import mapped_column


def stored(kind: type[StrEnum]) -> Enum:
    """A text column that holds the enum's value, so that a new member needs no migration on either database."""
    return Enum(kind, native_enum=False, length=32, create_constraint=False, values_callable=lambda e: [m.value for m in e])


class Moment(TypeDecorator[datetime]):
    """A moment in UTC that comes back aware from SQLite, which forgets the zone, as from PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


key = Annotated[int, mapped_column(primary_key=True)]
public_id = Annotated[uuid.UUID, mapped_column(unique=True, default=uuid.uuid4)]
short = Annotated[str, mapped_column(String(255))]
