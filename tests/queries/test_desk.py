"""Which job helps most: how stale, how looked at, how near, and what is never offered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from directory.actions import desk as actions
from directory.actions import tallies
from directory.extensions import db, writing
from directory.models import (
    Check,
    Editorship,
    Fact,
    Means,
    Outcome,
    Patch,
    Report,
    ReportKind,
    Stint,
    Suggestion,
    Tally,
    Task,
    TaskKind,
    Work,
)
from directory.models.curation import Voice
from directory.models.suggestions import Sort
from directory.queries import desk as queries
from directory.queries import hours, patches
from tests.make import NOW, TODAY

YEAR_AGO = TODAY - timedelta(days=370)
OLD = TODAY - timedelta(days=800)


def open_task(make, listing, **fields):
    plain = {"kind": TaskKind.CHECK, "opened_at": NOW, "not_before": NOW}
    return make.saved(Task, listing_id=listing.id, **plain | fields)


def seen(listing, views, days_ago=3):
    tallies.add({(listing.id, TODAY - timedelta(days=days_ago)): views})


def report(make, listing, kind=ReportKind.WRONG, **fields):
    return make.saved(Report, listing_id=listing.id, kind=kind, made_at=NOW, **fields)


def best(person, **given):
    return queries.next_job(person, now=NOW, **given)


def test_nothing_to_do_is_none(make, stella):
    make.listing("Fresh", checked_on=TODAY)
    assert best(stella) is None


def test_an_old_listing_counts_before_anybody_opens_a_task(make, stella):
    make.listing("Fresh", checked_on=TODAY)
    old = make.listing("Old", checked_on=YEAR_AGO)
    job = best(stella)
    assert (job.listing, job.task, job.months, job.work) == (old, None, 12, Work.CHECK)


def test_the_staler_first_and_never_checked_is_the_stalest(make, stella):
    make.listing("A year", checked_on=YEAR_AGO)
    assert best(stella).listing.name == "A year"
    make.listing("Two years", checked_on=OLD)
    assert best(stella).listing.name == "Two years"
    assert best(stella).score.stale == queries.STALEST
    never = make.listing("Never", checked_on=None)
    seen(never, 1)
    assert best(stella).listing == never


def test_what_people_look_at_comes_first_on_a_log_scale(make, stella):
    make.listing("A", checked_on=YEAR_AGO)
    looked_at = make.listing("B", checked_on=YEAR_AGO)
    seen(looked_at, 99)
    job = best(stella)
    assert (job.listing, job.score.views, job.score.looked) == (looked_at, 99, 3.0)


def test_looks_of_more_than_ninety_days_ago_do_not_count(make, stella):
    listing = make.listing("A", checked_on=YEAR_AGO)
    seen(listing, 50, days_ago=91)
    assert best(stella).score.views == 0


def test_an_open_report_is_above_all_and_an_unsafe_one_above_that(make, stella):
    seen(make.listing("Old and loved", checked_on=None), 100_000)
    reported = make.listing("Reported", checked_on=TODAY)
    report(make, reported)
    assert best(stella).listing == reported
    assert best(stella).reports == (ReportKind.WRONG,)
    unsafe = make.listing("Unsafe", checked_on=TODAY)
    report(make, unsafe, ReportKind.UNSAFE)
    assert best(stella).listing == unsafe
    report(make, make.listing("Answered", checked_on=TODAY), ReportKind.UNSAFE, answered_at=NOW)
    assert best(stella).listing == unsafe


@pytest.mark.parametrize(("miles", "near"), [(0, 1.0), (10, 0.65), (20, 0.3), (60, 0.3), (None, 1.0)])
def test_nearness_falls_evenly_to_twenty_miles(miles, near):
    assert patches.nearness(miles) == pytest.approx(near)


def test_the_patch_comes_first(make, stella, real_places):
    make.listing("Far", venue=make.venue("Far", at=(52.63, 1.29), postal_code="NR1 4AA"), checked_on=YEAR_AGO)
    near = make.listing("Near", venue=make.venue("Near", postal_code="NR25 6BL"), checked_on=YEAR_AGO)
    covers = make.listing("Zealous", coverage=["NR25"], home_visits=True, checked_on=TODAY - timedelta(days=300))
    make.saved(Patch, account_id=stella.id, area_code="NR25")
    job = best(stella)
    assert (job.listing, job.miles, job.score.near) == (near, 0.0, 1.0)
    actions.set_aside(listing=near, by=stella, now=NOW)
    assert (best(stella).listing, best(stella).miles) == (covers, 0.0)
    actions.set_aside(listing=covers, by=stella, now=NOW)
    assert best(stella).miles == pytest.approx(20, abs=4)
    assert best(stella).score.near < 0.5


def test_a_patch_by_council_has_its_middle_where_our_venues_are(make, stella):
    for name, at in (("One", (52.90, 1.08)), ("Two", (52.92, 1.10))):
        make.listing(name, venue=make.venue(name, at=at, council_code="E07000147"), checked_on=TODAY)
    make.listing("Beyond", venue=make.venue("Beyond", at=(52.91, 1.24)), checked_on=YEAR_AGO)
    make.saved(Patch, account_id=stella.id, area_code="E07000147")
    assert best(stella).miles == pytest.approx(6.2, abs=0.4)


def test_other_facts_that_are_old_tip_the_balance(make, stella):
    make.listing("A", checked_on=YEAR_AGO)
    costs = make.listing("B", checked_on=YEAR_AGO)
    with writing():
        costs.checks.append(Check(fact=Fact.COST, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=OLD))
    assert best(stella).listing == costs


def test_never_what_one_set_aside_for_a_week(make, stella, cai):
    listing = make.listing("Old", checked_on=YEAR_AGO)
    actions.set_aside(listing=listing, by=stella, now=NOW, reason="I know them")
    assert best(stella) is None
    assert best(cai).listing == listing
    assert queries.next_job(stella, now=NOW + timedelta(days=7, seconds=1)).listing == listing


def test_never_what_somebody_else_holds_or_what_is_not_to_be_tried_yet(make, stella, cai):
    listing = make.listing("Old", checked_on=YEAR_AGO)
    actions.start(listing, by=cai, now=NOW)
    assert best(stella) is None
    assert best(cai).holds
    assert queries.next_job(stella, now=NOW + timedelta(minutes=31)).listing == listing
    later = make.listing("Later", checked_on=OLD)
    open_task(make, later, not_before=NOW + timedelta(days=1))
    assert queries.next_job(stella, now=NOW + timedelta(minutes=31)).listing == listing


def test_never_ones_own_organisation_nor_what_is_not_shown(make, stella):
    mine = make.organisation("Mine")
    make.listing("Ours", organisation=mine, checked_on=OLD)
    make.listing("Hidden", status="hidden", checked_on=OLD)
    make.saved(Editorship, account_id=stella.id, organisation_id=mine.id, since=NOW)
    assert best(stella) is None


def change_of(make, listing, author, **fields):
    plain = {"sort": Sort.CHANGE, "record": {"summary": "x"}, "fields": ["summary"], "voice": Voice.GROUP, "door": "page"}
    return make.saved(Suggestion, listing_id=listing.id, account_id=author.id, **plain | {"made_at": NOW} | fields)


def test_a_change_that_waits_long_is_a_job_but_never_ones_own(make, stella, cai):
    listing = make.listing("Fresh", checked_on=TODAY)
    change = change_of(make, listing, cai, made_at=NOW - timedelta(hours=48))
    both = {Work.CHECK, Work.SUGGESTION}
    assert best(stella) is None
    job = best(stella, works=both)
    assert (job.work, job.suggestion, job.score.stale) == (Work.SUGGESTION, change, 1.5)
    assert best(cai, works=both) is None
    actions.set_aside(work=Work.SUGGESTION, subject_id=change.id, by=stella, now=NOW)
    assert best(stella, works=both) is None


def test_the_same_statements_for_one_and_for_thirty(make, stella, statements, real_places):
    make.saved(Patch, account_id=stella.id, area_code="NR25")

    def asked():
        db.session.expire_all()
        stella.patches, stella.editorships  # noqa: B018 -- loaded by whoever signed in
        statements.clear()
        best(stella, works=set(Work))
        return len(statements)

    make.listing("A 0", venue=make.venue("A", postal_code="NR25 6BL"), checked_on=YEAR_AGO)
    one = asked()
    for number in range(1, 30):
        listing = make.listing(f"A {number}", venue=make.venue(postal_code="NR25 6BL"), checked_on=YEAR_AGO)
        seen(listing, number)
    assert asked() == one


def test_how_much_of_a_patch_is_checked(make, stella):
    for number in range(3):
        make.listing(f"In {number}", venue=make.venue(postal_code="NR25 6BL"), checked_on=TODAY if number else YEAR_AGO)
    make.listing("Out", venue=make.venue(postal_code="NR2 6BL"), checked_on=TODAY)
    patch = patches.Patches(frozenset({"NR25"}), ())
    assert patches.patch_state(patch, now=NOW) == patches.PatchState(2, 3)
    assert patches.patch_state(patches.Patches(frozenset(), ()), now=NOW) is None


def test_ones_own_hours_and_what_they_did_for_readers(make, stella, cai):
    listing = make.listing("Old", checked_on=YEAR_AGO)
    open_task(make, listing, closed_at=NOW - timedelta(days=10), account_id=stella.id)
    seen(listing, 5, days_ago=20)
    seen(listing, 7, days_ago=2)
    for person, minutes, ended_at in ((stella, 4, NOW), (stella, 9, NOW - timedelta(days=91)), (cai, 30, NOW)):
        make.saved(Stint, account_id=person.id, work=Work.CHECK, subject_id=1, ended_at=ended_at, minutes=minutes)
    given = hours.given_by(stella, now=NOW)
    assert (given.minutes, given.checks, given.helped, len(given.stints)) == (4, 1, 7, 1)
    told = hours.overview(now=NOW)
    assert (told.minutes, told.people) == (34, 2)


def test_a_lead_sees_every_queue_and_how_long_reviews_take(make, stella):
    listing = make.listing("Old", checked_on=YEAR_AGO)
    open_task(make, listing, opened_at=NOW - timedelta(days=3))
    report(make, listing)
    for took in (1, 4, 10):
        change_of(make, listing, stella, state="approved", made_at=NOW - timedelta(hours=took), decided_at=NOW)
    told = hours.overview(now=NOW)
    assert {queue.work: queue.count for queue in hours.queues()} == {
        Work.REPORT: 1,
        Work.SUGGESTION: 0,
        Work.CHECK: 1,
        Work.PAIR: 0,
        Work.CLAIM: 0,
    }
    assert next(queue.oldest for queue in hours.queues() if queue.work is Work.CHECK) == NOW - timedelta(days=3)
    assert (told.median_hours, told.slowest_hours) == (4, 10)


def test_looks_are_added_up_and_gone_listings_passed_over(make, app):
    listing = make.listing("A")
    tallies.add({(listing.id, TODAY): 2, (listing.id + 1, TODAY): 5})
    tallies.add({(listing.id, TODAY): 3, (listing.id, TODAY - timedelta(days=1)): 1})
    tallies.add({})
    rows = [(row.day, row.views) for row in db.session.scalars(db.select(Tally).order_by(Tally.day))]
    assert rows == [(TODAY - timedelta(days=1), 1), (TODAY, 5)]


def test_outcome_words_exist_for_tasks_begun(make, stella):
    listing = make.listing("Old", checked_on=YEAR_AGO)
    task = actions.start(listing, by=stella, now=NOW)
    actions.try_later(task, outcome=Outcome.NO_ANSWER, means=Means.PHONE, by=stella, now=NOW)
    assert best(stella) is None
    assert queries.next_job(stella, now=NOW + timedelta(days=20)).task.attempts[0].outcome is Outcome.NO_ANSWER
