"""Questions about what volunteers gave in one month, for the letter that thanks them: their own figures, and sums of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from directory.extensions import db
from directory.models import Account, Check, NoLetters, Stint, Tally, Work
from directory.models.accounts import CURATING
from directory.models.recurrence import LONDON
from directory.queries.accounts import digest

FEWEST = 3  # people in a sum: of two, either could tell what the other gave


@dataclass(frozen=True)
class Month:
    """What one person gave: minutes, listings they rang or wrote about, other jobs, listings they checked, looks since."""

    minutes: int = 0
    calls: int = 0
    reviews: int = 0
    checked: int = 0
    looks: int = 0


@dataclass(frozen=True)
class Sum:
    """What all gave together."""

    minutes: int
    people: int

    @property
    def may_be_told(self) -> bool:
        """Whether enough are in it, so that nobody can tell what one of them gave."""
        return self.people >= FEWEST


def months(*, start: datetime, end: datetime) -> Mapping[int, Month]:
    """What each person gave from `start` on and before `end`, by account; only those who finished a job. Two statements.

    The looks are those at listings on the days after this person last checked them then, and until now.
    """
    jobs = select(Stint.account_id, Stint.work, Stint.subject_id, func.sum(Stint.minutes))
    jobs = jobs.where(Stint.ended_at >= start, Stint.ended_at < end)
    given: dict[int, list[tuple[Work, int]]] = defaultdict(list)
    for number, work, _, minutes in db.session.execute(jobs.group_by(Stint.account_id, Stint.work, Stint.subject_id)):
        given[number].append((work, minutes))
    first, last = start.astimezone(LONDON).date(), end.astimezone(LONDON).date() - timedelta(days=1)
    checked = (
        select(Check.account_id, Check.listing_id, func.max(Check.checked_on).label("day"))
        .where(Check.account_id.is_not(None), Check.checked_on.between(first, last))
        .group_by(Check.account_id, Check.listing_id)
        .subquery()
    )
    told = {
        number: (listings, looks or 0)
        for number, listings, looks in db.session.execute(
            select(checked.c.account_id, func.count(checked.c.listing_id.distinct()), func.sum(Tally.views))
            .outerjoin(Tally, (Tally.listing_id == checked.c.listing_id) & (Tally.day > checked.c.day))
            .group_by(checked.c.account_id)
        )
    }
    return {
        number: Month(
            sum(minutes for _, minutes in jobs_done),
            sum(work is Work.CHECK for work, _ in jobs_done),
            sum(work is not Work.CHECK for work, _ in jobs_done),
            *told.get(number, (0, 0)),
        )
        for number, jobs_done in given.items()
    }


def together(months: Mapping[int, Month]) -> Sum:
    """The sum of what all gave."""
    return Sum(sum(each.minutes for each in months.values()), len(months))


def readers(ids: Collection[int], *, now: datetime) -> Sequence[Account]:
    """Those of these people who get the letter: they curate, may sign in, take no break and have not asked for none."""
    today = now.astimezone(LONDON).date()
    found = db.session.scalars(
        select(Account)
        .where(
            Account.id.in_(list(ids)),
            Account.role.in_(CURATING),
            Account.suspended_at.is_(None),
            or_(Account.back_on.is_(None), Account.back_on <= today),
        )
        .order_by(Account.id)
    ).all()
    digests = {each.id: {digest(each.email), refusal_of(each)} for each in found}
    asked = select(NoLetters.address_hash).where(NoLetters.address_hash.in_([one for both in digests.values() for one in both]))
    refused = set(db.session.scalars(asked))
    return [each for each in found if not digests[each.id] & refused]


def refusal_of(account: Account) -> str:
    """What is kept for somebody who wants no thanks each month and may be written to about all else."""
    return digest(f"thanks {account.email}")


def wants_thanks(account: Account) -> bool:
    """Whether this person has not asked for none."""
    kept = select(NoLetters.id).where(NoLetters.address_hash == refusal_of(account))
    return db.session.scalar(kept.limit(1)) is None
