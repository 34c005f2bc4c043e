"""Settings: safe unless told otherwise, read from the environment, and each limit bites."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from flask import Flask, request

from directory import config, create_app
from directory.extensions import db
from directory.views.access import anyone, open_to
from tests.conftest import make_app

README = Path(__file__).parents[1] / "README.md"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@pytest.fixture
def public(tmp_path):
    """A site as it stands in public, with one planted form to send things to."""
    app = make_app(tmp_path, TESTING=False)

    @app.post("/planted")
    @open_to(anyone)
    def planted() -> dict[str, int]:
        request.get_data(parse_form_data=True)
        return {"fields": len(request.form)}

    with app.app_context():
        yield app
        db.engine.dispose()


def bare(tmp_path: Path, **given: object):
    return create_app({"INSTANCE_FOLDER": str(tmp_path), "JOBS_FILE": ""} | given)


def test_a_forged_host_is_refused(public):
    client = public.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "127.0.0.1:5000"}).status_code == 200


def test_too_much_is_refused(public):
    client = public.test_client()
    assert client.post("/planted", data={"text": "x" * 1000}).json == {"fields": 1}
    assert client.post("/planted", data=b"x" * (public.config["MAX_CONTENT_LENGTH"] + 1)).status_code == 413
    long = {"text": "x" * (public.config["MAX_FORM_MEMORY_SIZE"] + 1)}
    assert client.post("/planted", data=long, content_type="multipart/form-data").status_code == 413
    many = {f"field{number}": "x" for number in range(public.config["MAX_FORM_PARTS"] + 1)}
    assert client.post("/planted", data=many, content_type="multipart/form-data").status_code == 413


def test_every_answer_carries_the_headers_errors_too(public):
    client = public.test_client()
    answers = [
        client.get("/healthz"),
        client.get("/no-such-page"),
        client.post("/healthz"),
        client.get("/healthz", headers={"Host": "evil.example"}),
        client.post("/planted", data=b"x" * (public.config["MAX_CONTENT_LENGTH"] + 1)),
        client.get("/api/search?place="),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 400, 413, 400]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "Permissions-Policy" in answer.headers


def test_defaults_are_safe_in_public(tmp_path):
    app = bare(tmp_path)
    told = {name: app.config[name] for name in ("DEBUG", "TESTING", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE")}
    assert told == {"DEBUG": False, "TESTING": False, "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax"}
    assert app.config["MAX_CONTENT_LENGTH"] <= 10_000_000
    assert app.config["TRUSTED_HOSTS"] == ["127.0.0.1", "localhost"]
    assert app.config["WTF_CSRF_ENABLED"] is True
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_pre_ping"] is True


def test_the_gallery_is_for_development_only(tmp_path, public):
    assert "/gallery" not in {rule.rule for rule in bare(tmp_path / "second").url_map.iter_rules()}
    assert public.test_client().get("/gallery").status_code == 404


def test_the_environment_sets_what_it_names(tmp_path, monkeypatch):
    monkeypatch.setenv("DIRECTORY_SITE_NAME", "Holt and villages")
    monkeypatch.setenv("DIRECTORY_TRUSTED_HOSTS", '["directory.example.org"]')
    monkeypatch.setenv("DIRECTORY_MAX_CONTENT_LENGTH", "1000")
    monkeypatch.setenv("DIRECTORY_NORTHERN_IRELAND", "true")
    monkeypatch.setenv("DIRECTORY_SQLALCHEMY_DATABASE_URI", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    app = bare(tmp_path)
    told = [app.config[name] for name in ("SITE_NAME", "TRUSTED_HOSTS", "MAX_CONTENT_LENGTH", "NORTHERN_IRELAND")]
    assert told == ["Holt and villages", ["directory.example.org"], 1000, True]
    with app.app_context():
        assert db.engine.url.database == str(tmp_path / "elsewhere.sqlite")
    assert bare(tmp_path, SITE_NAME="Given").config["SITE_NAME"] == "Given"


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_a_proxy_that_was_counted_is_believed(tmp_path, proxies):
    app = make_app(tmp_path, PROXY_COUNT=proxies, TRUSTED_HOSTS=["localhost", "directory.example.org"])
    with app.app_context():
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "directory.example.org"}
        answer = app.test_client().get("/healthz", headers=forwarded)
        assert ("Strict-Transport-Security" in answer.headers) is (proxies == 1)
        db.engine.dispose()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = bare(tmp_path).config["SECRET_KEY"]
    assert len(first) >= 64
    assert bare(tmp_path).config["SECRET_KEY"] == first
    assert bare(tmp_path / "other").config["SECRET_KEY"] != first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_readme_lists_every_setting():
    told = README.read_text("utf-8")
    ours = [name for name in config.DEFAULTS if not name.startswith(("SESSION_COOKIE_", "SEND_FILE_"))]
    assert [name for name in [*ours, "SQLALCHEMY_DATABASE_URI", "SECRET_KEY"] if f"`{name}`" not in told] == []


def test_every_setting_of_ours_is_read_somewhere():
    house = Path(config.__file__).parent
    code = "".join(path.read_text("utf-8") for path in house.rglob("*.py") if path.name != "config.py")
    assert [name for name in config.DEFAULTS.keys() - Flask.default_config.keys() if f'["{name}"]' not in code] == []


@pytest.mark.parametrize(
    ("said", "meant"), [("False", False), ("no", False), ("off", False), ("true", True), ("Yes", True), ("1", True)]
)
def test_yes_and_no_are_read_as_people_write_them(monkeypatch, tmp_path, said, meant):
    monkeypatch.setenv("DIRECTORY_READ_ONLY", said)
    assert create_app({"INSTANCE_FOLDER": str(tmp_path)}).config["READ_ONLY"] is meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("READ_ONLY", "perhaps"),
        ("PROXY_COUNT", "two"),
        ("MAX_CONTENT_LENGTH", "abc"),
        ("TRUSTED_HOSTS", "fingerpost.example.org"),
        ("TRUSTED_HOSTS", "[]"),
        ("GEOCODER_URL", "ftp://example.org"),
        ("SEARCH_ENGINE", "bogus"),
        ("SEARCH_ENGINE", "postgres"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_its_name(monkeypatch, tmp_path, name, value):
    monkeypatch.setenv(f"DIRECTORY_{name}", value)
    with pytest.raises(SystemExit, match=f"DIRECTORY_{name} is .* has to be"):
        create_app({"INSTANCE_FOLDER": str(tmp_path)})


ON_POSTGRESQL = "postgresql+psycopg://nobody@/nowhere"


@pytest.mark.parametrize(
    ("database", "chosen", "meant"),
    [("", "", "whoosh"), ("", "whoosh", "whoosh"), (ON_POSTGRESQL, "", "postgres"), (ON_POSTGRESQL, "whoosh", "whoosh")],
)
def test_the_search_engine_suits_the_database_unless_another_is_chosen(monkeypatch, tmp_path, database, chosen, meant):
    for name, value in (("SQLALCHEMY_DATABASE_URI", database), ("SEARCH_ENGINE", chosen)):
        if value:
            monkeypatch.setenv(f"DIRECTORY_{name}", value)
    assert create_app({"INSTANCE_FOLDER": str(tmp_path)}).config["SEARCH_ENGINE"] == meant
