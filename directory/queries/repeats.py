"""Questions about what is pressed twice: what somebody has sent or done already when the same form comes once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from directory.extensions import db
from directory.models import (
    Account,
    AuditRow,
    Claim,
    ClaimState,
    Listing,
    Organisation,
    Revision,
    Sort,
    State,
    Status,
    Suggestion,
    records,
)
from directory.models.claims import MAIL, about
from directory.models.deciding import A_MOMENT, is_again
from directory.queries.curation import OPEN

PUBLISHED = (State.APPROVED, State.LIVE)
NOT_WORDS = ("checks", "status")


def sent_already(
    listing: Listing | None, record: Mapping[str, Any], *, by: Account | None, who: str, now: datetime
) -> Suggestion | None:
    """The same words from the same account, or from the same network without one, about the same listing; None when new.

    They wait, or went live a moment ago and are what the listing says now. A new listing is the same for a moment alone.
    """
    words = {name: value for name, value in record.items() if name not in NOT_WORDS}
    if not words or (by is None and not who):
        return None
    sender = [Suggestion.account_id == by.id] if by is not None else [Suggestion.account_id.is_(None), Suggestion.who == who]
    lately = Suggestion.made_at >= now - A_MOMENT
    wanted = select(Suggestion).where(*sender, Suggestion.state.in_((*OPEN, *PUBLISHED)))
    if listing is None:
        wanted = wanted.where(Suggestion.sort == Sort.NEW, lately)
    else:
        waits = or_(Suggestion.state.in_(OPEN), lately)
        wanted = wanted.where(Suggestion.sort == Sort.CHANGE, Suggestion.listing_id == listing.id, waits)
    for sent in db.session.scalars(wanted.order_by(Suggestion.id)):
        if _says(sent.record, words) and (listing is None or sent.state in OPEN or _says(records.document(listing), words)):
            return sent
    return None


def has_just_hidden(listing: Listing, reason: str, *, by: Account, now: datetime) -> bool:
    """Whether the last thing that became of a listing is that this person took it down for this reason, a moment ago."""
    newest = select(Revision).where(Revision.listing_id == listing.id).order_by(Revision.number.desc()).limit(2)
    last, before = (*db.session.scalars(newest), None, None)[:2]
    if last is None or last.document["status"] != Status.HIDDEN or (before and before.document["status"] == Status.HIDDEN):
        return False
    return last.reason == reason and is_again(last.account_id, last.made_at, by=by, now=now)


def proved_just_now(thing: Listing | Organisation, *, by: Account, now: datetime) -> Claim | None:
    """What this person asked for it and proved by the link in a letter, a moment ago."""
    on = Claim.listing_id == thing.id if isinstance(thing, Listing) else Claim.organisation_id == thing.id
    mine = Claim.account_id == by.id, Claim.proposed_by.is_(None), Claim.means == MAIL, on
    told = AuditRow.verb == "claim proved", AuditRow.object == about(thing), AuditRow.actor == str(by.uid)
    lately = select(AuditRow.number).where(*told, AuditRow.at >= now - A_MOMENT).exists()
    wanted = select(Claim).where(*mine, Claim.state.in_((ClaimState.PROVED, ClaimState.GRANTED)), lately)
    return db.session.scalar(wanted.order_by(Claim.id.desc()).limit(1))


def _says(record: Mapping[str, Any], words: Mapping[str, Any]) -> bool:
    return all(record.get(name) == value for name, value in words.items())
