"""The table: built beside and swapped, whole or not at all, read from many threads, mended by building again."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from directory import places
from directory.errors import Unavailable
from directory.places import building
from tests.places.conftest import ROWS, package
from tests.places.test_grid import KNOWN


def test_the_package_becomes_a_table_of_great_britain(small):
    unit = small.postcode("ox7 5aa")
    assert unit.code == "OX7 5AA"
    assert (unit.council_code, unit.terminated) == ("E07000181", False)
    assert small.distance_km(unit.latitude, unit.longitude, 51.940366, -1.545744) < 0.005
    for gone in ("BT1 1AA", "JE2 3AB", "IM1 1AA", "GIR 0AA", "OX7 5ZZ", "", "OX7"):
        assert small.postcode(gone) is None
    assert small.edition() == "ONS Postcode Directory, November 2025"


def test_a_unit_of_a_retired_outward_code_says_so_and_is_nobody_s_nearest(small):
    assert small.postcode("NP9 1AA").terminated
    unit = small.postcode("NP9 1AA")
    assert small.areas_of(unit.latitude, unit.longitude)[0] == "NP20"
    assert small.locate("NP9 1AA").note == "This postcode may be old."


def test_sectors_and_outward_codes_are_medians_with_the_distance_that_holds_most(small):
    table = small._table
    sector = table.sector("OX75")
    assert (sector.units, sector.council) == (3, "E07000181")
    middle = small.postcode("OX7 5AB")
    assert (sector.latitude, sector.longitude) == pytest.approx((middle.latitude, middle.longitude), abs=2e-6)
    assert 0.05 < sector.radius_km < 0.3
    assert table.outcode("OX7").units == 4
    assert table.sector("OX79") is None


def test_northern_ireland_is_read_from_its_own_grid_when_switched_on(small_package):
    places.configure(file=small_package, northern_ireland=True)
    places.build()
    unit = places.postcode("BT1 1AA")
    assert places.distance_km(unit.latitude, unit.longitude, 54.5966, -5.9301) < 0.2
    assert places.locate("BT1 1AA").area_codes == ("BT1", "N09000003", "N92000002", "K02000001")
    assert places.areas_of(54.597, -5.931)[0] == "BT1"
    assert places.NORTHERN_IRELAND_NOTICE


def test_without_a_table_postcodes_are_unavailable_and_healthchecks_know(tmp_path):
    places.configure(file=tmp_path / "none.sqlite")
    assert not places.is_built()
    assert places.edition() == ""
    for ask in (places.locate, places.postcode, places.approximate):
        with pytest.raises(Unavailable, match="cannot look up postcodes just now"):
            ask("OX7 5AA")
    assert places.find_postcode("Mill Lane, ox75aa") == "OX7 5AA"
    assert places.areas_of(52.9, 1.0) == ("K02000001",)
    assert places.areas_of(54.6, -5.93) == ("N92000002", "K02000001")


def test_building_again_swaps_at_once_and_keeps_place_names(small, monkeypatch, tmp_path):
    assert small.locate("Chipping Norton").outcode == "OX7"
    folder = package(tmp_path / "newer", [*ROWS, ("OX7 5ZZ", "E07000181", 431400.0, 227000.0)])
    monkeypatch.setattr(building, "package_folder", lambda name: folder)
    told = []
    small.build(lambda done, of: told.append((done, of)))
    assert small.postcode("OX7 5ZZ")
    assert small.locate("Newport").label == "Newport"
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_build_that_fails_leaves_the_old_table_and_nothing_else(small, small_package, monkeypatch):
    def broken(*given, **more):
        raise OSError("no space left on device")

    monkeypatch.setattr(building.Writer, "finish", broken)
    with pytest.raises(OSError, match="no space"):
        small.build()
    assert small.postcode("OX7 5AA")
    assert [left for left in os.listdir(small_package.parent) if ".part" in left] == []


def test_a_killed_build_leaves_the_old_table(small, small_package):
    before = small_package.read_bytes()
    script = (
        "import sys; from pathlib import Path; from directory.places import building\n"
        "building.from_package(Path(sys.argv[1]), lambda done, of: print('going', flush=True), northern_ireland=False)"
    )
    repository = Path(__file__).parents[2]
    child = subprocess.Popen([sys.executable, "-c", script, str(small_package)], stdout=subprocess.PIPE, cwd=repository)
    with child:
        assert child.stdout.readline() == b"going\n"
        child.send_signal(signal.SIGKILL)
    assert small_package.read_bytes() == before
    left = list(small_package.parent.glob(".places.sqlite-*.part"))
    assert len(left) == 1
    # The next build lets it lie while it is young, and clears it away when it is old.
    small.build()
    assert left[0].exists()
    os.utime(left[0], (time.time() - 7200,) * 2)
    small.build()
    assert not left[0].exists()
    assert small.postcode("OX7 5AA")


def test_another_process_s_new_table_is_noticed_within_a_second(small, small_package, monkeypatch, tmp_path):
    assert small.postcode("OX7 5ZZ") is None
    folder = package(tmp_path / "newer", [*ROWS, ("OX7 5ZZ", "E07000181", 431400.0, 227000.0)])
    monkeypatch.setattr(building, "package_folder", lambda name: folder)
    building.from_package(small_package, lambda done, of: None, northern_ireland=False)
    time.sleep(1.1)
    assert small.postcode("OX7 5ZZ")


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "flipped"])
def test_a_damaged_table_is_unavailable_until_it_is_built_again(small, small_package, damage):
    held = small_package.read_bytes()
    broken = {
        "empty": b"",
        "cut": held[: len(held) // 3],
        "text": b"hello" * 3000,
        "flipped": held[:100] + b"\xff" * 8000 + held[8100:],
    }
    small_package.write_bytes(broken[damage])
    places._table.look_again()
    with pytest.raises(Unavailable):
        small.locate("OX7 5AA")
    assert not small.is_built()
    small.build()
    assert small.postcode("OX7 5AA")


def test_threads_read_at_the_same_time_while_the_table_is_swapped(small, small_package):
    wrong = []
    over = threading.Event()

    def read():
        while not over.is_set():
            try:
                if small.postcode("OX7 5AA").code != "OX7 5AA" or small.areas_of(51.94, -1.5457)[0] != "OX7":
                    wrong.append("another answer")
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        small.build()
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_table_is_never_written_by_reading(small, small_package):
    os.chmod(small_package, 0o444)
    before = small_package.stat().st_mtime_ns
    small.locate("OX7 5AA"), small.locate("Holt, Norfolk")
    assert small_package.stat().st_mtime_ns == before
    with pytest.raises(sqlite3.OperationalError):
        small._table._connection().raw.execute("DELETE FROM sector")


# The whole country


@pytest.mark.parametrize(("code", "east", "north", "latitude", "longitude"), KNOWN)
def test_the_known_postcodes_are_where_they_are(real, code, east, north, latitude, longitude):
    unit = real.postcode(code)
    assert real.distance_km(unit.latitude, unit.longitude, latitude, longitude) < 0.005


def test_the_whole_table_holds_every_postcode_with_a_place(real):
    assert real._table.about()["units"] == "2636121"
    assert real._table.rows("SELECT count(*) FROM outcode") == [(2997,)]
    assert real._table.rows("SELECT sum(units) FROM outcode") == [(2636121,)]
    assert real._table.rows("SELECT count(*) FROM council WHERE units > 0") == [(350,)]
    assert real._table.path.stat().st_size < 60_000_000


def test_the_known_councils_are_found(real):
    councils = {code: real.postcode(code).council_code for code, *_ in KNOWN}
    assert councils == {
        "OX7 5AA": "E07000181", "LD1 6AA": "W06000023", "EX20 1AA": "E07000047", "CA10 1AA": "E06000064", "KW15 1AA": "S12000023",
        "NR19 2AL": "E07000143",
    }  # fmt: skip


def test_every_council_of_the_table_has_a_name(real):
    codes = [code for (code,) in real._table.rows("SELECT code FROM council WHERE units > 0")]
    assert [code for code in codes if not real.council_name(code)] == []


def test_sectors_lie_where_live_units_alone_would_put_them(real, samples):
    lines = (samples / "gb_sector_centroids.csv").read_text().splitlines()[1:]
    off = []
    for line in lines:
        sector, latitude, longitude, *_ = line.split(",")
        ours = real._table.sector(sector.replace(" ", ""))
        off.append(real.distance_km(ours.latitude, ours.longitude, float(latitude), float(longitude)))
    off.sort()
    assert len(off) == 10_847
    assert off[len(off) // 2] < 0.25
    assert off[int(len(off) * 0.9)] < 1.0


def test_the_areas_of_a_postcode_s_own_point_are_those_of_the_postcode(real):
    table = real._table
    wrong = 0
    rows = table.rows("SELECT code, letters FROM sector WHERE id % 12 = 5")
    for sector, letters in rows:
        unit = table.unit(sector + letters[:2].decode())
        if unit.terminated:
            continue
        nearest = table.nearest(unit.latitude, unit.longitude)
        assert nearest.distance_km < 0.001
        # Units may share a point across a boundary: one block of flats, two codes.
        wrong += nearest.unit.council_code != unit.council_code
    assert len(rows) > 900
    assert wrong <= 3


def test_the_nearest_postcode_is_the_nearest_of_all(real):
    table = real._table
    for latitude, longitude in ((51.5072, -0.1276), (57.1, -4.9), (58.6, -4.6), (52.906, 1.0898), (49.93, -6.3)):
        nearest = table.nearest(latitude, longitude)
        others = table.rows(
            "SELECT code, latitude, longitude FROM sector ORDER BY abs(latitude - ?) + abs(longitude - ?) LIMIT 200",
            (latitude, longitude),
        )
        for code, *_ in others:
            for (letters,) in table.rows("SELECT letters FROM sector WHERE code = ?", (code,)):
                for at in range(0, len(letters), 20):
                    unit = table.unit(code + letters[at : at + 2].decode())
                    away = real.distance_km(latitude, longitude, unit.latitude, unit.longitude)
                    assert unit.terminated or away >= nearest.distance_km * 0.995


def test_looking_up_is_quick(real):
    """Promises with room for a busy machine: 10 microseconds a unit and 0.15 ms an area when it is quiet."""
    table = real._table
    rows = table.rows("SELECT code, letters, latitude, longitude FROM sector WHERE id % 40 = 3")
    for _, _, latitude, longitude in rows[:5]:
        real.areas_of(latitude, longitude)
    before = time.thread_time()
    for code, letters, *_ in rows:
        table.unit(code + letters[:2].decode())
    assert (time.thread_time() - before) / len(rows) < 0.0002
    spent = []
    for _, _, latitude, longitude in rows:
        before = time.thread_time()
        real.areas_of(latitude, longitude)
        spent.append(time.thread_time() - before)
    assert sorted(spent)[len(spent) // 2] < 0.002
