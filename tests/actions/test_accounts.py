"""People: how they are added and invited, how they prove who they are, how often anybody may guess, and who may change whom."""

import re
import threading
import time
from datetime import timedelta
from statistics import median

import pytest
from sqlalchemy import func, select

from directory.actions import accounts, claim_ends, claims, editors, factors, people
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.extensions import db, writing
from directory.models import (
    Account,
    AuditRow,
    ClaimState,
    Editorship,
    Letter,
    LinkPurpose,
    Patch,
    RecoveryCode,
    Role,
    SignIn,
    Try,
)
from directory.models import factors as codes
from directory.models.guesses import Limit, forget, give_back, spend
from directory.models.passwords import common, complaint
from directory.permissions import GIVES, WEIGHT
from directory.queries import accounts as queries
from directory.queries import claims as claim_queries
from tests.make import NOW

PASSWORD = "a long walk on a wet day"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def signed_in(account, *, now=NOW, by_link=True):
    """A sign-in of this person, as (token, row)."""
    if by_link:
        token = accounts.sign_in_by_link(accounts.link_for(account, LinkPurpose.SIGN_IN, now=now), browser="B", now=now)
    else:
        token = by_password(account, now=now)
    return token, queries.sign_in_of(token, now=now)


def by_password(account, password=PASSWORD, *, who="home", now=NOW):
    email = account if isinstance(account, str) else account.email
    return accounts.sign_in_by_password(email, password, who=who, whose=f"of {email}", browser="B", now=now)


def with_factor(account, *, now=NOW):
    """The key of this person's telephone and ten recovery codes."""
    token, _ = signed_in(account, now=now - HOUR)
    key = codes.new_key()
    return key, factors.set_up(account, key, codes.code_at(key, now - HOUR), token=token, now=now - HOUR)


def letters(kind):
    return db.session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id)).all()


def verbs():
    return db.session.scalars(select(AuditRow.verb).order_by(AuditRow.number)).all()


# How often anybody may guess


def test_guesses_come_back_one_by_one(app):
    limit = Limit("guess", at_once=3, every=10 * MINUTE)
    assert limit.an_hour == 9

    def allowed(now):
        try:
            with writing():
                spend(limit, "me", now=now)
        except Refused:
            return False
        return True

    assert [allowed(NOW) for _ in range(5)] == [True, True, True, False, False]
    assert not allowed(NOW + 9 * MINUTE)
    assert allowed(NOW + 10 * MINUTE)
    assert not allowed(NOW + 10 * MINUTE)
    with writing():
        give_back(limit, "me")
    assert allowed(NOW + 10 * MINUTE)
    with writing():
        forget(limit, "me")
    assert [allowed(NOW + 10 * MINUTE) for _ in range(4)] == [True, True, True, False]
    assert allowed(NOW + 24 * HOUR)
    assert db.session.scalar(select(func.count()).select_from(Try)) == 1  # what came back leaves no row


@pytest.mark.parametrize("limit", [accounts.GUESSES_AN_ACCOUNT, factors.CODES])
def test_ten_an_hour_for_one_account_and_twelve_minutes_to_the_next(limit):
    assert limit.an_hour == 10
    assert limit.every <= 15 * MINUTE


def test_twenty_an_hour_from_one_address():
    assert accounts.GUESSES_AN_ADDRESS.an_hour == 20


# The counting is the same on both; that PostgreSQL counts those of the same moment is tested by itself.
MANY = {"sqlite": 10_000, "postgres": 1_000}


def guesses(count, hours, guess):
    """How many of so many guesses, spread over so many hours, were compared with a password, by the hour."""
    compared = []
    for number in range(count):
        now = NOW + timedelta(seconds=hours * 3600 * number / count)
        try:
            guess(number, now)
        except Refused as refused:
            if str(refused) == accounts.WRONG:
                compared.append(now)
    return compared


def most_an_hour(moments):
    return max(sum(first <= moment < first + HOUR for moment in moments) for first in moments)


@pytest.fixture
def quick_hash(monkeypatch):
    """Guesses are counted here, not timed."""
    monkeypatch.setattr(accounts, "is_password_of", lambda account, password: account is not None and password == PASSWORD)


