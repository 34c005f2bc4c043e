"""Settings: the defaults, then whatever `DIRECTORY_*` says; every default is safe in public."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

DEFAULTS: dict[str, Any] = {
    "SITE_NAME": "Fingerpost",
    "TRUSTED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
    "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 200,
    "PROXY_COUNT": 0,
    "SEARCH_ENGINE": "",
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
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "PLACES_FILE": str(instance / "places.sqlite"),
        "INDEX_FOLDER": str(instance / "index"),
        "JOBS_FILE": str(instance / "jobs.sqlite"),
        **(given or {}),
    }


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
