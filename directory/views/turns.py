"""Whose turn it is to work on a search: many threads of a process hold a connection, but few work at a time."""

from __future__ import annotations

from threading import Semaphore

# One that waits for the database leaves the processor to the other. With more, threads that all have work pass the
# interpreter's lock to and fro at every row the database hands over, and the same searches take far more of the processor.
AT_ONCE = 2
working = Semaphore(AT_ONCE)
