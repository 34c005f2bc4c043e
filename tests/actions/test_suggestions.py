"""Suggestions: what waits, what goes live at once, who may decide, and that nothing is decided twice or by its author."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import suggestions as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import AuditRow, Editorship, Lease, Letter, Listing, Revision, State, Status, Stint, Suggestion, records
from tests.make import NOW


@pytest.fixture
def table(make, vocabulary):
    listing = make.listing(
        "Welcome Table", organisation="Lunch Club", contacts=[("phone", "01632 960142")], summary="A hot lunch."
    )
    return listing


@pytest.fixture
def editor(amina, table):
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=table.organisation_id, since=NOW - timedelta(days=90)))
    return amina


DAY = timedelta(days=1)


def proposed(listing, **changed):
    return {**records.document(listing), **changed}


def send(listing, by=None, now=NOW, **changed):
    return actions.suggest(
        listing,
        record=proposed(listing, **changed),
        base_number=listing.revision_number,
        by=by,
        door="page",
        now=now,
        who="a visitor",
    )


def test_the_published_version_stays_up_while_a_suggestion_waits(table, editor, stella):
    suggestion = send(table, by=editor, summary="A hot lunch and good company.")
    assert (suggestion.state, suggestion.fields, suggestion.approvals) == (State.WAITING, ["summary"], 1)
    assert table.summary == "A hot lunch."
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW)
    assert suggestion.state is State.APPROVED
    assert table.summary == "A hot lunch and good company."
    revision = db.session.scalars(
        select(Revision).where(Revision.listing_id == table.id).order_by(Revision.number.desc())
    ).first()
    assert (revision.account_id, revision.suggestion_id) == (editor.id, suggestion.id)
    assert [row.verb for row in db.session.scalars(select(AuditRow).order_by(AuditRow.number))] == [
        "suggested",
        "agreed",
        "listing changed",
    ]
    assert [letter.kind for letter in db.session.scalars(select(Letter))] == ["suggestion-approved"]


def test_nobody_decides_on_their_own_words(table, make):
    curator = make.account("Stella", role="curator")
    mine = send(table, by=curator, contacts=[{"kind": "phone", "value": "01632 960999", "note": "", "public": True}])
    for decide in (
        lambda: actions.agree(mine, by=curator, number=table.revision_number, now=NOW),
        lambda: actions.refuse(mine, by=curator, reason="No.", now=NOW),
    ):
        with pytest.raises(NotAllowed):
            decide()
    assert mine.state is State.WAITING


def test_nobody_decides_for_their_own_organisation(table, stella):
    with writing():
        db.session.add(Editorship(account_id=stella.id, organisation_id=table.organisation_id, since=NOW))
    suggestion = send(table, summary="Something else.")
    with pytest.raises(NotAllowed):
        actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW)


def test_the_old_address_is_told_how_many_look(app, make, stella, editor):
    listing = make.listing("Craft and Natter", contacts=[("email", "craft@example.org")], modified_at=NOW)
    for by, words, moment in ((stella, "Until a second person agrees,", NOW), (editor, "Until two people agree,", NOW + DAY)):
        send(
            listing, by=by, now=moment, contacts=[{"kind": "email", "value": f"{by.id}@example.org", "note": "", "public": True}]
        )
        letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
        assert letter.kind == "contact-changed"
        assert words in " ".join(jobs.written(app, letter)[1].split())


def test_a_new_number_needs_two_and_somebody_who_rang(table, stella, cai):
    suggestion = send(table, contacts=[{"kind": "phone", "value": "01632 960999", "note": "", "public": True}])
    assert suggestion.approvals == 2
    assert suggestion.cools_until == NOW + timedelta(hours=72)
    with pytest.raises(Refused, match="Ring the number"):
        actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW)
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW, reached=True)
    assert suggestion.state is State.WAITING
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW, reached=True)  # the same person twice is one
    assert suggestion.state is State.WAITING
    actions.agree(suggestion, by=cai, number=table.revision_number, now=NOW + timedelta(hours=73))
    assert suggestion.state is State.APPROVED
    assert table.contact_points[0].value == "01632 960999"


def test_the_old_address_is_told_at_once(table, make, stella):
    listing = make.listing("Chess Club", contacts=[("email", "chess@example.org")])
    send(listing, contacts=[{"kind": "email", "value": "other@example.org", "note": "", "public": True}])
    (letter,) = db.session.scalars(select(Letter))
    assert (letter.to_address, letter.kind) == ("chess@example.org", "contact-changed")


def test_a_trusted_editor_goes_live_and_is_looked_at(table, editor, stella):
    with writing(editor):
        editor.signed_in_at = NOW - timedelta(days=3)
        for _ in range(5):
            db.session.add(
                Suggestion(
                    listing_id=table.id,
                    sort="change",
                    record={},
                    fields=[],
                    state=State.APPROVED,
                    made_at=NOW,
                    account_id=editor.id,
                    voice="group",
                    door="page",
                )
            )
    suggestion = send(table, by=editor, summary="Soup today.")
    assert (suggestion.state, table.summary) == (State.LIVE, "Soup today.")
    actions.look_at(suggestion, by=stella, now=NOW)
    assert suggestion.state is State.APPROVED
    with pytest.raises(Conflict):
        actions.look_at(suggestion, by=stella, now=NOW)


def test_part_of_it_may_stay_as_it_is(table, editor, stella):
    suggestion = send(table, by=editor, summary="New words.", name="Another Table")
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW, record={"name": "Welcome Table"})
    assert (table.name, table.summary) == ("Welcome Table", "New words.")
    (letter,) = db.session.scalars(select(Letter))
    assert letter.facts["kept"] == ["name"]


def test_a_listing_that_moved_on_is_a_conflict_and_nothing_is_lost(table, editor, stella, ida):
    suggestion = send(table, by=editor, summary="New words.")
    number = table.revision_number
    actions.suggest(table, record=proposed(table, name="Table"), base_number=number, by=ida, door="page", now=NOW)
    assert table.name == "Table"
    with pytest.raises(Conflict):
        actions.agree(suggestion, by=stella, number=number, now=NOW)
    with pytest.raises(Conflict):
        actions.suggest(table, record=proposed(table, summary="x"), base_number=number, by=editor, door="page", now=NOW)
    assert suggestion.state is State.WAITING
    assert suggestion.record["summary"] == "New words."


def test_a_suggestion_touches_only_what_it_changed_when_the_listing_moved_on(table, editor, stella, ida):
    suggestion = send(table, by=editor, summary="New words.")
    actions.suggest(table, record=proposed(table, name="Table"), base_number=table.revision_number, by=ida, door="page", now=NOW)
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW)
    assert (table.name, table.summary) == ("Table", "New words.")


def test_a_new_listing_appears_when_somebody_else_agrees(make, vocabulary, stella, table):
    record = proposed(table, name="Chair Yoga", venues=[], sessions=[])
    suggestion = actions.suggest(
        None, record=record, base_number=0, by=None, door="page", now=NOW, reply_to="a@example.org", who="x"
    )
    assert suggestion.listing_id is None
    actions.agree(suggestion, by=stella, number=0, now=NOW)
    listing = db.session.scalars(select(Listing).where(Listing.name == "Chair Yoga")).one()
    assert listing.status is Status.PUBLISHED
    assert suggestion.listing_id == listing.id
    assert suggestion.reply_to == ""
    assert [letter.to_address for letter in db.session.scalars(select(Letter))] == ["a@example.org"]


def test_a_new_listing_with_too_little_is_neither_sent_nor_published(make, vocabulary, stella, ida, table):
    record = proposed(table, name="Chair Yoga", venues=[], sessions=[])
    given = {"base_number": 0, "door": "page", "now": NOW, "who": "x"}
    for by in (None, ida):
        with pytest.raises(Refused, match="one sentence what it is"):
            actions.suggest(None, record={**record, "summary": ""}, by=by, **given)
        with pytest.raises(Refused, match="or say where it is"):
            actions.suggest(None, record={**record, "contacts": []}, by=by, **given)
    suggestion = actions.suggest(None, record=record, by=None, **given)
    with pytest.raises(Refused, match="or say where it is"):
        actions.agree(suggestion, by=stella, number=0, now=NOW, record={"contacts": []})
    assert (suggestion.listing_id, suggestion.state) == (None, State.WAITING)


def test_a_refusal_says_why_and_a_decision_stands(table, editor, stella, cai):
    suggestion = send(table, by=editor, summary="New words.")
    with pytest.raises(Refused):
        actions.refuse(suggestion, by=stella, reason=" ", now=NOW)
    actions.ask(suggestion, by=stella, question="Is it every week?", now=NOW)
    actions.refuse(suggestion, by=stella, reason="The hall says it is on Fridays.", now=NOW)
    with pytest.raises(Conflict):
        actions.agree(suggestion, by=cai, number=table.revision_number, now=NOW)
    assert [letter.kind for letter in db.session.scalars(select(Letter).order_by(Letter.id))] == [
        "suggestion-asked",
        "suggestion-refused",
    ]


def test_twelve_an_hour_come_from_one_address(table):
    for number in range(12):
        send(table, summary=f"Words {number}")
    with pytest.raises(Refused, match="within an hour"):
        send(table, summary="One more")


def test_nothing_changed_is_nothing_to_send(table, stella):
    with pytest.raises(Refused, match="Nothing was changed"):
        send(table)
    with pytest.raises(NotAllowed):
        actions.take_back(send(table, summary="Mine."), by=stella, now=NOW)


def live_change(table, editor, **changed):
    with writing(editor):
        editor.signed_in_at = NOW - timedelta(days=3)
        waiting = {"listing_id": table.id, "sort": "change", "record": {}, "fields": [], "voice": "group", "door": "page"}
        for _ in range(5):
            db.session.add(Suggestion(state=State.APPROVED, made_at=NOW, account_id=editor.id, **waiting))
    return send(table, by=editor, **changed)


def test_whoever_looks_at_it_holds_it_for_half_an_hour(table, editor, stella, cai):
    suggestion = send(table, by=editor, summary="New words.")
    lease = actions.hold(suggestion, by=stella, now=NOW)
    assert (lease.account_id, lease.ends_at) == (stella.id, NOW + timedelta(minutes=30))
    for decide in (
        lambda: actions.hold(suggestion, by=cai, now=NOW),
        lambda: actions.agree(suggestion, by=cai, number=table.revision_number, now=NOW),
        lambda: actions.ask(suggestion, by=cai, question="When?", now=NOW),
        lambda: actions.refuse(suggestion, by=cai, reason="No.", now=NOW),
    ):
        with pytest.raises(Conflict, match="Somebody else is looking"):
            decide()
    later = NOW + timedelta(minutes=31)
    assert actions.hold(suggestion, by=cai, now=later).account_id == cai.id
    with pytest.raises(Conflict):
        actions.hold(suggestion, by=stella, now=later)
    actions.let_go(suggestion, by=stella, now=later)  # what another holds is not hers to let go
    actions.let_go(suggestion, by=cai, now=later)
    actions.agree(suggestion, by=stella, number=table.revision_number, now=later)
    assert db.session.scalars(select(Stint)).all() == []


def test_nobody_holds_what_they_wrote_and_a_decision_ends_the_hold(table, editor, stella, ida):
    mine = send(table, by=ida, contacts=[{"kind": "phone", "value": "01632 960999", "note": "", "public": True}])
    with pytest.raises(NotAllowed):
        actions.hold(mine, by=ida, now=NOW)
    suggestion = send(table, by=editor, summary="New words.")
    actions.hold(suggestion, by=stella, now=NOW)
    actions.hold(suggestion, by=stella, now=NOW + timedelta(minutes=5))  # the clock of the work runs on
    actions.agree(suggestion, by=stella, number=table.revision_number, now=NOW + timedelta(minutes=6, seconds=10))
    assert db.session.scalars(select(Lease)).all() == []
    (stint,) = db.session.scalars(select(Stint))
    assert (stint.minutes, stint.account_id, stint.listing_id) == (7, stella.id, table.id)
    with pytest.raises(Conflict, match="decided"):
        actions.hold(suggestion, by=stella, now=NOW)


def test_what_went_live_can_be_put_back_and_what_others_changed_since_stays(table, editor, stella, ida):
    first = proposed(table, summary="Soup.")
    actions.suggest(table, record=first, base_number=table.revision_number, by=ida, door="page", now=NOW)
    suggestion = live_change(table, editor, summary="Soup today.", description="Buy my soup.")
    record = proposed(table, summary="Soup on Wednesdays.")
    actions.suggest(table, record=record, base_number=table.revision_number, by=ida, door="page", now=NOW)
    with pytest.raises(Refused):
        actions.put_back(suggestion, by=stella, reason=" ", now=NOW)
    with pytest.raises(NotAllowed):
        actions.put_back(suggestion, by=editor, reason="Mine.", now=NOW)
    assert actions.put_back(suggestion, by=stella, reason="It reads like an advert.", now=NOW) == ("summary",)
    assert (table.summary, table.description, suggestion.state) == ("Soup on Wednesdays.", "", State.REFUSED)
    newest = db.session.scalars(select(Revision).order_by(Revision.id.desc())).first()
    assert (newest.reverts_account_id, newest.reason) == (editor.id, "It reads like an advert.")
    with pytest.raises(Conflict):
        actions.put_back(suggestion, by=stella, reason="Again.", now=NOW)


def test_only_its_own_editors_speak_for_a_group(table, editor, bilal, stella):
    voices = [send(table, by=by, summary=f"Words {number}.").voice for number, by in enumerate((None, bilal, editor, stella))]
    assert voices == ["visitor", "visitor", "group", "volunteer"]


def phone(value, public=True):
    return {"kind": "phone", "value": value, "note": "", "public": public}


def contact_letters(app):
    """When each letter about new contacts goes, and what it says in one line."""
    rows = db.session.scalars(select(Letter).where(Letter.kind == "contact-changed").order_by(Letter.id)).all()
    return [(row.not_before, " ".join(jobs.written(app, row)[1].split())) for row in rows]


@pytest.fixture
def craft(make):
    old = [("email", "craft@example.org"), ("phone", "01632 960126")]
    return make.listing("Craft and Natter", organisation="Crafters", contacts=old, modified_at=NOW)


def test_a_flood_of_new_numbers_is_one_letter_and_one_change_that_waits(app, craft):
    old = records.document(craft)["contacts"]
    for number in range(7):
        send(craft, now=NOW + timedelta(seconds=number), contacts=[*old, phone(f"01632 96020{number}")])
    states = [each.state for each in db.session.scalars(select(Suggestion).order_by(Suggestion.id))]
    assert states == [State.WITHDRAWN] * 6 + [State.WAITING]
    (first, told), (later, rest) = contact_letters(app)
    assert (first, later) == (NOW, NOW + DAY)
    assert "a visitor would like Craft and Natter to be reached in another way. New: phone: 0 1 6 3 2 - 9 6 0 2 0 0" in told
    assert "9 6 0 2 0 6" in rest
    assert "9 6 0 2 0 5" not in rest  # it was replaced before anybody was told
    letters = [send(craft, now=NOW + timedelta(hours=hour), contacts=[*old, phone("01632 960210")]) for hour in (2, 3)]
    assert len(letters) == 2
    assert len(contact_letters(app)) == 2


def test_what_others_propose_the_same_day_is_named_together_a_day_later_and_waits(app, craft, stella, amina, cai):
    old = records.document(craft)["contacts"]
    first = send(craft, contacts=[*old, phone("01632 960201")])
    second = send(craft, by=amina, now=NOW + timedelta(hours=1), website="https://evil.example/page")
    third = send(craft, by=stella, now=NOW + timedelta(hours=2), contacts=[old[0]])
    assert [each.cools_until for each in (first, second, third)] == [None, NOW + timedelta(hours=73), NOW + timedelta(hours=74)]
    with pytest.raises(Refused, match="Ring the number"):
        actions.agree(second, by=stella, number=craft.revision_number, now=NOW + timedelta(hours=3))
    (_, told), (moment, together) = contact_letters(app)
    assert moment == NOW + DAY
    assert "New: website: evil dot example/page" in together
    assert "a curator would like" in together
    assert "No more: 0 1 6 3 2 - 9 6 0 1 2 6" in together
    assert "If we hear nothing, two curators look at it" in told
    assert "Answer this letter" in told
    actions.refuse(third, by=cai, reason="It rings.", now=NOW + timedelta(hours=4))
    assert "a curator would like" not in contact_letters(app)[1][1]
    actions.take_back(second, by=amina, now=NOW + timedelta(hours=4))
    assert len(contact_letters(app)) == 1
    send(craft, by=amina, now=NOW + DAY, website="https://crafters.example")
    assert [moment for moment, _ in contact_letters(app)] == [NOW, NOW + DAY]


def test_a_number_that_visitors_would_not_see_is_told_in_part(app, craft):
    send(craft, contacts=[*records.document(craft)["contacts"], phone("01632 960299", public=False)])
    ((_, told),) = contact_letters(app)
    assert "one that visitors would not see, with 299 at its end" in told
    assert "9 6 0 2 9 9" not in told


def test_a_visitor_who_writes_again_replaces_only_what_nobody_has_begun_with(table, stella, cai):
    held = send(table, summary="One.")
    actions.hold(held, by=stella, now=NOW)
    waits = send(table, summary="Two.", description="More of it.")
    assert (held.state, waits.state) == (State.WAITING, State.WAITING)
    other = send(table, first_visit="Come in by the side door.")
    again = send(table, summary="Three.")
    assert (waits.state, other.state) == (State.WITHDRAWN, State.WAITING)
    assert sorted(again.fields) == ["description", "summary"]
    assert (again.record["summary"], again.record["description"]) == ("Three.", "More of it.")
