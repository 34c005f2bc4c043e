"""What volunteers are thanked for: one letter a month with their own figures, never those of others."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any

from directory.extensions import db, writing
from directory.models import words as say
from directory.models.letters import letter_to
from directory.models.recurrence import LONDON
from directory.queries import thanks as queries
from directory.queries.reports import occasions

KIND = "thanks"
DAYS = 7  # in so many days of a month the letter about the one before may still go


def thank(*, now: datetime) -> int:
    """In the first week of a month, a letter to everybody who finished a job in the last; how many were written.

    May run as often as it likes. Whoever did nothing hears nothing, and what came to nothing is not mentioned.
    """
    today = now.astimezone(LONDON).date()
    if today.day > DAYS:
        return 0
    end = datetime.combine(today.replace(day=1), time(), LONDON)
    start = datetime.combine((today.replace(day=1) - timedelta(days=1)).replace(day=1), time(), LONDON)
    months = queries.months(start=start, end=end)
    total = queries.together(months)
    wanted = {f"{KIND}:{each.id}:{start:%Y-%m}": each for each in queries.readers(months, now=now)}
    if not wanted:
        return 0
    shared: dict[str, Any] = {"month": say.month_words(start.date())}
    if total.may_be_told:
        shared |= {"together": total.minutes, "people": say.number(total.people)}
    with writing():
        written = occasions(list(wanted))
        fresh = {occasion: account for occasion, account in wanted.items() if occasion not in written}
        for occasion, account in fresh.items():
            letter = letter_to(account.email, KIND, now, account=account, **asdict(months[account.id]), **shared)
            letter.occasion = occasion
            db.session.add(letter)
    return len(fresh)
