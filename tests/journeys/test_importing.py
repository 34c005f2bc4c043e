"""`flask import` from the file to the search answer: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import func, select

from directory import places
from directory.extensions import db
from directory.models import ImportRun, Listing, SearchChange, Source
from directory.places import Unit

pytestmark = pytest.mark.usefixtures("vocabulary")

CLUBS = """name,category,postcode,telephone,online
Chair yoga,Group,NR25 6BH,01263 960142,
=Lunch club,Group,NR25 6BH,,
,Group,NR25 6BH,,
Nowhere club,Group,,,
Phone friends,Group,,0800 960 0000,yes
"""


NOWHERE = "it does not say where it is: give a postcode, coordinates, a town that we know, or an area served"


@pytest.fixture
def imported(app, tmp_path, monkeypatch):
    """Run the command on a text; the answer is click's result."""
    holt = Unit("NR25 6BH", 52.906, 1.088, "E07000147")
    monkeypatch.setattr(places, "postcode", lambda text: holt if text.strip().upper() == holt.code else None)
    monkeypatch.setattr(places, "approximate", lambda text: None)
    monkeypatch.chdir(tmp_path)

    def run(text, *options, name="clubs.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return app.test_cli_runner().invoke(args=["import", str(path), *options])

    return run


def listings():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Listing))


def test_a_file_is_applied_and_its_refused_rows_are_told(imported, tmp_path):
    told = imported(CLUBS, "--source", "Holt clubs", "--licence", "OGL v3.0")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[-1] == "added 3, changed 0, unchanged 0, refused 2"
    assert "Line 4: it has no name" in told.stderr
    with (tmp_path / "clubs.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["line"], row["reason"]) for row in rows] == [
        ("", "4", "it has no name"),
        (
            "Nowhere club",
            "5",
            "it does not say where it is: give a postcode, coordinates, a town that we know, or an area served",
        ),
    ]
    source = db.session.scalars(select(Source)).one()
    assert (source.name, source.licence, source.preset) == ("Holt clubs", "OGL v3.0", "generic")


def test_a_second_run_changes_nothing(imported):
    imported(CLUBS)
    before = db.session.scalar(select(func.max(SearchChange.id)))
    told = imported(CLUBS)
    assert told.stdout.splitlines()[-1] == "added 0, changed 0, unchanged 3, refused 2"
    db.session.rollback()
    assert db.session.scalar(select(func.max(SearchChange.id))) == before
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_a_dry_run_says_the_same_and_changes_nothing(imported):
    told = imported(CLUBS, "--dry-run")
    assert told.stdout.splitlines()[-1] == "added 3, changed 0, unchanged 0, refused 2 (dry run: nothing was written)"
    assert (told.exit_code, listings()) == (0, 0)


def test_closed_rows_are_counted_apart(imported):
    told = imported("name,postcode,status\nChair yoga,NR25 6BH,\nOld club,NR25 6BH,closed\n")
    assert told.stdout.splitlines()[-1] == "added 1, changed 0, unchanged 0, refused 0, closed 1"


def test_what_was_imported_is_found_at_once(imported, client):
    imported(CLUBS)
    answer = client.get("/api/search?place=52.906,1.088&q=yoga&checked=any").get_json()
    assert [(found["name"], found["reason"]["code"]) for found in answer["results"]] == [("Chair yoga", "nearby")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04", "open it and save the sheet as CSV"),
        (b"", "is empty"),
        ("Location,Notes\nA,B\n", "No column of clubs.csv is the name of a listing"),
        ("name,notes\nA," + "x" * 140_000, "Line 2, column “notes”"),
    ],
)
def test_what_is_no_list_ends_with_one_line_and_one(imported, content, reason):
    told = imported(content)
    assert told.exit_code == 1
    assert reason in told.stderr
    assert "Traceback" not in told.output
    assert listings() == 0


def test_a_file_of_which_nothing_can_be_used_ends_with_one(imported):
    told = imported("name,postcode\n,NR25 6BH\n")
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (1, "added 0, changed 0, unchanged 0, refused 1")


def test_an_unknown_preset_is_told_with_those_there_are(imported):
    told = imported(CLUBS, "--preset", "library")
    assert told.exit_code == 1
    assert "There is no preset “library”" in told.stderr
    assert "libraries-england" in told.stderr
