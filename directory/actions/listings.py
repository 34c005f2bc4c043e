"""What is done to one listing at once, by whoever may: it is added, changed, published, paused, ended, hidden.

What waits for a second pair of eyes is in `curation.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from directory import history
from directory.errors import Conflict
from directory.extensions import writing
from directory.history import Hand
from directory.models import Account, Listing, Status, Voice


def add(*, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None, **values: Any) -> Listing:
    """A new listing from a record that went through the gate, with its first revision.

    An organisation of the same name is used again. Raises Refused for a word that the vocabulary does not have.
    """
    with writing():
        return history.begin(values, Hand(by_voice, door, account, reason), now=now)


def change(
    listing: Listing,
    *,
    version: int,
    by_voice: Voice,
    door: str,
    now: datetime,
    reason: str = "",
    account: Account | None = None,
    **values: Any,
) -> Listing:
    """Give the listing these values; fields that are not among them stay. A change of nothing leaves no revision.

    `version` is the one that the person was looking at. Venues are matched by their public identifier and, failing
    that, by name and postcode. Raises Conflict when somebody changed the listing in the meantime.
    """
    with writing(listing):
        if listing.version != version:
            raise Conflict("Somebody else changed this listing in the meantime.")
        history.alter(listing, values, Hand(by_voice, door, account, reason), now=now)
    return listing


def publish(listing: Listing, *, by_voice: Voice, door: str, now: datetime, account: Account | None = None) -> None:
    """Show it to everybody."""
    _turn(listing, Status.PUBLISHED, Hand(by_voice, door, account), now)


def pause(
    listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None
) -> None:
    """Leave it out of searches until it is published again: closed for the time being."""
    _turn(listing, Status.PAUSED, Hand(by_voice, door, account, reason), now)


def end(listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None) -> None:
    """It is no more. Its page stays and says so."""
    _turn(listing, Status.ENDED, Hand(by_voice, door, account, reason), now)


def withdraw(
    listing: Listing, *, by_voice: Voice, door: str, now: datetime, reason: str = "", account: Account | None = None
) -> None:
    """Take it off every page at once, whatever it was; a curator can publish it again."""
    _turn(listing, Status.HIDDEN, Hand(by_voice, door, account, reason), now)


def _turn(listing: Listing, status: Status, hand: Hand, now: datetime) -> None:
    with writing(listing):
        history.turn(listing, status, hand, now=now)
