"""From anything a person may type to a place, a question, or a sentence that helps."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import places
from directory.errors import Unavailable, UnknownPlace
from directory.places import postcodes

SPACES = ["", " ", "  ", "\u00a0", "-", ".", "\t", "\u2009", " \n"]
BEFORE = ["", " ", "(", "[", '"', "near ", "Flat 2, 12 Mill Lane, ", "postcode: ", "The Hall,\n", "🙂 "]
AFTER = ["", " ", ")", "]", '"', ".", ", UK", ", England", "; ring first", "\u200b", " or LD1 6AA"]
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}


def refusal(text, **more):
    with pytest.raises(UnknownPlace) as caught:
        places.locate(text, **more)
    assert caught.value.field == "place"
    sentence = str(caught.value)
    assert sentence[0].isupper() or sentence[0] == '"'
    assert sentence.endswith((".", "?"))
    return caught.value


def assert_is_helpful(error):
    """A sentence of readable length that can be printed, and suggestions that are texts."""
    assert 0 < len(str(error)) < 300
    assert str(error).encode("utf-8")
    assert all(isinstance(each, str) for each in error.suggestions)


# Whole postcodes


def test_a_postcode_is_a_place_with_all_the_areas_that_hold_it(small):
    place = small.locate("OX7 5AA")
    assert (place.label, place.precision, place.within_km, place.start_radius_mi, place.note) == (
        "OX7 5AA",
        "postcode",
        0.0,
        3.0,
        "",
    )
    assert (place.outcode, place.council_code, place.council_name) == ("OX7", "E07000181", "West Oxfordshire")
    assert place.area_codes == ("OX7", "E07000181", "E10000025", "E92000001", "K02000001")
    assert small.locate("LD1 6AA").area_codes == ("LD1", "W06000023", "W92000004", "K02000001")
    assert small.locate("KW15 1AA").area_codes == ("KW15", "S12000023", "S92000003", "K02000001")


@pytest.fixture(scope="module")
def codes(places_file):
    """Real units of every sort, three of each sixtieth sector."""
    places.configure(file=places_file)
    rows = places._table.rows("SELECT code, letters FROM sector WHERE id % 60 = 7")
    return [code + letters[at : at + 2].decode() for code, letters in rows for at in (0, len(letters) // 4 * 2, len(letters) - 2)]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_form_of_a_real_postcode_is_understood(real, codes, data):
    code = data.draw(st.sampled_from(codes))
    inner = data.draw(st.sampled_from(SPACES))
    typed = code[:-3] + inner + code[-3:]
    typed = data.draw(st.sampled_from([str.upper, str.lower, str.title, lambda text: text.translate(WIDE)]))(typed)
    typed = data.draw(st.sampled_from(BEFORE)) + typed + data.draw(st.sampled_from(AFTER))
    place = real.locate(typed)
    assert (place.label, place.precision) == (postcodes.spaced(code), "postcode")
    assert real.find_postcode(typed) == place.label


def test_a_code_spelt_out_is_understood(small):
    assert small.locate("O X 7 5 A A").label == "OX7 5AA"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("OX7 5AA LD1 6AA", "OX7 5AA"),
        ("near OX7 5AA", "OX7 5AA"),
        ("ox75aa please", "OX7 5AA"),
        ("The Old Forge, 3 High Street, Chipping Norton OX7 5AB, Oxfordshire", "OX7 5AB"),
        ("Holt, OX7 5AA", "OX7 5AA"),
        ("A1 2BC then OX7 5AA", "OX7 5AA"),
    ],
)
def test_the_first_known_postcode_in_a_text_is_taken(small, typed, found):
    assert small.locate(typed).label == found
    assert small.find_postcode(typed) == found


@pytest.mark.parametrize(
    "typed", ["WA154 1HF", "[Unknown]", "n/a - mobile", "No registered public address", "", "OX7", "1234567"]
)
def test_what_is_no_postcode_is_not_found_as_one(small, typed):
    assert small.find_postcode(typed) is None


# Half postcodes, and units that are not known


@pytest.mark.parametrize(
    ("typed", "label", "precision"),
    [
        ("OX7", "OX7", "outcode"),
        ("ox7", "OX7", "outcode"),
        ("near OX7", "OX7", "outcode"),
        ("OX7 area", "OX7", "outcode"),
        ("Somewhere in OX7 5", "OX7 5", "sector"),
        ("OX7 5", "OX7 5", "sector"),
        ("(ox7-5)", "OX7 5", "sector"),
        ("OX75", "OX7 5", "sector"),
        ("OX7 5A", "OX7 5", "sector"),
        ("OX75A", "OX7 5", "sector"),
        ("OX11", "OX11", "outcode"),
        ("OX1 1", "OX1 1", "sector"),
        ("OX7 9", "OX7", "outcode"),
        ("OX7 5ZZ", "OX7 5", "sector"),
        ("OX7 9ZZ", "OX7", "outcode"),
    ],
)  # fmt: skip
def test_half_a_postcode_is_its_middle_and_says_how_rough_that_is(small, typed, label, precision):
    place = small.locate(typed)
    assert (place.label, place.precision) == (label, precision)
    assert "approximate, within about" in place.note.lower()
    assert place.note.endswith(("mile.", "miles."))
    assert place.outcode == label.split()[0]
    assert place.area_codes[0] == place.outcode


def test_the_caveat_is_in_whole_miles_never_none(real):
    assert real.locate("OX7 5").note == "Approximate, within about 3 miles."
    assert real.locate("EC1A 1").note == "Approximate, within about 1 mile."
    place = real.locate("OX7 5ZZ")
    assert place.note == "We do not know OX7 5ZZ exactly: approximate, within about 3 miles."
    assert 4 < place.within_km < 5


def test_a_very_wide_sector_asks_for_better(real):
    place = real.locate("ZE2 9")
    assert place.within_km > 20
    assert "That is wide: a full postcode, a town or a village will do better" in place.note


def test_every_outward_code_and_sector_is_understood(real):
    for (code,) in real._table.rows("SELECT code FROM outcode"):
        if postcodes.OUTCODE.fullmatch(code):
            assert (real.locate(code).label, real.locate(code).precision) == (code, "outcode")
    for (code,) in real._table.rows("SELECT code FROM sector WHERE id % 5 = 1"):
        if postcodes.OUTCODE.fullmatch(code[:-1]):
            assert (real.locate(f"{code[:-1]} {code[-1]}").label) == f"{code[:-1]} {code[-1]}"


def test_the_ambiguous_half_is_an_outward_code_unspaced_and_a_sector_spaced(real):
    outcodes = {code for (code,) in real._table.rows("SELECT code FROM outcode")}
    sectors = {code for (code,) in real._table.rows("SELECT code FROM sector")}
    both = sorted(code for code in outcodes & sectors if postcodes.OUTCODE.fullmatch(code[:-1]))
    assert len(both) > 700
    for code in both:
        assert real.locate(code).precision == "outcode"
        assert real.locate(f"{code[:-1]} {code[-1]}").precision == "sector"


def test_an_area_alone_is_too_coarse_and_asks(small):
    error = refusal("OX")
    assert "OX covers too wide an area" in str(error)
    assert error.suggestions == ("OX1", "OX2", "OX7", "OX11")
    assert small.locate(error.suggestions[0]).precision == "outcode"


# Slips are asked about, never mended in silence


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0X7 5AA", "OX7 5AA"), ("OX7 SAA", "OX7 5AA"), ("KWI5 1AA", "KW15 1AA"), ("NRl9 2AL", "NR19 2AL"),
        ("S017 1BJ", "SO17 1BJ"), ("NR25 68W", "NR25 6BW"), ("0x75aa", "OX7 5AA"), ("12 Mill Lane, 0X7 5AA", "OX7 5AA"),
        ("(KWI5-1AA)", "KW15 1AA"), ("0X7 SAA", "OX7 5AA"),
    ],
)  # fmt: skip
def test_a_slip_leads_to_one_suggestion(small, typed, meant):
    error = refusal(typed)
    assert error.suggestions == (meant,)
    assert str(error).endswith(f"Did you mean {meant}?")
    assert small.locate(meant).precision == "postcode"


@pytest.mark.parametrize(
    ("typed", "meant"), [("0X7 5AA", "OX7 5AA"), ("OX7 SAA", "OX7 5AA"), ("KWI5 1AA", "KW15 1AA"), ("NRl9 2AL", "NR19 2AL")]
)
def test_the_same_slips_have_one_answer_in_the_whole_country(real, typed, meant):
    assert refusal(typed).suggestions == (meant,)


def test_a_code_that_nobody_has_is_refused_with_what_is_near(small):
    error = refusal("OX79 5AA")
    assert str(error) == "We do not know the postcode OX79 5AA. Check it, or give a town or a village."
    assert error.suggestions == ("OX7",)


# Places that are not here


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("BT1 1AA", "Northern Ireland are not open data, so we cannot find BT1 1AA"),
        ("bt9", "Northern Ireland are not open data"),
        ("BT", "Northern Ireland"),
        ("JE2 3AB", "Jersey is outside the United Kingdom"),
        ("GY1 1AA", "Guernsey is outside"),
        ("IM1", "The Isle of Man is outside"),
        ("Isle of Man", "The Isle of Man is outside"),
        ("guernsey", "Guernsey is outside"),
        ("BF1 1AA", "BF1 1AA is a forces address"),
        ("BF1", "forces address"),
        ("GIR 0AA", "a bank's own postcode"),
        ("gir0aa", "a bank's own postcode"),
        ("Belfast", "We cannot find Belfast on the map"),
    ],
)
def test_what_lies_outside_is_said_politely(small, typed, said):
    assert said in str(refusal(typed))


# Points


@pytest.mark.parametrize(
    "typed",
    [
        "51.9404,-1.5457",
        "51.9404, -1.5457",
        " (51.9404 -1.5457) ",
        "51.9404;−1.5457",
        "51.9404N 1.5457W",
        "51.9404° N, 1.5457° W",
    ],
)
def test_a_point_is_taken_as_such(small, typed):
    place = small.locate(typed)
    assert (place.label, place.precision, place.outcode) == ("51.940, -1.546", "point", "OX7")
    assert (place.latitude, place.longitude) == (51.9404, -1.5457)
    assert small.locate(place.label).outcode == "OX7"


def test_a_swapped_point_is_turned_and_says_so(small):
    place = small.locate("-1.5457, 51.9404")
    assert place.latitude == 51.9404
    assert "second number as the latitude" in place.note


@pytest.mark.parametrize("typed", ["0, 0", "57.0, 1.0", "48.85, 2.35", "53.35, -6.26", "999, 999", "99.9999, 0.0"])
def test_a_point_elsewhere_or_at_sea_is_refused(real, typed):
    assert "not in the United Kingdom" in str(refusal(typed))


def test_a_point_in_northern_ireland_is_a_place_even_when_its_postcodes_are_not(real):
    assert real.locate("54.597, -5.93").area_codes == ("N92000002", "K02000001")


# Anything at all


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="OX750AISL1 ,-.()'\0", max_size=16),
        st.from_regex(r"[A-Z0-9]{1,4} ?[A-Z0-9]{0,4}", fullmatch=True),
    )
)
def test_any_text_is_a_place_or_a_sentence(small, text):
    # The best of three, because a collection of garbage may fall into any one.
    assert any(seconds_to_read(text, small) < 0.5 for _ in range(3))


def seconds_to_read(text, table):
    before = time.thread_time()
    try:
        place = table.locate(text)
    except UnknownPlace as error:
        assert_is_helpful(error)
    else:
        assert places.in_uk(place.latitude, place.longitude)
        assert place.area_codes[-1] == "K02000001"
        assert place.label
    table.find_postcode(text), table.approximate(text), table.postcode(text), table.named(text)
    return time.thread_time() - before


AWKWARD = [
    "x" * 10_000, "OX7 " * 2500, "a," * 5000, "1" * 10_000, "\0" * 10_000, "\ud800 OX7 5A\udfff", "🙂" * 5000,
    "'; DROP TABLE sector; --",
    "%", "_", "*", "ﷺ" * 3000, "\u202eOX7", "near " * 2000, "((((((((((" * 900, "Holt, " * 1500,
    "51.9" * 2000, "-" * 9999, "É" * 9999, "St " * 3000, "A1 1A " * 1600,
]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_text_is_answered_within_fifty_milliseconds(real, text):
    spent = []
    for _ in range(3):
        before = time.thread_time()
        try:
            real.locate(text)
        except UnknownPlace as error:
            assert_is_helpful(error)
        spent.append(time.thread_time() - before)
    assert min(spent) < 0.05


def test_nothing_typed_asks_for_something(small):
    for text in ("", "   ", "\0\0", "\n"):
        assert str(refusal(text)) == "Give a postcode, a town or a village."


def test_while_there_is_no_table_names_are_refused_but_postcodes_are_unavailable(tmp_path):
    places.configure(file=tmp_path / "none.sqlite")
    assert "We do not know" in str(refusal("Holt"))
    for typed in ("OX7", "OX7 5", "The Hall, OX7 5AA"):
        with pytest.raises(Unavailable, match="cannot look up postcodes just now"):
            places.locate(typed)
