"""An import run: only what changed is written, a person's correction stays, and a second run of the same file does nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from directory import search
from directory.actions import feeds, listings
from directory.errors import Conflict, Refused
from directory.extensions import db
from directory.forms.listings import gate
from directory.models import (
    ImportRun,
    Listing,
    Organisation,
    Provenance,
    Revision,
    SearchChange,
    SearchDocument,
    Session,
    Source,
    SourceRecord,
    Status,
    Venue,
    Voice,
    records,
)

pytestmark = pytest.mark.usefixtures("vocabulary")

LIBRARY = {"key": "library", "name": "Holt Library", "address_1": "9 Church Street", "city": "Holt", "postal_code": "NR25 6BH"}
RECORD = {
    "name": "Holt Library",
    "kind": "library",
    "status": "published",
    "summary": "Books.",
    "organisation": {"name": "Norfolk libraries", "kind": "council"},
    "at_venue": True,
    "needs": ["reading"],
    "activities": ["book-lending"],
    "contacts": [{"kind": "phone", "value": "01632 960142"}],
    "venues": [LIBRARY | {"latitude": 52.906, "longitude": 1.088, "access": [{"feature": "step-free", "present": True}]}],
    "sessions": [{"venue": "library", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU", "opens": "09:30", "closes": "17:00"}],
}
TABLES = (
    Listing,
    Session,
    Venue,
    Organisation,
    Revision,
    Provenance,
    Source,
    SourceRecord,
    ImportRun,
    SearchChange,
    SearchDocument,
)


def entry(key="1", *, rows=1, parts=(), closed=False, **changes):
    values = {**RECORD, **changes}
    return feeds.Entry(key=key, values=values if closed else gate(values), rows=rows, parts=dict(parts), closed=closed)


@pytest.fixture
def run(app, now):
    """One run of entries for the county's list; a day passes with each."""
    days = iter(range(1, 100))

    def ran(*entries, name="Norfolk", **others):
        publisher = feeds.Publisher(name=name, preset="generic", licence="OGL v3.0")
        return feeds.apply_run(publisher=publisher, entries=entries, now=now + timedelta(days=next(days)), **others)

    return ran


def counts():
    """Rows by table; loading the vocabulary left one change of its own, which concerns no listing."""
    of_no_listing = db.session.scalar(select(func.count()).where(SearchChange.listing_id == 0))
    found = {model.__name__: db.session.scalar(select(func.count()).select_from(model)) for model in TABLES}
    return found | {"SearchChange": found["SearchChange"] - of_no_listing}


def tally(applied):
    return applied.added, applied.changed, applied.unchanged, applied.closed


def the_listing():
    db.session.rollback()
    return db.session.scalars(select(Listing).order_by(Listing.id)).first()


def correct(listing, now, **values):
    listings.change(listing, version=listing.version, by_voice=Voice.GROUP, door="page", now=now, **values)


def test_a_first_run_writes_everything(run):
    applied = run(entry(), entry("2", name="Wells Library", status="paused"), file_name="list.csv", refused=3)
    assert (tally(applied), applied.listings) == ((2, 0, 0, 0), 2)
    assert counts() == {
        **dict.fromkeys(("Listing", "Session", "Revision", "SourceRecord", "SearchChange"), 2),
        **dict.fromkeys(("Venue", "Organisation", "Source", "ImportRun", "SearchDocument"), 1),
        "Provenance": 8,
    }
    listing = the_listing()
    (made,) = db.session.scalars(select(ImportRun))
    assert made.counts == {"added": 2, "changed": 0, "unchanged": 0, "closed": 0, "refused": 3}
    assert (made.source.licence, made.file_name) == ("OGL v3.0", "list.csv")
    assert listing.sessions[0].venue.access_facts[0].term.slug == "step-free"
    assert [(row.run_id, row.account_id) for row in db.session.scalars(select(Provenance))] == [(made.id, None)] * 8


