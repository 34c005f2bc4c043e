"""The published catalogue as the database holds it, read in a few wide statements into plain arrays."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, time
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from directory.indexes.analysis import fold
from directory.models import Cost, Join, Kind, Mode, Room, Session, Synonym, Taxonomy, Term
from directory.models.freshness import ROOM_LASTS

Array = NDArray[Any]
Columns = Sequence[Sequence[Any]]  # one sequence a column, all of one length
T = TypeVar("T")

KINDS = tuple(Kind)
COSTS = (None, *Cost)
JOINS = (None, *Join)
ROOMS = (None, *Room)
MODES = tuple(Mode)
PARTS = ("morning", "afternoon", "evening")
EPOCH = date(1970, 1, 1)
NEVER, FOREVER = -(2**31), 2**31 - 1  # days: before and after every date
NO_AGE = -1
AT_ONCE = 10_000  # rows
LARGE = 10_000  # listings
AT_VENUE, HOME, ONLINE, PHONE, CONFIDENTIAL = 1, 2, 4, 8, 16

LISTINGS = """SELECT id, kind, cost, "join", minimum_age, maximum_age, at_venue, home_visits, online, by_phone,
 confidential_location, room, room_until, room_said_on, checked_on, name FROM listing WHERE status = 'published'{0} ORDER BY id"""
SESSIONS = """SELECT s.listing_id, s.venue_id, s.mode, s.rrule, s.starts_on, s.ends_on, s.opens, s.closes, s.also_on,
 v.latitude, v.longitude FROM session s JOIN listing l ON l.id = s.listing_id LEFT JOIN venue v ON v.id = s.venue_id
 WHERE l.status = 'published'{0} ORDER BY s.listing_id, s.position, s.id"""
TAGS = """SELECT t.listing_id, t.term_id FROM listing_term t JOIN listing l ON l.id = t.listing_id
 WHERE l.status = 'published'{0} ORDER BY t.listing_id, t.term_id"""
ACCESS = """SELECT a.listing_id, a.term_id, a.present FROM access_fact a JOIN listing l ON l.id = a.listing_id
 WHERE l.status = 'published'{0} ORDER BY a.listing_id, a.term_id"""
VENUE_ACCESS = """SELECT DISTINCT s.listing_id, s.venue_id, a.term_id, a.present FROM access_fact a
 JOIN session s ON s.venue_id = a.venue_id JOIN listing l ON l.id = s.listing_id WHERE l.status = 'published'{0}"""
COVERAGE = """SELECT c.listing_id, c.area_code, c.latitude, c.longitude, c.radius_km, c.approved FROM coverage c
 JOIN listing l ON l.id = c.listing_id WHERE l.status = 'published'{0} ORDER BY c.listing_id, c.id"""


@dataclass(frozen=True)
class Table:
    """Some columns of equal length; `listing` says for each element which listing id it belongs to."""

    listing: Array

    def where(self, keep: Array) -> Any:
        return type(self)(**{each.name: getattr(self, each.name)[keep] for each in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Any]) -> Any:
        """The rows of several tables of this sort, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)})


@dataclass(frozen=True)
class Listings(Table):
    """Days are counted from 1970; `checked` is NEVER when there is no date.

    `room_until` is the last day on which what was said of room holds: the one that was given, else six weeks after it was said.
    """

    kind: Array
    cost: Array
    join: Array
    minimum_age: Array
    maximum_age: Array
    ways: Array  # bits: AT_VENUE, HOME, ONLINE, PHONE, CONFIDENTIAL
    room: Array
    room_until: Array
    checked: Array
    name: Array  # folded for sorting


@dataclass(frozen=True)
class Sessions(Table):
    """`days` and the parts of the day hold one bit a weekday, Monday first; `untimed` are days without an hour."""

    venue: Array  # 0 when there is none
    mode: Array
    days: Array
    morning: Array
    afternoon: Array
    evening: Array
    untimed: Array
    last: Array
    latitude: Array  # nan when not known
    longitude: Array


@dataclass(frozen=True)
class Tags(Table):
    term: Array


@dataclass(frozen=True)
class AccessFacts(Table):
    venue: Array  # 0 for a fact of the listing itself
    term: Array
    present: Array


@dataclass(frozen=True)
class Coverages(Table):
    code: Array
    latitude: Array
    longitude: Array
    radius_km: Array
    approved: Array


@dataclass(frozen=True)
class VocabularyTerm:
    id: int
    taxonomy: str
    slug: str
    label: str
    phrases: tuple[str, ...]
    parent_id: int | None


@dataclass(frozen=True)
class Taught:
    """What a curator taught: `said` stands for a term of the vocabulary, as "need:loneliness", or for other `words`."""

    said: str
    token: str
    words: str


