"""Questions of the public about gaps: which may be read, in which lane they stand, and the story of one.

A gap may be read when a lead has stepped into it or a cell of it was published, never because somebody flagged it. Its
figure is the sum of its stored cells: nothing here reads a flag, or when a gap was opened for anything but choosing cells.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Cell, Gap, GapStep, Quarter, Term, Voice, quarters
from directory.models.gaps import GapKind, GapState
from directory.models.recurrence import LONDON

# Whose steps are public: those of leads, who answer for an area. That somebody flagged a gap is no step in public.
PUBLIC_VOICES = (Voice.STAFF,)
HIDDEN = (GapState.MERGED, GapState.MISTAKEN)
A_YEAR = timedelta(days=365)
PER_LANE = 8
MOST_IN_A_LANE = 100
AFTER_ALL_GAPS = 2**31 - 1  # sorts after the number of any gap


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


class Area(NamedTuple):
    """An area by its code: its name, its council, and the patch of the map that holds its middle; "" where not known."""

    code: str
    name: str
    council: str
    hexagon: str


class Listed(NamedTuple):
    """A public gap in one line. `people` is 0 for fewer than 8 or none; `since` is the day it became public."""

    id: int
    state: GapState
    area_code: str
    area_name: str
    term_slug: str
    term_label: str
    name: str
    people: int
    since: date


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
    listed = _listed(now)
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
    found = db.session.execute(
        select(Cell.quarter, Cell.people)
        .join(Gap, _its_cell(_counted_quarters()))
        .where(Gap.id == gap.id)
        .order_by(Cell.quarter.desc())
    ).all()
    figures = [(quarter, people) for quarter, people in found]
    steps = public_steps(gap)
    if not figures and not steps:
        raise NotFound("There is no such gap, or not any more.")
    since = min([step.made_at.astimezone(LONDON).date() for step in steps] + [quarters.last_day(each) for each, _ in figures])
    return Shown(gap, sum(people for _, people in figures), since, steps, figures)


def public_steps(gap: Gap) -> list[GapStep]:
    """The steps that everybody may read, the newest first."""
    return [step for step in reversed(gap.steps) if step.voice in PUBLIC_VOICES]


def moved_to(uid: uuid.UUID) -> uuid.UUID | None:
    """Where the story of a gap goes on that was merged into another; None where it was not."""
    gap = db.session.scalar(select(Gap).where(Gap.uid == uid).options(joinedload(Gap.merged_into)))
    return gap.merged_into.uid if gap is not None and gap.state is GapState.MERGED and gap.merged_into is not None else None


def counted_to() -> Quarter | None:
    """The newest quarter with a table."""
    return db.session.scalar(select(Quarter).order_by(Quarter.quarter.desc()).limit(1))


def areas() -> list[Area]:
    """The areas that the public may know of: with a gap that it may read, or a cell of any quarter. Two statements.

    Each is called as its oldest gap calls it.
    """
    gaps = select(Gap.area_code, Gap.area_name, Gap.council_code, Gap.hexagon, Gap.id).where(
        *_public(_stepped(), _counted(_counted_quarters()))
    )
    cells = select(Cell.area_code, Cell.area_name, Cell.council_code, Cell.hexagon, literal(AFTER_ALL_GAPS))
    found: dict[str, Area] = {}
    for *told, _ in sorted(map(tuple, db.session.execute(gaps.union(cells))), key=lambda row: (row[-1], row)):
        area = Area(*told)
        first = found.setdefault(area.code, area)
        if area.hexagon and not first.hexagon:
            found[area.code] = area._replace(name=first.name or area.name)
    return [found[code] for code in sorted(found)]


def public(*, now: datetime) -> list[Listed]:
    """Every gap that the public may read, those met within a year among them, for other pages to speak of. One statement."""
    return _listed(now)


def readable() -> ColumnElement[bool]:
    """Whether everybody may know of a gap, for other queries. Asks which quarters were counted, one statement."""
    return and_(*_public(_stepped(), _counted(_counted_quarters())))


def _listed(now: datetime) -> list[Listed]:
    """Every public gap; one statement."""
    stepped, counted = _stepped(), _counted(_counted_quarters())
    rows = db.session.execute(
        select(
            Gap.id,
            Gap.state,
            Gap.area_code,
            Gap.area_name,
            Term.slug,
            Term.label,
            Gap.name,
            func.coalesce(counted.c.people, 0),
            stepped.c.since,
            counted.c.quarter,
        )
        .join(Gap.term)
        .outerjoin(stepped, stepped.c.gap_id == Gap.id)
        .outerjoin(counted, counted.c.gap_id == Gap.id)
        .where(
            or_(stepped.c.gap_id.is_not(None), counted.c.gap_id.is_not(None)),
            Gap.kind != GapKind.NOT_KNOWN,
            Gap.state.not_in(HIDDEN),
            or_(Gap.closed_at.is_(None), Gap.closed_at > now - A_YEAR),
        )
        .order_by(Gap.id)
    )
    days: dict[str, date] = {}
    listed = []
    for *plain, since, quarter in rows:
        day = since.astimezone(LONDON).date() if since is not None else None
        if quarter is not None:
            end = days.get(quarter) or days.setdefault(quarter, quarters.last_day(quarter))
            day = end if day is None else min(day, end)
        listed.append(Listed(*plain, day))
    return listed


def _public(stepped: Subquery, counted: Subquery) -> tuple[ColumnElement[bool], ...]:
    return (
        or_(Gap.id.in_(select(stepped.c.gap_id)), Gap.id.in_(select(counted.c.gap_id))),
        Gap.kind != GapKind.NOT_KNOWN,
        Gap.state.not_in(HIDDEN),
    )


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


@cache
def _stepped() -> Subquery:
    """By gap, when a lead first stepped into it."""
    return (
        select(GapStep.gap_id, func.min(GapStep.made_at).label("since"))
        .where(GapStep.voice.in_(PUBLIC_VOICES))
        .group_by(GapStep.gap_id)
        .subquery()
    )


@lru_cache(maxsize=4)
def _counted(names: tuple[str, ...]) -> Subquery:
    """By gap, the sum of its stored cells and the first quarter that has one. Putting it together takes as long as asking it."""
    return (
        select(Gap.id.label("gap_id"), func.sum(Cell.people).label("people"), func.min(Cell.quarter).label("quarter"))
        .join(Cell, _its_cell(names))
        .group_by(Gap.id)
        .subquery()
    )


def _counted_quarters() -> tuple[str, ...]:
    return tuple(db.session.scalars(select(Quarter.quarter).order_by(Quarter.quarter)))


def _its_cell(names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a cell belongs to a gap: the same need, area and kind, in a quarter in which it was open, and the first to be.

    A gap that is opened again, or parted off, has to wait for a quarter of its own: to be shown with a figure that others
    made would say that somebody spoke of it since.
    """
    earlier = aliased(Gap)
    return and_(
        _alike(Gap),
        Cell.quarter >= _quarter_of(Gap.opened_at, names, otherwise="0"),
        Cell.quarter <= _last_quarter(Gap, names),
        ~exists().where(
            _alike(earlier),
            tuple_(earlier.opened_at, earlier.id) < tuple_(Gap.opened_at, Gap.id),
            Cell.quarter <= _last_quarter(earlier, names),
        ),
    )


