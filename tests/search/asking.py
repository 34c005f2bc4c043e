"""One place to ask from, and short ways to ask."""

from typing import Any

from directory import search
from directory.places import Place
from tests import make

CODES = ("NR25", "E07000147", "E10000020", "E92000001", "K02000001")
HOLT = Place("Holt", "place", *make.HOLT, area_codes=CODES)


def north(miles: float) -> tuple[float, float]:
    """A point so many miles north of the place, for a hall at a known distance."""
    return make.HOLT[0] + miles * 1.609344 / 111.195, make.HOLT[1]


def found(q: str = "", *, place: Place = HOLT, **fields: Any) -> search.Found:
    return search.search(search.Question(place, q=q, **fields), today=make.TODAY)


def names(hits: tuple[search.Hit, ...]) -> list[str]:
    """The names of the hits, in their order."""
    rows = {row.id: row.name for row in make.db.session.query(make.models.Listing)}
    return [rows[hit.listing_id] for hit in hits]


def named(q: str = "", **fields: Any) -> list[str]:
    """The names found for certain, in order."""
    return names(found(q, **fields).hits)


def reasons(**fields: Any) -> dict[str, str]:
    """Each name found with its reason."""
    answer = found(**fields)
    return dict(zip(names(answer.hits), (hit.reason for hit in answer.hits), strict=True))
