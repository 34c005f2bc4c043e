"""What leads do with gaps: public steps, merging, parting; what may answer them; who is told of what, and when it goes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import flags, gap_news, offers, retention
from directory.actions import gaps as actions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    Affected,
    AuditRow,
    Editorship,
    Flag,
    FlagState,
    Gap,
    GapKind,
    GapState,
    Letter,
    Offer,
    OfferState,
    Patch,
    Status,
    Voice,
)
from directory.models.gaps import Area
from directory.models.letters import letter_to
from directory.queries import gap_desk as desk
from directory.queries import gap_news as news
from directory.queries import offers as answers
from tests.make import HOLT, NOW
from tests.register import HERE, flagged

DAY = timedelta(days=1)


@pytest.fixture
def need(make):
    return make.term("loneliness", label="Company")


@pytest.fixture
def gap(need, lena):
    return flagged(need, lena).gap


def moved(gap, by, state=GapState.LOOKED_AT, words="We ask two halls.", now=NOW, **more):
    return actions.move(gap, state, words=words, was=gap.state, by=by, now=now, **more)


def look_after(person, *codes):
    with writing():
        db.session.add_all(Patch(account_id=person.id, area_code=code) for code in codes)


def letters(kind=""):
    db.session.rollback()
    found = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [letter for letter in found if kind in ("", letter.kind)]


def resident(need, who, stella, address="joan@example.org", **choices):
    flag = flagged(need, who=who, reply_to=address, **choices)
    flags.accept(flag, by=stella, now=NOW)
    return flag


# Steps


def test_a_step_is_public_signed_and_dated(gap, ida):
    step = moved(gap, ida)
    assert (gap.state, gap.changed_at, step.voice, step.words) == (GapState.LOOKED_AT, NOW, Voice.STAFF, "We ask two halls.")
    assert gap.is_open
    moved(gap, ida, GapState.MET, "A group began.")
    assert (gap.closed_at, gap.is_open) == (NOW, False)
    with pytest.raises(Conflict, match="closed"):
        moved(gap, ida)


@pytest.mark.parametrize(
    ("state", "more", "field"),
    [
        (GapState.LOOKED_AT, {"words": " "}, "words"),
        (GapState.NOT_NOW, {}, "review_on"),
        (GapState.NOT_NOW, {"review_on": NOW.date()}, "review_on"),
        (GapState.NOT_NOW, {"review_on": NOW.date() + timedelta(days=800)}, "review_on"),
        (GapState.WAS_NOT_KNOWN, {}, "listing"),
        (GapState.MERGED, {}, "state"),
        (GapState.REPORTED, {}, "state"),
    ],
)
def test_a_step_that_lacks_something_is_refused(gap, ida, state, more, field):
    with pytest.raises(Refused) as refused:
        moved(gap, ida, state, **more)
    assert refused.value.field == field
    assert gap.state is GapState.REPORTED


def test_what_cannot_be_met_now_stays_open_and_comes_back(gap, ida):
    moved(gap, ida, GapState.NOT_NOW, "No driver until spring.", review_on=date(2027, 3, 1))
    assert gap.is_open
    assert desk.to_review(today=date(2027, 2, 28)) == []
    assert desk.to_review(today=date(2027, 3, 1)) == [gap]
    moved(gap, ida)
    assert gap.review_on is None


def test_two_leads_do_not_step_over_each_other(gap, ida):
    moved(gap, ida)
    with pytest.raises(Conflict, match="moment ago"):
        actions.move(gap, GapState.MET, words="Done.", was=GapState.REPORTED, by=ida, now=NOW)


def test_a_step_is_for_the_lead_of_the_area_alone(gap, need, ida, stella, lena, make):
    for person in (stella, lena, make.account("Sena", role="senior"), make.account("Otto", role="admin")):
        with pytest.raises(NotAllowed):
            moved(gap, person)
    look_after(ida, "NR27")
    with pytest.raises(NotAllowed):
        moved(gap, ida)
    look_after(ida, "E07000147")
    moved(gap, ida)


def test_what_is_only_not_listed_curators_answer_with_its_listing(need, lena, stella, make):
    gap = flagged(need, lena, kind=GapKind.NOT_KNOWN).gap
    listing = make.listing("Lunch Club")
    moved(gap, stella, GapState.WAS_NOT_KNOWN, "It is listed now.", listing=listing)
    assert (gap.answer_id, gap.is_open) == (listing.id, False)


def test_a_lead_opens_a_gap_that_nobody_flagged(need, ida, stella):
    gap = actions.open_one(need, HERE, GapKind.ACCESSIBLE, words="No bus since May.", by=ida, now=NOW)
    assert (gap.state, len(gap.steps), desk.counts([gap.id])) == (GapState.LOOKED_AT, 1, {})
    with pytest.raises(Conflict):
        actions.open_one(need, HERE, GapKind.ACCESSIBLE, words="Again.", by=ida, now=NOW)
    with pytest.raises(NotAllowed):
        actions.open_one(need, HERE, GapKind.ADEQUATE, words="Full.", by=stella, now=NOW)
    assert flagged(need, stella, kind=GapKind.ACCESSIBLE).gap_id == gap.id


# Merging, parting, naming


def test_merging_counts_whoever_spoke_of_both_once(need, gap, lena, stella, cai, ida):
    into = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    flagged(need, stella)
    flagged(need, cai, kind=GapKind.ADEQUATE)
    actions.merge(gap, into, by=stella, now=NOW, sure=True)
    assert (gap.state, gap.merged_into_id, gap.is_open) == (GapState.MERGED, into.id, False)
    assert desk.counts([into.id])[into.id].flags == 3
    with pytest.raises(Conflict):
        actions.merge(gap, into, by=stella, now=NOW, sure=True)
    with pytest.raises(Refused):
        actions.merge(into, into, by=stella, now=NOW)


def test_gaps_that_differ_are_merged_only_by_somebody_who_is_sure(need, gap, lena, ida, make):
    other = flagged(make.term("food", label="Food"), lena, kind=GapKind.ADEQUATE).gap
    with pytest.raises(Refused, match=r"“Company”, the other about “Food”, and they are missing for different reasons"):
        actions.merge(gap, other, by=ida, now=NOW)
    assert gap.is_open
    actions.merge(gap, other, by=ida, now=NOW, sure=True)
    assert not gap.is_open


def test_what_was_merged_is_parted_again(need, gap, lena, stella, cai, ida):
    into = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    flagged(need, stella)
    flagged(need, cai, kind=GapKind.ADEQUATE)
    moved(gap, ida)
    before = {each: count.flags for each, count in desk.counts([gap.id, into.id]).items()}
    actions.merge(gap, into, by=stella, now=NOW, sure=True)
    actions.unmerge(gap, by=stella, now=NOW)
    assert (gap.state, gap.merged_into_id, gap.is_open) == (GapState.LOOKED_AT, None, True)
    assert [step.state for step in gap.steps] == [GapState.LOOKED_AT]
    assert {each: count.flags for each, count in desk.counts([gap.id, into.id]).items()} == before
    with pytest.raises(Conflict):
        actions.unmerge(gap, by=stella, now=NOW)


def test_a_merge_is_not_undone_over_what_was_flagged_since(need, gap, lena, cai, stella):
    into = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    actions.merge(gap, into, by=stella, now=NOW, sure=True)
    flagged(need, cai)
    with pytest.raises(Conflict, match="flagged since"):
        actions.unmerge(gap, by=stella, now=NOW)


def test_a_closed_gap_is_opened_again_with_words(need, gap, make, ida, stella):
    listing = make.listing("Lunch Club", at=HOLT, session={}, terms=[need])
    offers.find(now=NOW)
    (offer,) = desk.offers_of(gap)
    with pytest.raises(Conflict):
        actions.reopen(gap, words="It ended.", by=ida, now=NOW)
    offers.take(offer, words="It began.", by=ida, now=NOW)
    assert gap.answer_id == listing.id
    with pytest.raises(Refused):
        actions.reopen(gap, words=" ", by=ida, now=NOW)
    with pytest.raises(NotAllowed):
        actions.reopen(gap, words="It ended.", by=stella, now=NOW)
    step = actions.reopen(gap, words="It ended in May.", by=ida, now=NOW)
    assert (gap.state, gap.is_open, gap.answer_id, step.words) == (GapState.REPORTED, True, None, "It ended in May.")
    assert offer.state is OfferState.OPEN


def test_parting_takes_some_of_what_was_said_along(need, gap, lena, stella, cai, ida):
    evening = flagged(need, stella, affected=Affected.MANY)
    with pytest.raises(Refused):
        actions.split(gap, name="Evenings", flags=[], by=ida, now=NOW)
    with pytest.raises(Refused):
        actions.split(gap, name=" ", flags=[evening.uid], by=ida, now=NOW)
    with pytest.raises(NotAllowed):
        actions.split(gap, name="Evenings", flags=[evening.uid], by=stella, now=NOW)
    other = actions.split(gap, name="Company in the evening", flags=[evening.uid], by=ida, now=NOW)
    assert (other.title, other.part, other.state) == ("Company in the evening", "company-in-the-evening", gap.state)
    assert {each: count.flags for each, count in desk.counts([gap.id, other.id]).items()} == {gap.id: 1, other.id: 1}
    assert flagged(need, cai).gap_id == gap.id


def test_a_gap_is_called_as_curators_say(gap, stella, lena):
    actions.rename(gap, name="Sunday company", by=stella, now=NOW)
    assert gap.title == "Sunday company"
    with pytest.raises(NotAllowed):
        actions.rename(gap, name="x", by=lena, now=NOW)


def test_a_curator_arranges_what_is_in_their_patch_alone(need, gap, lena, stella):
    other = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    look_after(stella, "NR28")
    for act in (
        lambda: actions.rename(gap, name="Sunday company", by=stella, now=NOW),
        lambda: actions.merge(gap, other, by=stella, now=NOW, sure=True),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert (gap.name, gap.is_open) == ("", True)
    look_after(stella, "NR25")
    actions.rename(gap, name="Sunday company", by=stella, now=NOW)


def test_a_curator_takes_steps_on_what_is_not_listed_in_their_patch_alone(need, lena, stella):
    unknown = flagged(need, lena, kind=GapKind.NOT_KNOWN).gap
    look_after(stella, "NR28")
    with pytest.raises(NotAllowed):
        moved(unknown, stella)
    look_after(stella, "E07000147")
    moved(unknown, stella)


def test_a_note_is_struck_by_who_may_read_it(need, stella, ida):
    flag = flagged(need, note="A walk would do.")
    with pytest.raises(NotAllowed):
        flags.strike(flag, by=stella, now=NOW)
    look_after(ida, "NR28")
    for act in (
        lambda: flags.strike(flag, by=ida, now=NOW),
        lambda: flags.accept(flag, by=ida, now=NOW),
        lambda: flags.refuse(flag, by=ida, reason="No.", now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    look_after(ida, "NR25")
    flags.strike(flag, by=ida, now=NOW)
    assert flag.note == ""


# What may answer it


def offered():
    db.session.rollback()
    return [(row.gap_id, row.listing_id) for row in db.session.scalars(select(Offer).order_by(Offer.id))]


def test_a_listing_that_fits_is_offered_once_when_either_changes(need, gap, make, ida):
    near = make.listing("Near", at=(HOLT[0] + 0.1, HOLT[1]), session={}, terms=[need], modified_at=NOW)
    covers = make.listing("Covers", home_visits=True, coverage=["NR25"], terms=[need], modified_at=NOW)
    make.listing("Far", at=(HOLT[0] + 0.2, HOLT[1]), session={}, terms=[need], modified_at=NOW)
    make.listing("Other need", at=HOLT, session={}, modified_at=NOW)
    make.listing("Draft", at=HOLT, session={}, terms=[need], status=Status.DRAFT, modified_at=NOW)
    make.listing("Secret", at=HOLT, session={}, terms=[need], confidential_location=True, modified_at=NOW)
    make.listing("Whole country", online=True, coverage=["E92000001"], terms=[need], modified_at=NOW)
    assert offers.find(now=NOW, since=NOW + DAY) == 0
    assert offers.find(now=NOW, since=NOW - DAY) == 2
    assert offers.find(now=NOW) == 0
    assert sorted(offered()) == sorted([(gap.id, near.id), (gap.id, covers.id)])


def test_a_gap_that_opens_finds_listings_that_were_there_at_most_five(need, make, lena):
    long_ago = NOW - 400 * DAY
    for number in range(7):
        make.listing(f"Club {number}", at=(HOLT[0] + number / 100, HOLT[1]), session={}, terms=[need], modified_at=long_ago)
    gap = flagged(need, lena).gap
    assert offers.find(now=NOW, since=NOW - DAY) == 5
    names = {offer.listing.name for offer in desk.offers_of(gap)}
    assert names == {f"Club {number}" for number in range(5)}
    assert offers.find(now=NOW) == 0
    make.listing("New club", at=HOLT, session={}, terms=[need], modified_at=NOW + DAY)
    assert offers.find(now=NOW + DAY) == 1


def test_finding_costs_as_many_statements_for_thirty_as_for_one(need, make, lena, statements):
    counts = []
    for rows in (1, 30):
        for number in range(rows):
            make.listing(f"Club {rows} {number}", at=HOLT, session={}, terms=[need], modified_at=NOW)
            flagged(need, make.account(f"W {rows} {number}", role="link-worker"), area=Area(f"N{rows}{number}", "", "", *HOLT))
        statements.clear()
        answers.fitting()
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_listing_that_is_taken_closes_the_gap(need, gap, make, ida, stella):
    listing = make.listing("Lunch Club", at=HOLT, session={}, terms=[need])
    other = make.listing("Tea", at=HOLT, session={}, terms=[need])
    offers.find(now=NOW)
    taken, declined = desk.offers_of(gap)[::-1]
    with pytest.raises(NotAllowed):
        offers.take(taken, words="", by=stella, now=NOW)
    offers.decline(declined, by=ida, now=NOW)
    with pytest.raises(Refused, match="sentence"):
        offers.take(taken, words=" ", by=ida, now=NOW)
    assert gap.is_open
    step = offers.take(taken, words="It began in May.", by=ida, now=NOW)
    assert (gap.state, gap.answer_id, step.words) == (GapState.MET, listing.id, "It began in May.")
    assert (declined.state, declined.listing_id) == (OfferState.DECLINED, other.id)
    with pytest.raises(Conflict):
        offers.take(taken, words="", by=ida, now=NOW)
    assert offers.find(now=NOW) == 0


@pytest.fixture
def club(make, amina):
    club = make.organisation("Garden Club")
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=club.id, since=NOW))
    return club


def test_an_organisation_sees_public_gaps_near_it_and_offers_help(need, gap, make, club, amina, bilal, ida):
    make.listing("Digging", organisation=club, at=HOLT, session={}, terms=[need])
    assert answers.near(club.id) == []
    moved(gap, ida)
    (near,) = answers.near(club.id)
    assert (near.gap, near.fits, near.offer) == (gap, True, None)
    with pytest.raises(NotAllowed):
        offers.offer_help(gap, club, note="", by=bilal, now=NOW)
    for _ in range(2):
        offer = offers.offer_help(gap, club, note="We have a hall.", by=amina, now=NOW)
    (letter,) = letters("gap-help")
    assert (letter.to_address, letter.facts["organisation"]) == (ida.email, "Garden Club")
    assert "hall" not in str(letter.facts)
    step = offers.take(offer, words="", by=ida, now=NOW)
    assert (gap.state, step.words) == (GapState.BEING_STARTED, "Garden Club is going to help.")
    assert [each.to_address for each in letters("gap-help-taken")] == [amina.email]
    with pytest.raises(Conflict):
        offers.offer_help(gap, club, note="Again.", by=amina, now=NOW)


# Letters


def test_everybody_who_flagged_is_told_of_each_step_once_a_day(need, gap, lena, stella, ida):
    resident(need, "somewhere", stella)
    assert gap_news.tell(now=NOW) == 0
    moved(gap, ida)
    moved(gap, ida, GapState.BEING_STARTED, "A hall is booked.")
    assert gap_news.tell(now=NOW) == 2
    assert gap_news.tell(now=NOW) == 0
    first = letters("gap-news")
    assert [letter.to_address for letter in first] == [lena.email, "joan@example.org"]
    assert [step["words"] for step in first[0].facts["gaps"][0]["steps"]] == ["We ask two halls.", "A hall is booked."]
    moved(gap, ida, GapState.MET, "It began.")
    assert gap_news.tell(now=NOW + timedelta(hours=1)) == 0
    assert gap_news.tell(now=NOW + DAY) == 2
    assert [step["words"] for step in letters("gap-news")[-1].facts["gaps"][0]["steps"]] == ["It began."]


def test_two_gaps_make_one_letter(need, gap, lena, ida):
    other = flagged(need, lena, kind=GapKind.ADEQUATE).gap
    moved(gap, ida)
    moved(other, ida)
    assert gap_news.tell(now=NOW) == 1
    assert len(letters("gap-news")[0].facts["gaps"]) == 2


def test_whoever_joins_later_hears_only_what_comes(need, gap, stella, ida):
    moved(gap, ida)
    flags.me_too(gap, who="", by=stella, now=NOW)
    gap_news.tell(now=NOW)
    assert stella.email not in {letter.to_address for letter in letters()}


def test_after_a_merge_they_hear_how_the_other_one_stands(need, gap, lena, stella, ida):
    into = flagged(need, stella, kind=GapKind.ADEQUATE).gap
    moved(into, ida)
    gap_news.tell(now=NOW)
    actions.merge(gap, into, by=ida, now=NOW, sure=True)
    assert gap_news.tell(now=NOW + DAY) == 1
    assert letters("gap-news")[-1].to_address == lena.email
    assert letters("gap-news")[-1].facts["gaps"][0]["steps"][0]["words"] == "We ask two halls."


def test_a_suspended_person_is_not_written_to(need, gap, lena, ida):
    moved(gap, ida)
    with writing(lena):
        lena.suspended_at = NOW
    assert gap_news.tell(now=NOW) == 0
    assert news.untold() == []


def test_a_one_time_address_goes_when_the_gap_is_closed_and_told(need, gap, stella, ida):
    flag = resident(need, "somewhere", stella)
    moved(gap, ida)
    gap_news.tell(now=NOW)
    assert flag.reply_to == "joan@example.org"
    moved(gap, ida, GapState.MET, "It began.")
    gap_news.tell(now=NOW)
    assert flag.reply_to == "joan@example.org"  # not told of the end yet: one letter a day
    gap_news.tell(now=NOW + DAY)
    assert flag.reply_to == ""
    with writing():
        for letter in db.session.scalars(select(Letter)):
            letter.sent_at = NOW + DAY
    gap_news.tell(now=NOW + 2 * DAY)
    assert "joan@example.org" not in {letter.to_address for letter in letters()}
    assert "joan" not in str([(row.verb, row.object, row.actor) for row in db.session.scalars(select(AuditRow))])


def test_a_refused_residents_address_is_gone_after_the_letter(need, stella):
    flag = flagged(need, reply_to="joan@example.org")
    flags.refuse(flag, by=stella, reason="There is one.", now=NOW)
    with writing():
        db.session.scalars(select(Letter)).one().sent_at = NOW
    gap_news.tell(now=NOW)
    assert [(letter.to_address, letter.facts) for letter in letters()] == [("", {})]


def test_leads_hear_once_a_day_what_may_answer_their_gaps(need, gap, make, ida):
    other = make.account("Ivo", role="lead")
    look_after(other, "NR27")
    make.listing("Lunch Club", at=HOLT, session={}, terms=[need])
    offers.find(now=NOW)
    assert gap_news.tell_leads_of_offers(now=NOW) == 0
    assert gap_news.tell_leads_of_offers(now=NOW + DAY) == 1
    assert gap_news.tell_leads_of_offers(now=NOW + DAY) == 0
    (letter,) = letters("gap-offers")
    assert (letter.to_address, letter.facts["offers"][0]["listing"]) == (ida.email, "Lunch Club")


def test_leads_are_reminded_once_a_week_of_what_waits_longer_than_two_weeks(need, gap, make, lena, ida):
    """`gap` was opened at NOW; what a resident flags waits for a look."""
    elsewhere = make.account("Ivo", role="lead")
    look_after(elsewhere, "NR27")
    waiting = flagged(need, who="elsewhere", kind=GapKind.ADEQUATE, now=NOW + 3 * DAY)
    assert waiting.state is FlagState.WAITING

    def told(days: float) -> tuple[int, object]:
        number = gap_news.tell_leads_of_offers(now=NOW + days * DAY)
        return number, letters("gap-offers")[-1].facts.get("late") if letters("gap-offers") else None

    assert told(14) == (0, None)
    assert told(14.1) == (1, {"gaps": 1, "flags": 0, "since": "November 2026"})
    assert letters("gap-offers")[-1].to_address == ida.email
    assert told(14.2)[0] == 0
    assert told(17.1) == (1, {"gaps": 1, "flags": 1, "since": "November 2026"})  # the week after
    assert told(18)[0] == 0
    moved(gap, ida, now=NOW + 19 * DAY)
    assert told(25) == (1, {"gaps": 0, "flags": 1, "since": "November 2026"})
    flags.accept(waiting, by=ida, now=NOW + 26 * DAY)
    assert told(32)[0] == 0


def test_the_daily_letter_says_in_one_line_more_what_waits_too_long(app, need, gap, make, ida):
    make.listing("Lunch Club", at=HOLT, session={}, terms=[need])
    offers.find(now=NOW + 19 * DAY)
    assert gap_news.tell_leads_of_offers(now=NOW + 20 * DAY) == 1
    (letter,) = letters("gap-offers")
    subject, body = jobs.written(app, letter)
    assert subject == "These listings may answer gaps in your area"
    assert "Lunch Club" in body
    assert "\n1 reported gap waited longer than the two weeks we promise. The oldest came in November 2026." in body
    alone = letter_to(ida.email, "gap-offers", NOW, offers=[], late={"gaps": 2, "flags": 1, "since": "November 2026"})
    subject, body = jobs.written(app, alone)
    assert subject == "Gaps in your area wait for a first look"
    assert "2 reported gaps and 1 flag of a resident waited" in body
    assert "Does one of them?" not in body


def test_a_month_is_told_to_leads_in_its_first_week(need, gap, stella, ida):
    first = NOW.replace(day=1, month=12)
    answered = flagged(need, stella, kind=GapKind.ADEQUATE).gap
    moved(answered, ida, GapState.MET, "It began.")
    assert gap_news.tell_leads_of_the_month(now=NOW) == 0  # the twentieth
    assert gap_news.tell_leads_of_the_month(now=first) == 1
    assert gap_news.tell_leads_of_the_month(now=first + DAY) == 0
    facts = letters("gap-month")[0].facts
    assert [len(facts[name]) for name in ("opened", "unanswered", "answered", "to_review")] == [2, 1, 1, 0]
    assert facts["unanswered"][0]["since"] == "November 2026", "no day on which somebody spoke"
    assert gap_news.tell_leads_of_the_month(now=first.replace(month=1, year=2027)) == 1


# Forgetting


def test_notes_and_addresses_are_forgotten_after_ninety_days(need, gap, lena, stella):
    mine = flagged(need, lena, note="After tea would do.")
    theirs = resident(need, "somewhere", stella, note="A walk would do.")
    waiting = flagged(need, who="elsewhere", kind=GapKind.ADEQUATE, reply_to="may@example.org")
    retention.forget(now=NOW + 89 * DAY)
    assert (mine.note, theirs.reply_to, theirs.who) == ("After tea would do.", "joan@example.org", "somewhere")
    retention.forget(now=NOW + 91 * DAY)
    db.session.rollback()
    assert {flag.note for flag in (mine, theirs, waiting)} == {""}
    assert {flag.reply_to for flag in (mine, theirs, waiting)} == {""}
    assert (mine.who, theirs.who, waiting.who) == (str(lena.uid), f"forgotten {theirs.id}", f"forgotten {waiting.id}")
    assert [flag.state for flag in (mine, theirs)] == [FlagState.COUNTED] * 2
    retention.forget(now=NOW + 92 * DAY)


def test_a_look_at_exact_counts_is_noted(gap, ida):
    actions.look(gap, by=ida, now=NOW)
    actions.look(None, by=ida, now=NOW, areas=["NR25", "NR27"])
    rows = db.session.scalars(select(AuditRow).where(AuditRow.verb == "read exact counts").order_by(AuditRow.number)).all()
    assert [(row.object, row.actor) for row in rows] == [(f"gap {gap.uid}", str(ida.uid)), ("gaps of NR25 NR27", str(ida.uid))]


def test_a_lead_without_areas_looks_after_all_and_one_with_areas_only_those(need, gap, ida, lena):
    elsewhere = flagged(need, lena, area=Area("NR27", "NR27", "E07000147")).gap
    assert len(desk.on_desk(ida, exact=True)) == 2
    look_after(ida, "NR27")
    db.session.rollback()
    assert [row.gap for row in desk.on_desk(ida, exact=True)] == [elsewhere]
    assert [row.count for row in desk.on_desk(ida, exact=False)] == [None]
    assert isinstance(db.session.get(Gap, gap.id), Gap)
    assert db.session.scalars(select(Flag)).all() != []


def test_of_two_leads_the_second_reads_the_step_of_the_first(need, gap, make, ida):
    other = make.account("Ira", role="lead")
    first = moved(gap, ida, seen=0)
    with pytest.raises(Conflict, match="Somebody else"):
        moved(gap, other, words="We ask one.", seen=0)
    assert moved(gap, ida, now=NOW + timedelta(minutes=9), seen=0).id == first.id
    again = moved(gap, ida, now=NOW + timedelta(minutes=11), seen=first.id)
    assert again.id != first.id


def test_an_offer_that_is_taken_twice_is_one_step(make, need, gap, ida, amina):
    group = make.organisation("Chapel")
    with writing():
        db.session.add(Editorship(account_id=amina.id, organisation_id=group.id, since=NOW))
    offer = offers.offer_help(gap, group, note="A room.", by=amina, now=NOW)
    step = offers.take(offer, words="", by=ida, now=NOW)
    assert offers.take(offer, words="", by=ida, now=NOW + timedelta(minutes=1)).id == step.id
    with pytest.raises(Conflict):
        offers.take(offer, words="", by=ida, now=NOW + timedelta(minutes=30))
