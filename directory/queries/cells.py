"""Questions about the published tables: which quarters were counted, their cells, and sums of stored figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from directory.extensions import db
from directory.models import Cell, Flag, Quarter, Term, quarters
from directory.models.gaps import FlagState, GapKind

MOST_AT_ONCE = 40  # quarters counted late by one sweep


def counted() -> Sequence[Quarter]:
    """The quarters with a table, the newest first."""
    return db.session.scalars(select(Quarter).order_by(Quarter.quarter.desc())).all()


def uncounted(*, now: datetime, settles: timedelta) -> list[str]:
    """Quarters that are over and settled and have no table yet, from the first counted flag on, the oldest first."""
    first = db.session.scalar(
        select(func.min(func.coalesce(Flag.decided_at, Flag.made_at))).where(Flag.state == FlagState.COUNTED)
    )
    there = {each.quarter for each in counted()}
    newest = quarters.before(quarters.quarter_of(now - settles))
    name = newest if first is None else min(newest, quarters.quarter_of(first))
    names = []
    while name <= newest and len(names) < MOST_AT_ONCE:
        if name not in there:
            names.append(name)
        name = quarters.after(name)
    return names


def table(*, quarter: str = "", area: str = "", need: str = "", kind: GapKind | None = None, council: str = "") -> Sequence[Cell]:
    """The stored cells, each with its term: the newest quarter first, then by area, need and kind. One statement."""
    query = _narrowed(select(Cell).join(Cell.term), quarter, area, need, kind)
    return db.session.scalars(
        (query.where(Cell.council_code == council) if council else query)
        .options(joinedload(Cell.term))
        .order_by(Cell.quarter.desc(), Cell.area_code, Term.position, Cell.term_id, Cell.kind)
    ).all()


def by_area(*, quarter: str, need: str = "") -> dict[str, dict[GapKind | None, int]]:
    """The stored figures of a quarter by area and kind, summed over its needs, or those of one need. One statement."""
    query = _narrowed(select(Cell.area_code, Cell.kind, func.sum(Cell.people)).join(Cell.term), quarter, "", need, None)
    found: dict[str, dict[GapKind | None, int]] = {}
    for code, kind, people in db.session.execute(query.group_by(Cell.area_code, Cell.kind).order_by(Cell.area_code, Cell.kind)):
        found.setdefault(code, {})[kind] = int(people)
    return found


def needs(quarter: str) -> Sequence[Term]:
    """The needs with a figure in a quarter, in the order of the vocabulary."""
    there = select(Cell.term_id).where(Cell.quarter == quarter)
    return db.session.scalars(select(Term).where(Term.id.in_(there)).order_by(Term.taxonomy, Term.position, Term.id)).all()


def _narrowed(query: Select, quarter: str, area: str, need: str, kind: GapKind | None) -> Select:
    if quarter:
        query = query.where(Cell.quarter == quarter)
    if area:
        query = query.where(Cell.area_code == area)
    if need:
        query = query.where(Term.slug == need)
    return query.where(Cell.kind == kind) if kind is not None else query
