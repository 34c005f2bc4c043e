"""Who acts: people with an account, what they may speak for, and how they are known to be who they say they are."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, update
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from directory.extensions import Base, db
from directory.models.columns import Moment, key, public_id, short, stored

if TYPE_CHECKING:
    from directory.models.organisations import Organisation


class Role(StrEnum):
    EDITOR = "editor"
    LINK_WORKER = "link-worker"
    CURATOR = "curator"
    SENIOR = "senior"
    LEAD = "lead"
    ADMIN = "admin"
    IMPORTER = "importer"


# Who decides over other people's words; admin keeps the service running and has no say over content.
CURATING = frozenset({Role.CURATOR, Role.SENIOR, Role.LEAD})
# Who may not work without a second factor.
NEEDS_SECOND_FACTOR = frozenset({Role.CURATOR, Role.SENIOR, Role.LEAD, Role.ADMIN})


HOW = "scrypt:32768:8:3"  # the smallest of the settings that OWASP calls equally strong
# The password of nobody: compared with where there is none, so that both answers take the same time.
NOBODYS = generate_password_hash(secrets.token_urlsafe(), method=HOW)


def hashed(password: str) -> str:
    """What is kept of a password. Takes about a tenth of a second."""
    return generate_password_hash(password, method=HOW)


def is_password_of(account: Account | None, password: str) -> bool:
    """Whether it is theirs; takes the same time for nobody, and for somebody without one."""
    kept = account.password_hash if account is not None else ""
    return check_password_hash(kept or NOBODYS, password) and bool(kept)


class Account(UserMixin, Base):
    """One person or feed. The e-mail address is private; `display_name` is what others see.

    `totp_step` is the number of the last code that was used, so that none counts twice. Digests and codes are never the
    secrets themselves, but for `totp_secret`, without which no code could be compared.
    """

    __tablename__ = "account"

    id: Mapped[key]
    uid: Mapped[public_id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(80), default="")
    role: Mapped[Role] = mapped_column(stored(Role), default=Role.EDITOR)
    created_at: Mapped[datetime] = mapped_column(Moment)
    password_hash: Mapped[short] = mapped_column(default="")
    totp_secret: Mapped[str] = mapped_column(String(64), default="")
    totp_step: Mapped[int] = mapped_column(default=0)
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    suspended_reason: Mapped[short] = mapped_column(default="")
    back_on: Mapped[date | None]  # the first day after a break; no reason is kept

    patches: Mapped[list[Patch]] = relationship(cascade="all, delete-orphan", order_by="Patch.area_code")
    editorships: Mapped[list[Editorship]] = relationship(cascade="all, delete-orphan", order_by="Editorship.id")

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def curates(self) -> bool:
        """Whether this person decides over other people's words."""
        return self.role in CURATING and not self.is_suspended

    def is_away(self, today: date) -> bool:
        """Whether this person takes a break: no work is offered to them and no letter asks for any."""
        return self.back_on is not None and today < self.back_on

    @property
    def has_second_factor(self) -> bool:
        return bool(self.totp_secret)

    def speaks_for(self, organisation_id: int | None) -> bool:
        """Whether this person edits for the organisation; nobody speaks for none. One query unless editorships are loaded."""
        return organisation_id is not None and any(
            each.organisation_id == organisation_id and each.ended_at is None for each in self.editorships
        )

    def leads_editors_of(self, organisation_id: int) -> bool:
        """Whether this person leads the editors of the organisation."""
        return any(each.leads and each.organisation_id == organisation_id and each.ended_at is None for each in self.editorships)

    def end_sign_ins(self, now: datetime, *, keep: str = "") -> None:
        """Inside `writing()`: every browser is signed out but the one whose digest is `keep`, and no mailed link works."""
        db.session.execute(
            update(SignIn)
            .where(SignIn.account_id == self.id, SignIn.ended_at.is_(None), SignIn.token_hash != keep)
            .values(ended_at=now)
        )
        db.session.execute(
            update(MailedLink).where(MailedLink.account_id == self.id, MailedLink.used_at.is_(None)).values(used_at=now)
        )


