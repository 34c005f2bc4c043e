"""Taking back what one hand wrote, version by version, and leaving what others wrote after it. Pure: versions in, values out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Version = tuple[int, Mapping[str, Any]]  # number, whole record

NEVER_TAKEN_BACK = {"checks"}


@dataclass(frozen=True)
class Undone:
    """`values` are the fields to set back; `kept` those in which a later hand's words stay."""

    values: dict[str, Any]
    kept: tuple[str, ...]


def undone(versions: Sequence[Version], theirs: Collection[int]) -> Undone:
    """What a listing should say without the versions in `theirs`; all versions in order, the first included.

    A field goes back to what it said before the last unbroken run of their changes to it. If somebody else changed it
    after them, it stays. A listing that they made themselves is to be hidden.
    """
    values: dict[str, Any] = {}
    kept: list[str] = []
    made_by_them = versions[0][0] in theirs
    for name in versions[-1][1]:
        if name in NEVER_TAKEN_BACK:
            continue
        touched = last_is_theirs = made_by_them
        before = versions[0][1].get(name)
        for (_, older), (number, newer) in pairwise(versions):
            if newer.get(name) == older.get(name):
                continue
            if number in theirs:
                if not last_is_theirs:
                    before = older.get(name)
                touched = last_is_theirs = True
            else:
                last_is_theirs = False
        if touched and not last_is_theirs:
            kept.append(name)
        elif touched and not made_by_them and before != versions[-1][1].get(name):
            values[name] = before
    if made_by_them:
        values = {} if kept else {"status": "hidden"}
    return Undone(values, tuple(kept))