@dataclass(frozen=True)
class Rows:
    """Everything search needs of the published listings, each table in the order of listing ids."""

    listings: Listings
    sessions: Sessions
    tags: Tags
    access: AccessFacts
    coverages: Coverages
    vocabulary: tuple[VocabularyTerm, ...]
    taught: tuple[Taught, ...] = ()

    def replaced(self, ids: Array, other: Rows) -> Rows:
        """These rows with those of `ids` taken out and `other` put in; what was taught stays."""

        def merged(mine: Table, theirs: Table) -> Any:
            table = mine.joined([mine.where(~np.isin(mine.listing, ids)), theirs])
            return table.where(np.argsort(table.listing, kind="stable"))

        names = ("listings", "sessions", "tags", "access", "coverages")
        tables = {name: merged(getattr(self, name), getattr(other, name)) for name in names}
        return Rows(**tables, vocabulary=other.vocabulary, taught=self.taught)


def read(connection: Connection, ids: Iterable[int] | None = None) -> Rows:
    """All published listings with what was taught, or those of `ids`: seven statements or eight, none of them by listing."""
    # Half a million small tuples wake the collector dozens of times, and none of them is garbage.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        if ids is None:
            rows = replace(_read(connection, ""), taught=taught(connection))
            if len(rows.listings.listing) >= LARGE:
                set_apart()
            return rows
        return _read(connection, f" AND {{0}} IN ({','.join(str(int(id_)) for id_ in ids)})")
    finally:
        if was_enabled:
            gc.enable()


def set_apart() -> None:
    """What is there now stays for long: the collector leaves it alone, which otherwise holds up a question for 150 ms.

    What was set apart before is looked through once more, so that nothing of an older catalogue stays behind.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.freeze()


def _read(connection: Connection, narrowed: str) -> Rows:
    def table(statement: str, key: str, width: int, made: Callable[[Columns], T]) -> list[T]:
        """The rows as tables, some thousands at a time: all of them as tuples would take more room than the arrays."""
        cursor = connection.exec_driver_sql(statement.format(narrowed.format(key))).cursor
        parts = []
        while rows := cursor.fetchmany(AT_ONCE):
            parts.append(made(list(zip(*rows, strict=True))))
        return parts or [made([()] * width)]

    return Rows(
        listings=Listings.joined(table(LISTINGS, "id", 16, _listings)),
        sessions=Sessions.joined(table(SESSIONS, "l.id", 11, _sessions)),
        tags=Tags.joined(table(TAGS, "l.id", 2, lambda columns: Tags(*(np.array(each, np.int64) for each in columns)))),
        access=_access(table(ACCESS, "l.id", 3, _own_access), table(VENUE_ACCESS, "l.id", 4, _venue_access)),
        coverages=Coverages.joined(table(COVERAGE, "l.id", 6, _coverages)),
        vocabulary=vocabulary(connection),
    )


def vocabulary(connection: Connection) -> tuple[VocabularyTerm, ...]:
    """Every term, in the order of the vocabulary's own pages."""
    rows = connection.execute(
        select(Term.id, Term.taxonomy, Term.slug, Term.label, Term.phrases, Term.parent_id).order_by(
            Term.taxonomy, Term.position, Term.id
        )
    )
    return tuple(
        VocabularyTerm(row.id, Taxonomy(row.taxonomy).value, row.slug, row.label, tuple(row.phrases or ()), row.parent_id)
        for row in rows
    )


def taught(connection: Connection) -> tuple[Taught, ...]:
    """Every synonym, in the order in which they were taught."""
    statement = select(Synonym.said, Synonym.words, Term.taxonomy, Term.slug).outerjoin(Synonym.term).order_by(Synonym.id)
    return tuple(
        Taught(row.said, f"{Taxonomy(row.taxonomy).value}:{row.slug}" if row.slug else "", row.words)
        for row in connection.execute(statement)
    )


def _listings(columns: Columns) -> Listings:
    id_, kind, cost, join, youngest, oldest, venue, home, online, phone, hidden, room, until, said, checked, name = columns
    ways = sum(
        np.array(flag, bool).astype(np.uint8) * bit
        for flag, bit in zip((venue, home, online, phone, hidden), (AT_VENUE, HOME, ONLINE, PHONE, CONFIDENTIAL), strict=True)
    )
    return Listings(
        listing=np.array(id_, np.int64),
        kind=_codes(kind, KINDS),
        cost=_codes(cost, COSTS),
        join=_codes(join, JOINS),
        minimum_age=np.array([NO_AGE if age is None else age for age in youngest], np.int16),
        maximum_age=np.array([NO_AGE if age is None else age for age in oldest], np.int16),
        ways=np.asarray(ways, np.uint8),
        room=_codes(room, ROOMS),
        room_until=_room_until(until, said),
        checked=_days(checked, NEVER),
        name=np.array([fold(each) for each in name], object),
    )


