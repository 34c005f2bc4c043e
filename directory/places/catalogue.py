"""Places that the catalogue itself names: towns and postcodes of its venues, never those of a confidential listing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Select, func, select

from directory import beside
from directory.extensions import db
from directory.models import Listing, SearchChange, Session, Status, Venue
from directory.places.grid import distance_km
from directory.places.spelling import Name, key_of

# What did not change is read again all the same after so long, and what did change is waited for when it is so old.
KEPT_S, OLD_S = 3600.0, 60.0
# Of so many venues they are read again beside the questions, and only when ten times as long as that takes has passed.
LARGE, PATIENCE = 15_000, 10
SAME_PLACE_KM = 15.0


Version = tuple[int, int]


@dataclass
class Held:
    """Names of so many venues by key, as of one version of the catalogue; `read_at` and `took_s` in seconds of the monotonic
    clock.
    """

    version: Version
    names: dict[str, list[Name]]
    venues: int
    read_at: float
    took_s: float


_held: WeakKeyDictionary[Engine, Held] = WeakKeyDictionary()
_lock = threading.Lock()


def names(council_name: Callable[[str], str]) -> dict[str, list[Name]]:
    """Every town and village of a venue that can be seen, by key; nothing outside an application.

    One query while nothing changed, two after a change; where reading takes long, a change shows some seconds later.
    """
    try:
        engine = db.engine
    except RuntimeError:  # no application: a script that only wants postcodes
        return {}
    held = _held.get(engine)
    version = db.session.execute(
        select(
            select(func.coalesce(func.max(SearchChange.id), 0)).scalar_subquery(),
            select(func.coalesce(func.max(Venue.id), 0)).scalar_subquery(),
        )
    ).one()
    now: Version = (version[0], version[1])
    if held is None:
        return _read(engine, db.session.connection(), now, council_name)
    age = time.monotonic() - held.read_at
    if held.version == now and age < KEPT_S:
        return held.names
    if held.venues < LARGE or (held.version != now and age > OLD_S):
        return _read(engine, db.session.connection(), now, council_name)
    if age > PATIENCE * held.took_s:
        beside.start(("places", id(engine)), partial(_read_beside, engine, now, council_name))
    return held.names


def _read_beside(engine: Engine, version: Version, council_name: Callable[[str], str]) -> None:
    with engine.connect() as connection:
        _read(engine, connection, version, council_name)


def _read(engine: Engine, connection: Connection, version: Version, council_name: Callable[[str], str]) -> dict[str, list[Name]]:
    begun = time.monotonic()
    found, venues = read_names(connection, council_name)
    with _lock:
        _held[engine] = Held(version, found, venues, begun, time.monotonic() - begun)
    return found


def in_sight() -> Select[tuple[int]]:
    """Ids of the venues of published listings, without any that a confidential listing uses."""
    hidden = select(Session.venue_id).join(Listing).where(Session.venue_id.is_not(None), Listing.confidential_location)
    shown = select(Session.venue_id).join(Listing).where(Session.venue_id.is_not(None), Listing.status == Status.PUBLISHED)
    return select(Venue.id).where(Venue.latitude.is_not(None), Venue.id.in_(shown), Venue.id.not_in(hidden))


def read_names(connection: Connection, council_name: Callable[[str], str]) -> tuple[dict[str, list[Name]], int]:
    """Names by key, and of how many venues they are."""
    rows = connection.execute(
        select(Venue.city, Venue.council_code, func.avg(Venue.latitude), func.avg(Venue.longitude), func.count())
        .where(Venue.id.in_(in_sight()), Venue.city != "")
        .group_by(Venue.city, Venue.council_code)
        .order_by(func.count().desc(), Venue.city, Venue.council_code)
    )
    found: dict[str, list[Name]] = {}
    venues = 0
    for city, council, latitude, longitude, many in rows:
        venues += many
        held = found.setdefault(key_of(city), [])
        # One town on both sides of a boundary is one town; the side with more venues speaks for it.
        if all(distance_km(name.latitude, name.longitude, latitude, longitude) > SAME_PLACE_KM for name in held):
            held.append(Name(city.strip(), council_name(council), "", "n", latitude, longitude))
    found.pop("", None)
    return found, venues


def postcode_point(code: str) -> tuple[float, float] | None:
    """The mean point of the venues that can be seen and whose postcode is `code`, or begins with it and a space.

    For codes that the table does not hold: newer than its edition, or in Northern Ireland.
    """
    try:
        session = db.session()
    except RuntimeError:  # no application
        return None
    matches = Venue.postal_code == code if " " in code else Venue.postal_code.startswith(f"{code} ", autoescape=True)
    latitude, longitude = session.execute(
        select(func.avg(Venue.latitude), func.avg(Venue.longitude)).where(Venue.id.in_(in_sight()), matches)
    ).one()
    return None if latitude is None else (latitude, longitude)
