"""What volunteers do at the desk: begin a job, put one aside, note answers and tries, finish, put their hours right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from directory import permissions
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.extensions import db, writing
from directory.models import (
    Account,
    Attempt,
    Fact,
    Lease,
    Listing,
    Means,
    Outcome,
    Report,
    ReportKind,
    SetAside,
    Stint,
    Task,
    TaskKind,
    Work,
    audit,
)
from directory.models.desk import LONGEST_STINT
from directory.models.freshness import RETRY, UNREACHED, is_unreached
from directory.models.trying import failures, next_try, said_just_now
from directory.queries import desk as queries
from directory.queries import reports

ASIDE = timedelta(days=7)
TRIES_EACH = 2  # failures of one person before somebody else has a go
OWN = "Somebody else has to check what your own organisation runs."
DONE = "This job is done already."
SAID = "You said a moment ago what happened, and gave the job back. Begin it again to add to that."


def start(listing: Listing, *, by: Account, now: datetime) -> Task:
    """Hold the check of a listing for half an hour; the task is opened where there is none.

    Raises Conflict while somebody else holds it.
    """
    with writing(listing):
        _may(listing, by)
        task = _open_task(listing, now)
        _hold(task, by, now)
    return task


def set_aside(
    *, by: Account, now: datetime, listing: Listing | None = None, work: Work = Work.CHECK, subject_id: int = 0, reason: str = ""
) -> None:
    """Not for this person for a week, and no reason is needed. Of a check the listing is given, of other work its number."""
    permissions.require(permissions.can_curate(by))
    with writing(*([listing] if listing is not None else [])):
        if work is Work.CHECK:
            if listing is None:
                raise NotFound("There is no such listing.")
            subject_id = _open_task(listing, now).id
        _put_aside(work, subject_id, by, now, reason)
        db.session.execute(delete(Lease).where(Lease.work == work, Lease.subject_id == subject_id, Lease.account_id == by.id))


def note(task: Task, answers: Mapping[Fact, Mapping[str, Any]], *, by: Account, now: datetime) -> None:
    """Keep what they said about these facts until the call is over; nothing is published yet. The half hour begins again."""
    with writing(task):
        _may(task.listing, by)
        _refuse_given_back(task, by, now)
        lease = _hold(task, by, now)
        lease.answers = {**lease.answers, **{fact.value: dict(answer) for fact, answer in answers.items()}}


def try_later(
    task: Task, *, outcome: Outcome, means: Means, by: Account, now: datetime, spoke_to: str = "", best_time: str = ""
) -> Attempt:
    """Nobody could be asked. The next try goes to another weekday and hour, or to the time that they named.

    Whoever was asked is told as a role, never as a name: callers choose it from a list. The same said twice within two
    minutes is one, and takes the job no second time.
    """
    with writing(task):
        _may(task.listing, by)
        if again := said_just_now(task.attempts, by.id, now, outcome):
            _leave(task, by)
            return again
        _refuse_given_back(task, by, now)
        _hold(task, by, now)
        attempt = _attempt(task, outcome, means, by, now, spoke_to, best_time)
        task.not_before = next_try(task.attempts, now)
        if is_unreached(task.attempts):
            task.outcome, task.not_before = UNREACHED, now + RETRY
        elif sum(each.account_id == by.id for each in failures(task.attempts)) >= TRIES_EACH:
            _put_aside(Work.CHECK, task.id, by, now)  # two people have to have tried
        Lease.give_back(Work.CHECK, task.id, by=by, listing_id=task.listing_id, now=now)
        audit.record("tried", f"listing {task.listing.uid}", by=by, now=now, after=[means.value, outcome.value])
    return attempt


def finish(
    task: Task,
    *,
    means: Means,
    by: Account,
    now: datetime,
    spoke_to: str = "",
    best_time: str = "",
    has_stopped: bool = False,
) -> None:
    """They answered, and what they said was checked. The half hour ends, the time is kept, and who was asked.

    A task that checking has not closed comes back on another day. `has_stopped` leaves a report and the task to somebody
    else, because two sources have to say so. Raises Conflict when this person does not hold it.
    """
    listing = task.listing
    with writing(task):
        _may(listing, by)
        _refuse_given_back(task, by, now)
        _hold(task, by, now)
        if said_just_now(task.attempts, by.id, now, Outcome.SPOKE) is None:
            _attempt(task, Outcome.SPOKE, means, by, now, spoke_to, best_time)
        if has_stopped:
            _report_stopped(listing, by, now)
            _put_aside(Work.CHECK, task.id, by, now)
        elif task.kind is not TaskKind.CHECK and task.closed_at is None:
            task.closed_at, task.outcome, task.account_id = now, "checked", by.id
        elif task.closed_at is None:
            task.outcome, task.not_before = "", next_try(task.attempts, now)
        Lease.give_back(Work.CHECK, task.id, by=by, listing_id=task.listing_id, now=now)


def leave(task: Task, *, by: Account, now: datetime) -> None:
    """Give the job back untouched; somebody else may take it at once."""
    with writing(task):
        _leave(task, by)


def correct(stint: Stint, *, minutes: int, by: Account, now: datetime) -> None:
    """Put right how long it took; only whoever gave the time may."""
    if not 0 <= minutes <= LONGEST_STINT:
        raise Refused(f"Give minutes from 0 to {LONGEST_STINT}.", field="minutes")
    with writing(stint):
        if stint.account_id != by.id:
            raise NotAllowed("Only whoever gave this time can put it right.")
        stint.minutes = minutes


# What the verbs share


def _may(listing: Listing, by: Account) -> None:
    permissions.require(permissions.can_curate(by))
    if by.speaks_for(listing.organisation_id):
        raise NotAllowed(OWN)
    if listing.status not in queries.SHOWN:
        raise NotFound("This listing is not shown any more, so there is nothing to check.")


def _open_task(listing: Listing, now: datetime) -> Task:
    task = db.session.scalars(
        select(Task).where(Task.listing_id == listing.id, Task.closed_at.is_(None)).order_by(Task.kind != TaskKind.CHECK, Task.id)
    ).first()
    if task is None:
        task = Task(listing=listing, kind=TaskKind.CHECK, why="not checked lately", opened_at=now, not_before=now)
        db.session.add(task)
        db.session.flush()
    return task


def _hold(task: Task, by: Account, now: datetime) -> Lease:
    """The lease of this person, begun or renewed. Raises Conflict when the task is done or somebody else holds it.

    A task may be closed in the middle of a call, because the group answered its letter; whoever is at it goes on.
    """
    lease = Lease.of(Work.CHECK, task.id)
    is_mine = lease is not None and lease.account_id == by.id and lease.ends_at > now
    if task.closed_at is not None and not is_mine:
        raise Conflict(DONE)
    return Lease.take(Work.CHECK, task.id, by=by, now=now)


def _leave(task: Task, by: Account) -> None:
    db.session.execute(delete(Lease).where(Lease.work == Work.CHECK, Lease.subject_id == task.id, Lease.account_id == by.id))


def _refuse_given_back(task: Task, by: Account, now: datetime) -> None:
    """Raises Conflict for a second press: whoever has said what happened does not take the job again by that."""
    if said_just_now(task.attempts, by.id, now) and Lease.of(Work.CHECK, task.id) is None:
        raise Conflict(DONE if task.closed_at is not None else SAID)


def _attempt(task: Task, outcome: Outcome, means: Means, by: Account, now: datetime, spoke_to: str, best_time: str) -> Attempt:
    attempt = Attempt(account_id=by.id, made_at=now, means=means, outcome=outcome, spoke_to=spoke_to, best_time=best_time)
    task.attempts.append(attempt)
    db.session.flush()
    return attempt


def _report_stopped(listing: Listing, by: Account, now: datetime) -> None:
    if reports.open_alike(listing, ReportKind.STOPPED, str(by.uid)) is not None:
        return  # one report a person and listing counts
    report = Report(listing_id=listing.id, kind=ReportKind.STOPPED, who=str(by.uid), made_at=now)
    report.text = "A volunteer asked the group, and they say that it has stopped."
    db.session.add(report)
    db.session.flush()
    audit.record("reported", f"report {report.uid}", by=by, now=now, after=report.kind.value)


def _put_aside(work: Work, subject_id: int, by: Account, now: datetime, reason: str = "") -> None:
    mine = SetAside.account_id == by.id, SetAside.work == work, SetAside.subject_id == subject_id
    row = db.session.scalar(select(SetAside).where(*mine)) or SetAside(account_id=by.id, work=work, subject_id=subject_id)
    row.until, row.reason = now + ASIDE, reason
    db.session.add(row)
