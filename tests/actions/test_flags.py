"""Flags: they join one gap, count once however often somebody presses, and those of residents wait for a curator."""

import threading
from datetime import timedelta

import pytest
from flask import render_template
from sqlalchemy import func, select

from directory.actions import flags as actions
from directory.actions import gaps as leads
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db
from directory.models import Account, Affected, AuditRow, Flag, FlagState, Gap, GapKind, GapState, Letter, Term, Voice
from directory.models.gaps import Area
from directory.queries import gap_desk as desk
from tests.make import NOW
from tests.register import HERE, flagged

MINUTE = timedelta(minutes=1)


@pytest.fixture
def need(make):
    return make.term("loneliness", label="Company")


def count(model, *conditions):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions))


def test_a_link_workers_flag_opens_a_gap_and_the_next_joins_it(need, lena, stella):
    first = flagged(need, lena, affected=Affected.FEW)
    second = flagged(need, stella, affected=Affected.MANY)
    assert first.gap_id == second.gap_id
    assert (first.state, first.voice, second.voice) == (FlagState.COUNTED, Voice.LINK_WORKER, Voice.VOLUNTEER)
    gap = first.gap
    assert (gap.area_code, gap.area_name, gap.council_code, gap.hexagon) == ("NR25", HERE.name, "E07000147", HERE.hexagon)
    assert (gap.state, gap.title) == (GapState.REPORTED, "Company")
    assert desk.counts([gap.id]) == {gap.id: desk.Count(flags=2, people=8, residents=0)}


def test_another_kind_or_area_is_another_gap(need, lena):
    gaps = {
        flagged(need, lena).gap_id,
        flagged(need, lena, kind=GapKind.ADEQUATE).gap_id,
        flagged(need, lena, area=Area("NR27", "NR27")).gap_id,
    }
    assert len(gaps) == 3


def test_the_same_person_counts_once_and_what_they_said_is_changed(need, lena):
    first = flagged(need, lena, affected=Affected.ONE, note="In the evening.")
    second = flagged(need, lena, affected=Affected.MANY)
    assert first.id == second.id
    assert (second.affected, second.note) == (Affected.MANY, "In the evening.")
    assert count(Flag) == 1


def test_what_a_resident_sends_waits_and_opens_nothing(need, stella):
    flag = flagged(need, reply_to="joan@example.org")
    assert (flag.state, flag.gap_id, flag.voice, flag.who) == (FlagState.WAITING, None, Voice.VISITOR, "somewhere")
    assert count(Gap) == 0
    assert [each.id for each in desk.waiting(stella)] == [flag.id]
    gap = actions.accept(flag, by=stella, now=NOW)
    assert (flag.state, flag.gap_id, flag.decided_by) == (FlagState.COUNTED, gap.id, stella.id)
    assert desk.counts([gap.id])[gap.id].residents == 1
    with pytest.raises(Conflict):
        actions.accept(flag, by=stella, now=NOW)


def test_an_editors_flag_waits_as_well(need, amina):
    assert flagged(need, amina).state is FlagState.WAITING


def test_a_refused_flag_says_why_and_leaves_nothing(need, stella):
    flag = flagged(need, reply_to="joan@example.org", note="Evenings would do.")
    with pytest.raises(Refused):
        actions.refuse(flag, by=stella, reason=" ", now=NOW)
    actions.refuse(flag, by=stella, reason="There is one at the hall.", now=NOW)
    assert (flag.state, flag.note, flag.reply_to) == (FlagState.REFUSED, "", "")
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.kind, letter.to_address, letter.facts["reason"]) == (
        "gap-refused",
        "joan@example.org",
        "There is one at the hall.",
    )


