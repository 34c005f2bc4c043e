"""The nearest known spelling of a word that nothing contains."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from directory.indexes.analysis import STOP_WORDS, words
from directory.ranking.wishes import is_wishless
from directory.ranking.words import QUOTED

WORD = re.compile(r"[^\W_]+(?:['’‘ʼ`´][^\W_]+)*")
# One mistake is forgiven from so many letters, two from so many.
ONE_FROM, TWO_FROM = 4, 8
# Of two words written as one, each has so many letters.
SHORTEST_PART = 4
MOST_REMEMBERED = 2_000
# Words of one question that are compared with all known ones: who mistypes more than that has not written words.
MOST_COMPARED = 12
ALPHABET = 26
AT_ONCE = 4_096  # words whose letters are laid out at a time


class Speller:
    """Known words, each with how often it is used: the commoner of two equally near ones is meant."""

    def __init__(self, often: Mapping[str, int]) -> None:
        # Whoever mistypes a word meant one that tells something: "lonly" is no "only".
        self.words = sorted(word for word in often if word.isalpha() and word.isascii() and not is_wishless(word))
        self.often = often
        self.lengths = np.array([len(word) for word in self.words], np.int16)
        self.letters = letters_of(self.words)
        self.nearest = lru_cache(MOST_REMEMBERED)(self._nearest)

    def _nearest(self, word: str) -> str | None:
        """The word meant, or None when nothing is near enough. A folded word of plain letters."""
        if len(word) < ONE_FROM or not word.isalpha() or not word.isascii():
            return None
        most = 2 if len(word) >= TWO_FROM else 1
        # An edit adds one letter to the set, takes one away, or both: whatever differs by more is out before it is read.
        near = np.abs(self.lengths - len(word)) <= most
        near &= np.bitwise_count(self.letters ^ np.uint32(letters(word))) <= 2 * most
        if len(word) == ONE_FROM:
            # Of so short a word a letter is left out, doubled or out of place; with another letter it is another word.
            near &= (self.lengths != len(word)) | (self.letters == np.uint32(letters(word)))
        found: list[tuple[int, int, str]] = []
        for number in np.flatnonzero(near).tolist():
            other = self.words[number]
            if other[0] != word[0] and len(other) == len(word) and other[:2] != word[1::-1]:
                continue  # another first letter is another word: "diving" is no "living"
            # Whoever makes two mistakes in a word has begun it rightly: "vasectomy" is no "mastectomy".
            allowed = most if other[0] == word[0] else 1
            distance = edits(word, other, allowed)
            if distance <= allowed:
                found.append((distance, -self.often[other], other))
        return min(found)[2] if found else None


def letters_of(words: Sequence[str]) -> NDArray[np.uint32]:
    """The set of letters of each word of plain lower-case letters, a bit each."""
    parts = [np.empty(0, np.uint32)]
    for first in range(0, len(words), AT_ONCE):
        laid_out = np.array(words[first : first + AT_ONCE], dtype="S")
        signs = laid_out.view(np.uint8).reshape(len(laid_out), -1).astype(np.uint32) - ord("a")
        bits = np.where(signs < ALPHABET, np.uint32(1) << np.minimum(signs, ALPHABET), 0)
        parts.append(np.bitwise_or.reduce(bits, axis=1).astype(np.uint32))
    return np.concatenate(parts)


def letters(word: str) -> int:
    """The set of letters of a word, a bit each."""
    return sum(1 << (ord(letter) - 97) for letter in set(word))


def edits(first: str, second: str, most: int) -> int:
    """How many letters to change, add, drop or swap with the next; `most` + 1 stands for any greater number.

    Optimal string alignment (Damerau 1964, with each letter touched once).
    """
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def parted(word: str, is_known: Callable[[str], bool]) -> str | None:
    """Two known words that were written as one, the longer first one before the shorter; None where there are none."""
    ends = range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1)
    return next((f"{word[:end]} {word[end:]}" for end in ends if is_known(word[:end]) and is_known(word[end:])), None)


def is_plain(q: str, is_known: Callable[[str], bool]) -> bool:
    """Whether every word is known as it stands, so that there is nothing to put right; never of words with accents."""
    return q.isascii() and all(word in STOP_WORDS or is_known(word) for word in words(q))


def corrected(q: str, *, is_known: Callable[[str], bool], nearest: Callable[[str], str | None]) -> str | None:
    """The question with its unknown words put right, or None when there is nothing to put right. Quotes are left alone.

    Only the first dozen unknown words are looked at.
    """
    changed = False
    compared: set[str] = set()

    def put_right(typed: re.Match[str]) -> str:
        nonlocal changed
        (word, *_) = words(typed[0]) or [""]
        if word in STOP_WORDS or (len(compared) >= MOST_COMPARED and word not in compared) or is_known(word):
            return typed[0]
        compared.add(word)
        meant = nearest(word) or parted(word, is_known)
        changed = changed or meant is not None
        return meant or typed[0]

    parts: list[str] = []
    end = 0
    for quoted in QUOTED.finditer(q):
        parts += [WORD.sub(put_right, q[end : quoted.start()]), quoted[0]]
        end = quoted.end()
    parts.append(WORD.sub(put_right, q[end:]))
    return "".join(parts) if changed else None
