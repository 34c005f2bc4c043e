"""Listings (HSDS service): one thing that a person can use, with who it is for, what it costs and how it reaches people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import Moment, key, public_id, short, stored
from directory.models.curation import Check, Means, Voice
from directory.models.organisations import Organisation
from directory.models.sessions import Session
from directory.models.venues import AccessFact
from directory.models.vocabulary import Taxonomy, Term, listing_term


class Kind(StrEnum):
    GROUP = "group"
    SERVICE = "service"
    LIBRARY = "library"
    GARDEN = "garden"
    MUSEUM = "museum"
    ADVICE = "advice"
    EVENT = "event"
    VOLUNTEERING = "volunteering"
    OTHER = "other"


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ENDED = "ended"
    HIDDEN = "hidden"


class Cost(StrEnum):
    FREE = "free"
    DONATION = "donation"
    PAID = "paid"


class Join(StrEnum):
    """How one starts: by oneself, through a professional, or either."""

    SELF = "self"
    PROFESSIONAL = "professional"
    EITHER = "either"


class Room(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    FULL = "full"


class Listing(Base):
    """Whatever is not known is absent (None or empty), never a guess; the page says "not known"."""

    __tablename__ = "listing"

    id: Mapped[key]
    uid: Mapped[public_id]
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[Kind] = mapped_column(stored(Kind), default=Kind.GROUP)
    status: Mapped[Status] = mapped_column(stored(Status), default=Status.DRAFT, index=True)
    name: Mapped[short] = mapped_column(index=True)
    alternate_name: Mapped[short] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(500), default="")
    alert: Mapped[short] = mapped_column(default="")

    minimum_age: Mapped[int | None]
    maximum_age: Mapped[int | None]
    eligibility_description: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[Cost | None] = mapped_column(stored(Cost))
    cost_amount: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    fees_description: Mapped[str] = mapped_column(Text, default="")
    join: Mapped[Join | None] = mapped_column(stored(Join))
    application_process: Mapped[str] = mapped_column(Text, default="")
    schedule_note: Mapped[str] = mapped_column(Text, default="")
    first_visit: Mapped[str] = mapped_column(Text, default="")

    at_venue: Mapped[bool] = mapped_column(default=False)
    home_visits: Mapped[bool] = mapped_column(default=False)
    online: Mapped[bool] = mapped_column(default=False)
    by_phone: Mapped[bool] = mapped_column(default=False)
    confidential_location: Mapped[bool] = mapped_column(default=False)

    room: Mapped[Room | None] = mapped_column(stored(Room))
    room_note: Mapped[short] = mapped_column(default="")
    room_until: Mapped[date | None]
    room_said_on: Mapped[date | None]

    checked_on: Mapped[date | None]
    checked_means: Mapped[Means | None] = mapped_column(stored(Means))
    checked_voice: Mapped[Voice | None] = mapped_column(stored(Voice))

    version: Mapped[int] = mapped_column(default=1)
    revision_number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    modified_at: Mapped[datetime] = mapped_column(Moment)

    organisation: Mapped[Organisation | None] = relationship(back_populates="listings")
    sessions: Mapped[list[Session]] = relationship(
        back_populates="listing", cascade="all, delete-orphan", order_by="Session.position, Session.id"
    )
    coverages: Mapped[list[Coverage]] = relationship(
        back_populates="listing", cascade="all, delete-orphan", order_by="Coverage.id"
    )
    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="listing", cascade="all, delete-orphan", order_by="ContactPoint.position, ContactPoint.id"
    )
    access_facts: Mapped[list[AccessFact]] = relationship(cascade="all, delete-orphan", order_by="AccessFact.id")
    checks: Mapped[list[Check]] = relationship(cascade="all, delete-orphan", order_by="Check.checked_on.desc(), Check.id")
    terms: Mapped[list[Term]] = relationship(secondary=listing_term, order_by="Term.taxonomy, Term.position, Term.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_published(self) -> bool:
        return self.status is Status.PUBLISHED

    def terms_of(self, taxonomy: Taxonomy) -> list[Term]:
        """This listing's terms of one taxonomy, in its order."""
        return [term for term in self.terms if term.taxonomy is taxonomy]


class Coverage(Base):
    """Where people must live: an area by its code (outward code, council, county, country), or a circle.

    Codes are outward codes without space ("NR23") or nine-character ONS codes; `K02000001` is the United Kingdom.
    An area larger than a district counts in search only when `approved` by a curator.
    """

    __tablename__ = "coverage"

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    area_code: Mapped[str] = mapped_column(String(9), default="")
    label: Mapped[short] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    radius_km: Mapped[float | None]
    approved: Mapped[bool] = mapped_column(default=False)

    listing: Mapped[Listing] = relationship(back_populates="coverages")


class ContactPoint(Base):
    """One way to get in touch (HSDS contact and phone). Only a public one ever leaves the database."""

    __tablename__ = "contact_point"

    id: Mapped[key]
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # phone, email, website, social
    value: Mapped[str] = mapped_column(String(500))
    note: Mapped[short] = mapped_column(default="")
    public: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing | None] = relationship(back_populates="contact_points")
    organisation: Mapped[Organisation | None] = relationship(back_populates="contact_points")
