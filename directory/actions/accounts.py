"""What people do about who they are: they are added and invited, they sign in and out, they choose a password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import Account, Editorship, LinkPurpose, MailedLink, Organisation, Patch, Role, SignIn, Try, audit
from directory.models.accounts import hashed, is_password_of
from directory.models.letters import letter_to
from directory.queries import accounts as queries

LINKS_LAST = {
    LinkPurpose.SIGN_IN: timedelta(minutes=30),
    LinkPurpose.INVITE: timedelta(days=14),
    LinkPurpose.NEW_PASSWORD: timedelta(minutes=30),
}
SHORTEST, LONGEST = 8, 64
AN_HOUR, SHUT_OUT = timedelta(hours=1), timedelta(minutes=15)
GUESSES_AN_ACCOUNT, GUESSES_AN_ADDRESS, LINKS_AN_HOUR = 10, 20, 5
WRONG = "That address and password do not go together. Try again, or let us mail you a link."
TOO_OFTEN = "That was tried too often. Wait a quarter of an hour, or let us mail you a link."


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
    with writing():
        if queries.by_email(email) is not None:
            raise Refused("There is an account with this address already.", field="email")
        account = Account(email=email.strip(), role=role, display_name=display_name, created_at=now)
        account.patches = [Patch(area_code=code) for code in dict.fromkeys(areas)]
        db.session.add(account)
        db.session.flush()
        if organisation is not None:
            account.editorships.append(Editorship(organisation_id=organisation.id, since=now, leads=False))
        audit.record("account added", f"account {account.uid}", by=by, now=now, after=[role, *areas])
    return account


def link_for(account: Account, purpose: LinkPurpose, *, now: datetime) -> str:
    """The secret of a new link of one use, for whoever hands it over in person; it replaces an older one."""
    with writing():
        return _link(account, purpose, now)


def ask_for_link(email: str, *, who: str, now: datetime, after: str = "") -> None:
    """Mail a link to sign in, if the address has an account; nothing tells whether it has.

    `who` is a digest of where the question came from, `after` the path to go on to. Raises Refused when asked too often.
    """
    with writing():
        _count("link", who, most=LINKS_AN_HOUR * 4, within=AN_HOUR, now=now)
        account = queries.by_email(email)
        if account is None or account.is_suspended:
            return
        if queries.tries("link-to", str(account.uid), since=now - AN_HOUR) >= LINKS_AN_HOUR:
            return  # five letters an hour are in the post already
        db.session.add(Try(what="link-to", who=str(account.uid), made_at=now))
        secret = _link(account, LinkPurpose.SIGN_IN, now)
        db.session.add(letter_to(account.email, "sign-in", now, account=account, secret=secret, after=after))


def sign_in_by_link(secret: str, *, browser: str, now: datetime) -> str:
    """The token for the cookie. The link is used up. Raises Refused when it is old, used or not ours."""
    with writing():
        link = queries.link_of(secret, LinkPurpose.SIGN_IN, now=now) or queries.link_of(secret, LinkPurpose.INVITE, now=now)
        if link is None or link.account.is_suspended:
            raise Refused("This link was for signing in. It is used or too old. Ask for a new one below.")
        used = db.session.execute(
            update(MailedLink).where(MailedLink.id == link.id, MailedLink.used_at.is_(None)).values(used_at=now)
        )
        if used.rowcount != 1:
            raise Conflict("This link was used a moment ago.")
        return _begin(link.account, browser, now)


def sign_in_by_password(email: str, password: str, *, who: str, browser: str, now: datetime) -> str:
    """The token for the cookie. Raises Refused, in the same words and after the same time whatever was wrong."""
    account = queries.by_email(email)
    with writing():
        _count("password", who, most=GUESSES_AN_ADDRESS, within=AN_HOUR, now=now)
        if account is not None:
            key = str(account.uid)
            if queries.tries("password-of", key, since=now - SHUT_OUT) >= GUESSES_AN_ACCOUNT // 4 or (
                queries.tries("password-of", key, since=now - AN_HOUR) >= GUESSES_AN_ACCOUNT
            ):
                raise Refused(TOO_OFTEN, field="password")
            db.session.add(Try(what="password-of", who=key, made_at=now))
    # Hashing takes a tenth of a second, so it is done outside the lock, and for an unknown address as well.
    if not is_password_of(account, password) or account is None or account.is_suspended:
        raise Refused(WRONG, field="password")
    with writing():
        db.session.execute(delete(Try).where(Try.what == "password-of", Try.who == str(account.uid)))
        return _begin(account, browser, now)


def choose_password(account: Account, password: str, *, now: datetime, keep: str = "") -> None:
    """Set it and end every other sign-in; `keep` is the token of the one this was done in."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(f"Use {SHORTEST} to {LONGEST} letters, figures or signs. Fifteen or more are safer.", field="password")
    if password.strip().lower() in {account.email.lower(), account.display_name.lower()}:
        raise Refused("That is your own name or address. Choose something that nobody would guess.", field="password")
    kept = hashed(password)
    with writing(account):
        account.password_hash = kept
        _end_all(account, now, keep=keep)
        audit.record("password chosen", f"account {account.uid}", by=account, now=now)


