"""From a search in vain to the letter that says what became of it: workers, residents and groups. No scripts anywhere."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import gap_news
from directory.extensions import db, writing
from directory.models import Editorship, Flag, FlagState, Gap, GapState, Letter
from directory.views import clock
from tests.journeys.test_finding import link
from tests.make import HOLT, NOW
from tests.views.test_editing import filled, move_sign_ins

SEARCH = "/search?place=NR25+6BL&need=loneliness&time=evening&radius=1"


@pytest.fixture
def hands(monkeypatch):
    """The hands of the clock, moved on between a look and a press."""
    now = [NOW.astimezone(clock.LONDON)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


@pytest.fixture
def enter(client, hands):
    """`enter(lena)`: Lena sits down at the computer; nobody when a visitor does."""

    def sit_down(account=None):
        client.sign_out()
        if account is not None:
            client.sign_in(account)
            move_sign_ins()
        return client

    return sit_down


def press(client, page, **typed):
    """Send the form whose button was pressed: its action and what stands in it."""
    words = typed.pop("press")
    form = next(each for each in re.findall(r"<form .*?</form>", page.text, flags=re.DOTALL) if words in each)
    action = html.unescape(re.search(r'action="([^"]*)"', form)[1])
    answer = client.post(action, data=filled(Part(form), **typed))
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"])


class Part:
    """One form of a page, to be filled in."""

    def __init__(self, text):
        self.text = text


def flagged(client, hands, **typed):
    """From a search in vain to the page that says thank you, as the links lead."""
    form = client.get(link(client.get(SEARCH).text, "Flag this gap"))
    assert "6BL" not in form.text
    hands[0] += timedelta(seconds=40)
    thanks = press(client, form, press="Flag this gap", **typed)
    assert "<h1>Thank you</h1>" in thanks.text
    return thanks


def letters(app, hands, kind):
    """What lies in the outbox after the sweep of a worker, as whoever gets it reads it."""
    gap_news.tell(now=hands[0])
    db.session.rollback()
    rows = db.session.scalars(select(Letter).where(Letter.kind == kind, Letter.to_address != "").order_by(Letter.id))
    return {row.to_address: jobs.written(app, row) for row in rows}


def gap_here():
    db.session.rollback()
    return db.session.scalars(select(Gap)).one()


def test_two_workers_flag_the_lead_takes_a_step_and_both_hear(app, enter, hands, vocabulary, real_places, lena, stella, ida):
    flagged(enter(stella), hands, affected="1")
    flagged(enter(lena), hands, affected="2-5")
    gap = gap_here()
    lead = enter(ida)
    desk = lead.get("/desk/gaps")
    assert re.search(r'<td class="num">2</td><td class="num">3</td>', desk.text), "two people, for three at least"
    page = lead.get(link(desk.text, "Loneliness"))
    told = press(lead, page, press="Publish this step", state="looked-at", words="We ask two halls.")
    assert "Everybody who flagged it will be told within a quarter of an hour." in told.text
    written = letters(app, hands, "gap-news")
    assert set(written) == {lena.email, stella.email}
    subject, body = written[lena.email]
    assert subject == "What became of a gap: Loneliness, NR25, Holt"
    assert "It is being looked at. We ask two halls." in body
    worker = enter(lena)
    onward = re.search(r"/gaps/flags/[0-9a-f-]{36}", body)[0]
    assert "We ask two halls." in worker.get(onward).text
    assert "We ask two halls." in enter().get(f"/gaps/{gap.uid}").text


def test_a_residents_flag_waits_counts_and_is_answered_and_then_the_address_is_gone(
    app, enter, hands, make, vocabulary, real_places, stella, ida
):
    visitor = enter()
    thanks = flagged(visitor, hands, note="After tea would do.", reply_to="joan@example.org")
    assert "volunteer looks" in thanks.text
    db.session.rollback()
    assert [flag.state for flag in db.session.scalars(select(Flag))] == [FlagState.WAITING]
    assert db.session.scalars(select(Gap)).all() == []
    curator = enter(stella)
    page = curator.get(link(curator.get("/desk/gaps").text, "NR25"))
    assert "After tea" not in page.text
    assert "It counts now." in press(curator, page, press="Count it").text
    make.listing("Supper Club", at=HOLT, session={}, terms=["loneliness"])
    lead = enter(ida)
    page = lead.get(link(lead.get("/desk/gaps").text, "NR25"))
    assert "After tea would do." in page.text
    met = {"state": "met", "words": "Supper on Tuesdays from May.", "listing": "/listings/supper-club"}
    press(lead, page, press="Publish this step", **met)
    written = letters(app, hands, "gap-news")
    assert set(written) == {"joan@example.org"}
    _, body = written["joan@example.org"]
    assert "It is met. Supper on Tuesdays from May." in body
    assert "/listings/supper-club" in body
    assert "This gap is closed. If something is still missing, flag it again." in body
    assert [flag.reply_to for flag in db.session.scalars(select(Flag))] == [""]
    with writing():
        for row in db.session.scalars(select(Letter)):
            row.sent_at = hands[0]
    gap_news.tell(now=hands[0])
    db.session.rollback()
    assert "joan" not in repr([(row.to_address, row.facts) for row in db.session.scalars(select(Letter))])


def test_a_group_says_that_it_could_help_and_the_lead_answers_it(
    app, enter, hands, make, vocabulary, real_places, amina, lena, ida
):
    club = make.organisation("Garden Club")
    make.listing("Digging", organisation=club, at=HOLT, session={}, terms=["loneliness"])
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=NOW))
    flagged(enter(lena), hands)
    group = enter(amina)
    assert "We could help" not in group.get("/account/gaps").text, "nobody but workers knows of it yet"
    lead = enter(ida)
    page = lead.get(link(lead.get("/desk/gaps").text, "Loneliness"))
    press(lead, page, press="Publish this step", state="looked-at", words="We look for a hall.")
    group = enter(amina)
    assert "/account/gaps" in group.get("/account/").text
    near = group.get("/account/gaps")
    assert "You have something for this need already." in near.text
    form = group.get(link(near.text, "We could help"))
    assert "Your name may be shown." in form.text
    after = press(group, form, press="We could help", note="We have a hall on Tuesdays.")
    assert "You offered. The lead reads it" in after.text
    subject, body = letters(app, hands, "gap-help")[ida.email]
    assert subject == "Garden Club could help with a gap"
    lead = enter(ida)
    page = lead.get(re.search(r"/desk/gaps/[0-9a-f-]{36}", body)[0])
    assert "We have a hall on Tuesdays." in page.text
    press(lead, page, press="Yes, please")
    assert gap_here().state is GapState.BEING_STARTED
    _, body = letters(app, hands, "gap-help-taken")[amina.email]
    assert "The area lead says yes, and will be in touch." in body
    hands[0] += timedelta(days=1)
    _, body = letters(app, hands, "gap-news")[lena.email]
    assert "Something is being started. Garden Club is going to help." in body
    assert "Taken. Thank you" in enter(amina).get("/account/gaps").text
