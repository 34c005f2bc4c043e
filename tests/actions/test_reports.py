"""Reports: who may send how many, what counts twice, who is told when, who answers, and that nothing is left of who wrote."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.actions import curation
from directory.actions import reports as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    AuditRow,
    Editorship,
    Lease,
    Letter,
    Patch,
    Report,
    ReportKind,
    Revision,
    Sort,
    State,
    Stint,
    Suggestion,
    Try,
    Voice,
)
from directory.queries import reports as queries
from tests.make import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def table(make):
    return make.listing(
        "Welcome Table",
        organisation="Lunch Club",
        venue=make.venue("Saxley Village Hall", postal_code="NR25 6BH"),
        contacts=[("phone", "01632 960142"), ("email", "table@example.org")],
        created_at=NOW - 90 * DAY,
        modified_at=NOW - 90 * DAY,
    )


def patched(account, code="NR25"):
    with writing():
        account.patches = [Patch(area_code=code)]
    return account


def edits(account, listing):
    with writing():
        db.session.add(Editorship(account_id=account.id, organisation_id=listing.organisation_id, since=NOW - 90 * DAY))
    return account


def send(listing, kind="wrong", who="one", by=None, now=NOW, **told):
    told = {"text": "It begins at one."} | told
    return actions.send(listing, kind=ReportKind(kind), who=who, by=by, now=now, **told)


def letters(kind=""):
    rows = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [row.to_address for row in rows if row.kind.startswith(kind)]


def test_a_report_is_kept_and_the_listing_stays_as_it_is(table):
    report = send(table, should_say="Wednesdays at one", reply_to="ann@example.org")
    assert (report.kind, report.text, report.should_say) == (ReportKind.WRONG, "It begins at one.", "Wednesdays at one")
    assert (report.who, report.reply_to, report.answered_at) == ("one", "ann@example.org", None)
    assert table.revision_number == 0
    assert [row.verb for row in db.session.scalars(select(AuditRow))] == ["reported"]
    assert letters() == []


def test_twelve_reports_an_hour_come_from_one_network_and_then_later(table, make, amina, lena):
    for number in range(12):
        send(make.listing(f"Club {number}"), now=NOW + timedelta(minutes=number))
    with pytest.raises(Refused, match=r"12 reports within an hour from this network.* after 11:01am, or sign in"):
        send(table, now=NOW + timedelta(minutes=20))
    send(table, "unsafe")  # danger is counted apart
    send(table, "my-details")
    send(table, who="another")
    for person in (amina, lena):
        send(table, by=person)  # who is signed in has a count of their own, wherever they are
    send(table, now=NOW + HOUR)


def test_what_is_urgent_has_a_limit_too(make):
    for number in range(12):
        send(make.listing(f"Club {number}"), "unsafe")
    with pytest.raises(Refused, match="12 reports"):
        send(make.listing("One more"), "unsafe")


def test_the_same_said_twice_is_one_report_with_both_words(table):
    first = send(table, "wrong", text="One o'clock.", now=NOW - HOUR)
    again = send(table, "wrong", text="And it is upstairs.", reply_to="ann@example.org")
    assert again.id == first.id
    assert (first.text, first.reply_to) == ("One o'clock.\nAnd it is upstairs.", "ann@example.org")
    assert first.made_at == NOW - HOUR
    assert send(table, "missing").id != first.id
    assert send(table, who="another").id != first.id


def test_two_people_who_say_it_has_stopped_put_a_note_on_it(table, stella):
    first = send(table, "stopped", text="")
    send(table, "stopped", text="It really has.")
    assert not queries.is_said_to_have_stopped(table)
    send(table, "wrong", who="another")
    assert not queries.is_said_to_have_stopped(table)
    send(table, "stopped", who="another", text="")
    assert queries.is_said_to_have_stopped(table)
    assert table.status.value == "published"
    actions.keep(first, by=stella, reason="They meet every week.", now=NOW)
    assert not queries.is_said_to_have_stopped(table)


def test_what_is_not_safe_is_told_to_the_patch_and_the_leads_at_once(table, stella, cai, ida, amina):
    patched(stella)
    patched(cai, "NR1")
    send(table, "unsafe", text="The floor gives way.")
    assert letters() == ["stella@example.org", "ida@example.org"]
    send(table, "unsafe", text="And the door is locked.")
    assert len(letters()) == 2


def test_a_curator_holds_it_for_half_an_hour_and_nobody_else_answers(table, stella, cai, amina):
    report = send(table)
    assert actions.hold(report, by=stella, now=NOW).ends_at == NOW + timedelta(minutes=30)
    with pytest.raises(Conflict, match="Somebody else is looking"):
        actions.hold(report, by=cai, now=NOW)
    with pytest.raises(Conflict):
        actions.keep(report, by=cai, reason="It is right.", now=NOW)
    with pytest.raises(NotAllowed):
        actions.hold(report, by=amina, now=NOW)
    actions.hold(report, by=cai, now=NOW + timedelta(minutes=31))
    actions.let_go(report, by=cai, now=NOW + timedelta(minutes=32))
    assert db.session.scalar(select(Lease)) is None


def test_one_letter_tells_what_happened_and_then_nothing_is_left_of_who_wrote(table, stella, cai):
    report = send(table, reply_to="ann@example.org")
    actions.hold(report, by=stella, now=NOW)
    actions.keep(report, by=stella, reason="We rang: it begins at noon.", now=NOW + timedelta(minutes=4))
    assert (report.changed, report.answer, report.account_id) == (False, "We rang: it begins at noon.", stella.id)
    assert (report.reply_to, report.who) == ("", "")
    letter = db.session.scalar(select(Letter))
    assert (letter.to_address, letter.kind, letter.facts["reason"]) == (
        "ann@example.org",
        "report-kept",
        "We rang: it begins at noon.",
    )
    assert db.session.scalar(select(Lease)) is None
    assert db.session.scalar(select(Stint)).minutes == 4
    with pytest.raises(Conflict, match="You have answered this already"):
        actions.keep(report, by=stella, reason="Again.", now=NOW)
    with pytest.raises(Conflict, match="Somebody else answered this a moment ago"):
        actions.keep(report, by=cai, reason="Again.", now=NOW)
    with writing(letter):
        letter.sent_at = NOW
    actions.remind(now=NOW)
    db.session.refresh(letter)
    assert letter.to_address == ""


def test_it_is_kept_only_for_a_reason(table, stella):
    report = send(table)
    with pytest.raises(Refused) as refused:
        actions.keep(report, by=stella, reason=" ", now=NOW)
    assert refused.value.field == "words"
    assert report.answered_at is None


def test_it_is_called_changed_only_when_something_changed(table, stella):
    report = send(table)
    with pytest.raises(Refused, match="Change it first"):
        actions.say_changed(report, by=stella, words="", now=NOW + HOUR)
    with writing(table):
        table.modified_at = NOW + HOUR
    actions.say_changed(report, by=stella, words="", now=NOW + HOUR)
    assert report.changed is True


def test_a_listing_that_was_taken_down_has_changed(table, stella):
    report = send(table, "unsafe", now=NOW - HOUR)
    curation.hide(table, by=stella, reason="The floor gives way.", now=NOW)
    actions.say_changed(report, by=stella, words="It is taken down.", now=NOW)
    assert report.changed is True


def test_nobody_answers_for_their_own_organisation_nor_their_own_words(table, stella, cai):
    edits(stella, table)
    report = send(table)
    with pytest.raises(NotAllowed):
        actions.keep(report, by=stella, reason="We are right.", now=NOW)
    own = send(table, "missing", by=cai, who="")
    with pytest.raises(NotAllowed):
        actions.keep(own, by=cai, reason="It is not.", now=NOW)
    assert queries.waiting(stella, now=NOW) == []
    assert [row.report.id for row in queries.waiting(cai, now=NOW)] == [report.id]


def test_the_clock_stops_once_for_five_days(table, stella):
    report = send(table)
    actions.wait(report, by=stella, now=NOW + 10 * HOUR)
    assert report.answered_at is None
    assert queries.stands_still(report, now=NOW + 3 * DAY)
    assert queries.age(report, now=NOW + 3 * DAY) == 10 * HOUR
    assert queries.age(report, now=NOW + 6 * DAY) == DAY
    assert queries.due_at(report) == NOW + 7 * DAY
    with pytest.raises(Refused, match="stopped once already"):
        actions.wait(report, by=stella, now=NOW + 6 * DAY)
    assert not queries.is_late(report, now=NOW + 7 * DAY)
    assert queries.is_late(report, now=NOW + 7 * DAY + HOUR)


def test_a_person_s_own_number_goes_and_a_revision_tells_of_it(table, stella):
    report = send(table, "my-details", text="The number is mine.", reply_to="ann@example.org")
    with pytest.raises(Refused, match="cannot wait"):
        actions.wait(report, by=stella, now=NOW)
    for values in ([], ["01632 960999"]):
        with pytest.raises(Refused, match="Tick"):
            actions.take_out(report, values=values, number=0, by=stella, now=NOW)
    with pytest.raises(Conflict):
        actions.take_out(report, values=["01632 960142"], number=7, by=stella, now=NOW)
    actions.take_out(report, values=["01632 960142"], number=table.revision_number, by=stella, now=NOW)
    assert [point.value for point in table.contact_points] == ["table@example.org"]
    assert (report.changed, report.reply_to) == (True, "")
    assert letters() == ["ann@example.org"]
    assert db.session.scalar(select(Revision).where(Revision.number == table.revision_number)).account_id == stella.id


def test_only_who_asked_for_it_has_details_taken_out(table, stella):
    with pytest.raises(NotAllowed):
        actions.take_out(send(table), values=["01632 960142"], number=0, by=stella, now=NOW)


def test_letters_go_at_24_and_40_hours_and_each_but_once(table, stella, cai, ida):
    patched(stella)
    patched(cai, "NR1")
    report = send(table)
    assert actions.remind(now=NOW + 23 * HOUR) == 0
    assert actions.remind(now=NOW + 24 * HOUR) == 1
    assert actions.remind(now=NOW + 25 * HOUR) == 0
    assert letters() == ["stella@example.org"]
    assert actions.remind(now=NOW + 40 * HOUR) == 1
    assert actions.remind(now=NOW + 60 * HOUR) == 0
    assert letters("report-late") == ["ida@example.org"]
    actions.keep(report, by=cai, reason="It is right.", now=NOW + 60 * HOUR)
    assert actions.remind(now=NOW + 90 * HOUR) == 0


def test_who_sent_how_much_is_forgotten_after_a_day(table):
    send(table)
    actions.remind(now=NOW + 23 * HOUR)
    assert len(db.session.scalars(select(Try)).all()) == 1
    actions.remind(now=NOW + 25 * HOUR)
    assert db.session.scalars(select(Try)).all() == []


def test_where_nobody_looks_after_the_place_leads_hear_after_a_day(table, stella, ida):
    send(table)
    assert actions.remind(now=NOW + DAY) == 1
    assert letters() == ["ida@example.org"]


def test_nobody_is_reminded_while_the_clock_stands_still(table, stella, ida):
    report = send(table)
    actions.wait(report, by=stella, now=NOW + HOUR)
    assert actions.remind(now=NOW + 3 * DAY) == 0
    assert actions.remind(now=NOW + 5 * DAY + 24 * HOUR) == 1


def test_the_most_urgent_comes_first(table, make, stella):
    old = send(table, now=NOW - 3 * DAY)
    resting = send(make.listing("Tea"), who="two", now=NOW - 2 * DAY)
    actions.wait(resting, by=stella, now=NOW - 2 * DAY)
    details = send(table, "my-details", who="three", now=NOW - HOUR)
    unsafe = send(table, "unsafe", who="four")
    assert [row.report.id for row in queries.waiting(stella, now=NOW)] == [unsafe.id, details.id, old.id, resting.id]


def test_the_public_figures_count_what_is_late_and_never_flatter(table, make, stella):
    nothing = queries.promises(now=NOW)
    assert (nothing.answered, nothing.due, nothing.share, nothing.median, nothing.slowest_open) == (0, 0, 0, None, None)
    for hours, who in ((2, "a"), (4, "b"), (50, "c")):
        report = send(table, who=who, now=NOW - 60 * HOUR)
        actions.keep(report, by=stella, reason="It is right.", now=NOW - 60 * HOUR + hours * HOUR)
    send(table, who="d", now=NOW - 49 * HOUR)
    send(table, who="e", now=NOW - HOUR)
    before = send(table, who="f", now=NOW - 100 * DAY)
    actions.keep(before, by=stella, reason="It is right.", now=NOW - 99 * DAY)
    told = queries.promises(now=NOW)
    assert (told.answered, told.due, told.in_time, told.share) == (3, 4, 2, 50)
    assert (told.median, told.open, told.late, told.slowest_open) == (4, 2, 1, 49)


def test_suggestions_are_counted_from_sending_to_deciding(table, make):
    rows = ((10, State.APPROVED), (20, State.REFUSED), (0, State.APPROVED), (None, State.WAITING))
    for took, state in rows:
        make.saved(
            Suggestion,
            listing_id=table.id,
            sort=Sort.CHANGE,
            record={},
            fields=["summary"],
            state=state,
            made_at=NOW - 30 * HOUR,
            decided_at=None if took is None else NOW - 30 * HOUR + took * HOUR,
            voice=Voice.GROUP,
            door="page",
        )
    told = queries.promises(now=NOW)
    assert (told.reviewed, told.review_median, told.unreviewed, told.oldest_unreviewed) == (2, 15, 1, 30)


def test_the_figures_take_as_many_statements_for_thirty_reports_as_for_one(table, statements, stella):
    send(table)
    counts = []
    for number in (0, 30):
        for each in range(number):
            send(table, who=f"visitor {each}")
        person, now = stella, NOW + 3 * DAY
        person.editorships  # noqa: B018 -- loaded with whoever signs in
        statements.clear()
        queries.promises(now=now)
        counts.append(len(statements))
        statements.clear()
        queries.waiting(person, now=now)
        counts.append(len(statements))
    assert counts[:2] == counts[2:]


def test_a_report_is_found_by_its_own_address_alone(table):
    report = send(table)
    assert queries.report(str(report.uid)).id == report.id
    assert db.session.scalars(select(Report)).all() == [report]


def test_everybody_of_one_network_who_left_an_address_hears_once_and_counts_once(table, stella):
    first = send(table, "stopped", text="Shut.", reply_to="p1@example.org")
    for address in ("p2@example.org", "", "P1@example.org", "p3@example.org"):
        assert send(table, "stopped", reply_to=address).id == first.id
    assert not queries.is_said_to_have_stopped(table)
    actions.keep(first, by=stella, reason="They meet every week.", now=NOW)
    assert letters("report-kept") == ["p1@example.org", "p2@example.org", "p3@example.org"]
    assert (first.reply_to, first.addresses) == ("", [])
    with writing():
        for letter in db.session.scalars(select(Letter)):
            letter.sent_at = NOW
    actions.remind(now=NOW)
    assert letters() == ["", "", ""]  # and then every address is forgotten
