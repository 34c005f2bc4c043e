"""Numbers that cost extra and links that hide where they lead, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.models.dear import SHORTENERS, costs_extra, hides_its_end

MARKS = st.sampled_from(["", " ", "-", ".", "  "])


@pytest.mark.parametrize(
    "text",
    [
        "0906 123 4567",
        "09011 223344",
        "0871 234 5678",
        "0872 234 5678",
        "0873 234 5678",
        "118 500",
        "118118",
        "+44 118 500",
        "+44 906 123 4567",
        "+44 (0)906 123 4567",
        "0044 906 123 4567",
        "tel: 0906 123 4567",
        "+1 900 555 1212",  # of other countries, where that is known
        "\uff10\uff19\uff10\uff16 123 4567",  # figures of full width
        "0906 123 4567 ext 3",
    ],
)
def test_these_cost_extra(text):
    assert costs_extra(text)


@pytest.mark.parametrize(
    "text",
    [
        "01632 960142",
        "0118 958 1234",  # Reading
        "0207 946 0906",
        "07700 900142",
        "0800 328 0006",
        "116 123",
        "0345 600 6400",
        "0845 123 4567",
        "0870 123 4567",
        "+353 1 677 1930",
        "no number",
        "",
    ],
)
def test_these_do_not(text):
    assert not costs_extra(text)


@given(st.sampled_from(["0906", "0871", "0872", "0873", "0990"]), st.lists(st.integers(0, 9), min_size=6, max_size=6), st.data())
def test_marks_between_the_figures_hide_nothing(start, figures, data):
    written = "".join(f"{figure}{data.draw(MARKS)}" for figure in [*start, *map(str, figures)])
    assert costs_extra(written)


@pytest.mark.parametrize(
    "address",
    [
        "https://bit.ly/lunch",
        "http://BIT.LY/lunch",
        "https://www.tinyurl.com/x",
        "https://t.co",
        "https://goo.gl:443/maps",
        "https://maps.app.goo.gl/x",
        "https://bit.ly./x",
        "https://bit%2Ely/x",
        "https://bit。ly/x",
        "https://bit.ly\\.example.org/",
        "https://ｂｉｔ.ly/x",
    ],
)
def test_these_hide_where_they_lead(address):
    assert hides_its_end(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/bit.ly",
        "https://at.co.uk",
        "https://rabbit.ly",
        "https://bit.ly.example.org",
        "https://[",
        "bit.ly",
        "",
    ],
)
def test_these_do_not_hide_it(address):
    assert not hides_its_end(address)


@given(st.sampled_from(sorted(SHORTENERS)), st.sampled_from(["", "www.", "go."]), st.text("abcXYZ019", max_size=8))
def test_whatever_stands_before_and_behind(host, before, behind):
    assert hides_its_end(f"https://{before}{host.upper()}/{behind}")
