"""The desk of gaps: residents' flags, exact counts for the lead alone and noted, steps, offers, and help from organisations."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import gaps as actions
from directory.actions import offers
from directory.extensions import db, writing
from directory.models import AuditRow, Editorship, FlagState, GapKind, GapState, GapStep, Offer, OfferState, Patch
from directory.models.gaps import Area
from tests.make import HOLT, NOW
from tests.register import flagged
from tests.views.test_editing import move_sign_ins
from tests.views.test_gaps import rows

pytestmark = pytest.mark.usefixtures("hands")


@pytest.fixture
def gap(need, lena):
    return flagged(need, lena, note="After tea would do.").gap


@pytest.fixture
def lead(client, ida):
    client.sign_in(ida)
    move_sign_ins()
    return client


@pytest.fixture
def curator(client, stella):
    client.sign_in(stella)
    move_sign_ins()
    return client


def looks():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.verb == "read exact counts"))


def test_a_lead_sees_exact_counts_and_that_is_noted(lead, gap):
    page = lead.get("/desk/gaps").text
    assert "Company, NR25, North Norfolk" in page
    assert "These numbers are exact, and for you alone." in page
    assert looks() == 1
    shown = lead.get(f"/desk/gaps/{gap.uid}").text
    assert "1 person said so" in shown
    assert "After tea would do." in shown
    assert looks() == 2


def test_a_curator_sees_gaps_without_counts_or_notes(curator, gap):
    page = curator.get("/desk/gaps").text
    assert "Company, NR25, North Norfolk" in page
    assert "exact" not in page
    shown = curator.get(f"/desk/gaps/{gap.uid}").text
    assert "said so" not in shown
    assert "After tea" not in shown
    assert "Publish this step" not in shown
    assert "Call it that" in shown
    assert looks() == 0


def test_the_lead_of_another_area_sees_neither(lead, gap, ida):
    with writing():
        db.session.add(Patch(account_id=ida.id, area_code="NR27"))
    assert "Company, NR25" not in lead.get("/desk/gaps").text
    shown = lead.get(f"/desk/gaps/{gap.uid}").text
    assert "After tea" not in shown
    assert "said so" not in shown
    answer = lead.post(f"/desk/gaps/{gap.uid}", data={"state": "met", "was": "reported", "words": "Done."})
    assert answer.status_code == 403


def test_nothing_exact_is_shown_while_the_look_cannot_be_noted(app, lead, gap, monkeypatch):
    monkeypatch.setitem(app.config, "READ_ONLY", True)
    assert "exact" not in lead.get("/desk/gaps").text
    assert "After tea" not in lead.get(f"/desk/gaps/{gap.uid}").text


def test_no_page_of_the_desk_says_when_somebody_spoke_nearer_than_the_month(client, ida, stella, gap, need):
    """Who came on which day is known in a village."""
    waiting = flagged(need, kind=GapKind.ADEQUATE)
    for person in (ida, stella):
        client.sign_in(person)
        move_sign_ins()
        for address in ("/desk/gaps", f"/desk/gaps/{gap.uid}", f"/desk/gaps/flags/{waiting.uid}"):
            page = client.get(address).text
            assert re.search(r"November 2026", page), address
            told = page.partition("<main")[2].partition("</main>")[0]
            assert re.findall(r"(?i)\b(?:today|yesterday|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|\d:\d\d|\b\d{1,2} Nov", told) == [], (
                address
            )


def test_a_residents_flag_is_counted_or_refused(curator, need, stella):
    first, second = flagged(need), flagged(need, who="elsewhere", note="A walk would do.")
    page = curator.get("/desk/gaps").text
    assert page.count("Waits for a look") == 2
    shown = curator.get(f"/desk/gaps/flags/{second.uid}").text
    assert "For the area lead alone." in shown
    assert "A walk" not in shown
    assert curator.post(f"/desk/gaps/flags/{first.uid}/accept").status_code == 303
    assert curator.post(f"/desk/gaps/flags/{first.uid}/accept").status_code == 409
    assert curator.post(f"/desk/gaps/flags/{second.uid}/refuse", data={"reason": ""}).status_code == 422
    assert curator.post(f"/desk/gaps/flags/{second.uid}/refuse", data={"reason": "Mrs Quark said no."}).status_code == 422
    assert curator.post(f"/desk/gaps/flags/{second.uid}/refuse", data={"reason": "There is one."}).status_code == 303
    assert [row.state for row in rows()] == [FlagState.COUNTED, FlagState.REFUSED]


def test_what_may_be_about_somebody_in_danger_is_first_and_marked(curator, need, make):
    flagged(need, who="one")
    flagged(make.term("crisis", label="In crisis now"), who="two", now=NOW + timedelta(minutes=1))
    flagged(need, who="three", note="I want to die", now=NOW + timedelta(minutes=2))
    page = curator.get("/desk/gaps").text
    assert page.count("Urgent: somebody may be in danger") == 2
    assert page.rindex("Urgent: somebody may be in danger") < page.index("Waits for a look")
    urgent = re.search(r"/desk/gaps/flags/[^\"]+", page)[0]
    assert "the safety card" in curator.get(urgent).text


def test_a_step_is_taken_and_told(lead, gap):
    address = f"/desk/gaps/{gap.uid}"
    wrong = lead.post(address, data={"state": "looked-at", "was": "reported", "words": "Margaret asks two halls."})
    assert wrong.status_code == 422
    assert "We saw what may be a name" in wrong.text
    assert "Margaret asks" in wrong.text
    assert lead.post(address, data={"state": "not-now", "was": "reported", "words": "No driver."}).status_code == 422
    assert (
        lead.post(address, data={"state": "was-not-known", "was": "reported", "words": "x y", "listing": "none"}).status_code
        == 422
    )
    answer = lead.post(address, data={"state": "looked-at", "was": "reported", "words": "We ask two halls."})
    assert answer.status_code == 303
    assert "Everybody who flagged it will be told within a quarter of an hour." in lead.get(answer.location).text
    assert lead.post(address, data={"state": "met", "was": "reported", "words": "Done."}).status_code == 409
    later = {"state": "not-now", "was": "looked-at", "words": "No driver until spring.", "review_on": "2027-03-01"}
    assert lead.post(address, data=later).status_code == 303
    db.session.rollback()
    assert [step.state for step in db.session.scalars(select(GapStep))] == [GapState.LOOKED_AT, GapState.NOT_NOW]


def test_the_listing_that_answers_is_told_by_its_address(lead, gap, make):
    listing = make.listing("Lunch Club")
    told = {
        "state": "met",
        "was": "reported",
        "words": "It began.",
        "listing": "https://example.org/listings/lunch-club?place=NR25",
    }
    assert lead.post(f"/desk/gaps/{gap.uid}", data=told).status_code == 303
    db.session.rollback()
    assert gap.answer_id == listing.id


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "https://evil.example.com/listings/1", "javascript:lunch-club"])
def test_an_address_that_is_no_listing_closes_nothing(lead, gap, make, typed):
    make.listing("Lunch Club")
    answer = lead.post(f"/desk/gaps/{gap.uid}", data={"state": "met", "was": "reported", "words": "It began.", "listing": typed})
    assert answer.status_code == 422
    assert "There is no such listing" in answer.text
    db.session.rollback()
    assert gap.is_open
    assert gap.state is GapState.REPORTED


def test_merge_split_and_name(lead, gap, need, lena, stella, make):
    other = flagged(need, stella, kind=GapKind.ADEQUATE).gap
    assert lead.post(f"/desk/gaps/{gap.uid}/merge").status_code == 422
    asked = lead.post(f"/desk/gaps/{gap.uid}/merge", data={"into": other.uid})
    assert asked.status_code == 422
    assert "These two differ: they are missing for different reasons." in asked.text
    assert f'value="{other.uid}" selected' in asked.text
    answer = lead.post(f"/desk/gaps/{gap.uid}/merge", data={"into": other.uid, "sure": "1"})
    assert answer.location.startswith(f"/desk/gaps/{other.uid}")
    assert "Part them again" in lead.get(f"/desk/gaps/{gap.uid}").text
    assert lead.post(f"/desk/gaps/{gap.uid}/unmerge").status_code == 303
    assert lead.post(f"/desk/gaps/{gap.uid}/unmerge").status_code == 409
    assert lead.post(f"/desk/gaps/{gap.uid}/merge", data={"into": other.uid, "sure": "1"}).status_code == 303
    assert "This is part of" in lead.get(f"/desk/gaps/{gap.uid}").text
    page = lead.get(f"/desk/gaps/{other.uid}").text
    (first, _) = re.findall(r'name="flags" value="([^"]+)"', page)
    assert lead.post(f"/desk/gaps/{other.uid}/split", data={"name": "Evenings"}).status_code == 422
    assert lead.post(f"/desk/gaps/{other.uid}/split", data={"name": "Evenings", "flags": first}).status_code == 303
    assert "Evenings, NR25" in lead.get("/desk/gaps").text
    assert lead.post(f"/desk/gaps/{other.uid}/name", data={"name": "Mrs Quark's tea"}).status_code == 422
    assert lead.post(f"/desk/gaps/{other.uid}/name", data={"name": "Sunday company"}).status_code == 303
    assert "Sunday company, NR25" in lead.get("/desk/gaps").text


def test_only_gaps_that_one_may_arrange_are_offered_to_be_one_with(lead, gap, need, stella, ida):
    far = flagged(need, stella, area=Area("NR27", "NR27, Cromer", "E07000147", *HOLT, "861941187ffffff")).gap
    assert str(far.uid) in lead.get(f"/desk/gaps/{gap.uid}").text
    with writing():
        db.session.add(Patch(account_id=ida.id, area_code="NR25"))
    assert str(far.uid) not in lead.get(f"/desk/gaps/{gap.uid}").text


def test_offers_are_taken_or_declined(lead, gap, need, make):
    for name in ("Lunch Club", "Tea"):
        make.listing(name, at=HOLT, session={}, terms=[need])
    offers.find(now=NOW)
    page = lead.get(f"/desk/gaps/{gap.uid}").text
    numbers = re.findall(r"/desk/gaps/offers/(\d+)/decline", page)
    assert len(numbers) == 2
    step = lead.get(f"/desk/gaps/{gap.uid}?answer=tea").text
    assert re.search(r'value="met" checked', step)
    assert 'value="/listings/tea"' in step
    assert lead.post(f"/desk/gaps/offers/{numbers[0]}/decline").status_code == 303
    assert lead.post(f"/desk/gaps/offers/{numbers[1]}/take").status_code == 422
    assert lead.post(f"/desk/gaps/offers/{numbers[1]}/take", data={"words": "It began."}).status_code == 303
    assert lead.post(f"/desk/gaps/offers/{numbers[1]}/take", data={"words": "It began."}).status_code == 303  # the same press
    assert lead.post(f"/desk/gaps/offers/{numbers[1]}/take", data={"words": "Another."}).status_code == 409
    db.session.rollback()
    assert {offer.state for offer in db.session.scalars(select(Offer))} == {OfferState.TAKEN, OfferState.DECLINED}
    assert lead.get("/desk/gaps?closed=1").text.count("Company, NR25") == 1


def test_a_closed_gap_is_opened_again(lead, gap):
    address = f"/desk/gaps/{gap.uid}"
    assert "Open it again" not in lead.get(address).text
    lead.post(address, data={"state": "met", "was": "reported", "words": "It began."})
    assert "Open it again" in lead.get(address).text
    assert lead.post(f"{address}/reopen", data={"words": ""}).status_code == 422
    assert lead.post(f"{address}/reopen", data={"words": "It ended."}).status_code == 303
    assert lead.post(f"{address}/reopen", data={"words": "It ended."}).status_code == 303  # the same press once more
    assert lead.post(f"{address}/reopen", data={"words": "Another."}).status_code == 409
    assert "Publish this step" in lead.get(address).text


def test_a_step_that_is_sent_twice_is_one(lead, gap):
    address = f"/desk/gaps/{gap.uid}"
    seen = re.search(r'name="seen" value="(\d+)"', lead.get(address).text)[1]
    sent = {"state": "looked-at", "was": "reported", "seen": seen, "words": "We ask two halls."}
    assert [lead.post(address, data=sent).status_code for _ in range(3)] == [303] * 3
    assert db.session.scalar(select(func.count()).select_from(GapStep)) == 1
    # Of an old page that says something else, the second one is told what stands there now.
    sent |= {"was": "looked-at", "words": "We ask three."}
    answer = lead.post(address, data=sent)
    assert answer.status_code == 409
    assert "You took a step a moment ago." in answer.text
    assert "Somebody else" not in answer.text
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)[1]
    assert lead.post(address, data=sent | {"seen": seen}).status_code == 303
    assert lead.post(address, data={"state": "met", "was": "looked-at", "words": "It began."}).status_code == 303
    assert lead.post(address, data={"state": "met", "was": "looked-at", "words": "It began."}).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(GapStep)) == 3


def test_a_note_is_struck_out(lead, gap, need):
    page = lead.get(f"/desk/gaps/{gap.uid}").text
    address = re.search(r'action="(/desk/gaps/flags/[^"]+/strike)"', page)[1]
    answer = lead.post(address)
    assert "The note is gone." in lead.get(answer.location).text
    assert "After tea" not in lead.get(f"/desk/gaps/{gap.uid}").text
    assert lead.post(address).status_code == 409
    waiting = flagged(need, note="A walk would do.")
    page = lead.get(f"/desk/gaps/flags/{waiting.uid}").text
    assert "A walk would do." in page
    assert "Strike the note out" in page
    answer = lead.post(f"/desk/gaps/flags/{waiting.uid}/strike")
    assert "The note is gone." in lead.get(answer.location).text
    assert [row.note for row in rows()] == ["", ""]
    assert db.session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.verb == "note struck out")) == 2


def test_a_curator_strikes_no_note_that_they_may_not_read(curator, gap, need):
    waiting = flagged(need, note="A walk would do.")
    page = curator.get(f"/desk/gaps/flags/{waiting.uid}").text
    assert "For the area lead alone." in page
    assert "Strike the note out" not in page
    for row in rows():
        assert curator.post(f"/desk/gaps/flags/{row.uid}/strike").status_code == 403
    assert {row.note for row in rows()} == {"After tea would do.", "A walk would do."}


@pytest.mark.parametrize("name", ["ida", "stella"])
def test_a_flag_is_for_those_who_look_after_its_area(client, need, request, name):
    person = request.getfixturevalue(name)
    waiting = flagged(need, note="A walk would do.")
    with writing():
        db.session.add(Patch(account_id=person.id, area_code="NR28"))
    client.sign_in(person)
    move_sign_ins()
    address = f"/desk/gaps/flags/{waiting.uid}"
    answer = client.get(address)
    assert answer.status_code == 403
    assert "A walk" not in answer.text
    for step in ("accept", "refuse", "strike"):
        assert client.post(f"{address}/{step}", data={"reason": "No."}).status_code == 403
    assert [(row.state, row.note) for row in rows()] == [(FlagState.WAITING, "A walk would do.")]


def test_public_words_hold_no_code(lead, gap):
    told = {"state": "looked-at", "was": "reported", "words": "<b>We ask</b>"}
    answer = lead.post(f"/desk/gaps/{gap.uid}", data=told)
    assert answer.status_code == 422
    assert "Leave out &lt; and &gt;" in answer.text
    assert lead.post(f"/desk/gaps/{gap.uid}/name", data={"name": "<i>Tea</i>"}).status_code == 422


def test_five_of_what_may_answer_are_shown_and_the_rest_on_asking(lead, gap, need, make, ida):
    listings = [make.listing(f"Club {number}") for number in range(7)]
    with writing():
        db.session.add_all(Offer(gap_id=gap.id, listing_id=each.id, made_at=NOW) for each in listings)
    page = lead.get(f"/desk/gaps/{gap.uid}").text
    assert "<summary>2 more</summary>" in page
    assert page.count("This answers it") == 7


def test_an_organisation_offers_help(client, gap, need, make, amina, ida):
    club = make.organisation("Garden Club")
    make.listing("Digging", organisation=club, at=HOLT, session={}, terms=[need])
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=NOW))
    client.sign_in(amina)
    move_sign_ins()
    assert "We could help" not in client.get("/account/gaps").text
    actions.move(gap, GapState.LOOKED_AT, words="We ask two halls.", was=GapState.REPORTED, by=ida, now=NOW)
    assert "What people near you need" in client.get("/account/").text
    assert "We could help" in client.get("/account/gaps").text
    address = f"/account/gaps/{gap.uid}/garden-club"
    assert "Your name may be shown." in client.get(address).text
    assert client.post(address, data={"note": "Ring Margaret on 01632 960142"}).status_code == 422
    answer = client.post(address, data={"note": "We have a hall on Tuesdays."})
    assert "Thank you. The area lead reads it" in client.get(answer.location).text
    assert "You offered. The lead reads it" in client.get("/account/gaps").text
    assert client.get(f"/account/gaps/{gap.uid}/nobody").status_code == 404


def test_the_desk_costs_as_many_statements_for_thirty_as_for_one(lead, need, make, statements):
    costs = {}
    for number in range(30):
        worker = make.account(f"Worker {number}", role="link-worker")
        flagged(need, worker, area=Area(f"NR{number}", f"NR{number}"))
        flagged(need, who=f"visitor {number}", area=Area(f"NR{number}", ""))
        if number in (0, 29):
            statements.clear()
            lead.get("/desk/gaps")
            costs[number] = len(statements)
    assert costs[0] == costs[29]


def test_a_gap_costs_as_many_statements_for_thirty_flags_as_for_one(lead, gap, need, make, statements):
    costs = {}
    lead.get(f"/desk/gaps/{gap.uid}")  # what the vocabulary calls things is read once and kept
    for number in range(30):
        flagged(need, make.account(f"Worker {number}", role="link-worker"))
        if number in (0, 29):
            statements.clear()
            lead.get(f"/desk/gaps/{gap.uid}")
            costs[number] = len(statements)
    assert costs[0] == costs[29]


def test_near_an_organisation_costs_as_many_statements_for_thirty_as_for_one(client, need, make, amina, ida, statements):
    club = make.organisation("Garden Club")
    make.listing("Digging", organisation=club, at=HOLT, session={}, terms=[need])
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=NOW - timedelta(days=1)))
    client.sign_in(amina)
    move_sign_ins()
    costs = {}
    for number in range(30):
        actions.open_one(need, Area(f"NR{number}", "", "", *HOLT), GapKind.AVAILABLE, words="No bus.", by=ida, now=NOW)
        if number in (0, 29):
            statements.clear()
            client.get("/account/gaps")
            costs[number] = len(statements)
    assert costs[0] == costs[29]
