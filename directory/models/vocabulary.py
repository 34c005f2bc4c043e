"""The controlled words (HSDS taxonomy term): kinds, needs, activities, audiences, access features, languages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import Moment, key, public_id, short, stored


class Taxonomy(StrEnum):
    KIND = "kind"
    NEED = "need"
    ACTIVITY = "activity"
    AUDIENCE = "audience"
    ACCESS = "access"
    LANGUAGE = "language"


listing_term = Table(
    "listing_term",
    Base.metadata,
    Column("listing_id", ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True),
    Column("term_id", ForeignKey("term.id"), primary_key=True, index=True),
)


class Term(Base):
    """One word of one taxonomy. `phrases` are what people really say for it; a search for one finds the term."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("taxonomy", "slug"),)

    id: Mapped[key]
    uid: Mapped[public_id]
    taxonomy: Mapped[Taxonomy] = mapped_column(stored(Taxonomy))
    slug: Mapped[str] = mapped_column(String(60))
    label: Mapped[short]
    description: Mapped[str] = mapped_column(Text, default="")
    phrases: Mapped[list[str]] = mapped_column(JSON, default=list)
    icon: Mapped[str] = mapped_column(String(32), default="")
    term_uri: Mapped[str] = mapped_column(String(500), default="")
    position: Mapped[int] = mapped_column(default=0)
    edited: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("term.id"))

    parent: Mapped[Term | None] = relationship(remote_side="Term.id", back_populates="children")
    children: Mapped[list[Term]] = relationship(back_populates="parent", order_by="Term.position, Term.id")


class Synonym(Base):
    """What people type, and what they mean by it: a term of the vocabulary, or other words. Curators keep these.

    `said` is folded words parted by single spaces. One of `term_id` and `words` says what is meant.
    """

    __tablename__ = "synonym"

    id: Mapped[key]
    uid: Mapped[public_id]
    said: Mapped[str] = mapped_column(String(200), unique=True)
    words: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    term_id: Mapped[int | None] = mapped_column(ForeignKey("term.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    term: Mapped[Term | None] = relationship()