def test_a_bulk_written_listing_is_what_a_single_one_would_be(run, now):
    run(entry())
    listing = the_listing()
    revision = db.session.scalars(select(Revision)).one()
    assert revision.document == records.document(listing)
    held = db.session.get(SearchDocument, listing.id)
    alone = search.document_of(listing)
    assert {name: getattr(held, name) for name in ("name", "terms", "organisation", "summary", "description", "place")} == {
        name: getattr(alone, name) for name in ("name", "terms", "organisation", "summary", "description", "place")
    }
    assert listing.slug == "holt-library"
    # An import is never a check.
    assert listing.checked_on is None


def test_the_same_file_twice_writes_nothing(run, statements):
    entries = [entry(), entry("2", name="Wells Library")]
    run(*entries)
    before = counts()
    statements.clear()
    assert tally(run(*entries)) == (0, 0, 2, 0)
    assert counts() == before
    assert [statement for statement in statements if not statement.startswith("SELECT")] == []


def test_a_dry_run_tells_the_same_and_writes_nothing(run):
    run(entry())
    before = counts()
    applied = run(entry(summary="More books."), entry("2"), dry_run=True)
    assert (tally(applied), applied.run_id) == ((1, 1, 0, 0), None)
    assert counts() == before


def test_only_what_changed_gets_a_revision(run):
    run(entry(), entry("2", name="Wells Library"))
    assert tally(run(entry(summary="More books."), entry("2", name="Wells Library"))) == (0, 1, 1, 0)
    listing = the_listing()
    assert (listing.summary, listing.revision_number, counts()["Revision"]) == ("More books.", 2, 3)
    latest = db.session.scalars(select(Revision).order_by(Revision.id.desc())).first()
    assert (latest.document, latest.reason, latest.voice) == (records.document(listing), "changed by its source", Voice.FEED)


def test_sessions_that_stay_keep_their_identity(run):
    run(entry())
    listing = the_listing()
    session, venue = listing.sessions[0].uid, listing.sessions[0].venue.uid
    longer = RECORD["sessions"][0] | {"closes": "19:00"}
    run(entry(sessions=[longer, {"venue": "library", "rrule": "FREQ=WEEKLY;BYDAY=SA"}]))
    listing = the_listing()
    assert [(each.closes.hour if each.closes else None, each.venue.uid) for each in listing.sessions] == [
        (19, venue),
        (None, venue),
    ]
    assert listing.sessions[0].uid == session
    assert counts()["Venue"] == 1


def test_a_moved_library_is_at_its_new_address(run):
    run(entry())
    run(entry(venues=[RECORD["venues"][0] | {"address_1": "1 High Street"}]))
    assert [session.venue.address_1 for session in the_listing().sessions] == ["1 High Street"]


def test_a_persons_correction_is_never_overwritten(run, now):
    run(entry())
    listing = the_listing()
    hours = records.document(listing)["sessions"][0] | {"opens": "10:00"}
    correct(listing, now + timedelta(days=1), sessions=[hours])
    later = RECORD["sessions"][0] | {"opens": "08:00"}
    applied = run(entry(sessions=[later], summary="More books."))
    listing = the_listing()
    assert (listing.sessions[0].opens.hour, listing.summary) == (10, "More books.")
    assert applied.kept == [("holt-library", "times")]
    # The source still says the same: nothing to do and nothing to report.
    assert run(entry(sessions=[later], summary="More books.")).kept == []
    assert the_listing().sessions[0].opens.hour == 10


def test_a_corrected_time_moves_with_the_library(run, now):
    run(entry())
    listing = the_listing()
    correct(listing, now, sessions=[records.document(listing)["sessions"][0] | {"opens": "10:00"}])
    run(entry(venues=[RECORD["venues"][0] | {"address_1": "1 High Street"}]))
    session = the_listing().sessions[0]
    assert (session.opens.hour, session.venue.address_1) == (10, "1 High Street")


