"""What a person means by the words they typed: a few concepts, each of which any of several terms will do for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from directory.indexes.analysis import STOP_WORDS, WORD, stem, stems, words
from directory.indexes.catalogue import Taught, VocabularyTerm
from directory.ranking.wishes import NOT, age_at, audience_of, is_wishless, said_to_mean

LONGEST_QUESTION = 200  # characters; the rest is not read
MOST_CONCEPTS = 16
MOST_KNOWN = 20_000  # phrases as people put them, whose meaning is kept
QUOTED = re.compile(r"[\"“”«]([^\"“”«»]*)[\"“”»]")
# A language or a feature of access is asked for by its filter: "English" as a word is most often the lesson.
SPOKEN = frozenset({"need", "activity", "audience", "kind"})
# A phrase may be said with so many words in between that tell nothing: "lost my dear old husband".
WIDEST_GAP = 4
# What anything may be called: a "singing group" is singing.
GENERIC = frozenset(map(stem, ("group", "club", "class", "session", "course", "meeting", "circle", "team", "society", "support")))
# What a listing without terms may be written with: the phrases of so many words at most.
LONGEST_SAYING = 2


@dataclass(frozen=True)
class Concept:
    """One thing wanted: any of the vocabulary's `tokens`, or all of the `words`; `together` when they were in quotes.

    `also` are further ways of meaning it that curators taught: any of them will do, and all concepts of that one.
    `named` are those of its tokens whose own label it says; `sayings` are other ways of saying what it means. The words of
    one that is `apart` were several, and may stand anywhere. A `light` one tells next to nothing beside others.
    """

    tokens: tuple[str, ...]
    words: tuple[str, ...]
    together: bool = False
    also: tuple[tuple[Concept, ...], ...] = ()
    sayings: tuple[tuple[str, ...], ...] = field(default=(), compare=False)  # its tokens tell them
    named: tuple[str, ...] = ()
    apart: bool = False
    light: bool = False

    def __hash__(self) -> int:
        return hash((self.tokens, self.words))  # asked for often; the rest seldom differs


@dataclass(frozen=True)
class Heard:
    """One concept and what was typed for it."""

    typed: str
    concept: Concept


class Phrasebook:
    """Everyday phrases of the vocabulary, by their stems with stop words left in: "making friends" is "make friends"."""

    def __init__(self, vocabulary: Iterable[VocabularyTerm], taught: Iterable[Taught] = ()) -> None:
        phrases: dict[tuple[str, ...], dict[str, None]] = {}
        for term in vocabulary:
            if term.taxonomy in SPOKEN:
                for phrase in (term.label, *term.phrases):
                    said = words(phrase)
                    if any(word not in STOP_WORDS for word in said):
                        phrases.setdefault(tuple(map(stem, said)), {})[f"{term.taxonomy}:{term.slug}"] = None
        loose: dict[tuple[str, ...], dict[str, None]] = {}
        sayings: dict[str, dict[tuple[str, ...], None]] = {}
        for term in vocabulary:
            if term.taxonomy in SPOKEN:
                token = f"{term.taxonomy}:{term.slug}"
                for phrase in (term.label, *term.phrases):
                    said = words(phrase)
                    terms, _ = said_to_mean(said, list(map(stem, said)))
                    if len(terms) > 1:
                        loose.setdefault(tuple(terms), {})[token] = None
                    told = sum(word not in STOP_WORDS for word in said)
                    if 0 < len(terms) == told <= LONGEST_SAYING and NOT not in terms:
                        sayings.setdefault(token, {})[tuple(terms)] = None
        self.loose = {terms: tuple(tokens) for terms, tokens in loose.items()}
        self.labels = {
            f"{term.taxonomy}:{term.slug}": frozenset(map(stem, words(f"{term.label} {term.slug}"))) for term in vocabulary
        }
        self.sayings = {token: tuple(each) for token, each in sayings.items()}
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], Concept] = {}
        # By the word or term that a phrase begins with, how many it has at most.
        self.longest_loose = longest_by_first(self.loose)
        self.phrases = {phrase: tuple(tokens) for phrase, tokens in phrases.items()}
        self.also: dict[tuple[str, ...], tuple[tuple[Concept, ...], ...]] = {}
        self._learn(tuple(taught))
        self.stems = frozenset(stem for phrase in self.phrases for stem in phrase)

    def _learn(self, taught: tuple[Taught, ...]) -> None:
        """What curators taught, beside the vocabulary. One step only: other words mean what the vocabulary says of them."""
        self.longest = longest_by_first(self.phrases)
        meant = [tuple(self._plain(words(each.words))) for each in taught]
        for each, concepts in zip(taught, meant, strict=True):
            phrase = tuple(map(stem, each.said.split()))
            tokens = (each.token,) if each.token else ()
            if len(concepts) == 1:  # one thing is told like any phrase of the vocabulary
                tokens, concepts = concepts[0].tokens, (Concept((), concepts[0].words),)
            self.phrases[phrase] = tuple(dict.fromkeys((*self.phrases.get(phrase, ()), *tokens)))
            if concepts:
                self.also[phrase] = (*self.also.get(phrase, ()), concepts)
        self.longest = longest_by_first(self.phrases)
        self._known.clear()  # what was worked out on the way knew nothing of this

    def concepts(self, q: str) -> tuple[Concept, ...]:
        """The concepts of a question in the order typed, each once. Quotes first, then phrases, the longest first."""
        return tuple(each.concept for each in self.heard(q))

    def heard(self, q: str) -> tuple[Heard, ...]:
        """The same, each with the words of the question that stand for it."""
        q = q[:LONGEST_QUESTION]
        found: dict[Concept, Heard] = {}
        plain = q
        if '"' in q or not q.isascii():
            for quoted in QUOTED.findall(q):
                if terms := tuple(stems(quoted)):
                    concept = Concept((), terms, together=len(terms) > 1)
                    found.setdefault(concept, Heard(quoted.strip(), concept))
            plain = QUOTED.sub(" ", q)
        said, typed = words(plain), [match.span() for match in WORD.finditer(plain)]
        for first, length, concept in self._spans(said):
            # Folding may join or part words, as of letters with loose accents; then they are told as folded.
            last = min(first + length, len(said)) - 1
            as_typed = len(typed) == len(said)
            told = plain[typed[first][0] : typed[last][1]] if as_typed else " ".join(said[first : last + 1])
            found.setdefault(concept, Heard(told, concept))
        return tuple(found.values())[:MOST_CONCEPTS]

    def _plain(self, said: list[str]) -> Iterable[Concept]:
        return (concept for _, _, concept in self._spans(said))

    def _spans(self, said: list[str]) -> Iterator[tuple[int, int, Concept]]:
        """Each concept with the place of its first word and how many words stand for it."""
        stemmed = [stem(word) for word in said]
        terms, places = said_to_mean(said, stemmed)
        place = 0
        while place < len(said):
            if said[place][:1].isdigit() and (aged := age_at(said, place)):
                age, length = aged
                if audience := audience_of(age):
                    yield place, length, Concept((f"audience:{audience}",), ())
                place += length
                continue
            length = self._exactly(said, stemmed, place)
            meant: tuple[str, ...] = ()
            also: tuple[tuple[Concept, ...], ...] = ()
            if length:
                phrase = tuple(stemmed[place : place + length])
                meant, also = self.phrases.get(phrase, ()), self.also.get(phrase, ())
            wider, loosely = self._loosely(terms, places, place)
            if wider > length:
                length, meant, also = wider, loosely, ()
            span = slice(place, place + max(length, 1))
            if length:
                yield place, length, self._concept(tuple(said[span]), meant, also)
            elif said[place] not in STOP_WORDS and said[place] != NOT:
                yield place, 1, plain_concept(stemmed[place], is_wishless(said[place]))
            place += max(length, 1)

    def _concept(self, said: tuple[str, ...], meant: tuple[str, ...], also: tuple[tuple[Concept, ...], ...]) -> Concept:
        """What a phrase comes to, kept for the next time it is said."""
        found = self._known.get((said, meant))
        if found is not None:
            return found
        heard = [(word, stem(word)) for word in said]
        telling = [term for word, term in heard if not is_wishless(word)] or [
            term for word, term in heard if word not in STOP_WORDS
        ]
        named = self._named(meant, telling)
        if len(telling) == 1 and any(word not in STOP_WORDS and term not in telling for word, term in heard):
            # What is left of "stopped going out" says nothing of it by itself.
            telling = [term for word, term in heard if word not in STOP_WORDS]
        concept = Concept(
            meant, tuple(dict.fromkeys(telling)), also=also, sayings=self._sayings(meant), named=named, apart=len(said) > 1
        )
        if len(self._known) < MOST_KNOWN:
            self._known[said, meant] = concept
        return concept

    def _named(self, tokens: tuple[str, ...], terms: list[str]) -> tuple[str, ...]:
        return tuple(token for token in tokens if self._is_called(token, terms))

    def _is_called(self, token: str, terms: list[str]) -> bool:
        label = self.labels.get(token, frozenset())
        return any(term in label for term in terms) and all(term in label or term in GENERIC for term in terms)

    def _sayings(self, tokens: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(saying for token in tokens for saying in self.sayings.get(token, ())))

    def _exactly(self, said: list[str], stemmed: list[str], place: int) -> int:
        """How many words from a place on are a phrase as it is written; 0 when none."""
        most = min(self.longest.get(stemmed[place], 0), len(stemmed) - place)
        if not most:
            return 0
        least = 2 if is_wishless(said[place]) else 1  # "house" is not "housing", and "mum" wants no group for mums
        return next((n for n in range(most, least - 1, -1) if tuple(stemmed[place : place + n]) in self.phrases), 0)

    def _loosely(self, terms: list[str], places: list[int], place: int) -> tuple[int, tuple[str, ...]]:
        """How many words from a place on are a phrase whose small words are others, and what it means."""
        if place not in places:
            return 0, ()
        first = places.index(place)
        most = min(self.longest_loose.get(terms[first], 0), len(terms) - first)
        for count in range(most, 1, -1):
            meant = self.loose.get(tuple(terms[first : first + count]))
            stood = places[first : first + count]
            if meant and all(after - before - 1 <= WIDEST_GAP for before, after in pairwise(stood)):
                return stood[-1] - place + 1, meant
        return 0, ()


@lru_cache(maxsize=65_536)
def plain_concept(term: str, light: bool) -> Concept:
    return Concept((), (term,), light=light)


def longest_by_first(phrases: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """By the first word of phrases, the number of words in the longest that begins so."""
    found: dict[str, int] = {}
    for phrase in filter(None, phrases):
        found[phrase[0]] = max(len(phrase), found.get(phrase[0], 0))
    return found
