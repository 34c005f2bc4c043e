"""What is done with a report: somebody sends it, a curator holds it, answers it, waits for the group, takes details out.

The clock of 48 hours runs from the report to the answer; `remind` tells those who are to hear of it while it runs.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import Account, Lease, Letter, Listing, Report, ReportKind, Try, Work, audit, records
from directory.models.deciding import decide_once
from directory.models.letters import letter_to
from directory.models.recurrence import LONDON
from directory.models.words import send_later
from directory.queries import accounts as people
from directory.queries import reports as queries

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
VISITORS, SIGNED_IN, CURATORS = 12, 10, 120  # reports an hour; visitors are told apart by a network, which a surgery shares
URGENT = {ReportKind.UNSAFE, ReportKind.MY_DETAILS}  # counted apart, so that nobody's danger waits for opening hours
LONGEST_TEXT = 4_000
CURATORS_HEAR, LEAD_HEARS = timedelta(hours=24), timedelta(hours=40)
ANSWERED = "Somebody else answered this a moment ago."
ANSWERED_BY_YOU = "You have answered this already, perhaps in another window."
# Letters to an address that somebody without an account left: once they are gone, so is the address.
REPLIES = ("report-changed", "report-kept", "suggestion-approved", "suggestion-refused")


def send(
    listing: Listing,
    *,
    kind: ReportKind,
    text: str,
    should_say: str = "",
    reply_to: str = "",
    who: str,
    by: Account | None,
    now: datetime,
) -> Report:
    """Somebody says that something is wrong. `who` is a digest of where a visitor came from.

    Saying the same of one listing twice adds the words to the first report, whose clock goes on: one person counts once,
    and so does one network. Everybody who left an address hears.
    What is not safe is told to curators and leads at once. Raises Refused when too many came within an hour.
    """
    key = str(by.uid) if by is not None else who
    with writing(listing):
        most = CURATORS if permissions.can_curate(by) else SIGNED_IN if by is not None else VISITORS
        what = "urgent report" if kind in URGENT else "report"
        if free := people.free_again(what, key, most=most, within=AN_HOUR, now=now):
            raise Refused(send_later(most, "reports", free.astimezone(LONDON), is_visitor=by is None))
        db.session.add(Try(what=what, who=key, made_at=now))
        report = queries.open_alike(listing, kind, key)
        is_first = report is None
        if report is None:
            report = Report(listing_id=listing.id, kind=kind, who=key, made_at=now, text="", should_say="", reply_to="")
            db.session.add(report)
        report.text = _added(report.text, text)
        report.should_say = _added(report.should_say, should_say)
        if reply_to and reply_to.casefold() not in map(str.casefold, report.addresses):
            report.reply_to = "\n".join([*report.addresses, reply_to])
        db.session.flush()
        audit.record("reported", f"report {report.uid}", by=by or "visitor", now=now, after=[kind.value, text, should_say])
        if kind is ReportKind.UNSAFE and is_first:
            told = [*queries.curators_of(listing, queries.curators(today=now.astimezone(LONDON).date())), *people.leads()]
            for account in told:
                db.session.add(letter_to(account.email, "report-unsafe", now, account=account, listing=listing, **_facts(report)))
    return report


def hold(report: Report, *, by: Account, now: datetime) -> Lease:
    """Nobody else answers it for half an hour; then it goes back by itself. Raises Conflict while somebody else holds it."""
    with writing(report):
        _may_answer(report, by, now)
        lease = Lease.take(Work.REPORT, report.id, by=by, now=now)
    return lease


def let_go(report: Report, *, by: Account, now: datetime) -> None:
    """Whoever holds it leaves it to others."""
    with writing(report):
        permissions.require(permissions.can_curate(by))
        db.session.execute(
            delete(Lease).where(Lease.work == Work.REPORT, Lease.subject_id == report.id, Lease.account_id == by.id)
        )


def say_changed(report: Report, *, by: Account, words: str, now: datetime) -> None:
    """The listing was put right. Raises Refused when nothing about it has changed since the report came."""
    with writing(report):
        _may_answer(report, by, now)
        if not queries.has_changed_since(report):
            raise Refused("The listing says what it said when this came in. Change it first.", field="press")
        _answer(report, by, changed=True, words=words, now=now)


def keep(report: Report, *, by: Account, reason: str, now: datetime) -> None:
    """The listing stays as it is, for a reason that whoever reported reads."""
    if not reason.strip():
        raise Refused("Say in a sentence why it stays as it is. The person who wrote reads it.", field="words")
    with writing(report):
        _may_answer(report, by, now)
        _answer(report, by, changed=False, words=reason, now=now)


def wait(report: Report, *, by: Account, now: datetime) -> None:
    """We rang and wait for an answer: the clock stands still for five days, once. Not for what belongs to a person."""
    with writing(report):
        _may_answer(report, by, now)
        if report.kind is ReportKind.MY_DETAILS:
            raise Refused("Somebody's own details cannot wait. Take them out, or say why they stay.", field="press")
        if report.paused_at is not None:
            raise Refused("The clock was stopped once already. Decide with what we know.", field="press")
        report.paused_at, report.paused_until = now, now + queries.WAIT
        audit.record("waits", f"report {report.uid}", by=by, now=now)
        _give_back(report, by, now)


def take_out(report: Report, *, values: Collection[str], number: int, by: Account, now: datetime) -> None:
    """Contacts that belong to a person go from the listing, and that is the answer; a lock does not stand in the way.

    `number` is the revision that was looked at. Raises Refused when nothing was chosen, Conflict when the listing moved on.
    """
    if report.kind is not ReportKind.MY_DETAILS:
        raise NotAllowed("Nobody has asked for their details to be taken down.")
    if not values:
        raise Refused("Tick what is to be taken out.", field="details")
    listing = report.listing
    with writing(report, listing):
        _may_answer(report, by, now)
        if listing.revision_number != number:
            raise Conflict("The listing was changed while you were looking. See what it says now, then decide.")
        contacts = records.document(listing)["contacts"]
        kept = [each for each in contacts if each["value"] not in values]
        if len(kept) == len(contacts):
            raise Refused("Tick what is to be taken out.", field="details")
        hand = Hand(permissions.voice_of(by), "page", by, "Somebody asked for their own details to be taken down.")
        history.alter(listing, {"contacts": kept}, hand, now=now)
        _answer(report, by, changed=True, words="Your details are taken down.", now=now)


def remind(*, now: datetime) -> int:
    """Letters about what has waited: the patch's curators hear after 24 hours, leads after 40; how many were written.

    May run as often as it likes: each letter is written once. Where nobody looks after the place, leads hear at once.
    Addresses of people without an account are forgotten here once their letter has gone, and who sent how much after a day.
    """
    with writing():
        leads, curators = people.leads(), queries.curators(today=now.astimezone(LONDON).date())
        wanted: dict[str, tuple[str, Account, Report]] = {}
        for report in queries.open_since(now - CURATORS_HEAR):
            age = queries.age(report, now=now)
            if age < CURATORS_HEAR or queries.stands_still(report, now=now):
                continue
            for account in queries.curators_of(report.listing, curators) or leads:
                wanted[f"report-24:{report.uid}:{account.id}"] = ("report-waiting", account, report)
            if age >= LEAD_HEARS:
                for account in leads:
                    wanted[f"report-40:{report.uid}:{account.id}"] = ("report-late", account, report)
        written = queries.occasions(list(wanted))
        for occasion, (kind, account, report) in wanted.items():
            if occasion not in written:
                letter = letter_to(account.email, kind, now, account=account, listing=report.listing, **_facts(report))
                letter.occasion = occasion
                db.session.add(letter)
        db.session.execute(
            update(Letter)
            .where(
                Letter.kind.in_(REPLIES),
                Letter.account_id.is_(None),
                Letter.to_address != "",
                Letter.sent_at.is_not(None) | Letter.given_up_at.is_not(None),
            )
            .values(to_address="")
            .execution_options(synchronize_session=False)
        )
        # What counts how much somebody sent within an hour has done its work by then.
        db.session.execute(delete(Try).where(Try.what.in_(("report", "suggestion")), Try.made_at < now - A_DAY))
    return len(wanted.keys() - written)


# What the verbs share


def answered_words(report: Report, by: Account) -> str:
    """What to say to this person of a report that is answered."""
    return ANSWERED_BY_YOU if report.account_id == by.id else ANSWERED


def _added(before: str, words: str) -> str:
    """Both, one under the other; the same words once."""
    if not before or words in before:
        return (before or words)[:LONGEST_TEXT]
    return f"{before}\n{words}"[:LONGEST_TEXT] if words else before


def _facts(report: Report) -> dict[str, str]:
    return {"report": str(report.uid), "about": report.kind.value}


def _may_answer(report: Report, by: Account, now: datetime) -> None:
    permissions.require(permissions.can_curate(by))
    if report.who == str(by.uid) or permissions.is_party(by, author_id=None, organisation_id=report.listing.organisation_id):
        raise NotAllowed("Somebody else has to answer what you wrote, or what is about your own organisation.")
    if report.answered_at is not None:
        raise Conflict(answered_words(report, by))
    Lease.free_for(Work.REPORT, report.id, by=by, now=now)


def _answer(report: Report, by: Account, *, changed: bool, words: str, now: datetime) -> None:
    """Once; one letter to each who wrote, and then nothing is left of who that was."""
    values = {"answered_at": now, "changed": changed, "answer": words, "account_id": by.id}
    decide_once(report, Report.answered_at.is_(None), otherwise=ANSWERED, **values)
    audit.record(
        "changed for a report" if changed else "kept after a report", f"report {report.uid}", by=by, now=now, after=words
    )
    kind = "report-changed" if changed else "report-kept"
    for address in report.addresses:
        db.session.add(letter_to(address, kind, now, listing=report.listing, reason=words))
    report.reply_to = report.who = ""
    _give_back(report, by, now)


def _give_back(report: Report, by: Account, now: datetime) -> None:
    Lease.give_back(Work.REPORT, report.id, by=by, listing_id=report.listing_id, now=now)
