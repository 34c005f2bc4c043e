"""What may be asked of search, and what it answers before the database is asked for the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from directory.places import Place

if TYPE_CHECKING:
    from directory.ranking.explaining import Explained
    from directory.ranking.understanding import Understood

REASONS = ("nearby", "stop", "covers", "comes_to_you", "online", "national")
REACH = {"near": ("nearby", "covers"), "stop": ("stop",), "home": ("comes_to_you",), "wire": ("online", "national")}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Question:
    """One search. Within a filter any value will do; filters combine with "and". Slugs are the vocabulary's.

    `radius_mi` None widens by itself. `checked` is months, or `any`, or empty. `time` is morning, afternoon,
    evening. `reach` narrows to ways of taking part: near, stop, home, wire.
    """

    place: Place
    q: str = ""
    radius_mi: float | None = None
    need: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    age: int | None = None
    checked: str = ""
    sort: str = "best"
    page: int = 1
    per_page: int = 20
    explain: bool = False  # whether the figures behind each row come along; for curators


class Hit(NamedTuple):
    """One listing found: why it is here, how far (None when distance has no meaning), and by which venue.

    `missing` names the facts that the filters asked for and the listing does not state, in words: ("times",).
    """

    listing_id: int
    reason: str
    distance_km: float | None
    venue_id: int | None
    missing: tuple[str, ...] = ()
    explained: Explained | None = None


@dataclass(frozen=True)
class Found:
    """What search answers before the database is asked for the rows. `hits` and `less` hold page `page` of each.

    `left_out` counts what fits but was last checked too long ago. `radius_mi` is the one used in the end.
    """

    hits: tuple[Hit, ...]
    total: int
    less: tuple[Hit, ...]
    less_total: int
    less_why: str
    facets: Mapping[str, dict[str, int]] = field(default_factory=dict)  # counted when they are first looked at
    radius_mi: float = 3.0
    widened: bool = False
    left_out: int = 0
    corrected_q: str | None = None
    suggestion: str | None = None
    nearly: bool = False  # whether none of them holds nearly all of what was wanted
    understood: tuple[Understood, ...] = ()
