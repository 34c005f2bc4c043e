"""Questions about doubles: what a new listing may be already, which two may be one, and where a merged one went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from directory import places, search
from directory.errors import Moved, NotFound, Unavailable, UnknownPlace
from directory.extensions import db
from directory.models import (
    Account,
    ContactPoint,
    Listing,
    OldAddress,
    Organisation,
    Pair,
    PairState,
    Report,
    Revision,
    Session,
    Sort,
    Status,
    Suggestion,
    Venue,
)
from directory.models.likeness import NEAR_NAME, Listed, contact, contacts_of, is_near, names_alike
from directory.queries import curation

MOST_LIKELY = 3
MOST_LOOKED_AT = 40  # names near enough to be compared with what is typed
MOST_WAITING = 100
SHORTEST_NAME, LONGEST_NAME = 3, 120
KNOWN_WELL_KM = 1.0
NAME_ANYWHERE = 0.8  # how near a name is where no place is known
FOUND = (Status.PUBLISHED, Status.PAUSED)
WAITING = (PairState.OPEN, PairState.PROPOSED)


@dataclass(frozen=True)
class Likely:
    """A listing that a new one may be: the reasons are "name" and kinds of contact, and how near the names are."""

    listing: Listing
    reasons: tuple[str, ...]
    alike: float


def likely(
    name: str, *, postcode: str = "", contacts: Sequence[tuple[str, str]] = (), today: date, but: Listing | None = None
) -> Sequence[Likely]:
    """Up to three published listings that may be what somebody is about to add, the likeliest first.

    `contacts` are pairs of kind and value. One whose address is private is never among them: the answer would tell where
    it is. Always the same number of statements for the same things given.
    """
    reached = _reached_by(contacts)
    place = _place(postcode)
    typed = Listed(0, name, points=((place.latitude, place.longitude),) if place else ())
    begun = list(search.begun(name, today=today, most=MOST_LOOKED_AT).numbers) if len(name.strip()) >= SHORTEST_NAME else []
    begun += _named_near(typed, place, today)
    ids = {*reached, *(number for number in begun if number > 0)}
    found = []
    for listing in _shown(ids):
        if but is not None and listing.id == but.id:
            continue
        points = _points(listing)
        alike = names_alike(typed, Listed(listing.id, listing.name))
        is_named = alike >= NEAR_NAME and (is_near(typed.points, points) if typed.points and points else alike >= NAME_ANYWHERE)
        reasons = (*(("name",) if is_named else ()), *reached.get(listing.id, ()))
        if reasons:
            found.append(Likely(listing, reasons, alike))
    return sorted(found, key=lambda each: (-len(each.reasons), -each.alike, each.listing.id))[:MOST_LIKELY]


def _place(postcode: str) -> places.Place | None:
    """Where the postcode is, known well enough to say "within a mile" of it."""
    if not postcode.strip():
        return None
    try:
        place = places.locate(postcode, loosely=False, ask=False)
    except (UnknownPlace, Unavailable):
        return None
    return place if place.within_km <= KNOWN_WELL_KM else None


def _named_near(typed: Listed, place: places.Place | None, today: date) -> list[int]:
    """What search finds for the name within a mile."""
    if place is None or len(typed.name.strip()) < SHORTEST_NAME:
        return []
    question = search.Question(place=place, q=typed.name[:LONGEST_NAME], radius_mi=1, checked="any", reach=("near",))
    try:
        found = search.search(question, today=today)
    except Unavailable:
        return []
    return [hit.listing_id for hit in (*found.hits, *found.less)]


def _reached_by(contacts: Sequence[tuple[str, str]]) -> dict[int, tuple[str, ...]]:
    """Listings with a public contact that is the same, however it is written, with the kinds of it."""
    wanted = contacts_of(contacts)
    if not wanted:
        return {}
    # The last figures and the middle of an address narrow it down; whether it is the same is decided below.
    plain = func.replace(func.replace(func.lower(ContactPoint.value), " ", ""), "-", "")
    ends = [
        plain.endswith(value[-6:] if kind == "phone" else value, autoescape=True) for kind, value in wanted if kind != "website"
    ]
    pages = [value for kind, value in wanted if kind == "website"]
    ends += [plain.contains(value, autoescape=True) for value in pages]
    rows = db.session.execute(
        select(ContactPoint.listing_id, ContactPoint.kind, ContactPoint.value)
        .where(ContactPoint.listing_id.is_not(None), ContactPoint.public, or_(*ends))
        .limit(MOST_LOOKED_AT)
    ).all()
    found: dict[int, list[str]] = defaultdict(list)
    for listing_id, kind, value in rows:
        if contact(kind, value) in wanted:
            found[listing_id].append(contact(kind, value)[0])
    if pages:
        sites = select(Listing.id, Listing.website).where(
            or_(*(Listing.website.contains(each, autoescape=True) for each in pages))
        )
        for listing_id, website in db.session.execute(sites.limit(MOST_LOOKED_AT)):
            if contact("website", website) in wanted:
                found[listing_id].append("website")
    return {listing_id: tuple(dict.fromkeys(kinds)) for listing_id, kinds in found.items()}


def _shown(ids: Iterable[int]) -> Sequence[Listing]:
    return db.session.scalars(
        select(Listing)
        .where(Listing.id.in_(list(ids)), Listing.status == Status.PUBLISHED, Listing.confidential_location.is_(False))
        .options(selectinload(Listing.sessions).joinedload(Session.venue), joinedload(Listing.organisation))
        .order_by(Listing.id)
    ).all()


def _points(listing: Listing) -> tuple[tuple[float, float], ...]:
    return tuple(
        (venue.latitude, venue.longitude)
        for venue in listing.venues
        if venue.latitude is not None and venue.longitude is not None
    )


# The nightly look through the whole catalogue


def catalogue() -> list[Listed]:
    """Every listing that can be found, with what likeness looks at: five statements, whatever the size."""
    contacts: dict[int, set[tuple[str, str]]] = defaultdict(set)
    points: dict[int, dict[tuple[float, float], None]] = defaultdict(dict)
    hours: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    told = select(ContactPoint.listing_id, ContactPoint.kind, ContactPoint.value).join(
        Listing, Listing.id == ContactPoint.listing_id
    )
    for listing_id, kind, value in db.session.execute(told.where(Listing.status.in_(FOUND), ContactPoint.public)):
        contacts[listing_id] |= contacts_of([(kind, value)])
    where = (
        select(Session.listing_id, Session.venue_id, Session.rrule, Session.starts_on, Session.opens)
        .add_columns(Venue.latitude, Venue.longitude)
        .join(Listing, Listing.id == Session.listing_id)
        .join(Venue, Venue.id == Session.venue_id)
        .where(Listing.status.in_(FOUND), Listing.confidential_location.is_(False))
    )
    for listing_id, venue_id, rrule, starts_on, opens, latitude, longitude in db.session.execute(where):
        if latitude is not None and longitude is not None:
            points[listing_id][latitude, longitude] = None
        if opens is not None:
            hours[listing_id].add((venue_id, rrule or str(starts_on), str(opens)))
    registers: dict[int, list[tuple[str, str]]] = {
        row_id: [("register", f"{kind} {number}") for kind, number in (("charity", charity), ("company", company)) if number]
        for row_id, charity, company in db.session.execute(
            select(Organisation.id, Organisation.charity_number, Organisation.company_number).where(
                or_(Organisation.charity_number != "", Organisation.company_number != "")
            )
        )
    }
    rows = db.session.execute(
        select(Listing.id, Listing.name, Listing.organisation_id, Listing.website, Listing.confidential_location).where(
            Listing.status.in_(FOUND)
        )
    )
    return [
        Listed(
            listing_id,
            name,
            contacts_of([("website", website), *registers.get(organisation_id or 0, ())]) | contacts.get(listing_id, set()),
            tuple(points.get(listing_id, ())),
            organisation_id,
            frozenset(hours.get(listing_id, ())),
            is_private,
        )
        for listing_id, name, organisation_id, website, is_private in rows
    ]


# The desk


def waiting(*, most: int = MOST_WAITING) -> Sequence[Pair]:
    """Pairs nobody has decided yet with both listings, what is proposed first, then the most alike."""
    first, second = aliased(Listing), aliased(Listing)
    return db.session.scalars(
        select(Pair)
        .join(first, Pair.first_id == first.id)
        .join(second, Pair.second_id == second.id)
        .where(Pair.state.in_(WAITING))
        .options(*_both())
        .order_by(Pair.state != PairState.PROPOSED, Pair.score.desc(), Pair.id)
        .limit(most)
    ).all()


def waiting_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Pair).where(Pair.state.in_(WAITING))) or 0


def pair(number: int) -> Pair:
    """One pair with both listings. Raises NotFound."""
    found = db.session.scalar(select(Pair).where(Pair.id == number).options(*_both()))
    if found is None:
        raise NotFound("There is no such pair of listings.")
    return found


def merged_with(listing: Listing) -> Sequence[Pair]:
    """What this listing was merged with and can be taken apart from, with both listings, the latest first."""
    return db.session.scalars(
        select(Pair)
        .where(Pair.state == PairState.MERGED, or_(Pair.first_id == listing.id, Pair.second_id == listing.id))
        .options(*_both())
        .order_by(Pair.decided_at.desc(), Pair.id)
    ).all()


def merged_numbers(ids: Iterable[int]) -> dict[int, set[int]]:
    """The versions of these listings that came from merging two, which two people decided, by listing."""
    wanted = set(ids)
    found: dict[int, set[int]] = {}
    for pair in db.session.scalars(select(Pair).where(Pair.state == PairState.MERGED).order_by(Pair.id)):
        if pair.record is None or pair.kept_id is None:
            continue
        other_id = pair.second_id if pair.kept_id == pair.first_id else pair.first_id
        kept, other = (pair.record["numbers"][str(number)] for number in (pair.kept_id, other_id))
        for listing_id, before, number in ((pair.kept_id, kept, pair.record["merged"]), (other_id, other, other + 1)):
            if listing_id in wanted and number > before:
                found.setdefault(listing_id, set()).add(number)
    return found


def splits(*, listing: Listing | None = None) -> Sequence[Suggestion]:
    """What somebody would split off and nobody has decided yet, the oldest first; of one listing, if named, at most one."""
    question = select(Suggestion).where(Suggestion.sort == Sort.SPLIT, Suggestion.state.in_(curation.OPEN))
    if listing is not None:
        question = question.where(Suggestion.listing_id == listing.id)
    return db.session.scalars(
        question.options(joinedload(Suggestion.listing), joinedload(Suggestion.account))
        .order_by(Suggestion.made_at, Suggestion.id)
        .limit(MOST_WAITING)
    ).all()


def split_of(listing: Listing) -> Suggestion | None:
    """What waits to be split off a listing."""
    return next(iter(splits(listing=listing)), None)


def split_off(suggestion: Suggestion) -> Listing:
    """The listing that came of splitting as was proposed. Raises NotFound."""
    began = Revision.suggestion_id == suggestion.id, Revision.number == 1
    found = db.session.scalar(select(Listing).join(Revision, Revision.listing_id == Listing.id).where(*began))
    if found is None:
        raise NotFound("There is no such listing, or not any more.")
    return found


def proposer(pair: Pair) -> Account | None:
    """Who proposed to merge them."""
    return db.session.get(Account, pair.proposed_by) if pair.proposed_by is not None else None


def moved_to(slug: str) -> Listing | None:
    """The listing that what once had this address is part of now; None as well when that one is not to be seen."""
    hidden = (Status.DRAFT, Status.HIDDEN)
    question = select(Listing).join(OldAddress, OldAddress.listing_id == Listing.id).where(OldAddress.slug == slug)
    return db.session.scalar(question.where(Listing.status.not_in(hidden)))


def part_of(listing: Listing) -> Listing | None:
    """The listing that this one is part of now, in whatever state; None of what is shown, or was never merged away."""
    if listing.status in FOUND:
        return None
    return db.session.scalar(
        select(Listing).join(OldAddress, OldAddress.listing_id == Listing.id).where(OldAddress.slug == listing.slug)
    )


def open_about(pair: Pair) -> list[Report | Suggestion]:
    """Reports that nobody has answered and words that nobody has decided, about either of the two, in the order of locking."""
    both = (pair.first_id, pair.second_id)
    reported = select(Report).where(Report.listing_id.in_(both), Report.answered_at.is_(None)).order_by(Report.id)
    sent = select(Suggestion).where(Suggestion.listing_id.in_(both), Suggestion.state.in_(curation.OPEN)).order_by(Suggestion.id)
    return [*db.session.scalars(reported), *db.session.scalars(sent)]


def refuse_merged(listing: Listing) -> None:
    """Raises Moved for what is part of another listing now: that one is changed instead."""
    kept = part_of(listing)
    if kept is not None and kept.status in (Status.DRAFT, Status.HIDDEN):
        raise Moved(f"“{listing.name}” is part of another listing now, which is not shown.")
    if kept is not None:
        raise Moved(f"“{listing.name}” is part of “{kept.name}” now. Change that one instead.", name=kept.name, slug=kept.slug)


def origin_of(suggestion: Suggestion) -> tuple[Listing, int] | None:
    """The listing that a suggestion was sent for and its version then, where that is part of another one by now."""
    if suggestion.listing_id is None:
        return None
    merged = select(Pair).where(Pair.state == PairState.MERGED, Pair.kept_id == suggestion.listing_id).options(*_both())
    for pair in db.session.scalars(merged.order_by(Pair.decided_at, Pair.id)):
        for number, base, _ in (pair.record or {}).get("carried", {}).get("suggestions", ()):
            if number == suggestion.id:
                return (pair.second if pair.kept_id == pair.first_id else pair.first), base
    return None


def _both() -> tuple[object, ...]:
    return tuple(joinedload(side).joinedload(Listing.organisation) for side in (Pair.first, Pair.second))
