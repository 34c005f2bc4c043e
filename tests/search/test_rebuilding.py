"""A rebuild shared among processes: the same index, one bar, the old index until the end, and nobody left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from directory import search
from directory.errors import Unavailable
from directory.extensions import db
from directory.indexes import current, shares, whoosh_segments
from directory.indexes.generations import alone
from directory.indexes.keeping import rebuild
from directory.indexes.shares import ShareLost, processes_for, shared_out
from directory.indexes.whoosh_index import WhooshIndex
from tests.search.asking import found, named, north

CLUBS = 9
PATIENCE_S = 20


@pytest.fixture
def index(app):
    """The text index of this test, whichever engine the application has."""
    search.configure(folder=app.config["INDEX_FOLDER"], engine="whoosh")
    return current.current.index


@pytest.fixture
def clubs(index, make, monkeypatch):
    """Nine listings and their index, written by this process alone; a segment holds two at most."""
    monkeypatch.setattr(shares, "MOST", 2)
    rows = [make.listing(f"Club {'tea' * (n % 2)} {chr(97 + n) * 4}", at=north(n)) for n in range(CLUBS)]
    rebuild(processes=1)
    return rows


@pytest.fixture
def children(monkeypatch):
    """The processes as they were started."""
    made = []
    start = subprocess.Popen

    def noted(*arguments, **options):
        made.append(start(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(shares.subprocess, "Popen", noted)
    return made


def everything(index):
    """Term → listing ids and weights, of the whole index."""
    assert index.is_ready()
    terms = {term for segment in index._opened.segments for term in segment.terms()}
    found = {term: index.matches(term) for term in sorted(terms)}
    return {term: (postings.ids.tolist(), postings.weights.tolist()) for term, postings in found.items() if len(postings)}


def generations(index):
    return sorted(path.name for path in index.generations.folder.glob("g*"))


def test_several_processes_write_what_one_writes(index, clubs, children):
    alone = everything(index)
    told = []
    assert rebuild(lambda done, total: told.append((done, total)), processes=2) == CLUBS
    assert everything(index) == alone
    assert len(index._opened.segments) > 2
    assert told == sorted(told)
    assert told[-1] == (CLUBS, CLUBS), "one bar for all of them"
    assert [child.returncode is not None for child in children] == [True, True]
    assert named("tea") == [row.name for row in clubs if "tea" in row.name]


def test_the_old_index_answers_until_the_end(index, clubs, make):
    """And what was written meanwhile is in the new one afterwards."""
    seen = []

    def meanwhile(done, total):
        if not seen:
            make.listing("Late Club", at=north(1))
        db.session.rollback()
        seen.append(found("club").total)

    rebuild(meanwhile, processes=2)
    assert set(seen) == {CLUBS + 1}
    assert search.apply_changes() == 1
    assert len(index.matches("club")) == CLUBS + 1


def test_an_ended_process_ends_the_rebuild_and_nothing_else(index, clubs, children):
    before = everything(index), generations(index)

    threading.Thread(target=lambda: (wait(lambda: len(children) == 2), children[0].kill())).start()
    with pytest.raises(ShareLost, match="ended"):
        rebuild(processes=2)
    assert (everything(index), generations(index)) == before
    assert all(child.returncode is not None for child in children)
    assert rebuild(processes=2) == CLUBS


def test_an_error_in_a_process_is_an_error_of_the_rebuild(index, clubs, tmp_path):
    shared = [[(0, 5)], [(6, 10**9)]]
    with pytest.raises(OSError, match="No such file"):
        shares.written_by_processes(tmp_path / "nowhere", db.engine.url, shared, lambda more: None)
    with pytest.raises(ShareLost, match="failed: "):
        shares.written_by_processes(tmp_path, db.engine.url, [[(0, "five")], [(6, 2**70)]], lambda more: None)


def test_one_rebuild_at_a_time(index, clubs):
    with alone(index.generations.folder / "rebuild.lock", patience_s=0.0):
        with pytest.raises(Unavailable, match="another process"):
            rebuild()
        index.generations.distrust()
        index.close()
        assert search.apply_changes() == 0, "the worker comes again later"
        assert found("club").total == CLUBS
    assert search.apply_changes() == CLUBS


PARENT = """
import sys
from directory import create_app, search
from directory.indexes.keeping import rebuild
app = create_app({"INSTANCE_FOLDER": sys.argv[1], "SECRET_KEY": "only for tests", "JOBS_FILE": "",
                  "SQLALCHEMY_DATABASE_URI": sys.argv[2], "SEARCH_ENGINE": "whoosh"})