def _alike(gap: type[Gap]) -> ColumnElement[bool]:
    return and_(Cell.area_code == gap.area_code, Cell.term_id == gap.term_id, Cell.kind == gap.kind)


def _last_quarter(gap: type[Gap], names: Sequence[str]) -> ColumnElement[str]:
    """The last quarter in which a gap was open."""
    return case((gap.closed_at.is_(None), "9"), else_=_quarter_of(gap.closed_at, names, otherwise="0"))


def _quarter_of(moment: Any, names: Sequence[str], *, otherwise: str) -> ColumnElement[str]:
    """The name of the quarter that holds a column's moment, among those that were counted; before them `otherwise`.

    A moment in a quarter without a table belongs to none of them, so the nearest name will do for comparing.
    """
    if not names:
        return case((moment.is_(None), "9"), else_="9")
    whens = []
    for name in reversed(names):
        whens += [(moment >= quarters.ended(name), quarters.after(name)), (moment >= quarters.began(name), name)]
    return case(*whens, else_=otherwise)


def _loaded(ids: Collection[int]) -> dict[int, Gap]:
    rows = db.session.scalars(select(Gap).where(Gap.id.in_(ids)).options(*_with_story()))
    return {gap.id: gap for gap in rows}


def _with_story() -> tuple[object, ...]:
    return joinedload(Gap.term), joinedload(Gap.answer), selectinload(Gap.steps).joinedload(GapStep.listing)


def _shown(gap: Gap, people: int, since: date) -> Shown:
    return Shown(gap, people, since, public_steps(gap))
