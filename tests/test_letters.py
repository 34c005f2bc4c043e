"""Letters: each kind can be written, what is due goes once, what fails is tried again, and secrets are forgotten."""

import contextlib
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from directory import jobs, mail
from directory.extensions import db, writing
from directory.models import Letter
from directory.models.letters import letter_to
from tests.make import NOW

KINDS = [path.stem for path in (Path(jobs.__file__).parent / "templates" / "letters").glob("*.txt") if path.stem != "foot"]

GAP = {"title": "Company", "area": "NR25", "gap": "0f8fad5b-d9cb-469f-a165-70867728950e", "closed": True}
GAP |= {"flag": "0f8fad5b-d9cb-469f-a165-70867728950e"}
STEP = {"state": "looked-at", "words": "We ask two halls.", "review_on": "", "slug": "", "name": ""}


@pytest.fixture
def folder(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "file")
    monkeypatch.setitem(app.config, "MAIL_FOLDER", str(tmp_path))
    return tmp_path


def post(kind="sign-in", to="amina@example.org", **facts):
    told = {
        "secret": "s" * 40,
        "after": "",
        "name": "Welcome Table",
        "slug": "welcome-table",
        "reason": "Because.",
        "kept": ["name"],
        "secrets": [["Welcome Table", "welcome-table", "s" * 43]],
        "role": "curator",
        "organisation": "Garden Club",
        "noun": "listings",
        "person": "Amina",
        "uid": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "claim": 1,
        "number": "01632 960142",
        "until": "4 December 2026",
        "leads": True,
        "gap": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "title": "Company",
        "area": "NR25, North Norfolk",
        "gaps": [{**GAP, "steps": [STEP, {**STEP, "state": "met", "slug": "welcome-table", "name": "Welcome Table"}]}],
        "offers": [{**GAP, "listing": "Welcome Table", "slug": "welcome-table"}],
        "opened": [GAP],
        "unanswered": [{**GAP, "since": "2026-03-01"}],
        "answered": [],
        "to_review": [],
        "rising": ["Company, NR25"],
        **{"patch": "NR24 and NR25", "empty": "NR25"},
        **{"month": "November 2026", "minutes": 95, "calls": 3, "reviews": 2, "checked": 2, "looks": 340},
        **{"rows": 3, "seal": "5" * 64, "broken_at": None, "is_cut": False},
        "report": "0f8fad5b-d9cb-469f-a165-70867728950e",
    }
    with writing():
        letter = letter_to(to, kind, NOW, **told | facts)
        db.session.add(letter)
    return letter


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written(app, folder, kind):
    subject, body = jobs.written(app, post(kind))
    assert 10 < len(subject) < 100
    assert "Hello" in body
    assert "{{" not in body + subject
    assert "&" not in body  # plain text, not HTML


def test_what_is_due_goes_once_and_its_secret_is_forgotten(app, folder):
    letter = post()
    assert jobs.send_letters(app, now=NOW) == 1
    assert jobs.send_letters(app, now=NOW) == 0
    (file,) = folder.glob("*.eml")
    text = file.read_text()
    assert "To: amina@example.org" in text
    assert "account/link/" in text
    assert letter.facts.keys() & {"secret"} == set()


def test_a_server_that_is_away_is_tried_again_and_given_up_in_the_end(app, folder, monkeypatch):
    for name, value in {"MAIL_BACKEND": "smtp", "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": 1, "MAIL_SECURITY": "none"}.items():
        monkeypatch.setitem(app.config, name, value)
    letter, now = post(), NOW
    assert jobs.send_letters(app, now=now) == 0
    assert (letter.tries, letter.sent_at, letter.given_up_at) == (1, None, None)
    assert "example.org" not in letter.error
    assert letter.not_before == NOW + timedelta(minutes=1)
    while letter.given_up_at is None:
        now = letter.not_before
        jobs.send_letters(app, now=now)
    assert letter.tries == 8


def test_one_bad_letter_stops_no_other(app, folder):
    post("no-such-kind")
    post(to="bad\nheader@example.org")
    post(to="bilal@example.org")
    assert jobs.send_letters(app, now=NOW) == 1
    assert [letter.given_up_at is not None for letter in db.session.scalars(select(Letter).order_by(Letter.id))] == [
        True,
        True,
        False,
    ]


def test_a_letter_has_one_address_and_no_breaks_in_its_head():
    with pytest.raises(ValueError, match="linefeed"):
        mail.message(to="a@example.org", subject="One\nBcc: b@example.org", body="x", sender="c@example.org", uid="1")


# A real mail server


class PostOffice:
    """Keeps what it is handed; refuses addresses in `unknown`, and everything while `busy`."""

    def __init__(self):
        self.taken, self.unknown, self.busy = [], set(), False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            return "550 no such person"
        if self.busy:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"


@pytest.fixture
def post_office(app, monkeypatch):
    """The office, a way to open it, and a port that is its own whether it is open or not."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"MAIL_BACKEND": "smtp", "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_SECURITY": "none"}
    for name, value in told.items():
        monkeypatch.setitem(app.config, name, value)
    office = PostOffice()

    @contextlib.contextmanager
    def opened():
        controller = Controller(office, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    office.opened = opened
    return office


def test_nothing_is_lost_and_nothing_goes_twice_when_the_server_goes_and_comes_back(app, post_office):
    wanted = [f"person{number}@example.org" for number in range(12)]
    for address in wanted[:6]:
        post(to=address)
    assert jobs.send_letters(app, now=NOW) == 0  # nobody answers
    with post_office.opened():
        assert jobs.send_letters(app, now=NOW) == 0  # not yet: each waits a minute
        assert jobs.send_letters(app, now=NOW + timedelta(minutes=1)) == 6
        for address in wanted[6:]:
            post(to=address)
        post_office.busy = True
        assert jobs.send_letters(app, now=NOW + timedelta(minutes=2)) == 0
    db.session.remove()  # as after a restart: all that is known is in the table
    post_office.busy = False
    with post_office.opened():
        for minutes in (3, 4, 60):
            jobs.send_letters(app, now=NOW + timedelta(minutes=minutes))
    assert sorted(address for (address,), _ in post_office.taken) == sorted(wanted)
    assert all("account/link/" in text for _, text in post_office.taken)
    assert db.session.scalars(select(Letter.id).where(Letter.sent_at.is_(None))).all() == []


def test_an_address_that_does_not_exist_is_given_up_at_once(app, post_office):
    post_office.unknown.add("nobody@example.org")
    letter, other = post(to="nobody@example.org"), post(to="amina@example.org")
    with post_office.opened():
        assert jobs.send_letters(app, now=NOW) == 1
    assert letter.given_up_at == NOW
    assert "nobody" not in letter.error
    assert other.sent_at == NOW
