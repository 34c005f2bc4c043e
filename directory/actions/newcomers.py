"""People who would like to claim something and may have no account yet: they get a link by mail, or are forgotten."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete

from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Account, LinkPurpose, MailedLink, Organisation, Role, audit
from directory.models.claims import Thing, named
from directory.models.guesses import Limit, refuse_spent, spend
from directory.models.letters import letter_to
from directory.queries import accounts as people
from directory.queries import newcomers as queries

# Of one address that was typed: whoever asks in vain has had a letter within eight minutes. Of one network, which a
# whole workshop may share: twelve an hour.
LETTERS = Limit("newcomer", at_once=2, every=timedelta(minutes=8))
BEGINNERS = Limit("newcomer-from", at_once=10, every=timedelta(minutes=30))
TOO_MANY = "That was asked for too often. Wait half an hour and try again."


def begin(email: str, thing: Thing, *, path: str, whose: str, who: str, now: datetime) -> None:
    """Mail a link that signs in and leads on to `path`, with a new account where the address has none.

    Nothing tells which it was, nor whether a letter is in the post. `whose` is a digest of the address, `who` one of where it
    was asked from. Raises Refused when too much was asked from there.
    """
    refuse_spent(BEGINNERS, who, now=now, sentence=TOO_MANY, field="email")
    with writing():
        spend(BEGINNERS, who, now=now, sentence=TOO_MANY, field="email")
    try:
        refuse_spent(LETTERS, whose, now=now)
        with writing():
            spend(LETTERS, whose, now=now)
            account = people.by_email(email)
            # As much work for both, so that the time taken does not tell who has an account; one of the two is kept.
            with db.session.begin_nested() as kept:
                new = Account(
                    email=email.strip() if account is None else secrets.token_urlsafe(32), role=Role.EDITOR, created_at=now
                )
                db.session.add(new)
                db.session.flush()
                if account is not None:
                    kept.rollback()
            account = account or new
            secret = MailedLink.secret_for(account, LinkPurpose.SIGN_IN, now=now)
            told = named(thing)
            letter = letter_to(account.email, "claim-begin", now, account=account, secret=secret, after=path, **told)
            if account.is_suspended:
                letter.given_up_at, letter.facts = now, {}
            db.session.add(letter)
            about = f"{'organisation' if isinstance(thing, Organisation) else 'listing'} {thing.uid}"
            audit.record("claim begun", about, by="visitor", now=now)
    except Refused:
        return  # a letter of a few minutes ago has a link that works


def forget(*, now: datetime) -> int:
    """Accounts that were begun a week ago and that nobody ever came to are taken away; how many there were."""
    with writing():
        never_came = queries.never_came(now=now)
        gone = db.session.execute(delete(Account).where(Account.id.in_(never_came)).execution_options(synchronize_session=False))
        count: int = gone.rowcount  # type: ignore[attr-defined]
        if count:
            audit.record("newcomers forgotten", "accounts", by="worker", now=now, after=count)
    return count
