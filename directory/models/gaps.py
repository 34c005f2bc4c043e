"""Service gaps: what is missing in a place, who said so (as choices, never as a story), what became of it, what may answer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.accounts import Account
from directory.models.columns import Moment, key, public_id, short, stored
from directory.models.curation import Voice
from directory.models.danger import IN_DANGER, speaks_of_danger
from directory.models.listings import Listing
from directory.models.organisations import Organisation
from directory.models.vocabulary import Term


class GapKind(StrEnum):
    """In which way a need is not met: Tierney's five As, and what only we do not know of."""

    AVAILABLE = "available"  # nothing exists
    ACCESSIBLE = "accessible"  # too far, or no transport
    AFFORDABLE = "affordable"  # costs too much
    APPROPRIATE = "appropriate"  # not right for the person: age, culture, language, format, confidence
    ADEQUATE = "adequate"  # full, too rare, or too short
    NOT_KNOWN = "not-known"  # exists but is not listed: for curators, not for commissioners


class GapState(StrEnum):
    """Where a gap stands. The last four close it."""

    REPORTED = "reported"
    LOOKED_AT = "looked-at"
    BEING_STARTED = "being-started"
    NOT_NOW = "not-now"  # cannot be met now: with a reason and a day to look again; stays open
    MET = "met"
    WAS_NOT_KNOWN = "was-not-known"  # there was something, and now it is listed
    MERGED = "merged"
    MISTAKEN = "mistaken"


CLOSED = frozenset({GapState.MET, GapState.WAS_NOT_KNOWN, GapState.MERGED, GapState.MISTAKEN})


@dataclass(frozen=True)
class Area:
    """Where a gap is: its code and name, its council, its middle (WGS84 degrees) and the patch of the map; "" where not known."""

    code: str
    name: str
    council_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    hexagon: str = ""


