"""Websites are looked at with care, two failures on different days are a job, and so is a letter that was given up."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from directory import jobs, websites
from directory.actions import letters
from directory.actions import websites as actions
from directory.extensions import db, writing
from directory.models import ConfirmLink, Letter, Task, TaskKind, WebsiteLook
from directory.models.letters import letter_to
from directory.queries import websites as queries
from directory.views import clock
from directory.websites import Reply, Said
from tests.make import NOW

DAY = timedelta(days=1)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as its path says: /404, /redirect, /only-get, /circle, /inside, /slow."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def answer(self):
        self.asked.append((self.command, self.path))
        status, onward = 200, ""
        match self.path:
            case "/redirect":
                status, onward = 301, "/well"
            case "/circle":
                status, onward = 302, "/circle"
            case "/inside":
                status, onward = 302, "http://10.0.0.1/"
            case "/file":
                status, onward = 302, "file:///etc/passwd"
            case "/only-get":
                status = 405 if self.command == "HEAD" else 200
            case "/slow":
                time.sleep(2)
            case path if path[1:].isdecimal():
                status = int(path[1:])
        self.send_response(status)
        if onward:
            self.send_header("Location", onward)
        self.end_headers()

    do_GET = do_HEAD = answer

    def log_message(self, *told):
        pass


@pytest.fixture
def site(monkeypatch):
    """A website on this machine, which is let through as if it were outside; every other inside address is not."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, public = server.server_address[1], websites.public
    monkeypatch.setattr(Handler, "asked", [])
    monkeypatch.setattr(websites, "PORTS", {"http": port, "https": 443})
    monkeypatch.setattr(websites, "public", lambda host, *rest: host if host == "127.0.0.1" else public(host, *rest))
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "said", "words"),
    [
        ("/well", Said.ANSWERS, ""),
        ("/redirect", Said.ANSWERS, ""),
        ("/only-get", Said.ANSWERS, ""),
        ("/404", Said.BROKEN, "it says 404"),
        ("/410", Said.BROKEN, "it says 410"),
        ("/503", Said.BROKEN, "it says 503"),
        ("/403", Said.UNKNOWN, ""),
        ("/429", Said.UNKNOWN, ""),
        ("/circle", Said.BROKEN, "it leads round in a circle"),
        ("/inside", Said.BROKEN, "its name leads to no public address"),
        ("/file", Said.BROKEN, "its address is none of the open web"),
    ],
)
def test_what_a_website_says(site, path, said, words):
    assert websites.look(site + path) == Reply(said, words)


def test_head_comes_first_and_get_only_where_that_is_not_understood(site):
    websites.look(f"{site}/well")
    websites.look(f"{site}/only-get")
    assert Handler.asked == [("HEAD", "/well"), ("HEAD", "/only-get"), ("GET", "/only-get")]


def test_all_of_it_ends_with_the_deadline(site):
    began = time.monotonic()
    assert websites.look(f"{site}/slow", deadline_s=0.3).said is Said.UNREACHED
    assert time.monotonic() - began < 1


def test_a_name_server_that_hangs_ends_with_the_deadline_too():
    began = time.monotonic()
    reply = websites.look("http://example.org/", deadline_s=0.2, resolve=lambda host, port: time.sleep(2) or [])
    assert (reply.said, time.monotonic() - began < 1) == (Said.UNREACHED, True)


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["fe80::1%eth0"], ["93.184.216.34", "192.168.0.1"], []]
)
def test_nothing_inside_a_network_is_asked(monkeypatch, found):
    monkeypatch.setattr(socket, "create_connection", lambda *given, **told: pytest.fail("it was asked"))
    assert websites.look("http://example.org/", resolve=lambda host, port: found).words == "its name leads to no public address"


@pytest.mark.parametrize(
    "address", ["ftp://example.org/", "http://example.org:22/", "http://me:pw@example.org/", "http:///x", "http://a:b/"]
)
def test_only_the_open_web_is_asked(monkeypatch, address):
    monkeypatch.setattr(socket, "create_connection", lambda *given, **told: pytest.fail("it was asked"))
    assert websites.look(address, resolve=lambda host, port: ["93.184.216.34"]).said is Said.BROKEN


def test_one_host_is_asked_slowly_and_not_often():
    rests = []
    addresses = [f"https://{www}council.example/{number}" for number, www in enumerate(["", "www.", "", "", ""])]
    found = websites.look_at_all([*addresses, "https://other.example/"], ask=lambda each: Reply(Said.ANSWERS), rest=rests.append)
    assert list(found) == [*addresses[:3], "https://other.example/"]
    assert rests == [2.0, 2.0]


def test_our_own_line_being_down_tells_nothing_of_anybody():
    asked = []

    def ask(address):
        asked.append(address)
        return Reply(Said.ANSWERS) if len(asked) < 3 else Reply(Said.UNREACHED, "it does not answer")

    found = websites.look_at_all([f"https://{number}.example/" for number in range(20)], ask=ask)
    assert (len(found), len(asked)) == (2, 7)


# What is kept, and what becomes a job


@pytest.fixture
def listing(make):
    return make.listing("Lunch Club", website="https://lunch.example/")


def round_at(now, reply):
    return jobs.look_at_websites(now=now, ask=lambda address: reply)


def tasks():
    db.session.rollback()
    return db.session.scalars(select(Task).order_by(Task.id)).all()


BROKEN = Reply(Said.BROKEN, "it says 404")


