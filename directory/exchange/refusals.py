"""The file of refused rows: their own columns, the line and the reason, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from directory.exchange.drafts import Refusal

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
OURS = ("line", "reason")
NUMBER = re.compile(r"[+-]?[\d\s().]+")


def safe_cell(text: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run; plain numbers, also +44 ones, stay as they are."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def free_path(stem: str) -> Path:
    """`<stem>.refused.csv` in the current folder, numbered when an earlier run has left one: "clubs.refused-2.csv"."""
    return next(path for path in _names(stem) if not path.exists())


def is_ours(path: Path) -> bool:
    """Whether writing here loses nothing else: empty, no file of its own (a pipe), or refused rows. Raises OSError."""
    if not path.is_file():
        return True
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            header = next(csv.reader(file), [])
        except csv.Error:
            return False
    return not header or tuple(header[-len(OURS) :]) == OURS


def write(path: Path, header: tuple[str, ...], refusals: Iterable[Refusal]) -> None:
    """A CSV in UTF-8 with its mark, which spreadsheets need to show accents. Raises OSError."""
    # A file of refused rows that was mended and refused again has the two columns of the time before.
    names = header[: -len(OURS)] if header[-len(OURS) :] == OURS else header
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(safe_cell(name) for name in names), *OURS])
        for refusal in refusals:
            cells = [safe_cell(refusal.row.cells.get(name, "")) for name in names]
            writer.writerow([*cells, refusal.row.line, safe_cell(refusal.reason)])


def _names(stem: str) -> Iterator[Path]:
    yield Path(f"{stem}.refused.csv")
    yield from (Path(f"{stem}.refused-{number}.csv") for number in itertools.count(2))
