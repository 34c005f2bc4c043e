"""Places by name: spelt as people spell, told apart, asked about; lists of names and what is wrong with them."""

import contextlib
import time
import zipfile

import pytest

from directory import places
from directory.errors import Refused, UnknownPlace
from directory.places.spelling import fold, key_of


def asked(text):
    with pytest.raises(UnknownPlace) as caught:
        places.locate(text)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "label", "council"),
    [
        ("Chipping Norton", "Chipping Norton", "E07000181"),
        ("chipping norton ", "Chipping Norton", "E07000181"),
        ("near Chipping Norton", "Chipping Norton", "E07000181"),
        ("Bishops Castle", "Bishop's Castle", ""),
        ("BISHOP’S-CASTLE", "Bishop's Castle", ""),
        ("wells next the sea", "Wells-next-the-Sea", ""),
        ("Ynysybwl", "Ynysybŵl", ""),
        ("Newport", "Newport", "W06000022"),
        ("Casnewydd", "Casnewydd", "W06000022"),
        ("Near Sawrey", "Near Sawrey", ""),
        ("Oxford City", "Oxford", "E07000178"),
        ("Oxford, UK", "Oxford", "E07000178"),
    ],
)
def test_a_name_is_found_however_it_is_spelt(small, typed, label, council):
    place = small.locate(typed)
    assert (place.label, place.precision) == (label, "place")
    assert not council or place.council_code == council


def test_a_city_starts_wider_than_a_town(small):
    assert small.locate("Oxford").start_radius_mi == 5.0
    assert small.locate("Chipping Norton").start_radius_mi == 3.0


def test_the_larger_place_of_a_name_is_taken_and_the_others_are_told(small):
    place = small.locate("Holt")
    assert place.label == "Holt, North Norfolk"
    assert place.note == "There is another place called Holt."


@pytest.mark.parametrize(
    ("typed", "latitude"),
    [
        ("Holt, Norfolk", 52.906),
        ("Holt Norfolk", 52.906),
        ("holt,north norfolk", 52.906),
        ("Holt, Wiltshire", 51.3567),
        ("Church Street, Holt, Norfolk", 52.906),
        ("Church Street, Holt", 52.906),
        ("St Ives, Cornwall", 50.2114),
        ("Saint Ives Cornwall", 50.2114),
        ("St. Ives, Huntingdonshire", 52.3249),
        ("St Ives, Cambridgeshire", 52.3249),
        ("Gillingham, Kent", 51.3892),
        ("Gillingham, Dorset", 51.0377),
        ("Newtown, Powys", 52.5151),
        ("Newtown, Bournemouth", 50.735),
        ("Newtown, Powys, UK", 52.5151),
        ("Newtown, Wales", 52.5151),
        ("Library, Kent, Chipping Norton, Oxfordshire", 51.9413),
    ],
)
def test_district_or_county_tells_places_of_one_name_apart(small, typed, latitude):
    assert small.locate(typed).latitude == latitude


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("Newtown", ("Newtown, Bournemouth, Christchurch and Poole", "Newtown, Powys")),
        ("St Ives", ("St Ives, Cornwall", "St Ives, Huntingdonshire")),
        ("Gillingham", ("Gillingham, Dorset", "Gillingham, Medway")),
    ],
)
def test_where_no_place_is_the_larger_the_reader_is_asked(small, typed, choices):
    error = asked(typed)
    assert str(error) == f"There are 2 places called {typed}. Say which one you mean."
    assert error.suggestions == choices
    assert len({small.locate(choice).latitude for choice in choices}) == 2


def test_a_village_does_not_take_the_short_name_of_a_city_in_silence(small):
    error = asked("Newcastle")
    assert [choice.split(",")[0] for choice in error.suggestions] == ["Newcastle upon Tyne", "Newcastle"]
    assert small.locate("Newcastle, Shropshire").latitude == 52.4347


