"""A small table of postcodes and names, read the way the real ones are, and the folder of real samples."""

from __future__ import annotations

from pathlib import Path

import brotli
import msgpack
import pytest

from directory import places
from directory.places import building
from tests import needs

# (postcode as the package writes it, council, easting, northing); nan where nothing is known.
NAN = float("nan")
ROWS = [
    ("OX7 5AA", "E07000181", 431323.0, 226970.0),
    ("OX7 5AB", "E07000181", 431400.0, 227000.0),
    ("OX7 5AD", "E07000181", 431500.0, 227100.0),
    ("OX7 6XA", "E07000181", 425000.0, 218000.0),
    ("OX1 1AA", "E07000178", 451300.0, 206200.0),
    ("OX111AA", "E07000179", 452000.0, 190000.0),
    ("OX2 6AA", "E07000178", 450600.0, 208000.0),
    ("LD1 6AA", "W06000023", 305683.0, 261076.0),
    ("EX201AA", "E07000047", 258736.0, 95196.0),
    ("CA101AA", "E06000064", 354652.0, 539540.0),
    ("KW151AA", "S12000023", 344877.0, 1011082.0),
    ("NR192AL", "E07000143", 598835.0, 313451.0),
    ("NR256BW", "E07000147", 607700.0, 338800.0),
    ("NR256BP", "E07000147", 607800.0, 338900.0),
    ("NP9 1AA", "W06000022", 331000.0, 188000.0),
    ("NP201AA", "W06000022", 331100.0, 188100.0),
    ("SO171BJ", "E06000045", 442500.0, 115500.0),
    ("GIR 0AA", NAN, NAN, NAN),
    ("JE2 3AB", "L99999999", NAN, NAN),
    ("IM1 1AA", "M99999999", NAN, NAN),
    ("BT1 1AA", "N09000003", 333800.0, 374000.0),
]
NAMES = """\
Holt\tNorth Norfolk\tt\t52.906\t1.0898
Holt\tWiltshire\tv\t51.3567\t-2.2
Oxford\t\tc\t51.752\t-1.2576
Chipping Norton\tWest Oxfordshire\tt\t51.9413\t-1.5458
Newtown\tPowys - Powys\tv\t52.5151\t-3.315
Newtown\t"Bournemouth, Christchurch and Poole"\tv\t50.735\t-1.95
Newtown\tCornwall\th\t50.1\t-5.4
St Ives\tCornwall\tt\t50.2114\t-5.4808
St Ives\tHuntingdonshire\tt\t52.3249\t-0.0701
Bishop's Castle\tShropshire\tt\t52.493\t-2.9978
Wells-next-the-Sea\tNorth Norfolk\tt\t52.9543\t0.8518
Casnewydd\tCasnewydd - Newport\tc\t51.5879\t-2.9967
Ynysybŵl\tRhondda Cynon Taf - Rhondda Cynon Taf\tv\t51.64\t-3.36
Near Sawrey\tSouth Lakeland\tv\t54.3526\t-2.9717
Sawrey\tSouth Lakeland\th\t54.35\t-2.95
Gillingham\tMedway\tt\t51.3892\t0.5486
Gillingham\tDorset\tt\t51.0377\t-2.2751
Kent\tNew Forest\to\t50.8927\t-1.8032
Newcastle\tShropshire\tv\t52.4347\t-3.1062
Newcastle upon Tyne\t\tc\t54.978\t-1.6102
OX7\t\t\t51.9\t-1.5
"""
ALIASES = "listed_name\tdistrict\talso_known_as\nCasnewydd\tCasnewydd - Newport\tNewport\n"


def package(folder: Path, rows=ROWS) -> Path:
    """A folder in the shape of the postcode package."""
    folder.mkdir(parents=True, exist_ok=True)
    for letter in sorted({row[0][0] for row in rows}):
        code, council, east, north = zip(*(row for row in rows if row[0][0] == letter), strict=True)
        columns = {"pcd": list(code), "laua": list(council), "oseast1m": list(east), "osnrth1m": list(north)}
        packed = brotli.compress(msgpack.packb({"columns": list(columns), "data": columns}), quality=1)
        (folder / f"postcodes_{letter}.msgpack.br").write_bytes(packed)
    return folder


@pytest.fixture
def small_package(tmp_path, monkeypatch) -> Path:
    """The postcode package with twenty-one rows; the path where a table may be built from it."""
    folder = package(tmp_path / "package")
    monkeypatch.setattr(building, "package_folder", lambda name: folder)
    path = tmp_path / "instance" / "places.sqlite"
    places.configure(file=path)
    return path


@pytest.fixture
def small(small_package):
    """Places with the small table and the small list of names."""
    places.build()
    listed = small_package.parent / "names.tsv"
    listed.write_text(NAMES, "utf-8")
    places.import_names(listed)
    listed.write_text(ALIASES, "utf-8")
    places.import_names(listed)
    return places


@pytest.fixture
def real(places_file):
    """Places with the whole table, outside any application."""
    places.configure(file=places_file)
    return places


@pytest.fixture
def own(places_file, tmp_path):
    """Places with a copy of the whole table that a test may load names into."""
    path = tmp_path / "own.sqlite"
    path.write_bytes(places_file.read_bytes())
    places.configure(file=path)
    return places


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real postcode files; skips by name where it is absent."""
    folder = needs.SHARED / "data" / "postcodes"
    if not folder.is_dir():
        needs.lacking("shared", "no folder of real postcode files; name one in DIRECTORY_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def whole(places_file, samples, tmp_path_factory):
    """The whole table with the real names and their other names."""
    path = tmp_path_factory.mktemp("whole") / "places.sqlite"
    path.write_bytes(places_file.read_bytes())
    places.configure(file=path)
    listed = places.import_names(samples / "place_names_osopennames_subset.tsv")
    others = places.import_names(samples / "place_name_aliases.tsv")
    assert (listed.rows, listed.refused_count) == (43_105, 0)
    [(left,)] = places._table.rows("SELECT count(*) FROM name WHERE source = 'shipped'")
    assert left < 30
    assert (others.rows, others.refused_count, others.total) == (60, 0, 43_165 + left)
    return path
