"""Organisations (HSDS organization): who runs listings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.columns import Moment, key, public_id, short, stored

if TYPE_CHECKING:
    from directory.models.listings import ContactPoint, Listing


class OrganisationKind(StrEnum):
    GROUP = "group"
    CHARITY = "charity"
    COMPANY = "company"
    CIC = "cic"
    COUNCIL = "council"
    HEALTH = "health"
    FAITH = "faith"
    EDUCATION = "education"
    OTHER = "other"


class OrganisationStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[key]
    uid: Mapped[public_id]
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[short] = mapped_column(index=True)
    alternate_name: Mapped[short] = mapped_column(default="")
    description: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(500), default="")
    kind: Mapped[OrganisationKind] = mapped_column(stored(OrganisationKind), default=OrganisationKind.GROUP)
    status: Mapped[OrganisationStatus] = mapped_column(stored(OrganisationStatus), default=OrganisationStatus.ACTIVE)
    charity_number: Mapped[str] = mapped_column(String(20), default="")
    company_number: Mapped[str] = mapped_column(String(20), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)
    modified_at: Mapped[datetime] = mapped_column(Moment)

    listings: Mapped[list[Listing]] = relationship(back_populates="organisation", order_by="Listing.name, Listing.id")
    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="ContactPoint.position, ContactPoint.id"
    )

    __mapper_args__ = {"version_id_col": version}
