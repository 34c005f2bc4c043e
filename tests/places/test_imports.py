"""Postcode files of every format, recognised by what they hold; what an import reports, keeps and refuses."""

import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import places
from directory.errors import DirectoryError, Refused
from directory.places import formats, imports

NSPL_2025 = (
    "pcd7,pcd8,pcds,dointr,doterm,usrtypind,east1m,north1m,gridind,oa21cd,cty25cd,ced25cd,lad25cd,wd25cd,nhser24cd,ctry25cd,rgn25cd,"
    "lsoa21cd,lat,long"
)
ONSPD_2025 = "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,wd25cd,usrtypind,east1m,north1m,ctry25cd,lat,long"
ONSPD_2023 = "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,parish,usertype,oseast1m,osnrth1m,osgrdind,ctry,lat,long"
NSPL_2023 = "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa21,cty,ced,laua,ward,ctry,lat,long"


def row(header, **cells):
    """One row under a header of ONS, with the cells that matter and a filler in every other."""
    wanted = {"pcds": "", "doterm": "", "dointr": "202406", **cells}
    return ",".join(f'"{wanted.get(name, "x")}"' for name in header.split(","))


def ons_rows(header, *, lat="lat", long="long", council="lad25cd", country="ctry25cd", east="east1m", north="north1m"):
    live = {
        "pcds": "OX7 5ZZ",
        council: "E07000181",
        country: "E92000001",
        lat: "51.941",
        long: "-1.545",
        east: "431400",
        north: "0227000",
    }
    return "\n".join(
        [
            header,
            row(header, **live),
            row(header, **live | {"pcds": "OX7 5AA", "doterm": "201512"}),
            row(header, **live | {"pcds": "OX7 5ZY", lat: "", long: ""}),
            row(
                header,
                **live | {"pcds": "GY1 1AA", lat: "99.999999", long: "0.000000", east: "", north: "", council: "L99999999"},
            ),
            row(header, **live | {"pcds": "BT1 1AA", lat: "54.597", long: "-5.93", council: "N09000003", country: "N92000002"}),
            row(header, **live | {"pcds": "OX7 5ZX", lat: "48.85", long: "2.35"}),
            row(header, **live | {"pcds": "nonsense"}),
            "short,row",
        ]
    )


@pytest.fixture
def written(tmp_path):
    """A maker of files: `written("text")` or bytes."""

    def write(held, name="postcodes.csv"):
        path = tmp_path / name
        path.write_bytes(held if isinstance(held, bytes) else held.encode("utf-8"))
        return path

    return write


@pytest.mark.parametrize(
    ("header", "names", "called"),
    [
        (NSPL_2025, {}, "NSPL, from late 2025"),
        (NSPL_2025.replace("25cd", "26cd"), {"council": "lad26cd", "country": "ctry26cd"}, "NSPL, from late 2025"),
        (ONSPD_2025, {}, "ONSPD, from November 2025"),
        (NSPL_2023, {"council": "laua", "country": "ctry", "east": "oseast1m", "north": "osnrth1m"}, "NSPL, 2023 to mid 2025"),
        (
            NSPL_2023.replace("oa21", "oa11"),
            {"council": "laua", "country": "ctry", "east": "oseast1m", "north": "osnrth1m"},
            "NSPL, to 2022",
        ),
        (ONSPD_2023, {"council": "oslaua", "country": "ctry", "east": "oseast1m", "north": "osnrth1m"}, "ONSPD, to mid 2025"),
        ("X,Y,OBJECTID," + NSPL_2025.upper(), {}, "NSPL, from late 2025, as ArcGIS exports it"),
    ],
)
def test_the_tables_of_ons_of_every_year_are_read(small, written, header, names, called):
    lowered = header.lower()
    text = ons_rows(lowered, **names).replace(lowered, header, 1)
    report = small.import_postcodes(written("\ufeff" + text.replace("\n", "\r\n")))
    assert report.format == called
    assert (report.rows, report.live, report.terminated) == (8, 2, 1)
    assert (report.without_coordinates, report.northern_irish, report.refused_count) == (1, 1, 3)
    assert [line for line, _ in report.refused] == [7, 8, 9]
    assert "lies outside the United Kingdom" in report.refused[0][1]
    assert report.refused[1][1] == "'nonsense' is no full postcode"
    assert "columns where there should be" in report.refused[2][1]
    assert report.edition == "newest code of June 2024"
    unit = small.postcode("OX7 5ZZ")
    assert (unit.latitude, unit.longitude, unit.council_code) == (51.941, -1.545, "E07000181")
    # Without degrees the grid is read, leading nought and all.
    assert (
        small.distance_km(
            *small.osgb_to_wgs84(431400, 227000), small.postcode("OX7 5ZY").latitude, small.postcode("OX7 5ZY").longitude
        )
        < 0.001
    )
    assert small.locate("OX7 5AA").note == "This postcode may be old."
    assert small.postcode("BT1 1AA") is None
    assert small.edition() == f"{called}, newest code of June 2024"
    # What the file does not name is not forgotten, and nor are place names.
    assert small.postcode("LD1 6AA")
    assert small.named("Chipping Norton")


