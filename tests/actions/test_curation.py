"""Hiding, restoring, locking, and taking back everything that one account changed."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from directory.actions import curation as actions
from directory.actions import listings, suggestions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db
from directory.models import AuditRow, Status, Voice, records
from directory.models.undoing import undone
from directory.queries import audit as queries
from tests.make import NOW


@pytest.fixture
def table(make, vocabulary):
    return make.listing("Welcome Table", summary="A hot lunch.")


def change(listing, account, **values):
    listings.change(listing, version=listing.version, by_voice=Voice.GROUP, door="page", now=NOW, account=account, **values)


def test_hiding_takes_it_down_at_once_and_tells_the_lead(table, stella, ida, amina):
    with pytest.raises(Refused):
        actions.hide(table, by=stella, reason="", now=NOW)
    with pytest.raises(NotAllowed):
        actions.hide(table, by=amina, reason="I do not like it.", now=NOW)
    actions.hide(table, by=stella, reason="The number is a premium line.", now=NOW)
    assert table.status is Status.HIDDEN


def test_restoring_brings_older_words_back_as_a_new_version(table, stella, amina):
    change(table, amina, summary="First.")
    change(table, amina, summary="Second.")
    number = table.revision_number
    actions.restore(table, 1, by=stella, reason="Better before.", now=NOW)
    assert (table.summary, table.revision_number) == ("First.", number + 1)


def test_revert_all_leaves_what_others_wrote_since(make, table, amina, bilal, ida):
    other = make.listing("Chess Club", summary="Chess.")
    change(table, bilal, summary="Good words.")
    change(other, bilal, summary="Good chess.")
    change(table, amina, summary="Spam.", description="Spam too.")
    change(other, amina, summary="Spam chess.")
    change(table, bilal, summary="Better words.")
    done = actions.revert_all(amina, since=NOW - timedelta(hours=1), by=ida, reason="Spam.", now=NOW)
    assert {listing.name for listing in done.listings} == {"Welcome Table", "Chess Club"}
    assert [(listing.name, fields) for listing, fields in done.left] == [("Welcome Table", ("summary",))]
    assert (table.summary, table.description, other.summary) == ("Better words.", "", "Good chess.")


def test_taking_back_much_takes_few_statements_and_one_seal_each(make, vocabulary, amina, bilal, ida, statements):
    listings_made = [make.listing(f"Group {number}", summary="Good.") for number in range(60)]
    for number, listing in enumerate(listings_made):
        change(listing, bilal, summary=f"Good {number}.")
        change(listing, amina, summary="Spam.", alert="Spam")
    before = db.session.scalar(select(func.max(AuditRow.number)))
    statements.clear()
    done = actions.revert_all(amina, since=NOW - timedelta(hours=1), by=ida, reason="Spam.", now=NOW)
    assert len(statements) < 60 + 60  # one for each listing, whose version is compared, and some for all
    assert [listing.summary for listing in listings_made] == [f"Good {number}." for number in range(60)]
    assert {listing.alert for listing in listings_made} == {""}
    assert len(done.listings) == 60
    chain = queries.chain()
    assert (chain.rows, chain.broken_at) == (before + 61, None)


def test_taking_back_is_itself_in_the_history_and_needs_a_reason(table, amina, ida, bilal):
    change(table, bilal, summary="Good.")
    change(table, amina, summary="Spam.")
    with pytest.raises(Refused):
        actions.revert_all(amina, since=NOW - timedelta(hours=1), by=ida, reason=" ", now=NOW)
    actions.revert_all(amina, since=NOW - timedelta(hours=1), by=ida, reason="Spam.", now=NOW)
    actions.restore(table, 2, by=ida, reason="It was right.", now=NOW)
    assert (table.summary, table.revision_number) == ("Spam.", 4)


def test_only_the_lead_publishes_again_what_was_hidden(table, stella, ida):
    with pytest.raises(Conflict):
        actions.publish_again(table, by=ida, reason="Right.", now=NOW)
    actions.hide(table, by=stella, reason="A false number.", now=NOW)
    with pytest.raises(NotAllowed):
        actions.publish_again(table, by=stella, reason="Right.", now=NOW)
    with pytest.raises(Refused):
        actions.publish_again(table, by=ida, reason=" ", now=NOW)
    actions.publish_again(table, by=ida, reason="The number is right.", now=NOW)
    assert table.status is Status.PUBLISHED


def test_a_locked_listing_is_edited_by_nobody_but_who_may_decide(table, stella, ida, amina):
    with pytest.raises(NotAllowed):
        actions.lock(by=stella, reason="A quarrel.", ends_at=NOW + timedelta(days=3), now=NOW, listing=table)
    with pytest.raises(Refused):
        actions.lock(by=ida, reason="A quarrel.", ends_at=NOW + timedelta(days=31), now=NOW, listing=table)
    row = actions.lock(by=ida, reason="A quarrel.", ends_at=NOW + timedelta(days=3), now=NOW, listing=table)
    record = {**records.document(table), "summary": "Mine."}
    sent = {"record": record, "base_number": table.revision_number, "door": "page", "now": NOW}
    with pytest.raises(NotAllowed, match="A quarrel"):
        suggestions.suggest(table, by=amina, **sent)
    actions.unlock(row, by=ida, now=NOW)
    suggestions.suggest(table, by=amina, **sent)


FIELDS = ("name", "summary", "cost")
DOCUMENTS = st.fixed_dictionaries({name: st.sampled_from("abc") for name in FIELDS})


@given(st.lists(st.tuples(DOCUMENTS, st.booleans()), min_size=1, max_size=8))
def test_without_them_each_field_says_what_others_last_left(steps):
    """Compared with another way: walk the versions and keep, field by field, what the last other hand left."""
    versions = [(number, document) for number, (document, _) in enumerate(steps, 1)]
    theirs = {number for number, (_, is_theirs) in enumerate(steps, 1) if is_theirs}
    back = undone(versions, theirs)
    result = {**versions[-1][1], **back.values}
    if 1 in theirs:
        assert back.values in ({}, {"status": "hidden"})
        return
    for name in FIELDS:
        runs = [(versions[0][1][name], False)]
        for (_, older), (number, newer) in pairwise(versions):
            if newer[name] != older[name]:
                runs.append((newer[name], number in theirs))
        while runs[-1][1]:
            runs.pop()
        assert result[name] == runs[-1][0]


def test_an_older_number_does_not_come_back_by_one_curator_alone(table, stella, ida):
    old = [{"kind": "phone", "value": "01632 960001", "note": "", "public": True}]
    new = [{"kind": "phone", "value": "01632 960002", "note": "", "public": True}]
    change(table, ida, contacts=old)
    number = table.revision_number
    change(table, ida, contacts=new)
    with pytest.raises(Refused, match="second person"):
        actions.restore(table, number, by=stella, reason="It was right.", now=NOW)
    assert table.contact_points[0].value == "01632 960002"
    actions.restore(table, number, by=ida, reason="It was right.", now=NOW)
    assert table.contact_points[0].value == "01632 960001"
