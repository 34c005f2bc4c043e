"""Two listings into one, part by part, and apart again. Pure: records in, records out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from directory.models import redaction
from directory.models.curation import Fact
from directory.models.differences import FIELDS

Record = Mapping[str, Any]


class Side(StrEnum):
    """Whose words a part keeps: the listing that stays, the one that goes, or of lists everything that either says."""

    KEPT = "kept"
    OTHER = "other"
    BOTH = "both"


Sides = Mapping[str, Side]


@dataclass(frozen=True)
class Part:
    """What is chosen together: fields that say nothing apart, and the facts of which a check speaks for them."""

    name: str
    label: str
    fields: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    is_list: bool = False  # whether both can stay


PARTS = (
    *(Part(name, FIELDS[name], (name,)) for name in ("name", "alternate_name", "kind", "organisation", "summary", "description")),
    Part("first_visit", FIELDS["first_visit"], ("first_visit",), (Fact.FIRST_VISIT,)),
    Part("alert", FIELDS["alert"], ("alert",)),
    # Times name the places at which they are, so the two go together.
    Part("sessions", "When and where", ("sessions", "venues"), (Fact.TIMES, Fact.PLACE, Fact.GETTING_THERE), is_list=True),
    Part("schedule_note", FIELDS["schedule_note"], ("schedule_note",)),
    Part("reach", "How it reaches people", ("at_venue", "home_visits", "online", "by_phone")),
    Part("coverage", FIELDS["coverage"], ("coverage",), is_list=True),
    Part("contacts", FIELDS["contacts"], ("contacts",), (Fact.CONTACT,), is_list=True),
    Part("website", FIELDS["website"], ("website",)),
    Part("cost", FIELDS["cost"], ("cost", "cost_amount", "fees_description"), (Fact.COST,)),
    Part("join", FIELDS["join"], ("join", "application_process"), (Fact.JOINING,)),
    Part("who", FIELDS["eligibility_description"], ("minimum_age", "maximum_age", "eligibility_description"), (Fact.WHO_FOR,)),
    Part("room", FIELDS["room"], ("room", "room_note", "room_until", "room_said_on"), (Fact.ROOM,)),
    *(Part(name, FIELDS[name], (name,), is_list=True) for name in ("needs", "activities", "audiences", "languages")),
    Part("access", FIELDS["access"], ("access",), (Fact.ACCESS,), is_list=True),
)
BY_NAME = {part.name: part for part in PARTS}


def differing(one: Record, other: Record) -> list[Part]:
    """The parts in which the two differ, in the order of a page."""
    return [part for part in PARTS if _told(one, part) != _told(other, part)]


def better(part: Part, kept: Record, other: Record) -> Side:
    """Whose words come first: the side that says anything, then the one whose facts were checked last, then what stays.

    Of a list nothing is lost: the longer one where it holds the other, else both. Times are left to whoever reads them,
    because one session written in two ways would stand there twice.
    """
    if not _says(kept, part) or not _says(other, part):
        return Side.KEPT if _says(kept, part) else Side.OTHER
    if part.is_list and part.name != "sessions":
        mine, theirs = ([_key(each) for name in part.fields for each in record[name]] for record in (kept, other))
        more, fewer = any(each not in theirs for each in mine), any(each not in mine for each in theirs)
        if more or fewer:
            return Side.BOTH if more and fewer else Side.KEPT if more else Side.OTHER
    return Side.OTHER if checked_on(other, part) > checked_on(kept, part) else Side.KEPT


def checked_on(record: Record, part: Part | None = None) -> date:
    """When the facts of a part, or all of them, were last compared with their source; `date.min` when never."""
    facts = {fact.value for fact in part.facts} if part is not None and part.facts else None
    checks = [each for each in record["checks"] if not each.get("replaced_on")]
    days = [date.fromisoformat(each["checked_on"]) for each in checks if facts is None or each["fact"] in facts]
    return max(days, default=date.min)


def joined(kept: Record, other: Record, sides: Sides) -> dict[str, Any]:
    """The record of the one that stays. A part that `sides` does not name stays as it is; its state always does.

    Checks go with what they speak of: those of a part that comes from the other come along, those of what is given up
    stay behind in the history. An address that either keeps private stays private.
    """
    told = dict(kept)
    for part in PARTS:
        match sides.get(part.name, Side.KEPT):
            case Side.OTHER:
                told.update({name: other[name] for name in part.fields})
            case Side.BOTH if part.is_list:
                told.update({name: _with(kept[name], other[name]) for name in part.fields})
    told["confidential_location"] = kept["confidential_location"] or other["confidential_location"]
    told["checks"] = _checks(kept, other, told)
    return told


def parted(now: Record, before: Record, after: Record) -> dict[str, Any]:
    """What the one that stayed says without the other: each part goes back to `before` unless it changed since `after`.

    A part of which somebody's own words were taken out since stays as well: it is never published again.
    """
    told = dict(now)
    for part in PARTS:
        if _told(now, part) == _told(after, part) and not redaction.is_marked([before[name] for name in part.fields]):
            told.update({name: before[name] for name in part.fields})
    if now["confidential_location"] == after["confidential_location"]:
        told["confidential_location"] = before["confidential_location"]
    came = [each for each in after["checks"] if each not in before["checks"]]
    gone = [each for each in before["checks"] if each not in after["checks"]]
    since = [each for each in now["checks"] if each not in came]
    told["checks"] = before["checks"] if now["checks"] == after["checks"] else _in_order([*since, *gone])
    return told


def split(record: Record, moved: Sequence[int], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record without these sessions, and a new one that has them under another name, with the words and checks of both.

    `moved` are places in the list of sessions. A venue goes along where nothing else happens there.
    """
    out, in_ = [], []
    for at, session in enumerate(record["sessions"]):
        (out if at in set(moved) else in_).append(session)
    return (
        {**record, "sessions": in_, "venues": _used(record["venues"], in_)},
        {**record, "name": name, "sessions": out, "venues": _used(record["venues"], out)},
    )


