"""A small atlas for tests: four villages and a town in two councils, of one of which some list tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from directory.areas import kept
from directory.areas.population import About, Areas
from directory.queries import atlas as queries
from directory.queries import supply
from tests.make import HOLT, TODAY

NORTH_NORFOLK, NORFOLK, HIGHLAND = "E07000147", "E10000020", "S12000017"
# Name, latitude, longitude, people, rural, decile, council, outward code. The first is Holt itself.
AREAS = (
    ("Holt", HOLT[0], HOLT[1], 4000.0, 0, 10, NORTH_NORFOLK, "NR25"),
    ("Glandford", HOLT[0] + 0.03, HOLT[1] - 0.05, 800.0, 1, 9, NORTH_NORFOLK, "NR25"),
    ("Fakenham", 52.8300, 0.8480, 7000.0, 0, 3, NORTH_NORFOLK, "NR21"),
    ("Horsey", 52.7490, 1.6500, 300.0, 1, 1, NORTH_NORFOLK, "NR29"),
    ("Durness", 58.5680, -4.7460, 350.0, 1, 5, HIGHLAND, "IV27"),
)
NOBODY = ("The sea", 53.1, 1.3, float("nan"), -1, 0, NORTH_NORFOLK, "")


def areas(rows: Any = (*AREAS, NOBODY), *, is_estimate: bool = False) -> Areas:
    name, latitude, longitude, people, rural, decile, council, outcode = zip(*rows, strict=True)
    return Areas(
        code=np.array([f"X{number:03}" for number in range(len(rows))]),
        name=np.array(name),
        latitude=np.array(latitude),
        longitude=np.array(longitude),
        population=np.array(people),
        rural=np.array(rural, np.int8),
        decile=np.array(decile, np.int8),
        council=np.array(council),
        outcode=np.array(outcode),
        about=About("invented areas", "areas.csv", "2026-11-01", is_estimate=is_estimate, rural_is_estimate=is_estimate),
    )


def reckon(app: Any, small: Areas | None = None, *, first: str = "", today: Any = TODAY) -> kept.Stored:
    """The atlas of what is in the database, over these areas; the first subject may be given another name for its address."""
    found = supply.supply(today=today)
    if first:
        found = replace(found, subjects=(replace(found.subjects[0], slug=first), *found.subjects[1:]))
    made_at = f"{today.isoformat()}T10:00:00+00:00"
    folder = Path(app.config["ATLAS_FOLDER"])
    return kept.refresh(
        folder,
        small if small is not None else areas(),
        found,
        authority_of=queries.authority_of,
        made_at=made_at,
        stamp="invented",
    )
