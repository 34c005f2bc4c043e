"""A planned answer of search, so that these tests ask only what the pages make of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from directory import models, places
from directory.errors import UnknownPlace
from directory.places import Place
from directory.queries import listings as queries
from directory.search import Found
from directory.views import clock
from tests.make import NOW

HOLT = Place(label="NR25 6BH", precision="postcode", latitude=52.906, longitude=1.088, outcode="NR25")


class Planned:
    """What search is to answer: set `results`, `less` and `found`; `asked` holds the questions that came."""

    def __init__(self) -> None:
        self.results: list[queries.Result] = []
        self.less: list[queries.Result] = []
        self.found: dict[str, Any] = {}
        self.asked: list[Any] = []

    def add(self, listing: Any, reason: str = "nearby", text: str = "0.6 miles away in a straight line", **told: Any) -> None:
        self.results.append(self.result(listing, reason, text, **told))

    def result(self, listing: Any, reason: str = "nearby", text: str = "0.6 miles away in a straight line", **told: Any) -> Any:
        venue = next((session.venue for session in listing.sessions if session.venue), None)
        return queries.Result(listing, reason, text, told.get("distance_mi", 0.6), venue, told.get("next_on"))

    def answer(self, question: Any, *, now: Any, made: Any = ()) -> queries.Answer:
        self.asked.append(question)
        first = (question.page - 1) * question.per_page
        found = Found(
            hits=(),
            total=len(self.results),
            less=(),
            less_total=len(self.less),
            less_why="times not known" if self.less else "",
            facets={"time": {"evening": len(self.results)}, "need": {"loneliness": 2}, "kind": {"group": 1}},
        )
        rows = self.results[first : first + question.per_page]
        return queries.Answer(question, replace(found, **self.found), rows, self.less if question.page == 1 else [])


@pytest.fixture
def planned(app: Any, monkeypatch: pytest.MonkeyPatch) -> Planned:
    plan = Planned()
    monkeypatch.setattr(queries, "matching", plan.answer, raising=False)
    monkeypatch.setattr(places, "locate", known_place, raising=False)
    return plan


def known_place(text: str, **how: Any) -> Place:
    if text.lower() in ("holt", "nr25 6bh", "nr256bh"):
        return HOLT
    raise UnknownPlace(f"We know no place called “{text}”.", field="place", suggestions=("Holt", "Holkham"))


@pytest.fixture
def fragment(client: Any) -> Callable[..., Any]:
    """Ask as htmx does, for the block with this id."""
    return lambda address, target: client.get(address, headers={"HX-Request": "true", "HX-Target": target})


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The hands of the clock of the doors, which a test moves on: `hands[0] += timedelta(hours=1)`."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def need(make: Any) -> models.Term:
    """What is missing in the tests of gaps."""
    return make.term("loneliness", label="Company")
