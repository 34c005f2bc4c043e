"""Shapes and repairs, without any table."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.places import postcodes

LIVE = st.from_regex(
    r"[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][A-Z])[0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True
)


@given(LIVE)
def test_every_live_shape_is_understood(code):
    assert postcodes.is_full(code)
    assert postcodes.is_plausible(code)
    assert next(postcodes.full_codes(postcodes.tidy(f"  ({code[:-3].lower()}-{code[-3:]})."))) == code
    assert code in postcodes.full_codes(postcodes.tidy(f"12 Mill Lane,{postcodes.spaced(code)}, UK"))


@given(LIVE, st.data())
def test_one_sign_read_wrongly_leads_back_to_the_code(code, data):
    wrong = {"O": "0", "I": "1", "S": "5", "B": "8", "0": "O", "1": "IL", "5": "S", "2": "Z", "8": "B", "6": "G"}
    slips = [
        (at, sign)
        for at, letter in enumerate(code)
        for sign in wrong.get(letter, "")
        # Inside the last two letters only 6, 5, 8 and 2 are read back as letters.
        if at < len(code) - 2 or letter in "SB"
    ]
    if not slips:
        return
    at, sign = data.draw(st.sampled_from(slips))
    typed = code[:at] + sign + code[at + 1 :]
    one, _ = postcodes.repairs(typed)
    assert code in one


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0X75AA", "OX75AA"), ("OX7SAA", "OX75AA"), ("KWI51AA", "KW151AA"), ("NRL92AL", "NR192AL"), ("S0171BJ", "SO171BJ"),
     ("OX75A0", "OX75AD"),
     ("OX75A1", "OX75AJ"), ("OX75A6", "OX75AG")],
)  # fmt: skip
def test_the_slips_people_make_are_among_the_repairs(typed, meant):
    one, two = postcodes.repairs(typed)
    assert meant in one
    assert typed not in one + two


def test_a_nought_in_the_last_letters_never_becomes_an_o():
    one, two = postcodes.repairs("OX75A0")
    assert {code[-1] for code in one} == {"D", "Q"}
    assert not [code for code in one + two if code[-2:].strip("ABDEFGHJLNPQRSTUWXYZ")]


def test_a_code_inside_longer_letters_is_none():
    assert list(postcodes.full_codes("WA154 1HF")) == []
    assert list(postcodes.full_codes("[UNKNOWN]")) == []
    assert list(postcodes.full_codes("N/A - MOBILE")) == []


@given(st.text(max_size=300))
def test_any_text_has_codes_or_none(text):
    for code in postcodes.full_codes(postcodes.tidy(text)):
        assert postcodes.FULL.fullmatch(code)
    for code in postcodes.near_misses(postcodes.tidy(text)):
        assert len(list(postcodes.repairs(code))) == 2


@pytest.mark.parametrize("sign", ["A", "1", "A1", " ", "A1 ", "ﷺ", "OX7 5", "-"])
def test_a_very_long_text_is_read_at_once(sign):
    text = sign * (1_000_000 // len(sign))
    before = time.thread_time()
    tidy = postcodes.tidy(text)
    list(postcodes.full_codes(tidy)), list(postcodes.partial_codes(tidy)), list(postcodes.near_misses(tidy))
    assert time.thread_time() - before < 0.2
