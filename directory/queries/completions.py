"""Suggestions while somebody types: needs and names for the words, places for the place. Whatever is shown is read anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from directory import places, search
from directory.errors import Unavailable, UnknownPlace
from directory.extensions import db
from directory.models import Listing, Organisation, Session, Status, Venue

MOST_ROWS = 8
MOST_TERMS = 5  # where there are names as well
MOST_PLACES = 7
LOOKED_AT = 24  # names, of which the same one three times at most is shown
NAMESAKES = 3


class Sort(StrEnum):
    """What a row is, in the order of the list."""

    NEED = "need"
    ACTIVITY = "activity"
    KIND = "kind"
    AUDIENCE = "audience"
    LISTING = "listing"
    ORGANISATION = "organisation"
    PLACE = "place"


@dataclass(frozen=True)
class Completion:
    """One row. `text` is what was begun; `about` tells it from others: the need that a phrase stands for, a town, a county.

    Choosing it puts `fills` into the box; a listing or an organisation is gone to instead, by its `slug`.
    """

    sort: Sort
    text: str
    about: str = ""
    fills: str = ""
    slug: str = ""


@dataclass(frozen=True)
class Suggestions:
    """The rows for what is typed. `typed` is that, folded, with a slip put right: the part of each row to be marked."""

    typed: str
    rows: tuple[Completion, ...] = ()


def for_words(text: str, *, today: date) -> Suggestions:
    """Needs, activities, kinds and people by their phrases, then listings and organisations by name; up to eight rows.

    Two statements where a listing is named, one where an organisation is. What is not published, or secret, is left out.
    """
    begun = search.begun(text, today=today, most=LOOKED_AT)
    names = _named(begun.numbers)
    terms = [
        Completion(Sort(term.taxonomy), phrase, about=term.label if phrase != term.label else "", fills=phrase)
        for term, phrase in begun.terms
    ]
    shown = terms[: min(MOST_ROWS, max(MOST_TERMS, MOST_ROWS - len(names)))]
    return Suggestions(begun.typed, (*shown, *names[: MOST_ROWS - len(shown)]))


def for_place(text: str, *, last: str = "") -> Suggestions:
    """Outward codes, towns and villages, nearest to the place that was asked for `last` first, or else the largest."""
    near = None
    if last:
        try:
            here = places.locate(last, loosely=False, ask=False)
            near = here.latitude, here.longitude
        except (UnknownPlace, Unavailable):
            pass
    rows = places.begun(text, near=near, most=MOST_PLACES)
    return Suggestions(
        search.folded_words(text), tuple(Completion(Sort.PLACE, row.name, about=row.where, fills=row.asked_by) for row in rows)
    )


def _named(numbers: Sequence[int]) -> list[Completion]:
    """Listings and organisations by their numbers, in this order, as the database has them now; listings first."""
    ids = [number for number in numbers if number > 0]
    towns = _towns(ids)
    open_to_all = (Listing.status == Status.PUBLISHED, Listing.confidential_location.is_(False))
    found: dict[int, Completion] = {}
    if ids:
        for id_, name, slug in db.session.execute(
            select(Listing.id, Listing.name, Listing.slug).where(Listing.id.in_(ids), *open_to_all)
        ):
            found[id_] = Completion(Sort.LISTING, name, about=towns.get(id_, ""), slug=slug)
    if of_organisations := [-number for number in numbers if number < 0]:
        for id_, name, slug in db.session.execute(
            select(Organisation.id, Organisation.name, Organisation.slug).where(
                Organisation.id.in_(of_organisations), Organisation.listings.any(open_to_all[0] & open_to_all[1])
            )
        ):
            found[-id_] = Completion(Sort.ORGANISATION, name, slug=slug)
    rows: list[Completion] = []
    borne: Counter[str] = Counter()
    for row in (found[number] for number in numbers if number in found):
        borne[row.text.casefold()] += 1
        if borne[row.text.casefold()] <= NAMESAKES:
            rows.append(row)
    return sorted(rows[:MOST_ROWS], key=lambda row: row.sort is Sort.ORGANISATION)


def _towns(ids: Sequence[int]) -> dict[int, str]:
    """The town of each listing that meets in one town alone."""
    if not ids:
        return {}
    towns: dict[int, set[str]] = {}
    for id_, town in db.session.execute(
        select(Session.listing_id, Venue.city).join(Session.venue).where(Session.listing_id.in_(ids), Venue.city != "").distinct()
    ):
        towns.setdefault(id_, set()).add(town)
    return {id_: next(iter(several)) for id_, several in towns.items() if len(several) == 1}
