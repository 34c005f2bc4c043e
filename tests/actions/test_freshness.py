"""The freshness loop: who is asked when, that nobody is asked too often, and that no listing ever falls out of it."""

import random
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from directory.actions import confirming
from directory.actions import freshness as actions
from directory.actions import letters as post
from directory.actions import listings as listing_actions
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.extensions import db, writing
from directory.models import (
    Attempt,
    AuditRow,
    Check,
    ConfirmLink,
    Editorship,
    Fact,
    Letter,
    Listing,
    Means,
    NoLetters,
    Outcome,
    Report,
    Revision,
    State,
    Status,
    Suggestion,
    Task,
    TaskKind,
    Voice,
)
from directory.models.freshness import UNREACHED, asked_on, later, next_term
from directory.queries import freshness as queries
from tests.make import NOW, TODAY

DAY = timedelta(days=1)


@pytest.fixture
def sweep(app):
    """The sweep of a worker that is running: the first run, which only counts, is over."""

    def run(now, **given):
        swept = actions.sweep(now=now, **given)
        return actions.sweep(now=now + timedelta(minutes=1), **given) if swept.only_counted else swept

    return run


@pytest.fixture
def table(make):
    """Five months old today, with somebody who speaks for it."""
    return aged(make, "Welcome Table", 5, organisation="Lunch Club", contacts=[("email", "hello@lunch.example"), PHONE])


PHONE = ("phone", "01632 960142")


def aged(make, name, months, **fields):
    day = later(TODAY, -months)
    checks = [
        Check(fact=fact, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=day)
        for fact in (Fact.RUNNING, Fact.TIMES, Fact.CONTACT, Fact.COST)
    ]
    return make.listing(name, checked_on=day, checks=checks, session={}, **{"venue": "Village Hall"} | fields)


def edits_for(account, *listings, leads=True, since=NOW):
    with writing():
        for organisation_id in {listing.organisation_id for listing in listings}:
            db.session.add(Editorship(account_id=account.id, organisation_id=organisation_id, since=since, leads=leads))
    return account


def letters():
    return db.session.scalars(select(Letter).where(Letter.kind.startswith("still-right")).order_by(Letter.id)).all()


def tasks(listing):
    return db.session.scalars(select(Task).where(Task.listing_id == listing.id).order_by(Task.id)).all()


def link_in(letter, number=0):
    """The link of a letter, as whoever opens it gets it."""
    _, slug, token = letter.facts["secrets"][number]
    return queries.link_of(slug, token)


# Letters


def test_nobody_is_asked_while_it_is_fresh(make, sweep, amina):
    edits_for(amina, aged(make, "Fresh", 4, organisation="Lunch Club"))
    assert sweep(NOW) == actions.Swept(0, 0, 0, only_counted=False)


def test_at_five_months_whoever_leads_gets_a_letter_and_only_the_digest_is_kept(table, sweep, amina, bilal):
    edits_for(amina, table)
    edits_for(bilal, table, leads=False, since=NOW - 400 * DAY)
    swept = sweep(NOW)
    (letter,) = letters()
    assert (swept.letters, swept.tasks, letter.kind, letter.to_address) == (1, 0, "still-right", amina.email)
    name, slug, token = letter.facts["secrets"][0]
    (link,) = db.session.scalars(select(ConfirmLink))
    assert (name, slug, len(token)) == (table.name, table.slug, 43)
    assert (link.address, link.letter_id, link.ends_at - link.made_at) == (amina.email, letter.id, timedelta(days=60))
    assert token not in (link.token_hash, link.address)
    assert len(link.token_hash) == 64
    post.sent(letter, now=NOW)
    assert "secrets" not in letter.facts


def test_a_sweep_may_run_twice(table, sweep, amina):
    edits_for(amina, table)
    sweep(NOW)
    for hours in (1, 2, 30):
        assert sweep(NOW + timedelta(hours=hours)) == actions.Swept(0, 0, 0, only_counted=False)
    assert len(letters()) == 1


