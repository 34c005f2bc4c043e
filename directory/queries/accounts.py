"""Questions about people: whom a cookie or a link belongs to, who edits for whom, who is trusted with a change that goes live."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from directory import places
from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    AuditRow,
    Editorship,
    LinkPurpose,
    MailedLink,
    Organisation,
    RecoveryCode,
    Revision,
    Role,
    RoleChange,
    SignIn,
    Sort,
    State,
    Suggestion,
    Try,
    trust,
)
from directory.queries import against

# A sign-in ends by itself when nobody used it for so long, and in any case after so long.
IDLE, LONGEST = timedelta(days=14), timedelta(days=90)


def digest(secret: str) -> str:
    """What is kept of a random secret. It is long and random, so one plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def by_email(email: str) -> Account | None:
    """The account of an address, whatever its case."""
    return db.session.scalar(select(Account).where(func.lower(Account.email) == email.strip().lower()))


def sign_in_of(token: str, *, now: datetime) -> SignIn | None:
    """The sign-in that a cookie names, with its account; None when it ended, lapsed, or its person is suspended."""
    found = db.session.scalar(
        select(SignIn)
        .where(SignIn.token_hash == digest(token), SignIn.ended_at.is_(None))
        .options(joinedload(SignIn.account).selectinload(Account.editorships))
    )
    if found is None or found.account.is_suspended:
        return None
    return found if now - found.seen_at < IDLE and now - found.made_at < LONGEST else None


def is_of_the_suspended(token: str) -> bool:
    """Whether a cookie names a sign-in, over or not, of an account that is suspended now."""
    named = select(SignIn.id).join(Account, Account.id == SignIn.account_id)
    named = named.where(SignIn.token_hash == digest(token), Account.suspended_at.is_not(None))
    return db.session.scalar(named.limit(1)) is not None


def sign_ins_of(account: Account, *, now: datetime) -> Sequence[SignIn]:
    """Where somebody is signed in just now, the latest used first."""
    return db.session.scalars(
        select(SignIn)
        .where(
            SignIn.account_id == account.id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > now - IDLE,
            SignIn.made_at > now - LONGEST,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id)
    ).all()


def has_sign_in(account: Account, uid: uuid.UUID) -> bool:
    """Whether this is a sign-in of theirs, ended or not."""
    return db.session.scalar(select(SignIn.id).where(SignIn.uid == uid, SignIn.account_id == account.id)) is not None


def link_of(secret: str, purpose: LinkPurpose, *, now: datetime) -> MailedLink | None:
    """The link that a secret belongs to, with its account, while it can still be used."""
    return db.session.scalar(
        select(MailedLink)
        .where(
            MailedLink.token_hash == digest(secret),
            MailedLink.purpose == purpose,
            MailedLink.used_at.is_(None),
            MailedLink.ends_at > now,
        )
        .options(joinedload(MailedLink.account))
    )


def tries(what: str, who: str, *, since: datetime) -> int:
    """How often this was done by them since then."""
    return (
        db.session.scalar(select(func.count()).select_from(Try).where(Try.what == what, Try.who == who, Try.made_at > since)) or 0
    )


def free_again(what: str, who: str, *, most: int, within: timedelta, now: datetime) -> datetime | None:
    """When they may do this again, of which `most` go within a while; None when they may now."""
    mine = Try.what == what, Try.who == who, Try.made_at > now - within
    latest = select(Try.made_at).where(*mine).order_by(Try.made_at.desc()).limit(1).offset(most - 1)
    oldest = db.session.scalar(latest)
    return oldest + within if oldest is not None else None


def editors_of(organisation_id: int) -> Sequence[Editorship]:
    """Who edits for an organisation now, with their accounts, the longest first."""
    return db.session.scalars(
        select(Editorship)
        .where(Editorship.organisation_id == organisation_id, Editorship.ended_at.is_(None))
        .order_by(Editorship.since, Editorship.id)
        .options(joinedload(Editorship.account))
    ).all()


def invitations_to(organisation_id: int, *, now: datetime) -> Sequence[MailedLink]:
    """Invitations to edit for an organisation that can still be accepted, with their accounts, the oldest first."""
    return db.session.scalars(
        select(MailedLink)
        .where(MailedLink.organisation_id == organisation_id, MailedLink.used_at.is_(None), MailedLink.ends_at > now)
        .order_by(MailedLink.made_at, MailedLink.id)
        .options(joinedload(MailedLink.account))
    ).all()


def codes_left(account: Account) -> int:
    """How many of somebody's recovery codes still work."""
    own = select(func.count()).select_from(RecoveryCode)
    return db.session.scalar(own.where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))) or 0


