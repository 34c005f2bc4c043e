"""Pages of breaks and leaving: who may, what each press answers, and what leads then see of it."""

from datetime import UTC, datetime, timedelta

import pytest

from directory.extensions import db, writing
from directory.models import Patch, Role, Stint, Work
from directory.queries import thanks


def day(ahead):
    return (datetime.now(UTC) + timedelta(days=ahead)).date()


def look_after(person, *codes):
    with writing(person):
        person.patches = [Patch(area_code=code) for code in codes]


def test_a_break_is_one_form_and_the_desk_rests(client, make, stella):
    make.listing("Craft and Natter", checked_on=day(-400), contacts=[("phone", "01632 960126")])
    client.sign_in(stella)
    assert "Breaks and leaving" in client.get("/account/").text
    answer = client.post("/account/break", data={"until": day(20).isoformat()})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/break")
    assert "You take a break until" in client.get("/account/break").text
    assert "You take a break until" in client.get("/account/").text
    desk = client.get("/desk").text
    assert "Nothing is offered to you" in desk
    assert "Start this one" not in desk
    assert client.post("/account/break/end").headers["Location"] == "/desk"
    assert "Start this one" in client.get("/desk").text


@pytest.mark.parametrize("until", ["", "soon", "2026-02-31", "2001-01-01", "2199-01-01"])
def test_a_day_that_will_not_do_is_said_so_and_kept(client, stella, until):
    client.sign_in(stella)
    answer = client.post("/account/break", data={"until": until})
    assert answer.status_code == 422
    assert "<title>Mistakes to fix: Breaks and leaving" in answer.text
    assert f'value="{until}"' in answer.text
    db.session.rollback()
    assert stella.back_on is None


def test_leaving_is_asked_once_and_done_at_once(client, stella, cai, ida):
    look_after(stella, "NR25", "NR24")
    look_after(cai, "NR24")
    client.sign_in(stella)
    assert "I am leaving" in client.get("/account/break").text
    asked = client.get("/account/leave").text
    assert "You do not look after NR24 and NR25 any more." in asked
    assert "Yes, I am leaving" in asked
    assert stella.role is Role.CURATOR  # a look changes nothing
    for _ in range(2):  # a second press is no mistake
        answer = client.post("/account/leave")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/left")
    assert "Thank you, and goodbye" in client.get("/account/left").text
    assert client.get("/account/").status_code == 200
    for closed in ("/desk", "/account/break", "/account/leave"):
        assert client.get(closed).status_code == 403
    client.sign_in(ida)
    assert "NR25 has nobody: whoever looked after it left." in client.get("/account/people").text
    look_after(cai, "NR25")
    assert "has nobody" not in client.get("/account/people").text


def test_leaving_asks_for_the_second_step_again(client, stella):
    client.sign_in(stella)
    with db.engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("UPDATE sign_in SET proved_at = '2020-01-01 00:00:00+00:00'")
    answer = client.post("/account/leave")
    assert answer.headers["Location"].startswith("/account/code")
    assert stella.role is Role.CURATOR


@pytest.mark.parametrize("who", ["amina", "lena", "otto"])
def test_whoever_does_not_curate_has_no_such_page(client, make, who):
    roles = {"amina": "editor", "lena": "link-worker", "otto": "admin"}
    client.sign_in(make.account(who.capitalize(), role=roles[who]))
    assert "Breaks and leaving" not in client.get("/account/").text
    assert client.get("/account/break").status_code == 403
    assert client.post("/account/break", data={"until": day(9).isoformat()}).status_code == 403
    assert client.get("/account/leave").status_code == 403


def test_a_lead_is_told_to_hand_over_first(client, ida):
    client.sign_in(ida)
    page = client.get("/account/break").text
    assert "Ask another lead" in page
    assert "When are you back?" not in page
    assert client.post("/account/break", data={"until": day(9).isoformat()}).status_code == 403
    assert client.post("/account/leave").status_code == 403


def test_the_letter_that_thanks_stops_and_comes_again(client, stella):
    client.sign_in(stella)
    for press, wanted in (("no", False), ("no", False), ("yes", True)):
        assert client.post("/account/thanks", data={"letters": press}).status_code == 303
        assert thanks.wants_thanks(stella) is wanted
        assert ("No such letter, please" in client.get("/account/break").text) is wanted


def test_own_figures_are_seen_by_oneself_and_the_lead(client, stella, ida, otto):
    with writing():
        ended = datetime.now(UTC) - timedelta(days=3)
        db.session.add(Stint(account_id=stella.id, work=Work.CHECK, subject_id=1, ended_at=ended, minutes=12))
    for person, sees in ((ida, True), (otto, False)):
        client.sign_in(person)
        assert ("Gave 12 minutes" in client.get(f"/account/people/{stella.uid}").text) is sees
    client.sign_in(stella)
    assert "12 minutes" in client.get("/desk").text
