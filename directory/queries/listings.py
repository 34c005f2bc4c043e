"""Questions about listings: one by its address, those of an organisation, and those that answer a search."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from directory import search
from directory.errors import NotFound
from directory.extensions import db
from directory.models import AccessFact, Coverage, Listing, Organisation, Session, Status, Term, Venue
from directory.models.recurrence import LONDON
from directory.models.words import day_words, joined, miles, timetable_clock
from directory.places import Place
from directory.queries import kept_listings
from directory.queries.kept_listings import Area, Brief, Kept, Make, Row, Spot
from directory.search import MILE_KM, Found, Hit, Question

T = TypeVar("T")

UNITED_KINGDOM = "K02000001"
COUNTRIES = {"E92000001": "England", "W92000004": "Wales", "S92000003": "Scotland", "N92000002": "Northern Ireland"}
ABOUT_KM = 0.8  # a place in doubt by more than this is not measured to a tenth of a mile


@dataclass(slots=True)
class Result:
    """One row of an answer, ready to print. `next_on` is local wall-clock time of the next session, if known."""

    listing: Brief | Listing
    reason: str
    reason_text: str
    distance_mi: float | None
    venue: Spot | Venue | None
    next_on: datetime | None
    missing: tuple[str, ...] = ()
    explained: search.Explained | None = None
    made: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Row], T], today: date) -> T:
        """What `make` makes of this row: kept with the listing if `matching` was told of it, else made now of a whole one."""
        if make in self.made:
            kept: T = self.made[make]
            return kept
        key = (make, self.venue, self.reason, today)
        if key not in self.made:
            listing, venue = cast(Listing, self.listing), cast(Venue | None, self.venue)
            self.made[key] = make(Row(listing, venue, today, self.reason == "stop", self.next_on))
        made: T = self.made[key]
        return made


@dataclass(frozen=True)
class Answer:
    """One page of results, those that might fit too, and what search understood."""

    question: Question
    found: Found
    results: Sequence[Result]
    less: Sequence[Result]


def matching(question: Question, *, now: datetime, made: Sequence[Make] = ()) -> Answer:
    """The page of listings that answers a question, asked again of the database, so that nothing hidden can show.

    `made` is what the rows will be asked for by `once`. The same number of statements however many rows. `now` is aware;
    days are those of London.
    """
    here = now.astimezone(LONDON)
    found = search.search(question, today=here.date())
    rows = kept_listings.rows([wanted(hit) for hit in (*found.hits, *found.less)], made=made, now=here)
    results, less = (
        [kept_result(hit, row, question.place, here.date()) for hit in hits if (row := rows.get(wanted(hit)))]
        for hits in (found.hits, found.less)
    )
    gone = len(found.hits) - len(results), len(found.less) - len(less)
    if any(gone):
        # Taken down since search last looked, which is less than a second ago.
        found = replace(found, total=found.total - gone[0], less_total=found.less_total - gone[1])
    return Answer(question, found, results, less)


def wanted(hit: Hit) -> kept_listings.Wanted:
    return hit.listing_id, hit.venue_id, hit.reason == "stop"


def kept_result(hit: Hit, row: Kept, place: Place, today: date) -> Result:
    """One hit with its words. A secret address has left the row no venue, so it leaves no distance, whatever an index says."""
    return Result(
        row.listing,
        hit.reason,
        reason_text(hit, row.listing, place, row.next_on, today),
        hit.distance_km / MILE_KM if row.venue is not None and hit.distance_km is not None else None,
        row.venue,
        row.next_on,
        hit.missing,
        hit.explained,
        row.made,
    )


def result_of(hit: Hit, listing: Listing, place: Place, now: datetime) -> Result:
    """The same of a whole listing, which is not kept. `now` is local."""
    row, _ = kept_listings.row_of(listing, hit.venue_id, is_stop=hit.reason == "stop", here=now.replace(tzinfo=None))
    away = hit.distance_km / MILE_KM if row.venue is not None and hit.distance_km is not None else None
    text = reason_text(hit, listing, place, row.next_on, row.today)
    return Result(listing, hit.reason, text, away, row.venue, row.next_on, hit.missing, hit.explained)


def reason_text(hit: Hit, listing: Brief | Listing, place: Place, next_on: datetime | None, today: date) -> str:
    """Why this row is here, in the words of its arm."""
    match hit.reason:
        case "nearby":
            in_doubt = place.within_km > ABOUT_KM
            away = f"{'About ' if in_doubt else ''}{miles(hit.distance_km or 0.0)}".removeprefix("About less")
            away = f"Less{away}" if away.startswith(" than") else away.replace("less", "Less")
            is_middle = in_doubt and place.precision in ("outcode", "sector")
            return f"{away} from the middle of {place.label}" if is_middle else f"{away} away in a straight line"
        case "stop":
            if next_on is None:
                return "Mobile stop, dates not known"
            clock = f" {timetable_clock(next_on.time())}" if next_on.hour or next_on.minute else ""
            return f"Mobile stop, next visit {day_words(next_on.date(), today)}{clock}"
        case "covers":
            return "Covers your area"
        case "comes_to_you":
            return "Comes to you"
        case "online":
            ways = [way for way, offered in (("online", listing.online), ("by phone", listing.by_phone)) if offered]
            return joined(ways, last="or").capitalize() or "Online or by phone"
    return f"Anywhere in {area_name(listing.coverages, place)}"


def area_name(coverages: Sequence[Area | Coverage], place: Place) -> str:
    """The widest stated area that holds the place: "England", "the United Kingdom", or the name a source gave it."""
    codes = {coverage.area_code: coverage.label for coverage in coverages if coverage.area_code in place.area_codes}
    if UNITED_KINGDOM in codes:
        return "the United Kingdom"
    for code, name in COUNTRIES.items():
        if code in codes:
            return name
    return next((label for label in codes.values() if label), "your county")


def by_slug(slug: str) -> Listing:
    """One listing with everything its page prints; whoever shows it asks `is_published` first. Raises NotFound."""
    listing = db.session.scalar(select(Listing).where(Listing.slug == slug).options(*_page()))
    if listing is None:
        raise NotFound("There is no listing at this address.")
    return listing


def of_organisation(slug: str) -> Sequence[Listing]:
    """The published listings of an organisation by its slug, by name, with what one line about each prints."""
    return db.session.scalars(
        select(Listing)
        .join(Listing.organisation)
        .where(Organisation.slug == slug, Listing.status == Status.PUBLISHED)
        .options(selectinload(Listing.sessions).selectinload(Session.venue), selectinload(Listing.contact_points))
        .order_by(Listing.name, Listing.id)
    ).all()


def published_count() -> int:
    """How many listings can be found."""
    return db.session.scalar(select(func.count()).select_from(Listing).where(Listing.status == Status.PUBLISHED)) or 0


def _page() -> tuple[ORMOption, ...]:
    sessions = selectinload(Listing.sessions).joinedload(Session.venue)
    return (
        joinedload(Listing.organisation).selectinload(Organisation.contact_points),
        sessions.selectinload(Venue.access_facts).joinedload(AccessFact.term),
        selectinload(Listing.coverages),
        selectinload(Listing.contact_points),
        selectinload(Listing.access_facts).joinedload(AccessFact.term),
        selectinload(Listing.checks),
        selectinload(Listing.terms).joinedload(Term.parent),
    )
