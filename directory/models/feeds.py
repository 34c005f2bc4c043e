"""Where values came from: sources, import runs, the record each source holds, and provenance by group of fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import Moment, key, public_id, short


class Source(Base):
    """A file's publisher or a feed, with the licence a person entered for it."""

    __tablename__ = "source"

    id: Mapped[key]
    uid: Mapped[public_id]
    name: Mapped[short] = mapped_column(unique=True)
    preset: Mapped[str] = mapped_column(String(40), default="")
    licence: Mapped[short] = mapped_column(default="")
    attribution: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(500), default="")


class ImportRun(Base):
    """One file applied once; `counts` holds added, changed, unchanged, refused and closed rows."""

    __tablename__ = "import_run"

    id: Mapped[key]
    uid: Mapped[public_id]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    file_name: Mapped[short]
    file_sha256: Mapped[str] = mapped_column(String(64))
    ran_at: Mapped[datetime] = mapped_column(Moment)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)

    source: Mapped[Source] = relationship()


class SourceRecord(Base):
    """What one source last said of one listing, by the source's own key; `given` is its tidied values as JSON."""

    __tablename__ = "source_record"
    __table_args__ = (UniqueConstraint("source_id", "source_key"),)

    id: Mapped[key]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    source_key: Mapped[str] = mapped_column(String(255))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    digest: Mapped[str] = mapped_column(String(64))
    given: Mapped[dict[str, Any]] = mapped_column(JSON)


class Provenance(Base):
    """Who last set one group of fields of one listing: an import run, or a person when `run_id` is absent.

    Groups: about, who-for, times, cost, joining, place, contact, access. A re-import leaves a person's group alone.
    """

    __tablename__ = "provenance"
    __table_args__ = (UniqueConstraint("listing_id", "field_group"),)

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"))
    field_group: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(Moment)
