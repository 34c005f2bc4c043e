"""Words planted in notes, addresses and places of gaps are found in the one row where they belong, and nowhere later."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from directory import jobs, search
from directory.actions import cells, flags, gap_news, offers, retention
from directory.actions import gaps as leads
from directory.extensions import db
from directory.models import Flag, GapState
from directory.queries import gaps as queries
from directory.views import clock
from tests.make import HOLT, NOW
from tests.views.test_editing import move_sign_ins
from tests.views.test_gaps import filled

NOTE, REFUSED, ADDRESS, POSTCODE = "quillfeather suppers", "Xanthippa Brambletoe", "canary@nest.example", "NR25 6BH"
PLANTED = ("quillfeather", "xanthippa", "brambletoe", "canary@nest", "6bh", "943 476")
# What a backup for others to read may hold: nothing of who said what.
PUBLIC = ("gap", "gap_step", "cell", "quarter", "term", "listing", "miss", "audit_row")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def hands(monkeypatch):
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def folder(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_BACKEND", "file")
    monkeypatch.setitem(app.config, "MAIL_FOLDER", str(tmp_path))
    return tmp_path


def tables():
    """What each table holds, as text in lower case."""
    with db.engine.connect() as connection:
        return {
            table.name: " ".join(map(repr, connection.execute(table.select()))).lower() for table in db.metadata.sorted_tables
        }


def found_in(texts):
    return {(name, word) for name, text in texts.items() for word in PLANTED if word in text.lower()}


def files(*folders):
    return {
        str(path): path.read_bytes().decode("latin-1") for each in folders for path in Path(each).rglob("*") if path.is_file()
    }


def test_what_is_planted_is_found_nowhere_else_and_then_nowhere(
    app, client, make, vocabulary, real_places, folder, lena, stella, ida, hands, caplog
):
    caplog.set_level(logging.DEBUG)
    term = queries.term("loneliness")
    make.listing("Lunch Club", at=HOLT, session={}, terms=[term])
    search.apply_changes()
    client.get(f"/search?place={POSTCODE.replace(' ', '+')}&need=loneliness")
    begun = filled(client, hands)
    assert client.post("/gaps/new", data={**begun, "note": f"{REFUSED}, 943 476 5919", "place": POSTCODE}).status_code == 422
    planted = {**begun, "place": POSTCODE, "note": NOTE, "reply_to": ADDRESS}
    answer = client.post("/gaps/new", data=planted)
    assert answer.status_code == 303
    assert found_in(tables()) == {("flag", "quillfeather"), ("flag", "canary@nest")}
    pages = {
        address: client.get(address).text for address in (answer.location, "/gaps", "/gaps.csv", "/gaps/map", "/about/status")
    }
    assert found_in(pages) == set()

    client.sign_in(lena)
    move_sign_ins()
    assert client.post("/gaps/new", data={**begun, "note": NOTE, "place": POSTCODE}).status_code == 303
    waiting = db.session.scalars(sa.select(Flag).where(Flag.reply_to != "")).one()
    gap = flags.accept(waiting, by=stella, now=NOW)
    leads.look(gap, by=ida, now=NOW)
    leads.move(gap, GapState.LOOKED_AT, words="We ask two halls.", was=GapState.REPORTED, by=ida, now=NOW)
    offers.find(now=NOW)
    gap_news.tell(now=NOW)
    gap_news.tell_leads_of_offers(now=NOW + DAY)
    assert found_in(tables()) == {("flag", "quillfeather"), ("flag", "canary@nest"), ("letter", "canary@nest")}
    leads.move(gap, GapState.MET, words="It began.", was=GapState.LOOKED_AT, by=ida, now=NOW + DAY)
    jobs.send_letters(app, now=NOW + DAY)
    gap_news.tell(now=NOW + 2 * DAY)
    jobs.send_letters(app, now=NOW + 2 * DAY)
    gap_news.tell(now=NOW + 3 * DAY)
    # Closed and told: the address is gone from every row; only the mail itself was ever addressed to it.
    assert found_in(tables()) == {("flag", "quillfeather")}
    posted = {name: re.sub(r"^To: .*$", "", text, flags=re.MULTILINE) for name, text in files(folder).items()}
    assert len(posted) >= 3
    assert found_in(posted) == set()

    cells.count_quarter("2026-Q4", now=NOW + 60 * DAY)
    retention.forget(now=NOW + 91 * DAY)
    assert found_in(tables()) == set()
    assert found_in({name: text for name, text in tables().items() if name in PUBLIC}) == set()
    assert found_in(files(app.config["INDEX_FOLDER"])) == set()
    assert found_in({"log": caplog.text}) == set()


def test_the_public_tables_never_held_any_of_it(app, client, make, vocabulary, real_places, lena, hands):
    client.sign_in(lena)
    move_sign_ins()
    data = {"need": "loneliness", "place": POSTCODE, "kind": "available", "note": NOTE}
    assert client.post("/gaps/new", data=data).status_code == 303
    assert found_in({name: text for name, text in tables().items() if name in PUBLIC}) == set()
    assert found_in({name: text for name, text in tables().items() if name not in PUBLIC}) == {("flag", "quillfeather")}
