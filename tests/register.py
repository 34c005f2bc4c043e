"""Rows of the register of gaps for tests, saved at once: `register.gap("NR25")`, `register.flags(gap, 3, affected="6+")`.

`register.flagged(need, lena)` is Lena doing it herself.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from directory import models
from directory.actions import flags as actions
from directory.areas import hexagons
from directory.extensions import db, writing
from tests import make

Q2 = datetime(2026, 5, 20, 10, tzinfo=make.NOW.tzinfo)
Q3 = datetime(2026, 8, 20, 10, tzinfo=make.NOW.tzinfo)
POINTS = {"NR25": (52.906, 1.088), "NR21": (52.831, 0.848), "NR24": (52.864, 1.040), "NR27": (52.931, 1.300)}
HERE = models.gaps.Area("NR25", "NR25, North Norfolk", "E07000147", *make.HOLT, "861941187ffffff")
people = itertools.count(1)


def flagged(
    need: models.Term,
    by: models.Account | None = None,
    *,
    who: str = "somewhere",
    area: models.gaps.Area = HERE,
    kind: models.GapKind = models.GapKind.AVAILABLE,
    now: datetime = make.NOW,
    **choices: Any,
) -> models.Flag:
    """Somebody flags a gap round Holt: a person, or a visitor at a computer called `who`."""
    return actions.flag(term=need, area=area, kind=kind, who=who, by=by, now=now, **choices)


def gap(area: str = "NR25", *, term: models.Term | str = "loneliness", kind: str = "available", **fields: Any) -> models.Gap:
    """An open gap that somebody reported in the second quarter of 2026."""
    at = POINTS.get(area)
    plain = {
        "area_name": "",
        "council_code": "E07000147",
        "latitude": at[0] if at else None,
        "longitude": at[1] if at else None,
        "hexagon": hexagons.cell_at(*at) if at else "",
        "opened_at": Q2,
        "changed_at": Q2,
    } | fields
    found = make.as_term(term)
    return make.saved(models.Gap, area_code=area, term_id=found.id, kind=models.GapKind(kind), **plain)


def flags(gap: models.Gap, number: int = 1, *, affected: str = "1", who: str = "", **fields: Any) -> list[models.Flag]:
    """So many people who flagged it in the third quarter of 2026, each somebody else unless `who` is named."""
    plain = {"state": models.FlagState.COUNTED, "voice": models.Voice.LINK_WORKER, "made_at": Q3} | fields
    rows = [
        models.Flag(
            gap_id=gap.id,
            term_id=gap.term_id,
            area_code=gap.area_code,
            kind=gap.kind,
            who=who or f"person {next(people)}",
            affected=models.Affected(affected),
            **plain,
        )
        for _ in range(number)
    ]
    with writing():
        db.session.add_all(rows)
    return rows


def step(gap: models.Gap, words: str = "We are asking three chapels.", *, state: str = "looked-at", **fields: Any) -> None:
    """A lead says so in public, and the gap stands there from then on; closing states close it."""
    at = fields.pop("made_at", Q3 + timedelta(days=1))
    state_of = models.GapState(state)
    plain = {"voice": models.Voice.STAFF, "made_at": at, "state": state_of, "words": words} | fields
    with writing():
        db.session.add(models.GapStep(gap_id=gap.id, **plain))
        gap.state = state_of
        if state_of in models.gaps.CLOSED:
            gap.closed_at = at


def cell(area: str = "NR25", *, term: str = "loneliness", kind: str = "available", people: int = 10, **fields: Any) -> None:
    """A stored cell of the third quarter of 2026, and that it was counted."""
    at = POINTS.get(area)
    quarter = fields.pop("quarter", "2026-Q3")
    plain = {"area_name": "", "council_code": "E07000147", "hexagon": hexagons.cell_at(*at) if at else ""} | fields
    found = make.as_term(term)
    with writing():
        if db.session.get(models.Quarter, quarter) is None:
            db.session.add(models.Quarter(quarter=quarter, counted_at=make.NOW))
        db.session.add(
            models.Cell(quarter=quarter, area_code=area, term_id=found.id, kind=models.GapKind(kind), people=people, **plain)
        )
