"""What a resident could use on one day, for the atlas: published, not left out for age, with room, and where it is met.

How each doubtful case counts is written down in docs/decisions/0085 and told on the page "How we count".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import func, select

from directory import places
from directory.areas.supply import Covering, Met, Subject, Supply, Told
from directory.extensions import db
from directory.models import (
    Coverage,
    ImportRun,
    Kind,
    Listing,
    Mode,
    Room,
    SearchChange,
    Session,
    Source,
    SourceRecord,
    Status,
    Taxonomy,
    Term,
    Venue,
)
from directory.models.freshness import LEFT_OUT_MONTHS, ROOM_LASTS
from directory.models.likeness import folded
from directory.models.recurrence import Rhythm
from directory.models.vocabulary import listing_term
from directory.models.words import months_between

YEAR = timedelta(days=365)
# Needs whose label does not follow "help with".
SAID = {"crisis": "help in a crisis", "home-help": "help at home", "planning-ahead": "help to plan ahead"}
LIBRARY, BUILDING, COMPARED, GARDEN = "library", "library-building", "library-building-compared", "garden"
KINDS = (
    Subject(LIBRARY, "Library, with mobile stops", needs_stops=True, from_own_list=True, said="a library or its stop"),
    Subject(BUILDING, "Library, without", from_own_list=True, said="a library building"),
    # What the stops save can only be told where stops are known, so the buildings are counted there once more.
    Subject(
        COMPARED, "Library, without, in the same councils", from_own_list=True, known_where=LIBRARY, said="a library building"
    ),
    Subject(GARDEN, "Garden or green space", said="a garden or green space"),
)
WEEKS_A_YEAR = 365.25 / 7
DISTRICTS = ("E06", "E07", "E08", "E09", "W06", "S12", "N09")
COUNTRY_WIDE = ("E92", "W92", "S92", "N92", "K0")
# Words of a name that do not tell one place from another.
FILLING = {"the", "library", "museum", "garden", "gardens", "community", "centre", "public"}


@dataclass(frozen=True)
class Usable:
    """What of one published listing decides how it counts."""

    kind: Kind
    name: str
    counts: bool
    is_private: bool
    at_venue: bool
    home_visits: bool
    from_home: bool


def stamp(*, today: date) -> str:
    """Changes with every listing that changes, with the vocabulary, and with the day, because facts grow old. Two statements."""
    version = db.session.scalar(select(func.max(SearchChange.id))) or 0
    listings, terms = db.session.execute(
        select(
            select(func.count()).select_from(Listing).where(Listing.status == Status.PUBLISHED).scalar_subquery(),
            select(func.count()).select_from(Term).scalar_subquery(),
        )
    ).one()
    return f"{today.isoformat()} {version} {listings} {terms}"


def subjects() -> tuple[tuple[Subject, ...], dict[int, tuple[int, ...]]]:
    """The needs in the order of the vocabulary, then the kinds of place; and by term id, the subjects it counts for.

    A listing about debt is one about money too. One statement.
    """
    terms = db.session.execute(
        select(Term.id, Term.slug, Term.label, Term.parent_id)
        .where(Term.taxonomy == Taxonomy.NEED)
        .order_by(Term.position, Term.id)
    ).all()
    slugs = {term.id: term.slug for term in terms}
    found = tuple(Subject(term.slug, term.label, slugs.get(term.parent_id, ""), said=SAID.get(term.slug, "")) for term in terms)
    number = {term.id: place for place, term in enumerate(terms)}
    above = {term.id: term.parent_id for term in terms}
    upwards = {}
    for id_ in number:
        chain, step = [], id_
        while step in number and number[step] not in chain:
            chain.append(number[step])
            step = above[step]
        upwards[id_] = tuple(chain)
    return found + KINDS, upwards


def supply(*, today: date) -> Supply:
    """Everything the atlas counts. Nine statements, however many listings there are."""
    every, upwards = subjects()
    needs: defaultdict[int, set[int]] = defaultdict(set)
    tagged = select(listing_term.c.listing_id, listing_term.c.term_id).join(Term, Term.id == listing_term.c.term_id)
    for listing_id, term_id in db.session.execute(tagged.where(Term.taxonomy == Taxonomy.NEED)):
        needs[listing_id].update(upwards[term_id])
    usable, told = _listings(today)
    first_kind = len(every) - len(KINDS)
    kinds = {subject.slug: first_kind + place for place, subject in enumerate(KINDS)}
    return Supply(
        stamp=stamp(today=today),
        day=today.isoformat(),
        subjects=every,
        met=_met(today, usable, needs, kinds),
        covering=_covering(usable, needs, kinds),
        told=told,
        loaded_on=_loaded_on(),
    )


def _listings(today: date) -> tuple[dict[int, Usable], dict[int, Told]]:
    sources: defaultdict[int, list[str]] = defaultdict(list)
    for listing_id, name in db.session.execute(
        select(SourceRecord.listing_id, Source.name).join(Source).distinct().order_by(SourceRecord.listing_id, Source.name)
    ):
        sources[listing_id].append(name)
    usable, told = {}, {}
    rows = db.session.execute(
        select(
            *(Listing.id, Listing.kind, Listing.name, Listing.checked_on, Listing.room, Listing.room_until, Listing.room_said_on),
            *(Listing.confidential_location, Listing.at_venue, Listing.home_visits, Listing.online, Listing.by_phone),
        ).where(Listing.status == Status.PUBLISHED)
    )
    for id_, kind, name, checked_on, room, until, said_on, private, at_venue, home, online, phone in rows:
        is_old = checked_on is not None and months_between(checked_on, today) >= LEFT_OUT_MONTHS
        # As Listing.is_room_known says it: until the date that was given, else for six weeks.
        holds = today <= until if until else said_on is not None and today - said_on <= ROOM_LASTS
        is_full = room is Room.FULL and holds
        usable[id_] = Usable(kind, name, not is_old and not is_full, private, at_venue, home, online or phone)
        is_checked = checked_on is not None and today - checked_on < YEAR
        told[id_] = Told(tuple(sources.get(id_, ())), kind.value, is_checked)
    return usable, told


def _met(today: date, usable: Mapping[int, Usable], needs: Mapping[int, set[int]], kinds: Mapping[str, int]) -> list[Met]:
    rows = db.session.execute(
        select(
            *(Session.listing_id, Session.venue_id, Session.mode, Session.rrule, Session.starts_on, Session.ends_on),
            *(Session.also_on, Venue.latitude, Venue.longitude, Venue.council_code, Venue.postal_code),
        )
        .join(Venue, Venue.id == Session.venue_id)
        .join(Listing, Listing.id == Session.listing_id)
        .where(
            Listing.status == Status.PUBLISHED,
            Session.mode.in_((Mode.VENUE, Mode.STOP)),
            Venue.latitude.is_not(None),
            Venue.longitude.is_not(None),
        )
        .order_by(Session.listing_id, Session.position, Session.id)
    )
    found: dict[tuple[int, int, bool], Met] = {}
    firsts: dict[tuple[object, ...], int] = {}
    for listing_id, venue_id, mode, rule, starts_on, ends_on, also_on, latitude, longitude, council, postcode in rows:
        listing = usable[listing_id]
        if listing.is_private:
            continue
        is_stop = mode is Mode.STOP
        visits = visits_a_week(rule or "", starts_on, ends_on, tuple(also_on or ()), today)
        key = (listing_id, venue_id, is_stop)
        before = found.get(key)
        where = postcode.replace(" ", "") or (round(latitude, 3), round(longitude, 3))
        first = firsts.setdefault((listing.kind, is_stop, plain_name(listing.name), where), listing_id)
        named = set(needs.get(listing_id, ()))
        if listing.kind is Kind.LIBRARY:
            named |= {kinds[LIBRARY]} if is_stop else {kinds[LIBRARY], kinds[BUILDING], kinds[COMPARED]}
        elif listing.kind is Kind.GARDEN:
            named.add(kinds[GARDEN])
        found[key] = Met(
            listing=listing_id,
            latitude=latitude,
            longitude=longitude,
            council=places.active_code(council) if council else "",
            weight=min(1.0, visits + (before.weight if before else 0.0)),
            is_stop=is_stop,
            counts=bool(before and before.counts) or (listing.counts and visits > 0 and first == listing_id),
            subjects=tuple(sorted(named)),
        )
    return list(found.values())


def _covering(usable: Mapping[int, Usable], needs: Mapping[int, set[int]], kinds: Mapping[str, int]) -> list[Covering]:
    """What comes to people within its stated areas, and what they reach from home, there or everywhere."""
    codes: defaultdict[int, set[str]] = defaultdict(set)
    circles: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
    stated = set()
    for listing_id, code, latitude, longitude, radius_km, approved in db.session.execute(
        select(
            *(Coverage.listing_id, Coverage.area_code, Coverage.latitude, Coverage.longitude, Coverage.radius_km),
            Coverage.approved,
        )
        .join(Listing)
        .where(Listing.status == Status.PUBLISHED)
        .order_by(Coverage.listing_id, Coverage.id)
    ):
        stated.add(listing_id)
        code = places.active_code(code.replace(" ", "").upper())
        # Whoever claims more than a district is believed when a curator approved it; as in search.
        if code and (approved or len(code) < 9 or code.startswith(DISTRICTS)):
            codes[listing_id].add(code)
        if radius_km and latitude is not None and longitude is not None and (approved or radius_km <= 25.0):
            circles[listing_id].append((latitude, longitude, radius_km))
    found = []
    for listing_id, listing in usable.items():
        named = set(needs.get(listing_id, ()))
        if listing.kind is Kind.LIBRARY:
            named.add(kinds[LIBRARY])
        # What only names its area, without a place and without saying how it reaches people, is taken to come there.
        comes = listing.home_visits or not (listing.at_venue or listing.from_home)
        if not listing.counts or not named or not (comes or listing.from_home):
            continue
        held, drawn = frozenset(codes[listing_id]), tuple(circles[listing_id])
        if comes and (held or drawn):
            found.append(Covering(held, drawn, from_home=False, subjects=tuple(sorted(named))))
        if listing.from_home:
            everywhere = frozenset({"K02000001"}) if listing_id not in stated else held
            found.append(Covering(everywhere, drawn, from_home=True, subjects=tuple(sorted(named))))
    return found


def _loaded_on() -> dict[str, str]:
    """By source, the day of its last file."""
    rows = db.session.execute(
        select(Source.name, func.max(ImportRun.ran_at)).join(ImportRun, ImportRun.source_id == Source.id).group_by(Source.name)
    )
    return {name: ran_at.date().isoformat() for name, ran_at in rows if ran_at}


@lru_cache(maxsize=65_536)
def visits_a_week(rule: str, starts_on: date | None, ends_on: date | None, also_on: tuple[str, ...], today: date) -> float:
    """How often a session is met: 1 for once a week, 0.25 for every four weeks, 0 when it is over; 1 when nobody says when."""
    session = Session(rrule=rule, starts_on=starts_on, ends_on=ends_on, except_on=[], also_on=list(also_on))
    if session.is_over(today):
        return 0.0
    parsed = Rhythm(rrule=rule, starts_on=starts_on).rule
    if parsed is None:
        return 1.0 if rule or not (starts_on or also_on) else 1 / WEEKS_A_YEAR
    # "MONTHLY;BYDAY=2TU,4TU" is two days a month, "MONTHLY;BYDAY=TU" all of its Tuesdays.
    days_a_month = sum(1.0 if ordinal else WEEKS_A_YEAR / 12 for ordinal, _ in parsed.by_day) or len(parsed.by_month_day) or 1
    each = {"DAILY": 7.0, "WEEKLY": float(max(1, len(parsed.by_day))), "MONTHLY": days_a_month * 12 / WEEKS_A_YEAR}
    return each.get(parsed.frequency, 1 / WEEKS_A_YEAR) / parsed.interval


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """What of a name tells two places of one kind apart, where the postcode does not."""
    words = folded(name)
    return " ".join([word for word in words if word not in FILLING] or words)
