"""Addresses put together once for a whole page are those that `url_for` gives."""

from __future__ import annotations

import re

import pytest
from flask import url_for

from directory.views import addresses
from tests.addresses import PARTS, furnish, methods, own_routes

ASKED = {"place": "NR25 6BH", "q": "tea & “cake” -here-", "day": ["mon", "tue"], "radius": "0.25"}


@pytest.mark.parametrize("slug", ["lunch-club", "here", "café", "a b&c?d#e"])
def test_an_address_is_the_one_of_the_route(app, slug):
    with app.test_request_context(base_url="https://localhost/"):
        assert addresses.of_listings()(slug) == url_for("listings.show", slug=slug)
        assert addresses.of_listings(ASKED)(slug) == url_for("listings.show", slug=slug, **ASKED)
        assert addresses.of_listings(whole=True)(slug) == url_for("listings.show", slug=slug, _external=True)


@pytest.mark.parametrize("asked", [{}, ASKED, {"place": "Y Bala, Ŵ", "page": 2}])
def test_an_address_of_the_search_is_the_one_of_the_route(app, asked):
    with app.test_request_context():
        assert addresses.of_search(**asked) == url_for("listings.search", **asked)


def test_an_address_that_takes_nothing_follows_where_the_site_is_mounted(app):
    for root in ("", "/north", "/south", ""):
        with app.test_request_context(base_url=f"https://localhost{root}"):
            assert addresses.url_for("about.front") == url_for("about.front") == f"{root}/"
            assert addresses.url_for("listings.show", slug="a") == f"{root}/listings/a"
    with app.app_context(), pytest.raises(RuntimeError):
        addresses.url_for("about.front")


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 2**63, 10**20])
def test_a_number_that_no_row_can_have_leads_nowhere(app, client, make, real_places, number):
    furnish(make)
    client.sign_in(make.account("Ida", role="lead"))
    # Put in by hand: nothing builds such an address.
    parts = {name: str(value) for name, value in PARTS.items()} | {"number": str(number)}
    asked = [
        (method, re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda part: parts[part[1]], rule.rule))
        for rule in own_routes(app)
        for method in methods(rule)
        if "<int:" in rule.rule
    ]
    assert len(asked) > 20
    told = {each: client.open(each[1], method=each[0]).status_code for each in asked}
    assert {each: status for each, status in told.items() if status != 404} == {}
