"""Why a row stands where it stands, in figures, for curators: worked out for the rows of one page, and only when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from directory.ranking import texts
from directory.ranking.filters import Entries
from directory.ranking.policy import Order
from directory.ranking.questions import REASONS, Hit
from directory.ranking.words import Heard


@dataclass(frozen=True)
class Held:
    """One thing wanted that a listing holds, and how much that adds to its text score."""

    typed: str
    weight: float


@dataclass(frozen=True)
class Explained:
    """The factors of one row; their product decides within a step. Without words there is no step, and `text` is 1."""

    text: float
    closeness: float
    freshness: float
    room: float
    step: int | None
    held: tuple[Held, ...]

    @property
    def score(self) -> float:
        return self.text * self.closeness * self.freshness * self.room


def explained(hits: Sequence[Hit], order: Order, heard: Sequence[Heard], holdings: Sequence[texts.Held]) -> tuple[Hit, ...]:
    """The hits with their factors, as `order` weighs them. `holdings` are the positions that hold each thing `heard`."""
    if not hits:
        return ()
    columns, found = order.columns, order.found
    position = columns.positions(np.array([hit.listing_id for hit in hits]))
    entries = Entries(
        position,
        np.array([REASONS.index(hit.reason) for hit in hits]),
        np.array([np.nan if hit.distance_km is None else hit.distance_km for hit in hits]),
        np.full(len(hits), -1),
    )
    text: texts.Array = np.ones(len(hits))
    step: list[int | None] = [None] * len(hits)
    if found is not None:
        told = found.of(position)
        text[told.place] = told.score
        for place, each in zip(told.place.tolist(), told.steps.tolist(), strict=True):
            step[place] = each
    factors = zip(text, order.closeness(entries), order.freshness(position), order.room(position), step, strict=True)
    return tuple(
        hit._replace(explained=Explained(*map(float, each[:4]), each[4], held_at(at, heard, holdings)))
        for hit, at, each in zip(hits, position.tolist(), factors, strict=True)
    )


def held_at(position: int, heard: Sequence[Heard], holdings: Sequence[texts.Held]) -> tuple[Held, ...]:
    """What the listing at a position holds, in the order typed."""
    told = []
    for each, holding in zip(heard, holdings, strict=True):
        at = int(np.searchsorted(holding.ids, position))
        if at < len(holding) and holding.ids[at] == position:
            told.append(Held(each.typed, float(holding.weights[at])))
    return tuple(told)
