"""Names on the map of gaps: over no figure, over no other name, on the sheet, and left out where there is no room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from directory.areas import hexagons
from directory.views import map_labels
from directory.views.map_labels import FIGURE_HIGH, FIGURE_LETTER, NAME_HIGH, NAME_LETTER, box

MIDDLE = hexagons.cell_at(52.9, 1.1)
CELLS = hexagons.around([MIDDLE], rings=3)


def boxes(labels):
    return [box(each.x, each.y - map_labels.BASELINE, len(each.name), NAME_LETTER, NAME_HIGH) for each in labels]


@given(st.sets(st.sampled_from(CELLS), min_size=1), st.lists(st.text("abcdeW ", min_size=1, max_size=18), max_size=3))
def test_no_name_lies_over_a_figure_or_another_name(cells, names):
    there = sorted(cells)
    sheet = hexagons.drawn(CELLS)
    labels = map_labels.placed(sheet, [(cell, "125") for cell in there], list(zip(there, names, strict=False)))
    figures = [box(*sheet.middles[cell], 3, FIGURE_LETTER, FIGURE_HIGH) for cell in there]
    mine = boxes(labels)
    assert not any(name.meets(figure) for name in mine for figure in figures)
    assert not any(one.meets(other) for number, one in enumerate(mine) for other in mine[:number])
    assert all(each.left >= 0 and each.right <= sheet.width and each.top >= 0 and each.bottom <= sheet.height for each in mine)


def test_a_name_with_room_stands_right_below_its_figure():
    sheet = hexagons.drawn(CELLS)
    x, y = sheet.middles[MIDDLE]
    assert map_labels.placed(sheet, [(MIDDLE, "40")], [(MIDDLE, "Holt")]) == [("Holt", x, y + 30 + map_labels.BASELINE)]


def test_of_two_names_without_room_for_both_the_second_is_left_out():
    sheet = hexagons.drawn([MIDDLE])
    found = map_labels.placed(sheet, [(MIDDLE, "5")], [(MIDDLE, "Wick"), (MIDDLE, "Holt and Wells-next")])
    assert [label.name for label in found] in (["Wick"], [])
