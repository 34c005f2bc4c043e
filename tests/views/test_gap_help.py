"""What an organisation offers for a gap stays in sight of it, so that new words never replace the earlier ones unseen."""

from __future__ import annotations

import pytest

from directory.actions import gaps as actions
from directory.extensions import db, writing
from directory.models import Editorship, GapState, Offer
from tests.make import HOLT, NOW
from tests.register import flagged


@pytest.fixture
def address(client, make, need, amina, lena, ida):
    """The form of an organisation of Amina's, who is signed in, for a gap that everybody may read."""
    club = make.organisation("Garden Club")
    make.listing("Digging", organisation=club, at=HOLT, session={}, terms=[need])
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=NOW))
    gap = flagged(need, lena).gap
    actions.move(gap, GapState.LOOKED_AT, words="We ask two halls.", was=GapState.REPORTED, by=ida, now=NOW)
    client.sign_in(amina)
    return f"/account/gaps/{gap.uid}/garden-club"


def test_a_second_offer_begins_with_the_words_of_the_first(client, address):
    first = client.get(address).text
    assert "You offered already." not in first
    assert client.post(address, data={"note": "We have a hall on Tuesdays."}).status_code == 303
    assert f'href="{address}">Change your words' in client.get("/account/gaps").text
    again = client.get(address).text
    assert "You offered already." in again
    assert "We have a hall on Tuesdays.</textarea>" in again
    client.post(address, data={"note": "We have a hall on Fridays."})
    assert [each.note for each in db.session.query(Offer)] == ["We have a hall on Fridays."]
