"""What curators do for the safety and the order of the catalogue: hide, restore, take back somebody's changes, lock."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    Check,
    Letter,
    Listing,
    Lock,
    Opinion,
    Report,
    Revision,
    Status,
    Suggestion,
    audit,
    records,
    redaction,
)
from directory.models.letters import letter_to
from directory.models.undoing import undone
from directory.permissions import Change
from directory.queries import accounts as people
from directory.queries import curation as queries
from directory.queries import duplicates, repeats

LONGEST_LOCK = timedelta(days=30)
SHORT = 255
# Where words about a listing are kept, apart from the listing itself.
KEPT_TEXTS: Mapping[type[Any], tuple[str, ...]] = {
    Revision: ("document", "reason"),
    Suggestion: ("record", "reason", "decision_reason"),
    Opinion: ("record", "reason"),
    Report: ("text", "should_say", "answer"),
    Check: ("value_seen",),
    Letter: ("facts",),
}
SHORT_TEXTS: Mapping[type[Any], tuple[str, ...]] = {Revision: ("reason",)}


@dataclass(frozen=True)
class Reverted:
    """What taking back somebody's changes did: listings put right, and those where another hand's later words stay."""

    listings: tuple[Listing, ...]
    left: tuple[tuple[Listing, tuple[str, ...]], ...]


def hide(listing: Listing, *, by: Account, reason: str, now: datetime) -> None:
    """Take it down at once, for safety; the lead decides what becomes of it."""
    if not reason.strip():
        raise Refused("Say why it has to come down now. The lead reads it.", field="reason")
    permissions.require(permissions.can_curate(by))
    with writing(listing):
        if listing.status is Status.HIDDEN and repeats.has_just_hidden(listing, reason, by=by, now=now):
            return
        if not history.turn(listing, Status.HIDDEN, Hand(permissions.voice_of(by), "page", by, reason), now=now):
            raise Conflict("It is hidden already.")
        for lead in people.leads():
            db.session.add(letter_to(lead.email, "hidden", now, account=lead, listing=listing, reason=reason))


def publish_again(listing: Listing, *, by: Account, reason: str, now: datetime) -> None:
    """The lead decided that what was hidden may be seen again."""
    permissions.require(permissions.can_lead(by))
    if not reason.strip():
        raise Refused("Say why it may be seen again. It stays in the history.", field="reason")
    with writing(listing):
        if listing.status is not Status.HIDDEN:
            raise Conflict("It is not hidden.")
        # What had stopped, or is part of another one by now, is not there again because it may be seen.
        history.turn(listing, queries.status_before_hiding(listing), Hand(permissions.voice_of(by), "page", by, reason), now=now)


def restore(listing: Listing, number: int, *, by: Account, reason: str, now: datetime) -> None:
    """Bring back the words of an older version, as a new one."""
    permissions.require(permissions.can_curate(by) and not by.speaks_for(listing.organisation_id))
    if not reason.strip():
        raise Refused("Say why these words come back. It stays in the history.", field="reason")
    older = queries.revision(listing, number)
    with writing(listing):
        duplicates.refuse_merged(listing)
        permissions.refuse_locked(queries.lock_on(listing, now=now), by)
        current = queries.document_of(listing)
        wanted = {**current, **history.words_of(older.document)}
        change = permissions.sort_of_change(wanted, queries.changed_fields(current, wanted))
        is_usual = change is Change.USUAL and not permissions.is_sensitive(current)
        if not is_usual and not permissions.can_decide(by):
            raise Refused("Words like these need a second person. Send them from the page for editing.")
        newest = queries.revision(listing, listing.revision_number)
        hand = Hand(permissions.voice_of(by), "page", by, reason, restores_number=number, reverts_account_id=newest.account_id)
        changed = history.alter(listing, history.words_of(older.document), hand, now=now)
        if not changed:
            raise Refused("It says the same already.")


def revert_all(account: Account, *, since: datetime, by: Account, reason: str, now: datetime) -> Reverted:
    """Take back everything this account changed since then, in one step; what others changed later stays and is told.

    A merge, to which a second person agreed, stays as well: it is taken apart on its own page.
    """
    permissions.require(permissions.can_lead(by) or permissions.can_decide(by))
    if account.id == by.id:
        raise NotAllowed("Somebody else has to take back your changes.")
    if not reason.strip():
        raise Refused("Say why. It stays in the history of each listing.", field="reason")
    left: list[tuple[Listing, tuple[str, ...]]] = []
    changes: list[tuple[Listing, Mapping[str, Any]]] = []
    said: dict[int, Mapping[str, Any]] = {}
    with _undisturbed(), writing():
        theirs = queries.numbers_by(account, since=since)
        documents, merged = queries.documents_of(theirs), duplicates.merged_numbers(theirs)
        for listing in queries.listings_of(theirs):
            by_two = theirs[listing.id] & merged.get(listing.id, set())
            back = undone(documents[listing.id], theirs[listing.id] - by_two)
            marked = tuple(name for name, value in back.values.items() if redaction.is_marked(value))
            values = {name: value for name, value in back.values.items() if name not in marked}
            if values:
                changes.append((listing, values))
                said[listing.id] = {**documents[listing.id][-1][1], "checks": records.checks_of(listing)}
            if back.kept or by_two or marked:
                left.append((listing, (*back.kept, *marked, *(("what was merged",) if by_two else ()))))
        hand = Hand(permissions.voice_of(by), "page", by, reason, reverts_account_id=account.id)
        done = history.alter_many(changes, hand, now=now, said=said)
        audit.record("changes taken back", f"account {account.uid}", by=by, now=now, after=[since.isoformat(), len(done)])
    return Reverted(tuple(done), tuple(left))


def redact(listing: Listing, words: str, *, by: Account, reason: str, now: datetime) -> int:
    """Take words that belong to a person out of everything kept about a listing, for good; in how many places they stood.

    A stone stays in each. What the audit keeps are digests, so its chain holds. Raises Refused while the listing itself
    says these words, and where they stand nowhere.
    """
    permissions.require(permissions.can_redact(by))
    if not reason.strip():
        raise Refused("Say why. It stays where the words stood.", field="reason")
    if len(words.strip()) < redaction.SHORTEST:
        raise Refused("Write the words as they stand there, three letters at least.", field="words")
    if redaction.holds(reason, words):
        raise Refused("The reason must not say the words again.", field="reason")
    with writing(listing):
        if redaction.holds(history.words_of(records.document(listing)), words):
            raise Refused("The listing itself says this. Change it first, then take it out of the history.", field="words")
        mark, places = redaction.stone(now.date(), reason.strip()), 0
        for row in queries.texts_about(listing):
            for column in KEPT_TEXTS[type(row)]:
                held = getattr(row, column)
                told = redaction.without(held, words, mark)
                if told != held:
                    setattr(row, column, told[:SHORT] if column in SHORT_TEXTS.get(type(row), ()) else told)
                    places += 1
        if not places:
            raise Refused("Nothing that is kept about this listing says these words.", field="words")
        audit.record("words taken out", f"listing {listing.uid}", by=by, now=now, after=[reason, places])
    return places


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A hundred thousand objects wake the collector dozens of times, and none of them is garbage: a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def lock(
    *,
    by: Account,
    reason: str,
    ends_at: datetime,
    now: datetime,
    listing: Listing | None = None,
    organisation_id: int | None = None,
    area_code: str = "",
) -> Lock:
    """Nobody but curators edits it until then: a listing, an organisation, or a small area."""
    permissions.require(permissions.can_decide(by))
    if not reason.strip():
        raise Refused("Say why. It is shown to everybody who wants to edit.", field="reason")
    if not now < ends_at <= now + LONGEST_LOCK:
        raise Refused("A lock lasts 30 days at most.", field="ends_at")
    with writing():
        row = Lock(
            listing_id=listing.id if listing is not None else None,
            organisation_id=organisation_id,
            area_code=area_code,
            reason=reason,
            made_at=now,
            ends_at=ends_at,
            account_id=by.id,
        )
        db.session.add(row)
        db.session.flush()
        audit.record("locked", f"lock {row.id}", by=by, now=now, after=reason)
    return row


def unlock(row: Lock, *, by: Account, now: datetime) -> None:
    """End a lock before its time."""
    permissions.require(permissions.can_decide(by))
    with writing(row):
        row.lifted_at = row.lifted_at or now
        audit.record("unlocked", f"lock {row.id}", by=by, now=now)
