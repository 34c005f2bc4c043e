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
from directory.models.gaps import CLOSED
from directory.queries import gaps as queries
from directory.queries.gaps import Area

STEPS = (
    GapState.LOOKED_AT,
    GapState.BEING_STARTED,
    GapState.NOT_NOW,
    GapState.MET,
    GapState.WAS_NOT_KNOWN,
    GapState.MISTAKEN,
)
LONGEST_REVIEW = timedelta(days=731)
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
        gap = Gap(
            term_id=term.id,
            area_code=area.code,
            area_name=area.name,
            council_code=area.council_code,
            latitude=area.latitude,
            longitude=area.longitude,
            hexagon=area.hexagon,
            kind=kind,
            opened_at=now,
        )
        db.session.add(gap)
        _step(gap, GapState.LOOKED_AT, words, by, now)
        audit.record("gap opened", f"gap {gap.uid}", by=by, now=now, after=[term.slug, area.code, kind.value])
    return gap


def move(
    gap: Gap,
    state: GapState,
    *,
    words: str,
    was: GapState,
    by: Account,
    now: datetime,
    review_on: date | None = None,
    listing: Listing | None = None,
) -> GapStep:
    """One public step, in words that everybody reads; all who flagged it are told.

    `was` is the state that this person saw. What cannot be met now needs a day to look again; what was not known, its listing.
    Raises Conflict when it has moved meanwhile, Refused for what is missing.
    """
    _refuse_step(state, words, review_on, listing, now.date())
    with writing(gap):
        permissions.require(permissions.can_move(by, gap))
        if not gap.is_open:
            raise Conflict(ENDED)
        if gap.state is not was:
            raise Conflict("Somebody else took a step a moment ago. Read it first.")
        step = _step(gap, state, words, by, now, review_on=review_on, listing=listing)
        if listing is not None:
            for offer in queries.offers_of(gap):
                if offer.listing_id == listing.id and offer.state is OfferState.OPEN:
                    offer.state, offer.decided_at, offer.decided_by = OfferState.TAKEN, now, by.id
        audit.record("gap moved", f"gap {gap.uid}", by=by, now=now, before=was.value, after=[state.value, words])
    return step


def merge(gap: Gap, into: Gap, *, by: Account, now: datetime) -> None:
    """All that was said of one gap counts for another one; whoever spoke of both counts once. The first one is closed.

    What stays behind is only who spoke of both: cells follow `merged_into`, and the larger figure counts.
    """
    first, second = sorted((gap, into), key=lambda each: each.id)
    with writing(first, second):
        permissions.require(permissions.can_arrange(by, gap) and permissions.can_arrange(by, into))
        if gap.id == into.id:
            raise Refused("Choose another gap.", field="into")
        if not gap.is_open or not into.is_open:
            raise Conflict(ENDED)
        there = set(db.session.scalars(select(Flag.who).where(Flag.gap_id == into.id)))
        latest = queries.latest_step(into)
        for flag in db.session.scalars(select(Flag).where(Flag.gap_id == gap.id).order_by(Flag.id)):
            if flag.who not in there:
                # They hear how the other one stands, if it stands anywhere yet.
                flag.gap_id, flag.told_step_id = into.id, max(0, latest - 1)
            else:
                flag.reply_to = ""
        held = {(each.listing_id, each.organisation_id) for each in queries.offers_of(into)}
        for offer in queries.offers_of(gap):
            if (offer.listing_id, offer.organisation_id) not in held:
                offer.gap_id = into.id
        gap.merged_into_id = into.id
        _step(gap, GapState.MERGED, f"Now part of: {into.title}, {into.area_name or into.area_code}.", by, now)
        audit.record("gap merged", f"gap {gap.uid}", by=by, now=now, after=str(into.uid))


def split(gap: Gap, *, name: str, flags: Collection[uuid.UUID], by: Account, now: datetime) -> Gap:
    """Some of what was said becomes a gap of its own, under a name that tells it apart; it stands where the first one stands."""
    permissions.require(permissions.can_read_exactly(by, gap))
    part = records.slug_of(name)[:60]
    if not name.strip() or not part:
        raise Refused("Say in a few words what is special about them. It is public.", field="name")
    with writing(gap.term, gap):
        if not gap.is_open:
            raise Conflict(ENDED)
        rows = queries.flags_of(gap)
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
        copied = ("term_id", "area_code", "area_name", "council_code", "latitude", "longitude", "hexagon", "kind", "state")
        other = Gap(part=part, name=name, opened_at=now, changed_at=now, **{each: getattr(gap, each) for each in copied})
        other.review_on = gap.review_on
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
    gap.state, gap.changed_at = state, now
    gap.review_on = review_on if state is GapState.NOT_NOW else None
    if listing is not None:
        gap.answer_id = listing.id
    if state in CLOSED:
        gap.closed_at = now
    step = GapStep(
        made_at=now,
        account_id=by.id,
        voice=permissions.voice_of(by),
        state=state,
        words=words,
        review_on=gap.review_on,
        listing_id=listing.id if listing is not None else None,
    )
    gap.steps.append(step)
    db.session.flush()
    return step