def _sessions(columns: Columns) -> Sessions:
    listing, venue, mode, rule, starts, ends, opens, closes, also, latitude, longitude = columns
    masks = np.array(
        [
            session_masks(*habit(each[0], each[1]), each[2], each[3], str(each[4]) if each[4] and not each[1] else "")
            for each in zip(rule, starts, opens, closes, also, strict=True)
        ],
        np.uint8,
    ).reshape(-1, 5)
    last = [
        FOREVER if end is None and rrule and "UNTIL" not in rrule else last_day(rrule, start, end, str(more) if more else "")
        for rrule, start, end, more in zip(rule, starts, ends, also, strict=True)
    ]
    return Sessions(
        listing=np.array(listing, np.int64),
        venue=np.array([each or 0 for each in venue], np.int64),
        mode=_codes(mode, MODES),
        days=masks[:, 0],
        morning=masks[:, 1],
        afternoon=masks[:, 2],
        evening=masks[:, 3],
        untimed=masks[:, 4],
        last=np.array(last, np.int32),
        latitude=np.array(latitude, np.float64),
        longitude=np.array(longitude, np.float64),
    )


def habit(rule: str, starts: Any) -> tuple[str, Any]:
    """What of a rule and its first day decides the weekdays: a stand-in date when only its weekday matters.

    So that a hundred thousand sessions come down to a few hundred different ones.
    """
    if starts is None or "BYDAY" in rule:
        return rule, starts if starts is None else "2026-01-05"
    day = starts if isinstance(starts, date) else date.fromisoformat(str(starts)[:10])
    return rule, date(2026, 1, 5 + day.weekday())


@lru_cache(maxsize=65_536)
def session_masks(rule: str, starts: Any, opens: Any, closes: Any, also: str) -> tuple[int, int, int, int, int]:
    """Days, mornings, afternoons, evenings, and days without an hour, as bits of the week; asks `Session` itself."""
    session = Session(
        rrule=rule, starts_on=_date(starts), opens=_time(opens), closes=_time(closes), except_on=[], also_on=_dates(also)
    )
    parts = [sum(1 << day for day, part in session.slots if part == wanted) for wanted in PARTS]
    days = sum(1 << day for day in session.days)
    return days, *parts, 0 if session.opens is not None else days


@lru_cache(maxsize=65_536)
def last_day(rule: str, starts: Any, ends: Any, also: str) -> int:
    """The last day on which anything of a session happens, FOREVER when it has no end or no dates at all."""
    session = Session(rrule=rule, starts_on=_date(starts), ends_on=_date(ends), except_on=[], also_on=_dates(also))
    if not rule and (session.starts_on or session.also_on):
        last = max(filter(None, (session.starts_on, *map(date.fromisoformat, session.also_on))))
        return (min(last, session.ends_on) if session.ends_on else last).toordinal() - EPOCH.toordinal()
    last_of_rule = session.rhythm.last_day
    return FOREVER if last_of_rule is None else last_of_rule.toordinal() - EPOCH.toordinal()


def _own_access(columns: Columns) -> AccessFacts:
    listing, term, present = columns
    return _venue_access([listing, np.zeros(len(listing)), term, present])


def _venue_access(columns: Columns) -> AccessFacts:
    listing, venue, term, present = columns
    return AccessFacts(np.array(listing, np.int64), np.array(venue, np.int64), np.array(term, np.int64), np.array(present, bool))


def _access(own: list[AccessFacts], at_venues: list[AccessFacts]) -> AccessFacts:
    table = AccessFacts.joined([*own, *at_venues])
    return table.where(np.argsort(table.listing, kind="stable"))


def _coverages(columns: Columns) -> Coverages:
    listing, code, latitude, longitude, radius, approved = columns
    return Coverages(
        listing=np.array(listing, np.int64),
        code=np.array([(each or "").replace(" ", "").upper() for each in code], object),
        latitude=np.array(latitude, np.float64),
        longitude=np.array(longitude, np.float64),
        radius_km=np.array(radius, np.float64),
        approved=np.array(approved, bool),
    )


def _codes(values: Sequence[Any], known: Sequence[Any]) -> Array:
    numbers = {value: number for number, value in enumerate(known)}
    return np.array([numbers.get(value, 0) for value in values], np.uint8)


def _days(values: Sequence[Any], absent: int) -> Array:
    days = np.array([None if value is None else str(value)[:10] for value in values], "datetime64[D]")
    return np.where(np.isnat(days), absent, days.astype(np.int64)).astype(np.int32)


def _room_until(until: Sequence[Any], said: Sequence[Any]) -> Array:
    given, spoken = _days(until, NEVER), _days(said, NEVER)
    return np.where(given != NEVER, given, np.where(spoken != NEVER, spoken + ROOM_LASTS.days, NEVER))


def _date(value: Any) -> date | None:
    return value if value is None or isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _time(value: Any) -> time | None:
    return value if value is None or isinstance(value, time) else time.fromisoformat(str(value)[:8])


def _dates(text: str) -> list[str]:
    """The ISO dates inside a JSON list, however the driver handed it over."""
    return [part for part in text.replace("'", '"').split('"') if len(part) == 10 and part[4] == "-"]
