"""The moment a page is made: read here, by the doors only, and handed down as an argument."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This moment as clocks in London show it, with its zone, so that `now().date()` is the day people have there."""
    return datetime.now(LONDON)