def test_two_failures_on_different_days_are_a_job_and_an_answer_ends_it(listing):
    assert round_at(NOW, BROKEN) == 0
    assert round_at(NOW + timedelta(hours=2), BROKEN) == 0  # not asked again on the same day
    assert tasks() == []
    assert round_at(NOW + DAY, BROKEN) == 1
    (task,) = tasks()
    assert (task.kind, task.why) == (TaskKind.BROKEN_LINK, "Their website does not work: it says 404")
    assert round_at(NOW + 2 * DAY, BROKEN) == 0
    assert len(tasks()) == 1
    assert round_at(NOW + 3 * DAY, Reply(Said.ANSWERS)) == 0
    assert tasks()[0].outcome == "it answers again"
    assert db.session.scalar(select(WebsiteLook.days_failed)) == 0


def test_a_job_that_somebody_ended_is_not_back_the_next_day(listing):
    for days in range(33):
        round_at(NOW + days * DAY, BROKEN)
        with writing():
            db.session.execute(update(Task).where(Task.closed_at.is_(None)).values(closed_at=NOW))
        assert len(tasks()) == (0 if days < 1 else 1 if days < 31 else 2), days


def test_another_address_ends_the_job_about_the_old_one(listing):
    for days in range(2):
        round_at(NOW + days * DAY, BROKEN)
    actions.note({listing.id: ("https://new.example/", None)}, now=NOW + 2 * DAY)
    assert tasks()[0].outcome == "there is another address now"


def test_an_answer_between_two_failures_begins_again(listing):
    for days, reply in enumerate((BROKEN, Reply(Said.ANSWERS))):
        round_at(NOW + days * DAY, reply)
    assert round_at(NOW + 40 * DAY, BROKEN) == 0
    assert tasks() == []


def test_what_nobody_can_tell_counts_neither_way(listing):
    round_at(NOW, BROKEN)
    round_at(NOW + DAY, Reply(Said.UNKNOWN))
    assert db.session.scalar(select(WebsiteLook.days_failed)) == 1
    assert round_at(NOW + 2 * DAY, BROKEN) == 1


def test_another_address_begins_again(listing):
    round_at(NOW, BROKEN)
    actions.note({listing.id: ("https://new.example/", "it says 404")}, now=NOW + DAY)
    assert (tasks(), db.session.scalar(select(WebsiteLook.days_failed))) == ([], 1)


def test_never_looked_at_comes_first_then_what_failed_and_well_ones_rest_a_month(make, listing):
    make.listing("None")
    make.listing("Hidden", website="https://hidden.example/", status="hidden")
    failed = make.listing("Failed", website="https://failed.example/")
    actions.note({listing.id: (listing.website, ""), failed.id: (failed.website, "it says 404")}, now=NOW)
    fresh = make.listing("Fresh", website="https://fresh.example/")
    assert list(queries.to_look_at(now=NOW + timedelta(hours=3), most=9)) == [fresh.id]
    assert list(queries.to_look_at(now=NOW + DAY, most=9)) == [fresh.id, failed.id]
    assert list(queries.to_look_at(now=NOW + 31 * DAY, most=9)) == [fresh.id, failed.id, listing.id]
    assert list(queries.to_look_at(now=NOW + 31 * DAY, most=1)) == [fresh.id]


def test_the_same_statements_for_one_and_for_thirty(make, listing, statements):
    counts = []
    for number in range(2):
        statements.clear()
        round_at(NOW + number * DAY, BROKEN)
        counts.append(len([each for each in statements if each.startswith("SELECT")]))
        for each in range(29):
            make.listing(f"Other {number} {each}", website=f"https://{number}-{each}.example/")
    assert counts[0] == counts[1]


def test_the_desk_says_why(client, listing, stella):
    for days in (2, 1):
        round_at(clock.now() - days * DAY, BROKEN)
    client.sign_in(stella)
    assert "Their website does not work: it says 404" in client.get("/desk").text
    begun = client.post("/desk/start", data={"listing": listing.slug}, follow_redirects=True)
    assert "write it on the page of the listing" in begun.text


# Letters


def test_a_letter_to_a_group_that_is_given_up_is_a_job_for_each_listing(make, listing):
    other = make.listing("Other")
    letter = make.saved(Letter, **fields(letter_to("gone@example.org", "still-right", NOW)))
    for each in (listing, other):
        row = {"listing_id": each.id, "address": "gone@example.org", "token_hash": str(each.id), "letter_id": letter.id}
        make.saved(ConfirmLink, made_at=NOW, ends_at=NOW + 60 * DAY, **row)
    letters.failed(letter, error="The mail server could not be used.", for_good=False, now=NOW)
    assert tasks() == []
    letters.failed(letter, error="The mail server refused the address (550).", for_good=True, now=NOW)
    assert [(task.listing_id, task.kind) for task in tasks()] == [(each.id, TaskKind.FAILED_LETTER) for each in (listing, other)]
    assert tasks()[0].why == "Our letter to them could not be delivered: The mail server refused the address (550)."
    again = make.saved(Letter, **fields(letter_to("gone@example.org", "contact-changed", NOW, listing=listing)))
    letters.failed(again, error="No.", for_good=True, now=NOW)
    assert len(tasks()) == 2


def test_a_letter_to_somebody_who_signs_in_is_none(make, listing, stella):
    letter = make.saved(Letter, **fields(letter_to(stella.email, "report-waiting", NOW, listing=listing)))
    letters.failed(letter, error="No.", for_good=True, now=NOW)
    assert tasks() == []


def fields(letter):
    names = ("to_address", "kind", "facts", "made_at", "not_before", "listing_id")
    return {name: getattr(letter, name) for name in names}
