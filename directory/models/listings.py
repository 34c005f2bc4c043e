"""Listings (HSDS service): one thing that a person can use, with who it is for, what it costs and how it reaches people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models import facts, freshness, words
from directory.models.columns import Moment, key, public_id, short, stored
from directory.models.curation import Check, Means, Voice
from directory.models.organisations import Organisation
from directory.models.sessions import Mode, Session
from directory.models.venues import AccessFact, Venue
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


JOIN_WORDS = {
    Join.SELF: "No referral needed",
    Join.PROFESSIONAL: "Through a professional, such as your surgery",
    Join.EITHER: "By yourself or through a professional",
}
ROOM_WORDS = {Room.OPEN: "Taking people now", Room.WAITING: "Waiting list", Room.FULL: "Full for now"}
# Characters of a fee's own words that still fit into one line of a result.
SHORT_WORDS = 40


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

    # When

    def when_words(self, today: date, *, most: int = 5) -> list[str]:
        """When it happens, at most so many lines: ["Monday to Friday, 9am to 5pm", "Saturdays, 9am to 1pm"].

        Without sessions that say anything, the words of the source or "Times not known"; never empty.
        """
        lines = facts.times(self.sessions, today)
        if len(lines) > most:
            lines = [*lines[: most - 1], f"and {words.number(len(lines) - most + 1)} more times"]
        return lines or [self.schedule_note or "Times not known"]

    def next_dates(self, now: datetime, *, count: int = 3) -> list[facts.Visit]:
        """The next visits of all sessions, in order; without venues where the place is private."""
        return facts.visits(self.sessions, now, count=count, with_venues=not self.confidential_location)

    # What it costs, who it is for, how to start

    @property
    def cost_words(self) -> str:
        """ "Free", "£4", "45p a mile", "By donation"; empty when not known."""
        amount = words.money(self.cost_amount) if self.cost_amount else ""
        if self.cost is Cost.FREE:
            return "Free"
        if self.cost is Cost.DONATION:
            return f"By donation, {amount} suggested" if amount else "By donation"
        first = self.fees_description.partition(". ")[0].rstrip(".") if self.fees_description else ""
        # "45p a mile" says more than "45p".
        if first and len(first) <= SHORT_WORDS and (not amount or first.startswith(amount)):
            return first
        return amount or ("There is a charge" if self.cost is Cost.PAID else "")

    @property
    def join_words(self) -> str:
        """Whether one may simply come; empty when not known."""
        return JOIN_WORDS[self.join] if self.join else ""

    @property
    def ages_words(self) -> str:
        """ "Over 55", "11 to 18", "Up to 5"; empty when nothing is said of ages."""
        return facts.ages(self.minimum_age, self.maximum_age)

    # How it reaches people

    @property
    def venues(self) -> list[Venue]:
        """Where it happens, each once; none where the place is private. One query per session unless loaded."""
        if self.confidential_location:
            return []
        return list(dict.fromkeys(session.venue for session in self.sessions if session.venue))

    @property
    def where_words(self) -> str:
        """ "Saxley Village Hall, Church Lane, NR98 4QX", "The address is private", "Comes to you"."""
        if self.confidential_location:
            return "The address is private"
        stops = any(session.mode is Mode.STOP for session in self.sessions)
        return facts.places(self.venues, stops=stops) or self.reach_words or "Place not known"

    @property
    def reach_words(self) -> str:
        """How it reaches people without their going anywhere: "Comes to you, online or by phone"; empty when it does not."""
        ways = ((self.home_visits, "comes to you"), (self.online, "online"), (self.by_phone, "by phone"))
        told = words.joined([way for so, way in ways if so], last="or")
        return told[:1].upper() + told[1:]

    def access_words(self, venue: Venue | None = None) -> list[str]:
        """What is known of getting in, at `venue` or its only one: the good first. Of several none speaks for the others."""
        venues = [] if self.confidential_location else [venue] if venue else self.venues
        return facts.access([*self.access_facts, *(venues[0].access_facts if len(venues) == 1 else ())])

    @property
    def public_contacts(self) -> list[ContactPoint]:
        """The ways to get in touch that may be shown."""
        return [contact for contact in self.contact_points if contact.public]

    @property
    def phone(self) -> ContactPoint | None:
        """The telephone number to ring first."""
        return next((contact for contact in self.public_contacts if contact.kind == "phone"), None)

    # How we know

    def checked_words(self, today: date) -> str:
        """ "Checked 3 weeks ago by phone", "Not checked for 14 months. Ring before you go.", "Not checked yet"."""
        return freshness.checked_words(self.checked_on, self.checked_means, today)

    def is_stale(self, today: date) -> bool:
        """Whether the critical facts were last checked twelve months ago or longer."""
        return self._months_unchecked(today) >= freshness.CRITICAL.old

    def is_left_out(self, today: date) -> bool:
        """Whether a search leaves it out unless somebody asks for what has not been checked."""
        return self._months_unchecked(today) >= freshness.LEFT_OUT_MONTHS

    def stale_words(self, today: date) -> str:
        """The warning from six months on, in the words of `checked_words`; empty while the check is recent."""
        return self.checked_words(today) if self._months_unchecked(today) >= freshness.CRITICAL.late else ""

    def _months_unchecked(self, today: date) -> int:
        return words.months_between(self.checked_on, today) if self.checked_on else -1

    # Room for new people

    def is_room_known(self, today: date) -> bool:
        """Whether what the group said about room still holds: until the date it gave, else for six weeks."""
        if self.room is None:
            return False
        if self.room_until is not None:
            return today <= self.room_until
        return self.room_said_on is not None and today - self.room_said_on <= freshness.ROOM_LASTS

    def room_words(self, today: date) -> str:
        """ "Taking people now", "Waiting list, about 3 weeks", "Full until January"; empty when not known any more."""
        if not self.is_room_known(today):
            return ""
        if self.room is Room.FULL and self.room_until:
            return f"Full until {words.until(self.room_until, today)}"
        told = ROOM_WORDS[self.room] if self.room else ""
        # A note may begin with the same words: "Waiting list, about 6 weeks".
        return (
            self.room_note if (self.room_note or "").startswith(told or " ") else ", ".join(filter(None, (told, self.room_note)))
        )

    def room_said_words(self, today: date) -> str:
        """ "said on 9 November"; empty when no day was noted or it no longer holds."""
        if not self.is_room_known(today) or not self.room_said_on:
            return ""
        return f"said on {words.until(self.room_said_on, today)}"


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
