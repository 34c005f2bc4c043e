"""Migrations on both databases: from nothing to today and back, one numbered line, the models exactly what they make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from directory import create_app, models
from directory.extensions import db
from directory.models import Organisation
from tests import make

MIGRATIONS = Path(__file__).parents[1] / "migrations"
NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


@pytest.fixture
def empty(database, request, tmp_path):
    """An application whose database has no tables yet; on PostgreSQL a database of its own."""
    settings = {"INSTANCE_FOLDER": str(tmp_path), "JOBS_FILE": "", "SECRET_KEY": "only for tests"}
    if database == "sqlite":
        app, drop = create_app(settings), None
    else:
        address = sa.make_url(request.getfixturevalue("postgres_address"))
        server = sa.create_engine(address, isolation_level="AUTOCOMMIT").execution_options(writing=True)
        with server.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS migrating WITH (FORCE)")
            connection.exec_driver_sql("CREATE DATABASE migrating")
        uri = address.set(database="migrating").render_as_string(hide_password=False)
        app, drop = create_app(settings | {"SQLALCHEMY_DATABASE_URI": uri}), server
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if drop is not None:
        with drop.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE migrating WITH (FORCE)")
        drop.dispose()


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_the_migrations_make_exactly_the_models(empty):
    assert tables() == set()
    upgrade()
    assert tables() == {"alembic_version", *db.metadata.tables}
    check()  # ends the process when a model differs from its table


def test_a_model_without_a_migration_is_noticed(empty):
    upgrade()
    extra = sa.Table("forgotten", db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    try:
        with pytest.raises(SystemExit):
            check()
    finally:
        db.metadata.remove(extra)


def test_what_went_up_comes_down_and_goes_up_again(empty):
    upgrade()
    downgrade(revision="base")
    assert tables() == {"alembic_version"}
    upgrade()
    check()


def test_upgrading_twice_keeps_the_rows(empty):
    upgrade()
    db.session.rollback()
    make.organisation("Garden Club")
    upgrade()
    assert db.session.scalar(sa.select(Organisation.name)) == "Garden Club"


def test_tries_and_claims_outlive_the_way_down_and_up(empty):
    upgrade()
    db.session.rollback()
    person, listing = make.account("Amina"), make.listing("Lunch Club")
    task = make.saved(models.Task, listing_id=listing.id, kind="check", opened_at=make.NOW, not_before=make.NOW)
    told = {"account_id": person.id, "made_at": make.NOW}
    claim = make.saved(models.Claim, listing_id=listing.id, state="proved", means="phone", ends_at=make.NOW, **told)
    for about in ({"task_id": task.id}, {"claim_id": claim.id}):
        make.saved(models.Attempt, means="phone", outcome="busy", **told, **about)
    db.session.remove()
    downgrade(revision="0004")
    upgrade()
    assert db.session.scalars(sa.select(models.Claim.means)).all() == ["phone"]
    assert db.session.scalars(sa.select(models.Attempt.task_id)).all() == [1]


def test_there_is_one_line_of_numbered_migrations():
    scripts = ScriptDirectory(str(MIGRATIONS))
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    numbers = [NUMBERED.fullmatch(name) for name in files]
    assert None not in numbers, f"a migration is named like 0007_add_access_facts.py: {files}"
    line = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert len(scripts.get_heads()) == 1
    assert line == [match[1] for match in numbers if match] == [f"{number:04}" for number in range(1, len(files) + 1)]
