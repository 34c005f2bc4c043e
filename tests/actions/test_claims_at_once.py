"""Double presses of claims: whoever is first, there is one claim, one editor and one lead, and the others are told."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import claims as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import Account, Claim, ClaimState, Editorship, Letter, Listing, Organisation
from directory.queries.claims import Way
from tests.make import NOW

TIMES = 12  # races of each sort here; `python -m bench.claims` runs a thousand
MAIL = Way("mail", "hello@garden.example")
DAY = timedelta(days=1)
# What becomes of a form and then a link that are both pressed twice: one done, one told, one editor, one version.
ONCE = (("done", "told"), ("done", "told"), 1, ClaimState.GRANTED, 1)


def race(app, presses):
    """Each of these functions in a thread of its own, all let go at once: how many were done, and how many were told."""
    barrier, done = threading.Barrier(len(presses)), []

    def run(press):
        with app.app_context():
            try:
                press(barrier)
                done.append("done")
            except (Conflict, Refused, NotAllowed):
                done.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(press,)) for press in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return sorted(done)


def asking(listing_id, account_id, now):
    def press(barrier):
        listing, by = db.session.get(Listing, listing_id), db.session.get(Account, account_id)
        barrier.wait(30)
        actions.claim(listing, way=MAIL, by=by, now=now)

    return press


def proving(claim_id, token, account_id, now):
    def press(barrier):
        claim, by = db.session.get(Claim, claim_id), db.session.get(Account, account_id)
        barrier.wait(30)
        actions.prove(claim, token, by=by, now=now)

    return press


def granting(claim_id, account_id, now):
    def press(barrier):
        claim, by = db.session.get(Claim, claim_id), db.session.get(Account, account_id)
        barrier.wait(30)
        actions.grant(claim, leads=False, by=by, now=now)

    return press


def count(model, *conditions):
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def claim_often(make, app, times):
    """A form pressed twice at once, then its link pressed twice at once, so many times: what became of each."""
    outcomes = Counter()
    for number in range(times):
        now = NOW + number * DAY
        listing = make.listing(f"Club {number}", contacts=[("email", MAIL.value)])
        account = make.account(f"Person {number}")
        asked = race(app, [asking(listing.id, account.id, now)] * 2)
        claim = db.session.scalars(select(Claim).where(Claim.listing_id == listing.id)).one()
        token = db.session.scalars(select(Letter).where(Letter.kind == "claim-link").order_by(Letter.id.desc())).first()
        token = token.facts["secret"]
        proved = race(app, [proving(claim.id, token, account.id, now)] * 2)
        editors = count(Editorship, Editorship.account_id == account.id)
        outcomes[tuple(asked), tuple(proved), editors, claim.state, listing.revision_number] += 1
    return outcomes


def test_pressed_twice_is_one_claim_and_one_editor(app, make):
    assert claim_often(make, app, TIMES) == {ONCE: TIMES}
    assert count(Claim) == count(Letter, Letter.kind == "claim-link") == count(Organisation) == TIMES


def test_two_seniors_at_once_grant_once(app, make):
    seniors = [make.account(name, role="senior").id for name in ("First", "Second")]
    outcomes = set()
    for number in range(TIMES):
        organisation = make.organisation(f"Club {number}")
        by = make.account(f"Person {number}")
        claim = actions.claim(organisation, way=None, number="1123456", evidence="Page 2.", by=by, now=NOW)
        told = race(app, [granting(claim.id, senior, NOW) for senior in seniors])
        outcomes.add((tuple(told), count(Editorship, Editorship.account_id == by.id)))
    assert outcomes == {(("done", "told"), 1)}


@pytest.mark.parametrize("how_many", [2, 4])
def test_of_several_who_prove_it_at_once_one_leads_and_the_others_wait(app, make, how_many):
    for number in range(5):
        listing = make.listing(f"Club {number}", organisation=f"Club {number}", contacts=[("email", MAIL.value)])
        presses = []
        for person in range(how_many):
            by = make.account(f"Person {number} {person}")
            now = NOW + (number * how_many + person) * DAY / 2
            claim = actions.claim(listing.organisation, way=MAIL, by=by, now=now)
            token = db.session.scalars(select(Letter).where(Letter.kind == "claim-link").order_by(Letter.id.desc())).first()
            presses.append(proving(claim.id, token.facts["secret"], by.id, now))
        assert race(app, presses) == ["done"] * how_many
        states = sorted(db.session.scalars(select(Claim.state).where(Claim.organisation_id == listing.organisation_id)))
        assert states == [ClaimState.GRANTED] + [ClaimState.PROVED] * (how_many - 1)
        leads = db.session.scalars(select(Editorship.leads).where(Editorship.organisation_id == listing.organisation_id)).all()
        assert leads == [True]


def test_an_editor_who_is_let_in_and_proves_it_at_once_is_one_editor(app, make, bilal):
    lunch = make.organisation("Lunch Club")
    make.listing("Welcome Table", organisation=lunch, contacts=[("email", MAIL.value)])
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=lunch.id, leads=True, since=NOW))

    def admitting(claim_id):
        def press(barrier):
            claim, by = db.session.get(Claim, claim_id), db.session.get(Account, bilal_id)
            barrier.wait(30)
            actions.admit(claim, by=by, now=NOW)

        return press

    bilal_id = bilal.id
    for number in range(5):
        by = make.account(f"Person {number}")
        claim = actions.claim(lunch, way=MAIL, by=by, now=NOW + number * DAY)
        token = db.session.scalars(select(Letter).where(Letter.kind == "claim-link").order_by(Letter.id.desc())).first()
        race(app, [admitting(claim.id), proving(claim.id, token.facts["secret"], by.id, NOW + number * DAY)])
        db.session.refresh(claim)
        assert count(Editorship, Editorship.account_id == by.id) == (claim.state is ClaimState.GRANTED) == 1
