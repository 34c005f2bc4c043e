"""Searches with a poor answer are counts: visits once a day, nothing of who, and nothing late."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from directory import models
from directory.actions import misses as actions
from directory.actions import retention
from directory.actions.misses import Asked
from directory.errors import NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import Shortfall
from tests.make import NOW, TODAY

YESTERDAY = TODAY - timedelta(days=1)


def asked(visitor: str = "amy", *, day: date = TODAY, word: str = "", need: str = "", wrong: str = "nothing") -> Asked:
    return Asked(day, "NR25", need or ("" if word else "loneliness"), word, Shortfall(wrong), visitor)


def counts() -> dict[tuple[str, str, str], tuple[int, int]]:
    rows = db.session.scalars(select(models.Miss)).all()
    return {(row.need or row.word, row.shortfall.value, row.day.isoformat()): (row.searches, row.visits) for row in rows}


def test_searches_add_up_and_a_visit_counts_once_a_day(app):
    actions.add({asked(): 3, asked("bea"): 1}, now=NOW)
    actions.add({asked(): 2, asked(word="clog making"): 1, asked("cy"): 1}, now=NOW)
    assert counts() == {("loneliness", "nothing", "2026-11-20"): (7, 3), ("clog making", "nothing", "2026-11-20"): (1, 1)}


def test_a_visit_that_found_little_after_nothing_is_the_same_visit(app):
    actions.add({asked(): 1}, now=NOW)
    actions.add({asked(wrong="little"): 1}, now=NOW)
    assert counts() == {("loneliness", "nothing", "2026-11-20"): (1, 1), ("loneliness", "little", "2026-11-20"): (1, 0)}


def test_nothing_that_is_stored_tells_who_asked(app):
    actions.add({asked("the digest of amy"): 1}, now=NOW)
    for model in (models.Miss, models.MissVisit, models.DaySalt):
        for row in db.session.scalars(select(model)):
            assert "amy" not in repr({column.name: getattr(row, column.name) for column in model.__table__.columns})
    visit = db.session.scalars(select(models.MissVisit)).one()
    first, salt = visit.digest, db.session.scalars(select(models.DaySalt)).one().salt
    with writing():
        for model in (models.Miss, models.MissVisit, models.DaySalt):
            db.session.query(model).delete()
    actions.add({asked("the digest of amy"): 1}, now=NOW)
    assert db.session.scalars(select(models.DaySalt)).one().salt != salt
    assert db.session.scalars(select(models.MissVisit)).one().digest != first


def test_what_comes_late_is_dropped(app):
    """What is published of a quarter never changes, so nothing is added to a day that is long over."""
    actions.add({asked(day=YESTERDAY): 1}, now=NOW - timedelta(days=1))
    actions.add({asked("bea", day=YESTERDAY): 1, asked(day=TODAY - timedelta(days=2)): 1}, now=NOW)
    assert counts() == {("loneliness", "nothing", "2026-11-19"): (2, 2)}
    with writing():
        db.session.query(models.DaySalt).delete()
    actions.add({asked("cy", day=YESTERDAY): 1, asked(day=TODAY): 1}, now=NOW)
    assert counts() == {("loneliness", "nothing", "2026-11-19"): (2, 2), ("loneliness", "nothing", "2026-11-20"): (1, 1)}


def test_a_day_is_a_day_in_london(app):
    late = datetime(2026, 6, 30, 23, 30, tzinfo=NOW.tzinfo)  # half past midnight on 1 July in London
    actions.add({asked(day=date(2026, 7, 1)): 1, asked("bea", day=date(2026, 6, 30)): 1}, now=late)
    assert counts() == {("loneliness", "nothing", "2026-07-01"): (1, 1)}


def test_many_at_once_are_written(app):
    actions.add({asked(f"visitor {number}", word=f"word {'abcdefgh'[number % 8]}"): 1 for number in range(1200)}, now=NOW)
    assert set(counts().values()) == {(150, 150)}
    actions.add({}, now=NOW)


def test_curators_pass_a_word_over_and_bring_it_back(make, stella, lena):
    with pytest.raises(NotAllowed):
        actions.pass_over("clog making", by=lena, now=NOW)
    with pytest.raises(Refused, match="on the list"):
        actions.pass_over("clog making", by=stella, now=NOW)
    actions.add({asked(f"visitor {number}", word="clog making"): 1 for number in range(8)}, now=NOW)
    for _ in range(2):
        actions.pass_over("clog making", by=stella, now=NOW)
    assert db.session.scalars(select(models.PassedOver.word)).all() == ["clog making"]
    actions.bring_back("clog making", by=stella, now=NOW)
    with pytest.raises(Refused):
        actions.bring_back("clog making", by=stella, now=NOW)


def test_the_salt_and_the_marks_go_in_the_next_night_and_the_counts_after_two_years(app):
    actions.add({asked(): 1}, now=NOW)
    retention.forget(now=NOW + timedelta(hours=13))
    assert db.session.scalars(select(models.DaySalt.day)).all() == [TODAY]
    retention.forget(now=datetime(2026, 11, 21, 3, 23, tzinfo=NOW.tzinfo))
    assert db.session.scalars(select(models.DaySalt.day)).all() == []
    assert db.session.scalars(select(models.MissVisit.day)).all() == []
    assert counts() == {("loneliness", "nothing", "2026-11-20"): (1, 1)}
    retention.forget(now=NOW + timedelta(days=733))
    assert counts() == {}
