"""What people do about their second factor: they set it up, give its codes, and do without it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Account, RecoveryCode, SignIn, audit, factors
from directory.models.accounts import NEEDS_SECOND_FACTOR
from directory.models.guesses import Limit, forget, refuse_spent, spend
from directory.models.letters import letter_to
from directory.queries import accounts as queries

# As with passwords: ten an hour at most. Who came by a mailed link has a count of their own, so that somebody who only
# knows the password cannot keep the owner out.
CODES = Limit("code", at_once=5, every=timedelta(minutes=12))
WRONG = "That code is not right. Codes change every half minute and work once: wait for the next one and try that."
TOO_OFTEN = "That was tried too often. Wait a quarter of an hour and try the next code."


def set_up(account: Account, key: str, code: str, *, token: str, now: datetime) -> list[str]:
    """Keep the key, once a code shows that a telephone has it; gives the ten recovery codes, which nobody sees again.

    Every other browser is signed out, and this one counts as proved. Raises Refused for a wrong code.
    """
    step = factors.step_of(key, code, now=now)
    if step is None:
        raise Refused(WRONG, field="code")
    with writing(account):
        account.totp_secret, account.totp_step = key, step
        account.end_sign_ins(now, keep=queries.digest(token))
        _prove(token, now)
        db.session.add(letter_to(account.email, "factor-set", now, account=account))
        audit.record("second factor set up", f"account {account.uid}", by=account, now=now)
        return _fresh_codes(account)


def prove(account: Account, code: str, *, sign_in: SignIn, now: datetime) -> None:
    """Give a code of the telephone, or a recovery code, for this sign-in. Each works once. Raises Refused."""
    who = f"{account.uid}{' by link' if sign_in.by_link else ''}"
    refuse_spent(CODES, who, now=now, sentence=TOO_OFTEN, field="code")
    with writing():
        spend(CODES, who, now=now, sentence=TOO_OFTEN, field="code")
    with writing(account):
        step = factors.step_of(account.totp_secret, code, now=now) if account.totp_secret else None
        if step is not None and step > account.totp_step:
            account.totp_step = step
        elif not _use_recovery_code(account, code, now):
            raise Refused(WRONG, field="code")
        forget(CODES, who)
        db.session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(proved_at=now))


def renew_codes(account: Account, *, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing any more."""
    with writing(account):
        if not account.has_second_factor:
            raise Refused("Set up the code of your telephone first.")
        audit.record("recovery codes renewed", f"account {account.uid}", by=account, now=now)
        return _fresh_codes(account)


def remove(account: Account, *, by: Account | str, now: datetime) -> None:
    """Do without it. Somebody whose role needs one is asked to set it up anew; `by` a word is the command of the operator."""
    if not isinstance(by, str) and account.role in NEEDS_SECOND_FACTOR:
        raise Refused("Your role needs a second step. You can set it up anew instead.")
    with writing(account):
        account.totp_secret, account.totp_step = "", 0
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        if isinstance(by, str):
            account.end_sign_ins(now)
        db.session.add(letter_to(account.email, "factor-removed", now, account=account))
        audit.record("second factor removed", f"account {account.uid}", by=by, now=now)


# What the verbs share


def _fresh_codes(account: Account) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = factors.recovery_codes()
    db.session.add_all([RecoveryCode(account_id=account.id, code_hash=factors.kept(code)) for code in codes])
    return codes


def _use_recovery_code(account: Account, code: str, now: datetime) -> bool:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == factors.kept(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if used.rowcount == 1:  # type: ignore[attr-defined]
        db.session.add(letter_to(account.email, "code-used", now, account=account))
        audit.record("recovery code used", f"account {account.uid}", by=account, now=now)
        return True
    return False


def _prove(token: str, now: datetime) -> None:
    db.session.execute(update(SignIn).where(SignIn.token_hash == queries.digest(token)).values(proved_at=now))
