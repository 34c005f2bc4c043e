"""Questions of the volunteers' desk: which job helps most just now and why, what was tried, and the time that was given."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from directory import places
from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Check,
    Claim,
    ClaimState,
    Coverage,
    Fact,
    Lease,
    Listing,
    Pair,
    PairState,
    Report,
    ReportKind,
    Role,
    Session,
    SetAside,
    Suggestion,
    Tally,
    Task,
    TaskKind,
    Venue,
    Work,
)
from directory.models.curation import CRITICAL_FACTS
from directory.models.freshness import Age, age_state
from directory.models.recurrence import LONDON
from directory.models.words import MILE_KM, months_between
from directory.queries import claims, curation
from directory.queries import reports as reports_queries
from directory.queries.patches import SHOWN, Patches, inside, nearness, patches_of

# Critical facts this old are asked for even where nobody has opened a task yet.
ASKED_AFTER = timedelta(days=152)
LOOKED_LATELY = timedelta(days=90)
LARGEST = 2**31 - 1  # what a column of whole numbers holds
MOST_CANDIDATES = 1_500  # those of the patch first, then the oldest; each costs a tenth of a millisecond
MOST_CLOSELY = 40  # so many of the best are looked at fact by fact

# How stale, told in figures: a year without a check is 1, two years and never are 2.
YEAR, STALEST = 12, 2.0
OTHER_TASK = 0.8  # a broken link, a letter that came back
A_CHANGE, A_CLOCK = 0.5, timedelta(hours=48)
EACH_OLD_FACT = 0.05


@dataclass(frozen=True)
class Score:
    """Why a job comes before others: how stale × how looked at × how near."""

    stale: float
    views: int
    near: float

    @property
    def looked(self) -> float:
        """1 for nobody, 2 for ten looks, 3 for a hundred."""
        return 1 + math.log10(1 + self.views)

    @property
    def total(self) -> float:
        return self.stale * self.looked * self.near


@dataclass(frozen=True)
class Job:
    """One piece of work for one person. `subject_id` is 0 for a check that nobody has opened a task for.

    `miles` is how far it is from the patch: 0 in it, None where that cannot be told. `reports` are those that are open.
    """

    work: Work
    subject_id: int
    score: Score
    months: int | None
    miles: float | None
    reports: tuple[ReportKind, ...]
    since: datetime | None
    listing: Listing | None = None
    task: Task | None = None
    suggestion: Suggestion | None = None
    pair: Pair | None = None
    report: Report | None = None
    claim: Claim | None = None
    holds: bool = False
    is_outside: bool = False  # because nothing is left in the patch


@dataclass(frozen=True)
class Candidate:
    """A job that has not been loaded yet."""

    work: Work
    subject_id: int
    listing_id: int | None
    stale: float
    views: int = 0
    near: float = 1.0
    months: int | None = None
    miles: float | None = None
    reports: tuple[ReportKind, ...] = ()
    since: datetime | None = None

    @property
    def score(self) -> Score:
        return Score(self.stale, self.views, self.near)


def next_job(person: Account, *, now: datetime, works: Collection[Work] = (Work.CHECK,)) -> Job | None:
    """The job of these sorts that helps most; what this person has begun comes first. Nothing in a break."""
    if person.is_away(now.astimezone(LONDON).date()):
        return None
    held = _held_by(person, now)
    if held is not None and held.closed_at is None:
        return _loaded(_candidate_of(held, person, now), held, holds=True)
    aside = _set_aside(person, now)
    patches = patches_of(person)
    found = [each for each in _checks(person, patches, aside, now) if Work.CHECK in works]
    found += _others(person, aside, works, now)
    found = _nearer(_looked_at(found, now), patches)
    found.sort(key=_best_first)
    closely = _more_stale(found[:MOST_CLOSELY], now)
    best = min(closely, key=_best_first, default=None)
    if best is None:
        return None
    return replace(_loaded(best, None), is_outside=bool(best.miles) and not any(each.miles == 0 for each in found))


def task(number: int) -> Task:
    """One task with its listing and what was tried. Raises NotFound."""
    found = db.session.scalar(select(Task).where(Task.id == min(number, LARGEST)).options(*_with_listing()))
    if found is None:
        raise NotFound("There is no such job, or not any more.")
    return found


def lease_of(task: Task, *, now: datetime) -> Lease | None:
    """Who holds a task just now."""
    return db.session.scalar(select(Lease).where(Lease.work == Work.CHECK, Lease.subject_id == task.id, Lease.ends_at > now))


def open_reports(listing: Listing) -> Sequence[Report]:
    """What people say is wrong with a listing and nobody has answered, the oldest first."""
    return db.session.scalars(
        select(Report).where(Report.listing_id == listing.id, Report.answered_at.is_(None)).order_by(Report.made_at, Report.id)
    ).all()


def is_sent_already(listing: Listing, person: Account, values: Mapping[str, object]) -> bool:
    """Whether this person has sent just this change and it waits."""
    return any(
        each.account_id == person.id and all(each.record.get(name) == value for name, value in values.items())
        for each in curation.waiting(listing=listing)
    )


# Gathering the candidates


def _checks(person: Account, patches: Patches, aside: Mapping[Work, set[int]], now: datetime) -> list[Candidate]:
    """Listings to ring: with an open task that may be tried now, with an open report, or old. At most MOST_CANDIDATES."""
    reported = (
        select(Report.listing_id, func.max(case((Report.kind == ReportKind.UNSAFE, 1), else_=0)).label("unsafe"))
        .where(
            Report.answered_at.is_(None),
            or_(Report.paused_until.is_(None), Report.paused_until <= now),
            not_(reports_queries.needs_no_call()),
        )
        .group_by(Report.listing_id)
        .subquery()
    )
    held = exists().where(
        Lease.work == Work.CHECK, Lease.subject_id == Task.id, Lease.ends_at > now, Lease.account_id != person.id
    )
    organisations = [each.organisation_id for each in person.editorships if each.ended_at is None]
    first = [inside(patches.codes).desc()] if patches.codes else []
    rows = db.session.execute(
        select(Listing.id, Listing.checked_on, Task.id, Task.kind, Task.opened_at, reported.c.unsafe)
        .select_from(Listing)
        .outerjoin(Task, and_(Task.listing_id == Listing.id, Task.closed_at.is_(None)))
        .outerjoin(reported, reported.c.listing_id == Listing.id)
        .where(
            Listing.status.in_(SHOWN),
            or_(Listing.organisation_id.is_(None), Listing.organisation_id.not_in(organisations)),
            or_(
                Task.id.is_not(None),
                reported.c.unsafe.is_not(None),
                Listing.checked_on.is_(None),
                Listing.checked_on < now.date() - ASKED_AFTER,
            ),
            or_(Task.id.is_(None), Task.not_before <= now),
            not_(held),
        )
        .order_by(reported.c.unsafe.is_(None), *first, Listing.checked_on.is_not(None), Listing.checked_on, Listing.id, Task.id)
        .limit(MOST_CANDIDATES)
    )
    found: dict[int, Candidate] = {}
    for listing_id, checked_on, task_id, kind, opened_at, unsafe in rows:
        if task_id in aside.get(Work.CHECK, ()):
            continue
        months = months_between(checked_on, now.date()) if checked_on else None
        stale = STALEST if months is None else min(STALEST, months / YEAR)
        if kind is not None and kind is not TaskKind.CHECK:
            stale = max(stale, OTHER_TASK)
        reports: tuple[ReportKind, ...] = ()
        if unsafe is not None:
            reports = (ReportKind.UNSAFE if unsafe else ReportKind.WRONG,)
        if listing_id not in found:
            found[listing_id] = Candidate(
                Work.CHECK, task_id or 0, listing_id, stale, months=months, reports=reports, since=opened_at
            )
    return list(found.values())


def _others(person: Account, aside: Mapping[Work, set[int]], works: Collection[Work], now: datetime) -> list[Candidate]:
    """What waits for a second person, never one's own or one's organisation's."""
    found = []
    if Work.SUGGESTION in works:
        for waiting in curation.for_review(person, now=now):
            each = waiting.suggestion
            if waiting.is_offered and each.state in curation.OPEN and each.id not in aside.get(Work.SUGGESTION, ()):
                stale = min(STALEST, A_CHANGE + (now - each.made_at) / A_CLOCK)
                found.append(Candidate(Work.SUGGESTION, each.id, each.listing_id, stale, since=each.made_at))
    if Work.REPORT in works:
        ready = set(db.session.scalars(select(Report.id).where(Report.answered_at.is_(None), reports_queries.needs_no_call())))
        for row in reports_queries.waiting(person, now=now) if ready else ():
            each = row.report
            is_free = not row.holder and not reports_queries.stands_still(each, now=now)
            if each.id in ready and is_free and each.id not in aside.get(Work.REPORT, ()):
                found.append(Candidate(Work.REPORT, each.id, each.listing_id, A_CHANGE, reports=(each.kind,), since=each.made_at))
    if Work.PAIR in works:
        pairs = select(Pair.id, Pair.first_id, Pair.found_at, Pair.proposed_by).where(
            Pair.state.in_((PairState.OPEN, PairState.PROPOSED))
        )
        for number, listing_id, since, proposed_by in db.session.execute(pairs.order_by(Pair.score.desc(), Pair.id).limit(100)):
            if proposed_by != person.id and number not in aside.get(Work.PAIR, ()):
                found.append(Candidate(Work.PAIR, number, listing_id, A_CHANGE, since=since))
    if Work.CLAIM in works:
        for row in claims.waiting(person, now=now):
            each = row.claim
            is_theirs = each.state is ClaimState.CODE_SENT or person.role in (Role.SENIOR, Role.LEAD)
            if is_theirs and not row.holder and each.id not in aside.get(Work.CLAIM, ()):
                stale = min(STALEST, A_CHANGE + (now - each.made_at) / A_CLOCK)
                found.append(Candidate(Work.CLAIM, each.id, each.listing_id, stale, since=each.made_at))
    return found


