"""Reports against an account: what people say is wrong or unsafe with words that this account was the last to publish.

A report names a listing and never a person. It counts against whoever made the version that was live when it came; not
against them when they reported it themselves, nor when that version only took somebody's words back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from directory.extensions import db
from directory.models import Account, Listing, Report, ReportKind, Revision

# The other kinds are about the group, about what nobody has written, or about a person.
BLAMES = (ReportKind.WRONG, ReportKind.UNSAFE)


def open_against(account: Account) -> int:
    """How many wait for an answer; several by one person about one listing are one."""
    found = select(Report.listing_id, Report.who).where(Report.answered_at.is_(None), *_blames(account)).distinct()
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def upheld_against(account: Account, organisation_id: int | None) -> Sequence[datetime]:
    """When each was answered by putting the listing right, of those about listings of the organisation, the oldest first."""
    return db.session.scalars(
        select(Report.answered_at)
        .join(Report.listing)
        .where(Listing.organisation_id == organisation_id, Report.changed.is_(True), *_blames(account))
        .order_by(Report.answered_at, Report.id)
    ).all()  # type: ignore[return-value]


def _blames(account: Account) -> tuple[ColumnElement[bool], ...]:
    live, older = aliased(Revision), aliased(Revision)
    number = (
        select(func.max(older.number))
        .where(older.listing_id == Report.listing_id, older.made_at <= Report.made_at)
        .correlate(Report)
        .scalar_subquery()
    )
    theirs = select(live.id).where(
        live.listing_id == Report.listing_id,
        live.number == number,
        live.account_id == account.id,
        live.reverts_account_id.is_(None),
    )
    return Report.kind.in_(BLAMES), Report.who != str(account.uid), theirs.correlate(Report).exists()
