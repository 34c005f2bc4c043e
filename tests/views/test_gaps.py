"""Flagging a gap: a few presses from a search, nothing finer than the outward code, nothing refused is kept."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from directory.actions import flags as actions
from directory.actions import gaps as leads
from directory.extensions import db
from directory.models import Affected, Flag, FlagState, Gap, GapKind, GapState, Shortfall
from tests import register
from tests.make import NOW
from tests.register import flagged
from tests.views.test_editing import move_sign_ins

pytestmark = pytest.mark.usefixtures("hands")

FORM = {"need": "loneliness", "place": "NR25", "kind": "available", "affected": "2-5"}


@pytest.fixture
def worker(client, lena):
    client.sign_in(lena)
    move_sign_ins()
    return client


def rows():
    db.session.rollback()
    return db.session.scalars(select(Flag).order_by(Flag.id)).all()


def filled(client, hands, **typed):
    """What a visitor sends after looking at the form for five seconds."""
    page = client.get("/gaps/new?need=loneliness&place=NR25").text
    began = re.search(r'name="began" value="([^"]+)"', page)[1]
    hands[0] += timedelta(seconds=5)
    return {**FORM, "began": began, **typed}


def test_an_empty_search_offers_it_first_and_filled_in(client, make, vocabulary, real_places):
    page = client.get("/search?place=NR25+6BH&need=loneliness&time=evening&radius=1").text
    offer = page[page.index('class="offer"') :]
    assert "Is this something people need here?" in offer
    assert page.index('class="offer"') < page.index("Or look another way")
    address = unescape(re.search(r'href="(/gaps/new[^"]*)"', offer)[1])
    assert address == "/gaps/new?need=loneliness&place=NR25&council=E07000147&shortfall=nothing&time=evening"
    form = client.get(address).text
    assert "Loneliness" in form
    assert "Evening" in form
    assert 'name="time" value="evening"' in form
    assert re.search(r'value="available" checked', form)
    assert "6BH" not in form


def test_a_good_list_offers_it_last(client, make, vocabulary, real_places):
    for number in range(4):
        make.listing(f"Club {number}", at=(52.906, 1.088), session={}, terms=["need:loneliness"] if number < 0 else [])
    page = client.get("/search?place=NR25+6BH").text
    assert 'class="offer"' not in page
    assert "Does none of this fit?" in page


def test_a_list_of_what_is_far_off_says_so_early_and_leads_to_a_gap_that_is_there(client, make, need, planned):
    planned.add(make.listing("Far Club", terms=[need]), distance_mi=3.4)
    for number in range(4):
        planned.add(make.listing(f"Club {number}", terms=[need]), distance_mi=6.0)
    page = client.get("/search?place=NR25+6BH&need=loneliness").text
    assert page.index("Nothing close enough?") < page.index('id="list"')
    assert "Me too" not in page
    hidden = register.gap("NR25", term=need)
    assert "Me too" not in client.get("/search?place=NR25+6BH&need=loneliness").text
    register.step(hidden)
    assert f'href="/gaps/{hidden.uid}/me-too"' in client.get("/search?place=NR25+6BH&need=loneliness").text


def test_a_list_with_something_near_has_no_such_line(client, make, need, planned):
    for number in range(4):
        planned.add(make.listing(f"Club {number}", terms=[need]), distance_mi=0.6 + number)
    assert "Nothing close enough?" not in client.get("/search?place=NR25+6BH&need=loneliness").text


def test_the_form_begins_its_list_with_what_the_search_suggests(client, make, need):
    make.term("woodwork", label="Woodwork")
    make.term("food", label="Food")
    page = client.get("/gaps/new?place=NR25&word=evening+woodwork&like=food&like=nothing-of-ours").text
    assert "You searched for “evening woodwork”." in page
    options = re.findall(r'<option value="([^"]*)"', page[page.index('id="need"') :])
    assert options[:3] == ["", "food", "woodwork"]
    quark = client.get("/gaps/new?place=NR25&word=Mrs+Quark+943+476+5919").text
    assert "Quark" not in quark


def test_the_thank_you_page_says_whether_an_address_was_kept(client, need, hands):
    kept = client.post("/gaps/new", data=filled(client, hands, reply_to="joan@example.org"))
    assert "We keep the email that you left" in client.get(kept.location).text
    without = client.post("/gaps/new", data=filled(client, hands, place="NR21"))
    assert "You left no email" in client.get(without.location).text


def test_a_worker_flags_in_two_presses_from_an_empty_search(worker, need, lena):
    page = worker.get("/gaps/new?need=loneliness&place=NR25&shortfall=nothing&time=evening&audience=").text
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    sent["kind"] = re.search(r'name="kind" value="([^"]+)" checked', page)[1]
    answer = worker.post("/gaps/new", data=sent)
    assert answer.status_code == 303
    (row,) = rows()
    assert (row.state, row.account_id, row.kind) == (FlagState.COUNTED, lena.id, GapKind.AVAILABLE)
    assert (row.shortfall, row.filters, row.area_code) == (Shortfall.NOTHING, {"time": ["evening"]}, "NR25")
    told = worker.get(answer.location).text
    assert "You count for: Company, NR25" in told


def test_every_choice_is_kept(worker, make, vocabulary):
    more = {"often": "most-weeks", "age_band": "65-79", "circumstances": ["carers", "wheelchair"], "distance_mi": "3"}
    assert worker.post("/gaps/new", data={**FORM, **more, "note": "After tea would do."}).status_code == 303
    (row,) = rows()
    assert (row.affected, row.often, row.age_band) == (Affected.FEW, "most-weeks", "65-79")
    assert (row.circumstances, row.distance_mi, row.note) == (["carers", "wheelchair"], 3, "After tea would do.")


def test_a_full_postcode_is_cut_before_anything_is_kept(worker, need, caplog):
    assert worker.post("/gaps/new", data={**FORM, "place": "nr25 6bh"}).status_code == 303
    (row,) = rows()
    assert row.area_code == "NR25"
    shown = worker.post("/gaps/new", data={**FORM, "place": "NR25 6BH", "kind": ""})
    assert shown.status_code == 422
    assert "6BH" not in shown.text
    assert "6BH" not in worker.get("/gaps/new?place=NR25+6BH&need=loneliness").text
    assert "6bh" not in caplog.text.lower()


def test_what_points_to_a_person_is_asked_again_and_kept_nowhere(worker, need, caplog):
    answer = worker.post("/gaps/new", data={**FORM, "note": "Zebedina Quark, 943 476 5919"})
    assert answer.status_code == 422
    assert "We saw what may be an NHS number." in answer.text
    assert "Mistakes to fix: " in answer.text
    assert rows() == []
    assert "943 476" not in caplog.text
    assert worker.post("/gaps/new", data={**FORM, "note": "Something after tea."}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": ""}, "Choose why nothing fits."),
        ({"need": "nothing-of-ours"}, "Choose what is missing."),
        ({"place": ""}, "Say where"),
        ({"circumstances": ["a-b", "carers", "wheelchair"]}, "At most 2 fit here."),
        ({"note": "x" * 281}, "At most 280 characters"),
        ({"distance_mi": "4"}, "Choose one of the distances."),
    ],
)
def test_mistakes_are_told_and_what_was_typed_stays(worker, vocabulary, typed, sentence):
    answer = worker.post("/gaps/new", data={**FORM, **typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert rows() == []


def test_a_resident_needs_no_account_and_waits(client, need, hands):
    answer = client.post("/gaps/new", data=filled(client, hands, reply_to="joan@example.org"))
    assert answer.status_code == 303
    (row,) = rows()
    assert (row.state, row.account_id, row.reply_to, row.gap_id) == (FlagState.WAITING, None, "joan@example.org", None)
    assert "A volunteer looks at it first" in client.get(answer.location).text
    assert "joan" not in client.get(answer.location).text


def test_whoever_says_it_again_reads_what_they_changed(client, need, hands):
    first = client.post("/gaps/new", data=filled(client, hands, affected="1", note="After tea."))
    assert "You said so already" not in client.get(first.location).text
    same = client.get(client.post("/gaps/new", data=filled(client, hands, affected="1", note="After tea.")).location).text
    assert "<h1>You said so already</h1>" in same
    assert "Nothing is changed." in same
    again = client.post("/gaps/new", data=filled(client, hands, affected="6+", note="Before lunch."))
    page = client.get(again.location).text
    assert "We changed what you said before: for how many people (from one to six or more), your note." in page
    assert "lunch" not in page
    assert [(row.affected.value, row.note) for row in rows()] == [("6+", "Before lunch.")]
    forged = client.get(again.location + "&changed=<b>&before=<i>").text
    assert "<b>&" not in forged


def test_a_me_too_with_another_number_changes_it(worker, need, stella, lena):
    gap = flagged(need, stella).gap
    worker.post(f"/gaps/{gap.uid}/me-too", data={"affected": "1"})
    answer = worker.post(f"/gaps/{gap.uid}/me-too", data={"affected": "6+"})
    assert "for how many people (from one to six or more)" in worker.get(answer.location).text
    assert [row.affected.value for row in rows() if row.account_id == lena.id] == ["6+"]
    answer = worker.post(f"/gaps/{gap.uid}/me-too", data={})
    assert "Nothing is changed." in worker.get(answer.location).text
    assert len(rows()) == 2


def test_notes_that_were_refused_have_a_limit_of_their_own(client, need, hands):
    for _ in range(actions.VISITORS + 1):
        answer = client.post("/gaps/new", data=filled(client, hands, note="Margaret asked."))
        assert "We saw what may be a name" in answer.text
    assert client.post("/gaps/new", data=filled(client, hands)).status_code == 303
    for number in range(actions.NOTES_REFUSED):
        answer = client.post("/gaps/new", data=filled(client, hands, note=f"Margaret asked {number}."))
    assert "try again in an hour" in answer.text
    assert "We saw" not in answer.text


def test_a_program_is_held_up_and_an_hour_has_an_end(client, need, hands):
    assert client.post("/gaps/new", data=FORM).status_code == 422
    assert client.post("/gaps/new", data=filled(client, hands, trap="x")).status_code == 422
    assert rows() == []
    for number in range(actions.VISITORS):
        assert client.post("/gaps/new", data=filled(client, hands, place=f"NR{number}")).status_code == 303
    for _ in range(3):  # what was said already is changed, and is no flag more
        assert client.post("/gaps/new", data=filled(client, hands, place="NR1")).status_code == 303
    held = client.post("/gaps/new", data=filled(client, hands, place="NR24"))
    assert held.status_code == 422
    assert "send it again in an hour" in held.text
    assert 'value="NR24"' in held.text


def test_mistakes_are_told_in_words_for_people(client, vocabulary, hands):
    page = client.post("/gaps/new", data=filled(client, hands, kind="hello")).text
    assert "Choose one of the answers." in page
    assert "accessible," not in page
    quick = client.post("/gaps/new", data={**FORM, "began": ""}).text
    assert "press the button again" in quick


def test_the_only_one_who_flagged_it_is_not_told_of_others(worker, need, lena):
    flag = flagged(need, lena)
    assert "others like it" not in worker.get(f"/gaps/flags/{flag.uid}").text


def test_two_people_on_one_network_are_two(app, need, hands):
    first, second = app.test_client(), app.test_client()
    for client, address in ((first, "pa@example.org"), (second, "pb@example.org")):
        answer = client.post("/gaps/new", data=filled(client, hands, reply_to=address))
        assert answer.status_code == 303
    assert [row.reply_to for row in rows()] == ["pa@example.org", "pb@example.org"]
    again = first.post("/gaps/new", data=filled(first, hands, reply_to="pa@example.org", affected="6+"))
    assert str(rows()[0].uid) in again.location
    assert len(rows()) == 2


def test_a_worker_sees_likely_gaps_first_and_joins_with_one_press(worker, need, stella, lena):
    gap = flagged(need, stella).gap
    page = worker.get("/gaps/new?need=loneliness&place=NR25").text
    assert "Somebody has already flagged one like this." in page
    answer = worker.post("/gaps/new", data={"metoo": gap.uid, "need": "loneliness", "place": "NR25"})
    assert answer.status_code == 303
    again = worker.post("/gaps/new", data={"metoo": gap.uid, "need": "loneliness", "place": "NR25"})
    assert again.location == f"{answer.location}?again=1"
    assert [(row.gap_id, row.account_id) for row in rows()] == [(gap.id, stella.id), (gap.id, lena.id)]


def test_likely_gaps_come_by_themselves_as_answers_change_and_nothing_typed_is_sent(worker, need, stella):
    flagged(need, stella, kind=GapKind.AVAILABLE)
    flagged(need, stella, kind=GapKind.ADEQUATE)
    page = worker.get("/gaps/new").text
    asking = re.search(r"<form [^>]*data-hx-get[^>]*>", page)[0]
    assert 'data-hx-params="need,place,council,kind"' in asking, "neither note nor address of whoever writes"
    assert 'action="/gaps/new" method="post"' in asking
    assert '<div id="likely"></div>' in page
    asked = worker.get("/gaps/new?need=loneliness&place=NR25&kind=adequate", headers={"HX-Target": "likely"}).text
    assert asked.startswith('<div id="likely">')
    assert "2 like this already" in asked
    assert re.findall(r"”: ([^.]+)\.", asked) == ["full, too rare or too short", "nothing exists"]
    assert "<form" not in asked
    none = worker.get("/gaps/new?need=loneliness&place=NR9999&kind=adequate", headers={"HX-Target": "likely"}).text
    assert "Somebody has already" not in none
    assert "None like this yet" in none


def test_a_visitor_is_not_told_of_a_gap_that_is_not_public(client, need, lena, ida, hands):
    gap = flagged(need, lena).gap
    assert "already flagged" not in client.get("/gaps/new?need=loneliness&place=NR25").text
    assert client.get(f"/gaps/{gap.uid}/me-too").status_code == 404
    assert client.post(f"/gaps/{gap.uid}/me-too").status_code == 404
    leads.move(gap, GapState.LOOKED_AT, words="We ask two halls.", was=GapState.REPORTED, by=ida, now=NOW)
    assert "already flagged" in client.get("/gaps/new?need=loneliness&place=NR25").text
    page = client.get(f"/gaps/{gap.uid}/me-too").text
    began = re.search(r'name="began" value="([^"]+)"', page)[1]
    hands[0] += timedelta(seconds=5)
    answer = client.post(f"/gaps/{gap.uid}/me-too", data={"began": began, "affected": "1"})
    assert answer.status_code == 303
    assert [row.state for row in rows()] == [FlagState.COUNTED, FlagState.WAITING]


def test_me_too_on_the_board_of_a_worker(worker, need, stella):
    gap = flagged(need, stella).gap
    assert "Add me" in worker.get(f"/gaps/{gap.uid}/me-too").text
    for _ in range(2):
        assert worker.post(f"/gaps/{gap.uid}/me-too").status_code == 303
    assert len(rows()) == 2


def test_whoever_flagged_it_takes_it_back(worker, need, lena, stella):
    mine, other = flagged(need, lena), flagged(need, stella)
    assert "Take it back" in worker.get("/account/gaps").text
    assert worker.post(f"/gaps/flags/{mine.uid}/take-back").status_code == 303
    assert worker.post(f"/gaps/flags/{other.uid}/take-back").status_code == 403
    assert [row.state for row in rows()] == [FlagState.WITHDRAWN, FlagState.COUNTED]


def test_what_became_of_it_follows_a_merge_and_says_nothing_that_was_written(client, need, lena, ida):
    flag = flagged(need, lena, note="After tea would do.")
    into = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    leads.merge(flag.gap, into, by=ida, now=NOW, sure=True)
    leads.move(into, GapState.BEING_STARTED, words="A hall is booked.", was=GapState.REPORTED, by=ida, now=NOW)
    page = client.get(f"/gaps/flags/{flag.uid}").text
    assert "A hall is booked." in page
    assert "After tea" not in page
    assert db.session.scalar(select(func.count()).select_from(Gap)) == 2


def test_a_page_that_was_open_for_long_shows_everything_again(client, need):
    answer = client.post("/gaps/new", data={**FORM, "note": "After tea.", "do": "again"})
    assert answer.status_code == 200
    assert "After tea." in answer.text
    assert rows() == []


def test_whoever_keeps_no_cookies_is_told_that_the_form_needs_one(app, client, need, hands, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    sent = filled(client, hands)
    client.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    answer = client.post("/gaps/new", data=sent)
    assert answer.status_code == 400
    assert "This form needs one cookie." in answer.text
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], "of a session that ended")
    kept = client.post("/gaps/new", data={**sent, "csrf_token": "of another page"})
    assert kept.status_code == 400
    assert "needs one cookie" not in kept.text


def test_somebody_in_danger_is_given_the_numbers_first(client, make, need, hands):
    make.term("crisis", label="In crisis now")
    answer = client.post("/gaps/new", data=filled(client, hands, note="I want to die"))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert page.index("116 123") < page.index("Thank you</h1>")
    shown = client.get("/gaps/new?need=crisis&place=NR25").text
    assert shown.index("116 123") < shown.index("Flag a gap</h1>")
    answer = client.post("/gaps/new", data=filled(client, hands, need="crisis"))
    page = client.get(answer.location).text
    assert page.index("999") < page.index("Thank you</h1>")
    refused = client.post("/gaps/new", data=filled(client, hands, note="Margaret wants to die")).text
    assert refused.index("116 123") < refused.index("Flag a gap</h1>")


def test_of_a_note_nothing_is_told_to_whoever_else_has_the_address(client, need):
    flag = flagged(need, note="I want to die")
    assert "116 123" not in client.get(f"/gaps/flags/{flag.uid}").text
