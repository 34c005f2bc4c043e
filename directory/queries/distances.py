"""Where one listing stands as seen from a place: how far each of its venues is, and why it would be among the results."""

from __future__ import annotations

from datetime import datetime

from directory import places
from directory.models import Listing, Mode
from directory.models.recurrence import LONDON
from directory.queries.listings import COUNTRIES, UNITED_KINGDOM, Result, result_of
from directory.search import MILE_KM, Hit

FURTHEST_MI = 40.0  # how far a search goes by itself


def to_venues(listing: Listing, place: places.Place) -> dict[int, float]:
    """Miles in a straight line by venue id, of those with a known point; empty for a secret address."""
    return {
        venue.id: places.distance_km(place.latitude, place.longitude, venue.latitude, venue.longitude) / MILE_KM
        for venue in listing.venues
        if venue.latitude is not None and venue.longitude is not None
    }


def seen_from(listing: Listing, place: places.Place, *, radius_mi: float | None, now: datetime) -> Result | None:
    """The listing as a search round `place` would show it; None when such a search would not find it.

    `radius_mi` is that of the search, None for as far as it goes by itself. The order of reasons is that of the results:
    a building within reach, a mobile stop, its area, a visit at home, online or by phone, the country.
    """
    reach_mi = radius_mi or FURTHEST_MI
    miles = {venue: away for venue, away in to_venues(listing, place).items() if away <= reach_mi}
    stops = {session.venue_id for session in listing.sessions if session.mode is Mode.STOP}
    if miles:
        venue = min(miles, key=lambda venue: (venue in stops, miles[venue]))
        hit = Hit(listing.id, "stop" if venue in stops else "nearby", miles[venue] * MILE_KM, venue)
    elif reason := reason_without_a_journey(listing, place):
        hit = Hit(listing.id, reason, None, None)
    else:
        return None
    return result_of(hit, listing, place, now.astimezone(LONDON))


def reason_without_a_journey(listing: Listing, place: places.Place) -> str:
    """Why a listing with no venue within reach is still for somebody at `place`; empty when it is not."""
    holding = [
        coverage
        for coverage in listing.coverages
        if coverage.area_code in place.area_codes
        or (
            coverage.radius_km is not None
            and coverage.latitude is not None
            and coverage.longitude is not None
            and places.distance_km(place.latitude, place.longitude, coverage.latitude, coverage.longitude) <= coverage.radius_km
        )
    ]
    wide = {UNITED_KINGDOM, *COUNTRIES}
    has_point = any(venue.latitude is not None for venue in listing.venues)
    is_elsewhere = listing.home_visits or listing.online or listing.by_phone
    if any(coverage.area_code not in wide for coverage in holding) and (listing.at_venue or has_point or not is_elsewhere):
        return "covers"
    if holding and listing.home_visits:
        return "comes_to_you"
    if (listing.online or listing.by_phone) and (holding or not listing.coverages):
        return "online"
    return "national" if holding and not has_point else ""
