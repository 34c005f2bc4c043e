"""A process that has everything imported and forks itself into our commands, so that starting one again costs little.

Reads a JSON line for each from standard input: the arguments after `python -m`, the environment, a file for what it says.
Writes the process id. Whatever it started is killed when it ends, and it ends with its input.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import signal
import sys
import traceback

PR_SET_PDEATHSIG = 1  # linux/prctl.h
IMPORTED = (
    *("directory", "directory.queries.kept_listings", "flask.cli", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread"),
    *("huey.consumer", "numpy", "whoosh.writing", "sqlalchemy.dialects.sqlite.pysqlite", "tests.faults.hands"),
    *("sqlalchemy.dialects.postgresql.psycopg", "psycopg", "psycopg_binary"),
)


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was killed
    parent = os.getpid()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            become(parent, **asked)
        print(pid, flush=True)


def become(parent: int, *, arguments: list[str], environment: dict[str, str], said: str) -> None:
    """In the child: the command, as if it had been started by itself."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = list(arguments)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
