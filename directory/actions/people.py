"""What leads and administrators do about other people: they invite them, and say what they do here and where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from directory import permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import Account, LinkPurpose, MailedLink, Patch, Role, RoleChange, audit
from directory.models.deciding import decide_once
from directory.models.letters import letter_to
from directory.queries import accounts as queries

DECIDED = "Somebody else decided about this role a moment ago."


def invite(email: str, *, role: Role, by: Account, now: datetime, display_name: str = "", areas: Iterable[str] = ()) -> Account:
    """A new account, and a letter whose link signs this person in within a fortnight. Raises Refused when there is one.

    Whoever is to have a say over others is an editor of nothing until a second person agrees.
    """
    permissions.require(permissions.can_give(by, role), "This role is not yours to give.")
    areas = tuple(dict.fromkeys(areas))
    with writing():
        if queries.by_email(email) is not None:
            raise Refused("There is an account with this address already.", field="email")
        waits = permissions.needs_second_person(role, before=None)
        first = Role.EDITOR if waits else role
        account = Account(email=email.strip(), role=first, display_name=display_name, created_at=now)
        account.patches = [Patch(area_code=code) for code in areas]
        db.session.add(account)
        db.session.flush()
        _write(account, now)
        audit.record("person invited", f"account {account.uid}", by=by, now=now, after=[first, *areas])
        if waits:
            _propose(account, role, by, now)
    return account


def invite_again(account: Account, *, by: Account, now: datetime) -> None:
    """Another letter to somebody who never came; the link of the first one is worth nothing any more."""
    permissions.require(permissions.can_give(by, account.role))
    with writing(account):
        if account.signed_in_at is not None or account.is_suspended:
            raise Conflict("This person has signed in already, or may not.")
        _write(account, now)
        audit.record("person invited again", f"account {account.uid}", by=by, now=now)


def give_role(account: Account, role: Role, *, by: Account, now: datetime) -> None:
    """Say what somebody does here from now on; they have to sign in again. A say over others waits for a second person."""
    permissions.require(permissions.can_change_role(by, account), "This role is not yours to change.")
    permissions.require(permissions.can_give(by, role), "This role is not yours to give.")
    with writing(account):
        if account.role is role:
            raise Refused("They have this role already.", field="role")
        if queries.role_change_of(account) is not None:
            raise Refused("A role waits for a second person already. Decide about that one first.", field="role")
        if permissions.needs_second_person(role, before=account.role):
            _propose(account, role, by, now)
        else:
            _give(account, role, by, now)


def agree_to_role(change: RoleChange, *, by: Account, now: datetime) -> None:
    """The second person agrees: the role is theirs. Raises NotAllowed for whoever proposed it, Conflict when it is decided."""
    account, proposer = change.account, change.proposer
    _may_decide_role(change, by)
    if by.id == change.proposed_by:
        raise NotAllowed("Somebody else has to agree to what you proposed.")
    with writing(change, account):
        if not permissions.can_give(proposer, change.role):
            raise Refused("Whoever proposed this may not give roles any more. Say no to it, and propose it anew.")
        _decide_role(change, by, now, agreed=True)
        _give(account, change.role, by, now)


def refuse_role(change: RoleChange, *, by: Account, now: datetime) -> None:
    """They stay what they are: the second person says no, or whoever proposed it thought better of it."""
    _may_decide_role(change, by)
    with writing(change):
        _decide_role(change, by, now, agreed=False)
        audit.record("role not given", f"account {change.account.uid}", by=by, now=now, after=change.role)


def give_role_by_command(account: Account, role: Role, *, now: datetime) -> None:
    """The same at the keyboard of whoever runs the site: where there is no second person yet."""
    with writing(account):
        if account.role is role:
            raise Refused("They have this role already.")
        if (waiting := queries.role_change_of(account)) is not None:
            _decide_role(waiting, None, now, agreed=waiting.role is role)
        _give(account, role, "command", now)


def give_patches(account: Account, codes: Iterable[str], *, by: Account, now: datetime) -> None:
    """Say which areas somebody looks after: outward codes and ONS codes; none is none."""
    permissions.require(permissions.can_change_role(by, account), "This person's areas are not yours to change.")
    wanted = sorted(set(codes))
    with writing(account):
        before = sorted(patch.area_code for patch in account.patches)
        if before == wanted:
            return
        kept = {patch.area_code: patch for patch in account.patches}
        account.patches = [kept.get(code) or Patch(area_code=code) for code in wanted]
        audit.record("patches given", f"account {account.uid}", by=by, now=now, before=before, after=wanted)


def _propose(account: Account, role: Role, by: Account, now: datetime) -> None:
    db.session.add(RoleChange(account_id=account.id, role=role, proposed_by=by.id, proposed_at=now))
    audit.record("role proposed", f"account {account.uid}", by=by, now=now, before=account.role, after=role)
    for other in queries.with_role(by.role, but=by):
        if other.id != account.id:
            who = account.display_name or account.email
            db.session.add(
                letter_to(other.email, "role-waits", now, account=other, role=role.value, person=who, uid=str(account.uid))
            )


def _give(account: Account, role: Role, by: Account | str, now: datetime) -> None:
    before, account.role = account.role, role
    account.end_sign_ins(now)
    db.session.add(letter_to(account.email, "role", now, account=account, role=role.value))
    audit.record("role given", f"account {account.uid}", by=by, now=now, before=before, after=role)


def _may_decide_role(change: RoleChange, by: Account) -> None:
    may = permissions.can_change_role(by, change.account) and permissions.can_give(by, change.role)
    permissions.require(may, "This role is not yours to give.")


def _decide_role(change: RoleChange, by: Account | None, now: datetime, *, agreed: bool) -> None:
    decided_by = by.id if by is not None else None
    values = {"decided_by": decided_by, "decided_at": now, "agreed": agreed}
    decide_once(
        change, RoleChange.decided_at.is_(None), otherwise="Somebody else decided about this role a moment ago.", **values
    )


def _write(account: Account, now: datetime) -> None:
    secret = MailedLink.secret_for(account, LinkPurpose.INVITE, now=now)
    db.session.add(letter_to(account.email, "invite", now, account=account, secret=secret, role=account.role.value))
