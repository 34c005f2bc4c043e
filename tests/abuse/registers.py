"""Invented registers of gaps for the test of disclosure: three quarters in which all that can happen to gaps happens.

Gaps open, close, open again, are parted, merged and found to be mistakes; flags come, wait, are accepted late and taken
back; leads step in, or do not. Every quarter is counted after it, as the worker does.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from directory import models
from directory.actions import cells as actions
from directory.areas import hexagons
from directory.extensions import db, writing
from directory.models import GapState, quarters
from directory.models.gaps import CLOSED, Affected, FlagState, GapKind, Shortfall
from tests import make

QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3")
# Two areas have their middle in one patch of the map, one lies in another council, one has no place on the map.
AREAS = {
    "NR25": ((52.906, 1.088), "E07000147"),
    "NR26": ((52.910, 1.080), "E07000147"),
    "NR21": ((52.831, 0.848), "E07000143"),
    "NR20": (None, "E07000147"),
}
NEEDS = ("loneliness", "transport")
WEIGHTS = {Affected.ONE: 1, Affected.FEW: 2, Affected.MANY: 6, Affected.UNSURE: 1}
NO_GAP = (GapState.MISTAKEN, GapState.WAS_NOT_KNOWN)
SEARCHED = "searched"
Key = tuple[str, str, str, str]  # quarter, area, need, kind


@dataclass
class Truth:
    """What only we know: by cell, who spoke for how many people when it was counted. `stored` is what should be published."""

    people: dict[Key, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    visits: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))

    def number(self, key: Key) -> int:
        """People of a cell, or visits."""
        if key[3] == SEARCHED:
            return self.visits.get(key[:3], 0)
        return sum(self.people[key].values()) if key in self.people else 0

    def stored(self) -> dict[Key, int]:
        """Counted again in another way: no cell without eight people and three reporters, to the nearest five."""
        return {
            key: int(sum(who.values()) / 5 + 0.5) * 5
            for key, who in self.people.items()
            if sum(who.values()) >= 8 and len(who) >= 3 and key[3] != "not-known"
        }

    def published(self) -> dict[Key, int]:
        """As `stored`, with the searches that found nothing, whose kind is SEARCHED."""
        searches = {(*key, SEARCHED): int(visits / 5 + 0.5) * 5 for key, visits in self.visits.items() if visits >= 8}
        return self.stored() | searches


def fill(seed: int) -> Truth:
    """Rows of one invented register, counted three times. The same seed gives the same register."""
    chance = random.Random(seed)
    terms = {need: make.as_term(need).id for need in NEEDS}
    truth = Truth()
    for quarter in QUARTERS:
        with writing():
            gaps = all_gaps()
            for _ in range(chance.randint(1, 5)):
                gaps.append(opened(chance, quarter, terms, gaps))
            happen(chance, quarter, gaps)
            searched(chance, quarter, truth)
        recount(truth, quarter)
        actions.count_quarter(quarter, now=quarters.ended(quarter) + timedelta(days=2))
    with writing():
        happen(chance, "2026-Q4", all_gaps())
    return truth


def all_gaps() -> list[models.Gap]:
    return list(db.session.scalars(select(models.Gap).order_by(models.Gap.id)))


def opened(chance: random.Random, quarter: str, terms: dict[str, int], gaps: list[models.Gap]) -> models.Gap:
    """A gap is flagged that was not open, or parted from one that was."""
    area, need = chance.choice(list(AREAS)), chance.choice(NEEDS)
    kind = GapKind.NOT_KNOWN if chance.random() < 0.1 else chance.choice((GapKind.AVAILABLE, GapKind.ACCESSIBLE))
    point, council = AREAS[area]
    at = moment(chance, quarter)
    alike = {"term_id": terms[need], "area_code": area, "kind": kind}
    there = [gap for gap in gaps if gap.closed_at is None and all(getattr(gap, name) == alike[name] for name in alike)]
    latitude, longitude = point or (None, None)
    gap = models.Gap(
        **alike,
        part=f"part {len(gaps)}" if there else "",
        council_code=council,
        latitude=latitude,
        longitude=longitude,
        hexagon=hexagons.cell_at(*point) if point else "",
        state=GapState.REPORTED,
        opened_at=at,
        changed_at=at,
    )
    db.session.add(gap)
    db.session.flush()
    return gap


def happen(chance: random.Random, quarter: str, gaps: list[models.Gap]) -> None:
    """Flags come in and gaps move, all within one quarter."""
    rows = [row for gap in gaps if gap.closed_at is None and chance.random() < 0.8 for row in flags(chance, gap, quarter)]
    if rows:
        db.session.execute(insert(models.Flag), rows)
    for gap in gaps:
        if gap.closed_at is None and chance.random() < 0.5:
            step(chance, gap, quarter, [each for each in gaps if each.closed_at is None and each is not gap])


def flags(chance: random.Random, gap: models.Gap, quarter: str) -> list[dict[str, Any]]:
    """A few flags, so many that they crowd round the thresholds; a quarter of the people spoke of another gap as well."""
    rows = []
    for number in range(chance.choice((1, 2, 3, 3, 4, 7, 8, 9, 12))):
        at = max(moment(chance, quarter), gap.opened_at)
        late = chance.random() < 0.1
        rows.append(
            {
                "gap_id": gap.id,
                "term_id": gap.term_id,
                "area_code": gap.area_code,
                "kind": gap.kind,
                "who": f"{quarter} {number}" if chance.random() < 0.25 else f"{quarter} {gap.id} {number}",
                "affected": chance.choice(list(Affected)),
                "voice": chance.choice((models.Voice.LINK_WORKER, models.Voice.VISITOR)),
                "state": chance.choices(list(FlagState), (1, 12, 1, 1))[0],
                "made_at": at,
                "decided_at": quarters.ended(quarter) + timedelta(days=9) if late else None,
            }
        )
    return rows


def step(chance: random.Random, gap: models.Gap, quarter: str, others: list[models.Gap]) -> None:
    """Somebody looks into a gap: a lead, whose step is public, or a curator, whose step is not."""
    at = max(moment(chance, quarter), gap.opened_at)
    state = chance.choice([each for each in GapState if each is not GapState.MERGED or others])
    voice = chance.choice((models.Voice.STAFF, models.Voice.VOLUNTEER))
    if state is GapState.MERGED:
        into = chance.choice(others)
        gap.merged_into_id = into.id
        there = select(models.Flag.who).where(models.Flag.gap_id == into.id)
        db.session.execute(
            update(models.Flag).where(models.Flag.gap_id == gap.id, models.Flag.who.not_in(there)).values(gap_id=into.id)
        )
    if state in CLOSED:
        gap.closed_at = at
    gap.state, gap.changed_at = state, at
    db.session.add(models.GapStep(gap_id=gap.id, made_at=at, voice=voice, state=state, words=f"{state.value} {gap.id}."))


def recount(truth: Truth, quarter: str) -> None:
    """Who speaks in each cell of this quarter, worked out flag by flag."""
    gaps = {gap.id: gap for gap in db.session.scalars(select(models.Gap).options(joinedload(models.Gap.term)))}
    flag = models.Flag
    rows = select(flag.gap_id, flag.who, flag.affected, flag.made_at, flag.decided_at).where(flag.state == FlagState.COUNTED)
    for gap_id, who, affected, made_at, decided_at in db.session.execute(rows):
        if quarters.quarter_of(decided_at or made_at) != quarter:
            continue
        gap = gaps[gap_id]
        while gap.merged_into_id is not None:
            gap = gaps[gap.merged_into_id]
        if gap.state not in NO_GAP:
            people = truth.people[quarter, gap.area_code, gap.term.slug, gap.kind.value]
            people[who] = max(people.get(who, 0), WEIGHTS[affected])


def searched(chance: random.Random, quarter: str, truth: Truth) -> None:
    """Searches that found nothing, a few visits a day."""
    rows = []
    for area in AREAS:
        for need in NEEDS:
            for number in range(chance.randrange(3)):
                visits = chance.randint(1, 9)
                truth.visits[quarter, area, need] += visits
                plain = {"area_code": area, "need": need, "word": "", "shortfall": Shortfall.NOTHING}
                day = quarters.first_day(quarter) + timedelta(days=number)
                rows.append({"day": day, "searches": visits, "visits": visits} | plain)
    if rows:
        db.session.execute(insert(models.Miss), rows)


def moment(chance: random.Random, quarter: str) -> datetime:
    return quarters.began(quarter) + timedelta(days=chance.randrange(80), hours=12)
