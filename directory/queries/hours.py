"""Questions about the time that volunteers give: one's own, what it did for readers, and the sums that a lead sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Claim,
    Listing,
    Pair,
    PairState,
    Report,
    State,
    Stint,
    Suggestion,
    Tally,
    Task,
    Work,
)
from directory.queries import claims, curation

LATELY = timedelta(days=90)
LARGEST = 2**31 - 1  # what a column of whole numbers holds
MOST_STINTS, MOST_REVIEWS = 5, 2_000


@dataclass(frozen=True)
class Given:
    """What somebody gave lately: minutes, finished checks, the looks at those listings since, and the last stints."""

    minutes: int
    checks: int
    helped: int
    stints: tuple[tuple[Stint, Listing | None], ...]


@dataclass(frozen=True)
class Queue:
    """One sort of work that waits: how much, and since when the oldest."""

    work: Work
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Overview:
    """What a lead sees: the hours between sending and deciding, and the minutes that all gave together."""

    median_hours: float | None
    slowest_hours: float | None
    minutes: int
    people: int


def given_by(person: Account, *, now: datetime) -> Given:
    """What this person gave in the last 90 days."""
    mine = and_(Stint.account_id == person.id, Stint.ended_at > now - LATELY)
    minutes = db.session.scalar(select(func.sum(Stint.minutes)).where(mine)) or 0
    checks = (
        db.session.scalar(
            select(func.count())
            .select_from(Task)
            .where(Task.account_id == person.id, Task.closed_at.is_not(None), Task.closed_at > now - LATELY)
        )
        or 0
    )
    last = select(Task.listing_id, func.max(Task.closed_at).label("at")).where(
        Task.account_id == person.id, Task.closed_at > now - LATELY
    )
    done = dict(db.session.execute(last.group_by(Task.listing_id)).tuples().all())
    looks = db.session.execute(
        select(Tally.listing_id, Tally.day, Tally.views).where(
            Tally.listing_id.in_(list(done)), Tally.day > (now - LATELY).date()
        )
    )
    helped = sum(views for listing_id, day, views in looks if done[listing_id].date() < day)
    stints = db.session.execute(
        select(Stint, Listing)
        .outerjoin(Listing, Listing.id == Stint.listing_id)
        .where(mine)
        .order_by(Stint.ended_at.desc(), Stint.id.desc())
        .limit(MOST_STINTS)
    )
    return Given(minutes, checks, helped, tuple((stint, listing) for stint, listing in stints))


def stint(number: int) -> Stint:
    """Raises NotFound."""
    found = db.session.get(Stint, min(number, LARGEST))
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def queues() -> tuple[Queue, ...]:
    """Every sort of work that waits, with its oldest item."""
    waiting: list[tuple[Work, Any, ColumnElement[bool]]] = [
        (Work.REPORT, Report.made_at, Report.answered_at.is_(None)),
        (Work.SUGGESTION, Suggestion.made_at, Suggestion.state.in_(curation.OPEN)),
        (Work.CHECK, Task.opened_at, Task.closed_at.is_(None)),
        (Work.PAIR, Pair.found_at, Pair.state.in_((PairState.OPEN, PairState.PROPOSED))),
        (Work.CLAIM, Claim.made_at, claims.is_for_the_desk()),
    ]
    return tuple(
        Queue(work, *db.session.execute(select(func.count(), func.min(moment)).where(open_)).one())
        for work, moment, open_ in waiting
    )


def overview(*, now: datetime) -> Overview:
    """How long reviews took in the last 90 days, and what all gave together."""
    took = sorted(
        (decided - made).total_seconds() / 3600
        for made, decided in db.session.execute(
            select(Suggestion.made_at, Suggestion.decided_at)
            .where(
                Suggestion.state.in_((State.APPROVED, State.REFUSED, State.LIVE)),
                Suggestion.decided_at > now - LATELY,
                Suggestion.decided_at > Suggestion.made_at,
            )
            .order_by(Suggestion.decided_at.desc())
            .limit(MOST_REVIEWS)
        )
    )
    minutes, people = db.session.execute(
        select(func.sum(Stint.minutes), func.count(Stint.account_id.distinct())).where(Stint.ended_at > now - LATELY)
    ).one()
    middle = len(took) // 2
    median = None if not took else took[middle] if len(took) % 2 else (took[middle - 1] + took[middle]) / 2
    return Overview(median, took[-1] if took else None, minutes or 0, people)
