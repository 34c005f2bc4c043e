"""Who speaks for an organisation: editors are invited, leave, are let go, and hand the lead on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from directory import permissions
from directory.errors import Conflict, NotFound, Refused
from directory.extensions import db, writing
from directory.models import Account, Editorship, LinkPurpose, MailedLink, Organisation, Role, audit
from directory.models.letters import letter_to
from directory.queries import accounts as queries

MOST_INVITATIONS = 10


def invite(email: str, organisation: Organisation, *, by: Account, now: datetime) -> None:
    """Mail an invitation to edit for this organisation; it begins when its link is used.

    The same happens whether the address has an account or not, so nobody learns that. Raises Refused when ten are out.
    """
    permissions.require(permissions.can_look_after_editors(by, organisation.id))
    with writing(organisation):
        if len(queries.invitations_to(organisation.id, now=now)) >= MOST_INVITATIONS:
            raise Refused("Ten invitations are waiting already. Let some be answered first.", field="email")
        account = queries.by_email(email)
        if account is None:
            account = Account(email=email.strip(), role=Role.EDITOR, created_at=now)
            db.session.add(account)
            db.session.flush()
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


def _of(editors: Sequence[Editorship], account: Account) -> Editorship:
    found = next((each for each in editors if each.account_id == account.id), None)
    if found is None:
        raise NotFound("That person does not edit for this organisation.")
    return found


def _end(editorship: Editorship, organisation: Organisation, by: Account, now: datetime) -> None:
    editorship.ended_at, editorship.leads = now, False
    about = db.session.get_one(Account, editorship.account_id)
    audit.record("editor left", f"organisation {organisation.uid}", by=by, now=now, before=str(about.uid))
