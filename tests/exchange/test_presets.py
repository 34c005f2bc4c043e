"""What each layout of file becomes, with the traps that the real lists set."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from directory.errors import Refused
from directory.exchange import columns, presets, refusals
from directory.exchange.cells import contacts, is_personal, said, website, website_notes, yes_or_no
from directory.exchange.drafts import Refusal
from directory.exchange.hours import clock, ranges, week
from directory.exchange.presets import libraries_england, mobile_stops, museums
from directory.exchange.readers import Row


def csv_of(*rows, columns=None):
    """A CSV with every column that any row has; `columns` go first."""
    names = list(dict.fromkeys([*(columns or ()), *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


ENGLAND = {
    "reporting": "Norfolk",
    "name": "Holt Library",
    "address1": "9 Church Street",
    "address2": "Holt",
    "address3": "Norfolk",
    "authority": "Norfolk",
    "postcode": "nr256bh",
    "type": "Static Library",
    "operation_23": "LA",
    "operating_organisation": "-",
    "monday": "AM & PM (continuous)",
    "tuesday": "am & PM (continuous)",
    "wednesday": "Closed",
    "saturday": "AM Only",
    "hours": "30",
    "email": "libraries@norfolk.gov.uk",
}


def england(told, **changes):
    return told(csv_of(ENGLAND | changes, columns=sorted(libraries_england.PRESET.columns)))


def test_an_english_library(told):
    (draft,), refused, table = england(told)
    assert presets.choose(table).name == "libraries-england"
    assert refused == []
    record = draft.record
    assert (record["name"], record["kind"], record["status"]) == ("Holt Library", "library", "published")
    assert record["organisation"] == {"name": "Norfolk libraries", "kind": "council"}
    venue = record["venues"][0]
    assert (venue["address_1"], venue["address_2"], venue["postal_code"]) == ("9 Church Street", "Holt, Norfolk", "NR25 6BH")
    assert (venue["latitude"], venue["longitude"], venue["point_source"]) == (52.906, 1.088, "postcode")
    assert [(s["rrule"], s["opens"], s["description"]) for s in record["sessions"]] == [
        ("FREQ=WEEKLY;BYDAY=MO,TU", None, "AM & PM (continuous)"),
        ("FREQ=WEEKLY;BYDAY=SA", None, "AM Only"),
    ]
    assert record["schedule_note"] == "Open 30 hours a week"
    assert record["contacts"] == [{"kind": "email", "value": "libraries@norfolk.gov.uk", "note": "", "public": True}]


@pytest.mark.parametrize("state", ["Closed", "closed"])
def test_a_closed_library_is_closed(told, state):
    (draft,), refused, _ = england(told, operation_23=state, postcode="[Unknown]")
    assert (draft.closed, draft.record["status"], refused) == (True, "ended", [])


def test_a_prison_library_is_refused(told):
    assert england(told, type="Prison Library")[:2] == ([], [(2, "prison library: the public cannot go in")])


def test_a_library_closed_for_the_time_being_is_paused(told):
    (draft,), _, _ = england(told, operation_23="Temporary Closure")
    assert (draft.record["status"], draft.closed) == ("paused", False)


def test_a_mobile_library_covers_its_council_instead_of_its_depot(told):
    (draft,), _, _ = england(told, type="mobile library", name="Mobile 3", postcode="n/a - mobile", authority="North Norfolk")
    assert draft.record["coverage"] == [{"area_code": "E07000147", "label": "North Norfolk"}]
    assert (draft.record.get("venues", []), draft.record["at_venue"]) == ([], False)


def test_an_unknown_unit_falls_back_to_its_outward_code(told):
    (draft,), _, _ = england(told, postcode="NR21 7ZZ")
    venue = draft.record["venues"][0]
    assert (venue["postal_code"], venue["point_source"], venue["latitude"]) == ("NR21 7ZZ", "outcode", 52.83)


def test_same_names_get_keys_of_their_own(told):
    drafts, _, _ = told(
        csv_of(ENGLAND, ENGLAND | {"address1": "1 High Street"}, columns=sorted(libraries_england.PRESET.columns))
    )
    assert [draft.key for draft in drafts] == ["norfolk/holt library", "norfolk/holt library#2"]


def test_a_scottish_library(told):
    (draft,), _, table = told(
        "Library name,Address 1,Address 2,Address 3,Postcode,URL\n"
        "Aberchirder Library,111 Main Street ,,Huntly,NR21 9AB,https://www.aberdeenshire.gov.uk/libraries/\n"
    )
    assert presets.choose(table).name == "libraries-scotland"
    assert draft.record["sessions"] == [{"venue": "library", "mode": "venue"}]
    assert draft.record["venues"][0]["city"] == "Huntly"
    assert draft.record["organisation"] is None


def test_welsh_libraries(told):
    drafts, _, table = told(
        "Local authority code,Library name,Address 1,Address 2,Address 3,Postcode,Type of library,Statutory,Year opened,"
        "Year closed,URL,Email address\n"
        "W06000001,Amlwch Library,Ffordd Parys,Amlwch,Anglesey,NR21 9AB,LAL,True,,,http://www.anglesey.gov.uk/,mailto:kb@anglesey.gov.uk\n"
        "W06000001,Old Library,,,,SA15 8LR,LAL,True,,2014,,\n"
    )
    assert presets.choose(table).name == "libraries-wales"
    assert drafts[0].record["contacts"][0]["value"] == "kb@anglesey.gov.uk"
    assert "Anglesey" in drafts[0].record["organisation"]["name"]
    assert [draft.closed for draft in drafts] == [False, True]


def test_a_northern_irish_library_without_a_point_covers_its_outward_code(told):
    (draft,), _, table = told(
        "Library name,Address 1,Address 2,Address 3,Postcode,URL,Email address,"
        "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday\n"
        'Ardoyne,446 - 450 Crumlin Road,Belfast,Antrim,BT14 7GH,,a.library@librariesni.org.uk,"10:00-13:30,14:00-17:00",'
        '"10:00-13:30,14:00-17:00",,09:30-14:00,,,\n'
    )
    assert presets.choose(table).name == "libraries-northern-ireland"
    assert draft.record["name"] == "Ardoyne Library"
    assert draft.record["coverage"] == [{"area_code": "BT14", "label": "BT14"}]
    assert draft.record["venues"][0]["latitude"] is None
    assert [(s["rrule"], s["opens"], s["closes"]) for s in draft.record["sessions"]] == [
        ("FREQ=WEEKLY;BYDAY=MO,TU", "10:00", "13:30"),
        ("FREQ=WEEKLY;BYDAY=MO,TU", "14:00", "17:00"),
        ("FREQ=WEEKLY;BYDAY=TH", "09:30", "14:00"),
    ]


STOP = {
    "organisation": "Norfolk",
    "mobile": "NWA",
    "route": "NWA101",
    "community": "Great Snoring",
    "stop": "The Street",
    "address": "The Street, Great Snoring",
    "postcode": "",
    "geox": "0.8911",
    "geoy": "52.8650",
    "day": "Tuesday",
    "type": "Public",
    "arrival": "9:30",
    "departure": "09:50",
    "frequency": "FREQ=WEEKLY;INTERVAL=4",
    "start": "2019-08-13",
}


def stops(told, *changes):
    return told(csv_of(*(STOP | change for change in changes), columns=sorted(mobile_stops.PRESET.columns)))


def test_the_stops_of_one_mobile_library_are_one_listing(told):
    second = {"community": "Barney", "stop": "Green", "frequency": "FREQ=MONTHLY;BYDAY=2TU,4TU", "geox": "0.95"}
    drafts, refused, _ = stops(told, {}, second, {"mobile": "EDE", "frequency": "FREQ=WEEKLY;INTERVAL=1"})
    assert refused == []
    assert [draft.record["name"] for draft in drafts] == ["Norfolk mobile library: NWA", "Norfolk mobile library: EDE"]
    first = drafts[0].record
    assert [venue["name"] for venue in first["venues"]] == ["The Street", "Green"]
    assert (first["venues"][0]["city"], first["venues"][0]["address_1"]) == ("Great Snoring", "")
    assert [(s["mode"], s["rrule"], s["starts_on"], s["opens"], s["closes"]) for s in first["sessions"]] == [
        ("stop", "FREQ=WEEKLY;INTERVAL=4;BYDAY=TU", "2019-08-13", "09:30", "09:50"),
        ("stop", "FREQ=MONTHLY;BYDAY=2TU,4TU", "2019-08-13", "09:30", "09:50"),
    ]
    assert drafts[1].record["sessions"][0]["rrule"] == "FREQ=WEEKLY;BYDAY=TU"
    assert len(drafts[0].rows) == len(drafts[0].parts) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"arrival": "13:30", "departure": "13:00"}, "the stop ends (13:00) before it begins (13:30)"),
        ({"arrival": "soon"}, "are not times of day"),
        ({"frequency": "FREQ=YEARLY"}, "is not a weekly or monthly rule"),
        ({"start": ""}, "needs the date it starts from"),
        ({"start": "13/08/2019"}, "is not a date such as 2026-01-31"),
        ({"day": "Feast day"}, "is not a day of the week"),
        ({"type": "School"}, "the public cannot use it"),
        ({"geox": "", "geoy": ""}, "neither coordinates nor a postcode that we know"),
        ({"geox": "2.35", "geoy": "48.85"}, "outside the United Kingdom"),
        ({"geox": "0,89"}, "are not two numbers"),
    ],
)
def test_a_stop_that_cannot_be_right_is_refused_alone(told, change, reason):
    drafts, refused, _ = stops(told, {}, change)
    assert len(drafts[0].rows) == 1
    assert [line for line, _ in refused] == [3]
    assert reason in refused[0][1]


def test_a_point_that_contradicts_its_postcode_is_refused_with_both_distances(told):
    _, refused, _ = stops(told, {"postcode": "NR25 6BH"})
    assert "are 14.0 km (8.7 miles) from the postcode NR25 6BH, which is at 52.90600, 1.08800" in refused[0][1]


def test_latitude_and_longitude_in_each_others_column_are_turned_round_and_told(told):
    drafts, _, table = stops(told, {"geox": "52.8650", "geoy": "0.8911"})
    venue = drafts[0].record["venues"][0]
    assert (venue["latitude"], venue["longitude"]) == (52.865, 0.8911)
    assert "turned round" in table.notes[0]


MUSEUM = {
    "musname": "Mill Museum",
    "muse_id": "mm.1",
    "town": "Fakenham",
    "postcode": "NR21 9AB",
    "accreditation": "Accredited",
    "governance": "Independent:National Trust",
    "subject_matter": "Rural Industry:Windmills",
    "closing_date": "Still open",
    "admin_area": "/England/East of England (English Region)/Norfolk (English County)",
}


def museum(told, *changes):
    return told(csv_of(*(MUSEUM | change for change in changes), columns=sorted(museums.PRESET.columns)).replace(",", "\t"))


def test_a_museum(told):
    (draft,), _, table = museum(told, {})
    assert (table.sort, draft.key, draft.record["kind"]) == ("TSV", "mm.1", "museum")
    assert draft.record["summary"] == "Museum. Subject: windmills, rural industry. Accredited."
    assert draft.record["organisation"]["name"] == "National Trust"
    assert (draft.record["venues"][0]["city"], draft.record["needs"]) == ("Fakenham", ["heritage"])


@pytest.mark.parametrize("closed", ["2007-2017", "2015", "unknown"])
def test_a_museum_that_closed_is_closed(told, closed):
    assert museum(told, {"closing_date": closed})[0][0].closed is True


def test_a_museum_outside_the_country_is_refused_politely(told):
    _, refused, _ = museum(
        told, {"admin_area": "/Isle of Man", "postcode": "IM1 1AA"}, {"muse_id": "mm.2", "postcode": "JE2 3AB"}
    )
    assert "the Isle of Man, outside the United Kingdom" in refused[0][1]
    assert refused[1][1] == "JE2 3AB is in Jersey, outside the United Kingdom"


def test_the_same_identifier_twice_is_refused_by_line(told):
    assert museum(told, {}, {})[1] == [(3, "the identifier mm.1 is that of line 2 already")]


# Any table


def test_a_plain_table_by_the_usual_names(told):
    (draft,), _, table = told(
        "Title,Category,Full Address,Tel,E-mail,URL,Opening Times,Min age,Price,"
        "Hearing loop,Disabled toilet,Organisation,Colour\n"
        'Chair yoga,Group,"Village Hall, Mill Lane, Holt NR25 6BH",01263 960142 / 07700 900123,jo.smith@example.org,'
        "www.example.org/yoga,Wednesdays,50,£3 with tea,yes,No,Holt Wellbeing,red\n"
    )
    record = draft.record
    assert (record["name"], record["kind"], record["organisation"]) == ("Chair yoga", "group", {"name": "Holt Wellbeing"})
    assert (record["venues"][0]["postal_code"], record["venues"][0]["address_1"]) == ("NR25 6BH", "Village Hall")
    assert record["venues"][0]["access"] == [
        {"feature": "accessible-toilet", "present": False},
        {"feature": "hearing-loop", "present": True},
    ]
    assert [(point["value"], point["public"]) for point in record["contacts"]] == [
        ("01263 960142", True),
        ("07700 900123", False),
        ("jo.smith@example.org", False),
    ]
    assert (record["cost"], record["cost_amount"], record["fees_description"]) == ("paid", "3", "£3 with tea")
    assert (record["minimum_age"], record["schedule_note"], record["website"]) == (
        50,
        "Wednesdays",
        "http://www.example.org/yoga",
    )
    assert table.notes == ["columns that were not used: Colour"]


def test_days_of_the_week_become_sessions(told):
    (draft,), _, _ = told(
        "pharmacy_name,postcode,opening_hours_monday,opening_hours_tuesday,opening_hours_sunday\n"
        'A1 Pharmacy,NR21 9AB,"08:30-13:00,14:00-17:30",08:30-13:00,CLOSED\n'
    )
    assert [(s["rrule"], s["opens"], s["closes"]) for s in draft.record["sessions"]] == [
        ("FREQ=WEEKLY;BYDAY=MO,TU", "08:30", "13:00"),
        ("FREQ=WEEKLY;BYDAY=MO", "14:00", "17:30"),
    ]


def test_a_table_without_names_is_refused_with_its_columns(told):
    with pytest.raises(Refused, match=r"No column of list\.csv is the name of a listing; its columns are Location, Address1"):
        told("Location,Address1,Postcode\nAECOM,179 Moss Lane,WA15 8FH\n")


def test_a_whole_file_on_one_point_loses_its_coordinates(told):
    rows = "".join(f"Stop {number},53.41,-2.36,\n" for number in range(10)) + "With postcode,53.41,-2.36,NR21 9AB\n"
    drafts, refused, _ = told("name,lat,lng,postcode\n" + rows)
    assert [draft.record["venues"][0]["point_source"] for draft in drafts] == ["postcode"]
    assert len(refused) == 10
    assert "all 11 rows have the same coordinates" in refused[0][1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",NR21 9AB,,,", "it has no name"),
        ("A,n/a,,,", "it does not say where it is"),
        ("A,WA154 1HF,,,", "“WA154 1HF” is not a postcode"),
        ("A,ZZ99 9ZZ,,,", "there is no postcode area ZZ99; correct it or give latitude and longitude"),
        ("A,NR99 9ZZ,Atlantis,,", "there is no postcode area NR99"),
        ("A,NR21 9AB,,,Atlantis", "neither a council, an outward code such as NR21 nor “UK”"),
    ],
)
def test_a_row_that_nobody_could_use_is_refused(told, row, reason):
    drafts, refused, _ = told(f"name,postcode,town,closed,area served\n{row}\n")
    assert drafts == []
    assert reason in refused[0][1]


def test_a_town_or_an_area_is_enough(told):
    drafts, _, _ = told("name,town,area served,online\nA,Holt,,\nB,,NR23; North Norfolk,\nC,,,yes\nD,,UK,\n")
    assert drafts[0].record["venues"][0]["point_source"] == "place"
    assert [area["area_code"] for area in drafts[1].record["coverage"]] == ["NR23", "E07000147"]
    assert (drafts[2].record["at_venue"], drafts[2].record["online"]) == (False, True)
    assert drafts[3].record["coverage"][0]["area_code"] == "K02000001"


@pytest.mark.parametrize("name", ["\u200b\u200d", "...!", "\ufeff\u00ad", "***"])
def test_a_name_that_cannot_be_read_is_no_name(told, name):
    drafts, refused, _ = told(f"name,postcode\n{name},NR21 9AB\n‘Yoga’,NR21 9AB\nกลุ่ม,NR21 9AB\n")
    assert (len(drafts), refused) == (2, [(2, "its name has neither a letter nor a digit")])


def test_an_object_where_text_is_expected_is_refused_by_its_column(told):
    entries = [{"name": {"a": 1}, "postcode": "NR21 9AB"}, {"name": "B", "phone": [{"x": 1}], "postcode": "NR21 9AB"}]
    entries += [{"name": "C", "postcode": "NR21 9AB", "@relations": [{"rel": 1}], "needs": ["reading"]}]
    drafts, refused, _ = told(json.dumps(entries))
    assert [draft.record["name"] for draft in drafts] == ["C"]
    assert refused == [
        (1, "column “name” holds an object of JSON where text is expected"),
        (2, "column “phone” holds an object of JSON where text is expected"),
    ]


def test_a_postcode_that_does_not_exist_needs_a_town_or_a_point(told):
    drafts, refused, _ = told("name,postcode,town,lat,lon\nA,ZZ99 9ZZ,Holt,,\nB,ZZ99 9ZZ,,52.9,1.08\nC,BT14 7GH,,,\n")
    assert refused == []
    assert [draft.record["venues"][0]["point_source"] for draft in drafts] == ["place", "stated", None]
    assert [draft.record["coverage"] for draft in drafts] == [[], [], [{"area_code": "BT14", "label": "BT14"}]]


def test_closed_and_paused_and_repeated_rows(told):
    drafts, refused, _ = told(
        "id,name,postcode,status,closing date\n1,A,NR21 9AB,closed,\n2,B,NR21 9AB,,2019\n3,C,NR21 9AB,temporarily closed,\n"
        "4,D,NR21 9AB,,Still open\n4,D,NR21 9AB,,Still open\n4,E,NR21 9AB,,\n"
    )
    assert [(draft.key, draft.closed, draft.record["status"]) for draft in drafts] == [
        ("1/", True, "ended"),
        ("2/", True, "ended"),
        ("3/", False, "paused"),
        ("4/", False, "published"),
    ]
    assert refused == [(6, "the row is the same as line 5"), (7, "its identifier “4” stands in an earlier row already")]


def test_an_unknown_preset_names_those_there_are(told):
    with pytest.raises(Refused, match="There is no preset “x”") as refused:
        told("name\nA\n", preset="x")
    assert "mobile-stops" in refused.value.suggestions
    with pytest.raises(Refused, match="it has no column"):
        told("name\nA\n", preset="museums")


# Cells


@pytest.mark.parametrize(
    "nothing", ["", " ", "-", "N/A", "NA", "[Unknown]", "n/a - mobile", "[No registered public address]", "none"]
)
def test_words_for_nothing_are_nothing(nothing):
    assert said(nothing) == ""


@pytest.mark.parametrize(
    ("text", "time"),
    [("9:30", "09:30"), ("09.30", "09:30"), ("9am", "09:00"), ("12pm", "12:00"), ("12am", "00:00"), ("noon", "12:00"),
     ("1930", "19:30"), ("25:00", ""), ("13pm", ""), ("later", "")],
)  # fmt: skip
def test_times_of_day(text, time):
    assert clock(text) == time


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10:00-13:30,14:00-17:00", [("10:00", "13:30"), ("14:00", "17:00")]),
        ("9.30am to 5pm", [("09:30", "17:00")]),
        ("2-4pm", [("14:00", "16:00")]),
        ("10-12pm", [("10:00", "12:00")]),
        ("10am - noon and 2pm - 4pm", [("10:00", "12:00"), ("14:00", "16:00")]),
        ("9-5", None),
        ("17:00-09:00", None),
        ("AM & PM (continuous)", None),
        ("10:00-12:00 by appointment", None),
    ],
)
def test_ranges_are_read_whole_or_not_at_all(text, found):
    assert ranges(text) == found


def test_days_without_a_fixed_habit_become_a_note():
    assert week({"MO": "Varied by Schedule", "TU": "varied by schedule", "WE": "Closed"}, venue="x") == ([], "Varied by schedule")


@pytest.mark.parametrize(
    ("address", "name", "personal"),
    [
        ("jo.smith@norfolk.gov.uk", "Holt Library", True),
        ("enquiries@norfolk.gov.uk", "", False),
        ("blackrod.library@bolton.gov.uk", "", False),
        ("jo1962@gmail.com", "Chair yoga", True),
        ("chairyogaholt@gmail.com", "Chair yoga", False),
    ],
)
def test_whose_mailbox_it_seems_to_be(address, name, personal):
    assert is_personal(address, name=name) is personal


def test_contacts_that_cannot_be_used_are_left_out_with_a_note():
    assert contacts(phones="12", emails="not@address", name="") == (
        [],
        ["telephone numbers that cannot be dialled were left out", "e-mail addresses that are not addresses were left out"],
    )
    assert said('<p>Books<br/>and <a href="mailto:a@example.org">us</a></p>') == "Books and us"
    assert contacts(emails="Bude Library <bude.library@example.org>")[0][0]["value"] == "bude.library@example.org"


def test_numbers_that_cost_extra_and_short_links_are_left_out_with_a_note():
    points, notes = contacts(phones="0906 123 4567; 01632 960142")
    assert [point["value"] for point in points] == ["01632 960142"]
    assert notes == ["telephone numbers that cost extra to ring were left out: give one that begins with 01, 02, 03 or 07"]
    assert (website("bit.ly/lunch"), website("https://www.tinyurl.com/x")) == ("", "")
    assert website_notes("bit.ly/lunch") == [
        "short links were left out, because nobody can see where they lead: give the address of the page they open"
    ]
    assert website_notes("not a site") == ["web addresses that are not addresses were left out"]
    assert website_notes("example.org") == website_notes("n/a") == []


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ftp://example.org", "not a site", "http://user@example.org@evil"])
def test_only_web_addresses_are_web_addresses(text):
    assert website(text) == ""


def test_yes_and_no():
    assert [yes_or_no(text) for text in ("Yes", "no", "perhaps", "")] == [True, False, None, None]


def test_refused_rows_are_safe_in_a_spreadsheet(tmp_path):
    row = Row(7, {"name": "=HYPERLINK(1)", "phone": "+44 1263 960142", "lon": "-2.36", "at": "@x"})
    refusals.write(tmp_path / "x.csv", ("name", "phone", "lon", "at"), [Refusal(row, "-no")])
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "phone", "lon", "at", "line", "reason"],
            ["'=HYPERLINK(1)", "+44 1263 960142", "-2.36", "'@x", "7", "'-no"],
        ]


def test_the_documents_name_every_column_that_is_read():
    lines = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    told = {row[0]: tuple(re.findall("`([^`]+)`", row[1])) for row in rows if len(row) == 3}
    for field, names in (columns.SYNONYMS | columns.DAY_COLUMNS | columns.ACCESS).items():
        assert told[field] == tuple(names), field


def test_no_name_of_a_column_means_two_fields():
    fields = [*columns.SYNONYMS.values(), *columns.DAY_COLUMNS.values(), *columns.ACCESS.values()]
    counts = Counter(name for names in fields for name in names)
    assert [name for name, count in counts.items() if count > 1] == []


def test_the_headings_of_the_documents_themselves_are_taken(told):
    drafts, _, table = told("Names,Outward codes,Phones,Councils\nA,NR21,01263 960142,North Norfolk\n")
    assert [area["area_code"] for area in drafts[0].record["coverage"]] == ["E07000147"]
    assert table.notes == ["columns that were not used: Outward codes"]
