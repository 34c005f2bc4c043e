"""A person's words, taken out of what is kept: a stone says that something stood there. Pure: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from directory.models.words import MONTHS

SHORTEST = 3  # characters: less would be found in the middle of anything
STONE = re.compile(r"\[taken out on \d{1,2} \w+ \d{4}: ")
# Only what people write: a rule, a slug or a date with a stone in it could not be read any more.
WRITTEN = frozenset(
    (
        *("name", "alternate_name", "summary", "description", "website", "alert", "eligibility_description"),
        *("fees_description", "application_process", "schedule_note", "first_visit", "room_note"),
        *("value", "note", "label", "address_1", "address_2", "city", "state_province", "transportation", "value_seen"),
    )
)


def stone(on: date, reason: str) -> str:
    """What stands where the words stood."""
    return f"[taken out on {on.day} {MONTHS[on.month - 1]} {on.year}: {reason}]"


def without(value: Any, words: str, mark: str) -> Any:
    """The same value with the mark for these words wherever somebody wrote them, in whatever case and spacing."""
    return _without(value, _pattern(words), mark)


def holds(value: Any, words: str) -> bool:
    """Whether somebody wrote these words anywhere in it."""
    return without(value, words, "") != value


def is_marked(value: Any) -> bool:
    """Whether words were taken out of it: such a value is never published again."""
    if isinstance(value, str):
        return STONE.search(value) is not None
    if isinstance(value, Mapping):
        return any(is_marked(each) for each in value.values())
    return isinstance(value, list) and any(is_marked(each) for each in value)


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)


def _without(value: Any, pattern: re.Pattern[str], mark: str) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: mark, value)
    if isinstance(value, Mapping):
        return {
            name: each if isinstance(each, str) and name not in WRITTEN else _without(each, pattern, mark)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [each if isinstance(each, str) else _without(each, pattern, mark) for each in value]
    return value
