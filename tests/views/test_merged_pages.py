"""What is part of another listing: its forms and links lead on, and nobody is told that their words are live there."""

from datetime import timedelta

import pytest

from directory.actions import duplicates, suggestions
from directory.extensions import db, writing
from directory.models import ConfirmLink, Pair, Status, records
from directory.queries.accounts import digest
from tests.make import NOW


@pytest.fixture
def two(make, vocabulary):
    kept = make.listing("Welcome Table", organisation="Lunch Club", summary="A hot lunch.", contacts=[("phone", "01632 960142")])
    gone = make.listing("Soup Table", summary="Lunch.", contacts=[("email", "cook@example.org")])
    return kept, gone


def merge(make, two, by, second):
    pair = make.saved(Pair, first_id=two[0].id, second_id=two[1].id, score=0.6, why=[], state="open", found_at=NOW)
    duplicates.propose(pair, kept=two[0], sides={}, by=by, reason="", now=NOW)
    duplicates.merge(pair, seen=pair.record["proposed_at"], by=second, now=NOW)
    return pair


def sent(listing, by=None, **changed):
    record = {**records.document(listing), **changed}
    given = {"base_number": listing.revision_number, "door": "page", "now": NOW, "who": "somebody"}
    return suggestions.suggest(listing, record=record, by=by, **given)


@pytest.mark.parametrize("door", ["edit", "suggest"])
def test_the_forms_of_a_merged_listing_lead_to_the_one_that_stays(client, make, two, stella, ida, door):
    merge(make, two, stella, ida)
    client.sign_in(stella)
    answer = client.get(f"/listings/soup-table/{door}")
    assert answer.status_code == 410
    assert "“Soup Table” is part of “Welcome Table” now. Change that one instead." in answer.text
    assert '<a class="link" href="/listings/welcome-table">To Welcome Table</a>' in answer.text
    answer = client.post(f"/listings/soup-table/{door}", data={"summary": "Bread and soup.", "do": "send"})
    assert answer.status_code == 410
    assert "Bread and soup." in answer.text
    assert 'href="/listings/welcome-table"' in answer.text
    assert "Go on" not in answer.text


def test_the_link_of_a_letter_about_a_merged_listing_leads_on(client, make, two, stella, ida):
    told = {"address": "cook@example.org", "token_hash": digest("secret"), "made_at": NOW, "ends_at": NOW + timedelta(days=60)}
    make.saved(ConfirmLink, listing_id=two[1].id, **told)
    merge(make, two, stella, ida)
    for answer in (
        client.get("/listings/soup-table/confirm/secret"),
        client.post("/listings/soup-table/confirm/secret", data={"do": "all", "base": "1"}),
    ):
        assert answer.status_code == 410
        assert "“Soup Table” is part of “Welcome Table” now." in answer.text
        assert 'href="/listings/welcome-table"' in answer.text


def test_a_receipt_says_live_only_of_what_is_shown(client, make, two, stella, ida):
    gone = two[1]
    receipt = f"/suggestions/{sent(gone, by=stella, summary='Soup.').uid}"
    assert "It is live now." in client.get(receipt).text
    for status, words in (
        (Status.PAUSED, "It is live now."),
        (Status.ENDED, "It was published. The group has stopped since, and its page says so."),
        (Status.HIDDEN, "It was published. The listing is not shown just now."),
    ):
        with writing(gone):
            gone.status = status
        answer = client.get(receipt).text
        assert words in answer
        assert ("live" in answer) is (status is Status.PAUSED)
    with writing(gone):
        gone.status = Status.PUBLISHED
    merge(make, two, stella, ida)
    answer = client.get(receipt).text
    assert "It was published. Soup Table is part of Welcome Table now." in answer
    assert '<a class="link" href="/listings/welcome-table">To Welcome Table</a>' in answer


def test_a_receipt_of_what_waits_says_where_it_waits(client, make, two, stella, ida):
    receipt = f"/suggestions/{sent(two[1], summary='Soup.').uid}"
    assert "You sent it about" not in client.get(receipt).text
    merge(make, two, stella, ida)
    assert "You sent it about Soup Table, which is part of Welcome Table now." in client.get(receipt).text
    with writing(two[0]):
        two[0].status = Status.HIDDEN
    answer = client.get(receipt).text
    assert "which is part of another listing now" in answer
    assert "What people see now" not in answer
    assert "Welcome Table" not in answer


def test_the_review_says_what_is_compared(client, make, two, stella, ida, cai):
    waiting = sent(two[1], summary="Soup.")
    merge(make, two, stella, ida)
    client.sign_in(cai)
    answer = client.get(f"/desk/review/{waiting.uid}")
    assert "It was sent about Soup Table, which is now part of Welcome Table." in answer.text
    assert "What it asks for is compared with what Welcome Table says now." in answer.text
    assert "A hot lunch." in answer.text
    db.session.rollback()
