"""The face of search: what may be asked, what comes back, how answers are ranked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from sqlalchemy import delete, func, insert, select

from directory.extensions import db
from directory.indexes.documents import Document, Note, document_from, document_of, note_of
from directory.models import Listing, SearchChange, SearchDocument
from directory.places import Place

__all__ = ["REASONS", "Document", "Found", "Hit", "Note", "Question", "document_from", "document_of", "note", "note_many"]

MILE_KM = 1.609344

REASONS = ("nearby", "stop", "covers", "comes_to_you", "online", "national")


@dataclass(frozen=True)
class Question:
    """One search. Within a filter any value will do; filters combine with "and". Slugs are the vocabulary's.

    `radius_mi` None widens by itself. `checked` is months, or `any`, or empty. `time` is morning, afternoon,
    evening. `reach` narrows to ways of taking part: near, stop, home, wire.
    """

    place: Place
    q: str = ""
    radius_mi: float | None = None
    need: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    age: int | None = None
    checked: str = ""
    sort: str = "best"
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True)
class Hit:
    """One listing found: why it is here, how far (None when distance has no meaning), and by which venue."""

    listing_id: int
    reason: str
    distance_km: float | None
    venue_id: int | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What search answers before the database is asked for the rows. `hits` and `less` hold one page each."""

    hits: tuple[Hit, ...]
    total: int
    less: tuple[Hit, ...]
    less_total: int
    less_why: str
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    radius_mi: float = 3.0
    widened: bool = False
    left_out: int = 0
    corrected_q: str | None = None
    suggestion: str | None = None


# One key for all: whoever notes a change holds it until the commit, so ids appear in the order of commits.
CHANGE_LOCK = 0x46696E67


def note(listing: Listing) -> None:
    """Inside `writing()`: tell search that this listing changed; its terms and an outbox row in the same transaction.

    Flushes, and reads the listing's organisation, sessions, venues and terms: queries unless loaded.
    """
    db.session.flush()
    note_many([note_of(listing)])


def note_many(notes: Iterable[Note]) -> None:
    """Inside `writing()`: the same for many listings in three statements, for doors that write in bulk.

    `Note(listing_id, version, document)`, the document from `document_of(listing)` or `document_from(...)` when
    there are no rows at hand, None when the listing is not published. Order is kept in the outbox.
    """
    told = list(notes)
    if not told:
        return
    session = db.session
    for start in range(0, len(told), 500):
        ids = [each.listing_id for each in told[start : start + 500]]
        session.execute(
            delete(SearchDocument).where(SearchDocument.listing_id.in_(ids)).execution_options(synchronize_session=False)
        )
    documents = [
        {"listing_id": each.listing_id, "version": each.version, **asdict(each.document)} for each in told if each.document
    ]
    if documents:
        session.execute(insert(SearchDocument.__table__), documents)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(CHANGE_LOCK)))
    session.execute(insert(SearchChange.__table__), [{"listing_id": each.listing_id, "version": each.version} for each in told])
