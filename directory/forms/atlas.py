"""The gate of the atlas: which measure, what is compared, which need, which place. What we do not know is named and dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from directory.forms.board import unknown
from directory.forms.search import is_slug, tidied


class Measure(StrEnum):
    NEAREST = "nearest"
    WITHIN = "within"
    RATIO = "ratio"


class By(StrEnum):
    PLACE = "place"
    DEPRIVATION = "deprivation"
    COUNCIL = "council"


class AtlasForm:
    """It carries no token, so a public page sets no cookie.

    What an address names and we do not know has a sentence in `unknown`, by its parameter, and counts as not asked for.
    """

    def __init__(self, args: Mapping[str, str]) -> None:
        self.unknown: dict[str, str] = {}
        measure, by = tidied(args.get("measure", "")), tidied(args.get("by", ""))
        self.measure = Measure(measure) if measure in {each.value for each in Measure} else Measure.NEAREST
        self.by = By(by) if by in {each.value for each in By} else By.PLACE
        self.unknown |= {"measure": unknown("measure", measure)} if measure not in ("", self.measure.value) else {}
        self.unknown |= {"by": unknown("by", by)} if by not in ("", self.by.value) else {}
        self.need = tidied(args.get("need", ""))
        self.place = tidied(args.get("place", ""))[:200]
        if self.need and not is_slug(self.need):
            self.drop_need()

    def keep_need(self, known: Callable[[str], bool]) -> None:
        """Drop a need that the atlas does not measure."""
        if self.need and not known(self.need):
            self.drop_need()

    def drop_need(self) -> None:
        self.unknown["need"], self.need = unknown("need", self.need), ""
