"""Names by the beginnings of their words: whatever is typed, what comes back is what the plain definition says."""

from hypothesis import example, given
from hypothesis import strategies as st

from directory.indexes.analysis import fold, words
from directory.indexes.names import Names

LISTED = [
    "Holt Garden Club",
    "Men’s Shed",
    "Garden Club",
    "Arts & Crafts",
    "Café Society",
    "Club für Älteste",
    "Clubland",
    "Łódź Circle",
]


def begun(typed, listed=LISTED, most=20):
    made = Names([fold(name) for name in listed], range(len(listed)))
    return [listed[number] for number in made.begun(typed, most=most)]


def test_any_word_of_a_name_may_be_begun_and_names_that_begin_so_come_first():
    assert begun("clu") == ["Club für Älteste", "Clubland", "Garden Club", "Holt Garden Club"]
    assert begun("garden c") == ["Garden Club", "Holt Garden Club"]
    assert begun("club holt") == ["Holt Garden Club"]
    assert begun("clu", most=2) == ["Club für Älteste", "Clubland"]


def test_accents_apostrophes_and_signs_make_no_difference():
    assert begun("mens") == begun("men's") == begun("MEN’S s") == ["Men’s Shed"]
    assert begun("cafe soc") == begun("Café") == ["Café Society"]
    assert begun("arts cr") == begun("arts & c") == ["Arts & Crafts"]
    assert begun("alt") == ["Club für Älteste"]
    assert begun("lodz") == ["Łódź Circle"]


def test_nothing_typed_or_nothing_there_finds_nothing():
    assert begun("") == begun("   ") == begun("!!") == begun("xylophone") == begun("garden xylophone") == []
    assert begun("club", listed=[]) == []
    assert begun("shed", listed=["", "!!", "Two\nlines shed"]) == ["Two\nlines shed"]


NAMES = st.lists(st.text("ab'’ -é\n\0ñ中", max_size=8), max_size=8)


@example(["a''b"], "b")
@given(NAMES, st.text("ab'é 中", max_size=4))
def test_what_is_found_is_what_the_plain_definition_says(listed, typed):
    wanted = words(typed)
    held = {
        number
        for number, name in enumerate(listed)
        if wanted and all(any(word.startswith(each) for word in words(name)) for each in wanted)
    }
    made = Names([fold(name) for name in listed], range(len(listed)))
    assert set(made.begun(typed, most=100)) == held


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_no_text_breaks_it(listed, typed):
    Names([fold(name) for name in listed], range(len(listed))).begun(typed, most=8)
