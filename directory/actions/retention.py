"""What was kept for long enough is forgotten: once a night, by one list that the privacy page prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, literal, update
from sqlalchemy.sql.dml import Delete, Update

from directory.extensions import db, writing
from directory.models import (
    Claim,
    ConfirmLink,
    DaySalt,
    Flag,
    Lease,
    Letter,
    MailedLink,
    Miss,
    MissVisit,
    Report,
    SetAside,
    SignIn,
    Suggestion,
    Tally,
    Try,
    audit,
)

A_DAY = timedelta(days=1)
# An hourly sweep leaves its mark among the tries; it is no try of anybody's.
MARKS = ("freshness",)


@dataclass(frozen=True)
class Kept:
    """One sort of thing: what it is in words, for how many days it is kept, and how it is forgotten as of a moment."""

    what: str
    days: int
    forget: Callable[[datetime], Delete | Update]


def _gone(model: Any, *conditions: Callable[[datetime], ColumnElement[bool]]) -> Callable[[datetime], Delete]:
    return lambda until: delete(model).where(*(condition(until) for condition in conditions))


# A row's `until` is now less its days. What is emptied and not deleted stays as history without a person in it.
KEPT = (
    Kept("Sign-ins, after their end", 30, _gone(SignIn, lambda until: SignIn.ended_at < until)),
    Kept("Browsers that nobody came back with", 180, _gone(SignIn, lambda until: SignIn.seen_at < until)),
    Kept("Mailed links, after their end", 30, _gone(MailedLink, lambda until: MailedLink.ends_at < until)),
    Kept(
        "What was tried, so that nobody tries too often",
        7,
        _gone(Try, lambda until: Try.made_at < until, lambda until: Try.what.not_in(MARKS)),
    ),
    Kept(
        "What we wrote in a letter, and to whom",
        90,
        lambda until: (
            update(Letter)
            .where(Letter.made_at < until, Letter.to_address != "", Letter.sent_at.is_not(None) | Letter.given_up_at.is_not(None))
            .values(to_address="", facts={})
        ),
    ),
    Kept(
        "Links to say that all is still right, after their end",
        400,
        _gone(ConfirmLink, lambda until: ConfirmLink.ends_at < until),
    ),
    Kept(
        "An email address left with a report, and from where it came, at most",
        90,
        lambda until: (
            update(Report).where(Report.made_at < until, (Report.reply_to != "") | (Report.who != "")).values(reply_to="", who="")
        ),
    ),
    Kept(
        "An email address left with a suggestion, and from where it came, at most",
        90,
        lambda until: (
            update(Suggestion)
            .where(Suggestion.made_at < until, (Suggestion.reply_to != "") | (Suggestion.who != ""))
            .values(reply_to="", who="")
        ),
    ),
    Kept(
        "What somebody wrote to claim a page, and how they proved it, after the answer",
        90,
        lambda until: (
            update(Claim)
            .where(Claim.decided_at < until, (Claim.evidence != "") | (Claim.sent_to != "") | (Claim.reason != ""))
            .values(evidence="", sent_to="", reason="")
        ),
    ),
    Kept(
        "A note about a gap",
        90,
        lambda until: update(Flag).where(Flag.made_at < until, Flag.note != "").values(note=""),
    ),
    Kept(
        "An email address left with a gap, and from where it came, at most",
        90,
        # A person counts once in a gap, so what is left of where somebody came from has to differ in each row.
        lambda until: (
            update(Flag)
            .where(Flag.made_at < until, Flag.account_id.is_(None), (Flag.reply_to != "") | Flag.who.not_like("forgotten %"))
            .values(reply_to="", who=literal("forgotten ") + cast(Flag.id, String))
        ),
    ),
    Kept("Work that a volunteer put aside, after its end", 1, _gone(SetAside, lambda until: SetAside.until < until)),
    Kept("Who held a piece of work, after its end", 1, _gone(Lease, lambda until: Lease.ends_at < until)),
    Kept(
        "How often a search found nothing, little, far or stale, by day", 731, _gone(Miss, lambda until: Miss.day < until.date())
    ),
    # The marks of one day are of no use on the next, and without the salt nobody can tell whose visit they stood for.
    Kept(
        "That a visit was counted, so that it counts once a day", 1, _gone(MissVisit, lambda until: MissVisit.day <= until.date())
    ),
    Kept("The random number that hid whose visit it was", 1, _gone(DaySalt, lambda until: DaySalt.day <= until.date())),
    Kept("How often a listing was looked at, by day", 731, _gone(Tally, lambda until: Tally.day < until.date())),
)


def forget(*, now: datetime) -> int:
    """Forget everything that was kept for long enough, and return how many rows that touched. May run as often as one likes.

    One audit row a run says how many of each, so that anybody can see when it last ran.
    """
    with writing():
        counts = {kept.what: db.session.execute(kept.forget(now - kept.days * A_DAY)).rowcount for kept in KEPT}
        audit.record("forgot", "what was kept long enough", by="worker", now=now, after=counts)
    return sum(counts.values())
