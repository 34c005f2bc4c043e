"""Sessions (HSDS schedule): when a listing happens, as a recurring rule or a date, in local wall-clock time."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.extensions import Base
from directory.models import words
from directory.models.columns import key, public_id, short, stored
from directory.models.recurrence import Rhythm

if TYPE_CHECKING:
    from directory.models.listings import Listing
    from directory.models.venues import Venue


# Parts of the day, each from its hour up to the next; a session counts in every part of which it fills half an hour.
DAY_PARTS = (("morning", 0, 12 * 60), ("afternoon", 12 * 60, 17 * 60), ("evening", 17 * 60, 24 * 60))
LEAST_MINUTES = 30


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

    @property
    def rhythm(self) -> Rhythm:
        """The dates and hours of this session apart from the database; dates that cannot be read are passed over."""
        return Rhythm(
            rrule=self.rrule or "",
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            opens=self.opens,
            closes=self.closes,
            except_on=_dates(self.except_on),
            also_on=_dates(self.also_on),
        )

    @property
    def is_timed(self) -> bool:
        """Whether both the hour and a day of the week are known."""
        return self.opens is not None and bool(self.days)

    @property
    def days(self) -> frozenset[int]:
        """Weekdays, Monday is 0, on which it falls as a habit; empty when not known or not tied to weekdays."""
        return self.rhythm.days

    @property
    def slots(self) -> frozenset[tuple[int, str]]:
        """Each day with each part of it: {(2, "morning"), (2, "afternoon")}; empty when day or hour is not known."""
        if self.opens is None:
            return frozenset()
        begin = self.opens.hour * 60 + self.opens.minute
        end = self.closes.hour * 60 + self.closes.minute if self.closes else begin
        parts = [
            part
            for part, first, last in DAY_PARTS
            if first <= begin < last or min(end, last) - max(begin, first) >= LEAST_MINUTES
        ]
        return frozenset((day, part) for day in self.days for part in parts)

    def next_after(self, now: datetime, *, count: int = 1) -> list[datetime]:
        """The next beginnings in naive local time, in order; one still going on counts until it closes.

        Midnight stands for "hour not known" (words.moment_words says the day alone). `now` with a zone is converted.
        """
        return self.rhythm.after(now, count=count)

    def is_over(self, today: date) -> bool:
        """Whether nothing of it is to come: its last day, or its one date, has passed."""
        rhythm = self.rhythm
        if rhythm.rrule or not rhythm.is_dated:
            return rhythm.last_day is not None and rhythm.last_day < today
        return max(filter(None, (rhythm.starts_on, *rhythm.also_on))) < today

    @property
    def words(self) -> str:
        """When it is, as people say it: "Wednesdays, noon to 2pm"; empty when nothing at all is known.

        A mobile stop keeps to the minute: "Every four weeks on Wednesday, 10:15 to 10:45".
        """
        rhythm = self.rhythm
        days = words.rhythm_days(rhythm)
        if self.opens is not None:
            told = words.hours(self.opens, self.closes, by_the_minute=self.mode is Mode.STOP)
            # A fortnight whose first day nobody wrote down: the rhythm is known, the next date is not.
            weeks = ", dates not known" if days and not rhythm.is_dated else ""
            return f"{days or 'Days not known'}, {told}{weeks}"
        if self.description:
            return f"{days}, {self.description}" if days else self.description
        if days:
            return f"{days}, times not known"
        return "Times not known" if self.rrule else ""

    def except_words(self, today: date) -> str:
        """The dates of the coming three months on which it is not: "Not 23 or 30 December."; empty when none."""
        days = [day for day in sorted(set(self.rhythm.except_on)) if 0 <= (day - today).days <= 92]
        if not days:
            return ""
        months = [(month, [str(day.day) for day in each]) for month, each in groupby(days, key=lambda day: day.month)]
        told = [f"{words.joined(numbers, last='or')} {words.MONTHS[month - 1]}" for month, numbers in months]
        return f"Not {', or '.join(told)}."


def _dates(texts: list[str] | None) -> tuple[date, ...]:
    """ISO dates in order; a text that is no date is passed over."""
    days: set[date] = set()
    for text in texts or ():
        try:
            days.add(date.fromisoformat(str(text)[:10]))
        except ValueError:
            continue
    return tuple(sorted(days))