def test_at_six_months_every_editor_is_written_to_and_a_volunteer_has_a_task(table, sweep, amina, bilal):
    edits_for(amina, table)
    edits_for(bilal, table, leads=False)
    sweep(NOW)
    old = link_in(letters()[0])
    later_on = NOW + 31 * DAY
    sweep(later_on)
    assert [(letter.kind, letter.to_address) for letter in letters()] == [
        ("still-right", amina.email),
        ("still-right-again", amina.email),
        ("still-right-again", bilal.email),
    ]
    assert [task.why for task in tasks(table)] == [actions.MONTHS_6]
    assert not queries.is_open(old, later_on + DAY), "a newer letter replaces it"


def test_after_a_year_the_third_letter_goes_and_the_task_says_so(table, sweep, amina):
    edits_for(amina, table)
    for days in range(0, 240, 3):
        sweep(NOW + days * DAY)
    assert [letter.made_at.date().isoformat()[:7] for letter in letters()] == ["2026-11", "2026-12", "2027-06"]
    assert [task.why for task in tasks(table)] == [actions.YEAR]


def test_one_letter_a_person_however_many_listings_and_one_a_fortnight(make, sweep, amina):
    ours = [aged(make, f"Group {number}", 5, organisation=f"Club {number}") for number in range(4)]
    soon = make.listing("Soon", checked_on=later(TODAY + 10 * DAY, -5), organisation="Club 9")
    edits_for(amina, *ours, soon)
    sweep(NOW)
    (letter,) = letters()
    assert len(letter.facts["secrets"]) == 5, "what is due within the fortnight is asked in the same letter"
    new = aged(make, "Taken over", 7, organisation=ours[0].organisation)
    sweep(NOW + DAY)
    assert len(letters()) == 1
    assert [task.listing_id for task in db.session.scalars(select(Task))] == [new.id]
    sweep(NOW + 15 * DAY)
    assert [secret[0] for secret in letters()[1].facts["secrets"]] == ["Taken over"]


def test_without_an_editor_the_public_address_is_asked_and_the_volunteers_have_it_too(make, sweep):
    mailed = aged(make, "Mailed", 5, contacts=[("email", "Hello@Club.example"), PHONE])
    rung = aged(make, "Rung", 5, contacts=[PHONE])
    sweep(NOW)
    assert [letter.to_address for letter in letters()] == ["hello@club.example"]
    assert [(task.why, task.not_before.date()) for task in tasks(mailed)] == [(actions.UNCLAIMED, TODAY + 14 * DAY)]
    assert [(task.why, task.not_before.date()) for task in tasks(rung)] == [(actions.NOBODY, TODAY)]


def test_a_private_address_and_a_suspended_editor_are_not_written_to(make, sweep, amina, ida):
    listing = aged(make, "Hidden mail", 5, organisation="Lunch Club", contacts=[("email", "private@home.example")])
    edits_for(amina, listing)
    with writing():
        listing.contact_points[0].public = False
        amina.suspended_at = NOW
    sweep(NOW)
    assert letters() == []
    assert len(tasks(listing)) == 1


def test_whoever_declined_is_not_written_to_again_and_the_volunteers_have_it(table, sweep, amina):
    edits_for(amina, table)
    sweep(NOW)
    confirming.decline(link_in(letters()[0]), now=NOW)
    assert [task.why for task in tasks(table)] == [confirming.DECLINED]
    for days in range(1, 400, 20):
        sweep(NOW + days * DAY)
    assert len(letters()) == 1
    assert amina.email not in db.session.scalars(select(NoLetters.address_hash)).all()


def test_a_letter_that_cannot_be_delivered_is_the_volunteers(table, sweep, amina):
    edits_for(amina, table)
    sweep(NOW)
    post.failed(letters()[0], error="No such mailbox.", for_good=True, now=NOW)
    assert "secrets" not in letters()[0].facts
    sweep(NOW + DAY)
    assert {task.kind: task.why for task in tasks(table)} == {
        TaskKind.FAILED_LETTER: "Our letter to them could not be delivered: No such mailbox.",
        TaskKind.CHECK: actions.UNANSWERED,
    }


