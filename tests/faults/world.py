"""A directory in a folder of its own with its processes, to be killed and started again, and what has to be true of it."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from directory.indexes.analysis import stem
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import ImportRun, Listing, Revision, SearchChange, Suggestion
from tests.faults.editor import GATE, PAUSE, WORDS
from tests.faults.halves import half_decisions, half_listings, half_lists

ROOT = Path(__file__).resolve().parents[2]
PLACE = "52.9061, 1.0879"
WEB, WORKER = "web", "worker"
PATIENCE_S = 30.0
RECENT = 5_000  # revisions


class Forking:
    """The process of forking.py: starts our commands."""

    def __enter__(self) -> Forking:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("DIRECTORY_")}
        self.environment = plain | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking"],
            **{"cwd": ROOT, "env": self.environment, "text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE},
            start_new_session=True,  # Ctrl-C is ours alone; it ends with its input, and with it all that it started
        )
        if self.process.stdout.readline() != "ready\n":
            self.process.communicate()
            raise RuntimeError("our commands cannot be imported; see above")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.communicate(timeout=30)

    def start(self, *arguments: str, environment: dict[str, str], said: Path) -> int:
        asked = {"arguments": arguments, "environment": self.environment | environment, "said": str(said)}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@dataclass
class World:
    """One instance folder, one port, and the processes by their names; editors are called "editor-0" and so on."""

    forking: Forking
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    editors: int = 2
    web_processes: int = 2
    is_varied: bool = False  # editors import lists, approve, and work on the website too
    pids: dict[str, int] = field(default_factory=dict)
    started: int = 0
    acknowledged: dict[int, int] = field(default_factory=dict)  # bytes read of each editor's acknowledgements
    refused: int = 0
    saved: int = 0
    done: Counter[str] = field(default_factory=Counter)  # what editors were told is saved, by what it was
    cut_short: Counter[str] = field(default_factory=Counter)  # what they had begun and were told nothing of
    under_way: dict[int, str] = field(default_factory=dict)
    seen_revision: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self.instance = Path(self.settings.get("DIRECTORY_INSTANCE_FOLDER", self.folder / "instance"))
        self.instance.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "DIRECTORY_INSTANCE_FOLDER": str(self.instance),
            "DIRECTORY_SECRET_KEY": "only for tests",
            "DIRECTORY_PLACES_FILE": str(self.folder / "no-places.sqlite"),
        } | self.settings
        address = self.environment.get("DIRECTORY_SQLALCHEMY_DATABASE_URI", f"sqlite:///{self.instance / 'directory.sqlite'}")
        self.engine = sa.create_engine(address, poolclass=sa.NullPool)
        self.index_folder = Path(self.environment.get("DIRECTORY_INDEX_FOLDER", self.instance / "index"))
        self.said = self.folder / "said"

    # Processes

    def prepare(self, listings: int = 30) -> None:
        """The schema, the vocabulary, some listings, and an index of them."""
        self.wait_for_end(self._start("tests.faults.editor", "prepare", str(listings)))
        self.make_index()

    def make_index(self, *, seconds: float = PATIENCE_S) -> None:
        self.wait_for_end(self._start("flask", "--app", "wsgi", "reindex"), seconds=seconds)

    def start(self, name: str) -> None:
        if name == WEB:
            options = (f"--workers={self.web_processes}", "--threads=4", "--graceful-timeout=5", "--log-level=error")
            self.pids[name] = self._start("gunicorn", *options, f"--bind=127.0.0.1:{self.port}", "wsgi:app")
        elif name == WORKER:
            self.pids[name] = self._start("flask", "--app", "wsgi", "worker")
        else:
            self.started += 1
            number = name.removeprefix("editor-")
            given = (str(self.folder), number, str(self.editors), str(self.started))
            self.pids[name] = self._start("tests.faults.editor", *given, *([str(self.port)] if self.is_varied else []))

    @property
    def editor_names(self) -> list[str]:
        return [f"editor-{number}" for number in range(self.editors)]

    def start_all(self) -> None:
        for name in (WEB, WORKER, *self.editor_names):
            self.start(name)

    def kill(self, name: str) -> None:
        """As hard as can be, and gone when this returns; the web server with the processes that it made."""
        pid = self.pids.pop(name)
        for each in (pid, *(children(pid) if name == WEB else ())):
            kill(each)

    def kill_a_web_process(self, number: int) -> bool:
        """One of those that gunicorn keeps, which starts another; false when none was there at this moment."""
        made = children(self.pids[WEB])
        return bool(made) and kill(made[number % len(made)])

    def is_running(self, name: str) -> bool:
        return is_alive(self.pids[name])

    def worked_s(self, name: str) -> float:
        """Seconds of processor that a process and those it made have taken, ended ones among them."""
        pids = [self.pids[name], *children(self.pids[name])]
        figures = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15] for pid in pids]
        return sum(int(ticks) for each in figures for ticks in each) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        for name in list(self.pids):
            self.kill(name)
        self.engine.dispose()

    def wait_for_end(self, pid: int, *, seconds: float = PATIENCE_S) -> None:
        until = time.monotonic() + seconds
        while is_alive(pid):
            assert time.monotonic() < until, self.log()
            time.sleep(0.01)

    def log(self) -> str:
        return self.said.read_text()[-6_000:] if self.said.exists() else ""

    def _start(self, *arguments: str) -> int:
        return self.forking.start(*arguments, environment=self.environment, said=self.said)

    # Editors

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """No edit under way, and none begun."""
        (self.folder / PAUSE).touch()
        gate = os.open(self.folder / GATE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        finally:
            os.close(gate)
            (self.folder / PAUSE).unlink()

    def new_acknowledgements(self) -> list[dict[str, Any]]:
        """What editors were told is saved since this was asked last."""
        told = []
        for number in range(self.editors):
            path = self.folder / f"acknowledged-{number}"
            content = path.read_bytes()[self.acknowledged.get(number, 0) :] if path.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]  # a kill may have cut the last line
            self.acknowledged[number] = self.acknowledged.get(number, 0) + len(whole)
            for line in map(json.loads, whole.splitlines()):
                self._note(number, line, told)
        self.saved += len(told)
        return told

    def _note(self, number: int, line: dict[str, Any], told: list[dict[str, Any]]) -> None:
        what = self.under_way.pop(number, "")
        if "begun" in line:
            self.under_way[number] = line["begun"]
            if what:
                self.cut_short[what] += 1  # by another process of the same name, which was killed
        elif "refused" in line:
            self.refused += 1
        else:
            self.done[what] += 1
            told.append(line)

    # What has to be true

    def lost(self) -> list[dict[str, Any]]:
        """What somebody was told is saved, and of which revision, import or suggestion is not there or is another."""
        told = self.new_acknowledgements()
        with self.engine.connect() as connection:
            kept: dict[str, Any] = {}
            # An edit is told of soon after it was made: what is much older was looked at before.
            recent = sa.select(Revision.__table__).where(Revision.id > self.seen_revision - RECENT)
            tokens = [line["door"] for line in told if "door" in line]
            for start in range(0, len(tokens), 500):
                some = tokens[start : start + 500]
                mine = recent.where(sa.or_(Revision.door.in_(some), Revision.reason.in_(some)))
                kept |= {row.door if row.door in some else row.reason: row for row in connection.execute(mine)}
            self.seen_revision = connection.scalar(sa.select(sa.func.max(Revision.id))) or 0
            lost = [line for line in told if "door" in line and (line["door"] not in kept or seen(kept[line["door"]]) != line)]
            for name, column in (("run", ImportRun.file_name), ("suggestion", Suggestion.door)):
                there = sa.select(sa.func.count()).where(column == sa.bindparam("token"))
                lost += [line for line in told if name in line and connection.scalar(there, {"token": line[name]}) != 1]
        return lost

    def half_changes(self) -> list[str]:
        """What is there in part only: of a change of a listing, of an import, of a decision."""
        with self.as_of_one_moment() as connection:
            return [*half_listings(connection), *half_lists(connection), *half_decisions(connection)]

    def as_of_one_moment(self) -> sa.Connection:
        """What the website still works on is all there or not at all; SQLite shows one moment in any case."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        return engine.connect()

    def expected(self) -> dict[str, dict[int, str]]:
        """By word, what has to be found: id and name of each published listing, from the database itself."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(Listing.id, Listing.name).where(Listing.status == "published")).all()
        return {word: {id_: name for id_, name in rows if word in name.split()} for word in WORDS}

    def found(self, word: str, place: str = PLACE) -> list[str] | None:
        """What a search over HTTP finds, in order; None while nobody answers. Raises AssertionError for any 5xx."""
        status, answer = self.get("/api/search", place=place, q=f'"{word}"', per_page="100")
        if status is None:
            return None
        assert status == 200, f"{status} for {word}: {answer[:500]!r}\n{self.log()}"
        return [result["name"] for result in json.loads(answer)["results"]]

    def get(self, path: str, **parameters: str) -> tuple[int | None, bytes]:
        """Status and body; None while nobody listens or when the process was killed while it answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"{path}?{urllib.parse.urlencode(parameters)}" if parameters else path)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            connection.close()

    def search_differs(self) -> str:
        """What HTTP answers otherwise than the database, empty when nothing: asked often enough to meet every process."""
        expected = self.expected()
        for _ in range(2 * self.web_processes):
            for word, names in expected.items():
                answer = self.found(word)
                if answer is None or sorted(answer) != sorted(names.values()):
                    return f"{word}: {answer}, and not {sorted(names.values())}"
        return ""

    def index_differs(self) -> str:
        """What the files of the text index hold otherwise than the database, empty when nothing.

        PostgreSQL keeps the text index in the database itself, so there is nothing to compare.
        """
        if self.engine.dialect.name == "postgresql":
            return ""
        index = WhooshIndex(self.index_folder)
        try:
            with self.engine.connect() as connection:
                newest = connection.scalar(sa.select(sa.func.max(SearchChange.id))) or 0
            if not index.is_ready() or index.version != newest:
                return f"the index is at {index.version if index.is_ready() else 'nothing'}, the outbox at {newest}"
            for word, names in self.expected().items():
                if (ids := index.matches(stem(word)).ids.tolist()) != sorted(names):
                    return f"{word}: {ids} in the index, and not {sorted(names)}"
            return ""
        finally:
            index.close()

    def whole(self) -> bool:
        """Whether every file of the index in use is what its marker says, and as this version of ours writes it."""
        return not WhooshIndex(self.index_folder).needs_rebuild()

    def wait(self, differs: Any, *, seconds: float) -> float:
        """How long it took until `differs` said nothing. Raises AssertionError with what it said last."""
        begun = time.monotonic()
        while said := differs():
            assert time.monotonic() - begun < seconds, f"after {seconds} s: {said}\n{self.log()}"
            time.sleep(0.02)
        return time.monotonic() - begun

    def wait_until_it_answers(self) -> None:
        self.wait(lambda: "" if self.get("/healthz")[0] == 200 else "no answer", seconds=PATIENCE_S)


def seen(row: Any) -> dict[str, Any]:
    """A revision as an editor tells of it: by its door or, where that is the page, by its reason."""
    told = {"door": row.reason if row.door == "page" else row.door, "listing": row.listing_id, "number": row.number}
    return told | {"name": row.document["name"], "status": row.document["status"]}


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def kill(pid: int) -> bool:
    """SIGKILL, and wait until it is gone; false when it was already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    until = time.monotonic() + PATIENCE_S
    while is_alive(pid):
        assert time.monotonic() < until, f"process {pid} outlives SIGKILL"
        time.sleep(0.001)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
