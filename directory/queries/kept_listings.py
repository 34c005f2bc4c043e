"""What a row of results says whatever is asked, kept in memory until it changes; nothing here decides who may be shown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import randrange
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, select

from directory.extensions import db
from directory.models import Listing, SearchChange, Session, Status, Venue
from directory.queries.bare_listings import read

MOST_KEPT = 20_000  # rows, about 2.5 KB each when pages and the API are both asked
MOST_CHANGES = 10_000  # beyond so many at once everything is read again
OF_ALL = 0  # the listing id of a change that concerns every listing: the vocabulary

Wanted = tuple[int, int | None, bool]  # a listing's id, the id of its venue, and whether it stops there


@dataclass(slots=True)
class Brief:
    """The little of a listing that a row has to have at hand: for its address, its reason and the words that matched."""

    id: int
    slug: str
    name: str
    summary: str
    confidential_location: bool
    online: bool
    by_phone: bool
    coverages: tuple[Area, ...]


class Area(NamedTuple):
    """What is told of a coverage."""

    area_code: str
    label: str


class Spot(NamedTuple):
    """What is told of a venue beside what was made of it; degrees."""

    id: int
    name: str
    latitude: float | None
    longitude: float | None


@dataclass(slots=True)
class Row:
    """A listing at one of its venues, or at none, on one day: all that what is kept may be made of.

    `next_on` is the next beginning there, naive local time; None when no date is known. A secret place is no venue.
    """

    listing: Listing
    venue: Venue | None
    today: date
    is_stop: bool
    next_on: datetime | None


Make = Callable[[Row], Any]


@dataclass(slots=True)
class Kept:
    """What is left of a `Row` when it was printed. `read_at` is the newest change that it knows."""

    version: int
    read_at: int
    day: date
    since: datetime
    until: datetime
    next_on: datetime | None
    listing: Brief
    venue: Spot | None
    made: dict[Hashable, Any]


class Store:
    """Rows by listing, venue and way, and which listings changed since this process first looked.

    A row in the way of a new one is dropped by chance: whoever asks many places in turn would find the oldest just gone.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget(None, 0)

    def forget(self, engine: Engine | None, newest: int) -> None:
        self.rows: dict[Hashable, Kept] = {}
        self.keys: list[Hashable] = []
        self.engine, self.newest = engine, newest
        self.changed: dict[int, int] = {}
        self.all_changed = 0

    def put(self, key: Hashable, row: Kept) -> None:
        """Under the lock."""
        if key not in self.rows:
            if len(self.keys) < MOST_KEPT:
                self.keys.append(key)
            else:
                place = randrange(len(self.keys))  # noqa: S311 -- any will do
                self.rows.pop(self.keys[place], None)
                self.keys[place] = key
        self.rows[key] = row

    def learn(self, connection: Connection, newest: int) -> None:
        """Bring what is known of changes up to `newest`, the newest that the transaction can see.

        They are numbered in the order of commits. Every action that changes what a row prints notes one for search.
        """
        if newest == self.newest and self.engine is db.engine:
            return
        with self.lock:
            if self.engine is not db.engine or newest < self.newest:
                # Another database, or this one came back from a backup. An old transaction beside a new one looks alike.
                self.forget(db.engine, newest)
            elif newest - self.newest > MOST_CHANGES:
                self.all_changed = self.newest = newest
            elif newest > self.newest:
                for listing_id, change in connection.execute(CHANGES, {"since": self.newest, "until": newest}):
                    if listing_id == OF_ALL:
                        self.all_changed = change
                    self.changed[listing_id] = change
                self.newest = newest


store = Store()


def rows(wanted: Sequence[Wanted], *, made: Sequence[Make] = (), now: datetime) -> dict[Wanted, Kept]:
    """The published ones among those wanted, each with what every one of `made` makes of it; read only.

    One statement says which are published and whether any changed; only those that did are read again. `now` has its zone.
    What is made looks at its `Row` alone, so it may be printed again until the listing changes, another day begins, or
    the session that was next has passed. It depends neither on the words, the place nor the reader.
    """
    here = now.replace(tzinfo=None)
    connection, states = _states([each[0] for each in wanted])
    found: dict[Wanted, Kept] = {}
    missing: list[Wanted] = []
    kept, changed, all_changed, day, doors = store.rows, store.changed, store.all_changed, here.date(), frozenset(made)
    for each in wanted:
        state = states.get(each[0])
        if state is None:
            continue
        row = kept.get((state[0], each[1], each[2]))
        if (
            row is not None
            and row.version == state[1]
            and row.read_at >= changed.get(each[0], 0)
            and row.read_at >= all_changed
            and row.day == day
            and row.since <= here < row.until
            and row.made.keys() >= doors
        ):
            found[each] = row
        else:
            missing.append(each)
    if missing:
        found |= _made(missing, read(connection, [each[0] for each in missing]), states, made, here)
    return found


