"""What a row of results says of itself beside a question: its summary, or the part of its description that matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from directory import search
from directory.extensions import db
from directory.models import Status
from directory.queries.kept_listings import Row
from directory.queries.listings import Answer, Result
from directory.search import Piece

LONGEST_READ = 2_000  # letters of a description


class Told(NamedTuple):
    """The terms of what a row prints, which tell at a glance that a question's words are not in it."""

    summary: tuple[str, ...]
    name: tuple[str, ...]


def marked(answer: Answer, results: Sequence[Result], *, today: date) -> dict[int, tuple[Piece, ...]]:
    """For those rows in which words matched, by listing id: the summary in pieces, each with whether it matched.

    Where neither name nor summary holds a word but the description does, a snippet of that instead. One statement at most,
    and none when every row holds a word.
    """
    highlighter = search.Highlighter(each.concept for each in answer.found.understood)
    if not highlighter.words:
        return {}
    told: dict[int, tuple[Piece, ...]] = {}
    lengths: dict[int, int] = {}
    for result in results:
        listing, terms = result.listing, result.once(told_by, today)
        pieces = highlighter.marked(listing.summary) if highlighter.may_mark(terms.summary) else ()
        if any(matched for _, matched in pieces):
            told[listing.id] = pieces
        elif not (highlighter.may_mark(terms.name) and highlighter.marks(listing.name)):
            lengths[listing.id] = len(listing.summary)
    for listing_id, description in descriptions(lengths).items():
        if snippet := highlighter.snippet(description, length=lengths[listing_id]):
            told[listing_id] = snippet
    return told


def told_by(row: Row) -> Told:
    return Told(search.told(row.listing.summary), search.told(row.listing.name))


def descriptions(ids: Iterable[int]) -> dict[int, str]:
    """The beginnings of the descriptions of published listings, by id; they are not kept in memory as the rows are."""
    wanted = sorted(int(each) for each in ids)
    if not wanted:
        return {}
    rows = db.session.connection().exec_driver_sql(f"{DESCRIPTIONS}({','.join(map(str, wanted))})")
    return dict(rows.tuples().all())


# Plain text, as the one in kept_listings.py, and for the same reason.
DESCRIPTIONS = f"""SELECT id, substr(description, 1, {LONGEST_READ}) FROM listing
 WHERE status = '{Status.PUBLISHED}' AND description != '' AND id IN """  # noqa: S608 -- nothing in it comes from outside
