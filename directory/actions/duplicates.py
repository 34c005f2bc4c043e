"""What is done about listings that may be one: found at night, told apart for good, merged by two people, split again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    Check,
    Listing,
    OldAddress,
    Opinion,
    Pair,
    PairState,
    Revision,
    Sort,
    State,
    Status,
    Suggestion,
    audit,
    likeness,
    merging,
    records,
)
from directory.models.deciding import decide_once
from directory.models.merging import Side
from directory.queries import curation
from directory.queries import duplicates as queries

MOST_KEPT = 5_000  # of one night, the most alike; nobody decides more in a year
SHOWN = (Status.PUBLISHED, Status.PAUSED)
DECIDED = "Somebody else decided about these two in the meantime."
SPLIT_DECIDED = "Somebody else decided about this in the meantime."
SINCE = "One of the two was changed in the meantime. Look at them again."


def find(*, now: datetime) -> int:
    """Look for doubles in the whole catalogue and keep those nobody decided on in step; how many wait then.

    What was told apart stays so for good. The looking takes long and holds no lock.
    """
    listed = queries.catalogue()
    alike = {(each.first_id, each.second_id): each for each in likeness.pairs(listed)[:MOST_KEPT]}
    with writing():
        rows = db.session.execute(select(Pair.id, Pair.first_id, Pair.second_id, Pair.state, Pair.score)).all()
        here = set(db.session.scalars(select(Listing.id).where(Listing.id.in_({number for both in alike for number in both}))))
        held = {(row.first_id, row.second_id): row for row in rows}
        fresh = [
            {"first_id": key[0], "second_id": key[1], "score": each.score, "why": _plain(each.why), "found_at": now}
            for key, each in alike.items()
            if key not in held and set(key) <= here
        ]
        for row in rows:
            key = (row.first_id, row.second_id)
            if row.state is not PairState.OPEN:
                continue
            if key not in alike:
                db.session.execute(delete(Pair).where(Pair.id == row.id, Pair.state == PairState.OPEN))
            elif alike[key].score != row.score:
                values = {"score": alike[key].score, "why": _plain(alike[key].why)}
                db.session.execute(update(Pair).where(Pair.id == row.id).values(values))
        if fresh:
            db.session.execute(insert(Pair), [{"state": PairState.OPEN, "reason": "", **each} for each in fresh])
    return queries.waiting_count()


def tell_apart(pair: Pair, *, by: Account, reason: str, now: datetime) -> None:
    """They are not the same, and nobody is asked again. Raises Conflict when it is decided already."""
    if not reason.strip():
        raise Refused("Say in a sentence how they differ. It stays with the two.", field="reason")
    with writing(pair):
        _may_look(pair, by)
        _decide(pair, PairState.NOT_THE_SAME, by, now, *queries.WAITING)
        pair.reason = reason
        audit.record("told apart", _told(pair), by=by, now=now, after=reason)


def propose(pair: Pair, *, kept: Listing, sides: Mapping[str, Side], by: Account, reason: str, now: datetime) -> None:
    """Say which one stays and whose words each part takes; a second person merges. A later proposal takes the place of it."""
    with writing(pair):
        _may_look(pair, by)
        if pair.state not in queries.WAITING:
            raise Conflict(DECIDED)
        if kept.id not in (pair.first_id, pair.second_id):
            raise Refused("Choose which of the two stays.", field="kept")
        other = _other(pair, kept)
        _refuse_gone(kept, other)
        chosen = {name: Side(side).value for name, side in sides.items() if name in merging.BY_NAME}
        pair.kept_id, pair.reason, pair.proposed_by, pair.state = kept.id, reason, by.id, PairState.PROPOSED
        pair.record = {
            "sides": chosen,
            "numbers": {str(listing.id): listing.revision_number for listing in (kept, other)},
            "proposed_at": now.isoformat(),
        }
        audit.record("merging proposed", _told(pair), by=by, now=now, after=pair.record)


def merge(pair: Pair, *, seen: str, by: Account, now: datetime) -> Listing:
    """Do what was proposed: one listing takes from the other what was chosen, the other ends and its address leads on.

    `seen` is the moment of the proposal that this person read. Raises NotAllowed for whoever proposed it or speaks for
    either organisation, Conflict when something changed since it was proposed.
    """
    with writing(pair, pair.first, pair.second):
        permissions.require(permissions.can_decide(by), "Merging is decided by a senior curator or a lead.")
        _may_look(pair, by)
        if pair.state is not PairState.PROPOSED or pair.record is None or pair.record["proposed_at"] != seen:
            raise Conflict(DECIDED)
        if pair.proposed_by == by.id:
            raise NotAllowed("Somebody else has to look at what you proposed.")
        kept = pair.first if pair.first_id == pair.kept_id else pair.second
        other = _other(pair, kept)
        _refuse_gone(kept, other)
        if any(pair.record["numbers"][str(listing.id)] != listing.revision_number for listing in (kept, other)):
            raise Conflict(SINCE)
        _decide(pair, PairState.MERGED, by, now, PairState.PROPOSED)
        sides = {name: Side(side) for name, side in pair.record["sides"].items()}
        wanted = merging.joined(records.document(kept), records.document(other), sides)
        hand = Hand(permissions.voice_of(by), "page", by, f"Merged with “{other.name}”"[:255])
        _alter(kept, wanted, hand, now, came_from=other)
        pair.record = {**pair.record, "merged": kept.revision_number, "status": other.status.value}
        history.turn(other, Status.ENDED, Hand(hand.voice, "page", by, f"Now part of “{kept.name}”"[:255]), now=now)
        db.session.execute(update(OldAddress).where(OldAddress.listing_id == other.id).values(listing_id=kept.id))
        db.session.add(OldAddress(slug=other.slug, listing_id=kept.id))
        audit.record("merged", _told(pair), by=by, now=now, after=pair.record)
    return kept


def part(pair: Pair, *, by: Account, reason: str, now: datetime) -> Listing:
    """Undo a merge: the one that stayed gives back what it took, the other is there again; what changed since stays.

    Returns the one that is there again. They count as told apart from then on. Whoever merged them cannot do it alone.
    """
    if not reason.strip():
        raise Refused("Say why they are two after all.", field="reason")
    with writing(pair, pair.first, pair.second):
        permissions.require(permissions.can_decide(by), "Splitting is decided by a senior curator or a lead.")
        _may_look(pair, by)
        if pair.state is not PairState.MERGED or pair.record is None:
            raise Conflict(DECIDED)
        if pair.decided_by == by.id:
            raise NotAllowed("Somebody else has to take apart what you merged.")
        kept = pair.first if pair.first_id == pair.kept_id else pair.second
        other = _other(pair, kept)
        if other.status is Status.HIDDEN:
            raise Refused(f"“{other.name}” was taken down. Decide about that first.")
        _decide(pair, PairState.NOT_THE_SAME, by, now, PairState.MERGED)
        number = pair.record["merged"]
        versions = select(Revision.number, Revision.document).where(Revision.listing_id == kept.id)
        rows = db.session.execute(versions.where(Revision.number.in_((number - 1, number))))
        said = {row.number: row.document for row in rows}
        hand = Hand(permissions.voice_of(by), "page", by, reason)
        if pair.record["numbers"][str(kept.id)] != number:  # the merge changed words, not the other's state alone
            wanted = merging.parted(records.document(kept), said[number - 1], said[number])
            _alter(kept, wanted, hand, now, came_from=other)
        history.turn(other, Status(pair.record["status"]), hand, now=now)
        db.session.execute(delete(OldAddress).where(OldAddress.slug == other.slug, OldAddress.listing_id == kept.id))
        pair.reason = reason
        audit.record("taken apart", _told(pair), by=by, now=now, after=reason)
    return other


def propose_split(
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
        makers = _makers(listing)
        new = history.begin(moved, Hand(suggestion.voice, "page", reason=why, **given), now=now)
        _put_back(makers, new)
        why = f"Split, with “{name}” on its own: {suggestion.reason}"[:255]
        _alter(listing, rest, Hand(suggestion.voice, "page", reason=why, **given), now, came_from=listing)
        first, second = sorted((listing.id, new.id))
        apart = {"score": 0.0, "why": [], "found_at": now, "decided_at": now, "decided_by": by.id}
        db.session.add(Pair(first_id=first, second_id=second, state=PairState.NOT_THE_SAME, reason="Split on purpose", **apart))
        told = {"from": str(listing.uid), "proposed by": str(proposer.uid)}
        audit.record("split", f"listing {new.uid}", by=by, now=now, after=told)
    return new


def refuse_split(suggestion: Suggestion, *, by: Account, reason: str, now: datetime) -> None:
    """The second person says that they stay one listing, for a reason that whoever proposed it reads."""
    if not reason.strip():
        raise Refused("Say in a sentence why they stay one. The person who proposed it reads it.", field="words")
    with writing(suggestion, _listing_to_split(suggestion)):
        _may_decide_split(suggestion, by)
        _decide_split(suggestion, State.REFUSED, now, reason=reason)
        audit.record("not split", f"suggestion {suggestion.uid}", by=by, now=now, after=reason)


# What the verbs share


def _may_look(pair: Pair, by: Account) -> None:
    permissions.require(permissions.can_curate(by))
    if any(by.speaks_for(listing.organisation_id) for listing in (pair.first, pair.second)):
        raise NotAllowed("Somebody else has to decide on listings of your organisation.")


def _refuse_gone(*both: Listing) -> None:
    for listing in both:
        if listing.status not in SHOWN:
            raise Refused(f"“{listing.name}” is not shown any more, so there is nothing to merge.")


def _other(pair: Pair, kept: Listing) -> Listing:
    return pair.second if pair.first_id == kept.id else pair.first


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
    decide_once(suggestion, Suggestion.state.in_(curation.OPEN), otherwise=SPLIT_DECIDED, **values)


def _places(held: Sequence[Any], wanted: Sequence[Any]) -> list[int]:
    """Where these sessions are in the list now. Raises Conflict when one of them is not there as it was."""
    places: list[int] = []
    for session in wanted:
        at = next((at for at, each in enumerate(held) if each == session and at not in places), None)
        if at is None:
            raise Conflict("The times were changed since this was proposed. Say no to it, and propose it anew.")
        places.append(at)
    return places


def _decide(pair: Pair, state: PairState, by: Account, now: datetime, *before: PairState) -> None:
    decide_once(pair, Pair.state.in_(before), otherwise=DECIDED, state=state, decided_by=by.id, decided_at=now)


def _alter(listing: Listing, wanted: Mapping[str, Any], hand: Hand, now: datetime, *, came_from: Listing) -> None:
    """Give it the record, checks included; who made a check is not part of a record and is put back."""
    makers = _makers(came_from, listing)
    values = {name: value for name, value in wanted.items() if name != "status"}
    if values["checks"] == records.document(listing)["checks"]:
        del values["checks"]  # rows that say the same stay
    history.alter(listing, values, hand, now=now)
    _put_back(makers, listing)


def _makers(*listings: Listing) -> dict[tuple[object, ...], int | None]:
    return {_check(check): check.account_id for listing in listings for check in listing.checks}


def _put_back(makers: Mapping[tuple[object, ...], int | None], listing: Listing) -> None:
    for check in listing.checks:
        check.account_id = makers.get(_check(check), check.account_id)


def _check(check: Check) -> tuple[object, ...]:
    return check.fact, check.means, check.voice, check.checked_on, check.value_seen


def _told(pair: Pair) -> str:
    return f"pair {pair.first.uid.hex} {pair.second.uid.hex}"


def _plain(why: Sequence[tuple[str, float]]) -> list[list[Any]]:
    return [[reason, worth] for reason, worth in why]
