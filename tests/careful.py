"""The careful client: checks every page that any test fetches, so that no page can go wrong unseen."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from flask import g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.extensions import db, writing
from directory.models import Account, SignIn
from directory.queries.accounts import digest
from directory.views.access import TOKEN

EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NO_LABEL = {"hidden", "submit", "button", "reset", "image"}
ADDRESSES = ("href", "src", "action", "formaction", "data-hx-get", "data-hx-post")
ON_EVERY_ANSWER = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy")
REFERRING = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage")


class Page(HTMLParser):
    """One page read once; `faults` are sentences, empty when all is well."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.whole = text.lstrip()[:9].lower() == "<!doctype"
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.headings: list[str] = []
        self.title = ""
        self.lang = ""
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.referred: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        self.judge()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag == "h1":
            self.headings.append("")
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
            self.referred.append(("label for", given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type", "text") not in NO_LABEL and "label" not in self.open:
            self.fields.append((tag, given))
        self.check(tag, given)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY and self.open:
            self.open.pop()

    def check(self, tag: str, given: dict[str, str]) -> None:
        """What one tag may not have."""
        told = f"<{tag}" + "".join(f' {name}="{given[name]}"' for name in ("id", "name", "href", "class") if name in given) + ">"
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self.faults.append(f"{told} has an inline {name}, which the content security policy forbids")
            if name.startswith("hx-"):
                self.faults.append(f"{told} has {name}; spell it data-{name}")
            if name in ADDRESSES and value.strip().lower().startswith("javascript:"):
                self.faults.append(f"{told} leads to javascript:")
            if name in REFERRING:
                self.referred += [(name, word) for word in value.split()]
        if {"data-hx-get", "data-hx-post"} & given.keys() and not {"href", "action", "formaction"} & given.keys():
            self.faults.append(f"{told} asks through htmx and has no href or action for a browser without it")
        if tag == "use":
            self.referred.append(("<use>", given.get("href", "").removeprefix("#")))
        if tag == "script" and "src" not in given and "nonce" not in given and "json" not in given.get("type", ""):
            self.faults.append("<script> inline without a nonce")
        if tag == "img" and "alt" not in given:
            self.faults.append(f"{told} has no alt")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:  # tags that HTML lets stay open end with what holds them
            while self.open.pop() != tag:
                pass

    def handle_data(self, text: str) -> None:
        if "title" in self.open and "svg" not in self.open:
            self.title += text
        if "h1" in self.open:
            self.headings[-1] += text

    def judge(self) -> None:
        """What only the end of the page can tell."""
        self.faults += [f'id="{name}" stands twice' for name in sorted({name for name in self.ids if self.ids.count(name) > 1})]
        for tag, given in self.fields:
            named = given.get("id", "") in self.labelled or given.get("aria-label") or given.get("aria-labelledby")
            if not named:
                self.faults.append(f'<{tag} name="{given.get("name", "")}"> has no label')
        if not self.whole:
            return
        self.faults += [f'{how}="{name}" leads nowhere' for how, name in self.referred if name not in self.ids]
        if not self.lang:
            self.faults.append("<html> has no lang")
        if len(self.headings) != 1:
            self.faults.append(f"{len(self.headings)} h1 on one page")
        else:
            heading, title = (" ".join(text.split()) for text in (self.headings[0], self.title))
            if not heading or not title.removeprefix("Mistakes to fix: ").startswith(heading):
                self.faults.append(f"the title {title!r} does not begin with the h1 {heading!r}")


class CarefulClient(FlaskClient):
    """Fetches as a browser does, then looks at the page. `client.sign_in(amina)` makes Amina ask from then on."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        g.pop("_login_user", None)  # Flask-Login remembers the last person on g, which outlives a request here
        response = super().open(*args, **kwargs)
        db.session.rollback()  # what a test reads afterwards was committed
        missing = [name for name in ON_EVERY_ANSWER if name not in response.headers]
        assert not missing, f"{response.request.path} answered without {', '.join(missing)}"
        if response.mimetype == "text/html":
            check_page(response.get_data(as_text=True), where=response.request.path)
            assert "HX-Target" in response.headers.get("Vary", ""), f"{response.request.path} does not vary by HX-Target"
        return response

    def sign_in(self, account: Account) -> None:
        """As if this person had just given password and second factor."""
        secret = secrets.token_urlsafe()
        now = datetime.now(UTC)
        with writing():
            account.totp_secret = account.totp_secret or "JBSWY3DPEHPK3PXP"
            kept = {"account_id": account.id, "token_hash": digest(secret), "browser": "A test"}
            db.session.add(SignIn(made_at=now, seen_at=now, proved_at=now, **kept))
        with self.session_transaction() as kept:
            kept[TOKEN] = secret

    def sign_out(self) -> None:
        with self.session_transaction() as kept:
            kept.clear()


def check_page(text: str, *, where: str) -> Page:
    """Read a page or a fragment and fail with every fault it has."""
    page = Page(text)
    assert not page.faults, f"{where}: " + "; ".join(page.faults)
    return page
