"""The letters that a developer's own machine would have sent, with links that work. They sign people in: nobody else may look."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, request
from werkzeug.exceptions import NotFound

from directory.htmx import render
from directory.views.access import anyone, open_to

bp = Blueprint("letters", __name__, url_prefix="/dev/mail")
PASSED_ON = {"forwarded", "via", "x-real-ip", "x-original-host", "x-client-ip"}
HERE = {"127.0.0.1", "localhost", "::1"}
LINK = re.compile(r"https?://[^\s<>]+")
MOST = 200


@dataclass(frozen=True)
class Sent:
    """One letter in the folder."""

    uid: str
    to: str
    subject: str
    body: str
    at: float

    def pieces(self) -> Iterator[tuple[str, str]]:
        """The text in order, each piece with the address it leads to; a link to our own pages leads there as a path."""
        end = 0
        for found in LINK.finditer(self.body):
            yield self.body[end : found.start()], ""
            parts = urlsplit(found[0])
            is_ours = parts.hostname in HERE
            yield found[0], f"{parts.path}{'?' if parts.query else ''}{parts.query}" if is_ours else found[0]
            end = found.end()
        yield self.body[end:], ""


@bp.get("")
@open_to(anyone)
def show_all() -> str:
    require_own_machine()
    files = sorted(folder().glob("*.eml"), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)[:MOST]
    return render("accounts/letters.html", letters=[read(path) for path in files])


@bp.get("/<uuid:uid>")
@open_to(anyone)
def show(uid: uuid.UUID) -> str:
    require_own_machine()
    path = folder() / f"{uid}.eml"
    if not path.is_file():
        raise NotFound
    return render("accounts/letter.html", letter=read(path))


def require_own_machine() -> None:
    """404 unless letters go to a folder, the site is not public, and whoever asks sits at this machine with nothing between."""
    names = {name.lower() for name, _ in request.headers}
    is_passed_on = bool(names & PASSED_ON) or any(name.startswith("x-forwarded") for name in names)
    settings = current_app.config
    is_open = settings["MAIL_BACKEND"] == "file" and not settings["PUBLIC_URL"] and not settings["PROXY_COUNT"]
    if not is_open or is_passed_on or not is_loopback() or urlsplit(f"//{request.host}").hostname not in HERE:
        abort(404)


def is_loopback() -> bool:
    try:
        asked_from = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return (getattr(asked_from, "ipv4_mapped", None) or asked_from).is_loopback


def folder() -> Path:
    return Path(current_app.config["MAIL_FOLDER"])


def read(path: Path) -> Sent:
    letter = message_from_bytes(path.read_bytes(), policy=default)
    body = letter.get_content() if isinstance(letter, EmailMessage) else ""
    return Sent(path.stem, str(letter["To"]), str(letter["Subject"]), body, path.stat().st_mtime)
