"""Questions about listings: one by its address, and those that answer a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from directory.models import Listing, Venue
from directory.search import Found, Question


@dataclass(frozen=True)
class Result:
    """One row of an answer, ready to print. `next_on` is local wall-clock time of the next session, if known."""

    listing: Listing
    reason: str
    reason_text: str
    distance_mi: float | None
    venue: Venue | None
    next_on: datetime | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One page of results, those that might fit too, and what search understood."""

    question: Question
    found: Found
    results: Sequence[Result]
    less: Sequence[Result]