@dataclass(frozen=True)
class People:
    """One page of the list of accounts, and how many there are in all."""

    rows: Sequence[Account]
    total: int


def people(*, page: int = 1, per_page: int = 50) -> People:
    """Everybody with an account, by name, with the areas they look after."""
    shown = func.lower(case((Account.display_name != "", Account.display_name), else_=Account.email))
    rows = db.session.scalars(
        select(Account)
        .order_by(shown, Account.id)
        .options(selectinload(Account.patches))
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return People(rows, db.session.scalar(select(func.count()).select_from(Account)) or 0)


def by_uid(uid: uuid.UUID) -> Account:
    """One account with its areas and organisations. Raises NotFound."""
    found = db.session.scalar(
        select(Account)
        .where(Account.uid == uid)
        .options(selectinload(Account.patches), selectinload(Account.editorships).joinedload(Editorship.organisation))
    )
    if found is None:
        raise NotFound("There is no such account.")
    return found


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """What people call each area: the name of a council, or the outward code itself."""
    return {code: places.council_name(code) or code for code in codes}


def organisations_of(account: Account) -> Sequence[Editorship]:
    """For whom somebody edits now, with the organisations, by name."""
    return db.session.scalars(
        select(Editorship)
        .join(Editorship.organisation)
        .where(Editorship.account_id == account.id, Editorship.ended_at.is_(None))
        .order_by(Organisation.name, Editorship.id)
        .options(contains_eager(Editorship.organisation))
    ).all()


def is_trusted(account: Account, organisation_id: int | None, *, now: datetime) -> bool:
    """Whether an editor's changes go live where they edit for this organisation, by the rules of `models.trust`.

    Five statements at most, of an editor of the organisation who has had enough approved; one or none of all others.
    """
    began = min((each.since for each in account.editorships if _is_of(each, organisation_id)), default=None)
    if began is None or now - began < trust.HELD or account.signed_in_at is None:
        return False
    sent = db.session.execute(
        select(Suggestion.made_at, Suggestion.decided_at).where(
            Suggestion.account_id == account.id,
            Suggestion.state.in_((State.APPROVED, State.LIVE)),
            Suggestion.sort == Sort.CHANGE,
        )
    ).all()
    if len(sent) < trust.CHANGES:
        return False
    # One hand may make two versions at one moment, and what is taken back by it is one change.
    taken_back = db.session.execute(
        select(Revision.listing_id, Revision.made_at).where(Revision.reverts_account_id == account.id).distinct()
    )
    signed_in = select(AuditRow.at).where(AuditRow.object == f"account {account.uid}", AuditRow.verb == "signed in")
    past = trust.Past(
        began,
        approved=[decided_at or made_at for made_at, decided_at in sent],
        reverted=[made_at for _, made_at in taken_back],
        upheld=against.upheld_against(account, organisation_id),
        # Whoever sends a change is signed in.
        seen=[account.signed_in_at, *(made_at for made_at, _ in sent), *db.session.scalars(signed_in)],
    )
    return trust.is_trusted(past, now=now)


def _is_of(editorship: Editorship, organisation_id: int | None) -> bool:
    return editorship.ended_at is None and editorship.organisation_id == organisation_id


def role_change_of(account: Account) -> RoleChange | None:
    """The role that waits for a second person to agree, with whoever proposed it."""
    return db.session.scalar(
        select(RoleChange)
        .where(RoleChange.account_id == account.id, RoleChange.decided_at.is_(None))
        .options(joinedload(RoleChange.proposer))
        .order_by(RoleChange.id.desc())
    )


def roles_waiting(ids: Iterable[int]) -> dict[int, RoleChange]:
    """The roles that wait for a second person, by account, of these accounts."""
    waiting = select(RoleChange).where(RoleChange.account_id.in_(list(ids)), RoleChange.decided_at.is_(None))
    return {each.account_id: each for each in db.session.scalars(waiting.order_by(RoleChange.id))}


def with_role(role: Role, *, but: Account) -> Sequence[Account]:
    """Others of this role who may sign in, the oldest account first."""
    same = select(Account).where(Account.role == role, Account.suspended_at.is_(None), Account.id != but.id)
    return db.session.scalars(same.order_by(Account.id)).all()


def leads() -> Sequence[Account]:
    """Everybody who leads an area and may still sign in."""
    return db.session.scalars(
        select(Account).where(Account.role == Role.LEAD, Account.suspended_at.is_(None)).order_by(Account.id)
    ).all()
