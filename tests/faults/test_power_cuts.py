"""A power cut: files of the index missing, empty or half, and the database's log cut anywhere. The database answers at once."""

from __future__ import annotations

import random
import struct
import sys

import pytest
import sqlalchemy as sa

from directory import search
from directory.extensions import db, writing
from directory.indexes import current, whoosh_index
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import Listing, SearchChange, SearchDocument
from tests.faults.editor import WORDS
from tests.faults.world import WEB, WORKER
from tests.search.asking import named, north

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux shows them")

FIRST_ANSWER_S, WHOLE_AGAIN_S = 1.0, 25.0
WAL_HEADER, FRAME_HEADER = 32, 24  # bytes; sqlite.org/fileformat2.html section 4


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


CUTS = {"missing": lambda path: path.unlink(), "empty": lambda path: path.write_bytes(b""), "half": half}


@pytest.fixture
def world(world_in, tmp_path):
    """With an index that has been written more than once, and two editors that have been at work."""
    return world_in(tmp_path, web_processes=1)


def newest(world, kind):
    """The file of the index that was written last, of one kind."""
    if kind == "current":
        return world.index_folder / kind
    generation = world.index_folder / (world.index_folder / "current").read_text("ascii").strip()
    return max(generation.glob(f"*{kind}"), key=lambda path: path.stat().st_mtime_ns)


def first_answer_s(world):
    """Seconds of processor from the moment that the web server answers at all until it has searched: those of the clock
    on the wall tell as much of what else the machine is doing.
    """
    world.start(WEB)
    world.wait_until_it_answers()
    before = world.worked_s(WEB)
    assert world.found(WORDS[0]) is not None
    taken = world.worked_s(WEB) - before
    assert world.search_differs() == ""
    return taken


@pytest.mark.parametrize(("kind", "cut"), [(".seg", "half"), (".toc", "empty"), ("marker.json", "missing"), ("current", "empty")])
def test_f2_after_a_power_cut_the_database_answers_and_the_index_is_made_anew(world, kind, cut):
    CUTS[cut](newest(world, kind))
    assert not world.whole()
    assert first_answer_s(world) < FIRST_ANSWER_S
    world.start(WORKER)
    assert world.wait(world.index_differs, seconds=WHOLE_AGAIN_S) < WHOLE_AGAIN_S
    assert world.whole()
    assert world.search_differs() == ""


def page_size(log):
    return struct.unpack(">I", log.read_bytes()[8:12])[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_f2_a_log_cut_at_any_frame_leaves_whole_edits_and_an_index_of_them(world, seed):
    for name in (WORKER, *world.editor_names):
        world.start(name)
    world.wait(lambda: "" if len(acknowledged(world)) > 40 else "not yet", seconds=30)
    for name in list(world.pids):
        world.kill(name)
    log = world.instance / "directory.sqlite-wal"
    content, frame = log.read_bytes(), page_size(log) + FRAME_HEADER
    assert len(content) > 20 * frame
    draw = random.Random(seed)
    kept = WAL_HEADER + draw.randrange((len(content) - WAL_HEADER) // frame) * frame + draw.choice([0, draw.randrange(frame)])
    (world.instance / "directory.sqlite-shm").unlink(missing_ok=True)
    log.write_bytes(content[:kept])

    assert world.half_changes() == []
    assert first_answer_s(world) < FIRST_ANSWER_S
    # The index is ahead of the database now. New edits take the numbers of those that it knows and that are no more.
    world.start("editor-0")
    before = len(acknowledged(world))
    world.wait(lambda: "" if len(acknowledged(world)) > before + 60 else "not yet", seconds=30)
    world.kill("editor-0")
    world.start(WORKER)
    world.wait(world.index_differs, seconds=WHOLE_AGAIN_S)
    assert world.search_differs() == ""
    assert world.half_changes() == []


def acknowledged(world):
    return b"".join(path.read_bytes() for path in world.folder.glob("acknowledged-*")).splitlines()


def test_f2_an_index_that_is_ahead_of_its_database_is_not_believed(make, monkeypatch):
    monkeypatch.setattr(whoosh_index, "LOOK_EVERY", 0.0)
    club = make.listing("Garden Club", at=north(1))
    search.apply_changes()
    with db.engine.connect() as connection:
        kept = connection.execute(sa.select(SearchDocument.__table__)).mappings().one()
        version = connection.scalar(sa.select(sa.func.max(SearchChange.id)))
    with writing(club):
        club.name = "Chess Club"
        search.note(club)
    search.apply_changes()
    if not isinstance(current.current.index, WhooshIndex):
        pytest.skip("this index lives in the database itself")
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.update(Listing.__table__).values(name="Garden Club"))
        connection.execute(sa.delete(SearchDocument.__table__))
        connection.execute(sa.insert(SearchDocument.__table__), [dict(kept)])
        connection.execute(sa.delete(SearchChange.__table__).where(SearchChange.id > version))
    db.session.rollback()  # the next request begins its own snapshot
    search.configure(folder=current.current.index.generations.folder)
    assert (named("garden"), named("chess")) == (["Garden Club"], [])
    assert search.needs_rebuild()
    search.apply_changes()
    assert not search.needs_rebuild()
    assert (named("garden"), named("chess")) == (["Garden Club"], [])
