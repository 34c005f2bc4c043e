"""What is left on the desk that one person is not offered, claims among it."""

from collections import Counter
from datetime import timedelta

import pytest

from directory.extensions import db, writing
from directory.models import Claim, Editorship, Lease, SetAside, Work
from directory.queries.leftover import Why, leftover
from tests.make import NOW


@pytest.fixture
def club(make):
    return make.organisation("Garden Club")


def claimed(make, club, account, **given):
    given = {"state": "code-sent", "means": "phone", "made_at": NOW, "ends_at": NOW + timedelta(days=14)} | given
    return make.saved(Claim, organisation_id=club.id, account_id=account.id, **given)


def counts(person):
    return leftover(person, now=NOW).counts


def test_claims_count_among_what_is_left_with_the_reason(make, club, amina, stella, cai, ida):
    ringing = claimed(make, club, amina)
    assert counts(stella) == Counter(), "it is offered"
    claimed(make, club, cai)
    assert counts(cai) == {Why.YOURS: 1}
    with writing():
        db.session.add(
            Lease(work=Work.CLAIM, subject_id=ringing.id, account_id=cai.id, began_at=NOW, ends_at=NOW + timedelta(minutes=30))
        )
    assert counts(stella) == {Why.HELD: 1}
    with writing():
        db.session.add(Editorship(account_id=stella.id, organisation_id=club.id, since=NOW))
    assert counts(stella) == {Why.YOURS: 2}


def test_what_is_proved_waits_for_those_who_decide(make, club, amina, stella, ida):
    proved = claimed(make, club, amina, state="proved")
    assert (counts(stella), counts(ida)) == ({Why.DECIDING: 1}, Counter())
    with writing():
        db.session.add(SetAside(work=Work.CLAIM, subject_id=proved.id, account_id=ida.id, until=NOW + timedelta(days=7)))
    assert counts(ida) == {Why.ASIDE: 1}


def test_what_is_over_or_waits_for_nobody_here_is_not_left(make, club, amina, stella):
    for given in ({"ends_at": NOW}, {"state": "refused"}, {"tries": 5}, {"means": "mail"}):
        claimed(make, club, amina, **given)
    assert counts(stella) == Counter()


def test_what_is_left_takes_as_many_statements_for_thirty_claims_as_for_one(make, club, amina, stella, statements):
    def asked():
        db.session.rollback()
        statements.clear()
        counts(stella)
        return len(statements)

    claimed(make, club, amina, state="proved")
    asked()
    one = asked()
    for _ in range(29):
        claimed(make, club, amina, state="proved")
    assert (asked(), counts(stella)) == (one, {Why.DECIDING: 30})
