"""Whose agreement counts: nobody's on what they, their organisation or those beside them wrote, and not while a lock holds."""

from datetime import timedelta

import pytest

from directory import permissions
from directory.actions import accounts, curation, suggestions
from directory.errors import NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import AuditRow, Editorship, State, Status, records
from directory.queries import curation as queries
from tests.make import NOW

CONTACTS = [{"kind": "phone", "value": "01632 960999", "note": "", "public": True}]


@pytest.fixture
def table(make, vocabulary):
    return make.listing("Welcome Table", organisation="Lunch Club", summary="A hot lunch.")


@pytest.fixture
def garden(make):
    return make.organisation("Garden Club")


def speaks_for(account, organisation):
    with writing():
        db.session.add(Editorship(account_id=account.id, organisation_id=organisation.id, since=NOW - timedelta(days=90)))
    return account


def send(listing, by=None, **changed):
    record = {**records.document(listing), **changed}
    given = {"base_number": listing.revision_number, "by": by, "door": "page", "now": NOW, "who": "x"}
    return suggestions.suggest(listing, record=record, **given)


def agree(suggestion, by, **given):
    number = suggestion.listing.revision_number if suggestion.listing is not None else 0
    suggestions.agree(suggestion, by=by, number=number, now=NOW, **given)


def new_one(make, name, by=None):
    model = make.listing("Model", summary="A lunch.", contacts=[("phone", "01632 960150")])
    record = {**records.document(model), "name": "New", "organisation": {"name": name, "kind": "group"}}
    return suggestions.suggest(None, record=record, base_number=0, by=by, door="page", now=NOW, who="x")


def test_a_new_listing_of_ones_own_organisation_is_for_others_to_decide(make, vocabulary, garden, stella, cai):
    speaks_for(stella, garden)
    suggestion = new_one(make, "garden club")
    with pytest.raises(NotAllowed):
        agree(suggestion, stella)
    assert queries.for_review(stella, now=NOW) == []
    assert [row.suggestion for row in queries.for_review(cai, now=NOW)] == [suggestion]


def test_what_somebody_of_ones_organisation_wrote_is_for_others_to_decide(table, garden, amina, stella, cai):
    for account in (amina, stella):
        speaks_for(account, garden)
    suggestion = send(table, by=amina, summary="Better at ours.")
    with pytest.raises(NotAllowed):
        agree(suggestion, stella)
    assert queries.for_review(stella, now=NOW) == []
    agree(suggestion, cai)
    assert suggestion.state is State.APPROVED


def test_nothing_is_published_through_a_lock_but_by_who_may_decide(table, amina, stella, ida):
    suggestion = send(table, by=amina, summary="Mine.")
    curation.lock(by=ida, reason="A quarrel.", ends_at=NOW + timedelta(days=3), now=NOW, listing=table)
    with pytest.raises(NotAllowed, match="A quarrel"):
        agree(suggestion, stella)
    assert table.summary == "A hot lunch."
    agree(suggestion, ida)
    assert table.summary == "Mine."


def test_the_word_of_somebody_suspended_since_does_not_count(table, stella, cai, ida, make):
    suggestion = send(table, contacts=CONTACTS)
    agree(suggestion, stella)
    accounts.suspend(stella, by=ida, reason="Taken over.", now=NOW)
    agree(suggestion, cai)
    assert (suggestion.state, table.contact_points) == (State.WAITING, [])
    agree(suggestion, make.account("Dora", role="curator"))
    assert suggestion.state is State.APPROVED


def test_a_listing_that_became_one_for_children_needs_two_from_then_on(table, stella, cai, ida, make):
    suggestion = send(table, summary="For everybody.")
    other = send(table, by=ida, minimum_age=12)
    agree(other, stella)
    assert table.minimum_age == 12
    agree(suggestion, stella)
    assert suggestion.state is State.WAITING
    agree(suggestion, cai)
    assert (suggestion.state, table.summary) == (State.APPROVED, "For everybody.")


def test_older_words_of_what_is_for_children_come_back_by_no_curator_alone(table, stella, ida):
    for summary in ("First.", "Second."):
        curation_by_lead = send(table, by=ida, summary=summary)
        assert curation_by_lead.state is State.APPROVED
    agree(send(table, by=ida, minimum_age=12), stella)
    with pytest.raises(Refused, match="second person"):
        curation.restore(table, 1, by=stella, reason="Better.", now=NOW)


