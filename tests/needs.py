"""What a test needs of the machine: absent means a skip that says why, or a failure when REQUIRE names it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).parents[1]
SHARED = Path(os.environ.get("DIRECTORY_SHARED_DATA") or REPOSITORY.parent / "shared").resolve()
KNOWN = ("browser", "postgres", "shared", "network", "mount", "strace")
REQUIRED = {word for word in os.environ.get("REQUIRE", "").replace(",", " ").split() if word}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def lacking(what: str, why: str) -> NoReturn:
    """Skip this test, or fail it when REQUIRE names `what`, one of KNOWN."""
    if what in REQUIRED:
        pytest.fail(f"REQUIRE={what}: {why}", pytrace=False)
    pytest.skip(f"{what}: {why}")


def shared_data() -> Path:
    """The folder of real open data (listings, postcodes, areas); it is no part of the project."""
    folder = SHARED / "data" if (SHARED / "data").is_dir() else SHARED
    if not (folder / "listings").is_dir():
        lacking("shared", "no folder of real data; name one in DIRECTORY_SHARED_DATA")
    return folder


def browser_binary() -> str:
    """Where Chromium is on this machine."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    return lacking("browser", "no Chromium on the PATH")
