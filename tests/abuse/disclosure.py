"""What everybody may see of gaps, taken from invented registers, and the checks that it tells of nobody.

The figures of the table, the map and its layers are held against one another two by two. Then all is forgotten that is not
public, and every page has to be the same to the letter. The atlas stands beside it: what it says of gaps, and what groups
are told of gaps near them, is held to the same.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload, selectinload

from directory import models
from directory.extensions import db, writing
from directory.models import GapKind, Voice, quarters
from directory.queries import cells, gap_map, misses, offers
from directory.queries.board import Lane
from directory.queries.gap_map import Layer
from tests import atlases, make
from tests.abuse import registers
from tests.abuse.registers import AREAS, NEEDS, QUARTERS, SEARCHED, Key
from tests.conftest import empty_tables
from tests.make import NOW

READ_OFF = 25  # of so many registers the figures of one are read off the pages as well
PARTS = 10  # of all pages a part for each register; over so many of them each has its turn
KINDS = tuple(kind.value for kind in GapKind)
COUNCILS = ("E07000147", "E07000143")
FEW = "No figure of 8 or more"
# What registers leave alone: the vocabulary, and the group that is told of gaps near it.
KEPT = ("account", "editorship", "organisation", "sign_in")
KEPT += ("listing", "listing_term", "search_change", "session", "term", "venue")
Region = frozenset[Key]
Told = list[tuple[Region, int]]


def made_world(app: Flask) -> None:
    """The atlas, and the Garden Club that Amina edits for."""
    club, amina = make.organisation("Garden Club"), make.account("Amina", role="editor")
    make.saved(models.Editorship, account_id=amina.id, organisation_id=club.id, since=NOW)
    for number in range(4):
        latitude, longitude = AREAS["NR25"][0] or (0.0, 0.0)
        make.listing(f"Company {number}", at=(latitude + number / 1000, longitude), organisation=club, terms=["loneliness"])
    make.listing("Lifts", at=(52.0, 1.2), terms=["transport"])
    middles = {code: at or (52.75, 0.95) for code, (at, _) in AREAS.items()} | {"NR29": (52.749, 1.65), "NR23": (52.95, 0.85)}
    rows = [
        (f"Village {code}", *at, 900.0, number % 2, number + 1, AREAS.get(code, (None, "E07000147"))[1], code)
        for number, (code, at) in enumerate(sorted(middles.items()))
    ]
    atlases.reckon(app, atlases.areas(rows))


@contextmanager
def register(seed: int) -> Iterator[registers.Truth]:
    """One register in the database, and nothing of it afterwards."""
    misses.forget()
    try:
        yield registers.fill(seed)
    finally:
        db.session.rollback()
        empty_tables(but=KEPT)
        misses.forget()


# Every public view


def maps() -> list[dict[str, str]]:
    """What may be asked of the map of gaps and of searches: by quarter and need, and in the newest one by council."""
    return [
        {"layer": layer, "quarter": quarter, "need": need, "council": council}
        for layer in ("flagged", "searches")
        for quarter in QUARTERS
        for need in ("", *NEEDS)
        for council in (("", *COUNCILS) if quarter == QUARTERS[-1] else ("",))
    ]


TABLES: list[dict[str, str]] = [{}, {"quarter": QUARTERS[0]}, {"area": "NR25", "need": NEEDS[0]}]


def address(path: str, asked: dict[str, str]) -> str:
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in asked.items())}"


def figure_views() -> list[str]:
    """Every page that tells figures by area, need and quarter."""
    return [*(address("/gaps/map", asked) for asked in maps()), *(address("/gaps.csv", asked) for asked in TABLES)]


def other_views() -> list[str]:
    """The rest of what everybody may fetch, but for what is by gap."""
    boards = [f"/gaps?area={area}&need={need}" for area in ("", *AREAS) for need in ("", *NEEDS)]
    boards += [f"/gaps?sort={sort}" for sort in ("people", "newest", "oldest", "rural")]
    boards += [f"/gaps?lane={lane.value}" for lane in Lane]
    far = [f"/gaps/map?layer=far&need={need}&council={council}" for need in ("", *NEEDS) for council in ("", *COUNCILS)]
    atlas = ["/atlas", "/atlas?by=council", "/atlas.csv", "/atlas/how", *(f"/atlas/needs/{need}" for need in NEEDS)]
    atlas += [f"/atlas?need={need}&by={by}" for need in NEEDS for by in ("place", "deprivation", "council")]
    atlas += [f"/atlas/councils/{council}?need={need}" for council in COUNCILS for need in NEEDS]
    forms = [f"/gaps/new?need={need}&place={area}" for need in NEEDS for area in AREAS]
    return [*boards, *far, *atlas, *forms]


def fetched(app: Flask, addresses: list[str], *, part: int | None = None) -> dict[str, str]:
    """The pages, and what groups are told; with `part` the stories of all gaps and a part of the forms to join them."""
    client = app.test_client()
    views = {address: client.get(address).get_data(as_text=True) for address in addresses}
    if part is not None:
        views["what groups are told"] = "\n".join(told_groups())
        for number, uid in db.session.execute(select(models.Gap.id, models.Gap.uid).order_by(models.Gap.id)).all():
            by_gap = [f"/gaps/{uid}", *([f"/gaps/{uid}/me-too"] if number % PARTS == part else [])]
            for each in by_gap:
                answer = client.get(each)
                if answer.status_code == 200:
                    views[each] = answer.get_data(as_text=True)
                db.session.rollback()
    return views


def told_groups() -> list[str]:
    """What the Garden Club is told of gaps near it, in its order; `test_what_groups_are_told_is_all_that_their_page_says`."""
    club = db.session.scalars(select(models.Organisation)).one()
    return [
        f"{near.gap.uid} {near.gap.title} {near.gap.area_code} {near.gap.kind} {near.gap.state} {near.miles} {near.fits}"
        for near in offers.near(club.id)
    ]


# What the figures are of


def figures() -> Told:
    """Every figure that a table or a map tells, with the cells that it speaks of; 0 where it says that it is few or none."""
    found: set[tuple[Region, int]] = set()
    for asked in TABLES:
        for row in cells.table(**asked):
            found.add((one(row.quarter, row.area_code, row.term.slug, row.kind.value), row.people))
    for asked in maps():
        drawn = gap_map.drawn(**{**asked, "layer": Layer(asked["layer"])})
        for patch in drawn.patches:
            found.add((region([code for code, _ in patch.areas], asked), patch.figure))
    return in_order(found)


def figures_on(views: dict[str, str]) -> Told:
    """The same, read off the pages."""
    found: set[tuple[Region, int]] = set()
    for asked in TABLES:
        for row in csv.DictReader(io.StringIO(views[address("/gaps.csv", asked)])):
            found.add((one(row["quarter"], row["area_code"], row["need"], row["kind"]), int(row["people"])))
    for asked in maps():
        for areas, figure in table(views[address("/gaps/map", asked)]):
            found.add((region([area for area in AREAS if area in areas], asked), figure))
    return in_order(found)


def region(areas: list[str], asked: dict[str, str]) -> Region:
    """The cells of a patch of the map. No two patches share an area."""
    patch_of = {area: area for area in AREAS} | {"NR26": "NR25"}
    assert len({patch_of[area] for area in areas}) == 1
    kinds = KINDS if asked["layer"] == "flagged" else (SEARCHED,)
    needs = [need for need in NEEDS if asked["need"] in ("", need)]
    return frozenset((asked["quarter"], area, need, kind) for area in areas for need in needs for kind in kinds)


def one(quarter: str, area: str, need: str, kind: str) -> Region:
    return frozenset({(quarter, area, need, kind)})


def in_order(found: set[tuple[Region, int]]) -> Told:
    return sorted(found, key=lambda pair: (len(pair[0]), sorted(pair[0]), pair[1]))


def table(page: str) -> list[tuple[str, int]]:
    """The rows of the table beside a map: areas and figure."""
    rows = re.findall(r'<tr><th scope="row">([^<]*NR[^<]*)</th><td class="num">([^<]+)</td>', page)
    return [(areas, 0 if figure == FEW else int(figure)) for areas, figure in rows]


def shown(page: str) -> list[int]:
    """Every number of people that a page about gaps tells."""
    told = re.findall(r"[Aa]bout ([\d,]+) people|<td class=\"num\">([\d,]+)</td>|<text class=\"on\d\"[^>]*>(\d+)</text>", page)
    return [int("".join(groups).replace(",", "")) for groups in told]


# The checks


def check(app: Flask, seed: int) -> None:
    """All of it for one register."""
    with register(seed) as truth:
        check_figures(app, seed, truth)
        check_pages(app, seed, truth)


def check_figures(app: Flask, seed: int, truth: registers.Truth) -> None:
    """What is stored is what may be told, and no two views tell more."""
    rows = db.session.scalars(select(models.Cell).options(joinedload(models.Cell.term)))
    stored = {(cell.quarter, cell.area_code, cell.term.slug, cell.kind.value): cell.people for cell in rows}
    assert stored == truth.stored(), seed
    told, stored = figures(), truth.published()
    if seed % READ_OFF == 0:
        assert figures_on(fetched(app, figure_views())) == told, seed
    for cells_of, figure in told:
        assert figure == sum(stored.get(key, 0) for key in cells_of), (seed, sorted(cells_of))
    for (small, less), (large, more) in itertools.combinations(told, 2):
        if small < large:
            left = large - small
            # Whoever subtracts gets what is published of the rest, and of what is small nothing at all.
            assert more - less == sum(stored.get(key, 0) for key in left), seed
            if sum(truth.number(key) for key in left) < 8:
                assert more == less, (seed, sorted(left))
        elif small == large:
            assert less == more, (seed, sorted(small))


def check_pages(app: Flask, seed: int, truth: registers.Truth) -> None:
    """The strongest form: every page is the same to the letter without what is hidden, so nothing on it can depend on it."""
    part = seed % PARTS
    asked = ["/gaps", *(figure_views() + other_views())[part::PARTS]]
    before = fetched(app, asked, part=part)
    for told in (each for each in before if each.startswith("/gaps") and "layer=far" not in each):
        assert [number for number in shown(before[told]) if number < 8 or number % 5] == [], (seed, told)
    forget_what_is_hidden(truth)
    misses.forget()
    after = fetched(app, asked, part=part)
    for each in before.keys() | after.keys():
        assert plain(before.get(each, "")) == plain(after.get(each, "")), (seed, each)


def forget_what_is_hidden(truth: registers.Truth) -> None:
    """Every flag, every gap without a step of a lead and a published cell of its own, every step that is not a lead's.

    For all that anybody may know, a gap was opened with the first step of a lead, or when its first published quarter began.
    """
    published = set(truth.stored())
    with writing():
        db.session.execute(delete(models.Flag))
        db.session.execute(delete(models.GapStep).where(models.GapStep.voice != Voice.STAFF))
        loaded = joinedload(models.Gap.term), selectinload(models.Gap.steps)
        gaps = db.session.scalars(select(models.Gap).order_by(models.Gap.id).options(*loaded)).all()
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
    """The gap of a cell: of those of its need, area and kind that were open in its quarter, the whole before its parts, then
    the one that a lead stepped into first, by the end of it; without any, the one that was opened first.
    """
    quarter, *alike = key
    there = []
    for gap in gaps:
        is_open = quarters.quarter_of(gap.opened_at) <= quarter
        is_open = is_open and (gap.closed_at is None or quarters.quarter_of(gap.closed_at) >= quarter)
        if is_open and [gap.area_code, gap.term.slug, gap.kind.value] == alike:
            known = min((step.made_at for step in gap.steps if step.voice is Voice.STAFF), default=None)
            is_known = known is not None and quarters.quarter_of(known) <= quarter
            there.append((gap.part != "", not is_known, known if is_known else gap.opened_at, gap.id))
    return min(there)[3] if there else None


def plain(page: str) -> str:
    """A page without what is made anew for each request."""
    return unescape(re.sub(r'name="csrf_token" value="[^"]*"', "", page))
