"""What the page of a listing holds, as a browser sends it: filled from a record, counted, compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from directory.forms.fields import Entry
from directory.forms.sessions import typed_session, typed_venue
from directory.models import Kind, Status, records

Record = dict[str, Any]

TEXTS = (
    *("name", "summary", "description", "eligibility_description", "schedule_note", "application_process"),
    *("fees_description", "first_visit"),
)
CHOSEN = ("kind", "cost", "join")
FIGURES = ("minimum_age", "maximum_age", "cost_amount")
FLAGS = ("home_visits", "online", "by_phone")
WORDS = {"needs": "need", "activities": "activity", "audiences": "audience"}
MOST_OPEN = 3  # so many times or places stand open at first; of more each is told in words, with a button
MOST_ROWS = 1_000
ROW = re.compile(r"(sessions|venues|others)-([0-9]{1,6})-([a-z_0-9]+)")
BLANK: Record = {
    **dict.fromkeys(records.COLUMNS),
    **dict.fromkeys((*TEXTS, "alternate_name", "website", "alert", "room_note"), ""),
    **dict.fromkeys((*FLAGS, "at_venue", "confidential_location"), False),
    **{name: [] for name in (*records.TERM_FIELDS, *records.LISTS)},
    "kind": Kind.GROUP.value,
    "status": Status.DRAFT.value,
    "organisation": None,
}
# British numbers have eleven figures, the nought counted; those of a few towns have ten.
SHORT = re.compile(
    r"0(?:1204|1208|1254|1276|1297|1298|1363|1364|1384|1386|1404|1420|1460|1461|1480|1488|1524|1527|1562|1566|1606|1629|1635|1647"
    r"|1659|1695|16977|1726|1744|1750|1768|1827|1837|1884|1900|1905|1935|1946|1949|1963|1995)\d*"
)


def typed_of(record: Mapping[str, Any]) -> MultiDict[str, str]:
    """What the page holds for a record, as a browser would send it. Private contacts and addresses never leave it."""
    pairs: list[tuple[str, str]] = [
        (name, str(record[name]))
        for name in (*TEXTS, *CHOSEN, *FIGURES, "website", "room", "room_until")
        if record[name] is not None
    ]
    pairs += [(name, slug) for name in WORDS for slug in record[name]]
    pairs += [("reach", name) for name in FLAGS if record[name]]
    for kind in ("phone", "email"):
        held = next((contact for contact in record["contacts"] if contact["kind"] == kind and contact["public"]), None)
        if held is not None:
            pairs += [(kind, held["value"]), *([("phone_note", held["note"])] if kind == "phone" else [])]
    seen: set[str] = set()
    others = 0
    for place, contact in enumerate(record["contacts"]):
        if contact["public"] and contact["kind"] in ("phone", "email"):
            if contact["kind"] in seen:  # the first of each kind has a field of its own
                row = {"was": str(place), **{name: contact[name] for name in ("kind", "value", "note")}}
                pairs += [(f"others-{others}-{name}", value) for name, value in row.items()]
                others += 1
            seen.add(contact["kind"])
    pairs += [(f"access-{fact['feature']}", "yes" if fact["present"] else "no") for fact in record["access"]]
    for number, session in enumerate(record["sessions"]):
        pairs += _row(f"sessions-{number}-", typed_session(session), [("was", str(number))], record["sessions"])
    if not record["confidential_location"]:
        for number, venue in enumerate(record["venues"]):
            pairs += _row(f"venues-{number}-", typed_venue(venue), [("key", venue["key"])], record["venues"])
    return MultiDict(pairs)


def _row(prefix: str, typed: MultiDict[str, str], shut: list[tuple[str, str]], rows: list[Entry]) -> Iterable[tuple[str, str]]:
    """One row, open or shut."""
    if len(rows) > MOST_OPEN or typed.get("how") == "keep":
        return [(f"{prefix}{name}", value) for name, value in [*shut, ("shut", "1")]]
    return [(f"{prefix}{name}", value) for name, value in dict([*shut]).items() if name not in typed] + [
        (f"{prefix}{name}", value) for name, value in typed.items(multi=True)
    ]


def counted(formdata: Any) -> MultiDict[str, str]:
    """The same with the rows renumbered in their order, and without what is no row."""
    pairs = list(MultiDict(formdata).items(multi=True))
    numbers: dict[str, set[int]] = {"sessions": set(), "venues": set(), "others": set()}
    for name, _ in pairs:
        if found := ROW.fullmatch(name):
            numbers[found[1]].add(int(found[2]))
    order = {(name, number): new for name, found in numbers.items() for new, number in enumerate(sorted(found)[:MOST_ROWS])}
    typed: MultiDict[str, str] = MultiDict()
    for name, value in pairs:
        if not name.startswith(("sessions", "venues", "others-")):
            typed.add(name, value)
        elif (found := ROW.fullmatch(name)) and (new := order.get((found[1], int(found[2])))) is not None:
            typed.add(f"{found[1]}-{new}-{found[3]}", value)
    return typed


def same(values: list[str]) -> list[str]:
    return sorted(text for value in values if (text := value.replace("\r\n", "\n").strip()))


def all_digits(text: str) -> str:
    """The telephone number. Raises ValueError where one or more of its figures are missing."""
    figures = re.sub(r"\D", "", text)
    if re.match(r"0[1237]", figures) and (len(figures) < 10 or (len(figures) == 10 and not SHORT.fullmatch(figures))):
        raise ValueError(text)
    return text
