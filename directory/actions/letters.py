"""What becomes of a letter: it was sent, or it could not be and is tried again, or it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from directory.extensions import db, writing
from directory.models import Letter, Status, Task, TaskKind
from directory.queries import letters as queries

# A letter that fails is tried again after so many minutes, then given up: two days in all.
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1_440))
SECRETS = {"secret", "secrets", "after"}


def sent(letter: Letter, *, now: datetime) -> None:
    """It is with the mail server; secrets in it are forgotten here."""
    with writing(letter):
        letter.sent_at, letter.error = now, ""
        letter.tries += 1
        letter.facts = {name: value for name, value in letter.facts.items() if name not in SECRETS}


def failed(letter: Letter, *, error: str, for_good: bool, now: datetime) -> None:
    """Try again later, each time later; after the last try, or when that is no use, give it up."""
    with writing(letter):
        letter.tries += 1
        letter.error = error[:255]
        if for_good or letter.tries > len(AGAIN):
            letter.given_up_at = now
            _open_tasks(letter, now)
            letter.facts = {name: value for name, value in letter.facts.items() if name not in SECRETS}
        else:
            letter.not_before = now + AGAIN[letter.tries - 1]


def _open_tasks(letter: Letter, now: datetime) -> None:
    """A group that could not be written to is a job for a volunteer: one for each listing that the letter was about."""
    for listing in queries.listings_asked_by(letter):
        if listing.status is Status.PUBLISHED:
            why = f"Our letter to them could not be delivered: {letter.error}"[:255]
            task = Task(listing_id=listing.id, kind=TaskKind.FAILED_LETTER, why=why, opened_at=now, not_before=now)
            db.session.add(task)
