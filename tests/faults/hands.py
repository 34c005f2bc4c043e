"""What an editor does beside plain edits: imports a list whole, approves what a visitor suggests, and works on the website."""

from __future__ import annotations

import http.client
import secrets
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from directory.actions import feeds, suggestions
from directory.extensions import db, writing
from directory.forms.listings import ListingForm
from directory.forms.typed import typed_of
from directory.models import Account, Listing, Role, SignIn, Suggestion, records
from directory.queries.accounts import digest
from directory.views.access import TOKEN

ROWS = 8  # of each list; every import gives all of them another name
LISTS = "List "
DONE_BY_ONE = 60  # well below what one curator may do in an hour
PATIENCE_S = 20


class NotTold(Exception):
    """Nobody knows whether it was done: the server went away, or refused it."""


class Curator:
    """Somebody with an account, signed in on the website at `port` as a browser would be."""

    def __init__(self, app: Flask, port: int, token: str) -> None:
        self.port, self.left = port, DONE_BY_ONE
        secret, now = secrets.token_urlsafe(), datetime.now(UTC)
        with writing():
            self.account = Account(
                **{"uid": uuid.uuid4(), "email": f"{token}@example.org", "display_name": "Stella", "created_at": now},
                **{"role": Role.CURATOR, "totp_secret": "JBSWY3DPEHPK3PXP"},
            )
            db.session.add(self.account)
            db.session.flush()
            kept = {"account_id": self.account.id, "token_hash": digest(secret), "browser": "A test"}
            db.session.add(SignIn(made_at=now, seen_at=now, proved_at=now, **kept))
        with app.test_request_context():
            session[TOKEN] = secret
            self.csrf = generate_csrf()
            signed = app.session_interface.get_signing_serializer(app).dumps(dict(session))
        self.cookie = f"{app.config['SESSION_COOKIE_NAME']}={signed}"

    def post(self, path: str, *pairs: tuple[str, str]) -> str:
        """Where the website sends us on to, which it does after the commit alone. Raises NotTold for anything else."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", path, urlencode([*pairs, ("csrf_token", self.csrf)]), headers)
            answer = connection.getresponse()
            if answer.status != http.client.SEE_OTHER:
                raise NotTold(f"{path}: {answer.status}")
            return answer.headers["Location"]
        except (OSError, http.client.HTTPException) as error:
            raise NotTold(f"{path}: {error!r}") from error
        finally:
            connection.close()


def values_of(name: str) -> dict[str, Any]:
    """A listing as it comes out of the gate."""
    form = ListingForm.from_data(
        {
            **{"name": name, "kind": "group", "status": "published", "at_venue": True},
            "venues": [{"key": "hall", "name": "Boathouse", "latitude": 52.9066, "longitude": 1.0871}],
            "sessions": [{"venue": "hall"}],
        }
    )
    assert form.validate(), form.errors
    return form.values


def import_list(number: int, word: str, token: str) -> None:
    """One editor's own list, of which every row is new or changed."""
    rows = [feeds.Entry(str(row), values_of(f"The {word} outing {token} {row}")) for row in range(ROWS)]
    publisher = feeds.Publisher(name=f"{LISTS}{number}")
    feeds.apply_run(publisher=publisher, entries=rows, now=datetime.now(UTC), file_name=token)


def suggested(listing: Listing, name: str, token: str) -> Suggestion:
    """What a visitor would like a listing to be called."""
    record = {**records.document(listing), "name": name}
    given = {"base_number": listing.revision_number, "door": token, "who": token, "now": datetime.now(UTC)}
    return suggestions.suggest(listing, record=record, by=None, **given)


def approve(suggestion: Suggestion, curator: Curator) -> None:
    number = suggestion.listing.revision_number
    suggestions.agree(suggestion, by=curator.account, number=number, now=datetime.now(UTC))


def approve_on_site(suggestion: Suggestion, curator: Curator) -> None:
    path, number = f"/desk/review/{suggestion.uid}", suggestion.listing.revision_number
    db.session.rollback()  # nothing of the database is held while the website works
    curator.post(f"{path}/hold")
    to = curator.post(path, ("press", "publish"), ("number", str(number)), ("choice-name", "accept"))
    if "after=published" not in to:
        raise NotTold(to)


def edit_on_site(listing: Listing, name: str, token: str, curator: Curator) -> None:
    """The whole page sent back with another name; the reason says which edit it was."""
    typed = typed_of(records.document(listing))
    typed["name"] = name
    path, number = f"/listings/{listing.slug}/edit", listing.revision_number
    db.session.rollback()
    curator.post(path, *typed.items(multi=True), ("base", str(number)), ("reason", token), ("do", "send"))
