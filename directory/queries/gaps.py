"""Questions about gaps for whoever flags one, and for the other questions about gaps: areas, likely ones, one gap, one flag.

What the public may read is asked in public_gaps.py; nothing of this file is shown to somebody who does not work here, but for
`likely`, which then keeps to what is public. What leads and curators ask is in gap_desk.py.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from directory import places
from directory.areas import hexagons
from directory.errors import NotFound, Unavailable
from directory.extensions import db
from directory.models import (
    Account,
    Flag,
    FlagState,
    Gap,
    GapKind,
    GapState,
    GapStep,
    Taxonomy,
    Term,
)
from directory.models.gaps import Area
from directory.queries import public_gaps
from directory.search import MILE_KM

OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
LIKELY, LIKELY_MI = 3, 5.0


def area_of(code: str, *, council: str = "") -> Area:
    """An outward code with its council and middle, as far as the postcode table knows them.

    `council` is what a search in that area was in, for an outward code may lie in two; one that it does not lie in is not
    believed. Raises NotFound for a code the table lacks, and for anything finer: no gap is of less than an outward code.
    """
    unknown = NotFound(f"We do not know {code[:4]}. Give the first half of a postcode, like NR25.")
    if not OUTWARD.fullmatch(code):
        raise unknown
    lies_in: tuple[str, ...] = ()
    try:
        place = places.approximate(code)
        lies_in = places.councils_of(code)
    except Unavailable:
        place = None
    else:
        if place is None:
            raise unknown
    council = council if council in lies_in else (place.council_code if place is not None else "")
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


def codes_about(flag: Flag) -> frozenset[str]:
    """The codes of the areas that a flag is in: its outward code with its council, and those of the gap that it is about."""
    gap = flag.gap
    about = (gap.area_code, gap.council_code) if gap is not None else ()
    return frozenset(filter(None, (flag.area_code, council_of(flag.area_code), *about)))


def council_of(code: str) -> str:
    """The council in which most of an outward code lies; empty where the postcode table does not know."""
    try:
        place = places.approximate(code)
    except Unavailable:
        return ""
    return place.council_code if place is not None else ""


def likely(term: Term, area: Area, *, kind: GapKind | None = None, public: bool) -> Sequence[Gap]:
    """Open gaps that may be the same: of this need, here or within five miles; at most three.

    Those of this area come first, among them those of this kind, then the nearest.

    With `public` only those that everybody may read, because that a gap is there at all says that somebody flagged it.
    """
    query = still_open().where(Gap.term_id == term.id, or_(Gap.area_code == area.code, Gap.latitude.is_not(None)))
    if public:
        query = query.where(is_public())
    found = [(miles, row) for row in db.session.scalars(query) if (miles := _miles(row, area)) <= LIKELY_MI]

    def order(pair: tuple[float, Gap]) -> tuple[object, ...]:
        """Ties go by what everybody can see, never by which was opened first."""
        miles, row = pair
        return row.area_code != area.code, kind not in (None, row.kind), miles, row.area_code, row.kind, row.uid

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


def last_step(gap: Gap) -> GapStep | None:
    """The last step of a gap, as it stands now; None before the first."""
    return db.session.scalar(select(GapStep).where(GapStep.gap_id == gap.id).order_by(GapStep.id.desc()).limit(1))


def step_just_taken(
    gap: Gap, state: GapState, words: str, listing_id: int | None, *, by: Account, since: datetime
) -> GapStep | None:
    """The last step of a gap where this person took it since then with the same state, words and listing."""
    last = last_step(gap)
    if last is None or last.account_id != by.id or last.made_at < since:
        return None
    return last if (last.state, last.words, last.listing_id) == (state, words, listing_id) else None


# Whose areas these are


def inside(codes: Collection[str], of: type[Gap] = Gap) -> ColumnElement[bool]:
    """Whether a gap is in one of these areas; without any, everywhere is."""
    return or_(of.area_code.in_(codes), of.council_code.in_(codes)) if codes else true()


def codes_of(person: Account) -> frozenset[str]:
    """The areas that somebody looks after; empty for everywhere."""
    return frozenset(patch.area_code for patch in person.patches)


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


def still_open() -> Select[tuple[Gap]]:
    """Open gaps with their needs, the oldest first."""
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