class Gap(Base):
    """What is missing: a need, in an area, in one way. Belongs to a place, never to a person.

    `area_code` is an outward code, or a ward or parish where those are loaded; latitude and longitude are its middle, and
    `hexagon` the H3 cell of resolution 6 that holds it. `part` tells gaps apart that were split; empty for most.
    """

    __tablename__ = "gap"
    __table_args__ = (
        # One open gap for what is the same, so that reports join it however many come at once.
        Index(
            "ix_gap_open",
            "term_id",
            "area_code",
            "kind",
            "part",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[key]
    uid: Mapped[public_id]
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    area_code: Mapped[str] = mapped_column(String(9), index=True)
    area_name: Mapped[short] = mapped_column(default="")
    council_code: Mapped[str] = mapped_column(String(9), default="", index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    hexagon: Mapped[str] = mapped_column(String(16), default="")
    kind: Mapped[GapKind] = mapped_column(stored(GapKind))
    part: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[short] = mapped_column(default="")  # as a curator named it; empty: the label of its need
    state: Mapped[GapState] = mapped_column(stored(GapState), default=GapState.REPORTED, index=True)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    review_on: Mapped[date | None]
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="SET NULL"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("gap.id"), index=True)

    term: Mapped[Term] = relationship()
    answer: Mapped[Listing | None] = relationship()
    merged_into: Mapped[Gap | None] = relationship(remote_side="Gap.id")
    steps: Mapped[list[GapStep]] = relationship(cascade="all, delete-orphan", order_by="GapStep.id", back_populates="gap")

    @classmethod
    def in_area(cls, area: Area, **fields: Any) -> Gap:
        """A new gap in an area, saved by whoever adds it."""
        return cls(
            area_code=area.code,
            area_name=area.name,
            council_code=area.council_code,
            latitude=area.latitude,
            longitude=area.longitude,
            hexagon=area.hexagon,
            **fields,
        )

    @property
    def area(self) -> Area:
        return Area(self.area_code, self.area_name, self.council_code, self.latitude, self.longitude, self.hexagon)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def take_step(
        self,
        state: GapState,
        *,
        words: str,
        voice: Voice,
        account_id: int,
        now: datetime,
        review_on: date | None = None,
        listing_id: int | None = None,
    ) -> GapStep:
        """Inside `writing()`: it stands there from now on, and everybody reads why. A day to look again only where it waits."""
        self.state, self.changed_at = state, now
        self.review_on = review_on if state is GapState.NOT_NOW else None
        if state in CLOSED:
            self.closed_at = now
        told = {"words": words, "voice": voice, "account_id": account_id, "listing_id": listing_id}
        step = GapStep(made_at=now, state=state, review_on=self.review_on, **told)
        self.steps.append(step)
        return step

    @property
    def title(self) -> str:
        """What it is called. Reads the need, one query unless loaded."""
        return self.name or self.term.label


class Affected(StrEnum):
    """For about how many people somebody speaks."""

    ONE = "1"
    FEW = "2-5"
    MANY = "6+"
    UNSURE = "unsure"


class Often(StrEnum):
    ONCE = "once"
    MOST_WEEKS = "most-weeks"


class AgeBand(StrEnum):
    UNDER_18 = "under-18"
    WORKING = "18-64"
    OLDER = "65-79"
    OLDEST = "80-plus"


class Shortfall(StrEnum):
    """What was wrong with the answer to a search."""

    NOTHING = "nothing"
    LITTLE = "little"
    FAR = "far"
    STALE = "stale"


class FlagState(StrEnum):
    """Whether a flag counts. What residents send waits for a curator."""

    WAITING = "waiting"
    COUNTED = "counted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Flag(Base):
    """One person saying that something is missing: choices, an area no finer than the outward code, and a note that ends.

    `who` is the account's uid or a digest of a visitor's address, browser and session: one person counts once in a gap. `note`
    is for the area lead alone and is emptied after 90 days, or when it is struck out. `reply_to` is what a resident left to
    hear back, emptied when the gap closes and after 90 days at most. `filters` are the filters of the search that led here,
    without its place and words.
    """

    __tablename__ = "flag"
    __table_args__ = (Index("ix_flag_state_made_at", "state", "made_at"), UniqueConstraint("gap_id", "who"))

    id: Mapped[key]
    uid: Mapped[public_id]
    gap_id: Mapped[int | None] = mapped_column(ForeignKey("gap.id"), index=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    area_code: Mapped[str] = mapped_column(String(9))
    kind: Mapped[GapKind] = mapped_column(stored(GapKind))
    state: Mapped[FlagState] = mapped_column(stored(FlagState))
    voice: Mapped[Voice] = mapped_column(stored(Voice))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    who: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
    affected: Mapped[Affected] = mapped_column(stored(Affected), default=Affected.UNSURE)
    often: Mapped[Often | None] = mapped_column(stored(Often))
    age_band: Mapped[AgeBand | None] = mapped_column(stored(AgeBand))
    circumstances: Mapped[list[str]] = mapped_column(JSON, default=list)  # slugs of audiences, two at most
    distance_mi: Mapped[int | None]  # how far people could manage
    shortfall: Mapped[Shortfall | None] = mapped_column(stored(Shortfall))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    told_step_id: Mapped[int] = mapped_column(default=0)  # the last step of the gap that they were told of
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[short] = mapped_column(default="")

    gap: Mapped[Gap | None] = relationship()
    term: Mapped[Term] = relationship()
    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])

    @property
    def is_urgent(self) -> bool:
        """Whether it may be about somebody in danger now. Reads the need, one query unless loaded."""
        return self.term.slug == IN_DANGER or speaks_of_danger(self.note)


class GapStep(Base):
    """One public step in the life of a gap: signed by a role, dated, in words."""

    __tablename__ = "gap_step"

    id: Mapped[key]
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    voice: Mapped[Voice] = mapped_column(stored(Voice))
    state: Mapped[GapState] = mapped_column(stored(GapState))
    words: Mapped[str] = mapped_column(Text, default="")
    review_on: Mapped[date | None]
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="SET NULL"))

    gap: Mapped[Gap] = relationship(back_populates="steps")
    listing: Mapped[Listing | None] = relationship()


class OfferState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"


class Offer(Base):
    """What may answer a gap: a listing that fits it, found by itself, or an organisation that says "we could help"."""

    __tablename__ = "offer"
    __table_args__ = (UniqueConstraint("gap_id", "listing_id"), UniqueConstraint("gap_id", "organisation_id"))

    id: Mapped[key]
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id", ondelete="CASCADE"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[OfferState] = mapped_column(stored(OfferState), default=OfferState.OPEN)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))

    gap: Mapped[Gap] = relationship()
    listing: Mapped[Listing | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class Cell(Base):
    """One figure of the published table of a quarter, counted once and stored rounded: nothing finer exists to subtract.

    A cell is here only when 8 people or more and 3 different reporters stand behind it; `people` is a multiple of 5. What is
    not here is "fewer than 8, or none". `quarter` is written 2026-Q3.
    """

    __tablename__ = "cell"
    # Of one gap the newest figure, whatever its quarter.
    __table_args__ = (Index("ix_cell_area_code_term_id_kind", "area_code", "term_id", "kind"),)

    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    area_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"), primary_key=True)
    kind: Mapped[GapKind] = mapped_column(stored(GapKind), primary_key=True)
    area_name: Mapped[short] = mapped_column(default="")
    council_code: Mapped[str] = mapped_column(String(9), default="")
    hexagon: Mapped[str] = mapped_column(String(16), default="")
    people: Mapped[int]

    term: Mapped[Term] = relationship()


class Quarter(Base):
    """That the table of a quarter was counted, and when: it is never counted again."""

    __tablename__ = "quarter"

    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    counted_at: Mapped[datetime] = mapped_column(Moment)
