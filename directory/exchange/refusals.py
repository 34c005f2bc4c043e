"""The file of refused rows: their own columns, the line and the reason, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from directory.exchange.drafts import Refusal

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?[\d\s().]+")


def safe_cell(text: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run; plain numbers, also +44 ones, stay as they are."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def write(path: Path, header: tuple[str, ...], refusals: Iterable[Refusal]) -> None:
    """A CSV in UTF-8 with its mark, which spreadsheets need to show accents. Raises OSError."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(safe_cell(name) for name in header), "line", "reason"])
        for refusal in refusals:
            cells = [safe_cell(refusal.row.cells.get(name, "")) for name in header]
            writer.writerow([*cells, refusal.row.line, safe_cell(refusal.reason)])
