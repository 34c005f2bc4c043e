"""The desk in a real browser: ten calls by keyboard alone, with and without scripts, and nothing that axe complains of."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db, writing
from directory.models import Check, Lease, Patch, SignIn, Task
from directory.queries.accounts import digest
from directory.views import clock
from directory.views.access import TOKEN
from tests import make
from tests.browser.test_finding import until
from tests.browser.test_looks import faults, sideways

pytestmark = pytest.mark.browser

TEN = 10
# A call about three facts takes so many presses at most; talking takes the rest of its four minutes.
PRESSES_WITH_KEYS, PRESSES_WITHOUT_SCRIPTS = 6, 45


@pytest.fixture
def desk(server):
    """Ten old listings in the patch of a volunteer; `desk.cookie` is what signs her in."""
    vocabulary_actions.load(shipped.shipped_terms())
    now = clock.now()
    for number in range(TEN):
        make.listing(
            f"Lunch Club {number}",
            checked_on=now.date() - timedelta(days=400 + number),
            cost="paid",
            venue=make.venue(f"Hall {number}", postal_code="NR25 6BL"),
            session={"rrule": "FREQ=WEEKLY;BYDAY=WE"},
            contacts=[("phone", f"01632 96014{number}"), ("email", "lunch@example.org")],
        )
    stella = make.account("Stella", role="curator", totp_secret="JBSWY3DPEHPK3PXP")
    token = secrets.token_urlsafe()
    with writing():
        db.session.add(Patch(account_id=stella.id, area_code="NR25"))
        made = {"account_id": stella.id, "token_hash": digest(token), "browser": "A test"}
        db.session.add(SignIn(made_at=now, seen_at=now, proved_at=now, **made))
    signer = server.app.session_interface.get_signing_serializer(server.app)
    name = server.app.config["SESSION_COOKIE_NAME"]
    server.cookie = {"name": name, "value": signer.dumps({TOKEN: token}), "url": server.url}
    return server


def signed_in(context, desk):
    context.set_default_timeout(10_000)
    context.add_cookies([desk.cookie])
    page = context.new_page()
    page.goto(f"{desk.url}/desk")
    return page


def press(page, key, presses):
    presses.append(key)
    page.keyboard.press(key)


def tab_to(page, selector, presses, *, most=60):
    for _ in range(most):
        press(page, "Tab", presses)
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} was not reached")


def counts():
    db.session.rollback()
    closed = db.session.scalar(db.select(db.func.count()).select_from(Task).where(Task.closed_at.is_not(None)))
    return closed, db.session.scalar(db.select(db.func.count()).select_from(Check))


def test_ten_calls_by_keys(desk, new_context):
    page = signed_in(new_context(), desk)
    page.keyboard.press("s")  # off until they are switched on
    page.wait_for_timeout(200)
    assert page.url.endswith("/desk")
    tab_to(page, "#keys button", [])
    page.keyboard.press("Enter")
    for number in range(TEN):
        presses = []
        press(page, "s", presses)
        page.wait_for_selector("#call")
        for row in ("running", "times", "contact"):
            press(page, "a", presses)
            until(page, f"document.querySelector('#kept-{row}').textContent.trim() === 'Kept.'")
        press(page, "f", presses)
        page.wait_for_url("**/desk")
        assert "Thank you. Lunch Club" in page.inner_text("main")
        assert len(presses) <= PRESSES_WITH_KEYS
        assert counts() == (number + 1, 3 * (number + 1))
    assert "Nothing is left for now" in page.inner_text("#job")


def test_ten_calls_by_keyboard_without_scripts(desk, new_context):
    page = signed_in(new_context(java_script_enabled=False), desk)
    assert not page.is_visible("#keys")
    for number in range(TEN):
        presses = []
        tab_to(page, "#job [data-key=s]", presses)
        press(page, "Enter", presses)
        page.wait_for_selector("#call")
        for row in ("running", "times", "contact"):
            tab_to(page, f"#{row}", presses)
            press(page, "Space", presses)
        tab_to(page, "[data-key=f]", presses)
        press(page, "Enter", presses)
        page.wait_for_url("**/desk")
        assert len(presses) <= PRESSES_WITHOUT_SCRIPTS, len(presses)
        assert counts() == (number + 1, 3 * (number + 1))


def test_an_answer_outlives_the_page(desk, new_context):
    page = signed_in(new_context(), desk)
    page.click("[data-key=s]")
    page.check("#cost-changed")
    page.select_option("#cost_kind", "free")
    until(page, "document.querySelector('#kept-cost').textContent.trim() === 'Kept.'")
    page.wait_for_load_state("networkidle")
    page.goto(f"{desk.url}/desk")
    page.click("text=Go on with this one")
    assert page.is_checked("#cost-changed")
    assert page.input_value("#cost_kind") == "free"
    db.session.rollback()
    assert db.session.scalar(db.select(Lease.answers)) == {"cost": {"answer": "changed", "cost_kind": "free", "cost_amount": ""}}


def test_what_is_new_opens_only_where_something_changed(desk, new_context):
    page = signed_in(new_context(), desk)
    page.click("[data-key=s]")
    assert not page.is_visible("#times_opens")
    page.check("#times-changed")
    assert page.is_visible("#times_opens")
    page.check("#times")
    assert not page.is_visible("#times_opens")


def test_another_job_takes_its_place_and_the_focus_goes_there(desk, new_context):
    page = signed_in(new_context(), desk)
    first = page.inner_text("#nj")
    page.click("text=Give me another")
    until(page, f"document.querySelector('#nj').textContent.trim() !== {first!r}")
    until(page, "document.activeElement.id === 'nj'")
    assert page.inner_text("#said") == page.inner_text("#nj")


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("light", 1280), ("dark", 390), ("dark", 768)])
def test_no_page_has_a_fault_or_runs_off_the_side(desk, new_context, scheme, width):
    page = signed_in(new_context(viewport={"width": width, "height": 800}, color_scheme=scheme), desk)

    def found():
        page.wait_for_load_state("networkidle")
        return faults(page) + ([f"{sideways(page)} px off the side"] if sideways(page) > 0 else [])

    wrong = {"desk": found()}
    page.click("text=How this was chosen")
    page.click("[data-key=s]")
    for row in ("times", "contact", "cost", "first_visit"):
        page.check(f"#{row}-changed" if row != "first_visit" else "#first_visit")
    wrong["call"] = found()
    page.click("[data-key=f]")
    page.wait_for_selector(".errsum")
    wrong["mistakes"] = found()
    page.goto(f"{desk.url}/desk/safety")
    wrong["safety"] = found()
    assert {name: told for name, told in wrong.items() if told} == {}
