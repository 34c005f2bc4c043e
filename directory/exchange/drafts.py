"""What presets hand on: a listing as its file tells it, or a row that cannot be used and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from directory.errors import Refused
from directory.exchange.readers import Row, Table


@dataclass(frozen=True)
class Draft:
    """One listing record and the rows that made it. `parts` gives each row's key within the listing and its digest.

    A closed one carries the status `ended`: it ends what an earlier file brought in, and is never published anew.
    """

    key: str
    record: dict[str, Any]
    rows: tuple[Row, ...]
    parts: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """One row that brings nothing, and the reason in words that its sender can act on."""

    row: Row
    reason: str


Told = Iterator[Draft | Refusal]


class Keys:
    """Keys of one file, made different where the file itself does not: the second of a kind is "…#2"."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def make(self, *parts: str) -> str:
        key = "/".join(" ".join(part.split()).casefold() for part in parts)
        if len(key) > 200:
            key = key[:160] + "/" + hashlib.sha256(key.encode()).hexdigest()[:32]
        self._seen[key] = self._seen.get(key, 0) + 1
        return key if self._seen[key] == 1 else f"{key}#{self._seen[key]}"


def digest(record: Any) -> str:
    """The same for equal plain-JSON values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Preset:
    """One layout of file: what to call its publisher, the header that betrays it, and how its rows become drafts.

    `licence` holds what the publisher states; a person may enter another with `--licence`.
    """

    name: str
    source: str
    licence: str
    attribution: str
    columns: frozenset[str]
    drafts: Callable[[Table], Told]
    url: str = ""

    def recognises(self, table: Table) -> bool:
        return self.columns <= {name.casefold() for name in table.header}


def drafted(table: Table, told: Callable[[Row], Draft]) -> Told:
    """One draft or refusal for each row, for layouts in which a row is a listing."""
    for row in table.rows():
        if row.fault:
            yield Refusal(row, row.fault)
            continue
        try:
            yield told(row)
        except Refused as refusal:
            yield Refusal(row, str(refusal))
