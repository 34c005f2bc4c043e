"""What the pages of gaps read of the atlas: the layer of miles, the nearest, rural first, and where the two disagree."""

from __future__ import annotations

import pytest

from directory.areas import near
from directory.queries import atlas_near, board, public_gaps
from directory.queries import atlas_pages as pages
from directory.queries.board import By, Lane
from directory.queries.gap_map import Layer, Patch
from tests import atlases, register
from tests.atlases import HIGHLAND, NORTH_NORFOLK
from tests.make import HOLT, NOW

MILE = 1.609344


@pytest.fixture
def atlas(app, make):
    """A lunch club in Holt, which Norfolk's lists tell of; of the Highlands nobody knows."""
    company = make.term("company", label="Company")
    make.listing("Lunch Club", at=HOLT, terms=[make.term("loneliness", parent=company)])
    return atlases.reckon(app)


def rows(drawn) -> list[tuple[str, float | None]]:
    return [(patch.areas[0][1], patch.nearest_km and round(patch.nearest_km / MILE)) for patch in drawn.patches]


@pytest.mark.parametrize(
    ("reaches", "middle"),
    [
        ((), None),
        (((4.0, 10),), 4.0),
        (((9.0, 10), (1.0, 30)), 1.0),
        (((1.0, 10), (2.0, 10)), 1.0),
        (((1.0, 10), (2.0, 11)), 2.0),
    ],
)
def test_the_middle_person_is_the_first_with_half_of_all_before_them(reaches, middle):
    assert near.middle_km(reaches) == middle


def test_the_layer_tells_every_patch_of_a_council_furthest_first_whatever_was_flagged(atlas):
    drawn = atlas_near.far(atlas, need="company", council=NORTH_NORFOLK)
    assert rows(drawn) == [("Horsey", 26), ("Fakenham", 11), ("Glandford", 3), ("Holt", 0)]
    assert (drawn.layer, drawn.around, drawn.council, set(drawn.councils)) == (
        Layer.FAR,
        [],
        NORTH_NORFOLK,
        {NORTH_NORFOLK, HIGHLAND},
    )
    assert set(drawn.sheet.corners) == {patch.hexagon for patch in drawn.patches}
    assert drawn.needs == {"company": "Company", "loneliness": atlas.subjects[atlas.number_of("loneliness")].label}
    register.flags(register.gap("NR21", term="company"), 12)
    register.cell("NR25", people=50)
    assert atlas_near.far(atlas, need="company", council=NORTH_NORFOLK) == drawn


def test_where_nobody_sent_a_list_it_is_not_known(atlas):
    assert rows(atlas_near.far(atlas, need="company", council=HIGHLAND)) == [("Durness", None)]


def test_without_a_need_it_is_the_furthest_of_those_that_are_known(app, make):
    make.listing("Lunch Club", at=HOLT, terms=[make.term("company", label="Company")])
    make.listing("Advice", at=(52.749, 1.65), terms=[make.term("money", label="Money")])
    drawn = atlas_near.far(atlases.reckon(app), council=NORTH_NORFOLK)
    furthest = {patch.areas[0][1]: patch.of for patch in drawn.patches}
    assert furthest == {"Horsey": "Company", "Fakenham": "Money", "Glandford": "Money", "Holt": "Money"}


def test_the_council_shown_first_is_that_of_the_flagged_layer_else_of_the_furthest_area(atlas):
    assert atlas_near.far(atlas, need="company").council == NORTH_NORFOLK
    register.step(register.gap("IV27", council_code=HIGHLAND))
    assert atlas_near.far(atlas, need="company").council == HIGHLAND
    register.cell("NR25", people=10)
    assert atlas_near.far(atlas, need="company", quarter="2026-Q3").council == NORTH_NORFOLK
    assert atlas_near.far(atlas, need="company", council="E99999999", quarter="2026-Q3").council == NORTH_NORFOLK


def test_without_an_atlas_there_is_nothing(app):
    drawn = atlas_near.far(None, need="company")
    assert (list(drawn.patches), drawn.councils, drawn.needs) == ([], {}, {})
    assert atlas_near.nearest(None, "company", [Patch("x", (("NR25", ""),), 5)]) == {"x": None}
    assert atlas_near.country_shares(None) == {}


