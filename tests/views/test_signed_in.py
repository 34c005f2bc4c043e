"""Pages of people who are signed in: the second step, where they are signed in, other people, editors, a developer's letters."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from directory.actions import accounts as actions
from directory.actions import people
from directory.extensions import db, writing
from directory.models import Account, Editorship, Letter, LinkPurpose, Role, SignIn, Try, factors
from directory.models.letters import letter_to
from directory.views import access
from tests.conftest import make_app

PASSWORD = "a long walk on a wet day"


def now():
    return datetime.now(UTC)


def come_in(client, account, **headers):
    """Sign in by link, without a second step."""
    secret = actions.link_for(account, LinkPurpose.SIGN_IN, now=now())
    return client.post(f"/account/link/{secret}", headers=headers)


def row():
    return db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()


def age(**told):
    """The newest sign-in was proved, or seen, so long ago."""
    with writing():
        for name, ago in told.items():
            setattr(row(), f"{name}_at", now() - ago)


# The header of pages that are for anyone


@pytest.mark.parametrize("address", ["/", "/search", "/gaps", "/gaps/map", "/atlas", "/about/roles", "/status", "/gaps/new"])
def test_the_header_of_a_page_for_anyone_knows_who_is_signed_in(client, lena, address):
    assert ">Sign in</a>" in client.get(address).text
    client.sign_in(lena)
    page = client.get(address)
    header = page.text[page.text.index("<header") : page.text.index("</header>")]
    assert 'href="/account/"' in header
    assert "Sign out" in header
    assert ">Sign in</a>" not in header
    assert page.headers["Cache-Control"] == "no-store"


def test_a_page_for_anyone_sets_no_cookie_and_asks_nothing_of_somebody_without_one(app, client, lena):
    page = client.get("/about/roles")
    assert "Set-Cookie" not in page.headers
    assert "Cookie" not in page.headers["Vary"]
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], "of-an-old-key")
    page = client.get("/about/roles")
    assert ">Sign in</a>" in page.text
    assert "Set-Cookie" not in page.headers


def test_who_is_there_cannot_break_a_page_for_anyone(client, lena, monkeypatch):
    client.sign_in(lena)

    def away(*_args, **_how):
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr("directory.views.accounts.queries.sign_in_of", away)
    page = client.get("/about/roles")
    assert page.status_code == 200
    assert ">Sign in</a>" in page.text


# The second step


def test_a_curator_sets_the_second_step_up_before_anything_else(client, stella):
    assert come_in(client, stella).headers["Location"] == "/account/"
    answer = client.get("/account/?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/second-step?after=/account/?x%3D1")
    assert client.get("/account/password").headers["Location"].startswith("/account/second-step")
    page = client.get("/account/second-step?after=/account/").text
    assert "<svg" in page
    assert "style=" not in page[page.index("<svg role=") :].split("</svg>")[0]
    key = re.search(r"<strong>([a-z2-7 ]+)</strong>", page)[1].replace(" ", "").upper()
    wrong = client.post("/account/second-step", data={"code": "12"})
    assert wrong.status_code == 422
    assert key.lower()[:4] in wrong.text  # the same key is still offered
    shown = client.post("/account/second-step", data={"code": factors.code_at(key, now()), "after": "/account/password"})
    assert shown.text.count("<code>") == 10
    assert 'href="/account/password"' in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert client.get("/account/").status_code == 200
    assert client.post("/account/second-step", data={"code": "123456"}).status_code == 303  # sent twice


def test_the_code_is_asked_for_at_each_sign_in_and_leads_on(client, stella):
    with writing(stella):
        stella.totp_secret = factors.new_key()
    come_in(client, stella)
    for address in ("/account/", "/account/password", "/account/second-step", "/organisations/nowhere/editors"):
        assert client.get(address).headers["Location"].startswith("/account/code?after=/")
    assert client.post("/account/recovery-codes").headers["Location"].startswith("/account/code")
    assert client.post("/account/code", data={"code": "nothing"}).status_code == 422
    code = factors.code_at(stella.totp_secret, now())
    assert (
        client.post("/account/code", data={"code": code, "after": "/account/password"}).headers["Location"] == "/account/password"
    )
    assert client.get("/account/").status_code == 200
    assert client.post("/account/sign-out").status_code == 303


def test_an_editor_needs_none_and_may_do_without_it_again(client, amina):
    come_in(client, amina)
    assert client.get("/account/").status_code == 200
    assert client.get("/account/code").headers["Location"] == "/account/second-step"
    client.sign_in(amina)
    assert client.post("/account/second-step/remove").status_code == 303
    assert not amina.has_second_factor


def test_a_person_s_page_leads_to_what_they_changed_for_who_may_take_it_back(client, ida, otto, bilal):
    for who, count in ((ida, 1), (otto, 0)):
        client.sign_in(who)
        assert client.get(f"/account/people/{bilal.uid}").text.count(f'href="/desk/accounts/{bilal.uid}"') == count


def test_dangerous_steps_ask_again_after_a_quarter_of_an_hour(client, ida, bilal):
    client.sign_in(ida)
    person = f"/account/people/{bilal.uid}"
    age(proved=timedelta(minutes=14))
    assert client.get(person).status_code == 200
    age(proved=timedelta(minutes=16))
    assert client.get("/account/people").status_code == 200  # a look at the list is none
    assert client.get(person).headers["Location"] == f"/account/code?after={person}"
    for step in ("role", "areas", "suspend", "reinstate", "invite"):
        answer = client.post(f"{person}/{step}", data={"role": "lead"}, headers={"Referer": f"http://localhost{person}"})
        assert answer.headers["Location"] == f"/account/code?after={person}"
    assert db.session.get(Account, bilal.id).role is Role.EDITOR


def test_a_fragment_is_not_swapped_for_the_page_of_the_code(client, stella):
    come_in(client, stella)
    assert client.get("/account/", headers={"HX-Request": "true", "HX-Target": "answers"}).status_code == 403


# Sign-ins


def test_a_person_sees_where_they_are_signed_in_and_ends_one(app, client, amina):
    other = app.test_client()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    come_in(other, amina, **{"User-Agent": firefox})
    client.sign_in(amina)
    page = client.get("/account/").text
    assert "Firefox on Linux" in page
    assert page.count("Last used today") == 1
    assert page.count("This browser") == 1
    address = re.search(r'action="(/account/sign-ins/[^"]+/end)"', page)[1]
    assert client.post(address).status_code == 303
    assert other.get("/account/").headers["Location"].startswith("/account/sign-in")
    assert client.get("/account/").status_code == 200


def test_nobody_ends_somebody_elses_sign_in(client, amina, bilal):
    client.sign_in(amina)
    uid = row().uid
    client.sign_in(bilal)
    assert client.post(f"/account/sign-ins/{uid}/end").status_code == 404
    assert db.session.scalars(select(SignIn).where(SignIn.uid == uid)).one().ended_at is None


@pytest.mark.parametrize("end", ["sign out", "password", "role", "suspension", "idle"])
def test_an_old_cookie_is_worth_nothing(app, client, amina, ida, end):
    client.sign_in(amina)
    with client.session_transaction() as kept:
        stolen = dict(kept)
    thief = app.test_client()
    with thief.session_transaction() as kept:
        kept.update(stolen)
    assert thief.get("/account/").status_code == 200
    {
        "sign out": lambda: client.post("/account/sign-out"),
        "password": lambda: actions.choose_password(amina, PASSWORD, now=now()),
        "role": lambda: people.give_role(amina, Role.LINK_WORKER, by=ida, now=now()),
        "suspension": lambda: actions.suspend(amina, by=ida, reason="Because.", now=now()),
        "idle": lambda: age(seen=timedelta(days=14)),
    }[end]()
    assert thief.get("/account/").headers["Location"].startswith("/account/sign-in")
    assert thief.post("/account/password", data={"password": PASSWORD}).status_code == 403


def test_a_cookie_from_before_the_sign_in_is_worth_nothing_after_it(client, amina):
    with client.session_transaction() as kept:
        kept[access.TOKEN] = "planted"
        kept["factor_key"] = "PLANTED"
    come_in(client, amina)
    with client.session_transaction() as kept:
        assert kept[access.TOKEN] != "planted"
        assert "factor_key" not in kept


def test_that_somebody_was_here_is_kept_after_the_answer_has_gone(client, amina):
    client.sign_in(amina)
    age(seen=timedelta(minutes=50))
    before = row().seen_at
    client.get("/account/").close()
    assert row().seen_at == before
    age(seen=timedelta(minutes=70))
    before = row().seen_at
    answer = client.get("/account/", buffered=False)
    assert row().seen_at == before  # the look itself writes nothing
    answer.close()
    db.session.rollback()  # the reads before saw the moment before
    assert now() - row().seen_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("url", "name", "flags"),
    [("", "session", set()), ("https://directory.example.org", "__Host-session", {"Secure"})],
)
def test_the_cookie_is_tied_to_this_site(tmp_path, url, name, flags):
    app = make_app(tmp_path, PUBLIC_URL=url, WTF_CSRF_ENABLED=True)
    with app.app_context():
        answer = app.test_client().get("/account/sign-in", base_url=url.replace("directory.example.org", "localhost") or None)
        cookie = answer.headers["Set-Cookie"]
        parts = set(cookie.split("; "))
        assert cookie.startswith(f"{name}=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} | flags <= parts
        assert not any(part.startswith("Domain") for part in parts)
        assert ("Secure" in parts) == bool(flags)
        db.engine.dispose()


# Guesses over the web


def test_a_forged_address_gains_no_guesses(client, amina, monkeypatch):
    monkeypatch.setattr(actions, "is_password_of", lambda account, password: False)
    compared = 0
    for number in range(60):
        forged = {"X-Forwarded-For": f"10.1.2.{number}", "X-Real-IP": f"10.1.2.{number}", "Forwarded": f"for=10.1.2.{number}"}
        data = {"email": f"person{number}@example.org", "password": "guess"}
        compared += actions.WRONG in client.post("/account/sign-in", data=data, headers=forged).text
    assert compared == actions.GUESSES_AN_ADDRESS.at_once


def test_behind_one_proxy_only_what_it_says_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(actions, "is_password_of", lambda account, password: False)
    app = make_app(tmp_path, PROXY_COUNT=1)
    with app.app_context():
        client, compared = app.test_client(), 0
        for number in range(40):
            data = {"email": f"person{number}@example.org", "password": "guess"}
            headers = {"X-Forwarded-For": f"10.1.2.{number}, 203.0.113.7"}
            compared += actions.WRONG in client.post("/account/sign-in", data=data, headers=headers).text
        assert compared == actions.GUESSES_AN_ADDRESS.at_once
        assert len(db.session.scalars(select(Try.who).where(Try.what == "password").distinct()).all()) == 1
        db.engine.dispose()


def test_a_new_password_by_mail_says_the_same_to_all(client, amina):
    told = {}
    for email in (amina.email, "nobody@example.org"):
        answer = client.post("/account/new-password", data={"email": email})
        told[email] = (answer.status_code, answer.text.replace(email, "x"))
    assert len(set(told.values())) == 1
    (letter,) = db.session.scalars(select(Letter))
    address = f"/account/new-password/{letter.facts['secret']}"
    assert client.get(address).status_code == 200
    short = client.post(address, data={"password": "short"})
    assert short.status_code == 422
    assert "Mistakes to fix" in short.text
    assert client.post(address, data={"password": PASSWORD}).headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert client.get(address).status_code == 410
    assert client.post(address, data={"password": PASSWORD}).status_code == 410


def test_changing_a_password_keeps_this_browser(client, amina):
    come_in(client, amina)
    assert client.get("/account/password").text.count('type="password"') == 1
    assert client.post("/account/password", data={"password": "password123"}).status_code == 422
    assert client.post("/account/password", data={"password": PASSWORD}).status_code == 303
    page = client.get("/account/password")
    assert page.text.count('type="password"') == 2
    wrong = client.post("/account/password", data={"password": "kelp harbour tin", "current": "guess"})
    assert wrong.status_code == 422
    assert "not your password of now" in wrong.text
    assert client.post("/account/password", data={"password": "kelp harbour tin", "current": PASSWORD}).status_code == 303


# Other people


def test_a_lead_invites_somebody_and_looks_after_them(client, make, ida):
    client.sign_in(ida)
    typed = {"email": "new@example.org", "name": "Nia", "role": "curator", "areas": "nr25\nNorth Norfolk, NR27"}
    wrong = client.post("/account/people", data=typed | {"areas": "Atlantis", "role": ""})
    assert wrong.status_code == 422
    assert "Atlantis" in wrong.text
    assert 'value="new@example.org"' in wrong.text
    assert client.post("/account/people", data=typed | {"role": "admin"}).status_code == 403
    address = client.post("/account/people", data=typed).headers["Location"]
    nia = db.session.scalars(select(Account).where(Account.email == "new@example.org")).one()
    assert (nia.role, nia.display_name) == (Role.EDITOR, "Nia")  # until a second person agrees
    assert {patch.area_code for patch in nia.patches} == {"NR25", "NR27", "E07000147"}
    assert "Looks after NR25, NR27, North Norfolk." in client.get(address).text
    assert "North Norfolk" in client.get("/account/people").text
    assert client.post(f"{address}/invite").status_code == 303
    assert client.post(f"{address}/areas", data={"areas": ""}).status_code == 303
    assert client.post(f"{address}/role", data={"role": "senior"}).status_code == 422  # one waits already
    assert "Somebody else who may give this role has to agree" in client.get(address).text
    assert client.post(f"{address}/role/agree").status_code == 403
    client.sign_in(make.account("Second", role="lead"))
    assert "Ida proposed" in client.get(address).text
    assert client.post(f"{address}/role/agree").status_code == 303
    assert client.post(f"{address}/role/agree").status_code == 409
    client.sign_in(ida)
    assert client.post(f"{address}/role", data={"role": "curator"}).status_code == 422
    assert client.post(f"{address}/suspend", data={"reason": ""}).status_code == 422
    assert client.post(f"{address}/suspend", data={"reason": "She left."}).status_code == 303
    assert "She left." in client.get(address).text
    assert client.post(f"{address}/reinstate").status_code == 303
    assert (nia.role, nia.is_suspended, nia.patches) == (Role.CURATOR, False, [])


def test_an_address_that_has_an_account_is_told_to_leads(client, ida, bilal):
    client.sign_in(ida)
    again = client.post("/account/people", data={"email": bilal.email.upper(), "role": "curator"})
    assert again.status_code == 422
    assert "already" in again.text


@pytest.mark.parametrize("page", ["/account/people", "/account/", "/organisations/garden-club/editors"])
def test_long_lists_ask_no_more_than_short_ones(client, make, ida, statements, page):
    club = make.organisation("Garden Club")

    def add(count):
        for number in range(count):
            person = make.account(f"Person {number}", email=f"p{make.numbers.__next__()}@example.org")
            with writing():
                db.session.add(Editorship(account_id=person.id, organisation_id=club.id, since=now()))
            people.give_patches(person, ["NR25", "E07000147"], by=ida, now=now())
            client.sign_in(ida)

    counts = []
    for more in (1, 29):
        add(more)
        statements.clear()
        assert client.get(page).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_an_editor_invites_another_leaves_and_hands_over(app, client, make, amina, bilal):
    club = make.organisation("Garden Club")
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=now(), leads=True))
    client.sign_in(amina)
    here = "/organisations/garden-club/editors"
    assert 'href="/organisations/garden-club/editors"' in client.get("/account/").text
    assert client.post(here, data={"email": "nonsense"}).status_code == 422
    assert client.post(here, data={"email": bilal.email}).status_code == 303
    assert "bilal@example.org" in client.get(here).text
    (letter,) = db.session.scalars(select(Letter).where(Letter.kind == "invite-editor"))
    other = app.test_client()
    link = f"/account/link/{letter.facts['secret']}"
    assert other.get(here).status_code == 303
    assert "you edit for Garden Club" in other.get(link).text
    other.post(link)
    assert other.get(here).status_code == 200
    assert client.post(f"{here}/leave").status_code == 422
    assert client.post(f"{here}/{bilal.uid}/lead").status_code == 303
    assert client.post(f"{here}/leave").status_code == 303
    assert client.get(here).status_code == 403
    assert bilal.leads_editors_of(club.id)


# A developer's letters


@pytest.fixture
def letterbox(app, tmp_path, monkeypatch):
    """Two letters in the folder."""
    from directory import jobs

    for name, value in {"MAIL_BACKEND": "file", "MAIL_FOLDER": str(tmp_path), "PUBLIC_URL": ""}.items():
        monkeypatch.setitem(app.config, name, value)
    with writing():
        letter = letter_to("amina@example.org", "sign-in", now(), secret="s" * 40, after="")
        db.session.add(letter)
        db.session.add(letter_to("bilal@example.org", "reinstated", now()))
    assert jobs.send_letters(app, now=now() + timedelta(minutes=1)) == 2
    return f"/dev/mail/{letter.uid}"


def test_letters_can_be_read_on_a_developers_own_machine(client, letterbox):
    page = client.get("/dev/mail").text
    assert "amina@example.org" in page
    assert "bilal@example.org" in page
    assert f'href="{letterbox}"' in page
    assert f'href="/account/link/{"s" * 40}"' in client.get(letterbox).text
    assert client.get("/dev/mail/00000000-0000-0000-0000-000000000000").status_code == 404
    assert client.get("/dev/mail/..%2f..%2fetc").status_code == 404


@pytest.mark.parametrize(
    "case",
    [
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"X-Forwarded-Proto": "http"}},
        {"headers": {"x-forwarded-anything": ""}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"Via": "1.1 proxy"}},
        {"environ_base": {"REMOTE_ADDR": "192.168.1.7"}},
        {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}},
        {"environ_base": {"REMOTE_ADDR": ""}},
        {"environ_base": {"REMOTE_ADDR": "::ffff:203.0.113.7"}},
        {"settings": {"PUBLIC_URL": "https://directory.example.org"}},
        {"settings": {"PUBLIC_URL": "http://directory.example.org"}},
        {"settings": {"MAIL_BACKEND": "smtp"}},
        {"settings": {"MAIL_BACKEND": "console"}},
        {"settings": {"PROXY_COUNT": 1}},
        {"settings": {"TRUSTED_HOSTS": ["directory.example.org"]}, "base_url": "http://directory.example.org"},
    ],
    ids=str,
)
def test_letters_are_nowhere_for_anybody_else(app, client, letterbox, monkeypatch, case):
    asked = dict(case)
    for name, value in asked.pop("settings", {}).items():
        monkeypatch.setitem(app.config, name, value)
    for address in ("/dev/mail", letterbox):
        assert client.get(address, **asked).status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "::1", "::ffff:127.0.0.1"])
def test_every_way_to_say_this_machine_will_do(client, letterbox, address):
    assert client.get("/dev/mail", environ_base={"REMOTE_ADDR": address}).status_code == 200


def test_the_list_of_people_says_whose_role_waits_for_whom(client, make, ida, otto, amina):
    other = make.account("Lea", role="lead")
    people.give_role(amina, Role.SENIOR, by=ida, now=now())
    for who, told in ((other, "waits for your yes"), (ida, "waits for another person"), (otto, "waits for another person")):
        client.sign_in(who)
        page = client.get("/account/people").text
        assert page.count(told) == 1
        assert page.count("May become") == 1
    client.sign_in(other)
    client.post(f"/account/people/{amina.uid}/role/agree")
    assert "May become" not in client.get("/account/people").text