class Patch(Base):
    """An area that somebody looks after: an outward code or an ONS code."""

    __tablename__ = "patch"
    __table_args__ = (UniqueConstraint("account_id", "area_code"),)

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    area_code: Mapped[str] = mapped_column(String(9))


class LeftPatch(Base):
    """An area that nobody looked after any more when its volunteer left. Whether somebody does by now, `patch` tells."""

    __tablename__ = "left_patch"

    area_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    left_at: Mapped[datetime] = mapped_column(Moment)


class RoleChange(Base):
    """A role that somebody would give to an account, until a second person who may give it agrees or says no."""

    __tablename__ = "role_change"

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(stored(Role))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    agreed: Mapped[bool | None]  # None until somebody decided

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    proposer: Mapped[Account] = relationship(foreign_keys=[proposed_by])


class Editorship(Base):
    """That somebody speaks for an organisation, since when, and whether they lead its editors. An ended one stays as history."""

    __tablename__ = "editorship"

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    leads: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    organisation: Mapped[Organisation] = relationship()
    account: Mapped[Account] = relationship(viewonly=True)


class SignIn(Base):
    """One browser in which somebody is signed in. Its cookie holds a random token; the row holds only the digest of it.

    `proved_at` is when a second factor was last given here: dangerous steps ask for it again after a while. `by_link` is
    whether this began with a mailed link, so by somebody who can read that mail.
    """

    __tablename__ = "sign_in"

    id: Mapped[key]
    uid: Mapped[public_id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(80), default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    proved_at: Mapped[datetime | None] = mapped_column(Moment)
    by_link: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    account: Mapped[Account] = relationship()


class LinkPurpose(StrEnum):
    SIGN_IN = "sign-in"
    INVITE = "invite"
    NEW_PASSWORD = "new-password"  # noqa: S105 -- what a link is for, not a secret


LINKS_LAST = {
    LinkPurpose.SIGN_IN: timedelta(minutes=30),
    LinkPurpose.INVITE: timedelta(days=14),
    LinkPurpose.NEW_PASSWORD: timedelta(minutes=30),
}
PRESSED_TWICE = timedelta(minutes=10)  # for so long a second letter does not make the first one worth nothing


class MailedLink(Base):
    """A link of one use that somebody got by mail; only the digest of its secret is kept. A newer one replaces it.

    An invitation may be to edit for an organisation, which begins when the link is used.
    """

    __tablename__ = "mailed_link"

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(stored(LinkPurpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)

    account: Mapped[Account] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    @classmethod
    def secret_for(cls, account: Account, purpose: LinkPurpose, *, now: datetime, organisation_id: int | None = None) -> str:
        """Inside `writing()`: the secret of a new link, which takes the place of an older one of the same sort.

        One of the last ten minutes stays good beside it: who presses twice may open either letter, and uses up both.
        """
        db.session.execute(
            update(cls)
            .where(
                cls.account_id == account.id,
                cls.purpose == purpose,
                cls.organisation_id == organisation_id,
                cls.used_at.is_(None),
                cls.made_at <= now - PRESSED_TWICE,
            )
            .values(used_at=now)
        )
        secret = secrets.token_urlsafe(32)
        db.session.add(
            cls(
                account_id=account.id,
                purpose=purpose,
                token_hash=hashlib.sha256(secret.encode()).hexdigest(),
                made_at=now,
                ends_at=now + LINKS_LAST[purpose],
                organisation_id=organisation_id,
            )
        )
        return secret


class RecoveryCode(Base):
    """One of the ten codes for the day the telephone is lost; each works once."""

    __tablename__ = "recovery_code"

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Try(Base):
    """One thing done that counts against a quota: a guess at a password, a suggestion. `who` is a digest, never an address."""

    __tablename__ = "try"
    __table_args__ = (Index("ix_try_what_who_made_at", "what", "who", "made_at"),)

    id: Mapped[key]
    what: Mapped[str] = mapped_column(String(32))
    who: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
