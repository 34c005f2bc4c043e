"""What people do about claims: they say that a listing is theirs, prove it, and others decide; silence is no."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from directory import history, permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    Attempt,
    Claim,
    ClaimState,
    Editorship,
    Lease,
    LinkPurpose,
    Listing,
    MailedLink,
    Means,
    Organisation,
    Outcome,
    Voice,
    Work,
    audit,
)
from directory.models.claims import DECIDED, MAIL, OPEN, PHONE, PROPOSED, REGISTER, Thing, about, named
from directory.models.guesses import Limit, spend
from directory.models.letters import letter_to
from directory.models.trying import MOST_CALLS, NO_USE, failures, said_just_now
from directory.queries import accounts as people
from directory.queries import claims as queries
from directory.queries.claims import MOST_TRIES, Way

SILENCE = timedelta(days=14)
CLAIMS = Limit("claim", at_once=5, every=timedelta(hours=4))
LETTERS = Limit("claim-letter", at_once=3, every=timedelta(hours=8))  # to one contact, or codes to one person
TOO_MANY_CLAIMS = "You have asked for several already. Wait for an answer, then ask for the next one."
TOO_MANY_LETTERS = "Three went there today. Look among the unwanted mail, or try again tomorrow."
OLD_LINK = "This link works no more: it was used, it is too old, or a newer one took its place. You can ask for a new one."
NOT_YOURS = "Somebody else asked for this. Sign in as the person who did, or ask the editors to invite you."
SPEAKS = "You speak for it already."
ASKED = "You have asked for this already. It waits for an answer."
MAY_NOT = "The account of whoever asked is suspended, so nothing can be given to it."
OTHER_CODE = "That is not the code. Ask them to read it out once more."
DEAD_CODE = "That code was tried too often. Whoever asked has to send for a new one; we have told them."
WHY_NOT_THEM = "Whoever answers at the contact on the page says that they did not ask."
WHY_TAKEN_BACK = "You took it back."


def claim(
    thing: Thing,
    *,
    way: Way | None,
    number: str = "",
    evidence: str = "",
    name: str = "",
    reads_mail: bool = False,
    by: Account,
    now: datetime,
) -> Claim:
    """Say that it is theirs. `way` is the contact on the page that is asked; without one, `number` is that in a register.

    `reads_mail` is whether this person came by a link to their own address just now: where that is the contact, it is
    proved already and no second letter goes there.
    Present editors are told. Raises Refused for a contact that proves nothing, Conflict when this person has asked already.
    """
    permissions.require(permissions.can_claim(by))
    with writing(thing):
        organisation_id = _organisation_id(thing)
        if by.speaks_for(organisation_id):
            raise Conflict(SPEAKS)
        if queries.open_of(thing, by) is not None:
            raise Conflict(ASKED)
        if way is not None and way not in queries.ways(thing, now=now):
            raise Refused("That contact is not on the page, or not for long enough. Choose another way.", field="way")
        if way is None and not number:
            raise Refused("Give the number in the register.", field="number")
        spend(CLAIMS, str(by.uid), now=now, sentence=TOO_MANY_CLAIMS, field="way")
        by.display_name = by.display_name or name
        made = Claim(
            organisation_id=organisation_id,
            listing_id=thing.id if isinstance(thing, Listing) else None,
            account_id=by.id,
            state=ClaimState.CODE_SENT if way is not None else ClaimState.PROVED,
            means=way.means if way is not None else REGISTER,
            sent_to=way.value[:255] if way is not None else number,
            evidence=evidence,
            made_at=now,
            ends_at=now + SILENCE,
        )
        db.session.add(made)
        db.session.flush()
        is_proved = reads_mail and queries.is_own_address(way, by)
        if not is_proved:
            _send_code(made, now, field="way")
        made.tell(queries.editors_of(organisation_id), "claim-editors", now)
        audit.record("claimed", about(thing), by=by, now=now, after=[made.means, str(by.uid)])
        if is_proved:
            _proved(made, by, now)
    return made


def send_again(claim: Claim, *, by: Account, now: datetime) -> None:
    """A new link to the contact, or a new code to whoever claims; the older one is worth nothing any more.

    Within ten minutes nothing is sent, because the first is on its way and works, unless the code was tried too often.
    """
    with _deciding(claim):
        permissions.require(claim.account_id == by.id, NOT_YOURS)
        if claim.state is not ClaimState.CODE_SENT or claim.ends_at <= now:
            raise Conflict(DECIDED)
        if claim.tries < MOST_TRIES and queries.is_sent_just_now(claim, now=now):
            return
        claim.tries = 0
        _send_code(claim, now)
        audit.record("claim code sent again", claim.about, by=by, now=now)


def take_back(claim: Claim, *, by: Account, now: datetime) -> None:
    """Whoever claims has thought better of it."""
    with _deciding(claim):
        permissions.require(claim.account_id == by.id, NOT_YOURS)
        claim.close(ClaimState.REFUSED, WHY_TAKEN_BACK, by, now)
        claim.tell(queries.others_of(claim), "claim-over", now)
        audit.record("claim taken back", claim.about, by=by, now=now)


def prove(claim: Claim, token: str, *, by: Account, now: datetime) -> None:
    """Press the link that went to the contact on the page, as the person who claims. Granted at once where nobody edits yet.

    Raises Refused for a link that is used, old or of another claim, NotAllowed for another person.
    """
    with _deciding(claim):
        _use(claim, token, now)
        permissions.require(claim.account_id == by.id and permissions.can_claim(by), NOT_YOURS)
        _proved(claim, by, now)


def deny(claim: Claim, token: str, *, now: datetime) -> None:
    """Whoever reads the mail of the contact says that none of them asked. Needs no account: it gives nothing."""
    with _deciding(claim):
        _use(claim, token, now)
        _refuse(claim, WHY_NOT_THEM, None, now)


# The desk


def hold(claim: Claim, *, by: Account, now: datetime) -> None:
    """Nobody else rings about it or decides it for half an hour. Raises Conflict while somebody else does."""
    with writing(claim):
        permissions.require(permissions.can_help_claim(by, claim))
        Lease.take(Work.CLAIM, claim.id, by=by, now=now)


def try_later(claim: Claim, *, outcome: Outcome, by: Account, now: datetime, best_time: str = "") -> Attempt:
    """Nobody at the published number could be asked: what happened is kept, and it goes back to the list for another hour.

    Whoever claims hears, once each, of a number that is of no use and of four calls in vain: there are other ways.
    The same said twice within two minutes is one.
    """
    with _deciding(claim):
        _may_help(claim, by, now)
        _refuse_unless_ringing(claim, now)
        if again := said_just_now(claim.attempts, by.id, now, outcome):
            return again
        tried = _tried(claim, outcome, by, now, best_time)
        failed = failures(claim.attempts)
        if len(failed) == MOST_CALLS or (outcome in NO_USE and not any(each.outcome in NO_USE for each in failed[:-1])):
            claim.tell([claim.account], "claim-unreached", now, number=claim.sent_to)
        Lease.give_back(Work.CLAIM, claim.id, by=by, listing_id=claim.listing_id, now=now)
        audit.record("claim tried", claim.about, by=by, now=now, after=outcome.value)
    return tried


def hear_code(claim: Claim, code: str, *, by: Account, now: datetime) -> None:
    """The code that somebody at the published number read out. Raises Refused when it is another, five times at most."""
    wrong = ""
    with _deciding(claim):
        _may_help(claim, by, now)
        _refuse_unless_ringing(claim, now)
        if claim.tries >= MOST_TRIES:
            raise Refused(DEAD_CODE, field="code")
        if secrets.compare_digest(claim.code_hash, _code_hash(claim, code)):
            _tried(claim, Outcome.SPOKE, by, now)
            _proved(claim, by, now)
        else:
            claim.tries += 1
            wrong = DEAD_CODE if claim.tries >= MOST_TRIES else OTHER_CODE
            if claim.tries >= MOST_TRIES:
                claim.tell([claim.account], "claim-code-dead", now)
            audit.record("claim code wrong", claim.about, by=by, now=now)
    if wrong:
        raise Refused(wrong, field="code")


def hear_no(claim: Claim, *, by: Account, now: datetime) -> None:
    """Whoever answers at the published number says that none of them asked."""
    with _deciding(claim):
        _may_help(claim, by, now)
        _refuse_unless_ringing(claim, now)
        _tried(claim, Outcome.SPOKE, by, now)
        _refuse(claim, WHY_NOT_THEM, by, now)


def grant(claim: Claim, *, leads: bool, by: Account, now: datetime) -> None:
    """The second person says yes; `leads` is whether they lead the editors from now on, which they do where nobody does."""
    with _deciding(claim):
        _may_decide(claim, by, now)
        _grant(claim, by, now, leads=leads)


def refuse(claim: Claim, *, reason: str, by: Account, now: datetime) -> None:
    """The second person says no, for a reason that whoever claims reads."""
    if not reason.strip():
        raise Refused("Say in a sentence why not. The person who asked reads it.", field="words")
    with _deciding(claim):
        _may_decide(claim, by, now)
        _refuse(claim, reason, by, now)


def admit(claim: Claim, *, by: Account, now: datetime) -> None:
    """Whoever leads the present editors lets the person in: they may invite anybody, so nothing needs to be proved."""
    with _deciding(claim):
        leads = claim.organisation_id is not None and by.leads_editors_of(claim.organisation_id)
        permissions.require(leads and not by.is_suspended and claim.account_id != by.id)
        if claim.state not in OPEN or claim.ends_at <= now:
            raise Conflict(DECIDED)
        _grant(claim, by, now, leads=False)


# What the verbs share


def _deciding(claim: Claim) -> Any:
    """What is claimed is locked before the claim, everywhere in this order, so that nobody waits for each other."""
    return writing(claim.thing, claim)


def _tried(claim: Claim, outcome: Outcome, by: Account, now: datetime, best_time: str = "") -> Attempt:
    attempt = Attempt(account_id=by.id, made_at=now, means=Means.PHONE, outcome=outcome, best_time=best_time)
    claim.attempts.append(attempt)
    db.session.flush()
    return attempt


def _organisation_id(thing: Thing) -> int | None:
    return thing.id if isinstance(thing, Organisation) else thing.organisation_id


def _send_code(claim: Claim, now: datetime, *, field: str = "") -> None:
    """A link to the contact on the page, or a code to whoever claims, to be read out when a volunteer rings there."""
    if claim.means == REGISTER:
        return
    to = claim.sent_to if claim.means == MAIL else str(claim.account.uid)
    spend(LETTERS, people.digest(to.strip().lower()), now=now, sentence=TOO_MANY_LETTERS, field=field)
    if claim.means == MAIL:
        secret = secrets.token_urlsafe(32)
        claim.code_hash = people.digest(secret)
        db.session.add(claim.letter(claim.sent_to, "claim-link", now, secret=secret, claim=claim.id))
    else:
        code = f"{secrets.randbelow(10**8):08}"
        claim.code_hash = _code_hash(claim, code)
        told = {"secret": f"{code[:4]} {code[4:]}", "number": claim.sent_to, "claim": claim.id, **claim.told()}
        db.session.add(letter_to(claim.account.email, "claim-code", now, account=claim.account, **told))


def _code_hash(claim: Claim, code: str) -> str:
    return people.digest(f"{claim.id} {re.sub(r'[^0-9]', '', code)}")


def _use(claim: Claim, token: str, now: datetime) -> None:
    is_open = claim.means == MAIL and claim.state is ClaimState.CODE_SENT and claim.ends_at > now
    if not is_open or not secrets.compare_digest(claim.code_hash, people.digest(token)):
        raise Refused(OLD_LINK)


def _proved(claim: Claim, by: Account, now: datetime) -> None:
    """Whoever answers at the contact stands behind the claim. Others who edit already are not passed over: somebody decides."""
    audit.record("claim proved", claim.about, by=by, now=now, after=claim.means)
    moved = claim.listing is not None and claim.organisation_id is None and claim.listing.organisation_id is not None
    if moved and claim.listing is not None:  # it was given to an organisation meanwhile, which is more than was asked for
        claim.organisation_id = claim.listing.organisation_id
    if moved or queries.others_of(claim):
        claim.state, claim.code_hash, claim.ends_at = ClaimState.PROVED, "", now + SILENCE
        Lease.give_back(Work.CLAIM, claim.id, by=by, listing_id=claim.listing_id, now=now)
        claim.tell([claim.account], "claim-waits", now)
    else:
        _grant(claim, by, now, leads=False)


def _grant(claim: Claim, by: Account, now: datetime, *, leads: bool) -> None:
    if not permissions.can_claim(claim.account):
        raise NotAllowed(MAY_NOT)
    if claim.means == PROPOSED:
        _invite(claim, by, now)
        return
    others, decided_by = queries.others_of(claim), by if by.id != claim.account_id else None
    claim.close(ClaimState.GRANTED, "", decided_by, now)
    organisation = claim.organisation or _new_organisation(claim, now)
    claim.organisation_id = organisation.id
    if not claim.account.speaks_for(organisation.id):
        present = people.editors_of(organisation.id)
        leads = leads or not any(each.leads for each in present)
        if leads:
            for each in present:
                each.leads = False
        claim.account.editorships.append(Editorship(organisation_id=organisation.id, since=now, leads=leads))
        audit.record("editor joined", about(organisation), by=by, now=now, after=str(claim.account.uid))
    audit.record("claim granted", about(organisation), by=by, now=now, after=str(claim.account.uid))
    Lease.give_back(Work.CLAIM, claim.id, by=by, listing_id=claim.listing_id, now=now)
    claim.tell([claim.account], "claim-granted", now, leads=leads)
    claim.tell(others, "claim-joined", now, leads=leads)
    for rival in queries.rivals(claim):  # whoever edits is told of every claim, also of one that is older than they are
        rival.tell([claim.account], "claim-editors", now, **named(organisation))


def _invite(claim: Claim, by: Account, now: datetime) -> None:
    """Two people agree that somebody speaks for it. Whether they want to is theirs to say: the link in a letter begins it."""
    organisation = claim.organisation
    if organisation is None:
        raise Conflict(DECIDED)
    claim.close(ClaimState.GRANTED, "", by, now)
    secret = MailedLink.secret_for(claim.account, LinkPurpose.INVITE, now=now, organisation_id=organisation.id)
    told = {"secret": secret, "organisation": organisation.name}
    db.session.add(letter_to(claim.account.email, "invite-editor", now, account=claim.account, **told))
    audit.record("editor invited", about(organisation), by=by, now=now, after=str(claim.account.uid))
    audit.record("claim granted", about(organisation), by=by, now=now, after=str(claim.account.uid))
    Lease.give_back(Work.CLAIM, claim.id, by=by, listing_id=None, now=now)


def _refuse(claim: Claim, reason: str, by: Account | None, now: datetime) -> None:
    claim.close(ClaimState.REFUSED, reason, by, now)
    claim.tell([claim.whoever_asked], f"{_kind(claim)}-refused", now, reason=reason)
    claim.tell(queries.others_of(claim), "claim-over", now)
    if by is not None:
        Lease.give_back(Work.CLAIM, claim.id, by=by, listing_id=claim.listing_id, now=now)
    audit.record("claim refused", claim.about, by=by or "link", now=now, after=reason)


def _new_organisation(claim: Claim, now: datetime) -> Organisation:
    """Editors speak for organisations: a listing that had none gets one of its own, of a name that no other has."""
    listing = claim.listing
    if listing is not None and listing.organisation is None:
        code = next((venue.postal_code.split(" ")[0] for venue in listing.venues if venue.postal_code), "")
        names = (listing.name, f"{listing.name} ({code})" if code else "", f"{listing.name} ({listing.slug})")
        taken = set(db.session.scalars(select(Organisation.name).where(Organisation.name.in_(names))))
        free = next(name for name in names if name and name not in taken)[:255]
        new = {"name": free, "kind": "group", "charity_number": "", "company_number": "", "website": "", "description": ""}
        hand = Hand(Voice.GROUP, "page", claim.account, "They said that it is theirs, and it was proved.")
        history.alter(listing, {"organisation": new}, hand, now=now)
        db.session.flush()
    if listing is None or listing.organisation is None:
        raise Conflict(DECIDED)
    return listing.organisation


def _kind(claim: Claim) -> str:
    return "proposal" if claim.means == PROPOSED else "claim"


def _may_help(claim: Claim, by: Account, now: datetime) -> None:
    if not permissions.can_help_claim(by, claim):
        raise NotAllowed("Somebody else has to see to this: you asked for it, or you edit for it.")
    Lease.free_for(Work.CLAIM, claim.id, by=by, now=now)


def _refuse_unless_ringing(claim: Claim, now: datetime) -> None:
    if claim.state is not ClaimState.CODE_SENT or claim.means != PHONE or claim.ends_at <= now:
        raise Conflict(DECIDED)


def _may_decide(claim: Claim, by: Account, now: datetime) -> None:
    if not permissions.can_decide_claim(by, claim):
        raise NotAllowed("A senior curator or a lead decides this, never who asked for it or edits for it.")
    Lease.free_for(Work.CLAIM, claim.id, by=by, now=now)
    if claim.state is not ClaimState.PROVED or claim.ends_at <= now:
        raise Conflict(DECIDED)
