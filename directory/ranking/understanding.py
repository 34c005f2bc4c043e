"""What search understood, told to whoever asked: each thing with the words typed for it and what they were taken to mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from directory.indexes.analysis import stem, words
from directory.indexes.catalogue import Taught, VocabularyTerm
from directory.ranking.words import Concept, Heard

ORDER = ("need", "activity", "audience", "kind")  # what a person lacks is told before what one does there


@dataclass(frozen=True)
class TermMeant:
    taxonomy: str
    slug: str
    label: str


@dataclass(frozen=True)
class Understood:
    """`typed` stands in the question; `terms` of the vocabulary are meant by it, and other `words` that curators taught."""

    typed: str
    terms: tuple[TermMeant, ...]
    words: tuple[str, ...]
    concept: Concept


class Meanings:
    """The labels of the vocabulary and what was taught, ready to be told."""

    def __init__(self, vocabulary: Iterable[VocabularyTerm], taught: Iterable[Taught]) -> None:
        self.terms = {
            f"{term.taxonomy}:{term.slug}": TermMeant(term.taxonomy, term.slug, term.label)
            for term in vocabulary
            if term.taxonomy in ORDER
        }
        self.words: dict[tuple[str, ...], tuple[str, ...]] = {}
        for each in taught:
            if each.words:
                phrase = tuple(map(stem, each.said.split()))
                self.words[phrase] = (*self.words.get(phrase, ()), each.words)

    def of(self, heard: Heard) -> Understood:
        if not heard.concept.tokens and not heard.concept.also:
            return Understood(heard.typed, (), (), heard.concept)
        terms = [self.terms[token] for token in heard.concept.tokens if token in self.terms]
        terms.sort(key=lambda term: ORDER.index(term.taxonomy))
        other = self.words.get(tuple(map(stem, words(heard.typed))), ()) if heard.concept.also else ()
        return Understood(heard.typed, tuple(terms), other, heard.concept)


def is_told(understood: Understood) -> bool:
    """Whether it tells anything beyond what was typed: "gardening" for Gardening does not, nor "lonely" for Loneliness."""
    terms = understood.terms
    return bool(understood.words) or (bool(terms) and not any(names(understood.typed, term.label) for term in terms))


def names(typed: str, label: str) -> bool:
    """Whether every word of the label begins as some typed word does, or the other way round."""
    said = [stem(word) for word in words(typed)]
    return all(any(alike(stem(word), other) for other in said) for word in words(label))


def alike(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) >= 4 and (one.startswith(other) or other.startswith(one)))
