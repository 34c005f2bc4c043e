"""Few searches of a process are worked on at a time, and one that fails lets the next one in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from directory.queries import listings as queries
from directory.views import turns

DOORS = ("/search?place=Holt", "/api/search?place=Holt")


def test_so_many_searches_are_worked_on_at_a_time(app, planned, monkeypatch):
    answer, lock, meeting = planned.answer, threading.Lock(), threading.Barrier(turns.AT_ONCE)
    at_work, most = [], []

    def slowly(question, **how):
        with lock:
            at_work.append(question)
            most.append(len(at_work))
        meeting.wait(10)  # nobody goes on before as many as may be are here
        with lock:
            at_work.remove(question)
        return answer(question, **how)

    monkeypatch.setattr(queries, "matching", slowly)

    def ask(number):
        client = FlaskClient(app, app.response_class)  # the careful one of these tests belongs to one thread
        return client.get(DOORS[number % 2]).status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [200] * 6
    assert max(most) == turns.AT_ONCE


@pytest.mark.parametrize("door", DOORS)
def test_a_search_that_fails_gives_its_turn_back(app, planned, monkeypatch, door):
    def badly(question, **how):
        raise RuntimeError("no answer")

    whole = queries.matching
    monkeypatch.setattr(queries, "matching", badly)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for _ in range(turns.AT_ONCE + 1):
        assert app.test_client().get(door).status_code == 500
    monkeypatch.setattr(queries, "matching", whole)
    assert app.test_client().get(door).status_code == 200
