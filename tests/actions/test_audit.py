"""The weekly letter about the audit chain: its newest seal, once a week, and what is said when rows were changed or cut off."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from directory.actions import audit as actions
from directory.actions import curation
from directory.extensions import db
from directory.models import AuditRow, Letter
from directory.queries import audit as queries
from tests.make import NOW

WEEK = timedelta(days=7)


@pytest.fixture
def acts(make, stella, ida):
    """Three rows, and a lead."""
    for number in range(3):
        curation.hide(make.listing(f"Club {number}"), by=stella, reason="Danger.", now=NOW)
    return ida


def told():
    return [each.facts for each in db.session.scalars(select(Letter).where(Letter.kind == "chain").order_by(Letter.id))]


def by_hand(statement):
    """What somebody with the database in their hands does."""
    db.session.remove()
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(statement)


def test_each_lead_gets_the_newest_seal_once_a_week(acts):
    assert actions.tell_leads(now=NOW) == 1
    assert actions.tell_leads(now=NOW + timedelta(hours=2)) == 0
    assert actions.tell_leads(now=NOW + WEEK) == 1
    whole = {"rows": 3, "seal": queries.chain().seal, "broken_at": None, "is_cut": False}
    assert told() == [whole, whole]


def test_a_row_that_was_changed_and_an_end_that_was_cut_off_are_told(acts):
    actions.tell_leads(now=NOW)
    by_hand(sa.delete(AuditRow).where(AuditRow.number == 3))
    actions.tell_leads(now=NOW + WEEK)
    assert (told()[1]["rows"], told()[1]["broken_at"], told()[1]["is_cut"]) == (2, None, True)
    by_hand(sa.update(AuditRow).where(AuditRow.number == 1).values(actor="nobody"))
    actions.tell_leads(now=NOW + 2 * WEEK)
    assert told()[2]["broken_at"] == 1
