"""What is done with a suggestion: it is sent, agreed with, asked about, refused, taken back, looked at.

The published version stays up while a suggestion waits. Nobody decides on their own words: the check is here, not in a view.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    Lease,
    Listing,
    Opinion,
    Sort,
    State,
    Status,
    Suggestion,
    Try,
    Work,
    audit,
    records,
    redaction,
)
from directory.models.cooling import tell_no_more, warn_old_contact
from directory.models.deciding import decide_once, one_at_a_time
from directory.models.recurrence import LONDON
from directory.models.telling import tell_author
from directory.models.undoing import undone
from directory.models.words import send_later
from directory.permissions import LIVE, Change, Standing, Verdict
from directory.queries import accounts as people
from directory.queries import against, duplicates, repeats
from directory.queries import curation as queries

Record = dict[str, Any]

AN_HOUR = timedelta(hours=1)
QUOTAS = {  # suggestions an hour; half as many for each open report against the account, and one at least
    Standing.VISITOR: 12,  # of one network, which a whole workshop may share
    Standing.LINK_WORKER: 10,
    Standing.NEW_EDITOR: 10,
    Standing.TRUSTED_EDITOR: 60,
    Standing.CURATOR: 120,
    Standing.LEAD: 120,
    Standing.NOBODY: 0,
}
# Whose words nobody knows yet: so many of them may wait at once, however long they take over it.
FRESH, MOST_OPEN = {Standing.VISITOR, Standing.LINK_WORKER, Standing.NEW_EDITOR}, 10
DECISIONS_A_DAY = 200
DECIDED = "Somebody else decided this a moment ago."
DECIDED_BY_YOU = "You have decided this already, perhaps in another window."
REPLACED = "The same sender wrote again about the same."
SPOKEN = "You agreed to this already, perhaps in another window. Somebody else has to agree too."


def suggest(
    listing: Listing | None,
    *,
    record: Mapping[str, Any],
    base_number: int,
    by: Account | None,
    door: str,
    now: datetime,
    reason: str = "",
    reply_to: str = "",
    who: str = "",
    sort: Sort | None = None,
) -> Suggestion:
    """Put a whole record beside the listing; the table of permissions decides whether it goes live at once or waits.

    `record` went through the gate; `base_number` is the revision it started from; `who` is a digest of where a visitor
    came from. Raises Conflict when the listing moved on, Refused when nothing differs, a quota is used up or it is locked.
    What the same sender has sent already is the answer when it comes again.
    """
    # Locked before the listing, as whoever decides does.
    before = queries.sent_before(listing, who) if listing is not None and by is None and sort is None else ()
    with writing(*before, *([listing] if listing is not None else [])):
        wanted = dict(record)
        organisation_id = listing.organisation_id if listing is not None else None
        is_trusted = by is not None and people.is_trusted(by, organisation_id, now=now)
        standing = permissions.standing(by, organisation_id, is_trusted=is_trusted)
        if listing is None:
            one_at_a_time(f"new listing of {by.uid if by is not None else who}")
        first = repeats.sent_already(listing, wanted, by=by, who=who, now=now) if standing is not Standing.NOBODY else None
        if first is not None:  # pressed twice
            first.reply_to = first.reply_to or (reply_to if first.state in queries.OPEN else "")
            return first
        _count(standing, by, who, now)
        if listing is None:
            _refuse_bare(wanted)
            fields, change = list(wanted), Change.NEW
            if permissions.is_sensitive(wanted):
                change = Change.SENSITIVE
        else:
            duplicates.refuse_merged(listing)
            permissions.refuse_locked(queries.lock_on(listing, now=now), by)
            if listing.revision_number != base_number:
                raise Conflict("Somebody else changed this listing while you were writing.")
            current = records.document(listing)
            wanted = {**current, **wanted, "checks": current["checks"], "status": current["status"]}
            fields = queries.changed_fields(current, wanted)
            if not fields:
                raise Refused("Nothing was changed, so there is nothing to send.")
            for earlier in (each for each in before if queries.is_unread(each) and set(each.fields) & set(fields)):
                wanted |= {name: earlier.record[name] for name in earlier.fields if name not in fields}
                fields = queries.changed_fields(current, wanted)
                _decide(earlier, State.WITHDRAWN, REPLACED, now)
                audit.record("replaced", f"suggestion {earlier.uid}", by="visitor", now=now)
            change = permissions.sort_of_change(wanted, fields)
            if permissions.is_sensitive(current):
                change = Change.SENSITIVE
        verdict = permissions.verdict(change, standing)
        if verdict is Verdict.NO:
            raise NotAllowed("You cannot change this listing.")
        voice = permissions.voice_for(by, organisation_id)
        suggestion = Suggestion(
            listing_id=listing.id if listing is not None else None,
            sort=sort or (Sort.NEW if listing is None else Sort.CHANGE),
            base_number=base_number,
            record=wanted,
            fields=fields,
            reason=reason,
            approvals=2 if verdict is Verdict.TWO else 1,
            made_at=now,
            account_id=by.id if by is not None else None,
            voice=voice,
            door=door,
            reply_to=reply_to,
            who=who,
        )
        suggestion.opinions = []
        db.session.add(suggestion)
        db.session.flush()
        audit.record("suggested", f"suggestion {suggestion.uid}", by=by or "visitor", now=now, after=wanted)
        warn_old_contact(suggestion, listing, now)
        if verdict in LIVE:
            is_looked_at = verdict is Verdict.LOOKED_AT or (verdict is Verdict.SAMPLED and permissions.is_sampled(suggestion.id))
            suggestion.state = State.LIVE if is_looked_at else State.APPROVED
            suggestion.decided_at = now
            _publish(suggestion, wanted, Hand(voice, door, by, reason, suggestion_id=suggestion.id), now)
    return suggestion


def agree(
    suggestion: Suggestion,
    *,
    by: Account,
    number: int,
    now: datetime,
    record: Mapping[str, Any] | None = None,
    reached: bool = False,
    reason: str = "",
    knows_own: bool = True,
) -> Suggestion:
    """One person who did not write it says that this may be published, as it is or as `record` has it.

    `number` is the revision of the listing they were looking at. It is published when enough people agree on the same
    record. `reached` says that the group was asked by a contact we had before, which a changed contact has to wait
    for, or for 72 hours. `knows_own` is false where they looked before they agreed elsewhere, as in `ask` and `refuse`.
    Raises Conflict when it was decided meanwhile, or they do not know what they said; NotAllowed for a party to it.
    """
    listing = suggestion.listing
    with writing(suggestion, *([listing] if listing is not None else [])):
        _may_decide(suggestion, by, now, knows_own)
        if listing is not None:
            duplicates.refuse_merged(listing)
            permissions.refuse_locked(queries.lock_on(listing, now=now), by)
            if listing.revision_number != number:
                raise Conflict("The listing was changed while you were looking. See what it says now, then decide.")
        if record is not None and set(record) - set(suggestion.fields):
            raise Refused("Publish what was suggested, or send your own words as a suggestion of your own.")
        # Only what was suggested: the rest is as the listing has it by now.
        current = records.document(listing) if listing is not None else {}
        wanted = {**current, **{name: suggestion.record[name] for name in suggestion.fields}, **(record or {})}
        taken = queries.changed_fields(current, wanted) if listing is not None else list(wanted)
        if listing is None:
            _refuse_bare(wanted)
        if not taken:
            raise Refused("Nothing of it would be published. Say why it stays as it is instead.", field="reason")
        if suggestion.cools_until is not None and suggestion.cools_until > now and not reached:
            raise Refused("Ring the number we had before first, or wait until the three days are over.", field="reached")
        words = {name: wanted[name] for name in taken}
        own = [name for name in taken if wanted[name] != suggestion.record[name]]
        _opine(suggestion, by, agrees=True, record=words, reason=reason, now=now)
        needed = suggestion.approvals
        if own and permissions.sort_of_change(wanted, own) is not Change.USUAL:
            needed = max(needed, 2)  # part of these words are the reviewer's own
        if permissions.is_sensitive(current) or permissions.is_sensitive(wanted):
            needed = max(needed, _needed_where_sensitive(suggestion))  # it may have become so since this was sent
        agreed = {
            opinion.account_id
            for opinion in suggestion.opinions
            # What counts is who may still decide: somebody suspended since, or of this organisation by now, does not.
            if opinion.agrees and opinion.record == words and _counts(opinion.account, suggestion)
        }
        audit.record("agreed", f"suggestion {suggestion.uid}", by=by, now=now, after=words)
        if len(agreed) >= needed:
            is_looked_at = permissions.is_looked_at_again(suggestion.id)
            _decide(suggestion, State.LIVE if is_looked_at else State.APPROVED, reason, now)
            _publish(suggestion, wanted, _hand_of(suggestion), now)
            tell_author(suggestion, "approved", now, kept=[name for name in suggestion.fields if name not in taken])
        _give_back(suggestion, by, now)
    return suggestion


def ask(suggestion: Suggestion, *, by: Account, question: str, now: datetime, knows_own: bool = True) -> None:
    """Ask the author something; it can still be decided."""
    if not question.strip():
        raise Refused("Write what you would like to know.", field="reason")
    with writing(suggestion):
        _may_decide(suggestion, by, now, knows_own)
        suggestion.state, suggestion.decision_reason = State.ASKED, question
        audit.record("asked", f"suggestion {suggestion.uid}", by=by, now=now, after=question)
        tell_author(suggestion, "asked", now)
        _give_back(suggestion, by, now)


def refuse(suggestion: Suggestion, *, by: Account, reason: str, now: datetime, knows_own: bool = True) -> None:
    """Everything stays as it is; the author is told why. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("Say in a sentence why it stays as it is. The person who wrote reads it.", field="reason")
    with writing(suggestion):
        _may_decide(suggestion, by, now, knows_own)
        _opine(suggestion, by, agrees=False, record={}, reason=reason, now=now)
        _decide(suggestion, State.REFUSED, reason, now)
        audit.record("refused", f"suggestion {suggestion.uid}", by=by, now=now, after=reason)
        tell_author(suggestion, "refused", now)
        _give_back(suggestion, by, now)


