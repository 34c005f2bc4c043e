"""The invented gaps of the demonstration catalogue, read from TOML: who flagged how much, what leads did, searches in vain."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from directory.models import GapKind, GapState, quarters

FILE = "data/demonstration/gaps/gaps.toml"
LEAST_SINGLE = 3  # reporters of one person each; the rest speak of six or more


@dataclass(frozen=True)
class InventedGap:
    """One gap with how many spoke of it in the counted quarter: `sixes` of six people or more, `ones` of one each.

    `steps` are moment, state and words, the oldest first; `answer` is the name of a listing, or empty.
    """

    need: str
    area: str
    area_name: str
    kind: GapKind
    opened_at: datetime
    flagged_at: datetime
    name: str = ""
    sixes: int = 0
    ones: int = 0
    answer: str = ""
    steps: tuple[tuple[datetime, GapState, str], ...] = ()
    review_on: date | None = None


@dataclass(frozen=True)
class InventedMiss:
    """Visits on one day to whom a need or a word brought nothing."""

    day: date
    area: str
    visits: int
    need: str = ""
    word: str = ""


def gaps(*, quarter: str, now: datetime) -> list[InventedGap]:
    """Every gap of the file; `quarter` is the one in which the figures lie. Dates of steps count back from `now`."""
    document = _document()
    areas: dict[str, str] = document["areas"]
    flagged_at = quarters.began(quarter) + timedelta(days=40, hours=11)
    people = {
        (need, area, kind): number
        for need, kinds in document["people"].items()
        for kind, figures in kinds.items()
        for area, number in figures.items()
    }
    told = {(gap["need"], gap["area"], gap["kind"]): gap for gap in document["gap"]}
    return [
        _gap(key, told.get(key, {}), people.get(key, 0), areas[key[1]], flagged_at, now)
        for key in dict.fromkeys((*told, *people))
    ]


def misses(*, quarter: str, now: datetime) -> list[InventedMiss]:
    """What was looked for in vain: needs in the middle of the quarter, words ten days before `now`."""
    document = _document()
    day = quarters.first_day(quarter) + timedelta(days=40)
    recent = (now - timedelta(days=10)).date()
    needs = [
        InventedMiss(day, area, visits, need=need)
        for need, areas in document["searches"].items()
        for area, visits in areas.items()
    ]
    return needs + [InventedMiss(recent, "NR25", visits, word=word) for word, visits in document["words"].items()]


def _gap(
    key: tuple[str, str, str], told: dict[str, Any], people: int, area_name: str, flagged_at: datetime, now: datetime
) -> InventedGap:
    need, area, kind = key
    steps = tuple((now - timedelta(days=days), GapState(state), words) for days, state, words in told.get("steps", ()))
    sixes = max(0, people - LEAST_SINGLE) // 6
    return InventedGap(
        need=need,
        area=area,
        area_name=area_name,
        kind=GapKind(kind),
        opened_at=min([flagged_at, *(moment for moment, _, _ in steps)]) - timedelta(days=3),
        flagged_at=flagged_at,
        name=told.get("name", ""),
        sixes=sixes,
        ones=people - 6 * sixes,
        answer=told.get("answer", ""),
        steps=steps,
        review_on=(now + timedelta(days=told["review_in_days"])).date() if "review_in_days" in told else None,
    )


def _document() -> dict[str, Any]:
    return tomllib.loads(resources.files("directory").joinpath(FILE).read_text(encoding="utf-8"))
