"""A file is read for what it is, and one that is not what it says is refused with the line and the reason."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.errors import Refused
from directory.exchange import readers, refusals
from directory.exchange.drafts import Refusal
from directory.exchange.readers import Row
from directory.exchange.shapes import point_inside

PLAIN = "name,town\nChair yoga,Holt\nLunch club,Wells\n"


def cells(table):
    return [row.cells for row in table.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_an_encoding_is_found_out(read_text, encoding):
    table = read_text("name,town\nCafé crème,Holt\nThé dansant,Wells\n".encode(encoding))
    assert cells(table) == [{"name": "Café crème", "town": "Holt"}, {"name": "Thé dansant", "town": "Wells"}]


@pytest.mark.parametrize(("mark", "sort"), [(",", "CSV"), ("\t", "TSV"), (";", "CSV"), ("|", "CSV")])
def test_the_delimiter_is_found_whatever_the_name_says(read_text, mark, sort):
    table = read_text(f'name{mark}"a, b; c"\r\nChair yoga{mark}x\r\n'.encode(), "list.txt")
    assert (table.sort, table.header, cells(table)) == (sort, ("name", "a, b; c"), [{"name": "Chair yoga", "a, b; c": "x"}])


def test_blank_lines_are_no_rows_and_lines_are_counted_as_in_an_editor(read_text):
    table = read_text('name,notes\n\nOne,"two\nlines"\n,\nTwo,x\n')
    assert [(row.line, row.cells["name"]) for row in table.rows()] == [(4, "One"), (6, "Two")]
    assert table.total == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"%PDF-1.7 x", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!doctype html><html>", "web page"),
        (b"\xef\xbb\xbf  <kml>", "web page or XML"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08name,b", "not plain text"),
        (b'{"type": "FeatureCollection", "features": [', "breaks at line 1"),
        (b'{"a": 1}', "neither GeoJSON features nor a list"),
        (b"[1, 2]", "Entry 1"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "holds no listings"),
        (b"name,Name\nx,y\n", "columns 1 and 2 are both called “Name”"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(read_text, content, reason):
    with pytest.raises(Refused, match=reason):
        read_text(content)


def test_a_spreadsheet_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "list.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(Refused, match=r"spreadsheet \(XLSX, ODS\), not a table in plain text: open it and save the sheet as CSV"):
        readers.read(path)


def test_five_thousand_columns_are_refused_by_line_and_column(read_text):
    with pytest.raises(Refused, match=r"Line 1 of list\.csv has 5,000 columns; at most 500 are read, so “c500”"):
        read_text(",".join(f"c{number}" for number in range(5_000)) + "\n")


def test_too_many_rows_are_refused(read_text):
    with pytest.raises(Refused, match=r"more than 50,000 rows \(line 50002\)"):
        read_text("name\n" + "x\n" * 200_000)


def test_a_huge_cell_is_refused_by_line_and_column(read_text):
    with pytest.raises(Refused, match=r"Line 3, column “notes”, of list\.csv: a cell of more than 131,072 characters"):
        read_text("name,notes\nOne,x\nTwo," + "y" * 140_000 + "\n")


def test_a_huge_cell_is_told_under_its_own_column(read_text):
    with pytest.raises(Refused, match=r"Line 2, column “notes”, of list\.csv"):
        read_text("name,notes,town,phone\nOne," + "y" * 140_000 + ",Holt,1\n")
    with pytest.raises(Refused, match=r"Line 2, column “notes”, of list\.csv is longer"):
        read_text("name,notes,town,phone\nOne," + "y" * 999_000 + ",Holt," + "1" * 9_000 + "\n")


def test_a_file_that_is_too_big_is_told_the_limit_of_the_documents(tmp_path):
    for content, reason in [("name\n", "has 65.0 MB; at most 64 MB"), ("[", "has 13.0 MB of JSON; at most 12 MB")]:
        path = tmp_path / "list.csv"
        path.write_text(content + " " * 70_000)
        with path.open("r+b") as file:
            file.truncate((65 if content == "name\n" else 13) << 20)
        with pytest.raises(Refused, match=reason):
            readers.read(path)


def test_what_is_no_regular_file_is_not_even_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe"):
        with pytest.raises(Refused, match="is not a regular file"):
            readers.read(path)


def test_the_apostrophe_before_a_formula_is_taken_off_again(read_text, tmp_path):
    names = ["=Lunch", "@ The Hall", "+ Plus", "-minus", "'Tis the season", "O'=x"]
    rows = [Row(number, {"name": name, "@at": ""}) for number, name in enumerate(names)]
    refusals.write(tmp_path / "refused.csv", ("name", "@at"), [Refusal(row, "x") for row in rows])
    table = readers.read(tmp_path / "refused.csv")
    assert [row.cells["name"] for row in table.rows()] == names
    assert table.header == ("name", "@at", "line", "reason")


def test_a_quotation_mark_left_open_is_refused_where_it_runs_on(read_text):
    with pytest.raises(Refused, match=r"column “notes”, of list\.csv: .* Is a quotation mark left open"):
        read_text('name,notes\nOne,"x\n' + "Two,y\n" * 40_000)


def test_a_line_without_end_is_refused(read_text):
    with pytest.raises(Refused, match=r"Line 1.* is longer than 1,000,000 characters"):
        read_text("x" * 3_000_000)


def test_broken_rows_are_told_and_the_others_read(read_text):
    table = read_text("name,town\nOne\nTwo,Holt,more\nThree,Holt,,\nname,town\nFo\x00ur,Holt\nFive,Wells\n")
    faults = {row.line: row.fault for row in table.rows()}
    assert faults[2].startswith("the row has 1 cells where the header has 2")
    assert faults[3].startswith("the row has 3 cells where the header has 2")
    assert faults[5] == "the row repeats the header"
    assert faults[6] == "column “name” holds bytes that are not text"
    assert (faults[4], faults[7]) == ("", "")


def test_a_json_list_becomes_rows(read_text):
    table = read_text(json.dumps({"listings": [{"name": "A", "free": True, "tags": ["x", "y"]}, {"name": "B", "age": 5}]}), "x")
    assert cells(table) == [
        {"name": "A", "free": "yes", "tags": "x; y", "age": ""},
        {"name": "B", "free": "", "tags": "", "age": "5"},
    ]


def feature(geometry):
    return json.dumps({"type": "FeatureCollection", "features": [{"properties": {"name": "Park"}, "geometry": geometry}]})


def test_geojson_gives_a_point(read_text):
    square = [[[1.0, 52.0], [1.2, 52.0], [1.2, 52.2], [1.0, 52.2], [1.0, 52.0]]]
    assert cells(read_text(feature({"type": "Polygon", "coordinates": square}))) == [
        {"name": "Park", "lon": "1.1", "lat": "52.1"}
    ]
    assert cells(read_text(feature(None))) == [{"name": "Park"}]


def test_the_point_of_a_crescent_or_a_ring_is_inside_it():
    crescent = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 9], [9, 9], [9, 1], [0, 1], [0, 0]]
    x, y = point_inside({"type": "Polygon", "coordinates": [crescent]})
    assert 0 < y < 1 or 9 < y < 10 or 9 < x < 10
    ring = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[2, 2], [8, 2], [8, 8], [2, 8], [2, 2]]]
    x, y = point_inside({"type": "Polygon", "coordinates": ring})
    assert not (2 <= x <= 8 and 2 <= y <= 8)
    assert 0 <= x <= 10
    assert 0 <= y <= 10


def test_of_many_polygons_the_largest_counts():
    small, large = [[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[5, 5], [9, 5], [9, 9], [5, 9], [5, 5]]]
    assert point_inside({"type": "MultiPolygon", "coordinates": [small, large]}) == (7, 7)


@given(st.recursive(st.none() | st.floats() | st.text(max_size=5) | st.integers(), lambda e: st.lists(e, max_size=4)))
def test_no_geometry_is_too_strange(coordinates):
    for sort in ("Point", "Polygon", "MultiPolygon", "LineString", "GeometryCollection", "x"):
        point_inside({"type": sort, "coordinates": coordinates, "geometries": coordinates})


def reading(path, content):
    path.write_bytes(content)
    try:
        table = readers.read(path)
        return [row.cells for row in table.rows()]
    except Refused:
        return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path, content):
    reading(tmp_path / "any", content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.binary(max_size=40), st.integers(0, 60))
def test_changed_bytes_never_break_the_reader(tmp_path, splinter, at):
    content = (PLAIN * 3).encode()
    reading(tmp_path / "any", content[:at] + splinter + content[at + len(splinter) // 2 :])


words = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_what_was_written_as_csv_is_read_again(tmp_path, rows):
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([("first", "second"), *rows])
    found = reading(tmp_path / "any.csv", text.getvalue().encode())
    clean = [row for row in rows if row != ("first", "second") and "\ufffd" not in "".join(row)]
    clean = [row for row in clean if not any(cell.startswith("'") for cell in row)]
    assert [row for row in found if (row["first"], row["second"]) in clean] == [
        {"first": first, "second": second} for first, second in clean
    ]
