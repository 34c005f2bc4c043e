"""Questions about searches that were answered poorly: how poorly, what is published of them, what curators should look at."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, case, func, select

from directory import places, search
from directory.areas import hexagons
from directory.errors import Unavailable
from directory.extensions import db
from directory.models import Gap, Miss, PassedOver, Quarter, Synonym, Taxonomy, Term, quarters
from directory.models.gaps import Shortfall
from directory.search import MILE_KM, Found

LEAST_VISITS, STEP = 8, 5  # a word or a figure is shown from so many visits on; published figures are rounded
NOT_ASKED_FOR = f"Fewer than {LEAST_VISITS} visits looked for this word, so it is not on the list. Load the page again."
PUBLISHED = 4  # the newest quarters, whose counts are all still there: what is forgotten by day would tell that day
LITTLE = 3  # fewer answers than these are little
FAR_MI = 5.0
RECENT = timedelta(days=90)
MOST = 200  # rows of a list on the desk
HERE = frozenset({"covers", "comes_to_you"})  # what reaches a person where they are, however far off its office is


@dataclass(frozen=True)
class Published:
    """What is published of one quarter: rounded visits by area and need, and where these areas are."""

    figures: dict[tuple[str, str], int]
    areas: tuple[tuple[str, str, str, str], ...]  # code, name, council, patch of the map


@dataclass(frozen=True)
class Word:
    """A word that nothing understood, with how often and by how many visits it was asked for since `RECENT`."""

    word: str
    searches: int
    visits: int
    last: date


@dataclass(frozen=True)
class Short:
    """A need that was asked for in an area and badly answered: visits by what was wrong."""

    term: Term
    area_code: str
    visits: dict[Shortfall, int]

    @property
    def total(self) -> int:
        return sum(self.visits.values())

    @property
    def most(self) -> Shortfall:
        """What was wrong most often."""
        return max(self.visits, key=lambda each: (self.visits[each], each))


@dataclass(frozen=True)
class Rise:
    """What was asked for in vain more often within the last 30 days than in those before: a need's label, or a word."""

    said: str
    area_code: str
    visits: int
    before: int


def shortfall(found: Found) -> Shortfall | None:
    """What was wrong with the first page of an answer; None when it was good. Online and national offers are not near."""
    if not found.total:
        return Shortfall.STALE if found.left_out else Shortfall.NOTHING
    if found.total < LITTLE:
        return Shortfall.STALE if found.left_out >= LITTLE else _far(found) or Shortfall.LITTLE
    return _far(found) if found.radius_mi > FAR_MI else None


def _far(found: Found) -> Shortfall | None:
    nearest = float("inf")
    for hit in found.hits:
        if hit.reason in HERE:
            return None
        if hit.distance_km is not None and hit.distance_km < nearest:
            nearest = hit.distance_km
    return Shortfall.FAR if FAR_MI * MILE_KM < nearest < float("inf") else None


# In public

_published: dict[tuple[Engine, str, datetime], Published] = {}


def published(quarter: str) -> Published:
    """What may be read of the searches of a quarter that found nothing: from 8 visits on, rounded to five, else nothing.

    Read once and kept: the counts of a settled quarter change no more. Only for the newest quarters; see `PUBLISHED`.
    """
    newest = db.session.execute(
        select(Quarter.quarter, Quarter.counted_at).order_by(Quarter.quarter.desc()).limit(PUBLISHED)
    ).all()
    moments = dict(row._tuple() for row in newest)
    if quarter not in moments:
        return Published({}, ())
    key = db.engine, quarter, moments[quarter]
    if key not in _published:
        for old in [each for each in _published if each[1] not in moments]:
            _published.pop(old, None)
        _published[key] = _read(quarter)
    return _published[key]


def needs_published(quarter: str) -> list[Term]:
    """The needs with a published figure in a quarter."""
    return list(_terms({need for _, need in published(quarter).figures}).values())


def forget() -> None:
    """Drop what is kept."""
    _published.clear()


