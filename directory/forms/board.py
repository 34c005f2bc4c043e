"""The gate of the board and the map of gaps: which area, need, quarter and layer are asked for. The unknown is dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from directory.forms.search import is_slug, tidied
from directory.models import quarters

AREA = re.compile(r"[A-Z0-9]{2,9}")
AnyChoice = TypeVar("AnyChoice", bound=StrEnum)


class BoardForm:
    """It carries no token, so a public page sets no cookie; an address that somebody changed by hand shows the plain board."""

    def __init__(self, args: Mapping[str, str]) -> None:
        self._args = args
        self.area = self._code("area")
        self.council = self._code("council")
        need, quarter = self._text("need"), self._text("quarter").upper()
        self.need = need if is_slug(need) else ""
        self.quarter = quarter if quarters.is_quarter(quarter) else ""

    def one_of(self, name: str, choices: type[AnyChoice]) -> AnyChoice | None:
        """What was chosen under this name, None for nothing and for what is no choice."""
        text = self._text(name)
        return choices(text) if text in {each.value for each in choices} else None

    def _text(self, name: str) -> str:
        return tidied(self._args.get(name, ""))

    def _code(self, name: str) -> str:
        text = self._text(name).upper().replace(" ", "")
        return text if AREA.fullmatch(text) else ""
