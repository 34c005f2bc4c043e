"""What every answer carries, errors and files too; what is kept, what is pressed small, what sets no cookie."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import brotli
import pytest

from directory.errors import Conflict, NotAllowed, Unavailable
from directory.views.access import anyone, open_to
from directory.views.headers import policy
from directory.views.library_files import PINNED, from_wheel, style_sheets, tightened
from tests.conftest import make_app

PAGES = ("/", "/search", "/search?place=Holt", "/search?place=Hollt", "/search?page=x", "/about/roles", "/status", "/nothing")
OTHERS = ("/healthz", "/robots.txt", "/sitemap.xml", "/api/search", "/api/search?place=Holt", "/files/0/site.js")


@pytest.mark.parametrize("address", PAGES + OTHERS)
def test_every_answer_is_guarded_and_sets_no_cookie(client, planned, address):
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers
    assert "Strict-Transport-Security" not in headers
    assert headers["Cache-Control"] in ("private, no-cache", "no-store")


@pytest.mark.parametrize("address", PAGES)
def test_every_page_varies_by_the_fragment_asked_for_and_by_nobody(client, planned, address):
    vary = {part.strip() for part in client.get(address).headers["Vary"].split(",")}
    assert "HX-Target" in vary
    assert "Cookie" not in vary, "a public page looked who is there"


def test_the_policy_names_the_sum_of_the_one_inlined_sheet(client):
    response = client.get("/")
    inlined = re.findall(r"<style>(.*?)</style>", response.get_data(as_text=True), flags=re.DOTALL)
    assert len(inlined) == 1
    total = base64.b64encode(hashlib.sha256(inlined[0].encode()).digest()).decode()
    assert f"'sha256-{total}'" in response.headers["Content-Security-Policy"]


def test_map_tiles_are_named_only_when_there_are_any(client):
    assert "http" not in client.get("/").headers["Content-Security-Policy"]
    told = policy("", "https://{s}.tile.example.org/{z}/{x}/{y}.png")
    assert "img-src 'self' data: https://*.tile.example.org;" in told
    assert "connect-src 'self' https://*.tile.example.org;" in told
    for wrong in ("javascript:alert(1)", "tile.example.org", "https://a b/{z}"):
        with pytest.raises(ValueError, match="DIRECTORY_TILE_URL"):
            policy("", wrong)


def test_https_is_remembered(client):
    assert client.get("/", base_url="https://localhost").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_pages_of_visitors_are_pressed_and_those_with_a_session_are_not(app, client):
    plain = client.get("/status").get_data()
    asked = {"Accept-Encoding": "gzip"}
    with app.test_request_context("/status", headers=asked):
        pressed = app.full_dispatch_request()
    assert pressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(pressed.get_data()) == plain
    assert "Accept-Encoding" in pressed.headers["Vary"]
    with app.test_request_context("/status", headers=asked | {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}=x"}):
        whole = app.full_dispatch_request()
    assert "Content-Encoding" not in whole.headers
    assert whole.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in client.get("/healthz", headers=asked).headers, "two letters do not shrink"


def test_kept_files_come_pressed_for_a_year(app, client):
    page = client.get("/search").get_data(as_text=True)
    for name in ("htmx.min.js", "site.js", "rest.css"):
        address = re.search(rf'(?:src|href)="(/files/\w+/{re.escape(name)})"', page)[1]
        plain = client.get(address)
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(client.get(address, headers={"Accept-Encoding": "gzip"}).get_data()) == plain.get_data()
        small = client.get(address, headers={"Accept-Encoding": "gzip, br"})
        assert small.headers["Content-Encoding"] == "br"
        assert brotli.decompress(small.get_data()) == plain.get_data()
        assert "Accept-Encoding" in small.headers["Vary"]
    assert client.get("/files/0/htmx.min.js").status_code == 404
    assert client.get("/files/0/%2e%2e%2fconfig.py").status_code == 404


@pytest.mark.parametrize("name", PINNED)
def test_what_comes_out_of_a_wheel_is_what_was_checked(name, monkeypatch):
    assert hashlib.sha256(from_wheel(name)).hexdigest() == PINNED[name][2]
    monkeypatch.setitem(PINNED, name, (*PINNED[name][:2], "0" * 64))
    with pytest.raises(RuntimeError, match="not the release that was checked"):
        from_wheel(name)


def test_scripts_carry_their_sum(client):
    page = client.get("/search").get_data(as_text=True)
    assert re.findall(r"<script(?![^>]*integrity=\"sha256-)[^>]*>", page) == []
    assert 'integrity="sha256-SRlVzRgQdH19e5zLk2QAr7dg4G0l1T5FcrZLZWOyeE4="' in page


def test_a_style_sheet_loses_only_what_nobody_reads():
    assert tightened("/* a */ a { color : red; }\n\n@media (min-width: 3rem) {\n b > c { d: e } }") == (
        "a{color : red}@media (min-width: 3rem){b > c{d: e}}"
    )
    assert style_sheets("a{b:c}/* core ends */d{e:f}") == ("a{b:c}", "d{e:f}")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAllowed("Not you."), 403),
        (Conflict("Changed."), 409),
        (Unavailable("Later."), 503),
        (ZeroDivisionError("secret"), 500),
    ],
)
def test_each_refusal_has_its_page_its_fragment_and_its_json(tmp_path, error, status):
    app = make_app(tmp_path, TESTING=False, PROPAGATE_EXCEPTIONS=False)

    @open_to(anyone)
    def refuse() -> str:
        raise error

    app.add_url_rule("/refuse", "about.refuse", refuse)
    app.add_url_rule("/api/refuse", "api.refuse", refuse)
    with app.app_context():
        client = app.test_client()
        page = client.get("/refuse")
        assert page.status_code == status
        assert "secret" not in page.get_data(as_text=True)
        assert page.headers["Content-Security-Policy"]
        fragment = client.get("/refuse", headers={"HX-Target": "answers"})
        assert (fragment.status_code, fragment.headers["HX-Retarget"]) == (status, "#problem")
        assert "<html" not in fragment.get_data(as_text=True)
        answer = client.get("/api/refuse")
        assert answer.status_code == status
        assert set(answer.json) == {"error"}


def test_a_method_that_is_not_there_says_which_are(client):
    response = client.post("/status")
    assert response.status_code in (400, 405)
    assert client.delete("/healthz").status_code == 405


def test_read_only_shuts_the_doors_that_write_and_no_other(tmp_path):
    app = make_app(tmp_path, READ_ONLY=True)

    @app.post("/planted")
    @open_to(anyone)
    def planted() -> str:
        return "changed"

    with app.app_context():
        client = app.test_client()
        assert client.get("/").status_code == 200
        refused = client.post("/planted")
        assert refused.status_code == 503
        assert "Nothing can be changed just now" in refused.get_data(as_text=True)
