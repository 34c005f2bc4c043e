"""Work that nobody waits for: what takes long to make again is made in a thread, and everybody has the old one meanwhile."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Hashable

log = logging.getLogger(__name__)

_busy: set[Hashable] = set()
_lock = threading.Lock()


def start(what: Hashable, work: Callable[[], None]) -> bool:
    """Begins the work unless some of the same name goes on, and says whether it did. What it raises is logged alone."""
    with _lock:
        if what in _busy:
            return False
        _busy.add(what)
    threading.Thread(target=_done, args=(what, work), name=f"beside {what}", daemon=True).start()
    return True


def _done(what: Hashable, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("what is made beside the questions failed; a later question has it tried again")
    finally:
        with _lock:
            _busy.discard(what)


def begin_anew() -> None:
    """In a forked process, which has no threads but its own."""
    global _lock
    _lock = threading.Lock()
    _busy.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_anew)
