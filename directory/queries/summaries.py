"""What a row of results says of itself beside a question: its summary, or the part of its description that matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, func, select

from directory import search
from directory.extensions import db
from directory.models import Listing, Status
from directory.queries.listings import Answer, Result
from directory.search import Piece

LONGEST_READ = 2_000  # letters of a description


def marked(answer: Answer, results: Sequence[Result]) -> dict[int, tuple[Piece, ...]]:
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
        listing = result.listing
        pieces = highlighter.marked(listing.summary)
        if any(matched for _, matched in pieces):
            told[listing.id] = pieces
        elif not highlighter.marks(listing.name):
            lengths[listing.id] = len(listing.summary)
    for listing_id, description in descriptions(lengths).items():
        if snippet := highlighter.snippet(description, length=lengths[listing_id]):
            told[listing_id] = snippet
    return told


def descriptions(ids: Iterable[int]) -> dict[int, str]:
    """The beginnings of the descriptions of published listings, by id; they are not kept in memory as the rows are."""
    wanted = sorted(ids)
    return dict(db.session.connection().execute(DESCRIPTIONS, {"ids": wanted}).tuples().all()) if wanted else {}


# Put together once, because that costs more than to run it.
LISTING = Listing.__table__.c
DESCRIPTIONS = select(LISTING.id, func.substr(LISTING.description, 1, LONGEST_READ)).where(
    LISTING.id.in_(bindparam("ids", expanding=True)), LISTING.status == Status.PUBLISHED, LISTING.description != ""
)
