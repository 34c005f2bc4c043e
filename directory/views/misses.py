"""Searches with a poor answer, counted in memory and handed over once a minute, after an answer has gone."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime

from flask import Flask, Response, after_this_request, current_app, request

from directory.actions import misses as actions
from directory.actions.misses import Asked
from directory.forms.misses import asked_for
from directory.models import Shortfall
from directory.models.recurrence import LONDON
from directory.queries.misses import shortfall
from directory.search import Found, Question
from directory.views.access import visitor

log = logging.getLogger(__name__)

EVERY = 60.0  # seconds
MOST_KEPT = 20_000  # things, visits and days; beyond them nothing more is counted until they are handed over


class Gathered:
    """What one process has counted since it last handed over. A kill loses a minute of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Asked] = Counter()
        self._handed_over = time.monotonic()

    def add(self, asked: list[Asked]) -> None:
        with self._lock:
            if len(self._counts) < MOST_KEPT:
                self._counts.update(asked)

    def taken(self, *, now: float) -> Counter[Asked]:
        """Everything counted so far, once a minute; else nothing. `now` is monotonic seconds."""
        with self._lock:
            if now - self._handed_over < EVERY or not self._counts:
                return Counter()
            counts, self._counts, self._handed_over = self._counts, Counter(), now
            return counts

    def give_back(self, counts: Counter[Asked]) -> None:
        """What could not be written is tried again in a minute."""
        with self._lock:
            if len(self._counts) + len(counts) <= MOST_KEPT:
                self._counts.update(counts)


def init_app(app: Flask) -> None:
    app.extensions["misses"] = Gathered()


def look(question: Question, found: Found, *, now: datetime) -> None:
    """Count a search whose answer was poor: what it was for and in which outward code, nothing about who.

    A good answer, a further page and a page fetched ahead of need cost next to nothing and leave nothing.
    """
    wrong = shortfall(found) if question.page == 1 else None
    if wrong is None or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    who, day = visitor(), now.astimezone(LONDON).date()

    @after_this_request
    def afterwards(response: Response) -> Response:
        response.call_on_close(lambda: gather(app, question, found, wrong, day, who))
        return response


def gather(app: Flask, question: Question, found: Found, wrong: Shortfall, day: date, who: str) -> None:
    """What one search adds, and the handing over if a minute is over. Whatever fails, the reader has the page already."""
    try:
        area = question.place.outcode
        asked = [Asked(day, area, need, word, wrong, who) for need, word in asked_for(question, found)]
        gathered: Gathered = app.extensions["misses"]
        gathered.add(asked)
        hand_over(app, now=time.monotonic())
    except Exception as error:  # its text may hold what somebody typed
        log.error("a search could not be counted: %s", type(error).__name__)


def hand_over(app: Flask, *, now: float) -> None:
    """Write what was counted, if a minute is over. A database in trouble is only noted in the log, without what was counted."""
    if app.config["READ_ONLY"]:
        return
    gathered: Gathered = app.extensions["misses"]
    counts = gathered.taken(now=now)
    if not counts:
        return
    try:
        with app.app_context():
            actions.add(counts, now=datetime.now(UTC))
    except Exception as error:
        gathered.give_back(counts)
        log.error("searches could not be counted: %s", type(error).__name__)