def take_back(suggestion: Suggestion, *, by: Account, now: datetime) -> None:
    """The author thought better of it."""
    with writing(suggestion):
        permissions.require(permissions.signed_in(by))
        if suggestion.account_id != by.id:
            raise NotAllowed("Only whoever sent it can take it back.")
        _decide(suggestion, State.WITHDRAWN, "", now)
        audit.record("taken back", f"suggestion {suggestion.uid}", by=by, now=now)


def look_at(suggestion: Suggestion, *, by: Account, now: datetime) -> None:
    """Somebody looked at what went live at once, or is looked at again, and it may stay."""
    with writing(suggestion):
        _may_look(suggestion, by, now, State.LIVE)
        suggestion.state = State.APPROVED
        audit.record("looked at", f"suggestion {suggestion.uid}", by=by, now=now)
        _give_back(suggestion, by, now)


def put_back(suggestion: Suggestion, *, by: Account, reason: str, now: datetime) -> tuple[str, ...]:
    """What is live and looked at says again what it said before; the fields that others changed since stay and come back.

    Raises Refused without a reason, Conflict when somebody looked at it meanwhile.
    """
    if not reason.strip():
        raise Refused("Say in a sentence why it goes back. The person who wrote reads it.", field="words")
    listing = suggestion.listing
    if listing is None:
        raise Refused("There is no listing to put back.")
    with writing(suggestion, listing):
        _may_look(suggestion, by, now, State.LIVE)
        duplicates.refuse_merged(listing)
        permissions.refuse_locked(queries.lock_on(listing, now=now), by)
        versions = queries.revisions(listing)[::-1]
        theirs = {version.number for version in versions if version.suggestion_id == suggestion.id}
        back = undone([(version.number, version.document) for version in versions], theirs)
        # What somebody's own words were taken out of since stays as it is now.
        values = {name: value for name, value in back.values.items() if not redaction.is_marked(value)}
        hand = Hand(permissions.voice_of(by), "page", by, reason, reverts_account_id=suggestion.account_id)
        if "status" in values:
            history.turn(listing, Status(values.pop("status")), hand, now=now)
        if values:
            history.alter(listing, values, hand, now=now)
        suggestion.state, suggestion.decided_at, suggestion.decision_reason = State.REFUSED, now, reason
        audit.record("put back", f"suggestion {suggestion.uid}", by=by, now=now, after=reason)
        _give_back(suggestion, by, now)
        tell_author(suggestion, "refused", now)
    return back.kept


