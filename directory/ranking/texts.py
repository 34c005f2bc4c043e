"""Which listings hold the concepts of a question, and how well: BM25F over the terms of whatever engine answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from directory.indexes.columns import Columns
from directory.indexes.packed import BITS, MASK, WEIGHT_OF, Spread, cut
from directory.indexes.ways import Around
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


def in_steps(extent: Array) -> Array:
    """The extent to which what was wanted is held, from 0 to 1, in steps; above 0 it is one at least."""
    steps: Array = np.ceil(extent * STEPS - 1e-5).astype(np.uint8)
    return steps


# By the steps of its weight, to what extent a plain word is held; and the same in steps of its own.
EXTENT_OF = np.where(np.less(WEIGHT_OF, np.float32(IN_PASSING)), np.float32(PASSING), np.float32(1.0)).astype(np.float32)
STEPS_OF = in_steps(EXTENT_OF)
IN_NAME_STEP = int(np.argmax(np.greater_equal(WEIGHT_OF, np.float32(IN_NAME))))


@dataclass(slots=True)
class Told:
    """Of the ways looked at, those that hold enough of what was wanted, those without a journey first; how much of it each
    holds, in steps; and its score, above 0."""

    ways: Array
    steps: Array
    score: Array


@dataclass(frozen=True)
class Found:
    """Ways, ascending, with a weight for each, and how many listings that are."""

    ways: Array
    weights: Array
    listings: int

    def __len__(self) -> int:
        return self.listings


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.float32), 0)


class Part(NamedTuple):
    """Of the ways that a question looks at, those that hold a concept, and how many they are in each stretch; the extent to
    which each does, from 0 to 1, the same where holding it broadly will do (None: all of them wholly), and the score."""

    ways: Array
    lengths: Array
    extent: Array
    firm: Array | None
    score: Array


class Word:
    """A plain word as a concept: nothing of it is worked out but around a place. Its length is in listings."""

    is_plain = True

    def __init__(self, spread: Spread, size: int) -> None:
        """`size` is the number of listings in the catalogue."""
        self.spread = spread
        self.rarity = np.float32(rarity(len(spread), size))

    def __len__(self) -> int:
        return len(self.spread)

    def around(self, around: Around) -> Part:
        packed, lengths = self.spread.around(around)
        steps = packed & MASK
        return Part(packed >> BITS, lengths, EXTENT_OF.take(steps), None, WEIGHT_OF.take(steps) * self.rarity)

    def alone(self, around: Around) -> Told:
        """What it comes to where nothing else is asked for."""
        packed, _ = self.spread.around(around)
        steps = packed & MASK
        return Told(packed >> BITS, STEPS_OF.take(steps), WEIGHT_OF.take(steps) * self.rarity)


class Held:
    """The ways that hold one concept, ascending, with what each holds, as `Part` tells it. Worked out as a whole.

    Nine bytes a way at most, because a common need is held by a good part of the catalogue, and all that are asked for have
    to be kept: there are few extents, so a way has the number of its own, or nothing where there is but one.
    """

    def __init__(self, ways: Array, weights: Array, extent: Array, listings: int, *, is_plain: bool) -> None:
        self.ways, self.weights, self.listings, self.is_plain = ways, weights, listings, is_plain
        self.extents, level = np.unique(extent, return_inverse=True)
        self.level = level.astype(np.uint8) if len(self.extents) > 1 else None
        firms = np.where(self.extents >= BROAD, np.float32(1.0), self.extents)
        self.firms = firms if (firms < 1.0).any() else None

    def __len__(self) -> int:
        return self.listings

    @property
    def nbytes(self) -> int:
        return int(self.ways.nbytes + self.weights.nbytes + (0 if self.level is None else self.level.nbytes)) + 500

    def around(self, around: Around) -> Part:
        at = self.ways.searchsorted(around.keys(0, self.ways.dtype))
        bounds = at.tolist()
        stretches = [(first, last) for first, last in zip(bounds[::2], bounds[1::2], strict=True) if first < last]
        ways, weights = cut(self.ways, stretches), cut(self.weights, stretches)
        if self.level is None:
            extent = self.extents.repeat(len(ways))
            firm = None if self.firms is None else self.firms.repeat(len(ways))
        else:
            level = cut(self.level, stretches)
            extent = self.extents.take(level)
            firm = None if self.firms is None else self.firms.take(level)
        return Part(ways, at[1::2] - at[::2], extent, firm, weights)

    def alone(self, around: Around) -> Told:
        """What it comes to where nothing else is asked for."""
        ways, _, extent, _, score = self.around(around)
        return Told(ways, in_steps(extent), score)


class Match:
    """What a question's words come to in a whole catalogue, asked of the surroundings of any place."""

    def __init__(self, concepts: Sequence[Concept], found: Sequence[Word | Held], named: Sequence[Spread], size: int) -> None:
        """`found` is who holds each concept, `named` the words that make a name together, `size` the number of listings."""
        sizes = [len(each) for each in found]
        light = [LIGHT if concept.light else 1.0 for concept in concepts]
        wished = [each for each, concept in zip(sizes, concepts, strict=True) if not concept.light]
        if not any(wished):
            light = [1.0] * len(concepts)
        self.named = sorted(named, key=len)
        # What nothing in the catalogue contains cannot be wanted of it, but a word in passing does not stand in for it.
        self.lacking = MISSING if len(wished) <= SHORT and 0 in wished else 0.0
        self.held: list[tuple[Word | Held, float, float, float]] = []
        self.told = self.told_plainly = 0.0
        for each, concept, less in zip(found, concepts, light, strict=True):
            if not len(each):
                continue
            plain = less * rarity(len(each), size)
            stress = UNDERSTOOD if concept.tokens else 1.0
            self.told += plain * stress
            self.told_plainly += plain
            self.held.append((each, plain * stress, plain, less * stress))
        self.wanted = ENOUGH * min(1.0, SHORT / max(1, len(self.held))) - 1e-6
        # A name may be made of words that mean something else besides, so they may be enough as plain words too.
        self.is_mixed = len({bool(concept.tokens) for concept in concepts}) > 1

    def of(self, around: Around) -> Told:
        """What the words come to in the ways that a question looks at."""
        if not self.held:
            return Told(NOTHING.ways, NOTHING.weights, NOTHING.weights)
        if len(self.held) > 1:
            return self._together(around)
        (held, tells, *_), *_ = self.held
        if not self.lacking:
            return self._called_first(around, held.alone(around))
        part = held.around(around)
        enough = part.extent if held.is_plain else np.ones(len(part.ways), np.float32) if part.firm is None else part.firm
        keep = enough * np.float32(tells) >= ENOUGH * (self.told + self.lacking)
        return self._called_first(around, Told(part.ways[keep], in_steps(part.extent[keep]), part.score[keep]))

    def _together(self, around: Around) -> Told:
        """What several concepts come to: added up along all the ways looked at, of which each holds some."""
        share, firm, plainly, score = np.zeros((4, around.count), np.float32)
        for held, tells, tells_plainly, counts in self.held:
            part = held.around(around)
            along = part.ways - around.shift.repeat(part.lengths)
            share[along] += part.extent * np.float32(tells)
            # A word in passing is not enough where another is lacking.
            enough = part.extent if self.lacking and held.is_plain else part.firm
            firm[along] += np.float32(tells) if enough is None else enough * np.float32(tells)
            if self.is_mixed:
                plainly[along] += np.float32(tells_plainly) if enough is None else enough * np.float32(tells_plainly)
            score[along] += part.score if counts == 1.0 else part.score * np.float32(counts)
        keep = firm >= self.wanted * (self.told + self.lacking)
        if self.is_mixed:
            keep |= plainly >= self.wanted * (self.told_plainly + self.lacking)
        along = keep.nonzero()[0]
        steps = in_steps(share.take(along) / (self.told or 1.0))
        return self._called_first(around, Told(around.at(along), steps, score.take(along)))

    def _called_first(self, around: Around, told: Told) -> Told:
        """The same, with what somebody asks for by its name a step above all."""
        if self.named and len(told.ways) and (called := self._called(around)):
            told.steps[[place for place, way in enumerate(told.ways.tolist()) if way in called]] = STEPS + 1
        return told

    def _called(self, around: Around) -> set[int]:
        """The ways of what has every word in its name, or as good as: somebody asks for it by its name."""
        called: set[int] | None = None
        for spread in self.named:
            packed, _ = spread.around(around)
            strong = packed[packed & MASK >= IN_NAME_STEP]
            if not len(strong):
                return set()
            ways = (strong >> BITS).tolist()
            called = set(ways) if called is None else called.intersection(ways)
        return called or set()


