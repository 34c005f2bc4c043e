"""What is open about a listing goes along when it becomes part of another, and comes back when the two are taken apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true, update

from directory.extensions import db
from directory.models.cooling import warn_old_contact
from directory.models.desk import Task
from directory.models.gaps import Gap, Offer, OfferState
from directory.models.listings import Listing
from directory.models.suggestions import Lock, OldAddress, Report, State, Suggestion

WAITS = (State.WAITING, State.ASKED)
WITH_IT = "It is part of another listing now"  # why a task was closed that the other listing has as well

# Name → the column that says which listing it is about, and which rows go along. All else of a listing is its history.
GOES: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
    "addresses": (OldAddress.listing_id, true()),
    "reports": (Report.listing_id, Report.answered_at.is_(None)),
    "locks": (Lock.listing_id, Lock.lifted_at.is_(None)),
    "gaps": (Gap.answer_id, true()),
    "offers": (Offer.listing_id, Offer.state == OfferState.OPEN),
    "tasks": (Task.listing_id, Task.closed_at.is_(None)),
}


def carry(gone: Listing, kept: Listing, *, now: datetime) -> dict[str, list[Any]]:
    """Inside `writing()`: what is open about the one that goes is about the one that stays from now on; what that was.

    A task or an offer that the one that stays has as well is not there twice. Whoever is reached by the one that stays is
    told of new contacts that wait, as if they had been sent for it.
    """
    carried: dict[str, list[Any]] = {"tasks closed": _close_doubles(gone, kept, now)}
    offered = set(db.session.scalars(select(Offer.gap_id).where(Offer.listing_id == kept.id)))
    for name, (column, which) in GOES.items():
        kind = column.class_
        where = [column == gone.id, which]
        if kind is Offer and offered:
            where.append(Offer.gap_id.not_in(offered))
        carried[name] = list(db.session.scalars(select(kind.id).where(*where).order_by(kind.id)))
        _move(column, carried[name], kept)
    carried["suggestions"] = []
    for waiting in db.session.scalars(
        select(Suggestion).where(Suggestion.listing_id == gone.id, Suggestion.state.in_(WAITS)).order_by(Suggestion.id)
    ):
        cools = waiting.cools_until.isoformat() if waiting.cools_until is not None else None
        carried["suggestions"].append([waiting.id, waiting.base_number, cools])
        waiting.listing, waiting.base_number = kept, kept.revision_number
        warn_old_contact(waiting, kept, now)
    return carried


def bring_back(carried: Mapping[str, list[Any]], gone: Listing, *, among: Collection[int]) -> None:
    """Inside `writing()`: what went along and is still open is about `gone` again.

    `among` are the listings where it can be by now. What was answered or decided meanwhile stays where that was done.
    """
    again = set(db.session.scalars(select(Task.kind).where(Task.listing_id == gone.id, Task.closed_at.is_(None))))
    for name, (column, which) in GOES.items():
        kind = column.class_
        where = [kind.id.in_(carried.get(name, [])), column.in_(among), which]
        if kind is Task and again:
            where.append(Task.kind.not_in(again))
        _move(column, list(db.session.scalars(select(kind.id).where(*where))), gone)
    closed = select(Task).where(Task.id.in_(carried.get("tasks closed", [])), Task.outcome == WITH_IT, Task.kind.not_in(again))
    for task in db.session.scalars(closed):
        task.closed_at, task.outcome = None, ""
    bases = {number: (base, cools) for number, base, cools in carried.get("suggestions", [])}
    still = Suggestion.id.in_(bases), Suggestion.listing_id.in_(among), Suggestion.state.in_(WAITS)
    for waiting in db.session.scalars(select(Suggestion).where(*still)):
        base, cools = bases[waiting.id]
        waiting.listing, waiting.base_number = gone, base
        waiting.cools_until = datetime.fromisoformat(cools) if cools is not None else None


def _close_doubles(gone: Listing, kept: Listing, now: datetime) -> list[int]:
    """At most one task of a kind is open about a listing: of two, that of the one that stays."""
    is_open = Task.closed_at.is_(None)
    there = select(Task.kind).where(Task.listing_id == kept.id, is_open)
    doubles = select(Task.id).where(Task.listing_id == gone.id, is_open, Task.kind.in_(there)).order_by(Task.id)
    found = list(db.session.scalars(doubles))
    done = update(Task).where(Task.id.in_(found)).values(closed_at=now, outcome=WITH_IT)
    db.session.execute(done.execution_options(synchronize_session="fetch"))
    return found


def _move(column: Any, ids: list[int], to: Listing) -> None:
    kind = column.class_
    moved = update(kind).where(kind.id.in_(ids)).values({column.key: to.id})
    db.session.execute(moved.execution_options(synchronize_session="fetch"))
