"""Which listings hold the concepts of a question, and how well: BM25F over the terms of whatever engine answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
# A word that nothing here was written with was wanted all the same: then a word in passing is not enough.
MISSING = 3.0
# What tells next to nothing beside other words ("my mum would like"), in a share of what it would tell.
LIGHT = 0.1
# Among a dozen listings a word in two of them says nothing of how common it is: rarity is told as if in this many.
SMALLEST = 1_000
# How much of what was wanted a listing holds is told in so many steps; within a step the score decides.
STEPS = 5

# Ways of holding a concept do not all say as much. A score counts each for so much of its weight, and a listing that has
# only such a way holds the concept to that extent, so that it comes later and does not keep search from going further.
BROAD = 0.5  # a need where an activity is named as well; what a golf club shares with every other sport
APART = 0.5  # the words of a phrase, anywhere in the text
SAID = 0.4  # other ways of saying it, where few were found
PASSING = 0.6  # a word in the description alone, whose weight is below this:
IN_PASSING = 0.36
# A word in a name weighs at least this much, and a name that somebody remembers has so many words at most.
IN_NAME = 0.7
LONGEST_NAME = 6
# Each such way counts for so much in the score of what holds the concept anyhow: of all that help with loneliness, those
# that speak of it come first.
SPOKEN_OF = 0.3
# So few found, and what the vocabulary says of the concept is looked for as words as well.
FEW = 5
# Of more than so many, a table tells who is among them; fewer are searched.
FEW_TO_SEARCH = 256


@dataclass(frozen=True)
class Told:
    """Of some positions, those that hold enough of what was wanted: where they stand among them, ascending; how much of it
    each holds, in steps; and its score, above 0."""

    place: Array
    steps: Array
    score: Array


@dataclass
class Held:
    """The positions that hold one concept, ascending, with their scores, and to what extent each holds it, 0 to 1."""

    ids: Array
    weights: Array
    extent: Array
    size: int  # of the catalogue
    is_plain: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """With the tables that asking may come to need."""
        table = self.size if len(self.ids) > FEW_TO_SEARCH else 0
        return self.ids.nbytes + 2 * (self.weights.nbytes + self.extent.nbytes) + table + 300

    @cached_property
    def rows(self) -> Array:
        """(n, 3) float32: to what extent each holds it, the same where holding it broadly will do, and the score."""
        firm = np.where(self.extent >= BROAD, np.float32(1.0), self.extent)
        return np.column_stack([self.extent, firm, self.weights]).astype(np.float32, copy=False)

    @cached_property
    def _is_among(self) -> Array:
        among = np.zeros(self.size, bool)
        among[self.ids] = True
        return among

    def at(self, positions: Array) -> tuple[Array, Array]:
        """Which of the positions hold it, as their places, and where each of those stands in `ids`."""
        if not len(self.ids):
            return NO_POSTINGS.ids, NO_POSTINGS.ids
        if len(self.ids) > FEW_TO_SEARCH:
            # One look at a table for most, a search only for those that are there.
            place = self._is_among[positions].nonzero()[0]
            return place, np.searchsorted(self.ids, positions[place].astype(self.ids.dtype))
        stands = np.minimum(np.searchsorted(self.ids, positions.astype(self.ids.dtype)), len(self.ids) - 1)
        place = (self.ids[stands] == positions).nonzero()[0]
        return place, stands[place]


class Match:
    """What a question's words come to in a whole catalogue, asked of any positions in it."""

    def __init__(self, concepts: Sequence[Concept], found: Sequence[Held], names: Array, size: int) -> None:
        """`found` is who holds each concept, `names` whoever is called by all the words, `size` the number of listings."""
        sizes = [len(each) for each in found]
        light = [LIGHT if concept.light else 1.0 for concept in concepts]
        if not any(each for each, concept in zip(sizes, concepts, strict=True) if not concept.light):
            light = [1.0] * len(concepts)
        plain = [less * rarity(each, size) if each else 0.0 for each, less in zip(sizes, light, strict=True)]
        stressed = [UNDERSTOOD if concept.tokens else 1.0 for concept in concepts]
        telling = [each * stress for each, stress in zip(plain, stressed, strict=True)]
        self.names = names
        self.told, self.told_plainly = sum(telling), sum(plain)
        # What nothing in the catalogue contains cannot be wanted of it, but a word in passing does not stand in for it.
        wished = [each for each, concept in zip(sizes, concepts, strict=True) if not concept.light]
        self.lacking = MISSING if len(wished) <= SHORT and 0 in wished else 0.0
        self.held = []
        for each, tells, tells_plainly, less, stress in zip(found, telling, plain, light, stressed, strict=True):
            if len(each):
                # From a row of what it holds to share, enough, plainly enough, score; a word in passing is not enough
                # where another is lacking.
                counts = np.zeros((3, 4), np.float32)
                counts[0, 0], counts[2, 3] = tells, less * stress
                counts[0 if self.lacking and each.is_plain else 1, 1:3] = tells, tells_plainly
                self.held.append((each, counts))
        self.wanted = ENOUGH * min(1.0, SHORT / max(1, len(self.held))) - 1e-6
        # A name may be made of words that mean something else besides, so they may be enough as plain words too.
        self.is_mixed = len({bool(concept.tokens) for concept in concepts}) > 1

    def of(self, positions: Array) -> Told:
        """What the words come to at these positions, each of which may stand there more than once."""
        if len(self.held) == 1:
            (held, counts), *_ = self.held
            place, stands = held.at(positions)
            rows = held.rows[stands]
            if self.lacking:
                keep = (rows @ counts)[:, 1] >= ENOUGH * (self.told + self.lacking)
                place, rows = place[keep], rows[keep]
            return self._told(positions, place, rows[:, 0], rows[:, 2])
        sums = np.zeros((len(positions), 4), np.float32)
        for held, counts in self.held:
            place, stands = held.at(positions)
            sums[place] += held.rows[stands] @ counts
        keep = sums[:, 1] >= self.wanted * (self.told + self.lacking)
        if self.is_mixed:
            keep |= sums[:, 2] >= self.wanted * (self.told_plainly + self.lacking)
        place = (keep & (sums[:, 3] > 0.0)).nonzero()[0]
        found = sums[place]
        return self._told(positions, place, found[:, 0] / (self.told or 1.0), found[:, 3])

    def _told(self, positions: Array, place: Array, extent: Array, score: Array) -> Told:
        steps = np.ceil(extent * STEPS - 1e-5).astype(np.uint8)
        if len(self.names) and len(place):
            stands = np.minimum(np.searchsorted(self.names, positions[place]), len(self.names) - 1)
            steps[self.names[stands] == positions[place]] = STEPS + 1
        return Told(place, steps, score)