def test_the_nearest_from_an_area_is_the_middle_persons(atlas):
    patches = [
        Patch("a", (("NR25", ""),), 5),  # 4,000 in Holt, 800 in Glandford
        Patch("b", (("NR29", ""),), 5),
        Patch("c", (("NR25", ""), ("NR21", "")), 5),  # 7,000 of 11,800 in Fakenham
        Patch("d", (("IV27", ""),), 5),
        Patch("e", (("ZZ99", ""),), 5),
        Patch("f", ((NORTH_NORFOLK, ""),), 5),
    ]
    found = atlas_near.nearest(atlas, "company", patches)
    assert {name: km and round(km / MILE) for name, km in found.items()} == {
        "a": 0,
        "b": 26,
        "c": 11,
        "d": None,
        "e": None,
        "f": 11,
    }
    assert set(atlas_near.nearest(atlas, "nothing-like-it", patches).values()) == {None}


def test_rural_areas_come_first_where_it_is_known(atlas):
    country = atlas_near.country_shares(atlas)
    assert {code: round(share, 3) for code, share in country.items()} == {
        "NR21": 0, "NR25": 0.167, "NR29": 1, "IV27": 1, NORTH_NORFOLK: 0.091, HIGHLAND: 1,
    }  # fmt: skip
    for code in ("NR21", "NR25", "NR29", "ZZ99"):
        register.step(register.gap(code))
    register.cell("ZZ99", people=90)
    lane = board.board(by=By.RURAL, country=country, now=NOW).lanes[Lane.LOOKED_AT]
    assert [shown.gap.area_code for shown in lane] == ["NR29", "NR25", "NR21", "ZZ99"]


def doubts(atlas, **asked):
    found = atlas_near.doubts(atlas, public_gaps.listed(now=NOW), **asked)
    return [(doubt.place, doubt.people, doubt.nearest_km and round(doubt.nearest_km / MILE)) for doubt in found]


def test_a_sector_is_called_with_its_town_or_its_council(app, monkeypatch):
    sector = {"name": "NR25 6", "code": "NR25 6", "outcode": "NR25", "council": NORTH_NORFOLK}
    monkeypatch.setattr(pages.places, "town_of", lambda code: "Holt")
    assert pages.called(sector) == "NR25\u00a06, Holt"
    assert pages.called(sector | {"code": "NR256"}) == "NR25\u00a06, Holt"
    assert pages.called(sector | {"name": ""}) == "NR25, Holt"
    assert pages.called(sector | {"name": "Holt East"}) == "Holt East"
    monkeypatch.setattr(pages.places, "town_of", lambda code: "")
    assert pages.called(sector) == "NR25\u00a06, North Norfolk"


def test_a_bare_area_that_is_not_on_the_board_is_worth_a_look(atlas):
    assert doubts(atlas) == [("Horsey", 0, 26)]
    register.flags(register.gap("NR29", term="company"), 20)  # what was only flagged changes nothing
    assert doubts(atlas) == [("Horsey", 0, 26)]
    register.step(register.gap("NR29", term="loneliness", kind="accessible"))
    assert doubts(atlas) == [("Fakenham", 0, 11)]
    register.step(register.gap("NR21", term="loneliness"))
    assert doubts(atlas) == []  # Glandford is not far


def test_a_published_figure_where_there_is_plenty_is_worth_a_look(app, make):
    make.term("company", label="Company")
    for number in range(3):
        make.listing(f"Club {number}", at=(HOLT[0] + number / 1000, HOLT[1]), terms=["company"])
    atlas = atlases.reckon(app)
    register.flags(register.gap("NR25", term="company", area_name="Holt"), 40)
    assert doubts(atlas, need="company") == [("Horsey", 0, 26)]
    register.cell("NR25", term="company", people=40)
    assert doubts(atlas, need="company") == [("Holt", 40, None), ("Horsey", 0, 26)]
    assert doubts(atlas) == doubts(atlas, need="company")
    assert doubts(atlas, need="transport") == []
