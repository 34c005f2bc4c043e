"""One action, one lock, one commit: nothing else can write, nothing is lost, and a failed action leaves no trace."""

from __future__ import annotations

import sqlite3
import threading

import pytest
import sqlalchemy as sa

from directory import create_app
from directory.extensions import db, writing
from directory.models import Listing, Organisation
from directory.queries import listings
from tests.make import NOW

AT_ONCE = 8
EACH = 25


def test_outside_writing_the_database_refuses_to_write(make):
    """PostgreSQL says "read-only transaction", SQLite "attempt to write a readonly database"."""
    make.organisation("Garden Club")
    garden = db.session.scalars(sa.select(Organisation)).one()
    garden.name = "Somebody else's club"
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        db.session.commit()
    db.session.rollback()
    for statement in ("DELETE FROM organisation", "UPDATE organisation SET name = 'x'", "CREATE TABLE gone (id INTEGER)"):
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            db.session.execute(sa.text(statement))
        db.session.rollback()
    with db.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        connection.execute(sa.text("DELETE FROM organisation"))
    assert [row.name for row in db.session.scalars(sa.select(Organisation))] == ["Garden Club"]


def test_a_get_cannot_write(app, make):
    """A view that forgets the rule fails, whatever it tries; the row stays as it was."""
    make.organisation("Garden Club")
    with app.test_request_context("/organisations/garden-club"):
        db.session.scalars(sa.select(Organisation)).one().name = "Changed by a GET"
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            db.session.commit()
        db.session.rollback()
    assert db.session.scalars(sa.select(Organisation.name)).one() == "Garden Club"


def test_reading_again_after_writing_is_read_only_once_more(make):
    """A connection goes back to the pool after an action; the next to borrow it may not write."""
    for turn in range(3):
        make.organisation(f"Club {turn}")
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            db.session.execute(sa.text("DELETE FROM organisation"))
        db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Organisation.id))) == 3


def test_an_action_may_not_call_another(app):
    with writing():
        with pytest.raises(RuntimeError, match="may not call another action"), writing():
            pass
        db.session.add(Organisation(name="Still open", slug="still-open", created_at=NOW, modified_at=NOW))
    assert db.session.scalar(sa.select(Organisation.name)) == "Still open"


def test_rows_changed_before_the_lock_are_refused(make):
    garden = make.organisation("Garden Club")
    garden.name = "Changed too early"
    with pytest.raises(RuntimeError, match="changed outside writing"), writing(garden):
        pass
    db.session.rollback()
    assert garden.name == "Garden Club"


def test_an_error_undoes_everything_and_frees_the_lock(make):
    garden = make.listing("Garden Club")

    def fall_over() -> None:
        with writing(garden):
            garden.name = "Half done"
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fall_over()
    assert garden.name == "Garden Club"
    with writing(garden):
        garden.name = "Done"
    assert db.session.scalar(sa.select(Listing.name)) == "Done"


def test_the_row_is_read_again_under_the_lock(make, app):
    garden = make.listing("Garden Club")
    assert garden.version == 1
    with app.app_context():  # another session, as another request has
        other = db.session.get(Listing, garden.id)
        with writing(other):
            other.summary = "We dig on Wednesdays."
    with writing(garden):
        assert (garden.summary, garden.version) == ("We dig on Wednesdays.", 2)


@pytest.mark.parametrize("locked", ["writing(row)", "compare and set"])
def test_eight_at_once_lose_nothing(app, make, locked):
    """Read-then-write requests, each adding one to the same counter; quality.md S2 measured what happens without."""
    garden = make.listing("Garden Club", minimum_age=0)
    listing_id = garden.id
    db.session.rollback()
    barrier = threading.Barrier(AT_ONCE)
    failed: list[BaseException] = []

    def press() -> None:
        try:
            barrier.wait(10)
            for _ in range(EACH):
                with app.app_context():
                    row = db.session.get(Listing, listing_id)
                    assert row.minimum_age is not None  # a view reads before it writes
                    if locked == "writing(row)":
                        with writing(row):
                            row.minimum_age += 1
                    else:
                        with writing():
                            one_more = {"minimum_age": Listing.minimum_age + 1}
                            db.session.execute(sa.update(Listing).where(Listing.id == listing_id).values(one_more))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=press) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert db.session.scalar(sa.select(Listing.minimum_age)) == AT_ONCE * EACH


def test_sqlite_keeps_what_it_says_is_saved(tmp_path):
    """Write-ahead log, every commit on the disk, foreign keys held: the settings of a fresh connection."""
    app = create_app({"INSTANCE_FOLDER": str(tmp_path), "JOBS_FILE": ""})
    with app.app_context():
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        with db.engine.connect() as connection:
            told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked}
        db.engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_a_row_that_was_read_with_its_neighbours_can_be_locked(app, make):
    """A listing is read with its organisation, which it may not have; PostgreSQL locks no row that may be missing."""
    make.listing("Nobodys")
    db.session.expunge_all()
    listing = listings.by_slug("nobodys")
    with writing(listing):
        listing.summary = "changed"
    assert db.session.scalar(sa.select(Listing.summary)) == "changed"


def test_a_lock_that_does_not_come_is_an_error_that_the_doors_know(prepared, database):
    """The doors answer sqlalchemy's OperationalError with "not just now"; the driver's own would be a fault page."""
    if database != "sqlite":
        pytest.skip("PostgreSQL waits for rows, not for the whole database")
    with prepared.app_context():
        held = sqlite3.connect(str(db.engine.url.database))
        held.execute("BEGIN IMMEDIATE")
        try:
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout=10")
            with pytest.raises(sa.exc.OperationalError, match="locked"), writing():
                pass
        finally:
            held.close()
            db.engine.dispose()
