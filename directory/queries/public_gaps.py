"""Which gaps everybody may know of, and the published figure of each: the one rule behind board, story, map, atlas and offers.

A gap may be read when a lead has stepped into it or a cell of it was published, never because somebody flagged it. Its
figure is the sum of its stored cells: nothing here reads a flag, or when a gap was opened for anything but choosing cells.
Statements are put together once for each set of counted quarters, which takes as long as asking them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from directory.extensions import db
from directory.models import Cell, Gap, GapStep, Quarter, Term, Voice, quarters
from directory.models.gaps import GapKind, GapState
from directory.models.recurrence import LONDON

# Whose steps are public: those of leads, who answer for an area. That somebody flagged a gap is no step in public.
PUBLIC_VOICES = (Voice.STAFF,)
HIDDEN = (GapState.MERGED, GapState.MISTAKEN)
A_YEAR = timedelta(days=365)
AFTER_ALL_GAPS = 2**31 - 1  # sorts after the number of any gap
SETS = 4  # of counted quarters whose statements are kept


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


def listed(*, now: datetime) -> list[Listed]:
    """Every gap that everybody may read, of those that are closed the ones met within a year. Two statements."""
    days: dict[str, date] = {}
    found = []
    for *plain, since, quarter in db.session.execute(_listed(counted_quarters()), {"closed_after": now - A_YEAR}):
        day = since.astimezone(LONDON).date() if since is not None else None
        if quarter is not None:
            end = days.get(quarter) or days.setdefault(quarter, quarters.last_day(quarter))
            day = end if day is None else min(day, end)
        found.append(Listed(*plain, day))
    return found


def figures(gap: Gap) -> list[tuple[str, int]]:
    """Quarter and stored figure of one gap, the newest first. Two statements."""
    rows = db.session.execute(_figures(counted_quarters()), {"gap_id": gap.id})
    return [(quarter, people) for quarter, people in rows]


def areas() -> list[Area]:
    """The areas that everybody may know of: with a gap that may be read, or a cell of any quarter. Two statements.

    Each is called as its oldest gap calls it.
    """
    found: dict[str, Area] = {}
    for *told, _ in sorted(map(tuple, db.session.execute(_areas(counted_quarters()))), key=lambda row: (row[-1], row)):
        area = Area(*told)
        first = found.setdefault(area.code, area)
        if area.hexagon and not first.hexagon:
            found[area.code] = area._replace(name=first.name or area.name)
    return [found[code] for code in sorted(found)]


def readable() -> ColumnElement[bool]:
    """Whether everybody may know of a gap, for other queries. Asks which quarters were counted, one statement."""
    return _readable(counted_quarters())


def counted_quarters() -> tuple[str, ...]:
    """The quarters that have a table, the oldest first. One statement."""
    return tuple(db.session.scalars(select(Quarter.quarter).order_by(Quarter.quarter)))


@lru_cache(maxsize=SETS)
def _listed(names: tuple[str, ...]) -> Select[Any]:
    stepped, counted = _stepped(), _counted(names)
    return (
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
            or_(Gap.closed_at.is_(None), Gap.closed_at > bindparam("closed_after", type_=Gap.closed_at.type)),
        )
        .order_by(Gap.id)
    )


@lru_cache(maxsize=SETS)
def _figures(names: tuple[str, ...]) -> Select[Any]:
    return (
        select(Cell.quarter, Cell.people)
        .join(Gap, _its_cell(names))
        .where(Gap.id == bindparam("gap_id"))
        .order_by(Cell.quarter.desc())
    )


@lru_cache(maxsize=SETS)
def _areas(names: tuple[str, ...]) -> CompoundSelect[Any]:
    gaps = select(Gap.area_code, Gap.area_name, Gap.council_code, Gap.hexagon, Gap.id).where(_readable(names))
    cells = select(Cell.area_code, Cell.area_name, Cell.council_code, Cell.hexagon, literal(AFTER_ALL_GAPS))
    return gaps.union(cells)


@lru_cache(maxsize=SETS)
def _readable(names: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(
        or_(Gap.id.in_(select(_stepped().c.gap_id)), Gap.id.in_(select(_counted(names).c.gap_id))),
        Gap.kind != GapKind.NOT_KNOWN,
        Gap.state.not_in(HIDDEN),
    )


@cache
def _stepped() -> Subquery:
    """By gap, when a lead first stepped into it."""
    return (
        select(GapStep.gap_id, func.min(GapStep.made_at).label("since"))
        .where(GapStep.voice.in_(PUBLIC_VOICES))
        .group_by(GapStep.gap_id)
        .subquery()
    )


@lru_cache(maxsize=SETS)
def _counted(names: tuple[str, ...]) -> Subquery:
    """By gap, the sum of its stored cells and the first quarter that has one."""
    return (
        select(Gap.id.label("gap_id"), func.sum(Cell.people).label("people"), func.min(Cell.quarter).label("quarter"))
        .join(Cell, _its_cell(names))
        .group_by(Gap.id)
        .subquery()
    )


def _its_cell(names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a cell belongs to a gap: the same need, area and kind, in a quarter in which it was open, and the first to be.

    A gap that is opened again, or parted off, has to wait for a quarter of its own: to be shown with a figure that others
    made would say that somebody spoke of it since. The whole comes before its parts; then those that a lead stepped into by
    then, in that order, because everybody knows it. When a gap was opened is known to nobody and decides between the others.
    """
    earlier = aliased(Gap)
    ours, theirs = _first_step(Gap), _first_step(earlier)
    ours_known, theirs_known = _is_by(ours, names), _is_by(theirs, names)
    return and_(
        _alike(Gap),
        _was_open(Gap, names),
        ~exists().where(
            _alike(earlier),
            _was_open(earlier, names),
            or_(
                and_(earlier.part == "", Gap.part != ""),
                and_(
                    (earlier.part == "") == (Gap.part == ""),
                    or_(
                        and_(theirs_known, ~ours_known),
                        and_(theirs_known, tuple_(theirs, earlier.id) < tuple_(ours, Gap.id)),
                        and_(~theirs_known, ~ours_known, tuple_(earlier.opened_at, earlier.id) < tuple_(Gap.opened_at, Gap.id)),
                    ),
                ),
            ),
        ),
    )


def _was_open(gap: type[Gap], names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a gap was open in the cell's quarter."""
    return and_(
        Cell.quarter >= _quarter_of(gap.opened_at, names, otherwise="0"),
        Cell.quarter <= _last_quarter(gap, names),
    )


def _first_step(gap: type[Gap]) -> ScalarSelect[datetime]:
    """When a lead first stepped into a gap, or nothing."""
    of_leads = and_(GapStep.gap_id == gap.id, GapStep.voice.in_(PUBLIC_VOICES))
    return select(func.min(GapStep.made_at)).where(of_leads).correlate(gap).scalar_subquery()


def _is_by(step: ScalarSelect[datetime], names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a lead had stepped in by the end of the cell's quarter."""
    return and_(step.is_not(None), _quarter_of(step, names, otherwise="0") <= Cell.quarter)


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
