"""From an empty search to the answer in the post, in a real browser, with scripts and without; nothing that axe complains of."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import gap_news, gaps, offers
from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db, writing
from directory.models import Account, Editorship, Flag, FlagState, Gap, GapKind, GapState, Letter, SignIn, Term
from directory.queries.accounts import digest
from directory.views import clock
from directory.views.access import TOKEN
from tests import make
from tests.browser.test_looks import faults, sideways

pytestmark = pytest.mark.browser

EMPTY = "/search?place=NR25+6BL&need=loneliness&time=evening&radius=1"


@pytest.fixture
def people(server):
    """Somebody of each sort, with what signs them in: `people.cookie("Lena")`."""
    vocabulary_actions.load(shipped.shipped_terms())
    for name, role in (("Lena", "link-worker"), ("Stella", "curator"), ("Ida", "lead"), ("Amina", "editor")):
        make.account(name, role=role, totp_secret="JBSWY3DPEHPK3PXP")
    server.cookie = lambda name: cookie_of(server, name)
    return server


def cookie_of(server, name):
    account = db.session.scalars(select(Account).where(Account.display_name == name)).one()
    token, now = secrets.token_urlsafe(), clock.now()
    with writing():
        made = {"account_id": account.id, "token_hash": digest(token), "browser": "A test"}
        db.session.add(SignIn(made_at=now, seen_at=now, proved_at=now, **made))
    signer = server.app.session_interface.get_signing_serializer(server.app)
    return {"name": server.app.config["SESSION_COOKIE_NAME"], "value": signer.dumps({TOKEN: token}), "url": server.url}


def page_of(new_context, server, name="", *, scripts=True, width=1280):
    context = new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(10_000)
    if name:
        context.add_cookies([server.cookie(name)])
    return context.new_page()


def letters(server, kind):
    db.session.rollback()
    return [jobs.written(server.app, each)[1] for each in db.session.scalars(select(Letter).where(Letter.kind == kind))]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_worker_flags_a_lead_moves_and_the_worker_hears(people, new_context, scripts):
    other = page_of(new_context, people, "Stella", scripts=scripts)
    worker = page_of(new_context, people, "Lena", scripts=scripts)
    for page in (other, worker):
        page.goto(people.url + EMPTY)
        page.click("text=Flag this gap")  # one press
        assert "Loneliness" in page.inner_text("main")
        assert "6BL" not in page.inner_html("form[action='/gaps/new']"), "only the way back has it, as the browser told us"
        page.click("label:has-text('Two to five')")  # two
        page.click("button:has-text('Flag this gap')")  # three
        page.wait_for_selector("h1:text-is('Thank you')")
    db.session.rollback()
    gap = db.session.scalars(select(Gap)).one()
    lead = page_of(new_context, people, "Ida", scripts=scripts)
    lead.set_viewport_size({"width": 390, "height": 800})
    lead.goto(f"{people.url}/desk/gaps")
    hidden = "[...document.querySelectorAll('section.scroll')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert not scripts or lead.evaluate(hidden) == 0, "the figures are what a lead comes for: none lies off the side of a phone"
    assert "2\t4" in lead.inner_text("tbody tr"), "two people, merged, for four at least"
    lead.click("tbody th a")
    lead.click("label:has-text('Being looked at')")
    lead.fill("#words", "We ask two halls.")
    lead.click("button:has-text('Publish this step')")
    lead.wait_for_selector("text=Everybody who flagged it will be told within a quarter of an hour.")
    gap_news.tell(now=clock.now())
    told = letters(people, "gap-news")
    assert len(told) == 2
    assert "We ask two halls." in told[0]
    assert f"/gaps/flags/{db.session.scalars(select(Flag)).first().uid}" in "".join(told)
    worker.goto(f"{people.url}/gaps/{gap.uid}")
    assert "We ask two halls." in worker.inner_text("main")


COUNT_PRESSES = "addEventListener('click', () => sessionStorage.presses = 1 + Number(sessionStorage.presses || 0), true)"


def test_a_worker_flags_from_a_search_in_five_presses_or_fewer(people, new_context):
    """Counted by the browser: whatever is pressed between the empty list and the word of thanks. Nothing has to be typed."""
    page = page_of(new_context, people, "Lena", width=390)
    page.context.add_init_script(COUNT_PRESSES)
    page.goto(people.url + EMPTY)
    page.click("text=Flag this gap")
    page.click("label:has-text('Two to five')")
    page.click("button:has-text('Flag this gap')")
    page.wait_for_selector("h1:text-is('Thank you')")
    # A press on a label is told twice, of the label and of its box.
    assert 3 <= int(page.evaluate("sessionStorage.presses")) <= 4
    db.session.rollback()
    assert [flag.state for flag in db.session.scalars(select(Flag))] == [FlagState.COUNTED]


def test_a_worker_joins_one_that_is_there_in_two_presses(people, new_context):
    first = page_of(new_context, people, "Stella")
    first.goto(people.url + EMPTY)
    first.click("text=Flag this gap")
    first.click("button:has-text('Flag this gap')")
    first.wait_for_selector("h1:text-is('Thank you')")
    page = page_of(new_context, people, "Lena")
    page.goto(people.url + EMPTY)
    page.click("text=Flag this gap")
    page.click("button:has-text('Add me to that one and finish')")
    page.wait_for_selector("h1:text-is('Thank you')")
    db.session.rollback()
    assert [flag.state for flag in db.session.scalars(select(Flag))] == [FlagState.COUNTED] * 2


def test_likely_gaps_appear_while_the_form_is_filled_in(people, new_context):
    first = page_of(new_context, people, "Stella")
    first.goto(people.url + EMPTY)
    first.click("text=Flag this gap")
    first.click("button:has-text('Flag this gap')")
    first.wait_for_selector("h1:text-is('Thank you')")
    page = page_of(new_context, people, "Lena", width=390)
    page.goto(f"{people.url}/gaps/new")
    page.click("summary")
    page.fill("#note", "After tea would do.")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.select_option("#need", "loneliness")
    page.fill("#place", "NR25 6BL")
    page.press("#place", "Tab")
    page.wait_for_selector("#likely:has-text('Somebody has already flagged one like this.')")
    assert page.inner_text("#said") == "1 like this already"
    assert page.input_value("#note") == "After tea would do."
    assert [url for url in asked if "note" in url or "reply_to" in url] == []
    page.click("button:has-text('Add me to that one and finish')")
    page.wait_for_selector("h1:text-is('Thank you')")
    db.session.rollback()
    assert len(db.session.scalars(select(Gap)).all()) == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_residents_flag_waits_for_a_curator(people, new_context, scripts):
    resident = page_of(new_context, people, scripts=scripts, width=390)
    resident.goto(people.url + EMPTY)
    resident.click("text=Flag this gap")
    resident.click("summary")
    resident.fill("#note", "It is for Margaret, 943 476 5919")
    resident.fill("#reply_to", "joan@example.org")
    resident.wait_for_timeout(3_200)  # nobody reads and writes faster
    resident.click("button:has-text('Flag this gap')")
    resident.wait_for_selector(".errsum")
    assert "NHS number" in resident.inner_text(".errsum")
    resident.fill("#note", "After tea would do.")
    resident.click("button:has-text('Flag this gap')")
    resident.wait_for_selector("h1:text-is('Thank you')")
    db.session.rollback()
    assert [flag.state for flag in db.session.scalars(select(Flag))] == [FlagState.WAITING]
    curator = page_of(new_context, people, "Stella", scripts=scripts)
    curator.goto(f"{people.url}/desk/gaps")
    curator.click("text=Loneliness, NR25")
    assert "After tea" not in curator.inner_text("main")
    curator.click("button:has-text('Count it')")
    curator.wait_for_selector("text=It counts now.")
    db.session.rollback()
    assert [flag.state for flag in db.session.scalars(select(Flag))] == [FlagState.COUNTED]


def opened(people):
    """A public gap near Holt, with an organisation beside it that Amina edits for."""
    club = make.organisation("Garden Club")
    term = db.session.scalars(select(Term).where(Term.slug == "loneliness")).one()
    make.listing("Digging", organisation=club, at=(52.906, 1.088), session={}, terms=[term])
    accounts = {account.display_name: account for account in db.session.scalars(select(Account))}
    with writing():
        db.session.add(Editorship(account_id=accounts["Amina"].id, organisation_id=club.id, since=clock.now()))
    area = gaps.queries.area_of("NR25")
    return gaps.open_one(term, area, GapKind.AVAILABLE, words="We look for a hall.", by=accounts["Ida"], now=clock.now())


@pytest.mark.parametrize("scripts", [True, False])
def test_an_organisation_answers(people, new_context, scripts):
    opened(people)
    page = page_of(new_context, people, "Amina", scripts=scripts, width=390)
    page.goto(f"{people.url}/account/")
    page.click("text=What people near you need")
    page.click("text=We could help")
    page.fill("#note", "We have a hall on Tuesdays.")
    page.click("button:has-text('We could help')")
    page.wait_for_selector("text=You offered. The lead reads it")
    assert len(letters(people, "gap-help")) == 1
    lead = page_of(new_context, people, "Ida", scripts=scripts)
    lead.goto(f"{people.url}/desk/gaps")
    lead.click("tbody th a")
    assert "We have a hall on Tuesdays." in lead.inner_text("main")
    lead.click("button:has-text('Yes, please')")
    lead.wait_for_selector("text=Everybody who flagged it will be told within a quarter of an hour.")
    db.session.rollback()
    assert db.session.scalars(select(Gap)).one().state is GapState.BEING_STARTED
    (answer,) = letters(people, "gap-help-taken")
    assert "The area lead says yes, and will be in touch." in answer
    page.goto(f"{people.url}/account/gaps")
    assert "Taken. Thank you" in page.inner_text("main")


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 390), ("light", 1280)])
def test_the_pages_have_no_fault_and_nothing_off_the_side(people, new_context, scheme, width, tmp_path):
    gap = opened(people)
    offers.find(now=clock.now())
    worker = page_of(new_context, people, "Lena")
    worker.goto(f"{people.url}/gaps/{gap.uid}/me-too")
    worker.click("button:has-text('Add me')")
    worker.wait_for_selector("h1:text-is('Thank you')")
    flag_address = worker.url.removeprefix(people.url)
    looked_at = {
        "": ("/gaps/new", "/gaps/new?need=loneliness&place=NR25&time=evening", f"/gaps/{gap.uid}/me-too", flag_address, EMPTY),
        "Ida": ("/desk/gaps", f"/desk/gaps/{gap.uid}"),
        "Amina": ("/account/gaps", f"/account/gaps/{gap.uid}/garden-club"),
    }
    wrong = {}
    for name, addresses in looked_at.items():
        context = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        if name:
            context.add_cookies([people.cookie(name)])
        page = context.new_page()
        for address in addresses:
            page.goto(people.url + address)
            page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
            found = faults(page) + ([f"{sideways(page)} px off the side"] if sideways(page) > 0 else [])
            if found:
                wrong[address] = found
    assert wrong == {}
