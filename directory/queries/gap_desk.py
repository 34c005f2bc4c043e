"""Questions of those who work on gaps: what waits for them, exact counts, what was said, what may answer a gap.

Exact counts and what was said are for the lead of the area alone; whoever shows them notes that they were read.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, case, func, or_, select, true
from sqlalchemy.orm import joinedload

from directory.extensions import db
from directory.models import (
    Account,
    Affected,
    AuditRow,
    Flag,
    FlagState,
    Gap,
    GapState,
    Offer,
    OfferState,
    Term,
    Voice,
    audit,
)
from directory.models.danger import IN_DANGER
from directory.queries.gaps import codes_of, council_of, inside, still_open

MOST_ON_DESK = 200
MOST_FLAGS = 300
# We never claim more than was said: the least of each answer, and one where nobody knew.
PEOPLE = {Affected.ONE: 1, Affected.FEW: 2, Affected.MANY: 6, Affected.UNSURE: 1}
STATES = (GapState.REPORTED, GapState.LOOKED_AT, GapState.BEING_STARTED, GapState.NOT_NOW)


@dataclass(frozen=True)
class Count:
    """Exactly how many spoke of a gap, and for how many people at least. For the leads of its area alone."""

    flags: int = 0
    people: int = 0
    residents: int = 0


@dataclass(frozen=True)
class OnDesk:
    """One row of the desk. `count` is None for whoever may not see it."""

    gap: Gap
    offers: int
    count: Count | None


def waiting(person: Account) -> Sequence[Flag]:
    """What residents sent and a curator has to look at, in the areas of this person; never one's own.

    What may be about somebody in danger comes first, then the oldest.
    """
    codes = codes_of(person)
    within = {code for code in db.session.scalars(_waiting_areas()) if council_of(code) in codes} if codes else set()
    here = Flag.area_code.in_(codes | within) | Flag.gap.has(inside(codes)) if codes else true()
    mine = Flag.who == str(person.uid)
    query = select(Flag).where(Flag.state == FlagState.WAITING, ~mine, here).order_by(Flag.made_at, Flag.id)
    query = query.options(joinedload(Flag.term), joinedload(Flag.gap).joinedload(Gap.term))
    written = db.session.scalars(query.where(or_(Flag.note != "", Flag.term.has(Term.slug == IN_DANGER)))).all()
    urgent = [flag for flag in written if flag.is_urgent]
    rest = [flag for flag in db.session.scalars(query.limit(MOST_ON_DESK)) if not flag.is_urgent]
    return [*urgent, *rest][:MOST_ON_DESK]


def _waiting_areas() -> Select[tuple[str]]:
    return select(Flag.area_code).where(Flag.state == FlagState.WAITING).distinct().order_by(Flag.area_code)


def on_desk(person: Account, *, exact: bool, closed: bool = False) -> list[OnDesk]:
    """The gaps of this person's areas: open ones by state and age, or those that were closed, the latest first.

    `exact` counts are for leads. What exists but is not listed stands first for curators. Three statements.
    """
    query = select(Gap).join(Gap.term).where(inside(codes_of(person))).options(joinedload(Gap.term))
    if closed:
        query = query.where(Gap.closed_at.is_not(None)).order_by(Gap.closed_at.desc(), Gap.id)
    else:
        rank = case(*((Gap.state == state, number) for number, state in enumerate(STATES)), else_=len(STATES))
        query = query.where(Gap.closed_at.is_(None)).order_by(rank, Gap.opened_at, Gap.id)
    gaps = db.session.scalars(query.limit(MOST_ON_DESK)).all()
    ids = [each.id for each in gaps]
    found = counts(ids) if exact else {}
    offers = dict(
        db.session.execute(
            select(Offer.gap_id, func.count()).where(Offer.gap_id.in_(ids), Offer.state == OfferState.OPEN).group_by(Offer.gap_id)
        )
        .tuples()
        .all()
    )
    return [OnDesk(each, offers.get(each.id, 0), found.get(each.id, Count()) if exact else None) for each in gaps]


def counts(gap_ids: Collection[int]) -> dict[int, Count]:
    """Exact counts by the number of the gap; for leads, and whoever shows them notes it in the audit."""
    people = func.sum(case(*((Flag.affected == each, number) for each, number in PEOPLE.items()), else_=1))
    rows = db.session.execute(
        select(Flag.gap_id, func.count(), people, func.sum(case((Flag.voice == Voice.VISITOR, 1), else_=0)))
        .where(Flag.gap_id.in_(gap_ids), Flag.state == FlagState.COUNTED)
        .group_by(Flag.gap_id)
    )
    return {gap_id: Count(flags, int(number), int(residents)) for gap_id, flags, number, residents in rows}


def flags_of(gap: Gap) -> Sequence[Flag]:
    """What was said of a gap and counts, the newest first. Each stands for one person: for the lead alone."""
    return db.session.scalars(
        select(Flag)
        .where(Flag.gap_id == gap.id, Flag.state == FlagState.COUNTED)
        .order_by(Flag.made_at.desc(), Flag.id.desc())
        .limit(MOST_FLAGS)
    ).all()


def moved_from(gap: Gap, verb: str) -> Sequence[Flag]:
    """What was said of a gap and counts for another since, as the audit says under `verb`; not of who spoke of it anew."""
    away = select(AuditRow.object).where(AuditRow.verb == verb, AuditRow.before == audit.digest(str(gap.uid)))
    uids = {uuid.UUID(thing.removeprefix("flag ")) for thing in db.session.scalars(away)}
    there = set(db.session.scalars(select(Flag.who).where(Flag.gap_id == gap.id)))
    found = db.session.scalars(select(Flag).where(Flag.uid.in_(uids), Flag.gap_id != gap.id).order_by(Flag.id)).all()
    return [flag for flag in found if flag.who not in there]


def offers_of(gap: Gap) -> Sequence[Offer]:
    """What may answer a gap, with the listings and organisations: undecided ones first, then the newest."""
    return db.session.scalars(
        select(Offer)
        .where(Offer.gap_id == gap.id)
        .order_by(Offer.state != OfferState.OPEN, Offer.id.desc())
        .options(joinedload(Offer.listing), joinedload(Offer.organisation))
    ).all()


def joinable(gap: Gap) -> Sequence[Gap]:
    """Open gaps that this one may be made part of: of the same need, or in the same area."""
    other = still_open().where(Gap.id != gap.id, or_(Gap.term_id == gap.term_id, Gap.area_code == gap.area_code))
    return db.session.scalars(other.limit(50)).all()


def to_review(codes: Collection[str] = (), *, today: date) -> Sequence[Gap]:
    """Gaps of these areas (none: everywhere) that could not be met and whose day to look again has come."""
    return db.session.scalars(still_open().where(Gap.state == GapState.NOT_NOW, Gap.review_on <= today, inside(codes))).all()


def ended_since(moment: datetime, codes: Collection[str]) -> Sequence[Gap]:
    """Gaps of these areas that were answered since then, the latest first."""
    answered = (GapState.MET, GapState.WAS_NOT_KNOWN)
    return db.session.scalars(
        select(Gap)
        .where(Gap.state.in_(answered), Gap.closed_at >= moment, inside(codes))
        .order_by(Gap.closed_at.desc(), Gap.id)
        .options(joinedload(Gap.term))
        .limit(50)
    ).all()