def sign_out(token: str, *, now: datetime) -> None:
    """End the sign-in of this cookie; an unknown one is no mistake."""
    with writing():
        db.session.execute(
            update(SignIn).where(SignIn.token_hash == queries.digest(token), SignIn.ended_at.is_(None)).values(ended_at=now)
        )


def suspend(account: Account, *, by: Account, reason: str, now: datetime) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out."""
    if account.id == by.id:
        raise NotAllowed("You cannot suspend your own account.")
    if not reason.strip():
        raise Refused("Say why. The person will read it.", field="reason")
    with writing(account):
        account.suspended_at, account.suspended_reason = now, reason
        _end_all(account, now)
        audit.record("account suspended", f"account {account.uid}", by=by, now=now, after=reason)


def seen(token: str, *, now: datetime) -> None:
    """The sign-in of this cookie was used just now."""
    with writing():
        db.session.execute(update(SignIn).where(SignIn.token_hash == queries.digest(token)).values(seen_at=now))


# What the verbs share


def _link(account: Account, purpose: LinkPurpose, now: datetime) -> str:
    db.session.execute(
        update(MailedLink)
        .where(MailedLink.account_id == account.id, MailedLink.purpose == purpose, MailedLink.used_at.is_(None))
        .values(used_at=now)
    )
    secret = secrets.token_urlsafe(32)
    db.session.add(
        MailedLink(
            account_id=account.id,
            purpose=purpose,
            token_hash=queries.digest(secret),
            made_at=now,
            ends_at=now + LINKS_LAST[purpose],
        )
    )
    return secret


def _begin(account: Account, browser: str, now: datetime) -> str:
    """A new token each time, so that nothing known before the sign-in is worth anything after it."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(account_id=account.id, token_hash=queries.digest(token), browser=browser[:80], made_at=now, seen_at=now)
    )
    account.signed_in_at = now
    audit.record("signed in", f"account {account.uid}", by=account, now=now)
    return token


def _end_all(account: Account, now: datetime, *, keep: str = "") -> None:
    db.session.execute(
        update(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None), SignIn.token_hash != queries.digest(keep))
        .values(ended_at=now)
    )
    db.session.execute(
        update(MailedLink).where(MailedLink.account_id == account.id, MailedLink.used_at.is_(None)).values(used_at=now)
    )


def _count(what: str, who: str, *, most: int, within: timedelta, now: datetime) -> None:
    """One more of these by them. Raises Refused beyond `most`; the row is then not kept, which does no harm."""
    if queries.tries(what, who, since=now - within) >= most:
        raise Refused(TOO_OFTEN, field="email")
    db.session.add(Try(what=what, who=who, made_at=now))
