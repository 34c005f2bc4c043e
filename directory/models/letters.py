"""Letters: what has to be sent, kept until it is; written in the transaction of whatever they tell of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base
from directory.models.accounts import Account
from directory.models.columns import Moment, key, public_id, short
from directory.models.listings import Listing


class Letter(Base):
    """One mail. Nothing is sent by whoever writes it: the worker drains this table, and tries again what failed.

    `kind` names its template, `facts` what the template is filled with; secrets in them go once it is sent. `occasion`
    makes a letter unique where it must be ("reminder:17:2026-11"): writing it again changes nothing.
    """

    __tablename__ = "letter"

    id: Mapped[key]
    uid: Mapped[public_id]
    to_address: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    occasion: Mapped[str | None] = mapped_column(String(120), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    not_before: Mapped[datetime] = mapped_column(Moment, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[short] = mapped_column(default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="SET NULL"))


class NoLetters(Base):
    """An address that asked not to be written to, as a digest."""

    __tablename__ = "no_letters"

    id: Mapped[key]
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
    said_at: Mapped[datetime] = mapped_column(Moment)


def letter_to(
    address: str, kind: str, now: datetime, *, account: Account | None = None, listing: Listing | None = None, **facts: Any
) -> Letter:
    """A letter that goes as soon as the worker looks; `facts` are plain JSON. Add it to the session inside `writing()`."""
    told = {"slug": listing.slug, "name": listing.name} if listing is not None else {}
    return Letter(
        to_address=address,
        kind=kind,
        facts={**told, **facts},
        made_at=now,
        not_before=now,
        account_id=account.id if account is not None else None,
        listing_id=listing.id if listing is not None else None,
    )
