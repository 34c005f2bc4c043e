"""Writes every page of a furnished site into a folder, for checkers that read files: `python -m tests.saved_pages FOLDER`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from flask import Flask

from directory import search
from tests import make
from tests.addresses import NEARBY, furnish, walk
from tests.conftest import built_places, make_app
from tests.needs import REPOSITORY

FRAGMENTS = ("answers", "more")


def save_pages(app: Flask, folder: Path) -> int:
    """One file for each address that answers in HTML, as a visitor or, where that leads to signing in, as a lead sees it, and for
    each fragment of the results; returns how many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    visitor, lead = app.test_client(), app.test_client()
    lead.sign_in(make.account("Ida", role="lead"))
    saved = 0
    for address in walk(app):
        client = visitor if visitor.get(address).status_code // 100 != 3 else lead
        for fragment in ("", *(FRAGMENTS if address.startswith("/search") else ())):
            answer = client.get(address, headers={"HX-Target": fragment} if fragment else {})
            if answer.mimetype == "text/html" and answer.status_code // 100 != 3:
                name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "front"
                text = answer.get_data(as_text=True)
                # A fragment is put where it will stand, so that a checker does not miss the page around it.
                whole = text if text.lstrip()[:9].lower() == "<!doctype" else around(text)
                (folder / f"{name}{'--' + fragment if fragment else ''}.html").write_text(whole, "utf-8")
                saved += 1
    return saved


def around(fragment: str) -> str:
    rows, aside, rest = fragment.partition("<div data-hx-swap-oob")
    if rows.lstrip().startswith("<li"):
        fragment = f"<ol>{rows}</ol>{aside}{rest}"
    head = '<head><meta charset="utf-8"><title>Fragment</title></head>'
    return f'<!DOCTYPE html><html lang="en-GB">{head}<body><main>{fragment}</main></body></html>'


if __name__ == "__main__":
    kept = REPOSITORY / ".pytest_cache" / "d" / "places"  # where a test run leaves the postcode table
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as instance:
        site = make_app(Path(instance), PLACES_FILE=str(built_places(kept, Path(instance) / "places.sqlite")))
        with site.app_context():
            furnish(make)
            search.apply_changes()
            assert site.test_client().get(f"/search{NEARBY}").status_code == 200
            print(f"{save_pages(site, Path(sys.argv[1]))} pages saved")
