"""How often somebody may guess: so many at once, then one each while. Nobody is shut out for long."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from directory.errors import Refused
from directory.extensions import db
from directory.models.accounts import Try

TOO_OFTEN = "That was tried too often. Wait a quarter of an hour, or let us mail you a link."


@dataclass(frozen=True)
class Limit:
    """`at_once` guesses, and one more each time `every` has passed: never more than both together within an hour."""

    what: str
    at_once: int
    every: timedelta

    @property
    def an_hour(self) -> int:
        """The most that anybody can guess within any hour."""
        return self.at_once + int(timedelta(hours=1) / self.every)


def spend(limit: Limit, who: str, *, now: datetime, sentence: str = TOO_OFTEN, field: str = "") -> None:
    """Inside `writing()`: one guess more. Raises Refused when there is none left, which costs nothing further.

    A row's moment is when everything spent so far will have come back, so the newest row tells all (Brandur Leach's
    "generic cell rate algorithm"): the room is empty while that moment is `at_once` times `every` away.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        lock = int.from_bytes(hashlib.sha256(f"{limit.what} {who}".encode()).digest()[:8], "big", signed=True)
        db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    refuse_spent(limit, who, now=now, sentence=sentence, field=field)
    whole = _whole_again(limit, who, now)
    db.session.execute(delete(Try).where(Try.what == limit.what, Try.who == who, Try.made_at <= now))
    db.session.add(Try(what=limit.what, who=who, made_at=whole + limit.every))
    db.session.flush()


def refuse_spent(limit: Limit, who: str, *, now: datetime, sentence: str = TOO_OFTEN, field: str = "") -> None:
    """Raises Refused when no guess is left. Only reads, so that whoever guesses on and on does not make others wait."""
    if _whole_again(limit, who, now) - now > limit.every * (limit.at_once - 1):
        raise Refused(sentence, field=field)


def _whole_again(limit: Limit, who: str, now: datetime) -> datetime:
    newest = db.session.scalar(select(func.max(Try.made_at)).where(Try.what == limit.what, Try.who == who))
    return max(newest, now) if newest is not None else now


def give_back(limit: Limit, who: str) -> None:
    """Inside `writing()`: the last guess was right, so it does not count."""
    newest = select(func.max(Try.id)).where(Try.what == limit.what, Try.who == who).scalar_subquery()
    db.session.execute(delete(Try).where(Try.id == newest))


def forget(limit: Limit, who: str) -> None:
    """Inside `writing()`: nothing they guessed so far counts."""
    db.session.execute(delete(Try).where(Try.what == limit.what, Try.who == who))