def test_nearness_chooses_when_it_is_known(small):
    assert small.locate("Newtown", near=(52.4, -3.2)).latitude == 52.5151
    assert small.locate("Newtown", near=(50.7, -1.9)).latitude == 50.735
    assert small.locate("Holt", near=(51.4, -2.1)).latitude == 51.3567


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("Chiping Norton", "Chipping Norton"),
        ("Oxfrod", "Oxford"),
        ("Bishop Castle", "Bishop's Castle"),
        ("Wels", "Wells-next-the-Sea"),
        ("Wels next sea", "Wells-next-the-Sea"),
        ("Chipping Nort", "Chipping Norton"),
    ],
)
def test_a_misspelt_name_is_answered_with_what_may_be_meant(small, typed, suggested):
    error = asked(typed)
    assert error.suggestions[0] == suggested
    assert f"“{typed}”" in str(error)


def test_named_is_for_exact_names_only_and_never_raises(small):
    assert small.named("Chipping Norton").outcode == "OX7"
    assert small.named("Newtown") is None
    assert small.named("gardening") is None
    assert small.named("OX7 5AA") is None


def test_a_council_is_a_place_when_it_is_small_and_a_question_when_wide(real):
    place = real.locate("Camden")
    assert (place.council_code, place.precision) == ("E09000007", "place")
    assert "approximate, within about" in place.note
    with pytest.raises(UnknownPlace, match="Norfolk is a wide area"):
        real.locate("Norfolk")


@pytest.mark.parametrize("typed", ["Kent", "Wales", "Berkshire", "Yorkshire", "Greater Manchester", "England"])
def test_a_county_is_too_wide_even_where_a_hamlet_bears_its_name(small, typed):
    with pytest.raises(UnknownPlace, match=f"{typed} is a wide area"):
        small.locate(typed)


def test_what_was_left_aside_is_told(small):
    place = small.locate("Holt, Surrey")
    assert place.label == "Holt, North Norfolk"
    assert place.note == "That is not all of what you wrote: the rest we could not match."


def test_a_name_across_the_sea_is_not_taken_for_one_here(small):
    assert small.locate("Oxford, England").label == "Oxford"
    with pytest.raises(UnknownPlace):
        small.locate("Oxford, Northern Ireland")


def test_names_fold_accents_apostrophes_hyphens_and_saints():
    assert fold("Saint Mary's-in-the-Marsh & Côte") == "st marys in the marsh and cote"
    assert key_of("Bishop’s Castle") == key_of("bishops castle") == "bishopscastle"


# Lists


