"""What people do about who they are: they are added and suspended, they sign in and out, they choose a password."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update

from directory import permissions
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.extensions import db, writing
from directory.models import Account, Editorship, LinkPurpose, MailedLink, Organisation, Patch, Role, SignIn, Try, audit
from directory.models.accounts import LINKS_LAST, hashed, is_password_of
from directory.models.guesses import TOO_OFTEN, Limit, forget, give_back, refuse_spent, spend
from directory.models.letters import letter_to
from directory.models.passwords import complaint
from directory.queries import accounts as queries

__all__ = ["LINKS_LAST", "TOO_OFTEN"]

# At most ten an hour for one account and twenty from one address; whoever used up all waits twelve minutes for the next.
GUESSES_AN_ACCOUNT = Limit("password-of", at_once=5, every=timedelta(minutes=12))
GUESSES_AN_ADDRESS = Limit("password", at_once=10, every=timedelta(minutes=6))
# Whoever asks in vain has had a letter within the last eight minutes, and its link works for half an hour.
LINKS = Limit("link", at_once=2, every=timedelta(minutes=8))
NEW_PASSWORDS = Limit("new-password", at_once=2, every=timedelta(minutes=8))
SEEN_EVERY = timedelta(hours=1)
WRONG = "That address and password do not go together. Try again, or let us mail you a link."
OLD_LINK = "This link was for signing in. It is used or too old. Ask for a new one below."
OLD_PASSWORD_LINK = "This link was for a new password. It is used or too old. Ask for a new one below."  # noqa: S105 -- a sentence


def add(
    email: str,
    *,
    role: Role,
    by: Account | str,
    now: datetime,
    display_name: str = "",
    areas: Iterable[str] = (),
    organisation: Organisation | None = None,
) -> Account:
    """A new account. Raises Refused when the address has one already."""
    areas = tuple(dict.fromkeys(areas))
    with writing():
        if queries.by_email(email) is not None:
            raise Refused("There is an account with this address already.", field="email")
        account = Account(email=email.strip(), role=role, display_name=display_name, created_at=now)
        account.patches = [Patch(area_code=code) for code in areas]
        db.session.add(account)
        db.session.flush()
        if organisation is not None:
            account.editorships.append(Editorship(organisation_id=organisation.id, since=now, leads=False))
        audit.record("account added", f"account {account.uid}", by=by, now=now, after=[role, *areas])
    return account


def link_for(account: Account, purpose: LinkPurpose, *, now: datetime) -> str:
    """The secret of a new link of one use, for whoever hands it over in person; it replaces an older one."""
    with writing():
        return MailedLink.secret_for(account, purpose, now=now)


# Signing in and out


def ask_for_link(email: str, *, whose: str, now: datetime, after: str = "") -> None:
    """Mail a link to sign in, if the address has an account; nothing tells whether it has, nor whether one is in the post.

    `whose` is a digest of the address, made with our key; `after` is the path to go on to. Nobody is refused: who asks
    often has had a letter lately, and a stranger who asks for them must not keep them out.
    """
    _mail_link(email, LinkPurpose.SIGN_IN, LINKS, whose=whose, now=now, after=after)


def ask_for_new_password(email: str, *, whose: str, now: datetime) -> None:
    """Mail a link to choose a new password; the same holds."""
    _mail_link(email, LinkPurpose.NEW_PASSWORD, NEW_PASSWORDS, whose=whose, now=now)


def sign_in_by_link(secret: str, *, browser: str, now: datetime) -> str:
    """The token for the cookie. The link is used up, and an invitation accepted. Raises Refused when it is old or not ours."""
    with writing():
        link = queries.link_of(secret, LinkPurpose.SIGN_IN, now=now) or queries.link_of(secret, LinkPurpose.INVITE, now=now)
        if link is None or link.account.is_suspended:
            raise Refused(OLD_LINK)
        _use(link, now)
        if link.organisation_id is not None and not link.account.speaks_for(link.organisation_id):
            leads = not any(each.leads for each in queries.editors_of(link.organisation_id))
            editorship = Editorship(organisation_id=link.organisation_id, since=now, leads=leads)
            link.account.editorships.append(editorship)
            about = f"organisation {link.organisation.uid}" if link.organisation is not None else ""
            audit.record("editor joined", about, by=link.account, now=now, after=str(link.account.uid))
        return _begin(link.account, browser, now, by_link=True)


def sign_in_by_password(email: str, password: str, *, who: str, whose: str, browser: str, now: datetime) -> str:
    """The token for the cookie. Raises Refused, in the same words and after the same time whatever was wrong.

    `who` is a digest of where the guess comes from, `whose` one of the address that was typed, known or not.
    """
    refuse_spent(GUESSES_AN_ADDRESS, who, now=now, field="password")
    refuse_spent(GUESSES_AN_ACCOUNT, whose, now=now, field="password")
    account = queries.by_email(email)
    with writing():
        spend(GUESSES_AN_ADDRESS, who, now=now, field="password")
        spend(GUESSES_AN_ACCOUNT, whose, now=now, field="password")
    # Hashing takes a tenth of a second, so it is done outside the lock, and for an unknown address as well.
    if not is_password_of(account, password) or account is None or account.is_suspended:
        raise Refused(WRONG, field="password")
    with writing():
        give_back(GUESSES_AN_ADDRESS, who)
        forget(GUESSES_AN_ACCOUNT, whose)
        return _begin(account, browser, now)


def sign_out(token: str, *, now: datetime) -> None:
    """End the sign-in of this cookie; an unknown one is no mistake."""
    with writing():
        db.session.execute(
            update(SignIn).where(SignIn.token_hash == queries.digest(token), SignIn.ended_at.is_(None)).values(ended_at=now)
        )


def end_sign_in(account: Account, uid: uuid.UUID, *, now: datetime) -> None:
    """Sign one of this person's own browsers out; one that is out already is no mistake. Raises NotFound for anybody else's."""
    if not queries.has_sign_in(account, uid):
        raise NotFound("You are not signed in there.")
    with writing():
        ended = db.session.execute(
            update(SignIn)
            .where(SignIn.uid == uid, SignIn.account_id == account.id, SignIn.ended_at.is_(None))
            .values(ended_at=now)
        )
        if ended.rowcount:  # type: ignore[attr-defined]
            audit.record("sign-in ended", f"account {account.uid}", by=account, now=now)


def seen(token: str, *, now: datetime) -> None:
    """The sign-in of this cookie was used just now; kept at most once an hour."""
    with writing():
        db.session.execute(
            update(SignIn)
            .where(SignIn.token_hash == queries.digest(token), SignIn.seen_at <= now - SEEN_EVERY, SignIn.ended_at.is_(None))
            .values(seen_at=now)
        )


# Passwords


def choose_password(account: Account, password: str, *, now: datetime, keep: str = "") -> None:
    """Set it and end every other sign-in; `keep` is the token of the one this was done in."""
    kept = _acceptable(account, password)
    with writing(account):
        _set_password(account, kept, now, keep=queries.digest(keep))


def change_password(account: Account, password: str, *, current: str, whose: str, keep: str, now: datetime) -> None:
    """The same for somebody who has one and no second factor: the old one is asked for, and guesses at it count."""
    with writing():
        spend(GUESSES_AN_ACCOUNT, whose, now=now, field="current")
    if not is_password_of(account, current):
        raise Refused("That is not your password of now.", field="current")
    kept = _acceptable(account, password)
    with writing(account):
        forget(GUESSES_AN_ACCOUNT, whose)
        _set_password(account, kept, now, keep=queries.digest(keep))


def choose_password_by_link(secret: str, password: str, *, browser: str, now: datetime) -> str:
    """Set it with a mailed link, end every sign-in, and give the token of a new one. Raises Refused for an old link."""
    link = queries.link_of(secret, LinkPurpose.NEW_PASSWORD, now=now)
    if link is None or link.account.is_suspended:
        raise Refused(OLD_PASSWORD_LINK)
    account = link.account
    kept = _acceptable(account, password)
    with writing(account):
        _use(link, now)
        _set_password(account, kept, now)
        return _begin(account, browser, now, by_link=True)


# Suspension


def suspend(account: Account, *, by: Account, reason: str, now: datetime) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out; the person is told why."""
    if account.id == by.id:
        raise NotAllowed("You cannot suspend your own account.")
    permissions.require(permissions.can_suspend(by, account))
    if not reason.strip():
        raise Refused("Say why. The person will read it.", field="reason")
    with writing(account):
        if account.is_suspended:
            raise Conflict("This account is suspended already.")
        account.suspended_at, account.suspended_reason = now, reason.strip()[:255]
        account.end_sign_ins(now)
        db.session.add(letter_to(account.email, "suspended", now, account=account, reason=reason.strip()))
        audit.record("account suspended", f"account {account.uid}", by=by, now=now, after=reason)


