"""New contact details cool off: whoever was to be reached before is told, and where nobody was, everybody waits three days."""

from __future__ import annotations

from datetime import datetime, timedelta

from directory.extensions import db
from directory.models.letters import letter_to
from directory.models.listings import Listing
from directory.models.suggestions import Suggestion

COOLS = timedelta(hours=72)
FIELDS = {"contacts", "website"}


def warn_old_contact(suggestion: Suggestion, listing: Listing | None, now: datetime) -> None:
    """Inside `writing()`: letters to the addresses of now; without one, a change of contact cannot be agreed to for 72 hours."""
    if listing is None or not FIELDS & set(suggestion.fields):
        return
    old = [point.value for point in listing.contact_points if point.kind == "email"]
    for address in dict.fromkeys(old):
        told = {"suggestion": str(suggestion.uid), "approvals": suggestion.approvals}
        db.session.add(letter_to(address, "contact-changed", now, listing=listing, **told))
    if not old and listing.contact_points:
        suggestion.cools_until = now + COOLS
