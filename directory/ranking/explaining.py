"""Why a row stands where it stands, in figures, for curators: worked out for the rows of one page, and only when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from directory.indexes.ways import Around, only
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


def explained(
    hits: Sequence[Hit], order: Order, heard: Sequence[Heard], holdings: Sequence[texts.Word | texts.Held]
) -> tuple[Hit, ...]:
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
    order_, starts = columns.ways.by_listing()
    ways = order_[starts[position]]  # any way of a listing holds the same words
    places = {way: place for place, way in enumerate(ways.tolist())}
    around = only(columns.ways, np.unique(ways))
    if found is not None:
        told = found.of(around)
        for way, each, score in zip(told.ways.tolist(), told.steps.tolist(), told.score.tolist(), strict=True):
            text[places[way]], step[places[way]] = score, each
    held = held_at(around, heard, holdings)
    factors = zip(text, order.closeness(entries), order.freshness(position), order.room(position), step, strict=True)
    return tuple(
        hit._replace(explained=Explained(*map(float, each[:4]), each[4], held.get(way, ())))
        for hit, way, each in zip(hits, ways.tolist(), factors, strict=True)
    )


def held_at(around: Around, heard: Sequence[Heard], holdings: Sequence[texts.Word | texts.Held]) -> dict[int, tuple[Held, ...]]:
    """What the listing of each way holds, in the order typed."""
    found: dict[int, tuple[Held, ...]] = {}
    for each, holding in zip(heard, holdings, strict=True):
        part = holding.around(around)
        for way, weight in zip(part.ways.tolist(), part.score.tolist(), strict=True):
            found[way] = (*found.get(way, ()), Held(each.typed, weight))
    return found
