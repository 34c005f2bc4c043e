"""Searches that were answered poorly, counted by day, place and need or word; visits are told apart for a day and no longer."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from directory import permissions
from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Account, DaySalt, Miss, MissVisit, PassedOver, Shortfall, audit
from directory.models.recurrence import LONDON
from directory.queries import misses as queries

AT_ONCE = 500  # rows of one statement


class Asked(NamedTuple):
    """One thing that somebody looked for on a day in an area with a poor answer. `visitor` is a digest that is not stored."""

    day: date
    area_code: str
    need: str
    word: str
    shortfall: Shortfall
    visitor: str


def add(counts: Mapping[Asked, int], *, now: datetime) -> None:
    """Add what was gathered in memory: how often, and how many visits had not asked for it before that day.

    Of a day before yesterday nothing is taken any more, so that what was published stays as it was. Nothing is taken either
    of yesterday once its salt is gone, because nobody could tell then who had asked before.
    """
    today = now.astimezone(LONDON).date()
    recent = sorted(each for each in counts if today - timedelta(days=1) <= each.day <= today and counts[each] > 0)
    if not recent:
        return
    with writing():
        salts = _salts({each.day for each in recent}, today)
        rows: dict[tuple[date, str, str, str, Shortfall], list[int]] = {}
        digests: dict[tuple[date, str], tuple[date, str, str, str, Shortfall]] = {}
        for each in recent:
            if each.day not in salts:
                continue
            key = each[:5]
            rows.setdefault(key, [0, 0])[0] += counts[each]
            digests.setdefault((each.day, _digest(salts[each.day], each)), key)
        for visit in _new(digests):
            rows[digests[visit]][1] += 1
        _count(rows)


def pass_over(word: str, *, by: Account, now: datetime) -> None:
    """Curators want to see this word no more. Said twice it is the same. Raises Refused for a word that is not on their list."""
    with writing():
        permissions.require(permissions.can_curate(by))
        if not queries.is_word_asked_for(word, today=now.astimezone(LONDON).date()):
            raise Refused(queries.NOT_ASKED_FOR, field="word")
        _insert(PassedOver, [{"word": word, "day": now.astimezone(LONDON).date()}])
        audit.record("word passed over", f"word {word}"[:80], by=by, now=now)


def bring_back(word: str, *, by: Account, now: datetime) -> None:
    """Show a word again that was passed over. Raises Refused where it was not."""
    with writing():
        permissions.require(permissions.can_curate(by))
        row = db.session.get(PassedOver, word)
        if row is None:
            raise Refused("This word was not passed over.", field="word")
        db.session.delete(row)
        audit.record("word shown again", f"word {word}"[:80], by=by, now=now)


def _salts(days: Collection[date], today: date) -> dict[date, str]:
    """The salts of these days; today's is made by whoever needs it first."""
    if today in days:
        _insert(DaySalt, [{"day": today, "salt": secrets.token_hex(32)}])
    return {row.day: row.salt for row in db.session.scalars(select(DaySalt).where(DaySalt.day.in_(days)))}


def _digest(salt: str, asked: Asked) -> str:
    """Tells one visit that asked for one thing from another, as long as the salt is there."""
    return hashlib.sha256("\n".join((salt, asked.visitor, asked.area_code, asked.need, asked.word)).encode()).hexdigest()


def _new(digests: Mapping[tuple[date, str], Any]) -> list[tuple[date, str]]:
    """Those that were not counted on their day before; they are from now on."""
    fresh: list[tuple[date, str]] = []
    rows = [{"day": day, "digest": digest} for day, digest in sorted(digests)]
    for first in range(0, len(rows), AT_ONCE):
        adding = _dialect().insert(MissVisit).values(rows[first : first + AT_ONCE]).on_conflict_do_nothing()
        fresh += [(day, digest) for day, digest in db.session.execute(adding.returning(MissVisit.day, MissVisit.digest))]
    return fresh


def _count(rows: Mapping[tuple[date, str, str, str, Shortfall], Collection[int]]) -> None:
    columns = ("day", "area_code", "need", "word", "shortfall", "searches", "visits")
    values = [dict(zip(columns, (*key, *numbers), strict=True)) for key, numbers in sorted(rows.items())]
    for first in range(0, len(values), AT_ONCE):
        adding = _dialect().insert(Miss).values(values[first : first + AT_ONCE])
        db.session.execute(
            adding.on_conflict_do_update(
                index_elements=[Miss.day, Miss.area_code, Miss.need, Miss.word, Miss.shortfall],
                set_={"searches": Miss.searches + adding.excluded.searches, "visits": Miss.visits + adding.excluded.visits},
            )
        )


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    db.session.execute(_dialect().insert(model).values(rows).on_conflict_do_nothing())


def _dialect() -> Any:
    return postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
