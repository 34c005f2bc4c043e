"""What stands in for small areas until a file of them is loaded: postcode sectors, weighted by how many postcodes they hold."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from directory.areas.population import COUNTRY, TOWN, About, Areas

SOURCE = "postcode sectors"
# Square kilometres a postcode, of the circle that holds nine tenths of a sector: sparser than this is taken for the country.
# Chosen on the small areas of 2011, whose own class it gives for 88 in 100 postcodes.
SPARSE_KM2 = 0.2125
LEAST_UNITS = 5


def from_sectors(sectors: Iterable[tuple[str, float, float, int, float, str]]) -> Areas:
    """Areas from (code, latitude, longitude, postcodes, radius in km, council) of each sector; nearly empty ones are left out."""
    kept = [sector for sector in sectors if sector[3] >= LEAST_UNITS]
    code, latitude, longitude, units, radius, council = zip(*kept, strict=True) if kept else ((),) * 6
    many, across = np.array(units, np.float64), np.array(radius, np.float64)
    return Areas(
        code=np.array(code, dtype="U9"),
        name=np.array([f"{each[:-1]} {each[-1]}" for each in code], dtype="U9"),
        latitude=np.array(latitude, np.float64),
        longitude=np.array(longitude, np.float64),
        population=many,
        rural=np.where(np.pi * across**2 / np.maximum(many, 1) > SPARSE_KM2, COUNTRY, TOWN).astype(np.int8),
        decile=np.zeros(len(kept), np.int8),
        council=np.array(council, dtype="U9"),
        outcode=np.array([each[:-1] for each in code], dtype="U4"),
        about=About(source=SOURCE, file="", loaded_at="", is_estimate=True, rural_is_estimate=True),
    )
