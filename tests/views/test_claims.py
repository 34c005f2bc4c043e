"""Pages of claims: for visitors, the form, the link in the letter, the desk, the editors, and one's own account."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import claims as actions
from directory.extensions import db, writing
from directory.models import Account, Claim, ClaimState, Editorship, Letter, SignIn
from directory.queries.claims import Way
from tests.test_routes import contents

MAIL, PHONE = Way("mail", "hello@garden.example"), Way("phone", "01632 960142")
ORPHAN, LUNCH = "/listings/garden-club/claim", "/organisations/lunch-club/claim"
OLD = "This link works no more"


def now():
    return datetime.now(UTC)


@pytest.fixture
def garden(make):
    return make.listing("Garden Club", contacts=[("email", MAIL.value), ("phone", PHONE.value)])


@pytest.fixture
def lunch(make):
    listing = make.listing("Welcome Table", organisation="Lunch Club", contacts=[("email", MAIL.value), ("phone", PHONE.value)])
    return listing.organisation


@pytest.fixture
def held(lunch, bilal):
    with writing():
        db.session.add(Editorship(account_id=bilal.id, organisation_id=lunch.id, leads=True, since=now()))
    return lunch


@pytest.fixture
def senior(make):
    return make.account("Sena", role="senior")


def letter(kind="claim-link"):
    return db.session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc())).first()


def only():
    return db.session.scalars(select(Claim)).one()


# Not signed in


def test_the_same_words_and_status_for_every_address(client, garden, amina, make):
    make.account("Sam", suspended_at=now())
    pages = {}
    for name in ("amina", "nobody", "sam"):
        answer = client.post(ORPHAN, data={"email": f"{name}@example.org"})
        pages[answer.status_code, answer.text.replace(name, "")] = name
    assert len(pages) == 1
    assert [row.to_address for row in db.session.scalars(select(Letter).where(Letter.given_up_at.is_(None)))] == [
        "amina@example.org",
        "nobody@example.org",
    ]
    assert {row.facts.get("after") for row in db.session.scalars(select(Letter))} == {f"{ORPHAN}/yours", None}


def test_a_mistake_keeps_what_was_typed(client, garden):
    answer = client.post(ORPHAN, data={"email": "hello@"})
    assert answer.status_code == 422
    assert 'value="hello@"' in answer.text
    assert "<title>Mistakes to fix: " in answer.text
    for _ in range(11):
        last = client.post(ORPHAN, data={"email": "somebody@example.org"})
    assert last.status_code == 422
    assert "Wait half an hour" in last.text


def test_a_listing_leads_to_the_claim_until_somebody_looks_after_it(client, garden, lunch, amina):
    assert f'href="{ORPHAN}"' in client.get("/listings/garden-club").text
    assert "Is this your group?" in client.get("/listings/welcome-table").text
    assert "Claim this organisation" in client.get("/organisations/lunch-club").text
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=lunch.id, leads=True, since=now()))
    page = client.get("/listings/welcome-table").text
    assert "Is this your group?" not in page
    assert "Sign in and edit it" in page
    assert "Ask to edit with the others" in client.get("/organisations/lunch-club").text
    assert "Somebody speaks for it already" in client.get(LUNCH).text


def test_what_nobody_sees_cannot_be_claimed(client, make, amina):
    make.listing("Hidden", status="hidden")
    make.listing("Ended", status="ended")
    client.sign_in(amina)
    for slug in ("hidden", "ended", "nothing"):
        assert [client.get(f"/listings/{slug}/claim{rest}").status_code for rest in ("", "/yours", "/x")] == [404] * 3
        assert client.post(f"/listings/{slug}/claim/yours", data={"way": MAIL.key}).status_code == 404


# Signed in


def test_whoever_is_signed_in_goes_on_and_a_listing_leads_to_its_organisation(client, lunch, amina):
    client.sign_in(amina)
    assert client.get("/listings/welcome-table/claim").headers["Location"] == f"{LUNCH}/yours"
    assert client.get("/listings/welcome-table/claim/yours").headers["Location"] == f"{LUNCH}/yours"
    page = client.get(f"{LUNCH}/yours").text
    assert f'value="{MAIL.key}"' in page
    assert f'value="{PHONE.key}"' in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Choose how we can make sure."),
        ({"way": "mail me@evil.example"}, "not on the page"),
        ({"way": "register", "evidence": "Page 2."}, "Give the number of the charity"),
        ({"way": "register", "number": "12", "evidence": "Page 2."}, "Give the number of the charity"),
        ({"way": "register", "number": "1123456"}, "Say in a sentence or two"),
        ({"way": "register", "number": "1123456", "evidence": "My date of birth is 1.2.1950"}, "looks like a date of birth"),
    ],
)
def test_what_does_not_do_is_said_and_kept(client, lunch, amina, typed, told):
    client.sign_in(amina)
    answer = client.post(f"{LUNCH}/yours", data=typed)
    assert answer.status_code == 422
    assert told in answer.text
    for value in typed.values():
        if value != "mail me@evil.example":
            assert value in answer.text
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


@pytest.mark.parametrize("name", ["", "See https://evil.example", "ring 0900 1234", "me@evil.example", "www.evil.example"])
def test_somebody_without_a_name_gives_one_that_is_no_advert(client, lunch, make, name):
    client.sign_in(make.account("New", display_name=""))
    assert client.post(f"{LUNCH}/yours", data={"way": MAIL.key, "name": name}).status_code == 422
    assert client.post(f"{LUNCH}/yours", data={"way": MAIL.key, "name": "Zoë O’Neill-Smith"}).status_code == 303
    assert only().account.display_name == "Zoë O’Neill-Smith"


@pytest.mark.parametrize("number", ["1123456", "SC 012345", "nic100123", "01234567", "1123456-2", "OC301234"])
def test_numbers_of_registers_as_people_write_them(client, lunch, amina, number):
    client.sign_in(amina)
    typed = {"way": "register", "number": number, "evidence": "Page 2 of our report."}
    assert client.post(f"{LUNCH}/yours", data=typed).status_code == 303
    assert only().sent_to == number.replace(" ", "").upper()


def ten_minutes_pass():
    """Since the letters of now."""
    db.session.rollback()
    with writing():
        for letter in db.session.scalars(db.select(Letter)):
            letter.made_at -= timedelta(minutes=10)


def test_how_it_stands_is_on_the_page_and_can_be_taken_back(client, lunch, amina):
    client.sign_in(amina)
    assert client.post(f"{LUNCH}/yours", data={"way": PHONE.key}).headers["Location"] == f"{LUNCH}/yours"
    assert client.post(f"{LUNCH}/yours", data={"way": PHONE.key}).status_code == 303  # twice is once
    assert only().state is ClaimState.CODE_SENT
    assert "A volunteer rings 01632 960142" in client.get(f"{LUNCH}/yours").text
    assert "Lunch Club" in client.get("/account/").text
    ten_minutes_pass()
    assert client.post(f"{LUNCH}/again").headers["Location"] == f"{LUNCH}/yours?sent=again"
    assert "It is on its way" in client.get(f"{LUNCH}/yours?sent=again").text
    for _ in range(2):  # pressed twice is once
        ten_minutes_pass()
        client.post(f"{LUNCH}/again")
        late = client.post(f"{LUNCH}/again")
    assert (late.status_code, "Three went there today" in late.text) == (422, True)
    assert client.post(f"{LUNCH}/take-back").status_code == 303
    assert only().reason == actions.WHY_TAKEN_BACK
    assert "You asked for this before" in client.get(f"{LUNCH}/yours").text
    assert client.post(f"{LUNCH}/take-back").status_code == 409
    assert client.post(f"{LUNCH}/again").status_code == 409


def test_a_claim_asks_for_the_second_factor_again(client, lunch, amina):
    client.sign_in(amina)
    claim = actions.claim(lunch, way=MAIL, by=amina, now=now())
    token = letter().facts["secret"]
    with writing():
        db.session.scalars(select(SignIn)).one().proved_at = now() - timedelta(minutes=16)
    for step, data in (("/yours", {"way": PHONE.key}), ("/again", {}), (f"/{token}", {})):
        answer = client.post(LUNCH + step, data=data, headers={"Referer": f"http://localhost{LUNCH}/yours"})
        assert answer.headers["Location"] == f"/account/code?after={LUNCH}/yours"
    db.session.refresh(claim)
    assert claim.state is ClaimState.CODE_SENT
    with writing(amina):
        amina.totp_secret = ""
    assert client.post(f"{LUNCH}/{token}").status_code == 303  # somebody without one goes on
    db.session.refresh(claim)
    assert claim.state is ClaimState.GRANTED


# The link in the letter


def test_looking_at_the_link_changes_nothing_and_pressing_it_grants(client, lunch, amina, bilal):
    actions.claim(lunch, way=MAIL, by=amina, now=now())
    token = letter().facts["secret"]
    before = contents()
    page = client.get(f"{LUNCH}/{token}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Sign in and say yes" in page.text
    assert "None of us" not in page.text
    client.head(f"{LUNCH}/{token}")
    assert contents() == before
    assert client.post(f"{LUNCH}/{token}").status_code == 403  # not signed in
    client.sign_in(bilal)
    assert "somebody else asked" in client.get(f"{LUNCH}/{token}").text
    refused = client.post(f"{LUNCH}/{token}")
    assert (refused.status_code, "Somebody else asked for this" in refused.text) == (403, True)
    client.sign_in(amina)
    assert "Yes, that is me" in client.get(f"{LUNCH}/{token}").text
    assert client.post(f"{LUNCH}/{token}").headers["Location"] == f"{LUNCH}/yours"
    assert "You speak for Lunch Club" in client.get(f"{LUNCH}/yours").text
    assert only().state is ClaimState.GRANTED
    before = contents()
    assert client.post(f"{LUNCH}/{token}").headers["Location"] == f"{LUNCH}/yours"  # pressed twice
    assert contents() == before
    client.sign_in(bilal)
    assert client.post(f"{LUNCH}/{token}").status_code == 410


def test_a_wrong_link_offers_a_new_one(client, lunch, garden, amina, bilal):
    actions.claim(garden, way=MAIL, by=bilal, now=now() - timedelta(days=15))
    late = letter().facts["secret"]
    actions.claim(lunch, way=MAIL, by=amina, now=now())
    token = letter().facts["secret"]
    client.sign_in(amina)
    wrong = [
        f"{LUNCH}/{token}x",
        f"{LUNCH}/{token[:-1]}",
        f"{LUNCH}/{late}",
        f"{ORPHAN}/{token}",
        f"{ORPHAN}/{late}",
        f"{LUNCH}/x",
    ]
    for address in wrong:
        for answer in (client.get(address), client.post(address), client.post(f"{address}/not-us")):
            assert answer.status_code == 410, address
            assert OLD in answer.text
            assert "Ask for a new one" in answer.text
    client.post(f"{LUNCH}/{token}")
    assert client.post(f"{LUNCH}/{token}").status_code == 303  # pressed twice by the same person
    client.sign_in(bilal)
    for answer in (client.get(f"{LUNCH}/{token}"), client.post(f"{LUNCH}/{token}"), client.post(f"{LUNCH}/{token}/not-us")):
        assert (answer.status_code, OLD in answer.text) == (410, True)  # replayed
    assert db.session.scalars(select(Editorship.account_id)).all() == [amina.id]


def test_whoever_reads_the_mail_says_no_without_an_account(client, lunch, amina):
    actions.claim(lunch, way=MAIL, by=amina, now=now())
    answer = client.post(f"{LUNCH}/{letter().facts['secret']}/not-us")
    assert "Whoever asked is told" in answer.text
    assert (only().state, only().reason) == (ClaimState.REFUSED, actions.WHY_NOT_THEM)


# The desk


def test_a_volunteer_rings_and_types_what_is_read_out(client, lunch, amina, stella):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=now())
    code = letter("claim-code").facts["secret"]
    client.sign_in(stella)
    assert "Does Amina speak for Lunch Club?" in client.get("/desk/claims").text
    assert "/desk/claims" in client.get("/desk").text
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "I look at this one" in page
    assert "That is the code" not in page
    assert client.post(f"/desk/claims/{claim.id}/hold").status_code == 303
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "please read me the code" in page
    assert code not in page
    assert code.replace(" ", "") not in page
    for typed, told in (("12", "all eight figures"), ("0000 0000", "not the code")):
        answer = client.post(f"/desk/claims/{claim.id}/code", data={"code": typed})
        assert (answer.status_code, told in answer.text) == (422, True)
    answer = client.post(f"/desk/claims/{claim.id}/code", data={"code": code})
    assert answer.headers["Location"] == "/desk/claims?after=heard"
    assert "The code was right" in client.get("/desk/claims?after=heard").text
    assert only().state is ClaimState.GRANTED
    assert client.post(f"/desk/claims/{claim.id}/code", data={"code": code}).status_code == 409
    assert client.post(f"/desk/claims/{claim.id}/not-them").status_code == 409


def test_nobody_answers_and_what_was_tried_is_kept_and_said(client, lunch, amina, stella, cai):
    claim = actions.claim(lunch, way=PHONE, by=amina, now=now())
    client.sign_in(stella)
    client.post(f"/desk/claims/{claim.id}/hold")
    tries = f"/desk/claims/{claim.id}/tries"
    odd = client.post(tries, data={"outcome": "spoke"})
    assert (odd.status_code, "Press one of the buttons" in odd.text) == (422, True)
    done = client.post(tries, data={"outcome": "no-answer", "best_day": "1", "best_part": "evening"})
    assert done.headers["Location"] == "/desk/claims?after=tried"
    assert "It is kept" in client.get("/desk/claims?after=tried").text
    client.sign_in(cai)
    assert "Tried once, next on Tuesday" in client.get("/desk/claims").text
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "Tried once: no answer, " in page
    assert "Tuesday evenings are best" in page
    client.post(f"/desk/claims/{claim.id}/hold")
    client.sign_in(stella)
    assert client.post(tries, data={"outcome": "busy"}).status_code == 409
    client.sign_in(amina)
    assert "Rung once, in vain so far" in client.get(f"{LUNCH}/yours").text
    assert [each.best_time for each in only().attempts] == ["Tuesday evenings"]


def test_a_curator_names_an_editor_and_a_second_person_has_them_invited(client, lunch, stella, senior):
    client.sign_in(stella)
    editors = "/organisations/lunch-club/editors"
    assert "A second person decides" in client.get(editors).text
    bare = client.post(editors, data={"email": "jo@example.org"})
    assert (bare.status_code, "how you know" in bare.text, 'value="jo@example.org"' in bare.text) == (422, True, True)
    given = {"email": "jo@example.org", "evidence": "Page 2 of their report."}
    assert client.post(editors, data=given).status_code == 303
    assert "Named by Stella" in client.get(editors).text
    claim = only()
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "You named them" in page
    assert client.post(f"/desk/claims/{claim.id}/hold").status_code == 403
    client.sign_in(senior)
    assert "Named by Stella" in client.get("/desk/claims").text
    client.post(f"/desk/claims/{claim.id}/hold")
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "Stella names them, at jo@example.org" in page
    assert "Page 2 of their report." in page
    done = client.post(f"/desk/claims/{claim.id}", data={"press": "grant"})
    assert done.headers["Location"] == "/desk/claims?after=invited"
    assert letter("invite-editor").to_address == "jo@example.org"
    assert "they were invited" in client.get(f"/desk/claims/{claim.id}").text


def test_a_second_person_decides_with_the_code_of_the_telephone(client, held, amina, bilal, stella, senior, ida):
    claim = actions.claim(held, way=None, number="1123456", evidence="Page 2 of our report.", by=amina, now=now())
    client.sign_in(stella)
    assert "A senior curator or a lead decides this" in client.get(f"/desk/claims/{claim.id}").text
    assert client.post(f"/desk/claims/{claim.id}", data={"press": "grant"}).status_code == 403
    client.sign_in(senior)
    client.post(f"/desk/claims/{claim.id}/hold")
    page = client.get(f"/desk/claims/{claim.id}").text
    assert "Page 2 of our report." in page
    assert "Not one we know" in page
    assert "Bilal" in page
    nothing = client.post(f"/desk/claims/{claim.id}", data={"words": "Hm."})
    assert (nothing.status_code, "Press one of the buttons" in nothing.text) == (422, True)
    refused = client.post(f"/desk/claims/{claim.id}", data={"press": "refuse"})
    assert (refused.status_code, "Say in a sentence why not" in refused.text) == (422, True)
    with writing():
        for each in db.session.scalars(select(SignIn).where(SignIn.account_id == senior.id)):
            each.proved_at = now() - timedelta(minutes=16)
    again = client.post(f"/desk/claims/{claim.id}", data={"press": "grant"})
    assert again.headers["Location"].startswith("/account/code")
    client.sign_in(ida)
    assert "is looking at this until" in client.get(f"/desk/claims/{claim.id}").text
    assert client.post(f"/desk/claims/{claim.id}", data={"press": "lead"}).status_code == 409
    assert client.post(f"/desk/claims/{claim.id}/hold").status_code == 409
    client.sign_in(senior)
    assert client.post(f"/desk/claims/{claim.id}", data={"press": "lead"}).headers["Location"] == "/desk/claims?after=lead"
    assert [(each.account_id, each.leads) for each in db.session.scalars(select(Editorship).order_by(Editorship.id))] == [
        (bilal.id, False),
        (amina.id, True),
    ]


def test_the_desk_offers_a_number_to_ring_and_seniors_what_is_to_be_decided(client, lunch, amina, bilal, stella, senior):
    rung = actions.claim(lunch, way=PHONE, by=amina, now=now())
    asked = actions.claim(lunch, way=None, number="1123456", evidence="Page 2.", by=bilal, now=now() - timedelta(days=1))
    client.sign_in(stella)
    card = client.get("/desk").text.partition('id="job"')[2].partition("How this was chosen")[0]
    assert "Does Amina speak for Lunch Club?" in card
    assert f'href="/desk/claims/{rung.id}"' in card
    client.sign_in(senior)
    card = client.get("/desk").text.partition('id="job"')[2].partition("How this was chosen")[0]
    assert f'href="/desk/claims/{asked.id}"' in card
    client.post("/desk/next", data={"work": "claim", "subject": str(asked.id)})
    assert f'href="/desk/claims/{rung.id}"' in client.get("/desk").text
    for _ in range(5):
        client.post(f"/desk/claims/{rung.id}/code", data={"code": "00000000"})
    assert "/desk/claims/" not in client.get("/desk").text  # it waits for a new code


def test_what_no_form_asks_for_is_not_taken(client, lunch, amina, bilal):
    client.sign_in(amina)
    more = {"state": "granted", "account_id": bilal.id, "organisation_id": 99, "sent_to": "x@evil.example", "leads": "1"}
    assert client.post(f"{LUNCH}/yours", data={"way": MAIL.key, **more}).status_code == 303
    assert (only().state, only().account_id, only().organisation_id) == (ClaimState.CODE_SENT, amina.id, lunch.id)
    assert only().sent_to == MAIL.value


def test_ones_own_are_not_on_the_list(client, held, senior, stella, bilal):
    actions.claim(held, way=PHONE, by=stella, now=now())
    with writing():
        db.session.add(Editorship(account_id=senior.id, organisation_id=held.id, since=now()))
    for person in (stella, senior):
        client.sign_in(person)
        assert "Nothing waits for you" in client.get("/desk/claims").text
        assert "Somebody else sees to it" in client.get(f"/desk/claims/{only().id}").text
        assert client.post(f"/desk/claims/{only().id}/not-them").status_code == 403
    client.sign_in(bilal)
    assert client.get("/desk/claims").status_code == 403


@pytest.mark.parametrize("address", ["/desk/claims", "/account/", "/organisations/lunch-club/editors"])
def test_as_many_statements_for_one_claim_as_for_thirty(client, make, stella, lunch, statements, address):
    def asked(count):
        for number in range(count):
            by = make.account(f"Person {number} of {count}")
            organisation = make.organisation(f"Club {number} of {count}")
            actions.claim(organisation, way=None, number="1123456", evidence="Page 2.", by=by, now=now())
            actions.claim(lunch, way=None, number="1123456", evidence="Page 2.", by=by, now=now())
            if address == "/account/":
                with writing():
                    for claim in db.session.scalars(select(Claim).where(Claim.account_id == by.id)):
                        claim.account_id = stella.id

    client.sign_in(stella)
    client.get(address)
    asked(1)
    statements.clear()
    client.get(address)
    one = len(statements)
    asked(29)
    statements.clear()
    page = client.get(address).text
    assert len(statements) == one
    assert page.count("<li>") >= 30


# Joined up with the editors


def test_the_lead_of_the_editors_lets_them_in(client, held, amina, bilal, stella):
    claim = actions.claim(held, way=MAIL, by=amina, now=now())
    there = f"/organisations/lunch-club/editors/claims/{claim.id}"
    client.sign_in(stella)
    assert "Asked to join" in client.get("/organisations/lunch-club/editors").text
    assert client.post(there).status_code == 403  # curators decide on the desk
    client.sign_in(bilal)
    assert "Let them in" in client.get("/organisations/lunch-club/editors").text
    assert client.post("/organisations/lunch-club/editors/claims/99").status_code == 404
    assert client.post(there).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Editorship).where(Editorship.account_id == amina.id)) == 1
    assert client.post(there).status_code == 409


def test_a_claim_of_another_organisation_is_not_let_in_here(client, held, make, amina, bilal):
    other = make.organisation("Other Club")
    claim = actions.claim(other, way=None, number="1123456", evidence="Page 2.", by=amina, now=now())
    client.sign_in(bilal)
    assert client.post(f"/organisations/lunch-club/editors/claims/{claim.id}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(Account).join(Editorship)) == 1


def test_the_desk_says_who_else_asks_and_does_not_count_whoever_asked_as_somebody_else(client, lunch, amina, bilal, senior):
    first = actions.claim(lunch, way=None, number="1123456", evidence="Page 2.", by=amina, now=now())
    second = actions.claim(lunch, way=None, number="1123456", evidence="Page 3.", by=bilal, now=now())
    client.sign_in(senior)
    page = client.get(f"/desk/claims/{first.id}").text
    assert "Nobody edits for it yet" in page
    assert f"/desk/claims/{second.id}" in page
    assert "They were told" not in page
    actions.grant(first, leads=False, by=senior, now=now())
    page = client.get(f"/desk/claims/{first.id}").text
    assert "Nobody else edits for it" in page
    assert "hear of a claim" not in page
    page = client.get(f"/desk/claims/{second.id}").text
    assert "They hear of a claim by letter" in page


@pytest.mark.parametrize(("by_link", "hours", "state"), [(True, 1, "granted"), (False, 1, "code-sent"), (True, 25, "code-sent")])
def test_who_signed_in_by_a_link_to_that_address_lately_needs_no_second_letter(client, lunch, make, by_link, hours, state):
    hello = make.account("Hello", email=MAIL.value)
    client.sign_in(hello)
    with writing():
        here = db.session.scalars(select(SignIn)).one()
        here.by_link, here.made_at = by_link, now() - timedelta(hours=hours)
    page = client.get(f"{LUNCH}/yours").text
    assert ("You came by a link to this address" in page) is (state == "granted")
    assert client.post(f"{LUNCH}/yours", data={"way": MAIL.key}).status_code == 303
    assert only().state.value == state


def test_what_a_register_needs_is_shown_without_pressing_further(client, lunch, amina):
    client.sign_in(amina)
    page = client.get(f"{LUNCH}/yours").text
    assert "<details" not in page[page.index('name="way"') : page.index("Ask to look after it")]
    assert 'name="number"' in page
