"""Places that the catalogue itself names: towns and postcodes of its venues, never those of a confidential listing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, func, select

from directory.extensions import db
from directory.models import Listing, SearchChange, Session, Status, Venue
from directory.places.grid import distance_km
from directory.places.spelling import Name, key_of

KEPT_S = 60.0
# A catalogue that takes long to read is read again, after a change, only when ten times as long has passed.
LONG_S = 0.25
PATIENCE = 10
SAME_PLACE_KM = 15.0


@dataclass
class Held:
    """Names by key, as of one version of the catalogue; `read_at` and `took_s` in seconds of the monotonic clock."""

    version: tuple[int, int]
    names: dict[str, list[Name]]
    read_at: float
    took_s: float


_held: WeakKeyDictionary[Engine, Held] = WeakKeyDictionary()
_lock = threading.Lock()


def names(council_name: Callable[[str], str]) -> dict[str, list[Name]]:
    """Every town and village of a venue that can be seen, by key; nothing outside an application.

    One query while nothing changed, two after a change.
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
    now = time.monotonic()
    if held and now - held.read_at < KEPT_S:
        is_same = held.version == tuple(version)
        if is_same or (held.took_s > LONG_S and now - held.read_at < PATIENCE * held.took_s):
            return held.names
    found = read_names(council_name)
    with _lock:
        _held[engine] = Held((version[0], version[1]), found, now, time.monotonic() - now)
    return found


def in_sight() -> Select[tuple[int]]:
    """Ids of the venues of published listings, without any that a confidential listing uses."""
    hidden = select(Session.venue_id).join(Listing).where(Session.venue_id.is_not(None), Listing.confidential_location)
    shown = select(Session.venue_id).join(Listing).where(Session.venue_id.is_not(None), Listing.status == Status.PUBLISHED)
    return select(Venue.id).where(Venue.latitude.is_not(None), Venue.id.in_(shown), Venue.id.not_in(hidden))


def read_names(council_name: Callable[[str], str]) -> dict[str, list[Name]]:
    rows = db.session.execute(
        select(Venue.city, Venue.council_code, func.avg(Venue.latitude), func.avg(Venue.longitude), func.count())
        .where(Venue.id.in_(in_sight()), Venue.city != "")
        .group_by(Venue.city, Venue.council_code)
        .order_by(func.count().desc(), Venue.city, Venue.council_code)
    )
    found: dict[str, list[Name]] = {}
    for city, council, latitude, longitude, _ in rows:
        held = found.setdefault(key_of(city), [])
        # One town on both sides of a boundary is one town; the side with more venues speaks for it.
        if all(distance_km(name.latitude, name.longitude, latitude, longitude) > SAME_PLACE_KM for name in held):
            held.append(Name(city.strip(), council_name(council), "", "n", latitude, longitude))
    found.pop("", None)
    return found


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
