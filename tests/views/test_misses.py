"""A search with a poor answer is counted after it was answered, by page and API alike, and leaves nothing of who or where."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select

from directory import models
from directory.actions import misses as actions
from directory.extensions import db
from directory.views import misses

ASKED = "/search?place=NR25+6BL&q=clog+making"


@pytest.fixture
def hand_over(app, monkeypatch):
    """Write now what was counted, as if a minute were over."""
    app.extensions["misses"] = misses.Gathered()

    def now() -> list[tuple[str, str, str, int, int]]:
        misses.hand_over(app, now=float("inf"))
        db.session.rollback()
        rows = db.session.scalars(select(models.Miss).order_by(models.Miss.need, models.Miss.word))
        return [(row.area_code, row.need or row.word, row.shortfall.value, row.searches, row.visits) for row in rows]

    return now


def ask(client, address: str, **how) -> None:
    """Fetch and close, as a browser does: only then is anything counted."""
    client.get(address, **how).close()


def test_a_search_that_finds_nothing_is_counted_by_need_and_word(client, vocabulary, real_places, hand_over):
    ask(client, "/search?place=NR25+6BL&q=lonely+knitbombing")
    ask(client, "/api/search?place=Holt&q=lonely")
    assert hand_over() == [("NR25", "knitbombing", "nothing", 1, 1), ("NR25", "loneliness", "nothing", 2, 1)]


def test_one_visit_is_told_from_another_by_where_it_comes_from(client, vocabulary, real_places, hand_over):
    for visitor in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        ask(client, ASKED, environ_base={"REMOTE_ADDR": visitor})
    assert hand_over() == [("NR25", "clog making", "nothing", 3, 2)]


def test_a_good_answer_a_further_page_and_a_page_fetched_ahead_are_not_counted(client, make, real_places, hand_over):
    for number in range(4):
        make.listing(f"Lunch club {number}", at=(52.906, 1.088))
    ask(client, "/search?place=NR25+6BL&q=lunch")
    ask(client, "/search?place=NR25+6BL&q=knitbombing&page=2")
    ask(client, "/search?place=NR25+6BL&q=knitbombing", headers={"Sec-Purpose": "prefetch"})
    ask(client, "/search?place=NR25+6BL")
    ask(client, "/search?place=Nowhere+at+all&q=knitbombing")
    assert hand_over() == []


def test_nothing_of_what_was_typed_reaches_a_log(client, app, real_places, hand_over, monkeypatch, caplog):
    def broken(*given, **named):
        raise RuntimeError(f"could not write {given}")

    monkeypatch.setattr(actions, "add", broken)
    caplog.set_level(logging.DEBUG)
    ask(client, "/search?place=NR25+6BL&q=knitbombing")
    assert hand_over() == []
    monkeypatch.undo()
    assert "RuntimeError" in caplog.text
    assert "knitbombing" not in caplog.text
    assert "NR25" not in caplog.text
    assert [row[:2] for row in hand_over()] == [("NR25", "knitbombing")]  # tried again, not lost


def test_words_that_may_be_somebodys_are_never_kept(client, app, real_places, hand_over):
    for typed in ("sarah+okonkwo", "943+476+5919", "mr+jones", "amy%40example.org", "born+3%2F4%2F1941"):
        ask(client, f"/search?place=NR25+6BL&q={typed}")
    assert app.extensions["misses"].taken(now=float("inf")) == {}


def test_a_read_only_directory_writes_nothing(client, app, real_places, hand_over, monkeypatch):
    ask(client, ASKED)
    monkeypatch.setitem(app.config, "READ_ONLY", True)
    assert hand_over() == []


def test_what_is_gathered_has_an_end(monkeypatch):
    gathered = misses.Gathered()
    monkeypatch.setattr(misses, "MOST_KEPT", 3)
    for number in range(9):
        gathered.add([number])
    assert len(gathered.taken(now=float("inf"))) == 3