def test_a_report_reads_well(small, written):
    said = str(small.import_postcodes(written(ons_rows(NSPL_2025))))
    assert said.splitlines()[:5] == [
        "Read as NSPL, from late 2025, newest code of June 2024: 8 rows.",
        "2 live, 1 no longer in use.",
        "1 have no place on the map and were left out.",
        "1 in Northern Ireland were skipped: their data are not open.",
        "3 rows were refused:",
    ]
    assert said.splitlines()[-1] == "The table now holds 19 postcodes."


def test_northern_ireland_comes_in_when_switched_on_and_goes_again(small_package, written):
    places.configure(file=small_package, northern_ireland=True)
    places.build()
    path = written(ons_rows(NSPL_2025))
    report = places.import_postcodes(path)
    assert (report.northern_irish, report.northern_irish_kept) == (1, True)
    assert places.postcode("BT1 1AA").latitude == 54.597
    places.configure(file=small_package)
    places.import_postcodes(path)
    assert places.postcode("BT1 1AA") is None


CODE_POINT = """\
"OX7 5ZZ",10,431400,227000,"E92000001","","","E10000025","E07000181","E05000001"
"OX7 5ZY",90,0,0,"E92000001","","","E10000025","E07000181","E05000001"
"OX7 5ZX",10,x,227000,"E92000001","","","E10000025","E07000181","E05000001"
"""


def test_code_point_open_is_read_alone_and_in_its_zip(small, written, tmp_path):
    report = small.import_postcodes(written(CODE_POINT))
    assert (report.format, report.live, report.without_coordinates, report.refused) == (
        "Code-Point Open",
        1,
        1,
        ((3, "'x' is no number"),),
    )
    path = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(path, "w") as folder:
        folder.writestr("Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\n")
        folder.writestr("Data/CSV/ox.csv", CODE_POINT.replace("OX7 5ZZ", "OX7 5ZW"))
        folder.writestr("Data/CSV/ld.csv", CODE_POINT.replace("OX7 5Z", "LD1 6Z"))
    report = small.import_postcodes(path)
    assert (report.format, report.rows, report.live) == ("Code-Point Open", 6, 2)
    assert small.postcode("OX7 5ZW")
    assert small.postcode("LD1 6ZZ")


def test_an_nspl_zip_is_read_from_its_one_big_file(small, tmp_path):
    path = tmp_path / "NSPL_NOV_2025.zip"
    with zipfile.ZipFile(path, "w") as folder:
        folder.writestr("Documents/LA names.csv", "LAD25CD,LAD25NM\n" * 5000)
        folder.writestr("Data/multi_csv/NSPL_NOV_2025_OX.csv", "nothing of use")
        folder.writestr("Data/NSPL_NOV_2025_UK.csv", ons_rows(NSPL_2025))
    assert small.import_postcodes(path).format == "NSPL, from late 2025"


def test_only_a_whole_list_of_live_codes_says_which_are_retired(small, written, monkeypatch):
    path = written(CODE_POINT)
    small.import_postcodes(path)
    assert not small.postcode("OX7 5AA").terminated
    monkeypatch.setattr(imports, "WHOLE_COUNTRY", 1)
    small.import_postcodes(path)
    assert small.postcode("OX7 5AA").terminated
    assert not small.postcode("OX7 5ZZ").terminated
    assert small.locate("LD1 6AA").note == "This postcode may be old."


