"""Claims: proved by the contact on the page or by a register and a second person, contested, refused by silence, forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import claim_ends, retention
from directory.actions import claims as actions
from directory.actions import editors as editing
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    Account,
    AuditRow,
    Claim,
    ClaimState,
    ContactPoint,
    Editorship,
    Letter,
    Means,
    NoLetters,
    Organisation,
    Outcome,
    Revision,
    Stint,
    Voice,
    records,
)
from directory.models.letters import letter_to
from directory.queries import accounts as people
from directory.queries import claims as queries
from directory.queries.claims import Way
from tests.make import NOW

DAY = timedelta(days=1)
MAIL, PHONE = Way("mail", "hello@garden.example"), Way("phone", "01632 960142")


@pytest.fixture
def garden(make):
    """A listing that nobody is named for, with a number and an address on its page."""
    return make.listing("Garden Club", contacts=[("email", MAIL.value), ("phone", PHONE.value)])


@pytest.fixture
def lunch(make):
    """An organisation with one listing."""
    make.listing("Welcome Table", organisation="Lunch Club", contacts=[("email", MAIL.value), ("phone", PHONE.value)])
    return db.session.scalars(select(Organisation)).one()


@pytest.fixture
def held(lunch, bilal):
    """The same, with Bilal leading its editors."""
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=lunch.id, leads=True, since=NOW - 90 * DAY))
    return lunch


@pytest.fixture
def senior(make):
    return make.account("Sena", role="senior")


def letters(kind=""):
    """(kind, to whom), as they were written."""
    rows = db.session.scalars(select(Letter).order_by(Letter.id))
    return [(letter.kind, letter.to_address) for letter in rows if kind in ("", letter.kind)]


def secret(kind="claim-link"):
    return db.session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc())).first().facts["secret"]


def speaks(account, organisation):
    db.session.expire_all()
    return [(each.leads, each.ended_at) for each in account.editorships if each.organisation_id == organisation.id]


# By the contact on the page


def test_a_link_to_the_address_on_the_page_proves_it_at_once(lunch, amina):
    claim = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    assert (claim.state, claim.sent_to, claim.ends_at) == (ClaimState.CODE_SENT, MAIL.value, NOW + 14 * DAY)
    assert letters() == [("claim-link", MAIL.value)]
    assert secret() not in claim.code_hash
    actions.prove(claim, secret(), by=amina, now=NOW + DAY)
    assert (claim.state, claim.decided_at, claim.decided_by, claim.code_hash) == (ClaimState.GRANTED, NOW + DAY, None, "")
    assert speaks(amina, lunch) == [(True, None)]
    assert letters("claim-granted") == [("claim-granted", amina.email)]
    assert {"claimed", "claim proved", "claim granted", "editor joined"} <= set(db.session.scalars(select(AuditRow.verb)))


def test_a_code_read_out_at_the_number_on_the_page_proves_it(lunch, amina, stella):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    assert letters() == [("claim-code", amina.email)]  # whoever rings never sees it
    actions.hold(claim, by=stella, now=NOW)
    actions.hear_code(claim, f" {secret('claim-code')}. ", by=stella, now=NOW)
    assert (claim.state, claim.decided_by) == (ClaimState.GRANTED, stella.id)
    assert speaks(amina, lunch) == [(True, None)]


def test_a_try_at_the_number_is_a_row_and_the_next_is_at_another_hour(lunch, amina, stella, cai):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    actions.hold(claim, by=stella, now=NOW)
    with pytest.raises(Conflict):
        actions.try_later(claim, outcome=Outcome.NO_ANSWER, by=cai, now=NOW)
    actions.try_later(claim, outcome=Outcome.NO_ANSWER, by=stella, now=NOW)  # a Friday morning
    (tried,) = claim.attempts
    assert (tried.account_id, tried.made_at, tried.means, tried.outcome) == (stella.id, NOW, Means.PHONE, Outcome.NO_ANSWER)
    assert (tried.claim_id, tried.task_id) == (claim.id, None)
    (row,) = queries.waiting(cai, now=NOW + timedelta(minutes=1))
    assert (row.tries, row.holder) == (1, "")
    assert (row.next_try.date() - NOW.date(), row.next_try.hour) == (timedelta(days=1), 14)
    assert db.session.scalars(select(Stint.minutes)).all() == [1]
    assert "claim tried" in db.session.scalars(select(AuditRow.verb)).all()
    actions.hold(claim, by=cai, now=NOW + DAY)
    actions.hear_code(claim, secret("claim-code"), by=cai, now=NOW + DAY)
    assert [each.outcome for each in claim.attempts] == [Outcome.NO_ANSWER, Outcome.SPOKE]


def test_a_try_at_the_number_pressed_twice_is_one(lunch, amina, stella):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    actions.hold(claim, by=stella, now=NOW)
    for seconds in (1, 2, 90):
        actions.try_later(claim, outcome=Outcome.WRONG_NUMBER, by=stella, now=NOW + timedelta(seconds=seconds))
    assert len(claim.attempts) == len(db.session.scalars(select(Stint)).all()) == 1
    assert letters("claim-unreached") == [("claim-unreached", amina.email)]
    actions.try_later(claim, outcome=Outcome.WRONG_NUMBER, by=stella, now=NOW + timedelta(minutes=3))
    assert len(claim.attempts) == 2


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([Outcome.NO_ANSWER] * 3, 0),
        ([Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.NO_ANSWER], 1),
        ([Outcome.WRONG_NUMBER], 1),
    ],
)
def test_whoever_claims_hears_that_nobody_can_be_reached_there(lunch, amina, stella, outcomes, told):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    for number, outcome in enumerate(outcomes):
        actions.try_later(claim, outcome=outcome, by=stella, now=NOW + number * DAY)
    assert letters("claim-unreached") == [("claim-unreached", amina.email)] * told
    assert claim.state is ClaimState.CODE_SENT


def test_nothing_is_tried_where_no_number_is_rung(lunch, amina, stella):
    claim = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    with pytest.raises(Conflict):
        actions.try_later(claim, outcome=Outcome.NO_ANSWER, by=stella, now=NOW)
    assert claim.attempts == []


def test_what_is_tried_again_later_stands_behind_what_is_not(lunch, make, amina, bilal, stella):
    other = make.listing("Garden", organisation="Garden Club", contacts=[("phone", "01632 960143")])
    first = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    second = actions.claim(other.organisation, way=Way("phone", "01632 960143"), by=bilal, now=NOW + timedelta(hours=1))
    assert [row.claim for row in queries.waiting(stella, now=NOW + DAY)] == [first, second]
    actions.try_later(first, outcome=Outcome.BUSY, by=stella, now=NOW + DAY)
    assert [row.claim for row in queries.waiting(stella, now=NOW + DAY)] == [second, first]
    assert [row.claim for row in queries.waiting(stella, now=NOW + 5 * DAY)] == [first, second]


def test_five_wrong_codes_and_it_counts_no_more(lunch, amina, stella):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    right = secret("claim-code")
    for number in range(5):
        with pytest.raises(Refused, match="not the code" if number < 4 else "too often"):
            actions.hear_code(claim, "0000 000" + str(number), by=stella, now=NOW)
    with pytest.raises(Refused, match="too often"):
        actions.hear_code(claim, right, by=stella, now=NOW)
    assert letters("claim-code-dead") == [("claim-code-dead", amina.email)]
    actions.send_again(claim, by=amina, now=NOW)
    actions.hear_code(claim, secret("claim-code"), by=stella, now=NOW)
    assert claim.state is ClaimState.GRANTED


@pytest.mark.parametrize("way", [MAIL, PHONE])
def test_whoever_answers_may_say_that_none_of_them_asked(lunch, amina, stella, way):
    claim = actions.claim(lunch, way=way, by=amina, now=NOW)
    if way is MAIL:
        actions.deny(claim, secret(), now=NOW)
    else:
        actions.hear_no(claim, by=stella, now=NOW)
    assert (claim.state, claim.reason) == (ClaimState.REFUSED, actions.WHY_NOT_THEM)
    assert speaks(amina, lunch) == []
    assert letters("claim-refused") == [("claim-refused", amina.email)]


def test_only_a_contact_that_has_stood_on_the_page_proves_anything(app, lunch, amina, make):
    (listing,) = lunch.listings
    old = records.document(listing)
    with writing():
        listing.contact_points.append(ContactPoint(kind="phone", value="01632 960199"))
        listing.contact_points.append(ContactPoint(kind="phone", value="01632 960198", public=False))
        for number, moment in ((1, NOW - 40 * DAY), (2, NOW - 3 * DAY)):
            document = old if number == 1 else records.document(listing)
            given = {"document": document, "made_at": moment, "voice": Voice.VISITOR, "door": "page"}
            db.session.add(Revision(listing_id=listing.id, number=number, **given))
    assert queries.ways(lunch, now=NOW) == [MAIL, PHONE]
    assert Way("phone", "01632 960199") in queries.ways(lunch, now=NOW + 12 * DAY)
    for way in (Way("phone", "01632 960199"), Way("phone", "01632 960198"), Way("mail", amina.email), Way("", "nonsense")):
        with pytest.raises(Refused, match="not on the page"):
            actions.claim(lunch, way=way, by=amina, now=NOW)
    make.listing("Second Table", organisation=lunch, contacts=[("phone", "01632 960142")])
    assert queries.ways(lunch, now=NOW) == [PHONE]  # the address speaks for one of two listings only
    make.listing("Third Table", organisation=lunch)
    assert queries.ways(lunch, now=NOW) == []
    with writing():
        lunch.contact_points.append(ContactPoint(kind="email", value="office@lunch.example"))
    assert queries.ways(lunch, now=NOW) == [Way("mail", "office@lunch.example")]
    with writing():
        db.session.add(NoLetters(address_hash=people.digest("office@lunch.example"), said_at=NOW))
    assert queries.ways(lunch, now=NOW) == []


def test_a_listing_of_nobody_gets_an_organisation_of_its_own(make, garden, amina, bilal):
    other = make.organisation("Garden Club")
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=other.id, leads=True, since=NOW))
    claim = actions.claim(garden, way=MAIL, by=amina, now=NOW)
    assert letters("claim-editors") == []
    actions.prove(claim, secret(), by=amina, now=NOW)
    assert garden.organisation_id not in (None, other.id)
    assert garden.organisation.name == "Garden Club (garden-club)"
    assert amina.speaks_for(garden.organisation_id)
    assert not amina.speaks_for(other.id)
    assert (garden.revision_number, claim.organisation_id) == (1, garden.organisation_id)


def test_what_was_given_to_an_organisation_meanwhile_is_decided_by_a_second_person(garden, held, amina, senior):
    claim = actions.claim(garden, way=MAIL, by=amina, now=NOW)
    with writing():
        garden.organisation = held
    actions.prove(claim, secret(), by=amina, now=NOW)
    assert (claim.state, claim.organisation_id) == (ClaimState.PROVED, held.id)
    assert speaks(amina, held) == []
    actions.grant(claim, leads=False, by=senior, now=NOW)
    assert speaks(amina, held) == [(False, None)]


# Forged, used, another's


def test_a_link_works_once_for_one_claim_and_one_person(make, lunch, garden, amina, bilal, stella):
    claim = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    first = secret()
    assert (queries.by_link(garden, first), queries.by_link(lunch, first), queries.by_link(lunch, "x")) == (None, claim, None)
    with pytest.raises(NotAllowed, match="Somebody else asked"):
        actions.prove(claim, first, by=bilal, now=NOW)
    for wrong in ("", "x" * 43, first[:-1], first + "x"):
        with pytest.raises(Refused, match="ask for a new one"):
            actions.prove(claim, wrong, by=amina, now=NOW)
    later = NOW + timedelta(minutes=11)
    actions.send_again(claim, by=amina, now=later)
    with pytest.raises(Refused):
        actions.prove(claim, first, by=amina, now=later)
    with pytest.raises(Refused):
        actions.prove(claim, secret(), by=amina, now=NOW + 14 * DAY)
    theirs = actions.claim(garden, way=MAIL, by=bilal, now=NOW)
    with pytest.raises(Refused):
        actions.prove(claim, secret(), by=amina, now=NOW)  # of the other claim
    assert theirs.state is ClaimState.CODE_SENT
    with pytest.raises(NotAllowed):
        actions.send_again(claim, by=bilal, now=NOW)
    with pytest.raises(NotAllowed):
        actions.take_back(claim, by=bilal, now=NOW)
    assert speaks(amina, lunch) == speaks(bilal, lunch) == []


def test_a_used_link_says_so(lunch, amina):
    claim = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    used = secret()
    actions.prove(claim, used, by=amina, now=NOW)
    for press in (lambda: actions.prove(claim, used, by=amina, now=NOW), lambda: actions.deny(claim, used, now=NOW)):
        with pytest.raises(Refused, match="works no more"):
            press()
    assert queries.by_link(lunch, used) is None
    assert speaks(amina, lunch) == [(True, None)]


def test_nobody_floods_a_contact_or_a_claimant(lunch, amina, make):
    claim = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    for number in (1, 2):
        actions.send_again(claim, by=amina, now=NOW + number * timedelta(minutes=11))
    with pytest.raises(Refused, match="Three went there"):
        actions.send_again(claim, by=amina, now=NOW + timedelta(minutes=33))
    with pytest.raises(Refused, match="Three went there"):
        actions.claim(lunch, way=MAIL, by=make.account("Another"), now=NOW + timedelta(minutes=33))
    actions.send_again(claim, by=amina, now=NOW + DAY)
    assert len(letters("claim-link")) == 4


def test_so_many_claims_and_no_more(make, amina):
    for number in range(6):
        listing = make.listing(f"Club {number}", contacts=[("phone", f"01632 96014{number}")])
        if number < 5:
            actions.claim(listing, way=None, number="1123456", evidence="See page 2.", by=amina, now=NOW)
        else:
            with pytest.raises(Refused, match="several already"):
                actions.claim(listing, way=None, number="1123456", evidence="See page 2.", by=amina, now=NOW)


# By a register, and what is contested


def test_a_register_number_needs_a_second_person(lunch, amina, stella, senior, ida):
    claim = actions.claim(lunch, way=None, number="1123456", evidence="Page 2 of our report names me.", by=amina, now=NOW)
    assert (claim.state, claim.means, claim.sent_to) == (ClaimState.PROVED, "register", "1123456")
    for person in (stella, amina):
        with pytest.raises(NotAllowed):
            actions.grant(claim, leads=False, by=person, now=NOW)
    actions.hold(claim, by=ida, now=NOW)
    with pytest.raises(Conflict, match="Somebody else"):
        actions.grant(claim, leads=False, by=senior, now=NOW)
    actions.grant(claim, leads=False, by=ida, now=NOW)
    assert (claim.state, claim.decided_by) == (ClaimState.GRANTED, ida.id)
    assert speaks(amina, lunch) == [(True, None)]  # where nobody leads, they do
    with pytest.raises(Conflict):
        actions.refuse(claim, reason="No.", by=senior, now=NOW)


def test_nobody_decides_their_own_claim_nor_one_on_what_they_edit(held, amina, senior, ida):
    own = actions.claim(held, way=None, number="1123456", evidence="I am the chair.", by=senior, now=NOW)
    with writing():
        db.session.add(Editorship(account_id=ida.id, organisation_id=held.id, since=NOW))
    for person in (senior, ida):
        for press in (
            lambda person=person: actions.grant(own, leads=True, by=person, now=NOW),
            lambda person=person: actions.refuse(own, reason="No.", by=person, now=NOW),
            lambda person=person: actions.hold(own, by=person, now=NOW),
        ):
            with pytest.raises(NotAllowed):
                press()


def test_who_edits_already_is_told_and_is_not_passed_over(held, amina, bilal, senior):
    claim = actions.claim(held, way=MAIL, by=amina, now=NOW)
    assert letters() == [("claim-link", MAIL.value), ("claim-editors", bilal.email)]
    actions.prove(claim, secret(), by=amina, now=NOW + DAY)
    assert (claim.state, claim.ends_at) == (ClaimState.PROVED, NOW + 15 * DAY)
    assert speaks(amina, held) == []
    assert letters("claim-waits") == [("claim-waits", amina.email)]
    actions.grant(claim, leads=True, by=senior, now=NOW + 2 * DAY)
    assert speaks(amina, held) == [(True, None)]
    assert speaks(bilal, held) == [(False, None)]
    assert letters("claim-joined") == [("claim-joined", bilal.email)]


def test_a_refusal_has_a_reason_and_both_are_told(held, amina, bilal, senior):
    claim = actions.claim(held, way=None, number="1123456", evidence="I am the chair.", by=amina, now=NOW)
    with pytest.raises(Refused, match="Say in a sentence"):
        actions.refuse(claim, reason=" ", by=senior, now=NOW)
    actions.refuse(claim, reason="The register names others.", by=senior, now=NOW)
    assert (claim.state, claim.reason) == (ClaimState.REFUSED, "The register names others.")
    assert letters("claim-refused") == [("claim-refused", amina.email)]
    assert letters("claim-over") == [("claim-over", bilal.email)]
    assert actions.claim(held, way=MAIL, by=amina, now=NOW + DAY).state is ClaimState.CODE_SENT  # they may ask again


def test_whoever_leads_the_editors_lets_them_in_without_proof(held, amina, bilal, stella, senior):
    claim = actions.claim(held, way=PHONE, by=amina, now=NOW)
    for person in (amina, stella, senior):
        with pytest.raises(NotAllowed):
            actions.admit(claim, by=person, now=NOW)
    actions.admit(claim, by=bilal, now=NOW)
    assert (claim.state, speaks(amina, held)) == (ClaimState.GRANTED, [(False, None)])
    with pytest.raises(Conflict):
        actions.admit(claim, by=bilal, now=NOW)
    editing.hand_over(held, to=amina, by=bilal, now=NOW)
    editing.leave(held, by=bilal, now=NOW)
    assert speaks(amina, held) == [(True, None)]


def test_editors_who_are_suspended_hold_nothing(held, amina, bilal):
    with writing():
        bilal.suspended_at = NOW
    assert not queries.is_claimed(held.id)
    claim = actions.claim(held, way=MAIL, by=amina, now=NOW)
    actions.prove(claim, secret(), by=amina, now=NOW)
    assert claim.state is ClaimState.GRANTED
    assert letters("claim-editors") == []


def test_who_edits_already_has_nothing_to_ask(held, bilal, make):
    with pytest.raises(Conflict, match="speak for it already"):
        actions.claim(held, way=MAIL, by=bilal, now=NOW)
    for role in ("importer",):
        with pytest.raises(NotAllowed):
            actions.claim(held, way=MAIL, by=make.account("Feed", role=role), now=NOW)
    with pytest.raises(NotAllowed):
        actions.claim(held, way=MAIL, by=make.account("Sam", suspended_at=NOW), now=NOW)


def test_an_invitation_and_a_claim_make_one_editor(held, amina, bilal):
    claim = actions.claim(held, way=MAIL, by=amina, now=NOW)
    with writing():
        amina.editorships.append(Editorship(organisation_id=held.id, since=NOW))
    actions.prove(claim, secret(), by=amina, now=NOW)
    actions.admit(claim, by=bilal, now=NOW)
    assert (claim.state, speaks(amina, held)) == (ClaimState.GRANTED, [(False, None)])


# Silence, and what is forgotten


def test_silence_is_no_and_everybody_is_told(held, garden, amina, bilal, lena):
    asked = actions.claim(held, way=MAIL, by=amina, now=NOW)
    proved = actions.claim(garden, way=None, number="1123456", evidence="I am the chair.", by=lena, now=NOW)
    assert claim_ends.lapse(now=NOW + 14 * DAY - timedelta(seconds=1)) == 0
    assert claim_ends.lapse(now=NOW + 14 * DAY) == 2
    assert claim_ends.lapse(now=NOW + 14 * DAY) == 0
    for claim in (asked, proved):
        db.session.refresh(claim)
        assert (claim.state, claim.reason, claim.decided_by) == (ClaimState.REFUSED, claim_ends.WHY_SILENCE, None)
    assert sorted(letters("claim-lapsed")) == [("claim-lapsed", amina.email), ("claim-lapsed", lena.email)]
    assert sorted(letters("claim-over")) == [("claim-over", bilal.email), ("claim-over", MAIL.value)]


def test_leads_hear_once_of_what_waits_for_us_and_ends_soon(held, garden, amina, lena, ida, make):
    rung = actions.claim(garden, way=PHONE, by=amina, now=NOW)
    actions.claim(held, way=None, number="1123456", evidence="I am the chair.", by=lena, now=NOW)
    mailed = make.listing("Mailed", contacts=[("email", "m@example.org")])
    actions.claim(mailed, way=Way("mail", "m@example.org"), by=lena, now=NOW)  # waits for the group, not for us
    with writing():
        ida.editorships.append(Editorship(organisation_id=held.id, since=NOW))  # not about her own
    assert claim_ends.remind(now=NOW + 10 * DAY - timedelta(seconds=1)) == 0
    assert claim_ends.remind(now=NOW + 10 * DAY) == 1
    assert claim_ends.remind(now=NOW + 11 * DAY) == 0
    (letter,) = db.session.scalars(select(Letter).where(Letter.kind == "claim-ends"))
    assert (letter.to_address, letter.facts["claim"]) == (ida.email, rung.id)


def test_nothing_is_given_to_a_suspended_account(lunch, amina, stella, senior):
    rung = actions.claim(lunch, way=PHONE, by=amina, now=NOW)
    with writing():
        amina.suspended_at = NOW
    with pytest.raises(NotAllowed, match="suspended"):
        actions.hear_code(rung, secret("claim-code"), by=stella, now=NOW)
    with writing():
        rung.state = ClaimState.PROVED
    with pytest.raises(NotAllowed, match="suspended"):
        actions.grant(rung, leads=True, by=senior, now=NOW)
    assert (rung.state, speaks(amina, lunch)) == (ClaimState.PROVED, [])


def test_what_is_too_late_is_refused_before_the_sweep_comes(held, amina, senior, stella):
    asked = actions.claim(held, way=PHONE, by=amina, now=NOW)
    late = NOW + 14 * DAY
    for press in (
        lambda: actions.hear_code(asked, secret("claim-code"), by=stella, now=late),
        lambda: actions.send_again(asked, by=amina, now=late),
    ):
        with pytest.raises(Conflict):
            press()
    asked = actions.claim(held, way=None, number="1123456", evidence="I am the chair.", by=stella, now=NOW)
    with pytest.raises(Conflict):
        actions.grant(asked, leads=False, by=senior, now=late)


def test_papers_go_after_ninety_days_and_the_result_stays(lunch, amina, senior):
    claim = actions.claim(lunch, way=None, number="1123456", evidence="Page 2 of our report.", by=amina, now=NOW)
    retention.forget(now=NOW + 400 * DAY)
    db.session.refresh(claim)
    assert (claim.evidence, claim.sent_to) == ("Page 2 of our report.", "1123456")  # nobody has answered, so they are needed
    actions.refuse(claim, reason="The register names others.", by=senior, now=NOW + DAY)
    retention.forget(now=NOW + 91 * DAY)
    db.session.refresh(claim)
    assert (claim.evidence, claim.reason) == ("Page 2 of our report.", "The register names others.")
    retention.forget(now=NOW + 91 * DAY + timedelta(seconds=1))
    db.session.refresh(claim)
    assert (claim.evidence, claim.sent_to, claim.reason) == ("", "", "")
    assert (claim.state, claim.decided_by, claim.decided_at) == (ClaimState.REFUSED, senior.id, NOW + DAY)


def test_the_audit_chain_holds_no_words_of_a_claim(lunch, amina, senior):
    claim = actions.claim(lunch, way=None, number="1123456", evidence="Secret words.", by=amina, now=NOW)
    actions.refuse(claim, reason="Other words.", by=senior, now=NOW)
    told = " ".join(str(vars(row)) for row in db.session.scalars(select(AuditRow)))
    assert "words" not in told
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 1
    assert isinstance(letter_to("a@example.org", "claim-over", NOW), Letter)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 2


# Two who ask for the same


def test_who_comes_in_by_a_claim_is_told_of_the_claims_that_are_open(lunch, amina, bilal, senior):
    first = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    token = secret()
    second = actions.claim(lunch, way=MAIL, by=bilal, now=NOW)
    assert queries.rivals(first) == [second]
    actions.prove(first, token, by=amina, now=NOW)
    assert letters("claim-editors") == [("claim-editors", amina.email)]
    told = db.session.scalars(select(Letter).where(Letter.kind == "claim-editors")).one().facts
    assert (told["person"], told["slug"]) == (bilal.display_name or "Somebody", lunch.slug)
    actions.prove(second, secret(), by=bilal, now=NOW)
    actions.grant(second, leads=False, by=senior, now=NOW)
    assert queries.rivals(first) == []
    assert len(letters("claim-editors")) == 1
    assert letters("claim-joined") == [("claim-joined", amina.email)]


def test_the_same_of_a_listing_that_had_no_organisation(garden, amina, bilal):
    first = actions.claim(garden, way=MAIL, by=amina, now=NOW)
    token = secret()
    actions.claim(garden, way=PHONE, by=bilal, now=NOW)
    actions.prove(first, token, by=amina, now=NOW)
    told = db.session.scalars(select(Letter).where(Letter.kind == "claim-editors")).one()
    assert (told.to_address, told.facts["slug"]) == (amina.email, garden.organisation.slug)


# Who came by a link to the very address


def test_who_came_by_a_link_to_the_address_on_the_page_has_proved_it(lunch, make):
    hello = make.account("Hello", email=MAIL.value.upper())
    claim = actions.claim(lunch, way=MAIL, by=hello, reads_mail=True, now=NOW)
    assert (claim.state, claim.code_hash) == (ClaimState.GRANTED, "")
    assert speaks(hello, lunch) == [(True, None)]
    assert letters("claim-link") == []
    assert {"claimed", "claim proved", "claim granted"} <= set(db.session.scalars(select(AuditRow.verb)))


def test_where_somebody_edits_already_a_second_person_decides_all_the_same(held, make, bilal):
    hello = make.account("Hello", email=MAIL.value)
    claim = actions.claim(held, way=MAIL, by=hello, reads_mail=True, now=NOW)
    assert (claim.state, speaks(hello, held)) == (ClaimState.PROVED, [])
    assert letters("claim-editors") == [("claim-editors", bilal.email)]


def test_another_address_another_way_and_another_sign_in_prove_nothing(make, amina):
    places = [make.listing(name, contacts=[("email", MAIL.value), ("phone", PHONE.value)]) for name in ("One", "Two", "Three")]
    hello = make.account("Hello", email=MAIL.value)
    for listing, by, way, reads in (
        (places[0], amina, MAIL, True),
        (places[1], hello, PHONE, True),
        (places[2], hello, MAIL, False),
    ):
        assert actions.claim(listing, way=way, by=by, reads_mail=reads, now=NOW).state is ClaimState.CODE_SENT


@pytest.mark.parametrize("way", [MAIL, PHONE])
def test_asked_again_within_ten_minutes_nothing_is_sent_and_the_first_works(lunch, amina, stella, way):
    claim = actions.claim(lunch, way=way, by=amina, now=NOW)
    kind = "claim-link" if way is MAIL else "claim-code"
    first = secret(kind)
    actions.send_again(claim, by=amina, now=NOW + timedelta(minutes=9))
    assert len(letters(kind)) == 1
    soon = NOW + timedelta(minutes=9)
    if way is MAIL:
        actions.prove(claim, first, by=amina, now=soon)
    else:
        actions.hear_code(claim, first, by=stella, now=soon)
    assert claim.state is ClaimState.GRANTED


def test_what_went_for_another_claim_stops_no_letter(lunch, amina, bilal):
    mine = actions.claim(lunch, way=MAIL, by=amina, now=NOW)
    actions.claim(lunch, way=MAIL, by=bilal, now=NOW + timedelta(minutes=8))
    actions.send_again(mine, by=amina, now=NOW + timedelta(minutes=11))
    assert len(letters("claim-link")) == 3
