"""The commands that load postcodes and names."""

import pytest

from directory import places
from directory.cli.places import names, postcodes


@pytest.mark.parametrize("switched_on", [False, True])
def test_reading_northern_ireland_prints_its_terms(app, tmp_path, monkeypatch, switched_on):
    monkeypatch.setitem(app.config, "NORTHERN_IRELAND", switched_on)
    places.configure(file=tmp_path / "places.sqlite", northern_ireland=switched_on)
    path = tmp_path / "postcodes.csv"
    path.write_text("id,postcode,latitude,longitude\n1,OX7 5AA,51.940366,-1.545744\n", "utf-8")
    told = app.test_cli_runner().invoke(postcodes, [str(path)])
    assert told.exit_code == 0, told.output
    assert (places.NORTHERN_IRELAND_NOTICE in told.output) is switched_on


@pytest.mark.parametrize(
    "header",
    [
        "Name,Description,Telephone,Latitude,Longitude",
        "name,opening_times,latitude,longitude",
        "Service,E-mail,Postcode",
        "name;phone;latitude;longitude",
        "title\tOpening Hours\tpostcode",
    ],
)
def test_a_list_of_listings_is_sent_to_the_other_command(app, tmp_path, header):
    places.configure(file=tmp_path / "places.sqlite")
    path = tmp_path / "good.csv"
    path.write_text(header + "\nTea Club,01632 960142,x,52.9,1.1\n", "utf-8")
    told = app.test_cli_runner().invoke(names, [str(path)])
    assert told.exit_code == 1
    assert "This looks like a list of listings: use `flask --app wsgi import`." in told.output
    assert not (tmp_path / "places.sqlite").exists()


def test_names_that_would_mislead_the_eye_are_refused(app, tmp_path):
    places.configure(file=tmp_path / "places.sqlite")
    path = tmp_path / "names.csv"
    bad = ("Ho\u202elt", "Hol\x07t", "H\u200bolt", "Holt\u2066")
    rows = "".join(f"{name},52.9,1.1,\n" for name in bad) + "Plain,52.9,1.1,Nor\u202efolk\nYnysybŵl\u00a0Fach,51.64,-3.36,\n"
    path.write_text(f"name,latitude,longitude,district\n{rows}", "utf-8")
    report = places.import_names(path)
    assert (report.refused_count, report.rows) == (5, 6)
    assert {reason for _, reason in report.refused} == {"the name holds characters that cannot be seen"}
    assert [name for (name,) in places._table.rows("SELECT name FROM name WHERE source <> 'shipped'")] == ["Ynysybŵl\u00a0Fach"]


def test_other_names_that_cannot_be_seen_are_refused(app, tmp_path):
    places.configure(file=tmp_path / "places.sqlite")
    path = tmp_path / "others.csv"
    path.write_text("listed_name,district,also_known_as\nHolt,,Ho\u202elt\nHolt,,Holte\n", "utf-8")
    assert places.import_names(path).refused == ((2, "the name holds characters that cannot be seen"),)
