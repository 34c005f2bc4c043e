"""No view of gaps, and no two views taken together, tell of fewer than eight people, nor that anybody spoke at all.

For each invented register every public view is fetched as everybody fetches it, and its figures are read off the page.
DIRECTORY_DISCLOSURE_REGISTERS says how many registers; 1,000 before a release.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select

from directory import models
from directory.extensions import db, writing
from directory.models import Voice, quarters
from directory.queries import misses
from directory.views import clock
from tests.abuse import registers
from tests.abuse.registers import AREAS, NEEDS, QUARTERS, Key
from tests.conftest import Statements, configure_adapters, empty_tables, make_app
from tests.make import NOW

REGISTERS = int(os.environ.get("DIRECTORY_DISCLOSURE_REGISTERS", "50"))
AT_ONCE = 10
KINDS = ("available", "accessible", "affordable", "appropriate", "adequate", "not-known")
COUNCILS = ("E07000147", "E07000143")
FEW = "Fewer than 8, or none"
Region = frozenset[Key]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application of its own on SQLite: what is read is the same rows on both databases."""
    app = make_app(Path(tmp_path_factory.mktemp("disclosure")))
    app.test_client_class = FlaskClient
    with app.app_context():
        configure_adapters(app)
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def register(seed: int) -> Iterator[registers.Truth]:
    """One register in the database, and nothing afterwards."""
    misses.forget()
    try:
        yield registers.fill(seed)
    finally:
        db.session.rollback()
        empty_tables()
        misses.forget()