def test_a_letter_to_somebody_who_may_be_in_danger_gives_the_numbers_first(app, make, stella):
    flag = flagged(make.term("crisis", label="In crisis now"), reply_to="joan@example.org")
    actions.refuse(flag, by=stella, reason="This is no service that is missing.", now=NOW)
    letter = db.session.scalars(select(Letter)).one()
    with app.test_request_context():
        text = render_template("letters/gap-refused.txt", facts=letter.facts, url=lambda *_, **__: "")
    subject = text.strip().splitlines()[0]
    assert subject == "About what you told us, NR25"
    assert text.index("999") < text.index("This is no service")
    assert "does not count" not in text


def test_nobody_decides_on_what_they_sent_and_link_workers_decide_nothing(need, lena, make):
    flag = flagged(need)
    with pytest.raises(NotAllowed):
        actions.accept(flag, by=lena, now=NOW)
    with pytest.raises(NotAllowed):
        actions.refuse(flag, by=lena, reason="No.", now=NOW)


def test_one_computer_counts_once_in_a_gap(need, lena, stella):
    gap = flagged(need, lena).gap
    second, first = flagged(need, who="library"), actions.me_too(gap, who="library", by=None, now=NOW)
    actions.accept(first, by=stella, now=NOW)
    with pytest.raises(Refused, match="already"):
        actions.accept(second, by=stella, now=NOW)


def test_me_too_joins_and_pressing_again_changes_nothing(need, lena, stella):
    gap = flagged(need, lena).gap
    mine = actions.me_too(gap, who="", by=stella, now=NOW)
    assert actions.me_too(gap, who="", by=stella, now=NOW).id == mine.id
    assert actions.me_too(gap, who="", by=lena, now=NOW).id != mine.id
    assert count(Flag) == 2


def test_me_too_on_a_closed_gap_is_told(need, lena, ida, stella):
    gap = flagged(need, lena).gap
    leads.move(gap, GapState.MET, words="A group began.", was=GapState.REPORTED, by=ida, now=NOW)
    with pytest.raises(Conflict, match="closed"):
        actions.me_too(gap, who="", by=stella, now=NOW)
    assert flagged(need, stella).gap_id != gap.id


def test_only_so_many_an_hour(need, lena, make):
    for number in range(actions.VISITORS):
        flagged(need, area=Area(f"NR{number}1", ""))
    with pytest.raises(Refused, match="an hour"):
        flagged(need, area=Area("NR9", ""))
    flagged(need, area=Area("NR9", ""), who="elsewhere")
    flagged(need, area=Area("NR9", ""), now=NOW + 61 * MINUTE)


def test_the_hour_is_of_a_network_and_what_is_said_again_is_no_flag_more(need):
    for number in range(actions.VISITORS):
        flagged(need, who=f"browser {number}", network="library")
    flagged(need, who="browser 0", network="library", affected=Affected.MANY)
    with pytest.raises(Refused, match="an hour"):
        flagged(need, who="another", network="library")
    for _ in range(actions.CHANGES - 1):
        flagged(need, who="browser 1", network="library")
    with pytest.raises(Refused, match="an hour"):
        flagged(need, who="browser 1", network="library")


def test_those_who_are_signed_in_use_up_nothing_of_their_network(need, lena):
    for number in range(actions.VISITORS):
        flagged(need, lena, area=Area(f"NR{number}1", ""), network="library")
    flagged(need, who="browser", network="library")


def test_notes_that_were_refused_use_up_no_flags(need):
    for _ in range(actions.NOTES_REFUSED):
        actions.note_refused(who="browser", network="library", by=None, now=NOW)
    with pytest.raises(Refused, match="note"):
        actions.note_refused(who="browser", network="library", by=None, now=NOW)
    flagged(need, who="browser", network="library")


def test_who_is_not_sure_now_keeps_the_number_they_gave(need, lena):
    flagged(need, lena, affected=Affected.MANY)
    assert flagged(need, lena).affected is Affected.MANY
    said = actions.join(flagged(need, lena).gap, who="", by=lena, now=NOW, affected=Affected.ONE)
    assert (said.is_again, said.changed, said.before, said.flag.affected) == (True, ("affected",), Affected.MANY, Affected.ONE)


