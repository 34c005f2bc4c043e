"""What somebody would like changed: suggestions that wait for a second pair of eyes, opinions on them, reports, locks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models.accounts import Account
from directory.models.columns import Moment, key, public_id, short, stored
from directory.models.curation import Voice
from directory.models.listings import Listing


class Sort(StrEnum):
    """What a suggestion asks for."""

    CHANGE = "change"
    NEW = "new"
    STOPPED = "stopped"
    RESTORE = "restore"
    SPLIT = "split"  # `record` has the sessions that become a listing of their own, and its name


class State(StrEnum):
    """Where a suggestion stands. Only `waiting` and `asked` can still be decided."""

    WAITING = "waiting"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LIVE = "live"  # published, and looked at within seven days by somebody who had no part in it


class Suggestion(Base):
    """A whole listing record as somebody would have it, beside the published one, which stays up meanwhile.

    `record` is the full record, `fields` the keys in which it differs from revision `base_number`. `approvals` is how many
    people have to agree. What a visitor leaves is an address to answer to, dropped once answered, and a digest for quotas.
    """

    __tablename__ = "suggestion"
    __table_args__ = (Index("ix_suggestion_state_made_at", "state", "made_at"),)

    id: Mapped[key]
    uid: Mapped[public_id]
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    sort: Mapped[Sort] = mapped_column(stored(Sort))
    base_number: Mapped[int] = mapped_column(default=0)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    fields: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[State] = mapped_column(stored(State), default=State.WAITING)
    approvals: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Moment)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    voice: Mapped[Voice] = mapped_column(stored(Voice))
    door: Mapped[str] = mapped_column(String(16))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    who: Mapped[str] = mapped_column(String(64), default="")
    cools_until: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision_reason: Mapped[str] = mapped_column(Text, default="")

    listing: Mapped[Listing | None] = relationship()
    account: Mapped[Account | None] = relationship()
    opinions: Mapped[list[Opinion]] = relationship(cascade="all, delete-orphan", order_by="Opinion.id")

    @property
    def organisation_named(self) -> str:
        """The organisation that a new listing names, in small letters; empty for any other suggestion."""
        named = self.record.get("organisation") if self.listing_id is None else None
        return str(named["name"]).casefold() if named else ""

    def was_agreed_by(self, person: Account) -> bool:
        """Whether this person said that it may be published: somebody else looks at it again."""
        return any(opinion.agrees and opinion.account_id == person.id for opinion in self.opinions)

    def concerns(self, person: Account) -> bool:
        """Whether this person wrote it, edits beside whoever did, or speaks for what it is about: others decide on it."""
        about = self.listing.organisation_id if self.listing is not None else None
        own = [each for each in person.editorships if each.ended_at is None]
        return (
            (self.account_id is not None and person.id == self.account_id)
            or person.speaks_for(about)
            or (self.account is not None and any(self.account.speaks_for(each.organisation_id) for each in own))
            or (
                bool(self.organisation_named)
                and any(each.organisation.name.casefold() == self.organisation_named for each in own)
            )
        )


class Opinion(Base):
    """What one person who looked at a suggestion says of it; one each."""

    __tablename__ = "opinion"
    __table_args__ = (UniqueConstraint("suggestion_id", "account_id"),)

    id: Mapped[key]
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agrees: Mapped[bool]
    record: Mapped[dict[str, Any]] = mapped_column(JSON)  # the record as this person would publish it
    reason: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(Moment)

    account: Mapped[Account] = relationship()


class ReportKind(StrEnum):
    WRONG = "wrong"
    STOPPED = "stopped"
    MISSING = "missing"
    UNSAFE = "unsafe"
    MY_DETAILS = "my-details"


class Report(Base):
    """Somebody says that something is wrong with a listing. The clock runs from `made_at` to `answered_at`; it may stop once."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_answered_at_made_at", "answered_at", "made_at"),)

    id: Mapped[key]
    uid: Mapped[public_id]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ReportKind] = mapped_column(stored(ReportKind))
    text: Mapped[str] = mapped_column(Text, default="")
    should_say: Mapped[str] = mapped_column(Text, default="")
    reply_to: Mapped[str] = mapped_column(
        Text, default=""
    )  # addresses, one a line: several people of one network may say the same
    who: Mapped[str] = mapped_column(String(64), default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    paused_until: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    changed: Mapped[bool | None]  # whether the answer was a change; None until there is one
    answer: Mapped[str] = mapped_column(Text, default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # who answered

    listing: Mapped[Listing] = relationship()

    @property
    def addresses(self) -> list[str]:
        """Everybody who wants to hear what happened, in the order in which they wrote."""
        return self.reply_to.split("\n") if self.reply_to else []


class Lock(Base):
    """A listing, an organisation or a small area that nobody edits for a while: why, and until when (30 days at most)."""

    __tablename__ = "lock"

    id: Mapped[key]
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    area_code: Mapped[str] = mapped_column(String(9), default="")
    reason: Mapped[short]
    made_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class OldAddress(Base):
    """A slug that a listing had before, so that links and bookmarks lead on."""

    __tablename__ = "old_address"

    id: Mapped[key]
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"))