with app.app_context():
    search.configure(folder=sys.argv[3], engine="whoosh")
    rebuild(processes=2)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")
def test_a_killed_rebuild_leaves_the_old_index_and_no_process(app, index, clubs):
    before = everything(index)
    address = db.engine.url.render_as_string(hide_password=False)
    arguments = [app.config["INSTANCE_FOLDER"], address, str(index.generations.folder)]
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *arguments], env={**os.environ, "PYTHONPATH": str(root)})
    wait(lambda: len(children_of(parent.pid)) == 2)
    orphans = children_of(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait(lambda: not any(is_alive(pid) for pid in orphans))
    again = WhooshIndex(index.generations.folder)
    assert everything(again) == before
    again.close()
    assert rebuild(processes=1) == CLUBS
    assert everything(index) == before
    assert len(generations(index)) == len(list(index.generations.folder.glob("g*/marker.json"))), "what it had begun is gone"


def children_of(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait(until):
    begun = time.monotonic()
    while not until():
        assert time.monotonic() - begun < PATIENCE_S
        time.sleep(0.01)


def test_shares_hold_every_document_once(index, clubs):
    connection = db.session.connection()
    for processes in (1, 2, 3, 4):
        ranges = sorted(share for mine in shared_out(connection, CLUBS, processes) for share in mine)
        ids = [row.id for row in clubs]
        assert [sum(first <= id_ <= last for first, last in ranges) for id_ in ids] == [1] * CLUBS
    assert len(shared_out(connection, 10 * CLUBS, 4)) == 1, "most of them went away meanwhile"


def test_few_documents_are_not_worth_a_process():
    url = make_url("sqlite:////somewhere/directory.sqlite")
    assert processes_for(2 * shares.LEAST - 1, url) == 1
    assert 1 <= processes_for(10**9, url) <= shares.MOST_PROCESSES
    assert processes_for(10**9, make_url("sqlite://")) == 1, "nobody else sees a database in memory"


# Segments


@pytest.mark.parametrize(
    ("sizes", "joined"),
    [
        ([], []),
        ([1] * 7, []),
        ([1] * 8, list(range(8))),
        ([100, *[1] * 7, 50], []),
        ([*[1] * 8, 8, 17, 5_000], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ([*[30_000] * 30], []),
        ([2_000] * 8, list(range(8))),
        ([*[2_000] * 8, 16_000, 30_000], list(range(9))),
    ],
)
def test_small_segments_of_about_one_size_are_joined(sizes, joined):
    assert sorted(whoosh_segments.worth_joining(sizes)) == joined


def test_joining_changes_no_answer_and_keeps_segments_few(index, make):
    search.apply_changes()
    rows = []
    for number in range(40):
        rows.append(make.listing(f"Club {number}", at=north(1)))
        if number % 3 == 2:
            with make.writing(rows[-2]):
                rows[-2].status = make.models.Status.HIDDEN
                search.note(rows[-2])
        search.apply_changes()
        assert len(index._opened.segments) <= 16
    by_steps = everything(index)
    rebuild(processes=1)
    assert everything(index) == by_steps
    assert len(index._opened.segments) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted as Linux shows them")
def test_changes_leave_no_files_open(index, make):
    search.apply_changes()
    club = make.listing("Club", at=north(1))
    open_files = []
    for number in range(30):
        with make.writing(club):
            club.name = f"Club {number}"
            search.note(club)
        search.apply_changes()
        open_files.append(len(os.listdir("/proc/self/fd")))
    assert max(open_files[10:]) <= max(open_files[:10])


def test_an_older_change_applied_late_changes_nothing(index, make):
    """Two workers by mistake, or one that was stopped for a while between reading and writing."""
    search.apply_changes()
    club = make.listing("Garden Club", at=north(1))
    search.apply_changes()
    version = index.version
    index.update([(club.id, {"stale": 0.5})], removed=[club.id], version=version - 1)
    index.update([(club.id, {"stale": 0.5})], removed=[club.id], version=version)
    assert index.is_ready()
    assert (index.version, index.matches("stale").ids.tolist()) == (version, [])
    assert index.matches("garden").ids.tolist() == [club.id]


def test_a_database_from_before_wants_another_index(index, make):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    index.update([], removed=[], version=index.version + 5)  # as if the database had lost its last changes
    assert search.apply_changes() == 1
    assert index.version == db.session.scalar(db.select(db.func.max(make.models.SearchChange.id)))
