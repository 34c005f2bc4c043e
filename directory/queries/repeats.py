"""Questions about what is sent twice: what somebody sent already when the same form comes once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from directory.extensions import db
from directory.models import Account, Listing, Sort, State, Suggestion, records
from directory.models.deciding import A_MOMENT
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


def _says(record: Mapping[str, Any], words: Mapping[str, Any]) -> bool:
    return all(record.get(name) == value for name, value in words.items())
