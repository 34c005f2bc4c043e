"""Somebody would like to claim something: the same happens for every address, and who never comes is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import accounts, claims, editors, newcomers, people
from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Account, Letter, MailedLink, Role, SignIn
from tests.make import NOW

DAY = timedelta(days=1)


def begin(thing, email, now=NOW, who="here"):
    newcomers.begin(email, thing, path="/onward", whose=email.lower(), who=who, now=now)


def letters():
    return [(letter.to_address, letter.given_up_at is None) for letter in db.session.scalars(select(Letter).order_by(Letter.id))]


@pytest.fixture
def table(make):
    return make.listing("Welcome Table")


def test_an_address_without_an_account_gets_one_with_its_link(table, amina):
    begin(table, "new@example.org")
    begin(table, amina.email.upper())
    assert letters() == [("new@example.org", True), (amina.email, True)]
    first = db.session.scalars(select(Letter).order_by(Letter.id)).first()
    assert (first.facts["after"], first.facts["name"]) == ("/onward", "Welcome Table")
    assert accounts.sign_in_by_link(first.facts["secret"], browser="", now=NOW)
    new = db.session.scalars(select(Account).where(Account.email == "new@example.org")).one()
    assert (new.role, new.editorships, db.session.scalars(select(SignIn)).one().account_id) == (Role.EDITOR, [], new.id)


def test_a_suspended_address_gets_nothing_and_nobody_learns_it(table, make):
    make.account("Sam", suspended_at=NOW)
    begin(table, "sam@example.org")
    assert letters() == [("sam@example.org", False)]
    assert db.session.scalars(select(Letter)).one().facts == {}


def test_a_workshop_in_one_library_begins_ten_at_once_and_twelve_an_hour(table):
    for number in range(10):
        begin(table, f"guest{number}@example.org")
    assert len(letters()) == 10
    with pytest.raises(Refused, match="Wait half an hour"):
        begin(table, "eleventh@example.org")
    assert newcomers.BEGINNERS.an_hour == 12


def test_who_asks_often_has_had_a_letter(table):
    for _ in range(4):
        begin(table, "new@example.org")
    assert len(letters()) == 2
    begin(table, "other@example.org")
    for _ in range(5):
        begin(table, "new@example.org")  # what comes too soon counts against the computer all the same
    with pytest.raises(Refused, match="too often"):
        begin(table, "third@example.org")
    begin(table, "third@example.org", who="elsewhere")
    assert len(letters()) == 4


def test_who_never_comes_is_forgotten_after_a_week_and_nobody_else(table, make, ida, amina):
    begin(table, "never@example.org")
    begin(table, "came@example.org")
    begin(table, "claims@example.org", who="elsewhere")
    begin(table, amina.email, who="elsewhere")
    came, asked = (
        db.session.scalars(select(Account).where(Account.email == name)).one()
        for name in ("came@example.org", "claims@example.org")
    )
    with writing():
        came.signed_in_at = NOW
    claims.claim(table, way=None, number="1123456", evidence="Page 2.", by=asked, now=NOW)
    people.invite("invited@example.org", role=Role.EDITOR, by=ida, now=NOW)
    editors.invite("joins@example.org", make.organisation("Lunch Club"), by=ida, now=NOW, evidence="Their page.")
    before = {each.email for each in db.session.scalars(select(Account))}
    assert newcomers.forget(now=NOW + 7 * DAY - timedelta(seconds=1)) == 0
    assert newcomers.forget(now=NOW + 7 * DAY) == 2  # Amina too: she never signed in, and nothing speaks of her
    after = {each.email for each in db.session.scalars(select(Account))}
    assert before - after == {"never@example.org", "amina@example.org"}
    assert db.session.scalars(select(MailedLink.account_id)).all()


def test_a_known_address_costs_as_many_statements_as_an_unknown_one(table, amina, statements):
    begin(table, "warm@example.org")
    counts = []
    for email in ("new@example.org", amina.email):
        db.session.rollback()
        table.name  # noqa: B018 -- read before, as the page does
        statements.clear()
        begin(table, email)
        counts.append(len(statements))
    assert counts[0] == counts[1]
