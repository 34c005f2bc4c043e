"""Where a map writes the names of its first towns: near their patch, over no figure and no other name, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from directory.queries.gap_map import Drawn

# In the units of the drawing, for the sizes of letters in site.css (21 for figures, 22 bold for names), a little too large.
FIGURE_LETTER, FIGURE_HIGH = 13.0, 20.0
NAME_LETTER, NAME_HIGH = 13.5, 26.0
BASELINE = 7.0  # from the middle of a line of letters down to where they stand
# From the middle of the patch to the middle of the name, the best first: below, above, and then a little to a side.
PLACES = tuple((x, y) for x in (0, -24, 24, -48, 48) for y in (30, -30, 34, -34, 38, -38, 42, -42))


class Box(NamedTuple):
    """What some letters cover: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


class Label(NamedTuple):
    """A name with the middle of its line and its baseline."""

    name: str
    x: float
    y: float


def box(x: float, y: float, letters: int, letter: float, high: float) -> Box:
    """What a line of so many letters covers whose middle is at a point."""
    half = letters * letter / 2
    return Box(x - half, y - high / 2, x + half, y + high / 2)


def placed(sheet: Drawn, figures: Iterable[tuple[str, str]], names: Sequence[tuple[str, str]]) -> list[Label]:
    """The names by patch that can be written on a sheet, in their order, given the figures by patch that stand there already."""
    taken = [box(*sheet.middles[cell], len(text), FIGURE_LETTER, FIGURE_HIGH) for cell, text in figures]
    labels = []
    for cell, name in names:
        x, y = sheet.middles[cell]
        for along, down in PLACES:
            found = box(x + along, y + down, len(name), NAME_LETTER, NAME_HIGH)
            within = found.left >= 0 and found.top >= 0 and found.right <= sheet.width and found.bottom <= sheet.height
            if within and not any(found.meets(other) for other in taken):
                taken.append(found)
                labels.append(Label(name, x + along, y + down + BASELINE))
                break
    return labels
