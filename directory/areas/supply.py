"""What there is to reach, in plain rows: subjects, points, what covers whole areas, and whose lists told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Subject:
    """What is looked for: a need, or a kind of place. With `needs_stops` a council that sent no mobile stops is not known.

    What comes `from_own_list`, as libraries do, is not known where that list is missing, however broad the directory is.
    `known_where` names a subject whose known areas count for this one too; such a one is for comparing only.
    """

    slug: str
    label: str
    parent: str = ""
    needs_stops: bool = False
    from_own_list: bool = False
    known_where: str = ""
    said: str = ""  # inside a sentence, where the label does not fit: "a library"

    @property
    def words(self) -> str:
        """Inside a sentence, after "far from": "help with loneliness", "a library building"."""
        return self.said or f"help with {self.label[:1].lower()}{self.label[1:]}"


@dataclass(frozen=True)
class Met:
    """A point where a listing can be met. One that does not count today still shows that its kind was listed there."""

    listing: int
    latitude: float
    longitude: float
    council: str  # a code in force; empty: that of the nearest small area
    weight: float
    is_stop: bool
    counts: bool
    subjects: tuple[int, ...]


@dataclass(frozen=True)
class Covering:
    """A listing that goes to people, or that they reach from home: by the codes of its areas and by circles (degrees, km)."""

    codes: frozenset[str]
    circles: tuple[tuple[float, float, float], ...]
    from_home: bool  # online or by telephone
    subjects: tuple[int, ...]


@dataclass(frozen=True)
class Told:
    """What is known of one listing beside its points: whose lists hold it, its kind, whether it was checked within a year."""

    sources: tuple[str, ...]
    kind: str
    is_checked: bool


@dataclass(frozen=True)
class Supply:
    """Everything the atlas counts, on one day. `stamp` changes when any of it may have changed."""

    stamp: str
    day: str  # ISO date
    subjects: tuple[Subject, ...]
    met: list[Met]
    covering: list[Covering] = field(default_factory=list)
    told: Mapping[int, Told] = field(default_factory=dict)
    loaded_on: Mapping[str, str] = field(default_factory=dict)  # by source, the ISO date of its last file
