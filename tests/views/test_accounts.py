"""Signing in by link and by password, signing out, and what never tells who is known."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from directory.actions import accounts as actions
from directory.extensions import db
from directory.models import AuditRow, Letter, LinkPurpose, SignIn

PASSWORD = "a long walk on a wet day"


def now():
    return datetime.now(UTC)


def token_of(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page)[1] if "csrf_token" in page else ""


def test_a_link_signs_in_once_and_looking_at_it_changes_nothing(client, amina):
    secret = actions.link_for(amina, LinkPurpose.SIGN_IN, now=now())
    for _ in range(2):
        assert "Sign in as Amina" in client.get(f"/account/link/{secret}").text
    assert db.session.scalars(select(SignIn)).all() == []
    assert client.post(f"/account/link/{secret}").headers["Location"] == "/account/"
    assert "Your account" in client.get("/account/").text
    assert client.post(f"/account/link/{secret}").status_code == 410
    assert client.get(f"/account/link/{secret}").status_code == 410


def test_asking_for_a_link_says_the_same_to_known_and_unknown(client, amina):
    known = client.post("/account/link", data={"email": amina.email})
    unknown = client.post("/account/link", data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(amina.email, "nobody@example.org") == unknown.text
    (letter,) = db.session.scalars(select(Letter))
    assert letter.to_address == amina.email


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "two@at@example.org", "a\nb@example.org", "x" * 300 + "@example.org"])
@pytest.mark.parametrize("address", ["/account/link", "/account/sign-in", "/account/new-password"])
def test_what_is_no_address_is_said_so_and_kept(client, address, email):
    answer = client.post(address, data={"email": email, "password": ""})
    assert answer.status_code == 422
    assert "Mistakes to fix: " in answer.text
    assert not email or email.split()[0] in answer.text


def test_a_password_signs_in_and_a_wrong_one_does_not(client, amina):
    actions.choose_password(amina, PASSWORD, now=now())
    wrong = client.post("/account/sign-in", data={"email": amina.email, "password": "something else"})
    nobody = client.post("/account/sign-in", data={"email": "nobody@example.org", "password": PASSWORD})
    assert wrong.status_code == nobody.status_code == 422
    assert actions.WRONG in wrong.text
    assert actions.WRONG in nobody.text
    assert client.post("/account/sign-in", data={"email": amina.email, "password": PASSWORD}).status_code == 303
    assert client.get("/account/").status_code == 200


def test_signing_out_ends_the_row_not_only_the_cookie(client, amina):
    client.sign_in(amina)
    with client.session_transaction() as kept:
        stolen = dict(kept)
    assert client.get("/account/").status_code == 200
    client.post("/account/sign-out")
    with client.session_transaction() as kept:
        kept.update(stolen)
    assert client.get("/account/").headers["Location"].startswith("/account/sign-in?after=")


def test_suspension_and_a_new_password_end_every_sign_in(client, amina, ida):
    for end in (
        lambda: actions.choose_password(amina, PASSWORD, now=now()),
        lambda: actions.suspend(amina, by=ida, reason="The number was not theirs.", now=now()),
    ):
        client.sign_in(amina)
        assert client.get("/account/").status_code == 200
        end()
        assert client.get("/account/").status_code == 303


def test_a_sign_in_ends_by_itself(client, amina):
    client.sign_in(amina)
    with actions.writing():
        row = db.session.scalars(select(SignIn)).one()
        row.seen_at = now() - timedelta(days=15)
    assert client.get("/account/").status_code == 303


@pytest.mark.parametrize(
    "after", ["//evil.example", "/\\evil.example", "https:evil.example", "/%09/evil", "\t//evil", "/nowhere/at/all"]
)
def test_nobody_is_led_off_the_site(client, amina, after):
    secret = actions.link_for(amina, LinkPurpose.SIGN_IN, now=now())
    assert client.post(f"/account/link/{secret}", data={"after": after}).headers["Location"] == "/account/"


def test_the_chain_tells_who_did_what(amina, ida):
    actions.suspend(amina, by=ida, reason="The number was not theirs.", now=now())
    (row,) = db.session.scalars(select(AuditRow))
    assert (row.verb, row.actor, row.object) == ("account suspended", str(ida.uid), f"account {amina.uid}")
    assert row.seal == row.sealed()
