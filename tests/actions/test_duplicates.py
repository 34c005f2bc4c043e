"""Doubles: found at night, told apart for good, merged by two people with their checks and addresses, taken apart again."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from directory.actions import accounts, curation, listings, splits, suggestions
from directory.actions import duplicates as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    AuditRow,
    Check,
    Editorship,
    OldAddress,
    Pair,
    PairState,
    Revision,
    SearchChange,
    State,
    Status,
    Voice,
    merging,
    records,
)
from directory.models.merging import PARTS, Side
from directory.queries import curation as curation_queries
from directory.queries import duplicates as queries
from tests.make import NOW

WEEKLY = {"rrule": "FREQ=WEEKLY;BYDAY=WE"}
PHONE = ("phone", "01632 960142")


@pytest.fixture
def senior(make):
    return make.account("Sana", role="senior")


@pytest.fixture
def two(make, vocabulary, stella):
    """The better known one, and a second one of nearly its name next door with another number and a newer check of it."""
    given = {"organisation": "Lunch Club", "session": WEEKLY, "venue": "Village Hall", "at": (52.9060, 1.0880)}
    first = make.listing("Welcome Table", summary="A hot lunch.", contacts=[PHONE], **given)
    second = make.listing("The Welcome Table", description="Soup.", contacts=[("phone", "01632 960777")], at=(52.9070, 1.0880))
    for listing, day in ((first, 1), (second, 9)):
        make.check(listing, "contact", checked_on=date(2026, 11, day), account_id=stella.id)
        # Real ones begin with a version.
        values = {"alert": "" if listing.alert else "New here"}
        listings.change(listing, version=listing.version, by_voice=Voice.STAFF, door="command", now=NOW, **values)
    return first, second


@pytest.fixture
def pair(two):
    assert actions.find(now=NOW) == 1
    return db.session.scalars(select(Pair)).one()


def propose(pair, by, *, kept=None, **sides):
    actions.propose(
        pair, kept=kept or pair.first, sides={name: Side(side) for name, side in sides.items()}, by=by, reason="", now=NOW
    )
    return pair.record["proposed_at"]


def test_the_night_finds_two_that_are_alike_and_says_why(pair, two):
    assert (pair.first_id, pair.second_id) == (two[0].id, two[1].id)
    assert [reason for reason, _ in pair.why] == ["name"]
    assert pair.score >= 0.6
    assert actions.find(now=NOW + timedelta(days=1)) == 1
    assert db.session.scalars(select(Pair.found_at)).all() == [NOW]


def test_a_guess_goes_when_it_holds_no_longer_and_its_reasons_follow(pair, two):
    listings.change(
        two[1],
        version=two[1].version,
        by_voice=Voice.GROUP,
        door="page",
        now=NOW,
        contacts=[{"kind": "phone", "value": "01632 960142", "note": "", "public": True}],
    )
    actions.find(now=NOW)
    assert {reason for reason, _ in db.session.scalars(select(Pair)).one().why} == {"name", "phone"}
    listings.end(two[1], by_voice=Voice.STAFF, door="page", now=NOW)
    assert actions.find(now=NOW) == 0
    assert db.session.scalars(select(Pair)).all() == []


def test_what_was_told_apart_stays_so_for_good(pair, stella):
    with pytest.raises(Refused):
        actions.tell_apart(pair, by=stella, reason=" ", now=NOW)
    actions.tell_apart(pair, by=stella, reason="One is for children.", now=NOW)
    assert (pair.state, pair.decided_by, pair.reason) == (PairState.NOT_THE_SAME, stella.id, "One is for children.")
    assert actions.find(now=NOW) == 0
    assert db.session.scalars(select(Pair.state)).all() == [PairState.NOT_THE_SAME]
    with pytest.raises(Conflict):
        actions.tell_apart(pair, by=stella, reason="Again.", now=NOW)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.HIDDEN, Status.ENDED])
def test_what_is_not_shown_is_no_double(make, two, status):
    with writing():
        two[1].status = status
    assert actions.find(now=NOW) == 0


def test_a_private_address_puts_nobody_side_by_side_by_place(make):
    make.listing("Safe House", at=(52.9060, 1.0880))
    make.listing("Safe House", at=(52.9060, 1.0880), confidential_location=True)
    assert actions.find(now=NOW) == 0


def test_a_name_alone_puts_a_listing_without_a_place_beside_its_namesake(make):
    make.listing("Holt Ukuleles", at=(52.9060, 1.0880))
    make.listing("Holt ukuleles")
    assert actions.find(now=NOW) == 1
    pair = db.session.scalars(select(Pair)).one()
    assert (pair.score, pair.why) == (0.55, [["name", 0.55]])


def test_one_proposes_and_a_second_who_may_decide_merges(pair, two, stella, cai, senior, ida, amina):
    first, second = two
    with pytest.raises(NotAllowed):
        propose(pair, amina)
    seen = propose(pair, stella, description="other", contacts="other")
    assert (pair.state, pair.proposed_by, pair.kept_id) == (PairState.PROPOSED, stella.id, first.id)
    for person in (stella, cai):
        with pytest.raises(NotAllowed):
            actions.merge(pair, seen=seen, by=person, now=NOW)
    seen = propose(pair, senior, description="other", contacts="other")
    with pytest.raises(NotAllowed):
        actions.merge(pair, seen=seen, by=senior, now=NOW)
    assert actions.merge(pair, seen=seen, by=ida, now=NOW) is first
    assert (first.status, second.status) == (Status.PUBLISHED, Status.ENDED)
    assert (first.summary, first.description) == ("A hot lunch.", "Soup.")
    assert [point.value for point in first.contact_points] == ["01632 960777"]
    assert pair.state is PairState.MERGED
    with pytest.raises(Conflict):
        actions.merge(pair, seen=seen, by=senior, now=NOW + timedelta(minutes=1))
    with pytest.raises(Conflict):
        actions.merge(pair, seen=seen, by=ida, now=NOW + timedelta(minutes=11))


def test_nobody_of_either_organisation_decides(pair, two, ida, stella):
    with writing():
        db.session.add(Editorship(account_id=ida.id, organisation_id=two[0].organisation_id, since=NOW))
    seen = propose(pair, stella)
    for attempt in (
        lambda: actions.merge(pair, seen=seen, by=ida, now=NOW),
        lambda: actions.tell_apart(pair, by=ida, reason="Ours.", now=NOW),
        lambda: propose(pair, ida),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_checks_travel_with_their_value_and_with_who_made_them(pair, two, stella, ida):
    actions.merge(pair, seen=propose(pair, stella, contacts="other"), by=ida, now=NOW)
    assert [(check.checked_on, check.account_id) for check in two[0].checks] == [(date(2026, 11, 9), stella.id)]


def test_checks_of_what_is_given_up_stay_behind(pair, two, stella, ida):
    actions.merge(pair, seen=propose(pair, stella, description="other"), by=ida, now=NOW)
    assert [check.checked_on for check in two[0].checks] == [date(2026, 11, 1)]


def test_the_old_address_leads_on_and_both_histories_stay(pair, two, stella, ida):
    before = db.session.query(Revision).count()
    noted = db.session.query(SearchChange).count()
    actions.merge(pair, seen=propose(pair, stella, description="other"), by=ida, now=NOW)
    assert queries.moved_to("the-welcome-table") == two[0]
    assert queries.moved_to("welcome-table") is None
    assert db.session.query(Revision).count() == before + 2
    assert db.session.query(SearchChange).count() >= noted + 2
    verbs = [row.verb for row in db.session.scalars(select(AuditRow).order_by(AuditRow.number))]
    assert verbs[-4:] == ["merging proposed", "listing changed", "listing ended", "merged"]


def test_an_address_leads_to_the_last_of_a_chain(make, pair, two, stella, ida):
    actions.merge(pair, seen=propose(pair, stella), by=ida, now=NOW)
    third = make.listing("Welcome Table", at=(52.9060, 1.0880))
    actions.find(now=NOW)
    (again,) = queries.waiting()
    actions.merge(again, seen=propose(again, stella, kept=third), by=ida, now=NOW)
    assert queries.moved_to("the-welcome-table") == third
    assert queries.moved_to("welcome-table") == third


def test_what_changed_since_it_was_proposed_has_to_be_looked_at_again(pair, two, stella, ida):
    seen = propose(pair, stella)
    listings.change(two[1], version=two[1].version, by_voice=Voice.GROUP, door="page", now=NOW, summary="New.")
    with pytest.raises(Conflict):
        actions.merge(pair, seen=seen, by=ida, now=NOW)
    assert two[1].status is Status.PUBLISHED


def test_a_later_proposal_takes_the_place_of_the_one_that_was_read(pair, stella, cai, ida):
    seen = propose(pair, stella)
    actions.propose(pair, kept=pair.second, sides={}, by=cai, reason="", now=NOW + timedelta(minutes=1))
    with pytest.raises(Conflict):
        actions.merge(pair, seen=seen, by=ida, now=NOW)


def test_taken_apart_both_say_again_what_they_said(pair, two, stella, ida, senior):
    before = [records.document(listing) for listing in two]
    sides = {"description": "other", "contacts": "both", "sessions": "both", "name": "other"}
    actions.merge(pair, seen=propose(pair, stella, **sides), by=ida, now=NOW)
    assert len(two[0].sessions) == 2
    with pytest.raises(NotAllowed):
        actions.part(pair, by=ida, reason="Two after all.", now=NOW)
    assert actions.part(pair, by=senior, reason="Two after all.", now=NOW) is two[1]
    assert [records.document(listing) for listing in two] == before
    assert db.session.scalars(select(OldAddress)).all() == []
    assert pair.state is PairState.NOT_THE_SAME
    assert actions.find(now=NOW) == 0


def test_taken_apart_later_words_stay(pair, two, stella, ida, senior):
    actions.merge(pair, seen=propose(pair, stella, description="other", contacts="both"), by=ida, now=NOW)
    listings.change(two[0], version=two[0].version, by_voice=Voice.GROUP, door="page", now=NOW, description="Soup and bread.")
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert two[0].description == "Soup and bread."
    assert [point.value for point in two[0].contact_points] == ["01632 960142"]


def test_a_merge_that_takes_nothing_can_be_taken_apart_too(pair, two, stella, ida, senior):
    before = [records.document(listing) for listing in two]
    actions.merge(pair, seen=propose(pair, stella), by=ida, now=NOW)
    actions.part(pair, by=senior, reason="Two after all.", now=NOW)
    assert [records.document(listing) for listing in two] == before


def test_sessions_move_to_a_listing_of_their_own_with_venue_and_checks(make, vocabulary, senior, ida):
    both = make.listing(
        "Hall groups", venue="Village Hall", session=[WEEKLY, {"rrule": "FREQ=WEEKLY;BYDAY=FR"}], contacts=[PHONE]
    )
    make.check(both)
    given = {"name": "Friday group", "reason": "Two groups."}
    for wrong in ([], [0, 1]):
        with pytest.raises(Refused):
            propose_split(both, ida, **given, sessions=wrong)
    proposed = propose_split(both, ida, **given)
    for second in (ida, make.account("Cy", role="curator")):
        with pytest.raises(NotAllowed):
            splits.split(proposed, by=second, now=NOW)
    new = splits.split(proposed, by=senior, now=NOW)
    assert ([each.rrule for each in both.sessions], [each.rrule for each in new.sessions]) == (
        ["FREQ=WEEKLY;BYDAY=WE"],
        ["FREQ=WEEKLY;BYDAY=FR"],
    )
    assert (new.name, new.status, new.venues[0].name) == ("Friday group", Status.PUBLISHED, "Village Hall")
    assert [check.fact for check in new.checks] == [check.fact for check in both.checks]
    reason = db.session.scalar(select(Revision.reason).where(Revision.listing_id == new.id))
    assert reason == "Split from “Hall groups”: Two groups."
    assert actions.find(now=NOW) == 0


# The same on records alone

AT_LEISURE = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a record has thirty fields
TEXT = st.sampled_from(["", "soup", "bread", "tea"])
CHECKS = st.lists(
    st.builds(
        lambda fact, day: {
            "fact": fact,
            "means": "phone",
            "voice": "volunteer",
            "checked_on": f"2026-11-{day:02}",
            "value_seen": "",
        },
        st.sampled_from(["running", "times", "contact", "cost", "access", "place"]),
        st.integers(1, 28),
    ),
    max_size=4,
    unique_by=lambda check: (check["fact"], check["checked_on"]),
).map(lambda checks: sorted(checks, key=lambda check: check["checked_on"], reverse=True))


def value_of(name):
    if name == "sessions":
        return st.lists(
            st.sampled_from(["h1", "h2"]).map(lambda key: {"venue": key, "rrule": "FREQ=WEEKLY", "opens": "10:00"}), max_size=3
        )
    if name == "venues":
        return st.lists(st.sampled_from(["h1", "h2", "h3"]).map(lambda key: {"key": key}), max_size=2, unique_by=str)
    if name == "contacts":
        kinds = st.sampled_from(["1", "2"]).map(lambda value: {"kind": "phone", "value": value})
        return st.lists(kinds, max_size=2, unique_by=str)
    return st.lists(TEXT.filter(bool), max_size=2, unique=True) if name in LISTS else TEXT


LISTS = {name for part in PARTS if part.is_list for name in part.fields}
RECORDS = st.fixed_dictionaries(
    {name: value_of(name) for part in PARTS for name in part.fields}
    | {"confidential_location": st.booleans(), "checks": CHECKS, "status": st.just("published")}
)
SIDES = st.dictionaries(st.sampled_from([part.name for part in PARTS]), st.sampled_from(list(Side)))


@AT_LEISURE
@given(RECORDS, RECORDS, SIDES)
def test_merge_then_split_is_the_identity(kept, other, sides):
    after = merging.joined(kept, other, sides)
    assert merging.parted(after, kept, after) == kept


@AT_LEISURE
@given(RECORDS, RECORDS, SIDES)
def test_a_merged_record_says_of_each_part_what_was_chosen(kept, other, sides):
    after = merging.joined(kept, other, sides)
    assert after["confidential_location"] == (kept["confidential_location"] or other["confidential_location"])
    for part in PARTS:
        for name in part.fields:
            side = sides.get(part.name, Side.KEPT)
            if side is Side.BOTH and part.is_list:
                assert all(value in after[name] for value in kept[name])
            else:
                assert after[name] == (other if side is Side.OTHER else kept)[name]
    assert all(check in [*kept["checks"], *other["checks"]] for check in after["checks"])


@AT_LEISURE
@given(RECORDS, RECORDS)
def test_what_is_offered_first_of_a_list_loses_nothing(kept, other):
    sides = {part.name: merging.better(part, kept, other) for part in PARTS}
    after = merging.joined(kept, other, sides)
    for name in ("contacts", "needs", "languages"):
        for entry in [*kept[name], *other[name]]:
            assert any(merging._key(each) == merging._key(entry) for each in after[name])
    assert all(Side.BOTH is not side or merging.BY_NAME[name].is_list for name, side in sides.items())


@AT_LEISURE
@given(RECORDS, RECORDS, SIDES, st.sampled_from([part for part in PARTS if not part.is_list]))
def test_what_changed_after_a_merge_stays_when_it_is_taken_apart(kept, other, sides, part):
    after = merging.joined(kept, other, sides)
    now = {**after, part.fields[0]: "changed since"}
    back = merging.parted(now, kept, after)
    assert back[part.fields[0]] == "changed since"
    assert {name: back[name] for name in kept if name not in part.fields} == {
        name: kept[name] for name in kept if name not in part.fields
    }


@AT_LEISURE
@given(RECORDS, st.sets(st.integers(0, 2)))
def test_a_split_loses_no_session_and_no_word(record, moved):
    rest, new = merging.split(record, sorted(moved), "Another")
    assert sorted(map(str, [*rest["sessions"], *new["sessions"]])) == sorted(map(str, record["sessions"]))
    same = set(record) - {"sessions", "venues", "name"}
    assert all(rest[name] == new[name] == record[name] for name in same)


def test_rows_of_checks_stay_rows_of_checks(pair, two, stella, ida):
    actions.merge(pair, seen=propose(pair, stella, description="other"), by=ida, now=NOW)
    assert db.session.query(Check).count() == 2


@pytest.mark.parametrize("places", [[], [0], [1], [0, 1], [-1]])
def test_nothing_is_split_off_that_is_not_there(two, senior, ida, places):
    first = two[0]
    assert len(first.sessions) == 1
    with pytest.raises(Refused, match="has to move"):
        propose_split(first, senior, sessions=places)


def test_what_words_were_taken_out_of_stays_when_two_are_taken_apart(pair, two, stella, senior, ida):
    kept = two[0]
    assert kept.summary == "A hot lunch."
    actions.merge(pair, seen=propose(pair, stella, kept=kept, summary="other", description="other"), by=senior, now=NOW)
    assert kept.description == "Soup."
    said = kept.summary
    curation.redact(kept, "A hot lunch.", by=ida, reason="She asked us to.", now=NOW)
    actions.part(pair, by=ida, reason="They are two.", now=NOW)
    assert (kept.summary, kept.description, two[1].status) == (said, "", Status.PUBLISHED)


@pytest.fixture
def busy(make, vocabulary, stella):
    """A listing that meets on two days, in two places, and was checked."""
    listing = make.listing(
        "Busy Hall", organisation="Lunch Club", summary="Lunch and songs.", session=WEEKLY, venue="Village Hall"
    )
    make.check(listing, "contact", account_id=stella.id)
    record = records.document(listing)
    second = {**record["sessions"][0], "rrule": "FREQ=WEEKLY;BYDAY=FR"}
    given = {"by_voice": Voice.STAFF, "door": "command", "now": NOW}
    listings.change(listing, version=listing.version, sessions=[*record["sessions"], second], venues=record["venues"], **given)
    assert len(listing.sessions) == 2
    return listing


def propose_split(listing, by, *, sessions=(1,), name="Friday Songs", reason="Two things.", seen=None):
    seen = listing.revision_number if seen is None else seen
    return splits.propose(listing, sessions=sessions, name=name, seen=seen, by=by, reason=reason, now=NOW)


def days(listing):
    return [session.rrule[-2:] for session in listing.sessions]


def test_what_one_proposes_a_second_person_splits(busy, stella, ida):
    suggestion = propose_split(busy, stella)
    assert (days(busy), suggestion.state, queries.split_of(busy)) == (["WE", "FR"], State.WAITING, suggestion)
    new = splits.split(suggestion, by=ida, now=NOW)
    assert (days(busy), days(new), new.name, new.summary) == (["WE"], ["FR"], "Friday Songs", "Lunch and songs.")
    assert [check.account_id for check in new.checks] == [check.account_id for check in busy.checks] == [stella.id]
    assert (suggestion.state, queries.split_of(busy)) == (State.APPROVED, None)
    pair = db.session.scalars(select(Pair)).one()
    assert ({pair.first_id, pair.second_id}, pair.state) == ({busy.id, new.id}, PairState.NOT_THE_SAME)
    versions = db.session.scalars(select(Revision).where(Revision.suggestion_id == suggestion.id)).all()
    assert [(each.account_id, "Two things." in each.reason) for each in versions] == [(stella.id, True)] * 2
    assert [row.verb for row in db.session.scalars(select(AuditRow).order_by(AuditRow.number))][-1] == "split"
    with pytest.raises(Conflict):
        splits.split(suggestion, by=ida, now=NOW + timedelta(minutes=11))


@pytest.mark.parametrize("name", ["Busy Hall", "  busy  HALL "])
def test_what_is_split_off_has_a_name_of_its_own(busy, stella, name):
    with pytest.raises(Refused, match="another name"):
        propose_split(busy, stella, name=name)
    assert queries.split_of(busy) is None


def test_who_may_propose_and_who_may_split(busy, stella, cai, senior, ida, lena):
    with pytest.raises(NotAllowed):
        propose_split(busy, lena)
    suggestion = propose_split(busy, senior)
    for person, why in ((senior, "Somebody else"), (cai, "senior curator"), (lena, "senior curator")):
        for act in (
            lambda who: splits.split(suggestion, by=who, now=NOW),
            lambda who: splits.refuse(suggestion, by=who, reason="No.", now=NOW),
        ):
            with pytest.raises(NotAllowed, match=why):
                act(person)
    with writing():
        db.session.add(Editorship(account_id=ida.id, organisation_id=busy.organisation_id, since=NOW))
    with pytest.raises(NotAllowed, match="your organisation"):
        splits.split(suggestion, by=ida, now=NOW)
    with pytest.raises(NotAllowed, match="your organisation"):
        propose_split(busy, ida)
    assert suggestion.state is State.WAITING


def test_a_split_is_decided_nowhere_else(busy, stella, cai, ida):
    suggestion = propose_split(busy, stella)
    assert curation_queries.for_review(cai, now=NOW) == []
    assert curation_queries.waiting(listing=busy) == []
    given = {"by": cai, "now": NOW}
    for act in (
        lambda: suggestions.agree(suggestion, number=busy.revision_number, **given),
        lambda: suggestions.refuse(suggestion, reason="No.", **given),
        lambda: suggestions.ask(suggestion, question="Why?", **given),
        lambda: suggestions.hold(suggestion, **given),
    ):
        with pytest.raises(NotAllowed, match="splitting"):
            act()
    suggestions.take_back(suggestion, by=stella, now=NOW)
    assert (suggestion.state, queries.split_of(busy)) == (State.WITHDRAWN, None)
    with pytest.raises(Conflict):
        splits.split(suggestion, by=ida, now=NOW)


def test_one_proposal_at_a_time_and_of_what_the_listing_says(busy, stella, cai, ida):
    with pytest.raises(Conflict, match="changed"):
        propose_split(busy, stella, seen=busy.revision_number - 1)
    first = propose_split(busy, stella)
    with pytest.raises(Conflict, match="already"):
        propose_split(busy, cai)
    with pytest.raises(Refused, match="why they stay"):
        splits.refuse(first, by=ida, reason=" ", now=NOW)
    splits.refuse(first, by=ida, reason="It is one group.", now=NOW)
    assert (first.state, first.decision_reason, days(busy)) == (State.REFUSED, "It is one group.", ["WE", "FR"])
    for missing in ({"name": " "}, {"reason": " "}):
        with pytest.raises(Refused):
            propose_split(busy, cai, **missing)
    propose_split(busy, cai)


def test_words_that_change_meanwhile_go_along_and_times_do_not(busy, stella, senior, ida):
    suggestion = propose_split(busy, stella)
    given = {"by_voice": Voice.STAFF, "door": "command", "now": NOW}
    record = records.document(busy)
    listings.change(busy, version=busy.version, summary="Newer words.", **given)
    listings.change(busy, version=busy.version, sessions=record["sessions"][:1], venues=record["venues"], **given)
    with pytest.raises(Conflict, match="times were changed"):
        splits.split(suggestion, by=ida, now=NOW)
    listings.change(busy, version=busy.version, sessions=record["sessions"][1:], venues=record["venues"], **given)
    with pytest.raises(Conflict, match="stay behind"):
        splits.split(suggestion, by=ida, now=NOW)
    listings.change(busy, version=busy.version, sessions=record["sessions"][::-1], venues=record["venues"], **given)
    assert splits.split(suggestion, by=ida, now=NOW).summary == "Newer words."
    assert days(busy) == ["WE"]


def test_nothing_is_split_on_the_word_of_somebody_suspended_since(busy, stella, ida):
    suggestion = propose_split(busy, stella)
    accounts.suspend(stella, by=ida, reason="Spam.", now=NOW)
    with pytest.raises(Refused, match="may not curate"):
        splits.split(suggestion, by=ida, now=NOW)
    splits.refuse(suggestion, by=ida, reason="We look again.", now=NOW)


def test_a_suggestion_of_words_is_not_split(busy, amina, ida):
    record = {**records.document(busy), "summary": "Soup."}
    given = {"base_number": busy.revision_number, "by": amina, "door": "page", "now": NOW}
    with pytest.raises(Refused, match="something else"):
        splits.split(suggestions.suggest(busy, record=record, **given), by=ida, now=NOW)


def test_taking_back_what_a_senior_did_leaves_a_merge_which_two_decided(pair, two, senior, stella, ida):
    seen = propose(pair, stella, summary="both", description="other")
    actions.merge(pair, seen=seen, by=senior, now=NOW)
    done = curation.revert_all(senior, since=NOW - timedelta(hours=1), by=ida, reason="Gone bad.", now=NOW)
    kept, other = two
    assert (done.listings, {listing for listing, _ in done.left}) == ((), {kept, other})
    assert (other.status, kept.description, pair.state) == (Status.ENDED, "Soup.", PairState.MERGED)
    actions.part(pair, by=ida, reason="They are two.", now=NOW)
    assert (other.status, kept.description) == (Status.PUBLISHED, "")


def test_what_is_part_of_another_stays_so_when_it_may_be_seen_again(pair, two, senior, stella, ida):
    actions.merge(pair, seen=propose(pair, stella), by=senior, now=NOW)
    curation.hide(two[1], by=stella, reason="Danger.", now=NOW)
    with pytest.raises(Refused, match="taken down"):
        actions.part(pair, by=ida, reason="They are two.", now=NOW)
    curation.publish_again(two[1], by=ida, reason="It is safe.", now=NOW)
    assert two[1].status is Status.ENDED