def _made(
    wanted: Sequence[Wanted], listings: dict[int, Listing], states: dict[int, State], made: Sequence[Make], here: datetime
) -> dict[Wanted, Kept]:
    """The rows of listings that were just read, made and kept."""
    found: dict[Wanted, Kept] = {}
    for each in wanted:
        if (listing := listings.get(each[0])) is None:
            continue
        uid, version, newest = states[each[0]]
        key = uid, each[1], each[2]
        row, until = row_of(listing, each[1], is_stop=each[2], here=here)
        what = {make: make(row) for make in made}
        fresh = found[each] = Kept(
            version, newest, row.today, here, until, row.next_on, brief_of(listing), spot_of(row.venue), what
        )
        with store.lock:
            held = store.rows.get(key)
            if held is not None and (held.version, held.read_at, held.day, held.until) == (
                version,
                newest,
                fresh.day,
                fresh.until,
            ):
                fresh.made = held.made | fresh.made  # what the other doors made of it
            store.put(key, fresh)
    return found


def row_of(listing: Listing, venue_id: int | None, *, is_stop: bool, here: datetime) -> tuple[Row, datetime]:
    """The listing at this venue at this local moment, and until when it is so on that day.

    A secret address leaves no venue, whatever is asked for.
    """
    venue = None
    if venue_id is not None and not listing.confidential_location:
        venue = next((session.venue for session in listing.sessions if session.venue and session.venue.id == venue_id), None)
    next_on, until = coming([each for each in listing.sessions if venue is None or each.venue is venue], here)
    return Row(listing, venue, here.date(), is_stop, next_on), until


def brief_of(listing: Listing) -> Brief:
    return Brief(
        listing.id, listing.slug, listing.name, listing.summary,
        listing.confidential_location, listing.online, listing.by_phone,
        tuple(_area(each.area_code, each.label) for each in listing.coverages),
    )  # fmt: skip


def spot_of(venue: Venue | None) -> Spot | None:
    return None if venue is None else Spot(venue.id, venue.name, venue.latitude, venue.longitude)


def coming(sessions: Sequence[Session], here: datetime) -> tuple[datetime | None, datetime]:
    """The earliest next beginning of any of them, and until when it is that: later ones only come nearer."""
    ahead = [(moment, session) for session in sessions for moment in session.next_after(here)]
    if not ahead:
        return None, datetime.combine(here.date() + timedelta(days=1), time())
    begins = min(moment for moment, _ in ahead)
    return begins, max(session.rhythm.passes(begins) for moment, session in ahead if moment == begins)


def forget() -> None:
    """Drop everything that is kept."""
    with store.lock:
        store.forget(None, 0)


@lru_cache(maxsize=4_096)
def _area(area_code: str, label: str) -> Area:
    """One object for all listings that cover it."""
    return Area(area_code, label)


State = tuple[Hashable, int, int]  # the public id as the driver gives it, the version, and the newest change of all

# What every search runs is plain text with its values beside it: to run it took a tenth of the time of what SQLAlchemy did
# around it, and the database knows it again.
STATES = f"""SELECT id, uid, version, (SELECT max(id) FROM search_change) FROM listing
 WHERE status = '{Status.PUBLISHED}' AND id IN """  # noqa: S608 -- nothing in it comes from outside


CHANGES = (
    select(SearchChange.listing_id, func.max(SearchChange.id))
    .where(SearchChange.id > bindparam("since"), SearchChange.id <= bindparam("until"))
    .group_by(SearchChange.listing_id)
)


def _states(ids: Sequence[int]) -> tuple[Connection, dict[int, State]]:
    """By id the states of those that are published."""
    connection = db.session.connection()
    if not ids:
        return connection, {}
    sign = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    records = connection.exec_driver_sql(f"{STATES}({','.join([sign] * len(ids))})", tuple(ids)).all()
    states: dict[int, State] = {id_: (uid, version, newest or 0) for id_, uid, version, newest in records}
    if records:
        store.learn(connection, records[0][3] or 0)
    return connection, states
