"""What the results page says of the words: what they mean, which of them matched, why a row stands where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup, escape

from directory.models.danger import IN_DANGER
from directory.search import Explained, Found, Piece, Understood, is_told
from directory.views.words import uncapital

LONGEST_LINE = 110  # letters: one line beside the filters, two on a phone
MOST_MEANT = 2  # meanings of one thing that are named


class Wish(NamedTuple):
    """One thing that was looked for: `meant` in our words, `typed` in the reader's where those are others."""

    meant: str
    typed: str


def is_in_danger(found: Found, needs: Iterable[str]) -> bool:
    """Whether the words or the ticks tell of a person who may be in danger now: then numbers come before every answer."""
    return IN_DANGER in needs or any(term.slug == IN_DANGER for each in found.understood for term in each.terms)


def looking_for(found: Found) -> list[Wish]:
    """What was looked for, in the order typed, as much as fits a line; empty when it tells nothing the reader did not type."""
    if not any(is_told(each) for each in found.understood):
        return []
    wishes: list[Wish] = []
    length = 0
    for each in found.understood:
        if each.concept.light and not is_told(each):
            continue
        wish = Wish(meant_by(each), each.typed) if is_told(each) else Wish(each.typed, "")
        length += len(wish.meant) + len(wish.typed) + 2
        if wishes and length > LONGEST_LINE:
            break
        wishes.append(wish)
    return wishes


def meant_by(understood: Understood) -> str:
    """“debt or benefits”: what one thing was taken to mean, in the words that curators taught where there are any."""
    labels = understood.words or tuple(uncapital(term.label) for term in understood.terms)
    return " or ".join(labels[:MOST_MEANT])


def summaries(pieces: Mapping[int, Iterable[Piece]]) -> dict[int, Markup]:
    """The pieces as safe markup, what matched in `mark`."""
    return {
        key: Markup("".join(f"<mark>{escape(text)}</mark>" if hit else escape(text) for text, hit in each))  # noqa: S704 -- escaped
        for key, each in pieces.items()
    }


def why(explained: Explained) -> str:
    """The figures behind one row, as a curator reads them."""
    factors = [("closeness", explained.closeness), ("freshness", explained.freshness), ("room", explained.room)]
    if explained.step is not None:
        factors.insert(0, ("text", explained.text))
    product = " × ".join(f"{name} {figure:.2f}" for name, figure in factors)
    step = "" if explained.step is None else f"Step {explained.step}. "
    held = ", ".join(f"“{each.typed}” {each.weight:.2f}" for each in explained.held)
    return f"{step}{product} = {explained.score:.3f}." + (f" Holds {held}." if held else "")
