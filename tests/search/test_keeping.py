"""In step with the database: what changed is found at once, what was taken down is gone at once, and twice is once."""

import gc
import os
import weakref

import pytest
from sqlalchemy.exc import OperationalError

from directory import search
from directory.extensions import db, writing
from directory.indexes import catalogue as reading
from directory.indexes import current, whoosh_index
from directory.indexes.generations import POINTER, Generations
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import Listing, SearchChange, SearchDocument, Status
from directory.queries import listings as queries
from tests import make as makers
from tests.search.asking import HOLT, found, named, north

pytestmark = pytest.mark.usefixtures("whoosh")


def index() -> WhooshIndex:
    return current.current.index


def rename(listing: Listing, name: str) -> None:
    with writing(listing):
        listing.name = name
        search.note(listing)


def withdraw(listing: Listing) -> None:
    with writing(listing):
        listing.status = Status.HIDDEN
        search.note(listing)


@pytest.fixture(params=["no index", "index", "old index"])
def club(request, make):
    """A listing, and a text index that is missing, up to date, or from before anything happened."""
    if request.param == "old index":
        search.apply_changes()
    club = make.listing("Garden Club", at=north(1))
    if request.param == "index":
        search.apply_changes()
    assert named("garden") == ["Garden Club"]
    return club


def test_a_changed_name_is_found_at_once_and_the_old_one_is_not(club):
    rename(club, "Chess Club")
    assert (named("chess"), named("garden")) == (["Chess Club"], [])
    search.apply_changes()
    assert (named("chess"), named("garden")) == (["Chess Club"], [])


def test_a_take_down_is_gone_at_once(club):
    withdraw(club)
    assert named("garden") == named() == []
    search.apply_changes()
    assert named("garden") == named() == []
    assert db.session.get(SearchDocument, club.id) is None


def test_a_listing_comes_back(club):
    withdraw(club)
    search.apply_changes()
    with writing(club):
        club.status = Status.PUBLISHED
        search.note(club)
    assert named("garden") == named() == ["Garden Club"]


def test_a_stale_index_cannot_show_what_is_hidden(club, monkeypatch):
    search.apply_changes()
    named("garden")
    # Another process hid it and this one has not looked since.
    state = current.current
    with writing(club):
        club.status = Status.HIDDEN
    monkeypatch.setattr(state, "up_to_date", lambda today: state.columns)
    answer = queries.matching(search.Question(HOLT, q="garden"), now=makers.NOW)
    assert (answer.results, answer.found.total) == ([], 0)


def test_what_another_process_wrote_is_seen_within_a_second(club, monkeypatch):
    named()
    with db.engine.execution_options(writing=True).begin() as other:
        other.execute(Listing.__table__.update().values(status="hidden"))
        other.execute(SearchChange.__table__.insert().values(listing_id=club.id, version=2))
    db.session.rollback()  # the next request begins its own snapshot
    monkeypatch.setattr(current, "LOOK_EVERY", 0.0)
    assert named() == []


def fail(listing: Listing) -> None:
    with writing(listing):
        listing.name = "Never saved"
        search.note(listing)
        raise ZeroDivisionError


def test_a_rollback_leaves_nothing_behind(club):
    with pytest.raises(ZeroDivisionError):
        fail(club)
    assert named("garden") == ["Garden Club"]
    assert db.session.scalars(db.select(SearchChange)).all()[-1].listing_id == club.id
    assert named("never") == []


# The worker's side


def test_the_first_listing_ever(make):
    assert search.needs_rebuild()
    assert search.apply_changes() == 0
    assert not search.needs_rebuild()
    make.listing("First", at=north(1))
    assert search.apply_changes() == 1
    assert (named("first"), index().version) == (["First"], db.session.scalar(db.select(db.func.max(SearchChange.id))))


def test_applying_twice_changes_nothing(make):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    make.listing("Garden Tea", at=north(1))
    assert search.apply_changes() == 1
    before = index().matches("garden").ids.tolist(), index().version
    assert search.apply_changes() == 0
    assert (index().matches("garden").ids.tolist(), index().version) == before


def test_a_change_applied_a_second_time_leaves_one_document(make):
    club = make.listing("Garden Club", at=north(1))
    search.apply_changes()
    document = [(club.id, {"garden": 0.5})]
    for _ in range(3):
        index().update(document, removed=[], version=index().version)
        assert index().is_ready()
    assert index().matches("garden").ids.tolist() == [club.id]


def test_many_changes_of_one_listing_end_as_its_last(make):
    search.apply_changes()
    club = make.listing("One", at=north(1))
    for name in ("Two", "Three", "Four"):
        rename(club, name)
    assert search.apply_changes() == 4
    assert [index().matches(term).ids.tolist() for term in ("two", "three", "four")] == [[], [], [club.id]]


def test_the_index_alone_answers_when_it_is_up_to_date(make, monkeypatch):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    monkeypatch.setattr(current, "DatabaseIndex", None)
    monkeypatch.setattr(current, "Fresh", None)
    assert named("garden") == ["Garden Club"]


def test_rebuilding_tells_how_far_it_is_and_keeps_two_old_generations(make):
    for number in range(5):
        make.listing(f"Club {number}", at=north(1))
    told = []
    for _ in range(5):
        assert search.rebuild(lambda done, total: told.append((done, total))) == 5
        assert named("club")
    assert told == [(5, 5)] * 5
    assert sorted(path.name for path in index().generations.folder.glob("g*")) == ["g000003", "g000004", "g000005"]


