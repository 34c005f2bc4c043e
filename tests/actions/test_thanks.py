"""The monthly letter that thanks volunteers: own figures, once, never to those who did nothing or want none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from directory import jobs
from directory.actions import thanks as actions
from directory.extensions import db, writing
from directory.models import Letter, NoLetters, Role, Stint, Tally, Work
from directory.queries import thanks as queries
from directory.queries.accounts import digest

FIRST = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)  # the day of the letter about November
CALLED = datetime(2026, 11, 10, 15, tzinfo=UTC)


def gave(person, *, minutes=4, work=Work.CHECK, subject=1, at=CALLED):
    with writing():
        db.session.add(Stint(account_id=person.id, work=work, subject_id=subject, ended_at=at, minutes=minutes))


def looked_at(listing, day, views):
    with writing():
        db.session.add(Tally(listing_id=listing.id, day=day, views=views))


def letters():
    db.session.rollback()
    return db.session.scalars(select(Letter).where(Letter.kind == "thanks").order_by(Letter.id)).all()


@pytest.fixture
def rung(make, stella):
    """Stella rang about a listing on 10 November; people looked at it before, on that day and since."""
    listing = make.listing("Craft and Natter")
    for fact in ("times", "contact"):
        make.check(listing, fact, account_id=stella.id, checked_on=date(2026, 11, 10))
    for day, views in ((9, 7), (10, 100), (11, 30)):
        looked_at(listing, date(2026, 11, day), views)
    looked_at(listing, date(2026, 12, 1), 10)
    gave(stella)
    return listing


def test_a_month_is_counted_once_for_each_job_and_looks_from_the_day_after(rung, stella):
    gave(stella, minutes=6, at=CALLED + timedelta(days=1))  # the same job, on another day
    gave(stella, minutes=2, work=Work.SUGGESTION)
    gave(stella, minutes=2, work=Work.REPORT)
    gave(stella, minutes=30, subject=9, at=datetime(2026, 12, 1, tzinfo=UTC))  # already December
    assert actions.thank(now=FIRST) == 1
    (letter,) = letters()
    told = {"minutes": 14, "calls": 1, "reviews": 2, "checked": 1, "looks": 40, "month": "November 2026"}
    assert (letter.facts, letter.to_address) == (told, stella.email)


def test_the_words_are_plain_and_tell_of_nothing_that_came_to_nothing(app, rung, stella, cai):
    gave(cai, minutes=0, work=Work.PAIR)
    actions.thank(now=FIRST)
    (subject, hers), (_, his) = [jobs.written(app, letter) for letter in letters()]
    assert subject == "Thank you for November 2026"
    assert "people saw the right details 40 times" in hers
    assert "- You gave 4 minutes.\n- You asked about 1 listing.\n- 1 listing says now what you found out.\n" in hers
    assert "- You saw to 1 change, report or other job." in his
    assert not {"0", "no", "calls", "gave", "listing", "listings"} & set(his.partition("Only you")[0].split())


def test_it_is_written_once_and_only_in_the_first_week(rung):
    driven = [FIRST - timedelta(days=2) + timedelta(hours=12 * step) for step in range(60)]
    assert [now for now in driven if actions.thank(now=now)] == [datetime(2026, 12, 1, 9, 30, tzinfo=UTC)]


def test_late_in_the_week_still_and_after_it_never(rung):
    assert actions.thank(now=FIRST + timedelta(days=7)) == 0
    assert actions.thank(now=FIRST + timedelta(days=6)) == 1
    assert actions.thank(now=FIRST + timedelta(days=40)) == 0  # nobody did anything in December


def test_a_month_ends_at_midnight_here(stella, cai):
    gave(stella, at=datetime(2026, 6, 30, 22, 59, tzinfo=UTC))
    gave(cai, at=datetime(2026, 6, 30, 23, 0, tzinfo=UTC))  # 1 July in summer time
    assert actions.thank(now=datetime(2026, 7, 2, tzinfo=UTC)) == 1
    assert letters()[0].to_address == stella.email


@pytest.mark.parametrize("change", [{"suspended_at": CALLED}, {"back_on": date(2026, 12, 24)}, {"role": Role.EDITOR}])
def test_nobody_hears_who_is_away_suspended_or_has_left(rung, stella, change):
    with writing(stella):
        for name, value in change.items():
            setattr(stella, name, value)
    assert actions.thank(now=FIRST) == 0


@pytest.mark.parametrize("kept", [lambda who: digest(who.email), queries.refusal_of])
def test_nobody_hears_who_asked_for_no_letters(rung, stella, cai, kept):
    gave(cai)
    with writing():
        db.session.add(NoLetters(address_hash=kept(stella), said_at=CALLED))
    assert actions.thank(now=FIRST) == 1
    assert letters()[0].to_address == cai.email


def test_others_are_a_sum_of_three_at_least_and_have_no_names(app, rung, stella, cai, ida):
    gave(cai, minutes=60)
    actions.thank(now=FIRST)
    assert "together" not in letters()[0].facts  # of two each could tell what the other gave
    gave(ida, minutes=56)
    actions.thank(now=FIRST)
    (his,) = [letter for letter in letters() if letter.to_address == ida.email]
    assert "Together, three people gave 2 hours." in jobs.written(app, his)[1]
    assert not {"Stella", "Cai"} & set(jobs.written(app, his)[1].replace(".", " ").split())


def asked():
    db.session.rollback()
    return queries.readers(queries.months(start=CALLED, end=FIRST), now=FIRST)


def test_as_many_statements_for_one_as_for_thirty(make, statements, stella):
    gave(stella)
    statements.clear()
    assert len(asked()) == 1
    one = len(statements)
    for number in range(30):
        person = make.account(f"Person {number}", role="curator")
        gave(person)
        make.check(make.listing(f"Club {number}"), account_id=person.id, checked_on=CALLED.date())
    statements.clear()
    assert len(asked()) == 31
    assert len(statements) == one
