"""A curator at the keyboard teaches search a word, sees it in the list, and lets it be forgotten."""

from __future__ import annotations

import pytest

from tests.search.asking import named, north


@pytest.fixture
def synonyms(app):
    """Run `flask synonyms …`; the answer is click's result."""
    return lambda *arguments: app.test_cli_runner().invoke(args=["synonyms", *arguments])


@pytest.fixture
def lunch(make):
    lonely = make.term("loneliness", label="Loneliness")
    return make.listing("Lunch Club", at=north(1), terms=[lonely])


def test_taught_listed_found_and_forgotten(synonyms, lunch):
    assert synonyms("list").output == "Nothing is taught yet.\n"
    assert named("natter") == []
    told = synonyms("teach", "A Natter", "--need", "loneliness")
    assert (told.output, told.exit_code) == ("Taught: “a natter” means Loneliness (need)\n", 0)
    assert synonyms("teach", "grub", "--words", "lunch club").output == "Taught: “grub” means “lunch club”\n"
    assert named("a natter") == named("grub") == ["Lunch Club"]
    first, second = synonyms("list").output.splitlines()
    assert first.startswith("“a natter” means Loneliness (need)  (")
    assert second.startswith("“grub” means “lunch club”  (")
    assert synonyms("forget", "a NATTER").output == "Forgotten: “a natter” means Loneliness (need)\n"
    assert named("a natter") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("teach", "natter"), "Say what it means by one of --need"),
        (("teach", "natter", "--need", "loneliness", "--words", "lunch"), "Say what it means by one of --need"),
        (("teach", "natter", "--need", "absent"), "There is no need called “absent”."),
        (("teach", "John Smith 9434765919", "--words", "lunch"), "We saw what may be an NHS number"),
        (("teach", "grub", "--words", "lunch with Margaret"), "We saw what may be a name"),
        (("teach", "the", "--words", "lunch"), "“the” holds no word that search looks for."),
        (("forget", "natter"), "Nothing is taught for “natter”."),
    ],
)
def test_a_refusal_is_one_sentence_and_an_exit_code(synonyms, lunch, arguments, sentence):
    told = synonyms(*arguments)
    assert told.exit_code == 1
    assert sentence in told.output
    assert "Traceback" not in told.output
