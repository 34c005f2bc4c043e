"""What becomes of a look at a website: two failures on different days are a job for a volunteer, an answer ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from directory.extensions import db, writing
from directory.models import Task, TaskKind, WebsiteLook
from directory.queries import websites as queries

DAYS_TO_A_JOB = 2
AGAIN = 30  # after so many more days a job that somebody ended is opened anew


def note(found: Mapping[int, tuple[str, str | None]], *, now: datetime) -> int:
    """Keep what was found, by listing: the address that was asked and what is wrong with it.

    Empty words say that it answers, None that nobody can tell. Returns how many jobs were opened.
    """
    opened = 0
    with writing():
        held, tasks = queries.looks(list(found)), queries.open_tasks(list(found))
        for listing_id, (address, words) in sorted(found.items()):
            row = held.get(listing_id)
            if row is None:
                row = WebsiteLook(listing_id=listing_id, days_failed=0)
                db.session.add(row)
            task = tasks.get(listing_id)
            if row.address != address:
                row.days_failed, row.failed_on = 0, None
                if task is not None:
                    task.closed_at, task.outcome, task = now, "there is another address now", None
            row.address, row.looked_at = address, now
            if words is None:
                continue
            row.words = words
            if not words:
                row.days_failed, row.failed_on = 0, None
                if task is not None:
                    task.closed_at, task.outcome = now, "it answers again"
                continue
            if row.failed_on == now.date():
                continue
            row.failed_on, row.days_failed = now.date(), row.days_failed + 1
            more = row.days_failed - DAYS_TO_A_JOB
            if more >= 0 and more % AGAIN == 0 and task is None:
                db.session.add(_task(listing_id, f"Their website does not work: {words}", now))
                opened += 1
    return opened


def _task(listing_id: int, why: str, now: datetime) -> Task:
    return Task(listing_id=listing_id, kind=TaskKind.BROKEN_LINK, why=why[:255], opened_at=now, not_before=now)