def _looked_at(found: Sequence[Candidate], now: datetime) -> list[Candidate]:
    ids = {each.listing_id for each in found if each.listing_id is not None}
    counts = dict(
        db.session.execute(
            select(Tally.listing_id, func.sum(Tally.views))
            .where(Tally.listing_id.in_(ids), Tally.day > (now - LOOKED_LATELY).date())
            .group_by(Tally.listing_id)
        )
        .tuples()
        .all()
    )
    return [replace(each, views=int(counts.get(each.listing_id or 0, 0))) for each in found]


def _nearer(found: Sequence[Candidate], patches: Patches) -> list[Candidate]:
    if not patches.codes or not found:
        return list(found)
    ids = {each.listing_id for each in found if each.listing_id is not None}
    nearest: dict[int, float] = {}
    points = db.session.execute(
        select(Session.listing_id, Venue.latitude, Venue.longitude, Venue.postal_code, Venue.council_code)
        .join(Venue)
        .where(Session.listing_id.in_(ids))
        .distinct()
    )
    for listing_id, latitude, longitude, postal_code, council_code in points:
        if patches.codes & {postal_code.split(" ")[0], council_code}:
            nearest[listing_id] = 0.0
        elif latitude is not None and patches.middles:
            miles = min(places.distance_km(latitude, longitude, *middle) for middle in patches.middles) / MILE_KM
            nearest[listing_id] = min(miles, nearest.get(listing_id, miles))
    covered = db.session.scalars(
        select(Coverage.listing_id).where(Coverage.listing_id.in_(ids), Coverage.area_code.in_(patches.codes))
    )
    nearest |= dict.fromkeys(covered, 0.0)
    return [
        replace(each, miles=miles, near=nearness(miles))
        for each in found
        for miles in (nearest.get(each.listing_id) if each.listing_id is not None else None,)
    ]