FREE_MAP_TOOLS = "id,postcode,latitude,longitude\n1,OX7 5ZZ,51.941,-1.545\n2,OX7 5ZY,99.999999,0.000000\n"
SAVED_AGAIN = ",id,postcode,latitude,longitude,postcode_clean\n0,1,OX7 5ZZ,51.941,-1.545,OX75ZZ\n"
GEONAMES = "GB\tOX7 5ZZ\tEnstone\tEngland\tENG\tOxfordshire\t11609027\tWest Oxfordshire\tE07000181\t51.941\t-1.545\t6\n"
OPEN_POSTCODE_GEO = """\
OX7 5ZZ,live,small,431400,227000,1,England,51.941,-1.545,OX75ZZ,OX7 5ZZ
OX7 5ZY,terminated,small,\\N,\\N,9,England,\\N,\\N,OX75ZY,OX7 5ZY
"""
DOOGAL = """\
Postcode,Latitude,Longitude,Easting,Northing,GridRef,County
OX7 5ZZ,51.941,-1.545,431400,227000,SP314270,Oxfordshire
"""
DOOGAL_IN_USE = """\
Postcode,In Use?,Latitude,Longitude,Easting,Northing,Grid Ref,County,District Code
OX7 5ZZ,Yes,51.941,-1.545,1,1,SP,Oxfordshire,E07000181
OX7 5AA,No,51.941,-1.545,1,1,SP,Oxfordshire,E07000181
"""


@pytest.mark.parametrize(
    ("text", "called", "live"),
    [
        (FREE_MAP_TOOLS, "FreeMapTools", 1),
        (SAVED_AGAIN, "FreeMapTools", 1),
        (GEONAMES, "GeoNames GB_full", 1),
        (OPEN_POSTCODE_GEO, "Open Postcode Geo", 1),
        (DOOGAL, "doogal", 1),
        (DOOGAL_IN_USE, "doogal", 1),
    ],
)
def test_the_lists_of_others_are_read(small, written, text, called, live):
    report = small.import_postcodes(written(text))
    assert (report.format, report.live, report.refused_count) == (called, live, 0)
    unit = small.postcode("OX7 5ZZ")
    assert (round(unit.latitude, 4), round(unit.longitude, 4)) == (51.941, -1.545)
    # A list without councils takes the usual one of the sector.
    assert unit.council_code == "E07000181"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            "GB\tOX7\tChipping Norton\tEngland\tENG\tOxfordshire\t1\t\t\t51.9\t-1.5\t4\n",
            "GeoNames GB, which holds only the first halves",
        ),
        ("Holt\tNorth Norfolk\tt\t52.906\t1.0898\n", "list of place names; load it with `flask --app wsgi places`"),
        ("listed_name\tdistrict\talso_known_as\na\tb\tc\n", "other names of places"),
        (",".join(["x"] * 34), "OS Open Names"),
        ("PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\n", "column headers of Code-Point Open"),
        ("name,latitude,longitude\nHall,1,2\n", "list of places or listings"),
        ("pcds,doterm\nOX7 5AA,\n", "columns are missing"),
        ("pcds,doterm,lad25cd,lat,long\nOX7 5AA,,E07000181,0,0\n", "not one postcode in it can be used"),
        ("<!doctype html><p>Sign in</p>", "JSON or a web page"),
        ('{"type": "FeatureCollection"}', "JSON or a web page"),
        ("", "empty"),
        ("\n\n", "empty"),
        ("pcds,lat".encode("utf-16"), "UTF-16"),
        (b"\x00\x01\x02\x03", "binary file"),
        ("hello\n", "It begins with: 'hello'"),
        ('"' + "x" * 200_000, "cannot be read as a table|no postcode file that we know"),
    ],
)
def test_a_wrong_file_is_refused_by_its_looks_and_changes_nothing(small, small_package, written, held, said):
    before = small_package.stat().st_mtime_ns
    with pytest.raises(Refused, match=said):
        small.import_postcodes(written(held))
    assert small_package.stat().st_mtime_ns == before


def test_wrong_zips_are_refused(small, tmp_path):
    path = tmp_path / "wrong.zip"
    for members, said in (
        ({"xl/workbook.xml": "<x/>"}, "Excel workbook"),
        ({"readme.pdf": "x"}, "no CSV or text file"),
        ({"Data/CSV/ox.csv": "name,latitude\nHall,1\n"}, "no postcode file that we know"),
    ):
        with zipfile.ZipFile(path, "w") as folder:
            for name, text in members.items():
                folder.writestr(name, text)
        with pytest.raises(Refused, match=said):
            small.import_postcodes(path)


