"""PostgreSQL's own text index: written with the document, never behind, kept in memory through every change."""

import logging
import os
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from directory import search
from directory.extensions import db
from directory.indexes import current, fresh, postgres_index
from directory.indexes.database_index import DatabaseIndex
from directory.indexes.documents import STEPS, weigh
from directory.indexes.postgres_index import PostgresIndex, read_postings, vector_of
from directory.models import SearchDocument
from directory.search import Document
from tests.search.asking import found, named, north
from tests.search.test_keeping import (  # noqa: F401 -- the same promises, kept by this engine
    rename,
    test_a_changed_name_is_found_at_once_and_the_old_one_is_not,
    test_a_listing_comes_back,
    test_a_new_word_for_a_need_is_known_at_once,
    test_a_rollback_leaves_nothing_behind,
    test_a_search_that_repeats_itself_asks_the_database_nothing_of_words,
    test_a_stale_index_cannot_show_what_is_hidden,
    test_a_take_down_is_gone_at_once,
    test_what_another_process_wrote_is_seen_within_a_second,
    withdraw,
)

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True, scope="session")
TABLE = SearchDocument.__table__


@pytest.fixture
def club(make):
    club = make.listing("Garden Club", at=north(1))
    assert named("garden") == ["Garden Club"]
    return club


@pytest.fixture
def reads(statements):
    """How often postings were read from the database since the last `statements.clear()`."""
    return lambda: sum("string_agg" in statement for statement in statements)


def index() -> PostgresIndex:
    return current.current.index


def by_hand(statement, **values):
    """What no action does: rows as another version of this software, or another process, left them."""
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.text(statement), values)
    db.session.rollback()


def answered_from_documents():
    """All answers as the documents themselves give them."""
    kept, current.current.index = current.current.index, None
    current.current.kept.clear()
    try:
        return [found(q) for q in ("garden", "chess", "club", "tea")]
    finally:
        current.current.index = kept
        current.current.kept.clear()


def answered():
    return [found(q) for q in ("garden", "chess", "club", "tea")]


def test_postgresql_is_the_engine_where_it_is_the_database(app):
    assert isinstance(index(), PostgresIndex)
    assert index().is_ready()
    assert not search.needs_rebuild()


def test_each_step_of_a_weight_comes_back_as_it_was(app, make):
    listing = make.listing("Any")
    weights = {f"w{step}": step / STEPS for step in range(1, STEPS + 1)}
    by_hand("UPDATE search_document SET vector = CAST(:made AS tsvector)", made=vector_of(weights))
    for term, weight in weights.items():
        postings = read_postings(db.session.connection(), term)
        assert (postings.ids.tolist(), postings.weights.tolist()) == ([listing.id], [pytest.approx(weight, rel=1e-6)])


def test_a_weight_that_was_never_written_is_noticed(club):
    by_hand("UPDATE search_document SET vector = CAST(:made AS tsvector)", made="'garden':7A,9B")
    with pytest.raises(ValueError, match="never written"):
        read_postings(db.session.connection(), "garden")


@pytest.mark.parametrize("term", ["it's", "back\\slash", "a:b", "a & b | !c", "'", "\\", "żółw", "日本語", "🧶", "a,b:3A", "%_"])
def test_any_term_is_held_and_asked_for_as_it_is(make, term):
    listing = make.listing("Any")
    by_hand("UPDATE search_document SET vector = CAST(:made AS tsvector)", made=vector_of({term: 0.5, "other": 0.25}))
    connection = db.session.connection()
    assert read_postings(connection, term).ids.tolist() == [listing.id]
    assert len(read_postings(connection, f"{term}x")) == 0


def test_a_vector_holds_the_terms_of_its_document_and_nothing_else(club):
    terms, document = db.session.execute(sa.select(sa.func.tsvector_to_array(TABLE.c.vector), *TABLE.c)).one()[0], club
    row = db.session.execute(sa.select(TABLE).where(TABLE.c.listing_id == document.id)).one()
    assert {term for term in terms if not term.startswith(" ")} == set(weigh(row._mapping))


