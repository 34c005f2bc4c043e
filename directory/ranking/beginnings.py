"""What somebody may be about to type: terms of the vocabulary by any of their phrases, and names of the catalogue."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from directory.indexes.analysis import fold, words
from directory.indexes.catalogue import VocabularyTerm
from directory.indexes.names import LAST, Names
from directory.ranking.spelling import ONE_FROM
from directory.ranking.words import SPOKEN

LEAST = 2  # letters before anything is looked for
LONGEST = 100  # letters; nobody chooses from a list after so many
PRECEDENCE = ("need", "activity", "kind", "audience")
MOST_LOOKED_AT = 60  # phrases, before they come down to one for each term


@dataclass(frozen=True)
class Begun:
    """What begins so: (term, the phrase for it) and numbers of listings, or of organisations where negative.

    `typed` is what was looked for: what was typed, or that with one slip put right.
    """

    typed: str
    terms: tuple[tuple[VocabularyTerm, str], ...] = ()
    numbers: tuple[int, ...] = ()


class Phrases:
    """Labels and phrases of the terms that are understood in words, by the beginnings of their words."""

    def __init__(self, vocabulary: Sequence[VocabularyTerm]) -> None:
        self.said = [
            (term, phrase)
            for term in vocabulary
            if term.taxonomy in SPOKEN
            for phrase in dict.fromkeys((term.label, *term.phrases))
        ]
        self.names = Names([fold(phrase) for _, phrase in self.said], range(len(self.said)))

    def begun(self, typed: str, *, most: int) -> list[tuple[VocabularyTerm, str]]:
        """One phrase for each term, its label where that begins so too; what begins with the words typed comes first."""
        start = " ".join(words(typed))

        def order(number: int) -> tuple[bool, bool, int, int, int]:
            term, phrase = self.said[number]
            said = " ".join(words(phrase))
            return not said.startswith(start), phrase != term.label, PRECEDENCE.index(term.taxonomy), len(said), number

        chosen: dict[int, tuple[VocabularyTerm, str]] = {}
        shown: set[str] = set()
        for number in sorted(self.names.begun(typed, most=MOST_LOOKED_AT), key=order):
            term, phrase = self.said[number]
            # Of two terms with one phrase the first speaks for both: search understands it as either.
            if term.id not in chosen and fold(phrase) not in shown:
                chosen[term.id] = term, phrase
                shown.add(fold(phrase))
        return list(chosen.values())[:most]


def begun(text: str, phrases: Phrases, names: Names, *, most: int) -> Begun:
    """Up to `most` terms and as many names that begin so; one slip in a word is put right where nothing begins as typed."""
    typed = " ".join(words(text[:LONGEST]))
    if len(typed) < LEAST:
        return Begun("")
    found = looked_up(typed, phrases, names, most)
    if found.terms or found.numbers or not (meant := put_right(typed, (phrases.names, names))):
        return found
    return looked_up(meant, phrases, names, most)


def looked_up(typed: str, phrases: Phrases, names: Names, most: int) -> Begun:
    return Begun(typed, tuple(phrases.begun(typed, most=most)), tuple(names.begun(typed, most=most)))


def put_right(typed: str, known: Sequence[Names]) -> str | None:
    """The words typed with those that begin no known word put right; None when one of them is near nothing."""
    right: list[str] = []
    for word in typed.split():
        if any(is_begun(word, each.words) for each in known):
            right.append(word)
        elif len(word) >= ONE_FROM and (meant := next(filter(None, (nearest(word, each) for each in known)), None)):
            right.append(meant)
        else:
            return None
    return " ".join(right)


def is_begun(word: str, among: Sequence[str]) -> bool:
    place = bisect_left(among, word)
    return place < len(among) and among[place].startswith(word)


def nearest(typed: str, names: Names) -> str | None:
    """Of the words that begin with one slip in what is typed, the commonest; all begin with its first letter."""
    first, last = bisect_left(names.words, typed[0]), bisect_left(names.words, typed[0] + LAST)
    often = names.ends[first + 1 : last + 1] - names.ends[first:last]
    near = [at for at in range(first, last) if begins_with_one_slip(typed, names.words[at])]
    return names.words[max(near, key=lambda at: (often[at - first], -at))] if near else None


def begins_with_one_slip(typed: str, word: str) -> bool:
    """Whether the word begins with what is typed but for one letter changed, added, left out or swapped with the next."""
    at = next((at for at, (one, other) in enumerate(zip(typed, word, strict=False)) if one != other), None)
    if at is None:
        return False
    return any(rest_of_word.startswith(rest) for rest, rest_of_word in slips(typed[at:], word[at:]))


def slips(typed: str, word: str) -> Iterator[tuple[str, str]]:
    """What has to follow on both sides after each kind of slip at the first letter that differs."""
    yield typed[1:], word[1:]  # changed
    yield typed[1:], word  # one too many
    yield typed, word[1:]  # one left out
    if typed[:2] == word[1::-1]:
        yield typed[2:], word[2:]  # swapped