def test_letters_are_capped_and_the_rest_are_tasks_until_then(make, sweep):
    for number in range(7):
        aged(make, f"Group {number}", 5, contacts=[("email", f"hello{number}@club.example")])
    assert sweep(NOW, most=3).letters == 3
    assert queries.outside_the_loop(NOW) == []
    assert [sweep(NOW + timedelta(hours=hour), most=3).letters for hour in (1, 2, 3)] == [3, 1, 0]


@pytest.mark.parametrize("jump", [timedelta(days=200), -timedelta(days=2)])
def test_after_a_clock_jump_a_run_only_counts(table, sweep, amina, jump):
    edits_for(amina, table)
    sweep(NOW - 40 * DAY)
    assert letters() == []
    swept = actions.sweep(now=NOW - 40 * DAY + jump)
    assert (swept.only_counted, letters(), tasks(table)) == (True, [], [])


def test_the_first_run_only_counts(table, amina):
    edits_for(amina, table)
    assert actions.sweep(now=NOW) == actions.Swept(1, 1, 0, only_counted=True)
    assert actions.sweep(now=NOW).letters == 1


def test_a_sweep_asks_as_much_of_thirty_listings_as_of_one(make, sweep, statements):
    """But for what is written: a letter needs its row, its link and the link its letter."""
    aged(make, "First", 4)
    sweep(NOW)
    counts = []
    for number in (1, 29):
        for each in range(number):
            aged(make, f"Rung {number} {each}", 5, contacts=[PHONE])
        statements.clear()
        assert sweep(NOW).tasks == number
        counts.append(len(statements))
    assert counts[0] == counts[1]


# Tasks


def try_in_vain(task, *people, at):
    with writing():
        for number, person in enumerate(people):
            when = at + number * DAY + number * timedelta(hours=3)
            db.session.add(
                Attempt(task_id=task.id, account_id=person.id, made_at=when, means=Means.PHONE, outcome=Outcome.NO_ANSWER)
            )


def test_four_tries_by_two_people_and_it_could_not_be_reached_but_is_tried_again(make, sweep, stella, cai):
    listing = aged(make, "Silent", 7, contacts=[PHONE])
    sweep(NOW)
    (task,) = tasks(listing)
    try_in_vain(task, stella, stella, stella, stella, at=NOW)
    sweep(NOW + DAY)
    assert task.outcome == "", "one person alone may have bad luck"
    try_in_vain(task, cai, at=NOW + 5 * DAY)
    sweep(NOW + 6 * DAY)
    assert (task.outcome, task.closed_at) == (UNREACHED, None)
    assert task.not_before == NOW + 5 * DAY + timedelta(weeks=6)
    assert queries.is_unreached(listing)


def test_a_task_closed_in_vain_comes_back_after_six_weeks(make, sweep):
    listing = aged(make, "Silent", 7, contacts=[PHONE])
    sweep(NOW)
    with writing():
        tasks(listing)[0].closed_at = NOW + DAY
    sweep(NOW + 2 * DAY)
    assert [task.not_before for task in tasks(listing)][1:] == [NOW + DAY + timedelta(weeks=6)]


def test_what_was_not_asked_keeps_its_old_date(make, sweep, stella):
    listing = aged(make, "Half asked", 7, contacts=[PHONE])
    sweep(NOW)
    actions.check(listing, facts=[Fact.TIMES, Fact.COST], means=Means.PHONE, by=stella, now=NOW)
    assert listing.checked_on == later(TODAY, -7)
    assert [task.closed_at for task in tasks(listing)] == [None]
    actions.check(
        listing, facts=[Fact.RUNNING, Fact.CONTACT], means=Means.VISIT, by=stella, now=NOW, values_seen={Fact.CONTACT: "a poster"}
    )
    assert (listing.checked_on, listing.checked_voice) == (TODAY, Voice.VOLUNTEER)
    assert [task.outcome for task in tasks(listing)] == ["checked"]
    seen = {check.fact: check for check in listing.checks if check.checked_on == TODAY}
    assert (seen[Fact.TIMES].value_seen, seen[Fact.CONTACT].value_seen) == ("Wednesdays, noon to 2pm", "a poster")
    assert {check.account_id for check in seen.values()} == {stella.id}


