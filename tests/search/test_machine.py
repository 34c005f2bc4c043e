"""The index never drifts: random lives of a catalogue, with kills, full disks, damage and rebuilds, against a plain dictionary.

A few dozen sequences each time; SEQUENCES=10000 pytest tests/search/test_machine.py runs as many as that.
"""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test
from whoosh.filedb.filestore import FileStorage

from directory import search
from directory.actions import outbox
from directory.extensions import db, writing
from directory.indexes import current, whoosh_index
from directory.indexes.generations import POINTER
from directory.indexes.whoosh_index import WhooshIndex
from directory.models import Status
from tests import make as makers
from tests.conftest import empty_tables
from tests.search.asking import found

SEQUENCES = int(os.environ.get("SEQUENCES", "0"))
USUAL = {"sqlite": 15, "postgres": 5}
STEPS = 14
WORDS = ("garden", "chess", "poetry", "swimming")  # none of them a slip of another
NAMES = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
OPERATIONS = [
    *((FileStorage, name) for name in ("create_file", "rename_file", "delete_file")),
    *((os, name) for name in ("fsync", "replace")),
    *((Path, name) for name in ("mkdir", "unlink")),
    (shutil, "rmtree"),
]


class Killed(BaseException):
    """What nobody catches, as nobody catches SIGKILL."""


@contextlib.contextmanager
def failing(after, error, *, for_good=True):
    """Lets so many operations on files pass; then the next one fails, and every other after it, those that tidy up included."""
    left = after
    before = [(where, name, getattr(where, name)) for where, name in OPERATIONS]

    def replaced(operation):
        def tried(*arguments, **options):
            nonlocal left
            left -= 1
            if left < 0 and (for_good or left == -1):
                raise error
            return operation(*arguments, **options)

        return tried

    for where, name, operation in before:
        setattr(where, name, replaced(operation))
    try:
        yield
    finally:
        for where, name, operation in before:
            setattr(where, name, operation)


