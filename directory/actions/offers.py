"""What may answer a gap: listings that fit are put before the lead by themselves, organisations offer help, the lead decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from directory import permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import Account, Gap, GapKind, GapState, GapStep, Offer, OfferState, Organisation, Status, audit
from directory.models.letters import letter_to
from directory.queries import area_names
from directory.queries import gaps as gap_queries
from directory.queries import offers as queries

LONGEST_NOTE = 500
SAME_PRESS = timedelta(minutes=10)  # within it the same person's taking it is one press that was sent twice
DECIDED = "Somebody decided this a moment ago."


def find(*, now: datetime, since: datetime | None = None) -> int:
    """Put listings that may answer open gaps before the leads; how many. May run as often as it likes: each is offered once."""
    pairs = queries.fitting(since=since)
    if not pairs:
        return 0
    with writing():
        fresh = set(queries.fitting(since=since))  # once more under the lock
        offered = [pair for pair in pairs if pair in fresh]
        db.session.add_all(Offer(gap_id=gap_id, listing_id=listing_id, made_at=now) for gap_id, listing_id in offered)
    return len(offered)


def offer_help(gap: Gap, organisation: Organisation, *, note: str, by: Account, now: datetime) -> Offer:
    """An organisation says that it could help, and the leads of the area are told at once. Saying it again changes the words."""
    leads = queries.leads()
    with writing(gap):
        if not by.speaks_for(organisation.id):
            raise NotAllowed("Only its own editors speak for an organisation.")
        if not gap.is_open:
            raise Conflict("This gap is closed. Thank you for asking.")
        row = next((each for each in _offers(gap) if each.organisation_id == organisation.id), None)
        if row is not None and row.state is not OfferState.OPEN:
            raise Conflict("The area lead has answered your offer already.")
        is_first = row is None
        if row is None:
            row = Offer(gap_id=gap.id, organisation_id=organisation.id, made_at=now, note="")
            db.session.add(row)
        row.account_id, row.note = by.id, note[:LONGEST_NOTE] or row.note
        db.session.flush()
        audit.record("help offered", f"gap {gap.uid}", by=by, now=now, after=str(organisation.uid))
        if is_first:
            told = {"gap": str(gap.uid), "title": gap.title, "area": area_names.called(gap.area_code, gap.area_name)}
            for lead in leads:
                if permissions.can_read_exactly(lead, gap):
                    letter = letter_to(lead.email, "gap-help", now, account=lead, organisation=organisation.name, **told)
                    db.session.add(letter)
    return row


def take(offer: Offer, *, words: str, by: Account, now: datetime) -> GapStep:
    """The lead takes it: a listing answers the gap and closes it; with an organisation something is being started."""
    gap = offer.gap
    with writing(gap, offer):
        permissions.require(permissions.can_move(by, gap))
        if (same := _just_taken(offer, words, by, now)) is not None:
            return same
        _may_decide(offer, by)
        if offer.listing is not None:
            if offer.listing.status is not Status.PUBLISHED:
                raise Refused("This listing is not shown to anybody any more.")
            state = GapState.WAS_NOT_KNOWN if gap.kind is GapKind.NOT_KNOWN else GapState.MET
            gap.answer_id = offer.listing_id
            if not words.strip():
                raise Refused("Say in a sentence how it answers this. Everybody reads it, and the gap is closed.", field="words")
        else:
            state = GapState.BEING_STARTED
            words = _said(offer, words)
        told = {"words": words, "voice": permissions.voice_of(by), "account_id": by.id, "now": now}
        step = gap.take_step(state, listing_id=offer.listing_id, **told)
        _decide(offer, OfferState.TAKEN, by, now)
        audit.record("offer taken", f"gap {gap.uid}", by=by, now=now, after=[state.value, words])
    return step


def decline(offer: Offer, *, by: Account, now: datetime) -> None:
    """It does not answer the gap. A listing is not offered for it again."""
    with writing(offer.gap, offer):
        _may_decide(offer, by)
        _decide(offer, OfferState.DECLINED, by, now)
        audit.record("offer declined", f"gap {offer.gap.uid}", by=by, now=now, after=offer.id)


# What the verbs share


def _offers(gap: Gap) -> list[Offer]:
    return list(db.session.scalars(db.select(Offer).where(Offer.gap_id == gap.id)))


def _said(offer: Offer, words: str) -> str:
    """The public words of taking it: those given, or for an organisation the plain ones."""
    if words.strip() or offer.listing_id is not None:
        return words
    return f"{offer.organisation.name if offer.organisation else 'A group'} is going to help."


def _just_taken(offer: Offer, words: str, by: Account, now: datetime) -> GapStep | None:
    """The step that taking it was, where this person took it a moment ago and sends it once more."""
    last = gap_queries.last_step(offer.gap)
    is_mine = offer.state is OfferState.TAKEN and offer.decided_by == by.id and offer.decided_at is not None
    is_new = offer.decided_at is not None and now - offer.decided_at <= SAME_PRESS
    is_last = last is not None and (last.account_id, last.listing_id, last.words) == (
        by.id,
        offer.listing_id,
        _said(offer, words),
    )
    return last if is_mine and is_new and is_last else None


def _may_decide(offer: Offer, by: Account) -> None:
    permissions.require(permissions.can_move(by, offer.gap))
    if offer.state is not OfferState.OPEN or not offer.gap.is_open:
        raise Conflict(DECIDED)


def _decide(offer: Offer, state: OfferState, by: Account, now: datetime) -> None:
    """Whoever offered help for an organisation hears of it."""
    offer.state, offer.decided_at, offer.decided_by = state, now, by.id
    account = db.session.get(Account, offer.account_id) if offer.account_id is not None else None
    if account is not None and offer.organisation is not None:
        kind = "gap-help-taken" if state is OfferState.TAKEN else "gap-help-declined"
        told = {"title": offer.gap.title, "area": area_names.called(offer.gap.area_code, offer.gap.area_name)}
        db.session.add(letter_to(account.email, kind, now, account=account, **told))
