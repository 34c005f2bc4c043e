"""The gate of the atlas: which measure, what is compared, which need, which place. The unknown gives way to the usual."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

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
    """It carries no token, so a public page sets no cookie; an address that somebody changed by hand shows the plain page."""

    def __init__(self, args: Mapping[str, str]) -> None:
        measure, by = tidied(args.get("measure", "")), tidied(args.get("by", ""))
        self.measure = Measure(measure) if measure in {each.value for each in Measure} else Measure.NEAREST
        self.by = By(by) if by in {each.value for each in By} else By.PLACE
        need = tidied(args.get("need", ""))
        self.need = need if is_slug(need) else ""
        self.place = tidied(args.get("place", ""))[:200]
