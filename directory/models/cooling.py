"""New contact details cool off: whoever was to be reached before is told, and where nobody was, everybody waits three days.

A listing's address hears once a day at most: at once of the first change, and a day later of all that came since together.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from directory.extensions import db
from directory.models.curation import Voice
from directory.models.letters import Letter, letter_to
from directory.models.listings import Listing
from directory.models.recurrence import LONDON
from directory.models.suggestions import Suggestion
from directory.models.words import day_words

COOLS = timedelta(hours=72)
BETWEEN = timedelta(hours=24)  # two letters about new contacts to the same address
FIELDS = {"contacts", "website"}
KIND = "contact-changed"
LONGEST = 120
WHO = {
    Voice.VISITOR: "a visitor",
    Voice.GROUP: "somebody who speaks for the group",
    Voice.VOLUNTEER: "a curator",
    Voice.LINK_WORKER: "a link worker",
    Voice.STAFF: "somebody who answers for your area",
    Voice.FEED: "a list that we follow",
}


def warn_old_contact(suggestion: Suggestion, listing: Listing | None, now: datetime) -> None:
    """Inside `writing()`: letters to the addresses of now. Who cannot be told at once has 72 hours before anybody can agree."""
    if listing is None or not FIELDS & set(suggestion.fields):
        return
    old = list(dict.fromkeys(point.value for point in listing.contact_points if point.kind == "email"))
    before = [_last(listing, address) for address in old]
    if listing.contact_points and (not old or any(each is not None and each.not_before > now - BETWEEN for each in before)):
        suggestion.cools_until = now + COOLS
    told = _told(suggestion, listing, now)
    for address, last in zip(old, before, strict=True):
        if last is not None and last.not_before > now:
            last.facts = {**last.facts, "proposals": [*last.facts.get("proposals", []), told]}
            continue
        letter = letter_to(address, KIND, now, listing=listing, proposals=[told])
        if last is not None:
            letter.not_before = max(now, last.not_before + BETWEEN)
        db.session.add(letter)


def tell_no_more(suggestion: Suggestion, now: datetime) -> None:
    """Inside `writing()`: what is decided before the next letter goes is not in it any more."""
    if not FIELDS & set(suggestion.fields):
        return
    later = Letter.kind == KIND, Letter.listing_id == suggestion.listing_id, Letter.sent_at.is_(None), Letter.not_before > now
    for letter in db.session.scalars(select(Letter).where(*later)):
        if letter.tries:  # it was on its way once, and comes back by itself
            continue
        left = [each for each in letter.facts.get("proposals", []) if each["suggestion"] != str(suggestion.uid)]
        if left:
            letter.facts = {**letter.facts, "proposals": left}
        else:
            db.session.delete(letter)


def no_link(text: str) -> str:
    """An address that no program makes a link of, because nobody has looked at it: "evil dot example", "0 1 6 3 2"."""
    text = " ".join(text.split()).removeprefix("https://").removeprefix("http://")[:LONGEST]
    if not any(letter.isalpha() for letter in text):
        return " - ".join(" ".join(part) for part in text.split(" "))
    return text.replace("@", " at ").replace(".", " dot ").replace("://", " ")


def _last(listing: Listing, address: str) -> Letter | None:
    """The letter about new contacts that went last to this address, or goes next."""
    wanted = Letter.kind == KIND, Letter.listing_id == listing.id, Letter.to_address == address
    return db.session.scalars(select(Letter).where(*wanted).order_by(Letter.not_before.desc(), Letter.id.desc()).limit(1)).first()


def _told(suggestion: Suggestion, listing: Listing, now: datetime) -> dict[str, Any]:
    """What a letter says of one change: who by role, what would be new, what would go, how many look, and from when."""
    record = suggestion.record
    there = {point.value for point in listing.contact_points}
    wanted = list(record.get("contacts") or []) if "contacts" in suggestion.fields else []
    new = [f"{each['kind']}: {_shown(each)}" for each in wanted if each["value"] not in there]
    gone = sorted(there - {each["value"] for each in wanted}) if "contacts" in suggestion.fields else []
    if "website" in suggestion.fields:
        new += [f"website: {no_link(record['website'])}"] if record.get("website") else []
        gone += [listing.website] if listing.website else []
    until = suggestion.cools_until
    return {
        "suggestion": str(suggestion.uid),
        "who": WHO[suggestion.voice],
        "new": new,
        "gone": [no_link(value) for value in gone],
        "approvals": suggestion.approvals,
        "not_before": day_words(until.astimezone(LONDON).date(), now.date()) if until is not None else "",
    }


def _shown(contact: dict[str, Any]) -> str:
    """A contact that visitors would not see is told in part."""
    return (
        no_link(contact["value"])
        if contact.get("public", True)
        else f"one that visitors would not see, with {contact['value'][-3:]} at its end"
    )