def held_by(
    concept: Concept,
    spread: Callable[[str], Spread],
    remembered: Callable[[Concept, Callable[[], Held]], Held],
    with_phrase: Callable[[tuple[str, ...], Array], Array],
    columns: Columns,
) -> Word | Held:
    """Who holds a concept. A plain word is looked up where somebody asks; whatever means more is worked out once and kept."""
    if len(concept.words) == 1 and not concept.tokens and not concept.also and not concept.sayings and not concept.apart:
        return Word(spread(concept.words[0]), len(columns))
    return remembered(concept, lambda: Holdings(spread, with_phrase, columns).of(concept))


class Holdings:
    """Works out who holds concepts, over the ways of one state of the catalogue."""

    def __init__(
        self, spread: Callable[[str], Spread], with_phrase: Callable[[tuple[str, ...], Array], Array], columns: Columns
    ) -> None:
        """`spread` tells of any term which ways hold it, `with_phrase` at which positions words stand side by side."""
        self.spread, self.with_phrase, self.columns, self.size = spread, with_phrase, columns, len(columns)

    def of(self, concept: Concept) -> Held:
        """The ways of listings that hold one concept: by a term of the vocabulary, or by all of its words.

        Any way will do to hold it, but the score adds them up, each by its rarity: of all that help with food, those that
        call themselves a food bank come first.
        """
        ways: list[tuple[Found, float]] = []
        in_words = self._in_words(concept)
        is_narrow = any(not token.startswith("need:") for token in concept.tokens)
        for token in concept.tokens:
            is_broad = token not in concept.named and (is_narrow if token.startswith("need:") else len(in_words) > 0)
            ways.append((self._term(token), BROAD if is_broad else 1.0))
        ways.append((in_words, APART if concept.apart else 1.0))
        for taught in concept.also:
            ways.append((self._all_of([self._as_found(self.of(each)) for each in taught]), 1.0))
        if concept.sayings and sum(len(way) for way, _ in ways) < FEW:
            ways.append((self._any_of([self._words(saying) for saying in concept.sayings]), SAID))
            if len(concept.words) > 1:
                ways.append((self._any_of([self._term(word) for word in concept.words]), SAID))
        found, weights, extent = self._summed([(way, say) for way, say in ways if len(way)], is_plain=not concept.tokens)
        if len(found):
            weights = self._spoken_of(found, weights, [saying[0] for saying in concept.sayings if len(saying) == 1])
        return Held(found, weights, extent, self._listings(found), is_plain=not concept.tokens)

    def _term(self, term: str) -> Found:
        spread = self.spread(term)
        return Found(spread.ways, spread.weights, len(spread))

    def _words(self, words: Sequence[str]) -> Found:
        return self._all_of([self._term(word) for word in words])

    def _in_words(self, concept: Concept) -> Found:
        found = self._words(concept.words) if concept.words else NOTHING
        if not concept.together or not len(found):
            return found
        positions = self.columns.ways.position[found.ways]
        kept = np.isin(positions, self.with_phrase(concept.words, np.unique(positions)))
        return self._counted(found.ways[kept], found.weights[kept])

    def _listings(self, ways: Array) -> int:
        return int(np.count_nonzero(self.columns.ways.is_first[ways]))

    def _counted(self, ways: Array, weights: Array) -> Found:
        return Found(ways, weights, self._listings(ways))

    def _as_found(self, held: Held) -> Found:
        return Found(held.ways, held.weights, len(held))

    def _spoken_of(self, ways: Array, weights: Array, words: Sequence[str]) -> Array:
        """The scores of those that hold a concept already, raised where they speak of it besides."""
        if not words:
            return weights
        every = np.zeros(len(self.columns.ways), np.float32)
        every[ways] = weights
        for word in words:
            spread = self.spread(word)
            if len(spread):
                every[spread.ways] += spread.weights * np.float32(SPOKEN_OF * rarity(len(spread), self.size))
        return every[ways]

    def _summed(self, ways: Sequence[tuple[Found, float]], *, is_plain: bool) -> tuple[Array, Array, Array]:
        """What any way finds: the sum of the weights, each by its rarity, and the greatest extent."""
        if not ways:
            return NOTHING.ways, NOTHING.weights, NOTHING.weights
        score, extent = np.zeros((2, len(self.columns.ways)), np.float32)
        for way, say in ways:
            held = np.full(len(way.ways), say, np.float32)
            if is_plain:
                held[way.weights < IN_PASSING] *= np.float32(PASSING)
            score[way.ways] += way.weights * np.float32(say * rarity(len(way), self.size))
            extent[way.ways] = np.maximum(extent[way.ways], held)
        found = extent.nonzero()[0].astype(ways[0][0].ways.dtype)
        return found, score[found], extent[found]

    def _any_of(self, several: Sequence[Found]) -> Found:
        """What is in any, with the greatest weight."""
        several = [each for each in several if len(each)]
        if len(several) <= 1:
            return several[0] if several else NOTHING
        ways = np.concatenate([each.ways for each in several])
        order = np.argsort(ways, kind="stable")
        ways = ways[order]
        first = np.flatnonzero(np.append(True, ways[1:] != ways[:-1]))
        return self._counted(ways[first], np.maximum.reduceat(np.concatenate([each.weights for each in several])[order], first))

    def _all_of(self, several: Sequence[Found]) -> Found:
        """What is in every one, with the mean weight; the rarest first, so that a common word costs little."""
        if len(several) == 1:
            return several[0]
        ordered = sorted(several, key=len)
        ways, weights = ordered[0].ways, ordered[0].weights
        for each in ordered[1:]:
            if not len(ways) or not len(each):
                return NOTHING
            place = np.minimum(np.searchsorted(each.ways, ways), len(each.ways) - 1)
            both = each.ways[place] == ways
            ways, weights = ways[both], weights[both] + each.weights[place[both]]
        return self._counted(ways, weights / np.float32(len(several)))


def names(concepts: Sequence[Concept]) -> list[str]:
    """The words that make the name of something together, where the question may be one; else none."""
    terms = list(dict.fromkeys(word for concept in concepts if not concept.light for word in concept.words))
    return terms if 1 < len(terms) <= LONGEST_NAME else []


def rarity(found: int, size: int) -> float:
    """How much it tells that a listing holds a concept: the inverse document frequency of BM25, never below zero."""
    size = max(size, SMALLEST)
    return min(math.log1p((size - found + 0.5) / (found + 0.5)), MOST_TELLING)