def _more_stale(found: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """Facts that are not critical count a little each when they are old; the critical ones have counted already."""
    ids = [each.listing_id for each in found if each.work is Work.CHECK]
    latest = db.session.execute(
        select(Check.listing_id, Check.fact, func.max(Check.checked_on).filter(Check.replaced_on.is_(None)))
        .where(Check.listing_id.in_(ids))
        .group_by(Check.listing_id, Check.fact)
    )
    old: dict[int, int] = {}
    for listing_id, fact, checked_on in latest:
        if fact not in (*CRITICAL_FACTS, Fact.ROOM) and age_state(fact, checked_on, now.date()) not in (Age.FRESH, Age.DUE):
            old[listing_id] = old.get(listing_id, 0) + 1
    return [
        replace(each, stale=each.stale + EACH_OLD_FACT * old.get(each.listing_id or 0, 0)) if each.work is Work.CHECK else each
        for each in found
    ]


def _best_first(each: Candidate) -> tuple[int, float, int, str, int]:
    """An open report goes above all, an unsafe one above that; then the score."""
    rank = 0 if ReportKind.UNSAFE in each.reports else 1 if each.reports else 2
    return rank, -each.score.total, each.listing_id or 0, each.work.value, each.subject_id


def _held_by(person: Account, now: datetime) -> Task | None:
    """The check that this person holds, the latest begun."""
    return db.session.scalar(
        select(Task)
        .join(Lease, and_(Lease.work == Work.CHECK, Lease.subject_id == Task.id))
        .where(Lease.account_id == person.id, Lease.ends_at > now, Task.closed_at.is_(None))
        .order_by(Lease.began_at.desc(), Lease.id.desc())
        .options(*_with_listing())
        .limit(1)
    )


def _candidate_of(held: Task, person: Account, now: datetime) -> Candidate:
    checked_on = held.listing.checked_on
    months = months_between(checked_on, now.date()) if checked_on else None
    stale = STALEST if months is None else min(STALEST, months / YEAR)
    reports = tuple(report.kind for report in open_reports(held.listing))
    alone = Candidate(Work.CHECK, held.id, held.listing_id, stale, months=months, reports=reports, since=held.opened_at)
    return _nearer(_looked_at([alone], now), patches_of(person))[0]


def _loaded(best: Candidate, held: Task | None, *, holds: bool = False) -> Job:
    listing, task_row, suggestion, pair, report = None, held, None, None, None
    if best.work is Work.CHECK and held is None and best.subject_id:
        task_row = task(best.subject_id)
    elif best.work is Work.SUGGESTION:
        suggestion = db.session.get(Suggestion, best.subject_id)
    elif best.work is Work.PAIR:
        pair = db.session.get(Pair, best.subject_id)
    elif best.work is Work.REPORT:
        report = db.session.get(Report, best.subject_id)
    if best.listing_id is not None:
        listing = task_row.listing if task_row is not None else db.session.get(Listing, best.listing_id)
    reports = best.reports
    if reports and listing is not None and not holds and report is None:
        reports = tuple(dict.fromkeys(report.kind for report in open_reports(listing)))
    return Job(
        best.work,
        best.subject_id,
        best.score,
        best.months,
        best.miles,
        reports,
        best.since,
        listing=listing,
        task=task_row,
        suggestion=suggestion,
        pair=pair,
        report=report,
        claim=claims.claim(best.subject_id) if best.work is Work.CLAIM else None,
        holds=holds,
    )


def _set_aside(person: Account, now: datetime) -> dict[Work, set[int]]:
    found: dict[Work, set[int]] = {}
    rows = db.session.execute(
        select(SetAside.work, SetAside.subject_id).where(SetAside.account_id == person.id, SetAside.until > now)
    )
    for work, subject_id in rows:
        found.setdefault(work, set()).add(subject_id)
    return found


def _with_listing() -> tuple[object, ...]:
    listing = joinedload(Task.listing)
    return (
        listing.joinedload(Listing.organisation),
        listing.selectinload(Listing.sessions).joinedload(Session.venue),
        listing.selectinload(Listing.contact_points),
        listing.selectinload(Listing.checks),
        selectinload(Task.attempts),
    )
