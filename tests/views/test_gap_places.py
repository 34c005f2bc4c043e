"""Where a gap is, on the form that flags one: what we cannot place is asked again, with the form."""

from __future__ import annotations

import pytest

SENT = {"need": "loneliness", "kind": "available", "affected": "one"}


@pytest.mark.parametrize("typed", ["BT1 1AA", "NR99 9ZZ"])
def test_a_place_we_do_not_know_is_asked_again_on_the_form(client, lena, real_places, typed):
    client.sign_in(lena)
    answer = client.post("/gaps/new", data=SENT | {"place": typed})
    assert answer.status_code == 422
    assert 'name="place"' in answer.text
    assert "<title>Mistakes to fix: " in answer.text
    page = client.get("/gaps/new", query_string={"place": typed})
    assert page.status_code == 200
    assert 'name="place"' in page.text