def test_searches_are_answered_from_the_old_index_while_a_new_one_is_built(make):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    seen = []
    search.rebuild(lambda done, total: seen.append(named("garden")))
    assert seen == [["Garden Club"]]


def test_a_new_word_for_a_need_is_known_at_once(make):
    lonely = make.term("loneliness")
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    assert named("nobody to talk to") == []
    with writing(lonely):
        lonely.phrases = ["nobody to talk to"]
        search.note_vocabulary()
    assert named("nobody to talk to") == ["Lunch Club"]
    search.apply_changes()
    assert named("nobody to talk to") == ["Lunch Club"]


def test_many_notes_at_once_are_the_same_as_one_by_one(make):
    rows = [make.listing(f"Club {number}", at=north(1)) for number in range(3)]
    before = [vars_of(db.session.get(SearchDocument, row.id)) for row in rows]
    with writing():
        search.note_many([search.Note(row.id, row.version, search.document_of(row)) for row in rows])
    assert [vars_of(db.session.get(SearchDocument, row.id, populate_existing=True)) for row in rows] == before


def vars_of(row):
    return {name: getattr(row, name) for name in ("version", "name", "terms", "summary", "place")}


def test_a_search_that_repeats_itself_asks_the_database_nothing_of_words(make, statements):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    found("garden")
    current.current._noted = -1e9  # as in a process that only reads
    statements.clear()
    found("garden")
    assert list(statements) == []


def test_columns_changed_one_by_one_are_the_columns_read_whole(make):
    found()
    rows = [make.listing(f"Club {n}", at=north(n), terms=["debt"], coverage=["NR25"], session={}) for n in range(4)]
    found()
    rename(rows[1], "Renamed")
    withdraw(rows[2])
    by_steps = found(per_page=50), current.current.columns
    search.configure(folder=index().generations.folder)
    whole = found(per_page=50), current.current.columns
    assert by_steps[0] == whole[0]
    for name in ("ids", "tag_values", "tag_starts", "has_point"):
        assert getattr(by_steps[1], name).tolist() == getattr(whole[1], name).tolist()
    assert by_steps[1].points.listing.tolist() == whole[1].points.listing.tolist()


def test_a_segment_with_nothing_left_in_it_is_read_as_empty(make):
    rows = [make.listing(f"Club {number}", at=north(1)) for number in range(3)]
    search.apply_changes()
    make.listing("Another", at=north(1))
    search.apply_changes()
    for row in rows:
        withdraw(row)
    search.apply_changes()
    assert len(index().matches("club")) == 0
    assert index().matches("anoth").ids.tolist()


def test_two_commits_within_one_tick_of_the_file_clock_are_two(make, monkeypatch):
    search.apply_changes()
    marker = index().generations.current() / "marker.json"
    for name in ("Garden", "Chess"):
        make.listing(name, at=north(1))
        search.apply_changes()
        os.utime(marker, ns=(10**18, 10**18))
    assert len(index().matches("chess")) == 1


def test_an_index_that_cannot_be_read_back_does_not_hold_the_worker(make, monkeypatch):
    search.apply_changes()
    make.listing("Garden", at=north(1))
    monkeypatch.setattr(whoosh_index, "open_generation", lambda generation: 1 / 0)
    assert search.apply_changes() == 1
    assert named("garden") == ["Garden"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_opens_its_own_files(make):
    make.listing("Garden", at=north(1))
    search.apply_changes()
    assert index().is_ready()
    child = os.fork()
    if not child:
        # No clean-up of the parent's: only the answer.
        os._exit(0 if index()._opened is None and current.current.columns is None and index().is_ready() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_trouble_of_the_database_is_not_blamed_on_the_index(make, monkeypatch):
    make.listing("Garden", at=north(1))
    search.apply_changes()
    search.configure(folder=index().generations.folder)
    named()

    def locked(self):
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr(WhooshIndex, "reading", locked)
    with pytest.raises(OperationalError):
        named("garden")
    assert not index().is_distrusted


def test_killed_rebuilds_leave_no_heap_of_folders(tmp_path):
    """Whatever a kill left, the next rebuild begins with the current generation and two older ones."""
    generations = Generations(tmp_path)
    for _ in range(3):
        with generations.begun() as fresh:
            generations.swap(fresh)
    for lost in (False, True):
        for number in range(40, 46):
            (tmp_path / f"g{number:06}").mkdir(exist_ok=True)
        if lost:
            (tmp_path / POINTER).unlink()
        with generations.begun():
            assert len(list(tmp_path.glob("g*"))) == 3 + 1


def test_the_collector_leaves_a_large_catalogue_alone_and_nothing_of_an_older_one_stays(make, monkeypatch):
    make.listing("Garden Club", at=north(1))
    monkeypatch.setattr(reading, "LARGE", 1)

    class Whole:
        pass

    older = Whole()
    older.itself, gone = older, weakref.ref(older)
    try:
        assert named("garden") == ["Garden Club"]
        assert gc.get_freeze_count() > 0
        del older
        with writing():
            search.note_vocabulary()
        assert named("garden") == ["Garden Club"]
        assert gone() is None, "what only points at itself was collected with the older catalogue"
    finally:
        gc.unfreeze()
