"""A name not written as any list has it: whole words left out are read, a misspelling only leads to suggestions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from directory.places import catalogue, names
from directory.places.councils import council_name
from directory.places.grid import distance_km
from directory.places.names import Ambiguous, Match, Point
from directory.places.spelling import KINDS, QUALIFIERS, Name, core, fold, key_of
from directory.places.table import Table

LEAST_LIKE = 0.72
NEARLY_AS_LIKE = 0.12
LEAST_LETTERS = 3
MOST_BEGUN = 400
MOST_SUGGESTED = 4
SAME_POINT_KM = 0.3
# Squares of about 28 kilometres that say where the catalogue has something.
SQUARES_A_DEGREE = (4.0, 2.4)
STEPS = (-1, 0, 1)

COLUMNS = "name, district, county, kind, latitude, longitude"


def find(text: str, table: Table, near: Point | None) -> tuple[Match, str] | None:
    """The only place whose name begins with the words typed, and those words; None when there is none.

    Raises names.Ambiguous, best guess first, when there are several. "wells next sea", "gt snoring", "Cley, Norfolk".
    """
    text = names.KINGDOM.sub("", text.strip(names.TRIMMED)).strip(names.TRIMMED)
    text = names.AFTER_WORDS.sub("", names.NEAR_WORDS.sub("", text))
    if not text or len(text) > names.LONGEST:
        return None
    for typed, rest in readings(text):
        candidates = beginning(typed, table)
        if rest:
            candidates = names.qualified(candidates, rest, table)
        if not candidates:
            continue
        apart = distinct(candidates)
        if len({key_of(name.name) for name in apart}) == 1:
            return names.best(apart, near), typed
        raise Ambiguous(ordered(apart, near))
    return None


def readings(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """(what may be the name, what tells where) of a text: parts between commas, or the first words and the others."""
    parts = [part.strip() for part in re.split(r"[,;\n]+", text) if part.strip()][:6]
    if len(parts) > 1:
        yield from ((part, parts[at + 1 :]) for at, part in enumerate(parts))
        return
    words = text.split()
    yield text, ()
    yield from ((" ".join(words[:cut]), (" ".join(words[cut:]),)) for cut in range(len(words) - 1, 0, -1)[:3])


def beginning(typed: str, table: Table) -> list[Name]:
    """Places that have all these words and no other but fillers, or else those whose name begins with these words."""
    wanted = core(typed)
    if all(word in QUALIFIERS for word in wanted) or len("".join(wanted)) < LEAST_LETTERS:
        return []
    # "great" alone begins hundreds of names: the word after it is part of the search.
    stem = "".join(wanted[:2]) if wanted[0] in QUALIFIERS else wanted[0]
    found = []
    if table.holds_names:
        question = f"SELECT {COLUMNS} FROM name WHERE key >= ? AND key < ? LIMIT {MOST_BEGUN}"  # noqa: S608 -- our own words
        found = [Name(*row) for row in table.rows(question, (stem, stem + "~"))]
    for key, held in catalogue.names(council_name).items():
        if key.startswith(stem):
            found += [name for name in held if all(names.apart(name, other) > names.SAME_PLACE_KM for other in found)]
    words = [(name, core(name.name)) for name in found]
    whole = [name for name, has in words if has == wanted]
    return whole or [name for name, has in words if has[: len(wanted)] == wanted]


def distinct(found: Sequence[Name]) -> list[Name]:
    """Each place once: two rows of one name close together, or two names of one point, are one place."""
    chosen: list[Name] = []
    for name in sorted(found, key=names.rank):
        key = key_of(name.name)
        if not any(
            names.apart(name, other) <= (names.SAME_PLACE_KM if key_of(other.name) == key else SAME_POINT_KM) for other in chosen
        ):
            chosen.append(name)
    return chosen


def ordered(found: Sequence[Name], near: Point | None) -> list[Name]:
    """Best guess first: where the catalogue has something, then the larger kind, then the nearer."""
    ours = [name for held in catalogue.names(council_name).values() for name in held]
    squares = {(row + up, column + along) for row, column in {square(each) for each in ours} for up in STEPS for along in STEPS}
    if near is None and ours:
        near = middle([name.latitude for name in ours]), middle([name.longitude for name in ours])

    def order(name: Name) -> tuple[bool, int, float, str]:
        away = distance_km(*near, name.latitude, name.longitude) if near else 0.0
        return square(name) not in squares, names.rank(name), away, name.name

    return sorted(found, key=order)


def square(name: Name) -> tuple[int, int]:
    return math.floor(name.latitude * SQUARES_A_DEGREE[0]), math.floor(name.longitude * SQUARES_A_DEGREE[1])


def middle(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def labels(found: Sequence[Name], table: Table) -> tuple[str, ...]:
    """How to ask for each: by its name, with where it is only when others bear it."""
    shown = []
    for name in found[: names.MOST_CHOICES]:
        alone = len(distinct(names.named(name.name, table))) <= 1
        shown += [name.name] if alone else names.labelled([name], table)
    return tuple(dict.fromkeys(shown))


# Misspelt


def alike(text: str, table: Table) -> tuple[str, ...]:
    """Up to four names that are spelt nearly like this or begin nearly so, most alike first; all begin with its letter."""
    typed = names.NEAR_WORDS.sub("", text.split(",")[0].strip())[: names.LONGEST]
    words = core(typed)
    key = key_of(" ".join(words) if words and words[0] in QUALIFIERS else typed)
    if not LEAST_LETTERS <= len(key) <= 40 or not key[0].isalpha():
        return ()
    spellings: dict[str, tuple[int, str]] = {}
    # The catalogue speaks first: of two names alike, one of its own is likelier meant.
    for other, held in catalogue.names(council_name).items():
        if other[0] == key[0]:
            note(spellings, other, KINDS.index("t"), held[0].name)
    if table.holds_names:
        question = (
            "SELECT key, name, kind FROM name WHERE key >= ? AND key < ? AND (length(key) BETWEEN ? AND ?"
            " OR ((name LIKE '% %' OR name LIKE '%-%') AND kind IN ('c', 't', 'v')))"
        )
        for other, name, kind in table.rows(question, (key[0], chr(ord(key[0]) + 1), len(key) - 2, len(key) + 2)):
            note(spellings, other, KINDS.index(kind) if kind in KINDS else len(KINDS), name)
    likeness = Likeness(key)
    begins = Likeness(words[0]) if words else likeness
    scored: list[tuple[float, int, str]] = []
    for other, (place_rank, name) in spellings.items():
        score = likeness.of(other)
        if score < LEAST_LIKE and words[0] not in QUALIFIERS:
            first = first_word(re.split(r"[ -]", name, maxsplit=1)[0])
            score = begins.of(first) if len(first) < len(other) else 0.0
            if score >= LEAST_LIKE and len(words) > 1 and not set(words[1:]) <= set(core(name)):
                score = 0.0
        if score >= LEAST_LIKE:
            scored.append((-round(score, 2), place_rank, name))
    scored.sort()
    close = [name for unlike, _, name in scored if unlike <= scored[0][0] + NEARLY_AS_LIKE]
    longer = begun(key, table)
    # After a whole word the letters of the next one are a surer sign than a likeness is.
    guesses = longer + close if len(words) > 1 else close + longer
    return tuple(dict.fromkeys(qualified_names(key, table) + guesses))[:MOST_SUGGESTED]


class Likeness:
    """How like other keys are to one, from 0 to 1; remembers, because many names begin with one word."""

    def __init__(self, key: str) -> None:
        self.key, self.letters = key, set(key)
        self.matcher = SequenceMatcher(autojunk=False)
        self.matcher.set_seq2(key)
        self.known: dict[str, float] = {}

    def of(self, other: str) -> float:
        if other not in self.known:
            self.known[other] = self._measured(other)
        return self.known[other]

    def _measured(self, other: str) -> float:
        if abs(len(other) - len(self.key)) > 2 or len(self.letters.symmetric_difference(other)) > 3:
            return 0.0
        self.matcher.set_seq1(other)
        return self.matcher.ratio() if self.matcher.quick_ratio() >= LEAST_LIKE else 0.0


@lru_cache(maxsize=8192)
def first_word(word: str) -> str:
    return fold(word).replace(" ", "")


def begun(key: str, table: Table) -> list[str]:
    """Larger places whose name begins like this, for a name not typed to its end."""
    if len(key) < 4 or not table.holds_names:
        return []
    question = f"SELECT {COLUMNS} FROM name WHERE key > ? AND key < ? AND kind IN ('c', 't', 'v') LIMIT {MOST_BEGUN}"  # noqa: S608 -- our own words
    found = distinct([Name(*row) for row in table.rows(question, (key, key + "~"))][:60])
    return [name.name for name in ordered(found, None)[:MOST_SUGGESTED]]


def qualified_names(key: str, table: Table) -> list[str]:
    """Places called this with a Great, a Little or an Upper before it: "Snoring"."""
    if not table.holds_names:
        return []
    keys = [word + key for word in sorted(QUALIFIERS)]
    question = f"SELECT {COLUMNS} FROM name WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 -- our own words
    return [name.name for name in ordered(distinct([Name(*row) for row in table.rows(question, keys)]), None)]


def note(spellings: dict[str, tuple[int, str]], key: str, place_rank: int, name: str) -> None:
    if key not in spellings or place_rank < spellings[key][0]:
        spellings[key] = (place_rank, name)
