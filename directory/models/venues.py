"""Venues (HSDS location): where things happen, how the point was found, and what is known of getting in."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import key, public_id, short, stored
from directory.models.vocabulary import Term


class PointSource(StrEnum):
    """How the latitude and longitude were found, best first; `sector` and `outcode` are approximate."""

    STATED = "stated"
    POSTCODE = "postcode"
    GEOCODER = "geocoder"
    PLACE = "place"
    SECTOR = "sector"
    OUTCODE = "outcode"


class Venue(Base):
    """A building, a garden or a mobile stop. Latitude and longitude in WGS84 degrees, or both absent."""

    __tablename__ = "venue"
    __table_args__ = (Index("ix_venue_postal_code_name", "postal_code", "name"),)

    id: Mapped[key]
    uid: Mapped[public_id]
    name: Mapped[short] = mapped_column(default="")
    address_1: Mapped[short] = mapped_column(default="")
    address_2: Mapped[short] = mapped_column(default="")
    city: Mapped[short] = mapped_column(default="", index=True)
    state_province: Mapped[short] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(String(10), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    point_source: Mapped[PointSource | None] = mapped_column(stored(PointSource))
    council_code: Mapped[str] = mapped_column(String(9), default="")
    transportation: Mapped[str] = mapped_column(Text, default="")

    access_facts: Mapped[list[AccessFact]] = relationship(
        back_populates="venue", cascade="all, delete-orphan", order_by="AccessFact.id"
    )

    @property
    def address(self) -> str:
        """The postal address on one line, without the parts that are not known or said twice."""
        parts = [self.name, self.address_1, self.address_2, self.city]
        told: list[str] = []
        for part in parts:
            if part and part not in told:
                told.append(part)
        return ", ".join([*told, self.postal_code] if self.postal_code else told)


class AccessFact(Base):
    """One known fact of getting in or taking part, of a venue or of a listing; what is not known has no row."""

    __tablename__ = "access_fact"

    id: Mapped[key]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    present: Mapped[bool]
    note: Mapped[short] = mapped_column(default="")

    term: Mapped[Term] = relationship()
    venue: Mapped[Venue | None] = relationship(back_populates="access_facts")