def test_a_damaged_or_locked_zip_is_refused(small, written, tmp_path):
    path = tmp_path / "codepo.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("Data/CSV/ox.csv", CODE_POINT * 500)
    whole = path.read_bytes()
    hurt = bytearray(whole)
    hurt[60:90] = b"\xff" * 30
    locked = whole.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    for held in (bytes(hurt), locked):
        assert held != whole
        with pytest.raises(Refused, match="cannot be read: it is damaged, or locked"):
            small.import_postcodes(written(held, "codepo.zip"))
        with pytest.raises(Refused):
            small.import_names(written(held, "codepo.zip"))


def test_a_zip_bomb_is_refused_unread(small, tmp_path, monkeypatch):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("Data/CSV/ox.csv", b"\n" * 5_000_000)
    monkeypatch.setattr(formats, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(Refused, match="more than 4 GB"):
        small.import_postcodes(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 600), st.sampled_from([CODE_POINT, ons_rows(NSPL_2025)]))
def test_bytes_changed_in_a_file_are_refused_or_reported(small, tmp_path, noise, at, text):
    held = text.encode()
    path = tmp_path / "changed.csv"
    path.write_bytes(held[:at] + noise + held[at + len(noise) :])
    try:
        report = small.import_postcodes(path)
    except DirectoryError as error:
        assert_is_a_sentence(error)
    else:
        assert (
            report.live + report.terminated + report.without_coordinates + report.northern_irish + report.refused_count
            >= report.rows - 1
        )


def assert_is_a_sentence(error):
    assert str(error).endswith((".", "?"))


# Real samples


@pytest.mark.parametrize(
    ("name", "called", "live", "terminated"),
    [
        ("codepoint_open_iv_head.csv", "Code-Point Open", 200, 0),
        ("nspl_2023_header_row.csv", "NSPL, 2023 to mid 2025", 0, 1),
        ("nspl_2025_header_row.csv", "NSPL, from late 2025", 1, 0),
        ("freemaptools_ukpostcodes_head.csv", "FreeMapTools", 149, 0),
        ("geonames_GB_full_SYNTHETIC.txt", "GeoNames GB_full", 2, 0),
    ],
)
def test_the_real_samples_are_read(small, samples, name, called, live, terminated):
    report = small.import_postcodes(samples / "format_samples" / name)
    assert (report.format, report.live, report.terminated, report.refused_count) == (called, live, terminated, 0)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("nspl_2022_header.csv", "NSPL, to 2022"),
        ("nspl_2026_header.csv", "NSPL, from late 2025"),
        ("onspd_2023_header.csv", "ONSPD, to mid 2025"),
    ],
)
def test_a_real_header_without_rows_is_recognised_and_refused(small, samples, name, called):
    with pytest.raises(Refused, match=f"read as {called}"):
        small.import_postcodes(samples / "format_samples" / name)


def test_real_files_of_other_things_are_refused(small, samples):
    for name in ("gb_sector_centroids.csv", "place_names_osopennames_subset.tsv", "place_name_aliases.tsv"):
        with pytest.raises(Refused):
            small.import_postcodes(samples / name)
    with pytest.raises(Refused, match="column headers of Code-Point Open"):
        small.import_postcodes(samples / "format_samples" / "Code-Point_Open_Column_Headers.csv")


def test_a_real_sample_agrees_with_the_table_and_keeps_the_rest(places_file, samples, tmp_path):
    path = tmp_path / "places.sqlite"
    path.write_bytes(places_file.read_bytes())
    places.configure(file=path)
    before = {code: places.postcode(code) for code in ("IV1 1AD", "OX7 5AA")}
    started = time.thread_time()
    report = places.import_postcodes(samples / "format_samples" / "codepoint_open_iv_head.csv")
    assert time.thread_time() - started < 120
    assert report.total >= 2_636_121
    for code, unit in before.items():
        after = places.postcode(code)
        assert (after.council_code, after.terminated) == (unit.council_code, False)
        assert places.distance_km(after.latitude, after.longitude, unit.latitude, unit.longitude) < 0.001
