"""Who was sent a link to a new account and never came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from directory.extensions import db
from directory.models import Account, LinkPurpose, MailedLink, Role

PATIENCE = timedelta(days=7)
MOST = 500


def never_came(*, now: datetime) -> Sequence[int]:
    """Accounts that began with a link to sign in a week ago or longer and that nobody used; nothing else speaks of them.

    Who was invited is waited for: an invitation can be sent again.
    """
    account = Account.__table__
    speaking = [
        column
        for table in db.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column is account.c.id and key.ondelete != "SET NULL" and table is not MailedLink.__table__
    ]
    links = select(MailedLink.id).where(MailedLink.account_id == Account.id)
    return db.session.scalars(
        select(Account.id)
        .where(
            Account.role == Role.EDITOR,
            Account.signed_in_at.is_(None),
            Account.suspended_at.is_(None),
            Account.created_at <= now - PATIENCE,
            links.where(MailedLink.purpose == LinkPurpose.SIGN_IN).exists(),
            ~links.where((MailedLink.purpose != LinkPurpose.SIGN_IN) | (MailedLink.ends_at > now)).exists(),
            *(~exists().where(column == Account.id) for column in speaking),
        )
        .order_by(Account.id)
        .limit(MOST)
    ).all()
