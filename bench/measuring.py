"""What the benches share: a process of one's own for a measurement, its memory and open files, and figures in rows."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")

PERCENTILES = {"p50": 50, "p95": 95, "worst": 100}


def alone(measure: Callable[..., T], *given: object) -> T:
    """What `measure` returns in a process of its own, whose memory nothing before it has touched."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *given).result()


def measures(figures: Sequence[float]) -> dict[str, float]:
    return {name: float(np.percentile(figures, share)) for name, share in PERCENTILES.items()}


def told(figures: Sequence[float]) -> str:
    return "".join(f"{each:8.2f}" for each in measures(figures).values())


def resident_mb(pid: int | str = "self") -> float:
    """What a process holds in memory now; only Linux tells."""
    return status(pid)["VmRSS"] / 1024


def highest_mb() -> float:
    """The most that this process ever held in memory."""
    if sys.platform == "linux":
        return status("self")["VmHWM"] / 1024  # what getrusage tells begins with the memory of the parent
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def open_files(pid: int | str = "self") -> int:
    """How many files, sockets and pipes a process holds open; only Linux tells."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) - (pid == "self")  # the listing itself is one


def status(pid: int | str) -> dict[str, int]:
    """The kilobytes that Linux tells of a process."""
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {line[0].rstrip(":"): int(line[1]) for line in lines if line[-1] == "kB"}
