"""The published table of gaps as CSV: one row a stored cell. What is not in it is fewer than 8 people, or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from directory.models import Cell

COLUMNS = ("quarter", "area_code", "area_name", "council_code", "need", "need_label", "kind", "people")
# A spreadsheet takes what begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(cells: Iterable[Cell]) -> str:
    """The cells in the order given, people to the nearest five. Reads the term of each, so it had better be loaded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cell in cells:
        plain = (cell.quarter, cell.area_code, cell.area_name, cell.council_code, cell.term.slug, cell.term.label)
        writer.writerow([*map(harmless, plain), cell.kind.value, cell.people])
    return text.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
