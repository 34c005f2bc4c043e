"""Claims: somebody says that a listing or an organisation is theirs; how far that is proved, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.errors import NotFound
from directory.extensions import Base, db
from directory.models.accounts import Account
from directory.models.columns import Moment, key, short, stored
from directory.models.deciding import decide_once
from directory.models.desk import Attempt
from directory.models.letters import Letter, letter_to
from directory.models.listings import Listing
from directory.models.organisations import Organisation
from directory.models.words import long_day

Thing = Organisation | Listing

MAIL, PHONE, REGISTER, PROPOSED = "mail", "phone", "register", "proposed"
LISTINGS, ORGANISATIONS = "listings", "organisations"  # as their addresses begin
DECIDED = "This was decided a moment ago."


class ClaimState(StrEnum):
    CODE_SENT = "code-sent"
    PROVED = "proved"  # waits for the second person
    GRANTED = "granted"
    REFUSED = "refused"


class Claim(Base):
    """ "I run this." Proved by a code to a contact that was published before, or by a register number; silence refuses it.

    `sent_to` is that contact, or the number. What is `proved` is granted at once where nobody speaks for it yet; everything
    else waits for a second person. `evidence` is what the claimant wrote; it goes after a while, what was decided stays.
    Where a curator names somebody, `proposed_by` is that curator, `evidence` theirs, and a yes sends an invitation.
    """

    __tablename__ = "claim"

    id: Mapped[key]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    state: Mapped[ClaimState] = mapped_column(stored(ClaimState), index=True)
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    means: Mapped[str] = mapped_column(String(16))  # mail, phone, register, proposed
    sent_to: Mapped[short] = mapped_column(default="")
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    proposer: Mapped[Account | None] = relationship(foreign_keys=[proposed_by])
    listing: Mapped[Listing | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    attempts: Mapped[list[Attempt]] = relationship(cascade="all, delete-orphan", order_by="Attempt.made_at, Attempt.id")

    @property
    def thing(self) -> Thing:
        """What is claimed: of a listing that has an organisation by now, that. Raises NotFound when it went away."""
        found = self.organisation or self.listing
        if found is None:
            raise NotFound("What was claimed is not here any more.")
        return found

    @property
    def about(self) -> str:
        """What the audit calls it."""
        return about(self.thing)

    @property
    def whoever_asked(self) -> Account:
        """Who hears the answer: whoever claims, or the curator who named them."""
        return self.proposer or self.account

    def told(self) -> dict[str, str]:
        """What every letter about it is filled with."""
        until = long_day(self.ends_at.date())
        return {"person": self.account.display_name or "Somebody", "until": until, **named(self.thing)}

    def tell(self, people: Iterable[Account], kind: str, now: datetime, **facts: Any) -> None:
        """Inside `writing()`: the same letter to each of them."""
        for account in people:
            db.session.add(letter_to(account.email, kind, now, account=account, **{**self.told(), **facts}))

    def letter(self, address: str, kind: str, now: datetime, **facts: Any) -> Letter:
        """One about it to somebody who may have no account."""
        return letter_to(address, kind, now, **facts, **self.told())

    def close(self, state: ClaimState, reason: str, by: Account | None, now: datetime) -> None:
        """Once, and the code is worth nothing from then on. Raises Conflict when somebody was first."""
        decided_by = by.id if by is not None else None
        values = {"state": state, "reason": reason, "decided_at": now, "decided_by": decided_by, "code_hash": ""}
        decide_once(self, Claim.state.in_(OPEN), otherwise=DECIDED, **values)


OPEN = (ClaimState.CODE_SENT, ClaimState.PROVED)


def kind_of(thing: Thing) -> str:
    """How its addresses begin."""
    return ORGANISATIONS if isinstance(thing, Organisation) else LISTINGS


def named(thing: Thing) -> dict[str, str]:
    return {"noun": kind_of(thing), "slug": thing.slug, "name": thing.name}


def about(thing: Thing) -> str:
    return f"{'organisation' if isinstance(thing, Organisation) else 'listing'} {thing.uid}"
