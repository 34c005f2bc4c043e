"""What is kept in memory never outlives a change: not an edit, not a take-down, not a new word in the vocabulary."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import UnmappedInstanceError

from directory import search
from directory.extensions import db, writing
from directory.models import Coverage, Listing, SearchChange, Status, Taxonomy
from directory.models.recurrence import LONDON
from directory.queries import bare_listings, kept_listings, summaries
from directory.queries.listings import matching
from directory.search import Question
from directory.views import words
from tests import make as makers
from tests.search.asking import HOLT, north

WEEKLY = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "starts_on": date(2026, 1, 2), "opens": time(14), "closes": time(16)}


def by_another_process(*statements):
    """Writes as a process does of which this one knows nothing: no session of ours, no note in memory."""
    with db.engine.execution_options(writing=True).begin() as connection:
        for statement in statements:
            connection.execute(statement)


def row_of(listing, *, now=makers.NOW, venue=None, made=()):
    """The listing as a row of results at this moment; None when nobody may see it."""
    wanted = listing.id, venue and venue.id, False
    return kept_listings.rows([wanted], made=made, now=now.astimezone(LONDON)).get(wanted)


def read(listing):
    """All that is read of a listing before a row is made of it."""
    return bare_listings.read(db.session.connection(), [listing.id]).get(listing.id)


def name(row):
    return row.listing.name


def venue_name(row):
    return row.venue.name


def labels(row):
    return [term.label for term in row.listing.terms]


def test_a_second_look_asks_only_whether_it_changed(make, statements):
    wanted = [(make.listing(name=f"Group {number}").id, None, False) for number in range(3)]
    now = makers.NOW.astimezone(LONDON)
    statements.clear()
    first = kept_listings.rows(wanted, made=(name,), now=now)
    read = len(statements)
    statements.clear()
    assert kept_listings.rows(wanted, made=(name,), now=now) == first
    assert (len(statements), read > 1) == (1, True)


def test_an_edit_is_read_again(make):
    listing = make.listing(name="Before")
    row_of(listing)
    with writing(listing):
        listing.name = "After"
        search.note(listing)
    assert row_of(listing).listing.name == "After"


def test_an_edit_of_another_listing_leaves_a_row_where_it_is(make, statements):
    listing, other = make.listing(name="Before"), make.listing(name="Other")
    first = row_of(listing)
    with writing(other):
        other.name = "After"
        search.note(other)
    assert listing.id  # read again after the commit
    statements.clear()
    assert row_of(listing) is first
    assert len(statements) == 2  # which are published, and what changed
    statements.clear()
    assert row_of(listing) is first
    assert len(statements) == 1


def test_a_change_noted_by_a_neighbour_at_the_same_venue_is_read_again(make):
    venue = make.venue(name="Old Hall")
    listing = make.listing(venue=venue)
    assert row_of(listing, venue=venue, made=(venue_name,)).made[venue_name] == "Old Hall"
    with writing():
        venue.name = "New Hall"
        search.note(listing)
    again = row_of(listing, venue=venue, made=(venue_name,))
    assert (again.venue.name, again.made[venue_name]) == ("New Hall", "New Hall")


def test_more_changes_than_can_be_looked_at_have_everything_read_again(make, monkeypatch):
    listing, other = make.listing(name="Before"), make.listing(name="Other")
    row_of(listing)
    monkeypatch.setattr(kept_listings, "MOST_CHANGES", 0)
    with writing(listing):
        listing.name = "After"
        search.note(listing)
        search.note(other)
    assert row_of(listing).listing.name == "After"


def test_what_is_taken_down_is_gone_though_it_was_kept(make):
    listing = make.listing()
    row_of(listing)
    with writing(listing):
        listing.status = Status.HIDDEN
    assert row_of(listing) is None


def test_a_row_can_be_printed_after_its_session_ended(make):
    listing = make.listing(name="Kept", venue=make.venue(name="Hall"))
    kept, row = read(listing), row_of(listing, venue=listing.venues[0])
    db.session.remove()
    assert (kept.name, kept.sessions[0].venue.name, kept.terms, kept.contact_points) == ("Kept", "Hall", [], [])
    assert (row.listing.name, row.venue.name) == ("Kept", "Hall")


def test_a_change_by_another_process_is_read_again(make):
    listing = make.listing(name="Before")
    row_of(listing)
    table = Listing.__table__
    by_another_process(
        sa.update(table).where(table.c.id == listing.id).values(name="After", version=listing.version + 1),
        sa.insert(SearchChange.__table__).values(listing_id=listing.id, version=listing.version + 1),
    )
    db.session.rollback()
    assert row_of(listing).listing.name == "After"


def test_what_another_process_takes_down_is_gone(make):
    listing = make.listing()
    row_of(listing)
    table = Listing.__table__
    by_another_process(sa.update(table).where(table.c.id == listing.id).values(status=Status.HIDDEN))
    db.session.rollback()
    assert row_of(listing) is None


def test_a_term_that_is_called_otherwise_is_read_again(make, vocabulary):
    listing = make.listing(terms=["loneliness"])
    term = listing.terms[0]
    row_of(listing, made=(labels,))
    with writing(term):
        term.label = "Feeling alone"
        search.note_vocabulary()
    assert row_of(listing, made=(labels,)).made[labels] == ["Feeling alone"]


def test_a_database_from_a_backup_has_everything_read_again(make):
    """Its changes take the numbers of those that were lost, so a number alone tells nothing."""
    listing = make.listing(name="Before")
    with writing(listing):
        listing.name = "Lost"
        search.note(listing)
    assert row_of(listing).listing.name == "Lost"
    newest = sa.select(sa.func.max(SearchChange.id)).scalar_subquery()
    table, changes = Listing.__table__, SearchChange.__table__
    last = db.session.scalar(sa.select(newest))
    by_another_process(
        sa.update(table).where(table.c.id == listing.id).values(name="Before"),
        sa.delete(changes).where(changes.c.id == last),
    )
    db.session.rollback()
    assert row_of(listing).listing.name == "Before"


def test_a_kept_row_says_what_the_row_itself_says(make, vocabulary, today):
    listing = make.listing(
        "Lunch Club",
        organisation="Holt Neighbours",
        venue="Village Hall",
        session=[WEEKLY, {"rrule": "FREQ=WEEKLY;BYDAY=MO", "starts_on": None, "opens": time(9)}],
        terms=["loneliness", "audience:carers", "activity:gardening"],
        access={"step-free": True, "companion": False},
        coverage=["NR25", Coverage(area_code="E10000020", label="Norfolk")],
        contacts=[("phone", "01632 960142"), ("email", "lunch@example.org")],
        cost="paid",
        cost_amount=4,
        join="self",
        room="waiting",
        room_note="about 3 weeks",
        room_said_on=today,
        home_visits=True,
    )
    kept = read(listing)
    db.session.refresh(listing)
    venue, kept_venue = listing.venues[0], kept.venues[0]

    def told(row, venue):
        return (
            (row.uid, row.slug, row.kind, row.status, row.name, row.summary, row.organisation.name),
            (row.cost_words, row.join_words, row.reach_words, row.where_words, row.room_words(today), row.checked_words(today)),
            (row.when_words(today), row.access_words(venue), row.access_words(), row.phone.value, venue.address),
            ([each.slug for each in row.terms], [each.label for each in row.terms_of(Taxonomy.NEED)], words.where(row, None)),
            ([(each.area_code, each.label) for each in row.coverages], [each.value for each in row.public_contacts]),
            words.when(row, venue, today),
        )

    assert told(kept, kept_venue) == told(listing, venue)


def test_what_may_not_be_shown_is_not_kept(make):
    listing = make.listing(contacts=[("phone", "01632 960142")])
    with writing():
        listing.contact_points[0].public = False
        search.note(listing)
    assert read(listing).contact_points == []


def test_a_kept_row_is_read_only_and_holds_nothing_that_was_not_read(make):
    listing = make.listing(description="A long text that no row prints.")
    row = read(listing)
    with pytest.raises(AttributeError):
        row.name = "Another"
    with pytest.raises(UnmappedInstanceError):
        _ = row.description


# What was made of a row


def test_what_a_row_says_is_made_once_until_it_changes(make):
    listing = make.listing(name="Before")
    asked = []

    def told(row):
        asked.append(row.listing.name)
        return row.listing.name

    assert [row_of(listing, made=(told,)).made[told] for _ in range(2)] + asked == ["Before", "Before", "Before"]
    with writing(listing):
        listing.name = "After"
        search.note(listing)
    assert row_of(listing, made=(told,)).made[told] == "After"


def test_what_one_door_asks_for_stays_when_another_asks_for_something_else(make):
    listing = make.listing("Club", venue=make.venue("Hall"))
    row_of(listing, venue=listing.venues[0], made=(name,))
    row = row_of(listing, venue=listing.venues[0], made=(venue_name, labels))
    assert row.made == {name: "Club", venue_name: "Hall", labels: []}
    assert row_of(listing, venue=listing.venues[0], made=(name, labels)) is row


def test_another_day_begins_in_london_at_midnight(make):
    listing = make.listing(checked_on=date(2026, 6, 14))

    def checked(row):
        return row.listing.checked_words(row.today)

    before = datetime(2026, 6, 14, 22, 59, tzinfo=UTC)  # a minute before midnight in summer
    after = before + timedelta(minutes=1)
    told = [row_of(listing, now=now, made=(checked,)).made[checked] for now in (before, after, before)]
    assert told == ["Checked today by phone", "Checked yesterday by phone", "Checked today by phone"]


def test_no_more_than_so_many_are_kept_and_a_new_one_is_always_among_them(make, monkeypatch):
    monkeypatch.setattr(kept_listings, "MOST_KEPT", 2)
    kept_listings.forget()
    listings = [make.listing(name=f"Group {number}") for number in range(5)]
    for listing in listings:
        assert row_of(listing) is row_of(listing)
        assert len(kept_listings.store.rows) == len(kept_listings.store.keys) <= 2
    assert [row_of(listing).listing.name for listing in listings] == [f"Group {number}" for number in range(5)]


def test_the_next_session_moves_on_within_the_day(make):
    early = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "starts_on": date(2026, 1, 2), "opens": time(10), "closes": time(11)}
    listing = make.listing(online=True, session=[WEEKLY, early])

    def next_at(hour, minute):
        return row_of(listing, now=datetime(2026, 11, 20, hour, minute, tzinfo=UTC)).next_on

    friday = datetime(2026, 11, 20)  # noqa: DTZ001 -- local wall clock
    assert next_at(9, 0) == next_at(10, 59) == friday.replace(hour=10)
    assert next_at(11, 0) == next_at(15, 59) == friday.replace(hour=14)
    assert next_at(16, 0) == friday.replace(hour=10) + timedelta(days=7)
    assert next_at(9, 0) == friday.replace(hour=10)  # a clock that was put back


def test_a_search_made_twice_answers_the_same_and_each_with_its_own_distance(make):
    make.listing("Near", at=north(2.3), session={**WEEKLY, "venue": make.venue("Hall", at=north(2.3))})
    first, again = (matching(Question(HOLT), now=makers.NOW).results[0] for _ in range(2))
    assert first == again
    other = type(HOLT)(**vars(HOLT) | {"latitude": HOLT.latitude + 0.01})
    assert matching(Question(other), now=makers.NOW).results[0].distance_mi != first.distance_mi


def test_a_summary_that_changed_is_marked_anew(make):
    listing = make.listing("Club", at=north(1), summary="Pottery.", description="On Fridays.")

    def marked():
        answer = matching(Question(HOLT, q="pottery lunch"), now=makers.NOW, made=(summaries.told_by,))
        return summaries.marked(answer, answer.results, today=makers.TODAY).get(listing.id)

    assert marked() == (("Pottery", True), (".", False))
    table = Listing.__table__
    by_another_process(
        sa.update(table).where(table.c.id == listing.id).values(summary="A lunch.", version=listing.version + 1),
        sa.insert(SearchChange.__table__).values(listing_id=listing.id, version=listing.version + 1),
    )
    db.session.rollback()
    search.apply_changes()
    assert marked() == (("A ", False), ("lunch", True), (".", False))
