"""What is open about a listing that becomes part of another goes along, comes back with it, and is not written to meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import confirming, curation, reports, suggestions
from directory.actions import duplicates as actions
from directory.errors import Moved, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    Gap,
    Letter,
    Lock,
    Offer,
    Pair,
    Report,
    ReportKind,
    State,
    Suggestion,
    Task,
    TaskKind,
    records,
)
from directory.models.desk import ConfirmLink
from directory.models.merging import Side
from directory.queries import curation as curation_queries
from directory.queries import duplicates as queries
from directory.queries import reports as report_queries
from tests.make import NOW


@pytest.fixture
def senior(make):
    return make.account("Sana", role="senior")


@pytest.fixture
def two(make, vocabulary):
    kept = make.listing("Welcome Table", organisation="Lunch Club", summary="A hot lunch.", contacts=[("phone", "01632 960142")])
    gone = make.listing("The Welcome Table", summary="Lunch.", contacts=[("email", "cook@example.org")])
    return kept, gone


@pytest.fixture
def pair(make, two):
    return make.saved(Pair, first_id=two[0].id, second_id=two[1].id, score=0.6, why=[], state="open", found_at=NOW)


def merged(pair, by, second, *, now=NOW, kept=None, **sides):
    told = {name: Side(side) for name, side in sides.items()}
    actions.propose(pair, kept=kept or pair.first, sides=told, by=by, reason="", now=now)
    return actions.merge(pair, seen=pair.record["proposed_at"], by=second, now=now)


def suggested(listing, by=None, *, who="a visitor", **changed):
    record = {**records.document(listing), **changed}
    number = listing.revision_number
    return suggestions.suggest(listing, record=record, base_number=number, by=by, door="page", now=NOW, who=who)


def about(model, column="listing_id"):
    db.session.rollback()
    return [getattr(row, column) for row in db.session.scalars(select(model).order_by(model.id))]


def test_a_report_goes_along_and_is_answered_where_people_look(pair, two, stella, ida, cai, senior):
    kept, gone = two
    said = reports.send(gone, kind=ReportKind.WRONG, text="Shut.", who="x", by=None, now=NOW)
    answered = reports.send(gone, kind=ReportKind.STOPPED, text="Gone.", who="y", by=None, now=NOW)
    reports.keep(answered, reason="They meet.", by=cai, now=NOW)
    merged(pair, stella, ida)
    assert about(Report) == [kept.id, gone.id]
    assert [each.report.listing_id for each in report_queries.waiting(cai, now=NOW)] == [kept.id]
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert about(Report) == [gone.id, gone.id]
    assert said.uid in {each.report.uid for each in report_queries.waiting(cai, now=NOW)}


def test_what_was_answered_meanwhile_stays_where_it_was_answered(pair, two, stella, ida, cai, senior):
    said = reports.send(two[1], kind=ReportKind.WRONG, text="Shut.", who="x", by=None, now=NOW)
    merged(pair, stella, ida)
    reports.keep(said, reason="They meet.", by=cai, now=NOW)
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert about(Report) == [two[0].id]


def test_words_that_wait_are_compared_with_what_the_other_one_says(pair, two, stella, ida, cai):
    kept, gone = two
    waiting = suggested(gone, summary="Soup.")
    base = waiting.base_number
    merged(pair, stella, ida, description="other")
    assert (waiting.listing, waiting.base_number) == (kept, kept.revision_number)
    assert queries.origin_of(waiting) == (gone, base)
    assert [each.suggestion for each in curation_queries.for_review(cai, now=NOW)] == [waiting]
    suggestions.agree(waiting, by=cai, number=kept.revision_number, now=NOW)
    assert (kept.summary, gone.summary) == ("Soup.", "Lunch.")


def test_words_that_wait_come_back_with_their_listing(pair, two, stella, ida, senior):
    waiting = suggested(two[1], summary="Soup.")
    base = waiting.base_number
    merged(pair, stella, ida)
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert (waiting.listing, waiting.base_number, waiting.state) == (two[1], base, State.WAITING)
    assert queries.origin_of(waiting) is None


def test_a_new_contact_cools_off_for_the_one_it_is_about_now(pair, two, stella, ida, senior):
    """The old address of the one that goes was told; who is reached by the one that stays has to be rung."""
    waiting = suggested(two[1], contacts=[{"kind": "phone", "value": "01632 960999", "note": "", "public": True}])
    assert waiting.cools_until is None
    merged(pair, stella, ida)
    assert waiting.cools_until == NOW + timedelta(hours=72)
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert waiting.cools_until is None


def test_those_reached_by_the_one_that_stays_hear_of_a_new_contact(pair, two, stella, ida):
    kept, gone = two
    suggested(kept, who="another", contacts=[])
    waiting = suggested(kept, contacts=[{"kind": "phone", "value": "01632 960999", "note": "", "public": True}])
    before = len(db.session.scalars(select(Letter)).all())
    merged(pair, stella, ida, kept=gone)
    letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()[before:]
    assert {(each.kind, each.to_address) for each in letters} == {("contact-changed", "cook@example.org")}
    assert waiting.listing is gone


def test_tasks_locks_offers_and_gaps_go_along_once(make, pair, two, stella, ida, senior):
    kept, gone = two
    for listing, kind in ((kept, TaskKind.CHECK), (gone, TaskKind.CHECK), (gone, TaskKind.BROKEN_LINK)):
        make.saved(Task, listing_id=listing.id, kind=kind, opened_at=NOW, not_before=NOW)
    need = make.term("lunch").id
    gaps = [
        make.saved(Gap, term_id=need, area_code=code, kind="available", opened_at=NOW, changed_at=NOW, answer_id=gone.id)
        for code in ("NR25", "NR26")
    ]
    for gap, listing in ((gaps[0], kept), (gaps[0], gone), (gaps[1], gone)):
        make.saved(Offer, gap_id=gap.id, listing_id=listing.id, made_at=NOW)
    curation.lock(by=ida, reason="A quarrel.", ends_at=NOW + timedelta(days=1), now=NOW, listing=gone)
    merged(pair, stella, ida)
    assert about(Task) == [kept.id, gone.id, kept.id]
    assert [task.outcome for task in db.session.scalars(select(Task).where(Task.closed_at.is_not(None)))] == [
        "It is part of another listing now"
    ]
    assert about(Offer) == [kept.id, gone.id, kept.id]
    assert about(Gap, "answer_id") == [kept.id, kept.id]
    assert about(Lock) == [kept.id]
    with pytest.raises(NotAllowed):
        suggested(kept, by=None, summary="Bread.")
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert about(Task) == [kept.id, gone.id, gone.id]
    assert all(task.closed_at is None for task in db.session.scalars(select(Task)))
    assert about(Offer) == [kept.id, gone.id, gone.id]
    assert about(Gap, "answer_id") == [gone.id, gone.id]
    assert about(Lock) == [gone.id]


@pytest.mark.parametrize("first", [0, 1])
def test_along_a_chain_everything_comes_back_whichever_is_taken_apart_first(make, pair, two, stella, ida, senior, first):
    kept, gone = two
    reports.send(gone, kind=ReportKind.WRONG, text="Shut.", who="x", by=None, now=NOW)
    waiting = suggested(gone, summary="Soup.")
    base = waiting.base_number
    last = make.listing("Third Table")
    merged(pair, stella, ida)
    again = make.saved(Pair, first_id=kept.id, second_id=last.id, score=0.6, why=[], state="open", found_at=NOW)
    merged(again, stella, ida, kept=last)
    assert about(Report) == [last.id]
    assert queries.part_of(gone) == queries.part_of(kept) == last
    for each in ((pair, again), (again, pair))[first]:
        actions.part(each, by=senior, reason="Two after all.", now=NOW)
    assert about(Report) == [gone.id]
    assert (waiting.listing, waiting.base_number) == (gone, base)
    assert queries.part_of(gone) is queries.part_of(kept) is None
    assert queries.moved_to(gone.slug) is None


def test_what_is_part_of_another_is_not_changed(make, pair, two, stella, ida, cai):
    gone = two[1]
    gone_number = gone.revision_number
    link = make.saved(
        ConfirmLink, listing_id=gone.id, address="cook@example.org", token_hash="x", made_at=NOW, ends_at=NOW + timedelta(days=60)
    )
    merged(pair, stella, ida)
    for attempt in (
        lambda: suggested(gone, summary="Soup."),
        lambda: suggested(gone, by=ida, summary="Soup."),
        lambda: curation.restore(gone, max(gone_number, 1), by=cai, reason="Better.", now=NOW),
        lambda: confirming.confirm(link, base=gone.revision_number, now=NOW),
        lambda: confirming.stop(link, now=NOW),
    ):
        with pytest.raises(Moved) as refused:
            attempt()
        assert str(refused.value) == "“The Welcome Table” is part of “Welcome Table” now. Change that one instead."
        assert (refused.value.name, refused.value.slug) == ("Welcome Table", "welcome-table")
    assert db.session.scalars(select(Suggestion)).all() == []


def test_of_one_that_is_hidden_no_address_is_told(pair, two, stella, ida):
    merged(pair, stella, ida)
    curation.hide(two[0], by=stella, reason="Danger.", now=NOW)
    with pytest.raises(Moved) as refused:
        suggested(two[1], summary="Soup.")
    assert str(refused.value) == "“The Welcome Table” is part of another listing now, which is not shown."
    assert refused.value.slug == ""


def test_what_has_stopped_by_itself_can_still_be_put_right(make, stella):
    ended = make.listing("Old Table", status="ended")
    queries.refuse_merged(ended)
    assert suggested(ended, by=stella, summary="It met on Mondays.").state in (State.APPROVED, State.LIVE)


def test_what_went_live_is_not_put_back_on_a_page_nobody_sees(pair, two, stella, ida, cai):
    live = suggested(two[1], by=stella, summary="Soup.")
    with writing(live):
        live.state = State.LIVE
    merged(pair, stella, ida)
    with pytest.raises(Refused):
        suggestions.put_back(live, by=cai, reason="No.", now=NOW)
    suggestions.look_at(live, by=cai, now=NOW)
