"""How far one listing is from a place; search has its own way for many at once."""

from __future__ import annotations

from directory import places
from directory.models import Listing
from directory.search import MILE_KM


def distance_mi(listing: Listing, place: places.Place) -> float | None:
    """Miles in a straight line to its nearest venue; None without a known point, and always for a secret address."""
    if listing.confidential_location:
        return None
    venues = {session.venue for session in listing.sessions if session.venue is not None}
    return min(
        (
            places.distance_km(place.latitude, place.longitude, venue.latitude, venue.longitude) / MILE_KM
            for venue in venues
            if venue.latitude is not None and venue.longitude is not None
        ),
        default=None,
    )
