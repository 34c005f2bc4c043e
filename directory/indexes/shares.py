"""A rebuild shared out among processes: each reads its share of the documents and writes segments, the parent adds them up."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, NullPool, create_engine, func, select
from sqlalchemy.engine import URL
from whoosh.codec.whoosh3 import W3Segment

from directory.indexes.database_index import TEXTS
from directory.indexes.documents import weigh
from directory.indexes.whoosh_segments import MOST, Documents, entry_of, write_segments
from directory.models import SearchDocument

LEAST = 10_000  # documents that are worth a process of their own: its start takes as long as some thousands of them
MOST_PROCESSES = 8
READ_AT_ONCE = 1_000
TOLD_EVERY = 1_000
POLITE = 5  # niceness: who searches meanwhile comes first
ROOT = Path(__file__).resolve().parents[2]

Share = tuple[int, int]  # listing ids, first and last
Told = Callable[[int], None]  # how many documents more were written


class ShareLost(RuntimeError):
    """A process ended before its share was written; nothing of the rebuild is used."""


def processes_for(documents: int, url: URL) -> int:
    """How many processes to share so many documents among; 1 means this one alone."""
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        return 1  # nobody else can read it
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(available, MOST_PROCESSES, documents // LEAST))


def shared_out(connection: Connection, documents: int, processes: int) -> list[list[Share]]:
    """Ranges of listing ids that hold about as many documents each, a list of them for each process."""
    parts = processes * -(-documents // (processes * MOST))
    statement = select(SearchDocument.listing_id).order_by(SearchDocument.listing_id)
    starts = [connection.scalar(statement.offset(part * documents // parts).limit(1)) for part in range(parts)]
    last = connection.scalar(select(func.max(SearchDocument.listing_id))) or 0
    if None in starts or len(set(starts)) < parts:
        return [[(0, last)]]  # they went away meanwhile
    shares = [(start, after - 1) for start, after in zip(starts, [*starts[1:], last + 1], strict=True)]
    return [shares[process::processes] for process in range(processes)]


def documents_of(connection: Connection, share: Share | None = None) -> Documents:
    """(listing id, term → weight) of all documents, or of a share, by listing id; some thousands in memory at a time."""
    statement = select(SearchDocument.listing_id, *TEXTS).order_by(SearchDocument.listing_id)
    if share is not None:
        statement = statement.where(SearchDocument.listing_id.between(*share))
    for row in connection.execute(statement.execution_options(yield_per=READ_AT_ONCE)):
        yield row.listing_id, weigh(row._mapping)


def counted(documents: Documents, told: Told) -> Documents:
    """The same documents, told of a thousand at a time and at the end."""
    more = 0
    for document in documents:
        yield document
        more += 1
        if more == TOLD_EVERY:
            told(more)
            more = 0
    if more:
        told(more)


def written_by_processes(folder: Path, url: URL, shares: list[list[Share]], told: Told) -> list[W3Segment]:
    """The segments of all shares, in the order of listing ids, one process for each list of shares.

    Each has a connection of its own to the database at `url`, and ends when we do, however that is.
    Raises OSError when one could not write, and ShareLost for whatever else ended one.
    """
    heard: queue.SimpleQueue[tuple[int, dict[str, Any] | None]] = queue.SimpleQueue()
    found: list[tuple[int, W3Segment]] = []
    with contextlib.ExitStack() as children:
        for number, mine in enumerate(shares):
            child = children.enter_context(started())
            work = {"folder": str(folder.resolve()), "address": url.render_as_string(hide_password=False), "shares": mine}
            # By the pipe and not as an argument, because the address may hold a password.
            child.stdin.write(f"{json.dumps(work)}\n".encode())
            child.stdin.flush()
            threading.Thread(target=listen, args=(child.stdout, number, heard), daemon=True).start()
        working = set(range(len(shares)))
        while working:
            number, said = heard.get()
            if said is None:
                if number in working:
                    raise ShareLost("A process that wrote a share of the search index was ended.")
            elif "written" in said:
                told(said["written"])
            elif "segment" in said:
                found.append((said["first"], entry_of(said["segment"], said["documents"])))
            elif said.get("errno"):
                raise OSError(said["errno"], said["error"], said["file"])
            elif "error" in said:
                raise ShareLost(f"A process that wrote a share of the search index failed: {said['error']}")
            else:
                working.discard(number)
    return [entry for _, entry in sorted(found, key=lambda each: each[0])]


@contextlib.contextmanager
def started() -> Iterator[subprocess.Popen[bytes]]:
    """A process of `write_shares`, ended at the latest when we leave."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-c", "from directory.indexes import shares; shares.write_shares()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def listen(pipe: IO[bytes], number: int, heard: queue.SimpleQueue[Any]) -> None:
    """Passes on what a process says, and None when it says no more."""
    with contextlib.suppress(ValueError, OSError):  # the pipe was closed under us, because the work is over
        for line in pipe:
            heard.put((number, json.loads(line)))
    heard.put((number, None))


# In the processes


def write_shares() -> None:
    """What such a process does: one line of work comes in, lines about what was done go out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us as well; our parent decides
    if hasattr(os, "nice"):
        os.nice(POLITE)
    work = json.loads(line_from(0))
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        engine = create_engine(work["address"], poolclass=NullPool)
        for first, last in work["shares"]:
            with engine.connect() as connection:
                documents = counted(documents_of(connection, (first, last)), lambda more: say(written=more))
                for segment in write_segments(Path(work["folder"]), documents):
                    say(segment=segment.segid, documents=segment.doc_count_all(), first=first)
        say(finished=True)
    except OSError as error:
        say(error=error.strerror or str(error), errno=error.errno, file=error.filename)
    except Exception as error:
        traceback.print_exc()
        say(error=f"{type(error).__name__}: {error}")


def say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


def line_from(descriptor: int) -> str:
    """Read without Python's buffers, whose lock would be held at the end by the thread below."""
    line = b""
    while not line.endswith(b"\n") and (more := os.read(descriptor, 2**16)):
        line += more
    return line.decode()


def end_with_parent() -> None:
    """The pipe from our parent says nothing more: it ends when the parent does, killed or not."""
    while os.read(0, 1):
        pass
    os._exit(1)
