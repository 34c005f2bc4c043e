"""The link that `flask user add` prints leads to where the site is."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def added(app):
    def add(email):
        done = app.test_cli_runner().invoke(args=["user", "add", email, "--role", "lead"])
        assert done.exit_code == 0, done.output
        return done.output.splitlines()[-1]

    return add


def test_the_public_address_comes_first(app, added, monkeypatch):
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://directory.example.org")
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["directory.example.org"])
    Path(app.config["SERVED_FILE"]).write_text("http://127.0.0.1:5099")
    assert added("one@example.org").startswith("https://directory.example.org/account/")


def test_the_address_it_is_served_at_comes_next(app, added):
    Path(app.config["SERVED_FILE"]).write_text("http://127.0.0.1:5099")
    assert added("two@example.org").startswith("http://127.0.0.1:5099/account/")
    Path(app.config["SERVED_FILE"]).unlink()


def test_else_the_port_that_is_set_and_where_nobody_knows_the_path_alone(app, added, monkeypatch):
    Path(app.config["SERVED_FILE"]).unlink(missing_ok=True)
    assert added("three@example.org").startswith("/account/")
    monkeypatch.setenv("PORT", "5077")
    assert added("four@example.org").startswith("http://127.0.0.1:5077/account/")
