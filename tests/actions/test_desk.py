"""A job is begun, put aside, tried in vain, done; and the time it took is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from directory.actions import desk as actions
from directory.actions import freshness
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.extensions import db
from directory.models import (
    Attempt,
    Editorship,
    Fact,
    Lease,
    Means,
    Outcome,
    Report,
    ReportKind,
    SetAside,
    Stint,
    Task,
    Work,
)
from directory.models.curation import CRITICAL_FACTS
from tests.make import NOW, TODAY

OLD = TODAY - timedelta(days=400)
LATER = NOW + timedelta(minutes=4, seconds=10)


@pytest.fixture
def listing(make):
    return make.listing("Craft and Natter", checked_on=OLD, contacts=[("phone", "01632 960126")])


@pytest.fixture
def task(listing, stella):
    return actions.start(listing, by=stella, now=NOW)


def rows(model):
    return db.session.scalars(db.select(model).order_by(model.id)).all()


def only(model):
    (row,) = rows(model)
    return row


def test_starting_opens_one_task_and_leases_it_for_half_an_hour(listing, stella):
    task = actions.start(listing, by=stella, now=NOW)
    assert actions.start(listing, by=stella, now=NOW + timedelta(minutes=5)) == task
    lease = only(Lease)
    assert (lease.work, lease.subject_id, lease.account_id) == (Work.CHECK, task.id, stella.id)
    assert (lease.began_at, lease.ends_at) == (NOW, NOW + timedelta(minutes=35))
    assert only(Task).opened_at == NOW


def test_one_holder_until_the_half_hour_is_over(task, listing, cai):
    with pytest.raises(Conflict):
        actions.start(listing, by=cai, now=NOW + timedelta(minutes=29))
    with pytest.raises(Conflict):
        actions.note(task, {Fact.COST: {"answer": "still"}}, by=cai, now=NOW)
    actions.note(task, {Fact.COST: {"answer": "still"}}, by=db.session.get(type(cai), only(Lease).account_id), now=NOW)
    actions.start(listing, by=cai, now=NOW + timedelta(minutes=31))
    lease = only(Lease)
    assert (lease.account_id, lease.answers) == (cai.id, {})


def test_answers_are_kept_as_they_come_and_publish_nothing(task, listing, stella):
    actions.note(task, {Fact.TIMES: {"answer": "still"}}, by=stella, now=NOW)
    actions.note(task, {Fact.COST: {"answer": "changed", "cost_kind": "free"}}, by=stella, now=LATER)
    lease = only(Lease)
    assert lease.answers == {"times": {"answer": "still"}, "cost": {"answer": "changed", "cost_kind": "free"}}
    assert lease.ends_at == LATER + timedelta(minutes=30)
    assert (listing.checks, listing.checked_on) == ([], OLD)


def test_putting_aside_lasts_a_week_and_gives_the_job_back(task, listing, stella):
    actions.set_aside(listing=listing, by=stella, now=NOW, reason="I know them")
    actions.set_aside(listing=listing, by=stella, now=LATER)
    row = only(SetAside)
    assert (row.until, row.reason, rows(Lease)) == (LATER + timedelta(days=7), "", [])


def test_a_try_in_vain_comes_back_on_another_day_and_its_time_is_kept(task, stella):
    actions.try_later(
        task, outcome=Outcome.BUSY, means=Means.PHONE, by=stella, now=LATER, spoke_to="a helper", best_time="Tuesday mornings"
    )
    attempt = only(Attempt)
    assert (attempt.outcome, attempt.spoke_to, attempt.best_time) == (Outcome.BUSY, "a helper", "Tuesday mornings")
    assert task.not_before.strftime("%A %H") == "Tuesday 10"
    assert (only(Stint).minutes, rows(Lease), task.closed_at) == (5, [], None)


def test_after_two_tries_in_vain_somebody_else_has_a_go(task, stella):
    for number in range(2):
        assert rows(SetAside) == []
        actions.try_later(task, outcome=Outcome.NO_ANSWER, means=Means.PHONE, by=stella, now=NOW + timedelta(days=number))
    assert only(SetAside).account_id == stella.id


def test_four_tries_by_two_people_at_two_hours_mean_that_nobody_can_be_reached(task, stella, cai):
    for number, by in enumerate((stella, stella, cai, cai)):
        at = NOW + timedelta(days=2 * number, hours=3 * number)
        actions.try_later(task, outcome=Outcome.NO_ANSWER, means=Means.PHONE, by=by, now=at)
    assert task.outcome == "could not be reached"
    assert task.not_before == at + timedelta(weeks=6)


def test_what_is_checked_closes_the_task_and_the_time_is_kept(task, listing, stella):
    freshness.check(listing, facts=CRITICAL_FACTS, means=Means.PHONE, by=stella, now=LATER)
    actions.finish(task, means=Means.PHONE, by=stella, now=LATER, spoke_to="who runs it")
    assert (task.closed_at, task.outcome, task.account_id) == (LATER, "checked", stella.id)
    assert (only(Stint).minutes, only(Attempt).outcome, rows(Lease)) == (5, Outcome.SPOKE, [])
    with pytest.raises(Conflict):
        actions.finish(task, means=Means.PHONE, by=stella, now=LATER)


def test_a_call_that_left_a_critical_fact_out_comes_back(task, listing, stella, make):
    make.check(listing, "times", checked_on=OLD)
    freshness.check(listing, facts=[Fact.RUNNING], means=Means.PHONE, by=stella, now=LATER)
    actions.finish(task, means=Means.PHONE, by=stella, now=LATER)
    assert task.closed_at is None
    assert task.not_before > LATER + timedelta(hours=12)


def test_hearing_that_it_has_stopped_leaves_a_report_and_the_job_to_somebody_else(task, listing, stella):
    actions.finish(task, means=Means.PHONE, by=stella, now=LATER, has_stopped=True)
    report = only(Report)
    assert (report.kind, report.listing_id, report.who) == (ReportKind.STOPPED, listing.id, str(stella.uid))
    assert (task.closed_at, only(SetAside).account_id) == (None, stella.id)


def test_nobody_is_credited_with_more_than_half_an_hour(task, stella):
    actions.try_later(task, outcome=Outcome.NO_ANSWER, means=Means.PHONE, by=stella, now=NOW + timedelta(minutes=29, seconds=59))
    assert only(Stint).minutes == 30


def test_time_can_be_put_right_by_whoever_gave_it(task, stella, cai):
    actions.try_later(task, outcome=Outcome.NO_ANSWER, means=Means.PHONE, by=stella, now=LATER)
    stint = only(Stint)
    actions.correct(stint, minutes=12, by=stella, now=LATER)
    assert stint.minutes == 12
    with pytest.raises(Refused):
        actions.correct(stint, minutes=31, by=stella, now=LATER)
    with pytest.raises(NotAllowed):
        actions.correct(stint, minutes=3, by=cai, now=LATER)


def test_nobody_checks_their_own_organisation(make, stella):
    mine = make.organisation("Mine")
    make.saved(Editorship, account_id=stella.id, organisation_id=mine.id, since=NOW)
    db.session.expire_all()
    with pytest.raises(NotAllowed):
        actions.start(make.listing("Ours", organisation=mine, checked_on=OLD), by=stella, now=NOW)


def test_a_hidden_listing_is_nobodys_job(make, stella, listing, task):
    hidden = make.listing("Hidden", status="hidden")
    with pytest.raises(NotFound):
        actions.start(hidden, by=stella, now=NOW)


@pytest.mark.parametrize("who", ["amina", "lena", "otto"])
def test_only_who_curates_has_a_desk(request, who, listing):
    person = request.getfixturevalue(who)
    for act in (
        lambda: actions.start(listing, by=person, now=NOW),
        lambda: actions.set_aside(listing=listing, by=person, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_job_can_be_left_untouched(task, stella):
    actions.leave(task, by=stella, now=LATER)
    assert (rows(Lease), rows(Stint), rows(Attempt)) == ([], [], [])
