"""Two people press at the same moment: it is applied once, whoever is first, and the other is told."""

import threading
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from directory.actions import suggestions as actions
from directory.errors import Conflict
from directory.extensions import db
from directory.models import Account, Listing, Opinion, Revision, State, Suggestion, records
from directory.permissions import is_looked_at_again
from tests.make import NOW

TIMES = 50


def race(app, suggestion_id, people, now):
    """Each of these accounts agrees in a thread of its own, all let go at once; what became of each."""
    barrier, outcomes = threading.Barrier(len(people)), []

    def press(account_id):
        with app.app_context():
            suggestion = db.session.get(Suggestion, suggestion_id)
            by = db.session.get(Account, account_id)
            number = suggestion.listing.revision_number
            barrier.wait(30)
            try:
                actions.agree(suggestion, by=by, number=number, now=now)
                outcomes.append("published")
            except Conflict:
                outcomes.append("told")
            except OperationalError:  # a machine with other work kept the other press waiting for more than five seconds
                outcomes.append("busy")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(account_id,)) for account_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(outcomes)


def race_often(app, make, times):
    """So many races over suggestions of one listing: what became of them, each published once."""
    people = [make.account(name, role="curator").id for name in ("First", "Second")]
    listing = make.listing("Welcome Table", summary="0")
    outcomes = []
    for number in range(1, times + 1):
        now = NOW + number * timedelta(minutes=10)  # nobody decides more than 200 times a day
        record = {**records.document(listing), "summary": str(number)}
        given = {"record": record, "base_number": listing.revision_number, "by": None, "door": "page", "now": now}
        suggestion = actions.suggest(listing, who=str(number), **given)
        outcomes.append(race(app, suggestion.id, people, now))
        db.session.rollback()
        state = State.LIVE if is_looked_at_again(suggestion.id) else State.APPROVED
        assert (suggestion.state, listing.summary, listing.revision_number) == (state, str(number), number)
    return outcomes


def test_two_who_agree_at_once_publish_it_once(app, make, vocabulary):
    assert race_often(app, make, TIMES) == [["published", "told"]] * TIMES
    assert db.session.scalar(select(func.count()).select_from(Revision)) == TIMES
    assert db.session.scalar(select(func.count()).select_from(Opinion)) == TIMES
    assert db.session.scalars(select(Listing)).one().revision_number == TIMES


def test_two_who_look_at_once_are_told_apart(app, make, vocabulary):
    listing = make.listing("Welcome Table", summary="Old.")
    record = {**records.document(listing), "summary": "New."}
    suggestion = actions.suggest(listing, record=record, base_number=0, by=None, door="page", now=NOW, who="x")
    people = [make.account(name, role="curator") for name in ("First", "Second")]
    barrier, outcomes = threading.Barrier(2), []

    def hold(uid, account_id):
        with app.app_context():
            row = db.session.get(Suggestion, uid)
            by = db.session.get(Account, account_id)
            barrier.wait(30)
            try:
                actions.hold(row, by=by, now=NOW)
                outcomes.append("holds")
            except Conflict:
                outcomes.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=hold, args=(suggestion.id, person.id)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["holds", "told"]
