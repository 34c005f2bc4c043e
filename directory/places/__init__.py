"""From what somebody typed to a point and the areas that hold it; no other package knows postcodes or the geocoder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where somebody is searching from.

    `precision` is postcode, sector, outcode, place or point. `within_km` holds 90 % of the doubt: 0 for a full
    postcode. `area_codes` are all coverage codes that contain it: outward code, council, county, country, K02000001.
    `start_radius_mi` is the smallest radius that makes sense here: 3, or 5 for a city.
    `note` is a sentence to show beside the label, empty when there is nothing to add.
    """

    label: str
    precision: str
    latitude: float
    longitude: float
    within_km: float = 0.0
    outcode: str = ""
    council_code: str = ""
    council_name: str = ""
    area_codes: tuple[str, ...] = ()
    start_radius_mi: float = 3.0
    note: str = ""
