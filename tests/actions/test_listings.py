"""What is done to one listing leaves the row, a numbered revision, who set what, and a word to search."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory.actions import listings as actions
from directory.errors import Conflict, Refused
from directory.extensions import db
from directory.forms.listings import gate
from directory.models import (
    Check,
    Listing,
    Organisation,
    Provenance,
    Revision,
    SearchChange,
    SearchDocument,
    Session,
    Status,
    Venue,
    Voice,
    records,
)

pytestmark = pytest.mark.usefixtures("vocabulary")

HALL = {"key": "hall", "name": "Village Hall", "city": "Holt", "latitude": 52.906, "longitude": 1.088}
YOGA = {
    "name": "Chair yoga",
    "status": "published",
    "organisation": {"name": "Holt Wellbeing", "kind": "charity"},
    "at_venue": True,
    "needs": ["loneliness", "falls"],
    "activities": ["yoga"],
    "access": [{"feature": "companion", "present": True}],
    "contacts": [{"kind": "phone", "value": "01632 960142"}],
    "venues": [HALL | {"access": [{"feature": "step-free", "present": True}]}],
    "sessions": [{"venue": "hall", "rrule": "FREQ=WEEKLY;BYDAY=WE", "opens": "12:00", "closes": "14:00"}],
    "coverage": [{"area_code": "NR25"}],
    "checks": [
        {"fact": "times", "means": "phone", "voice": "volunteer", "checked_on": "2026-10-30"},
        {"fact": "contact", "means": "website", "voice": "staff", "checked_on": "2026-08-01"},
        {"fact": "cost", "means": "website", "voice": "staff", "checked_on": "2025-01-01"},
    ],
}


@pytest.fixture
def add(app, now):
    """A listing through the gate and the verb, the yoga class unless told otherwise."""

    def added(account=None, **changes):
        values = gate({**YOGA, **changes})
        return actions.add(by_voice=Voice.VOLUNTEER, door="page", now=now, account=account, **values)

    return added


@pytest.fixture
def change(app, now):
    def changed(listing, *, version=None, account=None, **values):
        return actions.change(
            listing,
            version=listing.version if version is None else version,
            by_voice=Voice.GROUP,
            door="page",
            now=now + timedelta(days=1),
            account=account,
            **values,
        )

    return changed


def count(model):
    return len(db.session.scalars(select(model)).all())


def revisions(listing):
    return db.session.scalars(select(Revision).where(Revision.listing_id == listing.id).order_by(Revision.number)).all()


def test_adding_writes_everything_in_one_go(add, amina):
    listing = add(account=amina)
    db.session.expire_all()
    assert (listing.slug, listing.status, listing.revision_number, listing.organisation.name) == (
        "chair-yoga", Status.PUBLISHED, 1, "Holt Wellbeing"
    )  # fmt: skip
    assert [(s.opens.hour, s.venue.name) for s in listing.sessions] == [(12, "Village Hall")]
    assert [fact.term.slug for fact in listing.sessions[0].venue.access_facts] == ["step-free"]
    (revision,) = revisions(listing)
    assert (revision.number, revision.voice, revision.door, revision.account_id) == (1, Voice.VOLUNTEER, "page", amina.id)
    assert revision.document == records.document(listing)
    assert {row.field_group for row in db.session.scalars(select(Provenance))} == {"about", "times", "place", "contact", "access"}
    changes = db.session.scalars(select(SearchChange.listing_id).where(SearchChange.listing_id != 0)).all()
    assert changes == db.session.scalars(select(SearchDocument.listing_id)).all() == [listing.id]


def test_a_listing_is_as_old_as_the_oldest_of_its_critical_facts(add):
    listing = add()
    assert (listing.checked_on, listing.checked_means, listing.checked_voice) == (date(2026, 8, 1), "website", "staff")
    assert add(checks=[]).checked_on is None
    assert add(checks=YOGA["checks"][2:]).checked_on is None


def test_what_comes_out_of_a_listing_passes_the_gate_unchanged(add):
    document = records.document(add())
    assert gate(document) == document


def test_the_same_name_gets_an_address_of_its_own_and_the_same_organisation(add):
    assert [add().slug for _ in range(3)] == ["chair-yoga", "chair-yoga-2", "chair-yoga-3"]
    assert count(Organisation) == 1


def test_an_unknown_word_is_refused_and_nothing_is_written(add):
    with pytest.raises(Refused, match="is not in the vocabulary"):
        add(needs=["gold"])
    assert count(Listing) == count(Venue) == count(Organisation) == 0


def test_a_change_leaves_what_it_does_not_mention(add, change, bilal):
    listing = add()
    session, venue = listing.sessions[0].uid, listing.sessions[0].venue.uid
    change(listing, account=bilal, summary="Gentle.", cost="free")
    db.session.expire_all()
    assert (listing.summary, listing.cost, listing.name, listing.revision_number) == ("Gentle.", "free", "Chair yoga", 2)
    assert (listing.sessions[0].uid, listing.sessions[0].venue.uid) == (session, venue)
    assert [revision.base_number for revision in revisions(listing)] == [0, 1]
    set_by = {row.field_group: row.account_id for row in db.session.scalars(select(Provenance))}
    assert (set_by["about"], set_by["cost"], set_by["times"]) == (bilal.id, bilal.id, None)


def test_a_new_time_keeps_the_sessions_that_stay(add, change):
    listing = add()
    kept = listing.sessions[0].uid
    document = records.document(listing)
    friday = document["sessions"][0] | {"rrule": "FREQ=WEEKLY;BYDAY=FR"}
    change(listing, sessions=[friday, document["sessions"][0] | {"closes": "15:00"}])
    db.session.expire_all()
    assert [session.rrule[-2:] for session in listing.sessions] == ["FR", "WE"]
    assert listing.sessions[1].uid == kept
    assert count(Session) == 2
    assert count(Venue) == 1


def test_a_corrected_venue_keeps_its_row(add, change):
    listing = add()
    document = records.document(listing)
    change(listing, venues=[document["venues"][0] | {"address_1": "Mill Lane", "access": []}], sessions=document["sessions"])
    db.session.expire_all()
    venue = listing.sessions[0].venue
    assert (str(venue.uid), venue.address_1, venue.access_facts) == (document["venues"][0]["key"], "Mill Lane", [])
    assert count(Venue) == 1


def test_search_hears_of_every_listing_at_a_corrected_venue(app, make, change):
    hall = make.venue("Village Hall")
    first, second = make.listing("Chair yoga", venue=hall), make.listing("Lunch club", venue=hall)
    document = records.document(first)
    change(first, venues=[document["venues"][0] | {"city": "Wells"}])
    assert " well" in db.session.get(SearchDocument, second.id).place


def test_a_change_of_nothing_leaves_no_revision(add, change):
    listing = add()
    version, told = listing.version, count(SearchChange)
    change(listing, **records.document(listing))
    assert (listing.version, len(revisions(listing)), count(SearchChange)) == (version, 1, told)


def test_who_looked_at_an_older_version_is_told(add, change):
    listing = add()
    version = listing.version
    change(listing, summary="First.")
    with pytest.raises(Conflict, match="Somebody else changed"):
        change(listing, version=version, summary="Second.")
    assert listing.summary == "First."


@pytest.mark.parametrize(
    ("verb", "status"), [("pause", "paused"), ("end", "ended"), ("withdraw", "hidden"), ("publish", "published")]
)
def test_the_states(add, now, verb, status):
    listing = add(status="draft")
    for _ in range(2):
        getattr(actions, verb)(listing, by_voice=Voice.STAFF, door="page", now=now)
    assert listing.status.value == status
    assert [revision.document["status"] for revision in revisions(listing)] == ["draft", status]
    assert count(SearchDocument) == (status == "published")
    assert count(Check) == 3
