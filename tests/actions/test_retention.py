"""What is kept goes on its day and not before; nothing else goes with it. The clock is driven by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory.actions import retention
from directory.extensions import db
from directory.models import (
    AuditRow,
    ConfirmLink,
    Lease,
    Letter,
    LinkPurpose,
    MailedLink,
    Report,
    ReportKind,
    SetAside,
    SignIn,
    Sort,
    Suggestion,
    Tally,
    Try,
    Voice,
    Work,
)
from directory.queries import audit
from directory.queries import retention as queries
from tests import make

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rows():
    """One row of each sort, and the day after which it is gone or empty: (what is still there, days)."""
    amina, listing = make.account("Amina"), make.listing(name="Sewing Circle")
    now = make.NOW
    count = lambda model: lambda: db.session.scalar(select(func.count()).select_from(model))  # noqa: E731 -- one line each
    make.saved(SignIn, account_id=amina.id, token_hash="a", made_at=now, seen_at=now, ended_at=now)
    make.saved(MailedLink, account_id=amina.id, purpose=LinkPurpose.SIGN_IN, token_hash="b", made_at=now - HOUR, ends_at=now)
    make.saved(Try, what="report", who="x", made_at=now)
    letter = make.saved(
        Letter, to_address="joan@example.org", kind="reminder", facts={"name": "Joan"}, made_at=now, not_before=now, sent_at=now
    )
    make.saved(ConfirmLink, listing_id=listing.id, address="joan@example.org", token_hash="c", made_at=now - DAY, ends_at=now)
    report = make.saved(Report, listing_id=listing.id, kind=ReportKind.WRONG, reply_to="j@example.org", who="y", made_at=now)
    suggestion = make.saved(
        Suggestion,
        listing_id=listing.id,
        sort=Sort.CHANGE,
        record={},
        fields=[],
        made_at=now,
        voice=Voice.VISITOR,
        door="page",
        reply_to="j@example.org",
        who="z",
    )
    make.saved(SetAside, account_id=amina.id, work=Work.CHECK, subject_id=1, until=now)
    make.saved(Lease, work=Work.CHECK, subject_id=1, account_id=amina.id, began_at=now - HOUR, ends_at=now)
    make.saved(Tally, listing_id=listing.id, day=now.date(), views=3)

    def told(row, *fields):
        return lambda: any(
            db.session.scalars(select(getattr(type(row), field)).where(type(row).id == row.id)).one() for field in fields
        )

    return {
        "sign-in": (count(SignIn), 30),
        "mailed link": (count(MailedLink), 30),
        "try": (count(Try), 7),
        "letter": (told(letter, "to_address", "facts"), 90),
        "confirm link": (count(ConfirmLink), 400),
        "report": (told(report, "reply_to", "who"), 90),
        "suggestion": (told(suggestion, "reply_to", "who"), 90),
        "set aside": (count(SetAside), 1),
        "lease": (count(Lease), 1),
        "tally": (count(Tally), 731),
    }


def still_there(kept):
    db.session.rollback()
    found = {name for name, (is_there, _) in kept.items() if is_there()}
    db.session.rollback()
    return found


def test_each_thing_goes_on_its_day_and_not_before(app):
    kept = rows()
    for day in sorted({days for _, days in kept.values()}):
        retention.forget(now=make.NOW + day * DAY - HOUR)
        assert still_there(kept) == {name for name, (_, days) in kept.items() if days >= day}
        # The looks of a day are forgotten by the day, so not within it.
        retention.forget(now=make.NOW + (day + 1) * DAY)
        assert still_there(kept) == {name for name, (_, days) in kept.items() if days > day}


def test_a_letter_that_waits_and_the_mark_of_a_sweep_stay(app):
    make.saved(Letter, to_address="joan@example.org", kind="reminder", facts={"a": 1}, made_at=make.NOW, not_before=make.NOW)
    make.saved(Try, what="freshness", who="sweep", made_at=make.NOW)
    assert retention.forget(now=make.NOW + 1000 * DAY) == 0
    assert db.session.scalars(select(Letter.to_address)).all() == ["joan@example.org"]
    assert db.session.scalar(select(func.count()).select_from(Try)) == 1


def test_a_browser_still_in_use_stays_signed_in(app):
    amina = make.account("Amina")
    make.saved(SignIn, account_id=amina.id, token_hash="a", made_at=make.NOW, seen_at=make.NOW + 400 * DAY)
    assert retention.forget(now=make.NOW + 401 * DAY) == 0


def test_each_run_is_in_the_audit_and_the_chain_holds(app):
    assert queries.forgot_at() is None
    for hours in (1, 2, 3):
        retention.forget(now=make.NOW + hours * HOUR)
    db.session.rollback()
    assert queries.forgot_at() == make.NOW + 3 * HOUR
    assert audit.chain().broken_at is None
    assert db.session.scalar(select(func.count()).select_from(AuditRow)) == 3


@pytest.mark.parametrize("address", ["/status", "/about/privacy"])
def test_pages_say_what_is_kept_and_when_it_was_last_forgotten(app, client, address):
    page = client.get(address).get_data(as_text=True)
    assert ("Nothing is old enough for that yet" in page) == (address == "/status")
    retention.forget(now=make.NOW)
    page = client.get(address).get_data(as_text=True)
    if address == "/status":
        assert "What was kept long enough was last forgotten" in page
    else:
        assert all(kept.what in page for kept in retention.KEPT)
