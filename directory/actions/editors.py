"""Who speaks for an organisation: editors are invited or named, leave, are let go, and hand the lead on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from directory import permissions
from directory.errors import Conflict, NotFound, Refused
from directory.extensions import db, writing
from directory.models import Account, Claim, ClaimState, Editorship, LinkPurpose, MailedLink, Organisation, Role, audit
from directory.models.accounts import PRESSED_TWICE
from directory.models.claims import PROPOSED
from directory.models.letters import letter_to
from directory.queries import accounts as queries
from directory.queries import claims

MOST_INVITATIONS = 10
A_SECOND_PERSON = timedelta(days=14)  # for that long a second person may agree; then it is no


def invite(email: str, organisation: Organisation, *, by: Account, now: datetime, evidence: str = "") -> None:
    """Let somebody edit for this organisation; it begins when the link in their letter is used.

    Whoever leads its editors invites at once. A curator names somebody, with `evidence` that they speak for it, and the
    letter goes when a second person agrees. The same happens whether the address has an account or not, so nobody
    learns that. Raises Refused when ten wait.
    """
    permissions.require(permissions.can_name_editors(by, organisation.id))
    invites = permissions.can_invite_editors(by, organisation.id)
    if not invites and not evidence.strip():
        raise Refused("Say in a sentence how you know. A second person reads it.", field="evidence")
    with writing(organisation):
        invited = queries.invitations_to(organisation.id, now=now)
        account = queries.by_email(email)
        if invites and account and any(each.account is account and each.made_at > now - PRESSED_TWICE for each in invited):
            return  # pressed twice: the first letter is on its way, and its link works
        if len(invited) + len(claims.proposed_for(organisation.id)) >= MOST_INVITATIONS:
            raise Refused("Ten invitations are waiting already. Let some be answered first.", field="email")
        if account is None:
            account = Account(email=email.strip(), role=Role.EDITOR, created_at=now)
            db.session.add(account)
            db.session.flush()
        if not invites:
            _name(account, organisation, evidence, by, now)
            return
        secret = MailedLink.secret_for(account, LinkPurpose.INVITE, now=now, organisation_id=organisation.id)
        if not account.is_suspended:
            told = {"secret": secret, "organisation": organisation.name}
            db.session.add(letter_to(account.email, "invite-editor", now, account=account, **told))
        audit.record("editor invited", f"organisation {organisation.uid}", by=by, now=now, after=str(account.uid))


def leave(organisation: Organisation, *, by: Account, now: datetime) -> None:
    """Speak for it no more. Who leads hands the lead on first, while there are others."""
    with writing(organisation):
        editors = queries.editors_of(organisation.id)
        own = _of(editors, by)
        if own.leads and len(editors) > 1:
            raise Refused("You lead the editors. Hand that on to somebody first.")
        _end(own, organisation, by, now)


def let_go(account: Account, organisation: Organisation, *, by: Account, now: datetime) -> None:
    """End somebody else's editing for it, and tell them; the lead is passed on first."""
    permissions.require(permissions.can_look_after_editors(by, organisation.id) and account.id != by.id)
    with writing(organisation):
        editors = queries.editors_of(organisation.id)
        theirs = _of(editors, account)
        if theirs.leads and len(editors) > 1:
            raise Refused("They lead the editors. Let somebody else lead first.")
        _end(theirs, organisation, by, now)
        db.session.add(letter_to(account.email, "editor-let-go", now, account=account, organisation=organisation.name))


def hand_over(organisation: Organisation, *, to: Account, by: Account, now: datetime) -> None:
    """Let another of the editors lead them."""
    permissions.require(permissions.can_look_after_editors(by, organisation.id))
    with writing(organisation):
        editors = queries.editors_of(organisation.id)
        chosen = _of(editors, to)
        if chosen.leads:
            raise Conflict("They lead already.")
        for each in editors:
            each.leads = each is chosen
        audit.record("editors' lead handed over", f"organisation {organisation.uid}", by=by, now=now, after=str(to.uid))
        db.session.add(letter_to(to.email, "editor-leads", now, account=to, organisation=organisation.name))


# What the verbs share


def _name(account: Account, organisation: Organisation, evidence: str, by: Account, now: datetime) -> None:
    """A claim that somebody else makes for them; a second person decides, and present editors hear of it."""
    if account.speaks_for(organisation.id):
        raise Refused("They edit for it already.", field="email")
    if any(each.account_id == account.id for each in claims.proposed_for(organisation.id)):
        raise Refused("They were named already. A second person decides.", field="email")
    named = Claim(
        organisation_id=organisation.id,
        account_id=account.id,
        proposed_by=by.id,
        state=ClaimState.PROVED,
        means=PROPOSED,
        sent_to=account.email,
        evidence=evidence,
        made_at=now,
        ends_at=now + A_SECOND_PERSON,
    )
    db.session.add(named)
    db.session.flush()
    named.tell(claims.others_of(named), "proposal-editors", now)
    audit.record("editor named", f"organisation {organisation.uid}", by=by, now=now, after=str(account.uid))


def _of(editors: Sequence[Editorship], account: Account) -> Editorship:
    found = next((each for each in editors if each.account_id == account.id), None)
    if found is None:
        raise NotFound("That person does not edit for this organisation.")
    return found


def _end(editorship: Editorship, organisation: Organisation, by: Account, now: datetime) -> None:
    editorship.ended_at, editorship.leads = now, False
    about = db.session.get_one(Account, editorship.account_id)
    audit.record("editor left", f"organisation {organisation.uid}", by=by, now=now, before=str(about.uid))
