"""The published table of a quarter: counted once from what people flagged, stored rounded, never counted again."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Cell, Flag, Gap, Quarter, quarters
from directory.models.gaps import Affected, FlagState, GapKind, GapState

LEAST_PEOPLE, LEAST_REPORTERS, STEP = 8, 3, 5
# So long after its end a quarter is counted, so that what is counted in memory and handed over late is in it as well.
SETTLES = timedelta(days=2)
# We never claim more than was said: the least of each answer, and one where nobody knew.
PEOPLE = {Affected.ONE: 1, Affected.FEW: 2, Affected.MANY: 6, Affected.UNSURE: 1}
# What turned out to be no gap is published as none.
NO_GAP = (GapState.MISTAKEN, GapState.WAS_NOT_KNOWN)


def count_quarter(quarter: str, *, now: datetime) -> int | None:
    """Count what was flagged in a quarter that is over and store its cells; how many. None when it was counted before.

    A flag counts in the quarter in which it was made, or accepted where it had to wait; so every person stands in one
    quarter of a gap, and no two tables hold the same people. A cell needs eight people and three reporters; it is rounded
    to five before it is stored. Raises Refused while the quarter lasts and for two days after, ValueError for no quarter.
    """
    began, ended = quarters.began(quarter), quarters.ended(quarter)
    if now < ended + SETTLES:
        raise Refused(f"The quarter {quarters.told(quarter)} can be counted two days after its end.")
    with writing():
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        # The row comes first: whoever else counts at the same time waits here, and then finds that it is done.
        taken = dialect.insert(Quarter).values(quarter=quarter, counted_at=now).on_conflict_do_nothing()
        if db.session.scalar(taken.returning(Quarter.quarter)) is None:
            return None
        cells = _cells(quarter, began, ended)
        db.session.add_all(cells)
    return len(cells)


def rounded(people: int) -> int:
    """To the nearest five: 8 is 10, 12 is 10, 13 is 15."""
    return (people + STEP // 2) // STEP * STEP


def _cells(quarter: str, began: datetime, ended: datetime) -> list[Cell]:
    counted_from = func.coalesce(Flag.decided_at, Flag.made_at)
    flags = db.session.execute(
        select(Flag.gap_id, Flag.who, Flag.affected)
        .where(Flag.state == FlagState.COUNTED, Flag.gap_id.is_not(None), counted_from >= began, counted_from < ended)
        .order_by(Flag.id)
    ).all()
    gaps = {gap.id: gap for gap in db.session.scalars(select(Gap).order_by(Gap.id))} if flags else {}
    people: dict[tuple[str, int, GapKind], dict[str, int]] = defaultdict(dict)
    places: dict[tuple[str, int, GapKind], Gap] = {}
    for gap_id, who, affected in flags:
        gap = _kept_of(gaps[gap_id], gaps)
        if gap.kind is GapKind.NOT_KNOWN or gap.state in NO_GAP:
            continue
        key = gap.area_code, gap.term_id, gap.kind
        # Somebody who spoke of two parts of one gap counts once, with the larger figure.
        people[key][who] = max(people[key].get(who, 0), PEOPLE[affected])
        places.setdefault(key, gap)
    return [
        Cell(
            quarter=quarter,
            area_code=gap.area_code,
            term_id=gap.term_id,
            kind=gap.kind,
            area_name=gap.area_name,
            council_code=gap.council_code,
            hexagon=gap.hexagon,
            people=rounded(sum(people[key].values())),
        )
        for key, gap in places.items()
        if sum(people[key].values()) >= LEAST_PEOPLE and len(people[key]) >= LEAST_REPORTERS
    ]


def _kept_of(gap: Gap, gaps: dict[int, Gap]) -> Gap:
    """The gap that this one was merged into, however often; itself when it was not."""
    seen: set[int] = set()
    while gap.merged_into_id is not None and gap.id not in seen:
        seen.add(gap.id)
        gap = gaps[gap.merged_into_id]
    return gap
