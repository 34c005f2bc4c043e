"""Names to be looked through by the beginnings of their words, while somebody types; it knows no weights and no stems."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from directory.indexes.analysis import APOSTROPHES, fold, words
from directory.indexes.catalogue import CONFIDENTIAL, Listings

NOT_IN_WORDS = re.compile(r"[\W_]+")
DROPPED = b"'`"
DOUBLED = re.compile(r"['’‘ʼ`´]{2,}")  # one belongs to a word, two part it
SPACED = bytes(sign if sign >= 128 or chr(sign).isalnum() or sign == ord("\n") else ord(" ") for sign in range(256))
LAST = "\U0010ffff"  # sorts after every word that goes on

# Whoever has nothing to show is not asked for: an organisation without a listing, or with secret ones alone.
ORGANISATIONS = """SELECT id, name FROM organisation o WHERE EXISTS (SELECT 1 FROM listing WHERE organisation_id = o.id
 AND status = 'published' AND NOT confidential_location)"""
EVERY_ORGANISATION = "SELECT name FROM organisation"


class Names:
    """Folded names in the order of the alphabet, each with a number, and for every word the names that hold it.

    Names that begin alike stand side by side, and so do words: both are found by halving.
    """

    def __init__(self, folded: Sequence[str], numbers: Iterable[int]) -> None:
        """`folded` is lower case without accents, as `analysis.fold` makes it; `numbers` are in the same order."""
        plain = lines(folded).split(b"\n") if len(folded) else []
        order = sorted(range(len(plain)), key=plain.__getitem__)
        self.numbers = np.fromiter(numbers, np.int64, len(plain))[order]
        self.text = b"\n".join(plain[at] for at in order)
        self.starts = array("I", [0, *np.cumsum([len(plain[at]) + 1 for at in order], dtype=np.uint32).tolist()])
        first_seen: dict[bytes, int] = {}
        parted = [plain[at].split() for at in order]
        seen = np.array([first_seen.setdefault(word, len(first_seen)) for name in parted for word in name], np.int32)
        # UTF-8 sorts as the letters themselves do.
        by_alphabet = sorted(first_seen, key=lambda word: word)
        rank = np.empty(len(first_seen), np.int32)
        rank[[first_seen[word] for word in by_alphabet]] = np.arange(len(by_alphabet))
        ranked = rank[seen] if len(seen) else seen
        holding = np.repeat(np.arange(len(parted), dtype=np.int32), [len(name) for name in parted])
        self.holders = holding[np.argsort(ranked, kind="stable")]
        self.words = [word.decode() for word in by_alphabet]
        self.ends = np.cumsum([0, *np.bincount(ranked, minlength=len(self.words))])

    def begun(self, typed: str, *, most: int) -> list[int]:
        """The numbers of names in which a word begins so, each word that is typed one of theirs.

        First those that begin so themselves, then by the alphabet; a whole name comes before what goes on.
        """
        wanted = words(typed)
        if not wanted:
            return []
        start = " ".join(wanted).encode()
        first = bisect_left(range(len(self.numbers)), start, key=self._name)
        found: dict[int, None] = {}
        for at in range(first, min(first + most, len(self.numbers))):
            if not self._name(at).startswith(start):
                break
            found[at] = None
        if len(found) < most:
            # What begins so is in this list too; past the first `most` others nothing more is needed.
            for at in reduce(intersected, map(self._holding, wanted))[: 2 * most].tolist():
                found[at] = None
        return self.numbers[list(found)[:most]].tolist()

    def _name(self, at: int) -> bytes:
        return self.text[self.starts[at] : self.starts[at + 1] - 1]

    def _holding(self, beginning: str) -> NDArray[np.int32]:
        """The names in which a word begins so, in order, each once."""
        first, last = bisect_left(self.words, beginning), bisect_left(self.words, beginning + LAST)
        return np.unique(self.holders[self.ends[first] : self.ends[last]])


def intersected(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.intersect1d(one, other, assume_unique=True)


def lines(folded: Sequence[str]) -> bytes:
    """The words of each name parted by single spaces, as `analysis.words` finds them; a line for each name."""
    text = "\n".join(
        name if name.isascii() and "\n" not in name else NOT_IN_WORDS.sub(" ", APOSTROPHES.sub("", DOUBLED.sub(" ", name)))
        for name in folded
    )
    spaced = DOUBLED.sub(" ", text).encode("utf-8", "replace").translate(SPACED, delete=DROPPED)
    while b"  " in spaced:
        spaced = spaced.replace(b"  ", b" ")
    return spaced.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")


def names_of(connection: Connection, listings: Listings) -> Names:
    """The names of listings, and of organisations that have one, less what is confidential; organisations are negative."""
    shown = np.flatnonzero(listings.ways & CONFIDENTIAL == 0)
    organisations = connection.exec_driver_sql(ORGANISATIONS).cursor.fetchall()
    folded = [*listings.name[shown], *(fold(name) for _, name in organisations)]
    return Names(folded, [*listings.listing[shown].tolist(), *(-id_ for id_, _ in organisations)])


def counted(connection: Connection, listings: Listings) -> Counter[str]:
    """How often each word stands in the names of listings and of organisations, those without a listing among them."""
    rows = connection.exec_driver_sql(EVERY_ORGANISATION).cursor.fetchall()
    often = Counter(lines([*listings.name, *(fold(name) for (name,) in rows)]).split())
    return Counter({word.decode(): count for word, count in often.items()})
