"""Questions about letters on gaps: who has not been told of a step yet, and what leads are told once a month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, true
from sqlalchemy.orm import joinedload

from directory.extensions import db
from directory.models import Flag, FlagState, Gap, GapState, GapStep, Letter
from directory.models.gaps import CLOSED
from directory.queries import gap_desk, gaps

AT_ONCE = 1_000
PROMISED = timedelta(days=14)  # in which an area lead looks, as those who flagged were told
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


@dataclass(frozen=True)
class Late:
    """What waits longer than was promised in a lead's areas: gaps without a step, residents' flags that nobody looked at."""

    gaps: int
    flags: int
    since: datetime | None  # the oldest of either; None where nothing is late


def late(codes: Collection[str], *, now: datetime) -> Late:
    """What waits longer than `PROMISED` in these areas (none: everywhere). Two statements."""
    before = now - PROMISED
    reported = select(func.count(), func.min(Gap.opened_at)).where(
        gaps.inside(codes), Gap.state == GapState.REPORTED, Gap.closed_at.is_(None), Gap.opened_at < before
    )
    here = Flag.area_code.in_(codes) | Flag.gap.has(gaps.inside(codes)) if codes else true()
    sent = select(func.count(), func.min(Flag.made_at)).where(Flag.state == FlagState.WAITING, Flag.made_at < before, here)
    (open_gaps, oldest_gap), (open_flags, oldest_flag) = (db.session.execute(each).one() for each in (reported, sent))
    return Late(open_gaps, open_flags, min((each for each in (oldest_gap, oldest_flag) if each is not None), default=None))


def month(codes: Collection[str], *, start: datetime, end: datetime) -> Month:
    """What happened between two moments in these areas (none: everywhere). Four statements."""
    here = gaps.inside(codes)
    query = select(Gap).where(here).options(joinedload(Gap.term)).order_by(Gap.opened_at, Gap.id).limit(LISTED)
    return Month(
        opened=db.session.scalars(query.where(Gap.opened_at >= start, Gap.opened_at < end)).all(),
        unanswered=db.session.scalars(query.where(Gap.state == GapState.REPORTED)).all(),
        answered=gap_desk.ended_since(start, codes)[:LISTED],
        to_review=gap_desk.to_review(codes, today=end.date())[:LISTED],
    )
