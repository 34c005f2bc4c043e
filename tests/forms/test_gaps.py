"""The gate of a flag: whatever somebody types as a place, no more than its outward code comes through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from directory.errors import UnknownPlace
from directory.forms.gap_desk import StepForm
from directory.forms.gaps import KINDS, GapForm, outward_of
from directory.models import GapKind, Shortfall, Taxonomy
from directory.models.gaps import Affected
from directory.places import Place
from directory.places.beginnings import Beginning

LABELS = {(Taxonomy.NEED, "loneliness"): "Loneliness", (Taxonomy.AUDIENCE, "carers"): "Carers"}
GOOD = {"need": "loneliness", "place": "NR25", "kind": "available"}


def form_of(**typed):
    pairs = [(name, each) for name, value in typed.items() for each in (value if isinstance(value, list) else [value])]
    return GapForm(MultiDict(pairs), labels=LABELS)


@pytest.fixture
def here(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize("typed", ["NR25", "nr25 ", "NR25 6BH", "nr256bh", "Flat 3, NR25 6BH", "NR25  6BH please"])
def test_a_postcode_is_cut(here, real_places, typed):
    form = form_of(**GOOD | {"place": typed})
    assert form.validate(), form.errors
    assert form.place.data == "NR25"
    assert "6BH" not in str(form.place.raw_data).upper()


def test_a_village_is_its_outward_code(here, real_places):
    form = form_of(**GOOD | {"place": "Holt"})
    assert form.validate()
    assert re.fullmatch(r"[A-Z]{1,2}\d[\dA-Z]?", form.place.data)


@pytest.mark.parametrize("typed", ["", "Nowhere at all", "ZZ99", "6BH"])
def test_what_is_no_place_is_asked_again(here, real_places, typed):
    form = form_of(**GOOD | {"place": typed})
    assert not form.validate()
    assert form.place.data == ""
    assert form.place.errors


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("BT1 1AA", "Northern Ireland"),
        ("BT1", "We do not know that place|Northern Ireland"),
        ("NR99 9ZZ", "no such postcode in NR99"),
    ],
)
def test_a_postcode_without_a_place_is_asked_again(here, real_places, typed, said):
    form = form_of(**GOOD | {"place": typed})
    assert not form.validate()
    assert form.place.data == ""
    assert re.search(said, form.place.errors[0])
    assert typed[-3:] not in form.place.errors[0] or " " not in typed


def test_of_places_of_one_name_it_is_asked_which(here, real_places, monkeypatch):
    rows = [Beginning("Newport", "", "Newport"), Beginning("Newport", "Shropshire", "Newport, Shropshire")]
    codes = {"Newport": "NP20", "Newport, Shropshire": "TF10"}

    def located(text, **_how):
        return Place(text.capitalize(), "place", 52.0, -3.0, outcode=codes.get(text) or codes[text.capitalize()])

    monkeypatch.setattr("directory.forms.gaps.places.begun", lambda text, **_: rows)
    monkeypatch.setattr("directory.forms.gaps.places.locate", located)
    form = form_of(**GOOD | {"place": "newport"})
    assert not form.validate()
    assert form.place.errors == ["There is more than one Newport. Which one: Newport (NP20) or Newport, Shropshire?"]
    assert outward_of("Newport, Shropshire") == "TF10"
    codes["Newport, Shropshire"] = "NP20"
    assert outward_of("Newport") == "NP20", "one area, so nothing to ask"


@given(st.text(max_size=100))
def test_nothing_but_an_outward_code_comes_out_of_any_text(text):
    try:
        code = outward_of(text)
    except UnknownPlace:
        return
    assert re.fullmatch(r"[A-Z]{1,2}\d[\dA-Z]?", code)


def test_filters_come_along_and_nothing_else_of_the_search(here):
    form = form_of(**GOOD, q="my marriage", time=["evening"], audience=["carers"], age="70", radius="5", page="2", junk="x")
    assert form.kept_filters == {"time": ["evening"], "audience": ["carers"], "age": 70}
    assert "marriage" not in str(form.choices)


def test_a_shortfall_preselects_what_it_most_likely_means(here):
    for shortfall, kind in (
        (Shortfall.NOTHING, GapKind.AVAILABLE),
        (Shortfall.FAR, GapKind.ACCESSIBLE),
        (Shortfall.LITTLE, None),
    ):
        form = form_of(need="loneliness", place="NR25", shortfall=shortfall.value)
        form.validate()
        form.begin()
        assert form.kind.data is kind
    assert form_of(**GOOD).choices["affected"] is Affected.UNSURE


def test_every_kind_has_its_words():
    assert list(KINDS) == list(GapKind)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("https://example.org/listings/lunch-club?place=NR25#x", "lunch-club"),
        ("/listings/lunch-club", "lunch-club"),
        ("lunch-club", "lunch-club"),
        ("", ""),
        ("Lunch Club!", ""),
    ],
)
def test_a_listing_is_read_out_of_its_address(here, typed, slug):
    assert StepForm(MultiDict({"listing": typed}), meta={"csrf": False}).slug == slug


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "javascript:lunch-club", "Lunch Club!", "ftp://example.org/listings/lunch-club"]
)
def test_what_is_no_address_of_a_listing_is_a_mistake(here, typed):
    form = StepForm(MultiDict({"state": "met", "words": "It began.", "listing": typed}), meta={"csrf": False})
    assert not form.validate()
    assert form.listing.errors
