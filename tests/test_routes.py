"""Every address says who may open it, none vanishes unnoticed, and looking at a page changes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import login_user

from directory.errors import NotAllowed
from directory.extensions import db
from directory.views.access import anyone, check_every_route, open_to
from tests.addresses import PARTS, furnish, methods, own_routes, walk
from tests.conftest import make_app

LISTED = Path(__file__).with_name("routes.txt")
# Pages with a form of ours carry its token, which needs the cookie.
FORMS = (
    "/account/",
    "/listings/new",
    "/listings/garden-club/suggest",
    "/organisations/garden-club/claim",
    "/gaps/new",
    f"/gaps/{PARTS['uid']}/me-too",
)
TALLIES = {"tally", "miss", "miss_visit", "day_salt"}  # tables that only count, which a look may fill


def lines(app: Flask) -> list[str]:
    """One line for each address and method: method, address, endpoint, and who may."""
    return [
        f"{method:5}{rule.rule}  {rule.endpoint}  {app.view_functions[rule.endpoint].audience.__name__}"
        for rule in own_routes(app)
        for method in methods(rule)
    ]


def contents() -> dict[str, str]:
    """What each table holds, as one sum."""
    with db.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(repr(sorted(map(repr, connection.execute(table.select())))).encode()).hexdigest()
            for table in db.metadata.sorted_tables
            if table.name not in TALLIES
        }


def test_every_route_says_who_may_open_it(app):
    forgotten = [rule.endpoint for rule in own_routes(app) if not hasattr(app.view_functions[rule.endpoint], "audience")]
    assert forgotten == []
    check_every_route(app)


def test_no_address_comes_or_goes_unnoticed(app):
    """On purpose? Then write what is there now: `python -m tests.test_routes`."""
    assert lines(app) == LISTED.read_text("utf-8").splitlines()


def test_endpoints_are_noun_dot_verb_and_addresses_lower_case(app):
    wrong = [rule for rule in own_routes(app) if rule.endpoint.count(".") != 1 or rule.rule != rule.rule.lower()]
    assert wrong == []


def test_looking_at_every_page_changes_nothing(app, client, make, real_places):
    """Every GET, whatever it answers, short of a fault of ours; the careful client reads each page on the way."""
    furnish(make)
    before = contents()
    addresses = list(walk(app))
    answers = {address: client.get(address).status_code for address in addresses}
    assert {address: status for address, status in answers.items() if status >= 500} == {}
    assert contents() == before
    assert len(addresses) >= len({rule.endpoint for rule in own_routes(app) if "GET" in methods(rule)})


def test_a_public_page_sets_no_cookie(app, client, make, real_places):
    furnish(make)
    cookies = {address: client.get(address).headers.get("Set-Cookie") for address in walk(app, audience=anyone)}
    cookies = {address: cookie for address, cookie in cookies.items() if not address.startswith(FORMS)}
    assert len(cookies) > 10
    assert {address: cookie for address, cookie in cookies.items() if cookie} == {}


def test_a_view_that_writes_on_a_get_is_stopped(app, make, statements):
    """The same walk would notice: the database refuses, and the row stays."""
    make.organisation("Garden Club")
    before = contents()
    with app.test_request_context("/"), pytest.raises(sa.exc.DBAPIError):
        db.session.execute(sa.text("UPDATE organisation SET name = 'changed'"))
    db.session.rollback()
    assert contents() == before
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.text("UPDATE organisation SET name = 'changed'"))
    assert {name for name, told in contents().items() if told != before[name]} == {"organisation"}


def test_every_change_needs_the_token_and_our_own_page(tmp_path):
    """Without a token each unsafe route refuses before its view is asked; a planted one shows that the refusal is real."""
    app = make_app(tmp_path, WTF_CSRF_ENABLED=True)

    @app.post("/planted")
    @open_to(anyone)
    def planted() -> str:
        return "changed"

    with app.app_context():
        client = app.test_client()
        unsafe = [address for method in ("POST", "PUT", "PATCH", "DELETE") for address in walk(app, method=method)]
        assert "/planted" in unsafe
        assert {client.post(address).status_code for address in unsafe} <= {400, 403}
        db.engine.dispose()


def test_a_route_without_an_audience_stops_the_start(tmp_path):
    app = make_app(tmp_path)
    app.add_url_rule("/forgotten", "listings.forgotten", lambda: "seen")
    with pytest.raises(RuntimeError, match=r"listings\.forgotten"):
        check_every_route(app)
    with app.app_context():
        assert app.test_client().get("/forgotten").status_code == 403
        db.engine.dispose()


def test_a_view_is_closed_to_whom_its_rule_refuses(app, make):
    @open_to(lambda person: False)
    def closed() -> str:
        return "seen"

    with app.test_request_context("/"):  # a visitor may have an account
        assert closed().location.startswith("/account/sign-in?after=/")
    with app.test_request_context("/", method="POST"), pytest.raises(NotAllowed):
        closed()
    with app.test_request_context("/"):
        login_user(make.account("Amina"))
        with pytest.raises(NotAllowed):
            closed()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        LISTED.write_text("\n".join(lines(make_app(Path(folder)))) + "\n", "utf-8")