def reinstate(account: Account, *, by: Account, now: datetime) -> None:
    """They may sign in again; the history keeps that they could not."""
    permissions.require(account.id != by.id and permissions.can_suspend(by, account))
    with writing(account):
        if not account.is_suspended:
            raise Conflict("This account is not suspended.")
        before, account.suspended_at, account.suspended_reason = account.suspended_reason, None, ""
        db.session.add(letter_to(account.email, "reinstated", now, account=account))
        audit.record("account reinstated", f"account {account.uid}", by=by, now=now, before=before)


# What the verbs share


def _mail_link(email: str, purpose: LinkPurpose, limit: Limit, *, whose: str, now: datetime, after: str = "") -> None:
    try:
        refuse_spent(limit, whose, now=now)
        with writing():
            spend(limit, whose, now=now)
            account = queries.by_email(email)
            if account is not None and not account.is_suspended:
                secret = MailedLink.secret_for(account, purpose, now=now)
                db.session.add(letter_to(account.email, purpose.value, now, account=account, secret=secret, after=after))
                db.session.flush()
            else:
                _write_in_vain(purpose, now)
    except Refused:
        return  # a letter of a few minutes ago has a link that works


def _write_in_vain(purpose: LinkPurpose, now: datetime) -> None:
    """As much work as a letter makes, and nothing kept, so that the time taken does not tell who has an account."""
    nobody = MailedLink.account_id == 0, MailedLink.used_at.is_(None)
    with db.session.begin_nested() as kept:
        db.session.execute(update(MailedLink).where(*nobody, MailedLink.made_at <= now).values(used_at=now))
        secret = secrets.token_urlsafe(32)
        db.session.add(letter_to(secret, purpose.value, now, secret=secret))
        db.session.add(Try(what="nothing", who=queries.digest(secret), made_at=now))
        db.session.flush()
        kept.rollback()


