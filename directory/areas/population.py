"""Small areas with the people who live in them, as arrays of one length, and the file that keeps them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from directory.errors import Unavailable

Array = NDArray[Any]

TOWN, COUNTRY, NOT_KNOWN = 0, 1, -1
LAYOUT = 1


@dataclass(frozen=True)
class About:
    """Where areas came from. `is_estimate` says that postcodes are counted in place of people."""

    source: str
    file: str
    loaded_at: str  # ISO 8601, UTC
    is_estimate: bool = False
    rural_is_estimate: bool = False
    layout: int = LAYOUT


@dataclass(frozen=True)
class Areas:
    """One element an area. Points are WGS84 degrees; `population` is nan where it is not known.

    `rural` is TOWN, COUNTRY or NOT_KNOWN; `decile` 1 is the most deprived tenth, 0 not known; `council` and `outcode` are
    codes in force, empty where not known.
    """

    code: Array
    name: Array
    latitude: Array
    longitude: Array
    population: Array
    rural: Array
    decile: Array
    council: Array
    outcode: Array
    about: About

    def __len__(self) -> int:
        return len(self.code)

    @property
    def people(self) -> Array:
        """The population with nobody where it is not known, for sums."""
        return np.nan_to_num(self.population)


COLUMNS = tuple(each.name for each in fields(Areas) if each.name != "about")


def save(areas: Areas, path: Path) -> None:
    """Write the file and let it take the place of the one before in one step."""
    with replacing(path) as file:
        np.savez(file, about=np.array(json.dumps(asdict(areas.about))), **{name: getattr(areas, name) for name in COLUMNS})


def load(path: Path) -> Areas | None:
    """The areas kept at `path`; None when there are none. Raises Unavailable for a file that cannot be read."""
    try:
        # Opened here, because numpy leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about = About(**json.loads(str(kept["about"])))
            if about.layout != LAYOUT:
                return None
            return Areas(*(kept[name] for name in COLUMNS), about=about)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged archive raises whatever its first wrong byte leads to
        raise Unavailable("The file of small areas cannot be read. Load it again with “flask areas FILE”.") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its place when the block ends well and vanishes when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            # Written through before the swap: a power cut must not leave an empty file under the good name.
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
