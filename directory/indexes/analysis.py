"""Words to terms: the one chain that documents, questions and every engine share."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from whoosh.lang.porter import stem as porter

# Letters and digits make a word; an apostrophe inside one is dropped, so that "men's" is "mens" is "men".
WORD = re.compile(r"[^\W_]+(?:['’‘ʼ`´][^\W_]+)*")
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
LONGEST = 40  # letters; longer runs are somebody's keyboard, not a word

STOP_WORDS = frozenset(  # one paragraph reads better than a column of 140 lines
    """a about after all also am an and any are as at be because been before being both but by can could did do does doing
    down during each few for from further had has have having he her here hers him his how i if in into is it its just
    me more most my near nearby of off on once only or other our ours out over own please same she should so some such
    than that the their them then there these they this those through to too under until up us very was we were what when
    where which while who whom why will with would you your yours im ive id dont cant""".split()  # noqa: SIM905 -- see above
)

# Letters that Unicode does not take apart into a plain one and a mark.
PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ı": "i"})


def fold(text: str) -> str:
    """Lower case without accents: "Crèche" and "CRECHE" are both "creche". The length may change."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered)
    # Once more to lower case: the bold, script and enclosed capitals have no small letter until they are taken apart.
    return "".join(mark for mark in apart if not unicodedata.combining(mark)).lower().translate(PLAIN)


def words(text: str) -> list[str]:
    """Every word in order, lower case, folded, apostrophes dropped; stop words still there."""
    folded = fold(text)
    found: list[str] = WORD.findall(folded)
    if APOSTROPHES.search(folded):
        found = [APOSTROPHES.sub("", word) for word in found]
    return [word[:LONGEST] for word in found]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Porter's stem of one folded word. A word with a digit in it stays as it is."""
    return porter(word) if word.isalpha() and word.isascii() else word


def stems(text: str) -> list[str]:
    """The terms of a text in order: words that are not stop words, stemmed."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def joined(terms: list[str]) -> str:
    """Terms as `SearchDocument` keeps them: parted by single spaces, with one at both ends; empty when none."""
    return f" {' '.join(terms)} " if terms else ""
