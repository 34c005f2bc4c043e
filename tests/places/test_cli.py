"""The commands that load postcodes and names."""

import pytest

from directory import places
from directory.cli.places import postcodes


@pytest.mark.parametrize("switched_on", [False, True])
def test_reading_northern_ireland_prints_its_terms(app, tmp_path, monkeypatch, switched_on):
    monkeypatch.setitem(app.config, "NORTHERN_IRELAND", switched_on)
    places.configure(file=tmp_path / "places.sqlite", northern_ireland=switched_on)
    path = tmp_path / "postcodes.csv"
    path.write_text("id,postcode,latitude,longitude\n1,OX7 5AA,51.940366,-1.545744\n", "utf-8")
    told = app.test_cli_runner().invoke(postcodes, [str(path)])
    assert told.exit_code == 0, told.output
    assert (places.NORTHERN_IRELAND_NOTICE in told.output) is switched_on
