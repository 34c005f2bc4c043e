"""Which listings contain a term and how well: the shape every text index answers in, and the terms read most lately."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Postings:
    """Ascending listing ids (or positions in the columns), and a weight from 0 to 1 for each."""

    ids: NDArray[Any]
    weights: NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.weights.nbytes + 200


NO_POSTINGS = Postings(np.empty(0, np.int64), np.empty(0, np.float32))


class Matching(Protocol):
    """The one thing a question needs of an index."""

    def matches(self, term: str) -> Postings:
        """Listing ids that contain the term in any field. May raise anything when the index is damaged."""


class TextIndex(Matching, Protocol):
    """What an engine must be able to do. Terms come from `analysis`, weights from `documents.weigh`, whatever the engine."""

    @property
    def version(self) -> int:
        """The newest search change it has taken in; what came later is laid over it by the reader."""

    def is_ready(self) -> bool:
        """Whether there is a whole index to read. Quick, and never raises."""

    def update(self, documents: Iterable[tuple[int, dict[str, float]]], *, removed: Iterable[int], version: int) -> None:
        """Puts documents (listing id, term → weight) in the place of older ones and takes others out, as one step."""

    def rebuild(self, documents: Iterable[tuple[int, dict[str, float]]], *, version: int) -> None:
        """A new index beside the old one, which answers until the new one takes its place."""

    def distrust(self) -> None:
        """Something read was wrong: not to be read again until it has been rebuilt."""

    @property
    def is_distrusted(self) -> bool:
        """Whether some process met damage since it was last rebuilt."""

    @property
    def has_lost_files(self) -> bool:
        """Whether files of it went away or were cut while it was open. Quick enough for every sweep."""

    def needs_rebuild(self) -> bool:
        """Whether it is missing, damaged or made with other settings. Thorough, so not for every search."""

    def close(self) -> None:
        """Lets go of open files; it may be read again after."""

    def vocabulary(self) -> dict[str, int]:
        """Every word with the number of listings that contain it, for spelling."""


def gathered(pairs: Iterable[tuple[Any, Any]]) -> Postings:
    """Postings from (ids, weights) arrays that do not overlap, in any order."""
    parts = [(ids, weights) for ids, weights in pairs if len(ids)]
    if not parts:
        return NO_POSTINGS
    ids = np.concatenate([ids for ids, _ in parts]) if len(parts) > 1 else parts[0][0]
    weights = np.concatenate([weights for _, weights in parts]) if len(parts) > 1 else parts[0][1]
    if np.all(ids[1:] > ids[:-1]):  # mostly so, because an index is written in this order
        return Postings(ids, weights)
    order = np.argsort(ids, kind="stable")
    return Postings(ids[order], weights[order])


class Remembered:
    """The values used most lately, up to a number of bytes; safe for threads, and each value is made outside the lock."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value for `key`, made when it is not there; it must know its `nbytes`."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = value
                self._bytes += value.nbytes
                while self._bytes > self.most_bytes and len(self._kept) > 1:
                    self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return value

    def changed(self, change: Callable[[Hashable, Any], Any]) -> Remembered:
        """Another one with the same keys in the same order and what `change` makes of each key and value."""
        other = Remembered(self.most_bytes)
        with self._lock:
            kept = list(self._kept.items())
        for key, value in kept:
            other.get(key, lambda key=key, value=value: change(key, value))
        return other

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
