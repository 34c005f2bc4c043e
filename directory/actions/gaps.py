"""What leads do with a gap: look, take a public step, make it part of another, part it, give it a name, open one themselves."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select

from directory import permissions
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
from directory.models import (
    Account,
    Flag,
    Gap,
    GapKind,
    GapState,
    GapStep,
    Listing,
    OfferState,
    Status,
    Term,
    audit,
    records,
)
from directory.models.gaps import Area
from directory.models.recurrence import LONDON
from directory.queries import gap_desk as desk
from directory.queries import gaps as queries
from directory.queries import misses

STEPS = (
    GapState.LOOKED_AT,
    GapState.BEING_STARTED,
    GapState.NOT_NOW,
    GapState.MET,
    GapState.WAS_NOT_KNOWN,
    GapState.MISTAKEN,
)
LONGEST_REVIEW = timedelta(days=731)
SAME_PRESS = timedelta(minutes=10)  # within it the same person's same step is one press that was sent twice
STEPPED = "Somebody else took a step a moment ago. Read it first."
MOVED = "flag moved"
ENDED = "This gap is closed. Somebody else may have closed it a moment ago."


def look(gap: Gap | None, *, by: Account, now: datetime, areas: Collection[str] = ()) -> None:
    """Note that somebody reads exact counts: of one gap with what was written, or of all in these areas (none: everywhere)."""
    thing = f"gap {gap.uid}" if gap is not None else f"gaps of {' '.join(sorted(areas)) or 'everywhere'}"
    with writing():
        audit.record("read exact counts", thing[:80], by=by, now=now)


def open_one(term: Term, area: Area, kind: GapKind, *, words: str, by: Account, now: datetime) -> Gap:
    """A lead opens a gap that nobody need have flagged, and it is public at once. Raises Conflict where one is open."""
    with writing(term):
        permissions.require(permissions.can_lead(by) and permissions.looks_after(by, area.code, area.council_code))
        if queries.open_alike(term.id, area.code, kind) is not None:
            raise Conflict("There is one like this already. Take a step there.")
        gap = Gap.in_area(area, term_id=term.id, kind=kind, opened_at=now)
        db.session.add(gap)
        _step(gap, GapState.LOOKED_AT, words, by, now)
        audit.record("gap opened", f"gap {gap.uid}", by=by, now=now, after=[term.slug, area.code, kind.value])
    return gap


def open_searched(term: Term, area: Area, kind: GapKind, *, words: str, by: Account, now: datetime) -> Gap:
    """As `open_one`, for what many searched for in vain. Raises Refused where fewer than 8 visits did, for it tells of them."""
    if not misses.is_need_asked_for(term.slug, area.code, today=now.astimezone(LONDON).date()):
        raise Refused(
            f"Fewer than {misses.LEAST_VISITS} visits looked for this in {area.code}, so no gap is opened for it. "
            "Choose one from the list."
        )
    return open_one(term, area, kind, words=words, by=by, now=now)


def move(
    gap: Gap,
    state: GapState,
    *,
    words: str,
    was: GapState,
    by: Account,
    now: datetime,
    seen: int | None = None,
    review_on: date | None = None,
    listing: Listing | None = None,
) -> GapStep:
    """One public step, in words that everybody reads; all who flagged it are told.

    `was` is the state that this person saw and `seen` the number of its last step then, 0 before the first. What cannot be met
    now needs a day to look again; what was not known, its listing. Sent twice within ten minutes it is one step.
    Raises Conflict when it has moved meanwhile, Refused for what is missing.
    """
    _refuse_step(state, words, review_on, listing, now.date())
    with writing(gap):
        permissions.require(permissions.can_move(by, gap))
        listing_id = listing.id if listing is not None else None
        if (same := queries.step_just_taken(gap, state, words, listing_id, by=by, since=now - SAME_PRESS)) is not None:
            return same
        if not gap.is_open:
            raise Conflict(ENDED)
        last = queries.last_step(gap)
        if gap.state is not was or (seen is not None and seen != (last.id if last is not None else 0)):
            mine = last is not None and last.account_id == by.id
            raise Conflict("You took a step a moment ago. Read it first." if mine else STEPPED)
        step = _step(gap, state, words, by, now, review_on=review_on, listing=listing)
        if listing is not None:
            for offer in desk.offers_of(gap):
                if offer.listing_id == listing.id and offer.state is OfferState.OPEN:
                    offer.state, offer.decided_at, offer.decided_by = OfferState.TAKEN, now, by.id
        audit.record("gap moved", f"gap {gap.uid}", by=by, now=now, before=was.value, after=[state.value, words])
    return step


def reopen(gap: Gap, *, words: str, by: Account, now: datetime) -> GapStep:
    """A gap that was closed by mistake, or too early, is open again, in words that everybody reads; all who flagged it are told.

    What was taken as its answer may be decided on anew. Raises Conflict where it is open, where it went into another gap, and
    where somebody flagged the same since, which opened a new one.
    """
    if not words.strip():
        raise Refused("Say in a sentence why it is open again. Everybody reads it.", field="words")
    with writing(gap.term, gap):
        permissions.require(permissions.can_move(by, gap))
        if (same := queries.step_just_taken(gap, GapState.REPORTED, words, None, by=by, since=now - SAME_PRESS)) is not None:
            return same
        if gap.is_open:
            raise Conflict("This gap is open already.")
        if gap.state is GapState.MERGED:
            raise Conflict("This is part of another gap now. Part them again.")
        _refuse_second(gap)
        for offer in desk.offers_of(gap):
            if offer.state is OfferState.TAKEN and offer.listing_id is not None:
                offer.state, offer.decided_at, offer.decided_by = OfferState.OPEN, None, None
        before, gap.closed_at, gap.answer_id = gap.state.value, None, None
        step = _step(gap, GapState.REPORTED, words, by, now)
        audit.record("gap opened again", f"gap {gap.uid}", by=by, now=now, before=before, after=words)
    return step


def merge(gap: Gap, into: Gap, *, by: Account, now: datetime, sure: bool = False) -> None:
    """All that was said of one gap counts for another one; whoever spoke of both counts once. The first one is closed.

    What stays behind is only who spoke of both: cells follow `merged_into`, and the larger figure counts. Of each that moves
    the audit says so, for the way back. Raises Refused where need or reason differ, unless somebody is `sure`.
    """
    first, second = sorted((gap, into), key=lambda each: each.id)
    with writing(first, second):
        permissions.require(permissions.can_arrange(by, gap) and permissions.can_arrange(by, into))
        if gap.id == into.id:
            raise Refused("Choose another gap.", field="into")
        if (differs := _difference(gap, into)) and not sure:
            raise Refused(
                f"These two differ: {differs}. If they are one all the same, tick the box and press again.", field="into"
            )
        if not gap.is_open or not into.is_open:
            raise Conflict(ENDED)
        there = set(db.session.scalars(select(Flag.who).where(Flag.gap_id == into.id)))
        latest = queries.latest_step(into)
        acts: list[audit.Act] = [("gap merged", f"gap {gap.uid}", None, str(into.uid))]
        for flag in db.session.scalars(select(Flag).where(Flag.gap_id == gap.id).order_by(Flag.id)):
            if flag.who not in there:
                # They hear how the other one stands, if it stands anywhere yet.
                flag.gap_id, flag.told_step_id = into.id, max(0, latest - 1)
                acts.append((MOVED, f"flag {flag.uid}", str(gap.uid), str(into.uid)))
            else:
                flag.reply_to = ""
        held = {(each.listing_id, each.organisation_id) for each in desk.offers_of(into)}
        for offer in desk.offers_of(gap):
            if (offer.listing_id, offer.organisation_id) not in held:
                offer.gap_id = into.id
        gap.merged_into_id = into.id
        _step(gap, GapState.MERGED, f"Now part of: {into.title}, {into.area_name or into.area_code}.", by, now)
        audit.record_many(acts, by=by, now=now)


def unmerge(gap: Gap, *, by: Account, now: datetime) -> None:
    """The way back from `merge`: what was said of it leaves the other one, and it stands as it stood before. That is no news.

    What was offered since stays with the other one. Raises Conflict where it is no part of another, or is open anew.
    """
    into = gap.merged_into
    if gap.state is not GapState.MERGED or into is None:
        raise Conflict("This gap is not part of another.")
    first, second = sorted((gap, into), key=lambda each: each.id)
    with writing(gap.term, first, second):
        permissions.require(permissions.can_arrange(by, gap) and permissions.can_arrange(by, into))
        if gap.state is not GapState.MERGED:
            raise Conflict("Somebody parted them a moment ago.")
        _refuse_second(gap)
        merged = [step for step in gap.steps if step.state is GapState.MERGED]
        for step in merged:
            gap.steps.remove(step)
        left = gap.steps[-1] if gap.steps else None
        gap.state, gap.review_on = (left.state, left.review_on) if left is not None else (GapState.REPORTED, None)
        gap.closed_at, gap.merged_into_id, gap.changed_at = None, None, now
        db.session.flush()
        latest = queries.latest_step(gap)
        acts: list[audit.Act] = [("gap parted again", f"gap {gap.uid}", None, str(into.uid))]
        for flag in desk.moved_from(gap, MOVED):
            flag.gap_id, flag.told_step_id = gap.id, latest
            acts.append(("flag moved back", f"flag {flag.uid}", str(into.uid), str(gap.uid)))
        audit.record_many(acts, by=by, now=now)


def split(gap: Gap, *, name: str, flags: Collection[uuid.UUID], by: Account, now: datetime) -> Gap:
    """Some of what was said becomes a gap of its own, under a name that tells it apart; it stands where the first one stands."""
    permissions.require(permissions.can_read_exactly(by, gap))
    part = records.slug_of(name)[:60]
    if not name.strip() or not part:
        raise Refused("Say in a few words what is special about them. It is public.", field="name")
    with writing(gap.term, gap):
        if not gap.is_open:
            raise Conflict(ENDED)
        rows = desk.flags_of(gap)
        chosen = [row for row in rows if row.uid in flags]
        if not chosen or len(chosen) == len(rows):
            raise Refused("Tick some of them, not all.", field="flags")
        taken = select(Gap.id).where(
            Gap.term_id == gap.term_id,
            Gap.area_code == gap.area_code,
            Gap.kind == gap.kind,
            Gap.part == part,
            Gap.closed_at.is_(None),
        )
        if db.session.scalar(taken) is not None:
            raise Refused("There is a part of this name already.", field="name")
        same = {each: getattr(gap, each) for each in ("term_id", "kind", "state", "review_on")}
        other = Gap.in_area(gap.area, part=part, name=name, opened_at=now, changed_at=now, **same)
        db.session.add(other)
        db.session.flush()
        for row in chosen:
            row.gap_id = other.id
        audit.record("gap split", f"gap {gap.uid}", by=by, now=now, after=str(other.uid))
    return other


def rename(gap: Gap, *, name: str, by: Account, now: datetime) -> None:
    """What everybody calls it; without a name it is called after its need."""
    with writing(gap):
        permissions.require(permissions.can_arrange(by, gap))
        before, gap.name = gap.name, name
        audit.record("gap renamed", f"gap {gap.uid}", by=by, now=now, before=before, after=name)


# What the verbs share


def _difference(gap: Gap, into: Gap) -> str:
    """In what two gaps are not the same need or reason, in words; empty where they are."""
    told = []
    if gap.term_id != into.term_id:
        told.append(f"one is about “{gap.term.label}”, the other about “{into.term.label}”")
    if gap.kind is not into.kind:
        told.append("they are missing for different reasons")
    return ", and ".join(told)


def _refuse_second(gap: Gap) -> None:
    """There is one open gap for what is the same."""
    same = (Gap.term_id == gap.term_id, Gap.area_code == gap.area_code, Gap.kind == gap.kind, Gap.part == gap.part)
    if db.session.scalar(select(Gap.id).where(*same, Gap.closed_at.is_(None), Gap.id != gap.id)) is not None:
        raise Conflict("The same was flagged since, and is open as a gap of its own. Take a step there.")


def _refuse_step(state: GapState, words: str, review_on: date | None, listing: Listing | None, today: date) -> None:
    if state not in STEPS:
        raise Refused("Choose what happens.", field="state")
    if not words.strip():
        raise Refused("Say in a sentence what happens. Everybody reads it.", field="words")
    if state is GapState.NOT_NOW and (review_on is None or not today < review_on <= today + LONGEST_REVIEW):
        raise Refused("Give a day within two years on which you look again.", field="review_on")
    if state is GapState.WAS_NOT_KNOWN and listing is None:
        raise Refused("Say which listing it is.", field="listing")
    if listing is not None and listing.status is not Status.PUBLISHED:
        raise Refused("This listing is not shown to anybody yet.", field="listing")


def _step(
    gap: Gap,
    state: GapState,
    words: str,
    by: Account,
    now: datetime,
    *,
    review_on: date | None = None,
    listing: Listing | None = None,
) -> GapStep:
    if listing is not None:
        gap.answer_id = listing.id
    told = {"words": words, "voice": permissions.voice_of(by), "account_id": by.id, "now": now, "review_on": review_on}
    step = gap.take_step(state, listing_id=listing.id if listing is not None else None, **told)
    db.session.flush()
    return step
