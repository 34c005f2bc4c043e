"""Volunteers rest and go: a break without a reason, no thanks by letter, and a patch handed on when somebody leaves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, update

from directory import permissions
from directory.errors import Refused
from directory.extensions import db, writing
from directory.models import Account, Lease, LeftPatch, NoLetters, Pair, PairState, Role, RoleChange, SetAside, audit
from directory.models import words as say
from directory.models.letters import letter_to
from directory.models.recurrence import LONDON
from directory.queries import accounts as people
from directory.queries import patches as queries
from directory.queries import thanks

LONGEST = timedelta(days=366)
NOT_YOURS = "Leads are asked by others every day. Another lead has to give you another role first."


def take_break(until: date, *, by: Account, now: datetime) -> None:
    """No work is offered to this person up to this day, and no letter asks for any; what they hold goes back.

    `until` is the day on which they are back. Raises Refused for a day that is not ahead, or more than a year off.
    """
    permissions.require(permissions.can_rest(by), NOT_YOURS)
    today = now.astimezone(LONDON).date()
    if not today < until <= today + LONGEST:
        raise Refused("Give a day that is still to come, within a year.", field="until")
    with writing(by):
        by.back_on = until
        _give_back(by)
        audit.record("break taken", f"account {by.uid}", by=by, now=now, after=until.isoformat())


def come_back(*, by: Account, now: datetime) -> None:
    """The break is over; it is no mistake when it was already."""
    with writing(by):
        if by.back_on is not None:
            by.back_on = None
            audit.record("break ended", f"account {by.uid}", by=by, now=now)


def leave(*, by: Account, now: datetime) -> None:
    """This person helps no more: what they hold and proposed goes back, role and patch fall away, leads are told once.

    The account stays, for what they edit of their own; so does all they wrote. A second press is no mistake and changes
    nothing. Raises NotAllowed for leads.
    """
    with writing(by):
        if not by.curates:
            return
        permissions.require(permissions.can_rest(by), NOT_YOURS)
        codes = sorted(patch.area_code for patch in by.patches)
        before = [by.role.value, *codes]
        by.role, by.back_on, by.patches = Role.EDITOR, None, []
        _give_back(by)
        db.session.execute(delete(SetAside).where(SetAside.account_id == by.id))
        db.session.execute(
            update(Pair)
            .where(Pair.proposed_by == by.id, Pair.state == PairState.PROPOSED)
            .values(state=PairState.OPEN, kept_id=None, record=None, reason="", proposed_by=None)
        )
        db.session.execute(
            update(RoleChange)
            .where(RoleChange.account_id == by.id, RoleChange.decided_at.is_(None))
            .values(decided_at=now, decided_by=by.id, agreed=False)
        )
        db.session.execute(delete(NoLetters).where(NoLetters.address_hash == thanks.refusal_of(by)))
        db.session.flush()
        empty = queries.without_anybody(codes)
        for code in empty:
            db.session.merge(LeftPatch(area_code=code, left_at=now))
        names = people.area_names(codes)
        told = {"patch": say.joined(sorted(names.values())), "empty": say.joined(sorted(names[code] for code in empty))}
        for lead in people.leads():
            who = by.display_name or by.email
            db.session.add(letter_to(lead.email, "left", now, account=lead, person=who, uid=str(by.uid), **told))
        audit.record("left", f"account {by.uid}", by=by, now=now, before=before, after=empty)


def stop_thanks(*, by: Account, now: datetime) -> None:
    """This person wants no letter that thanks them each month; all others still come."""
    permissions.require(permissions.can_curate(by))
    with writing(by):
        if thanks.wants_thanks(by):
            db.session.add(NoLetters(address_hash=thanks.refusal_of(by), said_at=now))


def allow_thanks(*, by: Account) -> None:
    """The letter that thanks them comes again."""
    permissions.require(permissions.can_curate(by))
    with writing(by):
        db.session.execute(delete(NoLetters).where(NoLetters.address_hash == thanks.refusal_of(by)))


def _give_back(by: Account) -> None:
    db.session.execute(delete(Lease).where(Lease.account_id == by.id))
