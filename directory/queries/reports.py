"""Questions about reports: what waits and how its clock stands, who is to be told, how well the promises were kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, exists, func, not_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Attempt,
    Lease,
    Letter,
    Listing,
    Outcome,
    Report,
    ReportKind,
    Role,
    Session,
    State,
    Status,
    Suggestion,
    Task,
    Work,
)
from directory.models.recurrence import LONDON
from directory.queries import curation

PROMISED = timedelta(hours=48)
WAIT = timedelta(days=5)  # for so long the clock may stop, once
MOST_WAITING = 200  # rows of the list on the desk
MOST_COUNTED = 5_000
SEPARATE = 2  # so many people have to say that something has stopped
SHOWN = (Status.PUBLISHED, Status.PAUSED)
REVIEWED = (State.APPROVED, State.REFUSED, State.LIVE)
# What goes first, whatever the clock says.
FIRST = {ReportKind.UNSAFE: 0, ReportKind.MY_DETAILS: 1}


@dataclass(frozen=True)
class Waiting:
    """An open report for one person, and who else holds it until when."""

    report: Report
    holder: str = ""
    held_until: datetime | None = None
    holds: bool = False  # this person does


@dataclass(frozen=True)
class Promises:
    """How the two promises stand: what was dealt with since the quarter began, and what is open; times in hours.

    `due` counts what was answered since then and what is open and late; `in_time` those of them that were in time.
    """

    answered: int
    due: int
    in_time: int
    median: float | None
    open: int
    late: int
    slowest_open: float | None
    reviewed: int
    review_median: float | None
    unreviewed: int
    oldest_unreviewed: float | None

    @property
    def share(self) -> int:
        """Of a hundred, rounded down: never better than it is."""
        return self.in_time * 100 // self.due if self.due else 0


def report(uid: uuid.UUID | str) -> Report:
    """One report with its listing. Raises NotFound."""
    found = db.session.scalar(
        select(Report).where(Report.uid == curation.as_uid(uid)).options(joinedload(Report.listing), *_with_places())
    )
    if found is None:
        raise NotFound("There is no such report, or not any more.")
    return found


def waiting(person: Account, *, now: datetime) -> Sequence[Waiting]:
    """Open reports that this person may answer: unsafe first, then people's own details, then the least time left."""
    own = [each.organisation_id for each in person.editorships if each.ended_at is None]
    query = (
        select(Report)
        .join(Report.listing)
        .where(Report.answered_at.is_(None), Report.who != str(person.uid))
        .order_by(
            case(*((Report.kind == kind, rank) for kind, rank in FIRST.items()), else_=len(FIRST)),
            Report.paused_at.is_not(None),
            Report.made_at,
            Report.id,
        )
        .options(joinedload(Report.listing))
        .limit(MOST_WAITING)
    )
    if own:
        query = query.where(Listing.organisation_id.is_(None) | Listing.organisation_id.not_in(own))
    rows = db.session.scalars(query).all()
    rows = sorted(rows, key=lambda row: (FIRST.get(row.kind, len(FIRST)), due_at(row), row.id))
    held = _held([row.id for row in rows], now)
    return [_waiting(row, held, person) for row in rows]


def for_one(report: Report, person: Account, *, now: datetime) -> Waiting:
    """The same of one report."""
    return _waiting(report, _held([report.id], now), person)


def open_alike(listing: Listing, kind: ReportKind, who: str) -> Report | None:
    """What the same person has said of this listing before and nobody has answered."""
    return db.session.scalar(
        select(Report)
        .where(Report.listing_id == listing.id, Report.kind == kind, Report.who == who, Report.answered_at.is_(None))
        .order_by(Report.id)
        .limit(1)
    )