def test_a_text_of_many_pages_is_held(make):
    words = " ".join(f"word{number}x" for number in range(8_000))
    listing = make.listing("Long", description=words, at=north(1))
    one = read_postings(db.session.connection(), "word7999x")
    other = DatabaseIndex(db.session.connection()).matches("word7999x")
    assert (one.ids.tolist(), one.weights.tolist()) == ([listing.id], other.weights.tolist())


# What is kept in memory


def test_an_edit_does_not_empty_what_is_kept(club, make, statements, reads):
    make.listing("Garden Tea", at=north(2))
    answered()
    statements.clear()
    rename(club, "Chess Club")
    assert (named("garden"), named("chess")) == (["Garden Tea"], ["Chess Club"])
    withdraw(club)
    assert (named("garden"), named("chess")) == (["Garden Tea"], [])
    assert reads() == 0
    assert answered() == answered_from_documents()


def test_what_is_kept_moves_forward_with_the_changes(club, make, statements, reads, monkeypatch):
    monkeypatch.setattr(postgres_index, "MOVED_FROM", 2)
    answered()
    statements.clear()
    bases = set()
    for number in range(8):
        make.listing(f"Garden Tea {number}", at=north(number))
        rename(club, "Chess Club" if number % 2 else "Garden Club")
        assert answered() == answered_from_documents()
        bases.add(index()._base.version)
    assert reads() == 0
    assert len(bases) > 3
    assert index()._base.version >= index().version - 2


def test_after_more_changes_than_are_laid_over_everything_is_read_anew(club, make, statements, reads, monkeypatch):
    for module in (fresh, postgres_index):
        monkeypatch.setattr(module, "LAID_OVER", 3)
    answered()
    for number in range(5):
        make.listing(f"Garden Tea {number}", at=north(number))
    rename(club, "Chess Club")
    statements.clear()
    assert answered() == answered_from_documents()
    assert reads() == 4


def test_a_question_from_before_a_change_bears_postings_from_after_it(club, make):
    """Threads answer from columns that another one has already replaced."""
    make.listing("Garden Tea", at=north(2))
    named("club")
    columns = current.current.columns
    base = index()._base
    rename(club, "Garden Chess")
    make.listing("Garden Walk", at=north(3))
    seen = postgres_index.Seen(db.session.connection(), base)
    reader = current.Reader(current.current, columns, seen, seen.version)
    assert [len(reader.spread(term)) for term in ("garden", "chess", "walk")] == [2, 1, 0]


def test_a_database_that_came_back_from_a_backup_is_read_anew(club, make):
    rename(club, "Chess Club")
    assert named("chess") == ["Chess Club"]
    newest = index().version
    document = Document(name=" tea ", terms=" kind:group ")
    columns = vars(document) | {"made": vector_of(weigh(vars(document))), "newest": newest}
    by_hand(
        "UPDATE search_document SET name = :name, terms = :terms, summary = :summary, vector = CAST(:made AS tsvector)", **columns
    )
    by_hand("DELETE FROM search_change WHERE id = :newest", newest=newest)
    current.current._looked = -1e9
    assert (found("tea").total, found("chess").total) == (1, 0)


# Rows from before there were vectors, or with other weights


UNFILLED = [
    "UPDATE search_document SET vector = NULL",
    "UPDATE search_document SET vector = CAST('garden' AS tsvector) WHERE name LIKE '% garden %'",
    "UPDATE search_document SET vector = NULL WHERE name LIKE '% tea %'",
]


