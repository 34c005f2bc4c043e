"""Places as their names are typed: nearest or largest first, and every one offered leads to that place alone."""

import pytest

from directory import places
from directory.errors import UnknownPlace
from directory.places import names
from directory.places.spelling import key_of

HOLT = (52.906, 1.0898)


def asked_by(module, typed, **more):
    return [row.asked_by for row in module.begun(typed, **more)]


def test_the_larger_place_comes_first_or_the_nearer_one(small):
    assert asked_by(small, "holt") == ["Holt, Norfolk", "Holt, Wiltshire"]
    assert asked_by(small, "holt", near=(51.3567, -2.2)) == ["Holt, Wiltshire", "Holt, Norfolk"]
    assert asked_by(small, "new")[0] in ("Newcastle upon Tyne", "Newport")


def test_any_telling_word_of_a_name_may_be_begun(small):
    assert asked_by(small, "norton") == ["Chipping Norton, Oxfordshire"]
    assert asked_by(small, "wells-n") == asked_by(small, "wells n") == ["Wells-next-the-Sea, Norfolk"]
    assert asked_by(small, "next") == asked_by(small, "the") == []
    assert asked_by(small, "near holt") == asked_by(small, "Holt")


def test_accents_apostrophes_saints_and_one_slip_are_forgiven(small):
    assert asked_by(small, "bishops c") == asked_by(small, "BISHOP’S C") == ["Bishop's Castle, Shropshire"]
    assert asked_by(small, "ynysybwl") == ["Ynysybŵl, Rhondda Cynon Taf"]
    assert asked_by(small, "saint i") == asked_by(small, "st i")
    assert set(asked_by(small, "gilingham")) == set(asked_by(small, "gillingham")) == {"Gillingham, Kent", "Gillingham, Dorset"}


def test_what_is_typed_after_a_comma_narrows(small):
    assert asked_by(small, "holt, w") == ["Holt, Wiltshire"]
    assert asked_by(small, "newtown, corn") == ["Newtown, Cornwall"]
    assert asked_by(small, "holt, xyz") == []


def test_outward_codes_are_offered_with_the_town_they_are_round(small):
    assert asked_by(small, "ox1") == ["OX1", "OX11"]
    assert [(row.name, row.where) for row in small.begun("nr25")] == [("NR25", "Holt")]
    assert asked_by(small, "ox7 5") == asked_by(small, "ox7 5aa") == asked_by(small, "zz9") == []


@pytest.mark.parametrize(
    "typed", ["", "h", "\0", "1", "x" * 10_000, "🙂🙂🙂🙂", "\u202eholt", "%_", "a'; --", ", , ,", "中文村子"]
)
def test_nothing_typed_breaks_it(small, typed):
    assert isinstance(small.begun(typed), list)


def test_without_a_table_there_is_nothing(tmp_path):
    places.configure(file=tmp_path / "absent.sqlite")
    assert places.begun("holt") == places.begun("nr25") == []


def test_every_place_offered_leads_there_and_nowhere_else(whole):
    """Two letters and more of many names, from nowhere and from Holt: asking by what is offered finds the place meant."""
    places.configure(file=whole)
    beginnings = ["holt", "newtown", "newton", "norton", "st", "church", "sutton", "mid", "ash", "wells", "newcastle", "bangor"]
    beginnings += [first + second for first in "abcdghklmnprstw" for second in "aeiou"]
    wrong = []
    for typed in beginnings:
        for near in (None, HOLT):
            for row in places.begun(typed, near=near):
                found = places.locate(row.asked_by, ask=False)
                same = [
                    name
                    for name in names.named(row.name, places._table)
                    if places.distance_km(found.latitude, found.longitude, name.latitude, name.longitude) <= names.SAME_PLACE_KM
                ]
                if not same or key_of(row.name) not in key_of(found.label):
                    wrong.append((typed, row, found.label))
    assert wrong == []


def test_several_of_one_name_are_asked_about_nearest_to_the_last_place_first(small):
    for last, first in (((50.7, -1.9), "Newtown, Bournemouth, Christchurch and Poole"), ((52.5, -3.3), "Newtown, Powys")):
        with pytest.raises(UnknownPlace) as asked:
            small.locate("Newtown", last=last)
        assert asked.value.suggestions[0] == first
        assert len(asked.value.suggestions) == 2
