"""Which words of a text matched the question, found by the same analysis as the listings themselves; pieces, never markup."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from sys import intern

from directory.indexes.analysis import STOP_WORDS, stem, words
from directory.ranking.words import Concept

# A word as it stands in a text: `analysis.WORD` before folding, when letters may still carry loose accents.
LETTERS = r"[^\W_]*(?:[\u0300-\u036f]+[^\W_]*)*"
REST = rf"{LETTERS}(?:['’‘ʼ`´](?=[^\W_]){LETTERS})*"
WORD = re.compile(rf"(?=[^\W_]){REST}")
LONGEST_READ = 2_000  # letters of a description; a match beyond that is not looked for
SHORTEST, LONGEST = 90, 200  # letters of a snippet; between them it is as long as the summary in whose place it stands
ELLIPSIS = "…"

Piece = tuple[str, bool]  # some of a text, and whether it matched


class Highlighter:
    """What to look for: for each thing wanted the words that have to be there, all of them."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.wanted = tuple(dict.fromkeys(wanted for concept in concepts if not concept.light for wanted in ways(concept)))
        self.words = frozenset(word for wanted, _ in self.wanted for word in wanted)
        self.candidate = words_that_begin("".join(sorted({word[0] for word in self.words})))

    def may_mark(self, told: Iterable[str]) -> bool:
        """Whether any word that is looked for is among the terms of a text, as `told` gives them; without one nothing matches."""
        return not self.words.isdisjoint(told)

    def marked(self, text: str) -> tuple[Piece, ...]:
        """The text in pieces, end to end the same; each word that matched is a piece of its own."""
        return tuple(parted(text, self.marks(text)))

    def marks(self, text: str) -> list[tuple[int, int]]:
        """(first, last) of every word that matched, in order. A thing wanted counts when all its words are there."""
        if not self.words:
            return []
        heard = [(found.start(), found.end(), terms(found[0])) for found in self.candidate.finditer(text)]
        present = self.words.intersection(term for _, _, said in heard for term in said)
        if not present:
            return []
        held = {word for wanted, together in self.wanted if not together and present.issuperset(wanted) for word in wanted}
        marks = [(first, last) for first, last, said in heard if not held.isdisjoint(said)]
        for wanted, together in self.wanted:
            if together and present.issuperset(wanted):
                marks += in_a_row(wanted, text)
        return sorted(set(marks))

    def snippet(self, text: str, *, length: int) -> tuple[Piece, ...]:
        """Some of a longer text where most of what is wanted stands, in pieces; empty where nothing matched.

        About `length` letters, cut at words, at the beginning of a sentence where one is near.
        """
        text = " ".join(text[:LONGEST_READ].split())
        marks = self.marks(text)
        if not marks:
            return ()
        length = min(max(length, SHORTEST), LONGEST)
        first, last = window(text, marks, length)
        inside = [(begins - first, ends - first) for begins, ends in marks if first <= begins and ends <= last]
        before, after = ((ELLIPSIS, False),) * (first > 0), ((ELLIPSIS, False),) * (last < len(text))
        return (*before, *parted(text[first:last], inside), *after)


def parted(text: str, marks: Sequence[tuple[int, int]]) -> list[Piece]:
    """The text in pieces at these marks, which ascend and do not overlap."""
    pieces: list[Piece] = []
    end = 0
    for first, last in marks:
        pieces += [(text[end:first], False), (text[first:last], True)]
        end = last
    return [piece for piece in (*pieces, (text[end:], False)) if piece[0]]


def ways(concept: Concept) -> list[tuple[tuple[str, ...], bool]]:
    """The words that stand for a concept, and those of every other way that curators taught; each with whether in a row."""
    own = [(concept.words, concept.together)] if concept.words else []
    return own + [way for also in concept.also for each in also for way in ways(each)]


@lru_cache(maxsize=1_000)
def words_that_begin(letters: str) -> re.Pattern[str]:
    """The words of a text whose first letter may fold into one of these; looking at every word would cost ten times as much.

    A stem begins as its word does. A letter that is not plain is looked at in any case.
    """
    initials = "".join(letter + letter.upper() for letter in letters if letter.isascii())
    beginning = r"(?<=[^\W_])(?<![^\W_].)(?<![^\W_]['’‘ʼ`´].)(?<![\u0300-\u036f].)"
    return re.compile(rf"[{initials}\u00aa-\u1fff\u2070-\U0010ffff]{beginning}{REST}", re.DOTALL)


@lru_cache(maxsize=65_536)
def terms(word: str) -> tuple[str, ...]:
    """The terms of one word as it stands in a text; mostly one, none for a small word."""
    return tuple(stem(each) for each in words(word) if each not in STOP_WORDS)


def told(text: str) -> tuple[str, ...]:
    """The terms of a text, each once: what tells without reading it again whether a word of a question is in it."""
    return tuple(dict.fromkeys(intern(term) for found in WORD.finditer(text) for term in terms(found[0])))


def in_a_row(wanted: Sequence[str], text: str) -> list[tuple[int, int]]:
    """The words of every place where those wanted stand side by side, small words in between not counted."""
    said = [(term, found.start(), found.end()) for found in WORD.finditer(text) for term in terms(found[0])]
    stood = [term for term, _, _ in said]
    size = len(wanted)
    return [
        (first, last)
        for place in range(len(stood) - size + 1)
        if tuple(stood[place : place + size]) == tuple(wanted)
        for _, first, last in said[place : place + size]
    ]


def window(text: str, marks: Sequence[tuple[int, int]], length: int) -> tuple[int, int]:
    """(first, last) of the part of a text that holds the most marks; the first such one."""
    if len(text) <= length:
        return 0, len(text)
    lead = length // 3
    ends = [end for _, end in marks]
    best = max(range(len(marks)), key=lambda at: (bisect_right(ends, marks[at][0] + length - lead) - at, -at))
    mark = marks[best][0]
    earliest = max(0, mark - lead)
    sentence = max(text.rfind(end, earliest, mark) for end in (". ", "! ", "? "))
    if mark <= lead:
        first = 0
    elif sentence >= 0:
        first = sentence + 2
    else:
        space = text.find(" ", earliest, mark)
        first = space + 1 if space >= 0 else mark
    if len(text) - first <= length:
        return first, len(text)
    space = text.rfind(" ", marks[best][1], first + length)
    return first, space if space >= 0 else max(first + length, marks[best][1])