@pytest.mark.parametrize("left", UNFILLED)
def test_rows_from_before_are_answered_from_the_documents_until_they_are_filled(app, club, make, left):
    for number in range(3):
        make.listing(f"Garden Tea {number}", at=north(number))
    whole = answered()
    by_hand(left)
    search.configure(folder=app.config["INDEX_FOLDER"], engine="postgres")  # like a new process
    assert search.needs_rebuild()
    assert not index().is_ready()
    assert answered() == whole
    assert search.apply_changes() == 4
    assert not search.needs_rebuild()
    assert index().is_ready()
    assert answered() == whole == answered_from_documents()
    assert search.apply_changes() == 0


def test_other_settings_fill_every_row_again(club, monkeypatch):
    monkeypatch.setattr(postgres_index, "MADE_WITH", "' other'")
    monkeypatch.setattr(postgres_index, "UNFILLED", postgres_index.UNFILLED.bindparams(made_with="' other'"))
    assert search.needs_rebuild()
    told = []
    assert search.rebuild(lambda done, total: told.append((done, total))) == 1
    assert not search.needs_rebuild()
    assert told == [(1, 1)]
    assert named("garden") == ["Garden Club"]


def test_the_commands_tell_of_it_and_mend_it(app, club):
    by_hand("UPDATE search_document SET vector = NULL")
    runner = app.test_cli_runner()
    mended = runner.invoke(args=["reindex"])
    assert (mended.exit_code, mended.output.splitlines()[-1]) == (0, "1 listings can be found.")
    assert not search.needs_rebuild()


def test_filling_waits_for_nobody_and_undoes_nothing(club, make):
    tea = make.listing("Garden Tea", at=north(2))
    by_hand("UPDATE search_document SET vector = NULL")
    with db.engine.execution_options(writing=True).connect() as other:
        other.execute(sa.text("UPDATE search_document SET name = ' chess ' WHERE listing_id = :id"), {"id": club.id})
        started = time.monotonic()
        search.rebuild()
        assert time.monotonic() - started < 5
        other.rollback()
    unfilled = list(db.session.scalars(sa.select(TABLE.c.listing_id).where(TABLE.c.vector.is_(None))))
    assert unfilled == [club.id], "whoever held it might have written its vector"
    assert tea.id
    db.session.rollback()
    assert search.needs_rebuild()
    search.configure(folder="", engine="postgres")
    search.apply_changes()
    assert not search.needs_rebuild()


def test_filling_what_is_right_writes_nothing(club, make):
    places = sa.select(TABLE.c.listing_id, sa.literal_column("ctid::text"))
    before = db.session.execute(places).all()
    db.session.rollback()
    assert search.rebuild() == 1
    assert db.session.execute(places).all() == before


# Trouble


def test_nonsense_is_answered_from_the_documents_and_said_once(club, monkeypatch, caplog):
    whole = answered()
    search.configure(folder="", engine="postgres")

    def nonsense(ranks):
        raise ValueError("never written")

    monkeypatch.setattr(postgres_index, "weights_of", nonsense)
    with caplog.at_level(logging.WARNING):
        assert answered() == whole
    assert len(caplog.records) == 1
    assert not index().is_ready()
    monkeypatch.undo()
    monkeypatch.setattr(postgres_index, "REST_S", 0.0)
    assert index().is_ready()
    assert answered() == whole


def test_trouble_of_the_database_is_not_blamed_on_the_index(club, monkeypatch):
    def gone(connection, term):
        raise OperationalError("select", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(postgres_index, "read_postings", gone)
    with pytest.raises(OperationalError):
        named("never asked before")
    assert index().is_ready()


def test_a_forked_process_keeps_nothing_of_its_parents(club):
    assert index()._base is not None
    child = os.fork()
    if not child:
        os._exit(0 if isinstance(index(), PostgresIndex) and index()._base is None and current.current.columns is None else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_term_is_looked_up_in_the_index(club):
    db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    asked = {"worth": list(postgres_index.WORTH), "term": "'garden'"}
    plan = db.session.scalars(sa.text(f"EXPLAIN {postgres_index.MATCHING.text}"), asked).all()
    assert "search_document_vector" in " ".join(plan)
