"""The volunteers' work: what has to be rung about, who holds which piece of it, what was tried, and the time it took."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.errors import Conflict
from directory.extensions import Base, db
from directory.models.accounts import Account
from directory.models.columns import Moment, key, short, stored
from directory.models.curation import Means
from directory.models.freshness import LINK_LASTS
from directory.models.listings import Listing

LEASE = timedelta(minutes=30)
LONGEST_STINT = 30  # minutes; whoever forgot to save was not at it all the time
TAKEN = "Somebody else is {} just now. It comes back when they are done."


class Work(StrEnum):
    """Sorts of work on the desk. Each names the table that its `subject_id` belongs to."""

    CHECK = "check"  # task
    SUGGESTION = "suggestion"
    REPORT = "report"
    PAIR = "pair"
    CLAIM = "claim"


class TaskKind(StrEnum):
    CHECK = "check"
    BROKEN_LINK = "broken-link"
    FAILED_LETTER = "failed-letter"
    FAILED_HARVEST = "failed-harvest"


class Task(Base):
    """Something about one listing that a volunteer has to find out. Open until `closed_at`; at most one open of a kind."""

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_closed_at_not_before", "closed_at", "not_before"),)

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    kind: Mapped[TaskKind] = mapped_column(stored(TaskKind))
    why: Mapped[short] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    not_before: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[short] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # who closed it

    listing: Mapped[Listing] = relationship()
    attempts: Mapped[list[Attempt]] = relationship(cascade="all, delete-orphan", order_by="Attempt.made_at, Attempt.id")


class WebsiteLook(Base):
    """What came of looking at a listing's website last: on how many days in a row it failed, and in what words."""

    __tablename__ = "website_look"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    looked_at: Mapped[datetime] = mapped_column(Moment, index=True)
    words: Mapped[short] = mapped_column(default="")
    days_failed: Mapped[int] = mapped_column(default=0)
    failed_on: Mapped[date | None]


class Outcome(StrEnum):
    SPOKE = "spoke"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    BUSY = "busy"
    REFUSES = "refuses"
    WROTE = "wrote"


class Attempt(Base):
    """One try at reaching a group, for a task or about a claim. Whom we spoke to is a role ("the cook"), never a name."""

    __tablename__ = "attempt"
    __table_args__ = (CheckConstraint("(task_id IS NULL) <> (claim_id IS NULL)", name="about_one"),)

    id: Mapped[key]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    means: Mapped[Means] = mapped_column(stored(Means))
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome))
    spoke_to: Mapped[str] = mapped_column(String(60), default="")
    best_time: Mapped[str] = mapped_column(String(60), default="")