def hold(suggestion: Suggestion, *, by: Account, now: datetime) -> Lease:
    """Nobody else decides on it for half an hour; then it goes back by itself. Raises Conflict while somebody else holds it."""
    with writing(suggestion):
        _may_look(suggestion, by, now, *queries.OPEN, State.LIVE)
        lease = Lease.take(Work.SUGGESTION, suggestion.id, by=by, now=now)
    return lease


def let_go(suggestion: Suggestion, *, by: Account, now: datetime) -> None:
    """Whoever holds it leaves it to others."""
    with writing(suggestion):
        permissions.require(permissions.can_curate(by))
        mine = Lease.work == Work.SUGGESTION, Lease.subject_id == suggestion.id, Lease.account_id == by.id
        db.session.execute(delete(Lease).where(*mine))


# What the verbs share


def decided_words(suggestion: Suggestion, by: Account) -> str:
    """What to say to this person of a suggestion that is decided."""
    return DECIDED_BY_YOU if any(opinion.account_id == by.id for opinion in suggestion.opinions) else DECIDED


def _count(standing: Standing, by: Account | None, who: str, now: datetime) -> None:
    key = str(by.uid) if by is not None else who
    if by is not None and standing in FRESH and queries.open_count(by) >= MOST_OPEN:
        raise Refused(
            f"{MOST_OPEN} of your changes wait to be looked at. Nothing you wrote is lost: send it when some are decided."
        )
    most = QUOTAS[standing]
    if by is not None and most:
        most = max(1, most >> against.open_against(by))
    if most and (free := people.free_again("suggestion", key, most=most, within=AN_HOUR, now=now)):
        noun = "suggestion" if most == 1 else "suggestions"
        raise Refused(send_later(most, noun, free.astimezone(LONDON), is_visitor=by is None))
    db.session.add(Try(what="suggestion", who=key, made_at=now))


