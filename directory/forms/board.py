"""The gate of the board and the map of gaps: which area, need, quarter, layer. What we do not know is named and dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from enum import StrEnum
from typing import TypeVar

from directory import places
from directory.errors import Unavailable
from directory.forms.search import is_slug, tidied
from directory.models import quarters

AREA = re.compile(r"[A-Z0-9]{2,9}")
OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
LONGEST_TOLD = 40
NAMES = {"layer": "map", "sort": "order", "by": "comparison"}  # what people call a parameter that has another name
AnyChoice = TypeVar("AnyChoice", bound=StrEnum)


def unknown(name: str, typed: str) -> str:
    """What is said of something that we do not have: of a need "We do not know the need “zzz”."."""
    return f"We do not know the {NAMES.get(name, name)} “{typed[:LONGEST_TOLD]}”."


class BoardForm:
    """It carries no token, so a public page sets no cookie.

    What an address names and we do not know has a sentence in `unknown`, by its parameter, and counts as not asked for.
    """

    def __init__(self, args: Mapping[str, str]) -> None:
        self._args = args
        self.unknown: dict[str, str] = {}
        self.area = self._read("area", self._code("area"), is_area)
        self.council = self._read("council", self._code("council"), lambda code: bool(places.council_name(code)))
        self.need = self._read("need", self._text("need"), is_slug)
        self.quarter = self._read("quarter", self._text("quarter").upper(), quarters.is_quarter)

    def one_of(self, name: str, choices: type[AnyChoice]) -> AnyChoice | None:
        """What was chosen under this name, None for nothing and for what is no choice."""
        text = self._read(name, self._text(name), lambda text: text in {each.value for each in choices})
        return choices(text) if text else None

    def keep_need(self, known: Container[str]) -> None:
        """Drop a need that is not among these."""
        if self.need and self.need not in known:
            self.unknown["need"], self.need = unknown("need", self.need), ""

    def keep_quarter(self, counted: Container[str], instead: str) -> None:
        """Drop a quarter that has no table; `instead` is the one that is shown, "" for none."""
        if self.quarter and self.quarter not in counted:
            other = f" This is {quarters.told(instead)}." if instead else ""
            self.unknown["quarter"], self.quarter = f"{quarters.told(self.quarter)} was not counted.{other}", ""

    def _read(self, name: str, value: str, is_known: Callable[[str], bool]) -> str:
        if not value or is_known(value):
            return value
        self.unknown[name] = unknown(name, self._text(name))
        return ""

    def _text(self, name: str) -> str:
        return tidied(self._args.get(name, ""))

    def _code(self, name: str) -> str:
        return self._text(name).upper().replace(" ", "")


def is_area(code: str) -> bool:
    """Whether there may be such an area: what looks like an outward code has to be one, where we have them."""
    if not AREA.fullmatch(code):
        return False
    try:
        return not OUTWARD.fullmatch(code) or places.approximate(code) is not None
    except Unavailable:
        return True
