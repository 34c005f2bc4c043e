"""What would change if one more listing opened somewhere: one distance to every area, laid over what is stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from directory.areas.atlas import KM_A_MILE, MILES, REACHES_KM, WEIGHTS, arcs, on_sphere, square_of
from directory.areas.kept import Stored
from directory.areas.population import COUNTRY


@dataclass(frozen=True)
class Opened:
    """People are counted by the middle of their area; four figures stand for 1, 3, 5 and 10 miles.

    `within` live that near to the new place; `reached` of them had nothing so near. `nearer` have it as their nearest, which
    saves them `saved_km` in the middle. `before` and `after` are supply per 1,000 people, for those within ten miles.
    """

    within: tuple[int, ...]
    reached: tuple[int, ...]
    reached_country: tuple[int, ...]
    nearer: int
    saved_km: float | None
    before: float | None
    after: float | None
    not_known: int  # of those within ten miles, people in councils whose supply is not known


def opened(atlas: Stored, subject: int, latitude: float, longitude: float) -> Opened:
    """One listing of this subject more, at this point (WGS84 degrees). Nothing is written."""
    areas = atlas.areas()
    apart = on_sphere(np.asarray(areas.latitude), np.asarray(areas.longitude)) - on_sphere(
        np.array([latitude]), np.array([longitude])
    )
    squares = (apart * apart).sum(axis=0)
    near = np.flatnonzero(squares <= square_of(MILES[-1] * KM_A_MILE))
    distance = arcs(squares[near]).astype(np.float64)
    people = np.nan_to_num(np.asarray(areas.population)[near])
    known = np.asarray(atlas.column("known")[subject])[near]
    now = np.nan_to_num(np.asarray(atlas.column("nearest")[subject])[near].astype(np.float64), nan=np.inf)
    country = np.asarray(areas.rural)[near] == COUNTRY
    counted = np.where(known, people, 0.0)

    def of(chosen: np.ndarray) -> int:
        return round(float(counted[chosen].sum()))

    inside = [distance <= reach_km for reach_km in REACHES_KM]
    new = [mine & (now > reach_km) for mine, reach_km in zip(inside, REACHES_KM, strict=True)]
    nearer = distance < now
    # What everybody had shares no demand with the newcomer in this method, so its share is simply added.
    weight = np.select(inside, WEIGHTS, 0.0)
    demand = float((people * weight).sum())
    gained = 1000.0 * weight / demand if demand else np.zeros(len(near))
    before = np.nan_to_num(np.asarray(atlas.column("ratio")[subject])[near].astype(np.float64))
    total = float(counted.sum())
    saving = nearer & np.isfinite(now) & (counted > 0)
    return Opened(
        within=tuple(of(mine) for mine in inside),
        reached=tuple(of(mine) for mine in new),
        reached_country=tuple(of(mine & country) for mine in new),
        nearer=of(nearer),
        saved_km=_middle(now[saving] - distance[saving], counted[saving]) if saving.any() else None,
        before=float((before * counted).sum()) / total if total else None,
        after=float(((before + gained) * counted).sum()) / total if total else None,
        not_known=round(float(people.sum() - total)),
    )


def _middle(values: np.ndarray, weights: np.ndarray) -> float:
    """The value that half of the weight lies below."""
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
