"""A check speaks for the value that was seen: not for what replaced it, and again for it once it is back."""

from datetime import timedelta

import pytest

from directory.actions import curation, freshness
from directory.actions import listings as actions
from directory.models import Check, Fact, Means, Voice, records
from directory.queries import freshness as queries
from directory.views.listings import latest_checks
from tests.make import NOW, TODAY

DAY = timedelta(days=1)
SEEN = TODAY - timedelta(days=21)
PHONE, OTHER = ({"kind": "phone", "value": f"01632 96014{last}", "note": "", "public": True} for last in (2, 9))


@pytest.fixture
def club(make):
    checks = [
        Check(fact=fact, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=SEEN)
        for fact in (Fact.RUNNING, Fact.TIMES, Fact.CONTACT, Fact.COST)
    ]
    return make.listing(
        "Lunch Club", venue="Hall", session={}, contacts=[("phone", PHONE["value"])], checks=checks, checked_on=SEEN
    )


def change(listing, by, now=NOW, **values):
    actions.change(listing, version=listing.version, by_voice=Voice.VOLUNTEER, door="page", account=by, now=now, **values)


def standing(listing):
    return {check.fact for check in listing.checks if check.replaced_on is None}


def test_a_new_number_was_not_checked(club, stella):
    change(club, stella, contacts=[OTHER])
    assert standing(club) == {Fact.RUNNING, Fact.TIMES, Fact.COST}
    assert club.checked_on is None
    assert club.checked_words(TODAY) == "Changed since it was checked"
    shown = {check.fact: check.replaced_on for check in latest_checks(club)}
    assert shown[Fact.CONTACT] == TODAY
    assert shown[Fact.TIMES] is None


def test_the_number_that_was_seen_has_its_check_back(club, stella):
    change(club, stella, contacts=[OTHER])
    change(club, stella, now=NOW + DAY, contacts=[PHONE])
    assert standing(club) == {Fact.RUNNING, Fact.TIMES, Fact.CONTACT, Fact.COST}
    assert (club.checked_on, club.checked_means) == (SEEN, Means.PHONE)


def test_restoring_an_older_version_and_taking_back_bring_the_check_back(club, make, stella, ida, bilal):
    change(club, stella, summary="Soup.")
    first = club.revision_number
    change(club, bilal, now=NOW + DAY, contacts=[OTHER])
    assert club.checked_on is None
    curation.revert_all(bilal, since=NOW + DAY / 2, by=ida, reason="None of it was so.", now=NOW + 2 * DAY)
    assert club.checked_on == SEEN
    assert Fact.CONTACT in standing(club)
    change(club, bilal, now=NOW + 3 * DAY, contacts=[OTHER])
    curation.restore(club, first, by=ida, reason="It was right before.", now=NOW + 4 * DAY)
    assert club.checked_on == SEEN


def test_times_cost_and_other_facts_each_lose_their_own_check_alone(club, stella):
    change(club, stella, cost="paid", cost_amount="4.50")
    assert standing(club) == {Fact.RUNNING, Fact.TIMES, Fact.CONTACT}
    assert club.checked_on == SEEN  # not a critical one
    sessions = [{**each, "opens": "11:11"} for each in records.document(club)["sessions"]]
    change(club, stella, sessions=sessions)
    assert standing(club) == {Fact.RUNNING, Fact.CONTACT}
    assert club.checked_on is None


def test_what_is_no_fact_and_what_is_only_left_out_keeps_every_check(club, stella):
    change(club, stella, contacts=[PHONE, OTHER])
    freshness.check(club, facts=[Fact.CONTACT], means=Means.PHONE, by=stella, now=NOW)
    change(club, stella, summary="Soup and company.", contacts=[PHONE], needs=[])
    newest = {check.fact: check for check in latest_checks(club)}
    assert newest[Fact.CONTACT].replaced_on is None
    change(club, stella, contacts=[OTHER, PHONE])
    assert newest[Fact.CONTACT].replaced_on is None
    assert club.checked_on == SEEN


def test_the_loop_asks_from_the_day_of_the_change_on_and_a_call_ends_it(club, stella):
    assert [each.listing_id for each in queries.due(TODAY)] == []
    change(club, stella, contacts=[OTHER])
    (due,) = queries.due(TODAY)
    assert (due.listing_id, due.since, due.was_checked, due.stage(TODAY)) == (club.id, TODAY, True, 1)
    freshness.sweep(now=NOW)
    freshness.sweep(now=NOW + timedelta(minutes=1))
    assert queries.outside_the_loop(NOW) == []
    freshness.check(club, facts=[Fact.CONTACT], means=Means.PHONE, by=stella, now=NOW + DAY)
    assert club.checked_on == SEEN
    assert queries.due(TODAY + DAY) == []


def test_the_page_says_since_when_it_was_not_checked(client, club, stella):
    change(club, stella, contacts=[OTHER])
    page = client.get("/listings/lunch-club").get_data(as_text=True)
    assert "Changed 20 November 2026</td><td>Not checked since" in page
    assert "Changed since it was checked" in page