class Catalogue(RuleBasedStateMachine):
    """What curators, the worker, its killers and the disk do to one catalogue, in any order."""

    folder: Path
    listings = Bundle("listings")

    def __init__(self):
        super().__init__()
        db.session.rollback()
        db.session.remove()
        empty_tables()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.begin()
        self.steps = 0
        self.rows = {}
        self.published = {}  # id → words of its name

    def begin(self):
        """Like a new process on the same files."""
        search.configure(folder=self.folder, engine="whoosh")

    @property
    def index(self):
        return current.current.index

    # Curators

    @initialize(target=listings)
    def begin_with_some(self):
        ids = self.add_all([f"{word} {other}" for word, other in zip(WORDS, reversed(WORDS), strict=True)])
        search.apply_changes()
        return multiple(*ids)

    @rule(target=listings, names=st.lists(NAMES, min_size=1, max_size=3), caught_up=st.booleans())
    def add(self, names, caught_up):
        ids = self.add_all(names)
        if caught_up:
            search.apply_changes()
        return multiple(*ids)

    def add_all(self, names):
        rows = [makers.listing(name or "Nameless", online=True) for name in names]
        for row, name in zip(rows, names, strict=True):
            self.rows[row.id], self.published[row.id] = row, set(name.split())
        return [row.id for row in rows]

    @rule(which=listings, name=NAMES, times=st.integers(1, 2), caught_up=st.booleans())
    def edit(self, which, name, times, caught_up):
        row = self.rows[which]
        for _ in range(times):
            with writing(row):
                row.name = name or "Nameless"
                row.summary = row.summary + "."
                search.note(row)
        if which in self.published:
            self.published[which] = set(name.split())
        if caught_up:
            search.apply_changes()

    @rule(which=listings, caught_up=st.booleans())
    def hide(self, which, caught_up):
        row = self.rows[which]
        with writing(row):
            row.status = Status.HIDDEN
            search.note(row)
        self.published.pop(which, None)
        if caught_up:
            search.apply_changes()

    @rule(which=listings)
    def restore(self, which):
        row = self.rows[which]
        with writing(row):
            row.status = Status.PUBLISHED
            search.note(row)
            self.published[which] = set(row.name.split()) & set(WORDS)

    @rule()
    def change_the_vocabulary(self):
        with writing():
            search.note_vocabulary()

    @rule()
    def forget_replaced_notes(self):
        outbox.forget_replaced()

    # The worker

    @rule()
    def catch_up(self):
        search.apply_changes()
        assert self.index.is_ready()

    @rule()
    def catch_up_by_another_worker(self):
        mine = current.current.index
        current.current.index = other = WhooshIndex(self.folder)
        try:
            search.apply_changes()
        finally:
            other.close()
            current.current.index = mine

    @rule()
    def reindex(self):
        assert search.rebuild() == len(self.published)

    @rule()
    def start_again(self):
        self.begin()

    @rule(which=listings)
    def apply_something_old(self, which):
        if self.index.is_ready():
            self.index.update([(which, dict.fromkeys(WORDS, 0.5))], removed=[which], version=self.index.version)

    # What goes wrong

    @rule(after=st.integers(0, 30), work=st.sampled_from([search.apply_changes, search.rebuild]))
    def kill_the_worker(self, after, work):
        with contextlib.suppress(Killed), failing(after, Killed()):
            work()
        db.session.rollback()
        self.begin()

    @rule(
        after=st.integers(0, 30),
        for_good=st.booleans(),
        number=st.sampled_from([errno.ENOSPC, errno.EIO]),
        work=st.sampled_from([search.apply_changes, search.rebuild]),
    )
    def fill_the_disk(self, after, for_good, number, work):
        with contextlib.suppress(OSError), failing(after, OSError(number, os.strerror(number)), for_good=for_good):
            work()
        db.session.rollback()

    @rule(place=st.integers(0, 10), damage=st.sampled_from(["flip", "cut", "empty", "delete"]), at=st.floats(0, 0.999))
    def damage(self, place, damage, at):
        path = self.victim(place)
        if path is None:
            return
        content = path.read_bytes()
        if damage == "flip" and content:
            spot = int(at * len(content))
            path.write_bytes(content[:spot] + bytes([content[spot] ^ 0x10]) + content[spot + 1 :])
        elif damage == "cut":
            path.write_bytes(content[: int(at * len(content))])
        elif damage == "empty":
            path.write_bytes(b"")
        else:
            path.unlink()
        self.begin()

    @rule(place=st.integers(0, 10))
    def lose_a_file_that_is_open(self, place):
        path = self.victim(place)
        if path is not None:
            path.unlink()

    def victim(self, place):
        generation = self.index.generations.current()
        if generation is None:
            return None
        files = [self.folder / POINTER, *sorted(generation.iterdir())]
        files = [path for path in files if path.exists()]
        return files[place % len(files)] if files else None

    # What has to hold

    @invariant()
    def search_answers_what_the_database_says(self):
        self.steps += 1
        self.ask_for(WORDS[self.steps % 2 :: 2])

    def ask_for(self, words):
        for word in words:
            hits = {hit.listing_id for hit in found(word, per_page=100).hits}
            assert hits == {id_ for id_, words in self.published.items() if word in words}, word

    def teardown(self):
        try:
            search.apply_changes()
            search.apply_changes()
            assert self.index.is_ready()
            assert not search.needs_rebuild()
            self.ask_for(WORDS)
            assert self.index.matches("kind:group").ids.tolist() == sorted(self.published)
            for word in WORDS:
                ids = self.index.matches(search.stem(word)).ids.tolist()
                assert ids == sorted(id_ for id_, words in self.published.items() if word in words)
            generations = [path.name for path in self.folder.glob("g*")]
            assert len(generations) <= 3 + 1, "one may have been begun by a process that was killed"
        finally:
            self.index.close()


def test_the_index_is_what_is_published_whatever_happened(app, database, tmp_path, monkeypatch):
    monkeypatch.setattr(whoosh_index, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(outbox, "KEPT", 0)
    machine = type("CatalogueHere", (Catalogue,), {"folder": tmp_path / "index"})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES or USUAL[database],
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