def test_only_who_may_checks(make, lena, amina, stella):
    listing = aged(make, "Welcome Table", 7)
    for person in (lena, amina):
        with pytest.raises(NotAllowed):
            actions.check(listing, facts=[Fact.TIMES], means=Means.PHONE, by=person, now=NOW)
    with pytest.raises(NotAllowed):
        actions.check(listing, facts=[Fact.TIMES], means=Means.GROUP, by=stella, now=NOW)


def test_a_check_is_neither_an_edit_nor_a_version(make, stella):
    listing = aged(make, "Welcome Table", 7)
    before = (listing.modified_at, listing.revision_number)
    actions.check(listing, facts=[Fact.TIMES], means=Means.PHONE, by=stella, now=NOW + DAY)
    assert (listing.modified_at, listing.revision_number) == before
    assert db.session.scalars(select(Revision)).all() == []
    assert [row.verb for row in db.session.scalars(select(AuditRow))] == ["checked"]


# Dates


def test_a_dated_event_ends_by_itself_and_a_term_is_asked_about_when_the_next_begins(make, sweep):
    fair = make.listing("Fair", kind="event", session={"starts_on": TODAY - DAY, "opens": time(10)})
    coming = make.listing("Coming", kind="event", session={"starts_on": TODAY, "opens": time(10)})
    term = make.listing(
        "Choir",
        session={"rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261117", "starts_on": date(2026, 9, 8), "opens": time(19)},
        contacts=[PHONE],
    )
    assert sweep(NOW).ended == 1
    assert (fair.status, coming.status, term.status) == (Status.ENDED, Status.PUBLISHED, Status.PUBLISHED)
    (revision,) = db.session.scalars(select(Revision).where(Revision.listing_id == fair.id))
    assert (revision.door, revision.voice) == ("clock", Voice.STAFF)
    assert tasks(term) == []
    sweep(datetime(2027, 1, 7, 12, tzinfo=NOW.tzinfo))
    assert tasks(term) == []
    sweep(datetime(2027, 1, 8, 12, tzinfo=NOW.tzinfo))
    assert len(tasks(term)) == 1


def test_days_of_the_loop():
    assert asked_on(date(2026, 1, 31), TODAY) == date(2026, 6, 30)
    assert asked_on(None, TODAY) == TODAY
    assert next_term(date(2026, 12, 16)) == date(2027, 1, 8)
    assert asked_on(date(2026, 11, 1), TODAY, date(2026, 12, 16)) == date(2027, 1, 8)


# Answers


@pytest.fixture
def link(table, sweep, amina):
    edits_for(amina, table)
    sweep(NOW)
    return link_in(letters()[0])


def answered(link, *, right=(), changed=None, note="", now=NOW):
    return confirming.answer(
        link,
        base=link.listing.revision_number,
        right=right,
        changed=changed or {},
        note=note,
        now=now,
    )


def test_all_still_right_is_one_check_a_fact_by_the_group(link, table, amina, sweep):
    confirming.confirm(link, base=table.revision_number, now=NOW)
    assert (table.checked_on, table.checked_means, table.checked_voice) == (TODAY, Means.GROUP, Voice.GROUP)
    new = [check for check in table.checks if check.checked_on == TODAY]
    assert {check.fact for check in new} == {Fact.RUNNING, Fact.TIMES, Fact.CONTACT, Fact.PLACE}
    assert {(check.means, check.voice, check.account_id) for check in new} == {(Means.GROUP, Voice.GROUP, amina.id)}
    assert table.checked_words(TODAY) == "Checked today by the group"
    sweep(NOW + 100 * DAY)
    assert tasks(table) == []


def test_a_link_works_once(link, table):
    confirming.confirm(link, base=table.revision_number, now=NOW)
    for again in (
        lambda: confirming.confirm(link, base=table.revision_number, now=NOW),
        lambda: answered(link, changed={"summary": "Ours now."}),
        lambda: confirming.stop(link, now=NOW),
        lambda: confirming.decline(link, now=NOW),
    ):
        with pytest.raises(Refused):
            again()
    assert table.summary == ""
    assert table.status is Status.PUBLISHED


