"""Somebody's own words leave everything that is kept; a stone stays, the chain holds, and nothing brings them back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from directory.actions import curation as actions
from directory.actions import listings, reports, suggestions
from directory.errors import NotAllowed, Refused
from directory.extensions import db
from directory.models import AuditRow, Letter, Opinion, Report, ReportKind, Revision, Suggestion, Voice, records, redaction
from directory.queries import audit as chains
from tests.make import NOW

NAME = "Mrs Pym"
STONE = "[taken out on 20 November 2026: She asked us to.]"


def change(listing, account=None, **values):
    listings.change(listing, version=listing.version, by_voice=Voice.GROUP, door="page", now=NOW, account=account, **values)


@pytest.fixture
def table(make, vocabulary, amina, stella):
    listing = make.listing("Welcome Table", summary="A hot lunch.")
    change(listing, summary="A hot lunch.", description="By the hall.")
    change(
        listing,
        amina,
        summary="Ask for mrs  pym.",
        contacts=[{"kind": "phone", "value": "01632 960111", "note": NAME, "public": True}],
    )
    change(listing, amina, summary="Ask at the door.", contacts=[])
    record = {**records.document(listing), "alert": "Mrs Pym is away."}
    given = {"base_number": listing.revision_number, "by": None, "door": "page", "now": NOW, "who": "x"}
    sent = suggestions.suggest(listing, record=record, reason="Mrs Pym said so.", **given)
    suggestions.refuse(sent, by=stella, reason="It names Mrs Pym.", now=NOW)
    reports.send(listing, kind=ReportKind.WRONG, text="Mrs Pym has left.", who="y", by=None, now=NOW)
    return listing


def kept():
    rows = [*db.session.scalars(select(Revision)), *db.session.scalars(select(Suggestion)), *db.session.scalars(select(Opinion))]
    rows += [*db.session.scalars(select(Report)), *db.session.scalars(select(Letter))]
    return " ".join(str(dict(vars(row))) for row in rows if row.id).casefold()


def test_the_words_go_everywhere_a_stone_stays_and_the_chain_holds(table, ida):
    before = [row.seal for row in db.session.scalars(select(AuditRow).order_by(AuditRow.number))]
    assert "pym" in kept()
    assert actions.redact(table, "MRS PYM", by=ida, reason="She asked us to.", now=NOW) >= 5
    assert "pym" not in kept()
    assert db.session.scalars(select(Revision).where(Revision.number == 2)).one().document["summary"] == f"Ask for {STONE}."
    assert db.session.scalars(select(Report)).one().text == f"{STONE} has left."
    rows = db.session.scalars(select(AuditRow).order_by(AuditRow.number)).all()
    assert ([row.seal for row in rows[:-1]], rows[-1].verb) == (before, "words taken out")
    assert records.document(table)["summary"] == "Ask at the door."
    assert chains.chain().broken_at is None


def test_only_leads_and_administrators_take_out_and_only_what_the_listing_does_not_say(table, ida, otto, stella, amina):
    for by in (stella, amina):
        with pytest.raises(NotAllowed):
            actions.redact(table, NAME, by=by, reason="So.", now=NOW)
    for words, reason, said in (
        (NAME, " ", "why"),
        ("Mr", "So.", "three"),
        (NAME, "Mrs Pym asked.", "again"),
        ("Nobody here", "So.", "Nothing"),
    ):
        with pytest.raises(Refused, match=said):
            actions.redact(table, words, by=ida, reason=reason, now=NOW)
    with pytest.raises(Refused, match="Change it first"):
        actions.redact(table, "Ask at", by=ida, reason="So.", now=NOW)
    assert actions.redact(table, NAME, by=otto, reason="She asked us to.", now=NOW)


def test_nothing_brings_back_what_words_were_taken_out_of(table, ida, amina):
    actions.redact(table, NAME, by=ida, reason="She asked us to.", now=NOW)
    with pytest.raises(Refused, match="taken out"):
        actions.restore(table, 2, by=ida, reason="Better.", now=NOW)
    change(table, amina, summary="Spam.")
    actions.revert_all(amina, since=NOW - timedelta(days=1), by=ida, reason="Spam.", now=NOW)
    assert STONE not in str(records.document(table))


TEXT = st.text(alphabet="abc Pym", max_size=12)
RECORDS = st.fixed_dictionaries(
    {"summary": TEXT, "kind": TEXT, "contacts": st.lists(st.fixed_dictionaries({"value": TEXT, "kind": TEXT}))}
)


@given(RECORDS)
def test_what_people_wrote_changes_and_nothing_else(record):
    told = redaction.without(record, "Pym", "[taken out on 1 May 2026: x]")
    assert told["kind"] == record["kind"]
    assert [each["kind"] for each in told["contacts"]] == [each["kind"] for each in record["contacts"]]
    assert not redaction.holds(told, "Pym")
    assert redaction.is_marked(told) == redaction.holds(record, "Pym")