def answered_by_a_call(listing: Listing, person: Account, *, now: datetime) -> Sequence[Report]:
    """Open reports that a call about the listing can answer, by this person, the oldest first.

    What is not safe, and what belongs to a person, has a page of its own.
    """
    held = exists().where(
        Lease.work == Work.REPORT, Lease.subject_id == Report.id, Lease.ends_at > now, Lease.account_id != person.id
    )
    return db.session.scalars(
        select(Report)
        .where(
            Report.listing_id == listing.id,
            Report.answered_at.is_(None),
            Report.kind.in_((ReportKind.WRONG, ReportKind.STOPPED, ReportKind.MISSING)),
            Report.who != str(person.uid),
            not_(held),
        )
        .order_by(Report.made_at, Report.id)
    ).all()


def needs_no_call() -> ColumnElement[bool]:
    """Of a report: somebody spoke with the group since it came, or a person wants their own details taken down."""
    asked = (
        exists()
        .where(Task.listing_id == Report.listing_id, Attempt.task_id == Task.id)
        .where(Attempt.outcome == Outcome.SPOKE, Attempt.made_at > Report.made_at)
        .correlate(Report)
    )
    return or_(Report.kind == ReportKind.MY_DETAILS, asked)


def is_said_to_have_stopped(listing: Listing) -> bool:
    """Whether two people, apart from each other, say so and nobody has answered yet."""
    people = db.session.scalar(
        select(func.count(Report.who.distinct())).where(
            Report.listing_id == listing.id,
            Report.kind == ReportKind.STOPPED,
            Report.answered_at.is_(None),
            Report.who != "",
        )
    )
    return (people or 0) >= SEPARATE and listing.status in SHOWN


def has_changed_since(report: Report) -> bool:
    """Whether the listing was changed after the report came in, or a change to it waits for somebody."""
    return report.listing.modified_at > report.made_at or bool(curation.waiting(listing=report.listing))


# The clock


def due_at(report: Report) -> datetime:
    """By when it is to be dealt with: 48 hours, and what the clock stood still."""
    return report.made_at + PROMISED + stood_still(report)


def stood_still(report: Report, *, until: datetime | None = None) -> timedelta:
    """How long the clock stood still; up to `until` where that is given."""
    if report.paused_at is None or report.paused_until is None:
        return timedelta()
    end = report.paused_until if until is None else min(report.paused_until, until)
    return max(end - report.paused_at, timedelta())


def age(report: Report, *, now: datetime) -> timedelta:
    """How long the clock has run, up to the answer where there is one."""
    end = report.answered_at or now
    return end - report.made_at - stood_still(report, until=end)


def is_late(report: Report, *, now: datetime) -> bool:
    return age(report, now=now) > PROMISED


def stands_still(report: Report, *, now: datetime) -> bool:
    """Whether we are waiting for somebody just now."""
    return report.answered_at is None and report.paused_until is not None and report.paused_until > now


def open_since(moment: datetime) -> Sequence[Report]:
    """Open reports that came before this moment, the oldest first, each with its listing's places."""
    return db.session.scalars(
        select(Report)
        .where(Report.answered_at.is_(None), Report.made_at <= moment)
        .order_by(Report.made_at, Report.id)
        .options(joinedload(Report.listing), *_with_places())
        .limit(MOST_COUNTED)
    ).all()


# Who is to be told


def curators(*, today: date) -> Sequence[Account]:
    """Curators and seniors who may sign in and take no break, with their patches."""
    return db.session.scalars(
        select(Account)
        .where(
            Account.role.in_((Role.CURATOR, Role.SENIOR)),
            Account.suspended_at.is_(None),
            or_(Account.back_on.is_(None), Account.back_on <= today),
        )
        .order_by(Account.id)
        .options(selectinload(Account.patches), selectinload(Account.editorships))
    ).all()


