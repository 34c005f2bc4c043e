"""What is done about a listing that is two: somebody proposes which times are one of their own, a second person splits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import Account, Listing, Opinion, Pair, PairState, Sort, State, Suggestion, audit, merging, records
from directory.models.deciding import decide_once, is_again
from directory.queries import curation
from directory.queries import duplicates as queries

DECIDED = "Somebody else decided about this in the meantime."


def propose(
    listing: Listing, *, sessions: Sequence[int], name: str, seen: int, by: Account, reason: str, now: datetime
) -> Suggestion:
    """Say which sessions, by their places in the list of version `seen`, are a listing of their own, and what it is called.

    A second person splits. Raises Conflict while another proposal waits, or when the listing was changed meanwhile.
    """
    with writing(listing):
        permissions.require(permissions.can_curate(by))
        if by.speaks_for(listing.organisation_id):
            raise NotAllowed("Somebody else has to decide on a listing of your organisation.")
        if queries.split_of(listing) is not None:
            raise Conflict("Somebody has proposed how to split this already. Decide about that first.")
        if listing.revision_number != seen:
            raise Conflict("The listing was changed in the meantime. Choose again from what it says now.")
        if not sessions or not set(sessions) < set(range(len(listing.sessions))):
            raise Refused("Something has to move, and something has to stay.", field="sessions")
        if not name.strip():
            raise Refused("Give the new listing a name.", field="name")
        if " ".join(name.split()).casefold() == " ".join(listing.name.split()).casefold():
            raise Refused("Give the new listing another name, so that people can tell the two apart.", field="name")
        if not reason.strip():
            raise Refused("Say why they are two.", field="reason")
        held = records.document(listing)["sessions"]
        suggestion = Suggestion(
            listing_id=listing.id,
            sort=Sort.SPLIT,
            base_number=seen,
            record={"name": name.strip(), "sessions": [held[at] for at in sorted(set(sessions))]},
            fields=[],
            reason=reason,
            made_at=now,
            account_id=by.id,
            voice=permissions.voice_of(by),
            door="page",
        )
        db.session.add(suggestion)
        db.session.flush()
        audit.record("splitting proposed", f"suggestion {suggestion.uid}", by=by, now=now, after=suggestion.record)
    return suggestion


def split(suggestion: Suggestion, *, by: Account, now: datetime) -> Listing:
    """Do what was proposed: the sessions move with their venues to a new listing; returns that.

    The new one has a copy of the other words and of the checks, and its first version says where it came from. Raises
    NotAllowed for whoever proposed it or is a party, Conflict when it is decided or the sessions are not as they were.
    """
    listing = _listing_to_split(suggestion)
    with writing(suggestion, listing):
        _may_decide_split(suggestion, by)
        is_done = suggestion.state is State.APPROVED and suggestion.was_agreed_by(by)
        if is_done and is_again(by.id, suggestion.decided_at, by=by, now=now):
            return queries.split_off(suggestion)
        proposer = suggestion.account
        if proposer is None or not permissions.can_curate(proposer):
            raise Refused("Whoever proposed this may not curate any more. Say no to it, and propose it anew.")
        record, name = records.document(listing), suggestion.record["name"]
        places = _places(record["sessions"], suggestion.record["sessions"])
        if len(places) == len(record["sessions"]):
            raise Conflict("Nothing would stay behind any more. Say no to it, and propose it anew.")
        _decide_split(suggestion, State.APPROVED, now)
        suggestion.opinions.append(Opinion(account_id=by.id, agrees=True, record={}, made_at=now))
        rest, moved = merging.split(record, places, name)
        given: dict[str, Any] = {"account": proposer, "suggestion_id": suggestion.id}
        why = f"Split from “{listing.name}”: {suggestion.reason}"[:255]
        makers = history.makers_of(listing)
        new = history.begin(moved, Hand(suggestion.voice, "page", reason=why, **given), now=now)
        history.put_makers_back(makers, new)
        why = f"Split, with “{name}” on its own: {suggestion.reason}"[:255]
        history.alter_with_checks(listing, rest, Hand(suggestion.voice, "page", reason=why, **given), now, came_from=listing)
        first, second = sorted((listing.id, new.id))
        apart = {"score": 0.0, "why": [], "found_at": now, "decided_at": now, "decided_by": by.id}
        db.session.add(Pair(first_id=first, second_id=second, state=PairState.NOT_THE_SAME, reason="Split on purpose", **apart))
        told = {"from": str(listing.uid), "proposed by": str(proposer.uid)}
        audit.record("split", f"listing {new.uid}", by=by, now=now, after=told)
    return new


def refuse(suggestion: Suggestion, *, by: Account, reason: str, now: datetime) -> None:
    """The second person says that they stay one listing, for a reason that whoever proposed it reads."""
    if not reason.strip():
        raise Refused("Say in a sentence why they stay one. The person who proposed it reads it.", field="words")
    with writing(suggestion, _listing_to_split(suggestion)):
        _may_decide_split(suggestion, by)
        _decide_split(suggestion, State.REFUSED, now, reason=reason)
        audit.record("not split", f"suggestion {suggestion.uid}", by=by, now=now, after=reason)


# What the verbs share


def _listing_to_split(suggestion: Suggestion) -> Listing:
    if suggestion.sort is not Sort.SPLIT or suggestion.listing is None:
        raise Refused("This asks for something else.")
    return suggestion.listing


def _may_decide_split(suggestion: Suggestion, by: Account) -> None:
    permissions.require(permissions.can_decide(by), "Splitting is decided by a senior curator or a lead.")
    if suggestion.account_id == by.id:
        raise NotAllowed("Somebody else has to look at what you proposed.")
    if suggestion.concerns(by):
        raise NotAllowed("Somebody else has to decide on a listing of your organisation.")


def _decide_split(suggestion: Suggestion, state: State, now: datetime, *, reason: str = "") -> None:
    values = {"state": state, "decided_at": now, "decision_reason": reason}
    decide_once(suggestion, Suggestion.state.in_(curation.OPEN), otherwise=DECIDED, **values)


def _places(held: Sequence[Any], wanted: Sequence[Any]) -> list[int]:
    """Where these sessions are in the list now. Raises Conflict when one of them is not there as it was."""
    places: list[int] = []
    for session in wanted:
        at = next((at for at, each in enumerate(held) if each == session and at not in places), None)
        if at is None:
            raise Conflict("The times were changed since this was proposed. Say no to it, and propose it anew.")
        places.append(at)
    return places
