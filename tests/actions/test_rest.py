"""Breaks without a reason, and leaving: nothing stays with somebody who is not there, and leads hear of the patch once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory.actions import desk, people, reports
from directory.actions import rest as actions
from directory.actions import thanks as thanking
from directory.errors import NotAllowed, Refused
from directory.extensions import db
from directory.models import (
    AuditRow,
    Editorship,
    Lease,
    LeftPatch,
    Letter,
    Pair,
    PairState,
    Patch,
    ReportKind,
    Role,
    RoleChange,
    SetAside,
)
from directory.queries import desk as jobs
from directory.queries import patches, thanks
from tests.make import NOW, TODAY

OLD = TODAY - timedelta(days=400)
BACK = TODAY + timedelta(days=30)


@pytest.fixture
def listing(make):
    return make.listing("Craft and Natter", coverage=["NR25"], checked_on=OLD, contacts=[("phone", "01632 960126")])


def look_after(person, *codes):
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.execute(Patch.__table__.insert(), [{"account_id": person.id, "area_code": code} for code in codes])
    db.session.rollback()


def letters(kind):
    db.session.rollback()
    return db.session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id)).all()


def rows(model):
    db.session.rollback()
    return db.session.scalars(select(model)).all()


def verbs():
    return list(db.session.scalars(select(AuditRow.verb).order_by(AuditRow.number)))


def test_in_a_break_nothing_is_offered_until_the_day_it_ends(listing, stella):
    desk.start(listing, by=stella, now=NOW)
    actions.take_break(BACK, by=stella, now=NOW)
    assert rows(Lease) == []
    assert jobs.next_job(stella, now=NOW) is None
    assert jobs.next_job(stella, now=NOW + timedelta(days=29)) is None
    assert jobs.next_job(stella, now=NOW + timedelta(days=30)).listing == listing
    assert verbs()[-1] == "break taken"


def test_a_break_is_over_when_they_say_so(listing, stella):
    actions.take_break(BACK, by=stella, now=NOW)
    actions.come_back(by=stella, now=NOW)
    actions.come_back(by=stella, now=NOW)
    assert jobs.next_job(stella, now=NOW).listing == listing
    assert verbs() == ["break taken", "break ended"]


@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=367), date(2199, 1, 1)])
def test_a_break_ends_on_a_day_to_come_within_a_year(stella, until):
    with pytest.raises(Refused):
        actions.take_break(until, by=stella, now=NOW)
    assert stella.back_on is None


def test_letters_about_reports_go_to_those_who_are_there(listing, stella, cai):
    look_after(stella, "NR25")
    look_after(cai, "NR25")
    actions.take_break(BACK, by=stella, now=NOW)
    reports.send(listing, kind=ReportKind.UNSAFE, text="The floor is broken.", who="somewhere", by=None, now=NOW)
    assert [letter.to_address for letter in letters("report-unsafe")] == [cai.email]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.LINK_WORKER, Role.LEAD, Role.ADMIN, Role.IMPORTER])
def test_only_volunteers_rest_and_leave_by_themselves(make, role):
    person = make.account("Robin", role=role.value)
    with pytest.raises(NotAllowed):
        actions.take_break(BACK, by=person, now=NOW)
    if role is Role.LEAD:
        with pytest.raises(NotAllowed):
            actions.leave(by=person, now=NOW)
    else:
        actions.leave(by=person, now=NOW)
    assert (person.role, verbs(), letters("left")) == (role, [], [])


def test_whoever_leaves_gives_everything_back(make, listing, stella, ida):
    other = make.listing("Craft and Chatter")
    first, second = sorted((listing.id, other.id))
    told = {"first_id": first, "second_id": second, "score": 0.9, "why": [], "found_at": NOW}
    pair = make.saved(
        Pair, **told, state=PairState.PROPOSED, kept_id=first, proposed_by=stella.id, record={"sides": {}}, reason="x"
    )
    desk.start(listing, by=stella, now=NOW)
    desk.set_aside(by=stella, now=NOW, listing=other)
    people.give_role(stella, Role.SENIOR, by=ida, now=NOW)
    organisation = make.organisation("Garden Club")
    make.saved(Editorship, account_id=stella.id, organisation_id=organisation.id, since=NOW)
    actions.stop_thanks(by=stella, now=NOW)
    actions.leave(by=stella, now=NOW)
    assert rows(Lease) == rows(SetAside) == []
    assert (pair.state, pair.proposed_by, pair.record, pair.kept_id) == (PairState.OPEN, None, None, None)
    assert [(change.agreed, change.decided_by) for change in rows(RoleChange)] == [(False, stella.id)]
    assert (stella.role, stella.patches, stella.is_suspended) == (Role.EDITOR, [], False)
    assert stella.speaks_for(organisation.id)
    assert thanks.wants_thanks(stella)
    assert verbs()[-1] == "left"


def test_each_lead_hears_once_and_only_of_what_nobody_has(stella, cai, ida):
    look_after(stella, "NR25", "NR24")
    look_after(cai, "NR24")
    for _ in range(2):
        actions.leave(by=stella, now=NOW)
    (letter,) = letters("left")
    assert letter.to_address == ida.email
    assert letter.facts == {"person": "Stella", "uid": str(stella.uid), "patch": "NR24 and NR25", "empty": "NR25"}
    assert [row.area_code for row in rows(LeftPatch)] == ["NR25"]
    assert patches.left_empty() == ["NR25"]


def test_an_area_is_empty_until_somebody_who_curates_has_it(make, stella, cai, ida):
    look_after(stella, "NR25")
    actions.leave(by=stella, now=NOW)
    people.invite("new@example.org", role=Role.CURATOR, by=ida, now=NOW, areas=["NR25"])  # waits for a second person
    assert patches.left_empty() == ["NR25"]
    people.give_patches(cai, ["NR25"], by=ida, now=NOW)
    assert patches.left_empty() == []
    actions.leave(by=cai, now=NOW + timedelta(days=9))
    assert patches.left_empty() == ["NR25"]
    (row,) = rows(LeftPatch)
    assert row.left_at == NOW + timedelta(days=9)


def test_no_thanks_can_be_asked_for_and_taken_back(stella):
    for _ in range(2):
        actions.stop_thanks(by=stella, now=NOW)
    assert not thanks.wants_thanks(stella)
    actions.allow_thanks(by=stella)
    assert thanks.wants_thanks(stella)
    assert thanking.thank(now=NOW) == 0
