"""Opening hours as lists write them, turned into sessions; words that cannot be parsed stay words, times are never invented."""

from __future__ import annotations

import re
from typing import Any

from directory.exchange.cells import said

DAYS = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}
CLOSED = frozenset({"closed", "n/a closed", "no", "n/a", "x", "closed all day", "not open", "0"})
WHOLLY_UNCERTAIN = ("varied", "varies", "no regular", "no fixed", "check")
CLOCK = r"(\d{1,2})(?:[:.h](\d{2})|(\d{2}))?\s*([ap]\.?m\.?)?"
RANGE = re.compile(
    rf"(?:from\s+)?(noon|midday|{CLOCK})\s*(?:-|–|—|to|until|till)\s*(noon|midday|midnight|{CLOCK})", re.IGNORECASE
)
BETWEEN = re.compile(r"[\s,;&/]*(?:and)?[\s,;&/]*", re.IGNORECASE)


def clock(text: str) -> str:
    """ "9:30", "9.30am" or "0930" as "09:30"; empty when it is no time of day."""
    text = text.strip().casefold()
    if text in ("noon", "midday"):
        return "12:00"
    parts = re.fullmatch(rf"{CLOCK}(?::00)?", text)
    if not parts:
        return ""
    hour, minute, half = int(parts[1]), int(parts[2] or parts[3] or 0), (parts[4] or "")[:1]
    if half and not 1 <= hour <= 12:
        return ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def ranges(text: str) -> list[tuple[str, str]] | None:
    """Each range of times in the cell; None when the cell holds anything that is not one."""
    found: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        match = RANGE.match(text, at)
        if not match:
            return None
        first, second = match[1], match[6]
        half = re.search(r"[ap]\.?m\.?$", second.strip(), re.IGNORECASE)
        # "10-12pm" and "2-4pm" say the half of the day once; a bare "9-5" says it not at all and stays words.
        if half and not re.search(r"[ap]\.?m|noon|midday|:", first, re.IGNORECASE):
            same = clock(f"{first.strip()}{half[0]}")
            first = same if same and same < clock(second) else f"{first.strip()}am"
        elif not half and not re.search(r"[:.]|\d{4}|[ap]\.?m|noon|midday", match[0], re.IGNORECASE):
            return None
        opens, closes = clock(first), clock(second)
        if not opens or not closes or opens >= closes:
            return None
        found.append((opens, closes))
        at = BETWEEN.match(text, match.end()).end()  # type: ignore[union-attr]  # the pattern may be empty, so it matches
    return found or None


def week(cells: dict[str, str], *, venue: str) -> tuple[list[dict[str, Any]], str]:
    """Sessions of an ordinary week at `venue`, from day code to cell, and the words for the note on times.

    Days that say the same share a session; two ranges on one day are two sessions.
    """
    days_of: dict[tuple[str | None, str | None, str], list[str]] = {}
    uncertain: dict[str, None] = {}
    for day in DAYS.values():
        text = said(cells.get(day, ""))
        if not text or text.casefold() in CLOSED:
            continue
        if text.casefold().startswith(WHOLLY_UNCERTAIN):
            uncertain[text.capitalize()] = None
            continue
        for opens, closes in ranges(text) or [(None, None)]:
            words = "" if opens else text[:255]
            key = next(
                (held for held in days_of if (held[0], held[1], held[2].casefold()) == (opens, closes, words.casefold())), None
            )
            days_of.setdefault(key or (opens, closes, words), []).append(day)
    sessions = [
        {"venue": venue, "mode": "venue", "rrule": weekly(days), "opens": opens, "closes": closes, "description": words}
        for (opens, closes, words), days in days_of.items()
    ]
    return sessions, "; ".join(uncertain)


def weekly(days: list[str]) -> str:
    """The rule of a session on these days of each week."""
    return f"FREQ=WEEKLY;BYDAY={','.join(days)}"
