"""Work that nobody waits for: one thread for each name, and a failure is said and forgotten."""

import logging
import threading
import time

from directory import beside


def until(asked):
    ends = time.monotonic() + 10
    while not asked():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_one_at_a_time_and_again_when_it_is_over():
    held, done = threading.Event(), []
    assert beside.start("one", lambda: (held.wait(10), done.append(1)))
    assert not beside.start("one", lambda: done.append(2))
    assert beside.start("other", lambda: done.append(3))
    until(lambda: done == [3])
    held.set()
    until(lambda: beside.start("one", lambda: done.append(4)))
    until(lambda: done == [3, 1, 4])


def test_what_fails_is_said_and_tried_again(caplog):
    def fail():
        raise ValueError("no")

    with caplog.at_level(logging.ERROR):
        assert beside.start("failing", fail)
        until(lambda: beside.start("failing", lambda: None))
    assert len(caplog.records) == 1