def _used(venues: Iterable[Record], sessions: Iterable[Record]) -> list[Record]:
    keys = {session["venue"] for session in sessions}
    return [venue for venue in venues if venue["key"] in keys]


def _checks(kept: Record, other: Record, told: Record) -> list[Any]:
    """The checks that still speak of what the record says, the newest first."""
    lost, found = set(), set()
    for part in PARTS:
        mine, theirs, now = (_told(each, part) for each in (kept, other, told))
        if mine != theirs and now != mine:
            found |= {fact.value for fact in part.facts if now == theirs or part.is_list}
            lost |= {fact.value for fact in part.facts if now == theirs}
    same = {fact.value for part in PARTS for fact in part.facts if _told(kept, part) == _told(other, part) and _says(kept, part)}
    # That the group is there at all holds for both.
    standing = [each for each in other["checks"] if not each.get("replaced_on")]
    came = [each for each in standing if each["fact"] in found | same | {Fact.RUNNING.value}]
    stay = [each for each in kept["checks"] if each["fact"] not in lost]
    return _in_order([*stay, *(each for each in came if each not in stay)]) if came or len(stay) < len(kept["checks"]) else stay


def _in_order(checks: Iterable[Any]) -> list[Any]:
    return sorted(checks, key=lambda check: check["checked_on"], reverse=True)


def _told(record: Record, part: Part) -> list[Any]:
    return [record[name] or None for name in part.fields]


def _says(record: Record, part: Part) -> bool:
    return any(record[name] not in (None, "", [], False) for name in part.fields)


def _with(some: Sequence[Any], more: Sequence[Any]) -> list[Any]:
    """Both lists, what they have in common once; a contact is the same whatever its note, a feature whatever its answer."""
    have = [_key(each) for each in some]
    return [*some, *(each for each in more if _key(each) not in have)]


def _key(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    if "feature" in entry:
        return entry["feature"]
    return (entry["kind"], entry["value"]) if "value" in entry else entry