def _read(quarter: str) -> Published:
    visits = func.sum(Miss.visits)
    rows = db.session.execute(
        select(Miss.area_code, Miss.need, visits)
        .where(
            Miss.day.between(quarters.first_day(quarter), quarters.last_day(quarter)),
            Miss.shortfall == Shortfall.NOTHING,
            Miss.need != "",
            Miss.area_code != "",
        )
        .group_by(Miss.area_code, Miss.need)
        .having(visits >= LEAST_VISITS)
        .order_by(Miss.area_code, Miss.need)
    ).all()
    figures = {(area, need): (int(count) + STEP // 2) // STEP * STEP for area, need, count in rows}
    return Published(figures, tuple(_area(code) for code in dict.fromkeys(area for area, _ in figures)))


def _area(code: str) -> tuple[str, str, str, str]:
    """An outward code with its name, council and patch of the map, as far as the postcode table knows them."""
    try:
        place, town = places.approximate(code), places.town_of(code)
    except Unavailable:
        place = None
    if place is None:
        return code, code, "", ""
    return code, f"{code}, {town}" if town else code, place.council_code, hexagons.cell_at(place.latitude, place.longitude)


# For curators


def words(*, today: date) -> list[Word]:
    """Words that nothing understood and 8 visits or more asked for since `RECENT`, the most asked for first.

    Left out: what curators passed over, and what search understands by now.
    """
    visits = func.sum(Miss.visits)
    rows = db.session.execute(
        select(Miss.word, func.sum(Miss.searches), visits, func.max(Miss.day))
        .where(Miss.word != "", Miss.day > today - RECENT, Miss.word.not_in(select(PassedOver.word)))
        .group_by(Miss.word)
        .having(visits >= LEAST_VISITS)
        .order_by(visits.desc(), Miss.word)
        .limit(MOST)
    ).all()
    known = _understood() if rows else set()
    return [Word(word, int(searches), int(count), last) for word, searches, count, last in rows if word not in known]


def passed_over() -> Sequence[PassedOver]:
    """The words that curators want to see no more, the newest first."""
    return db.session.scalars(select(PassedOver).order_by(PassedOver.day.desc(), PassedOver.word).limit(MOST)).all()


def needs(*, today: date, areas: Collection[str] = ()) -> list[Short]:
    """Needs that 8 visits or more to one area got a poor answer to since `RECENT`, the most asked for first.

    With `areas` only those. Two statements.
    """
    visits = func.sum(Miss.visits)
    each = [func.sum(case((Miss.shortfall == shortfall, Miss.visits), else_=0)) for shortfall in Shortfall]
    query = (
        select(Miss.need, Miss.area_code, *each)
        .where(Miss.need != "", Miss.area_code != "", Miss.day > today - RECENT)
        .group_by(Miss.need, Miss.area_code)
        .having(visits >= LEAST_VISITS)
        .order_by(visits.desc(), Miss.area_code, Miss.need)
        .limit(MOST)
    )
    rows = db.session.execute(query.where(Miss.area_code.in_(areas)) if areas else query).all()
    terms = _terms({row[0] for row in rows})
    return [
        Short(terms[need], area, {shortfall: int(count) for shortfall, count in zip(Shortfall, counts, strict=True) if count})
        for need, area, *counts in rows
        if need in terms
    ]


def is_word_asked_for(word: str, *, today: date) -> bool:
    """Whether 8 visits or more asked for a word that nothing understood since `RECENT`, passed over or not."""
    visits = select(func.coalesce(func.sum(Miss.visits), 0)).where(Miss.word == word, Miss.word != "", Miss.day > today - RECENT)
    return (db.session.scalar(visits) or 0) >= LEAST_VISITS


def is_need_asked_for(need: str, area_code: str, *, today: date) -> bool:
    """Whether 8 visits or more to an area got a poor answer to a need since `RECENT`."""
    mine = Miss.need == need, Miss.area_code == area_code, Miss.need != "", Miss.day > today - RECENT
    return (db.session.scalar(select(func.coalesce(func.sum(Miss.visits), 0)).where(*mine)) or 0) >= LEAST_VISITS


def open_gaps() -> dict[tuple[int, str], uuid.UUID]:
    """The open gaps by need and area, the oldest of each, so that nobody opens a second one. One statement."""
    rows = db.session.execute(
        select(Gap.term_id, Gap.area_code, Gap.uid).where(Gap.closed_at.is_(None)).order_by(Gap.opened_at.desc(), Gap.id.desc())
    )
    return {(term_id, area): uid for term_id, area, uid in rows}


def rising(*, today: date, areas: Collection[str] = ()) -> list[Rise]:
    """What was asked for in vain by 8 visits or more in the last 30 days and at least twice as often as in those before.

    Needs by area (with `areas` only those) and words anywhere, the steepest first.
    """
    since, before = today - timedelta(days=30), today - timedelta(days=60)
    recent = func.sum(case((Miss.day > since, Miss.visits), else_=0))
    earlier = func.sum(case((Miss.day > since, 0), else_=Miss.visits))
    steep = recent >= LEAST_VISITS, recent >= 2 * earlier
    by_need = (
        select(Miss.need, Miss.area_code, recent, earlier)
        .where(Miss.need != "", Miss.area_code != "", Miss.day > before)
        .group_by(Miss.need, Miss.area_code)
        .having(*steep)
    )
    by_word = (
        select(Miss.word, recent, earlier)
        .where(Miss.word != "", Miss.day > before, Miss.word.not_in(select(PassedOver.word)))
        .group_by(Miss.word)
        .having(*steep)
    )
    asked = db.session.execute(by_need.where(Miss.area_code.in_(areas)) if areas else by_need).all()
    terms = _terms({row[0] for row in asked})
    said = [Rise(terms[need].label, area, int(now), int(then)) for need, area, now, then in asked if need in terms]
    said += [Rise(f"“{word}”", "", int(now), int(then)) for word, now, then in db.session.execute(by_word).all()]
    return sorted(said, key=lambda rise: (rise.before - rise.visits, rise.area_code, rise.said))[:MOST]


def _terms(slugs: Collection[str]) -> dict[str, Term]:
    """The needs and activities of these slugs; the two share none."""
    found = db.session.scalars(
        select(Term).where(Term.slug.in_(slugs), Term.taxonomy.in_((Taxonomy.NEED, Taxonomy.ACTIVITY))).order_by(Term.id)
    )
    return {term.slug: term for term in found}


def _understood() -> set[str]:
    """What was taught and what the vocabulary says, as search reads it."""
    said = set(db.session.scalars(select(Synonym.said)))
    for label, phrases in db.session.execute(select(Term.label, Term.phrases)):
        said |= {search.folded_words(each) for each in (label, *phrases)}
    return said
