"""Which listings hold the concepts of a question, and how well: BM25F over the terms of whatever engine answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from directory.indexes.columns import Columns
from directory.indexes.postings import NO_POSTINGS, Postings
from directory.ranking.words import Concept

Array = NDArray[Any]

# All concepts are wanted, most are enough: those found must carry this share of what all of them tell together, told by
# their rarity. Of two equal ones either will do, and both come first; of three, two. In "gardening group" gardening will
# do and group will not.
ENOUGH = 0.35
# A sentence has many words that no listing was written with: beyond so many, the share that is enough falls.
SHORT = 3
# What the vocabulary understood tells more than a word that may only be in passing.
UNDERSTOOD = 2.0
# The rarest word tells no more than this, or one odd word would outvote a plain need.
MOST_TELLING = 6.0
# Among a dozen listings a word in two of them says nothing of how common it is: rarity is told as if in this many.
SMALLEST = 1_000
# How much of what was wanted a listing holds is told in so many steps; within a step the score decides.
STEPS = 5


# What a word only points to counts for so much of what was named.
HINTED = 0.3
# A need is broad; where an activity or an audience is named as well, it says the less.
BROAD = 0.5
# What tells next to nothing beside other words, in a share of what it would tell.
LIGHT = 0.1


@dataclass(frozen=True)
class Matched:
    """Positions, each once, in no order; how much of what was wanted each holds, in steps; and its score, above 0."""

    positions: Array
    steps: Array
    score: Array

    @property
    def nbytes(self) -> int:
        return self.positions.nbytes + self.steps.nbytes + self.score.nbytes + 200


def matched(
    concepts: Sequence[Concept],
    columns: Columns,
    postings: Callable[[str], Postings],
    with_phrase: Callable[[tuple[str, ...], Array], Array],
) -> Matched:
    """What answers the concepts anywhere in the catalogue. `postings` and `with_phrase` speak in positions."""
    found = [holding(concept, postings, with_phrase, len(columns)) for concept in concepts]
    sizes = [len(each) for each in found]
    # What nothing in the catalogue contains cannot be wanted of it: the other words decide.
    plain = [rarity(size, len(columns)) if size else 0.0 for size in sizes]
    light = [LIGHT if concept.light else 1.0 for concept in concepts]
    if not any(size for size, each in zip(sizes, light, strict=True) if each == 1.0):
        light = [1.0] * len(concepts)
    plain = [each * less for each, less in zip(plain, light, strict=True)]
    telling = [each * (UNDERSTOOD if concept.tokens else 1.0) for concept, each in zip(concepts, plain, strict=True)]
    if sum(size > 0 for size in sizes) <= 1:
        only = next((each for each in found if len(each)), NO_POSTINGS)
        return Matched(only.ids.astype(np.int64), np.full(len(only), STEPS, np.uint8), only.weights)
    everywhere = np.concatenate([each.ids for each in found]).astype(np.int64)
    # Each listing once: of several writes to one slot the last stays, so a listing's last place stands for it.
    slots = columns.scratch()
    slots[everywhere] = np.arange(len(everywhere))
    positions = everywhere[slots[everywhere] == np.arange(len(everywhere))]
    slots[positions] = np.arange(len(positions))
    place = slots[everywhere]
    told = np.repeat(telling, sizes)
    share = np.bincount(place, told, len(positions)) / sum(telling)
    stress = np.repeat(
        [less * (UNDERSTOOD if concept.tokens else 1.0) for concept, less in zip(concepts, light, strict=True)], sizes
    )
    score = np.bincount(place, stress * np.concatenate([each.weights for each in found]), len(positions))
    wanted = ENOUGH * min(1.0, SHORT / sum(size > 0 for size in sizes)) - 1e-9
    # A name may be made of words that mean something else besides, so they may be enough as plain words too.
    enough = share >= wanted
    if len({bool(concept.tokens) for concept in concepts}) > 1:
        enough |= np.bincount(place, np.repeat(plain, sizes), len(positions)) / sum(plain) >= wanted
    steps = np.ceil(share[enough] * STEPS - 1e-6).astype(np.uint8)
    return Matched(positions[enough], steps, score[enough].astype(np.float32))


def holding(
    concept: Concept, postings: Callable[[str], Postings], with_phrase: Callable[[tuple[str, ...], Array], Array], size: int
) -> Postings:
    """The listings that hold one concept: by a term of the vocabulary, or by all of its words; `size` listings in all.

    Any way will do to hold it, but the score adds them up, each by its rarity: of all that help with food, those that
    call themselves a food bank come first.
    """
    narrow = any(not token.startswith("need:") for token in concept.tokens)
    ways = [(postings(token), BROAD if narrow and token.startswith("need:") else 1.0) for token in concept.tokens]
    ways += [(postings(token), HINTED) for token in concept.hints]
    if concept.words:
        together = all_of([postings(word) for word in concept.words])
        if concept.together and len(together):
            kept = np.isin(together.ids, with_phrase(concept.words, together.ids))
            together = Postings(together.ids[kept], together.weights[kept])
        ways.append((together, 1.0))
    ways = [Postings(way.ids, way.weights * np.float32(say * rarity(len(way), size))) for way, say in ways if len(way)]
    for taught in concept.also:
        also = all_of([holding(each, postings, with_phrase, size) for each in taught])
        ways += [also] if len(also) else []
    if len(ways) <= 1:
        return ways[0] if ways else NO_POSTINGS
    ids = np.concatenate([way.ids for way in ways])
    order = np.argsort(ids, kind="stable")  # a merge, as each part is in order
    ids = ids[order]
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    return Postings(ids[first], np.add.reduceat(np.concatenate([way.weights for way in ways])[order], first))


def all_of(ways: Sequence[Postings]) -> Postings:
    """What is in every one, with the mean weight; the rarest first, so that a common word costs little."""
    if len(ways) == 1:
        return ways[0]
    ordered = sorted(ways, key=len)
    ids, weights = ordered[0].ids, ordered[0].weights
    for way in ordered[1:]:
        if not len(ids) or not len(way):
            return NO_POSTINGS
        place = np.minimum(np.searchsorted(way.ids, ids), len(way) - 1)
        both = way.ids[place] == ids
        ids, weights = ids[both], weights[both] + way.weights[place[both]]
    return Postings(ids, weights / np.float32(len(ways)))


def rarity(found: int, size: int) -> float:
    """How much it tells that a listing holds a concept: the inverse document frequency of BM25, never below zero."""
    size = max(size, SMALLEST)
    return min(float(np.log1p((size - found + 0.5) / (found + 0.5))), MOST_TELLING)
