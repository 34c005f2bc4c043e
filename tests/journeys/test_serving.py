"""The commands that keep running, as real processes: they start, find what is new within two seconds, and stop cleanly."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
ADD = """
from datetime import UTC, datetime
from directory.actions import listings as actions
from directory.forms.listings import ListingForm
from directory.models import Voice
from wsgi import app
with app.app_context():
    form = ListingForm.from_data({
        "name": "Whittling by the mere", "kind": "group", "status": "published", "at_venue": True,
        "venues": [{"key": "mere", "name": "Boathouse", "latitude": 52.9066, "longitude": 1.0871}],
        "sessions": [{"venue": "mere"}],
    })
    assert form.validate(), form.errors
    actions.add(by_voice=Voice.VOLUNTEER, door="command", now=datetime.now(UTC), **form.values)
"""

CHANGE = """
import sys
from datetime import UTC, datetime
from directory.actions import listings as actions
from directory.extensions import db
from directory.models import Listing, Voice
from wsgi import app
with app.app_context():
    row = db.session.query(Listing).filter_by(slug="whittling-by-the-mere").one()
    told = {"by_voice": Voice.VOLUNTEER, "door": "command", "now": datetime.now(UTC)}
    if sys.argv[1] == "rename":
        actions.change(row, version=row.version, name="Carving by the mere", **told)
    else:
        actions.withdraw(row, **told)
"""


@pytest.fixture
def environment(tmp_path, places_file):
    """What the child processes see: an instance folder of their own and the postcode table that is already built."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIRECTORY_")}
    return kept | {
        "DIRECTORY_INSTANCE_FOLDER": str(tmp_path / "instance"),
        "DIRECTORY_PLACES_FILE": str(places_file),
        "DIRECTORY_SECRET_KEY": "only for tests",
    }


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*arguments, environment):
    return subprocess.run([*FLASK, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def started(environment, port):
    serving = subprocess.Popen(
        [*FLASK, "serve", f"--port={port}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while "Fingerpost is at" not in (line := serving.stdout.readline()):
        assert line or serving.poll() is None, "it ended before it answered"
    return serving


def found(port, **question):
    address = f"http://127.0.0.1:{port}/api/search?{urllib.parse.urlencode(question)}"
    with urllib.request.urlopen(address, timeout=5) as answer:
        return [result["name"] for result in json.load(answer)["results"]]


def test_set_up_serve_find_something_new_and_stop(environment, port):
    done = run("setup", environment=environment)
    assert done.returncode == 0, done.stderr
    again = run("setup", environment=environment)
    assert again.returncode == 0, again.stderr

    serving = subprocess.Popen(
        [*FLASK, "serve", f"--port={port}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while "Fingerpost is at" not in (line := serving.stdout.readline()):
            assert line or serving.poll() is None, "it ended before it answered"
        assert found(port, place="NR25 6BH")

        subprocess.run([sys.executable, "-c", ADD], cwd=ROOT, env=environment, check=True, timeout=60)
        added = time.monotonic()
        while "Whittling by the mere" not in found(port, place="NR25 6BH", q="whittling"):
            assert time.monotonic() - added < 2, "a new listing has to be findable within two seconds"
            time.sleep(0.05)

        worker = children(serving)["worker"]
        for is_at_work in (True, False):
            if not is_at_work:
                os.kill(worker, signal.SIGSTOP)  # the index stays as it is
            what = "rename" if is_at_work else "withdraw"
            subprocess.run([sys.executable, "-c", CHANGE, what], cwd=ROOT, env=environment, check=True, timeout=60)
            changed = time.monotonic()
            if is_at_work:
                while "Carving by the mere" not in found(port, place="NR25 6BH", q="carving"):
                    assert time.monotonic() - changed < 2, "an edit has to be findable within two seconds"
                    time.sleep(0.05)
            for q in ("carving", "whittling", "mere", "boathouse", ""):
                for _ in range(6):  # often enough to meet both web processes
                    names = found(port, place="NR25 6BH", q=q)
                    assert "Whittling by the mere" not in names
                    assert is_at_work or "Carving by the mere" not in names, "a take-down is gone at once, stale index or not"
        os.kill(worker, signal.SIGCONT)

        well = run("healthcheck", environment=environment)
        assert well.returncode == 0, well.stdout + well.stderr
    finally:
        serving.send_signal(signal.SIGINT)
        said, _ = serving.communicate(timeout=30)
    assert serving.returncode == 0, said
    assert "Traceback" not in said
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def children(serving):
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(serving.pid)], capture_output=True, text=True, check=True)
    return {("worker" if line.endswith("worker") else "web"): int(line.split()[0]) for line in listed.stdout.splitlines()}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")
def test_a_dead_worker_is_replaced_and_nothing_outlives_the_command(environment, port):
    assert run("setup", "--no-demonstration", environment=environment).returncode == 0
    environment |= {"DIRECTORY_TRUSTED_HOSTS": '["fingerpost.example.org"]'}
    serving = started(environment, port)
    try:
        before = children(serving)
        os.kill(before["worker"], signal.SIGKILL)
        begun = time.monotonic()
        while (after := children(serving)).get("worker") in {None, before["worker"]}:
            assert time.monotonic() - begun < 15, "the worker was not started again"
            time.sleep(0.1)
        assert after["web"] == before["web"]
    finally:
        serving.kill()  # as hard as can be: the children have to notice by themselves
        serving.communicate(timeout=10)
    begun = time.monotonic()
    while any(Path(f"/proc/{pid}").exists() for pid in after.values()):
        assert time.monotonic() - begun < 15, "a child outlived the command"
        time.sleep(0.1)


def test_a_closed_terminal_stops_everything(environment, port):
    assert run("setup", "--no-demonstration", environment=environment).returncode == 0
    serving = started(environment, port)
    serving.send_signal(signal.SIGHUP)
    serving.communicate(timeout=30)
    assert serving.returncode == 0
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def test_a_damaged_queue_is_set_aside(environment, tmp_path):
    assert run("setup", "--no-demonstration", environment=environment).returncode == 0
    queue = tmp_path / "instance" / "jobs.sqlite"
    queue.write_bytes(os.urandom(40_000))
    assert run("reindex", environment=environment).returncode == 0
    assert Path(f"{queue}.damaged").exists()


def test_after_setting_up_the_database_is_one_whole_file(environment, tmp_path):
    assert run("setup", environment=environment).returncode == 0
    log = tmp_path / "instance" / "directory.sqlite-wal"
    assert not log.exists() or not log.stat().st_size


def test_a_locked_database_is_said_plainly(environment, tmp_path):
    assert run("setup", "--no-demonstration", environment=environment).returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "directory.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = run("setup", environment=environment)
    assert refused.returncode == 1
    assert "The database is busy" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_said_plainly(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", f"--port={port}", environment=environment)
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_thirty_requests_that_never_end_do_not_stop_the_thirty_first(environment, port):
    assert run("setup", "--no-demonstration", environment=environment).returncode == 0
    serving = started(environment, port)
    try:
        with contextlib.ExitStack() as held:
            for _ in range(30):
                half_open = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                half_open.sendall(b"GET /search?place=Holt HTTP/1.1\r\nHo")
            time.sleep(0.5)
            for _ in range(6):
                assert found(port, place="NR25 6BH") == []
        # An address that is too long for a box is answered by a page of ours, not by the server's bare one.
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/search?q={'a' * 5_000}", timeout=5)
        assert (refused.value.code, b"<main" in refused.value.read()) == (400, True)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=30)