def test_a_field_that_the_source_left_alone_keeps_what_came_since(run, now):
    run(entry())
    listing = the_listing()
    correct(listing, now, summary="Lovely books.")
    applied = run(entry(contacts=[{"kind": "phone", "value": "01632 960999"}]))
    listing = the_listing()
    assert (listing.summary, listing.contact_points[0].value, applied.kept) == ("Lovely books.", "01632 960999", [])


def test_a_closed_row_ends_what_was_open_and_adds_nothing(run):
    run(entry())
    closed = entry(closed=True, status="ended")
    assert tally(run(closed, entry("9", closed=True, status="ended"))) == (0, 0, 0, 2)
    listing = the_listing()
    assert (listing.status, listing.revision_number, counts()["Listing"]) == (Status.ENDED, 2, 1)
    assert counts()["SearchDocument"] == 0
    before = counts()
    assert tally(run(closed)) == (0, 0, 0, 1)
    assert counts() == before
    run(entry())
    assert the_listing().status is Status.PUBLISHED


def test_what_a_curator_hid_stays_hidden(run, now):
    run(entry())
    listings.withdraw(the_listing(), by_voice=Voice.STAFF, door="page", now=now)
    run(entry(summary="More books."))
    listing = the_listing()
    assert (listing.status, listing.summary) == (Status.HIDDEN, "More books.")


def test_what_the_file_leaves_out_is_left_alone(run):
    run(entry(), entry("2", name="Wells Library"))
    run(entry())
    assert counts()["Listing"] == 2


def test_rows_of_one_listing_are_counted_one_by_one(run):
    assert tally(run(entry(rows=2, parts={"a": "1", "b": "1"}))) == (2, 0, 0, 0)
    assert tally(run(entry(rows=2, parts={"a": "1", "b": "1"}))) == (0, 0, 2, 0)
    changed = entry(rows=3, parts={"a": "1", "b": "2", "c": "1"}, summary="More stops.")
    assert tally(run(changed)) == (1, 1, 1, 0)


def test_two_sources_do_not_touch_each_other(run):
    run(entry())
    run(entry(), name="Suffolk")
    assert {name: counts()[name] for name in ("Listing", "Source", "Organisation")} == {
        "Listing": 2,
        "Source": 2,
        "Organisation": 2,
    }
    assert sorted(db.session.scalars(select(Listing.slug))) == ["holt-library", "holt-library-holt"]


def test_an_unknown_word_stops_the_run_before_anything_is_written(run):
    with pytest.raises(Refused, match="is not in the vocabulary"):
        run(entry(), entry("2", needs=["gold"]))
    assert counts() == dict.fromkeys(counts(), 0)


def test_a_run_that_breaks_off_leaves_nothing(run, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(search, "note_many", broken)
    with pytest.raises(OSError, match="disk full"):
        run(entry())
    assert counts() == dict.fromkeys(counts(), 0)


def test_a_run_that_another_one_overtook_is_told(run, monkeypatch):
    run(entry())
    honest, asked = feeds.queries.digests, []

    def digests(source):
        asked.append(source)
        return honest(source) if len(asked) > 1 else {}

    monkeypatch.setattr(feeds.queries, "digests", digests)
    with pytest.raises(Conflict, match="run it again"):
        run(entry("2"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.text("abcé '", min_size=1, max_size=8).filter(lambda text: any(map(str.isalnum, text))),
                "summary": st.text(max_size=20),
                "minimum_age": st.none() | st.integers(0, 120),
                "status": st.sampled_from(["published", "paused", "draft"]),
                "online": st.booleans(),
            }
        ),
        max_size=5,
    ),
    st.uuids(),
)
def test_any_file_is_a_fixed_point(run, given_records, source):
    entries = [feeds.Entry(key=str(number), values=gate({**RECORD, **record})) for number, record in enumerate(given_records)]
    run(*entries, name=str(source))
    before = counts()
    assert tally(run(*entries, name=str(source))) == (0, 0, len(entries), 0)
    assert counts() == before