class Lease(Base):
    """Who holds a piece of work just now, and until when; then it goes back by itself.

    `answers` is what they were told so far: {"times": {"answer": "changed", "times_opens": "14:00"}}.
    """

    __tablename__ = "lease"
    __table_args__ = (UniqueConstraint("work", "subject_id"),)

    id: Mapped[key]
    work: Mapped[Work] = mapped_column(stored(Work))
    subject_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    began_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    @classmethod
    def of(cls, work: Work, subject_id: int) -> Lease | None:
        """Who holds this piece of work or held it last."""
        return db.session.scalar(select(cls).where(cls.work == work, cls.subject_id == subject_id))

    @classmethod
    def free_for(cls, work: Work, subject_id: int, *, by: Account, now: datetime) -> Lease | None:
        """The row, if there is one: it is this person's, or its time is over. Raises Conflict while somebody else holds it."""
        lease = cls.of(work, subject_id)
        if lease is not None and lease.account_id != by.id and lease.ends_at > now:
            raise Conflict(TAKEN.format("on this one" if work is Work.CHECK else "looking at this"))
        return lease

    @classmethod
    def take(cls, work: Work, subject_id: int, *, by: Account, now: datetime) -> Lease:
        """Inside `writing()`: half an hour from now for this person. Raises Conflict while somebody else holds it."""
        lease = cls.free_for(work, subject_id, by=by, now=now)
        if lease is None:
            lease = cls(work=work, subject_id=subject_id, account_id=by.id, began_at=now, answers={})
            db.session.add(lease)
        elif lease.account_id != by.id:
            lease.account_id, lease.began_at, lease.answers = by.id, now, {}
        elif lease.ends_at <= now:
            lease.began_at = now
        lease.ends_at = now + LEASE
        db.session.flush()
        return lease

    @classmethod
    def give_back(cls, work: Work, subject_id: int, *, by: Account, listing_id: int | None, now: datetime) -> None:
        """Inside `writing()`: the work is done, and nobody holds it any more.

        The time that whoever held it gave is kept, to the minute begun and never more than half an hour.
        """
        lease = cls.of(work, subject_id)
        if lease is None:
            return
        if lease.account_id == by.id and lease.began_at <= now:
            seconds = (min(now, lease.ends_at) - lease.began_at).total_seconds()
            minutes = min(LONGEST_STINT, max(1, -(-int(seconds) // 60)))
            stint = Stint(account_id=by.id, work=work, subject_id=subject_id, listing_id=listing_id)
            stint.ended_at, stint.minutes = now, minutes
            db.session.add(stint)
        db.session.delete(lease)


class SetAside(Base):
    """Work that somebody would rather not do; it is not offered to this person until then."""

    __tablename__ = "set_aside"
    __table_args__ = (UniqueConstraint("account_id", "work", "subject_id"),)

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    work: Mapped[Work] = mapped_column(stored(Work))
    subject_id: Mapped[int]
    reason: Mapped[short] = mapped_column(default="")
    until: Mapped[datetime] = mapped_column(Moment)


class Stint(Base):
    """Time somebody gave, from start to save; `minutes` may be put right by them."""

    __tablename__ = "stint"

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    work: Mapped[Work] = mapped_column(stored(Work))
    subject_id: Mapped[int]
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime] = mapped_column(Moment)
    minutes: Mapped[int]


class Tally(Base):
    """How often a listing was looked at on one day: counts, nothing about who."""

    __tablename__ = "tally"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(default=0)


class ConfirmLink(Base):
    """The secret in a letter that asks a group whether all is still right: good for one listing, one address, sixty days."""

    __tablename__ = "confirm_link"

    id: Mapped[key]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id", ondelete="SET NULL"))

    listing: Mapped[Listing] = relationship()

    @classmethod
    def anew(cls, listing_id: int, address: str, token_hash: str, now: datetime) -> ConfirmLink:
        """Inside `writing()`: a new link; the older ones of this address to the same listing end."""
        older = update(cls).where(cls.listing_id == listing_id, cls.address == address, cls.ends_at > now)
        db.session.execute(older.values(ends_at=now))
        link = cls(listing_id=listing_id, address=address, token_hash=token_hash, made_at=now, ends_at=now + LINK_LASTS)
        db.session.add(link)
        return link


class PairState(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"
    MERGED = "merged"
    NOT_THE_SAME = "not-the-same"


class Pair(Base):
    """Two listings that may be one; `first_id` is the smaller. `why` tells the score: [["phone", 0.5], ["name", 0.3]].

    A proposal to merge names the record that would stay and who proposed it; a second person merges.
    """

    __tablename__ = "pair"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[key]
    first_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"))
    second_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    score: Mapped[float]
    why: Mapped[list[Any]] = mapped_column(JSON)
    state: Mapped[PairState] = mapped_column(stored(PairState), default=PairState.OPEN, index=True)
    found_at: Mapped[datetime] = mapped_column(Moment)
    record: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    kept_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    first: Mapped[Listing] = relationship(foreign_keys=[first_id])
    second: Mapped[Listing] = relationship(foreign_keys=[second_id])