def _use(link: MailedLink, now: datetime) -> None:
    used = db.session.execute(
        update(MailedLink).where(MailedLink.id == link.id, MailedLink.used_at.is_(None)).values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This link was used a moment ago.")
    alike = MailedLink.account_id == link.account_id, MailedLink.purpose == link.purpose
    same = MailedLink.organisation_id == link.organisation_id
    db.session.execute(update(MailedLink).where(*alike, same, MailedLink.used_at.is_(None)).values(used_at=now))


def _begin(account: Account, browser: str, now: datetime, *, by_link: bool = False) -> str:
    """A new token each time, so that nothing known before the sign-in is worth anything after it."""
    token = secrets.token_urlsafe(32)
    kept = {"token_hash": queries.digest(token), "browser": browser[:80], "by_link": by_link}
    db.session.add(SignIn(account_id=account.id, made_at=now, seen_at=now, **kept))
    account.signed_in_at = now
    audit.record("signed in", f"account {account.uid}", by=account, now=now)
    return token


def _acceptable(account: Account, password: str) -> str:
    """The digest of a password that will do; takes a tenth of a second. Raises Refused."""
    if wrong := complaint(password, names=(account.email, account.display_name)):
        raise Refused(wrong, field="password")
    return hashed(password)


def _set_password(account: Account, kept: str, now: datetime, *, keep: str = "") -> None:
    account.password_hash = kept
    account.end_sign_ins(now, keep=keep)
    db.session.add(letter_to(account.email, "password-chosen", now, account=account))
    audit.record("password chosen", f"account {account.uid}", by=account, now=now)
