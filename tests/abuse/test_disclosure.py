"""No view of gaps, and no two views taken together, tell of fewer than eight people, nor that anybody spoke at all.

DIRECTORY_DISCLOSURE_REGISTERS says how many invented registers are tried; 1,000 before a release. Planted faults are found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, true
from sqlalchemy.orm import joinedload

from directory import models
from directory.actions import cells as counting
from directory.extensions import db
from directory.models import Voice
from directory.queries import atlas_near, atlas_pages, board, gap_desk, gaps, misses, public_gaps
from directory.views import clock
from tests.abuse.disclosure import PARTS, check, fetched, figure_views, made_world, other_views, register, shown, told_groups
from tests.careful import CarefulClient
from tests.conftest import Statements, configure_adapters, make_app
from tests.make import NOW

REGISTERS = int(os.environ.get("DIRECTORY_DISCLOSURE_REGISTERS", "50"))
AT_ONCE = 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application of its own on SQLite: what is read is the same rows on both databases.

    Company is near everywhere round Holt and lifts are far from everywhere, so that board and atlas have a lot to disagree on.
    """
    app = make_app(Path(tmp_path_factory.mktemp("disclosure")))
    app.test_client_class = FlaskClient
    with app.app_context():
        configure_adapters(app)
        made_world(app)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _same_day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.parametrize("first", range(0, REGISTERS, AT_ONCE))
def test_no_view_and_no_two_views_tell_of_few_or_of_what_is_hidden(world, first):
    for seed in range(first, min(first + AT_ONCE, REGISTERS)):
        check(world, seed)


def test_no_public_view_reads_a_flag(world):
    """What nothing reads cannot be told."""
    with register(3):
        seen = Statements()
        event.listen(db.engine, "before_cursor_execute", seen.note)
        try:
            fetched(world, figure_views() + other_views())
        finally:
            event.remove(db.engine, "before_cursor_execute", seen.note)
        assert len(seen) > 100
        assert [statement for statement in seen if re.search(r"\b(flag|offer|miss_visit|day_salt)\b", statement)] == []


def test_board_and_atlas_have_something_to_disagree_on(world):
    """Or the lines about it would be the same because there are none."""
    pages = ""
    for seed in range(PARTS):
        with register(seed):
            pages += "".join(fetched(world, ["/gaps", "/atlas?need=loneliness", "/atlas?need=transport"]).values())
    assert "has plenty nearby, and about" in pages
    assert "yet it is not on the board" in pages
    assert '<span class="tag water">Being looked at</span>' in pages or '<span class="tag crab">Reported</span>' in pages


def test_what_groups_are_told_is_all_that_their_page_says(world):
    with register(3):
        lines = told_groups()
        assert lines != []
        amina = db.session.scalars(select(models.Account)).one()
        client = CarefulClient(world, world.response_class)
        client.sign_in(amina)
        page = client.get("/account/gaps").get_data(as_text=True)
        assert re.findall(r'<a href="/gaps/([0-9a-f-]{36})">', page) == [line.split(" ")[0] for line in lines]
        assert shown(page) == []


# Planted faults


def everybody_steps(patch: Any) -> None:
    """A gap is public once a curator looked at it."""
    patch.setattr(public_gaps, "PUBLIC_VOICES", tuple(Voice))
    patch.setattr(board, "PUBLIC_VOICES", tuple(Voice))


def few_are_stored(patch: Any) -> None:
    patch.setattr(counting, "LEAST_PEOPLE", 5)


def two_reporters_do(patch: Any) -> None:
    patch.setattr(counting, "LEAST_REPORTERS", 2)


def nothing_is_rounded(patch: Any) -> None:
    patch.setattr(counting, "rounded", lambda people: people)


def few_searches_are_told(patch: Any) -> None:
    patch.setattr(misses, "LEAST_VISITS", 3)


def every_gap(**asked: Any) -> dict[str, models.GapState]:
    rows = db.session.scalars(select(models.Gap).options(joinedload(models.Gap.term)).order_by(models.Gap.id))
    return {gap.area_code: gap.state for gap in rows}


def the_atlas_knows_every_gap(patch: Any) -> None:
    patch.setattr(atlas_pages, "flagged", lambda atlas, number, **asked: every_gap())


def the_board_counts_flags_of_what_is_plenty(patch: Any) -> None:
    """The line “plenty there, yet flagged” takes exact figures, of every gap."""

    def listed(atlas: Any, rows: Any, *, need: str = "") -> Any:
        there = db.session.scalars(select(models.Gap).options(joinedload(models.Gap.term)).order_by(models.Gap.id)).all()
        exact = gap_desk.counts([gap.id for gap in there])
        told = [
            public_gaps.Listed(gap.id, gap.state, gap.area_code, "", gap.term.slug, "", "", exact[gap.id].people, NOW.date())
            for gap in there
            if gap.id in exact
        ]
        return plain_doubts(atlas, told, need=need)

    plain_doubts = atlas_near.doubts
    patch.setattr(atlas_near, "doubts", listed)


def groups_see_every_gap(patch: Any) -> None:
    patch.setattr(gaps, "is_public", true)


def patches_are_drawn_of_what_is_hidden(patch: Any) -> None:
    patch.setattr(public_gaps, "_readable", lambda names: true())


def a_story_counts_what_came_since(patch: Any) -> None:
    def figures_of(gap: models.Gap) -> list[tuple[str, int]]:
        return [("2026-Q4", gap_desk.counts([gap.id])[gap.id].people)] if gap.id in gap_desk.counts([gap.id]) else []

    patch.setattr(public_gaps, "figures", figures_of)


FAULTS: list[Callable[[Any], None]] = [
    everybody_steps,
    few_are_stored,
    two_reporters_do,
    nothing_is_rounded,
    few_searches_are_told,
    the_atlas_knows_every_gap,
    the_board_counts_flags_of_what_is_plenty,
    groups_see_every_gap,
    patches_are_drawn_of_what_is_hidden,
    a_story_counts_what_came_since,
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(world, monkeypatch, plant):
    plant(monkeypatch)
    forget_statements()
    try:
        with pytest.raises(AssertionError):
            check_first(world)
    finally:
        monkeypatch.undo()
        forget_statements()


def check_first(app: Flask) -> None:
    for seed in range(2 * PARTS):
        check(app, seed)


def forget_statements() -> None:
    """Statements are put together once and kept."""
    for name in ("_stepped", "_counted", "_listed", "_figures", "_areas", "_readable"):
        getattr(getattr(public_gaps, name), "cache_clear", lambda: None)()