def test_ten_thousand_guesses_from_many_addresses_at_one_person(amina, quick_hash, database):
    """And the owner gets in by mail at any moment meanwhile."""

    def guess(number, now):
        return by_password(amina, f"guess {number}", who=f"from {number}", now=now)

    compared = guesses(MANY[database], 2, guess)
    assert 9 <= most_an_hour(compared) <= 10
    now = NOW + 2 * HOUR - MINUTE
    with pytest.raises(Refused, match="often"):
        by_password(amina, who="home", now=now)
    accounts.ask_for_link(amina.email, whose=f"of {amina.email}", now=now)
    (letter,) = letters("sign-in")
    assert accounts.sign_in_by_link(letter.facts["secret"], browser="B", now=now + MINUTE)
    assert by_password(amina, who="home", now=now + 12 * MINUTE)


def test_ten_thousand_guesses_from_one_address_at_many_people(make, quick_hash, database):
    known = [make.account(f"Person {number}").email for number in range(20)]
    mails = [*known, *(f"nobody{number}@example.org" for number in range(480))]
    compared = guesses(MANY[database], 2, lambda number, now: by_password(mails[number % 500], "guess", now=now))
    assert 19 <= most_an_hour(compared) <= 20


def test_an_attacker_who_knows_one_account_does_not_win_guesses_by_signing_in_to_it(amina, bilal, quick_hash):
    compared = 0
    for number in range(200):
        try:
            by_password(bilal)
            by_password(amina, f"guess {number}")
        except Refused as refused:
            compared += str(refused) == accounts.WRONG
    assert compared <= 10


def test_whoever_floods_the_mail_does_not_keep_the_owner_out(amina):
    """At every moment either a new letter goes, or one of a few minutes ago has a link that works."""
    for second in range(0, 7200, 60):
        now = NOW + timedelta(seconds=second)
        accounts.ask_for_link(amina.email, whose="amina", now=now)
        newest = letters("sign-in")[-1]
        assert now - newest.made_at <= 15 * MINUTE
        assert queries.link_of(newest.facts["secret"], LinkPurpose.SIGN_IN, now=now + 15 * MINUTE) is not None
    assert len(letters("sign-in")) <= 2 * accounts.LINKS.an_hour


def test_guesses_at_once_count_as_those_one_after_another(app, amina, database):
    """Twenty at the same moment, each over its own connection."""
    passed = []

    def guess():
        with app.app_context():
            try:
                with writing():
                    spend(accounts.GUESSES_AN_ACCOUNT, "amina", now=NOW)
                passed.append(1)
            except Refused:
                pass

    db.session.rollback()
    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == accounts.GUESSES_AN_ACCOUNT.at_once


def test_a_known_person_takes_as_long_as_an_unknown_one(app, make, database):
    """The same words and about the same time: signing in is compared with much less than its hashing takes."""
    known = [make.account(f"Person {number}") for number in range(12)]
    for account in known[:2]:
        accounts.choose_password(account, PASSWORD, now=NOW)
    said = {"known": [], "unknown": []}
    times = {"known": [], "unknown": []}
    for number in range(24):
        sort = ("known", "unknown")[number % 2]
        email = known[number // 2].email if sort == "known" else f"nobody{number}@example.org"
        start = time.thread_time()
        with pytest.raises(Refused) as refused:
            by_password(email, "guess", who=f"from {number}", now=NOW)
        times[sort].append(time.thread_time() - start)
        said[sort].append(str(refused.value))
    assert set(said["known"]) == set(said["unknown"]) == {accounts.WRONG}
    assert 0.6 < median(times["known"]) / median(times["unknown"]) < 1.6


def test_too_often_is_said_of_unknown_people_as_well(app, amina, quick_hash):
    for email in (amina.email, "nobody@example.org"):
        said = []
        for number in range(7):
            with pytest.raises(Refused) as refused:
                by_password(email, "guess", who=f"from {email} {number}")
            said.append(str(refused.value))
        assert said == [accounts.WRONG] * 5 + [accounts.TOO_OFTEN] * 2


# Passwords


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 65, "password", "Passw0rd2026!", "LIVERPOOL1", "qwertyuiop", "1q2w3e4r", "12345678", "87654321", "aaaaaaaaaa",
     "abababab", "abcdefgh", "sunshine99", "letmein123", "footballfootball", "norwichcity", "20262026", "amina2026",
     "amina@example.org"],
)  # fmt: skip
def test_what_everybody_guesses_first_is_refused(amina, password):
    with pytest.raises(Refused) as refused:
        accounts.choose_password(amina, password, now=NOW)
    assert refused.value.field == "password"
    assert amina.password_hash == ""