@pytest.fixture(autouse=True)
def _same_day(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def figure_views() -> list[str]:
    """Every view that tells figures by area, need and quarter."""
    maps = [
        f"/gaps/map?layer=flagged&quarter={quarter}&need={need}&council={council}"
        for quarter in QUARTERS
        for need in ("", *NEEDS)
        for council in (("", *COUNCILS) if quarter == QUARTERS[-1] else ("",))
    ]
    return [*maps, "/gaps.csv", f"/gaps.csv?quarter={QUARTERS[0]}", f"/gaps.csv?area=NR25&need={NEEDS[0]}"]


def other_views() -> list[str]:
    """The rest of what everybody may fetch, but for the stories."""
    boards = [f"/gaps?area={area}&need={need}" for area in ("", *AREAS) for need in ("", *NEEDS)]
    boards += [f"/gaps?sort={sort}" for sort in ("people", "newest", "oldest")]
    boards += [f"/gaps?lane={lane}" for lane in ("reported", "looked-at", "being-started", "met", "not-now")]
    searches = [f"/gaps/map?layer=searches&quarter={quarter}&need={need}" for quarter in QUARTERS for need in ("", *NEEDS)]
    return boards + searches


def fetched(app: Flask, addresses: list[str], *, stories: bool = True) -> dict[str, str]:
    client = app.test_client()
    views = {address: client.get(address).get_data(as_text=True) for address in addresses}
    for uid in db.session.scalars(select(models.Gap.uid)).all() if stories else ():
        answer = client.get(f"/gaps/{uid}")
        if answer.status_code == 200:
            views[f"/gaps/{uid}"] = answer.get_data(as_text=True)
        db.session.rollback()
    return views


# What the figures on the pages are of


def figures(views: dict[str, str]) -> list[tuple[Region, int]]:
    """Every figure that a view shows, with the cells that it speaks of; 0 where it says that it is few or none."""
    hexagon_of = {area: area for area in AREAS} | {"NR26": "NR25"}
    found: set[tuple[Region, int]] = set()
    for address, text in views.items():
        if address.startswith("/gaps.csv"):
            for row in csv.DictReader(io.StringIO(text)):
                found.add((cells(row["quarter"], row["area_code"], row["need"], row["kind"]), int(row["people"])))
        elif "layer=flagged" in address:
            asked = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
            for areas, figure in table(text):
                inside = [area for area in AREAS if area in areas]
                assert len({hexagon_of[area] for area in inside}) == 1
                region = frozenset().union(
                    *(cells(asked["quarter"], area, need, kind) for area in inside for need in NEEDS for kind in KINDS
                      if asked["need"] in ("", need))
                )  # fmt: skip
                found.add((region, figure))
    return sorted(found, key=lambda pair: (len(pair[0]), sorted(pair[0]), pair[1]))


def cells(quarter: str, area: str, need: str, kind: str) -> Region:
    return frozenset({(quarter, area, need, kind)})


def table(page: str) -> list[tuple[str, int]]:
    """The rows of the table beside a map: areas and figure."""
    rows = re.findall(r'<tr><th scope="row">([^<]*NR[^<]*)</th><td class="num">([^<]+)</td>', page)
    return [(areas, 0 if figure == FEW else int(figure)) for areas, figure in rows]


def shown(page: str) -> list[int]:
    """Every number of people that any page tells."""
    told = re.findall(r"About ([\d,]+) people|<td class=\"num\">([\d,]+)</td>|<text class=\"on\d\"[^>]*>(\d+)</text>", page)
    return [int("".join(groups).replace(",", "")) for groups in told]


# The tests


@pytest.mark.parametrize("first", range(0, REGISTERS, AT_ONCE))
def test_what_is_stored_is_what_may_be_told_and_no_two_views_tell_more(world, first):
    for seed in range(first, min(first + AT_ONCE, REGISTERS)):
        with register(seed) as truth:
            stored = {
                (cell.quarter, cell.area_code, cell.term.slug, cell.kind.value): cell.people
                for cell in db.session.scalars(select(models.Cell))
            }
            assert stored == truth.stored(), seed
            views = fetched(world, figure_views(), stories=False)
            told = figures(views)
            for region, figure in told:
                assert figure == sum(stored.get(key, 0) for key in region), (seed, sorted(region))
            for (small, less), (large, more) in itertools.combinations(told, 2):
                if small < large:
                    left = large - small
                    # Whoever subtracts gets what is published of the rest, and of what is small nothing at all.
                    assert more - less == sum(stored.get(key, 0) for key in left), seed
                    if sum(truth.number(key) for key in left) < 8:
                        assert more == less, (seed, sorted(left))
                elif small == large:
                    assert less == more, (seed, sorted(small))


@pytest.mark.parametrize("first", range(0, REGISTERS, AT_ONCE))
def test_nothing_public_changes_when_all_that_is_not_public_had_never_been(world, first):
    """The strongest form: every page is the same to the letter, so nothing on it can depend on what is hidden."""
    for seed in range(first, min(first + AT_ONCE, REGISTERS)):
        with register(seed) as truth:
            # A part of all views for each register; over five of them each view has its turn.
            asked = ["/gaps", *(figure_views() + other_views())[seed % 5 :: 5]]
            before = fetched(world, asked)
            for address, text in before.items():
                assert [number for number in shown(text) if number < 8 or number % 5] == [], (seed, address)
            forget_what_is_hidden(truth)
            misses.forget()
            after = fetched(world, asked)
            for address in before.keys() | after.keys():
                assert plain(before.get(address, "")) == plain(after.get(address, "")), (seed, address)


def forget_what_is_hidden(truth: registers.Truth) -> None:
    """Every flag, every gap without a step of a lead and a published cell of its own, every step that is not a lead's.

    For all that anybody may know, a gap was opened with the first step of a lead, or when its first published quarter began.
    """
    published = set(truth.stored())
    with writing():
        db.session.execute(delete(models.Flag))
        db.session.execute(delete(models.GapStep).where(models.GapStep.voice != Voice.STAFF))
        gaps = db.session.scalars(select(models.Gap).order_by(models.Gap.id)).all()
        for gap in gaps:
            db.session.refresh(gap)
        owned: dict[int | None, list[str]] = defaultdict(list)
        for key in published:
            owned[first_of(gaps, key)].append(key[0])
        hidden = [gap.id for gap in gaps if gap.id not in owned and not gap.steps]
        for gap in gaps:
            public_from = [quarters.began(min(owned[gap.id]))] if gap.id in owned else []
            gap.opened_at = min([*public_from, *(step.made_at for step in gap.steps[:1])], default=gap.opened_at)
            if gap.merged_into_id in hidden:
                gap.merged_into_id = None
        db.session.flush()
        db.session.execute(delete(models.Gap).where(models.Gap.id.in_(hidden)))
        for (quarter, area, need), visits in truth.visits.items():
            if visits < 8:
                first, last = quarters.first_day(quarter), quarters.last_day(quarter)
                here = models.Miss.area_code == area, models.Miss.need == need, models.Miss.day.between(first, last)
                db.session.execute(delete(models.Miss).where(*here))


def first_of(gaps: list[models.Gap], key: Key) -> int | None:
    """The gap of a cell: of those of its need, area and kind that were open in its quarter, the one that was opened first."""
    quarter, *alike = key
    there = [
        (gap.opened_at, gap.id)
        for gap in gaps
        if [gap.area_code, gap.term.slug, gap.kind.value] == alike
        and quarters.quarter_of(gap.opened_at) <= quarter
        and (gap.closed_at is None or quarters.quarter_of(gap.closed_at) >= quarter)
    ]
    return min(there)[1] if there else None


def plain(page: str) -> str:
    """A page without what is made anew for each request."""
    return unescape(re.sub(r'name="csrf_token" value="[^"]*"', "", page))


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
