"""Settings: the defaults, then whatever `DIRECTORY_*` says; every default is safe in public."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ENGINES = ("whoosh", "postgres")
CHOICES = {"MAIL_BACKEND": ("smtp", "file", "console"), "MAIL_SECURITY": ("starttls", "tls", "none")}
DEFAULTS: dict[str, Any] = {
    "SITE_NAME": "Fingerpost",
    "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],
    "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 200,
    "PROXY_COUNT": 0,
    "PUBLIC_URL": "",
    "MAIL_BACKEND": "",  # smtp where there is a server, else a folder
    "MAIL_SERVER": "",
    "MAIL_PORT": 587,
    "MAIL_SECURITY": "starttls",
    "MAIL_USERNAME": "",
    "MAIL_PASSWORD": "",
    "MAIL_FROM": "",
    "SEARCH_ENGINE": "",  # the one that suits the database
    "TILE_URL": "",
    "TILE_ATTRIBUTION": "",
    "GEOCODER_URL": "",
    "NORTHERN_IRELAND": False,
    "READ_ONLY": False,
    "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
}


def instance_folder(usual: str, given: dict[str, Any] | None = None) -> Path:
    """Where database, index, postcode table and secret live: as given, as DIRECTORY_INSTANCE_FOLDER says, or the usual."""
    return Path((given or {}).get("INSTANCE_FOLDER") or os.environ.get("DIRECTORY_INSTANCE_FOLDER") or usual)


def settings(instance: Path, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """All settings that do not come from the environment; files live in the `instance` folder."""
    return {
        **DEFAULTS,
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{instance / 'directory.sqlite'}",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=90),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "PLACES_FILE": str(instance / "places.sqlite"),
        "INDEX_FOLDER": str(instance / "index"),
        "ATLAS_FOLDER": str(instance / "atlas"),
        "JOBS_FILE": str(instance / "jobs.sqlite"),
        "MAIL_FOLDER": str(instance / "mail"),
        "SERVED_FILE": str(instance / "served"),
        **(given or {}),
    }


ON, OFF = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}


def check(settings: dict[str, Any]) -> None:
    """Turn words into what they mean, in place. Stops the start with one sentence when a setting makes no sense."""
    for name, usual in DEFAULTS.items():
        value = settings[name]
        if isinstance(usual, bool) and not isinstance(value, bool):
            said = str(value).strip().lower()
            if said not in ON | OFF:
                _stop(name, value, "true or false")
            settings[name] = said in ON
        elif isinstance(usual, int) and not isinstance(usual, bool) and (not isinstance(value, int) or value < 0):
            _stop(name, value, "a whole number")
        elif isinstance(usual, list) and not (isinstance(value, list) and value and all(isinstance(v, str) for v in value)):
            _stop(name, value, 'a list as JSON, such as ["directory.example.org"]')
        elif name.endswith("_URL") and value and not str(value).startswith(("https://", "http://")):
            _stop(name, value, "an address that begins with https:// or http://")
    # Over https the cookie is tied to this very host; a plain name without Secure is for a developer's own machine.
    is_secure = settings["PUBLIC_URL"].startswith("https://")
    settings["SESSION_COOKIE_SECURE"] = is_secure
    settings["SESSION_COOKIE_NAME"] = "__Host-session" if is_secure else "session"
    settings["PUBLIC_URL"] = settings["PUBLIC_URL"].rstrip("/")
    settings["MAIL_BACKEND"] = settings["MAIL_BACKEND"] or ("smtp" if settings["MAIL_SERVER"] else "file")
    settings["MAIL_FROM"] = settings["MAIL_FROM"] or f"directory@{urlsplit(settings['PUBLIC_URL']).hostname or 'localhost'}"
    for name, choices in CHOICES.items():
        if settings[name] not in choices:
            _stop(name, settings[name], " or ".join(choices))
    if settings["MAIL_BACKEND"] == "smtp" and not settings["MAIL_SERVER"]:
        _stop("MAIL_SERVER", "", "the name of a mail server")
    has_postgres = str(settings["SQLALCHEMY_DATABASE_URI"]).startswith("postgresql")
    settings["SEARCH_ENGINE"] = engine = settings["SEARCH_ENGINE"] or ("postgres" if has_postgres else "whoosh")
    if engine not in ENGINES or (engine == "postgres" and not has_postgres):
        _stop("SEARCH_ENGINE", engine, " or ".join(ENGINES) if has_postgres else "whoosh, because the database is not PostgreSQL")


def _stop(name: str, value: Any, wanted: str) -> None:
    raise SystemExit(f"DIRECTORY_{name} is {value!r}; it has to be {wanted}.")


def secret(instance: Path) -> str:
    """The key that signs cookies, made once and kept in the instance folder, readable by its owner alone."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
    return path.read_text().strip()
