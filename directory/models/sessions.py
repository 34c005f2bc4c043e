"""Sessions (HSDS schedule): when a listing happens, as a recurring rule or a date, in local wall-clock time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
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
# Exceptions further off are not told yet; so many meetings missed in a row are told as one pause.
PAUSES_TOLD_DAYS = 92
LONG_PAUSE = 4
# A weekly group that does not meet for longer than this is out of season.
LONG_REST_DAYS = 28


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
    def is_weekly(self) -> bool:
        """Whether it falls every week on named days and nothing else has to be told of its rhythm."""
        rule = self.rhythm.rule
        if rule is None or rule.interval > 1 or rule.by_month or rule.by_month_day or rule.by_position:
            return False
        return rule.frequency in ("DAILY", "WEEKLY") and bool(self.days)

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
        return self.words_on(None)

    def words_on(self, today: date | None) -> str:
        """The same for a reader of one day, who needs no year with a date that is near."""
        rhythm = self.rhythm
        days = words.rhythm_days(rhythm, today)
        if self.opens is None:
            if self.description:
                return f"{days}, {words.inside(self.description)}" if days else self.description
            return f"{days}, times not known" if days else ("Times not known" if self.rrule else "")
        # A fortnight whose first day nobody wrote down: the rhythm is known, the next date is not.
        weeks = ", dates not known" if days and not rhythm.is_dated else ""
        return f"{days or 'Days not known'}, {self.hours_words}{weeks}"

    @property
    def hours_words(self) -> str:
        """The hours alone: "noon to 2pm", else the words of the source, else "times not known"."""
        if self.opens is not None:
            return words.hours(self.opens, self.closes, by_the_minute=self.mode is Mode.STOP)
        return words.inside(self.description) if self.description else "times not known"

    def except_words(self, today: date) -> str:
        """The coming three months' dates on which it is not: "Not 23 or 30 December."; empty when none.

        Many in a row are one pause: "Not from 20 December to 3 January.", "Not before Mon 14 Dec."
        """
        rhythm = self.rhythm
        if not rhythm.except_on or not rhythm.is_dated:
            return ""
        dates = replace(rhythm, except_on=(), also_on=()).between(today, today + timedelta(days=400))
        runs = [(out, list(run)) for out, run in groupby(dates, key=lambda day: day in rhythm.except_on)]
        pauses = [run for out, run in runs if out and (run[0] - today).days <= PAUSES_TOLD_DAYS]
        single = [day for run in pauses if len(run) < LONG_PAUSE for day in run]
        told = [
            words.joined([str(day.day) for day in each], last="or") + f" {words.MONTHS[month - 1]}"
            for month, each in ((month, list(each)) for month, each in groupby(single, key=lambda day: day.month))
        ]
        for run in pauses:
            if len(run) >= LONG_PAUSE:
                following = next((day for day in dates if day > run[-1]), None)
                if run[0] == dates[0] and following:
                    # Out of season is said with the hours: "Mondays, 6:30pm to 8pm, from Mon 5 Apr".
                    if self.is_weekly and (following - today).days > LONG_REST_DAYS:
                        continue
                    told.append(f"before {words.day_words(following, today)}")
                else:
                    told.append(f"from {words.until(run[0], run[0])} to {words.until(run[-1], run[-1])}")
        return f"Not {', or '.join(told)}." if told else ""


def _dates(texts: list[str] | None) -> tuple[date, ...]:
    """ISO dates in order; a text that is no date is passed over."""
    days: set[date] = set()
    for text in texts or ():
        try:
            days.add(date.fromisoformat(str(text)[:10]))
        except ValueError:
            continue
    return tuple(sorted(days))
