"""A second press of the same button by the same person is answered as the first was, and nothing is done twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import curation, duplicates, splits, suggestions
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
from directory.forms.listings import gate
from directory.models import AuditRow, Letter, Listing, Pair, Revision, State, Status, Suggestion, Try, records
from tests.make import NOW

SECONDS, LATER = timedelta(seconds=2), timedelta(minutes=11)
KINDS = (AuditRow, Letter, Revision, Suggestion, Try)


@pytest.fixture
def senior(make):
    return make.account("Sana", role="senior")


@pytest.fixture
def table(make, vocabulary):
    return make.listing("Welcome Table", organisation="Lunch Club", contacts=[("email", "a@example.org")], summary="A hot lunch.")


def counts():
    return [db.session.scalar(select(func.count()).select_from(kind)) for kind in KINDS]


def send(listing, *, by=None, who="a network", now=NOW, number=None, reply_to="", **changed):
    record = changed if listing is not None else gate({"status": "published", **changed})
    base = listing.revision_number if listing is not None and number is None else number or 0
    given = {"record": record, "base_number": base, "door": "page", "now": now, "reply_to": reply_to}
    return suggestions.suggest(listing, by=by, who=who, **given)


CONTACTS = [{"kind": "phone", "value": "01632 960999", "note": "", "public": True}]
NEW = {
    "name": "New Table",
    "kind": "group",
    "summary": "Lunch in company.",
    "contacts": CONTACTS,
    "needs": ["loneliness"],
    "at_venue": True,
    "cost": "free",
    "venues": [{"key": "hall", "name": "Village Hall", "postal_code": "NR25 6BH", "latitude": 52.906, "longitude": 1.088}],
    "sessions": [{"venue": "hall", "rrule": "FREQ=WEEKLY;BYDAY=MO", "opens": "10:00"}],
}


def test_the_same_suggestion_of_a_visitor_is_one_row_and_one_letter(table):
    first = send(table, contacts=CONTACTS)
    before = counts()
    assert send(table, contacts=CONTACTS, now=NOW + SECONDS, reply_to="me@example.org") is first
    assert send(table, contacts=CONTACTS, now=NOW + timedelta(days=2)) is first, "while it waits"
    assert counts() == before
    assert first.reply_to == "me@example.org"
    assert send(table, contacts=CONTACTS, who="another network", now=NOW + timedelta(days=1)) is not first
    assert send(table, contacts=CONTACTS, who="", now=NOW) is not first


def test_other_words_are_another_suggestion(table, amina):
    first = send(table, by=amina, summary="Soup.")
    assert send(table, by=amina, summary="Soup and bread.") is not first
    assert send(table, by=amina, summary="Soup.", description="Long.") is not first


def test_what_was_taken_back_or_refused_can_be_sent_again(table, amina, stella):
    first = send(table, by=amina, summary="Soup.")
    suggestions.take_back(first, by=amina, now=NOW)
    second = send(table, by=amina, summary="Soup.")
    assert second is not first
    suggestions.refuse(second, by=stella, reason="It is not so.", now=NOW)
    assert send(table, by=amina, summary="Soup.") not in (first, second)


def test_a_curators_own_edit_is_done_once(table, stella):
    number = table.revision_number
    first = send(table, by=stella, summary="Soup.")
    assert first.state in (State.APPROVED, State.LIVE)
    before = counts()
    assert send(table, by=stella, summary="Soup.", number=number, now=NOW + SECONDS) is first
    assert counts() == before
    with pytest.raises(Conflict):
        send(table, by=stella, summary="Soup.", number=number, now=NOW + LATER)
    with pytest.raises(Refused):
        send(table, by=stella, now=NOW + SECONDS)


def test_words_that_somebody_changed_back_can_be_sent_again(table, stella, cai):
    first = send(table, by=stella, summary="Soup.")
    send(table, by=cai, summary="A hot lunch.")
    again = send(table, by=stella, summary="Soup.", now=NOW + SECONDS)
    assert again is not first
    assert table.summary == "Soup."


@pytest.mark.parametrize("who", ["amina", "ida", None])
def test_the_same_new_listing_is_one_row(request, vocabulary, who):
    by = request.getfixturevalue(who) if who else None
    first = send(None, by=by, **NEW)
    before = counts()
    assert send(None, by=by, now=NOW + SECONDS, **NEW) is first
    assert counts() == before
    assert db.session.scalar(select(func.count()).select_from(Listing)) == (1 if who == "ida" else 0)
    assert send(None, by=by, now=NOW + SECONDS, **{**NEW, "summary": "Tea."}) is not first
    assert send(None, by=by, now=NOW + LATER, **NEW) is not first


def test_the_suspended_get_no_answer_from_before(table, amina):
    send(table, by=amina, summary="Soup.")
    with writing(amina):
        amina.suspended_at = NOW
    with pytest.raises(Exception, match="cannot"):
        send(table, by=amina, summary="Soup.", now=NOW + SECONDS)
    assert records.document(table)["summary"] == "A hot lunch."


# Decided once


@pytest.fixture
def pair(make, table):
    other = make.listing("The Welcome Table", summary="Lunch.")
    return make.saved(Pair, first_id=table.id, second_id=other.id, score=0.6, why=[], state="open", found_at=NOW)


def twice(act, *others):
    """What comes of it both times; nothing is done the second time, and it is refused to others and later on."""
    done = act(now=NOW)
    before = counts()
    assert act(now=NOW + SECONDS) is done
    assert counts() == before
    with pytest.raises(Conflict):
        act(now=NOW + LATER)
    for other in others:
        with pytest.raises(Conflict):
            act(by=other, now=NOW + SECONDS)
    assert counts() == before


def test_merging_and_taking_apart_are_pressed_twice(pair, stella, ida, senior, make):
    second = make.account("Simon", role="senior")
    duplicates.propose(pair, kept=pair.first, sides={}, by=stella, reason="", now=NOW)
    seen = pair.record["proposed_at"]
    twice(lambda by=ida, *, now: duplicates.merge(pair, seen=seen, by=by, now=now), senior)
    with pytest.raises(Conflict):
        duplicates.merge(pair, seen="another proposal", by=ida, now=NOW + SECONDS)
    twice(lambda by=senior, *, now: duplicates.part(pair, by=by, reason="They are two.", now=now), second)
    with pytest.raises(Conflict):
        duplicates.merge(pair, seen=seen, by=ida, now=NOW + SECONDS)
    assert pair.second.status is Status.PUBLISHED


def test_telling_apart_is_pressed_twice(pair, stella, cai):
    twice(lambda by=stella, *, now: duplicates.tell_apart(pair, by=by, reason="One is for children.", now=now), cai)


def test_splitting_is_pressed_twice(make, vocabulary, stella, ida, senior):
    sessions = [{"rrule": f"FREQ=WEEKLY;BYDAY={day}"} for day in ("WE", "FR")]
    both = make.listing("Hall groups", venue="Village Hall", session=sessions)
    given = {"sessions": [1], "name": "Friday group", "reason": "Two groups."}
    asked = splits.propose(both, **given, seen=both.revision_number, by=stella, now=NOW)
    twice(lambda by=ida, *, now: splits.split(asked, by=by, now=now), senior)
    assert db.session.scalar(select(func.count()).select_from(Listing)) == 2


def test_taking_down_is_pressed_twice(table, stella, cai, ida):
    twice(lambda by=stella, *, now: curation.hide(table, by=by, reason="Danger.", now=now), cai)
    curation.publish_again(table, by=ida, reason="It is safe.", now=NOW + SECONDS)
    curation.hide(table, by=stella, reason="Danger again.", now=NOW + SECONDS)
    assert table.status is Status.HIDDEN