def holding(
    concept: Concept, postings: Callable[[str], Postings], with_phrase: Callable[[tuple[str, ...], Array], Array], size: int
) -> Held:
    """The listings that hold one concept: by a term of the vocabulary, or by all of its words; `size` listings in all.

    Any way will do to hold it, but the score adds them up, each by its rarity: of all that help with food, those that
    call themselves a food bank come first.
    """
    ways: list[tuple[Postings, float]] = []
    in_words = all_of([postings(word) for word in concept.words]) if concept.words else NO_POSTINGS
    if concept.together and len(in_words):
        kept = np.isin(in_words.ids, with_phrase(concept.words, in_words.ids))
        in_words = Postings(in_words.ids[kept], in_words.weights[kept])
    is_narrow = any(not token.startswith("need:") for token in concept.tokens)
    for token in concept.tokens:
        is_broad = token not in concept.named and (is_narrow if token.startswith("need:") else len(in_words) > 0)
        ways.append((postings(token), BROAD if is_broad else 1.0))
    ways.append((in_words, APART if concept.apart else 1.0))
    for taught in concept.also:
        also = all_of([as_postings(holding(each, postings, with_phrase, size)) for each in taught])
        ways.append((also, 1.0))
    if concept.sayings and sum(len(way) for way, _ in ways) < FEW:
        ways.append((any_of([all_of([postings(word) for word in saying]) for saying in concept.sayings]), SAID))
        if len(concept.words) > 1:
            ways.append((any_of([postings(word) for word in concept.words]), SAID))
    held = summed([(way, say) for way, say in ways if len(way)], size, is_plain=not concept.tokens)
    for (word,) in (saying for saying in concept.sayings if len(saying) == 1):
        spoken_of(held, postings(word), size)
    return held


def spoken_of(held: Held, way: Postings, size: int) -> None:
    """Raises the score of those that hold a concept already and speak of it besides. Changes `held`, which is new."""
    if len(held) and len(way):
        place = np.minimum(np.searchsorted(way.ids, held.ids), len(way) - 1)
        says = np.float32(SPOKEN_OF * rarity(len(way), size))
        held.weights[:] += (way.ids[place] == held.ids) * way.weights[place] * says


def called(concepts: Sequence[Concept], named: Callable[[str], Postings]) -> Array:
    """What has every word of the question in its name, or as good as: somebody asks for it by its name.

    `named` tells which listings have a word in their name.
    """
    terms = list(dict.fromkeys(word for concept in concepts if not concept.light for word in concept.words))
    if not 1 < len(terms) <= LONGEST_NAME:
        return NO_POSTINGS.ids
    return all_of([named(term) for term in terms]).ids


def in_names(way: Postings) -> Postings:
    """Those of a word's postings that weigh as much as a name makes them."""
    strong = way.weights >= IN_NAME
    return Postings(way.ids[strong], way.weights[strong])


def as_postings(held: Held) -> Postings:
    return Postings(held.ids, held.weights)


def summed(ways: Sequence[tuple[Postings, float]], size: int, *, is_plain: bool) -> Held:
    """What any way finds: the sum of the weights, each by its rarity, and the greatest extent."""
    if not ways:
        return Held(NO_POSTINGS.ids, NO_POSTINGS.weights, NO_POSTINGS.weights, size)
    ids = np.concatenate([way.ids for way, _ in ways])
    weights = np.concatenate([way.weights * np.float32(say * rarity(len(way), size)) for way, say in ways])
    extent = np.concatenate([np.full(len(way), say, np.float32) for way, say in ways])
    if is_plain:
        extent[np.concatenate([way.weights for way, _ in ways]) < IN_PASSING] *= np.float32(PASSING)
    if len(ways) == 1:
        return Held(ids, weights, extent, size, is_plain)
    order = np.argsort(ids, kind="stable")  # a merge, as each part is in order
    ids = ids[order]
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    return Held(ids[first], np.add.reduceat(weights[order], first), np.maximum.reduceat(extent[order], first), size, is_plain)


def any_of(ways: Sequence[Postings]) -> Postings:
    """What is in any, with the greatest weight."""
    ways = [way for way in ways if len(way)]
    if len(ways) <= 1:
        return ways[0] if ways else NO_POSTINGS
    ids = np.concatenate([way.ids for way in ways])
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    return Postings(ids[first], np.maximum.reduceat(np.concatenate([way.weights for way in ways])[order], first))


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