@pytest.mark.parametrize(
    "password", [PASSWORD, "x7#kQ29v", "kelp harbour tin", "mein Garten ist groß", "пароль на завтра", "a" + "bc d" * 15]
)
def test_other_passwords_will_do(password):
    assert complaint(password, names=("amina@example.org", "Amina")) == ""


def test_the_list_of_common_words_is_long_enough():
    assert len(common()) > 300
    assert all(word == word.casefold() for word in common())


def test_a_new_password_by_link_ends_everything_else(amina):
    token, _ = signed_in(amina)
    accounts.ask_for_new_password(amina.email, whose="amina", now=NOW)
    (letter,) = letters("new-password")
    new = accounts.choose_password_by_link(letter.facts["secret"], PASSWORD, browser="B", now=NOW)
    assert queries.sign_in_of(token, now=NOW) is None
    assert queries.sign_in_of(new, now=NOW) is not None
    assert by_password(amina)
    with pytest.raises(Refused):
        accounts.choose_password_by_link(letter.facts["secret"], "another one altogether", browser="B", now=NOW)
    assert len(letters("password-chosen")) == 1


def test_a_link_for_a_new_password_does_not_sign_in_and_the_other_way_round(amina):
    secret = accounts.link_for(amina, LinkPurpose.NEW_PASSWORD, now=NOW)
    with pytest.raises(Refused):
        accounts.sign_in_by_link(secret, browser="B", now=NOW)
    with pytest.raises(Refused):
        accounts.choose_password_by_link(accounts.link_for(amina, LinkPurpose.SIGN_IN, now=NOW), PASSWORD, browser="B", now=NOW)


def test_changing_a_password_asks_for_the_old_one(amina):
    token, _ = signed_in(amina)
    accounts.choose_password(amina, PASSWORD, now=NOW, keep=token)
    told = {"whose": "amina", "keep": token, "now": NOW}
    with pytest.raises(Refused) as refused:
        accounts.change_password(amina, "kelp harbour tin", current="guess", **told)
    assert refused.value.field == "current"
    accounts.change_password(amina, "kelp harbour tin", current=PASSWORD, **told)
    assert queries.sign_in_of(token, now=NOW) is not None
    assert by_password(amina, "kelp harbour tin")


# The second step


