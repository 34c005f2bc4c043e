"""What is done with a flag: somebody says that something is missing, joins others, a curator looks at what residents send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from directory import permissions
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.models import (
    Account,
    Affected,
    AgeBand,
    Flag,
    FlagState,
    Gap,
    GapKind,
    GapState,
    Often,
    Shortfall,
    Term,
    Try,
    Voice,
    audit,
)
from directory.models.gaps import Area
from directory.models.letters import letter_to
from directory.queries import accounts as people
from directory.queries import gaps as queries

AN_HOUR = timedelta(hours=1)
VISITORS, SIGNED_IN, CHANGES = 12, 30, 30  # flags an hour: of visitors of one network, of one account; and changes to them
NOTES_REFUSED = 60  # notes an hour that pointed to somebody, of one network or account
LONGEST_NOTE = 280
NOT_SAID = (None, "", [], {}, Affected.UNSURE)
# In the order in which somebody is told that they changed them.
CHOICES = ("affected", "often", "age_band", "circumstances", "distance_mi", "note", "reply_to")
ENDED = "This gap is closed. Flag what is missing now, and it is opened again."
FROM_HERE = (
    f"More than {VISITORS} gaps were flagged from this network within an hour, perhaps by others who share it. "
    "Keep this page open and send it again in an hour."
)
TOO_MANY = f"You flagged {SIGNED_IN} gaps within an hour. Keep this page open and send this one in an hour."
TOO_MANY_NOTES = "Many notes that may point to somebody came from here. Send this without a note, or try again in an hour."
DECIDED = "Somebody else looked at this a moment ago."


class Said(NamedTuple):
    """What is kept of a flag. `is_again`: this person had said so before; then the names of the choices that are others now."""

    flag: Flag
    is_again: bool = False
    changed: tuple[str, ...] = ()
    before: Affected | None = None  # for how many people they had spoken, where that was changed


def flag(**told: Any) -> Flag:
    """As `say`, for whoever asks no more than what is kept."""
    return say(**told).flag


def say(
    *,
    term: Term,
    area: Area,
    kind: GapKind,
    who: str,
    by: Account | None,
    now: datetime,
    affected: Affected = Affected.UNSURE,
    often: Often | None = None,
    age_band: AgeBand | None = None,
    circumstances: tuple[str, ...] = (),
    distance_mi: int | None = None,
    shortfall: Shortfall | None = None,
    filters: Mapping[str, Any] | None = None,
    note: str = "",
    reply_to: str = "",
    network: str = "",
) -> Said:
    """Somebody says what is missing. `who` tells a visitor's browser from others, as a digest; `area` is an outward code at most.

    Of those who work here it joins the open gap of this need, area and kind, which is opened where there is none. What others
    send waits for a curator. Saying the same again changes what was said: one person counts once, and it is no flag more.
    `network` is a digest of where a visitor came from, which many may share: so many flags an hour come from there.
    Raises Refused when too many came within an hour.
    """
    key = _key(by, who)
    choices = {
        "affected": affected,
        "often": often,
        "age_band": age_band,
        "circumstances": list(circumstances),
        "distance_mi": distance_mi,
        "shortfall": shortfall,
        "filters": dict(filters or {}),
        "note": note[:LONGEST_NOTE],
        "reply_to": reply_to if by is None else "",
    }
    with writing(term):
        if permissions.flags_count(by):
            gap = queries.open_alike(term.id, area.code, kind)
            found = queries.flag_of(gap, key) if gap is not None else None
            _count_try("flag changed" if found is not None else "flag", by, network or key, now)
            before = _said_before(found)
            row = _joined(gap or _opened(term, area, kind, now), key, by, now, **choices)
        else:
            found = queries.waiting_alike(term.id, area.code, kind, key)
            _count_try("flag changed" if found is not None else "flag", by, network or key, now)
            before = _said_before(found)
            row = found or _row(term.id, area.code, kind, key, by, now, FlagState.WAITING)
            _fill(row, choices)
        db.session.flush()
        audit.record(
            "flagged", f"flag {row.uid}", by=by or "visitor", now=now, after=[term.slug, area.code, kind.value, affected.value]
        )
    return _told(row, before)


def me_too(gap: Gap, **told: Any) -> Flag:
    """As `join`, for whoever asks no more than what is kept."""
    return join(gap, **told).flag


def join(
    gap: Gap,
    *,
    who: str,
    by: Account | None,
    now: datetime,
    affected: Affected = Affected.UNSURE,
    reply_to: str = "",
    network: str = "",
) -> Said:
    """One more person says the same of an open gap. However often somebody presses, they count once, with what they said last.

    Raises Conflict for a gap that is closed, Refused when too many came within an hour.
    """
    key = _key(by, who)
    with writing(gap.term, gap):
        if not gap.is_open:
            raise Conflict(ENDED)
        said = queries.flag_of(gap, key)
        before = _said_before(said)
        choices = {"affected": affected, "reply_to": reply_to if by is None else ""}
        if said is not None and said.state is FlagState.REFUSED:
            return Said(said, is_again=True)
        if said is not None and before is not None and not _differs(said, choices):
            return Said(said, is_again=True)
        _count_try("flag changed" if before is not None else "flag", by, network or key, now)
        if said is not None and before is not None:
            row = said
            _fill(row, choices)
        elif permissions.flags_count(by):
            row = _joined(gap, key, by, now, **choices)
        else:
            row = said or _row(gap.term_id, gap.area_code, gap.kind, key, by, now, FlagState.WAITING)
            row.gap_id, row.state = gap.id, FlagState.WAITING
            _fill(row, choices)
        db.session.flush()
        audit.record("flagged", f"flag {row.uid}", by=by or "visitor", now=now, after=[str(gap.uid), affected.value])
    return _told(row, before)


def note_refused(*, who: str, by: Account | None, network: str = "", now: datetime) -> None:
    """A note that pointed to somebody was not taken: counted, never kept. Raises Refused when too many came within an hour."""
    with writing():
        _count_try("note refused", by, network or _key(by, who), now)


def accept(flag: Flag, *, by: Account, now: datetime) -> Gap:
    """A curator counts what a resident sent: it joins the gap that it is about, or opens one."""
    area = queries.area_of(flag.area_code)
    with writing(flag.term, flag):
        _may_decide(flag, by)
        gap = flag.gap
        if gap is None or not gap.is_open:
            gap = queries.open_alike(flag.term_id, flag.area_code, flag.kind) or _opened(flag.term, area, flag.kind, now)
        said = queries.flag_of(gap, flag.who)
        if said is not None and said.id != flag.id:
            raise Refused("The same browser has spoken of this gap already. Refuse this one, so that nobody counts twice.")
        flag.gap_id, flag.state = gap.id, FlagState.COUNTED
        flag.decided_by, flag.decided_at = by.id, now
        flag.told_step_id = queries.latest_step(gap)
        audit.record("flag counted", f"flag {flag.uid}", by=by, now=now, after=str(gap.uid))
    return gap


def refuse(flag: Flag, *, by: Account, reason: str, now: datetime) -> None:
    """It is no gap. Whoever left an address reads why; then nothing is left of it, nor of the note."""
    if not reason.strip():
        raise Refused("Say in a sentence why. Whoever sent it may read it.", field="reason")
    with writing(flag.term, flag):
        _may_decide(flag, by)
        flag.state, flag.reason = FlagState.REFUSED, reason
        flag.decided_by, flag.decided_at = by.id, now
        address = flag.account.email if flag.account is not None else flag.reply_to
        if address:
            told = {"title": flag.term.label, "area": flag.area_code, "reason": reason, "urgent": flag.is_urgent}
            db.session.add(letter_to(address, "gap-refused", now, account=flag.account, **told))
        flag.note = flag.reply_to = ""
        audit.record("flag refused", f"flag {flag.uid}", by=by, now=now, after=reason)


def strike(flag: Flag, *, by: Account, now: datetime) -> None:
    """A note that points to somebody is emptied at once, for good, by a lead who may read it. What was chosen counts on."""
    permissions.require(permissions.can_read_note(by, queries.codes_about(flag)))
    with writing(flag):
        if not flag.note:
            raise Conflict("There is no note any more.")
        flag.note = ""
        audit.record("note struck out", f"flag {flag.uid}", by=by, now=now)


def withdraw(flag: Flag, *, by: Account, now: datetime) -> None:
    """Whoever said it takes it back; it counts no more.

    A gap that nobody speaks of any more is closed as a mistake, unless everybody knows of it: what is public is the lead's.
    """
    gap = flag.gap
    with writing(flag.term, *([gap] if gap is not None else []), flag):
        if flag.account_id != by.id:
            raise NotAllowed("Only whoever sent this can take it back.")
        if flag.state not in (FlagState.COUNTED, FlagState.WAITING):
            raise Conflict("This does not count any more.")
        flag.state, flag.note = FlagState.WITHDRAWN, ""
        audit.record("flag withdrawn", f"flag {flag.uid}", by=by, now=now)
        if gap is not None and gap.is_open and not queries.is_spoken_of(gap) and not queries.is_known_to_all(gap):
            gap.state, gap.changed_at, gap.closed_at = GapState.MISTAKEN, now, now
            audit.record("gap closed", f"gap {gap.uid}", by=by, now=now, after="nobody speaks of it any more")


# What the verbs share


def _key(by: Account | None, who: str) -> str:
    return str(by.uid) if by is not None else who


def _count_try(what: str, by: Account | None, visitors: str, now: datetime) -> None:
    """Count one more try of this account, or of the visitors of a network. Raises Refused when these were too many."""
    who = str(by.uid) if by is not None else visitors
    most = {"flag changed": CHANGES, "note refused": NOTES_REFUSED}.get(what, SIGNED_IN if by is not None else VISITORS)
    if people.tries(what, who, since=now - AN_HOUR) >= most:
        raise Refused(TOO_MANY_NOTES if what == "note refused" else FROM_HERE if by is None else TOO_MANY)
    db.session.add(Try(what=what, who=who, made_at=now))


def _said_before(row: Flag | None) -> dict[str, Any] | None:
    """What somebody had said before, as long as it stands; None where that is nothing."""
    if row is None or row.state not in (FlagState.COUNTED, FlagState.WAITING):
        return None
    return {name: getattr(row, name) for name in CHOICES}


def _told(row: Flag, before: dict[str, Any] | None) -> Said:
    if before is None:
        return Said(row)
    changed = tuple(name for name in CHOICES if getattr(row, name) != before[name])
    return Said(row, True, changed, before["affected"] if "affected" in changed else None)


def _opened(term: Term, area: Area, kind: GapKind, now: datetime) -> Gap:
    row = Gap.in_area(area, term_id=term.id, kind=kind, state=GapState.REPORTED, opened_at=now, changed_at=now)
    db.session.add(row)
    db.session.flush()
    return row


def _joined(gap: Gap, key: str, by: Account | None, now: datetime, **choices: Any) -> Flag:
    """The flag of this person in a gap, new or with other choices; earlier steps are not told anew."""
    row = queries.flag_of(gap, key)
    if row is None:
        row = _row(gap.term_id, gap.area_code, gap.kind, key, by, now, FlagState.COUNTED)
        row.gap_id, row.told_step_id = gap.id, queries.latest_step(gap)
    row.state = FlagState.COUNTED
    _fill(row, choices)
    return row


def _row(term_id: int, area_code: str, kind: GapKind, key: str, by: Account | None, now: datetime, state: FlagState) -> Flag:
    row = Flag(
        term_id=term_id,
        area_code=area_code,
        kind=kind,
        who=key,
        made_at=now,
        state=state,
        voice=permissions.voice_of(by) if by is not None and permissions.flags_count(by) else Voice.VISITOR,
        account_id=by.id if by is not None else None,
    )
    db.session.add(row)
    return row


def _fill(row: Flag, choices: Mapping[str, Any]) -> None:
    """What was chosen; what was said before and is not said now stays, and so does a number where they are not sure now."""
    for name, value in choices.items():
        if getattr(row, name) is None or value not in NOT_SAID:
            setattr(row, name, value)


def _differs(row: Flag, choices: Mapping[str, Any]) -> bool:
    return any(value not in NOT_SAID and getattr(row, name) != value for name, value in choices.items())


def _may_decide(flag: Flag, by: Account) -> None:
    permissions.require(permissions.can_look_at_flag(by, queries.codes_about(flag)))
    if flag.account_id == by.id:
        raise NotAllowed("Somebody else has to look at what you sent.")
    if flag.state is not FlagState.WAITING:
        raise Conflict(DECIDED)