def test_forged_foreign_old_and_orphaned_links_do_nothing(link, table, make, amina):
    other = aged(make, "Other", 5)
    (secret,) = letters()[0].facts["secrets"]
    for slug, token in ((other.slug, secret[2]), (table.slug, secret[2][:-1] + "x"), (table.slug, link.token_hash), ("x", "")):
        with pytest.raises(NotFound):
            queries.link_of(slug, token)
    with pytest.raises(Refused):
        confirming.confirm(link, base=table.revision_number, now=NOW + 61 * DAY)
    with writing():
        table.contact_points.clear()
        db.session.scalars(select(Editorship)).one().ended_at = NOW
    with pytest.raises(Refused):
        confirming.confirm(link, base=table.revision_number, now=NOW + DAY)
    assert table.checked_on == later(TODAY, -5)


def test_what_was_changed_meanwhile_is_not_confirmed(link, table):
    base = table.revision_number
    listing_actions.change(table, version=table.version, by_voice=Voice.STAFF, door="page", now=NOW, summary="New words.")
    with pytest.raises(Conflict):
        confirming.confirm(link, base=base, now=NOW)
    assert link.used_at is None


def test_a_changed_cost_goes_live_and_is_looked_at_and_what_was_not_answered_keeps_its_date(link, table, amina):
    told = answered(link, right=[Fact.TIMES], changed={"cost": "paid", "cost_amount": "4.00"})
    assert told == confirming.Answered(("cost", "cost_amount"), ())
    assert table.cost_words == "£4"
    (suggestion,) = db.session.scalars(select(Suggestion))
    assert (suggestion.state, suggestion.fields, suggestion.account_id) == (State.LIVE, ["cost", "cost_amount"], amina.id)
    assert {check.fact for check in table.checks if check.checked_on == TODAY} == {Fact.RUNNING, Fact.TIMES, Fact.COST}
    assert table.checked_on == later(TODAY, -5), "nobody said how to get in touch"


def test_a_changed_contact_waits_for_two_people_and_the_old_one_is_told(link, table, sweep):
    new = [{"kind": "phone", "value": "01632 960999", "note": "", "public": True}]
    told = answered(link, right=[Fact.TIMES], changed={"contacts": new})
    assert told == confirming.Answered((), ("contacts",))
    assert [point.value for point in table.contact_points] == ["hello@lunch.example", "01632 960142"]
    (suggestion,) = db.session.scalars(select(Suggestion))
    assert (suggestion.state, suggestion.approvals) == (State.WAITING, 2)
    assert [letter.to_address for letter in db.session.scalars(select(Letter).where(Letter.kind == "contact-changed"))] == [
        "hello@lunch.example"
    ]
    assert table.checked_on == later(TODAY, -5)
    sweep(NOW + DAY)
    assert len(tasks(table)) == 1, "its link is used and it is not fresh, so somebody has to look"


def test_what_is_for_children_waits_whole(link, table):
    with writing():
        table.maximum_age = 11
    assert answered(link, changed={"cost": "free"}).waiting == ("cost",)


def test_a_note_is_a_report_with_its_own_clock(link, table):
    answered(link, right=[Fact.TIMES], note="Place: we moved to the chapel.")
    (report,) = db.session.scalars(select(Report))
    assert (report.text, report.made_at, "@" in report.who) == ("Place: we moved to the chapel.", NOW, False)


def test_it_has_stopped(link, table):
    confirming.stop(link, now=NOW)
    assert table.status is Status.ENDED


def test_a_new_link_goes_to_the_same_address_three_times_a_day_at_most(link, table, amina):
    for _ in range(3):
        confirming.send_again(link, now=NOW + DAY)
    with pytest.raises(Refused):
        confirming.send_again(link, now=NOW + DAY)
    assert [letter.kind for letter in letters()][1:] == ["still-right-link"] * 3
    assert [queries.is_open(link_in(letter), NOW + DAY) for letter in letters()] == [False, False, False, True]
    with writing():
        db.session.scalars(select(Editorship)).one().ended_at = NOW
    with pytest.raises(Refused):
        confirming.send_again(link, now=NOW + 3 * DAY)