def test_a_telephone_is_set_up_with_a_code_and_ten_codes_are_shown_once(stella):
    token, _ = signed_in(stella)
    other, _ = signed_in(stella)
    key = codes.new_key()
    with pytest.raises(Refused):
        factors.set_up(stella, key, "000000" if codes.code_at(key, NOW) != "000000" else "111111", token=token, now=NOW)
    assert not stella.has_second_factor
    shown = factors.set_up(stella, key, codes.code_at(key, NOW), token=token, now=NOW)
    assert len(set(shown)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", code) for code in shown)
    kept = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert not set(kept) & {*shown, *(code.replace("-", "") for code in shown)}
    assert queries.sign_in_of(token, now=NOW).proved_at == NOW
    assert queries.sign_in_of(other, now=NOW) is None
    assert len(letters("factor-set")) == 1


def test_a_code_of_the_telephone_counts_once(stella):
    key, _ = with_factor(stella)
    _, here = signed_in(stella)
    assert here.proved_at is None
    code = codes.code_at(key, NOW)
    factors.prove(stella, code, sign_in=here, now=NOW)
    assert here.proved_at == NOW
    for later in (NOW, NOW + timedelta(seconds=20)):
        with pytest.raises(Refused):
            factors.prove(stella, code, sign_in=here, now=later)
    with pytest.raises(Refused):  # the half minute before is over as well
        factors.prove(stella, codes.code_at(key, NOW - timedelta(seconds=30)), sign_in=here, now=NOW)
    factors.prove(stella, codes.code_at(key, NOW + MINUTE), sign_in=here, now=NOW + MINUTE)


@pytest.mark.parametrize(("off", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_telephone_may_be_half_a_minute_off(stella, off, right):
    key, _ = with_factor(stella)
    assert (codes.step_of(key, codes.code_at(key, NOW + timedelta(seconds=off)), now=NOW) is not None) is right


def test_a_recovery_code_works_once_and_new_ones_replace_the_old(stella):
    _, shown = with_factor(stella)
    _, here = signed_in(stella)
    factors.prove(stella, shown[0].upper().replace("-", " "), sign_in=here, now=NOW)
    with pytest.raises(Refused):
        factors.prove(stella, shown[0], sign_in=here, now=NOW)
    assert queries.codes_left(stella) == 9
    assert len(letters("code-used")) == 1
    renewed = factors.renew_codes(stella, now=NOW)
    assert queries.codes_left(stella) == 10
    with pytest.raises(Refused):
        factors.prove(stella, shown[1], sign_in=here, now=NOW)
    factors.prove(stella, renewed[1], sign_in=here, now=NOW)


def test_whoever_knows_only_the_password_does_not_keep_the_owner_out(stella):
    accounts.choose_password(stella, PASSWORD, now=NOW)
    key, _ = with_factor(stella)
    _, theirs = signed_in(stella, by_link=False)
    said = []
    for number in range(8):
        with pytest.raises(Refused) as refused:
            factors.prove(stella, f"guess {number}", sign_in=theirs, now=NOW)
        said.append(str(refused.value))
    assert said == [factors.WRONG] * 5 + [factors.TOO_OFTEN] * 3
    _, own = signed_in(stella)
    factors.prove(stella, codes.code_at(key, NOW), sign_in=own, now=NOW)


def test_doing_without_is_for_those_whose_role_allows_it(stella, amina):
    for account in (stella, amina):
        with_factor(account)
    with pytest.raises(Refused):
        factors.remove(stella, by=stella, now=NOW)
    factors.remove(amina, by=amina, now=NOW)
    assert (stella.has_second_factor, amina.has_second_factor) == (True, False)
    token, _ = signed_in(stella)
    factors.remove(stella, by="command", now=NOW)
    assert not stella.has_second_factor
    assert queries.sign_in_of(token, now=NOW) is None
    assert queries.codes_left(stella) == 0


# Sign-ins


def test_a_person_ends_their_own_sign_ins_only(amina, bilal):
    _, own = signed_in(amina)
    other_token, other = signed_in(bilal)
    with pytest.raises(NotFound):
        accounts.end_sign_in(amina, other.uid, now=NOW)
    assert queries.sign_in_of(other_token, now=NOW) is not None
    assert [row.id for row in queries.sign_ins_of(amina, now=NOW)] == [own.id]
    accounts.end_sign_in(amina, own.uid, now=NOW)
    assert queries.sign_ins_of(amina, now=NOW) == []


def test_that_a_sign_in_was_used_is_kept_once_an_hour(amina):
    token, row = signed_in(amina)
    for minutes, kept in ((30, 0), (59, 0), (60, 60), (90, 60), (120, 120)):
        accounts.seen(token, now=NOW + minutes * MINUTE)
        assert row.seen_at == NOW + kept * MINUTE


def test_a_sign_in_ends_after_a_fortnight_unused_and_after_ninety_days(amina):
    token, row = signed_in(amina)
    assert queries.sign_in_of(token, now=NOW + timedelta(days=13)) is not None
    assert queries.sign_in_of(token, now=NOW + timedelta(days=14)) is None
    with writing():
        row.seen_at = NOW + timedelta(days=89)
    assert queries.sign_in_of(token, now=NOW + timedelta(days=89)) is not None
    assert queries.sign_in_of(token, now=NOW + timedelta(days=91)) is None


# Roles, areas, suspension


@pytest.mark.parametrize("giver", list(Role))
@pytest.mark.parametrize("given", list(Role))
def test_who_may_invite_whom(make, giver, given):
    by = make.account("Giver", role=giver)
    may = given in GIVES.get(giver, ())
    if may:
        account = people.invite("new@example.org", role=given, by=by, now=NOW, areas=["NR25", "NR25"])
        waits = queries.role_change_of(account)
        now_is = account.role if waits is None else waits.role
        assert (now_is, [patch.area_code for patch in account.patches]) == (given, ["NR25"])
        assert (waits is not None, account.role is Role.EDITOR) == (given in WEIGHT, given in {*WEIGHT, Role.EDITOR})
        (letter,) = letters("invite")
        assert accounts.sign_in_by_link(letter.facts["secret"], browser="B", now=NOW + timedelta(days=13))
    else:
        with pytest.raises(NotAllowed):
            people.invite("new@example.org", role=given, by=by, now=NOW)
        assert queries.by_email("new@example.org") is None


def test_an_administrator_has_no_say_over_who_decides_on_content(otto, stella, amina):
    for account, role in ((stella, Role.EDITOR), (amina, Role.LEAD), (amina, Role.ADMIN)):
        with pytest.raises(NotAllowed):
            people.give_role(account, role, by=otto, now=NOW)


def test_a_new_role_ends_every_sign_in_and_is_told(ida, stella):
    token, _ = signed_in(stella)
    with writing():
        stella.role = Role.LEAD
    people.give_role(stella, Role.SENIOR, by=ida, now=NOW)  # stepping down takes one
    assert stella.role is Role.SENIOR
    assert queries.sign_in_of(token, now=NOW) is None
    assert [letter.facts["role"] for letter in letters("role")] == ["senior"]
    assert verbs()[-1] == "role given"
    with pytest.raises(Refused):
        people.give_role(stella, Role.SENIOR, by=ida, now=NOW)


def test_a_role_with_a_say_over_others_waits_for_a_second_person(make, ida, stella, cai):
    second = make.account("Second", role="lead")
    token, _ = signed_in(stella)
    people.give_role(stella, Role.LEAD, by=ida, now=NOW)
    waits = queries.role_change_of(stella)
    assert (stella.role, waits.role, verbs()[-1]) == (Role.CURATOR, Role.LEAD, "role proposed")
    assert queries.sign_in_of(token, now=NOW) is not None
    assert [letter.to_address for letter in letters("role-waits")] == [second.email]
    with pytest.raises(Refused, match="already"):
        people.give_role(stella, Role.SENIOR, by=second, now=NOW)
    for by in (ida, stella, cai):
        with pytest.raises(NotAllowed):
            people.agree_to_role(waits, by=by, now=NOW)
    people.agree_to_role(waits, by=second, now=NOW)
    assert (stella.role, waits.agreed, waits.decided_by) == (Role.LEAD, True, second.id)
    assert (verbs()[-1], queries.role_change_of(stella)) == ("role given", None)
    assert queries.sign_in_of(token, now=NOW) is None
    with pytest.raises(Conflict):
        people.refuse_role(waits, by=second, now=NOW)


def test_a_role_that_waits_is_refused_or_taken_back_and_falls_with_its_proposer(make, ida, stella):
    second = make.account("Second", role="lead")
    for by in (ida, second):  # whoever proposed it takes it back, the other says no
        people.give_role(stella, Role.SENIOR, by=ida, now=NOW)
        waits = queries.role_change_of(stella)
        people.refuse_role(waits, by=by, now=NOW)
        assert (stella.role, waits.agreed, verbs()[-1]) == (Role.CURATOR, False, "role not given")
    people.give_role(stella, Role.SENIOR, by=ida, now=NOW)
    accounts.suspend(ida, by=second, reason="Taken over.", now=NOW)
    with pytest.raises(Refused, match="anew"):
        people.agree_to_role(queries.role_change_of(stella), by=second, now=NOW)
    people.give_role_by_command(stella, Role.SENIOR, now=NOW)
    assert (stella.role, queries.role_change_of(stella)) == (Role.SENIOR, None)


def test_nobody_changes_their_own_role_areas_or_suspension(ida, make):
    for step in (
        lambda: people.give_role(ida, Role.EDITOR, by=ida, now=NOW),
        lambda: people.give_patches(ida, ["NR25"], by=ida, now=NOW),
        lambda: accounts.suspend(ida, by=ida, reason="Tired.", now=NOW),
        lambda: accounts.reinstate(ida, by=ida, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            step()
    assert verbs() == []


@pytest.mark.parametrize("role", ["editor", "link-worker", "curator", "senior", "importer"])
def test_others_change_nobody(make, bilal, role):
    by = make.account("Other", role=role)
    for step in (
        lambda: people.give_role(bilal, Role.CURATOR, by=by, now=NOW),
        lambda: people.give_patches(bilal, ["NR25"], by=by, now=NOW),
        lambda: people.invite_again(bilal, by=by, now=NOW),
        lambda: accounts.suspend(bilal, by=by, reason="So.", now=NOW),
    ):
        with pytest.raises(NotAllowed):
            step()
    assert bilal.role is Role.EDITOR


def test_areas_are_replaced_and_those_that_stay_keep_their_row(ida, stella):
    people.give_patches(stella, ["NR25", "E07000147"], by=ida, now=NOW)
    before = {row.area_code: row.id for row in db.session.scalars(select(Patch))}
    people.give_patches(stella, ["NR25", "NR27"], by=ida, now=NOW)
    after = {row.area_code: row.id for row in db.session.scalars(select(Patch))}
    assert after.keys() == {"NR25", "NR27"}
    assert after["NR25"] == before["NR25"]
    people.give_patches(stella, ["NR27", "NR25"], by=ida, now=NOW)
    assert verbs().count("patches given") == 2


def test_suspension_has_a_reason_and_an_end(ida, amina):
    token, _ = signed_in(amina)
    with pytest.raises(Refused):
        accounts.suspend(amina, by=ida, reason=" ", now=NOW)
    accounts.suspend(amina, by=ida, reason="The number was not theirs.", now=NOW)
    assert queries.sign_in_of(token, now=NOW) is None
    with pytest.raises(Refused):
        accounts.sign_in_by_link(accounts.link_for(amina, LinkPurpose.SIGN_IN, now=NOW), browser="B", now=NOW)
    accounts.ask_for_link(amina.email, whose="amina", now=NOW)
    assert letters("sign-in") == []
    with pytest.raises(Conflict):
        accounts.suspend(amina, by=ida, reason="Again.", now=NOW)
    accounts.reinstate(amina, by=ida, now=NOW)
    assert queries.sign_in_of(token, now=NOW) is None
    assert signed_in(amina)
    assert [verb for verb in verbs() if "account" in verb] == ["account suspended", "account reinstated"]
    with pytest.raises(Conflict):
        accounts.reinstate(amina, by=ida, now=NOW)


def test_an_administrator_stops_any_account_that_was_taken_over(otto, ida):
    accounts.suspend(ida, by=otto, reason="Signed in from two countries.", now=NOW)
    assert ida.is_suspended


# Editors of an organisation


@pytest.fixture
def club(make):
    return make.organisation("Garden Club")


def speak_for(club, account, *, leads=False):
    with writing():
        db.session.add(Editorship(account_id=account.id, organisation_id=club.id, since=NOW, leads=leads))


def accept(email):
    (*_, letter) = [letter for letter in letters("invite-editor") if letter.to_address == email]
    return accounts.sign_in_by_link(letter.facts["secret"], browser="B", now=NOW)


def test_an_invitation_begins_when_its_link_is_used(club, amina, bilal):
    speak_for(club, amina, leads=True)
    editors.invite(bilal.email, club, by=amina, now=NOW)
    editors.invite("new@example.org", club, by=amina, now=NOW)
    assert [each.account.display_name for each in queries.editors_of(club.id)] == ["Amina"]
    assert [each.account.email for each in queries.invitations_to(club.id, now=NOW)] == ["bilal@example.org", "new@example.org"]
    accept(bilal.email)
    accept("new@example.org")
    assert {each.account.email: each.leads for each in queries.editors_of(club.id)} == {
        "amina@example.org": True,
        "bilal@example.org": False,
        "new@example.org": False,
    }
    assert queries.invitations_to(club.id, now=NOW) == []
    assert queries.by_email("new@example.org").role is Role.EDITOR


def test_whom_a_curator_names_a_second_person_lets_be_invited_and_the_first_editor_leads(club, stella, cai, ida, bilal):
    with pytest.raises(Refused, match="how you know"):
        editors.invite(bilal.email, club, by=stella, now=NOW)
    editors.invite(bilal.email, club, by=stella, now=NOW, evidence="Their page names the secretary.")
    with pytest.raises(Refused, match="named already"):
        editors.invite(bilal.email, club, by=cai, now=NOW, evidence="So I heard.")
    assert letters("invite-editor") == []
    (named,) = claim_queries.proposed_for(club.id)
    assert (named.account_id, named.proposed_by, named.means, named.state) == (bilal.id, stella.id, "proposed", ClaimState.PROVED)
    for by in (stella, cai, bilal):
        with pytest.raises(NotAllowed):
            claims.grant(named, leads=False, by=by, now=NOW)
    claims.grant(named, leads=False, by=ida, now=NOW)
    assert (named.state, named.decided_by, bilal.speaks_for(club.id)) == (ClaimState.GRANTED, ida.id, False)
    accept(bilal.email)
    assert bilal.leads_editors_of(club.id)
    assert {"editor named", "editor invited", "editor joined"} <= set(db.session.scalars(select(AuditRow.verb)))


def test_leads_too_only_name_and_never_decide_on_whom_they_named(club, make, ida, bilal):
    senior = make.account("Sena", role="senior")
    editors.invite(bilal.email, club, by=ida, now=NOW, evidence="Their page names them.")
    (named,) = claim_queries.proposed_for(club.id)
    with pytest.raises(NotAllowed):
        claims.grant(named, leads=False, by=ida, now=NOW)
    claims.refuse(named, reason="Nobody knows them there.", by=senior, now=NOW)
    (letter,) = letters("proposal-refused")
    assert letter.to_address == ida.email
    assert letters("invite-editor") == []


def test_whoever_was_named_can_still_ask_for_themselves_and_present_editors_hear_of_it(club, amina, stella, bilal):
    speak_for(club, amina, leads=True)
    editors.invite(bilal.email, club, by=stella, now=NOW, evidence="Their page names them.")
    assert [letter.to_address for letter in letters("proposal-editors")] == [amina.email]
    assert claim_queries.made_by(bilal, now=NOW) == []
    own = claims.claim(club, way=None, number="1123456", evidence="I am the chair.", by=bilal, now=NOW)
    assert claim_queries.open_of(club, bilal) is own
    (named,) = claim_queries.proposed_for(club.id)
    claims.admit(named, by=amina, now=NOW)  # who leads the editors may let them in
    assert [letter.to_address for letter in letters("invite-editor")] == [bilal.email]
    with pytest.raises(Refused, match="edit for it already"):
        editors.invite(amina.email, club, by=stella, now=NOW, evidence="They do.")


def test_a_name_nobody_decides_about_lapses_and_only_whoever_named_them_is_told(club, stella, bilal):
    editors.invite(bilal.email, club, by=stella, now=NOW, evidence="Their page names them.")
    assert claim_ends.lapse(now=NOW + timedelta(days=14)) == 1
    assert [letter.to_address for letter in letters("proposal-lapsed")] == [stella.email]
    assert letters("claim-lapsed") == []


def test_nobody_learns_from_an_invitation_who_has_an_account(club, amina, bilal, make):
    speak_for(club, amina, leads=True)
    bilal.suspended_at  # noqa: B018 -- loaded
    with writing(bilal):
        bilal.suspended_at = NOW
    assert editors.invite(bilal.email, club, by=amina, now=NOW) is None
    assert editors.invite("nobody@example.org", club, by=amina, now=NOW) is None
    assert [letter.to_address for letter in letters("invite-editor")] == ["nobody@example.org"]
    assert len(queries.invitations_to(club.id, now=NOW)) == 2


def test_ten_invitations_wait_at_most(club, amina):
    speak_for(club, amina, leads=True)
    for number in range(10):
        editors.invite(f"new{number}@example.org", club, by=amina, now=NOW)
    with pytest.raises(Refused):
        editors.invite("new10@example.org", club, by=amina, now=NOW)


def test_only_the_lead_editor_and_leads_change_who_edits(club, amina, bilal, lena, otto, stella, ida):
    speak_for(club, amina, leads=True)
    speak_for(club, bilal)
    for by in (bilal, lena, otto, stella):
        for step in (
            *([] if by is stella else [lambda by=by: editors.invite("new@example.org", club, by=by, now=NOW, evidence="So.")]),
            lambda by=by: editors.let_go(amina, club, by=by, now=NOW),
            lambda by=by: editors.hand_over(club, to=by, by=by, now=NOW),
        ):
            with pytest.raises(NotAllowed):
                step()
    assert queries.by_email("new@example.org") is None
    editors.hand_over(club, to=bilal, by=ida, now=NOW)
    editors.let_go(amina, club, by=ida, now=NOW)
    assert (bilal.leads_editors_of(club.id), amina.speaks_for(club.id)) == (True, False)


def test_the_lead_hands_over_before_leaving(club, amina, bilal):
    speak_for(club, amina, leads=True)
    speak_for(club, bilal)
    with pytest.raises(Refused):
        editors.leave(club, by=amina, now=NOW)
    editors.hand_over(club, to=bilal, by=amina, now=NOW)
    assert (amina.leads_editors_of(club.id), bilal.leads_editors_of(club.id)) == (False, True)
    editors.leave(club, by=amina, now=NOW)
    assert not amina.speaks_for(club.id)
    editors.leave(club, by=bilal, now=NOW)  # the last one may go
    assert queries.editors_of(club.id) == []
    assert db.session.scalar(select(func.count()).select_from(Editorship)) == 2  # as history
    with pytest.raises(NotFound):
        editors.leave(club, by=bilal, now=NOW)


def test_a_lead_editor_lets_somebody_go_and_tells_them(club, amina, bilal):
    speak_for(club, amina, leads=True)
    speak_for(club, bilal)
    editors.let_go(bilal, club, by=amina, now=NOW)
    assert not bilal.speaks_for(club.id)
    assert [letter.to_address for letter in letters("editor-let-go")] == ["bilal@example.org"]
    with pytest.raises(NotAllowed):
        editors.let_go(amina, club, by=amina, now=NOW)


def test_a_new_sign_in_has_a_new_token_each_time(amina):
    tokens = {signed_in(amina)[0] for _ in range(3)}
    assert len(tokens) == 3
    assert db.session.scalar(select(func.count()).select_from(SignIn)) == 3
    assert not tokens & set(db.session.scalars(select(SignIn.token_hash)))
    assert db.session.get(Account, amina.id).signed_in_at == NOW


@pytest.mark.parametrize("opened", [0, 1])
def test_a_second_press_leaves_the_first_letter_good_and_one_sign_in_uses_up_both(amina, opened):
    for minute in (0, 1):
        accounts.ask_for_link(amina.email, whose="amina", now=NOW + minute * MINUTE)
    secrets = [letter.facts["secret"] for letter in letters("sign-in")]
    assert len(secrets) == 2
    assert accounts.sign_in_by_link(secrets[opened], browser="B", now=NOW + 2 * MINUTE)
    with pytest.raises(Refused):
        accounts.sign_in_by_link(secrets[1 - opened], browser="B", now=NOW + 3 * MINUTE)
    accounts.ask_for_link(amina.email, whose="amina", now=NOW + 17 * MINUTE)
    accounts.ask_for_link(amina.email, whose="amina", now=NOW + 28 * MINUTE)
    with pytest.raises(Refused):  # after ten minutes the newer one takes its place
        accounts.sign_in_by_link(letters("sign-in")[2].facts["secret"], browser="B", now=NOW + 29 * MINUTE)


def test_an_invitation_pressed_twice_is_one_letter_whose_link_works(club, amina):
    speak_for(club, amina, leads=True)
    for minute in (0, 9, 11):
        editors.invite("new@example.org", club, by=amina, now=NOW + minute * MINUTE)
        assert len(letters("invite-editor")) == (2 if minute == 11 else 1)
        assert len(queries.invitations_to(club.id, now=NOW + minute * MINUTE)) == 1
