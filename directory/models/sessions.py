"""Sessions (HSDS schedule): when a listing happens, as a recurring rule or a date, in local wall-clock time."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import key, public_id, short, stored

if TYPE_CHECKING:
    from directory.models.listings import Listing
    from directory.models.venues import Venue


class Mode(StrEnum):
    VENUE = "venue"
    STOP = "stop"
    ONLINE = "online"
    PHONE = "phone"
    HOME = "home"


class Session(Base):
    """One rhythm of one listing. `rrule` is RFC 5545 without DTSTART, empty for a single date.

    `starts_on` anchors the rule (fortnights count from it) and is the date of a one-off. `opens` and `closes` are
    wall-clock times in Europe/London, absent when not known: then `description` keeps the words of the source.
    `except_on` and `also_on` are ISO dates.
    """

    __tablename__ = "session"

    id: Mapped[key]
    uid: Mapped[public_id]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    mode: Mapped[Mode] = mapped_column(stored(Mode), default=Mode.VENUE)
    rrule: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    except_on: Mapped[list[str]] = mapped_column(JSON, default=list)
    also_on: Mapped[list[str]] = mapped_column(JSON, default=list)
    description: Mapped[short] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing] = relationship(back_populates="sessions")
    venue: Mapped[Venue | None] = relationship()
