"""From “Is this your group?” to editing it, in a real browser with and without scripts, and nothing that axe complains of."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import claims as actions
from directory.extensions import db, writing
from directory.models import Editorship, Letter
from directory.queries.claims import Way
from directory.views import clock
from tests import make
from tests.browser.test_looks import faults, sideways
from tests.browser.test_reviewing import sign_in

pytestmark = pytest.mark.browser

MAIL, PHONE = Way("mail", "hello@garden.example"), Way("phone", "01632 960142")


@pytest.fixture
def garden(server):
    """A listing that nobody looks after, checked long ago."""
    make.listing(
        "Garden Club",
        venue="Village Hall",
        session={},
        contacts=[("email", MAIL.value), ("phone", PHONE.value)],
        checked_on=clock.now().date() - timedelta(days=400),
    )
    return server


def address_in(server, kind):
    """The path of the link in the newest letter of a kind, as it is sent."""
    db.session.rollback()  # what the site has written meanwhile
    letter = db.session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc())).first()
    text = jobs.written(server.app, letter)[1]
    return re.sub(r"^https?://[^/]+", "", re.search(r"https?://\S+", text)[0])


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_listing_to_looking_after_it_on_a_telephone(garden, new_context, scripts):
    page = new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts).new_page()
    page.goto(f"{garden.url}/listings/garden-club")
    page.click("text=Claim this listing")
    page.fill("#email", "ann@example.org")
    page.click("text=Email me a link")
    page.wait_for_selector("h1:text-is('Look in your email')")
    page.goto(garden.url + address_in(garden, "claim-begin"))
    page.click("button:text-is('Sign in')")
    page.wait_for_selector("h1:text-is('Is Garden Club yours?')")
    page.check(f"input[value='{MAIL.key}']")
    page.fill("#name", "Ann")
    page.click("text=Ask to look after it")
    page.wait_for_selector("text=A letter is on its way to hello@garden.example")
    page.goto(garden.url + address_in(garden, "claim-link"))
    page.click("text=Yes, that is me, and it is ours")
    page.wait_for_selector("text=You speak for Garden Club")
    page.goto(f"{garden.url}/account/")
    page.click("text=Yes, still right")
    page.wait_for_selector("text=Checked today by the group" if scripts else "text=Your listing was checked lately")
    db.session.rollback()
    assert db.session.scalars(select(Editorship.leads)).all() == [True]


def claim_pages(garden):
    """Every page of claims as somebody sees it: name and path, and whether it is pressed on to mistakes."""
    amina = make.account("Amina")
    listing = make.listing("Welcome Table", organisation="Lunch Club", contacts=[("phone", PHONE.value), ("email", MAIL.value)])
    bilal = make.account("Bilal")
    now = clock.now()
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=listing.organisation_id, leads=True, since=now))
    rung = actions.claim(listing.organisation, way=PHONE, by=amina, now=now)
    other = make.listing("Garden Friends", organisation="Garden Friends", contacts=[("email", "x@garden.example")])
    mailed = actions.claim(other.organisation, way=Way("mail", "x@garden.example"), by=amina, now=now)
    link = address_in(garden, "claim-link")
    asked = {"number": "1123456", "evidence": "Page 2 of our report names me."}
    decided = actions.claim(listing.organisation, way=None, by=make.account("Cara"), now=now, **asked)
    assert mailed.organisation_id == other.organisation_id
    return {
        "start": "/organisations/lunch-club/claim",
        "yours": "/listings/garden-club/claim/yours",
        "link": link,
        "wrong link": "/organisations/lunch-club/claim/wrong",
        "list": "/desk/claims",
        "ring": f"/desk/claims/{rung.id}",
        "decide": f"/desk/claims/{decided.id}",
        "editors": "/organisations/lunch-club/editors",
        "account": "/account/",
        "listing": "/listings/garden-club",
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 390), ("light", 1280)])
def test_no_page_has_a_fault(garden, new_context, scheme, width):
    pages = claim_pages(garden)
    visitor = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    context = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(context, garden, role="lead")
    person, wrong = context.new_page(), {}

    def look(name, page):
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = faults(page) + ([f"{sideways(page)} px off the side"] if sideways(page) > 0 else [])
        if found:
            wrong[name] = found

    for name, path in pages.items():
        page = visitor if name in ("start", "link") else person
        page.goto(garden.url + path)
        look(name, page)
        if name in ("start", "yours"):
            page.click("main form button[type=submit]")
            page.wait_for_selector(".errsum")
            look(f"{name} with mistakes", page)
        if name in ("ring", "decide"):
            page.click("text=I look at this one")
            page.wait_for_selector("text=They know nothing of it" if name == "ring" else "text=They edit for it")
            look(f"{name}, held", page)
            page.click("text=That is the code" if name == "ring" else "button:text-is('No')")
            page.wait_for_selector(".errsum")
            look(f"{name} with mistakes", page)
    assert wrong == {}