def _refuse_bare(record: Mapping[str, Any]) -> None:
    """Raises Refused for a new listing of which too little is known."""
    for field, sentence in records.lacking(record).items():
        raise Refused(f"Too little is known of it. {sentence}", field=field)


def _counts(person: Account, suggestion: Suggestion) -> bool:
    return permissions.can_curate(person) and not suggestion.concerns(person)


def _needed_where_sensitive(suggestion: Suggestion) -> int:
    """How many have to agree, by who wrote it, where wrong words do harm."""
    organisation_id = suggestion.listing.organisation_id if suggestion.listing is not None else None
    standing = permissions.standing(suggestion.account, organisation_id, is_trusted=False)
    return 1 if permissions.verdict(Change.SENSITIVE, standing) is Verdict.REVIEW else 2


def _may_look(suggestion: Suggestion, by: Account, now: datetime, *states: State) -> None:
    permissions.require(permissions.can_curate(by))
    if suggestion.sort is Sort.SPLIT:
        raise NotAllowed("This is decided on the page about splitting the listing.")
    if suggestion.concerns(by):
        raise NotAllowed("Somebody else has to decide on what you or your organisation wrote.")
    if suggestion.state not in states:
        raise Conflict(decided_words(suggestion, by))
    if suggestion.state is State.LIVE and suggestion.was_agreed_by(by):
        raise NotAllowed("You agreed to this. Somebody else looks at it again.")
    Lease.free_for(Work.SUGGESTION, suggestion.id, by=by, now=now)


def _may_decide(suggestion: Suggestion, by: Account, now: datetime, knows_own: bool) -> None:
    _may_look(suggestion, by, now, *queries.OPEN)
    if not knows_own and suggestion.was_agreed_by(by):
        raise Conflict(SPOKEN)
    if people.tries("decision", str(by.uid), since=now - timedelta(days=1)) >= DECISIONS_A_DAY:
        raise Refused(f"That is {DECISIONS_A_DAY} decisions in a day. Thank you. Somebody else goes on from here.")
    db.session.add(Try(what="decision", who=str(by.uid), made_at=now))


def _give_back(suggestion: Suggestion, by: Account, now: datetime) -> None:
    Lease.give_back(Work.SUGGESTION, suggestion.id, by=by, listing_id=suggestion.listing_id, now=now)


def _decide(suggestion: Suggestion, state: State, reason: str, now: datetime) -> None:
    values = {"state": state, "decided_at": now, "decision_reason": reason}
    decide_once(suggestion, Suggestion.state.in_(queries.OPEN), otherwise=DECIDED, **values)
    tell_no_more(suggestion, now)


def _opine(suggestion: Suggestion, by: Account, *, agrees: bool, record: Record, reason: str, now: datetime) -> None:
    held = next((opinion for opinion in suggestion.opinions if opinion.account_id == by.id), None)
    opinion = held or Opinion(account_id=by.id)
    opinion.agrees, opinion.record, opinion.reason, opinion.made_at = agrees, record, reason, now
    if held is None:
        suggestion.opinions.append(opinion)
    db.session.flush()


def _hand_of(suggestion: Suggestion) -> Hand:
    return Hand(suggestion.voice, suggestion.door, suggestion.account, suggestion.reason, suggestion_id=suggestion.id)


def _publish(suggestion: Suggestion, wanted: Record, hand: Hand, now: datetime) -> None:
    if suggestion.listing_id is None:
        listing = history.begin({**wanted, "status": Status.PUBLISHED.value}, hand, now=now)
        suggestion.listing_id = listing.id
    else:
        history.alter(
            suggestion.listing or db.session.get_one(Listing, suggestion.listing_id), history.words_of(wanted), hand, now=now
        )
