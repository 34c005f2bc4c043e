"""Deciding once: whatever waits is decided by one person, and of two who press at once one is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, update

from directory.errors import Conflict
from directory.extensions import db


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
