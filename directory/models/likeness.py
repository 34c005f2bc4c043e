"""How alike two listings are, and why: a score with its reasons. Pure; nothing here reads a row."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from directory.models.words import MILE_KM

Point = tuple[float, float]  # latitude, longitude in WGS84 degrees
Why = list[tuple[str, float]]  # reason, and what it adds

NEAR_NAME = 0.6  # trigrams
A_PAIR = 0.55  # the least score of two that somebody should look at
# What each reason is worth alone; together they are 1 less the product of what each leaves open.
WORTH = {"phone": 0.4, "email": 0.4, "website": 0.3, "register": 0.3, "hour": 0.5, "organisation": 0.25}
# Groups of one hall share its telephone and its pages, so all contacts together say no more than this.
MOST_OF_CONTACTS = 0.5
OF_ONE_RUNNER = 0.25  # of what a contact is worth remains between listings of one organisation, which has one number
CONTACTS = ("phone", "email", "website", "register")
NAME_FROM, NAME_TO = 0.4, 0.7  # a name that is just near, and one that is the same
NAME_ALONE = A_PAIR  # the same name where one says no place: enough to look at, and no more
WORD = re.compile(r"[^\W_]+")
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
CELL = 0.02  # degrees of latitude, a little more than a mile
MOST_SHARING = 60  # listings with one contact: beyond that it is a switchboard, and tells nothing
MOST_NAMESAKES = 6  # listings of one name: beyond that it is a name like Lunch Club, which tells nothing without a place
LITTLE = frozenset(("the", "and", "of", "for", "in", "at", "with"))
BEGINNING = 4  # letters of a word by which names are put side by side


@dataclass(frozen=True)
class Listed:
    """What likeness looks at. `contacts` are pairs of kind and value as `contact` makes them; `hours` of venue, rule and hour.

    `points` are where it happens, each once; none where that is not known or, as `is_private` tells, not said.
    """

    id: int
    name: str
    contacts: frozenset[tuple[str, str]] = frozenset()
    points: tuple[Point, ...] = ()
    organisation_id: int | None = None
    hours: frozenset[tuple[object, ...]] = frozenset()
    is_private: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Those of the name, less little ones, unless there is nothing else."""
        said = folded(self.name)
        return tuple(word for word in said if word not in LITTLE) or tuple(said)

    @property
    def is_placeless(self) -> bool:
        """Whether nobody said where it is, which is something else than a place that is kept private."""
        return not self.points and not self.is_private

    @cached_property
    def grams(self) -> frozenset[str]:
        return trigrams(self.words)

    @cached_property
    def marks(self) -> frozenset[str]:
        """What tells groups of one name apart: figures and single letters, as in "2nd Brownies" or "Route B"."""
        letters = {word for at, word in enumerate(self.words, 1) if len(word) == 1 and (word != "a" or at == len(self.words))}
        return frozenset(letters | {word for word in self.words if any(map(str.isdigit, word))})


@dataclass(frozen=True)
class Likeness:
    """Two listings by number, the smaller first, with the score from 0 to 1 and the reasons, the weightiest first."""

    first_id: int
    second_id: int
    score: float
    why: tuple[tuple[str, float], ...]


def folded(text: str) -> list[str]:
    """The words of a name, small, without accents and apostrophes."""
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold())
    return WORD.findall("".join(mark for mark in apart if not unicodedata.combining(mark)))


def trigrams(words: Iterable[str]) -> frozenset[str]:
    """Three letters in a row of each word, with two spaces before it and one behind, as PostgreSQL's pg_trgm cuts them."""
    return frozenset(f"  {word} "[at : at + 3] for word in words for at in range(len(word) + 1))


def names_alike(one: Listed, other: Listed) -> float:
    """From 0 to 1: the share of trigrams that both have; 0 where figures or letters tell the two apart."""
    # The longer one cannot share more than the shorter has; most pairs end here.
    fewer, more = sorted((len(one.grams), len(other.grams)))
    if not fewer or fewer < NEAR_NAME * more or (one.marks and other.marks and one.marks != other.marks):
        return 0.0
    shared = len(one.grams & other.grams)
    return shared / (fewer + more - shared)


def contact(kind: str, value: str) -> tuple[str, str]:
    """A contact as it is compared: figures of a number, small letters of an address, a page without its www."""
    value = value.strip().lower()
    if kind == "phone":
        figures = re.sub(r"\D", "", value)
        return kind, "0" + figures[2:] if figures.startswith("44") else figures
    if kind in ("website", "social"):
        return "website", re.sub(r"^(https?://)?(www\.)?", "", value).split("?")[0].rstrip("/")
    return kind, value


