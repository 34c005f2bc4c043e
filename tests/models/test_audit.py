"""The chain notices a changed byte, a row taken out of the middle, and rows cut off at the end."""

import pytest
import sqlalchemy as sa

from directory.extensions import db, writing
from directory.models import AuditRow, audit
from directory.queries import audit as queries
from tests.make import NOW


@pytest.fixture
def rows(amina):
    with writing():
        for number in range(5):
            audit.record("changed", f"thing {number}", by=amina, now=NOW, before={"a": number}, after={"a": number + 1})


def meddle(statement):
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.text(statement))


def test_an_untouched_chain_holds(app, rows):
    found = queries.chain()
    assert (found.rows, found.broken_at) == (5, None)
    assert queries.holds(found.seal)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit_row SET verb = 'chanhed' WHERE number = 3", 3),
        ("UPDATE audit_row SET actor = 'nobody' WHERE number = 1", 1),
        ("DELETE FROM audit_row WHERE number = 2", 3),
        ("DELETE FROM audit_row WHERE number = 1", 2),
    ],
)
def test_meddling_in_the_chain_is_noticed(app, rows, statement, broken_at):
    meddle(statement)
    assert queries.chain().broken_at == broken_at


def test_rows_cut_off_at_the_end_are_noticed_by_a_seal_written_down(app, rows):
    seal = queries.chain().seal
    db.session.rollback()
    meddle("DELETE FROM audit_row WHERE number = 5")
    assert queries.chain().broken_at is None
    assert not queries.holds(seal)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    answer = runner.invoke(args=["audit", "verify", "--seal", seal])
    assert (answer.exit_code, "cut off" in answer.output) == (1, True)


def test_the_command_names_the_row(app, rows):
    assert db.session.get_one(AuditRow, 5).previous == db.session.get_one(AuditRow, 4).seal
    db.session.rollback()
    meddle("UPDATE audit_row SET seal = 'x' WHERE number = 4")
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (answer.exit_code, "broken at row 4" in answer.output) == (1, True)
