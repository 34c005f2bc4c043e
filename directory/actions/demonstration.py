"""What the demonstration puts into the register of gaps, so that a newcomer sees a board and a map with something on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from directory.extensions import db, writing
from directory.models import (
    Affected,
    Flag,
    FlagState,
    Gap,
    GapKind,
    GapState,
    GapStep,
    Listing,
    Miss,
    Shortfall,
    Taxonomy,
    Term,
    Voice,
)
from directory.models.gaps import CLOSED, Area


@dataclass(frozen=True)
class Invented:
    """One gap where it is, with how many spoke of it: `sixes` of six people or more, `ones` of one each; steps oldest first."""

    need: str
    area: Area
    kind: GapKind
    opened_at: datetime
    flagged_at: datetime
    name: str
    sixes: int
    ones: int
    answer: str
    steps: tuple[tuple[datetime, GapState, str], ...]
    review_on: date | None


def fill(gaps: Iterable[Invented], misses: Iterable[tuple[date, str, str, str, int]]) -> int:
    """Add these gaps with their flags and steps, and searches in vain as day, area, need, word and visits; how many gaps.

    Nothing is added where there is a gap already, and none of a need that the vocabulary lacks.
    """
    with writing():
        if db.session.scalar(select(Gap.id).limit(1)) is not None:
            return 0
        spoken = Term.taxonomy.in_((Taxonomy.NEED, Taxonomy.ACTIVITY))
        terms = {term.slug: term.id for term in db.session.scalars(select(Term).where(spoken).order_by(Term.id))}
        rows = [_gap(each, terms[each.need], number) for number, each in enumerate(gaps) if each.need in terms]
        db.session.add_all(flag for _, flags in rows for flag in flags)
        for day, area, need, word, visits in misses:
            what = {"day": day, "area_code": area, "need": need, "word": word, "shortfall": Shortfall.NOTHING}
            db.session.add(Miss(**what, searches=visits, visits=visits))
    return len(rows)


def _gap(invented: Invented, term_id: int, number: int) -> tuple[Gap, list[Flag]]:
    area = invented.area
    state = invented.steps[-1][1] if invented.steps else GapState.REPORTED
    changed_at = invented.steps[-1][0] if invented.steps else invented.opened_at
    gap = Gap.in_area(
        area,
        term_id=term_id,
        kind=invented.kind,
        name=invented.name,
        state=state,
        opened_at=invented.opened_at,
        changed_at=changed_at,
        closed_at=changed_at if state in CLOSED else None,
        review_on=invented.review_on,
        answer_id=db.session.scalar(select(Listing.id).where(Listing.name == invented.answer)) if invented.answer else None,
        steps=[GapStep(made_at=at, voice=Voice.STAFF, state=stood, words=words) for at, stood, words in invented.steps],
    )
    db.session.add(gap)
    db.session.flush()
    said = [Affected.MANY] * invented.sixes + [Affected.ONE] * invented.ones
    flags = [
        Flag(
            gap_id=gap.id,
            term_id=term_id,
            area_code=area.code,
            kind=invented.kind,
            state=FlagState.COUNTED,
            voice=Voice.LINK_WORKER,
            who=f"demonstration {number} {each}",
            made_at=invented.flagged_at,
            affected=affected,
        )
        for each, affected in enumerate(said)
    ]
    return gap, flags
