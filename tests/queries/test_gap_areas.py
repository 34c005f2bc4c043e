"""What an area of gaps is called: the same, however many gaps there are in it and whoever flags the next."""

from __future__ import annotations

import pytest

from directory import places
from directory.actions.flags import flag
from directory.extensions import db, writing
from directory.models import Affected, GapKind, Patch, Taxonomy, Term
from directory.queries import board, gap_desk, public_gaps
from directory.queries import gaps as queries
from tests import make, register
from tests.make import NOW


def test_an_area_is_called_by_its_largest_place(app, real_places):
    assert queries.area_of("NR25").name == "NR25, Holt"
    assert queries.area_of("NR25", council="E07000143").name == "NR25, Holt"
    assert queries.area_of("NR23").name == "NR23, Wells-next-the-Sea"


def test_a_council_in_which_an_area_does_not_lie_is_not_believed(app, real_places):
    assert queries.area_of("NR21", council="E09000001").council_code == "E07000147"
    assert queries.area_of("NR21").council_code == "E07000147"
    for council in real_places.councils_of("NR21"):
        assert queries.area_of("NR21", council=council).council_code == council


def test_the_lead_of_a_council_sees_what_waits_in_it(app, real_places, ida):
    need = make.as_term("loneliness")
    waiting = register.flagged(need, area=queries.area_of("NR21"))
    with writing():
        db.session.add(Patch(account_id=ida.id, area_code="E09000001"))
    assert list(gap_desk.waiting(ida)) == []
    with writing():
        db.session.add(Patch(account_id=ida.id, area_code="E07000147"))
    assert [each.id for each in gap_desk.waiting(ida)] == [waiting.id]
    assert queries.codes_about(waiting) == {"NR21", "E07000147"}


def test_a_place_of_the_next_area_gives_it_no_name(app, real_places):
    assert places.town_of("NR22") not in ("", "Wells-next-the-Sea")
    assert places.town_of("ZZ99") == ""


def test_an_area_keeps_the_name_of_its_first_gap(app, lena, monkeypatch):
    monkeypatch.setattr(queries.places, "town_of", lambda code: "Holt")
    need = Term(slug="walking-mates", label="Walking mates", taxonomy=Taxonomy.NEED)
    with writing():
        db.session.add(need)
    told = {"who": "", "by": lena, "affected": Affected.ONE, "now": NOW}
    area = queries.Area("NR25", "NR25, All villages", "E07000147", 52.9, 1.09, "861941187ffffff")
    flag(term=need, area=area, kind=GapKind.AVAILABLE, **told)
    assert queries.area_name("NR25", council="E07000147") == "NR25, All villages"
    assert queries.area_name("NR23", council="E07000147") == "NR23, Holt"


def test_the_board_and_the_map_call_an_area_as_its_oldest_gap_does(app):
    for name, term in (("NR25, Holt", "loneliness"), ("NR25, North Norfolk", "transport"), ("NR25, A", "food")):
        register.step(register.gap(area_name=name, term=term))
    register.cell(area_name="NR25, A cell", people=20)
    register.cell("NR21", area_name="NR21, Fakenham", people=20)
    assert {area.code: area.name for area in public_gaps.areas()} == {"NR25": "NR25, Holt", "NR21": "NR21, Fakenham"}
    assert board.board(now=NOW).areas == {"NR25": "NR25, Holt"}


@pytest.mark.parametrize(("town", "name"), [("", "NR23, North Norfolk"), ("Wells", "NR23, Wells")])
def test_where_no_place_is_listed_the_council_names_it(app, monkeypatch, town, name):
    monkeypatch.setattr(queries.places, "town_of", lambda code: town)
    assert queries.area_name("NR23", council="E07000147") == name
