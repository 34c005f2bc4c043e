"""What a person means by the words they typed: a few concepts, each of which any of several terms will do for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from directory.indexes.analysis import STOP_WORDS, stem, stems, words
from directory.indexes.catalogue import VocabularyTerm

LONGEST_QUESTION = 200  # characters; the rest is not read
MOST_CONCEPTS = 16
QUOTED = re.compile(r"[\"“”«]([^\"“”«»]*)[\"“”»]")
# A language or a feature of access is asked for by its filter: "English" as a word is most often the lesson.
SPOKEN = frozenset({"need", "activity", "audience", "kind"})


@dataclass(frozen=True)
class Concept:
    """One thing wanted: any of the vocabulary's `tokens`, or all of the `words`; `together` when they were in quotes."""

    tokens: tuple[str, ...]
    words: tuple[str, ...]
    together: bool = False


class Phrasebook:
    """Everyday phrases of the vocabulary, by their stems with stop words left in: "making friends" is "make friends"."""

    def __init__(self, vocabulary: Iterable[VocabularyTerm]) -> None:
        phrases: dict[tuple[str, ...], dict[str, None]] = {}
        for term in vocabulary:
            if term.taxonomy in SPOKEN:
                for phrase in (term.label, *term.phrases):
                    said = words(phrase)
                    if any(word not in STOP_WORDS for word in said):
                        phrases.setdefault(tuple(map(stem, said)), {})[f"{term.taxonomy}:{term.slug}"] = None
        self.phrases = {phrase: tuple(tokens) for phrase, tokens in phrases.items()}
        self.longest = max(map(len, self.phrases), default=0)
        self.stems = frozenset(stem for phrase in self.phrases for stem in phrase)

    def concepts(self, q: str) -> tuple[Concept, ...]:
        """The concepts of a question in the order typed, each once. Quotes first, then phrases, the longest first."""
        q = q[:LONGEST_QUESTION]
        found: dict[Concept, None] = {}
        for quoted in QUOTED.findall(q):
            if terms := tuple(stems(quoted)):
                found[Concept((), terms, together=len(terms) > 1)] = None
        for concept in self._plain(words(QUOTED.sub(" ", q))):
            found[concept] = None
        return tuple(found)[:MOST_CONCEPTS]

    def _plain(self, said: list[str]) -> Iterable[Concept]:
        stemmed = [stem(word) for word in said]
        place = 0
        while place < len(said):
            length = next(
                (
                    length
                    for length in range(min(self.longest, len(said) - place), 0, -1)
                    if tuple(stemmed[place : place + length]) in self.phrases
                ),
                0,
            )
            span = slice(place, place + max(length, 1))
            telling = tuple(
                dict.fromkeys(term for word, term in zip(said[span], stemmed[span], strict=True) if word not in STOP_WORDS)
            )
            if length:
                yield Concept(self.phrases[tuple(stemmed[span])], telling)
            elif telling:
                yield Concept((), telling)
            place += max(length, 1)
