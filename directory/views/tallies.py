"""Looks at listings, counted in memory and handed over once a minute, after an answer has gone: nothing about who looked."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from datetime import date

from flask import Flask, Response, after_this_request, current_app, request

from directory.actions import tallies as actions
from directory.models import Listing

log = logging.getLogger(__name__)

EVERY = 60.0  # seconds
MOST_KEPT = 50_000  # listings and days; beyond them what cannot be handed over is dropped


class Gathered:
    """What one process has counted since it last handed over. A kill loses a minute of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[int, date]] = Counter()
        self._handed_over = time.monotonic()

    def look(self, listing_id: int, day: date) -> None:
        with self._lock:
            self._counts[listing_id, day] += 1

    def taken(self, *, now: float) -> Counter[tuple[int, date]]:
        """Everything counted so far, once a minute; else nothing. `now` is monotonic seconds."""
        with self._lock:
            if now - self._handed_over < EVERY or not self._counts:
                return Counter()
            counts, self._counts, self._handed_over = self._counts, Counter(), now
            return counts

    def give_back(self, counts: Counter[tuple[int, date]]) -> None:
        """What could not be written is tried again in a minute."""
        with self._lock:
            if len(self._counts) + len(counts) <= MOST_KEPT:
                self._counts.update(counts)


def init_app(app: Flask) -> None:
    app.extensions["tallies"] = Gathered()


def look(listing: Listing, day: date) -> None:
    """Count that somebody opened this listing; a page fetched ahead of need or without its content does not count."""
    if request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    gathered: Gathered = app.extensions["tallies"]
    gathered.look(listing.id, day)

    @after_this_request
    def afterwards(response: Response) -> Response:
        response.call_on_close(lambda: hand_over(app, now=time.monotonic()))
        return response


def hand_over(app: Flask, *, now: float) -> None:
    """Write what was counted, if a minute is over. The answer has gone, so a database in trouble is only noted in the log."""
    if app.config["READ_ONLY"]:
        return
    gathered: Gathered = app.extensions["tallies"]
    counts = gathered.taken(now=now)
    if not counts:
        return
    try:
        with app.app_context():
            actions.add(counts)
    except Exception:  # whatever it is, the reader has the page already
        gathered.give_back(counts)
        log.exception("looks at listings could not be written")
