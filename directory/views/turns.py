"""Whose turn it is to work on a search: many threads of a process hold a connection, but few work at a time."""

from __future__ import annotations

from threading import Semaphore

# One that waits for the database leaves the processor to the other. With more, the same searches were seen to take more of
# the processor (docs/decisions/0055); how much of that is the interpreter's lock and how much the caches is not known.
AT_ONCE = 2
working = Semaphore(AT_ONCE)
