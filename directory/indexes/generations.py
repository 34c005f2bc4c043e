"""Index files on disk: one folder a generation, a pointer to the current one, and a marker with checksums, written last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from whoosh.util.filelock import FileLock, try_for

from directory.errors import Unavailable

POINTER, MARKER, DISTRUSTED = "current", "marker.json", "distrusted"
LOCK = ".lock"
KEPT = 3  # the current generation and two older ones, for processes that still read them
Stamp = tuple[str, bytes]


class Damaged(Exception):
    """A file of the index is missing or not what the marker says."""


@dataclass(frozen=True)
class Marker:
    """What a generation holds: the newest change, the settings it was made with, and every file with size and digest."""

    version: int
    settings: str
    files: dict[str, tuple[int, str]]


class Generations:
    """The generations of one index in one folder. One process writes; any number read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Path | None:
        """The folder of the generation in use; None when there is none yet."""
        try:
            name = (self.folder / POINTER).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        found = self.folder / name
        return found if name.startswith("g") and name[1:].isdigit() and found.is_dir() else None

    def stamp(self) -> Stamp | None:
        """Something that differs when there is anything new to open: the marker itself.

        Not its times, because two commits may fall into one tick of the file system's clock.
        """
        current = self.current()
        if current is None:
            return None
        try:
            return current.name, (current / MARKER).read_bytes()
        except OSError:
            return current.name, b""

    @contextlib.contextmanager
    def begun(self) -> Iterator[Path]:
        """A new empty folder beside the others, which is gone again after any error.

        Raises Unavailable while another process has one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / f"rebuild{LOCK}", patience_s=0.0):
            self._let_go(self.current())
            numbers = [int(each.name[1:]) for each in self._all()]
            fresh = self.folder / f"g{max(numbers, default=0) + 1:06}"
            fresh.mkdir()
            try:
                yield fresh
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise

    def swap(self, generation: Path) -> None:
        """Makes a finished generation the current one in a single step, and lets go of the oldest."""
        written(self.folder / POINTER, generation.name)
        (self.folder / DISTRUSTED).unlink(missing_ok=True)
        self._let_go(generation)

    def distrust(self) -> None:
        """Leaves word for the writing process that the current generation has to be made anew."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / DISTRUSTED).touch()
        except OSError:
            # A full disk: the writing process finds the damage by its checksums.
            return

    @property
    def is_distrusted(self) -> bool:
        return (self.folder / DISTRUSTED).exists()

    def _let_go(self, current: Path | None) -> None:
        """Removes all but the current generation and two older ones, while nobody is at work on a new one.

        What is newer than the current one was begun by a process that was killed. Without a pointer the newest are kept.
        """
        older = sorted((each for each in self._all() if current is None or each.name <= current.name), reverse=True)
        for each in set(self._all()) - set(older[:KEPT]):
            shutil.rmtree(each, ignore_errors=True)

    def _all(self) -> list[Path]:
        return [each for each in self.folder.glob("g[0-9]*") if each.name[1:].isdigit()]


@contextlib.contextmanager
def alone(path: Path, *, patience_s: float) -> Iterator[None]:
    """One process at a time; the system lets go of it when a process dies. Raises Unavailable when another has it for long."""
    lock = FileLock(str(path))
    if not try_for(lock.acquire, timeout=patience_s):
        raise Unavailable("The search index is being written by another process. Try again when that has ended.")
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def swept(generation: Path) -> Iterator[None]:
    """Removes what the marker does not name, left by a process that was killed, before a change and after one that failed.

    Files of the state before stay until the next change, for readers that are about to open them.
    """
    sweep(generation)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError, Damaged):
            sweep(generation)
        raise


def sweep(generation: Path) -> None:
    kept = read_marker(generation).files.keys() | {MARKER}
    for path in generation.iterdir():
        if path.name not in kept and path.suffix != LOCK:
            path.unlink()


def mark(generation: Path, names: Iterable[str], *, version: int, settings: str) -> None:
    """Brings these files to the disk, then says so: whatever the marker names is whole, even after a power cut."""
    # A file that was marked before never changes: it is hashed once in its life.
    known = read_marker(generation).files if (generation / MARKER).exists() else {}
    files = {}
    for name in names:
        path = generation / name
        size = path.stat().st_size
        before = known.get(name)
        if before is None or before[0] != size:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            before = size, digest(path)
        files[name] = before
    written(generation / MARKER, json.dumps({"version": version, "settings": settings, "files": files}))


def read_marker(generation: Path) -> Marker:
    """Raises Damaged when it is missing or cannot be read."""
    try:
        told = json.loads((generation / MARKER).read_text("ascii"))
        files = {str(name): (int(size), str(sum_)) for name, (size, sum_) in told["files"].items()}
        return Marker(int(told["version"]), str(told["settings"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"the marker of {generation.name} cannot be read") from error


def verify(generation: Path, marker: Marker, *, but: Collection[str] = ()) -> None:
    """Reads every file the marker names, of those in `but` only the size. Raises Damaged at the first that is missing,
    cut or changed.
    """
    for name, (size, expected) in marker.files.items():
        path = generation / name
        try:
            whole = path.stat().st_size == size and (name in but or digest(path) == expected)
        except OSError as error:
            raise Damaged(f"{name} of {generation.name} cannot be read") from error
        if not whole:
            raise Damaged(f"{name} of {generation.name} is not what was written")


def lacks_files(generation: Path) -> bool:
    """Whether a file the marker names is gone or of another size, or the marker itself cannot be read. Opens no other file."""
    try:
        return any((generation / name).stat().st_size != size for name, (size, _) in read_marker(generation).files.items())
    except (OSError, Damaged):
        return True


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def written(path: Path, text: str) -> None:
    """A small file, whole or not at all, on the disk when this returns."""
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
