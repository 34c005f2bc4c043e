"""Questions about letters on gaps: who has not been told of a step yet, and what leads are told once a month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from directory.extensions import db
from directory.models import Flag, FlagState, Gap, GapState, GapStep, Letter
from directory.models.gaps import CLOSED
from directory.queries import gaps

AT_ONCE = 1_000
LISTED = 10
# What is only about the register itself is no news to those who flagged.
NO_NEWS = (GapState.MERGED,)


@dataclass(frozen=True)
class Month:
    """What happened in a lead's areas: each list at most ten long, the oldest first but for what was answered."""

    opened: Sequence[Gap] = ()
    unanswered: Sequence[Gap] = ()
    answered: Sequence[Gap] = ()
    to_review: Sequence[Gap] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not (self.opened or self.unanswered or self.answered or self.to_review)


def untold() -> Sequence[Flag]:
    """Flags that count, of people we can write to, whose gap took a step that they were not told of; with all to tell it."""
    newer = exists().where(GapStep.gap_id == Flag.gap_id, GapStep.id > Flag.told_step_id, GapStep.state.not_in(NO_NEWS))
    return db.session.scalars(
        select(Flag)
        .where(Flag.state == FlagState.COUNTED, Flag.account_id.is_not(None) | (Flag.reply_to != ""), newer)
        .order_by(Flag.id)
        .limit(AT_ONCE)
        .options(
            joinedload(Flag.account),
            joinedload(Flag.gap).joinedload(Gap.term),
            joinedload(Flag.gap).selectinload(Gap.steps).joinedload(GapStep.listing),
        )
    ).all()


def steps_for(flag: Flag) -> list[GapStep]:
    """The steps of its gap that somebody was not told of, the oldest first."""
    steps = flag.gap.steps if flag.gap is not None else []
    return [step for step in steps if step.id > flag.told_step_id and step.state not in NO_NEWS]


def done_with() -> Sequence[Flag]:
    """Flags with a one-time address whose gap is closed and who were told so: the address has done its work."""
    newer = exists().where(GapStep.gap_id == Flag.gap_id, GapStep.id > Flag.told_step_id, GapStep.state.not_in(NO_NEWS))
    ended = (FlagState.REFUSED, FlagState.WITHDRAWN)
    return db.session.scalars(
        select(Flag)
        .outerjoin(Flag.gap)
        .where(Flag.reply_to != "", (Gap.state.in_(CLOSED) & ~newer) | Flag.state.in_(ended))
        .order_by(Flag.id)
        .limit(AT_ONCE)
    ).all()


def written(occasions: Collection[str]) -> set[str]:
    """Which of these letters are there already."""
    return set(db.session.scalars(select(Letter.occasion).where(Letter.occasion.in_(occasions)))) - {None}  # type: ignore[arg-type]


def month(codes: Collection[str], *, start: datetime, end: datetime) -> Month:
    """What happened between two moments in these areas (none: everywhere). Four statements."""
    here = gaps.inside(codes)
    query = select(Gap).where(here).options(joinedload(Gap.term)).order_by(Gap.opened_at, Gap.id).limit(LISTED)
    return Month(
        opened=db.session.scalars(query.where(Gap.opened_at >= start, Gap.opened_at < end)).all(),
        unanswered=db.session.scalars(query.where(Gap.state == GapState.REPORTED)).all(),
        answered=gaps.ended_since(start, codes)[:LISTED],
        to_review=gaps.to_review(codes, today=end.date())[:LISTED],
    )
