"""A damaged, missing or half-written index: the same answers from the database, noticed at the start, mended by the worker."""

import logging
import os
import shutil

import pytest
from whoosh.filedb.filestore import FileStorage

from directory import search
from directory.indexes import current, generations, whoosh_index
from directory.indexes.generations import DISTRUSTED, MARKER, POINTER, read_marker
from directory.indexes.whoosh_segments import Draft, SegmentFile
from tests.search.asking import found, named, north

pytestmark = pytest.mark.usefixtures("whoosh")
QUESTIONS = ("garden", "garden tea", '"garden club"', "club", "nothing")


@pytest.fixture
def answers(make, monkeypatch):
    """What is found while all is well, with an index of two segments."""
    monkeypatch.setattr(whoosh_index, "LOOK_EVERY", 0.0)
    for number, name in enumerate(("Garden Club", "Tea Club", "Garden Tea")):
        make.listing(name, at=north(number))
        search.apply_changes()
    return ask()


def ask():
    return [found(q) for q in QUESTIONS]


def folder():
    return current.current.index.generations.folder


def restart():
    """Like a new process on the same files."""
    search.configure(folder=folder())


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def delete(path):
    path.unlink()


def victims(kind):
    every = [path for path in folder().rglob("*") if path.is_file() and path.name.endswith(kind)]
    assert every
    return every


@pytest.mark.parametrize("damage", [flip, cut, empty, delete])
@pytest.mark.parametrize("kind", [".toc", ".seg", MARKER, POINTER])
def test_a_damaged_file_is_noticed_answered_and_mended(answers, kind, damage, caplog):
    for path in victims(kind):
        damage(path)
    restart()
    assert search.needs_rebuild()
    with caplog.at_level(logging.WARNING):
        assert ask() == answers
        assert ask() == answers
        assert ask() == answers
    assert sum("damaged" in record.message for record in caplog.records) <= 1
    search.apply_changes()
    assert not search.needs_rebuild()
    assert current.current.index.is_ready()
    assert ask() == answers


@pytest.mark.parametrize("damage", [cut, empty, delete])
@pytest.mark.parametrize("kind", [".toc", ".seg", MARKER])
def test_files_lost_while_running_are_missed_by_the_next_sweep(answers, kind, damage):
    assert current.current.index.is_ready()
    assert not search.is_behind()
    for path in victims(kind):
        damage(path)
    assert search.is_behind(), "and so within seconds"
    search.apply_changes()
    assert not search.needs_rebuild(), "made anew without a restart and without a reader's help"
    assert current.current.index.is_ready()
    assert ask() == answers
    before = folder() / (folder() / POINTER).read_text("ascii")
    search.apply_changes()
    assert before == folder() / (folder() / POINTER).read_text("ascii"), "a whole index is left alone"


def test_a_folder_that_is_gone(answers):
    shutil.rmtree(folder())
    restart()
    assert ask() == answers
    search.apply_changes()
    assert current.current.index.is_ready()
    assert ask() == answers


def test_damage_that_shows_only_while_reading_is_said_once(answers, monkeypatch, caplog):
    restart()
    assert current.current.index.is_ready()

    def broken(file, first, last):
        raise ModuleNotFoundError("a pickle that names what never was")

    monkeypatch.setattr(SegmentFile, "numbers", broken)
    with caplog.at_level(logging.WARNING):
        assert ask() == answers
    assert len(caplog.records) == 1
    assert (folder() / DISTRUSTED).exists()
    assert search.is_behind()
    monkeypatch.undo()
    assert search.needs_rebuild()
    search.apply_changes()
    assert not search.needs_rebuild()
    assert ask() == answers


def files():
    """Every file of the generation in use."""
    generation = current.current.index.generations.current()
    return {path.name for path in generation.iterdir() if path.suffix != ".lock"}


def named_by_the_marker():
    return {*read_marker(current.current.index.generations.current()).files, MARKER}


def test_a_commit_without_its_marker_never_happened(answers, make, monkeypatch):
    """A worker killed, or a power cut, between the table of contents and the marker."""
    make.listing("Garden Walk", at=north(1))

    def killed(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(whoosh_index, "mark", killed)
        patched.setattr(generations, "sweep", lambda generation: None)
        with pytest.raises(KeyboardInterrupt):
            search.apply_changes()
    assert files() > named_by_the_marker()
    restart()
    assert "Garden Walk" in named("walk")
    assert current.current.index.is_ready(), "the state before is still whole"
    assert not search.needs_rebuild()
    assert search.apply_changes() == 1
    assert "Garden Walk" in named("walk")
    assert current.current.index.matches("walk").ids.size == 1


def full(*arguments, **options):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("where", "what"),
    [(FileStorage, "create_file"), (FileStorage, "rename_file"), (os, "fsync"), (os, "replace"), (Draft, "write")],
)
def test_a_full_disk_leaves_the_old_index_no_lock_and_no_litter(answers, make, monkeypatch, where, what):
    make.listing("Garden Walk", at=north(1))
    with monkeypatch.context() as patched:
        patched.setattr(where, what, full)
        with pytest.raises(OSError, match="space"):
            search.apply_changes()
    assert files() == named_by_the_marker()
    assert named("walk") == ["Garden Walk"]
    assert search.apply_changes() == 1
    assert named("walk") == ["Garden Walk"]
    assert current.current.index.matches("walk").ids.size == 1


@pytest.mark.parametrize(("where", "what"), [(FileStorage, "create_file"), (os, "fsync"), (os, "replace"), (Draft, "write")])
def test_a_full_disk_during_a_rebuild_leaves_nothing_of_it(answers, monkeypatch, where, what):
    before = sorted(path.name for path in folder().glob("g*"))
    with monkeypatch.context() as patched:
        patched.setattr(where, what, full)
        with pytest.raises(OSError, match="space"):
            search.rebuild()
    assert sorted(path.name for path in folder().glob("g*")) == before
    assert ask() == answers
    assert search.rebuild() == 3
    assert ask() == answers


def test_other_weights_want_another_index(answers, monkeypatch):
    monkeypatch.setattr(whoosh_index, "SETTINGS", "other")
    restart()
    assert search.needs_rebuild()
    assert ask() == answers
    search.apply_changes()
    assert current.current.index.is_ready()


def test_a_pointer_may_not_lead_elsewhere(answers, tmp_path):
    for name in ("../..", "/etc", "g1/../..", "g٣", ""):
        (folder() / POINTER).write_text(name, "utf-8")
        assert current.current.index.generations.current() is None
