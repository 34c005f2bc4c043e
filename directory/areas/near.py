"""How far it is from what has a code: the areas of outward codes and councils, their middle person, and how rural they are."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from functools import lru_cache

import numpy as np

from directory.areas.kept import Stored
from directory.areas.population import COUNTRY, NOT_KNOWN

Reach = tuple[float, float]  # km to the nearest, and the people who have it so far


def middle_km(reaches: Iterable[Reach]) -> float | None:
    """How far the middle person has to go; None where nobody is. The same middle as in `summaries.figures`."""
    ordered = sorted(reaches)
    total, passed = sum(people for _, people in ordered), 0.0
    for km, people in ordered:
        passed += people
        if passed >= total / 2:
            return km
    return None


def reaches(atlas: Stored, subject: int, codes: Collection[str]) -> dict[str, list[Reach]]:
    """By outward code or council, its inhabited areas for which the supply is known and something is listed."""
    found: dict[str, list[Reach]] = {}
    wanted = np.array(sorted(codes), dtype=str)
    if not len(wanted):
        return found
    for name in ("outcode", "council"):
        column = atlas.column(name)
        here = np.flatnonzero(np.isin(column, wanted))
        km, people = atlas.column("nearest")[subject][here], np.nan_to_num(atlas.column("population")[here])
        usable = atlas.column("known")[subject][here] & np.isfinite(km) & (people > 0)
        for code, far, many in zip(column[here][usable].tolist(), km[usable].tolist(), people[usable].tolist(), strict=True):
            found.setdefault(code, []).append((far, many))
    return found


@lru_cache(maxsize=2)
def country_shares(atlas: Stored) -> dict[str, float]:
    """By outward code and council, the share of its people who live in villages and country, 0 to 1; only where it is known.

    Worked out once for each atlas.
    """
    rural, people = atlas.column("rural"), np.nan_to_num(atlas.column("population"))
    told = np.flatnonzero((rural != NOT_KNOWN) & (people > 0))
    found: dict[str, float] = {}
    for name in ("outcode", "council"):
        codes, which = np.unique(atlas.column(name)[told], return_inverse=True)
        whole = np.bincount(which, people[told])
        country = np.bincount(which, np.where(rural[told] == COUNTRY, people[told], 0.0))
        found |= {code: share for code, share in zip(codes.tolist(), (country / whole).tolist(), strict=True) if code}
    return {code: share for code, share in found.items() if math.isfinite(share)}
