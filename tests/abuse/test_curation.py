"""Double presses and vandals, as bench/curation.py has them in full: python -m bench.curation."""

from datetime import timedelta

import pytest

from directory.actions import curation, listings, suggestions
from directory.errors import Refused
from directory.models import Editorship, Voice, records
from directory.queries import curation as queries
from tests.actions.test_two_at_once import race_often
from tests.make import NOW

PRESSES, CHANGES = 15, 60


@pytest.fixture
def groups(make, vocabulary):
    """Twelve of one organisation, each with its first version."""
    club = make.organisation("Lunch Club")
    rows = [make.listing(f"Group {number}", organisation=club) for number in range(12)]
    for listing in rows:
        given = {"by_voice": Voice.STAFF, "door": "command", "now": NOW - timedelta(days=9)}
        listings.change(listing, version=listing.version, summary="Good words.", **given)
    return rows


def send(listing, by, number, now):
    record = {**records.document(listing), "summary": f"Buy my soup {number}."}
    given = {"record": record, "base_number": listing.revision_number, "door": "page", "now": now}
    return suggestions.suggest(listing, by=by, **given)


def test_a17_two_presses_at_once_publish_once(app, make, vocabulary):
    assert race_often(app, make, PRESSES) == [["published", "told"]] * PRESSES


@pytest.mark.parametrize("every", [timedelta(seconds=1), timedelta(hours=1)], ids=["in a rush", "with patience"])
def test_a18_a_vandal_with_a_fresh_account_gets_nothing_onto_the_pages(make, groups, stella, ida, every):
    vandal = make.account("Vandal")
    make.saved(Editorship, account_id=vandal.id, organisation_id=groups[0].organisation_id, since=NOW)
    sent, refused = [], []
    for number in range(CHANGES):
        try:
            sent.append(send(groups[number % len(groups)], vandal, number, NOW + number * every))
        except Refused as told:
            refused.append(str(told))
    assert {listing.summary for listing in groups} == {"Good words."}
    assert (queries.open_count(vandal), len(refused)) == (10, CHANGES - 10)
    assert {told.partition(".")[2] for told in refused} <= {
        " Nothing you wrote is lost: send it again later.",
        " Nothing you wrote is lost: send it when some are decided.",
    }
    now = NOW + CHANGES * every
    for suggestion in sent:
        suggestions.agree(suggestion, by=stella, number=suggestion.listing.revision_number, now=now)
    assert "Buy" in groups[0].summary
    done = curation.revert_all(vandal, since=NOW - timedelta(days=1), by=ida, reason="Spam.", now=now)
    assert (len(done.listings), {listing.summary for listing in groups}) == (10, {"Good words."})
