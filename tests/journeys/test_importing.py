"""`flask import` from the file to the search answer: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import func, select

from directory import places, search
from directory.extensions import db
from directory.models import ImportRun, Listing, SearchChange, Source
from directory.places import Place, Unit

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
    near = Place("NR25 6", "sector", 52.9, 1.09, outcode="NR25")
    monkeypatch.setattr(places, "approximate", lambda text: near if text.startswith("NR25") else None)
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


def test_the_refused_file_is_never_the_input(imported, tmp_path):
    for options in (["--dry-run"], []):
        told = imported(CLUBS, "--refused", str(tmp_path / "." / "clubs.csv"), *options)
        assert told.exit_code == 1
        assert "is the file to be imported" in told.stderr
        assert (tmp_path / "clubs.csv").read_text() == CLUBS
    assert listings() == 0


def test_the_refused_file_is_nothing_else_that_is_there(imported, tmp_path):
    (tmp_path / "accounts.csv").write_text("money,whose\n1,2\n")
    told = imported(CLUBS, "--refused", "accounts.csv")
    assert (told.exit_code, listings()) == (1, 0)
    assert "is there already and holds no refused rows" in told.stderr
    assert (tmp_path / "accounts.csv").read_text() == "money,whose\n1,2\n"
    for _ in range(2):
        assert imported(CLUBS, "--refused", "mine.csv").exit_code == 0


def test_the_refused_rows_of_an_earlier_run_are_kept(imported, tmp_path):
    imported(CLUBS)
    (tmp_path / "clubs.refused.csv").write_text("half mended")
    told = imported(CLUBS)
    assert "clubs.refused-2.csv" in told.stderr
    assert (tmp_path / "clubs.refused.csv").read_text() == "half mended"
    assert "Nowhere club" in (tmp_path / "clubs.refused-2.csv").read_text(encoding="utf-8-sig")


def test_a_dry_run_writes_refused_rows_only_where_it_is_told(imported, tmp_path):
    told = imported(CLUBS, "--dry-run")
    assert "name a file with --refused" in told.stderr
    assert [path.name for path in tmp_path.glob("*refused*")] == []
    imported(CLUBS, "--dry-run", "--refused", "mine.csv")
    assert "Nowhere club" in (tmp_path / "mine.csv").read_text(encoding="utf-8-sig")


def test_refused_rows_can_be_refused_again_and_again(imported, tmp_path):
    imported(CLUBS, "--refused", "one.csv")
    for name in ("one.csv", "two.csv"):
        text = (tmp_path / name).read_bytes()
        told = imported(text, "--refused", "two.csv" if name == "one.csv" else "three.csv", name=name)
        assert told.stdout.splitlines()[-1] == "added 0, changed 0, unchanged 0, refused 2", told.output


@pytest.mark.parametrize("broken", ["needs_rebuild", "apply_changes"])
def test_an_index_that_cannot_be_written_hides_nothing(imported, tmp_path, monkeypatch, broken):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(search, "needs_rebuild", lambda: False)
    monkeypatch.setattr(search, broken, full)
    told = imported(CLUBS)
    assert (told.exit_code, listings()) == (0, 3)
    assert told.stdout.splitlines()[-1] == "added 3, changed 0, unchanged 0, refused 2"
    assert "The listings are in; the index could not be brought up to date: [Errno 28] No space left" in told.stderr
    assert (tmp_path / "clubs.refused.csv").exists()


def test_postcodes_that_the_table_lacks_are_counted_or_refused(imported):
    told = imported("name,postcode,area served\nA,NR25 6ZZ,\nB,NR25 6ZY,\nC,QQ1 1AA,\nD,,QQ1; NR25\n")
    assert told.stdout.splitlines()[-1] == "added 2, changed 0, unchanged 0, refused 2"
    assert "  Note: postcode not in the table, placed in the middle of NR25 6 (2).\n" in told.stdout
    assert "Line 4: there is no postcode area QQ1; correct it or give latitude and longitude" in told.stderr
    assert "Line 5: coverage: Area 1: there is no postcode area QQ1." in told.stderr


def test_with_the_real_table_only_what_exists_gets_in(app, real_places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["A,ZZ99 9ZZ", "B,QQ1 1AA", "C,XX9 9XX", "D,NR25 6XX", "E,BT14 7GH", "F,NR25 6BH", "G,EC1A 1BB", "H,BT99 9ZZ"]
    (tmp_path / "real.csv").write_text("\n".join(["name,postcode", *rows]) + "\n")
    told = app.test_cli_runner().invoke(args=["import", "real.csv"])
    assert told.stdout.splitlines()[-1] == "added 5, changed 0, unchanged 0, refused 3", told.output
    for area in ("ZZ99", "QQ1", "XX9"):
        assert f"there is no postcode area {area}; correct it" in told.stderr
    assert "placed in the middle of NR25 6 (1)" in told.stdout
