"""Index files on disk: one folder a generation, a pointer to the current one, and a marker with checksums, written last."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

POINTER, MARKER, DISTRUSTED = "current", "marker.json", "distrusted"
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

    def begin(self) -> Path:
        """A new empty folder beside the others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(each.name[1:]) for each in self._all()]
        fresh = self.folder / f"g{max(numbers, default=0) + 1:06}"
        fresh.mkdir()
        return fresh

    def swap(self, generation: Path) -> None:
        """Makes a finished generation the current one in a single step, and lets go of the oldest."""
        written(self.folder / POINTER, generation.name)
        (self.folder / DISTRUSTED).unlink(missing_ok=True)
        older = sorted((each for each in self._all() if each.name <= generation.name), reverse=True)
        for each in older[KEPT:]:
            shutil.rmtree(each, ignore_errors=True)

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

    def _all(self) -> list[Path]:
        return [each for each in self.folder.glob("g[0-9]*") if each.name[1:].isdigit()]


def mark(generation: Path, *, version: int, settings: str) -> None:
    """Brings every file to the disk, then says so: whatever the marker names is whole, even after a power cut."""
    # A file that was marked before never changes: it is hashed once in its life.
    known = read_marker(generation).files if (generation / MARKER).exists() else {}
    files = {}
    for path in sorted(generation.iterdir()):
        if path.name == MARKER or path.suffix in (".tmp", ".lock") or path.name.endswith("LOCK"):
            continue
        size = path.stat().st_size
        before = known.get(path.name)
        if before is None or before[0] != size:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            before = size, digest(path)
        files[path.name] = before
    written(generation / MARKER, json.dumps({"version": version, "settings": settings, "files": files}))


def read_marker(generation: Path) -> Marker:
    """Raises Damaged when it is missing or cannot be read."""
    try:
        told = json.loads((generation / MARKER).read_text("ascii"))
        files = {str(name): (int(size), str(sum_)) for name, (size, sum_) in told["files"].items()}
        return Marker(int(told["version"]), str(told["settings"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"the marker of {generation.name} cannot be read") from error


def verify(generation: Path, marker: Marker) -> None:
    """Reads every file the marker names. Raises Damaged at the first that is missing, cut or changed."""
    for name, (size, expected) in marker.files.items():
        path = generation / name
        try:
            whole = path.stat().st_size == size and digest(path) == expected
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
