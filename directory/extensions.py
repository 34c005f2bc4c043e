"""The extensions, made once and bound by `create_app`, and `writing()`, the one way to change the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What every row shares: constraint names that SQLite and PostgreSQL migrations can both refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate(db=db, render_as_batch=True)
csrf = CSRFProtect()
login_manager = LoginManager()
login_manager.session_protection = None  # a sign-in is a row that we can end; an address may change on the way


@contextmanager
def writing(*rows: Base) -> Iterator[None]:
    """One short write: takes the lock, commits at the end, undoes everything on any error.

    `rows` are locked and read again first (one order everywhere), so what the action sees is what it changes.
    Raises RuntimeError when nested, or when rows were changed before it began.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("an action may not call another action")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside writing()")
    session.rollback()  # ends the snapshot; everything loaded is read again when next used
    session.info["writing"] = True
    try:
        session.connection(execution_options={"writing": True})
        for row in rows:
            # The row alone: PostgreSQL locks no row that an outer join may find missing, and neighbours are read by one.
            session.refresh(row, with_for_update={"of": type(row)})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


@event.listens_for(Engine, "connect")
def prepare(raw: Any, record: Any) -> None:
    """Settings of a fresh SQLite connection; transactions are begun by `begin` below, never by the driver."""
    if type(raw).__module__.partition(".")[0] != "sqlite3":
        return
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        raw.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "close")
def release(raw: Any, record: Any) -> None:
    """The last connection to go writes the log back into the file, which one that may only ask cannot do."""
    if type(raw).__module__.partition(".")[0] == "sqlite3":
        raw.execute("PRAGMA query_only=OFF")


@event.listens_for(Engine, "begin")
def begin(connection: Connection) -> None:
    """Every transaction is read only unless `writing()`, a migration or a set-up said otherwise."""
    writing_allowed = connection.get_execution_options().get("writing", False)
    if connection.dialect.name == "sqlite":
        if writing_allowed:
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # by SQLAlchemy, whose errors everybody knows: it may be locked
        else:
            # Every request begins so, and all of SQLAlchemy's way there adds up; this takes no lock and cannot fail.
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA query_only=ON")
            raw.execute("BEGIN")
    elif not writing_allowed:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
