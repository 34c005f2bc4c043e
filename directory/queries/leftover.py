"""What is left on the desk although one person is offered nothing: how much, and why it is not for them just now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from directory.extensions import db
from directory.models import (
    Account,
    Claim,
    ClaimState,
    Lease,
    Listing,
    Opinion,
    Pair,
    PairState,
    Report,
    Role,
    SetAside,
    State,
    Suggestion,
    Task,
    Work,
)
from directory.queries import claims, curation
from directory.queries.patches import SHOWN

MOST_COUNTED = 2_000  # of each sort


class Why(StrEnum):
    """Why work is not for this person; the first that fits counts."""

    YOURS = "yours"
    HELD = "held"
    ASIDE = "aside"
    LATER = "later"
    ASKED = "asked"
    SPOKEN = "spoken"
    DECIDING = "deciding"


@dataclass(frozen=True)
class Leftover:
    """How much is not for this person for each reason, and when the first of what has to wait may be tried."""

    counts: Counter[Why]
    first_later: datetime | None


def leftover(person: Account, *, now: datetime) -> Leftover:
    """Everything open, in seven statements whatever there is: calls, changes, reports, listings that may be one, claims.

    A claim that is proved waits for a senior or a lead; others ring about those that are not.
    """
    held = set(
        db.session.execute(
            select(Lease.work, Lease.subject_id).where(Lease.ends_at > now, Lease.account_id != person.id)
        ).tuples()
    )
    aside = set(
        db.session.execute(
            select(SetAside.work, SetAside.subject_id).where(SetAside.account_id == person.id, SetAside.until > now)
        ).tuples()
    )
    own = {each.organisation_id for each in person.editorships if each.ended_at is None}
    counts: Counter[Why] = Counter()
    later: list[datetime] = []

    def count(work: Work, number: int, *, is_own: bool, until: datetime | None = None, others: Iterable[Why] = ()) -> None:
        if is_own:
            counts[Why.YOURS] += 1
        elif (work, number) in held:
            counts[Why.HELD] += 1
        elif (work, number) in aside:
            counts[Why.ASIDE] += 1
        elif until is not None and until > now:
            counts[Why.LATER] += 1
            later.append(until)
        else:
            counts.update(list(others)[:1])

    calls = select(Task.id, Task.not_before, Listing.organisation_id).join(Listing, Listing.id == Task.listing_id)
    calls = calls.where(Task.closed_at.is_(None), Listing.status.in_(SHOWN)).order_by(Task.not_before, Task.id)
    for number, not_before, organisation_id in db.session.execute(calls.limit(MOST_COUNTED)):
        count(Work.CHECK, number, is_own=organisation_id in own, until=not_before)
    reports = select(Report.id, Report.who, Report.paused_until, Listing.organisation_id).join(Report.listing)
    reports = reports.where(Report.answered_at.is_(None)).order_by(Report.made_at, Report.id)
    for number, who, until, organisation_id in db.session.execute(reports.limit(MOST_COUNTED)):
        count(Work.REPORT, number, is_own=who == str(person.uid) or organisation_id in own, until=until)
    changes = select(Suggestion, Listing.organisation_id).outerjoin(Suggestion.listing).where(Suggestion.state.in_(curation.OPEN))
    changes = changes.options(selectinload(Suggestion.opinions).load_only(Opinion.account_id))
    for row, organisation_id in db.session.execute(changes.order_by(Suggestion.made_at, Suggestion.id).limit(MOST_COUNTED)):
        spoken = any(opinion.account_id == person.id for opinion in row.opinions)
        others = [why for why, so in ((Why.ASKED, row.state is State.ASKED), (Why.SPOKEN, spoken)) if so]
        count(Work.SUGGESTION, row.id, is_own=row.account_id == person.id or organisation_id in own, others=others)
    pairs = select(Pair.id, Pair.proposed_by).where(Pair.state.in_((PairState.OPEN, PairState.PROPOSED))).order_by(Pair.id)
    for number, proposed_by in db.session.execute(pairs.limit(MOST_COUNTED)):
        count(Work.PAIR, number, is_own=proposed_by == person.id)
    asked = select(Claim).where(claims.is_for_the_desk(), Claim.ends_at > now).order_by(Claim.ends_at, Claim.id)
    for row in db.session.scalars(asked.limit(MOST_COUNTED)):
        is_own = row.account_id == person.id or row.organisation_id in own
        waits = row.state is ClaimState.PROVED and person.role not in (Role.SENIOR, Role.LEAD)
        count(Work.CLAIM, row.id, is_own=is_own, others=(Why.DECIDING,) if waits else ())
    return Leftover(counts, min(later, default=None))
