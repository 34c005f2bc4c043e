"""What reports and changes taken back do to an editor's standing and quotas, and how much one curator decides in a day."""

from datetime import timedelta

import pytest

from directory.actions import curation
from directory.actions import reports as reporting
from directory.actions import suggestions as actions
from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Editorship, ReportKind, Sort, State, Suggestion, Try, records
from directory.permissions import Standing
from directory.queries import accounts as people
from directory.queries import against
from tests.make import NOW

DAY = timedelta(days=1)


@pytest.fixture
def table(make, vocabulary):
    return make.listing("Welcome Table", organisation="Lunch Club", summary="A hot lunch.")


@pytest.fixture
def editor(amina, table):
    """Amina, who has earned trust with the Lunch Club."""
    with writing(amina):
        amina.signed_in_at = NOW - 3 * DAY
        db.session.add(Editorship(account_id=amina.id, organisation_id=table.organisation_id, since=NOW - 90 * DAY))
        for number in range(5):
            moment = {"made_at": NOW - (50 + number) * DAY, "decided_at": NOW - (50 + number) * DAY}
            about = {"listing_id": table.id, "account_id": amina.id, "voice": "group", "door": "page"}
            db.session.add(Suggestion(sort=Sort.CHANGE, record={}, fields=[], state=State.APPROVED, **about, **moment))
    return amina


def send(listing, words, *, by, now=NOW):
    record = {**records.document(listing), "summary": words}
    return actions.suggest(listing, record=record, base_number=listing.revision_number, by=by, door="page", now=now)


def report(listing, *, who="one", kind=ReportKind.WRONG, now=NOW + DAY):
    return reporting.send(listing, kind=kind, text="It is not so.", who=who, by=None, now=now)


def trusted(editor, listing, *, days=2):
    return people.is_trusted(editor, listing.organisation_id, now=NOW + days * DAY)


def test_one_change_taken_back_is_forgiven_and_two_are_not(table, editor, stella):
    for days, words in enumerate(("Soup.", "Bread.")):
        now = NOW + days * DAY
        sent = send(table, words, by=editor, now=now)
        assert sent.state is State.LIVE
        assert trusted(editor, table, days=days)
        actions.put_back(sent, by=stella, reason="It is not so.", now=now)
    assert not trusted(editor, table)
    assert send(table, "Cake.", by=editor, now=NOW + 3 * DAY).state is State.WAITING


def test_everything_taken_back_at_once_from_one_listing_is_one_change(table, editor, ida):
    send(table, "Soup.", by=editor)
    send(table, "Bread.", by=editor)
    curation.revert_all(editor, since=NOW - DAY, by=ida, reason="Not so.", now=NOW + DAY)
    assert trusted(editor, table)


def test_trust_belongs_to_one_organisation(table, editor, make):
    other = make.listing("Craft", organisation="Craft Club")
    with writing():
        db.session.add(Editorship(account_id=editor.id, organisation_id=other.organisation_id, since=NOW - 29 * DAY))
    db.session.refresh(editor)
    assert not people.is_trusted(editor, other.organisation_id, now=NOW)
    assert people.is_trusted(editor, other.organisation_id, now=NOW + DAY)
    assert not people.is_trusted(editor, None, now=NOW + DAY)


@pytest.mark.parametrize(
    ("kind", "is_upheld", "stays"),
    [
        (ReportKind.WRONG, True, False),
        (ReportKind.UNSAFE, True, False),
        (ReportKind.WRONG, False, True),
        (ReportKind.STOPPED, True, True),
        (ReportKind.MISSING, True, True),
    ],
)
def test_an_upheld_report_about_their_words_loses_it(table, editor, stella, kind, is_upheld, stays):
    send(table, "Soup.", by=editor)
    sent = report(table, kind=kind)
    assert trusted(editor, table)
    if is_upheld:
        send(table, "Bread.", by=stella, now=NOW + 2 * DAY)
        reporting.say_changed(sent, by=stella, words="Put right.", now=NOW + 2 * DAY)
    else:
        reporting.keep(sent, by=stella, reason="It is so.", now=NOW + 2 * DAY)
    assert trusted(editor, table, days=3) is stays


def test_a_report_of_what_somebody_else_wrote_last_is_not_against_them(table, editor, stella):
    send(table, "Soup.", by=editor)
    send(table, "Bread.", by=stella, now=NOW + DAY / 2)
    report(table)
    assert (against.open_against(editor), against.open_against(stella)) == (0, 1)


def test_a_report_that_came_before_their_words_is_not_against_them(table, editor):
    report(table, now=NOW - DAY)
    send(table, "Soup.", by=editor)
    assert against.open_against(editor) == 0


def test_one_person_counts_once_for_a_listing_and_nobody_against_themselves(table, editor):
    send(table, "Soup.", by=editor)
    for kind in (ReportKind.WRONG, ReportKind.UNSAFE, ReportKind.MISSING):
        report(table, kind=kind)
    reporting.send(table, kind=ReportKind.WRONG, text="I was wrong.", who="", by=editor, now=NOW + DAY)
    assert against.open_against(editor) == 1
    report(table, who="another")
    assert against.open_against(editor) == 2


@pytest.mark.parametrize(("reports", "most"), [(0, 60), (1, 30), (2, 15), (6, 1)])
def test_a_quota_is_halved_for_each_open_report(table, editor, reports, most):
    assert actions.QUOTAS[Standing.TRUSTED_EDITOR] == 60
    send(table, "Soup.", by=editor)
    for number in range(reports):
        report(table, who=f"visitor {number}", now=NOW + DAY)
    later = NOW + 2 * DAY
    with writing():
        db.session.add_all(Try(what="suggestion", who=str(editor.uid), made_at=later) for _ in range(most - 1))
    send(table, "Bread.", by=editor, now=later)
    with pytest.raises(Refused, match=f"^That is {most} suggestions? within an hour"):
        send(table, "Cake.", by=editor, now=later)


def test_a_curator_decides_two_hundred_times_a_day_and_no_more(table, stella, bilal):
    with writing():
        db.session.add_all(Try(what="decision", who=str(stella.uid), made_at=NOW) for _ in range(199))
    first, second = send(table, "Soup.", by=bilal), send(table, "Bread.", by=bilal)
    actions.agree(first, by=stella, number=table.revision_number, now=NOW)
    for decide in (
        lambda: actions.agree(second, by=stella, number=table.revision_number, now=NOW + DAY / 2),
        lambda: actions.refuse(second, by=stella, reason="No.", now=NOW + DAY / 2),
        lambda: actions.ask(second, by=stella, question="Why?", now=NOW + DAY / 2),
    ):
        with pytest.raises(Refused, match="That is 200 decisions in a day"):
            decide()
    assert (second.state, table.summary) == (State.WAITING, "Soup.")
    actions.agree(second, by=stella, number=table.revision_number, now=NOW + DAY)
    assert second.state in (State.APPROVED, State.LIVE)
