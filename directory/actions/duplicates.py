"""What is done about listings that may be one: found at night, told apart for good, merged by two people, taken apart again."""

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
    Listing,
    OldAddress,
    Pair,
    PairState,
    Revision,
    Status,
    audit,
    carrying,
    likeness,
    merging,
    records,
)
from directory.models.deciding import decide_once, is_again
from directory.models.merging import Side
from directory.queries import duplicates as queries

MOST_KEPT = 5_000  # of one night, the most alike; nobody decides more in a year
SHOWN = (Status.PUBLISHED, Status.PAUSED)
DECIDED = "Somebody else decided about these two in the meantime."
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
        if pair.state is PairState.NOT_THE_SAME and pair.reason == reason and _is_again(pair, by, now):
            return
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

    What is open about the other one, such as reports and words that wait, is about the one that stays from then on.
    `seen` is the moment of the proposal that this person read. Raises NotAllowed for whoever proposed it or speaks for
    either organisation, Conflict when something changed since it was proposed; who presses twice is not told so.
    """
    # Whoever answers or decides locks what they answer before the listing, so that nobody waits for each other.
    with writing(*queries.open_about(pair), pair, pair.first, pair.second):
        permissions.require(permissions.can_decide(by), "Merging is decided by a senior curator or a lead.")
        _may_look(pair, by)
        if pair.state is PairState.MERGED and pair.record and pair.record["proposed_at"] == seen and _is_again(pair, by, now):
            return pair.first if pair.first_id == pair.kept_id else pair.second
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
        history.alter_with_checks(kept, wanted, hand, now, came_from=other)
        carried = carrying.carry(other, kept, now=now)
        pair.record = {**pair.record, "merged": kept.revision_number, "status": other.status.value, "carried": carried}
        history.turn(other, Status.ENDED, Hand(hand.voice, "page", by, f"Now part of “{kept.name}”"[:255]), now=now)
        db.session.add(OldAddress(slug=other.slug, listing_id=kept.id))
        audit.record("merged", _told(pair), by=by, now=now, after=pair.record)
    return kept


def part(pair: Pair, *, by: Account, reason: str, now: datetime) -> Listing:
    """Undo a merge: the one that stayed gives back what it took, the other is there again; what changed since stays.

    Returns the one that is there again. They count as told apart from then on. Whoever merged them cannot do it alone.
    """
    if not reason.strip():
        raise Refused("Say why they are two after all.", field="reason")
    with writing(*queries.open_about(pair), pair, pair.first, pair.second):
        permissions.require(permissions.can_decide(by), "Splitting is decided by a senior curator or a lead.")
        _may_look(pair, by)
        if pair.state is PairState.NOT_THE_SAME and "merged" in (pair.record or {}) and _is_again(pair, by, now):
            return pair.second if pair.first_id == pair.kept_id else pair.first
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
            history.alter_with_checks(kept, wanted, hand, now, came_from=other)
        history.turn(other, Status(pair.record["status"]), hand, now=now)
        last = queries.part_of(kept)  # what went along may be further on by now
        carrying.bring_back(pair.record.get("carried", {}), other, among={kept.id, last.id if last is not None else kept.id})
        db.session.execute(delete(OldAddress).where(OldAddress.slug == other.slug))
        pair.reason = reason
        audit.record("taken apart", _told(pair), by=by, now=now, after=reason)
    return other


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


def _decide(pair: Pair, state: PairState, by: Account, now: datetime, *before: PairState) -> None:
    decide_once(pair, Pair.state.in_(before), otherwise=DECIDED, state=state, decided_by=by.id, decided_at=now)


def _is_again(pair: Pair, by: Account, now: datetime) -> bool:
    return is_again(pair.decided_by, pair.decided_at, by=by, now=now)


def _told(pair: Pair) -> str:
    return f"pair {pair.first.uid.hex} {pair.second.uid.hex}"


def _plain(why: Sequence[tuple[str, float]]) -> list[list[Any]]:
    return [[reason, worth] for reason, worth in why]