def test_an_editor_says_so_when_signed_in_and_nobody_else_does(table, amina, bilal, stella):
    edits_for(amina, table)
    for person in (bilal, stella):
        with pytest.raises(NotAllowed):
            confirming.still_right(table, by=person, base=table.revision_number, now=NOW)
    confirming.still_right(table, by=amina, base=table.revision_number, now=NOW)
    assert (table.checked_on, table.checked_means) == (TODAY, Means.GROUP)


# No hole


@pytest.mark.parametrize("seed", range(2))
def test_no_listing_is_ever_outside_the_loop(make, sweep, amina, bilal, stella, cai, seed):
    """A walk of the clock over a year and a half, with everything that people and letters do in between."""
    chance = random.Random(seed)
    organisations = [make.organisation(f"Club {number}") for number in range(4)]
    listings = [
        make.listing(
            f"Group {number}",
            organisation=organisations[number % 4] if number % 3 else None,
            contacts=[("email", f"g{number % 5}@club.example")] if number % 2 else [PHONE],
            checked_on=None if number == 4 else later(TODAY, -chance.randint(0, 20)),
            session={"rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270330", "starts_on": date(2026, 9, 8)} if number == 5 else {},
        )
        for number in range(9)
    ]
    started, by_slug = {listing.id for listing in listings}, {listing.slug: listing for listing in listings}
    for account, organisation in ((amina, organisations[0]), (amina, organisations[1]), (bilal, organisations[1])):
        with writing():
            db.session.add(Editorship(account_id=account.id, organisation_id=organisation.id, since=NOW))
    now, open_links, gone = NOW, [], set()
    for _ in range(60):
        now += timedelta(hours=chance.choice((1, 24, 70, 300)))
        sweep(now, most=chance.choice((1, 3, 200)))
        assert queries.outside_the_loop(now + timedelta(minutes=1)) == []
        for letter in letters():
            if "secrets" in letter.facts:
                open_links += [(slug, token) for _, slug, token in letter.facts["secrets"]]
                if chance.random() < 0.2:
                    post.failed(letter, error="Away.", for_good=True, now=now)
                else:
                    post.sent(letter, now=now)
        listing = chance.choice(listings)
        if listing.status is not Status.PUBLISHED:
            continue
        deed = chance.choice(
            ("answer", "answer", "stop", "decline", "check", "part", "attempt", "close", "leave", "hide", "none")
        )
        if deed in ("answer", "stop", "decline") and open_links:
            slug, token = chance.choice([pair for pair in open_links if by_slug[pair[0]].status is not Status.HIDDEN])
            link = queries.link_of(slug, token)
            if queries.is_open(link, now):
                if deed == "answer":
                    answered(link, right=chance.sample(list(Fact), 5), now=now)
                elif deed == "decline":
                    confirming.decline(link, now=now)
                elif chance.random() < 0.2:
                    confirming.stop(link, now=now)
                    gone.add(link.listing_id)
        elif deed == "check":
            actions.check(listing, facts=list(Fact), means=Means.PHONE, by=stella, now=now)
        elif deed == "part":
            actions.check(listing, facts=[Fact.TIMES], means=Means.PHONE, by=stella, now=now)
        elif deed == "attempt":
            for task in tasks(listing):
                try_in_vain(task, stella, cai, at=now)
        elif deed == "close":
            with writing():
                for task in tasks(listing):
                    task.closed_at = task.closed_at or now
        elif deed == "leave" and chance.random() < 0.3:
            with writing():
                chance.choice(db.session.scalars(select(Editorship)).all()).ended_at = now
        elif deed == "hide" and chance.random() < 0.2:
            listing_actions.withdraw(listing, by_voice=Voice.STAFF, door="page", now=now)
            gone.add(listing.id)
    shown = set(db.session.scalars(select(Listing.id).where(Listing.status == Status.PUBLISHED)))
    assert shown == started - gone, "nothing leaves but by 'ended' or 'taken down'"
