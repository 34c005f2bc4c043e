"""What whoever sent a suggestion hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from directory.extensions import db
from directory.models.letters import letter_to
from directory.models.suggestions import Suggestion


def tell_author(suggestion: Suggestion, kind: str, now: datetime, *, kept: Iterable[str] = ()) -> None:
    """Inside `writing()`: one letter with what happened; an address that a visitor left is then forgotten."""
    address = suggestion.account.email if suggestion.account is not None else suggestion.reply_to
    if address:
        listing = suggestion.listing
        name = listing.name if listing is not None else suggestion.record.get("name", "")
        told = {"name": name, "reason": suggestion.decision_reason, "kept": list(kept)}
        letter = letter_to(address, f"suggestion-{kind}", now, account=suggestion.account, listing=listing, **told)
        db.session.add(letter)
    if kind != "asked":
        suggestion.reply_to = ""
