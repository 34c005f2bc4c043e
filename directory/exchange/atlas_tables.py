"""The atlas as a table for other programs: one row a need and group of areas. What is not known says so in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from directory.queries.atlas import Figures

BY = {"all": "everybody", "rural": "village or town", "decile": "deprivation", "council": "council"}
MILES, KM = (1, 3, 5, 10), (2, 5, 10)
NOT_KNOWN = "not known"


def record(found: Figures, beyond: Mapping[float, int | None] | None = None) -> dict[str, Any]:
    """One row, None for what is not known. `beyond` are people further than so many km, in place of those beyond 2, 5 and 10."""
    sort, _, code = found.group.partition(":")
    further = dict(zip(KM, found.beyond_km, strict=True)) if beyond is None else beyond
    return {
        "need": found.subject.slug,
        "what": found.subject.label,
        "by": BY[sort],
        "code": code,
        "name": found.name,
        "people": found.people,
        "people_not_known": found.all_people - found.people,
        "median_km": _rounded(found.median_km),
        **{f"beyond_{km:g}_km": people for km, people in further.items()},
        **{f"beyond_{mile}_mi": people for mile, people in zip(MILES, found.beyond_mi, strict=True)},
        **{f"within_{mile}_mi": _rounded(many) for mile, many in zip(MILES, found.within_mi, strict=True)},
        "per_1000": _rounded(found.per_1000, 4),
        "comes": _rounded(found.comes),
        "from_home": _rounded(found.from_home),
    }


def as_csv(records: Iterable[Mapping[str, Any]]) -> str:
    """The rows under one header; an empty cell would be too easily read as none, so "not known" is written out."""
    page = io.StringIO()
    rows = list(records)
    if rows:
        writer = csv.DictWriter(page, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: NOT_KNOWN if value is None else value for name, value in row.items()} for row in rows)
    return page.getvalue()


def _rounded(value: float | None, places: int = 2) -> float | None:
    return None if value is None else round(value, places)