def curators_of(listing: Listing, among: Iterable[Account]) -> list[Account]:
    """Those in whose patch a listing is or whom it covers; never somebody who speaks for its group."""
    codes = {coverage.area_code for coverage in listing.coverages}
    for session in listing.sessions:
        if session.venue is not None:
            codes |= {session.venue.postal_code.split(" ")[0], session.venue.council_code}
    codes -= {"", None}
    return [
        each
        for each in among
        if codes & {patch.area_code for patch in each.patches} and not each.speaks_for(listing.organisation_id)
    ]


def occasions(names: Sequence[str]) -> set[str]:
    """Which of these letters were written already."""
    found: set[str] = set()
    for first in range(0, len(names), 500):
        part = names[first : first + 500]
        found |= set(db.session.scalars(select(Letter.occasion).where(Letter.occasion.in_(part))))  # type: ignore[arg-type]
    return found


# In public


def promises(*, now: datetime) -> Promises:
    """The figures of the page of promises, in four statements."""
    began = quarter(now)
    answered = db.session.scalars(
        select(Report).where(Report.answered_at >= began).order_by(Report.answered_at.desc()).limit(MOST_COUNTED)
    ).all()
    still_open = db.session.scalars(
        select(Report).where(Report.answered_at.is_(None)).order_by(Report.made_at).limit(MOST_COUNTED)
    ).all()
    took = [age(each, now=now) for each in answered]
    runs = [age(each, now=now) for each in still_open]
    late = sum(each > PROMISED for each in runs)
    reviews = [
        decided - made
        for made, decided in db.session.execute(
            select(Suggestion.made_at, Suggestion.decided_at)
            .where(
                Suggestion.state.in_(REVIEWED),
                Suggestion.decided_at >= began,
                Suggestion.decided_at > Suggestion.made_at,  # what went live by itself was not waiting
            )
            .order_by(Suggestion.decided_at.desc())
            .limit(MOST_COUNTED)
        )
    ]
    unreviewed, oldest = db.session.execute(
        select(func.count(), func.min(Suggestion.made_at)).where(Suggestion.state.in_(curation.OPEN))
    ).one()
    return Promises(
        answered=len(answered),
        due=len(answered) + late,
        in_time=sum(each <= PROMISED for each in took),
        median=middle(took),
        open=len(still_open),
        late=late,
        slowest_open=max((_hours(each) for each in runs), default=None),
        reviewed=len(reviews),
        review_median=middle(reviews),
        unreviewed=unreviewed,
        oldest_unreviewed=_hours(now - oldest) if oldest is not None else None,
    )


def quarter(now: datetime) -> datetime:
    """When the quarter of the year began, by the clocks of London."""
    today = now.astimezone(LONDON).date()
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    return datetime.combine(first, time(), LONDON)


def middle(spans: Iterable[timedelta]) -> float | None:
    """The median in hours; None of nothing."""
    hours = sorted(map(_hours, spans))
    half = len(hours) // 2
    if not hours:
        return None
    return hours[half] if len(hours) % 2 else (hours[half - 1] + hours[half]) / 2


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


def _held(ids: Sequence[int], now: datetime) -> dict[int, tuple[Lease, Account]]:
    found = db.session.execute(
        select(Lease, Account)
        .join(Account, Account.id == Lease.account_id)
        .where(Lease.work == Work.REPORT, Lease.subject_id.in_(ids), Lease.ends_at > now)
    )
    return {lease.subject_id: (lease, account) for lease, account in found}


def _waiting(report: Report, held: dict[int, tuple[Lease, Account]], person: Account) -> Waiting:
    lease, account = held.get(report.id, (None, None))
    if lease is None or account is None:
        return Waiting(report)
    if account.id == person.id:
        return Waiting(report, held_until=lease.ends_at, holds=True)
    return Waiting(report, account.display_name or "Somebody", lease.ends_at)


def _with_places() -> tuple[object, ...]:
    return (
        joinedload(Report.listing).selectinload(Listing.sessions).joinedload(Session.venue),
        joinedload(Report.listing).selectinload(Listing.coverages),
        joinedload(Report.listing).selectinload(Listing.contact_points),
    )
