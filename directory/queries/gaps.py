"""Questions about gaps for those who work on them: likely ones for a need and a place, exact counts, what waits on the desk.

What the public may read is asked in public_gaps.py; nothing of this file is shown to somebody who does not work here, but for
`likely` and `near`, which then keep to what is public.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from directory import places
from directory.areas import hexagons
from directory.errors import NotFound, Unavailable
from directory.extensions import db
from directory.models import (
    Account,
    Affected,
    AuditRow,
    Flag,
    FlagState,
    Gap,
    GapKind,
    GapState,
    GapStep,
    Offer,
    OfferState,
    Taxonomy,
    Term,
    Voice,
    audit,
)
from directory.models.danger import IN_DANGER
from directory.models.gaps import Area
from directory.queries import public_gaps
from directory.search import MILE_KM

OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
LIKELY, LIKELY_MI = 3, 5.0
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


def area_of(code: str, *, council: str = "") -> Area:
    """An outward code with its council and middle, as far as the postcode table knows them.

    `council` is what a search in that area was in: an outward code may lie in two. Raises NotFound for a code the table
    lacks, and for anything finer: no gap is of less than an outward code, whoever opens it.
    """
    unknown = NotFound(f"We do not know {code[:4]}. Give the first half of a postcode, like NR25.")
    if not OUTWARD.fullmatch(code):
        raise unknown
    try:
        place = places.approximate(code)
    except Unavailable:
        place = None
    else:
        if place is None:
            raise unknown
    council = council if places.council_name(council) else (place.council_code if place else "")
    name = area_name(code, council=place.council_code if place else council)
    if place is None:
        return Area(code, name, council)
    hexagon = hexagons.cell_at(place.latitude, place.longitude)
    return Area(code, name, council, place.latitude, place.longitude, hexagon)


def area_name(code: str, *, council: str = "") -> str:
    """What an area is called, the same for every gap in it: as its first one was, or by its largest place, else its council."""
    first = db.session.scalar(select(Gap.area_name).where(Gap.area_code == code, Gap.area_name != "").order_by(Gap.id).limit(1))
    if first is not None:
        return first
    try:
        around = places.town_of(code)
    except Unavailable:
        around = ""
    return ", ".join(part for part in (code, around or places.council_name(council)) if part)


def term(slug: str) -> Term | None:
    """What may be missing: a need, or something people do."""
    return db.session.scalar(
        select(Term)
        .where(Term.slug == slug, Term.taxonomy.in_((Taxonomy.NEED, Taxonomy.ACTIVITY)))
        .order_by(Term.taxonomy != Taxonomy.NEED)
        .limit(1)
    )


def gap(uid: uuid.UUID | str) -> Gap:
    """One gap with its need, steps and answer. Raises NotFound."""
    found = db.session.scalar(
        select(Gap)
        .where(Gap.uid == _as_uid(uid))
        .options(
            joinedload(Gap.term),
            joinedload(Gap.answer),
            joinedload(Gap.merged_into).joinedload(Gap.term),
            selectinload(Gap.steps).joinedload(GapStep.listing),
        )
    )
    if found is None:
        raise NotFound("There is no such gap, or not any more.")
    return found


def flag(uid: uuid.UUID | str) -> Flag:
    """One flag with its need and gap. Raises NotFound."""
    found = db.session.scalar(
        select(Flag).where(Flag.uid == _as_uid(uid)).options(joinedload(Flag.term), joinedload(Flag.gap).joinedload(Gap.term))
    )
    if found is None:
        raise NotFound("There is no such report of a gap, or not any more.")
    return found


def likely(term: Term, area: Area, *, kind: GapKind | None = None, public: bool) -> Sequence[Gap]:
    """Open gaps that may be the same: of this need, here or within five miles; at most three.

    Those of this area come first, among them those of this kind, then the nearest.

    With `public` only those that everybody may read, because that a gap is there at all says that somebody flagged it.
    """
    query = _open().where(Gap.term_id == term.id, or_(Gap.area_code == area.code, Gap.latitude.is_not(None)))
    if public:
        query = query.where(is_public())
    found = [(miles, row) for row in db.session.scalars(query) if (miles := _miles(row, area)) <= LIKELY_MI]

    def order(pair: tuple[float, Gap]) -> tuple[object, ...]:
        """Ties go by what everybody can see, never by which was opened first."""
        miles, row = pair
        return row.area_code != area.code, kind not in (None, row.kind), miles, row.area_code, row.kind

    return [row for _, row in sorted(found, key=order)[:LIKELY]]


def open_alike(term_id: int, area_code: str, kind: GapKind) -> Gap | None:
    """The open gap that a flag of this need, area and kind joins, locked for the action that asks."""
    return db.session.scalar(
        select(Gap)
        .where(Gap.term_id == term_id, Gap.area_code == area_code, Gap.kind == kind, Gap.part == "", Gap.closed_at.is_(None))
        .with_for_update(of=Gap)
    )


def flag_of(gap: Gap, who: str) -> Flag | None:
    """What this person has said of a gap already."""
    return db.session.scalar(select(Flag).where(Flag.gap_id == gap.id, Flag.who == who))


def is_spoken_of(gap: Gap) -> bool:
    """Whether anything that was said of a gap counts, or waits for a curator."""
    held = (FlagState.COUNTED, FlagState.WAITING)
    return db.session.scalar(select(Flag.id).where(Flag.gap_id == gap.id, Flag.state.in_(held)).limit(1)) is not None


def waiting_alike(term_id: int, area_code: str, kind: GapKind, who: str) -> Flag | None:
    """What this person has said of the same and nobody has looked at."""
    return db.session.scalar(
        select(Flag)
        .where(
            Flag.term_id == term_id,
            Flag.area_code == area_code,
            Flag.kind == kind,
            Flag.who == who,
            Flag.state == FlagState.WAITING,
        )
        .order_by(Flag.id)
        .limit(1)
    )


def latest_step(gap: Gap) -> int:
    """The number of the last step of a gap; 0 before the first."""
    return db.session.scalar(select(func.max(GapStep.id)).where(GapStep.gap_id == gap.id)) or 0


# The desk


def inside(codes: Collection[str], of: type[Gap] = Gap) -> ColumnElement[bool]:
    """Whether a gap is in one of these areas; without any, everywhere is."""
    return or_(of.area_code.in_(codes), of.council_code.in_(codes)) if codes else true()


def codes_of(person: Account) -> frozenset[str]:
    """The areas that somebody looks after; empty for everywhere."""
    return frozenset(patch.area_code for patch in person.patches)


def waiting(person: Account) -> Sequence[Flag]:
    """What residents sent and a curator has to look at, in the areas of this person; never one's own.

    What may be about somebody in danger comes first, then the oldest.
    """
    codes = codes_of(person)
    here = Flag.area_code.in_(codes) | Flag.gap.has(inside(codes)) if codes else true()
    mine = Flag.who == str(person.uid)
    query = select(Flag).where(Flag.state == FlagState.WAITING, ~mine, here).order_by(Flag.made_at, Flag.id)
    query = query.options(joinedload(Flag.term), joinedload(Flag.gap).joinedload(Gap.term))
    written = db.session.scalars(query.where(or_(Flag.note != "", Flag.term.has(Term.slug == IN_DANGER)))).all()
    urgent = [flag for flag in written if flag.is_urgent]
    rest = [flag for flag in db.session.scalars(query.limit(MOST_ON_DESK)) if not flag.is_urgent]
    return [*urgent, *rest][:MOST_ON_DESK]


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
    other = _open().where(Gap.id != gap.id, or_(Gap.term_id == gap.term_id, Gap.area_code == gap.area_code))
    return db.session.scalars(other.limit(50)).all()


def to_review(codes: Collection[str] = (), *, today: date) -> Sequence[Gap]:
    """Gaps of these areas (none: everywhere) that could not be met and whose day to look again has come."""
    return db.session.scalars(_open().where(Gap.state == GapState.NOT_NOW, Gap.review_on <= today, inside(codes))).all()


def flagged_by(person: Account) -> Sequence[Flag]:
    """What somebody flagged, the newest first, with the gaps."""
    return db.session.scalars(
        select(Flag)
        .where(Flag.account_id == person.id, Flag.state.in_((FlagState.COUNTED, FlagState.WAITING)))
        .order_by(Flag.made_at.desc(), Flag.id.desc())
        .options(joinedload(Flag.gap).joinedload(Gap.term), joinedload(Flag.term))
        .limit(50)
    ).all()


def is_public() -> ColumnElement[bool]:
    """Whether everybody may know of a gap: a lead stepped into it, or a cell of its own was published. See decision 0080."""
    return public_gaps.readable()


def is_known_to_all(gap: Gap) -> bool:
    """As `is_public`, of one gap."""
    return db.session.scalar(select(Gap.id).where(Gap.id == gap.id, is_public())) is not None


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


def _open() -> Select[tuple[Gap]]:
    return select(Gap).where(Gap.closed_at.is_(None)).order_by(Gap.opened_at, Gap.id).options(joinedload(Gap.term))


def _miles(row: Gap, area: Area) -> float:
    if row.area_code == area.code:
        return 0.0
    if row.latitude is None or row.longitude is None or area.latitude is None or area.longitude is None:
        return float("inf")
    return places.distance_km(row.latitude, row.longitude, area.latitude, area.longitude) / MILE_KM


def _as_uid(uid: uuid.UUID | str) -> uuid.UUID:
    try:
        return uid if isinstance(uid, uuid.UUID) else uuid.UUID(uid)
    except ValueError as fault:
        raise NotFound("There is no such gap, or not any more.") from fault
