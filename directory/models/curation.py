"""How the catalogue is kept right: checks of facts, revisions, and the outbox that search is fed from."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base
from directory.models.columns import Moment, key, short, stored


class Fact(StrEnum):
    """What can be checked by itself. The first three are critical: a listing is as old as the oldest of them."""

    RUNNING = "running"
    TIMES = "times"
    CONTACT = "contact"
    COST = "cost"
    JOINING = "joining"
    WHO_FOR = "who-for"
    PLACE = "place"
    GETTING_THERE = "getting-there"
    ACCESS = "access"
    FIRST_VISIT = "first-visit"
    ROOM = "room"


CRITICAL_FACTS = (Fact.RUNNING, Fact.TIMES, Fact.CONTACT)


class Means(StrEnum):
    """How a fact was compared with its source."""

    GROUP = "group"
    PHONE = "phone"
    VISIT = "visit"
    MAIL = "mail"
    WEBSITE = "website"
    DIRECTORY = "directory"


class Voice(StrEnum):
    """What kind of person spoke or acted."""

    GROUP = "group"
    VOLUNTEER = "volunteer"
    LINK_WORKER = "link-worker"
    STAFF = "staff"
    FEED = "feed"
    VISITOR = "visitor"  # somebody without an account, or without a say for this group


class Check(Base):
    """One fact compared with its source on one day."""

    __tablename__ = "check"

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    fact: Mapped[Fact] = mapped_column(stored(Fact))
    value_seen: Mapped[str] = mapped_column(Text, default="")
    means: Mapped[Means] = mapped_column(stored(Means))
    voice: Mapped[Voice] = mapped_column(stored(Voice))
    checked_on: Mapped[date]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # The day on which the listing began to say something else of this fact: from then on the check says nothing of it.
    replaced_on: Mapped[date | None]
    seen: Mapped[str] = mapped_column(String(64), default="")  # digest of what it spoke of, once that has changed


class Revision(Base):
    """The whole listing as a document, numbered from 1 within the listing. Rows are only ever added."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("listing_id", "number"),)

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"))
    number: Mapped[int]
    base_number: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Moment)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    voice: Mapped[Voice] = mapped_column(stored(Voice))
    door: Mapped[str] = mapped_column(String(16))  # page, api, command, feed
    reason: Mapped[short] = mapped_column(default="")
    suggestion_id: Mapped[int | None] = mapped_column(ForeignKey("suggestion.id", ondelete="SET NULL"))
    restores_number: Mapped[int | None]  # the revision whose words it brings back
    reverts_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)  # whose words it takes back


class SearchDocument(Base):
    """The analysed terms of one published listing, field by field, written with the listing itself.

    Every text index is built from these rows, and answers come straight from them when an index is damaged.
    Each column holds stems parted by single spaces, in order, with one space at both ends.
    """

    __tablename__ = "search_document"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    terms: Mapped[str] = mapped_column(Text)
    organisation: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    # PostgreSQL alone fills this: the same terms in the form that it indexes.
    vector: Mapped[str | None] = mapped_column(TSVECTOR().with_variant(Text, "sqlite"))


class SearchChange(Base):
    """Outbox: this listing changed and search has to look again. `id` grows in commit order and is the catalogue's version."""

    __tablename__ = "search_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(index=True)
    version: Mapped[int]
