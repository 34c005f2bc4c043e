"""The board of gaps and the story of one, as everybody reads them: in which lane a gap stands, what leads did about it.

Which gaps these are, and what figure each has, is the rule of public_gaps.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Gap, GapStep, Term, quarters
from directory.models.gaps import GapKind, GapState
from directory.models.recurrence import LONDON
from directory.queries import public_gaps
from directory.queries.public_gaps import HIDDEN, PUBLIC_VOICES, Listed

PER_LANE = 8
MOST_IN_A_LANE = 100


class Lane(StrEnum):
    REPORTED = "reported"
    LOOKED_AT = "looked-at"
    BEING_STARTED = "being-started"
    MET = "met"
    NOT_NOW = "not-now"


class By(StrEnum):
    """How a lane is sorted."""

    PEOPLE = "people"
    NEWEST = "newest"
    OLDEST = "oldest"
    RURAL = "rural"


LANE_OF = {
    GapState.REPORTED: Lane.REPORTED,
    GapState.LOOKED_AT: Lane.LOOKED_AT,
    GapState.BEING_STARTED: Lane.BEING_STARTED,
    GapState.MET: Lane.MET,
    GapState.WAS_NOT_KNOWN: Lane.MET,
    GapState.NOT_NOW: Lane.NOT_NOW,
}
ON_THE_BOARD = (Lane.REPORTED, Lane.LOOKED_AT, Lane.BEING_STARTED, Lane.MET)


@dataclass(frozen=True)
class Shown:
    """A public gap with its term, answer and public steps loaded."""

    gap: Gap
    people: int
    since: date
    steps: Sequence[GapStep]
    figures: Sequence[tuple[str, int]] = ()  # quarter and stored figure, the newest first; on its own page only


@dataclass(frozen=True)
class Board:
    """The lanes with how many stand in each and the first of them, and what the filters offer."""

    lanes: dict[Lane, Sequence[Shown]]
    totals: dict[Lane, int]
    areas: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    listed: Sequence[Listed] = ()  # every gap that the public may read, whatever was chosen


def board(
    *,
    area: str = "",
    need: str = "",
    by: By = By.PEOPLE,
    lane: Lane | None = None,
    country: Mapping[str, float] = MappingProxyType({}),
    now: datetime,
) -> Board:
    """The lanes narrowed to an area and a need; with `lane` that one alone and long. What was met is shown for a year.

    `country` is the share of people in villages and country by the code of an area, for By.RURAL. The same number of
    statements however many gaps.
    """
    listed = public_gaps.listed(now=now)
    wanted = [each for each in listed if area in ("", each.area_code) and need in ("", each.term_slug)]
    lanes: dict[Lane, list[Listed]] = {each: [] for each in Lane}
    for each in wanted:
        lanes[LANE_OF[each.state]].append(each)
    shown = [lane] if lane is not None else list(ON_THE_BOARD)
    most = MOST_IN_A_LANE if lane is not None else PER_LANE
    chosen = {each: _sorted(lanes[each], by, country)[:most] for each in shown}
    gaps = _loaded([each.id for rows in chosen.values() for each in rows])
    return Board(
        {name: [_shown(gaps[each.id], each.people, each.since) for each in rows] for name, rows in chosen.items()},
        {name: len(rows) for name, rows in lanes.items()},
        # An area is called as its oldest gap calls it.
        dict(sorted({each.area_code: each.area_name for each in sorted(listed, key=lambda row: -row.id)}.items())),
        dict(sorted({each.term_slug: each.term_label for each in listed}.items(), key=lambda pair: pair[1])),
        listed,
    )


def story(uid: uuid.UUID, *, now: datetime) -> Shown:
    """One public gap with its figures by quarter. Raises NotFound, also for one that the public may not read."""
    gap = db.session.scalar(select(Gap).where(Gap.uid == uid).options(*_with_story()))
    if gap is None or gap.state in HIDDEN or gap.kind is GapKind.NOT_KNOWN:
        raise NotFound("There is no such gap, or not any more.")
    figures = public_gaps.figures(gap)
    steps = public_steps(gap)
    if not figures and not steps:
        raise NotFound("There is no such gap, or not any more.")
    since = min([step.made_at.astimezone(LONDON).date() for step in steps] + [quarters.last_day(each) for each, _ in figures])
    return Shown(gap, sum(people for _, people in figures), since, steps, figures)


def end_of(uid: uuid.UUID) -> tuple[Gap, GapStep] | None:
    """A gap that a lead ended as a mistake, with the words of it that everybody reads; None for every other.

    One that ended by itself, because nobody spoke of it any more, has no such words and is not told of.
    """
    gap = db.session.scalar(select(Gap).where(Gap.uid == uid).options(*_with_story()))
    if gap is None or gap.state is not GapState.MISTAKEN or gap.kind is GapKind.NOT_KNOWN:
        return None
    last = next(iter(public_steps(gap)), None)
    return (gap, last) if last is not None and last.state is GapState.MISTAKEN and last.words else None


def open_here(need: str, area: str) -> Gap | None:
    """An open gap of a need in an area that everybody may read, to join; None where there is none. Two statements."""
    query = select(Gap).join(Gap.term).where(Term.slug == need, Gap.area_code == area, Gap.closed_at.is_(None))
    query = query.where(public_gaps.readable()).options(joinedload(Gap.term))
    # Ties go by what everybody can see.
    return db.session.scalar(query.order_by(Gap.kind, Gap.name, Gap.part, Gap.id).limit(1))


def public_steps(gap: Gap) -> list[GapStep]:
    """The steps that everybody may read, the newest first."""
    return [step for step in reversed(gap.steps) if step.voice in PUBLIC_VOICES]


def moved_to(uid: uuid.UUID) -> uuid.UUID | None:
    """Where the story of a gap goes on that was merged into another; None where it was not."""
    gap = db.session.scalar(select(Gap).where(Gap.uid == uid).options(joinedload(Gap.merged_into)))
    return gap.merged_into.uid if gap is not None and gap.state is GapState.MERGED and gap.merged_into is not None else None


def _sorted(rows: Collection[Listed], by: By, country: Mapping[str, float]) -> list[Listed]:
    """Ties go by name and place, never by a number that the public may not know.

    By.RURAL puts last what is known neither as country nor as town.
    """
    named = sorted(rows, key=lambda each: ((each.name or each.term_label).casefold(), each.area_code, each.term_slug))
    if by is By.RURAL:
        return sorted(named, key=lambda each: (-country.get(each.area_code, -1.0), -each.people))
    if by is By.PEOPLE:
        return sorted(named, key=lambda each: -each.people)
    return sorted(named, key=lambda each: each.since.toordinal() * (-1 if by is By.NEWEST else 1))


def _loaded(ids: Collection[int]) -> dict[int, Gap]:
    rows = db.session.scalars(select(Gap).where(Gap.id.in_(ids)).options(*_with_story()))
    return {gap.id: gap for gap in rows}


def _with_story() -> tuple[object, ...]:
    return joinedload(Gap.term), joinedload(Gap.answer), selectinload(Gap.steps).joinedload(GapStep.listing)


def _shown(gap: Gap, people: int, since: date) -> Shown:
    return Shown(gap, people, since, public_steps(gap))
