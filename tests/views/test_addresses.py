"""Addresses put together once for a whole page are those that `url_for` gives."""

from __future__ import annotations

import pytest
from flask import url_for

from directory.views import addresses

ASKED = {"place": "NR25 6BH", "q": "tea & “cake” -here-", "day": ["mon", "tue"], "radius": "0.25"}


@pytest.mark.parametrize("slug", ["lunch-club", "here", "café", "a b&c?d#e"])
def test_an_address_is_the_one_of_the_route(app, slug):
    with app.test_request_context(base_url="https://localhost/"):
        assert addresses.of_listings()(slug) == url_for("listings.show", slug=slug)
        assert addresses.of_listings(ASKED)(slug) == url_for("listings.show", slug=slug, **ASKED)
        assert addresses.of_listings(whole=True)(slug) == url_for("listings.show", slug=slug, _external=True)
