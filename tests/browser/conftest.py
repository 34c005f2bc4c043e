"""A village to look round in: enough rows for two pages of results, each reason, each state of a check."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

HALL = {"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7), "opens": time(12), "closes": time(14)}
EVENING = {"rrule": "FREQ=WEEKLY;BYDAY=TU", "starts_on": date(2026, 1, 6), "opens": time(19), "closes": time(21)}
LONG = "The Very Long Named Friendship, Gardening and Conversation Circle of Llanfairpwllgwyngyllgogerychwyrndrobwll"


@pytest.fixture
def village(server: Any) -> Any:
    """Listings round Holt, NR25 6BL; `server.url` is where the site is."""
    from tests import make

    for number in range(22):
        make.listing(
            f"Lunch Club {number + 1:02}",
            at=(52.906 + number * 0.002, 1.088 - number * 0.001),
            session=HALL if number % 3 else EVENING,
            organisation="Holt Neighbours" if number == 0 else None,
            summary="A hot lunch and good company. Someone meets you at the door.",
            contacts=[("phone", "01632 960142")],
            terms=["loneliness"] if number % 2 else [],
            cost="free" if number % 2 else "paid",
            access={"step-free": True},
            join="self",
        )
    make.listing("Kettle and Call", home_visits=True, coverage=["NR25"], room="waiting", room_said_on=make.TODAY)
    make.listing("Phone Circle", by_phone=True, coverage=["NR25"], checked_on=date(2025, 9, 10))
    make.listing("Safe House", confidential_location=True, coverage=["NR25"], venue="Secret Hall")
    make.listing(LONG, at=(52.90, 1.08), summary="Wort" * 60)
    make.listing("Sewing Bee", at=(52.92, 1.10))
    return server
