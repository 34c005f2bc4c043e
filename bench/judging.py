"""The judged questions: what was typed, where, and which listings are an answer. The rule is in docs/relevance.md.

Nothing here asks search. Whether a listing can be reached is worked out from its rows alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from directory import places
from directory.extensions import db
from directory.places import Place, distance_km

JUDGED = Path(__file__).parent / "judged"
SORTS = ("plain", "sentence", "misspelt", "need", "name", "place-in-words", "none")
GRADES = {"best": 3, "good": 2, "fair": 1}
MILE_KM = 1.609344
# A journey takes something off an answer that has to be gone to: a grade beyond each of these, but never the last one.
FAR_MI = (12.0, 25.0)
FURTHEST_MI = 40.0
LEFT_OUT_AFTER = 548  # days: contract.md's "checked"; such a listing is not an answer
DISTRICTS = ("E06", "E07", "E08", "E09", "W06", "S12", "N09")
ELSEWHERE = ("home_visits", "online", "by_phone")


@dataclass(frozen=True)
class Row:
    """A published listing as a judge sees it. `points` are (latitude, longitude, is a stop)."""

    id: int
    key: str
    source: str
    kind: str
    name: str
    words: str
    ways: frozenset[str]
    points: tuple[tuple[float, float, bool], ...]
    coverage: tuple[tuple[str, float | None, float | None, float | None], ...]

    def miles_from(self, place: Place, *, stops_only: bool = False) -> float:
        """To the nearest point of it, a straight line; infinite when it has none."""
        away = (
            distance_km(place.latitude, place.longitude, latitude, longitude)
            for latitude, longitude, is_stop in self.points
            if is_stop or not stops_only
        )
        return min(away, default=float("inf")) / MILE_KM

    def is_for(self, place: Place) -> bool:
        """Whether it comes, answers from afar, or is meant for the area, so that no journey counts."""
        codes = [code for code, *_ in self.coverage if code and code in place.area_codes]
        around = any(
            radius is not None and distance_km(place.latitude, place.longitude, latitude, longitude) <= radius
            for _, latitude, longitude, radius in self.coverage
            if latitude is not None and longitude is not None
        )
        if not codes and not around:
            return not self.coverage and bool(self.ways & {"online", "by_phone"})
        is_small = around or any(len(code) <= 4 or code.startswith(DISTRICTS) for code in codes)
        return bool(self.ways & set(ELSEWHERE)) or not self.points or is_small


@dataclass(frozen=True)
class Asked:
    """One judged question. `place` is what was typed beside it; `where` is where it is about; grades by listing id."""

    catalogue: str
    q: str
    place: str
    where: Place
    sort: str
    half: str
    grades: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_answerable(self) -> bool:
        return bool(self.grades)


def rows(today: date) -> list[Row]:
    """The published listings that are not left out for want of checking, by id."""
    points: dict[int, list[tuple[float, float, bool]]] = {}
    coverage: dict[int, list[tuple[str, float | None, float | None, float | None]]] = {}
    with db.engine.connect() as connection:
        for id_, latitude, longitude, mode in connection.execute(
            text(
                "SELECT s.listing_id, v.latitude, v.longitude, s.mode FROM session s JOIN venue v ON v.id = s.venue_id"
                " JOIN listing l ON l.id = s.listing_id WHERE v.latitude IS NOT NULL AND NOT l.confidential_location"
            )
        ):
            points.setdefault(id_, []).append((latitude, longitude, mode.lower() == "stop"))
        for id_, *area in connection.execute(text("SELECT listing_id, area_code, latitude, longitude, radius_km FROM coverage")):
            coverage.setdefault(id_, []).append(tuple(area))
        found = connection.execute(
            text(
                "SELECT l.id, r.source_key, o.name AS source, l.kind, l.name, l.summary, l.description, l.checked_on,"
                " l.home_visits, l.online, l.by_phone FROM listing l LEFT JOIN source_record r ON r.listing_id = l.id"
                " LEFT JOIN source o ON o.id = r.source_id WHERE lower(l.status) = 'published' ORDER BY l.id"
            )
        ).mappings()
        return [
            Row(
                id=row["id"],
                key=(row["source_key"] or "").rpartition("/")[2] or row["source_key"] or "",
                source=row["source"] or "",
                kind=str(row["kind"]).lower(),
                name=row["name"],
                words=f"{row['name']} {row['summary'] or ''} {row['description'] or ''}",
                ways=frozenset(way for way in ELSEWHERE if row[way]),
                points=tuple(points.get(row["id"], ())),
                coverage=tuple(coverage.get(row["id"], ())),
            )
            for row in found
            if not (row["checked_on"] and (today - as_date(row["checked_on"])).days > LEFT_OUT_AFTER)
        ]


def as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def questions(catalogue: str, known: Sequence[Row]) -> list[Asked]:
    """The judged questions of a catalogue, in file order. Raises ValueError for a key or a word that cannot be right."""
    entries = tomllib.loads((JUDGED / f"{catalogue}.toml").read_text(encoding="utf-8"))["query"]
    topics = tomllib.loads((JUDGED / "topics.toml").read_text(encoding="utf-8"))
    return [asked(catalogue, entry, topics, known) for entry in entries]


def asked(catalogue: str, entry: Mapping[str, Any], topics: Mapping[str, Any], known: Sequence[Row]) -> Asked:
    if entry["sort"] not in SORTS:
        raise ValueError(f"“{entry['q']}” is of no sort that we have: {entry['sort']}")
    where = places.locate(entry.get("place") or entry["at"])
    grades: dict[int, int] = {}
    if "want" in entry:
        grades = by_predicates(entry["want"], where, known)
    elif entry["sort"] != "none":
        lists = topics[entry["topic"]] if "topic" in entry else entry
        grades = by_keys(lists, where, known, far_counts=entry["sort"] != "name", told=entry["q"])
    half = entry.get("half") or ("dev" if hashlib.sha256(f"{catalogue} {entry['q']}".encode()).digest()[0] % 2 else "held")
    return Asked(catalogue, entry["q"], entry.get("place", ""), where, entry["sort"], half, grades)


def by_keys(
    lists: Mapping[str, Iterable[str]], where: Place, known: Sequence[Row], *, far_counts: bool, told: str
) -> dict[int, int]:
    """Grades by listing id from lists of keys. One named for itself keeps its grade however far it is."""
    named = {row.key: row for row in known}
    found = {}
    for word, grade in GRADES.items():
        for key in lists.get(word, ()):
            if key not in named:
                raise ValueError(f"“{told}”: no published listing is called {key}")
            if reached := reachable(named[key], where, grade if far_counts else 0):
                found[named[key].id] = reached if far_counts else grade
    return found


def reachable(row: Row, where: Place, grade: int) -> int:
    """The grade after the journey; 0 when it cannot be reached at all. A `grade` of 0 asks only for that: 1 or 0."""
    if row.is_for(where):
        return max(grade, 1)
    away = row.miles_from(where)
    return 0 if away > FURTHEST_MI else max(1, grade - sum(away > far for far in FAR_MI))


def by_predicates(wants: Iterable[Mapping[str, Any]], where: Place, known: Sequence[Row]) -> dict[int, int]:
    """Grades by listing id from rules over the record; where several fit, the highest counts."""
    found: dict[int, int] = {}
    for want in wants:
        away = {row.id: row.miles_from(where, stops_only=want.get("stop", False)) for row in known if fits(row, want)}
        near = [
            id_ for id_, miles in sorted(away.items(), key=lambda each: each[1]) if miles <= want.get("within_mi", FURTHEST_MI)
        ]
        if "within_mi" not in want and "nearest" not in want:
            near += [row.id for row in known if row.id in away and away[row.id] > FURTHEST_MI and row.is_for(where)]
        for id_ in near[: want.get("nearest")]:
            found[id_] = max(found.get(id_, 0), want["grade"])
    return found


def fits(row: Row, want: Mapping[str, Any]) -> bool:
    return (
        want.get("kind", row.kind) == row.kind
        and want.get("source", "") in row.source
        and (not want.get("stop") or any(is_stop for *_, is_stop in row.points))
        and bool(re.search(want.get("name", ""), row.name, re.IGNORECASE))
        and bool(re.search(want.get("holds", ""), row.words, re.IGNORECASE))
    )


def fingerprint() -> str:
    """Eight letters that change with the judgements, so that figures of two sets are never compared."""
    told = json.dumps([path.read_text(encoding="utf-8") for path in sorted(JUDGED.glob("*.toml")) if path.stem != "floor"])
    return hashlib.sha256(told.encode()).hexdigest()[:8]
