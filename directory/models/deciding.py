"""Deciding once: whatever waits is decided by one person; of two who press at once one is told, and who presses twice is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from directory.errors import Conflict
from directory.extensions import db
from directory.models.accounts import Account

A_MOMENT = timedelta(minutes=10)  # so long a second press is the first one once more, and is answered as that was


def decide_once(row: Any, *still: ColumnElement[bool], otherwise: str, **values: Any) -> None:
    """Inside `writing()`: compare and set. The row has these values from now on, if `still` holds of it.

    Raises Conflict with the sentence `otherwise` when it does not, because somebody else was first.
    """
    db.session.flush()
    kind = type(row)
    done = db.session.execute(
        update(kind).where(kind.id == row.id, *still).values(**values).execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(otherwise)
    db.session.refresh(row)


def is_again(account_id: int | None, at: datetime | None, *, by: Account, now: datetime) -> bool:
    """Whether it was this person who did so, a moment ago: pressing twice is no mistake."""
    return account_id == by.id and at is not None and at >= now - A_MOMENT


def one_at_a_time(what: str) -> None:
    """Inside `writing()`: of two who begin the same at once the second waits, and finds what the first has done.

    For what has no row yet that could be locked; on SQLite whoever writes is alone anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))
