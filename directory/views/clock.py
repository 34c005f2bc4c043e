"""The moment a page is made: read here, by the doors only, and handed down as an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This moment on the wall clock of Europe/London, without a zone: what sessions are written in."""
    return datetime.now(UTC).astimezone(LONDON).replace(tzinfo=None)