def test_one_in_ten_of_what_curators_change_at_once_is_looked_at_by_another(table, stella, cai, monkeypatch):
    assert [number for number in range(1, 41) if permissions.is_sampled(number)] == [10, 20, 30, 40]
    monkeypatch.setattr(permissions, "SAMPLE", 10**9)
    assert send(table, by=stella, summary="First.").state is State.APPROVED
    assert queries.for_review(cai, now=NOW) == []
    monkeypatch.setattr(permissions, "SAMPLE", 1)
    sampled = send(table, by=stella, summary="Second.")
    assert (sampled.state, table.summary) == (State.LIVE, "Second.")
    assert [row.suggestion for row in queries.for_review(cai, now=NOW)] == [sampled]
    assert queries.for_review(stella, now=NOW) == []
    with pytest.raises(NotAllowed):
        suggestions.look_at(sampled, by=stella, now=NOW)
    suggestions.look_at(sampled, by=cai, now=NOW)
    assert (sampled.state, queries.for_review(cai, now=NOW)) == (State.APPROVED, [])


def test_one_in_twenty_of_what_was_approved_is_looked_at_by_somebody_else(table, amina, stella, cai, monkeypatch):
    assert [number for number in range(1, 61) if permissions.is_looked_at_again(number)] == [20, 40, 60]
    monkeypatch.setattr(permissions, "SECOND_LOOK", 10**9)
    plain = send(table, by=amina, summary="First.")
    agree(plain, stella)
    assert (plain.state, queries.for_review(cai, now=NOW)) == (State.APPROVED, [])
    monkeypatch.setattr(permissions, "SECOND_LOOK", 1)
    sampled = send(table, by=amina, summary="Second.")
    agree(sampled, stella)
    assert (sampled.state, table.summary) == (State.LIVE, "Second."), "it is published, and waits for nothing"
    assert [row.suggestion for row in queries.for_review(cai, now=NOW)] == [sampled]
    assert queries.for_review(stella, now=NOW) == []
    for act in (suggestions.look_at, suggestions.hold):
        with pytest.raises(NotAllowed, match="You agreed"):
            act(sampled, by=stella, now=NOW)
    with pytest.raises(NotAllowed, match="You agreed"):
        suggestions.put_back(sampled, by=stella, reason="Not true.", now=NOW)
    suggestions.put_back(sampled, by=cai, reason="Not true.", now=NOW)
    assert (sampled.state, table.summary) == (State.REFUSED, "First.")


def test_a_new_listing_that_is_looked_at_again_may_stay_or_is_taken_down(make, vocabulary, stella, cai, client, monkeypatch):
    monkeypatch.setattr(permissions, "SECOND_LOOK", 1)
    stays, goes = (new_one(make, make.organisation(name).name) for name in ("Lunch Club", "Bogus Club"))
    for each in (stays, goes):
        agree(each, stella)
        assert each.state is State.LIVE
    client.sign_in(cai)
    assert "New" in client.get(f"/desk/review/{goes.uid}").text
    suggestions.look_at(stays, by=cai, now=NOW)
    suggestions.put_back(goes, by=cai, reason="There is no such club.", now=NOW)
    assert [each.listing.status for each in (stays, goes)] == [Status.PUBLISHED, Status.HIDDEN]
    assert [each.state for each in (stays, goes)] == [State.APPROVED, State.REFUSED]


def test_the_page_says_so_to_whoever_agreed(table, amina, stella, cai, client, monkeypatch):
    monkeypatch.setattr(permissions, "SECOND_LOOK", 1)
    sampled = send(table, by=amina, summary="Second.")
    agree(sampled, stella)
    client.sign_in(stella)
    page = client.get(f"/desk/review/{sampled.uid}").text
    assert "You agreed to this, so somebody else looks at it again." in page
    assert "I look at this one" not in page
    client.sign_in(cai)
    assert "I look at this one" in client.get(f"/desk/review/{sampled.uid}").text


def test_somebody_suspended_takes_nothing_back(table, amina, ida):
    suggestion = send(table, by=amina, summary="Mine.")
    accounts.suspend(amina, by=ida, reason="Spam.", now=NOW)
    rows = db.session.query(AuditRow).count()
    with pytest.raises(NotAllowed):
        suggestions.take_back(suggestion, by=amina, now=NOW)
    assert (suggestion.state, db.session.query(AuditRow).count()) == (State.WAITING, rows)
