"""Many new listings as plain rows, table by table, for writing them in a few statements; keys come from the database later."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.models import records
from directory.models.listings import Listing
from directory.models.organisations import Organisation
from directory.models.venues import PointSource, Venue
from directory.models.vocabulary import Taxonomy, Term

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """One new listing. `record` is its document, with venues under their public identifiers; `venues` gives their numbers."""

    record: Row
    sessions: Sequence[Mapping[str, Any]]
    venues: Mapping[str, int]

    @property
    def organisation(self) -> str:
        """The name to find the organisation by, empty when there is none."""
        return self.record["organisation"]["name"].casefold() if self.record["organisation"] else ""


class Batch:
    """New listings from full records. The same building named twice is one venue."""

    def __init__(self, terms: Mapping[tuple[Taxonomy, str], Term]) -> None:
        self._terms = terms
        self._term_ids = {key: term.id for key, term in terms.items()}
        self._order = {key: (term.position, term.id) for key, term in terms.items()}
        self._shared: dict[tuple[Any, ...], int] = {}
        self._facts: list[tuple[int, Mapping[str, Any]]] = []
        self.made: list[Made] = []
        self.venue_rows: list[Row] = []

    def take(self, given: Mapping[str, Any]) -> Listing:
        """Add one; the answer is the listing as an object, not to be saved. Raises KeyError for an unknown slug."""
        record = dict(given)
        for name, taxonomy in records.TERM_FIELDS.items():
            record[name] = sorted(record[name], key=lambda slug, of=taxonomy: self._order[of, slug])
        numbers = {venue["key"]: self._venue(venue) for venue in record["venues"]}
        row = records.built(record, self._terms, {key: Venue(**self.venue_rows[number]) for key, number in numbers.items()})
        row.organisation = Organisation(name=record["organisation"]["name"]) if record["organisation"] else None
        uids = {key: str(self.venue_rows[number]["uid"]) for key, number in numbers.items()}
        by_key = {venue["key"]: venue for venue in record["venues"]}
        used = dict.fromkeys(session["venue"] for session in record["sessions"] if session["venue"])
        record["venues"] = list({uids[key]: {**by_key[key], "key": uids[key]} for key in used}.values())
        record["sessions"] = [{**each, "venue": uids[each["venue"]] if each["venue"] else None} for each in record["sessions"]]
        self.made.append(Made(record, given["sessions"], numbers))
        return row

    def listing_rows(self, slugs: records.Slugs, organisations: Mapping[str, int], now: datetime) -> list[Row]:
        """In the order in which they were taken, as are all rows that follow."""
        rows = []
        for made in self.made:
            town = made.record["venues"][0]["city"] if made.record["venues"] else ""
            on, means, voice = records.checked(made.record["checks"])
            rows.append(
                {
                    **records.columns_of(made.record),
                    "uid": uuid.uuid4(),
                    "slug": slugs.free(made.record["name"], town=town),
                    "organisation_id": organisations[made.organisation] if made.organisation else None,
                    "checked_on": on,
                    "checked_means": means,
                    "checked_voice": voice,
                    "revision_number": 1,
                    "version": 1,
                    "created_at": now,
                    "modified_at": now,
                }
            )
        return rows

    def session_rows(self, listing_ids: Sequence[int], venue_ids: Sequence[int]) -> list[Row]:
        return [
            {
                **records.session_row(each),
                "uid": uuid.uuid4(),
                "listing_id": number,
                "venue_id": venue_ids[made.venues[each["venue"]]] if each["venue"] else None,
                "position": position,
            }
            for number, made in self._numbered(listing_ids)
            for position, each in enumerate(made.sessions)
        ]

    def fact_rows(self, listing_ids: Sequence[int], venue_ids: Sequence[int]) -> list[Row]:
        """Facts of access of the venues, then of the listings themselves."""
        rows = [{**self._fact(fact), "venue_id": venue_ids[number], "listing_id": None} for number, fact in self._facts]
        for number, made in self._numbered(listing_ids):
            rows += [{**self._fact(fact), "venue_id": None, "listing_id": number} for fact in made.record["access"]]
        return rows

    def rows_of(self, name: str, listing_ids: Sequence[int]) -> list[Row]:
        """The record's list of that name as rows of its own table: coverage or contacts or checks."""
        rows: list[Row] = []
        for number, made in self._numbered(listing_ids):
            for position, each in enumerate(made.record[name]):
                row = records.check_row(each) if name == "checks" else dict(each)
                rows.append({**row, "listing_id": number} | ({"position": position} if name == "contacts" else {}))
        return rows

    def term_rows(self, listing_ids: Sequence[int]) -> list[Row]:
        return [
            {"listing_id": number, "term_id": self._term_ids[taxonomy, slug]}
            for number, made in self._numbered(listing_ids)
            for name, taxonomy in records.TERM_FIELDS.items()
            for slug in made.record[name]
        ]

    def _numbered(self, listing_ids: Sequence[int]) -> Iterator[tuple[int, Made]]:
        return zip(listing_ids, self.made, strict=True)

    def _venue(self, entry: Mapping[str, Any]) -> int:
        """The number of its row. Without a name and a first line nothing says that two venues are one."""
        point = (round(entry["latitude"], 4), round(entry["longitude"], 4)) if entry["latitude"] is not None else None
        names = ("name", "address_1", "address_2", "city", "postal_code")
        same = (*(entry[name].casefold() for name in names), point, json.dumps(entry["access"]))
        if same not in self._shared or not (entry["name"] or entry["address_1"]):
            self._shared[same] = len(self.venue_rows)
            source = PointSource(entry["point_source"]) if entry["point_source"] else None
            columns = {name: entry[name] for name in records.VENUE} | {"point_source": source, "uid": uuid.uuid4()}
            self.venue_rows.append(columns)
            self._facts += [(self._shared[same], fact) for fact in entry["access"]]
        return self._shared[same]

    def _fact(self, fact: Mapping[str, Any]) -> Row:
        return {
            "term_id": self._term_ids[Taxonomy.ACCESS, fact["feature"]],
            "present": fact["present"],
            "note": fact.get("note") or "",
        }