def test_whoever_said_it_takes_it_back(need, lena, stella):
    flag, other = flagged(need, lena, note="In the evening."), flagged(need, stella)
    with pytest.raises(NotAllowed):
        actions.withdraw(flag, by=stella, now=NOW)
    actions.withdraw(flag, by=lena, now=NOW)
    assert (flag.state, flag.note) == (FlagState.WITHDRAWN, "")
    assert desk.counts([flag.gap_id])[flag.gap_id].flags == 1
    assert flag.gap.is_open
    assert actions.me_too(flag.gap, who="", by=lena, now=NOW).state is FlagState.COUNTED
    assert count(Flag) == 2
    actions.withdraw(flag, by=lena, now=NOW)
    actions.withdraw(other, by=stella, now=NOW)
    assert desk.counts([flag.gap_id]) == {}


def test_a_gap_that_nobody_speaks_of_any_more_is_closed_as_a_mistake(need, lena, ida):
    flag = flagged(need, lena)
    actions.withdraw(flag, by=lena, now=NOW)
    assert (flag.gap.state, flag.gap.is_open) == (GapState.MISTAKEN, False)
    again = flagged(need, lena)
    assert again.gap_id != flag.gap_id
    leads.move(again.gap, GapState.LOOKED_AT, words="We ask two halls.", was=GapState.REPORTED, by=ida, now=NOW)
    actions.withdraw(again, by=lena, now=NOW)
    assert again.gap.is_open


def test_a_gap_of_which_a_resident_waits_stays_open(need, lena):
    flag = flagged(need, lena)
    actions.me_too(flag.gap, who="somewhere", by=None, now=NOW)
    actions.withdraw(flag, by=lena, now=NOW)
    assert flag.gap.is_open


def test_the_audit_names_nobody_and_no_note(need):
    flagged(need, who="somewhere", note="In the evening.")
    row = db.session.scalars(select(AuditRow)).one()
    assert (row.verb, row.actor) == ("flagged", "visitor")


def race(app, act, people):
    """`act` by each of these accounts in a thread of its own, all let go at once; what they returned or raised."""
    barrier, outcomes = threading.Barrier(len(people)), []

    def press(account_id):
        with app.app_context():
            by = db.session.get(Account, account_id)
            barrier.wait(30)
            try:
                outcomes.append(act(by))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(account_id,)) for account_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_however_many_flag_at_once_there_is_one_gap(app, need, make):
    people = [make.account(f"Worker {number}", role="link-worker").id for number in range(8)]
    need_id = need.id
    race(app, lambda by: flagged(db.session.get(Term, need_id), by).id, people)
    assert (count(Gap), count(Flag)) == (1, 8)


def test_eight_presses_of_me_too_at_once_count_once(app, need, lena, stella):
    gap_id, person = flagged(need, lena).gap_id, stella.id
    outcomes = race(app, lambda by: actions.me_too(db.session.get(Gap, gap_id), who="", by=by, now=NOW).id, [person] * 8)
    assert (len(outcomes), len(set(outcomes)), count(Flag)) == (8, 1, 2)


def test_flagging_moving_and_me_too_at_once_leave_nobody_waiting_for_another(app, need, make, ida):
    people = [make.account(f"Worker {number}", role="link-worker").id for number in range(9)]
    need_id, gap_id = need.id, flagged(need, make.account("First", role="link-worker")).gap_id
    turns = dict(zip(people, range(9), strict=True))

    def act(by):
        try:
            if turns[by.id] % 3 == 0:
                return flagged(db.session.get(Term, need_id), by).id
            if turns[by.id] % 3 == 1:
                return actions.me_too(db.session.get(Gap, gap_id), who="", by=by, now=NOW).id
            lead, gap = db.session.scalars(select(Account).where(Account.role == "lead")).one(), db.session.get(Gap, gap_id)
            return leads.move(gap, GapState.LOOKED_AT, words="Asking.", was=GapState.REPORTED, by=lead, now=NOW).id
        except Conflict:
            return None

    assert len(race(app, act, people)) == 9
    assert count(Flag) == 7
