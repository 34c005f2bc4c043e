"""Files of small areas: each layout is recognised, each fault is told with its line and column, nothing is half loaded."""

from __future__ import annotations

import math

import pytest

from directory.areas import files
from directory.areas.population import load, save
from directory.errors import Refused, Unavailable

PLAIN = "code,name,latitude,longitude,population,rural_urban,deprivation_decile,council\n"
UK = "lsoa,ukruc-2,ukruc-3,nation,pop,area,UK_IMD_E_pop_decile,latitude,longitude\n"
EW = "lsoa21_name,lsoa21_code,ward24_name,ltla24_code,ruc21_code,ruc,population,latitude,longitude,IMD_decile\n"


@pytest.fixture
def read(tmp_path):
    def from_text(text, *, encoding="utf-8", name="areas.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return files.read(
            path,
            place_of=lambda latitude, longitude: ("NR25", "E07000147"),
            council_of=lambda text: {"North Norfolk": "E07000147", "E06000002": "E06000002"}.get(text, ""),
            loaded_at="2026-11-20T10:00:00+00:00",
        )

    return from_text


def test_the_documented_columns_in_any_order_and_with_a_mark_at_the_front(read):
    found = read("\ufeffName,CODE,population,latitude,longitude,council\nHolt,X1,1500,52.906,1.088,North Norfolk\n")
    assert (found.code.tolist(), found.name.tolist(), found.population.tolist()) == (["X1"], ["Holt"], [1500])
    assert (found.rural.tolist(), found.decile.tolist(), found.council.tolist()) == ([-1], [0], ["E07000147"])
    assert found.outcode.tolist() == ["NR25"]


def test_semicolons_and_rural_words(read):
    text = (PLAIN + "X1,Holt,52.9,1.0,100,Rural village,1,\nX2,Norwich,52.6,1.3,,Urban city,10,\nX3,Sea,52.7,1.4,0,,,\n").replace(
        ",", ";"
    )
    found = read(text)
    assert found.rural.tolist() == [1, 0, -1]
    assert found.decile.tolist() == [1, 10, 0]
    assert math.isnan(found.population[1])
    assert found.people.tolist() == [100, 0, 0]
    assert found.council.tolist() == ["E07000147"] * 3


def test_small_areas_of_the_united_kingdom(read):
    found = read(UK + "E01000001,0,0,E,1500,0.1,7,51.5,-0.1\nS01000001,1,2,S,800,90,3,57.5,-4.5\n")
    assert found.rural.tolist() == [0, 1]
    assert found.decile.tolist() == [7, 3]
    assert found.council.tolist() == ["E07000147"] * 2  # of the nearest postcode: the file has none


def test_small_areas_of_england_and_wales(read):
    found = read(
        EW
        + "Middlesbrough 014A,E01012049,Ladgate,E06000002,UN1,Urban,1253,54.5,-1.2,6.0\nX 1,W1,Here,E06000002,R,Rural,9,52,-3,\n"
    )
    assert found.name.tolist() == ["Ladgate (Middlesbrough 014A)", "Here (X 1)"]
    assert found.decile.tolist() == [6, 0]
    assert found.council.tolist() == ["E06000002"] * 2


ROW = {"code": "X1", "name": "Holt", "latitude": "52.9", "longitude": "1.0", "population": "100", "rural_urban": "rural"}
ROW |= {"deprivation_decile": "3", "council": "North Norfolk"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"latitude": "north"}, "Line 3, column “latitude”: “north” is no number."),
        ({"latitude": "inf"}, "Line 3, column “latitude”: “inf” is no number."),
        ({"latitude": "1.0", "longitude": "52.9"}, "“1.0” is not in the United Kingdom: latitude and longitude look swapped."),
        ({"longitude": "30"}, "Line 3, column “longitude”: “30” is not in the United Kingdom."),
        ({"population": "-5"}, "Line 3, column “population”: “-5” is no number of people from 0 to 1,000,000."),
        ({"deprivation_decile": "11"}, "Line 3, column “deprivation_decile”: “11” is no decile"),
        ({"deprivation_decile": "2.5"}, "Line 3, column “deprivation_decile”: “2.5” is no decile"),
        ({"rural_urban": "suburb"}, "Line 3, column “rural_urban”: “suburb” says neither rural nor urban."),
        ({"council": "Atlantis"}, "Line 3, column “council”: “Atlantis” is no council that we know"),
        ({"code": ""}, "Line 3, column “code”: “” is no code"),
        ({"code": "X0"}, "Line 3, column “code”: “X0” stands on line 2 already."),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(read, wrong, told):
    good = ROW | {"code": "X0"}
    with pytest.raises(Refused) as refused:
        read(PLAIN + ",".join(good.values()) + "\n" + ",".join((ROW | wrong).values()) + "\n")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no column code"),
        ("code,name\nX1,Holt\n", "has no column latitude, longitude, population"),
        (PLAIN, "has a header and no rows"),
        (PLAIN + "X1,Holt,52.9\n", "Line 2 of areas.csv has 3 cells where the header has 8"),
    ],
)
def test_what_is_no_such_table_is_refused(read, text, told):
    with pytest.raises(Refused, match=told):
        read(text)


def test_another_encoding_is_refused(read):
    with pytest.raises(Refused, match="not UTF-8"):
        read(PLAIN + "X1,Llŷn,52.9,1.0,100,rural,3,\n", encoding="utf-16")


def test_areas_are_kept_whole_and_damage_is_told(read, tmp_path):
    found = read(PLAIN + ",".join(ROW.values()) + "\n")
    kept = tmp_path / "atlas" / "areas.npz"
    assert load(kept) is None
    save(found, kept)
    again = load(kept)
    assert (again.code.tolist(), again.about) == (found.code.tolist(), found.about)
    assert [path.name for path in kept.parent.iterdir()] == ["areas.npz"]
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(Unavailable, match="flask areas FILE"):
        load(kept)
