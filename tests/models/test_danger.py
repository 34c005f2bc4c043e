"""Words of danger: seen in what people write in a hurry, and not in what they write of a lunch club."""

import pytest

from directory.models.danger import speaks_of_danger


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "i dont want to be here any more",
        "She talks of ending her life.",
        "my husband hits me",
        "He is suicidal and there is nobody at night",
        "I can’t go on",
        "I'm going to kill  myself",
        "We are in danger",
        "it is not safe at home",
        "I wish I was dead",
    ],
)
def test_what_is_seen(text):
    assert speaks_of_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "After tea would do.",
        "A place to carry on with knitting",
        "Dying wool",
        "Funeral costs are a danger to budgets",
        "The bus ends at six",
    ],
)
def test_what_is_let_be(text):
    assert not speaks_of_danger(text)