def test_a_list_replaces_its_own_sort_only(small, tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(
        "name,latitude,longitude,district,kind\nFurther Hythe,52.95,1.0,North Norfolk,Village\nNowhere,0,0,,\n,52,1,,\n", "utf-8"
    )
    report = small.import_names(path)
    assert (report.format, report.rows, report.refused_count) == ("a list of names", 3, 2)
    assert report.refused == ((3, "0, 0 lies outside the United Kingdom"), (4, "there is no name"))
    assert small.locate("further hythe").label == "Further Hythe"
    assert small.locate("Chipping Norton").outcode == "OX7"
    path.write_text("name,latitude,longitude\nNether Hythe,52.95,1.0\n", "utf-8")
    small.import_names(path)
    assert small.named("Further Hythe") is None
    assert small.named("Nether Hythe")
    assert small.named("Newport")


def test_names_can_come_before_postcodes(small_package, tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("name,latitude,longitude\nFurther Hythe,52.95,1.0\n", "utf-8")
    places.import_names(path)
    assert not places.is_built()
    assert places.locate("Further Hythe").latitude == 52.95
    places.build()
    assert places.is_built()
    assert places.locate("Further Hythe").outcode == "NR25"


def open_names_row(name, kind, east, north, district, county, other="", sort="populatedPlace"):
    cells = [""] * 34
    cells[0], cells[2], cells[4], cells[6], cells[7] = "osgb400", name, other, sort, kind
    cells[8], cells[9], cells[21], cells[24] = str(east), str(north), district, county
    return ",".join(f'"{cell}"' for cell in cells)


def test_the_whole_of_os_open_names_is_read_from_its_zip(small, tmp_path):
    rows = [
        open_names_row("Inbhir Nis", "City", 266600, 845300, "", "Highland", "Inverness"),
        open_names_row("Holt", "Town", 607900, 338700, "North Norfolk", "Norfolk"),
        open_names_row("Holt Road", "Named Road", 607900, 338700, "North Norfolk", "Norfolk", sort="transportNetwork"),
        open_names_row("Broken", "Town", "x", 338700, "North Norfolk", "Norfolk"),
    ]
    path = tmp_path / "opname.zip"
    with zipfile.ZipFile(path, "w") as folder:
        folder.writestr("Doc/OS_Open_Names_Header.csv", "ID,NAMES_URI\n")
        folder.writestr("Data/NH66.csv", "\ufeff" + "\n".join(rows))
    report = small.import_names(path)
    assert report.format == "OS Open Names"
    assert report.refused == ((4, "there are no grid coordinates"),)
    assert small.locate("Inverness").start_radius_mi == 5.0
    assert small.named("Inbhir Nis") == small.named("Inverness").__class__(
        **{**vars(small.named("Inverness")), "label": "Inbhir Nis"}
    )
    assert small.named("Holt Road") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "no list of place names"),
        (b"\0\1\2" * 100, "binary file"),
        (b"pcds,doterm,oseast1m\nOX7 5AA,,1\n", "flask --app wsgi postcodes"),
        (b"name,latitude,longitude\n,,\n", "holds no place name"),
        (b"one,two\nthree,four\n", "It begins: 'one,two'"),
    ],
)
def test_what_is_no_list_of_names_is_refused_and_changes_nothing(small, tmp_path, written, said):
    path = tmp_path / "names.txt"
    path.write_bytes(written)
    with pytest.raises(Refused, match=said):
        small.import_names(path)
    assert small.named("Chipping Norton")


# The real list


@pytest.mark.parametrize(
    ("typed", "outcode"),
    [("Inverness", "IV1"), ("Newport", "NP20"), ("Wrexham", "LL11"), ("Fort William", "PH33"), ("Fishguard", "SA65"),
     ("Holt", "NR25"), ("Holt, Wiltshire", "BA14"), ("King's Lynn", "PE30"), ("Chipping Norton", "OX7"),
     ("Llandrindod Wells", "LD1"), ("Kirkwall", "KW15")],
)  # fmt: skip
def test_the_towns_of_the_country_are_found(whole, typed, outcode):
    places.configure(file=whole)
    assert places.locate(typed).outcode == outcode


def test_every_choice_offered_leads_to_one_place(whole):
    places.configure(file=whole)
    question = "SELECT name, count(*) FROM name GROUP BY key HAVING count(*) > 1 ORDER BY count(*) DESC, key LIMIT 150"
    offered = lost = 0
    for name, _ in places._table.rows(question):
        for choice in choices(name):
            offered += 1
            lost += bool(choices(choice))
    assert offered > 200
    assert lost <= 2  # two of a name within one outward code


def choices(typed):
    """What is offered instead of a place; nothing when there is one."""
    try:
        places.locate(typed)
    except UnknownPlace as error:
        return error.suggestions or ("nothing to choose from",)
    return ()


@pytest.mark.parametrize(
    "typed",
    [
        "Newtown",
        "Newtown, Powys",
        "Chiping Norton",
        "Srtatford",
        "Caerphily",
        "Great Yarmuth",
        "Bxxxxxx",
        "Church Street, Holt, Norfolk",
    ],
)
def test_names_are_answered_within_fifty_milliseconds_of_the_processor(whole, typed):
    places.configure(file=whole)
    spent = []
    for _ in range(3):
        before = time.thread_time()
        with contextlib.suppress(UnknownPlace):
            places.locate(typed)
        spent.append(time.thread_time() - before)
    assert min(spent) < 0.05