def contacts_of(pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those that say anything: five letters or figures at least."""
    return frozenset(made for made in (contact(kind, value) for kind, value in pairs if value) if len(made[1]) >= 5)


def likeness(one: Listed, other: Listed) -> Likeness:
    """The score with its reasons. Two that happen at different places are not alike, whatever they share: branches do."""
    first, second = sorted((one, other), key=lambda listed: listed.id)
    if first.points and second.points and not is_near(first.points, second.points):
        return Likeness(first.id, second.id, 0.0, ())
    why = _reasons(first, second)
    open_ = 1 - min(MOST_OF_CONTACTS, 1 - math.prod(1 - worth for reason, worth in why if reason in CONTACTS))
    score = 1 - open_ * math.prod(1 - worth for reason, worth in why if reason not in CONTACTS)
    told = sorted(why, key=lambda each: (-each[1], each[0]))
    return Likeness(first.id, second.id, round(score, 3), tuple((reason, round(worth, 3)) for reason, worth in told))


def _reasons(first: Listed, second: Listed) -> Why:
    kinds = {kind for kind, _ in first.contacts & second.contacts}
    same_runner = first.organisation_id is not None and first.organisation_id == second.organisation_id
    why: Why = [(kind, WORTH[kind] * (OF_ONE_RUNNER if same_runner else 1)) for kind in CONTACTS if kind in kinds]
    alike = names_alike(first, second)
    if same_runner and first.hours & second.hours:
        why.append(("hour", WORTH["hour"]))
    if alike >= NEAR_NAME:
        why.append(("name", NAME_FROM + (NAME_TO - NAME_FROM) * (alike - NEAR_NAME) / (1 - NEAR_NAME)))
        # Without a place a name that is just near says little.
        if not (first.points and second.points):
            is_enough = first.words == second.words and (first.is_placeless or second.is_placeless)
            why[-1] = ("name", NAME_ALONE if is_enough else why[-1][1] / 2)
            if same_runner:
                why.append(("organisation", WORTH["organisation"]))
    return why


def is_near(some: Sequence[Point], others: Sequence[Point]) -> bool:
    """Whether at least half of the places of the one that has fewer are within a mile of a place of the other."""
    fewer, more = sorted((some, others), key=len)
    needed = (len(fewer) + 1) // 2
    for at, point in enumerate(fewer):
        needed -= any(miles_between(point, other) <= 1 for other in more)
        if needed <= 0:
            return True
        if needed > len(fewer) - at - 1:
            return False
    return False


def miles_between(one: Point, other: Point) -> float:
    """In a straight line, good to a few yards over a few miles."""
    north = (one[0] - other[0]) * 111.2
    east = (one[1] - other[1]) * 111.2 * math.cos(math.radians((one[0] + other[0]) / 2))
    return math.hypot(north, east) / MILE_KM


def pairs(listed: Sequence[Listed]) -> list[Likeness]:
    """Every two that score `A_PAIR` or more, the most alike first. Only those that share a key are compared."""
    found: dict[tuple[int, int], Likeness] = {}  # what was compared in vain is not remembered: that is hundreds of times more
    by_id = {each.id: each for each in listed}
    for block, others in _blocks(listed):
        for one in block:
            for other in others:
                key = (one, other) if one < other else (other, one)
                if one == other or (one > other and block is others) or key in found or not _may_be(by_id[one], by_id[other]):
                    continue
                alike = likeness(by_id[one], by_id[other])
                if alike.score >= A_PAIR:
                    found[key] = alike
    return sorted(found.values(), key=lambda each: (-each.score, each.first_id, each.second_id))


def _may_be(one: Listed, other: Listed) -> bool:
    """A quick no for most: contacts alone are never enough, so the names have to be near or the hour the same."""
    if names_alike(one, other) >= NEAR_NAME:
        return True
    return (
        one.organisation_id is not None and one.organisation_id == other.organisation_id and not one.hours.isdisjoint(other.hours)
    )


def _blocks(listed: Sequence[Listed]) -> Iterator[tuple[Collection[int], Collection[int]]]:
    """Lists of numbers to be compared with one another.

    Those with one contact, one runner and hour, or one name that few have; and those near one another with a like word.
    """
    shared: dict[object, list[int]] = defaultdict(list)
    namesakes: dict[tuple[str, ...], list[int]] = defaultdict(list)
    placeless: dict[tuple[str, ...], list[int]] = defaultdict(list)
    beginnings: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for each in listed:
        for key in each.contacts:
            shared[key].append(each.id)
        for hour in each.hours:
            shared[each.organisation_id, *hour].append(each.id)
        starts = {word[:BEGINNING] for word in each.words}
        namesakes[each.words].append(each.id)
        if each.is_placeless:
            placeless[each.words].append(each.id)
        for row, column in {cell(point) for point in each.points}:
            for start in starts:
                beginnings[row, column, start].append(each.id)
        if not each.points and each.organisation_id is not None:
            shared[each.organisation_id, "nowhere", tuple(sorted(starts))].append(each.id)
    for block in shared.values():
        if 1 < len(block) <= MOST_SHARING:
            yield block, block
    for name, block in placeless.items():
        if 1 < len(namesakes[name]) <= MOST_NAMESAKES:
            yield block, namesakes[name]
    for (row, column, start), block in beginnings.items():
        yield block, block
        # Half of the cells around: the other half comes to this one.
        for north, east in ((0, 1), (1, -1), (1, 0), (1, 1)):
            if others := beginnings.get((row + north, column + east, start)):
                yield block, others


def cell(point: Point) -> tuple[int, int]:
    """The square of the map that holds the point: a mile or more high and, up to 60 degrees north, wide."""
    return math.floor(point[0] / CELL), math.floor(point[1] / (2 * CELL))
