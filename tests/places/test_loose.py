"""Names with words left out are read and said so; misspelt ones only suggest; the choice is always the reader's."""

import contextlib
import time

import pytest

from directory import places
from directory.errors import UnknownPlace
from directory.places.spelling import core


def asked(text):
    with pytest.raises(UnknownPlace) as caught:
        places.locate(text)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "label", "read"),
    [
        ("Wells", "Wells-next-the-Sea", "Wells"),
        ("wells next sea", "Wells-next-the-Sea", "wells next sea"),
        ("Wells nr the sea", "Wells-next-the-Sea", "Wells nr the sea"),
        ("cley", "Cley next the Sea", "cley"),
        ("near Cley", "Cley next the Sea", "Cley"),
        ("Cley, Norfolk", "Cley next the Sea", "Cley"),
        ("cley north norfolk", "Cley next the Sea", "cley"),
        ("High Street, Cley", "Cley next the Sea", "Cley"),
        ("gt snoring", "Great Snoring", "gt snoring"),
        ("Lt. Walsingham", "Little Walsingham", "Lt. Walsingham"),
        ("gt yarmouth", "Great Yarmouth", "gt yarmouth"),
        ("burton on trent", "Burton upon Trent", "burton on trent"),
    ],
)
def test_words_left_out_are_read_and_said(real, typed, label, read):
    place = real.locate(typed)
    assert (place.label, place.precision) == (label, "place")
    assert place.note == f"We read “{read}” as {label}."
    with pytest.raises(UnknownPlace):
        real.locate(typed, loosely=False)
    assert real.named(typed) is None


@pytest.mark.parametrize(
    "typed", ["Wiveton", "London", "Walsingham", "Saint Albans", "bury st edmunds", "Caernarfon", "Kings Lynn"]
)
def test_ordinary_places_are_known_without_any_list_loaded(real, typed):
    place = real.locate(typed)
    assert place.precision == "place"
    assert "read" not in place.note


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("Wels", "Wells-next-the-Sea"),
        ("Fakenam", "Fakenham"),
        ("Gt Snorring", "Great Snoring"),
        ("Snoring", "Great Snoring"),
        ("Runton", "East Runton"),
        ("Wels next sea", "Wells-next-the-Sea"),
        ("Burnham Mar", "Burnham Market"),
        ("Great", "Great Yarmouth"),
    ],
)
def test_what_only_resembles_is_suggested_and_never_chosen(real, typed, suggested):
    error = asked(typed)
    assert error.suggestions[0] == suggested
    assert real.locate(suggested).label == suggested


def test_several_that_begin_so_are_asked_about_and_each_answer_is_one(real):
    error = asked("Burnham")
    assert str(error) == "There are several places that “Burnham” may stand for. Say which one you mean."
    assert {"Burnham-on-Sea", "Burnham Market"} <= set(error.suggestions)
    for choice in error.suggestions:
        assert real.locate(choice).label == choice
    assert real.locate(asked("Newcastle").suggestions[0]).label == "Newcastle upon Tyne"


def test_where_the_catalogue_is_comes_first(real_places, make):
    make.listing("Tea", venue=make.venue(at=(52.906, 1.088), city="Holt"))
    assert asked("Burnham").suggestions[0] == "Burnham Thorpe"
    with pytest.raises(UnknownPlace) as caught:
        real_places.locate("Burnham", near=(51.24, -2.99))
    assert "Burnham-on-Sea" in caught.value.suggestions


def test_a_short_name_of_the_catalogue_is_not_taken_by_a_town_far_away(app, own, make, tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("name,latitude,longitude,district,kind\nWells,51.209,-2.647,Somerset,City\n", "utf-8")
    own.import_names(path)
    assert own.locate("Wells").latitude == 51.209
    make.listing("Tea", venue=make.venue(at=(52.954, 0.852), city="Wells-next-the-Sea", council_code="E07000147"))
    assert asked("Wells").suggestions == ("Wells-next-the-Sea, North Norfolk", "Wells, Somerset")
    assert own.locate("Wells, Somerset").latitude == 51.209


def test_places_of_the_catalogue_are_read_loosely_too(app, make):
    make.listing("Tea", venue=make.venue(at=(52.906, 1.088), city="Hythe-under-the-Hill"))
    assert places.locate("Hythe").note == "We read “Hythe” as Hythe-under-the-Hill."
    assert asked("Hyth").suggestions == ("Hythe-under-the-Hill",)


def test_the_words_that_make_a_name():
    assert core("Wells-next-the-Sea") == core("wells nr sea") == ("wells", "sea")
    assert core("Gt. Snoring") == ("great", "snoring")
    assert core("Saint Ives") == core("St Ives") == ("st", "ives")
    assert core("the") == ("the",)


# Half-read postcodes


@pytest.mark.parametrize(
    ("typed", "read"),
    [("NR25 OBH", "NR25 OBH"), ("nr25obh", "NR25 OBH"), ("(NR25 6B1X)", "NR25 6B1X"), ("Mill Lane, NR25 6B1X", "NR25 6B1X")],
)
def test_a_postcode_of_which_half_is_read_says_so(real, typed, read):
    place = real.locate(typed)
    assert (place.label, place.precision) == ("NR25", "outcode")
    assert place.note.startswith(f"We could not read the rest of “{read}”, so this is all of NR25. Approximate, within about ")


@pytest.mark.parametrize("typed", ["NR25", "NR25 area", "near NR25", "NR25 and Holt", "in NR25 please"])
def test_an_outward_code_with_other_words_was_read_whole(real, typed):
    assert "could not read" not in real.locate(typed).note


def test_a_slip_with_one_answer_is_still_a_question(small):
    assert asked("NR25 GBW").suggestions == ("NR25 6BW",)
    assert asked("OX7 SAA").suggestions == ("OX7 5AA",)


@pytest.mark.parametrize(
    "typed",
    ["Wells", "Wels", "Burnham", "gt", "St", "Great", "North", "wells next sea", "a b c d e f", "Bury " * 15, "W" * 80, "s-" * 40,
     "Stoke", "Newtown next the sea by the hill", "Saint " * 13, "c, " * 26, "NR25 OBH"],
)  # fmt: skip
@pytest.mark.parametrize("which", ["shipped", "whole"])
def test_any_text_is_answered_within_fifty_milliseconds_of_the_processor(real, request, typed, which):
    if which == "whole":
        places.configure(file=request.getfixturevalue("whole"))
    spent = []
    for _ in range(3):
        before = time.thread_time()
        with contextlib.suppress(UnknownPlace):
            places.locate(typed)
        spent.append(time.thread_time() - before)
    assert min(spent) < 0.05
