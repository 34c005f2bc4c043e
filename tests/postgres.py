"""A PostgreSQL of our own for the length of a test run: a private folder, a socket, no network, gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from tests.needs import lacking

QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl, newest version first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name.split(".")[0]))
    if configured := shutil.which("pg_config"):
        told = subprocess.run([configured, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip()))
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def own_database(address: str, name: str) -> str:
    """The address of an empty database beside that of `address`, called after it and `name`."""
    url = sa.make_url(address)
    own = url.set(database=f"{url.database}_{name}")
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT").execution_options(writing=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{own.database}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{own.database}"')
    server.dispose()
    return own.render_as_string(hide_password=False)


@contextlib.contextmanager
def cluster(settings: str = "") -> Iterator[str]:
    """The address of an empty database; DIRECTORY_TEST_POSTGRES_URI is taken instead when it is set.

    Each of several processes that share that one makes a database of its own there, because all empty the tables.

    `settings` are further ones of the server, "-c name=value".
    """
    if given := os.environ.get("DIRECTORY_TEST_POSTGRES_URI"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        yield own_database(given, worker) if worker else given
        return
    bin_folder = binaries()
    if bin_folder is None:
        lacking("postgres", "no initdb here and DIRECTORY_TEST_POSTGRES_URI is not set")
    # The folder stays short: the path of a Unix socket may hold 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="fp-pg-", dir="/tmp"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if not shutil.which("runuser"):
            lacking("postgres", "running as root without runuser")
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    told = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    control = [*as_user, str(bin_folder / "pg_ctl"), "-D", str(folder / "rows"), "-w"]
    try:
        make = [*as_user, str(bin_folder / "initdb"), "-D", str(folder / "rows"), "-A", "trust", "-U", "postgres"]
        subprocess.run([*make, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"], **told)
        options = f"{QUICK} {settings} -c listen_addresses='' -c unix_socket_directories={folder}"
        subprocess.run([*control, "-l", str(folder / "log"), "-o", options, "start"], **told)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **told)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
