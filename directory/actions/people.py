"""What leads and administrators do about other people: they invite them, and say what they do here and where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from directory import permissions
from directory.errors import Conflict, Refused
from directory.extensions import db, writing
from directory.models import Account, LinkPurpose, MailedLink, Patch, Role, audit
from directory.models.letters import letter_to
from directory.queries import accounts as queries


def invite(email: str, *, role: Role, by: Account, now: datetime, display_name: str = "", areas: Iterable[str] = ()) -> Account:
    """A new account, and a letter whose link signs this person in within a fortnight. Raises Refused when there is one."""
    permissions.require(permissions.can_give(by, role), "This role is not yours to give.")
    areas = tuple(dict.fromkeys(areas))
    with writing():
        if queries.by_email(email) is not None:
            raise Refused("There is an account with this address already.", field="email")
        account = Account(email=email.strip(), role=role, display_name=display_name, created_at=now)
        account.patches = [Patch(area_code=code) for code in areas]
        db.session.add(account)
        db.session.flush()
        _write(account, now)
        audit.record("person invited", f"account {account.uid}", by=by, now=now, after=[role, *areas])
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
    """Say what somebody does here from now on; they have to sign in again."""
    permissions.require(permissions.can_change_role(by, account), "This role is not yours to change.")
    permissions.require(permissions.can_give(by, role), "This role is not yours to give.")
    with writing(account):
        if account.role is role:
            raise Refused("They have this role already.", field="role")
        before, account.role = account.role, role
        account.end_sign_ins(now)
        db.session.add(letter_to(account.email, "role", now, account=account, role=role.value))
        audit.record("role given", f"account {account.uid}", by=by, now=now, before=before, after=role)


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


def _write(account: Account, now: datetime) -> None:
    secret = MailedLink.secret_for(account, LinkPurpose.INVITE, now=now)
    db.session.add(letter_to(account.email, "invite", now, account=account, secret=secret, role=account.role.value))
